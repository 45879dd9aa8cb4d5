//! A plan in a file: what was shown, and the fingerprint of what it was computed from. Secrets are never in it.
//!
//! `apply <file>` computes the plan again and carries out that fresh one, if [`SavedPlan::verify`] finds that both
//! are the same. The file's schema is `schemas/saved-plan.schema.json`.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};
use thiserror::Error;

use crate::model::{Action, Address, StackName};

use super::{ChangeRecord, Filter, Fingerprint, Plan, PlanHead, StageRef, Summary};

/// The form of the file; a reader refuses others.
const FORMAT_VERSION: u32 = 1;

/// A plan as it lies in a file.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct SavedPlan {
    /// The form of the file.
    pub format_version: u32,
    /// The stack, its environment included.
    pub stack: StackName,
    /// The environment, if one was chosen.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub env: Option<String>,
    /// The stage it leads to; none for a destroy.
    pub stage: Option<StageRef>,
    /// What it was limited to.
    #[serde(default)]
    pub filter: Filter,
    /// What else was asked for.
    #[serde(flatten)]
    pub asked: Asked,
    /// Of what it was computed.
    pub fingerprint: Fingerprint,
    /// What is done, sorted by address; what stays as it is is not listed.
    pub changes: Vec<ChangeRecord>,
    /// Counts.
    pub summary: Summary,
}

/// What an apply of a saved plan asks for once more.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Asked {
    /// The blueprint's file, as seen from the project's folder.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub blueprint: Option<String>,
    /// `--var`, as given. Secrets are references in blueprints, and no variable has to be one.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub vars: Vec<String>,
    /// The globs of `--allow-destroy`.
    #[serde(default)]
    pub allow_destroy: Vec<String>,
}

/// Why a file is no saved plan.
#[derive(Debug, Error)]
pub enum SavedPlanError {
    /// It is not JSON of the right form.
    #[error("this is not a saved plan: {0}; make one with `stackctl plan --out <file>`")]
    Form(#[from] serde_json::Error),
    /// It is of another stackctl.
    #[error("the saved plan has format {found}, this stackctl reads {FORMAT_VERSION}; plan again")]
    Version {
        /// The format in the file.
        found: u64,
    },
}

/// Something that is not as it was when the plan was saved.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
pub enum Difference {
    /// Another stack, environment, stage or filter.
    #[error("the {what} was {saved} and is {now}")]
    Head {
        /// Which of them.
        what: &'static str,
        /// When it was saved.
        saved: String,
        /// Now.
        now: String,
    },
    /// A file, a variable or the environment.
    #[error("the blueprint has changed")]
    Blueprint,
    /// The live resource looks different.
    #[error("{resource} has changed")]
    Changed {
        /// `<type> <scope> <identifier>`.
        resource: String,
    },
    /// The live resource is new.
    #[error("{resource} has appeared")]
    Appeared {
        /// `<type> <scope> <identifier>`.
        resource: String,
    },
    /// The live resource is gone.
    #[error("{resource} is gone")]
    Gone {
        /// `<type> <scope> <identifier>`.
        resource: String,
    },
    /// Something else would be done.
    #[error("{address} {}", would(*.saved, *.now))]
    Change {
        /// To which resource.
        address: Address,
        /// What was planned.
        saved: Action,
        /// What would be done.
        now: Action,
    },
}

impl SavedPlan {
    /// A plan as it is to be saved.
    pub fn new(plan: &Plan, asked: Asked) -> Self {
        let PlanHead { stack, env, stage } = plan.head.clone();
        Self {
            format_version: FORMAT_VERSION,
            stack,
            env,
            stage,
            filter: plan.filter.clone(),
            asked,
            fingerprint: plan.fingerprint.clone(),
            changes: records(plan),
            summary: plan.summary(),
        }
    }

    /// Reads a saved plan.
    ///
    /// # Errors
    /// When the text is not one, or of another format.
    pub fn parse(text: &str) -> Result<Self, SavedPlanError> {
        let json: serde_json::Value = serde_json::from_str(text)?;
        match json.get("format_version").and_then(serde_json::Value::as_u64) {
            Some(found) if found != u64::from(FORMAT_VERSION) => Err(SavedPlanError::Version { found }),
            _ => Ok(serde_json::from_value(json)?),
        }
    }

    /// The text of the file.
    ///
    /// # Errors
    /// Never in practice: all of it is plain data.
    pub fn to_json(&self) -> Result<String, SavedPlanError> {
        Ok(serde_json::to_string_pretty(self)? + "\n")
    }

    /// Whether the same plan, computed again, is still the same.
    ///
    /// # Errors
    /// With everything that differs.
    pub fn verify(&self, fresh: &Plan) -> Result<(), Vec<Difference>> {
        let mut differences = self.head_differences(fresh);
        if self.fingerprint.blueprint != fresh.fingerprint.blueprint {
            differences.push(Difference::Blueprint);
        }
        let changes = self.change_differences(fresh);
        let told = self.resources_of(&changes, fresh);
        let live = live_differences(&self.fingerprint, &fresh.fingerprint);
        differences.extend(live.into_iter().filter(|one| !told.iter().any(|of| of.is(one))));
        differences.extend(changes);
        if differences.is_empty() { Ok(()) } else { Err(differences) }
    }

