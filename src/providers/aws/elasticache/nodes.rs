//! Shards and replicas: which calls bring a replication group to the wanted number of nodes.

use std::collections::BTreeSet;

use aws_sdk_elasticache::types::{
    ConfigureShard, NodeGroup, NodeGroupConfiguration, ReplicationGroup, ReshardingConfiguration,
};

use super::super::Shape;
use crate::providers::Update;

const CONFIGURATION: &str = "NodeGroupConfiguration";

/// A change of the number of nodes, one call each.
#[derive(Clone, Debug, PartialEq)]
pub enum Change {
    /// `ModifyReplicationGroupShardConfiguration`.
    Shards {
        /// How many there shall be.
        count: i32,
        /// Those that go, by id.
        remove: Vec<String>,
        /// Zones of all shards, where the blueprint gives them; for growth.
        zones: Vec<ReshardingConfiguration>,
    },
    /// `IncreaseReplicaCount`.
    Increase(Replicas),
    /// `DecreaseReplicaCount`.
    Decrease(Replicas),
}

/// How many replicas there shall be.
#[derive(Clone, Debug, PartialEq)]
pub enum Replicas {
    /// In every shard.
    Each(i32),
    /// In some shards.
    Of(Vec<ConfigureShard>),
}

impl Change {
    /// Whether it has to come before other changes: automatic failover needs its replicas.
    pub fn grows(&self) -> bool {
        match self {
            Self::Shards { remove, .. } => remove.is_empty(),
            Self::Increase(_) => true,
            Self::Decrease(_) => false,
        }
    }

    /// What tells it from the other changes of its update, whatever of them is done by now.
    pub fn key(&self) -> String {
        match self {
            Self::Shards { count, .. } => format!("shards {count}"),
            Self::Increase(replicas) => format!("increase {}", replicas.key()),
            Self::Decrease(replicas) => format!("decrease {}", replicas.key()),
        }
    }
}

impl Replicas {
    fn key(&self) -> String {
        match self {
            Self::Each(count) => format!("to {count}"),
            Self::Of(shards) => {
                let ids: Vec<&str> = shards.iter().filter_map(ConfigureShard::node_group_id).collect();
                format!("of {}", ids.join(" "))
            }
        }
    }
}

/// Replicas of a shard.
pub fn replicas(shard: &NodeGroup) -> i32 {
    i32::try_from(shard.node_group_members().len().saturating_sub(1)).unwrap_or(i32::MAX)
}

/// The number of replicas, where all shards have the same.
pub fn replicas_of_each(group: &ReplicationGroup) -> Option<i32> {
    let counts: BTreeSet<i32> = group.node_groups().iter().map(replicas).collect();
    counts.first().copied().filter(|_| counts.len() == 1)
}

/// Nodes in all shards; what is being made lists its clusters before its shards.
pub fn count(group: &ReplicationGroup) -> usize {
    let members: usize = group.node_groups().iter().map(|shard| shard.node_group_members().len()).sum();
    members.max(if members == 0 { group.member_clusters().len() } else { 0 })
}

/// The shards as a create takes them.
pub fn configuration(wanted: Shape<'_>) -> Option<Vec<NodeGroupConfiguration>> {
    let shard = |shard: Shape<'_>| {
        NodeGroupConfiguration::builder()
            .set_node_group_id(shard.text("NodeGroupId"))
            .set_slots(shard.text("Slots"))
            .set_replica_count(shard.i32("ReplicaCount"))
            .set_primary_availability_zone(shard.text("PrimaryAvailabilityZone"))
            .set_replica_availability_zones(shard.strings_if_set("ReplicaAvailabilityZones"))
            .build()
    };
    wanted.get(CONFIGURATION).map(|_| wanted.objects(CONFIGURATION).into_iter().map(shard).collect())
}

/// What an update changes, those that grow first.
pub fn changes(request: &Update<'_>, live: &ReplicationGroup) -> Vec<Change> {
    let wanted = Shape(request.properties);
    let touched = |names: &[&str]| request.delta.touches_any(names);
    let mut changes = Vec::new();
    if touched(&["NumNodeGroups", CONFIGURATION]) {
        changes.extend(shards(wanted, live.node_groups()));
    }
    if touched(&[CONFIGURATION]) && wanted.get(CONFIGURATION).is_some() {
        changes.extend(replicas_by_shard(&wanted.objects(CONFIGURATION), live.node_groups()));
    } else if touched(&["ReplicasPerNodeGroup", "NumCacheClusters"])
        && let Some(count) = wanted_replicas(wanted)
    {
        changes.extend(replicas_everywhere(count, live));
    }
    changes.sort_by_key(|change| !change.grows());
    changes
}

/// `NumCacheClusters` counts the primary too, and is for groups of one shard.
fn wanted_replicas(wanted: Shape<'_>) -> Option<i32> {
    wanted.i32("ReplicasPerNodeGroup").or_else(|| wanted.i32("NumCacheClusters").map(|nodes| nodes - 1))
}

fn replicas_everywhere(count: i32, live: &ReplicationGroup) -> Option<Change> {
    let now: Vec<i32> = live.node_groups().iter().map(replicas).collect();
    if now.iter().any(|now| *now < count) {
        Some(Change::Increase(Replicas::Each(count)))
    } else {
        now.iter().any(|now| *now > count).then_some(Change::Decrease(Replicas::Each(count)))
    }
}

