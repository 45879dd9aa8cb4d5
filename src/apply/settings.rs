//! How patient and how fast an apply is.

use std::time::Duration;

/// The limits of an apply. [`Settings::default`] is for AWS.
#[derive(Clone, Debug)]
pub struct Settings {
    /// The pace of each service in each region.
    pub pace: PaceSettings,
    /// After calls that were too fast.
    pub throttled: RetrySettings,
    /// After failures of the network or the service.
    pub transient: RetrySettings,
    /// While something that a call needs is not visible or usable.
    pub not_yet: RetrySettings,
    /// While something still uses what is to go.
    pub in_use: RetrySettings,
    /// How long what waits is polled.
    pub poll: PollSettings,
    /// How long to read for a create whose outcome is not known before it is made again: longer than the cloud takes to
    /// show what was made.
    pub settle: Duration,
    /// The seed of all jitter; none for a new one each time.
    pub seed: Option<u64>,
}

/// An additive-increase, multiplicative-decrease token bucket.
#[derive(Clone, Copy, Debug)]
pub struct PaceSettings {
    /// Calls a second to begin with.
    pub initial: f64,
    /// The slowest that throttling can make it, in calls a second.
    pub least: f64,
    /// The fastest that success can make it, in calls a second.
    pub most: f64,
    /// How many calls a second are won back in each second of success.
    pub recovery: f64,
    /// How many calls may go at once after a pause.
    pub burst: f64,
}

/// Repeated tries, with full jitter: each pause is a random part of a bound that doubles.
#[derive(Clone, Copy, Debug)]
pub struct RetrySettings {
    /// The bound of the first pause.
    pub base: Duration,
    /// The bound that is never exceeded.
    pub cap: Duration,
    /// How long in all, from the first failure of its kind.
    pub limit: Duration,
}

/// How often those that wait are asked for.
#[derive(Clone, Copy, Debug)]
pub struct PollSettings {
    /// The shortest time between two polls.
    pub least: Duration,
    /// The longest.
    pub most: Duration,
    /// Patience while nothing moves, as a multiple of the type's usual create time.
    pub patience: f64,
    /// But at least this.
    pub patience_least: Duration,
    /// The longest wait for what moves.
    pub patience_most: Duration,
    /// How long what was just made may answer "not found".
    pub invisible: Duration,
}

impl Default for Settings {
    fn default() -> Self {
        let retry = |base, cap, limit| RetrySettings {
            base: Duration::from_millis(base),
            cap: Duration::from_secs(cap),
            limit: Duration::from_secs(limit),
        };
        Self {
            pace: PaceSettings { initial: 20.0, least: 0.5, most: 50.0, recovery: 1.0, burst: 20.0 },
            throttled: retry(500, 20, 600),
            transient: retry(300, 10, 180),
            not_yet: retry(1_000, 10, 300),
            in_use: retry(2_000, 20, 900),
            poll: PollSettings {
                least: Duration::from_millis(500),
                most: Duration::from_secs(15),
                patience: 6.0,
                patience_least: Duration::from_mins(10),
                patience_most: Duration::from_hours(6),
                invisible: Duration::from_mins(2),
            },
            settle: Duration::from_mins(1),
            seed: None,
        }
    }
}

impl Settings {
    /// For a cloud that runs faster than the wall's clock.
    #[must_use]
    pub fn sped_up(mut self, speed: f64) -> Self {
        for retry in [&mut self.throttled, &mut self.transient, &mut self.not_yet, &mut self.in_use] {
            for time in [&mut retry.base, &mut retry.cap, &mut retry.limit] {
                *time = time.div_f64(speed);
            }
        }
        let poll = &mut self.poll;
        let patience = [&mut poll.patience_least, &mut poll.patience_most, &mut poll.invisible];
        for time in [&mut poll.least, &mut poll.most, &mut self.settle].into_iter().chain(patience) {
            *time = time.div_f64(speed);
        }
        for rate in
            [&mut self.pace.initial, &mut self.pace.least, &mut self.pace.most, &mut self.pace.recovery]
        {
            *rate *= speed;
        }
        self
    }

    /// For a cloud that answers everything at once: no pace, no pauses.
    pub fn immediate() -> Self {
        let fast = 1e9;
        let mut settings = Self::default();
        settings.poll.least = Duration::ZERO;
        settings.poll.most = Duration::ZERO;
        settings.pace = PaceSettings { initial: fast, least: fast, most: fast, recovery: 0.0, burst: fast };
        settings
    }
}
