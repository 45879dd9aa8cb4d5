//! What of an object is stackctl's by the server's account (`metadata.managedFields`), and what of a manifest is not sent
//! because others have it.

use crate::model::{Json, JsonMap, PropertyPath};

use super::object::take;

/// The field manager of everything that stackctl applies.
pub const MANAGER: &str = "stackctl";

/// Leaves to others what the blueprint ignores, as it is at this moment: what stackctl has by its last apply is sent with its
/// live value, since an apply without it would take it away; what it has not is not sent at all.
pub fn yield_to_others(manifest: &mut JsonMap, live: &JsonMap, ignore: &[PropertyPath]) {
    for path in ignore.iter().map(PropertyPath::as_str) {
        match at(live, path).filter(|_| has_applied(live, path)) {
            Some(value) => put(manifest, path, value),
            None => drop(take(manifest, path)),
        }
    }
}

/// What stackctl's last apply has of an object still; `None` where the server does not say. Controllers may move all else at
/// any time.
pub fn applied(live: &JsonMap) -> Option<Json> {
    let fields = last_apply(live).next()?;
    Some(part(&Json::Object(live.clone()), fields))
}

/// The fields of the last apply; one entry, but where the object was applied in several API versions.
fn last_apply(live: &JsonMap) -> impl Iterator<Item = &JsonMap> {
    let entries = live.get("metadata").and_then(|metadata| metadata.get("managedFields"));
    let is_ours = |entry: &&Json| entry["manager"] == MANAGER && entry["operation"] == "Apply";
    let ours = entries.and_then(Json::as_array).into_iter().flatten().filter(is_ours);
    ours.filter_map(|entry| entry.get("fieldsV1")?.as_object())
}

/// What of a value is in a set of fields: `f:<name>`, `k:<key of an element>`, `v:<an element>`.
fn part(value: &Json, fields: &JsonMap) -> Json {
    if fields.keys().all(|name| name == ".") {
        return value.clone();
    }
    let below = |name: &str, value: &Json| fields[name].as_object().map(|fields| part(value, fields));
    let named = |name: &String| {
        let (of, text) = name.split_once(':')?;
        match (of, value) {
            ("f", Json::Object(map)) => Some((text.to_owned(), below(name, map.get(text)?)?)),
            (_, Json::Array(items)) => {
                let wanted: Json = serde_json::from_str(text).ok()?;
                let is_it = |item: &&Json| match (of, wanted.as_object()) {
                    ("k", Some(key)) => key.iter().all(|(name, value)| item.get(name) == Some(value)),
                    _ => **item == wanted,
                };
                Some((text.to_owned(), below(name, items.iter().find(is_it)?)?))
            }
            _ => None,
        }
    };
    Json::Object(fields.keys().filter_map(named).collect())
}

/// Whether stackctl's last apply has a field, or anything below it.
fn has_applied(live: &JsonMap, path: &str) -> bool {
    last_apply(live).any(|fields| reaches(fields, path))
}

fn reaches(fields: &JsonMap, path: &str) -> bool {
    let (first, rest) = path.split_once('.').map_or((path, None), |(first, rest)| (first, Some(rest)));
    match (fields.get(&format!("f:{first}")).and_then(Json::as_object), rest) {
        // What has one owner as a whole is not told further.
        (Some(below), Some(rest)) => below.is_empty() || reaches(below, rest),
        (found, _) => found.is_some(),
    }
}

fn at<'a>(map: &'a JsonMap, path: &str) -> Option<&'a Json> {
    match path.split_once('.') {
        None => map.get(path),
        Some((first, rest)) => at(map.get(first)?.as_object()?, rest),
    }
}

fn put(map: &mut JsonMap, path: &str, value: &Json) {
    match path.split_once('.') {
        None => drop(map.insert(path.to_owned(), value.clone())),
        Some((first, rest)) => {
            let below = map.entry(first).or_insert_with(|| Json::Object(JsonMap::new()));
            if let Json::Object(below) = below {
                put(below, rest, value);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn live(fields: &Json) -> JsonMap {
        let object = json!({
            "metadata": {"managedFields": [
                {"manager": "kube-controller-manager", "operation": "Update", "fieldsV1": {"f:spec": {"f:replicas": {}}}},
                {"manager": "stackctl", "operation": "Apply", "fieldsV1": {"f:spec": fields}},
            ]},
            "spec": {"replicas": 60, "selector": {"app": "api"}},
        });
        object.as_object().unwrap().clone()
    }

    fn sent(spec: &Json, fields: &Json, ignore: &str) -> Json {
        let mut manifest = json!({"spec": spec}).as_object().unwrap().clone();
        yield_to_others(&mut manifest, &live(fields), &[PropertyPath::from(ignore)]);
        manifest.remove("spec").unwrap()
    }

    #[test]
    fn what_others_have_is_not_sent() {
        let spec = json!({"replicas": 20, "paused": false});
        let theirs = sent(&spec, &json!({"f:paused": {}}), "spec.replicas");
        assert_eq!(theirs, json!({"paused": false}), "leaving out takes nothing away");
        let ours = sent(&spec, &json!({"f:replicas": {}, "f:paused": {}}), "spec.replicas");
        assert_eq!(ours, json!({"replicas": 60, "paused": false}), "as it is now, not when it was planned");
    }

    #[test]
    fn a_part_of_an_object_is_what_the_last_apply_has_of_it() {
        let fields = json!({
            ".": {}, "f:paused": {}, "f:gone": {},
            "f:containers": {"k:{\"name\":\"api\"}": {".": {}, "f:name": {}, "f:image": {}}},
            "f:finalizers": {"v:\"x/y\"": {}},
        });
        let value = json!({
            "paused": true, "replicas": 3,
            "containers": [{"name": "side"}, {"name": "api", "image": "2", "stdin": false}],
            "finalizers": ["a", "x/y"],
        });
        let expected = json!({
            "paused": true,
            "containers": {"{\"name\":\"api\"}": {"name": "api", "image": "2"}},
            "finalizers": {"\"x/y\"": "x/y"},
        });
        assert_eq!(part(&value, fields.as_object().unwrap()), expected);
    }

    #[test]
    fn what_has_one_owner_is_ours_whatever_lies_in_it() {
        let found =
            sent(&json!({"selector": {"app": "old"}}), &json!({"f:selector": {}}), "spec.selector.app");
        assert_eq!(found, json!({"selector": {"app": "api"}}));
        let gone = sent(
            &json!({"strategy": {"type": "x"}}),
            &json!({"f:strategy": {"f:type": {}}}),
            "spec.strategy",
        );
        assert_eq!(gone, json!({}), "nothing stands there any more");
    }
}
