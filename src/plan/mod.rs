//! The ordered graph of changes, with a fingerprint of what it was computed from. Pure.
//!
//! A [`Plan`] is built from the diff's changes. Each change has up to two [`PlanStep`]s; a step may start when all
//! that it [needs](PlanStep::needs) is done, and among those that may, the one with the longest remaining path goes
//! first.

mod build;
mod exclusive;
mod filter;
mod fingerprint;
pub(crate) mod objects;
mod order;
mod record;
mod references;
mod saved;
mod steps;

#[cfg(test)]
mod tests;

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use crate::model::{Action, Address, Change, Consent, StackName, Step};

pub use build::{PlanError, PlanInput};
pub use filter::{Filter, Missing};
pub use fingerprint::Fingerprint;
pub use record::{ChangeRecord, PathRecord};
pub use saved::{Asked, Difference, SavedPlan, SavedPlanError};

/// What has to be done, and in which order.
#[derive(Clone, Debug)]
pub struct Plan {
    /// Of which stack, towards which stage.
    pub head: PlanHead,
    /// One for every address, those that are as they should be included; sorted by address.
    pub changes: Vec<Change>,
    /// What is done, in an order that respects all needs: a step needs only earlier ones.
    pub steps: Vec<PlanStep>,
    /// Which resource depends on which, both by their index in `changes`.
    pub edges: Vec<(usize, usize)>,
    /// Of what it was computed.
    pub fingerprint: Fingerprint,
    /// What it was limited to.
    pub filter: Filter,
    /// Counts for people.
    pub stats: Stats,
}

/// Whose plan it is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PlanHead {
    /// The stack, its environment included.
    pub stack: StackName,
    /// The environment (`staging`), if one is chosen.
    pub env: Option<String>,
    /// The stage it leads to; none for a destroy.
    pub stage: Option<StageRef>,
}

/// A stage by number and name.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct StageRef {
    /// 1 to 6.
    pub number: u32,
    /// `growth`.
    pub name: String,
}

/// A step's index in [`Plan::steps`].
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct StepId(pub u32);

impl StepId {
    /// As an index.
    pub fn index(self) -> usize {
        self.0 as usize
    }
}

/// A part of a change: a replacement has two.
///
/// A [`Step::Barrier`] is counted to the first of the changes that wait at it.
///
/// A change with [`Action::None`] has a step of kind [`Step::Update`] only where its live resource is still on its
/// way: nothing is sent, it is waited for until it is ready.
#[derive(Clone, Debug)]
pub struct PlanStep {
    /// Its place in the plan.
    pub id: StepId,
    /// Of which resource.
    pub address: Address,
    /// The index of its change in [`Plan::changes`].
    pub change: usize,
    /// What is done. The delete of a replacement takes `change.live`.
    pub step: Step,
    /// The steps that must be done before.
    pub needs: Vec<StepId>,
    /// How long it usually takes, in seconds.
    pub weight_seconds: u32,
    /// How long it and the longest chain of steps behind it usually take, in seconds: higher goes first.
    pub remaining_seconds: u32,
}

/// Counts for people.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Stats {
    /// API calls made to compute the plan, by service.
    pub api_calls: BTreeMap<String, u64>,
}

/// How many changes there are of each kind.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Summary {
    /// To be made.
    pub create: usize,
    /// To be changed in place.
    pub update: usize,
    /// To be replaced.
    pub replace: usize,
    /// To be deleted.
    pub delete: usize,
    /// To be taken over.
    pub adopt: usize,
    /// As they should be.
    pub none: usize,
}

impl Plan {
    /// Orders changes: see [`PlanInput`].
    ///
    /// # Errors
    /// When the filter leaves out what a selected change needs, or changes wait for each other.
    pub fn build(input: PlanInput<'_>) -> Result<Self, PlanError> {
        build::build(input)
    }

    /// Counts the changes.
    pub fn summary(&self) -> Summary {
        let mut summary = Summary::default();
        for change in &self.changes {
            *match change.action {
                Action::Create => &mut summary.create,
                Action::Update => &mut summary.update,
                Action::Replace => &mut summary.replace,
                Action::Delete => &mut summary.delete,
                Action::Adopt => &mut summary.adopt,
                Action::None => &mut summary.none,
            } += 1;
        }
        summary
    }

    /// Whether nothing changes; there may still be something to [wait](PlanStep) for.
    pub fn is_empty(&self) -> bool {
        self.changes.iter().all(|change| change.action == Action::None)
    }

    /// The changes that need consent and are covered by none of these globs: an apply refuses them.
    pub fn without_consent<'a>(&'a self, allow_destroy: &[String]) -> Vec<(&'a Change, Consent)> {
        self.changes
            .iter()
            .filter_map(|change| Some((change, change.consent?)))
            .filter(|(change, _)| !allow_destroy.iter().any(|glob| change.address.matches(glob)))
            .collect()
    }
}
