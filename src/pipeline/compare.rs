//! Two stages' blueprints side by side, as a plan that nobody carries out.

use super::selection;
use crate::blueprint::Compiled;
use crate::catalog::Catalog;
use crate::diff;
use crate::model::Change;
use crate::plan::{Filter, Fingerprint, Plan, PlanError, PlanHead, StageRef, Stats};

/// What moving from one stage to another means, told offline; limited to what the filter selects.
///
/// # Errors
/// When the filter names what neither of them has.
pub fn compare(before: &Compiled, after: &Compiled, filter: Filter) -> Result<Plan, PlanError> {
    let mut changes = diff::between(Catalog::embedded(), &before.desired, &after.desired);
    let regions = before.stage.regions.iter().chain(&after.stage.regions).cloned().collect();
    selection::known(&filter, &regions, &changes.iter().map(|change| &change.address).collect())?;
    changes.retain(|change: &Change| filter.selects(&change.address));
    let stage = StageRef { number: after.stage.number, name: after.stage.name.clone() };
    Ok(Plan {
        head: PlanHead { stack: after.stack.clone(), env: None, stage: Some(stage) },
        changes,
        steps: Vec::new(),
        edges: Vec::new(),
        fingerprint: Fingerprint::default(),
        filter,
        stats: Stats::default(),
    })
}
