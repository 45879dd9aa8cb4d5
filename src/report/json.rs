//! The plan as JSON, for programs: `plan --json`. Its schema is `schemas/plan.schema.json`.

use serde::{Deserialize, Serialize};

use crate::diff::Problem;
use crate::model::{Action, Address, ReadFailure, ResourceType, StackName};
use crate::plan::{ChangeRecord, Filter, Plan, Stats, Summary};

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
    /// What it is limited to, if it is.
    #[serde(default, skip_serializing_if = "Filter::is_empty")]
    pub filter: Filter,
    /// What is done, sorted by address; what stays as it is is only counted.
    pub changes: Vec<ChangeRecord>,
    /// What could not be planned: with any of these, what is not in `changes` may still have to change.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub problems: Vec<ProblemRecord>,
    /// Counts.
    pub summary: Summary,
    /// What it took.
    pub stats: Stats,
    /// What could not be read: what the stack has left there is in no change.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub unsearched: Vec<Gap>,
}

/// A resource that could not be planned.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct ProblemRecord {
    /// Which.
    pub address: Address,
    /// Why.
    pub message: String,
}

impl From<&Problem> for ProblemRecord {
    fn from(problem: &Problem) -> Self {
        let (address, text) = (problem.address().clone(), problem.to_string());
        let message = text.strip_prefix(&format!("{address}: ")).unwrap_or(&text).to_owned();
        Self { address, message }
    }
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
    fn new(plan: &Plan, problems: &[Problem], unsearched: &[ReadFailure]) -> Self {
        let changes = plan.changes.iter().filter(|change| change.action != Action::None);
        Self {
            format_version: FORMAT_VERSION,
            stage: plan.head.stage.as_ref().map(|stage| format!("stage-{}", stage.number)),
            stage_name: plan.head.stage.as_ref().map(|stage| stage.name.clone()),
            stack: plan.head.stack.clone(),
            env: plan.head.env.clone(),
            filter: plan.filter.clone(),
            changes: changes.map(ChangeRecord::from).collect(),
            problems: problems.iter().map(ProblemRecord::from).collect(),
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
pub fn plan(
    plan: &Plan,
    problems: &[Problem],
    unsearched: &[ReadFailure],
) -> Result<String, serde_json::Error> {
    serde_json::to_string_pretty(&PlanDocument::new(plan, problems, unsearched))
}
