//! Kubernetes objects in blueprints: what they compile to.

use std::path::Path;

use serde_json::json;

use super::{HEAD, compiled, compiled_of, folder};
use crate::blueprint::{Compiled, Project};
use crate::model::{Address, Attributes, Desired, Json, Reference, Value};

/// A cluster, and a component that takes one.
const PLATFORM: &str = r"resources:
  - id: cluster
    type: AWS::EKS::Cluster
    properties: {RoleArn: 'arn:aws:iam::000000000000:role/x', ResourcesVpcConfig: {SubnetIds: [subnet-0123456789abcdef0]}}
outputs: {cluster: '${cluster}'}
";
const SERVICE: &str = r"parameters: {cluster: {type: resource}, replicas: {type: integer, default: 2}}
resources:
  - id: namespace
    cluster: ${cluster}
    manifest: {apiVersion: v1, kind: Namespace, metadata: {name: chat}}
  - id: deployment
    cluster: ${cluster}
    force: true
    manifest:
      apiVersion: apps/v1
      kind: Deployment
      metadata: {name: chat, namespace: chat}
      spec:
        replicas: ${replicas}
        selector: {matchLabels: {app: chat}}
        template:
          metadata: {labels: {app: chat}}
          spec: {containers: [{name: chat, image: 'chat:1'}]}
";

fn stage(body: &str) -> Compiled {
    let files = [
        ("stackctl.yaml", "stack: shop\nclusters: {onsite: {kubeconfig: kube/config, context: home}}\n"),
        ("stage-1-mvp.yaml", &format!("{HEAD}{body}")),
        ("components/platform.yaml", PLATFORM),
        ("components/service.yaml", SERVICE),
    ];
    compiled(&files, None, &[])
}

fn find<'c>(compiled: &'c Compiled, address: &str) -> &'c Desired {
    let found = compiled.desired.iter().find(|desired| desired.address.as_str() == address);
    found.unwrap_or_else(|| panic!("no {address} in {:?}", addresses(compiled)))
}

fn addresses(compiled: &Compiled) -> Vec<&str> {
    compiled.desired.iter().map(|desired| desired.address.as_str()).collect()
}

fn needs(desired: &Desired) -> Vec<&str> {
    desired.depends_on.iter().map(Address::as_str).collect()
}

#[test]
fn objects_lie_in_the_cluster_that_a_component_is_given() {
    let compiled = stage(
        "components:\n  - {id: platform, use: platform}\n  - {id: chat, use: service, with: {cluster: '${platform.cluster}'}}\n",
    );
    let deployment = find(&compiled, "us-east-1/chat.deployment");
    assert_eq!(deployment.resource_type.as_str(), "apps/v1/Deployment");
    assert_eq!(deployment.scope.to_string(), "us-east-1/platform.cluster");
    assert_eq!(deployment.scope.region().unwrap().as_str(), "us-east-1");
    assert!(deployment.lifecycle.force && deployment.tags.is_empty());
    assert_eq!(needs(deployment), ["us-east-1/chat.namespace", "us-east-1/platform.cluster"]);
    assert_eq!(deployment.properties["kind"].as_str(), Some("Deployment"));
    assert_eq!(deployment.properties["spec"].to_json().unwrap()["replicas"], 2);
}

#[test]
fn a_cluster_can_be_one_that_the_stack_does_not_make() {
    let body = "resources:\n  - id: settings\n    cluster: onsite\n    forEach: {name: [a, b]}\n    \
                manifest: {apiVersion: v1, kind: ConfigMap, metadata: {name: '${name}', namespace: x}, data: {k: v}}\n";
    let compiled = stage(body);
    let settings = find(&compiled, "us-east-1/settings[b]");
    assert_eq!(settings.scope.to_string(), "us-east-1/onsite");
    assert_eq!(settings.scope.cluster().unwrap().address(), None);
    assert_eq!(settings.properties["metadata"].to_json(), Some(json!({"name": "b", "namespace": "x"})));
}

#[test]
fn clusters_are_told_with_absolute_paths() {
    let config = "stack: shop\nclusters:\n  onsite: {kubeconfig: kube/config, context: home}\n  \
                  us-east-1/platform.cluster: {kubeconfig: ~/tunnel}\n  plain: {}\n\
                  environments: {staging: {clusters: {onsite: {context: other}}}}\n";
    let folder = folder(&[("stackctl.yaml", config)]);
    let clusters = |environment| Project::open(Some(folder.path()), environment).unwrap().clusters();
    let production = clusters(None);
    assert_eq!(production["onsite"].kubeconfig.as_deref(), Some(folder.path().join("kube/config").as_path()));
    assert_eq!(production["onsite"].context.as_deref(), Some("home"));
    let tunnel = production["us-east-1/platform.cluster"].kubeconfig.as_deref();
    assert_eq!(tunnel, std::env::home_dir().map(|home| home.join("tunnel")).as_deref());
    assert_eq!(production["plain"].kubeconfig.as_deref(), None::<&Path>);
    let staging = clusters(Some("staging"));
    assert_eq!(staging["onsite"].context.as_deref(), Some("other"));
    assert_eq!(staging["onsite"].kubeconfig, None);
}

/// Attributes of one object.
struct Status(Json);

impl Attributes for Status {
    fn attribute(&self, reference: &Reference) -> Option<Json> {
        assert_eq!(reference.address.as_str(), "us-east-1/gateway");
        self.0.get(&*reference.attribute).cloned()
    }
}

