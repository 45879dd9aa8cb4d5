//! A change as plain data for files and programs: the form of `--json` and of a saved plan. Secrets are never in it.

use serde::{Deserialize, Serialize};

use crate::model::{
    Action, Address, Change, Consent, Json, PathChange, PropertyPath, ReplaceOrder, ResourceType, Shown,
};

/// One change.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct ChangeRecord {
    /// Which resource.
    pub address: Address,
    /// Its type.
    #[serde(rename = "type")]
    pub resource_type: ResourceType,
    /// The region's code or `global`, as in the address.
    pub region: String,
    /// What is done.
    pub action: Action,
    /// The differences.
    pub paths: Vec<PathRecord>,
    /// Why, where the paths don't say.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub reason: Option<String>,
    /// What the blueprint sets and the provider does not tell: another value would not be seen.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub untold: Vec<PropertyPath>,
    /// The physical id of the live resource.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub identifier: Option<String>,
    /// The order of a replacement.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub replace_order: Option<ReplaceOrder>,
    /// Why it needs `--allow-destroy`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub consent: Option<Consent>,
}

/// One difference.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct PathRecord {
    /// Where.
    pub path: PropertyPath,
    /// Live; null where it is added, or secret.
    pub before: Option<Json>,
    /// Desired; null where it is removed, unknown or secret.
    pub after: Option<Json>,
    /// Whether the type can't change it in place.
    pub forces_replacement: bool,
    /// Whether `after` is known only after the apply.
    #[serde(default, skip_serializing_if = "is_false")]
    pub unknown: bool,
    /// Whether the values are secret.
    #[serde(default, skip_serializing_if = "is_false")]
    pub sensitive: bool,
}

#[expect(clippy::trivially_copy_pass_by_ref, reason = "the signature that serde asks for")]
fn is_false(flag: &bool) -> bool {
    !flag
}

impl From<&Change> for ChangeRecord {
    fn from(change: &Change) -> Self {
        Self {
            address: change.address.clone(),
            resource_type: change.resource_type.clone(),
            region: change.address.place().to_owned(),
            action: change.action,
            paths: change.paths.iter().map(PathRecord::from).collect(),
            reason: change.reason.clone(),
            untold: change.untold.clone(),
            identifier: change.live.as_ref().map(|live| live.identifier.to_string()),
            replace_order: change.replace_order,
            consent: change.consent,
        }
    }
}

impl From<&PathChange> for PathRecord {
    fn from(change: &PathChange) -> Self {
        let value = |shown: &Option<Shown>| match shown {
            Some(Shown::Value(value)) => Some(value.clone()),
            _ => None,
        };
        let is = |kind: Shown| change.before.as_ref() == Some(&kind) || change.after.as_ref() == Some(&kind);
        Self {
            path: change.path.clone(),
            before: value(&change.before),
            after: value(&change.after),
            forces_replacement: change.forces_replacement,
            unknown: is(Shown::KnownAfterApply),
            sensitive: is(Shown::Sensitive),
        }
    }
}
