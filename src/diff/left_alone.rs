//! What the blueprint says to `ignore` stays as it is. A list is written whole, and so is what has no tags: what is left to
//! others goes back with it as it is live.

use std::sync::Arc;

use crate::identity::{KnownAttributes, Rules, resolve_all, upgraded};
use crate::model::{Desired, Json, JsonMap, Live, Map, PropertyPath, Value};

use super::Problem;
use super::compare::{Comparison, Removals};
use super::list;
use super::trail::Trail;

/// The desired side, and its properties resolved, with what is left to others as it is live; none where that makes no
/// difference. What others write of an object is told apart by its server.
pub(super) fn settled(
    rules: &Rules,
    desired: &Desired,
    resolved: &Map,
    live: &Live,
    known: &KnownAttributes,
) -> Result<Option<(Arc<Desired>, Map)>, Problem> {
    if desired.lifecycle.ignore.is_empty() || rules.is_kubernetes() {
        return Ok(None);
    }
    let Some((properties, added)) = keep(rules, desired, resolved, &live.properties) else {
        return Ok(None);
    };
    let resolved = resolve_all(&properties, known)
        .map_err(|error| Problem::Expression { address: desired.address.clone(), error })?;
    let mut desired = Desired { properties, ..Desired::clone(desired) };
    desired.lifecycle.unrecorded = added;
    Ok(Some((Arc::new(desired), resolved)))
}

/// The desired properties with the live values where they are left alone, and the paths that the blueprint does not set
/// itself; none where that makes no difference.
fn keep(
    rules: &Rules,
    desired: &Desired,
    resolved: &Map,
    live: &JsonMap,
) -> Option<(Map, Vec<PropertyPath>)> {
    let mut kept = desired.properties.clone();
    let ignore = &desired.lifecycle.ignore;
    for name in ignore.iter().map(PropertyPath::top) {
        if let Some(value) = resolved.get(name).filter(|value| value.is_known()) {
            kept.insert(name.into(), value.clone());
        }
    }
    let comparison = Comparison { rules, owns: None, removals: Removals::Never, ignore, untold: None };
    let mut keeping = Keeping { comparison, added: Vec::new() };
    let (mut all, live) = (Value::Map(kept), Json::Object(live.clone()));
    let mut changed = false;
    for path in ignore.iter().filter(|path| !is_upgrade(desired, &live, path)) {
        changed |= keeping.put(&Trail::Root, &steps(path.as_str()), &mut all, &live);
    }
    match all {
        Value::Map(kept) if changed => Some((kept, keeping.added)),
        _ => None,
    }
}

/// Whether a path is left alone because AWS upgraded it: what the blueprint says stays as it is written, to be told.
fn is_upgrade(desired: &Desired, live: &Json, path: &PropertyPath) -> bool {
    let live = live.as_object();
    path.as_str() == "Version" && live.is_some_and(|live| upgraded(desired, live).is_some())
}

/// One step down a path.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Step<'a> {
    Property(&'a str),
    Element(usize),
    AnyElement,
}

/// `Rules[0].Targets.*.Input`, step by step.
fn steps(path: &str) -> Vec<Step<'_>> {
    let parts = path.split(['.', '[']).filter(|part| !part.is_empty());
    let step = |part| match part {
        "*" => Step::AnyElement,
        part => match part.strip_suffix(']').and_then(|index: &str| index.parse().ok()) {
            Some(index) => Step::Element(index),
            None => Step::Property(part),
        },
    };
    parts.map(step).collect()
}

struct Keeping<'a> {
    comparison: Comparison<'a>,
    /// Where a value was put that the blueprint has none for.
    added: Vec<PropertyPath>,
}

impl Keeping<'_> {
    /// Notes a path and all below it, in the schemas' form, each as often as it stands there.
    fn note(&mut self, path: &str, live: &Json) {
        match live {
            Json::Array(items) => {
                items
                    .iter()
                    .filter(|item| item.is_object())
                    .for_each(|item| self.note_below(&format!("{path}.*"), item));
            }
            live => self.note_below(path, live),
        }
        self.added.push(PropertyPath::from(path));
    }

    fn note_below(&mut self, path: &str, live: &Json) {
        let map = live.as_object().into_iter().flatten();
        map.for_each(|(name, live)| self.note(&format!("{path}.{name}"), live));
    }

    /// Puts the live value at a path in the place of the desired one. Returns whether there is one.
    fn put(&mut self, trail: &Trail<'_>, steps: &[Step<'_>], desired: &mut Value, live: &Json) -> bool {
        let Some((step, rest)) = steps.split_first() else {
            *desired = Value::from(live);
            return true;
        };
        match (step, desired, live) {
            (Step::Property(name), Value::Map(desired), Json::Object(live)) => {
                let Some(live) = live.get(*name).filter(|live| !live.is_null()) else { return false };
                let trail_below = trail.property(name);
                let is_set = desired.get(*name).is_some_and(|value| !matches!(value, Value::Null));
                if is_set {
                    let below = |desired: &mut Value| self.put(&trail_below, rest, desired, live);
                    return desired.get_mut(*name).is_some_and(below);
                }
                // At the top, what is not set is not written.
                let is_whole = !matches!(trail, Trail::Root) || !self.comparison.rules.is_taggable();
                if !rest.is_empty() || !is_whole {
                    return false;
                }
                desired.insert((*name).into(), Value::from(live));
                self.note(&trail_below.general(), live);
                true
            }
            (Step::Element(_) | Step::AnyElement, Value::List(desired), Json::Array(live)) => {
                let path = trail.general();
                let pairs = list::side_by_side(&self.comparison, trail, &path, desired, live);
                let mut changed = false;
                for (one, other) in pairs.into_iter().filter_map(|(one, other)| one.zip(other)) {
                    if matches!(step, Step::AnyElement) || *step == Step::Element(one) {
                        changed |= self.put(&trail.index(one), rest, &mut desired[one], &live[other]);
                    }
                }
                changed
            }
            _ => false,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn paths_are_walked_step_by_step() {
        let expected = [
            Step::Property("Rules"),
            Step::Element(0),
            Step::Property("Targets"),
            Step::AnyElement,
            Step::Property("Input"),
        ];
        assert_eq!(steps("Rules[0].Targets.*.Input"), expected);
    }
}
