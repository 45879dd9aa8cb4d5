//! Resources that can't be there at the same time: two subnets of one CIDR block, two listeners of one port.

use std::collections::HashMap;

use crate::catalog::Catalog;
use crate::identity::Rules;
use crate::model::{Action, Change, Json, PropertyPath, ResourceType, Scope, Shown};

/// A type, a place, and the values that only one may have there.
type Place = (ResourceType, Scope, String);

/// Pairs (who comes, who leaves) of changes over the same place; a replacement that keeps its own is one with itself.
pub(super) fn collisions(catalog: &Catalog, changes: &[Change]) -> Vec<(usize, usize)> {
    let mut exclusive: HashMap<&ResourceType, &'static [&'static str]> = HashMap::new();
    let mut leaving: HashMap<Place, Vec<usize>> = HashMap::new();
    let mut coming = Vec::new();
    for (at, change) in changes.iter().enumerate() {
        let names = *exclusive
            .entry(&change.resource_type)
            .or_insert_with(|| Rules::of(catalog, &change.resource_type).facts().exclusive);
        if names.is_empty() {
            continue;
        }
        if matches!(change.action, Action::Delete | Action::Replace)
            && let Some(place) = place(change, names, held)
        {
            leaving.entry(place).or_default().push(at);
        }
        if matches!(change.action, Action::Create | Action::Replace)
            && let Some(place) = place(change, names, wanted)
        {
            coming.push((at, place));
        }
    }
    coming
        .iter()
        .flat_map(|(comer, place)| leaving.get(place).into_iter().flatten().map(|leaver| (*comer, *leaver)))
        .collect()
}

fn place(
    change: &Change,
    names: &[&str],
    value: impl for<'c> Fn(&'c Change, &str) -> Option<&'c Json>,
) -> Option<Place> {
    let values: Option<Vec<String>> = names
        .iter()
        .map(|name| {
            let value = value(change, name)?;
            Some(value.as_str().map_or_else(|| value.to_string(), str::to_owned))
        })
        .collect();
    Some((change.resource_type.clone(), change.scope.clone(), values?.join("\u{1f}")))
}

/// What the live resource has.
fn held<'c>(change: &'c Change, name: &str) -> Option<&'c Json> {
    change.live.as_ref()?.properties.get(name)
}

/// What the new one is to have; none where that is not known yet.
fn wanted<'c>(change: &'c Change, name: &str) -> Option<&'c Json> {
    let path = PropertyPath::root().property(name);
    match change.paths.iter().find(|one| one.path == path) {
        Some(one) => match &one.after {
            Some(Shown::Value(value)) => Some(value),
            _ => None,
        },
        // What a replacement does not change is as it was.
        None => held(change, name),
    }
}
