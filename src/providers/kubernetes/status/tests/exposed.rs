//! Service, Ingress, Gateway, PersistentVolumeClaim, Namespace, CustomResourceDefinition, APIService, and what has no
//! rules of its own.

use serde_json::json;

use super::{condition, failed, of, pending, with};
use crate::model::{Json, Status};

#[test]
fn a_load_balancer_has_an_address() {
    let service = json!({
        "apiVersion": "v1", "kind": "Service", "metadata": {"name": "api", "namespace": "shop"},
        "spec": {"type": "LoadBalancer", "clusterIP": "10.0.0.7"}, "status": {"loadBalancer": {}}
    });
    assert_eq!(of(service.clone()), pending("no address of a load balancer yet"));
    let at = |points: Json| of(with(service.clone(), "status.loadBalancer.ingress", points));
    assert_eq!(at(json!([{"hostname": "k8s-shop-api-1.elb.eu-west-1.amazonaws.com"}])), Status::Ready);
    assert_eq!(at(json!([{"ip": "203.0.113.7"}])), Status::Ready);
    assert_eq!(of(with(service.clone(), "spec.type", json!("ClusterIP"))), Status::Ready);
}

#[test]
fn an_ingress_waits_for_an_address_where_its_controller_always_gives_one() {
    let ingress = json!({
        "apiVersion": "networking.k8s.io/v1", "kind": "Ingress",
        "metadata": {"name": "api", "annotations": {}},
        "spec": {"ingressClassName": "nginx"}, "status": {"loadBalancer": {}}
    });
    assert_eq!(of(ingress.clone()), Status::Ready);
    let waits = pending("no address of a load balancer yet");
    let alb = with(ingress.clone(), "spec.ingressClassName", json!("alb"));
    assert_eq!(of(alb.clone()), waits);
    let annotated = json!({"alb.ingress.kubernetes.io/scheme": "internet-facing"});
    assert_eq!(of(with(ingress.clone(), "metadata.annotations", annotated)), waits);
    let old = json!({"kubernetes.io/ingress.class": "alb"});
    assert_eq!(of(with(ingress, "metadata.annotations", old)), waits);
    let address = json!([{"hostname": "k8s-shop.eu-west-1.elb.amazonaws.com"}]);
    assert_eq!(of(with(alb, "status.loadBalancer.ingress", address)), Status::Ready);
}

#[test]
fn a_gateway_is_programmed() {
    let gateway = |conditions: Json| {
        of(json!({"apiVersion": "gateway.networking.k8s.io/v1", "kind": "Gateway",
                  "metadata": {"name": "edge"}, "status": {"conditions": conditions}}))
    };
    assert_eq!(gateway(json!([])), pending("not programmed yet"));
    let waiting = condition("Programmed", "Unknown", "Pending", "Waiting for controller");
    assert_eq!(gateway(json!([waiting])), pending("Pending: Waiting for controller"));
    assert_eq!(gateway(json!([condition("Programmed", "True", "", "")])), Status::Ready);
}

#[test]
fn a_claim_is_bound_and_a_namespace_active() {
    let of_phase = |kind: &str, phase: &str| {
        of(json!({"apiVersion": "v1", "kind": kind, "metadata": {"name": "a"}, "status": {"phase": phase}}))
    };
    assert_eq!(of_phase("PersistentVolumeClaim", "Pending"), pending("not bound to a volume yet"));
    assert_eq!(of_phase("PersistentVolumeClaim", "Bound"), Status::Ready);
    assert_eq!(of_phase("PersistentVolumeClaim", "Lost"), failed("its volume is lost"));
    assert_eq!(of_phase("Namespace", "Active"), Status::Ready);
    assert_eq!(of_phase("Namespace", "Terminating"), Status::Deleting);
}

#[test]
fn a_definition_is_established() {
    let definition = |conditions: Json| {
        of(json!({"apiVersion": "apiextensions.k8s.io/v1", "kind": "CustomResourceDefinition",
                  "metadata": {"name": "widgets.example.com", "generation": 1},
                  "status": {"conditions": conditions}}))
    };
    assert_eq!(definition(json!([])), pending("its kind is not served yet"));
    let accepted = condition("NamesAccepted", "True", "NoConflicts", "no conflicts found");
    let installing = condition("Established", "False", "Installing", "the initial names have been accepted");
    assert_eq!(definition(json!([accepted, installing])), pending("its kind is not served yet"));
    assert_eq!(definition(json!([accepted, condition("Established", "True", "", "")])), Status::Ready);
    let conflict =
        condition("NamesAccepted", "False", "ListKindConflict", "\"WidgetList\" is already in use");
    assert_eq!(definition(json!([conflict])), failed("ListKindConflict: \"WidgetList\" is already in use"));
    let broken = condition("Established", "False", "NotAccepted", "not all names are accepted");
    assert_eq!(definition(json!([broken])), failed("NotAccepted: not all names are accepted"));
}

#[test]
fn an_aggregated_api_is_available() {
    let api = |conditions: Json| {
        of(json!({"apiVersion": "apiregistration.k8s.io/v1", "kind": "APIService",
                  "metadata": {"name": "v1beta1.metrics.k8s.io"}, "status": {"conditions": conditions}}))
    };
    let missing = condition("Available", "False", "MissingEndpoints", "endpoints have no addresses");
    assert_eq!(api(json!([missing])), pending("MissingEndpoints: endpoints have no addresses"));
    assert_eq!(api(json!([])), pending("not available yet"));
    assert_eq!(api(json!([condition("Available", "True", "Passed", "")])), Status::Ready);
}

#[test]
fn kinds_without_rules_are_ready_when_their_controller_has_looked() {
    let budget = json!({
        "apiVersion": "policy/v1", "kind": "PodDisruptionBudget",
        "metadata": {"name": "api", "generation": 2},
        "status": {"observedGeneration": 2, "disruptionsAllowed": 0}
    });
    assert_eq!(of(budget.clone()), Status::Ready);
    let unseen = pending("its controller has not looked at the change yet");
    assert_eq!(of(with(budget, "status.observedGeneration", json!(1))), unseen);
    let scaler = json!({
        "apiVersion": "autoscaling/v2", "kind": "HorizontalPodAutoscaler", "metadata": {"name": "api"},
        "status": {"conditions": [condition("ScalingActive", "False", "FailedGetResourceMetric", "")]}
    });
    assert_eq!(of(scaler), Status::Ready);
}