fn shards(wanted: Shape<'_>, live: &[NodeGroup]) -> Option<Change> {
    let configured = wanted.objects(CONFIGURATION);
    let count = wanted.i32("NumNodeGroups").or_else(|| i32::try_from(configured.len()).ok())?;
    let now = i32::try_from(live.len()).ok()?;
    if count == now || count == 0 {
        return None;
    }
    let remove = if count < now { surplus(&configured, live, count) } else { Vec::new() };
    let zones = if count > now && configured.iter().all(|shard| shard.get("NodeGroupId").is_some()) {
        configured.iter().map(|shard| resharding(*shard)).collect()
    } else {
        Vec::new()
    };
    Some(Change::Shards { count, remove, zones })
}

/// The shards that go: those that the blueprint does not name, the last ones first.
fn surplus(configured: &[Shape<'_>], live: &[NodeGroup], count: i32) -> Vec<String> {
    let named: BTreeSet<&str> = configured.iter().filter_map(|shard| shard.str("NodeGroupId")).collect();
    let mut ids: Vec<&str> = live.iter().filter_map(NodeGroup::node_group_id).collect();
    ids.sort_unstable_by_key(|id| (named.contains(id), std::cmp::Reverse(*id)));
    let surplus = ids.len().saturating_sub(usize::try_from(count).unwrap_or(0));
    ids.into_iter().take(surplus).map(str::to_owned).collect()
}

fn resharding(shard: Shape<'_>) -> ReshardingConfiguration {
    ReshardingConfiguration::builder()
        .set_node_group_id(shard.text("NodeGroupId"))
        .set_preferred_availability_zones(zones(shard))
        .build()
}

/// All zones of a shard, the primary's first.
fn zones(shard: Shape<'_>) -> Option<Vec<String>> {
    let zones: Vec<String> = shard
        .text("PrimaryAvailabilityZone")
        .into_iter()
        .chain(shard.strings("ReplicaAvailabilityZones"))
        .collect();
    (!zones.is_empty()).then_some(zones)
}

/// One call for the shards that get more replicas, one for those that get fewer. A shard without an id is the live one
/// at its place.
fn replicas_by_shard(configured: &[Shape<'_>], live: &[NodeGroup]) -> Vec<Change> {
    let (mut more, mut fewer) = (Vec::new(), Vec::new());
    for (index, shard) in configured.iter().enumerate() {
        let found = match shard.str("NodeGroupId") {
            Some(id) => live.iter().find(|live| live.node_group_id() == Some(id)),
            None => live.get(index),
        };
        let (Some(found), Some(count)) = (found, shard.i32("ReplicaCount")) else { continue };
        let change = ConfigureShard::builder()
            .set_node_group_id(found.node_group_id().map(str::to_owned))
            .new_replica_count(count)
            .set_preferred_availability_zones(zones(*shard))
            .build();
        match count.cmp(&replicas(found)) {
            std::cmp::Ordering::Greater => more.push(change),
            std::cmp::Ordering::Less => fewer.push(change),
            std::cmp::Ordering::Equal => {}
        }
    }
    let more = (!more.is_empty()).then_some(Change::Increase(Replicas::Of(more)));
    let fewer = (!fewer.is_empty()).then_some(Change::Decrease(Replicas::Of(fewer)));
    more.into_iter().chain(fewer).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use aws_sdk_elasticache::types::NodeGroupMember;
    use serde_json::json;

    fn shard(id: &str, nodes: usize) -> NodeGroup {
        let members = vec![NodeGroupMember::builder().build(); nodes];
        NodeGroup::builder().node_group_id(id).set_node_group_members(Some(members)).build()
    }

    #[test]
    fn the_last_shards_go() {
        let live = [shard("0001", 2), shard("0002", 2), shard("0003", 2)];
        let wanted = json!({"NumNodeGroups": 1});
        let change = shards(Shape(wanted.as_object().unwrap()), &live).unwrap();
        assert!(!change.grows());
        let remove = vec!["0003".to_owned(), "0002".to_owned()];
        assert_eq!(change, Change::Shards { count: 1, remove, zones: Vec::new() });
    }

    #[test]
    fn shards_that_the_blueprint_names_stay() {
        let live = [shard("0001", 2), shard("0002", 2)];
        let wanted = json!({CONFIGURATION: [{"NodeGroupId": "0002", "ReplicaCount": 2}]});
        let wanted = Shape(wanted.as_object().unwrap());
        let Some(Change::Shards { count: 1, remove, .. }) = shards(wanted, &live) else {
            panic!("no change")
        };
        assert_eq!(remove, ["0001"]);
        let [Change::Increase(Replicas::Of(more))] =
            &replicas_by_shard(&wanted.objects(CONFIGURATION), &live)[..]
        else {
            panic!("no increase")
        };
        assert_eq!((more[0].node_group_id(), more[0].new_replica_count()), (Some("0002"), Some(2)));
    }

    #[test]
    fn the_primary_is_no_replica() {
        let group = ReplicationGroup::builder().node_groups(shard("0001", 3)).build();
        let wanted = json!({"NumCacheClusters": 2});
        let count = wanted_replicas(Shape(wanted.as_object().unwrap())).unwrap();
        assert_eq!(replicas_everywhere(count, &group), Some(Change::Decrease(Replicas::Each(1))));
        assert_eq!(replicas_everywhere(2, &group), None);
        assert_eq!((replicas_of_each(&group), super::count(&group)), (Some(2), 3));
    }
}
