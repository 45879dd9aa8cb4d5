//! The lock: one object made only if it is not there. Whose holder is gone is taken over, by one alone.
//!
//! A holder is gone when its process is known to be, or when it did not renew its lease while it was watched for as
//! long as a lease lasts. No two clocks are compared: what the lock says of its end is only a reason to watch it.

use std::time::Duration;

use object_store::{ObjectStoreExt, PutMode, PutPayload, UpdateVersion};
use tokio::time::Instant;

use super::holder::{LEASE, LockInfo};
use super::{Lease, Ledger, LedgerError, Result};

/// How often a lock that others hold is looked at.
const POLL: Duration = Duration::from_secs(2);

pub(super) const OBJECT: &str = "lock.json";

/// A lock as it was read; its content is none where it is damaged.
type Held = (Option<LockInfo>, UpdateVersion);

/// What a try came to.
pub(super) enum Try {
    Taken(Lease),
    /// Somebody has it.
    Held(Option<LockInfo>),
    /// It was given back in between.
    Free,
}

/// The lock that others hold, as long as it does not change.
#[derive(Default)]
pub(super) struct Watch {
    seen: Option<(UpdateVersion, Instant)>,
    /// It changed under our eyes: somebody renews it.
    is_alive: bool,
}

impl Watch {
    /// Notes the version; returns since when it is the same.
    fn since(&mut self, version: &UpdateVersion) -> Instant {
        match &self.seen {
            Some((seen, since)) if seen == version => *since,
            other => {
                self.is_alive |= other.is_some();
                self.seen.insert((version.clone(), Instant::now())).1
            }
        }
    }

    /// When what is watched is known to be left behind, if it does not change until then.
    fn end(&self) -> Option<Instant> {
        self.seen.as_ref().map(|(_, since)| *since + LEASE.unsigned_abs())
    }
}

impl Ledger {
    /// Takes the lock, waiting so long for others to give it up; longer where it seems to be left behind and one has to be
    /// sure.
    ///
    /// # Errors
    /// [`LedgerError::Locked`] names who holds it.
    pub async fn lock(&self, command: &str, wait: Duration) -> Result<Lease> {
        let deadline = Instant::now() + wait;
        let mut watch = Watch::default();
        let mut told = false;
        loop {
            let holder = match self.try_lock(LockInfo::mine(command), &mut watch).await? {
                Try::Taken(lease) => return Ok(lease),
                Try::Free => continue,
                Try::Held(holder) => holder,
            };
            let seems_left = !watch.is_alive && holder.as_ref().is_none_or(LockInfo::seems_expired);
            if !seems_left && Instant::now() + POLL > deadline {
                return Err(LedgerError::Locked { holder: holder.map(Box::new) });
            }
            if seems_left && !std::mem::replace(&mut told, true) {
                tracing::warn!("the stack is locked by one who seems to be gone; a minute will tell");
            }
            let next = Instant::now() + POLL;
            let end = watch.end().filter(|end| *end > Instant::now());
            tokio::time::sleep_until(end.map_or(next, |end| end.min(next))).await;
        }
    }

    pub(super) async fn try_lock(&self, mine: LockInfo, watch: &mut Watch) -> Result<Try> {
        match self.write_json(OBJECT, &mine, PutMode::Create).await {
            Ok(()) => Ok(Try::Taken(self.lease(mine))),
            Err(LedgerError::Store { source: object_store::Error::AlreadyExists { .. }, .. }) => {
                self.take_over(mine, watch).await
            }
            Err(error) => Err(error),
        }
    }

    /// Takes a lock whose holder is gone; only one of several who try can win.
    async fn take_over(&self, mine: LockInfo, watch: &mut Watch) -> Result<Try> {
        let _guard = self.guard().await;
        let Some((holder, version)) = self.holder_with_version().await? else { return Ok(Try::Free) };
        // The answer to a create was lost, and its repetition found what it had made.
        if holder.as_ref().is_some_and(|holder| holder.nonce == mine.nonce) {
            return Ok(Try::Taken(self.lease(mine)));
        }
        let unchanged = watch.since(&version).elapsed() >= LEASE.unsigned_abs();
        if !unchanged && !holder.as_ref().is_some_and(|holder| holder.is_gone(&mine)) {
            return Ok(Try::Held(holder));
        }
        let whose = holder.map_or_else(|| "somebody".to_owned(), |holder| holder.to_string());
        match self.overwrite_lock(&mine, version).await {
            Ok(()) => {
                tracing::warn!("the lock of {whose} is taken over: its holder is gone");
                Ok(Try::Taken(self.lease(mine)))
            }
            Err(LedgerError::Store { source: object_store::Error::Precondition { .. }, .. }) => Ok(Try::Free),
            Err(error) => Err(error),
        }
    }

    /// Who holds the lock.
    pub async fn holder(&self) -> Result<Option<LockInfo>> {
        self.read_json(OBJECT).await
    }

    /// The lock with the version that a conditional overwrite names.
    pub(super) async fn holder_with_version(&self) -> Result<Option<Held>> {
        let found = match self.store.get(&self.path(OBJECT)).await {
            Ok(found) => found,
            Err(object_store::Error::NotFound { .. }) => return Ok(None),
            Err(error) => return Err(self.failed("read", OBJECT)(error)),
        };
        let version = UpdateVersion { e_tag: found.meta.e_tag.clone(), version: found.meta.version.clone() };
        let bytes = found.bytes().await.map_err(self.failed("read", OBJECT))?;
        Ok(Some((serde_json::from_slice(&bytes).ok(), version)))
    }

    /// Overwrites the version that was read. In a folder the caller's [guard](Self::guard) keeps it the same.
    pub(super) async fn overwrite_lock(&self, info: &LockInfo, version: UpdateVersion) -> Result<()> {
        match self.write_json(OBJECT, info, PutMode::Update(version)).await {
            Err(LedgerError::Store { source: object_store::Error::NotImplemented { .. }, .. }) => {
                let text = serde_json::to_vec_pretty(info).unwrap_or_default();
                let written = self.store.put(&self.path(OBJECT), PutPayload::from(text)).await;
                written.map(drop).map_err(self.failed("write", OBJECT))
            }
            other => other,
        }
    }

    /// Removes the lock, whoever holds it; says whose it was.
    pub async fn unlock(&self) -> Result<Option<LockInfo>> {
        let _guard = self.guard().await;
        let holder = self.holder().await?;
        self.remove(OBJECT).await?;
        Ok(holder)
    }
}
