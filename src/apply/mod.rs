//! Carries a plan out: schedules, paces, waits, records. Emits [`Event`]s and knows nothing of their readers.
//!
//! [`Apply::run`] is one future. Dropping it is as safe as killing the process: the next run converges.

mod announce;
mod context;
mod create;
mod delete;
mod error;
mod event;
mod pace;
mod parts;
mod poll;
mod report;
mod retry;
mod schedule;
mod settings;
mod settle;
mod stop;
mod update;
mod wait;
mod watch;

use std::sync::PoisonError;
use std::time::Duration;

use jiff::Timestamp;
use tokio::sync::mpsc::UnboundedSender;
use tokio::time::Instant;

use crate::catalog::Catalog;
use crate::identity::KnownAttributes;
use crate::model::Action;
use crate::plan::Plan;
use crate::providers::Provider;

pub use crate::model::Step;
pub use announce::{Announcement, AnnouncementError, Announcements};
pub use error::{StepError, human};
pub use event::{Event, Listener, Outcome, relay};
pub use report::{ChangeResult, Ending, Report};
pub use settings::{PaceSettings, PollSettings, RetrySettings, Settings};
pub use stop::{Stop, Wish};

use context::Context;
use schedule::{Progress, Schedule};

/// Everything that an apply needs.
pub struct Apply<'a> {
    /// What is to be done.
    pub plan: &'a Plan,
    /// Where.
    pub provider: &'a dyn Provider,
    /// The schemas.
    pub catalog: &'a Catalog,
    /// What is known beyond the plan's live resources: lookups.
    pub known: KnownAttributes,
    /// Where creates that can't be deduplicated are announced.
    pub announcements: &'a dyn Announcements,
    /// How many applies the ledger has seen end; part of client tokens.
    pub finished_applies: u64,
    /// Address globs of what may be destroyed with the data it holds.
    pub allow_destroy: &'a [String],
    /// How patient and how fast.
    pub settings: Settings,
    /// How it can be stopped.
    pub stop: Stop,
    /// Who listens.
    pub events: UnboundedSender<Event>,
}

impl Apply<'_> {
    /// Carries the plan out. What fails is in the report; there is no other error.
    pub async fn run(self) -> Report {
        let stop = self.stop.clone();
        let started = Instant::now();
        let plan = self.plan;
        let cx = Context::new(self);
        cx.emit(Event::Began {
            stack: plan.head.stack.to_string(),
            stage: plan.head.stage.as_ref().map(|stage| format!("stage-{}", stage.number)),
            changes: changes_with_steps(plan),
            at: Timestamp::now().to_string(),
        });
        let progress = Schedule::new(&cx, &stop).run().await;
        let report = finish(&cx, progress, started.elapsed(), stop.wish() != Wish::GoOn);
        cx.emit(Event::Ended { outcome: report.outcome.clone(), at_ms: cx.at_ms() });
        report
    }
}

fn finish(cx: &Context<'_>, progress: Vec<Progress>, took: Duration, stopped: bool) -> Report {
    // What the plan has read and does not make is no question any more.
    let makes = |action| matches!(action, Action::Create | Action::Replace);
    for change in cx.plan.changes.iter().filter(|change| !makes(change.action)) {
        cx.announcements.settle(&change.address);
    }
    let begun = |progress: &Progress| matches!(progress, Progress::Done | Progress::Failed(_));
    let interrupted = stopped && !progress.iter().all(begun);
    let known = std::mem::take(&mut *cx.known.write().unwrap_or_else(PoisonError::into_inner));
    Report::new(cx.plan, progress, known, took, interrupted)
}

fn changes_with_steps(plan: &Plan) -> usize {
    let mut seen = vec![false; plan.changes.len()];
    for step in &plan.steps {
        seen[step.change] = true;
    }
    seen.into_iter().filter(|seen| *seen).count()
}
