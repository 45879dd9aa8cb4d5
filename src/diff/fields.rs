//! What the API server says is stackctl's (`metadata.managedFields`), held against a manifest.
//!
//! Whoever changes or removes a field takes it over. So where the last apply still has all that it set, nobody has
//! touched it, in whatever form the server keeps the values (`0.1` as `100m`): no dry run has to tell.

use crate::identity::MANAGER;
use crate::model::{Json, JsonMap, Map, PropertyPath, Value};

/// What names an object is nobody's field.
const IDENTITY: [&str; 4] = ["apiVersion", "kind", "metadata.name", "metadata.namespace"];

/// Whether the last apply has every field of a manifest still, but for what the blueprint leaves to others.
pub(super) fn are_ours(manifest: &Map, live: &JsonMap, ignore: &[PropertyPath]) -> bool {
    let Some(fields) = applied(live) else { return false };
    let is_skipped = |path: &str| IDENTITY.contains(&path) || ignore.iter().any(|one| one.as_str() == path);
    members(manifest, fields, live, "", &is_skipped)
}

/// The fields of the last apply, if it was of the version that was read.
fn applied(live: &JsonMap) -> Option<&JsonMap> {
    let entries = live.get("metadata")?.get("managedFields")?.as_array()?;
    let is_ours = |entry: &&Json| {
        entry["manager"] == MANAGER
            && entry["operation"] == "Apply"
            && live.get("apiVersion") == entry.get("apiVersion")
    };
    entries.iter().find(is_ours)?.get("fieldsV1")?.as_object()
}

type Skip<'a> = &'a dyn Fn(&str) -> bool;

fn members(map: &Map, fields: &JsonMap, live: &JsonMap, at: &str, is_skipped: Skip<'_>) -> bool {
    map.iter().all(|(name, value)| {
        let path = if at.is_empty() { name.to_string() } else { format!("{at}.{name}") };
        if matches!(value, Value::Null) || is_skipped(&path) {
            return true;
        }
        let found = fields.get(&format!("f:{name}")).zip(live.get(&**name));
        found.is_some_and(|(fields, live)| covers(value, fields, live, &path, is_skipped))
    })
}

fn covers(value: &Value, fields: &Json, live: &Json, at: &str, is_skipped: Skip<'_>) -> bool {
    let Some(fields) = fields.as_object() else { return false };
    match (value, live) {
        // A leaf, or what has one owner as a whole.
        _ if fields.is_empty() => true,
        (Value::Map(map), Json::Object(live)) => members(map, fields, live, at, is_skipped),
        (Value::List(items), Json::Array(live)) => {
            items.iter().all(|item| element(item, fields, live, at, is_skipped))
        }
        _ => false,
    }
}

/// Whether one of the elements that are owned, `k:{"name":"app"}` or `v:"x"`, is this item.
fn element(item: &Value, fields: &JsonMap, live: &[Json], at: &str, is_skipped: Skip<'_>) -> bool {
    fields.iter().any(|(name, fields)| match name.split_once(':') {
        Some(("v", text)) => item.to_json().is_some_and(|item| {
            serde_json::from_str::<Json>(text).is_ok_and(|owned| owned == item) && live.contains(&item)
        }),
        Some(("k", text)) => {
            let (Ok(key), Value::Map(map)) = (serde_json::from_str::<JsonMap>(text), item) else {
                return false;
            };
            // What a manifest leaves out of a key has its default there.
            let is_item = key.iter().all(|(name, value)| {
                map.get(name.as_str()).is_none_or(|item| item.to_json().as_ref() == Some(value))
            });
            let there = live.iter().find(|one| key.iter().all(|(name, value)| one.get(name) == Some(value)));
            is_item && there.is_some_and(|live| covers(item, fields, live, at, is_skipped))
        }
        _ => false,
    })
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn map(json: &Json) -> Map {
        match Value::from(json) {
            Value::Map(map) => map,
            _ => unreachable!("an object"),
        }
    }

    fn manifest() -> Json {
        json!({
            "apiVersion": "v1", "kind": "Pod",
            "metadata": {"name": "api", "namespace": "shop", "finalizers": ["example.com/guard"]},
            "spec": {
                "nodeSelector": {"role": "general"},
                "tolerations": null,
                "containers": [{
                    "name": "app",
                    "ports": [{"containerPort": 80}],
                    "resources": {"requests": {"cpu": "0.1"}},
                }],
            },
        })
    }

    /// As a server keeps it, with these fields of the container.
    fn live(container: &Json) -> JsonMap {
        let fields = json!({
            "f:metadata": {"f:finalizers": {"v:\"example.com/guard\"": {}}},
            "f:spec": {"f:nodeSelector": {}, "f:containers": {"k:{\"name\":\"app\"}": container}},
        });
        let entry =
            json!({"manager": "stackctl", "operation": "Apply", "apiVersion": "v1", "fieldsV1": fields});
        let live = json!({
            "apiVersion": "v1", "kind": "Pod",
            "metadata": {"name": "api", "finalizers": ["example.com/guard"], "managedFields": [entry]},
            "spec": {
                "nodeSelector": {"role": "general"},
                "containers": [{
                    "name": "app",
                    "ports": [{"containerPort": 80, "protocol": "TCP"}],
                    "resources": {"requests": {"cpu": "100m"}},
                }],
            },
        });
        live.as_object().expect("an object").clone()
    }

    fn owned() -> Json {
        json!({
            ".": {}, "f:name": {},
            "f:ports": {"k:{\"containerPort\":80,\"protocol\":\"TCP\"}": {".": {}, "f:containerPort": {}}},
            "f:resources": {"f:requests": {".": {}, "f:cpu": {}}},
        })
    }

    #[test]
    fn what_nobody_has_touched_is_ours_in_whatever_form_it_is_kept() {
        assert!(are_ours(&map(&manifest()), &live(&owned()), &[]));
    }

    #[test]
    fn what_was_taken_over_or_was_never_applied_is_not() {
        let mut taken = owned();
        taken["f:resources"] = json!({});
        taken["f:ports"] = json!({"k:{\"containerPort\":81,\"protocol\":\"TCP\"}": {}});
        assert!(!are_ours(&map(&manifest()), &live(&taken), &[]), "another port");
        let mut more = manifest();
        more["spec"]["hostNetwork"] = json!(true);
        assert!(!are_ours(&map(&more), &live(&owned()), &[]));
        assert!(are_ours(&map(&more), &live(&owned()), &[PropertyPath::from("spec.hostNetwork")]));
        let mut others = live(&owned());
        others["metadata"]["managedFields"][0]["manager"] = json!("kubectl");
        assert!(!are_ours(&map(&manifest()), &others, &[]));
        let mut gone = live(&owned());
        gone["spec"]["nodeSelector"] = Json::Null;
        gone["spec"].as_object_mut().expect("an object").remove("nodeSelector");
        assert!(!are_ours(&map(&manifest()), &gone, &[]), "it is not there any more");
    }
}
