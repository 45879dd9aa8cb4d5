//! Readiness of what the cluster provides to others: addresses, volumes, namespaces, kinds.

use super::object::{Condition, Object};
use super::{or, pending};
use crate::model::Status;

/// A Service of type `LoadBalancer` is ready with an address: what refers to it needs one. Others are at once.
pub(super) fn service(object: Object<'_>) -> Status {
    if object.str("spec.type") == "LoadBalancer" { addressed(object) } else { Status::Ready }
}

/// An Ingress of the AWS load balancer controller is ready with an address.
///
/// Of other controllers some never write one (`--publish-service` is a flag), so waiting might not end.
pub(super) fn ingress(object: Object<'_>) -> Status {
    let class = object.str("spec.ingressClassName") == "alb"
        || object.entry("metadata.annotations", "kubernetes.io/ingress.class") == "alb";
    let annotated =
        || object.keys("metadata.annotations").any(|key| key.starts_with("alb.ingress.kubernetes.io/"));
    if class || annotated() { addressed(object) } else { Status::Ready }
}

fn addressed(object: Object<'_>) -> Status {
    let mut points = object.objects("status.loadBalancer.ingress");
    if points.any(|point| !point.str("hostname").is_empty() || !point.str("ip").is_empty()) {
        Status::Ready
    } else {
        pending("no address of a load balancer yet")
    }
}

/// A Gateway, when its controller has programmed it.
pub(super) fn gateway(object: Object<'_>) -> Status {
    match object.condition("Programmed") {
        Some(condition) if condition.is_true() => Status::Ready,
        condition => pending(or("not programmed yet", condition.map(Condition::words).unwrap_or_default())),
    }
}

/// A claim is ready when it is bound. One that waits for its first consumer is seen by its events alone, in
/// [`explain`](super::explain).
pub(super) fn claim(object: Object<'_>) -> Status {
    match object.str("status.phase") {
        "Bound" => Status::Ready,
        "Lost" => Status::Failed("its volume is lost".to_owned()),
        _ => pending("not bound to a volume yet"),
    }
}

/// A namespace takes objects while it is active.
pub(super) fn namespace(object: Object<'_>) -> Status {
    match object.str("status.phase") {
        "Terminating" => Status::Deleting,
        _ => Status::Ready,
    }
}

/// A definition, when its kind is served: the server first accepts the names, then serves.
pub(super) fn definition(object: Object<'_>) -> Status {
    let names = object.condition("NamesAccepted");
    if let Some(condition) = names.filter(|condition| condition.is_false()) {
        return Status::Failed(or("its names are not accepted", condition.words()));
    }
    match object.condition("Established") {
        Some(condition) if condition.is_true() => Status::Ready,
        Some(condition) if condition.is_false() && condition.reason() != "Installing" => {
            Status::Failed(or("not established", condition.words()))
        }
        _ => pending("its kind is not served yet"),
    }
}

/// An aggregated API, when the server behind it answers.
pub(super) fn api_service(object: Object<'_>) -> Status {
    match object.condition("Available") {
        Some(condition) if condition.is_true() => Status::Ready,
        condition => pending(or("not available yet", condition.map(Condition::words).unwrap_or_default())),
    }
}
