//! What could not be read, and where nothing desired tells of it: what the stack left there is in no plan.
//!
//! A destroy refuses to begin, and so does a stage where what is left would hang in the air: objects in a cluster that goes,
//! and places that the stack has been in. Other gaps are shown beside the plan.

use super::plan::{Goal, PlanRequest};
use crate::diff::Problem;
use crate::model::{Action, Address, Change, Cluster, Desired, ReadFailure, Region, Scope};

/// What is not known of the stack's own.
#[derive(Debug, Default)]
pub(super) struct Unsearched {
    /// What keeps the plan from being carried out.
    pub(super) problems: Vec<Problem>,
    /// What the plan says nothing of.
    pub(super) gaps: Vec<ReadFailure>,
}

/// Sorts out the failures that no resource of `desired` covers: for those, there are problems already.
pub(super) fn sort_out<'d>(
    request: &PlanRequest<'_>,
    failures: &[ReadFailure],
    desired: impl Iterator<Item = &'d Desired> + Clone,
    changes: &[Change],
) -> Unsearched {
    let mut unsearched = Unsearched::default();
    // A type that a place does not have is not there either.
    for failure in failures.iter().filter(|failure| !failure.unserved) {
        let is_told = desired.clone().any(|one| failure.covers(&one.scope, &one.resource_type));
        if must_be_known(request, failure, is_told, changes) {
            unsearched.problems.push(problem(failure));
        } else if !is_told && request.filter.selects(&address(failure)) {
            unsearched.gaps.push(failure.clone());
        }
    }
    unsearched
}

fn must_be_known(
    request: &PlanRequest<'_>,
    failure: &ReadFailure,
    is_told: bool,
    changes: &[Change],
) -> bool {
    match (&request.goal, &failure.scope) {
        (Goal::Stage(_), Scope::Cluster(cluster)) => {
            let own = cluster.address();
            own.is_some_and(|own| goes(&own, changes) || (failure.resource_type.is_none() && !is_told))
        }
        (Goal::Stage(_), _) if failure.resource_type.is_some() || is_told => false,
        (Goal::Nothing(_), _) | (Goal::Stage(_), Scope::Global) => true,
        (Goal::Stage(_), Scope::Region(region)) => request.entered.contains(region),
    }
}

/// Whether a cluster is deleted, with all that is in it.
fn goes(cluster: &Address, changes: &[Change]) -> bool {
    let goes = |change: &Change| matches!(change.action, Action::Delete | Action::Replace);
    changes.iter().any(|change| change.address == *cluster && goes(change))
}

fn problem(failure: &ReadFailure) -> Problem {
    Problem::Unsearched {
        address: address(failure),
        resource_type: failure.resource_type.clone(),
        scope: failure.scope.clone(),
        error: failure.error.clone(),
    }
}

/// What a filter names it by: the cluster itself, or all of a place or a type in it (`eu-west-1/*[AWS::SQS::Queue]`).
fn address(failure: &ReadFailure) -> Address {
    let place = failure.scope.region().map_or("global", Region::as_str);
    match &failure.resource_type {
        Some(resource_type) => Address::new(place, "*", Some(resource_type.as_str())),
        None => {
            let cluster = failure.scope.cluster().and_then(Cluster::address);
            cluster.unwrap_or_else(|| Address::new(place, "*", None))
        }
    }
}
