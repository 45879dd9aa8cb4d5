//! Which Kubernetes clusters are read.

use std::collections::BTreeSet;
use std::sync::Arc;

use crate::model::{Cluster, Live, Scope, Status};

/// The type of the clusters that the stack makes.
const CLUSTER: &str = "AWS::EKS::Cluster";

/// The clusters that are there: those of `stackctl.yaml`, and those of the stack that are live, in the blueprint or
/// not. What a cluster that is not made yet will hold is not there either.
pub(super) fn reachable(wanted: BTreeSet<Scope>, live: &[Arc<Live>]) -> BTreeSet<Scope> {
    let of_stack: BTreeSet<Scope> = live
        .iter()
        .filter(|live| serves(live))
        .filter_map(|live| live.address())
        .map(|address| Scope::Cluster(Cluster::of_stack(address)))
        .collect();
    let made_by_stack = |scope: &Scope| scope.cluster().and_then(Cluster::address).is_some();
    wanted.into_iter().filter(|scope| !made_by_stack(scope)).chain(of_stack).collect()
}

/// Whether its API server answers: one that is being changed does, one that is being made has no endpoint yet.
fn serves(live: &Live) -> bool {
    live.resource_type.as_str() == CLUSTER
        && match live.status {
            Status::Ready => true,
            Status::Pending(_) => live.str("Endpoint").is_some_and(|endpoint| !endpoint.is_empty()),
            _ => false,
        }
}
