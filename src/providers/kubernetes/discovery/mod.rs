//! What a cluster serves: its kinds, their paths and versions.
//!
//! | server | asked | calls |
//! |---|---|---|
//! | 1.26 and later | `/apis` and `/api`, aggregated | 2 |
//! | older | `/apis`, then `/openapi/v2` | 2 |
//! | older, where that is denied | `/apis`, then each group version | one a group version |
//!
//! Read once a run. A kind that is not there is asked for by its group version before it is said to be missing: its
//! definition may have been made a moment ago.

mod aggregated;
mod kind;
mod openapi;
mod searched;
mod unserved;
mod versions;

pub(super) use kind::{Kind, encoded};
use versions::GroupVersion;

use std::sync::{Arc, PoisonError, RwLock};

use kube::core::discovery::v2::ACCEPT_AGGREGATED_DISCOVERY_V2;
use tokio::sync::OnceCell;

use super::connection::{Call, Connection};
use super::error::Failure;
use crate::model::{Json, ObjectType, ResourceType};
use crate::providers::{ErrorKind, ProviderError, Result};

/// The kinds that a cluster serves, as far as they have been asked for.
#[derive(Default)]
pub(super) struct Served {
    first: OnceCell<()>,
    kinds: RwLock<Vec<Arc<Kind>>>,
}

impl Served {
    fn find(&self, wanted: &ResourceType) -> Option<Arc<Kind>> {
        let kinds = self.kinds.read().unwrap_or_else(PoisonError::into_inner);
        kinds.iter().find(|kind| kind.is(wanted)).cloned()
    }

    fn all(&self) -> Vec<Arc<Kind>> {
        self.kinds.read().unwrap_or_else(PoisonError::into_inner).clone()
    }

    fn replace(&self, matching: impl Fn(&Kind) -> bool, found: Vec<Kind>) {
        let mut kinds = self.kinds.write().unwrap_or_else(PoisonError::into_inner);
        kinds.retain(|kind| !matching(kind));
        kinds.extend(found.into_iter().map(Arc::new));
    }
}

impl Connection {
    /// A kind by its group, version and name.
    ///
    /// # Errors
    /// Where the cluster does not serve it: the error names what it does serve.
    pub(super) async fn kind(&self, wanted: &ResourceType) -> Result<Arc<Kind>> {
        self.discover().await?;
        if let Some(kind) = self.served.find(wanted) {
            return Ok(kind);
        }
        self.ask_again(wanted).await?;
        self.served.find(wanted).ok_or_else(|| unserved::error(self.name(), wanted, &self.served.all()))
    }

    /// The kinds that a stack may own objects of, each in one version.
    pub(super) async fn searched(&self) -> Result<Vec<ResourceType>> {
        self.discover().await?;
        Ok(searched::of(&self.served.all()))
    }

    /// A kind's path is not served any more: the next question for it is asked anew.
    pub(super) fn forget(&self, kind: &Kind) {
        self.served.replace(|known| known == kind, Vec::new());
    }

    async fn discover(&self) -> Result<()> {
        self.served.first.get_or_try_init(|| self.ask_all()).await.copied()
    }

    async fn ask_all(&self) -> Result<()> {
        let groups: Json = self.ask(aggregated("/apis")).await?;
        let kinds = if groups["kind"] == "APIGroupDiscoveryList" {
            let core: Json = self.ask(aggregated("/api")).await?;
            let mut kinds = aggregated::kinds(core).map_err(unreadable("GET /api"))?;
            kinds.extend(aggregated::kinds(groups).map_err(unreadable("GET /apis"))?);
            kinds
        } else {
            let versions = versions::of_groups(&groups);
            match self.ask::<openapi::Document>(Call::get("/openapi/v2", "GET openapi")).await {
                Ok(document) => openapi::kinds(&document, &versions),
                Err(Failure::Refused { status, .. }) if matches!(status.code, 403 | 404 | 406) => {
                    self.ask_each(&versions).await?
                }
                Err(error) => return Err(error.into()),
            }
        };
        self.served.replace(|_| true, kinds);
        Ok(())
    }

    /// One call a group version. One that can't be read (its own server is down) is left out.
    async fn ask_each(&self, versions: &[GroupVersion]) -> Result<Vec<Kind>> {
        let calls = versions.iter().map(|version| self.ask_version(version));
        let mut kinds = Vec::new();
        for (version, answer) in versions.iter().zip(futures::future::join_all(calls).await) {
            match answer {
                Ok(found) => kinds.extend(found),
                Err(error) if !error.kind.is_retryable() || version.is_core() => return Err(error),
                Err(error) => tracing::warn!(%error, "an API group is left out"),
            }
        }
        Ok(kinds)
    }

    async fn ask_version(&self, version: &GroupVersion) -> Result<Vec<Kind>> {
        let path = version.path();
        let call = Call::get(path.clone(), format!("GET {path}"));
        match self.ask::<Json>(call).await {
            Ok(list) => Ok(versions::kinds(&list, version)),
            Err(failure) if failure.refusal(404).is_some() => Ok(Vec::new()),
            Err(failure) => Err(ProviderError::from(failure)),
        }
    }

    /// Asks for the group version of a kind that was not there.
    async fn ask_again(&self, wanted: &ResourceType) -> Result<()> {
        let Some(object) = wanted.object() else { return Ok(()) };
        let same =
            |kind: &Kind| (kind.group.as_str(), kind.version.as_str()) == (object.group, object.version);
        let rank = rank(&self.served.all(), object);
        let version = GroupVersion { rank, ..GroupVersion::new(object.group, object.version) };
        let found = self.ask_version(&version).await?;
        self.served.replace(same, found);
        Ok(())
    }
}

/// An answer of the discovery that is no such answer.
fn unreadable(operation: &'static str) -> impl Fn(serde_json::Error) -> ProviderError {
    move |error| {
        ProviderError::new(ErrorKind::Invalid, operation, format!("the answer can't be read: {error}"))
    }
}

/// A version's place in its group; the last one where it is new.
fn rank(known: &[Arc<Kind>], wanted: ObjectType<'_>) -> usize {
    let of_group = || known.iter().filter(|kind| kind.group == wanted.group);
    match of_group().find(|kind| kind.version == wanted.version) {
        Some(kind) => kind.rank,
        None => of_group().map(|kind| kind.rank + 1).max().unwrap_or(0),
    }
}

fn aggregated(path: &str) -> Call {
    Call { accept: ACCEPT_AGGREGATED_DISCOVERY_V2, ..Call::get(path, format!("GET {path}")) }
}
