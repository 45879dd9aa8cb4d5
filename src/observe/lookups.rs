//! Lookups: what is read and never changed. One may single itself out by another's attributes.

use std::collections::BTreeSet;
use std::sync::Arc;

use futures::future::join_all;

use crate::identity::{KnownAttributes, resolve_all};
use crate::model::{JsonMap, Lookup, Map, Value};
use crate::providers::Provider;

use super::Observed;
use super::retry::with_retries;

/// Reads them in rounds, each round those whose properties are known.
pub(super) async fn read(provider: &dyn Provider, lookups: &[Lookup], observed: &mut Observed) {
    let mut known = KnownAttributes::default();
    let mut open: Vec<&Lookup> = lookups.iter().collect();
    while !open.is_empty() {
        let mut ready = Vec::new();
        let mut later = Vec::new();
        for lookup in open {
            match resolve_all(&lookup.by, &known) {
                Err(error) => drop(observed.failed_lookups.insert(lookup.address.clone(), error.to_string())),
                Ok(by) => match by.values().map(Value::to_json).collect::<Option<Vec<_>>>() {
                    Some(values) => ready.push((lookup, named(&by, values))),
                    None => later.push((lookup, by)),
                },
            }
        }
        if ready.is_empty() {
            for (lookup, by) in later {
                observed.failed_lookups.insert(lookup.address.clone(), waits_for(&by));
            }
            return;
        }
        let calls = ready
            .iter()
            .map(|(lookup, by)| with_retries(lookup.address.as_str(), || provider.lookup(lookup, by)));
        let found = join_all(calls).await;
        for ((lookup, _), found) in ready.iter().zip(found) {
            match found {
                Ok(live) => {
                    let live = Arc::new(live);
                    known.learn(lookup.address.clone(), live.clone());
                    observed.lookups.insert(lookup.address.clone(), live);
                }
                Err(error) => drop(observed.failed_lookups.insert(lookup.address.clone(), error.to_string())),
            }
        }
        open = later.into_iter().map(|(lookup, _)| lookup).collect();
    }
}

fn named(by: &Map, values: Vec<crate::model::Json>) -> JsonMap {
    by.keys().map(ToString::to_string).zip(values).filter(|(_, value)| !value.is_null()).collect()
}

/// A lookup is made before the plan, so it can wait for nothing that the plan makes.
fn waits_for(by: &Map) -> String {
    let mut waits = BTreeSet::new();
    let mut visit = |reference: &crate::model::Reference| {
        waits.insert(format!("{}.{}", reference.address, reference.attribute));
    };
    by.values().for_each(|value| value.references(&mut visit));
    let waits: Vec<_> = waits.into_iter().collect();
    format!(
        "it needs {}, which no lookup found; a lookup can only use what other lookups find",
        waits.join(", ")
    )
}
