//! Deployment, ReplicaSet, StatefulSet, DaemonSet, Job, Pod.

use serde_json::json;

use super::{condition, failed, of, pending, with};
use crate::model::{Json, Status};

fn deployment() -> Json {
    json!({
        "apiVersion": "apps/v1", "kind": "Deployment",
        "metadata": {"name": "api", "namespace": "shop", "generation": 3},
        "spec": {"replicas": 20, "progressDeadlineSeconds": 600},
        "status": {
            "observedGeneration": 3, "replicas": 20, "updatedReplicas": 20, "readyReplicas": 20,
            "availableReplicas": 20,
            "conditions": [
                condition("Available", "True", "MinimumReplicasAvailable", "Deployment has minimum availability."),
                condition("Progressing", "True", "NewReplicaSetAvailable", "ReplicaSet \"api-6d4b\" has progressed.")
            ]
        }
    })
}

#[test]
fn a_deployment_rolls_out() {
    assert_eq!(of(deployment()), Status::Ready);
    let at = |path: &str, value: Json| of(with(deployment(), &format!("status.{path}"), value));
    assert_eq!(
        at("observedGeneration", json!(2)),
        pending("its controller has not looked at the change yet")
    );
    assert_eq!(at("replicas", json!(8)), pending("8 of 20 replicas made"));
    assert_eq!(at("updatedReplicas", json!(3)), pending("3 of 20 replicas updated"));
    assert_eq!(at("readyReplicas", json!(12)), pending("12 of 20 replicas ready"));
    assert_eq!(at("readyReplicas", Json::Null), pending("0 of 20 replicas ready"));
    assert_eq!(at("replicas", json!(22)), pending("2 old replicas still to go"));
    assert_eq!(at("availableReplicas", json!(19)), pending("19 of 20 replicas available"));
    let updating = json!([condition("Progressing", "True", "ReplicaSetUpdated", "")]);
    assert_eq!(at("conditions", updating), pending("its rollout is about to end"));
    let unavailable = json!([
        condition("Available", "False", "MinimumReplicasUnavailable", "no minimum availability"),
        condition("Progressing", "True", "NewReplicaSetAvailable", "")
    ]);
    assert_eq!(at("conditions", unavailable), pending("MinimumReplicasUnavailable: no minimum availability"));
}

#[test]
fn a_deployment_that_was_just_made_is_not_ready_even_with_no_replicas() {
    let new = with(with(deployment(), "status", json!({})), "spec.replicas", json!(0));
    assert_eq!(of(new), pending("its controller has not looked at it yet"));
}

#[test]
fn a_deployment_without_progress_failed() {
    let late =
        json!([condition("Progressing", "False", "ProgressDeadlineExceeded", "timed out progressing")]);
    let stuck = with(with(deployment(), "status.conditions", late), "status.readyReplicas", json!(2));
    assert_eq!(of(stuck), failed("2 of 20 replicas ready, no progress for 10m (ProgressDeadlineExceeded)"));
}

#[test]
fn a_paused_deployment_and_one_without_a_deadline() {
    let behind = with(deployment(), "status.updatedReplicas", json!(0));
    assert_eq!(of(with(behind, "spec.paused", json!(true))), Status::Ready);
    let available = json!([condition("Available", "True", "MinimumReplicasAvailable", "")]);
    let endless = with(deployment(), "status.conditions", available);
    assert_eq!(of(endless.clone()), pending("its rollout is about to end"));
    assert_eq!(of(with(endless, "spec.progressDeadlineSeconds", json!(2_147_483_647))), Status::Ready);
}

#[test]
fn a_replica_set_of_its_own() {
    let set = json!({
        "apiVersion": "apps/v1", "kind": "ReplicaSet", "metadata": {"name": "api", "generation": 1},
        "spec": {"replicas": 3},
        "status": {"observedGeneration": 1, "replicas": 3, "readyReplicas": 3, "availableReplicas": 3}
    });
    assert_eq!(of(set.clone()), Status::Ready);
    assert_eq!(of(with(set.clone(), "status.readyReplicas", json!(1))), pending("1 of 3 replicas ready"));
    let forbidden = json!([condition("ReplicaFailure", "True", "FailedCreate", "exceeded quota: pods")]);
    assert_eq!(of(with(set, "status.conditions", forbidden)), pending("FailedCreate: exceeded quota: pods"));
}

fn stateful_set() -> Json {
    json!({
        "apiVersion": "apps/v1", "kind": "StatefulSet", "metadata": {"name": "db", "generation": 2},
        "spec": {"replicas": 3, "updateStrategy": {"type": "RollingUpdate", "rollingUpdate": {"partition": 0}}},
        "status": {
            "observedGeneration": 2, "replicas": 3, "readyReplicas": 3, "currentReplicas": 3,
            "updatedReplicas": 3, "currentRevision": "db-2", "updateRevision": "db-2"
        }
    })
}

#[test]
fn a_stateful_set_rolls_out_from_the_last_to_the_first() {
    let at = |path: &str, value: Json| of(with(stateful_set(), path, value));
    assert_eq!(of(stateful_set()), Status::Ready);
    let rolling = with(stateful_set(), "status.currentRevision", json!("db-1"));
    let updated = with(rolling.clone(), "status.updatedReplicas", json!(1));
    assert_eq!(of(updated), pending("1 of 3 replicas updated"));
    assert_eq!(of(rolling), pending("its rollout is about to end"));
    assert_eq!(at("status.readyReplicas", json!(2)), pending("2 of 3 replicas ready"));
    assert_eq!(at("status.replicas", json!(1)), pending("1 of 3 replicas made"));
    assert_eq!(at("status.replicas", json!(5)), pending("2 old replicas still to go"));
    let patient = with(stateful_set(), "spec.minReadySeconds", json!(30));
    let available = with(patient.clone(), "status.availableReplicas", json!(1));
    assert_eq!(of(available), pending("1 of 3 replicas available"));
    assert_eq!(of(patient), Status::Ready, "a server that does not count availability");
}

