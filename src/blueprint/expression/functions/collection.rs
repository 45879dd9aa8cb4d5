//! Lists and maps: `size`, `range`, `flatten`, `distinct`, `sort`, `slice`, `keys`, `values`, `merge`, `get` and their kin.

use std::collections::HashSet;
use std::sync::Arc;

use super::super::evaluate::compare;
use super::super::value::{Val, ValMap};
use super::encoding::to_json;
use super::{Depth::Deep, Depth::Shallow, Function, Outcome, count, elements, function, wrong};

/// A longer range is a mistake.
const MAX_RANGE: usize = 100_000;

pub(super) static FUNCTIONS: &[Function] = &[
    function("size", "size(value)", 1..=1, Shallow, size),
    function("range", "range([from, ]end)", 1..=2, Shallow, range),
    function("lists.range", "lists.range(end)", 1..=1, Shallow, range),
    function("flatten", "list.flatten()", 1..=1, Shallow, flatten),
    function("distinct", "list.distinct()", 1..=1, Deep, distinct),
    function("sort", "list.sort()", 1..=1, Deep, sort),
    function("slice", "list.slice(start, end)", 3..=3, Shallow, slice),
    function("reverse", "list.reverse()", 1..=1, Shallow, reverse),
    function("keys", "keys(map)", 1..=1, Shallow, |a| {
        Ok(Val::list(entries("keys", &a[0])?.keys().map(|key| Val::String(key.clone())).collect()))
    }),
    function("values", "values(map)", 1..=1, Shallow, |a| {
        Ok(Val::list(entries("values", &a[0])?.values().cloned().collect()))
    }),
    function("entries", "entries(map)", 1..=1, Shallow, pairs),
    function("merge", "merge(map, map, ...)", 1..=64, Shallow, merge),
    function("get", "get(map, key, default)", 3..=3, Shallow, get),
    function("zoneNames", "zoneNames([count])", 1..=2, Shallow, zone_names),
];

fn entries<'v>(name: &str, value: &'v Val) -> Result<&'v ValMap, String> {
    match value {
        Val::Map(map) => Ok(map),
        other => Err(wrong(name, "a map", other)),
    }
}

fn size(arguments: &[Val]) -> Outcome {
    let size = match &arguments[0] {
        Val::String(text) => text.chars().count(),
        Val::Map(map) => map.len(),
        other => other.elements().ok_or_else(|| wrong("size", "a text, a list or a map", other))?.len(),
    };
    Ok(Val::Int(i64::try_from(size).unwrap_or(i64::MAX)))
}

fn range(arguments: &[Val]) -> Outcome {
    let ends = arguments.iter().map(|end| super::integer("range", end)).collect::<Result<Vec<_>, _>>()?;
    let (from, to) = if let [from, to] = ends[..] { (from, to) } else { (0, ends[0]) };
    let length = usize::try_from(to.saturating_sub(from)).unwrap_or(0);
    if length > MAX_RANGE {
        return Err(format!("a range of {length} is longer than {MAX_RANGE}"));
    }
    Ok(Val::list((from..to).map(Val::Int).collect()))
}

fn flatten(arguments: &[Val]) -> Outcome {
    let mut out = Vec::new();
    for item in elements("flatten", &arguments[0])? {
        match item.untraced() {
            Val::Unknown(_) => {
                return Err("`flatten` needs to know which of its elements are lists".to_owned());
            }
            value => match value.elements() {
                Some(items) => out.extend(items.iter().cloned()),
                None => out.push(item.clone()),
            },
        }
    }
    Ok(Val::list(out))
}

fn distinct(arguments: &[Val]) -> Outcome {
    let mut seen = HashSet::new();
    let mut out = Vec::new();
    for item in elements("distinct", &arguments[0])? {
        if seen.insert(to_json(item)?.to_string()) {
            out.push(item.clone());
        }
    }
    Ok(Val::list(out))
}

fn sort(arguments: &[Val]) -> Outcome {
    let mut items = elements("sort", &arguments[0])?.to_vec();
    if let Some(first) = items.first()
        && items.iter().any(|item| compare(first, item).is_none())
    {
        return Err("`sort` takes a list whose elements have an order".to_owned());
    }
    items.sort_by(|left, right| compare(left, right).unwrap_or(std::cmp::Ordering::Equal));
    Ok(Val::list(items))
}

fn slice(arguments: &[Val]) -> Outcome {
    let items = elements("slice", &arguments[0])?;
    let (start, end) = (count("slice", &arguments[1])?, count("slice", &arguments[2])?);
    match items.get(start..end) {
        Some(part) => Ok(Val::list(part.to_vec())),
        None => Err(format!("there is no part {start} to {end} in a list of {}", items.len())),
    }
}

fn reverse(arguments: &[Val]) -> Outcome {
    match &arguments[0] {
        Val::String(text) => Ok(Val::string(text.chars().rev().collect::<String>())),
        list => Ok(Val::list(elements("reverse", list)?.iter().rev().cloned().collect())),
    }
}

fn pairs(arguments: &[Val]) -> Outcome {
    let pair = |(key, value): (&Arc<str>, &Val)| {
        Val::map([(Arc::from("key"), Val::String(key.clone())), (Arc::from("value"), value.clone())])
    };
    Ok(Val::list(entries("entries", &arguments[0])?.iter().map(pair).collect()))
}

fn merge(arguments: &[Val]) -> Outcome {
    let mut out = ValMap::new();
    for map in arguments {
        if !matches!(map, Val::Null) {
            out.extend(entries("merge", map)?.iter().map(|(key, value)| (key.clone(), value.clone())));
        }
    }
    Ok(Val::Map(Arc::new(out)))
}

fn get(arguments: &[Val]) -> Outcome {
    let found = match (&arguments[0], &arguments[1]) {
        (Val::Null, _) => None,
        (Val::Map(map), Val::String(key)) => map.get(key).cloned(),
        (list, Val::Int(at)) => {
            usize::try_from(*at).ok().and_then(|at| elements("get", list).ok()?.get(at).cloned())
        }
        (map, _) => return Err(wrong("get", "a map and a text, or a list and an integer", map)),
    };
    Ok(found.unwrap_or_else(|| arguments[2].clone()))
}

/// The first argument is the hidden list of the region's zones.
fn zone_names(arguments: &[Val]) -> Outcome {
    let zones = elements("zoneNames", &arguments[0])?;
    let wanted = arguments.get(1).map_or(Ok(zones.len()), |wanted| count("zoneNames", wanted))?;
    match zones.get(..wanted) {
        Some(zones) => Ok(Val::list(zones.to_vec())),
        None => Err(format!(
            "the region has {} zones for you, not {wanted}: ask for fewer, or say which in `zones:` of stackctl.yaml",
            zones.len()
        )),
    }
}
