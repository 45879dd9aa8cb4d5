//! What a test needs and this machine does not have: the test is skipped aloud, or fails.

use std::io::{Write, stderr};

/// How the scripts in `localstack/` end where what they start can't be had (EX_UNAVAILABLE).
const UNAVAILABLE: i32 = 69;

/// Why something is not there.
#[derive(Debug)]
pub struct Absent {
    reason: String,
    excused: bool,
}

impl Absent {
    /// It can't be had on this machine.
    pub fn excused(reason: impl Into<String>) -> Self {
        Self { reason: reason.into(), excused: true }
    }

    /// It could be had, and did not start.
    pub fn broken(reason: impl Into<String>) -> Self {
        Self { reason: reason.into(), excused: false }
    }

    /// A script of `localstack/` ended with this code.
    pub fn after(code: Option<i32>, reason: &str) -> Self {
        Self { reason: reason.trim().to_owned(), excused: code == Some(UNAVAILABLE) }
    }

    /// Says that the running test is skipped, and why.
    ///
    /// # Panics
    /// Where that is no excuse: what is missing is there and broken, or `CI` is set. `opt_out` says what else can be done.
    pub fn skip(&self, opt_out: &str) {
        assert!(self.excused, "what this test needs did not start: {}", self.reason);
        let in_ci = std::env::var_os("CI").is_some_and(|value| !value.is_empty());
        assert!(!in_ci, "with CI set, what is missing is a failure{opt_out}: {}", self.reason);
        say_skipped(&self.reason);
    }
}

/// Past libtest's capture: who runs the tests has to see it.
pub fn say_skipped(reason: &str) {
    let test = std::thread::current().name().unwrap_or("a test").to_owned();
    let _ = writeln!(stderr(), "SKIPPED {test}: {reason}");
}
