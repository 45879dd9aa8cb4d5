//! When waiting is hopeless.
//!
//! A container that crashes or an image that can't be pulled may heal: the database it needs comes up, the image is
//! pushed, a fresh node gets its route to the registry. Kubernetes itself gives a Deployment ten minutes without progress
//! (`progressDeadlineSeconds`) and a StatefulSet or DaemonSet forever, while the kubelet tries at ever longer intervals:
//! 10 s, 20 s, 40 s, 80 s, 160 s, then 300 s. After some tries most of what heals by itself has healed, and an apply that
//! ends early with the reason is worth more than one that waits out the deadline. So it is given up when **all** pods of
//! the newest template are in trouble of these kinds, for at least so long:
//!
//! | trouble | given up after | why |
//! |---|---|---|
//! | an image name that can't be one, or must not be pulled | 30 s | only another manifest mends it |
//! | an image that can't be pulled | 3 min | five tries of the kubelet |
//! | a container that can't be configured or started | 3 min | as long as a Secret made by another controller takes |
//! | a container that crashes | 3 min and 5 restarts | five restarts take five minutes of back-off |
//! | pods that can't be made (quota, admission, service account) | 5 min | quota is freed by the old pods, webhooks start |
//!
//! One pod that is ready, or of which nobody has said anything bad, keeps the hope for all. What no node can take is never
//! given up here: an autoscaler may need many minutes for a node, and the Deployment's own deadline runs. Nor are probes:
//! a slow start looks the same. The crashes of a Job are counted by its own `backoffLimit`.

use jiff::{SignedDuration, Timestamp};

use super::trouble::{Kind, Trouble};
use super::workload::Findings;

const RESTARTS: i64 = 5;

/// Whether waiting longer is hopeless.
pub(super) fn is_exhausted(findings: &Findings, now: Timestamp) -> bool {
    let Findings { troubles, hopeful, gives_up } = findings;
    *hopeful == 0
        && !troubles.is_empty()
        && troubles.iter().all(|trouble| {
            !(*gives_up && matches!(trouble.kind, Kind::Crash { .. })) && has_lasted(trouble, now)
        })
}

fn has_lasted(trouble: &Trouble, now: Timestamp) -> bool {
    let Some(least) = least(trouble.kind) else { return false };
    trouble.since.is_some_and(|since| now.duration_since(since) >= least)
}

/// How long trouble of this kind has to last; `None` where it is never given up.
fn least(kind: Kind) -> Option<SignedDuration> {
    match kind {
        Kind::BadImage => Some(SignedDuration::from_secs(30)),
        Kind::Image | Kind::Start => Some(SignedDuration::from_mins(3)),
        Kind::Crash { restarts, backing_off, .. } => {
            (backing_off && restarts >= RESTARTS).then_some(SignedDuration::from_mins(3))
        }
        Kind::NotMade => Some(SignedDuration::from_mins(5)),
        Kind::Ended | Kind::Unscheduled | Kind::Sandbox | Kind::Probe | Kind::Warning => None,
    }
}
