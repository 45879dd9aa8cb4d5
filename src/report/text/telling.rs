//! What tells new resources from their like, on the line of their change.

use std::collections::BTreeMap;

use crate::model::{Change, Json, Shown};

use super::of_types::of_type;
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

/// What says little of any resource.
const DULL: [&str; 5] = ["Description", "Domain", "GroupDescription", "ResolveConflicts", "Tags"];

/// The few properties that tell a new resource from its like; the rest is counted. Of several, what all of them have.
pub(super) fn telling(changes: &[&Change]) -> String {
    let Some(first) = changes.first() else { return String::new() };
    let leaves = shared_leaves(changes);
    if first.resource_type.is_kubernetes() { of_object(&leaves) } else { of_resource(first, &leaves) }
}

/// Values by path.
type Leaves = BTreeMap<String, Shown>;

fn shared_leaves(changes: &[&Change]) -> Leaves {
    let of = |change: &Change| {
        let mut leaves = Leaves::new();
        for path in &change.paths {
            if let Some(after) = &path.after {
                flatten(path.path.as_str(), after, &mut leaves);
            }
        }
        leaves
    };
    let mut all = changes.iter().map(|change| of(change));
    let mut shared = all.next().unwrap_or_default();
    all.for_each(|other| shared.retain(|path, value| other.get(path) == Some(value)));
    shared
}

fn of_resource(change: &Change, leaves: &Leaves) -> String {
    let known = |path: &str| match leaves.get(path)? {
        Shown::Value(json) if json.to_string().len() <= SHORT => Some(assigned(path, json)),
        _ => None,
    };
    let of_type = of_type(change.resource_type.as_str());
    let mut parts: Vec<String> = of_type.iter().filter_map(|path| known(path)).take(TELLING).collect();
    if parts.is_empty() {
        let tops = change.paths.iter().map(|path| path.path.as_str());
        let tops = tops.filter(|path| !path.contains(['.', '[']) && !DULL.contains(path));
        parts = tops.filter_map(known).take(TELLING).collect();
    }
    let rest = change.paths.len().saturating_sub(parts.len());
    if rest > 0 && !parts.is_empty() {
        parts.push(format!("(+{rest})"));
    }
    parts.join(" ")
}

/// `Port=443`; quoted where it would not be clear where the value ends.
fn assigned(path: &str, value: &Json) -> String {
    let label = path.rsplit('.').next().unwrap_or(path);
    match value.as_str() {
        Some(text) if text.contains(char::is_whitespace) => format!("{label}={value}"),
        _ => format!("{label}={}", shown(&Shown::Value(value.clone()), false)),
    }
}

/// The object's name as `kubectl` asks for it, and what is run, how often, and where it is found. A manifest says so much
/// more that a count of the rest would say nothing.
fn of_object(leaves: &Leaves) -> String {
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
        telling(&plan.changes.iter().collect::<Vec<_>>())
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

    #[test]
    fn values_with_blanks_are_quoted_and_what_says_little_is_left_out() {
        let group = json!({"GroupDescription": "the service's instances", "VpcId": "vpc-1"});
        assert_eq!(
            line("AWS::EC2::SecurityGroup", &group),
            "GroupDescription=\"the service's instances\" (+2)"
        );
        assert_eq!(line("AWS::EC2::EIP", &json!({"Domain": "vpc"})), "");
        let policy =
            json!({"PolicyName": "read", "PolicyDocument": {"Version": "2012-10-17", "Statement": []}});
        let told = line("AWS::IAM::ManagedPolicy", &policy);
        assert!(!told.contains("2012"), "{told}");
    }
}
