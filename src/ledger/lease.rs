//! A held lock: renewed in the background, checked before anything is begun, given back at the end.

use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use jiff::Timestamp;
use object_store::Error as StoreError;
use tokio::sync::{Mutex as AsyncMutex, watch};
use tokio::task::JoinHandle;
use tokio::time::Instant;

use super::holder::{LEASE, LockInfo};
use super::lock::OBJECT;
use super::{Ledger, LedgerError, Result};

/// How old a lease is when it is renewed.
const RENEWAL: Duration = Duration::from_secs(20);
/// How often its age is looked at: a machine that slept wakes with an old one.
const LOOK: Duration = Duration::from_secs(1);
/// How long a renewal may take that comes late.
const GRACE: Duration = Duration::from_secs(5);

/// A held lock. It is renewed in the background; [`release`](Self::release) it when done. If it is dropped without, it
/// lasts until the lease ends.
#[derive(Debug)]
pub struct Lease {
    held: Arc<Hold>,
    lost: watch::Receiver<bool>,
    renewal: JoinHandle<()>,
}

/// What the holder and the renewal in the background share.
#[derive(Debug)]
struct Hold {
    ledger: Ledger,
    info: LockInfo,
    renewed: Mutex<Moment>,
    /// Locked while the lock is written: no write may come after its removal.
    writing: AsyncMutex<()>,
}

/// A moment on two clocks: one goes on while the machine sleeps, the other is never set back.
#[derive(Clone, Copy, Debug)]
struct Moment {
    wall: Timestamp,
    steady: Instant,
}

impl Moment {
    fn now() -> Self {
        Self { wall: Timestamp::now(), steady: Instant::now() }
    }

    /// How long ago it was, by the clock that says more.
    fn age(self) -> Duration {
        let wall = Duration::try_from(Timestamp::now().duration_since(self.wall)).unwrap_or_default();
        wall.max(self.steady.elapsed())
    }
}

impl Hold {
    fn is_mine(&self, holder: Option<&LockInfo>) -> bool {
        holder.is_some_and(|holder| holder.nonce == self.info.nonce)
    }

    fn age(&self) -> Duration {
        self.renewed.lock().unwrap_or_else(PoisonError::into_inner).age()
    }

    /// Makes the lease last from now on.
    ///
    /// # Errors
    /// [`LedgerError::Lost`] where the lock is not this process's any more; else the lease is as old as before.
    async fn renew(&self) -> Result<()> {
        let _alone = self.writing.lock().await;
        let (ledger, began) = (&self.ledger, Moment::now());
        let _guard = ledger.guard().await;
        let Some((holder, version)) = ledger.holder_with_version().await? else {
            return Err(LedgerError::Lost { to: None });
        };
        if !self.is_mine(holder.as_ref()) {
            return Err(LedgerError::Lost { to: holder.map(Box::new) });
        }
        let info = LockInfo { expires: Timestamp::now() + LEASE, ..self.info.clone() };
        match ledger.overwrite_lock(&info, version).await {
            Err(LedgerError::Store { source: StoreError::Precondition { .. }, .. }) => {
                // Somebody else was faster; or the answer to this very write was lost, and its repetition found it.
                let holder = ledger.holder().await?;
                if !self.is_mine(holder.as_ref()) {
                    return Err(LedgerError::Lost { to: holder.map(Box::new) });
                }
            }
            other => other?,
        }
        *self.renewed.lock().unwrap_or_else(PoisonError::into_inner) = began;
        Ok(())
    }
}

impl Ledger {
    pub(super) fn lease(&self, info: LockInfo) -> Lease {
        let made = Moment { wall: info.since, steady: Instant::now() };
        let (ledger, renewed, writing) = (self.clone(), Mutex::new(made), AsyncMutex::default());
        let held = Arc::new(Hold { ledger, info, renewed, writing });
        let (signal, lost) = watch::channel(false);
        let renewal = tokio::spawn(keep(held.clone(), signal));
        Lease { held, lost, renewal }
    }
}

/// Renews a lease until it is dropped, or lost: somebody else has the lock, or it could not be renewed in time.
async fn keep(held: Arc<Hold>, loss: watch::Sender<bool>) {
    loop {
        tokio::time::sleep(LOOK).await;
        if held.age() < RENEWAL {
            continue;
        }
        let left = LEASE.unsigned_abs().saturating_sub(held.age()).max(GRACE);
        let reason = match tokio::time::timeout(left, held.renew()).await {
            Ok(Ok(())) => continue,
            Ok(Err(error @ LedgerError::Lost { .. })) => error.to_string(),
            Ok(Err(error)) if held.age() < LEASE.unsigned_abs() => {
                tracing::debug!("the lock could not be renewed, trying again: {error}");
                continue;
            }
            Ok(Err(error)) => format!("the lock could not be renewed in time: {error}"),
            Err(_) => "the lock could not be renewed in time".to_owned(),
        };
        tracing::warn!("{reason}");
        loss.send_replace(true);
        return;
    }
}

impl Lease {
    /// Who holds it: this process.
    pub fn info(&self) -> &LockInfo {
        &self.held.info
    }

    /// Makes sure that the lock is still held, and will be for as long as a lease lasts.
    ///
    /// # Errors
    /// [`LedgerError::Lost`] where somebody else took or removed it: what was planned under it may not be true any more.
    pub async fn check(&self) -> Result<()> {
        if *self.lost.borrow() {
            let other = self.held.ledger.holder().await?.filter(|holder| !self.held.is_mine(Some(holder)));
            return Err(LedgerError::Lost { to: other.map(Box::new) });
        }
        self.held.renew().await
    }

    /// Returns when the lock is lost: whoever relies on it must stop.
    pub async fn lost(&self) {
        let mut lost = self.lost.clone();
        // A closed channel means that the renewal ended without a word, which is a loss too.
        let _ = lost.wait_for(|lost| *lost).await;
    }

    /// Gives the lock back.
    pub async fn release(self) -> Result<()> {
        let _alone = self.held.writing.lock().await;
        self.renewal.abort();
        let ledger = &self.held.ledger;
        let _guard = ledger.guard().await;
        if self.held.is_mine(ledger.holder().await?.as_ref()) {
            ledger.remove(OBJECT).await?;
        }
        Ok(())
    }
}

impl Drop for Lease {
    fn drop(&mut self) {
        self.renewal.abort();
    }
}
