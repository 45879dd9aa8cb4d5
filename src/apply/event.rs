//! The events of an apply: the whole interface between the executor and its readers (progress, JSON, ledger).

use serde::{Deserialize, Serialize};
use tokio::sync::mpsc::UnboundedReceiver;

use crate::model::{Action, Address, Identifier, ResourceType, Step};

/// Something that happened while a plan was carried out. Times are milliseconds since the apply began.
#[derive(Clone, Debug, Serialize)]
#[serde(tag = "event", rename_all = "snake_case", rename_all_fields = "snake_case")]
pub enum Event {
    /// The apply begins.
    Began {
        /// Of which stack.
        stack: String,
        /// Towards which stage; none for a destroy.
        stage: Option<String>,
        /// How many changes there are to carry out.
        changes: usize,
        /// When, in RFC 3339.
        at: String,
    },
    /// A step of a change begins.
    Started {
        /// Of which resource.
        address: Address,
        /// Its type.
        #[serde(rename = "type")]
        resource_type: ResourceType,
        /// What the plan says of it.
        action: Action,
        /// The step.
        step: Step,
        /// When.
        at_ms: u64,
    },
    /// The call went through; the resource is on its way.
    Waiting {
        /// Which resource.
        address: Address,
        /// Its physical id.
        identifier: Identifier,
        /// What it waits for, in the provider's words.
        reason: String,
        /// When.
        at_ms: u64,
    },
    /// A call failed in a way that another try may mend.
    Retrying {
        /// Which resource.
        address: Address,
        /// What went wrong.
        error: String,
        /// The attempt that failed, from 1.
        attempt: u32,
        /// How long until the next, in milliseconds.
        after_ms: u64,
        /// When.
        at_ms: u64,
    },
    /// A step is done: the resource is ready, or gone.
    Finished {
        /// Which resource.
        address: Address,
        /// Its type.
        #[serde(rename = "type")]
        resource_type: ResourceType,
        /// What the plan says of it.
        action: Action,
        /// The step.
        step: Step,
        /// Its physical id.
        identifier: Identifier,
        /// How long the step took.
        took_ms: u64,
        /// When.
        at_ms: u64,
    },
    /// A step failed for good.
    Failed {
        /// Which resource.
        address: Address,
        /// What the plan says of it.
        action: Action,
        /// The step.
        step: Step,
        /// What went wrong.
        error: String,
        /// When.
        at_ms: u64,
    },
    /// A change was not begun.
    Skipped {
        /// Which resource.
        address: Address,
        /// What the plan says of it.
        action: Action,
        /// Why: what it depends on failed, or the apply was interrupted.
        reason: String,
        /// When.
        at_ms: u64,
    },
    /// The user asked to stop: nothing new starts.
    Interrupted {
        /// How many steps are still under way.
        running: usize,
        /// When.
        at_ms: u64,
    },
    /// The apply is over.
    Ended {
        /// How it went.
        outcome: Outcome,
        /// When.
        at_ms: u64,
    },
}

/// What came of an apply, counted in changes.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Outcome {
    /// Carried out.
    pub done: usize,
    /// Failed.
    pub failed: usize,
    /// Not begun.
    pub skipped: usize,
    /// Under way when the apply was left.
    #[serde(default)]
    pub unfinished: usize,
    /// Whether the user stopped it.
    pub interrupted: bool,
}

/// A reader of events.
pub trait Listener {
    /// Something happened. What a listener fails at must not stop an apply.
    fn hear(&mut self, event: &Event);
}

/// Hands events to all listeners until the apply is over.
pub async fn relay(mut events: UnboundedReceiver<Event>, listeners: &mut [&mut (dyn Listener + Send)]) {
    while let Some(event) = events.recv().await {
        for listener in listeners.iter_mut() {
            listener.hear(&event);
        }
    }
}
