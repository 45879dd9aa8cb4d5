//! Why something waits, from lists of pods, ReplicaSets and events.

use jiff::Timestamp;
use serde_json::json;

use super::super::reason::Evidence;
use super::super::status;
use super::{condition, object, with};
use crate::model::{Json, Status};

/// Four minutes and twelve seconds after the pods of these tests were made.
fn now() -> Timestamp {
    "2026-11-24T10:45:15Z".parse().unwrap()
}

fn deployment(ready: i64) -> Json {
    json!({
        "apiVersion": "apps/v1", "kind": "Deployment",
        "metadata": {"name": "api", "namespace": "shop", "uid": "d-1", "generation": 1},
        "spec": {"replicas": 3, "progressDeadlineSeconds": 600},
        "status": {
            "observedGeneration": 1, "replicas": 3, "updatedReplicas": 3, "readyReplicas": ready,
            "availableReplicas": ready, "conditions": []
        }
    })
}

fn owner(kind: &str, uid: &str) -> Json {
    json!([{"apiVersion": "v1", "kind": kind, "name": uid, "uid": uid, "controller": true}])
}

fn replica_set(name: &str, revision: &str) -> Json {
    json!({
        "metadata": {
            "name": name, "namespace": "shop", "uid": name,
            "annotations": {"deployment.kubernetes.io/revision": revision},
            "ownerReferences": owner("Deployment", "d-1")
        }
    })
}

/// A pod of a ReplicaSet, not ready since it was made, with one container in this state.
fn pod(name: &str, set: &str, container: Json) -> Json {
    let mut status = json!({"name": "api", "image": "nginx:missing", "ready": false, "restartCount": 0});
    for (key, value) in container.as_object().unwrap() {
        status[key] = value.clone();
    }
    let limits = json!({"limits": {"memory": "64Mi"}});
    json!({
        "metadata": {
            "name": name, "namespace": "shop", "uid": name, "creationTimestamp": "2026-11-24T10:41:02Z",
            "ownerReferences": owner("ReplicaSet", set)
        },
        "spec": {"containers": [{"name": "api", "image": "nginx:missing", "resources": limits}]},
        "status": {
            "phase": "Pending", "startTime": "2026-11-24T10:41:03Z",
            "conditions": [
                condition("PodScheduled", "True", "", ""),
                condition("Ready", "False", "ContainersNotReady", "containers with unready status: [api]")
            ],
            "containerStatuses": [status]
        }
    })
}

fn event(kind: &str, name: &str, reason: &str, message: &str) -> Json {
    json!({
        "involvedObject": {"kind": kind, "namespace": "shop", "name": name, "uid": name},
        "type": "Warning", "reason": reason, "message": message,
        "firstTimestamp": "2026-11-24T10:41:20Z", "lastTimestamp": "2026-11-24T10:44:00Z", "count": 7
    })
}

fn judge(json: Json, pods: Vec<Json>, events: Vec<Json>) -> Status {
    let all = |items: Vec<Json>| items.into_iter().map(object).collect();
    let replica_sets = vec![replica_set("api-old", "1"), replica_set("api-new", "2")];
    let evidence = Evidence { pods: all(pods), replica_sets: all(replica_sets), events: all(events) };
    let object = object(json);
    evidence.judge(&object, &status(&object), now())
}

fn told(json: Json, pods: Vec<Json>, events: Vec<Json>) -> String {
    match judge(json, pods, events) {
        Status::Pending(words) => format!("waits: {words}"),
        Status::Failed(words) => format!("hopeless: {words}"),
        other => format!("{other:?}"),
    }
}

fn three(container: &Json) -> Vec<Json> {
    ["a", "b", "c"].map(|name| pod(name, "api-new", container.clone())).to_vec()
}

fn waiting(reason: &str, message: &str) -> Json {
    json!({"state": {"waiting": {"reason": reason, "message": message}}})
}

fn back_off() -> Json {
    waiting("ImagePullBackOff", "Back-off pulling image \"nginx:missing\"")
}

