//! Deleting, and what holds an object that is being deleted.

use http::Method;
use serde_json::json;

use super::connection::{Call, Connection};
use super::discovery::Kind;
use super::error::Failure;
use super::object::{Target, metadata, metadata_list};
use crate::model::{Json, JsonMap};
use crate::providers::{ErrorKind, ProviderError, Result};

/// Conditions of a namespace that say what keeps it (`k8s.io/api/core/v1.NamespaceConditionType`).
const HOLDING: [&str; 5] = [
    "NamespaceDeletionDiscoveryFailure",
    "NamespaceDeletionContentFailure",
    "NamespaceDeletionGroupVersionParsingFailure",
    "NamespaceContentRemaining",
    "NamespaceFinalizersRemaining",
];

/// Starts to delete the object that was read, and no successor of the same name. What it owns goes after it in the
/// background, as with `kubectl delete`.
pub(super) async fn delete(
    connection: &Connection,
    kind: &Kind,
    target: &Target,
    read: &JsonMap,
) -> Result<()> {
    let mut options = json!({"apiVersion": "v1", "kind": "DeleteOptions", "propagationPolicy": "Background"});
    if let Some(uid) = metadata(read, "uid") {
        options["preconditions"] = json!({"uid": uid});
    }
    let call = Call {
        method: Method::DELETE,
        path: target.path(kind),
        content: Some(("application/json", options.to_string().into_bytes())),
        accept: "application/json",
        label: format!("DELETE {}", target.label(kind)),
    };
    match connection.ask::<Json>(call).await {
        Ok(_) => Ok(()),
        Err(failure) if failure.is_object_missing(&kind.plural) || failure.is_type_missing() => Ok(()),
        Err(failure)
            if failure
                .refusal(409)
                .is_some_and(|status| status.message.contains("UID in the precondition")) =>
        {
            Err(successor(&failure, target, kind))
        }
        Err(failure) => Err(failure.into()),
    }
}

fn successor(failure: &Failure, target: &Target, kind: &Kind) -> ProviderError {
    let message = format!("{} was made anew since it was read: plan again", target.label(kind));
    let error = ProviderError::from(failure.clone());
    ProviderError { kind: ErrorKind::Invalid, message, ..error }
}

/// Why an object that is being deleted is still there, for people.
pub(super) fn held_by(object: &JsonMap) -> String {
    let remaining = remaining(object);
    if !remaining.is_empty() {
        return remaining.join("; ");
    }
    let finalizers: Vec<&str> = metadata_list(object, "finalizers").iter().filter_map(Json::as_str).collect();
    match finalizers.as_slice() {
        [] => "terminating".to_owned(),
        [one] => format!("held by the finalizer {}", explained(one)),
        many => {
            let many: Vec<String> = many.iter().map(|finalizer| explained(finalizer)).collect();
            format!("held by the finalizers {}", many.join(", "))
        }
    }
}

/// What a namespace's conditions say remains in it.
fn remaining(object: &JsonMap) -> Vec<String> {
    let conditions = object.get("status").and_then(|status| status.get("conditions"));
    let conditions = conditions.and_then(Json::as_array).into_iter().flatten();
    let holds = |condition: &&Json| {
        condition["status"] == "True"
            && condition["type"].as_str().is_some_and(|name| HOLDING.contains(&name))
    };
    conditions
        .filter(holds)
        .filter_map(|condition| condition["message"].as_str().map(str::to_owned))
        .collect()
}

/// A finalizer, and in words what those of Kubernetes itself wait for.
fn explained(finalizer: &str) -> String {
    let words = match finalizer {
        "foregroundDeletion" => "what it owns is deleted first",
        "kubernetes.io/pvc-protection" => "a pod uses it",
        "kubernetes.io/pv-protection" => "a claim uses it",
        "service.kubernetes.io/load-balancer-cleanup" => "its load balancer is removed first",
        "customresourcecleanup.apiextensions.k8s.io" => "its custom resources are deleted first",
        _ => return finalizer.to_owned(),
    };
    format!("{finalizer} ({words})")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn held(object: Json) -> String {
        held_by(object.as_object().unwrap())
    }

    #[test]
    fn finalizers_are_named() {
        let with = |finalizers: Json| json!({"metadata": {"finalizers": finalizers}});
        assert_eq!(held(with(json!(["x.io/guard"]))), "held by the finalizer x.io/guard");
        assert_eq!(
            held(with(json!(["kubernetes.io/pvc-protection", "x.io/guard"]))),
            "held by the finalizers kubernetes.io/pvc-protection (a pod uses it), x.io/guard"
        );
        assert_eq!(held(json!({"metadata": {}})), "terminating");
    }

    #[test]
    fn a_namespace_says_what_remains_in_it() {
        let namespace = json!({
            "metadata": {"deletionTimestamp": "2026-11-24T03:00:00Z"}, "spec": {"finalizers": ["kubernetes"]},
            "status": {"phase": "Terminating", "conditions": [
                {"type": "NamespaceDeletionDiscoveryFailure", "status": "False", "message": "All resources successfully discovered"},
                {"type": "NamespaceContentRemaining", "status": "True", "message": "Some resources are remaining: widgets.x.io has 1 resource instances"},
                {"type": "NamespaceFinalizersRemaining", "status": "True", "message": "Some content in the namespace has finalizers remaining: x.io/guard in 1 resource instances"},
            ]},
        });
        assert_eq!(
            held(namespace),
            "Some resources are remaining: widgets.x.io has 1 resource instances; Some content in the namespace has \
             finalizers remaining: x.io/guard in 1 resource instances"
        );
    }
}
