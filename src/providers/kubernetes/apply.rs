//! Server-side apply: one request for create, update and dry run alike.

use std::collections::BTreeMap;

use http::Method;

use super::conflict::{self, Conflict};
use super::connection::{Call, Connection};
use super::discovery::Kind;
use super::error::Failure;
use super::object::Target;
use super::ownership::stamp;
use super::{field, list, ports};
use crate::identity::{MANAGER, Owns, yield_to_others};
use crate::model::{FieldConflict, Json, JsonMap, PropertyPath};
use crate::providers::{ErrorKind, ProviderError};

/// What the API server alone sets; generated manifests carry some of it, and it would be refused.
const SERVERS_OWN: [&str; 6] =
    ["creationTimestamp", "generation", "managedFields", "resourceVersion", "selfLink", "uid"];

/// An apply of one object.
pub(super) struct Apply<'a> {
    pub(super) connection: &'a Connection,
    pub(super) kind: &'a Kind,
    pub(super) target: &'a Target,
    /// The manifest, stamped.
    pub(super) manifest: JsonMap,
    /// What of it is left to others.
    pub(super) ignore: &'a [PropertyPath],
    /// Whether nothing is to be changed.
    pub(super) dry_run: bool,
}

/// What came of an apply that was not refused for another reason.
#[derive(Clone, Debug, PartialEq)]
pub(super) enum Applied {
    /// The object as it is then, and whose hand edits of ours were overruled.
    Object { object: JsonMap, overruled: Vec<String> },
    /// Others manage what the manifest sets.
    Conflict(Vec<FieldConflict>),
}

/// A manifest as it is sent: with the stack's label and annotations, its namespace, without what is the server's to set.
pub(super) fn stamped(
    manifest: &JsonMap,
    tags: &BTreeMap<String, String>,
    kind: &Kind,
    target: &Target,
) -> JsonMap {
    let mut manifest = manifest.clone();
    manifest.remove("status");
    ports::complete(&mut manifest, &kind.group);
    stamp(&mut manifest, tags);
    if let Some(Json::Object(metadata)) = manifest.get_mut("metadata") {
        SERVERS_OWN.iter().for_each(|key| drop(metadata.remove(*key)));
        match &target.namespace {
            Some(namespace) => metadata.insert("namespace".to_owned(), Json::from(namespace.as_str())),
            None => metadata.remove("namespace"),
        };
    }
    manifest
}

impl Apply<'_> {
    /// Applies; by force where the blueprint says so, or where all that stands against it is hand edits of what the last
    /// apply set (`owns`). What is left to others is sent as it is at this moment, or not at all: `read` is the object as it
    /// has just been read, if it has.
    pub(super) async fn run(
        &self,
        force: bool,
        owns: Option<&Owns>,
        read: Option<&JsonMap>,
    ) -> Result<Applied, Failure> {
        let mut manifest = self.yielded(read).await?;
        loop {
            let failure = match self.send(&manifest, force).await {
                Ok(object) => return Ok(Applied::Object { object, overruled: Vec::new() }),
                Err(failure) => failure,
            };
            let Some(conflicts) = failure.refusal(409).and_then(conflict::of) else { return Err(failure) };
            let (left, contested): (Vec<Conflict>, Vec<Conflict>) =
                conflicts.into_iter().partition(|conflict| conflict.is_at(self.ignore));
            // Others took them since they were read: they are stackctl's no more, and leaving them out takes nothing away.
            if left.iter().filter(|one| field::remove(&mut manifest, one.field.path.as_str())).count() > 0 {
                continue;
            }
            if !left.is_empty() || !conflict::is_drift(&contested, owns) {
                let all = contested.into_iter().chain(left);
                return Ok(Applied::Conflict(all.map(|Conflict { field, .. }| field).collect()));
            }
            let object = self.send(&manifest, true).await?;
            return Ok(Applied::Object { object, overruled: conflict::managers(&contested) });
        }
    }

    /// The manifest, what is left to others as it is now.
    async fn yielded(&self, read: Option<&JsonMap>) -> Result<JsonMap, Failure> {
        let mut manifest = self.manifest.clone();
        if self.ignore.is_empty() {
            return Ok(manifest);
        }
        let now = match read {
            Some(_) => None,
            None => list::one(self.connection, self.kind, self.target).await?,
        };
        if let Some(live) = now.as_ref().or(read) {
            yield_to_others(&mut manifest, live, self.ignore);
        }
        Ok(manifest)
    }

    async fn send(&self, manifest: &JsonMap, force: bool) -> Result<JsonMap, Failure> {
        let dry_run = if self.dry_run { "&dryRun=All" } else { "" };
        let query = format!("fieldManager={MANAGER}&force={force}&fieldValidation=Strict{dry_run}");
        let verb = if self.dry_run { "PATCH (dry run)" } else { "PATCH" };
        let label = format!("{verb} {}", self.target.label(self.kind));
        let body = serde_json::to_vec(manifest).map_err(|error| {
            Failure::Unanswered(ProviderError::new(ErrorKind::Invalid, label.clone(), error.to_string()))
        })?;
        let call = Call {
            method: Method::PATCH,
            path: format!("{}?{query}", self.target.path(self.kind)),
            // JSON is YAML; the API has no other name for it before 1.33.
            content: Some(("application/apply-patch+yaml", body)),
            accept: "application/json",
            label,
        };
        self.connection.ask(call).await
    }
}
