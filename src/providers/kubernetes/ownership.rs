//! Whose an object is: a label to find it by, and annotations in place of tags.

use std::collections::BTreeMap;

use super::object::{metadata_list, note};
use crate::model::{Json, JsonMap, Ownership, StackName, TAG_ADDRESS, TAG_PREFIX, TAG_STACK};

/// The field manager of everything that stackctl applies.
pub const MANAGER: &str = "stackctl";
/// What everything of any stack can be listed by.
pub const SELECTOR: &str = "app.kubernetes.io/managed-by=stackctl";
/// The label.
const LABEL: &str = "app.kubernetes.io/managed-by";
/// [`TAG_PREFIX`] in the engine's words; a colon is not allowed in an annotation's key.
const PREFIX: &str = "stackctl/";

/// An object's annotations of stackctl, as tags: `stackctl/stack` is `stackctl:stack`.
pub fn tags(object: &JsonMap) -> BTreeMap<String, String> {
    let annotations = object.get("metadata").and_then(|metadata| metadata.get("annotations"));
    let annotations = annotations.and_then(Json::as_object).into_iter().flatten();
    let tag = |(key, value): (&String, &Json)| {
        Some((format!("{TAG_PREFIX}{}", key.strip_prefix(PREFIX)?), value.as_str()?.to_owned()))
    };
    annotations.filter_map(tag).collect()
}

/// Writes the label and the annotations into a manifest, over what it says there itself.
pub fn stamp(manifest: &mut JsonMap, tags: &BTreeMap<String, String>) {
    let metadata = below(manifest, "metadata");
    below(metadata, "labels").insert(LABEL.to_owned(), Json::from(MANAGER));
    let annotations = below(metadata, "annotations");
    for (key, value) in tags {
        if let Some(name) = key.strip_prefix(TAG_PREFIX) {
            annotations.insert(format!("{PREFIX}{name}"), Json::from(value.as_str()));
        }
    }
}

/// The object at a key, made where there is none.
fn below<'a>(map: &'a mut JsonMap, key: &str) -> &'a mut JsonMap {
    let entry = map.entry(key).or_insert_with(|| Json::Object(JsonMap::new()));
    if !entry.is_object() {
        *entry = Json::Object(JsonMap::new());
    }
    match entry {
        Json::Object(map) => map,
        // It was made an object above.
        _ => unreachable!(),
    }
}

/// Whose an object is.
///
/// Controllers copy labels and annotations to what they make (a Deployment's annotations to its ReplicaSets, a
/// Service's labels to its Endpoints): what a controller owns is the stack's only if stackctl has applied it.
pub fn ownership(object: &JsonMap, stack: &StackName) -> Ownership {
    let tags = tags(object);
    let is_ours = note(object, "labels", LABEL) == Some(MANAGER)
        && tags.get(TAG_STACK).is_some_and(|name| name == stack.as_str())
        && (!is_controlled(object) || is_applied(object));
    match tags.get(TAG_ADDRESS).and_then(|text| text.parse().ok()) {
        Some(address) if is_ours => Ownership::Tagged(address),
        _ => Ownership::Foreign,
    }
}

fn is_controlled(object: &JsonMap) -> bool {
    metadata_list(object, "ownerReferences").iter().any(|owner| owner["controller"] == true)
}

fn is_applied(object: &JsonMap) -> bool {
    let ours = |entry: &Json| entry["manager"] == MANAGER && entry["operation"] == "Apply";
    metadata_list(object, "managedFields").iter().any(ours)
}

/// Who has written to an object, for people: `helm, kubectl-edit`.
pub fn managers(object: &JsonMap) -> String {
    let mut names: Vec<&str> =
        metadata_list(object, "managedFields").iter().filter_map(|entry| entry["manager"].as_str()).collect();
    names.sort_unstable();
    names.dedup();
    names.join(", ")
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn object(json: Json) -> JsonMap {
        json.as_object().unwrap().clone()
    }

    fn stamped(manifest: Json) -> JsonMap {
        let mut manifest = object(manifest);
        let tags = [(TAG_STACK, "shop"), (TAG_ADDRESS, "eu-west-1/api"), ("team", "web")];
        stamp(
            &mut manifest,
            &tags.into_iter().map(|(key, value)| (key.to_owned(), value.to_owned())).collect(),
        );
        manifest
    }

    #[test]
    fn the_stamp_wins_and_is_read_back() {
        let manifest = stamped(json!({"metadata": {
            "name": "api", "labels": {LABEL: "Helm", "app": "api"}, "annotations": null,
        }}));
        assert_eq!(
            manifest["metadata"],
            json!({
                "name": "api", "labels": {LABEL: "stackctl", "app": "api"},
                "annotations": {"stackctl/address": "eu-west-1/api", "stackctl/stack": "shop"},
            })
        );
        assert_eq!(tags(&manifest).keys().collect::<Vec<_>>(), [TAG_ADDRESS, TAG_STACK]);
        let address = "eu-west-1/api".parse().unwrap();
        assert_eq!(ownership(&manifest, &StackName::new("shop")), Ownership::Tagged(address));
        assert_eq!(ownership(&manifest, &StackName::new("other")), Ownership::Foreign);
    }

    #[test]
    fn copies_that_controllers_make_are_not_ours() {
        let mut copy =
            stamped(json!({"metadata": {"name": "api-1", "ownerReferences": [{"controller": true}]}}));
        assert_eq!(ownership(&copy, &StackName::new("shop")), Ownership::Foreign);
        copy["metadata"]["managedFields"] = json!([{"manager": "stackctl", "operation": "Apply"}]);
        assert!(matches!(ownership(&copy, &StackName::new("shop")), Ownership::Tagged(_)));
        copy["metadata"]["labels"] = json!({});
        assert_eq!(ownership(&copy, &StackName::new("shop")), Ownership::Foreign, "the label is missing");
    }
}