    fn head_differences(&self, fresh: &Plan) -> Vec<Difference> {
        let stage = |stage: &Option<StageRef>| {
            stage
                .as_ref()
                .map_or_else(|| "none".to_owned(), |stage| format!("{} ({})", stage.number, stage.name))
        };
        let env = |env: &Option<String>| env.clone().unwrap_or_else(|| "none".to_owned());
        let filter = |filter: &Filter| serde_json::to_string(filter).unwrap_or_default();
        let pairs = [
            ("stack", self.stack.to_string(), fresh.head.stack.to_string()),
            ("environment", env(&self.env), env(&fresh.head.env)),
            ("stage", stage(&self.stage), stage(&fresh.head.stage)),
            ("selection", filter(&self.filter), filter(&fresh.filter)),
            ("account", self.fingerprint.account.clone(), fresh.fingerprint.account.clone()),
            ("version of stackctl", self.fingerprint.version.clone(), fresh.fingerprint.version.clone()),
        ];
        let different = pairs.into_iter().filter(|(_, saved, now)| saved != now);
        different.map(|(what, saved, now)| Difference::Head { what, saved, now }).collect()
    }

    /// The live resources of addresses that are named already.
    fn resources_of(&self, changes: &[Difference], fresh: &Plan) -> Vec<Resource> {
        let named = |address: &Address| {
            changes.iter().any(|one| matches!(one, Difference::Change { address: of, .. } if of == address))
        };
        let saved = self.changes.iter().filter(|record| named(&record.address)).filter_map(|record| {
            Some(Resource(record.resource_type.to_string(), record.identifier.clone()?))
        });
        let fresh = fresh.changes.iter().filter(|change| named(&change.address)).filter_map(|change| {
            Some(Resource(change.resource_type.to_string(), change.live.as_ref()?.identifier.to_string()))
        });
        saved.chain(fresh).collect()
    }

    fn change_differences(&self, fresh: &Plan) -> Vec<Difference> {
        let now = records(fresh);
        let by_address = |records: &[ChangeRecord]| -> BTreeMap<Address, ChangeRecord> {
            records.iter().map(|record| (record.address.clone(), record.clone())).collect()
        };
        let (saved, now) = (by_address(&self.changes), by_address(&now));
        let action = |record: Option<&ChangeRecord>| record.map_or(Action::None, |record| record.action);
        let mut addresses: Vec<&Address> = saved.keys().chain(now.keys()).collect();
        addresses.sort_unstable();
        addresses.dedup();
        addresses
            .into_iter()
            .filter(|address| saved.get(*address) != now.get(*address))
            .map(|address| Difference::Change {
                address: address.clone(),
                saved: action(saved.get(address)),
                now: action(now.get(address)),
            })
            .collect()
    }
}

/// A live resource by type and identifier.
struct Resource(String, String);

impl Resource {
    /// Whether a difference is about it.
    fn is(&self, difference: &Difference) -> bool {
        let (Difference::Changed { resource }
        | Difference::Appeared { resource }
        | Difference::Gone { resource }) = difference
        else {
            return false;
        };
        let rest = resource.strip_prefix(&self.0).and_then(|rest| rest.strip_suffix(&self.1));
        rest.is_some_and(|scope| scope.starts_with(' ') && scope.ends_with(' '))
    }
}

/// `would now be updated, not created`.
fn would(saved: Action, now: Action) -> String {
    let word = |action| match action {
        Action::Create => "created",
        Action::Update => "updated",
        Action::Replace => "replaced",
        Action::Delete => "deleted",
        Action::Adopt => "taken over",
        Action::None => "left as it is",
    };
    if saved == now {
        format!("would still be {}, but in another way", word(now))
    } else {
        format!("would now be {}, not {}", word(now), word(saved))
    }
}

fn records(plan: &Plan) -> Vec<ChangeRecord> {
    plan.changes.iter().filter(|change| change.action != Action::None).map(ChangeRecord::from).collect()
}

fn live_differences(saved: &Fingerprint, now: &Fingerprint) -> Vec<Difference> {
    let mut differences = Vec::new();
    for (resource, digest) in &saved.live {
        let resource = resource.clone();
        match now.live.get(&resource) {
            None => differences.push(Difference::Gone { resource }),
            Some(other) if other != digest => differences.push(Difference::Changed { resource }),
            Some(_) => {}
        }
    }
    let appeared = now.live.keys().filter(|resource| !saved.live.contains_key(*resource));
    differences.extend(appeared.map(|resource| Difference::Appeared { resource: resource.clone() }));
    differences
}