fn crashed(restarts: i64, state: &Json, end: &Json) -> Json {
    json!({"restartCount": restarts, "state": state, "lastState": {"terminated": end}})
}

fn end(code: i64, reason: &str, message: &str) -> Json {
    json!({"exitCode": code, "reason": reason, "message": message, "finishedAt": "2026-11-24T10:45:01Z"})
}

#[test]
fn an_image_that_cannot_be_pulled() {
    let answer = "Failed to pull image \"nginx:missing\": rpc error: code = NotFound desc = \
                  docker.io/library/nginx:missing: not found";
    let events =
        vec![event("Pod", "b", "Failed", "Error: ErrImagePull"), event("Pod", "a", "Failed", answer)];
    insta::assert_snapshot!(told(deployment(0), three(&back_off()), events.clone()));
    // One that pulls keeps hope for all.
    let mut pods = three(&back_off());
    pods[2] = pod("c", "api-new", waiting("ContainerCreating", ""));
    insta::assert_snapshot!(told(deployment(0), pods, events));
    let mut pods = three(&waiting("ErrImagePull", "no such host"));
    for pod in &mut pods {
        pod["status"]["conditions"][1]["lastTransitionTime"] = json!("2026-11-24T10:45:00Z");
    }
    insta::assert_snapshot!(told(deployment(0), pods, vec![]));
}

#[test]
fn an_image_name_that_cannot_be_one() {
    let invalid = waiting("InvalidImageName", "couldn't parse image name: repository name must be lowercase");
    insta::assert_snapshot!(told(deployment(0), three(&invalid), vec![]));
}

#[test]
fn a_crash_loop() {
    let backing_off = json!({"waiting": {"reason": "CrashLoopBackOff", "message": "back-off 1m20s"}});
    let panic = end(1, "Error", "panic: no DATABASE_URL\n\tat main.go:12\n");
    insta::assert_snapshot!(told(deployment(0), three(&crashed(5, &backing_off, &panic)), vec![]));
    insta::assert_snapshot!(told(deployment(0), three(&crashed(3, &backing_off, &panic)), vec![]));
    // Started again a moment ago, and of one only.
    let running = json!({"running": {"startedAt": "2026-11-24T10:45:10Z"}});
    insta::assert_snapshot!(told(
        deployment(2),
        vec![pod("a", "api-new", crashed(6, &running, &panic))],
        vec![]
    ));
}

#[test]
fn out_of_memory_and_killed_by_a_probe() {
    let backing_off = json!({"waiting": {"reason": "CrashLoopBackOff"}});
    let oom = crashed(2, &backing_off, &end(137, "OOMKilled", ""));
    insta::assert_snapshot!(told(deployment(0), three(&oom), vec![]));
    let killed = crashed(2, &backing_off, &end(137, "Error", ""));
    let probe =
        event("Pod", "a", "Unhealthy", "Liveness probe failed: HTTP probe failed with statuscode: 500");
    insta::assert_snapshot!(told(deployment(0), three(&killed), vec![probe]));
}

#[test]
fn a_pod_that_no_node_can_take() {
    let full =
        condition("PodScheduled", "False", "Unschedulable", "0/3 nodes are available: 3 Insufficient cpu.");
    let pods = three(&json!({})).into_iter().map(|pod| {
        with(with(pod, "status.conditions", json!([full])), "status.containerStatuses", Json::Null)
    });
    insta::assert_snapshot!(told(deployment(0), pods.collect(), vec![]));
}

#[test]
fn pods_that_cannot_be_made() {
    let lacking = |made: i64| {
        with(with(deployment(0), "status.replicas", json!(made)), "status.updatedReplicas", json!(made))
    };
    let message = "pods \"api-new-x7k2p\" is forbidden: error looking up service account shop/api: \
                   serviceaccount \"api\" not found";
    let failure = condition("ReplicaFailure", "True", "FailedCreate", message);
    let stuck = with(lacking(0), "status.conditions", json!([failure]));
    insta::assert_snapshot!(told(stuck, vec![], vec![]));
    let quota = "pods \"api-new-x7k2p\" is forbidden: exceeded quota: pods, requested: pods=1";
    let pods = ["a", "b"].map(|name| {
        let ready = json!([condition("Ready", "True", "", "")]);
        with(pod(name, "api-new", json!({"ready": true})), "status.conditions", ready)
    });
    let of_old = event("ReplicaSet", "api-old", "FailedCreate", "of an older template");
    let events = vec![event("ReplicaSet", "api-new", "FailedCreate", quota), of_old];
    insta::assert_snapshot!(told(lacking(2), pods.to_vec(), events));
}

