//! Which types are read in a scope, and in which order.

use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::sync::Arc;

use crate::model::{ReadFailure, ResourceType, Scope};
use crate::providers::{Handler, Provider, Tagged};

use super::Request;

/// Handlers in the order they are asked: the types of one level hang under types of the levels before.
pub(super) type Levels = Vec<Vec<Arc<dyn Handler>>>;

/// The types to read in a scope: desired there, always searched, or revealed by tags; and the parents of all these.
///
/// A type without a handler is a failure only for what is desired of it.
pub(super) fn levels(
    provider: &dyn Provider,
    request: &Request<'_>,
    scope: &Scope,
    searched: Vec<ResourceType>,
    tagged: &[Tagged],
) -> (Levels, Vec<ReadFailure>) {
    let desired = request.desired.iter().filter(|desired| desired.scope == *scope);
    let desired: BTreeSet<ResourceType> = desired.map(|desired| desired.resource_type.clone()).collect();
    // Of a kind in several versions, the blueprint's is read.
    let searched = searched.into_iter().filter(|of| !desired.iter().any(|desired| desired.is_same_kind(of)));
    let revealed = tagged.iter().filter_map(Tagged::resource_type);
    let mut open: Vec<ResourceType> = desired.iter().cloned().chain(searched).chain(revealed).collect();
    let mut handlers: BTreeMap<ResourceType, Arc<dyn Handler>> = BTreeMap::new();
    let mut failures = Vec::new();
    while let Some(resource_type) = open.pop() {
        if handlers.contains_key(&resource_type) {
            continue;
        }
        match provider.handler(&resource_type) {
            Ok(handler) => {
                open.extend(handler.parents().iter().map(ResourceType::new));
                handlers.insert(resource_type, handler);
            }
            Err(error) if desired.contains(&resource_type) => failures.push(ReadFailure {
                scope: scope.clone(),
                resource_type: Some(resource_type),
                unserved: false,
                error: error.to_string(),
            }),
            Err(error) => tracing::warn!(%resource_type, %error, "a type is not searched"),
        }
    }
    failures.dedup();
    let waits = waits(request, scope);
    (by_level(handlers, &waits), failures)
}

/// Which types are read after which others: what carries no tags is told by its identity alone, which may be made of
/// attributes of what it depends on.
fn waits(request: &Request<'_>, scope: &Scope) -> HashMap<ResourceType, BTreeSet<ResourceType>> {
    let here = || request.desired.iter().filter(|desired| desired.scope == *scope);
    let by_address: HashMap<_, _> =
        here().map(|desired| (&desired.address, &desired.resource_type)).collect();
    let mut waits: HashMap<ResourceType, BTreeSet<ResourceType>> = HashMap::new();
    for desired in here() {
        let schema = request.catalog.get(desired.resource_type.as_str());
        if schema.is_some_and(|schema| !schema.is_taggable()) {
            let needed = desired.depends_on.iter().filter_map(|address| by_address.get(address).copied());
            waits.entry(desired.resource_type.clone()).or_default().extend(needed.cloned());
        }
    }
    waits
}

fn by_level(
    mut handlers: BTreeMap<ResourceType, Arc<dyn Handler>>,
    needed: &HashMap<ResourceType, BTreeSet<ResourceType>>,
) -> Levels {
    let mut levels = Vec::new();
    while !handlers.is_empty() {
        let waits = |handler: &Arc<dyn Handler>| {
            let own = handler.resource_type();
            let parents = handler.parents().iter().map(ResourceType::new);
            let needed = needed.get(&own).into_iter().flatten().cloned();
            parents.chain(needed).any(|first| first != own && handlers.contains_key(&first))
        };
        let free: Vec<ResourceType> =
            handlers.iter().filter(|(_, handler)| !waits(handler)).map(|(name, _)| name.clone()).collect();
        // Types that hang under each other can't be sorted: they are read together, without parents.
        let free = if free.is_empty() { handlers.keys().cloned().collect() } else { free };
        levels.push(free.iter().filter_map(|name| handlers.remove(name)).collect());
    }
    levels
}
