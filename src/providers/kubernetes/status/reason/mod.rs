//! Why something that waits does not get ready, from its pods and events, and whether waiting is hopeless.
//!
//! [`explain`] reads pods, events and (for Deployments) ReplicaSets of a namespace once for all that wait there;
//! [`Evidence::judge`] is pure. A reason is one line:
//!
//! ```text
//! Deployment shop/api: 0 of 3 replicas ready since 10:41:03Z: 3 pods can't pull nginx:missing: ErrImagePull: ...
//! ```
//!
//! `patience.rs` says what is hopeless when, and why.

mod container;
mod event;
mod fetch;
mod patience;
mod pod;
mod trouble;
mod workload;

pub use fetch::explain;

use jiff::Timestamp;

use self::event::Events;
use self::trouble::{Trouble, grouped};
use super::object::Object;
use super::time::{moment, span};
use crate::model::{JsonMap, Status};

/// What was read of a namespace to tell why things wait there.
#[derive(Debug, Default)]
pub(super) struct Evidence {
    pub(super) pods: Vec<JsonMap>,
    pub(super) replica_sets: Vec<JsonMap>,
    pub(super) events: Vec<JsonMap>,
}

impl Evidence {
    /// The status of an object that waits or failed, with the reason in its words; as it was where none is found.
    pub(super) fn judge(&self, object: &JsonMap, status: &Status, now: Timestamp) -> Status {
        let object = Object::new(object);
        let (Status::Pending(words) | Status::Failed(words)) = status else { return status.clone() };
        let events = Events::new(&self.events);
        if is_claim(object) && events.waits_for_consumer(object) {
            return Status::Ready;
        }
        let findings = workload::findings(object, self, &events);
        if findings.troubles.is_empty() {
            return status.clone();
        }
        let hopeless = matches!(status, Status::Failed(_)) || patience::is_exhausted(&findings, now);
        let line = line(object, words, &findings.troubles, hopeless, now);
        if hopeless { Status::Failed(line) } else { Status::Pending(line) }
    }
}

/// A claim whose storage class binds when a pod asks for the volume is as ready as it can be: whoever waited for more
/// before it makes that pod would wait forever.
fn is_claim(object: Object<'_>) -> bool {
    (object.group(), object.kind()) == ("", "PersistentVolumeClaim")
}

/// The line; how long it lasts stands in the last word alone, for one that waits is told again when its words change.
fn line(object: Object<'_>, words: &str, troubles: &[Trouble], last: bool, now: Timestamp) -> String {
    let name = match object.str("metadata.namespace") {
        "" => object.name().to_owned(),
        namespace => format!("{namespace}/{}", object.name()),
    };
    let since = troubles.iter().filter_map(|trouble| trouble.since).min();
    let lasts = match since {
        Some(since) if last => format!(" since {} ({})", moment(since, now), span(now.duration_since(since))),
        Some(since) => format!(" since {}", moment(since, now)),
        None => String::new(),
    };
    // Words with a message of their own are told apart from it.
    let comma = if words.contains(':') && since.is_some() { "," } else { "" };
    format!("{} {name}: {words}{comma}{lasts}: {}", object.kind(), grouped(troubles, now))
}