#[test]
fn what_a_container_needs_is_missing() {
    let no_secret = waiting("CreateContainerConfigError", "secret \"api-keys\" not found");
    insta::assert_snapshot!(told(deployment(0), three(&no_secret), vec![]));
    let message = "MountVolume.SetUp failed for volume \"config\" : configmap \"api\" not found";
    let mount = event("Pod", "a", "FailedMount", message);
    insta::assert_snapshot!(told(deployment(0), three(&waiting("ContainerCreating", "")), vec![mount]));
}

#[test]
fn a_probe_that_fails() {
    let running = json!({"state": {"running": {"startedAt": "2026-11-24T10:41:05Z"}}});
    let pods = three(&running).into_iter().map(|pod| with(pod, "status.phase", json!("Running")));
    let message = "Readiness probe failed: HTTP probe failed with statuscode: 503";
    let events = ["a", "b", "c"].map(|name| event("Pod", name, "Unhealthy", message));
    insta::assert_snapshot!(told(deployment(0), pods.collect(), events.to_vec()));
}

#[test]
fn pods_of_an_older_template_and_of_an_older_name_do_not_count() {
    let old = pod("a", "api-old", back_off());
    let unexplained = Status::Pending("0 of 3 replicas ready".into());
    assert_eq!(judge(deployment(0), vec![old.clone()], vec![]), unexplained);
    let stale = event("Pod", "n", "Unhealthy", "Readiness probe failed");
    let stale = with(stale, "involvedObject.uid", json!("another"));
    let running =
        with(pod("n", "api-new", json!({"state": {"running": {}}})), "status.phase", json!("Running"));
    assert_eq!(judge(deployment(0), vec![old, running], vec![stale]), unexplained);
}

#[test]
fn different_troubles_are_told_by_their_nearness_to_the_cause() {
    let mut pods = three(&back_off());
    let ended = json!({"state": {"terminated": end(2, "Error", "")}});
    pods[1] = pod("b", "api-new", ended);
    insta::assert_snapshot!(told(deployment(0), pods, vec![]));
}

#[test]
fn a_stateful_set_and_its_claims() {
    let set = json!({
        "apiVersion": "apps/v1", "kind": "StatefulSet",
        "metadata": {"name": "db", "namespace": "shop", "uid": "s-1", "generation": 1},
        "spec": {"replicas": 3},
        "status": {"observedGeneration": 1, "replicas": 1, "readyReplicas": 0, "updateRevision": "db-2"}
    });
    let message = "0/3 nodes are available: 3 pod has unbound immediate PersistentVolumeClaims.";
    let waiting = json!({
        "metadata": {
            "name": "db-0", "uid": "db-0", "ownerReferences": owner("StatefulSet", "s-1"),
            "labels": {"controller-revision-hash": "db-2"}
        },
        "spec": {"volumes": [{"name": "data", "persistentVolumeClaim": {"claimName": "data-db-0"}}]},
        "status": {
            "phase": "Pending",
            "conditions": [condition("PodScheduled", "False", "Unschedulable", message)]
        }
    });
    let message = "storageclass.storage.k8s.io \"fast\" not found";
    let claim = event("PersistentVolumeClaim", "data-db-0", "ProvisioningFailed", message);
    insta::assert_snapshot!(told(set.clone(), vec![waiting.clone()], vec![claim]));
    let older = with(waiting, "metadata.labels", json!({"controller-revision-hash": "db-1"}));
    assert_eq!(judge(set, vec![older], vec![]), Status::Pending("1 of 3 replicas made".into()));
}

