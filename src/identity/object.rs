//! What stackctl knows of Kubernetes objects without asking a cluster: which of their fields a server sets, what their
//! manifest comes to, who has their replicas.

use std::collections::HashSet;
use std::sync::Arc;

use crate::model::{
    Address, Desired, Digest, Identifier, Json, JsonMap, KEPT_WHOLE, Live, Map, PropertyPath, Scope, Value,
};

use super::upgrades::{CLUSTER, VERSION, upgraded};
use super::{Owns, applied, redacted};

/// Metadata that the API server writes.
const SERVER_METADATA: [&str; 8] = [
    "managedFields",
    "resourceVersion",
    "generation",
    "uid",
    "creationTimestamp",
    "deletionTimestamp",
    "deletionGracePeriodSeconds",
    "selfLink",
];
/// The beginning of stackctl's own annotations.
const ANNOTATIONS: &str = "stackctl/";
/// The label of whoever manages an object.
pub const MANAGED_BY: &str = "app.kubernetes.io/managed-by";
/// Where a workload says how many pods it wants.
pub const REPLICAS: &str = "spec.replicas";

/// An object without what the server writes and what says whose it is: what people and manifests say of it.
pub fn written_by_people(object: &JsonMap) -> JsonMap {
    let mut out = object.clone();
    out.remove("status");
    let Some(Json::Object(metadata)) = out.get_mut("metadata") else { return out };
    metadata.retain(|name, _| !SERVER_METADATA.contains(&name.as_str()));
    for (map, own) in [("annotations", ANNOTATIONS), ("labels", MANAGED_BY)] {
        let Some(Json::Object(texts)) = metadata.get_mut(map) else { continue };
        texts.retain(|key, _| !key.starts_with(own) && !KEPT_WHOLE.contains(&key.as_str()));
        if texts.is_empty() {
            metadata.remove(map);
        }
    }
    out
}

/// An object as far as no controller moves it: what the last apply has of it, or all that people write of one that stackctl
/// has not applied; without the count of replicas, which an autoscaler may have.
pub fn steady(object: &JsonMap) -> Json {
    match applied(object).unwrap_or_else(|| Json::Object(written_by_people(object))) {
        Json::Object(mut steady) => {
            take(&mut steady, REPLICAS);
            Json::Object(steady)
        }
        other => other,
    }
}

/// Over a manifest, secrets by their reference, without what is left to others; `None` while a part is unknown.
///
/// The count of replicas is in no digest: it is left to others as soon as there is an autoscaler, and one that comes or
/// goes is no change of the manifest.
pub fn manifest_digest(manifest: &Map, ignore: &[PropertyPath]) -> Option<Digest> {
    let Json::Object(mut whole) = redacted(&Value::Map(manifest.clone()))? else { return None };
    for path in ignore.iter().map(PropertyPath::as_str).chain([REPLICAS]) {
        take(&mut whole, path);
    }
    Some(Digest::of_json(&Json::Object(whole)))
}

pub(super) fn take(map: &mut JsonMap, path: &str) -> Option<Json> {
    match path.split_once('.') {
        None => map.remove(path),
        Some((first, rest)) => match map.get_mut(first)? {
            Json::Object(below) => take(below, rest),
            _ => None,
        },
    }
}

/// Leaves to others what is theirs: the replicas of a workload that an autoscaler scales, in the blueprint or in the
/// cluster, what the blueprint says to `ignore` of an object, and the versions that AWS upgrades by itself. An apply that
/// left an object's fields out would take them away, and one that sends a part of them as written would undo what others
/// did, so it sends them as they are.
pub fn leave_to_others(desired: &[Arc<Desired>], live: &[Arc<Live>]) -> Vec<Arc<Desired>> {
    let scaled = scaled_workloads(desired, live);
    let settle = |desired: &Arc<Desired>| {
        let is_scaled = Workload::of_desired(desired).is_some_and(|workload| scaled.contains(&workload));
        let is_object = desired.resource_type.is_kubernetes();
        let is_others = is_object && (is_scaled || !desired.lifecycle.ignore.is_empty());
        if !is_others && desired.resource_type.as_str() != CLUSTER {
            return desired.clone();
        }
        let mut settled = Desired::clone(desired);
        if is_scaled {
            settled.lifecycle.ignore.push(PropertyPath::from(REPLICAS));
        }
        let found =
            live.iter().find(|live| live.scope == desired.scope && live.address() == Some(&desired.address));
        if let Some(live) = found {
            let owns = Owns::read(&live.tags).unwrap_or_default();
            // What neither the blueprint nor the last apply has said of an object is not said now.
            let is_said = |path: &str| says(&desired.properties, path) || owns.contains(path);
            let is_kept = |path: &&PropertyPath| is_object && is_said(path.as_str());
            for path in settled.lifecycle.ignore.iter().filter(is_kept) {
                keep(&mut settled.properties, &live.properties, path.as_str());
            }
        }
        // What the blueprint says stays as it is written, to be told.
        if found.is_some_and(|live| upgraded(desired, &live.properties).is_some()) {
            settled.lifecycle.ignore.push(PropertyPath::from(VERSION));
        }
        Arc::new(settled)
    };
    desired.iter().map(settle).collect()
}

