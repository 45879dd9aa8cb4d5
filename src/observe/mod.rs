//! Live state in bulk: one list for each type and region, all in parallel; calls grow with types x regions.
//!
//! Which types are read where: those that the blueprint has there, those that the provider always searches, and those
//! that a tag search reveals. A type is read after the types that its own hangs under, a cluster after the regions: what
//! is live there tells how it is reached. What can't be read is a [`ReadFailure`] for its own resources; everything
//! else stands.

mod clusters;
mod definitions;
mod forecasts;
mod lookups;
mod retry;
mod scope;
mod types;

#[cfg(test)]
mod tests;

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use futures::future::join_all;

use crate::catalog::Catalog;
use crate::identity::KnownAttributes;
use crate::model::{Address, Desired, Hint, Live, Lookup, ReadFailure, Region, Scope, StackName};
use crate::providers::Provider;

pub use forecasts::forecasts;

/// What is to be read.
#[derive(Clone, Copy)]
pub struct Request<'a> {
    /// The types' rules.
    pub catalog: &'a Catalog,
    /// Whose resources.
    pub stack: &'a StackName,
    /// The blueprint's side.
    pub desired: &'a [Arc<Desired>],
    /// What the blueprint reads and never changes.
    pub lookups: &'a [Lookup],
    /// What is the stack's although the cloud does not say so.
    pub hints: &'a [Hint],
    /// Where to search for what the stack owns, whether or not the blueprint has something there.
    pub scopes: &'a [Scope],
    /// The regions whose clusters are read; none for all. Nobody waits for a cluster that does not matter.
    pub clusters_of: Option<&'a BTreeSet<Region>>,
}

/// What was read.
#[derive(Clone, Debug, Default)]
pub struct Observed {
    /// Everything that the stack owns, and what has the identity of something desired; in a stable order.
    pub live: Vec<Arc<Live>>,
    /// What lookups found.
    pub lookups: BTreeMap<Address, Arc<Live>>,
    /// Lookups that found nothing, with the reason.
    pub failed_lookups: BTreeMap<Address, String>,
    /// What could not be read.
    pub failures: Vec<ReadFailure>,
}

/// Reads everything. Interrupted calls are repeated for some seconds, throttled ones for minutes.
pub async fn observe(provider: &dyn Provider, request: &Request<'_>) -> Observed {
    let mut observed = Observed::default();
    lookups::read(provider, request.lookups, &mut observed).await;
    let mut known = KnownAttributes::default();
    for (address, live) in &observed.lookups {
        known.learn(address.clone(), live.clone());
    }
    let wanted_there = request.desired.iter().map(|desired| &desired.scope);
    let scopes: BTreeSet<Scope> = request.scopes.iter().chain(wanted_there).cloned().collect();
    let (clusters, places): (BTreeSet<Scope>, _) =
        scopes.into_iter().partition(|scope| scope.cluster().is_some());
    read(provider, request, &places, &mut known, &mut observed).await;
    let mut clusters = clusters::reachable(clusters, &observed.live);
    clusters
        .retain(|cluster| cluster.region().zip(request.clusters_of).is_none_or(|(of, all)| all.contains(of)));
    read(provider, request, &clusters, &mut known, &mut observed).await;
    clusters::tell_once(request.desired, &mut observed.live);
    let key = |live: &Arc<Live>| (live.scope.clone(), live.resource_type.clone(), live.identifier.clone());
    observed.live.sort_by_cached_key(key);
    observed.live.dedup_by_key(|live| key(live));
    observed
}

/// Reads scopes side by side; what they hold is known to those that are read later.
async fn read(
    provider: &dyn Provider,
    request: &Request<'_>,
    scopes: &BTreeSet<Scope>,
    known: &mut KnownAttributes,
    observed: &mut Observed,
) {
    let reads = scopes.iter().map(|scope| scope::read(provider, request, scope, known.clone()));
    let found = join_all(reads).await;
    for (live, failures) in found {
        for (address, live) in live.iter().filter_map(|live| Some((live.address()?, live))) {
            known.learn(address.clone(), live.clone());
        }
        observed.live.extend(live);
        observed.failures.extend(failures);
    }
}
