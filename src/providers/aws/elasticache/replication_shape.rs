//! CloudFormation's shape of a replication group, from itself and its member clusters.

use std::collections::HashMap;

use aws_sdk_elasticache::types::{
    AutomaticFailoverStatus, CacheCluster, ClusterMode, DataTieringStatus, Durability, EffectiveDurability,
    Endpoint, IpDiscovery, MultiAzStatus, NetworkType, NodeGroup, NodeGroupMember, ReplicationGroup,
    SecurityGroupMembership, TransitEncryptionMode,
};

use super::super::Writer;
use super::{log_delivery, nodes};
use crate::model::{JsonMap, Status};

/// The member clusters of all groups: one of each group tells what the group itself leaves out.
#[derive(Default)]
pub struct Members(HashMap<String, CacheCluster>);

impl Members {
    /// Of all cache clusters.
    pub fn of(clusters: Vec<CacheCluster>) -> Self {
        let of_group = |cluster: CacheCluster| Some((cluster.replication_group_id.clone()?, cluster));
        Self(clusters.into_iter().filter_map(of_group).collect())
    }

    /// One of this group.
    pub fn get(&self, group: &ReplicationGroup) -> Option<&CacheCluster> {
        self.0.get(group.replication_group_id()?)
    }
}

/// Whether it can be used. A snapshot is taken of a group that works.
pub fn status(group: &ReplicationGroup) -> Status {
    match group.status().unwrap_or("creating") {
        "available" | "snapshotting" => Status::Ready,
        "deleting" => Status::Deleting,
        "create-failed" => Status::Failed(
            "create-failed: ElastiCache could not make it (its events, `DescribeEvents`, say why)".to_owned(),
        ),
        word => Status::Pending(word.to_owned()),
    }
}

/// All that can be read of it.
pub fn properties(group: &ReplicationGroup, member: Option<&CacheCluster>) -> JsonMap {
    let writer = settings(Writer::new(), group);
    let writer = encryption(writer, group);
    let writer = endpoints(writer, group);
    match member {
        Some(member) => of_member(writer, member),
        None => writer,
    }
    .build()
}

fn settings(writer: Writer, group: &ReplicationGroup) -> Writer {
    use AutomaticFailoverStatus as Failover;
    let global = group.global_replication_group_info().and_then(|info| info.global_replication_group_id());
    let text = |text: Option<&str>| text.filter(|text| !text.is_empty()).map(str::to_owned);
    let is_on = |status: &Failover| matches!(status, Failover::Enabled | Failover::Enabling);
    writer
        .put("ReplicationGroupId", group.replication_group_id())
        .put("ReplicationGroupDescription", group.description())
        .put("Engine", group.engine())
        .put("CacheNodeType", group.cache_node_type())
        .put("NumCacheClusters", Some(nodes::count(group)).filter(|count| *count > 0))
        .put("NumNodeGroups", Some(group.node_groups().len()).filter(|count| *count > 0))
        .put("ReplicasPerNodeGroup", nodes::replicas_of_each(group))
        .put("AutomaticFailoverEnabled", group.automatic_failover().map(is_on))
        .put("MultiAZEnabled", group.multi_az().map(|status| *status == MultiAzStatus::Enabled))
        .put("ClusterMode", group.cluster_mode().map(ClusterMode::as_str))
        .put("AutoMinorVersionUpgrade", group.auto_minor_version_upgrade())
        .put("SnapshotRetentionLimit", group.snapshot_retention_limit())
        .put("SnapshotWindow", text(group.snapshot_window()))
        .put("SnapshottingClusterId", text(group.snapshotting_cluster_id()))
        .put("DataTieringEnabled", group.data_tiering().map(|status| *status == DataTieringStatus::Enabled))
        .put("Durability", group.durability().map(Durability::as_str))
        .put("EffectiveDurability", group.effective_durability().map(EffectiveDurability::as_str))
        .put("NetworkType", group.network_type().map(NetworkType::as_str))
        .put("IpDiscovery", group.ip_discovery().map(IpDiscovery::as_str))
        .put("GlobalReplicationGroupId", global)
        .list("UserGroupIds", group.user_group_ids().iter().map(String::as_str))
        .list("LogDeliveryConfigurations", log_delivery::shape(group.log_delivery_configurations()))
}

fn encryption(writer: Writer, group: &ReplicationGroup) -> Writer {
    let transit = group.transit_encryption_enabled();
    let mode = group.transit_encryption_mode().filter(|_| transit == Some(true));
    writer
        .put("AtRestEncryptionEnabled", group.at_rest_encryption_enabled())
        .put("TransitEncryptionEnabled", transit)
        .put("TransitEncryptionMode", mode.map(TransitEncryptionMode::as_str))
        .put("KmsKeyId", group.kms_key_id().filter(|key| !key.is_empty()))
}

fn endpoints(writer: Writer, group: &ReplicationGroup) -> Writer {
    let first = group.node_groups().first();
    let primary = first.and_then(NodeGroup::primary_endpoint);
    let configuration = group.configuration_endpoint();
    let reads: Vec<&Endpoint> = group
        .node_groups()
        .iter()
        .flat_map(NodeGroup::node_group_members)
        .filter_map(NodeGroupMember::read_endpoint)
        .collect();
    writer
        .put("Port", configuration.or(primary).and_then(Endpoint::port))
        .nest("ConfigurationEndPoint", endpoint(configuration))
        .nest("PrimaryEndPoint", endpoint(primary))
        .nest("ReaderEndPoint", endpoint(first.and_then(NodeGroup::reader_endpoint)))
        .nest("ReadEndPoint", read_endpoints(&reads))
}