/// A service, and a resource that has an expression over it as a description.
fn over_gateway(expression: &str) -> (Desired, Value) {
    let body = format!(
        "resources:\n  - id: gateway\n    cluster: onsite\n    manifest: {{apiVersion: v1, kind: Service, \
         metadata: {{name: gateway, namespace: x}}, spec: {{ports: [{{port: 80}}]}}}}\n  - id: topic\n    \
         type: AWS::SNS::Topic\n    properties: {{DisplayName: '{expression}'}}\n"
    );
    let compiled = stage(&body);
    let topic = find(&compiled, "us-east-1/topic").clone();
    let value = topic.properties["DisplayName"].clone();
    (topic, value)
}

#[test]
fn what_a_manifest_says_is_known() {
    let (topic, value) = over_gateway("${gateway.metadata.name}-${string(gateway.spec.ports[0].port)}");
    assert_eq!(value.as_str(), Some("gateway-80"));
    assert_eq!(needs(&topic), ["us-east-1/gateway"]);
}

#[test]
fn what_the_cluster_sets_is_known_later() {
    let host = |name: &str| Status(json!({"status": {"loadBalancer": {"ingress": [{"hostname": name}]}}}));
    for expression in [
        "${gateway.status.loadBalancer.ingress[0].hostname}",
        "${gateway.status.loadBalancer.ingress.map(one, one.hostname)[0]}",
        r#"${gateway["status"]["loadBalancer"].ingress[0]["hostname"]}"#,
    ] {
        let (topic, value) = over_gateway(expression);
        assert!(!value.is_known(), "{expression}");
        assert_eq!(needs(&topic), ["us-east-1/gateway"]);
        assert_eq!(value.resolve(&host("lb.example")).unwrap().as_str(), Some("lb.example"), "{expression}");
        // Before the balancer has an address there is none to be had.
        let early = value.resolve(&Status(json!({"status": {"loadBalancer": {}}})));
        if !expression.contains("map") {
            assert!(!early.unwrap().is_known(), "{expression}");
        }
    }
}

#[test]
fn what_the_cluster_adds_beside_what_is_written_is_known_later() {
    let live =
        Status(json!({"metadata": {"name": "gateway", "uid": "u-1"}, "spec": {"clusterIP": "10.0.0.1"}}));
    for (expression, expected) in [
        ("${gateway.metadata.uid}", "u-1"),
        ("${gateway.spec.clusterIP}", "10.0.0.1"),
        ("id ${gateway.metadata.uid} of ${gateway.metadata.name}", "id u-1 of gateway"),
    ] {
        let (_, value) = over_gateway(expression);
        assert!(!value.is_known(), "{expression}");
        assert_eq!(value.resolve(&live).unwrap().as_str(), Some(expected), "{expression}");
    }
}

#[test]
fn custom_resources_need_their_definition() {
    let body = r"resources:
  - id: ring
    cluster: onsite
    manifest: {apiVersion: example.com/v1, kind: Ring, metadata: {name: one}, spec: {size: 3}}
  - id: definition
    cluster: onsite
    manifest:
      apiVersion: apiextensions.k8s.io/v1
      kind: CustomResourceDefinition
      metadata: {name: rings.example.com}
      spec:
        group: example.com
        names: {kind: Ring, plural: rings}
        scope: Cluster
        versions: [{name: v1, served: true, storage: true, schema: {openAPIV3Schema: {type: object}}}]
";
    assert_eq!(needs(find(&stage(body), "us-east-1/ring")), ["us-east-1/definition"]);
}

#[test]
fn namespaces_are_as_the_kind_says() {
    let body = r"resources:
  - id: settings
    cluster: onsite
    manifest: {apiVersion: v1, kind: ConfigMap, metadata: {name: settings}}
  - id: reader
    cluster: onsite
    manifest: {apiVersion: rbac.authorization.k8s.io/v1, kind: ClusterRole, metadata: {name: 'shop:reader'}, rules: []}
  - id: ring
    cluster: onsite
    manifest: {apiVersion: example.com/v1, kind: Ring, metadata: {name: one}}
  - id: definition
    cluster: onsite
    manifest:
      apiVersion: apiextensions.k8s.io/v1
      kind: CustomResourceDefinition
      metadata: {name: rings.example.com}
      spec:
        group: example.com
        names: {kind: Ring, plural: rings}
        scope: Namespaced
        versions: [{name: v1, served: true, storage: true}]
  - id: topic
    type: AWS::SNS::Topic
    properties: {DisplayName: '${settings.metadata.namespace}'}
";
    let compiled = stage(body);
    let metadata = |address: &str| find(&compiled, address).properties["metadata"].to_json().unwrap();
    assert_eq!(metadata("us-east-1/settings")["namespace"], "default");
    assert_eq!(metadata("us-east-1/reader").get("namespace"), None);
    assert_eq!(metadata("us-east-1/ring")["namespace"], "default");
    assert_eq!(find(&compiled, "us-east-1/topic").properties["DisplayName"].as_str(), Some("default"));
}

#[test]
fn tags_of_the_stack_are_not_put_on_objects() {
    let files = [
        ("stackctl.yaml", "stack: shop\ntags: {Team: video}\nclusters: {c: {}}\n"),
        (
            "stage-1-mvp.yaml",
            &format!(
                "{HEAD}resources:\n  - id: a\n    cluster: c\n    manifest: {{apiVersion: v1, kind: Namespace, metadata: {{name: a}}}}\n"
            ),
        ),
    ];
    assert!(compiled(&files, None, &[]).desired[0].tags.is_empty());
}

#[test]
fn nothing_of_kubernetes_is_needed() {
    assert!(
        compiled_of("resources: [{id: queue, type: AWS::SQS::Queue}]\n").desired[0].scope.cluster().is_none()
    );
}
