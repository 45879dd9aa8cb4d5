//! Readiness of what runs containers: Deployment, ReplicaSet, StatefulSet, DaemonSet, Job, Pod.

use jiff::SignedDuration;

use super::object::{Condition, Object, reasoned};
use super::{or, pending, time};
use crate::model::Status;

/// How many of the replicas are how far; each controller counts a little differently.
struct Replicas {
    wanted: i64,
    made: i64,
    updated: i64,
    ready: i64,
    /// Ready for `minReadySeconds`.
    available: i64,
}

impl Replicas {
    /// The first thing that is missing; `None` when nothing is.
    fn missing(&self) -> Option<String> {
        let Self { wanted, made, updated, ready, available } = *self;
        let counted = |count: i64, words: &str| format!("{count} of {wanted} {words}");
        if made < wanted {
            Some(counted(made, "replicas made"))
        } else if updated < wanted {
            Some(counted(updated, "replicas updated"))
        } else if ready < wanted {
            Some(counted(ready, "replicas ready"))
        } else if made > wanted {
            Some(format!("{} old replicas still to go", made - wanted))
        } else if available < wanted {
            Some(counted(available, "replicas available"))
        } else {
            None
        }
    }

    fn status(&self) -> Status {
        self.missing().map_or(Status::Ready, Status::Pending)
    }
}

/// A Deployment is ready when all its replicas are of the newest template, available, and no old one is left.
pub(super) fn deployment(object: Object<'_>) -> Status {
    if let Some(waiting) = unobserved(object) {
        return waiting;
    }
    let replicas = Replicas {
        wanted: object.number("spec.replicas").unwrap_or(1),
        made: object.count("status.replicas"),
        updated: object.count("status.updatedReplicas"),
        ready: object.count("status.readyReplicas"),
        available: object.count("status.availableReplicas"),
    };
    let progressing = object.condition("Progressing");
    if progressing.is_some_and(|condition| condition.reason() == "ProgressDeadlineExceeded") {
        return Status::Failed(no_progress(object, &replicas));
    }
    if object.flag("spec.paused") {
        return Status::Ready;
    }
    if let Some(missing) = replicas.missing() {
        return pending(missing);
    }
    // Where no deadline is set, the controller writes no condition of progress.
    let deadline = object.number("spec.progressDeadlineSeconds").is_some_and(|s| s != i64::from(i32::MAX));
    let rolled_out = progressing
        .is_some_and(|condition| condition.is_true() && condition.reason() == "NewReplicaSetAvailable");
    if deadline && !rolled_out {
        return pending("its rollout is about to end");
    }
    match object.condition("Available") {
        Some(condition) if condition.is_true() => Status::Ready,
        condition => pending(or("not available yet", condition.map(Condition::words).unwrap_or_default())),
    }
}

fn no_progress(object: Object<'_>, replicas: &Replicas) -> String {
    let seconds = object.number("spec.progressDeadlineSeconds").unwrap_or(600);
    let deadline = time::span(SignedDuration::from_secs(seconds));
    let missing = replicas.missing().unwrap_or_else(|| "its rollout did not end".to_owned());
    format!("{missing}, no progress for {deadline} (ProgressDeadlineExceeded)")
}

/// A ReplicaSet or ReplicationController of its own, without a Deployment.
pub(super) fn replica_set(object: Object<'_>) -> Status {
    if let Some(waiting) = unobserved(object) {
        return waiting;
    }
    let failure = object.condition("ReplicaFailure").filter(|condition| condition.is_true());
    if let Some(condition) = failure {
        return pending(or("pods can't be made", condition.words()));
    }
    let made = object.count("status.replicas");
    Replicas {
        wanted: object.number("spec.replicas").unwrap_or(1),
        made,
        updated: made,
        ready: object.count("status.readyReplicas"),
        available: object.count("status.availableReplicas"),
    }
    .status()
}