#[test]
fn a_stateful_set_with_a_partition_or_on_delete() {
    let rolling = with(stateful_set(), "status.currentRevision", json!("db-1"));
    let updated = |set: &Json, count: i64| of(with(set.clone(), "status.updatedReplicas", json!(count)));
    let above = |partition: i64| {
        with(rolling.clone(), "spec.updateStrategy.rollingUpdate.partition", json!(partition))
    };
    assert_eq!(updated(&above(2), 0), pending("0 of 1 replicas updated"));
    assert_eq!(updated(&above(2), 1), Status::Ready);
    assert_eq!(updated(&above(5), 0), Status::Ready);
    let by_hand = with(rolling.clone(), "spec.updateStrategy.type", json!("OnDelete"));
    assert_eq!(updated(&by_hand, 0), Status::Ready);
}

#[test]
fn a_daemon_set_has_a_pod_on_each_of_its_nodes() {
    let set = json!({
        "apiVersion": "apps/v1", "kind": "DaemonSet", "metadata": {"name": "agent", "generation": 1},
        "spec": {"updateStrategy": {"type": "RollingUpdate"}},
        "status": {
            "observedGeneration": 1, "desiredNumberScheduled": 5, "currentNumberScheduled": 5,
            "updatedNumberScheduled": 5, "numberReady": 5, "numberAvailable": 5
        }
    });
    assert_eq!(of(set.clone()), Status::Ready);
    let at = |path: &str, value: Json| of(with(set.clone(), path, value));
    assert_eq!(at("status.currentNumberScheduled", json!(4)), pending("4 of 5 nodes have its pod"));
    assert_eq!(at("status.updatedNumberScheduled", json!(1)), pending("1 of 5 nodes are updated"));
    assert_eq!(at("status.numberReady", json!(3)), pending("3 of 5 nodes are ready"));
    assert_eq!(at("status.numberAvailable", Json::Null), pending("0 of 5 nodes are available"));
    assert_eq!(at("status.desiredNumberScheduled", Json::Null), pending("its nodes are not counted yet"));
    assert_eq!(
        at("status.observedGeneration", Json::Null),
        pending("its controller has not looked at it yet")
    );
    let by_hand = with(set.clone(), "spec.updateStrategy.type", json!("OnDelete"));
    assert_eq!(of(with(by_hand, "status.updatedNumberScheduled", json!(0))), Status::Ready);
}

#[test]
fn a_job_is_ready_when_it_is_complete() {
    let job = json!({
        "apiVersion": "batch/v1", "kind": "Job", "metadata": {"name": "migrate"},
        "spec": {"completions": 3, "parallelism": 1}, "status": {}
    });
    assert_eq!(of(job.clone()), pending("not started"));
    let at = |status: Json| of(with(job.clone(), "status", status));
    let half = json!({"startTime": "2026-11-24T10:41:03Z", "active": 1, "succeeded": 1, "failed": 2});
    assert_eq!(at(half), pending("1 of 3 completed, 2 failed"));
    let done = json!({"succeeded": 3, "conditions": [condition("Complete", "True", "", "")]});
    assert_eq!(at(done), Status::Ready);
    assert_eq!(of(with(job.clone(), "spec.suspend", json!(true))), Status::Ready);
    let limit = condition("Failed", "True", "BackoffLimitExceeded", "Job has reached the backoff limit");
    let said = "4 pods failed: BackoffLimitExceeded: Job has reached the backoff limit";
    assert_eq!(at(json!({"failed": 4, "conditions": [limit]})), failed(said));
}

#[test]
fn a_pod_of_its_own() {
    let pod = |status: Json| {
        of(json!({"apiVersion": "v1", "kind": "Pod", "metadata": {"name": "shell"}, "status": status}))
    };
    assert_eq!(pod(json!({})), pending("not scheduled yet"));
    let full = condition("PodScheduled", "False", "Unschedulable", "0/3 nodes are available.");
    let full = json!({"phase": "Pending", "conditions": [full]});
    assert_eq!(pod(full), pending("Unschedulable: 0/3 nodes are available."));
    let placed = json!({"phase": "Pending", "conditions": [condition("PodScheduled", "True", "", "")]});
    assert_eq!(pod(placed), pending("its containers are being made"));
    let half = json!({"phase": "Running", "containerStatuses": [{"ready": true}, {"ready": false}]});
    assert_eq!(pod(half), pending("1 of 2 containers ready"));
    let ready = json!({"phase": "Running", "conditions": [condition("Ready", "True", "", "")]});
    assert_eq!(pod(ready), Status::Ready);
    assert_eq!(pod(json!({"phase": "Succeeded"})), Status::Ready);
    let evicted = json!({"phase": "Failed", "reason": "Evicted", "message": "low on memory"});
    assert_eq!(pod(evicted), failed("Evicted: low on memory"));
    assert_eq!(pod(json!({"phase": "Failed"})), failed("it ended, not successfully"));
}
