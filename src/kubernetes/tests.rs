//! What manifests name, one manifest a rule.

use std::collections::BTreeSet;
use std::sync::Arc;

use serde_json::json;

use super::needs;
use crate::model::{Attributes, Deferred, Evaluate, EvaluateError, Json, Map, Value};

fn manifest(json: &Json) -> Map {
    match Value::from(json) {
        Value::Map(map) => map,
        other => panic!("not an object: {other:?}"),
    }
}

/// `[group/]Kind [namespace/]name`, one a line.
fn told(json: &Json) -> String {
    told_of(&manifest(json))
}

fn told_of(manifest: &Map) -> String {
    let lines = needs(manifest, Some("shop")).into_iter().map(|need| {
        let group = if need.group.is_empty() { String::new() } else { format!("{}/", need.group) };
        let namespace = need.namespace.map(|namespace| format!("{namespace}/")).unwrap_or_default();
        format!("{group}{} {namespace}{}", need.kind, need.name)
    });
    lines.collect::<Vec<_>>().join("\n")
}

fn pod() -> Json {
    json!({
        "serviceAccountName": "api", "priorityClassName": "high", "runtimeClassName": "gvisor",
        "imagePullSecrets": [{"name": "registry"}],
        "initContainers": [{"name": "wait", "envFrom": [{"configMapRef": {"name": "wait"}}]}],
        "containers": [{
            "name": "api",
            "env": [
                {"name": "A", "valueFrom": {"secretKeyRef": {"name": "keys", "key": "a"}}},
                {"name": "B", "valueFrom": {"configMapKeyRef": {"name": "flags", "key": "b"}}},
                {"name": "C", "valueFrom": {"fieldRef": {"fieldPath": "metadata.name"}}}
            ],
            "envFrom": [{"secretRef": {"name": "env"}}]
        }],
        "volumes": [
            {"name": "1", "configMap": {"name": "files"}},
            {"name": "2", "secret": {"secretName": "tls"}},
            {"name": "3", "persistentVolumeClaim": {"claimName": "data"}},
            {"name": "4", "projected": {"sources": [
                {"configMap": {"name": "ca"}}, {"secret": {"name": "token"}}, {"serviceAccountToken": {"path": "t"}}
            ]}},
            {"name": "5", "csi": {"driver": "secrets-store.csi.k8s.io",
                                  "volumeAttributes": {"secretProviderClass": "aws"}}},
            {"name": "6", "ephemeral": {"volumeClaimTemplate": {"spec": {"storageClassName": "gp3"}}}},
            {"name": "7", "emptyDir": {}}
        ]
    })
}

#[test]
fn a_workload_and_all_that_its_pods_use() {
    let deployment = json!({"apiVersion": "apps/v1", "kind": "Deployment", "metadata": {"name": "api", "namespace": "web"},
                            "spec": {"template": {"spec": pod()}}});
    insta::assert_snapshot!(told(&deployment));
    let of = |kind: &str, spec: Json| {
        told(
            &json!({"apiVersion": "v1", "kind": kind, "metadata": {"name": "a", "namespace": "web"}, "spec": spec}),
        )
    };
    let all = told(&deployment);
    assert_eq!(of("Pod", pod()), all);
    assert_eq!(of("CronJob", json!({"jobTemplate": {"spec": {"template": {"spec": pod()}}}})), all);
    assert_eq!(
        of("Rollout", json!({"template": {"spec": pod()}})),
        all,
        "a custom resource with a pod's template"
    );
}

#[test]
fn a_stateful_set_its_service_and_its_claims_class() {
    insta::assert_snapshot!(told(&json!({
        "apiVersion": "apps/v1", "kind": "StatefulSet", "metadata": {"name": "db"},
        "spec": {
            "serviceName": "db-headless",
            "template": {"spec": {"serviceAccountName": "default", "containers": [{"name": "db"}]}},
            "volumeClaimTemplates": [{"metadata": {"name": "data"}, "spec": {"storageClassName": "gp3"}}]
        }
    })));
}