/// A StatefulSet: with a partition, only what lies above it has to be updated; with `OnDelete`, nothing has to.
pub(super) fn stateful_set(object: Object<'_>) -> Status {
    if let Some(waiting) = unobserved(object) {
        return waiting;
    }
    if object.str("spec.updateStrategy.type") == "OnDelete" {
        return Status::Ready;
    }
    let wanted = object.number("spec.replicas").unwrap_or(1);
    let made = object.count("status.replicas");
    let ready = object.count("status.readyReplicas");
    // Servers before 1.22 do not count availability.
    let available = object.number("status.availableReplicas").filter(|_| min_ready(object)).unwrap_or(ready);
    let replicas = Replicas { wanted, made, updated: wanted, ready, available };
    if let Some(missing) = replicas.missing() {
        return pending(missing);
    }
    let partition = object.count("spec.updateStrategy.rollingUpdate.partition");
    let to_update = (wanted - partition).max(0);
    // When a rollout has ended, the controller makes both revisions equal.
    let ended = object.str("status.currentRevision") == object.str("status.updateRevision");
    let updated = if ended { made } else { object.count("status.updatedReplicas") };
    if updated < to_update {
        return pending(format!("{updated} of {to_update} replicas updated"));
    }
    if partition == 0 && !ended {
        return pending("its rollout is about to end");
    }
    Status::Ready
}

fn min_ready(object: Object<'_>) -> bool {
    object.count("spec.minReadySeconds") > 0
}

/// A DaemonSet: one updated, available pod on each node that it is for.
pub(super) fn daemon_set(object: Object<'_>) -> Status {
    if let Some(waiting) = unobserved(object) {
        return waiting;
    }
    let Some(wanted) = object.number("status.desiredNumberScheduled") else {
        return pending("its nodes are not counted yet");
    };
    let on_delete = object.str("spec.updateStrategy.type") == "OnDelete";
    let counts = [
        ("status.currentNumberScheduled", "have its pod"),
        ("status.updatedNumberScheduled", "are updated"),
        ("status.numberReady", "are ready"),
        ("status.numberAvailable", "are available"),
    ];
    for (path, words) in counts {
        let count = object.count(path);
        if count < wanted && !(on_delete && path == "status.updatedNumberScheduled") {
            return pending(format!("{count} of {wanted} nodes {words}"));
        }
    }
    Status::Ready
}

/// A Job is ready when it is complete; a suspended one waits for somebody else.
pub(super) fn job(object: Object<'_>) -> Status {
    let is = |kind| object.condition(kind).filter(|condition| condition.is_true());
    if is("Complete").is_some() || is("Suspended").is_some() || object.flag("spec.suspend") {
        return Status::Ready;
    }
    let failed = object.count("status.failed");
    if let Some(condition) = is("Failed") {
        let pods = if failed == 1 { "1 pod failed".to_owned() } else { format!("{failed} pods failed") };
        return Status::Failed(format!("{pods}: {}", or("the Job failed", condition.words())));
    }
    let parallelism = object.number("spec.parallelism").unwrap_or(1);
    // Without `completions` any pod that succeeds tells that the work is done.
    let wanted = object.number("spec.completions").unwrap_or(1);
    let failures = if failed > 0 { format!(", {failed} failed") } else { String::new() };
    match object.str("status.startTime") {
        "" if parallelism > 0 => pending("not started"),
        _ => pending(format!("{} of {wanted} completed{failures}", object.count("status.succeeded"))),
    }
}

/// A Pod of its own, without a controller.
pub(super) fn pod(object: Object<'_>) -> Status {
    match object.str("status.phase") {
        "Succeeded" => Status::Ready,
        "Failed" => {
            let words = reasoned(object.str("status.reason"), object.str("status.message"));
            Status::Failed(or("it ended, not successfully", words))
        }
        "Running" if object.condition("Ready").is_some_and(Condition::is_true) => Status::Ready,
        "Running" => {
            let all = object.objects("status.containerStatuses").count();
            let ready = object
                .objects("status.containerStatuses")
                .filter(|container| container.flag("ready"))
                .count();
            pending(format!("{ready} of {all} containers ready"))
        }
        _ => match object.condition("PodScheduled") {
            Some(condition) if condition.is_false() => pending(or("not scheduled", condition.words())),
            Some(_) => pending("its containers are being made"),
            None => pending("not scheduled yet"),
        },
    }
}

/// Its controller has never looked at it: all counts are still missing.
fn unobserved(object: Object<'_>) -> Option<Status> {
    let observed = object.number("status.observedGeneration").is_some();
    (!observed).then(|| pending("its controller has not looked at it yet"))
}
