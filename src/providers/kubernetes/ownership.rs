//! Whose an object is: a label to find it by, and annotations in place of tags.

use std::collections::BTreeMap;

use super::object::{metadata_list, note};
use crate::identity::{MANAGED_BY as LABEL, MANAGER};
use crate::model::{Address, Json, JsonMap, Ownership, StackName, TAG_ADDRESS, TAG_PREFIX, TAG_STACK};

/// What everything of any stack can be listed by.
pub const SELECTOR: &str = "app.kubernetes.io/managed-by=stackctl";
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

/// Whether a path is of the label or the annotations.
pub fn is_stamp(path: &str) -> bool {
    let below = |map: &str| path.strip_prefix("metadata.").and_then(|rest| rest.strip_prefix(map));
    below("labels.").is_some_and(|key| key == LABEL)
        || below("annotations.").is_some_and(|key| key.starts_with(PREFIX))
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

/// Whose an object is; `names` says whether it has the name that is wanted at an address of the stack.
///
/// Controllers copy labels and annotations to what they make (a Deployment's annotations to its ReplicaSets, a
/// Service's labels to its Endpoints), and so do people (`kubectl get -o yaml`, another name, `kubectl apply`). So
/// annotations tell only where stackctl has applied the object, or where nobody has made it and it has the name that they
/// are wanted under. The label is what others overwrite: it finds objects, and is mended.
pub fn ownership(object: &JsonMap, stack: &StackName, names: impl Fn(&Address) -> bool) -> Ownership {
    let tags = tags(object);
    if tags.get(TAG_STACK).is_none_or(|name| name != stack.as_str()) {
        return Ownership::Foreign;
    }
    match tags.get(TAG_ADDRESS).and_then(|text| text.parse().ok()) {
        Some(address)
            if is_applied(object)
                || (!is_controlled(object) && (is_unrecorded(object) || names(&address))) =>
        {
            Ownership::Tagged(address)
        }
        _ => Ownership::Foreign,
    }
}

/// Whether the label says that it is stackctl's.
fn is_labelled(object: &JsonMap) -> bool {
    note(object, "labels", LABEL) == Some(MANAGER)
}

/// Whether the server says of nobody what he manages, and the label is there.
fn is_unrecorded(object: &JsonMap) -> bool {
    is_labelled(object) && metadata_list(object, "managedFields").is_empty()
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
        let address: Address = "eu-west-1/api".parse().unwrap();
        assert_eq!(of(&manifest, "shop", None), Ownership::Tagged(address));
        assert_eq!(of(&manifest, "other", None), Ownership::Foreign);
    }

    /// Whose an object is, where this address is wanted under its name.
    fn of(object: &JsonMap, stack: &str, wanted: Option<&str>) -> Ownership {
        ownership(object, &StackName::new(stack), |address| Some(address.as_str()) == wanted)
    }

    fn is_ours(object: &JsonMap, wanted: Option<&str>) -> bool {
        matches!(of(object, "shop", wanted), Ownership::Tagged(_))
    }

    #[test]
    fn copies_that_controllers_make_are_not_ours() {
        let mut copy =
            stamped(json!({"metadata": {"name": "api-1", "ownerReferences": [{"controller": true}]}}));
        assert!(!is_ours(&copy, Some("eu-west-1/api")));
        copy["metadata"]["managedFields"] = json!([{"manager": "stackctl", "operation": "Apply"}]);
        assert!(is_ours(&copy, None));
    }

    #[test]
    fn copies_that_people_make_are_not_ours() {
        let mut copy = stamped(json!({"metadata": {
            "name": "api-debug",
            "managedFields": [{"manager": "kubectl-client-side-apply", "operation": "Update"}],
        }}));
        assert!(!is_ours(&copy, None));
        assert!(is_ours(&copy, Some("eu-west-1/api")), "restored under the name that is wanted");
        assert!(!is_ours(&copy, Some("eu-west-1/web")), "at another address");
        copy["metadata"]["managedFields"] = json!([{"manager": "stackctl", "operation": "Update"}]);
        assert!(!is_ours(&copy, None));
    }

    #[test]
    fn the_label_does_not_tell() {
        let mut object = stamped(json!({"metadata": {"name": "api"}}));
        object["metadata"]["managedFields"] = json!([{"manager": "stackctl", "operation": "Apply"}]);
        object["metadata"]["labels"] = json!({LABEL: "Helm"});
        assert!(is_ours(&object, None), "it is mended");
        object["metadata"]["managedFields"] = json!([]);
        assert!(!is_ours(&object, None));
        assert!(is_ours(&object, Some("eu-west-1/api")));
    }
}
