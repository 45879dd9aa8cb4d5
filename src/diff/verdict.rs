//! What changes in a cluster before an object does, and may change what its server says of the object: the definition of
//! its kind, the operator that brings it, a policy or a webhook that judges it.

use std::collections::{HashMap, HashSet};
use std::sync::Arc;

use crate::model::{Action, Address, Desired};

/// AWS resources that bring kinds into a cluster.
const BRINGS: [&str; 2] = ["AWS::EKS::Addon", "AWS::EKS::Capability"];
/// Built-in kinds that hold data or names, by which no server judges another object.
const INERT: [&str; 4] = ["ConfigMap", "Namespace", "Secret", "ServiceAccount"];

/// The first of what an object needs, near or far, that is made or changed before it and may bring its kind or judge it.
pub(super) fn awaited<'a>(
    object: &'a Desired,
    all: &'a [Arc<Desired>],
    actions: &HashMap<Address, Action>,
) -> Option<&'a Address> {
    let by_address: HashMap<&Address, &Desired> = all.iter().map(|one| (&one.address, &**one)).collect();
    let matters = |one: &Desired| match one.resource_type.object() {
        Some(of) => one.scope == object.scope && !(of.group.is_empty() && INERT.contains(&of.kind)),
        None => BRINGS.contains(&one.resource_type.as_str()),
    };
    let (mut open, mut seen) = (vec![object], HashSet::new());
    while let Some(one) = open.pop() {
        for address in one.depends_on.iter().filter(|address| seen.insert(*address)) {
            let Some(needed) = by_address.get(address).filter(|needed| matters(needed)) else { continue };
            if matches!(actions.get(address), Some(Action::Create | Action::Update | Action::Replace)) {
                return Some(address);
            }
            open.push(needed);
        }
    }
    None
}
