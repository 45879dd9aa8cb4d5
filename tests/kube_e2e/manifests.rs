//! Resources as blueprints have them: the objects of a small shop, and an EKS cluster to put them in.

use serde_json::{Value as Json, json};

/// An object in a cluster (`us-east-1`, or `${platform}`).
pub fn object(id: &str, cluster: &str, manifest: &Json) -> Json {
    json!({"id": id, "cluster": cluster, "manifest": manifest})
}

/// `resource` with more keys: `force`, `dependsOn`...
pub fn with(mut resource: Json, more: Json) -> Json {
    let more = more.as_object().expect("keys").clone();
    resource.as_object_mut().expect("a resource").extend(more);
    resource
}

/// A manifest of a kind that lies in a namespace.
pub fn manifest(api_version: &str, kind: &str, namespace: &str, name: &str, rest: Json) -> Json {
    let metadata = json!({"name": name, "namespace": namespace});
    with(json!({"apiVersion": api_version, "kind": kind, "metadata": metadata}), rest)
}

pub fn namespace(name: &str) -> Json {
    json!({"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": name}})
}

pub fn config_map(namespace: &str, name: &str, data: Json) -> Json {
    manifest("v1", "ConfigMap", namespace, name, json!({"data": data}))
}

/// A Deployment that the simulated nodes run; the image's name says how its pods fare.
pub fn deployment(namespace: &str, name: &str, image: &str, replicas: u32) -> Json {
    let spec = json!({
        "replicas": replicas,
        "progressDeadlineSeconds": 600,
        "selector": {"matchLabels": {"app": name}},
        "template": pod(name, image),
    });
    with(manifest("apps/v1", "Deployment", namespace, name, json!({})), json!({"spec": spec}))
}

/// A template of pods.
pub fn pod(name: &str, image: &str) -> Json {
    let resources = json!({"requests": {"cpu": "0.1", "memory": "64Mi"}});
    let container = json!({"name": "app", "image": image, "resources": resources});
    json!({"metadata": {"labels": {"app": name}}, "spec": {"containers": [container]}})
}

pub fn service(namespace: &str, name: &str) -> Json {
    let spec =
        json!({"selector": {"app": name}, "ports": [{"name": "http", "port": 80, "targetPort": 8080}]});
    manifest("v1", "Service", namespace, name, json!({"spec": spec}))
}

/// An autoscaler of the Deployment of its name, in the version that old and new servers have.
pub fn autoscaler(namespace: &str, name: &str, least: u32, most: u32) -> Json {
    let target = json!({"apiVersion": "apps/v1", "kind": "Deployment", "name": name});
    let spec = json!({
        "scaleTargetRef": target, "minReplicas": least, "maxReplicas": most, "targetCPUUtilizationPercentage": 60,
    });
    manifest("autoscaling/v1", "HorizontalPodAutoscaler", namespace, name, json!({"spec": spec}))
}

/// The definition of a kind `Ring` in a group.
pub fn definition(group: &str) -> Json {
    let size = json!({"type": "object", "properties": {
        "size": {"type": "integer"},
        "finish": {"type": "string", "default": "matte"},
    }});
    let schema = json!({"openAPIV3Schema": {"type": "object", "properties": {"spec": size}}});
    json!({
        "apiVersion": "apiextensions.k8s.io/v1",
        "kind": "CustomResourceDefinition",
        "metadata": {"name": format!("rings.{group}")},
        "spec": {
            "group": group,
            "names": {"kind": "Ring", "plural": "rings"},
            "scope": "Namespaced",
            "versions": [{"name": "v1", "served": true, "storage": true, "schema": schema}],
        },
    })
}

pub fn ring(group: &str, namespace: &str, name: &str) -> Json {
    manifest(&format!("{group}/v1"), "Ring", namespace, name, json!({"spec": {"size": 3}}))
}

/// An EKS cluster `platform` in each region of the stage, and its role.
pub fn platform() -> Vec<Json> {
    let statement = json!({
        "Effect": "Allow", "Principal": {"Service": "eks.amazonaws.com"}, "Action": "sts:AssumeRole",
    });
    let trust = json!({"Version": "2012-10-17", "Statement": [statement]});
    let network = json!({"SubnetIds": ["subnet-0123456789abcdef0", "subnet-0123456789abcdef1"]});
    vec![
        json!({"id": "role", "per": "stack", "type": "AWS::IAM::Role",
               "properties": {"AssumeRolePolicyDocument": trust}}),
        json!({"id": "platform", "type": "AWS::EKS::Cluster",
               "properties": {"RoleArn": "${role.Arn}", "ResourcesVpcConfig": network}}),
    ]
}
