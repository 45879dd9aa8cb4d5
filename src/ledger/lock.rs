//! The lock: one object made only if it is not there, with a lease that its holder renews.

use std::fmt;
use std::time::Duration;

use jiff::{SignedDuration, Timestamp};
use object_store::{ObjectStoreExt, PutMode, PutPayload, UpdateVersion};
use serde::{Deserialize, Serialize};
use tokio::sync::watch;
use tokio::task::JoinHandle;

use super::{Ledger, LedgerError, Result};

/// How long a lease lasts without renewal.
const LEASE: SignedDuration = SignedDuration::from_secs(60);
/// How often it is renewed.
const RENEWAL: Duration = Duration::from_secs(20);
/// How often a lock that others hold is looked at.
const POLL: Duration = Duration::from_secs(2);

const OBJECT: &str = "lock.json";

/// Who holds the lock.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct LockInfo {
    /// The user.
    pub holder: String,
    /// The machine.
    pub host: String,
    /// The process on it.
    pub pid: u32,
    /// What it does: `apply stage-3`.
    pub command: String,
    /// Since when.
    pub since: Timestamp,
    /// Until when, unless it is renewed.
    pub expires: Timestamp,
    /// Tells this lock from the same process's next one.
    pub nonce: String,
}

/// A held lock. It is renewed in the background; [`release`](Self::release) it when done. If it is dropped without, it
/// lasts until the lease ends.
#[derive(Debug)]
pub struct Lease {
    ledger: Ledger,
    info: LockInfo,
    lost: watch::Receiver<bool>,
    renewal: JoinHandle<()>,
}

impl LockInfo {
    /// This process's lock for a command.
    pub fn mine(command: impl Into<String>) -> Self {
        let now = Timestamp::now();
        let variable = |name: &str| std::env::var(name).ok().filter(|text| !text.is_empty());
        let holder =
            variable("USER").or_else(|| variable("USERNAME")).unwrap_or_else(|| "unknown".to_owned());
        let host = std::fs::read_to_string("/etc/hostname").ok().map(|text| text.trim().to_owned());
        let host = host.filter(|text| !text.is_empty()).or_else(|| variable("HOSTNAME"));
        Self {
            holder,
            host: host.or_else(|| variable("COMPUTERNAME")).unwrap_or_else(|| "unknown".to_owned()),
            pid: std::process::id(),
            command: command.into(),
            since: now,
            expires: now + LEASE,
            nonce: format!("{}-{}", now.as_nanosecond(), std::process::id()),
        }
    }

    /// Whether its holder is gone: the lease ended, or the process on this machine does not exist any more.
    fn is_stale(&self, now: Timestamp, here: &Self) -> bool {
        now > self.expires || (self.host == here.host && !process_exists(self.pid))
    }
}

/// Whether a process of this machine exists, where the system can tell; else it is taken to.
fn process_exists(pid: u32) -> bool {
    let processes = std::path::Path::new("/proc");
    !processes.join("self").exists() || processes.join(pid.to_string()).exists()
}

impl fmt::Display for LockInfo {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { holder, host, pid, command, since, expires, .. } = self;
        write!(f, "{holder}@{host} (pid {pid}, `{command}`) since {since:.0}, lease until {expires:.0}")
    }
}

impl Ledger {
    /// Takes the lock, waiting so long for others to give it up.
    ///
    /// # Errors
    /// [`LedgerError::Locked`] names who holds it.
    pub async fn lock(&self, command: &str, wait: Duration) -> Result<Lease> {
        let deadline = tokio::time::Instant::now() + wait;
        loop {
            let mine = LockInfo::mine(command);
            match self.try_lock(mine).await {
                Err(LedgerError::Locked { holder }) => {
                    if tokio::time::Instant::now() + POLL > deadline {
                        return Err(LedgerError::Locked { holder });
                    }
                    tokio::time::sleep(POLL).await;
                }
                other => return other,
            }
        }
    }

    async fn try_lock(&self, mine: LockInfo) -> Result<Lease> {
        match self.write_json(OBJECT, &mine, PutMode::Create).await {
            Ok(()) => Ok(self.lease(mine)),
            Err(LedgerError::Store { source: object_store::Error::AlreadyExists { .. }, .. }) => {
                self.take_over(mine).await
            }
            Err(error) => Err(error),
        }
    }

    /// Takes a lock whose holder is gone; only one of several who try can win.
    async fn take_over(&self, mine: LockInfo) -> Result<Lease> {
        let Some((holder, version)) = self.holder_with_version().await? else {
            // Released in between; the next try makes it.
            return Box::pin(self.try_lock(mine)).await;
        };
        if let Some(holder) = holder {
            if !holder.is_stale(Timestamp::now(), &mine) {
                return Err(LedgerError::Locked { holder: Box::new(holder) });
            }
            tracing::warn!("the lock of {holder} is taken over: its holder is gone");
        }
        match self.write_json(OBJECT, &mine, PutMode::Update(version)).await {
            Ok(()) => Ok(self.lease(mine)),
            Err(LedgerError::Store { source: object_store::Error::NotImplemented { .. }, .. }) => {
                self.take_over_by_rename(mine).await
            }
            Err(LedgerError::Store { source: object_store::Error::Precondition { .. }, .. }) => {
                Box::pin(self.try_lock(mine)).await
            }
            Err(error) => Err(error),
        }
    }

