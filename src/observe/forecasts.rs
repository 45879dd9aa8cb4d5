//! Asks providers what would come of updates, where only they can tell.

use std::collections::{BTreeMap, HashMap};

use futures::stream::{self, StreamExt};

use crate::catalog::Catalog;
use crate::identity::{KnownAttributes, prepare};
use crate::model::{Address, Change, Digest, Forecast, Forecasts, StackName, Token};
use crate::providers::{Delta, ErrorKind, Provider, Update};

use super::retry::with_retries;

/// Dry runs on their way at the same time.
const AT_ONCE: usize = 16;

/// Forecasts for those of the changes that are uncertain. Where none can be made (a secret that is read only when it is
/// applied, a provider without dry runs), what the diff says stands.
pub async fn forecasts(
    provider: &dyn Provider,
    catalog: &Catalog,
    stack: &StackName,
    changes: &[Change],
    uncertain: &[Address],
    known: &KnownAttributes,
) -> Forecasts {
    let by_address: HashMap<&Address, &Change> =
        changes.iter().map(|change| (&change.address, change)).collect();
    let asked = uncertain.iter().filter_map(|address| by_address.get(address).copied());
    let asked: Vec<_> = asked.map(|change| forecast(provider, catalog, stack, change, known)).collect();
    let answers: Vec<_> = stream::iter(asked).buffer_unordered(AT_ONCE).collect().await;
    answers.into_iter().flatten().collect()
}

async fn forecast(
    provider: &dyn Provider,
    catalog: &Catalog,
    stack: &StackName,
    change: &Change,
    known: &KnownAttributes,
) -> Option<(Address, Forecast)> {
    let (desired, live) = (change.desired.as_ref()?, change.live.as_ref()?);
    let prepared = prepare(catalog, stack, desired, Some(live), known, &BTreeMap::new()).ok()?;
    let handler = provider.handler(&change.resource_type).ok()?;
    let token = Token::new(Digest::of(change.address.as_str().as_bytes()).to_string());
    let delta = Delta::default();
    let request = Update {
        scope: &desired.scope,
        stack,
        address: &desired.address,
        live,
        properties: &prepared.properties,
        tags: &prepared.tags,
        delta: &delta,
        token: &token,
        lifecycle: &desired.lifecycle,
    };
    match with_retries(change.address.as_str(), || handler.forecast(&request)).await {
        Ok(forecast) => Some((change.address.clone(), forecast)),
        Err(error) if error.kind == ErrorKind::Unsupported => None,
        Err(error) => Some((change.address.clone(), Forecast::Refused(error.to_string()))),
    }
}
