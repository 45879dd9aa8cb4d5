//! The history of applies: one object each, put together from the apply's events.

use std::collections::BTreeMap;

use indexmap::IndexMap;
use jiff::Timestamp;
use object_store::PutMode;
use serde::{Deserialize, Serialize};

use super::{Ledger, LockInfo, Result};
use crate::apply::{Event, Listener, Outcome};
use crate::model::{Address, ResourceType};

/// One apply, as the history keeps it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct ApplyRecord {
    /// Who ran it.
    pub who: String,
    /// On which machine.
    pub host: String,
    /// What was run: `apply stage-3`.
    pub command: String,
    /// The version of stackctl.
    pub version: String,
    /// The stage it went to; none for a destroy.
    pub stage: Option<String>,
    /// When it began.
    pub began: Timestamp,
    /// When it ended; none if it never did.
    pub ended: Option<Timestamp>,
    /// How it went.
    pub outcome: Outcome,
    /// What happened to each resource, in the order in which they were begun.
    pub changes: Vec<ChangeRecord>,
    /// API calls by service.
    #[serde(default)]
    pub api_calls: BTreeMap<String, u64>,
}

/// What happened to one resource.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct ChangeRecord {
    /// Which.
    pub address: Address,
    /// Its type, where it was begun.
    #[serde(rename = "type", skip_serializing_if = "Option::is_none")]
    pub resource_type: Option<ResourceType>,
    /// `create`, `update`, `replace`, `delete`, `adopt`.
    pub action: String,
    /// How it ended.
    pub fate: Fate,
    /// How long its steps took, in milliseconds.
    pub took_ms: u64,
    /// What went wrong, or why it was not begun.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub reason: Option<String>,
}

/// How a change ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Fate {
    /// It was carried out.
    Done,
    /// It failed.
    Failed,
    /// It was not begun.
    Skipped,
    /// It was under way when the apply was left.
    Unfinished,
}

/// Listens to an apply's events and makes its record.
#[derive(Clone, Debug)]
pub struct Recorder {
    record: ApplyRecord,
    changes: IndexMap<Address, ChangeRecord>,
}

impl Recorder {
    /// A record of what the holder of this lock does.
    pub fn new(lock: &LockInfo) -> Self {
        let record = ApplyRecord {
            who: lock.holder.clone(),
            host: lock.host.clone(),
            command: lock.command.clone(),
            version: env!("CARGO_PKG_VERSION").to_owned(),
            stage: None,
            began: Timestamp::now(),
            ended: None,
            outcome: Outcome::default(),
            changes: Vec::new(),
            api_calls: BTreeMap::new(),
        };
        Self { record, changes: IndexMap::new() }
    }

    fn change(&mut self, address: &Address, action: &str) -> &mut ChangeRecord {
        self.changes.entry(address.clone()).or_insert_with(|| ChangeRecord {
            address: address.clone(),
            resource_type: None,
            action: action.to_owned(),
            fate: Fate::Unfinished,
            took_ms: 0,
            reason: None,
        })
    }

    /// The record as it is now.
    pub fn finish(mut self, api_calls: BTreeMap<String, u64>) -> ApplyRecord {
        self.record.api_calls = api_calls;
        self.record.changes = self.changes.into_values().collect();
        self.record
    }
}

impl Listener for Recorder {
    fn hear(&mut self, event: &Event) {
        match event {
            Event::Began { stage, .. } => self.record.stage.clone_from(stage),
            Event::Started { address, resource_type, action, .. } => {
                let change = self.change(address, &serde_word(action));
                change.resource_type = Some(resource_type.clone());
                change.fate = Fate::Unfinished;
            }
            Event::Finished { address, action, took_ms, .. } => {
                let change = self.change(address, &serde_word(action));
                change.fate = Fate::Done;
                change.took_ms += took_ms;
            }
            Event::Failed { address, action, error, .. } => {
                let change = self.change(address, &serde_word(action));
                change.fate = Fate::Failed;
                change.reason = Some(error.clone());
            }
            Event::Skipped { address, action, reason, .. } => {
                let change = self.change(address, &serde_word(action));
                if change.fate != Fate::Failed {
                    change.fate = Fate::Skipped;
                    change.reason = Some(reason.clone());
                }
            }
            Event::Ended { outcome, .. } => {
                self.record.ended = Some(Timestamp::now());
                self.record.outcome = outcome.clone();
            }
            Event::Waiting { .. } | Event::Retrying { .. } | Event::Interrupted { .. } => {}
        }
    }
}

/// The word that an enum without data is serialised as.
fn serde_word(value: &impl Serialize) -> String {
    match serde_json::to_value(value) {
        Ok(serde_json::Value::String(word)) => word,
        _ => String::new(),
    }
}

impl Ledger {
    /// Adds an apply to the history.
    pub async fn record(&self, record: &ApplyRecord) -> Result<()> {
        let stamp = record.began.strftime("%Y%m%dT%H%M%S%.9fZ");
        self.write_json(&format!("history/{stamp}.json"), record, PutMode::Overwrite).await
    }

    /// The last applies, newest first. Damaged records are left out.
    pub async fn history(&self, limit: usize) -> Result<Vec<ApplyRecord>> {
        let mut records = Vec::new();
        for name in self.names("history").await?.iter().rev().take(limit) {
            records.extend(self.read_json(name).await?);
        }
        Ok(records)
    }
}