    /// For a folder, which knows no conditional overwrite: renaming a file is atomic, so one alone moves the old lock
    /// away.
    async fn take_over_by_rename(&self, mine: LockInfo) -> Result<Lease> {
        let aside = format!("lock-{}.stale", mine.nonce);
        match self.store.rename(&self.path(OBJECT), &self.path(&aside)).await {
            Ok(()) => self.remove(&aside).await?,
            Err(object_store::Error::NotFound { .. }) => {}
            Err(error) => return Err(self.failed("rename", OBJECT)(error)),
        }
        match self.write_json(OBJECT, &mine, PutMode::Create).await {
            Ok(()) => Ok(self.lease(mine)),
            Err(error) => match self.holder().await? {
                Some(holder) => Err(LedgerError::Locked { holder: Box::new(holder) }),
                None => Err(error),
            },
        }
    }

    /// Who holds the lock.
    pub async fn holder(&self) -> Result<Option<LockInfo>> {
        self.read_json(OBJECT).await
    }

    /// The lock's content (none where it is damaged) with the version that a conditional overwrite names.
    async fn holder_with_version(&self) -> Result<Option<(Option<LockInfo>, UpdateVersion)>> {
        let found = match self.store.get(&self.path(OBJECT)).await {
            Ok(found) => found,
            Err(object_store::Error::NotFound { .. }) => return Ok(None),
            Err(error) => return Err(self.failed("read", OBJECT)(error)),
        };
        let version = UpdateVersion { e_tag: found.meta.e_tag.clone(), version: found.meta.version.clone() };
        let bytes = found.bytes().await.map_err(self.failed("read", OBJECT))?;
        Ok(Some((serde_json::from_slice(&bytes).ok(), version)))
    }

    /// Removes the lock, whoever holds it; says whose it was.
    pub async fn unlock(&self) -> Result<Option<LockInfo>> {
        let holder = self.holder().await?;
        self.remove(OBJECT).await?;
        Ok(holder)
    }

    fn lease(&self, info: LockInfo) -> Lease {
        let (signal, lost) = watch::channel(false);
        let renewal = tokio::spawn(renew(self.clone(), info.clone(), signal));
        Lease { ledger: self.clone(), info, lost, renewal }
    }
}

/// Renews a lease until it is dropped, or somebody else has the lock.
async fn renew(ledger: Ledger, mut info: LockInfo, loss: watch::Sender<bool>) {
    loop {
        tokio::time::sleep(RENEWAL).await;
        let (holder, version) = match ledger.holder_with_version().await {
            Ok(Some(found)) => found,
            Ok(None) => break,
            Err(error) => {
                tracing::warn!("the lock could not be renewed, trying again: {error}");
                if Timestamp::now() > info.expires {
                    break;
                }
                continue;
            }
        };
        if holder.is_none_or(|holder| holder.nonce != info.nonce) {
            break;
        }
        info.expires = Timestamp::now() + LEASE;
        if let Err(error) = ledger.overwrite_lock(&info, version).await {
            tracing::warn!("the lock could not be renewed, trying again: {error}");
        }
    }
    loss.send_replace(true);
}

impl Ledger {
    async fn overwrite_lock(&self, info: &LockInfo, version: UpdateVersion) -> Result<()> {
        match self.write_json(OBJECT, info, PutMode::Update(version)).await {
            Err(LedgerError::Store { source: object_store::Error::NotImplemented { .. }, .. }) => {
                let text = serde_json::to_vec_pretty(info).unwrap_or_default();
                let written = self.store.put(&self.path(OBJECT), PutPayload::from(text)).await;
                written.map(drop).map_err(self.failed("write", OBJECT))
            }
            other => other,
        }
    }
}

impl Lease {
    /// Who holds it: this process.
    pub fn info(&self) -> &LockInfo {
        &self.info
    }

    /// Returns when somebody else took or removed the lock: whoever relies on it must stop.
    pub async fn lost(&self) {
        let mut lost = self.lost.clone();
        // A closed channel means that the renewal ended without a word, which is a loss too.
        let _ = lost.wait_for(|lost| *lost).await;
    }

    /// Gives the lock back.
    pub async fn release(self) -> Result<()> {
        self.renewal.abort();
        let holder = self.ledger.holder().await?;
        if holder.is_some_and(|holder| holder.nonce == self.info.nonce) {
            self.ledger.remove(OBJECT).await?;
        }
        Ok(())
    }
}

impl Drop for Lease {
    fn drop(&mut self) {
        self.renewal.abort();
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_lock_is_stale_when_its_lease_ended_or_its_process_is_gone() {
        let here = LockInfo::mine("apply");
        assert!(!here.is_stale(Timestamp::now(), &here));
        assert!(here.is_stale(here.expires + SignedDuration::from_secs(1), &here));
        let elsewhere = LockInfo { host: "another".to_owned(), pid: u32::MAX, ..here.clone() };
        assert!(
            !elsewhere.is_stale(Timestamp::now(), &here),
            "another machine's processes are not ours to judge"
        );
        if std::path::Path::new("/proc/self").exists() {
            let gone = LockInfo { pid: u32::MAX, ..here.clone() };
            assert!(gone.is_stale(Timestamp::now(), &here));
        }
    }
}
