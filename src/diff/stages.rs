//! Two stages' blueprints side by side: what moving from one to the other means, told offline.
//!
//! Nothing is read from AWS, so the answer is about the blueprints alone: an expression over something not yet made
//! counts as the same where it is written the same over the same resources.

use std::collections::BTreeMap;
use std::sync::Arc;

use crate::catalog::Catalog;
use crate::model::{Action, Address, Change, Desired, Json, Map, PathChange, PropertyPath, Shown, Value};

/// One change for every address of either stage, sorted by address.
pub fn between(catalog: &Catalog, before: &[Desired], after: &[Desired]) -> Vec<Change> {
    let mut pairs: BTreeMap<&Address, (Option<&Desired>, Option<&Desired>)> = BTreeMap::new();
    for resource in before {
        pairs.entry(&resource.address).or_default().0 = Some(resource);
    }
    for resource in after {
        // A resource that moved is still the same one.
        let was =
            resource.lifecycle.moved_from.as_ref().and_then(|from| pairs.remove(from)).and_then(|p| p.0);
        let entry = pairs.entry(&resource.address).or_default();
        entry.0 = entry.0.or(was);
        entry.1 = Some(resource);
    }
    pairs.into_iter().filter_map(|(address, pair)| change(catalog, address, pair)).collect()
}

fn change(
    catalog: &Catalog,
    address: &Address,
    pair: (Option<&Desired>, Option<&Desired>),
) -> Option<Change> {
    let (action, paths, told) = match pair {
        (None, None) => return None,
        (None, Some(new)) => (Action::Create, all(new, |value| (None, Some(value))), new),
        (Some(old), None) => (Action::Delete, all(old, |value| (Some(value), None)), old),
        (Some(old), Some(new)) => {
            let paths = differences(catalog, old, new);
            (action_of(old, new, &paths), paths, new)
        }
    };
    Some(Change {
        address: address.clone(),
        resource_type: told.resource_type.clone(),
        scope: told.scope.clone(),
        action,
        paths,
        reason: None,
        untold: Vec::new(),
        desired: pair.1.map(|desired| Arc::new(desired.clone())),
        live: None,
        replace_order: None,
        consent: None,
    })
}

fn action_of(old: &Desired, new: &Desired, paths: &[PathChange]) -> Action {
    let replaced = old.resource_type != new.resource_type || paths.iter().any(|path| path.forces_replacement);
    match (paths.is_empty(), replaced) {
        (_, true) => Action::Replace,
        (true, false) => Action::None,
        (false, false) => Action::Update,
    }
}

fn all(resource: &Desired, sides: impl Fn(Shown) -> (Option<Shown>, Option<Shown>)) -> Vec<PathChange> {
    let properties =
        resource.properties.iter().map(|(name, value)| (PropertyPath::root().property(name), value));
    let tags = resource.tags.iter().map(|(key, value)| (tag(key), value));
    properties
        .chain(tags)
        .map(|(path, value)| {
            let (before, after) = sides(shown(value));
            PathChange { path, before, after, forces_replacement: false }
        })
        .collect()
}

fn differences(catalog: &Catalog, old: &Desired, new: &Desired) -> Vec<PathChange> {
    let mut found = Vec::new();
    maps(&PropertyPath::root(), &old.properties, &new.properties, &mut found);
    for key in old.tags.keys().chain(new.tags.keys().filter(|key| !old.tags.contains_key(*key))) {
        values(&tag(key), old.tags.get(key), new.tags.get(key), &mut found);
    }
    if let Some(schema) = catalog.get(new.resource_type.as_str()) {
        for change in &mut found {
            change.forces_replacement = schema.is_create_only(&change.path.generalised());
        }
    }
    found
}

fn maps(path: &PropertyPath, old: &Map, new: &Map, found: &mut Vec<PathChange>) {
    for (name, value) in old {
        values(&path.property(name), Some(value), new.get(name), found);
    }
    for (name, value) in new.iter().filter(|(name, _)| !old.contains_key(*name)) {
        values(&path.property(name), None, Some(value), found);
    }
}

fn values(path: &PropertyPath, old: Option<&Value>, new: Option<&Value>, found: &mut Vec<PathChange>) {
    match (old, new) {
        (Some(Value::Map(old)), Some(Value::Map(new))) => maps(path, old, new, found),
        (Some(old), Some(new)) if same(old, new) => {}
        (old, new) => found.push(PathChange {
            path: path.clone(),
            before: old.map(shown),
            after: new.map(shown),
            forces_replacement: false,
        }),
    }
}

fn same(old: &Value, new: &Value) -> bool {
    match (old, new) {
        (Value::Deferred(old), Value::Deferred(new)) => {
            old.source == new.source && old.references == new.references
        }
        (Value::Secret(old), Value::Secret(new)) => old == new,
        (Value::List(old), Value::List(new)) => {
            old.len() == new.len() && old.iter().zip(new).all(|(old, new)| same(old, new))
        }
        (Value::Map(old), Value::Map(new)) => {
            old.len() == new.len()
                && old.iter().all(|(name, value)| new.get(name).is_some_and(|other| same(value, other)))
        }
        _ => matches!((old.to_json(), new.to_json()), (Some(old), Some(new)) if old == new),
    }
}

fn shown(value: &Value) -> Shown {
    match value {
        Value::Secret(_) => Shown::Sensitive,
        Value::Deferred(deferred) => Shown::Value(Json::from(&*deferred.source)),
        known => known.to_json().map_or(Shown::KnownAfterApply, Shown::Value),
    }
}

fn tag(key: &str) -> PropertyPath {
    PropertyPath::root().property("Tags").property(key)
}
