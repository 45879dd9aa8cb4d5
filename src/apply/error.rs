//! Why a step failed.

use std::time::Duration;

use thiserror::Error;

use super::announce::AnnouncementError;
use crate::identity::PrepareError;
use crate::model::{EvaluateError, Identifier, PropertyPath};
use crate::providers::ProviderError;

/// A step that failed for good.
#[derive(Clone, Debug, Error)]
pub enum StepError {
    /// The provider refused.
    #[error("{error}")]
    Refused {
        /// With these words.
        error: ProviderError,
    },
    /// The provider failed again and again.
    #[error("{error} (gave up after {tries} tries in {})", human(*.within))]
    GaveUp {
        /// The last failure.
        error: ProviderError,
        /// Tries made.
        tries: u32,
        /// From the first to the last.
        within: Duration,
    },
    /// Its properties can't be computed.
    #[error(transparent)]
    Prepare(#[from] PrepareError),
    /// A `readyWhen` condition can't be computed.
    #[error("readyWhen: {0}")]
    Condition(#[from] EvaluateError),
    /// It could not be announced.
    #[error(transparent)]
    Announce(#[from] AnnouncementError),
    /// The provider says it failed.
    #[error("{identifier} failed: {words}")]
    Failed {
        /// Which.
        identifier: Identifier,
        /// In the provider's words.
        words: String,
    },
    /// It did not become ready, or did not go, in time.
    #[error("{identifier} is still not {} after {}: {words}", if *.deleting { "gone" } else { "ready" }, human(*.waited))]
    TooSlow {
        /// Which.
        identifier: Identifier,
        /// Whether it should have gone.
        deleting: bool,
        /// How long it was waited for.
        waited: Duration,
        /// What it waits for, in the provider's words.
        words: String,
    },
    /// It was made and is not there.
    #[error(
        "{identifier} was there and is gone; something else may have deleted it, run `stackctl plan` again"
    )]
    Vanished {
        /// Which.
        identifier: Identifier,
    },
    /// What only now became known would replace the resource.
    #[error(
        "{path} has to change now that all it refers to is known, and that would replace the resource, which the plan did \
         not show: nothing was changed, run `stackctl plan` again and look at it"
    )]
    NeedsReplacement {
        /// What has to change.
        path: PropertyPath,
    },
    /// It would destroy data without consent.
    #[error("destroying it needs consent: `--allow-destroy {address}`")]
    NoConsent {
        /// The address to allow.
        address: String,
    },
    /// The plan is not one that can be carried out.
    #[error("the plan says nothing of its {0}; this is a mistake in stackctl, please report it")]
    Incomplete(&'static str),
}

/// A duration as people say it: `850ms`, `12s`, `3m 20s`, `1h 5m`.
pub fn human(time: Duration) -> String {
    let seconds = time.as_secs();
    match seconds {
        0 => format!("{}ms", time.as_millis()),
        1..60 => format!("{seconds}s"),
        60..3600 if seconds.is_multiple_of(60) => format!("{}m", seconds / 60),
        60..3600 => format!("{}m {}s", seconds / 60, seconds % 60),
        _ => format!("{}h {}m", seconds / 3600, seconds % 3600 / 60),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn times_read_as_people_say_them() {
        let say = |millis| human(Duration::from_millis(millis));
        assert_eq!(say(850), "850ms");
        assert_eq!(say(12_400), "12s");
        assert_eq!(say(120_000), "2m");
        assert_eq!(say(200_000), "3m 20s");
        assert_eq!(say(3_900_000), "1h 5m");
    }
}