#[test]
fn volumes_and_claims_do_not_need_each_other() {
    let claim = json!({"apiVersion": "v1", "kind": "PersistentVolumeClaim", "metadata": {"name": "data"},
        "spec": {"volumeName": "pv-1", "storageClassName": "gp3",
                 "dataSourceRef": {"apiGroup": "snapshot.storage.k8s.io", "kind": "VolumeSnapshot", "name": "daily"}}});
    insta::assert_snapshot!(told(&claim));
    let volume = json!({"apiVersion": "v1", "kind": "PersistentVolume", "metadata": {"name": "pv-1"},
        "spec": {"storageClassName": "gp3", "claimRef": {"kind": "PersistentVolumeClaim", "name": "data"}}});
    assert_eq!(told(&volume), "Namespace shop\nstorage.k8s.io/StorageClass gp3");
}

#[test]
fn scalers_and_their_targets() {
    let scaler = json!({"apiVersion": "autoscaling/v2", "kind": "HorizontalPodAutoscaler", "metadata": {"name": "api"},
        "spec": {"scaleTargetRef": {"apiVersion": "apps/v1", "kind": "Deployment", "name": "api"}}});
    let expected = "Namespace shop\napps/Deployment shop/api";
    assert_eq!(told(&scaler), expected);
    let vertical = json!({"apiVersion": "autoscaling.k8s.io/v1", "kind": "VerticalPodAutoscaler", "metadata": {"name": "api"},
        "spec": {"targetRef": {"kind": "Deployment", "name": "api"}}});
    assert_eq!(told(&vertical), expected, "the group that is left out is the kind's own");
}

#[test]
fn an_ingress_its_class_backends_and_certificates() {
    let paths = json!([
        {"path": "/", "backend": {"service": {"name": "web", "port": {"number": 80}}}},
        {"path": "/old", "backend": {"serviceName": "old", "servicePort": 80}},
        {"path": "/static", "backend": {"resource": {"apiGroup": "k8s.example.com", "kind": "Bucket", "name": "files"}}}
    ]);
    insta::assert_snapshot!(told(&json!({
        "apiVersion": "networking.k8s.io/v1", "kind": "Ingress", "metadata": {"name": "edge"},
        "spec": {
            "ingressClassName": "alb", "defaultBackend": {"service": {"name": "fallback"}},
            "tls": [{"hosts": ["a.example"], "secretName": "cert"}], "rules": [{"http": {"paths": paths}}]
        }
    })));
}

#[test]
fn bindings_of_roles() {
    let subjects = json!([
        {"kind": "ServiceAccount", "name": "api", "namespace": "web"}, {"kind": "ServiceAccount", "name": "job"},
        {"kind": "User", "name": "jane"}
    ]);
    let binding = |kind: &str, role: &str| {
        told(&json!({
            "apiVersion": "rbac.authorization.k8s.io/v1", "kind": kind, "metadata": {"name": "a", "namespace": "shop"},
            "roleRef": {"apiGroup": "rbac.authorization.k8s.io", "kind": role, "name": "reader"}, "subjects": subjects
        }))
    };
    insta::assert_snapshot!(binding("RoleBinding", "Role"));
    insta::assert_snapshot!(binding("RoleBinding", "ClusterRole"));
}

#[test]
fn what_is_served_by_services_in_the_cluster() {
    let service = json!({"namespace": "system", "name": "hook"});
    let hooks = json!({"apiVersion": "admissionregistration.k8s.io/v1", "kind": "MutatingWebhookConfiguration",
        "metadata": {"name": "a"}, "webhooks": [{"clientConfig": {"service": service}}, {"clientConfig": {"url": "https://x"}}]});
    let expected = "Namespace shop\nService system/hook";
    assert_eq!(told(&hooks), expected);
    let api = json!({"apiVersion": "apiregistration.k8s.io/v1", "kind": "APIService", "metadata": {"name": "a"},
        "spec": {"service": service}});
    assert_eq!(told(&api), expected);
    let schema = json!({"secretRef": {"type": "object"}, "name": "not-an-object"});
    let definition = json!({"apiVersion": "apiextensions.k8s.io/v1", "kind": "CustomResourceDefinition", "metadata": {"name": "a"},
        "spec": {"conversion": {"webhook": {"clientConfig": {"service": service}}}, "versions": [{"schema": schema, "someRef": {"kind": "A", "name": "b"}}]}});
    assert_eq!(told(&definition), expected);
    let policy = json!({"apiVersion": "admissionregistration.k8s.io/v1", "kind": "ValidatingAdmissionPolicyBinding",
        "metadata": {"name": "a"}, "spec": {"policyName": "no-latest"}});
    assert_eq!(
        told(&policy),
        "Namespace shop\nadmissionregistration.k8s.io/ValidatingAdmissionPolicy no-latest"
    );
}

