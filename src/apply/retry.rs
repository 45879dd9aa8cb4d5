//! Calls that are paced and tried again, each kind of failure in its own way.

use std::collections::HashMap;
use std::time::Duration;

use tokio::time::Instant;

use super::pace::{Lane, Paces};
use super::settings::{RetrySettings, Settings};
use crate::providers::{ErrorKind, ProviderError};

/// The tries of one call.
#[derive(Debug)]
pub(super) struct Tries<'a> {
    settings: &'a Settings,
    paces: &'a Paces,
    lane: Lane,
    made: u32,
    by_kind: HashMap<ErrorKind, (Instant, u32)>,
    random: fastrand::Rng,
}

/// What to do after a failure.
#[derive(Debug)]
pub(super) enum Next {
    /// Try again after this pause.
    Again(Duration),
    /// Give up.
    GiveUp,
}

impl<'a> Tries<'a> {
    /// For a call on this lane; `salt` keeps the jitter of different calls apart where the seed is fixed.
    pub(super) fn new(settings: &'a Settings, paces: &'a Paces, lane: Lane, salt: u64) -> Self {
        let random =
            settings.seed.map_or_else(fastrand::Rng::new, |seed| fastrand::Rng::with_seed(seed ^ salt));
        Self { settings, paces, lane, made: 0, by_kind: HashMap::new(), random }
    }

    /// Tries made so far.
    pub(super) fn made(&self) -> u32 {
        self.made
    }

    /// Makes one try at the lane's pace. `paced` says that its turn has been taken already.
    pub(super) async fn attempt<T>(
        &mut self,
        paced: bool,
        call: impl Future<Output = Result<T, ProviderError>>,
    ) -> Result<T, ProviderError> {
        if !paced {
            self.paces.turn(&self.lane).await;
        }
        self.made += 1;
        let result = call.await;
        match &result {
            Err(error) if error.kind == ErrorKind::Throttled => self.paces.throttled(&self.lane),
            _ => self.paces.succeeded(&self.lane),
        }
        result
    }

    /// What to do after this failure.
    pub(super) fn after(&mut self, kind: ErrorKind) -> Next {
        let Some(retry) = limits(self.settings, kind) else { return Next::GiveUp };
        let now = Instant::now();
        let (since, count) = self.by_kind.entry(kind).or_insert((now, 0));
        *count += 1;
        if now.duration_since(*since) >= retry.limit {
            return Next::GiveUp;
        }
        let bound = retry.base.saturating_mul(1 << (*count - 1).min(16)).min(retry.cap);
        Next::Again(bound.mul_f64(self.random.f64()))
    }
}

fn limits(settings: &Settings, kind: ErrorKind) -> Option<&RetrySettings> {
    match kind {
        ErrorKind::Throttled => Some(&settings.throttled),
        ErrorKind::Transient => Some(&settings.transient),
        ErrorKind::NotYet => Some(&settings.not_yet),
        ErrorKind::InUse => Some(&settings.in_use),
        ErrorKind::NotFound
        | ErrorKind::AlreadyExists
        | ErrorKind::Denied
        | ErrorKind::Invalid
        | ErrorKind::Unsupported => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::Scope;

    #[tokio::test(start_paused = true)]
    async fn each_kind_has_its_own_patience() {
        let settings = Settings { seed: Some(1), ..Settings::default() };
        let paces = Paces::new(settings.pace);
        let patience = async |kind| {
            let mut tries = Tries::new(&settings, &paces, ("ec2", Scope::Global), 0);
            let start = Instant::now();
            while let Next::Again(pause) = tries.after(kind) {
                assert!(pause <= Duration::from_secs(20));
                tokio::time::sleep(pause).await;
            }
            start.elapsed().as_secs()
        };
        assert!((180..200).contains(&patience(ErrorKind::Transient).await));
        assert!((900..930).contains(&patience(ErrorKind::InUse).await));
        assert_eq!(patience(ErrorKind::Invalid).await, 0);
    }
}
