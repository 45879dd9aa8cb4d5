//! One scope read: the tag search, then type after type, level by level.

use std::sync::Arc;

use futures::future::{join_all, try_join};

use crate::identity::{KnownAttributes, Rules, insert_name, name_of, resolve_all};
use crate::model::{
    Desired, Json, JsonMap, Live, Ownership, ReadFailure, ResourceType, Scope, TAG_STACK, Value,
};
use crate::providers::{
    ErrorKind, Handler, Provider, ProviderError, Query, Result, Tagged, UNKNOWN_KIND, Wanted,
};

use super::retry::with_retries;
use super::{Request, definitions, types};

/// Reads a scope. `known` are the attributes that wanted properties may refer to; what is read here adds to it.
pub(super) async fn read(
    provider: &dyn Provider,
    request: &Request<'_>,
    scope: &Scope,
    mut known: KnownAttributes,
) -> (Vec<Arc<Live>>, Vec<ReadFailure>) {
    let asked = try_join(searched(provider, scope), tagged(provider, request, scope)).await;
    let (searched, tagged) = match asked {
        Ok(found) => found,
        Err(failure) => return (Vec::new(), vec![failure]),
    };
    let (levels, mut failures) = types::levels(provider, request, scope, searched, &tagged);
    let mut found: Vec<Arc<Live>> = Vec::new();
    // Those of the stack, and those that will be: what hangs under them is planned with them.
    let mut owned: Vec<Arc<Live>> = Vec::new();
    for handlers in levels {
        let begun = found.len();
        let reads = handlers.iter().map(|handler| {
            let parents = parents(handler.as_ref(), &owned);
            let wanted = wanted(request, scope, &handler.resource_type(), &known);
            list(handler.clone(), request, scope, wanted, parents, &tagged)
        });
        for (handler, read) in handlers.iter().zip(join_all(reads).await) {
            match read {
                Ok(live) => found.extend(live.into_iter().map(Arc::new)),
                Err(error)
                    if error.code == UNKNOWN_KIND
                        && definitions::brings(request.desired, scope, &handler.resource_type()) => {}
                // A service that is not there holds nothing.
                Err(error)
                    if is_of_no_service(&error)
                        && !is_expected(request, scope, &handler.resource_type(), &tagged) => {}
                Err(error) => failures.push(ReadFailure {
                    scope: scope.clone(),
                    resource_type: Some(handler.resource_type()),
                    unserved: error.code == UNKNOWN_KIND && error.kind == ErrorKind::NotYet,
                    error: error.to_string(),
                }),
            }
        }
        owned.extend(found[begun..].iter().map(|live| as_adopted(request, live)));
        for live in &owned {
            if let Some(address) = live.address() {
                provider.learn(address, live);
                known.learn(address.clone(), live.clone());
            }
        }
    }
    (found, failures)
}

/// Whether an endpoint does not know what it was asked. A bulk read has nothing in it that could be wrong: who refuses it as
/// wrong has no such call.
fn is_of_no_service(error: &ProviderError) -> bool {
    matches!(error.kind, ErrorKind::Unsupported | ErrorKind::Invalid | ErrorKind::NotFound)
}

/// Whether something says that there are, or should be, resources of a type.
fn is_expected(
    request: &Request<'_>,
    scope: &Scope,
    resource_type: &ResourceType,
    tagged: &[Tagged],
) -> bool {
    let desired = |desired: &Arc<Desired>| desired.scope == *scope && desired.resource_type == *resource_type;
    request.desired.iter().any(desired)
        || tagged.iter().any(|hit| hit.resource_type().as_ref() == Some(resource_type))
}

/// The types that are always searched here.
async fn searched(
    provider: &dyn Provider,
    scope: &Scope,
) -> std::result::Result<Vec<ResourceType>, ReadFailure> {
    let label = scope.to_string();
    with_retries(&label, || provider.searched_types(scope)).await.map_err(|error| unread(scope, &error))
}

