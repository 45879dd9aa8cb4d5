//! The cloud's own time: milliseconds since it began, on tokio's clock, so that a paused runtime makes it virtual.

use std::time::Duration;

use tokio::time::Instant;

/// A clock that may run faster than the wall's and goes on where a saved cloud stopped.
#[derive(Debug)]
pub(super) struct Clock {
    origin: Instant,
    base_ms: u64,
    speed: f64,
}

impl Clock {
    pub(super) fn new(base_ms: u64, speed: f64) -> Self {
        Self { origin: Instant::now(), base_ms, speed }
    }

    /// Milliseconds since the cloud began.
    pub(super) fn now(&self) -> u64 {
        let elapsed = self.origin.elapsed().mul_f64(self.speed);
        self.base_ms + u64::try_from(elapsed.as_millis()).unwrap_or(u64::MAX)
    }

    /// Lets so much of the cloud's time pass; returns at once for none.
    pub(super) async fn pass(&self, time: Duration) {
        if !time.is_zero() {
            tokio::time::sleep(time.div_f64(self.speed)).await;
        }
    }
}

/// Whole milliseconds of a duration.
pub(super) fn millis(time: Duration) -> u64 {
    u64::try_from(time.as_millis()).unwrap_or(u64::MAX)
}
