//! Whether a Kubernetes object is ready, and why it is not.
//!
//! [`status`] is pure and follows the rules of kstatus (`sigs.k8s.io/cli-utils/pkg/kstatus`), which `kubectl`, Flux and
//! kpt share. Where it departs from them, it is because something depends on the object here, or because a person reads
//! the answer:
//!
//! - a `Job` is ready when it is complete, not when it has started: what depends on a migration needs it done;
//! - a `Service` of type `LoadBalancer` is ready when it has an address: records and others refer to it;
//! - an `Ingress` of the AWS load balancer controller (class `alb` or its annotations) likewise, since that controller
//!   always writes one; other controllers may never do, so for theirs kstatus's "current" holds and `readyWhen` can ask
//!   for an address;
//! - what is paused by its own manifest (`spec.paused`, `spec.suspend`) is as ready as it is going to be;
//! - a `Pod` or container in trouble only waits: [`explain`] judges when that is hopeless;
//! - a workload that its controller has never looked at is not ready, even with no replicas.

mod exposed;
mod object;
mod reason;
mod time;
mod workload;

#[cfg(test)]
mod tests;

pub use reason::explain;

use object::Object;

use crate::model::{JsonMap, Status};

/// Whether an object, read whole with its `apiVersion` and `kind`, can be used.
pub fn status(object: &JsonMap) -> Status {
    let object = Object::new(object);
    general(object).or_else(|| of_kind(object)).or_else(|| ready_condition(object)).unwrap_or(Status::Ready)
}

/// The status for a plan, where a failed resource is one that has to be replaced.
///
/// A Job or Pod that failed will never run again, so it stays failed. Everything else (a Deployment without progress, a
/// stalled custom resource) heals in place as soon as its cause is mended, so it is only not ready yet.
pub fn listed(object: &JsonMap) -> Status {
    let runs_once = matches!(Object::new(object).kind(), "Job" | "Pod");
    match status(object) {
        Status::Failed(words) if !runs_once => Status::Pending(words),
        status => status,
    }
}

/// What holds for every kind: deletion, a change that was not looked at yet, and the two conditions of kstatus.
fn general(object: Object<'_>) -> Option<Status> {
    if object.is_deleting() {
        return Some(Status::Deleting);
    }
    let generation = object.number("metadata.generation");
    let observed = object.number("status.observedGeneration");
    if generation.zip(observed).is_some_and(|(generation, observed)| observed != generation) {
        return Some(pending("its controller has not looked at the change yet"));
    }
    if let Some(condition) = object.condition("Reconciling").filter(|condition| condition.is_true()) {
        return Some(pending(or("reconciling", condition.words())));
    }
    let stalled = object.condition("Stalled").filter(|condition| condition.is_true())?;
    Some(Status::Failed(or("stalled", stalled.words())))
}

/// The rules of a kind that has its own.
fn of_kind(object: Object<'_>) -> Option<Status> {
    Some(match (object.group(), object.kind()) {
        ("apps" | "extensions", "Deployment") => workload::deployment(object),
        ("apps" | "extensions", "ReplicaSet") | ("", "ReplicationController") => {
            workload::replica_set(object)
        }
        ("apps", "StatefulSet") => workload::stateful_set(object),
        ("apps" | "extensions", "DaemonSet") => workload::daemon_set(object),
        ("batch", "Job") => workload::job(object),
        ("", "Pod") => workload::pod(object),
        ("", "Service") => exposed::service(object),
        ("networking.k8s.io" | "extensions", "Ingress") => exposed::ingress(object),
        ("gateway.networking.k8s.io", "Gateway") => exposed::gateway(object),
        ("", "PersistentVolumeClaim") => exposed::claim(object),
        ("", "Namespace") => exposed::namespace(object),
        ("apiextensions.k8s.io", "CustomResourceDefinition") => exposed::definition(object),
        ("apiregistration.k8s.io", "APIService") => exposed::api_service(object),
        _ => return None,
    })
}

/// The condition that most custom resources have.
fn ready_condition(object: Object<'_>) -> Option<Status> {
    let condition = object.condition("Ready")?;
    let stale = condition
        .observed_generation()
        .is_some_and(|observed| Some(observed) < object.number("metadata.generation"));
    Some(if stale {
        pending("its controller has not looked at the change yet")
    } else if condition.is_true() {
        Status::Ready
    } else {
        pending(or("not ready", condition.words()))
    })
}

fn pending(words: impl Into<String>) -> Status {
    Status::Pending(words.into())
}

/// The words, or others where there are none.
fn or(otherwise: &str, words: String) -> String {
    if words.is_empty() { otherwise.to_owned() } else { words }
}