/// Namespace and name of an object, as the provider joins them.
pub fn object_identity(manifest: &Map) -> Option<Identifier> {
    let Some(Value::Map(metadata)) = manifest.get("metadata") else { return None };
    let name = metadata.get("name")?.as_str()?;
    match metadata.get("namespace") {
        None | Some(Value::Null) => Some(Identifier::new(name)),
        Some(namespace) => Some(Identifier::new(format!("{}|{name}", namespace.as_str()?))),
    }
}

/// Whether a manifest says something at a path.
fn says(manifest: &Map, path: &str) -> bool {
    match path.split_once('.') {
        None => manifest.get(path).is_some_and(|value| !matches!(value, Value::Null)),
        Some((first, rest)) => match manifest.get(first) {
            Some(Value::Map(below)) => says(below, rest),
            other => other.is_some(),
        },
    }
}

/// Puts the live value of a path in the place of the desired one.
fn keep(desired: &mut Map, live: &JsonMap, path: &str) {
    let (first, rest) = path.split_once('.').map_or((path, None), |(first, rest)| (first, Some(rest)));
    match (rest, live.get(first)) {
        (None, Some(value)) => drop(desired.insert(Arc::from(first), Value::from(value))),
        (None, None) => drop(desired.shift_remove(first)),
        (Some(rest), Some(Json::Object(below))) => {
            if let Some(Value::Map(map)) = desired.get_mut(first) {
                keep(map, below, rest);
            }
        }
        (Some(_), _) => {}
    }
}

/// Something that has replicas, by its kind, namespace and name in a cluster.
#[derive(PartialEq, Eq, Hash)]
struct Workload {
    scope: Scope,
    kind: String,
    namespace: String,
    name: String,
}

impl Workload {
    fn of_desired(desired: &Desired) -> Option<Self> {
        let kind = desired.resource_type.object()?.kind;
        let Some(Value::Map(metadata)) = desired.properties.get("metadata") else { return None };
        let text = |name: &str| metadata.get(name).and_then(Value::as_str);
        Some(Self {
            scope: desired.scope.clone(),
            kind: kind.to_owned(),
            namespace: text("namespace").unwrap_or("default").to_owned(),
            name: text("name")?.to_owned(),
        })
    }
}

/// Whether objects of this kind scale workloads. Those of others count, too.
pub fn is_scaler(kind: &str) -> bool {
    kind == "HorizontalPodAutoscaler" || kind == "ScaledObject"
}

/// What autoscalers scale: those of the blueprint, and those of others. One of the stack's that left the blueprint goes.
fn scaled_workloads(desired: &[Arc<Desired>], live: &[Arc<Live>]) -> HashSet<Workload> {
    let stays: HashSet<&Address> = desired.iter().map(|one| &one.address).collect();
    let desired = desired.iter().filter(|one| is_scaler(one.resource_type.short())).filter_map(|one| {
        let target = Value::Map(one.properties.clone()).to_json()?;
        target_of(&one.scope, target.as_object()?)
    });
    let live = live
        .iter()
        .filter(|one| is_scaler(one.resource_type.short()))
        .filter(|one| one.address().is_none_or(|address| stays.contains(address)))
        .filter_map(|one| target_of(&one.scope, &one.properties));
    desired.chain(live).collect()
}

