//! What is taken over stays what it is: taking it over never makes another one of it.

use crate::identity::Rules;
use crate::model::{Desired, Live, Ownership, Shown, Status};

use super::Problem;
use super::decide::is_replaced;
use super::evaluate::Evaluation;
use super::matching::How;

/// Refuses what taking a resource over would destroy, or would not do.
pub(super) fn check(
    rules: &Rules,
    desired: &Desired,
    live: &Live,
    how: &How,
    evaluation: &Evaluation,
) -> Result<(), Problem> {
    let address = || desired.address.clone();
    let identifier = || live.identifier.clone();
    if desired.lifecycle.tags_only
        && desired.lifecycle.adopt.as_ref().is_some_and(|id| *id != live.identifier)
    {
        return Err(Problem::Occupied { address: address(), identifier: identifier() });
    }
    let fixed = rules.is_taggable() && !rules.tags_updatable();
    if fixed && live.address() != Some(&desired.address) && !is_replaced(live, evaluation) {
        let resource_type = desired.resource_type.clone();
        return Err(Problem::FixedTags { address: address(), identifier: identifier(), resource_type });
    }
    // What hangs under an owned resource is the stack's already, and is told by `adopt` for ever.
    if *how != How::Adopted || live.ownership != Ownership::Foreign {
        return Ok(());
    }
    let forcing = evaluation.properties.iter().map(|one| &one.shown).find(|shown| shown.forces_replacement);
    let words = match (&live.status, forcing) {
        (Status::Failed(words), _) if !live.resource_type.is_kubernetes() => format!("it failed ({words})"),
        (_, Some(shown)) => {
            let (is, wanted) = (told(shown.before.as_ref()), told(shown.after.as_ref()));
            format!("its {} is {is}, not {wanted}", shown.path)
        }
        _ => return Ok(()),
    };
    Err(Problem::AdoptDiffers { address: address(), identifier: identifier(), words })
}

fn told(shown: Option<&Shown>) -> String {
    match shown {
        None => "not set".to_owned(),
        Some(Shown::Value(value)) => format!("`{value}`"),
        Some(Shown::KnownAfterApply) => "what is known after the apply".to_owned(),
        Some(Shown::Sensitive) => "(sensitive)".to_owned(),
    }
}