#[test]
fn gateways_and_routes() {
    let gateway = json!({"apiVersion": "gateway.networking.k8s.io/v1", "kind": "Gateway", "metadata": {"name": "edge"},
        "spec": {"gatewayClassName": "alb", "listeners": [{"tls": {"certificateRefs": [{"name": "cert", "namespace": "certs"}]}}]}});
    insta::assert_snapshot!(told(&gateway));
    let route = json!({"apiVersion": "gateway.networking.k8s.io/v1", "kind": "HTTPRoute", "metadata": {"name": "api"},
        "spec": {"parentRefs": [{"name": "edge", "namespace": "infra"}, {"kind": "ListenerSet", "name": "more"}],
                 "rules": [{"backendRefs": [{"name": "api", "port": 80}, {"group": "", "kind": "Service", "name": "web"}]}]}});
    insta::assert_snapshot!(told(&route));
}

#[test]
fn references_of_custom_resources() {
    let certificate = json!({"apiVersion": "cert-manager.io/v1", "kind": "Certificate", "metadata": {"name": "api"},
        "spec": {"secretName": "made-by-it", "issuerRef": {"kind": "ClusterIssuer", "name": "letsencrypt"}}});
    assert_eq!(told(&certificate), "Namespace shop\ncert-manager.io/ClusterIssuer shop/letsencrypt");
    let binding = json!({"apiVersion": "elbv2.k8s.aws/v1beta1", "kind": "TargetGroupBinding", "metadata": {"name": "api"},
        "spec": {"serviceRef": {"name": "api", "port": 80}, "providerConfigRef": {"name": "kind-unknown"}}});
    assert_eq!(told(&binding), "Namespace shop\nService shop/api");
}

#[test]
fn accounts_tokens_and_snapshots() {
    let account = json!({"apiVersion": "v1", "kind": "ServiceAccount", "metadata": {"name": "api"},
        "secrets": [{"name": "api-token"}], "imagePullSecrets": [{"name": "registry"}]});
    assert_eq!(told(&account), "Namespace shop\nSecret shop/registry");
    let token = json!({"apiVersion": "v1", "kind": "Secret", "type": "kubernetes.io/service-account-token",
        "metadata": {"name": "api-token", "annotations": {"kubernetes.io/service-account.name": "api"}}});
    assert_eq!(told(&token), "Namespace shop\nServiceAccount shop/api");
    let snapshot = json!({"apiVersion": "snapshot.storage.k8s.io/v1", "kind": "VolumeSnapshot", "metadata": {"name": "a"},
        "spec": {"volumeSnapshotClassName": "ebs", "source": {"persistentVolumeClaimName": "data"}}});
    insta::assert_snapshot!(told(&snapshot));
}

#[derive(Debug)]
struct Never;

impl Evaluate for Never {
    fn evaluate(&self, _: &dyn Attributes) -> Result<Value, EvaluateError> {
        unreachable!("nobody asks")
    }
}

#[test]
fn what_is_not_known_is_left_out() {
    let deferred = || {
        let source = Arc::from("${config.metadata.name}");
        Value::Deferred(Arc::new(Deferred {
            source,
            references: BTreeSet::new(),
            expression: Arc::new(Never),
        }))
    };
    let mut pod = manifest(
        &json!({"apiVersion": "v1", "kind": "Pod", "metadata": {"name": "a", "namespace": "web"},
        "spec": {"containers": [{"name": "a"}], "serviceAccountName": "x", "volumes": [{"configMap": {"name": "x"}}]}}),
    );
    let Some(Value::Map(spec)) = pod.get_mut("spec") else { panic!("a pod has a spec") };
    spec.insert("serviceAccountName".into(), deferred());
    spec.insert(
        "volumes".into(),
        Value::List(vec![Value::Map(Map::from_iter([("configMap".into(), deferred())]))]),
    );
    assert_eq!(told_of(&pod), "Namespace web");
    assert!(needs(&manifest(&json!({"kind": "ConfigMap"})), None).is_empty());
}