/// What the tag search finds, nothing where a provider has none; and what there are hints of.
async fn tagged(
    provider: &dyn Provider,
    request: &Request<'_>,
    scope: &Scope,
) -> std::result::Result<Vec<Tagged>, ReadFailure> {
    let label = scope.to_string();
    let mut tagged = match with_retries(&label, || provider.tagged(scope, request.stack)).await {
        Ok(tagged) => tagged,
        Err(error) if error.kind == ErrorKind::Unsupported => Vec::new(),
        Err(error) => return Err(unread(scope, &error)),
    };
    let here = request.hints.iter().filter(|hint| hint.scope == *scope);
    tagged.extend(here.map(|hint| Tagged::hinted(hint, request.stack)));
    Ok(tagged)
}

fn unread(scope: &Scope, error: &ProviderError) -> ReadFailure {
    ReadFailure { scope: scope.clone(), resource_type: None, unserved: false, error: error.to_string() }
}

async fn list(
    handler: Arc<dyn Handler>,
    request: &Request<'_>,
    scope: &Scope,
    wanted: Vec<Wanted>,
    parents: Vec<Live>,
    tagged: &[Tagged],
) -> Result<Vec<Live>> {
    let query = Query { scope, stack: request.stack, wanted: &wanted, parents: &parents, tagged };
    let label = format!("{scope} {}", handler.resource_type());
    with_retries(&label, || handler.list(&query)).await
}

/// The owned resources that a type's own hang under.
fn parents(handler: &dyn Handler, found: &[Arc<Live>]) -> Vec<Live> {
    let of = handler.parents();
    if of.is_empty() {
        return Vec::new();
    }
    let is_parent =
        |live: &&Arc<Live>| of.contains(&live.resource_type.as_str()) && live.ownership != Ownership::Foreign;
    found.iter().filter(is_parent).map(|live| Live::clone(live)).collect()
}

/// What the blueprint adopts, as it will be once it is taken over.
fn as_adopted(request: &Request<'_>, live: &Arc<Live>) -> Arc<Live> {
    if live.ownership != Ownership::Foreign || live.tags.contains_key(TAG_STACK) {
        return live.clone();
    }
    let is_adopted = |desired: &&Arc<Desired>| {
        desired.lifecycle.adopt.as_ref() == Some(&live.identifier)
            && desired.resource_type == live.resource_type
            && desired.scope == live.scope
    };
    match request.desired.iter().find(is_adopted) {
        Some(desired) => {
            let ownership = Ownership::Tagged(desired.address.clone());
            Arc::new(Live { ownership, ..Live::clone(live) })
        }
        None => live.clone(),
    }
}

/// The desired resources of a type, as far as they can be known by what is read already.
///
/// A name that hashes an id not known yet is absent; so is what an expression can't compute yet, which the diff
/// reports if it stays so.
fn wanted(
    request: &Request<'_>,
    scope: &Scope,
    resource_type: &ResourceType,
    known: &KnownAttributes,
) -> Vec<Wanted> {
    let rules = Rules::of(request.catalog, resource_type);
    let here = |desired: &&Arc<Desired>| desired.resource_type == *resource_type && desired.scope == *scope;
    let wanted = request.desired.iter().filter(here).map(|desired| {
        let resolved = resolve_all(&desired.properties, known).unwrap_or_else(|_| desired.properties.clone());
        // An object is known by its name, whatever an annotation waits for.
        let json = |value: &Value| if rules.is_kubernetes() { value.known_json() } else { value.to_json() };
        let mut unknown = Vec::new();
        let mut properties = JsonMap::new();
        for (name, value) in &resolved {
            match json(value) {
                Some(Json::Null) => {}
                Some(value) => drop(properties.insert(name.to_string(), value)),
                None => unknown.push(name.to_string()),
            }
        }
        let create_only = rules.create_only_digest(&resolved);
        let name = name_of(&rules, request.stack, desired, None, &resolved, create_only);
        if let (Some(name), Some(rule)) = (name, rules.facts().name) {
            insert_name(&rule, &mut properties, &name);
        }
        let adopt = desired.lifecycle.adopt.clone();
        Wanted { address: desired.address.clone(), properties, unknown, adopt }
    });
    wanted.collect()
}
