//! Why an expression has no value.

use crate::blueprint::expression::value::Poisoned;

/// An expression that has no value.
#[derive(Clone, Debug)]
pub enum Fault {
    /// It needs something whose own mistake has been reported.
    Poisoned,
    /// Its own mistake.
    Problem(Box<Problem>),
}

/// A mistake in an expression.
#[derive(Clone, Debug)]
pub struct Problem {
    /// The finding's code.
    pub code: &'static str,
    /// Bytes of the template's text, or of the program's while it is evaluated.
    pub at: (u32, u32),
    /// In words.
    pub message: String,
    /// How to mend it.
    pub help: Option<String>,
}

impl Fault {
    /// A mistake whose place is filled in by the evaluator.
    pub fn new(code: &'static str, message: impl Into<String>, help: Option<String>) -> Self {
        Self::Problem(Box::new(Problem { code, at: (0, 0), message: message.into(), help }))
    }

    pub(super) fn placed(mut self, at: (u32, u32)) -> Self {
        if let Self::Problem(problem) = &mut self
            && problem.at == (0, 0)
        {
            problem.at = at;
        }
        self
    }
}

impl From<Poisoned> for Fault {
    fn from(_: Poisoned) -> Self {
        Self::Poisoned
    }
}

/// The fault with its place moved to where the program stands in its text.
pub(super) fn shifted(mut fault: Fault, start: u32) -> Fault {
    if let Fault::Problem(problem) = &mut fault {
        problem.at = (problem.at.0 + start, problem.at.1 + start);
    }
    fault
}