/// Ports are texts in CloudFormation's endpoints.
fn endpoint(endpoint: Option<&Endpoint>) -> Writer {
    let Some(endpoint) = endpoint.filter(|endpoint| endpoint.address().is_some()) else {
        return Writer::new();
    };
    Writer::new().put("Address", endpoint.address()).put("Port", endpoint.port().map(|port| port.to_string()))
}

fn read_endpoints(reads: &[&Endpoint]) -> Writer {
    let addresses: Vec<&str> = reads.iter().filter_map(|read| read.address()).collect();
    let ports: Vec<String> =
        reads.iter().filter_map(|read| read.port()).map(|port| port.to_string()).collect();
    if addresses.is_empty() {
        return Writer::new();
    }
    Writer::new()
        .set("Addresses", format!("[{}]", addresses.join(", ")))
        .set("Ports", format!("[{}]", ports.join(", ")))
        .list("AddressesList", addresses)
        .list("PortsList", ports)
}

fn of_member(writer: Writer, member: &CacheCluster) -> Writer {
    let topic = member.notification_configuration().filter(|topic| topic.topic_status() != Some("inactive"));
    let parameters = member.cache_parameter_group().and_then(|group| group.cache_parameter_group_name());
    let mut groups: Vec<&str> =
        member.security_groups().iter().filter_map(SecurityGroupMembership::security_group_id).collect();
    groups.sort_unstable();
    writer
        .put("EngineVersion", member.engine_version())
        .put("CacheParameterGroupName", parameters)
        .put("CacheSubnetGroupName", member.cache_subnet_group_name())
        .put("PreferredMaintenanceWindow", member.preferred_maintenance_window())
        .put("NotificationTopicArn", topic.and_then(|topic| topic.topic_arn()))
        .list("SecurityGroupIds", groups)
}

/// The engine's version as the blueprint writes it, where both mean the same: ElastiCache takes `7.1` and `6.x` and
/// reports `7.1.0` and `6.2.6`.
pub fn is_same_version(wanted: &str, live: &str) -> bool {
    let short = wanted.strip_suffix(".x").unwrap_or(wanted);
    wanted == live || live.strip_prefix(short).is_some_and(|rest| rest.starts_with('.'))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::Json;
    use serde_json::json;

    fn endpoint(address: &str) -> Endpoint {
        Endpoint::builder().address(address).port(6379).build()
    }

    fn group() -> ReplicationGroup {
        let member = |address| NodeGroupMember::builder().read_endpoint(endpoint(address)).build();
        let shard = NodeGroup::builder()
            .node_group_id("0001")
            .primary_endpoint(endpoint("p"))
            .reader_endpoint(endpoint("ro"))
            .node_group_members(member("a"))
            .node_group_members(member("b"))
            .build();
        ReplicationGroup::builder()
            .replication_group_id("shop-cache")
            .description("cache")
            .status("available")
            .automatic_failover(AutomaticFailoverStatus::Enabling)
            .multi_az(MultiAzStatus::Disabled)
            .transit_encryption_enabled(false)
            .transit_encryption_mode(TransitEncryptionMode::Preferred)
            .node_groups(shard)
            .build()
    }

    #[test]
    fn a_group_is_read_with_its_endpoints_and_what_its_members_tell() {
        let member = CacheCluster::builder()
            .replication_group_id("shop-cache")
            .engine_version("7.1.0")
            .cache_subnet_group_name("shop")
            .security_groups(SecurityGroupMembership::builder().security_group_id("sg-1").build())
            .build();
        let members = Members::of(vec![member]);
        let group = group();
        assert_eq!(
            Json::Object(properties(&group, members.get(&group))),
            json!({
                "ReplicationGroupId": "shop-cache",
                "ReplicationGroupDescription": "cache",
                "NumCacheClusters": 2,
                "NumNodeGroups": 1,
                "ReplicasPerNodeGroup": 1,
                "AutomaticFailoverEnabled": true,
                "MultiAZEnabled": false,
                "TransitEncryptionEnabled": false,
                "Port": 6379,
                "PrimaryEndPoint": {"Address": "p", "Port": "6379"},
                "ReaderEndPoint": {"Address": "ro", "Port": "6379"},
                "ReadEndPoint": {
                    "Addresses": "[a, b]",
                    "Ports": "[6379, 6379]",
                    "AddressesList": ["a", "b"],
                    "PortsList": ["6379", "6379"],
                },
                "EngineVersion": "7.1.0",
                "CacheSubnetGroupName": "shop",
                "SecurityGroupIds": ["sg-1"],
            })
        );
    }

    #[test]
    fn statuses_are_told_apart() {
        let with = |word: &str| ReplicationGroup::builder().status(word).build();
        assert_eq!(status(&with("available")), Status::Ready);
        assert_eq!(status(&with("modifying")), Status::Pending("modifying".to_owned()));
        assert_eq!(status(&with("deleting")), Status::Deleting);
        assert!(matches!(status(&with("create-failed")), Status::Failed(_)));
    }

    #[test]
    fn a_short_version_is_the_same() {
        assert!(is_same_version("7.1", "7.1.0"));
        assert!(is_same_version("6.x", "6.2.6"));
        assert!(!is_same_version("7.1", "7.10.1"));
        assert!(!is_same_version("7.0", "7.1.0"));
    }
}
