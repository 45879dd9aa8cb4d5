//! What hangs under something that the stack is about to take over.

use super::cloud::{State, report};
use crate::model::{Live, Ownership, ResourceType, Scope, StackName, TAG_STACK};

/// The types that a type hangs under, where its own can't be tagged.
pub(super) fn parents_of(resource_type: &ResourceType) -> &'static [&'static str] {
    match resource_type.as_str() {
        "AWS::EC2::Route" | "AWS::EC2::SubnetRouteTableAssociation" => &["AWS::EC2::RouteTable"],
        "AWS::EC2::SecurityGroupIngress" | "AWS::EC2::SecurityGroupEgress" => &["AWS::EC2::SecurityGroup"],
        "AWS::Route53::RecordSet" => &["AWS::Route53::HostedZone"],
        _ => &[],
    }
}

/// The children of parents that carry no tags of the stack yet, and are read as if they did.
pub(super) fn children(
    state: &State,
    resource_type: &ResourceType,
    scope: &Scope,
    stack: &StackName,
    parents: &[Live],
    now: u64,
) -> Vec<Live> {
    let to_be: Vec<&Live> = parents.iter().filter(|parent| !parent.tags.contains_key(TAG_STACK)).collect();
    let child = |(id, held)| {
        if state.store.ownership(id, stack) != Ownership::Foreign {
            return None;
        }
        let mut live = report(held, Ownership::Foreign, now);
        let mut parts = live.identifier.as_str().split('|');
        let parent = to_be.iter().find(|parent| parts.any(|part| part == parent.identifier.as_str()))?;
        let name = live.identifier.as_str().split('|').filter(|part| *part != parent.identifier.as_str());
        let name = name.collect::<Vec<_>>().join("|");
        live.ownership = Ownership::Child { parent: parent.address().cloned(), name };
        Some(live)
    };
    state
        .store
        .of_type(resource_type, scope)
        .filter(|(_, held)| held.visible_ms <= now)
        .filter_map(child)
        .collect()
}
