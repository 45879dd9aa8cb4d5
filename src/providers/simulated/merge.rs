//! What an update does to a resource: exactly what its delta says, nothing else.

use crate::model::{Json, JsonMap};
use crate::providers::Delta;

/// Brings every top-level property that the delta touches to the desired value; what the cloud chose by itself inside of
/// it stays, unless the delta takes it away.
pub(super) fn merge(live: &mut JsonMap, desired: &JsonMap, delta: &Delta) {
    let touched = |name: &str| delta.touches(name);
    for (name, value) in desired.iter().filter(|(name, _)| touched(name)) {
        let merged = match live.remove(name) {
            Some(before) => merge_value(before, value, name, delta),
            None => value.clone(),
        };
        live.insert(name.clone(), merged);
    }
    for path in &delta.removed {
        if !desired.contains_key(path.top()) {
            live.remove(path.top());
        }
    }
}

fn merge_value(before: Json, after: &Json, path: &str, delta: &Delta) -> Json {
    match (before, after) {
        (Json::Object(mut before), Json::Object(after)) => {
            before.retain(|key, _| after.contains_key(key) || !is_removed(delta, &format!("{path}.{key}")));
            for (key, value) in after {
                let path = format!("{path}.{key}");
                let merged = match before.remove(key) {
                    Some(old) => merge_value(old, value, &path, delta),
                    None => value.clone(),
                };
                before.insert(key.clone(), merged);
            }
            Json::Object(before)
        }
        (_, after) => after.clone(),
    }
}

fn is_removed(delta: &Delta, path: &str) -> bool {
    delta.removed.iter().any(|removed| removed.as_str() == path)
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn map(value: Json) -> JsonMap {
        match value {
            Json::Object(map) => map,
            other => panic!("{other} is no object"),
        }
    }

    #[test]
    fn only_what_the_delta_touches_changes() {
        let mut live = map(json!({"A": 1, "B": {"x": 1, "chosen": true}, "C": 3}));
        let desired = map(json!({"A": 2, "B": {"x": 2}}));
        let delta = Delta { set: vec!["B.x".into()], removed: vec!["C".into()], ..Delta::default() };
        merge(&mut live, &desired, &delta);
        assert_eq!(Json::Object(live), json!({"A": 1, "B": {"chosen": true, "x": 2}}));
    }

    #[test]
    fn a_removed_key_inside_an_object_goes() {
        let mut live = map(json!({"B": {"x": 1, "y": 2}}));
        let delta = Delta { removed: vec!["B.y".into()], ..Delta::default() };
        merge(&mut live, &map(json!({"B": {"x": 1}})), &delta);
        assert_eq!(Json::Object(live), json!({"B": {"x": 1}}));
    }
}
