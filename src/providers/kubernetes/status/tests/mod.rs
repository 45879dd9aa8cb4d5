//! The rules on objects as `kubectl get -o json` shows them.

mod exposed;
mod reasons;
mod workloads;

use serde_json::json;

use super::{listed, status};
use crate::model::{Json, JsonMap, Status};

fn object(json: Json) -> JsonMap {
    match json {
        Json::Object(map) => map,
        other => panic!("not an object: {other}"),
    }
}

fn of(json: Json) -> Status {
    status(&object(json))
}

/// The object with the value at a path of keys; `null` takes the key away.
fn with(mut json: Json, path: &str, value: Json) -> Json {
    let (parent, key) = path.rsplit_once('.').unwrap_or(("", path));
    let pointer = if parent.is_empty() { String::new() } else { format!("/{}", parent.replace('.', "/")) };
    let map = json.pointer_mut(&pointer).and_then(Json::as_object_mut).expect("the parent is an object");
    match value {
        Json::Null => drop(map.remove(key)),
        value => drop(map.insert(key.to_owned(), value)),
    }
    json
}

fn pending(words: &str) -> Status {
    Status::Pending(words.to_owned())
}

fn failed(words: &str) -> Status {
    Status::Failed(words.to_owned())
}

fn condition(kind: &str, status: &str, reason: &str, message: &str) -> Json {
    json!({"type": kind, "status": status, "reason": reason, "message": message,
           "lastTransitionTime": "2026-11-24T10:41:03Z"})
}

fn custom(conditions: Json) -> Json {
    json!({
        "apiVersion": "cert-manager.io/v1", "kind": "Certificate",
        "metadata": {"name": "api", "namespace": "shop", "generation": 2},
        "status": {"conditions": conditions}
    })
}

#[test]
fn what_has_no_status_is_ready() {
    let config = json!({"apiVersion": "v1", "kind": "ConfigMap", "metadata": {"name": "a"}, "data": {}});
    assert_eq!(of(config), Status::Ready);
    assert_eq!(of(custom(json!([]))), Status::Ready);
}

#[test]
fn what_is_being_deleted_is_deleting_whatever_else_it_says() {
    let ready = custom(json!([condition("Ready", "True", "", "")]));
    assert_eq!(
        of(with(ready, "metadata.deletionTimestamp", json!("2026-11-24T10:41:03Z"))),
        Status::Deleting
    );
}

#[test]
fn a_change_that_its_controller_has_not_seen_is_not_ready() {
    let ready = custom(json!([condition("Ready", "True", "", "")]));
    assert_eq!(of(with(ready.clone(), "status.observedGeneration", json!(2))), Status::Ready);
    let unseen = pending("its controller has not looked at the change yet");
    assert_eq!(of(with(ready, "status.observedGeneration", json!(1))), unseen);
    // Controllers that count in the condition, as cert-manager does.
    let mut stale = condition("Ready", "True", "", "");
    stale["observedGeneration"] = json!(1);
    assert_eq!(of(custom(json!([stale]))), unseen);
}

#[test]
fn the_conditions_that_custom_resources_have() {
    let reconciling = condition("Reconciling", "True", "Progressing", "fetching artifact");
    assert_eq!(of(custom(json!([reconciling]))), pending("Progressing: fetching artifact"));
    let stalled = condition("Stalled", "True", "InvalidSpec", "no such chart");
    assert_eq!(of(custom(json!([stalled]))), failed("InvalidSpec: no such chart"));
    let not_stalled = condition("Stalled", "False", "", "");
    assert_eq!(of(custom(json!([not_stalled]))), Status::Ready);
    let issuing = condition("Ready", "False", "DoesNotExist", "Secret does not exist");
    assert_eq!(of(custom(json!([issuing]))), pending("DoesNotExist: Secret does not exist"));
    assert_eq!(of(custom(json!([condition("Ready", "Unknown", "", "")]))), pending("not ready"));
}

#[test]
fn for_a_plan_only_what_runs_once_has_failed() {
    let stalled = custom(json!([condition("Stalled", "True", "InvalidSpec", "no such chart")]));
    assert_eq!(listed(&object(stalled)), pending("InvalidSpec: no such chart"));
    let job = json!({
        "apiVersion": "batch/v1", "kind": "Job", "metadata": {"name": "migrate"},
        "spec": {"completions": 1, "parallelism": 1},
        "status": {"failed": 1, "conditions": [condition("Failed", "True", "DeadlineExceeded", "")]}
    });
    assert_eq!(listed(&object(job)), failed("1 pod failed: DeadlineExceeded"));
}
