//! Announcements on the object store: written before a create that AWS can't deduplicate, taken back when its outcome
//! is known.

use std::collections::BTreeMap;
use std::sync::{Mutex, MutexGuard, PoisonError};

use async_trait::async_trait;
use jiff::{SignedDuration, Timestamp};
use object_store::PutMode;
use tokio::sync::Mutex as AsyncMutex;

use super::{Ledger, Result};
use crate::apply::{Announcement, AnnouncementError, Announcements};
use crate::model::Address;

const FOLDER: &str = "announcements";

/// How long an announcement is a question: whatever was made that long ago shows in every read.
const KEPT: SignedDuration = SignedDuration::from_hours(24);

/// The announcements of one apply, all in one object. Those that arrive while it is written share the next write.
#[derive(Debug)]
pub struct Notices {
    ledger: Ledger,
    object: String,
    state: Mutex<State>,
    /// The version that was written last; locked while writing.
    written: AsyncMutex<u64>,
}

#[derive(Debug, Default)]
struct State {
    open: BTreeMap<Address, Announcement>,
    version: u64,
    earlier: Vec<String>,
}

impl Ledger {
    /// Opens the announcements for an apply: its own, and those whose outcome no earlier one has learnt.
    pub async fn notices(&self, run: &str) -> Result<Notices> {
        let oldest = Timestamp::now() - KEPT;
        let mut state = State { earlier: self.names(FOLDER).await?, ..State::default() };
        for name in &state.earlier {
            let left: Vec<Announcement> = self.read_json(name).await?.unwrap_or_default();
            let young = left.into_iter().filter(|notice| notice.at > oldest);
            state.open.extend(young.map(|notice| (notice.address.clone(), notice)));
        }
        Ok(Notices {
            ledger: self.clone(),
            object: format!("{FOLDER}/{run}.json"),
            state: Mutex::new(state),
            written: AsyncMutex::new(0),
        })
    }
}

impl Notices {
    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Writes what is open, unless somebody else has written this version already.
    async fn write(&self, version: u64) -> Result<()> {
        let mut written = self.written.lock().await;
        if *written >= version {
            return Ok(());
        }
        let (open, latest) = {
            let state = self.state();
            (state.open.values().cloned().collect::<Vec<_>>(), state.version)
        };
        self.ledger.write_json(&self.object, &open, PutMode::Overwrite).await?;
        *written = latest;
        Ok(())
    }

    /// Whether the outcome of an address's create is not known.
    pub fn is_open(&self, address: &Address) -> bool {
        self.state().open.contains_key(address)
    }

    /// Ends the apply's announcements: what is still open stays for the next one, the rest is forgotten.
    pub async fn close(&self) -> Result<()> {
        let (open, earlier, version) = {
            let mut state = self.state();
            state.version += 1;
            (!state.open.is_empty(), std::mem::take(&mut state.earlier), state.version)
        };
        if open {
            self.write(version).await?;
        } else {
            self.ledger.remove(&self.object).await?;
        }
        for name in earlier.iter().filter(|name| **name != self.object) {
            self.ledger.remove(name).await?;
        }
        Ok(())
    }
}

#[async_trait]
impl Announcements for Notices {
    fn open(&self, address: &Address) -> Option<Announcement> {
        self.state().open.get(address).cloned()
    }

    async fn announce(&self, announcement: Announcement) -> std::result::Result<(), AnnouncementError> {
        let version = {
            let mut state = self.state();
            state.open.insert(announcement.address.clone(), announcement);
            state.version += 1;
            state.version
        };
        self.write(version).await.map_err(|error| AnnouncementError(error.to_string()))
    }

    fn settle(&self, address: &Address) {
        let mut state = self.state();
        if state.open.remove(address).is_some() {
            state.version += 1;
        }
    }
}
