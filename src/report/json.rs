//! The plan as JSON, for programs: `plan --json`. Its schema is `schemas/plan.schema.json`.

use serde::{Deserialize, Serialize};

use crate::model::{Action, ReadFailure, ResourceType, StackName};
use crate::plan::{ChangeRecord, Plan, Stats, Summary};

/// The form of the document; it grows by optional keys without a new number.
pub const FORMAT_VERSION: u32 = 1;

/// The document.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct PlanDocument {
    /// [`FORMAT_VERSION`].
    pub format_version: u32,
    /// `stage-3`; null for a destroy.
    pub stage: Option<String>,
    /// `growth`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub stage_name: Option<String>,
    /// The stack, its environment included.
    pub stack: StackName,
    /// The environment, if one is chosen.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub env: Option<String>,
    /// What is done, sorted by address; what stays as it is is only counted.
    pub changes: Vec<ChangeRecord>,
    /// Counts.
    pub summary: Summary,
    /// What it took.
    pub stats: Stats,
    /// What could not be read: what the stack has left there is in no change.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub unsearched: Vec<Gap>,
}

/// Something that could not be read.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Gap {
    /// `eu-west-1`, or the cluster.
    pub scope: String,
    /// Of which type; all of them where there is none.
    #[serde(rename = "type", default, skip_serializing_if = "Option::is_none")]
    pub resource_type: Option<ResourceType>,
    /// What went wrong.
    pub error: String,
}

impl PlanDocument {
    fn new(plan: &Plan, unsearched: &[ReadFailure]) -> Self {
        let changes = plan.changes.iter().filter(|change| change.action != Action::None);
        Self {
            format_version: FORMAT_VERSION,
            stage: plan.head.stage.as_ref().map(|stage| format!("stage-{}", stage.number)),
            stage_name: plan.head.stage.as_ref().map(|stage| stage.name.clone()),
            stack: plan.head.stack.clone(),
            env: plan.head.env.clone(),
            changes: changes.map(ChangeRecord::from).collect(),
            summary: plan.summary(),
            stats: plan.stats.clone(),
            unsearched: unsearched.iter().map(Gap::from).collect(),
        }
    }
}

impl From<&ReadFailure> for Gap {
    fn from(failure: &ReadFailure) -> Self {
        let ReadFailure { scope, resource_type, error, .. } = failure;
        Self { scope: scope.to_string(), resource_type: resource_type.clone(), error: error.clone() }
    }
}

/// The document's text.
///
/// # Errors
/// Never in practice: all of it is plain data.
pub fn plan(plan: &Plan, unsearched: &[ReadFailure]) -> Result<String, serde_json::Error> {
    serde_json::to_string_pretty(&PlanDocument::new(plan, unsearched))
}
