//! Lists: by position where the order counts; as sets, matched by the best likeness, where it does not.

use crate::model::{Json, Value};

use super::compare::{Comparison, Difference, Kind, identical, show};
use super::trail::Trail;

/// Compares two lists. One that the blueprint sets is the blueprint's alone: elements that it lacks are differences.
pub(super) fn compare(
    comparison: &Comparison<'_>,
    trail: &Trail<'_>,
    path: &str,
    desired: &[Value],
    live: &[Json],
    out: &mut Vec<Difference>,
) {
    for pair in side_by_side(comparison, trail, path, desired, live) {
        match pair {
            (Some(one), Some(other)) => {
                comparison.property(&trail.index(one), &desired[one], Some(&live[other]), out);
            }
            (Some(one), None) => {
                let at = trail.index(one);
                let after = Some(show(&desired[one]));
                out.push(comparison.difference(&at, &at.general(), None, after, Kind::Set));
            }
            (None, Some(other)) => {
                let at = trail.index(other);
                let before = Some(comparison.shown(&at.general(), &live[other]));
                out.push(comparison.difference(&at, &at.general(), before, None, Kind::Element));
            }
            (None, None) => {}
        }
    }
}

/// Which element of one list is which of the other.
pub(super) fn side_by_side(
    comparison: &Comparison<'_>,
    trail: &Trail<'_>,
    path: &str,
    desired: &[Value],
    live: &[Json],
) -> Vec<(Option<usize>, Option<usize>)> {
    // Kubernetes merges lists of objects by their keys: where one stands says little.
    let merged = comparison.rules.is_kubernetes() && live.iter().all(Json::is_object);
    if merged || comparison.rules.is_set(path) {
        return matched(comparison, trail, desired, live);
    }
    let both = 0..desired.len().max(live.len());
    both.map(|index| ((index < desired.len()).then_some(index), (index < live.len()).then_some(index)))
        .collect()
}

/// Pairs the elements of two sets: the identical ones, then the equal ones, then the likeliest; what stays alone is
/// added or removed.
fn matched(
    comparison: &Comparison<'_>,
    trail: &Trail<'_>,
    desired: &[Value],
    live: &[Json],
) -> Vec<(Option<usize>, Option<usize>)> {
    let mut pairs = vec![None; desired.len()];
    let mut free: Vec<usize> = (0..live.len()).collect();
    pair_up(&mut pairs, &mut free, |one, other| identical(&desired[one], &live[other]).then_some(1));
    pair_up(&mut pairs, &mut free, |one, other| {
        let mut differences = Vec::new();
        comparison.property(&trail.index(one), &desired[one], Some(&live[other]), &mut differences);
        differences.is_empty().then_some(1)
    });
    pair_up(&mut pairs, &mut free, |one, other| likeness(&desired[one], &live[other]));
    let both = pairs.iter().enumerate().map(|(one, other)| (Some(one), *other));
    both.chain(free.iter().map(|other| (None, Some(*other)))).collect()
}

/// Gives each desired element that is still alone the free live one with the highest score.
fn pair_up(
    pairs: &mut [Option<usize>],
    free: &mut Vec<usize>,
    score: impl Fn(usize, usize) -> Option<usize>,
) {
    for (one, pair) in pairs.iter_mut().enumerate() {
        if pair.is_some() || free.is_empty() {
            continue;
        }
        let best = free
            .iter()
            .enumerate()
            .filter_map(|(at, other)| Some((score(one, *other)?, at)))
            .max_by_key(|(score, at)| (*score, std::cmp::Reverse(*at)));
        if let Some((_, at)) = best {
            *pair = Some(free.remove(at));
        }
    }
}

/// How many properties two objects share with the same value; none where it is not worth calling it a change.
///
/// A value that is not known yet takes whatever is left.
fn likeness(desired: &Value, live: &Json) -> Option<usize> {
    match (desired, live) {
        (Value::Deferred(_), _) => Some(0),
        (Value::Map(map), Json::Object(live)) => {
            let same = map
                .iter()
                .filter(|(key, value)| live.get(&***key).is_some_and(|live| identical(value, live)))
                .count();
            (same > 0 || map.values().any(|value| !value.is_known())).then_some(same)
        }
        _ => None,
    }
}