#[test]
fn a_daemon_set_looks_at_the_pods_of_its_newest_template() {
    let set = json!({
        "apiVersion": "apps/v1", "kind": "DaemonSet",
        "metadata": {"name": "agent", "namespace": "shop", "uid": "ds-1", "generation": 2,
                     "annotations": {"deprecated.daemonset.template.generation": "2"}},
        "status": {"observedGeneration": 2, "desiredNumberScheduled": 2, "currentNumberScheduled": 2,
                   "updatedNumberScheduled": 1, "numberReady": 1, "numberAvailable": 1}
    });
    let of = |name: &str, generation: &str| {
        let mut pod = pod(name, "", back_off());
        pod["metadata"]["labels"] = json!({"pod-template-generation": generation});
        pod["metadata"]["ownerReferences"] = owner("DaemonSet", "ds-1");
        pod
    };
    insta::assert_snapshot!(told(set, vec![of("a", "1"), of("b", "2")], vec![]));
}

#[test]
fn a_job_counts_its_own_failures() {
    let job = |status: Json| {
        json!({"apiVersion": "batch/v1", "kind": "Job",
               "metadata": {"name": "migrate", "namespace": "shop", "uid": "j-1"},
               "spec": {"completions": 1, "parallelism": 1, "backoffLimit": 3}, "status": status})
    };
    let ended = |name: &str| {
        let state = json!({"state": {"terminated": end(3, "Error", "relation \"users\" exists")}});
        let mut pod = with(pod(name, "", state), "status.phase", json!("Failed"));
        pod["metadata"]["ownerReferences"] = owner("Job", "j-1");
        pod
    };
    let running = json!({"startTime": "2026-11-24T10:41:03Z", "active": 1, "failed": 1});
    insta::assert_snapshot!(told(job(running), vec![ended("a")], vec![]));
    let limit =
        condition("Failed", "True", "BackoffLimitExceeded", "Job has reached the specified backoff limit");
    let lost = json!({"startTime": "2026-11-24T10:41:03Z", "failed": 2, "conditions": [limit]});
    insta::assert_snapshot!(told(job(lost), vec![ended("a"), ended("b")], vec![]));
}

#[test]
fn no_progress_is_told_with_its_reason() {
    let late = json!([condition("Progressing", "False", "ProgressDeadlineExceeded", "")]);
    let stuck = with(deployment(0), "status.conditions", late);
    insta::assert_snapshot!(told(stuck, three(&back_off()), vec![]));
}

#[test]
fn what_has_no_pods_is_explained_by_its_last_warning() {
    let service = json!({
        "apiVersion": "v1", "kind": "Service",
        "metadata": {"name": "edge", "namespace": "shop", "uid": "edge"},
        "spec": {"type": "LoadBalancer"}, "status": {"loadBalancer": {}}
    });
    let message = "Error syncing load balancer: no subnets with tag kubernetes.io/role/elb";
    let warning = event("Service", "edge", "SyncLoadBalancerFailed", message);
    insta::assert_snapshot!(told(service, vec![], vec![warning]));
}

#[test]
fn a_claim_that_waits_for_its_consumer_is_as_ready_as_it_can_be() {
    let claim = json!({
        "apiVersion": "v1", "kind": "PersistentVolumeClaim",
        "metadata": {"name": "data", "namespace": "shop", "uid": "data"}, "status": {"phase": "Pending"}
    });
    let message = "waiting for first consumer to be created before binding";
    let waits = event("PersistentVolumeClaim", "data", "WaitForFirstConsumer", message);
    let waits = with(waits, "type", json!("Normal"));
    assert_eq!(judge(claim.clone(), vec![], vec![waits.clone()]), Status::Ready);
    let failed = event("PersistentVolumeClaim", "data", "ProvisioningFailed", "UnauthorizedOperation");
    let later = with(failed, "lastTimestamp", json!("2026-11-24T10:44:30Z"));
    insta::assert_snapshot!(told(claim, vec![], vec![waits, later]));
}
