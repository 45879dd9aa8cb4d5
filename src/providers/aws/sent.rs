//! Which creates this process has sent: a second try of one looks for what the first has made.
//!
//! The API's own tokens and unique names do the same across processes; this also covers an answer lost by a service that
//! does not keep to them.

use std::collections::HashSet;
use std::sync::{Mutex, PoisonError};

/// The creates sent so far, by token or name.
#[derive(Debug, Default)]
pub struct Sent(Mutex<HashSet<String>>);

impl Sent {
    /// Whether this was noted before; notes nothing.
    pub fn knows(&self, key: &str) -> bool {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).contains(key)
    }

    /// Notes a create; whether it was noted before.
    pub fn is_repeated(&self, key: &str) -> bool {
        !self.0.lock().unwrap_or_else(PoisonError::into_inner).insert(key.to_owned())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_second_time_is_a_repetition() {
        let sent = Sent::default();
        assert!(!sent.knows("a"));
        assert!(!sent.is_repeated("a"));
        assert!(sent.knows("a"));
        assert!(sent.is_repeated("a"));
        assert!(!sent.is_repeated("b"));
    }
}
