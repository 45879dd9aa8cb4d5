//! What keeps one pod from getting ready.

use jiff::Timestamp;

use super::super::object::{Condition, Object, reasoned};
use super::container;
use super::event::{Event, Events};
use super::trouble::{Kind, Trouble};

/// The reasons of the kubelet's and the volume controllers' warnings about what a pod needs before its containers.
const SANDBOX: [&str; 5] =
    ["FailedMount", "FailedAttachVolume", "FailedMapVolume", "FailedCreatePodSandBox", "NetworkNotReady"];

/// What keeps the pod from getting ready; `None` where nothing does, or nobody has said what.
pub(super) fn trouble(pod: Object<'_>, events: &Events<'_>) -> Option<Trouble> {
    if is_ready(pod) {
        return None;
    }
    let trouble = unscheduled(pod, events)
        .or_else(|| container::trouble(pod, events))
        .or_else(|| ended(pod))
        .or_else(|| sandbox(pod, events))
        .or_else(|| probe(pod, events))?;
    let since = trouble.since.or_else(|| since(pod, &trouble, events));
    Some(trouble.since(since))
}

/// Whether it serves, or has done what it was for.
pub(super) fn is_ready(pod: Object<'_>) -> bool {
    pod.str("status.phase") == "Succeeded" || pod.condition("Ready").is_some_and(Condition::is_true)
}

fn unscheduled(pod: Object<'_>, events: &Events<'_>) -> Option<Trouble> {
    let condition = pod.condition("PodScheduled").filter(|condition| condition.is_false())?;
    let mut detail = condition.message().to_owned();
    if let Some(claim) = claim(pod, events) {
        detail = format!("{} ({claim})", detail.trim_end_matches('.'));
    }
    Some(Trouble::new(Kind::Unscheduled, "", detail).since(condition.since()))
}

/// What was said of a claim that keeps the pod from being scheduled.
fn claim(pod: Object<'_>, events: &Events<'_>) -> Option<String> {
    pod.objects("spec.volumes").find_map(|volume| {
        let name = volume.object("persistentVolumeClaim")?.str("claimName");
        let event = events.named("PersistentVolumeClaim", name).find(|event| event.is_warning())?;
        Some(format!("claim {name}: {}", event.words()))
    })
}

/// It failed as a whole: evicted, or lost with its node.
fn ended(pod: Object<'_>) -> Option<Trouble> {
    (pod.str("status.phase") == "Failed").then(|| {
        let words = reasoned(pod.str("status.reason"), pod.str("status.message"));
        let words = if words.is_empty() { "without success".to_owned() } else { words };
        Trouble::new(Kind::Ended, words, "")
    })
}

fn sandbox(pod: Object<'_>, events: &Events<'_>) -> Option<Trouble> {
    let event = events.latest("Pod", pod, &SANDBOX).filter(|_| pod.str("status.phase") == "Pending")?;
    Some(Trouble::new(Kind::Sandbox, "", event.words()).since(event.first()))
}

fn probe(pod: Object<'_>, events: &Events<'_>) -> Option<Trouble> {
    let event = events.latest("Pod", pod, &["Unhealthy"]).filter(|_| pod.str("status.phase") == "Running")?;
    Some(Trouble::new(Kind::Probe, "", event.message()))
}

/// Since when: a container that crashes may be ready for moments, so its first back-off tells better than the pod's
/// condition.
fn since(pod: Object<'_>, trouble: &Trouble, events: &Events<'_>) -> Option<Timestamp> {
    let backed_off = || events.latest("Pod", pod, &["BackOff"]).and_then(Event::first);
    let crashes = matches!(trouble.kind, Kind::Crash { .. });
    crashes
        .then(backed_off)
        .flatten()
        .or_else(|| pod.condition("Ready")?.since())
        .or_else(|| pod.time("status.startTime"))
        .or_else(|| pod.time("metadata.creationTimestamp"))
}
