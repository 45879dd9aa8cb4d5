//! The troubles of an object that waits: those of its newest pods, of the pods that it lacks, or its own.

use super::super::object::{Condition, Object};
use super::event::Events;
use super::trouble::{Kind, Trouble};
use super::{Evidence, pod};

/// The annotation by which the Deployment controller counts its ReplicaSets.
const REVISION: &str = "deployment.kubernetes.io/revision";
/// The annotation and the label by which the DaemonSet controller tells pods of an older template.
const TEMPLATE_GENERATION: &str = "deprecated.daemonset.template.generation";
const POD_TEMPLATE_GENERATION: &str = "pod-template-generation";
/// The label of a StatefulSet's pods that names their template.
const REVISION_HASH: &str = "controller-revision-hash";

/// What was found out about an object that waits.
#[derive(Debug, Default)]
pub(super) struct Findings {
    /// One entry a pod in trouble, one for all pods that can't be made, or one for the object itself.
    pub(super) troubles: Vec<Trouble>,
    /// How many of its newest pods are ready, or get there as far as anybody has said.
    pub(super) hopeful: usize,
    /// Whether its own controller counts the failures and gives up: a Job's does.
    pub(super) gives_up: bool,
}

/// Why an object waits.
pub(super) fn findings(object: Object<'_>, evidence: &Evidence, events: &Events<'_>) -> Findings {
    let Some(maker) = Maker::of(object, evidence) else {
        let warning = events
            .warning(object.kind(), object)
            .map(|event| Trouble::new(Kind::Warning, "", event.words()).since(event.first()).of_pods(0));
        return Findings { troubles: warning.into_iter().collect(), ..Findings::default() };
    };
    let pods = maker.pods(evidence);
    let mut troubles: Vec<_> = pods.iter().filter_map(|pod| pod::trouble(*pod, events)).collect();
    let hopeful = pods.len() - troubles.len();
    troubles.extend(maker.lacking(pods.len(), events));
    Findings { troubles, hopeful, gives_up: object.kind() == "Job" }
}

/// Whatever makes the pods of an object.
struct Maker<'a> {
    object: Object<'a>,
    /// The kind and the object that own the pods: a Deployment's newest ReplicaSet; none where it is not made yet.
    owner: Option<(&'static str, Object<'a>)>,
}

impl<'a> Maker<'a> {
    fn of(object: Object<'a>, evidence: &'a Evidence) -> Option<Self> {
        let owner = match (object.group(), object.kind()) {
            ("apps" | "extensions", "Deployment") => {
                newest_replica_set(object, evidence).map(|newest| ("ReplicaSet", newest))
            }
            ("apps" | "extensions", "ReplicaSet") => Some(("ReplicaSet", object)),
            ("", "ReplicationController") => Some(("ReplicationController", object)),
            ("apps", "StatefulSet") => Some(("StatefulSet", object)),
            ("apps" | "extensions", "DaemonSet") => Some(("DaemonSet", object)),
            ("batch", "Job") => Some(("Job", object)),
            ("", "Pod") => Some(("Pod", object)),
            _ => return None,
        };
        Some(Self { object, owner })
    }

    /// The pods of the newest template that are to stay.
    fn pods(&self, evidence: &'a Evidence) -> Vec<Object<'a>> {
        let Some((kind, owner)) = self.owner else { return Vec::new() };
        if kind == "Pod" {
            return vec![self.object];
        }
        let pods = evidence.pods.iter().map(Object::new);
        pods.filter(|pod| pod.is_controlled_by(kind, owner) && !pod.is_deleting())
            .filter(|pod| kind == "Job" || pod.str("status.phase") != "Failed")
            .filter(|pod| self.is_newest(*pod))
            .collect()
    }

    /// Whether a pod is of the newest template, as far as the object and the pod tell.
    fn is_newest(&self, pod: Object<'_>) -> bool {
        let (newest, own) = match self.object.kind() {
            "StatefulSet" => {
                (self.object.str("status.updateRevision"), pod.entry("metadata.labels", REVISION_HASH))
            }
            "DaemonSet" => (
                self.object.entry("metadata.annotations", TEMPLATE_GENERATION),
                pod.entry("metadata.labels", POD_TEMPLATE_GENERATION),
            ),
            _ => return true,
        };
        newest.is_empty() || own.is_empty() || newest == own
    }

    /// Why pods can't be made, where some are lacking: a condition of the Deployment, or the owner's events.
    fn lacking(&self, made: usize, events: &Events<'_>) -> Option<Trouble> {
        let wanted = usize::try_from(self.wanted()).unwrap_or(0);
        let lacking = wanted.checked_sub(made).filter(|lacking| *lacking > 0)?;
        let trouble = self
            .condition()
            .map(|condition| Trouble::new(Kind::NotMade, "", condition.words()).since(condition.since()));
        let event = || {
            let (kind, owner) = self.owner?;
            let event = events.latest(kind, owner, &["FailedCreate"])?;
            Some(Trouble::new(Kind::NotMade, "", event.words()).since(event.first()))
        };
        trouble.or_else(event).map(|trouble| trouble.of_pods(lacking))
    }

    /// The condition by which a controller says that it can't make pods, or the ReplicaSet for them.
    fn condition(&self) -> Option<Condition<'a>> {
        let failure = self.object.condition("ReplicaFailure").filter(|condition| condition.is_true());
        failure.or_else(|| {
            self.object
                .condition("Progressing")
                .filter(|condition| condition.reason() == "ReplicaSetCreateError")
        })
    }

    /// How many pods there are to be.
    fn wanted(&self) -> i64 {
        match self.object.kind() {
            "DaemonSet" => self.object.count("status.desiredNumberScheduled"),
            // Pods that have ended are counted by the Job, not here: without any pod, it lacks one.
            "Job" | "Pod" => 1,
            _ => self.object.number("spec.replicas").unwrap_or(1),
        }
    }
}

/// The ReplicaSet of the Deployment's newest template.
fn newest_replica_set<'a>(deployment: Object<'_>, evidence: &'a Evidence) -> Option<Object<'a>> {
    let sets = evidence.replica_sets.iter().map(Object::new);
    sets.filter(|set| set.is_controlled_by("Deployment", deployment))
        .max_by_key(|set| set.entry("metadata.annotations", REVISION).parse::<u64>().unwrap_or(0))
}
