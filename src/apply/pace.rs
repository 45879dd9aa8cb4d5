//! The pace of calls: one token bucket for each service and region, which halves when the service says "too fast" and
//! recovers bit by bit (AIMD, as TCP does).

use std::collections::HashMap;
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use tokio::time::Instant;

use super::settings::PaceSettings;
use crate::model::Scope;

/// Whose pace it is.
pub(super) type Lane = (&'static str, Scope);

/// Throttled answers to calls that were sent before the last halving say nothing new about the halved pace.
const ONE_CUT: Duration = Duration::from_secs(1);

/// The paces of all services and regions.
#[derive(Debug)]
pub(super) struct Paces {
    settings: PaceSettings,
    lanes: Mutex<HashMap<Lane, Pace>>,
}

/// One token bucket. Its tokens go below zero by those that have reserved one and wait for it.
#[derive(Clone, Copy, Debug)]
struct Pace {
    rate: f64,
    tokens: f64,
    at: Instant,
    cut: Option<Instant>,
}

impl Paces {
    pub(super) fn new(settings: PaceSettings) -> Self {
        Self { settings, lanes: Mutex::default() }
    }

    fn lanes(&self) -> MutexGuard<'_, HashMap<Lane, Pace>> {
        self.lanes.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn with<T>(&self, lane: &Lane, act: impl FnOnce(&mut Pace, &PaceSettings) -> T) -> T {
        let mut lanes = self.lanes();
        let fresh = || Pace {
            rate: self.settings.initial,
            tokens: self.settings.burst,
            at: Instant::now(),
            cut: None,
        };
        let pace = lanes.entry(lane.clone()).or_insert_with(fresh);
        pace.refill(&self.settings);
        act(pace, &self.settings)
    }

    /// How long until a call may go, without reserving it.
    pub(super) fn delay(&self, lane: &Lane) -> Duration {
        self.with(lane, |pace, _| pace.delay(1.0))
    }

    /// Reserves a call: how long it has to wait.
    pub(super) fn reserve(&self, lane: &Lane) -> Duration {
        self.with(lane, |pace, _| {
            let delay = pace.delay(1.0);
            pace.tokens -= 1.0;
            delay
        })
    }

    /// Waits until a call may go.
    pub(super) async fn turn(&self, lane: &Lane) {
        let delay = self.reserve(lane);
        if !delay.is_zero() {
            tokio::time::sleep(delay).await;
        }
    }

    /// The service said "too fast".
    pub(super) fn throttled(&self, lane: &Lane) {
        self.with(lane, |pace, settings| {
            if pace.cut.is_none_or(|cut| cut.elapsed() >= ONE_CUT) {
                pace.rate = (pace.rate / 2.0).max(settings.least);
                pace.tokens = pace.tokens.min(0.0);
                pace.cut = Some(Instant::now());
            }
        });
    }

    /// The service answered.
    pub(super) fn succeeded(&self, lane: &Lane) {
        // A call's share of a second's recovery: at full use, `rate` calls make `recovery` in a second.
        self.with(lane, |pace, settings| {
            pace.rate = (pace.rate + settings.recovery / pace.rate.max(1.0)).min(settings.most);
        });
    }

    /// Calls a second, now.
    #[cfg(test)]
    fn rate(&self, lane: &Lane) -> f64 {
        self.with(lane, |pace, _| pace.rate)
    }
}

impl Pace {
    fn refill(&mut self, settings: &PaceSettings) {
        let now = Instant::now();
        let earned = now.duration_since(self.at).as_secs_f64() * self.rate;
        self.tokens = (self.tokens + earned).min(settings.burst);
        self.at = now;
    }

    fn delay(&self, wanted: f64) -> Duration {
        let missing = wanted - self.tokens;
        if missing <= 0.0 { Duration::ZERO } else { Duration::from_secs_f64(missing / self.rate) }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const SETTINGS: PaceSettings =
        PaceSettings { initial: 20.0, least: 0.5, most: 40.0, recovery: 1.0, burst: 10.0 };

    fn lane() -> Lane {
        ("ec2", Scope::Global)
    }

    #[tokio::test(start_paused = true)]
    async fn after_the_burst_calls_go_at_the_rate() {
        let paces = Paces::new(SETTINGS);
        let start = Instant::now();
        for _ in 0..50 {
            paces.turn(&lane()).await;
        }
        let took = start.elapsed().as_secs_f64();
        assert!((1.9..2.2).contains(&took), "40 calls at 20 a second took {took} s");
    }

    #[tokio::test(start_paused = true)]
    async fn throttling_halves_the_pace_once_for_calls_sent_together_and_success_recovers_it() {
        let paces = Paces::new(SETTINGS);
        for _ in 0..5 {
            paces.throttled(&lane());
        }
        assert!((paces.rate(&lane()) - 10.0).abs() < 0.01);
        tokio::time::sleep(Duration::from_secs(2)).await;
        paces.throttled(&lane());
        assert!((paces.rate(&lane()) - 5.0).abs() < 0.01);
        for _ in 0..50 {
            paces.turn(&lane()).await;
            paces.succeeded(&lane());
        }
        let rate = paces.rate(&lane());
        assert!((8.0..12.0).contains(&rate), "{rate}");
    }

    #[tokio::test(start_paused = true)]
    async fn the_pace_never_stops_and_other_lanes_keep_theirs() {
        let paces = Paces::new(SETTINGS);
        for _ in 0..20 {
            paces.throttled(&lane());
            tokio::time::sleep(Duration::from_secs(2)).await;
        }
        assert!((paces.rate(&lane()) - 0.5).abs() < 0.01);
        assert!((paces.rate(&("s3", Scope::Global)) - 20.0).abs() < 0.01);
    }
}
