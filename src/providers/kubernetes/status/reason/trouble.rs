//! One thing that keeps a pod, or what should make pods, from getting ready; and how many have the same.

use jiff::Timestamp;

use super::super::object::one_line;
use super::super::time::moment;

/// What keeps one pod (or the lack of one) from getting ready.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Trouble {
    pub(super) kind: Kind,
    /// What it is about, equal for pods in the same trouble: an image, a container and its exit code.
    pub(super) subject: String,
    /// The message of whoever reported it, on one line; differs from pod to pod.
    pub(super) detail: String,
    /// Since when.
    pub(super) since: Option<Timestamp>,
    /// How many pods it keeps; 0 where it is about the object itself.
    pub(super) pods: usize,
}

/// The kinds of trouble, in the order in which they are told: the nearest to the cause first.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Kind {
    /// The pods themselves can't be made: quota, admission, a missing service account.
    NotMade,
    /// The image's name can't be one, or the image must not be pulled.
    BadImage,
    /// The image can't be pulled.
    Image,
    /// The container can't be configured or started: a missing ConfigMap, Secret or command.
    Start,
    /// The container ends again and again.
    Crash {
        /// How often it was started again.
        restarts: i64,
        /// Whether the kubelet waits longer and longer before the next start.
        backing_off: bool,
        /// When it ended last.
        last: Option<Timestamp>,
    },
    /// The pod has ended, without success.
    Ended,
    /// No node can take the pod.
    Unscheduled,
    /// The pod's volumes or its network are not there.
    Sandbox,
    /// It runs, and a probe says that it is not ready.
    Probe,
    /// Something that a controller warned of about the object itself.
    Warning,
}

impl Trouble {
    pub(super) fn new(kind: Kind, subject: impl Into<String>, detail: impl AsRef<str>) -> Self {
        Self { kind, subject: subject.into(), detail: one_line(detail.as_ref()), since: None, pods: 1 }
    }

    pub(super) fn since(self, since: Option<Timestamp>) -> Self {
        Self { since, ..self }
    }

    pub(super) fn of_pods(self, pods: usize) -> Self {
        Self { pods, ..self }
    }

    fn is_like(&self, other: &Self) -> bool {
        std::mem::discriminant(&self.kind) == std::mem::discriminant(&other.kind)
            && self.subject == other.subject
    }

    /// The trouble of several pods as one: since the first, with the most restarts.
    fn joined(mut self, other: &Self) -> Self {
        self.pods += other.pods;
        self.since = [self.since, other.since].into_iter().flatten().min();
        if let (Kind::Crash { restarts, last, .. }, Kind::Crash { restarts: more, last: later, .. }) =
            (&mut self.kind, &other.kind)
        {
            *restarts = (*restarts).max(*more);
            *last = (*last).max(*later);
        }
        if self.detail.is_empty() {
            self.detail.clone_from(&other.detail);
        }
        self
    }

    fn words(&self, now: Timestamp) -> String {
        let Self { subject, .. } = self;
        let pods = if self.pods == 1 { "1 pod".to_owned() } else { format!("{} pods", self.pods) };
        let said = match self.kind {
            Kind::NotMade => format!("{pods} can't be made"),
            Kind::BadImage | Kind::Image => format!("{pods} can't pull {subject}"),
            Kind::Start => format!("{pods} can't start {subject}"),
            Kind::Crash { restarts, last, .. } => {
                format!("{pods} {}: {subject}{}", verb(self.pods, "crash"), again(restarts, last, now))
            }
            Kind::Ended => format!("{pods} ended: {subject}"),
            Kind::Unscheduled => format!("{pods} can't be scheduled"),
            Kind::Sandbox => {
                format!("{pods} {} for volumes or the network", verb(self.pods, "wait"))
            }
            Kind::Probe => {
                format!("{pods} {} but {} not ready", verb(self.pods, "run"), be(self.pods))
            }
            Kind::Warning => return self.detail.clone(),
        };
        if self.detail.is_empty() { said } else { format!("{said}: {}", self.detail) }
    }
}

/// All troubles in one line: equal ones counted, the three that come first named.
pub(super) fn grouped(troubles: &[Trouble], now: Timestamp) -> String {
    const MOST: usize = 3;
    let mut groups: Vec<Trouble> = Vec::new();
    for trouble in troubles {
        match groups.iter().position(|group| group.is_like(trouble)) {
            Some(index) => groups[index] = groups[index].clone().joined(trouble),
            None => groups.push(trouble.clone()),
        }
    }
    groups.sort_by_key(|group| (group.kind, std::cmp::Reverse(group.pods)));
    let mut words: Vec<_> = groups.iter().take(MOST).map(|group| group.words(now)).collect();
    if groups.len() > MOST {
        words.push(format!("and {} more kinds of trouble", groups.len() - MOST));
    }
    words.join("; ")
}

fn verb(count: usize, verb: &str) -> String {
    if count == 1 {
        format!("{verb}{}", if verb.ends_with("sh") { "es" } else { "s" })
    } else {
        verb.to_owned()
    }
}

fn be(count: usize) -> &'static str {
    if count == 1 { "is" } else { "are" }
}

fn again(restarts: i64, last: Option<Timestamp>, now: Timestamp) -> String {
    let last = last.map(|last| format!(", last at {}", moment(last, now))).unwrap_or_default();
    match restarts {
        0 => last,
        1 => format!(", 1 restart{last}"),
        _ => format!(", {restarts} restarts{last}"),
    }
}
