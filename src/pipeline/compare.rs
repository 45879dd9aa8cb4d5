//! Two stages' blueprints side by side, as a plan that nobody carries out.

use crate::blueprint::Compiled;
use crate::catalog::Catalog;
use crate::diff;
use crate::model::Change;
use crate::plan::{Filter, Fingerprint, Plan, PlanHead, StageRef, Stats};

/// What moving from one stage to another means, told offline; limited to what the filter selects.
pub fn compare(before: &Compiled, after: &Compiled, filter: Filter) -> Plan {
    let mut changes = diff::between(Catalog::embedded(), &before.desired, &after.desired);
    changes.retain(|change: &Change| filter.selects(&change.address));
    let stage = StageRef { number: after.stage.number, name: after.stage.name.clone() };
    Plan {
        head: PlanHead { stack: after.stack.clone(), env: None, stage: Some(stage) },
        changes,
        steps: Vec::new(),
        edges: Vec::new(),
        fingerprint: Fingerprint::default(),
        filter,
        stats: Stats::default(),
    }
}
