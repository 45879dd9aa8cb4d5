//! Repeats a read that was throttled or interrupted: reads change nothing, so they may be repeated at will.

use std::future::Future;
use std::time::Duration;

use crate::model::Digest;
use crate::providers::{ErrorKind, Result};

/// The most attempts.
const ATTEMPTS: u32 = 6;
/// The pause after the first failure; it doubles with each.
const FIRST_PAUSE: Duration = Duration::from_millis(200);

/// Calls until it works, or fails for good. `label` sets apart the pauses of calls that failed together.
pub(super) async fn with_retries<T, F>(label: &str, call: impl Fn() -> F) -> Result<T>
where
    F: Future<Output = Result<T>>,
{
    let mut attempt = 1;
    loop {
        match call().await {
            Err(error) if attempt < ATTEMPTS && is_passing(error.kind) => {
                tracing::debug!(label, attempt, %error, "a read is repeated");
                tokio::time::sleep(pause(label, attempt)).await;
                attempt += 1;
            }
            outcome => return outcome,
        }
    }
}

fn is_passing(kind: ErrorKind) -> bool {
    matches!(kind, ErrorKind::Throttled | ErrorKind::Transient)
}

/// Between the half and the whole of an exponentially growing pause.
fn pause(label: &str, attempt: u32) -> Duration {
    let whole = FIRST_PAUSE * 2_u32.pow(attempt - 1);
    let spread = Digest::of(format!("{label}{attempt}").as_bytes()).base36(2);
    let part = u32::from_str_radix(&spread, 36).unwrap_or(0);
    whole / 2 + whole / 2 * part / (36 * 36)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pauses_grow_and_differ() {
        assert!(pause("a", 1) >= FIRST_PAUSE / 2 && pause("a", 1) <= FIRST_PAUSE);
        assert!(pause("a", 4) >= FIRST_PAUSE * 4);
        assert_ne!(pause("a", 4), pause("b", 4));
    }
}
