//! What tells a new resource from its like, on the line of its change.

use std::collections::BTreeMap;

use crate::model::{Change, Json, PathChange, Shown};

use super::value::shown;

/// How many properties are shown.
const TELLING: usize = 3;
/// The longest value among them.
const SHORT: usize = 40;

/// What tells one workload from another, most telling first; for containers and ports, of the first one.
const OF_OBJECTS: [&str; 13] = [
    "spec.replicas",
    "spec.template.spec.containers[0].image",
    "spec.jobTemplate.spec.template.spec.containers[0].image",
    "spec.schedule",
    "spec.minReplicas",
    "spec.maxReplicas",
    "spec.type",
    "spec.ports[0].port",
    "spec.minAvailable",
    "spec.maxUnavailable",
    "spec.rules[0].host",
    "spec.resources.requests.storage",
    "roleRef.name",
];

/// The few properties that tell a new resource from its like; the rest is counted.
pub(super) fn telling(change: &Change) -> String {
    if change.resource_type.is_kubernetes() { of_object(change) } else { of_resource(change) }
}

fn of_resource(change: &Change) -> String {
    let is_telling = |path: &&PathChange| match &path.after {
        Some(Shown::Value(json)) => {
            !json.is_object()
                && !json.is_array()
                && path.path.top() != "Tags"
                && json.to_string().len() <= SHORT
        }
        _ => false,
    };
    let chosen: Vec<&PathChange> = change.paths.iter().filter(is_telling).take(TELLING).collect();
    let rest = change.paths.len() - chosen.len();
    let after = |path: &PathChange| path.after.as_ref().map(|after| shown(after, false)).unwrap_or_default();
    let mut parts: Vec<String> = chosen.iter().map(|path| format!("{}={}", path.path, after(path))).collect();
    if rest > 0 {
        parts.push(format!("(+{rest})"));
    }
    parts.join(" ")
}

/// The object's name as `kubectl` asks for it, and what is run, how often, and where it is found. A manifest says so much
/// more that a count of the rest would say nothing.
fn of_object(change: &Change) -> String {
    let mut leaves = BTreeMap::new();
    for path in &change.paths {
        if let Some(after) = &path.after {
            flatten(path.path.as_str(), after, &mut leaves);
        }
    }
    let text = |path: &str| leaves.get(path).map(|value| shown(value, false));
    let name = match (text("metadata.namespace"), text("metadata.name")) {
        (Some(namespace), Some(name)) => Some(format!("{namespace}/{name}")),
        (_, name) => name,
    };
    let label = |path: &str| path.rsplit('.').next().unwrap_or(path).to_owned();
    let properties =
        OF_OBJECTS.iter().filter_map(|path| Some(format!("{}={}", label(path), text(path)?))).take(TELLING);
    name.into_iter().chain(properties).collect::<Vec<_>>().join(" ")
}

/// The leaves below a path, by their own paths.
fn flatten(path: &str, value: &Shown, leaves: &mut BTreeMap<String, Shown>) {
    match value {
        Shown::Value(Json::Object(fields)) => {
            for (key, value) in fields {
                flatten(&format!("{path}.{key}"), &Shown::Value(value.clone()), leaves);
            }
        }
        Shown::Value(Json::Array(items)) => {
            for (at, value) in items.iter().enumerate() {
                flatten(&format!("{path}[{at}]"), &Shown::Value(value.clone()), leaves);
            }
        }
        leaf => {
            leaves.insert(path.to_owned(), leaf.clone());
        }
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;
    use crate::diff::tests::support::{World, desired};

    /// The line of one new object.
    fn line(resource_type: &str, manifest: &Json) -> String {
        let plan = World::of(vec![desired("eu-west-1/shop", resource_type, manifest)]).plan();
        telling(&plan.changes[0])
    }

    #[test]
    fn a_workload_is_told_by_its_name_its_count_and_what_it_runs() {
        let manifest = json!({
            "apiVersion": "apps/v1",
            "kind": "Deployment",
            "metadata": {"name": "api", "namespace": "shop", "labels": {"app": "api"}},
            "spec": {
                "replicas": 20,
                "minReadySeconds": 5,
                "template": {"spec": {"containers": [
                    {"name": "api", "image": "shop/api:1"},
                    {"name": "proxy", "image": "proxy:2"}]}}}});
        assert_eq!(line("apps/v1/Deployment", &manifest), "shop/api replicas=20 image=shop/api:1");
    }

    #[test]
    fn an_object_without_anything_telling_is_its_name() {
        let manifest = json!({"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": "shop"}});
        assert_eq!(line("v1/Namespace", &manifest), "shop");
    }
}
