//! Desired x live -> changes. Pure: no I/O, not async.
//!
//! [`diff`] goes through the desired resources in dependency order, so that what one refers to is decided before it:
//! attributes of what stays are known, those of what is made or replaced are not. What is live and claimed by nothing
//! desired is an orphan. [`delta`] is the same comparison at apply time, when all is known.

mod adoption;
mod compare;
mod decide;
mod document;
mod evaluate;
mod fields;
mod inline;
mod left_alone;
mod list;
mod matching;
mod mutual;
mod object;
mod problem;
mod rules;
mod session;
mod stages;
mod successor;
mod trail;
mod verdict;
mod version;

#[cfg(test)]
pub(crate) mod tests;

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use crate::catalog::Catalog;
use crate::identity::KnownAttributes;
use crate::model::{Address, Change, Desired, Forecasts, Live, ReadFailure, StackName};

pub use evaluate::delta;
pub use problem::Problem;
pub use stages::between;

/// Both sides, and what could not be read.
#[derive(Clone, Copy)]
pub struct Input<'a> {
    /// The types' rules.
    pub catalog: &'a Catalog,
    /// Whose resources these are.
    pub stack: &'a StackName,
    /// The blueprint's side; empty for a destroy.
    pub desired: &'a [Arc<Desired>],
    /// The provider's side.
    pub live: &'a [Arc<Live>],
    /// What providers say would come of updates, as far as they were asked.
    pub forecasts: &'a Forecasts,
    /// What lookups found.
    pub lookups: &'a BTreeMap<Address, Arc<Live>>,
    /// Lookups that found nothing, with the reason.
    pub failed_lookups: &'a BTreeMap<Address, String>,
    /// What could not be read.
    pub failures: &'a [ReadFailure],
    /// Addresses that a blueprint protects although it is not the one that is applied: those of a destroy.
    pub protected: &'a BTreeSet<Address>,
}

/// The outcome.
#[derive(Clone, Debug)]
pub struct Diff {
    /// One for each desired resource without a problem and one for each orphan; sorted by address.
    pub changes: Vec<Change>,
    /// What could not be planned, sorted by address.
    pub problems: Vec<Problem>,
    /// The attributes that are known before anything is applied.
    pub known: KnownAttributes,
    /// Objects that seem to differ, of which only a forecast of their server can tell; where there is none, what
    /// `changes` says of them stands.
    pub uncertain: Vec<Address>,
}

/// Compares desired with live resources.
///
/// The outcome does not depend on the order of either. Dependencies among desired resources must not be circular,
/// which the blueprint's compiler sees to; a circle's members are treated in the order of their addresses.
pub fn diff(input: &Input<'_>) -> Diff {
    session::Session::new(input).run()
}