/// `scaleTargetRef` of an autoscaler.
fn target_of(scope: &Scope, scaler: &JsonMap) -> Option<Workload> {
    let target = scaler.get("spec")?.get("scaleTargetRef")?;
    let namespace = scaler.get("metadata")?.get("namespace").and_then(Json::as_str);
    let text = |name: &str| target.get(name).and_then(Json::as_str);
    Some(Workload {
        scope: scope.clone(),
        kind: text("kind").unwrap_or("Deployment").to_owned(),
        namespace: namespace.unwrap_or("default").to_owned(),
        name: text("name")?.to_owned(),
    })
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;
    use crate::diff::tests::support::desired;
    use crate::model::{Ownership, Status, TAG_OWNS, short_hash};

    #[test]
    fn what_the_server_writes_is_not_what_people_write() {
        let object = json!({
            "kind": "ConfigMap",
            "metadata": {
                "name": "a", "uid": "1", "resourceVersion": "7", "managedFields": [],
                "labels": {"app.kubernetes.io/managed-by": "stackctl"},
                "annotations": {
                    "stackctl/stack": "shop", "team": "edge",
                    "kubectl.kubernetes.io/last-applied-configuration": "{\"data\":{\"password\":\"aHVudGVyMg==\"}}",
                },
            },
            "data": {"a": "b"},
            "status": {},
        });
        let expected = json!({
            "kind": "ConfigMap",
            "metadata": {"name": "a", "annotations": {"team": "edge"}},
            "data": {"a": "b"},
        });
        assert_eq!(Json::Object(written_by_people(object.as_object().unwrap())), expected);
    }

    #[test]
    fn a_digest_leaves_out_what_is_left_to_others() {
        let digest = |replicas: i64, seconds: i64, ignore: &[PropertyPath]| {
            let spec = json!({"replicas": replicas, "minReadySeconds": seconds});
            let Value::Map(map) = Value::from(&json!({"kind": "Deployment", "spec": spec})) else {
                unreachable!()
            };
            manifest_digest(&map, ignore)
        };
        let ignore = [PropertyPath::from("spec.minReadySeconds")];
        assert_eq!(digest(3, 5, &ignore), digest(3, 9, &ignore));
        assert_ne!(digest(3, 5, &[]), digest(3, 9, &[]));
        assert_eq!(digest(3, 5, &[]), digest(9, 5, &[]), "an autoscaler may have them");
    }

    fn object(
        address: &str,
        resource_type: &str,
        manifest: &Json,
        owns: Option<&[&str]>,
    ) -> (Arc<Desired>, Arc<Live>) {
        let desired = desired(address, resource_type, manifest);
        let record = owns.map(|paths| {
            let mut hashes: Vec<String> = paths.iter().map(|path| short_hash(path)).collect();
            hashes.sort();
            (TAG_OWNS.to_owned(), hashes.concat())
        });
        let live = Live {
            resource_type: resource_type.into(),
            scope: desired.scope.clone(),
            identifier: Identifier::new(address),
            properties: manifest.as_object().unwrap().clone(),
            tags: record.into_iter().collect(),
            ownership: Ownership::Tagged(desired.address.clone()),
            status: Status::Ready,
        };
        (Arc::new(desired), Arc::new(live))
    }

    fn workload(spec: &Json, live: &Json, owns: &[&str]) -> (Arc<Desired>, Arc<Live>) {
        let manifest = |spec| json!({"metadata": {"name": "api", "namespace": "shop"}, "spec": spec});
        let (desired, _) = object("eu-west-1/api", "apps/v1/Deployment", &manifest(spec), None);
        (desired, object("eu-west-1/api", "apps/v1/Deployment", &manifest(live), Some(owns)).1)
    }

    fn scaler() -> (Arc<Desired>, Arc<Live>) {
        let target = json!({"kind": "Deployment", "name": "api"});
        let manifest =
            json!({"metadata": {"name": "api", "namespace": "shop"}, "spec": {"scaleTargetRef": target}});
        object("eu-west-1/scaler", "autoscaling/v2/HorizontalPodAutoscaler", &manifest, Some(&[]))
    }

    fn settled(desired: &[&Arc<Desired>], live: &[&Arc<Live>]) -> Json {
        let desired: Vec<_> = desired.iter().map(|one| Arc::clone(one)).collect();
        let live: Vec<_> = live.iter().map(|one| Arc::clone(one)).collect();
        Value::Map(leave_to_others(&desired, &live)[0].properties.clone()).to_json().unwrap()["spec"].clone()
    }

    #[test]
    fn an_autoscaler_that_leaves_the_blueprint_leaves_the_count_too() {
        let (desired, live) = workload(&json!({"replicas": 2}), &json!({"replicas": 40}), &["spec.replicas"]);
        let (scaler, scaling) = scaler();
        assert_eq!(settled(&[&desired, &scaler], &[&live, &scaling]), json!({"replicas": 40}));
        assert_eq!(
            settled(&[&desired], &[&live, &scaling]),
            json!({"replicas": 2}),
            "it goes with this plan"
        );
        let theirs = Arc::new(Live { ownership: Ownership::Foreign, ..Live::clone(&scaling) });
        assert_eq!(settled(&[&desired], &[&live, &theirs]), json!({"replicas": 40}), "that of others stays");
    }

    #[test]
    fn a_count_that_nobody_wrote_is_not_said() {
        let (scaler, scaling) = scaler();
        let counted = |owns: &[&str]| {
            let (desired, live) = workload(&json!({"paused": false}), &json!({"replicas": 40}), owns);
            settled(&[&desired, &scaler], &[&live, &scaling])
        };
        assert_eq!(
            counted(&["spec.paused"]),
            json!({"paused": false}),
            "or each plan would change the record"
        );
        let before = counted(&["spec.paused", "spec.replicas"]);
        assert_eq!(
            before,
            json!({"paused": false, "replicas": 40}),
            "an apply without it would take it away"
        );
    }
}
