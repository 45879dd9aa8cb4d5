//! Repeats a read that was throttled or interrupted: reads change nothing, so they may be repeated at will.

use std::future::Future;
use std::time::Duration;

use tokio::time::Instant;

use crate::model::Digest;
use crate::providers::{ErrorKind, Result};

/// How long a read that the service finds too fast is repeated, from its first attempt.
const WHILE_THROTTLED: Duration = Duration::from_mins(2);
/// How long one that the network or the service fails is.
const WHILE_BROKEN: Duration = Duration::from_secs(20);
/// The pause after the first failure; it doubles with each.
const FIRST_PAUSE: Duration = Duration::from_millis(200);
/// The longest pause.
const LONGEST_PAUSE: Duration = Duration::from_secs(10);

/// Calls until it works, fails for good, or patience is at its end. `label` sets apart the pauses of calls that failed
/// together.
pub(super) async fn with_retries<T, F>(label: &str, call: impl Fn() -> F) -> Result<T>
where
    F: Future<Output = Result<T>>,
{
    let began = Instant::now();
    let mut attempt = 1;
    loop {
        match call().await {
            Err(error) if began.elapsed() < patience(error.kind) => {
                tracing::debug!(label, attempt, %error, "a read is repeated");
                tokio::time::sleep(pause(label, attempt)).await;
                attempt += 1;
            }
            outcome => return outcome,
        }
    }
}

fn patience(kind: ErrorKind) -> Duration {
    match kind {
        ErrorKind::Throttled => WHILE_THROTTLED,
        ErrorKind::Transient => WHILE_BROKEN,
        _ => Duration::ZERO,
    }
}

/// Between the half and the whole of an exponentially growing pause.
fn pause(label: &str, attempt: u32) -> Duration {
    let whole = FIRST_PAUSE.saturating_mul(2_u32.saturating_pow(attempt - 1)).min(LONGEST_PAUSE);
    let spread = Digest::of(format!("{label}{attempt}").as_bytes()).base36(2);
    let part = u32::from_str_radix(&spread, 36).unwrap_or(0);
    whole / 2 + whole / 2 * part / (36 * 36)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::providers::ProviderError;

    #[test]
    fn pauses_grow_and_differ() {
        assert!(pause("a", 1) >= FIRST_PAUSE / 2 && pause("a", 1) <= FIRST_PAUSE);
        assert!(pause("a", 4) >= FIRST_PAUSE * 4);
        assert!(pause("a", 60) <= LONGEST_PAUSE);
        assert_ne!(pause("a", 4), pause("b", 4));
    }

    #[tokio::test(start_paused = true)]
    async fn patience_is_for_what_passes() {
        let took = async |kind| {
            let began = Instant::now();
            let failed = async || Err::<(), _>(ProviderError::new(kind, "ec2:DescribeVpcs", "no"));
            with_retries("a", failed).await.unwrap_err();
            began.elapsed().as_secs()
        };
        assert!((120..131).contains(&took(ErrorKind::Throttled).await));
        assert!((20..31).contains(&took(ErrorKind::Transient).await));
        assert_eq!(took(ErrorKind::Denied).await, 0);
    }
}
