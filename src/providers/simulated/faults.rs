//! Failures on demand: which call fails, how often, and how.

use crate::model::Address;
use crate::providers::ErrorKind;

/// The plan of what goes wrong.
#[derive(Clone, Debug, Default)]
pub struct Faults(Vec<Armed>);

/// One thing that goes wrong.
#[derive(Clone, Debug)]
pub struct Fault {
    /// Which calls it looks at.
    pub at: Match,
    /// How many of those pass before it strikes.
    pub after: u32,
    /// How many it strikes; `u32::MAX` for all that follow.
    pub times: u32,
    /// What it does.
    pub failure: Failure,
}

/// Which calls a fault looks at; what is `None` matches all.
#[derive(Clone, Debug, Default)]
pub struct Match {
    /// The kind of call.
    pub operation: Option<Operation>,
    /// The resource type.
    pub resource_type: Option<String>,
    /// A glob over addresses; calls that concern no single resource never match one.
    pub address: Option<String>,
}

/// A kind of call.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Operation {
    /// A bulk read.
    List,
    /// A create.
    Create,
    /// An update.
    Update,
    /// A delete.
    Delete,
    /// A poll of those that wait.
    Ready,
    /// A tag search.
    Search,
}

/// What goes wrong.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Failure {
    /// The call is refused; nothing happens.
    Refused(ErrorKind),
    /// The call goes through, its answer is lost.
    AnswerLost,
    /// The process dies before the call is made.
    CrashBefore,
    /// The process dies after the call went through.
    CrashAfter,
    /// What the call makes or changes never becomes ready.
    NeverReady(String),
}

#[derive(Clone, Debug)]
struct Armed {
    fault: Fault,
    seen: u32,
}

impl Faults {
    /// Nothing goes wrong.
    pub fn none() -> Self {
        Self::default()
    }

    /// And this goes wrong too.
    #[must_use]
    pub fn and(mut self, fault: Fault) -> Self {
        self.0.push(Armed { fault, seen: 0 });
        self
    }

    /// What goes wrong with this call; counts it for every fault that looks at it.
    pub(super) fn strike(
        &mut self,
        operation: Operation,
        resource_type: &str,
        address: Option<&Address>,
    ) -> Option<Failure> {
        let mut struck = None;
        for armed in
            self.0.iter_mut().filter(|armed| armed.fault.at.covers(operation, resource_type, address))
        {
            let nth = armed.seen;
            armed.seen = armed.seen.saturating_add(1);
            let due = nth >= armed.fault.after && nth - armed.fault.after < armed.fault.times;
            if due && struck.is_none() {
                struck = Some(armed.fault.failure.clone());
            }
        }
        struck
    }
}

impl Match {
    fn covers(&self, operation: Operation, resource_type: &str, address: Option<&Address>) -> bool {
        self.operation.is_none_or(|wanted| wanted == operation)
            && self.resource_type.as_deref().is_none_or(|wanted| wanted == resource_type)
            && self.address.as_deref().is_none_or(|glob| address.is_some_and(|address| address.matches(glob)))
    }
}

impl Fault {
    /// The n-th call of a kind, from 1, fails in this way, once.
    pub fn nth(operation: Operation, nth: u32, failure: Failure) -> Self {
        let at = Match { operation: Some(operation), ..Match::default() };
        Self { at, after: nth.saturating_sub(1), times: 1, failure }
    }

    /// Every call of a kind for addresses like this one fails in this way.
    pub fn always(operation: Operation, address: &str, failure: Failure) -> Self {
        let at = Match { operation: Some(operation), resource_type: None, address: Some(address.to_owned()) };
        Self { at, after: 0, times: u32::MAX, failure }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_fault_strikes_the_calls_it_was_armed_for_and_no_others() {
        let refused = Failure::Refused(ErrorKind::Transient);
        let mut faults = Faults::none().and(Fault::nth(Operation::Create, 2, refused.clone()));
        assert_eq!(faults.strike(Operation::Create, "AWS::EC2::VPC", None), None);
        assert_eq!(faults.strike(Operation::Delete, "AWS::EC2::VPC", None), None);
        assert_eq!(faults.strike(Operation::Create, "AWS::S3::Bucket", None), Some(refused));
        assert_eq!(faults.strike(Operation::Create, "AWS::S3::Bucket", None), None);
    }

    #[test]
    fn an_address_glob_never_matches_a_call_without_an_address() {
        let mut faults = Faults::none().and(Fault::always(Operation::List, "*", Failure::AnswerLost));
        assert_eq!(faults.strike(Operation::List, "AWS::EC2::VPC", None), None);
        let address = Address::new("eu-west-1", "vpc", None);
        assert!(faults.strike(Operation::List, "AWS::EC2::VPC", Some(&address)).is_some());
    }
}
