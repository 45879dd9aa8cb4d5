//! What came of an apply.

use std::time::Duration;

use super::error::StepError;
use super::event::Outcome;
use super::schedule::Progress;
use crate::identity::KnownAttributes;
use crate::model::{Action, Address};
use crate::plan::Plan;

/// What came of an apply, change by change.
#[derive(Clone, Debug)]
pub struct Report {
    /// In numbers.
    pub outcome: Outcome,
    /// Every change that had something to do, in the plan's order.
    pub results: Vec<ChangeResult>,
    /// What is known of all resources now: for the stage's outputs.
    pub attributes: KnownAttributes,
    /// How long it took.
    pub took: Duration,
}

/// What came of one change.
#[derive(Clone, Debug)]
pub struct ChangeResult {
    /// Of which resource.
    pub address: Address,
    /// What the plan said.
    pub action: Action,
    /// What happened.
    pub ending: Ending,
}

/// How a change ended.
#[derive(Clone, Debug)]
pub enum Ending {
    /// It was carried out.
    Done,
    /// It failed.
    Failed(StepError),
    /// It was not begun, or not finished because of what it needs.
    Skipped(String),
    /// It was under way when the apply was left.
    Unfinished,
}

impl Report {
    /// Whether all that was planned is done.
    pub fn is_complete(&self) -> bool {
        let Outcome { failed, skipped, unfinished, interrupted, .. } = self.outcome;
        failed + skipped + unfinished == 0 && !interrupted
    }

    pub(super) fn new(
        plan: &Plan,
        progress: Vec<Progress>,
        attributes: KnownAttributes,
        took: Duration,
        interrupted: bool,
    ) -> Self {
        let mut endings: Vec<Option<Ending>> = vec![None; plan.changes.len()];
        for (step, progress) in plan.steps.iter().zip(progress) {
            let ending = ending_of(progress);
            let slot = &mut endings[step.change];
            if slot.as_ref().is_none_or(|before| rank(&ending) > rank(before)) {
                *slot = Some(ending);
            }
        }
        let mut outcome = Outcome { interrupted, ..Outcome::default() };
        let mut results = Vec::new();
        for (change, ending) in plan.changes.iter().zip(endings) {
            let Some(ending) = ending else { continue };
            *match &ending {
                Ending::Done => &mut outcome.done,
                Ending::Failed(_) => &mut outcome.failed,
                Ending::Skipped(_) => &mut outcome.skipped,
                Ending::Unfinished => &mut outcome.unfinished,
            } += 1;
            results.push(ChangeResult { address: change.address.clone(), action: change.action, ending });
        }
        Self { outcome, results, attributes, took }
    }
}

fn ending_of(progress: Progress) -> Ending {
    match progress {
        Progress::Done => Ending::Done,
        Progress::Running => Ending::Unfinished,
        Progress::Failed(error) => Ending::Failed(error),
        Progress::Skipped(reason) => Ending::Skipped(reason),
        Progress::Queued => Ending::Skipped("it was not reached".to_owned()),
    }
}

/// Of a change's two steps, the worse ending counts.
fn rank(ending: &Ending) -> u8 {
    match ending {
        Ending::Done => 0,
        Ending::Skipped(_) => 1,
        Ending::Unfinished => 2,
        Ending::Failed(_) => 3,
    }
}
