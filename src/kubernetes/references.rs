//! References by convention: a key that ends in `Ref` or `Refs` holds the kind and name of another object, in built-in
//! and custom resources alike (`scaleTargetRef`, `secretKeyRef`, `issuerRef`, `parentRefs`).

use super::needs::Needs;
use super::node::Node;
use crate::model::Value;

const GATEWAY: &str = "gateway.networking.k8s.io";
const RBAC: &str = "rbac.authorization.k8s.io";

/// Collects all references in an object's specification; `group` is the object's own, which a reference that names a
/// kind alone means.
pub(super) fn collect(object: Node<'_>, group: &str, needs: &mut Needs) {
    reference("roleRef", object.get("roleRef"), group, needs);
    below(object.get("spec"), group, needs);
}

fn below(node: Node<'_>, group: &str, needs: &mut Needs) {
    for item in node.items() {
        below(item, group, needs);
    }
    for (key, value) in node.map().into_iter().flatten() {
        let value = Node::Value(value);
        if key.ends_with("Ref") {
            reference(key, value, group, needs);
        } else if key.ends_with("Refs") {
            value.items().for_each(|item| reference(key, item, group, needs));
        }
        below(value, group, needs);
    }
}

fn reference(key: &str, reference: Node<'_>, own_group: &str, needs: &mut Needs) {
    // A volume's claim is the one that uses it, not one that it needs.
    if key == "claimRef" {
        return;
    }
    let implied = implied(key);
    let kind = match (reference.get("kind").text(), implied) {
        (Some(kind), _) => &**kind,
        (None, Some((_, kind))) => kind,
        (None, None) => return,
    };
    let group = match group(reference) {
        Group::Named(group) => group,
        Group::Unsaid => match implied {
            Some((group, usual)) if kind == usual || group == GATEWAY => group,
            _ => well_known(kind).unwrap_or(own_group),
        },
        Group::Unknown => return,
    };
    if is_cluster_wide(group, kind) {
        needs.everywhere(group, kind, reference.get("name").text());
    } else {
        needs.addressed(group, kind, reference);
    }
}

/// What a reference says of the group.
enum Group<'a> {
    Named(&'a str),
    Unsaid,
    /// It is not known before the apply.
    Unknown,
}

/// The group that a reference names.
fn group(reference: Node<'_>) -> Group<'_> {
    for key in ["apiVersion", "apiGroup", "group"] {
        match reference.get(key) {
            Node::Value(Value::String(text)) if key == "apiVersion" => {
                return Group::Named(text.split_once('/').map_or("", |(group, _)| group));
            }
            Node::Value(Value::String(text)) => return Group::Named(text),
            Node::Value(Value::Deferred(_)) => return Group::Unknown,
            _ => {}
        }
    }
    Group::Unsaid
}

/// The group and kind that a key means where the reference does not say.
fn implied(key: &str) -> Option<(&'static str, &'static str)> {
    let key = key.trim_end_matches('s');
    Some(match key {
        "configMapRef" | "configMapKeyRef" => ("", "ConfigMap"),
        "secretKeyRef" | "certificateRef" => ("", "Secret"),
        "serviceRef" | "backendRef" => ("", "Service"),
        "serviceAccountRef" => ("", "ServiceAccount"),
        "parentRef" => (GATEWAY, "Gateway"),
        key if key == "secretRef" || key.ends_with("SecretRef") => ("", "Secret"),
        _ => return None,
    })
}

/// The group of a built-in kind, for references that leave it out.
fn well_known(kind: &str) -> Option<&'static str> {
    Some(match kind {
        "ConfigMap"
        | "PersistentVolumeClaim"
        | "Pod"
        | "ReplicationController"
        | "Secret"
        | "Service"
        | "ServiceAccount" => "",
        "DaemonSet" | "Deployment" | "ReplicaSet" | "StatefulSet" => "apps",
        "CronJob" | "Job" => "batch",
        "ClusterRole" | "Role" => RBAC,
        _ => return None,
    })
}

fn is_cluster_wide(group: &str, kind: &str) -> bool {
    matches!(
        (group, kind),
        (RBAC, "ClusterRole") | (GATEWAY, "GatewayClass") | ("", "PersistentVolume" | "Namespace")
    )
}
