//! The order of Kubernetes objects by what their manifests name.

use super::{HEAD, compiled};
use crate::blueprint::Compiled;
use crate::model::Address;

fn objects(manifests: &[&str]) -> Compiled {
    let resources: Vec<String> =
        manifests.iter().map(|manifest| format!("  - {{cluster: onsite, {manifest}}}\n")).collect();
    let stage = format!("{HEAD}resources:\n{}", resources.concat());
    let files = [("stackctl.yaml", "stack: shop\nclusters: {onsite: {}}\n"), ("stage-1-mvp.yaml", &*stage)];
    compiled(&files, None, &[])
}

fn needs<'c>(compiled: &'c Compiled, id: &str) -> Vec<&'c str> {
    let address = format!("us-east-1/{id}");
    let found = compiled.desired.iter().find(|desired| desired.address.as_str() == address).unwrap();
    found.depends_on.iter().map(Address::as_str).map(|address| &address["us-east-1/".len()..]).collect()
}

const CONFIG: &str =
    "id: config, manifest: {apiVersion: v1, kind: ConfigMap, metadata: {name: api, namespace: web}}";
const SCALER: &str = "id: scaler, manifest: {apiVersion: autoscaling/v2, kind: HorizontalPodAutoscaler, \
     metadata: {name: api, namespace: web}, \
     spec: {maxReplicas: 3, scaleTargetRef: {apiVersion: apps/v1, kind: Deployment, name: api}}}";

fn deployment(keys: &str) -> String {
    format!(
        "id: api, {keys} manifest: {{apiVersion: apps/v1, kind: Deployment, metadata: {{name: api, namespace: web}}, \
         spec: {{selector: {{matchLabels: {{app: api}}}}, template: {{metadata: {{labels: {{app: api}}}}, spec: {{\
         serviceAccountName: api, containers: [{{name: api, image: 'api:1', envFrom: [{{configMapRef: {{name: api}}}}]}}]}}}}}}}}"
    )
}

#[test]
fn what_a_manifest_names_is_made_before_it() {
    let compiled = objects(&[
        SCALER,
        &deployment(""),
        CONFIG,
        "id: robot, manifest: {apiVersion: v1, kind: ServiceAccount, metadata: {name: api, namespace: web}}",
        "id: elsewhere, manifest: {apiVersion: v1, kind: ServiceAccount, metadata: {name: api, namespace: other}}",
        "id: grant, manifest: {apiVersion: rbac.authorization.k8s.io/v1, kind: ClusterRoleBinding, \
         metadata: {name: api}, roleRef: {apiGroup: rbac.authorization.k8s.io, kind: ClusterRole, name: view}, \
         subjects: [{kind: ServiceAccount, name: api, namespace: web}]}",
    ]);
    assert_eq!(needs(&compiled, "api"), ["config", "robot"]);
    assert_eq!(needs(&compiled, "scaler"), ["api"]);
    assert_eq!(
        needs(&compiled, "grant"),
        ["robot"],
        "a role that is not in the blueprint may be in the cluster"
    );
    assert!(needs(&compiled, "config").is_empty());
}

#[test]
fn two_that_name_each_other_are_no_circle() {
    let compiled = objects(&[
        "id: claim, manifest: {apiVersion: v1, kind: PersistentVolumeClaim, metadata: {name: data, namespace: web}, \
         spec: {accessModes: [ReadWriteOnce], resources: {requests: {storage: 1Gi}}, \
         dataSourceRef: {apiGroup: snapshot.storage.k8s.io, kind: VolumeSnapshot, name: daily}}}",
        "id: snapshot, manifest: {apiVersion: snapshot.storage.k8s.io/v1, kind: VolumeSnapshot, \
         metadata: {name: daily, namespace: web}, spec: {source: {persistentVolumeClaimName: data}}}",
    ]);
    assert_eq!(needs(&compiled, "claim"), ["snapshot"]);
    assert!(needs(&compiled, "snapshot").is_empty());
}

#[test]
fn the_order_that_the_blueprint_asks_for_wins() {
    let compiled = objects(&[SCALER, &deployment("dependsOn: [scaler],"), CONFIG]);
    assert_eq!(needs(&compiled, "api"), ["config", "scaler"]);
    assert!(needs(&compiled, "scaler").is_empty());
}
