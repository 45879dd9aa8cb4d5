//! The lock and the history of applies, on an object store; never a source of truth.
//!
//! A [`Ledger`] is a folder, `.stackctl/` by default, or an S3 prefix that a team shares. It holds, under the stack's name:
//!
//! ```text
//! lock.json             who applies right now, with a lease
//! book.json             finished applies (part of client tokens), regions ever used, the last stage
//! history/<time>.json   one object an apply
//! hints.json            what was made without tags, and where
//! announcements/*.json  creates that AWS can't deduplicate and whose outcome is not known
//! ```
//!
//! The truth is in the cloud: what is missing here or can't be read costs a warning and some certainty about who did
//! what, never a wrong plan.

mod announcements;
mod book;
mod hints;
mod history;
mod location;
mod lock;
#[cfg(feature = "aws")]
mod s3;
#[cfg(test)]
mod tests;

use std::sync::Arc;

use object_store::path::Path;
use object_store::{ObjectStore, ObjectStoreExt, PutMode, PutPayload};
use serde::Serialize;
use serde::de::DeserializeOwned;
use thiserror::Error;

use crate::model::StackName;

pub use announcements::Notices;
pub use book::Book;
pub use history::{ApplyRecord, ChangeRecord, Fate, Recorder};
pub use location::Location;
pub use lock::{Lease, LockInfo};

/// The ledger of one stack.
#[derive(Clone, Debug)]
pub struct Ledger {
    store: Arc<dyn ObjectStore>,
    root: Path,
    place: String,
}

/// A ledger that can't be used.
#[derive(Debug, Error)]
pub enum LedgerError {
    /// The text names no place.
    #[error("`{text}` is no place for a ledger: {reason}; write a folder or `s3://bucket/prefix`")]
    Location {
        /// As given.
        text: String,
        /// What is wrong with it.
        reason: String,
    },
    /// The store did not do what it was asked for.
    #[error("the ledger in {place} can't {verb} `{object}`: {source}")]
    Store {
        /// The folder or the S3 address.
        place: String,
        /// What was tried.
        verb: &'static str,
        /// Which object.
        object: String,
        /// What the store said.
        source: object_store::Error,
    },
    /// Somebody else holds the lock.
    #[error(
        "the stack is locked by {holder}; wait until that is done, or run `stackctl unlock` if it is gone for good"
    )]
    Locked {
        /// Who.
        holder: Box<LockInfo>,
    },
}

/// What a ledger's calls return.
pub type Result<T> = std::result::Result<T, LedgerError>;

impl Ledger {
    /// The ledger of a stack in a place. Nothing is written before something has to be.
    pub async fn open(location: &Location, stack: &StackName) -> Result<Self> {
        let (store, prefix) = location.store().await?;
        let root = prefix.parts().chain(Path::from(stack.as_str()).parts()).collect();
        Ok(Self { store, root, place: location.to_string() })
    }

    /// A ledger that is forgotten with the process.
    pub fn in_memory() -> Self {
        let store = Arc::new(object_store::memory::InMemory::new());
        Self { store, root: Path::default(), place: "memory".to_owned() }
    }

    /// Where it is, for messages.
    pub fn place(&self) -> &str {
        &self.place
    }

    fn path(&self, name: &str) -> Path {
        self.root.parts().chain(Path::from(name).parts()).collect()
    }

    fn failed(&self, verb: &'static str, object: &str) -> impl FnOnce(object_store::Error) -> LedgerError {
        let (place, object) = (self.place.clone(), object.to_owned());
        move |source| LedgerError::Store { place, verb, object, source }
    }

    /// An object's content; `None` where there is no such object.
    async fn read(&self, name: &str) -> Result<Option<bytes::Bytes>> {
        match self.store.get(&self.path(name)).await {
            Ok(found) => found.bytes().await.map(Some).map_err(self.failed("read", name)),
            Err(object_store::Error::NotFound { .. }) => Ok(None),
            Err(error) => Err(self.failed("read", name)(error)),
        }
    }

    /// An object's JSON. One that can't be understood is reported and treated as missing.
    async fn read_json<T: DeserializeOwned>(&self, name: &str) -> Result<Option<T>> {
        let Some(bytes) = self.read(name).await? else { return Ok(None) };
        match serde_json::from_slice(&bytes) {
            Ok(value) => Ok(Some(value)),
            Err(error) => {
                tracing::warn!("`{name}` in the ledger {} is damaged and ignored: {error}", self.place);
                Ok(None)
            }
        }
    }

    async fn write_json(&self, name: &str, value: &impl Serialize, mode: PutMode) -> Result<()> {
        // Plain data with text keys: there is nothing that JSON could refuse.
        let text = serde_json::to_vec_pretty(value).unwrap_or_default();
        let payload = PutPayload::from(text);
        let written = self.store.put_opts(&self.path(name), payload, mode.into()).await;
        written.map(drop).map_err(self.failed("write", name))
    }

    async fn remove(&self, name: &str) -> Result<()> {
        match self.store.delete(&self.path(name)).await {
            Ok(()) | Err(object_store::Error::NotFound { .. }) => Ok(()),
            Err(error) => Err(self.failed("remove", name)(error)),
        }
    }

    /// The names of the objects in a folder of the ledger, in order.
    async fn names(&self, folder: &str) -> Result<Vec<String>> {
        use futures::TryStreamExt;

        let found: Vec<_> = self
            .store
            .list(Some(&self.path(folder)))
            .try_collect()
            .await
            .map_err(self.failed("list", folder))?;
        let mut names: Vec<String> = found
            .iter()
            .filter_map(|object| object.location.filename())
            .map(|file| format!("{folder}/{file}"))
            .collect();
        names.sort();
        Ok(names)
    }
}
