//! Changes of a replication group, one call a step.
//!
//! ElastiCache takes one change at a time: the next step is refused until the group is `available` again, the executor
//! tries again later, and what this process has sent by then is not sent twice. What a lost process left undone the next
//! plan sees.

use aws_sdk_elasticache::Client;
use aws_sdk_elasticache::operation::modify_replication_group::builders::ModifyReplicationGroupFluentBuilder as Modify;
use aws_sdk_elasticache::types::{
    AuthTokenUpdateStrategyType as Strategy, ClusterMode, Durability, IpDiscovery, ReplicationGroup,
    TransitEncryptionMode,
};

use super::super::change::Membership;
use super::super::sent::Sent;
use super::super::supported::refuse_removal;
use super::super::{Shape, failed};
use super::log_delivery;
use super::nodes::{Change, Replicas, changes};
use crate::providers::{Result, Update};

const MODIFY: &str = "elasticache:ModifyReplicationGroup";
const USERS: &str = "UserGroupIds";

/// What `ModifyReplicationGroup` changes.
const MODIFIED: [&str; 23] = [
    "AuthToken",
    "AutoMinorVersionUpgrade",
    "AutomaticFailoverEnabled",
    "CacheNodeType",
    "CacheParameterGroupName",
    "CacheSecurityGroupNames",
    "ClusterMode",
    "Durability",
    "Engine",
    "EngineVersion",
    "IpDiscovery",
    "LogDeliveryConfigurations",
    "MultiAZEnabled",
    "NotificationTopicArn",
    "PreferredMaintenanceWindow",
    "PrimaryClusterId",
    "ReplicationGroupDescription",
    "SecurityGroupIds",
    "SnapshotRetentionLimit",
    "SnapshotWindow",
    "SnapshottingClusterId",
    "TransitEncryptionEnabled",
    "TransitEncryptionMode",
];

/// What can't be taken back: AWS has no default for it that an update could name.
const STICKY: [&str; 3] = ["CacheParameterGroupName", "CacheSecurityGroupNames", "SecurityGroupIds"];

/// Brings a group to its desired properties.
pub async fn apply(
    client: &Client,
    request: &Update<'_>,
    live: &ReplicationGroup,
    sent: &Sent,
) -> Result<()> {
    refuse_removal(request, &STICKY, MODIFY)?;
    let nodes = changes(request, live);
    for change in nodes.iter().filter(|change| change.grows()) {
        once(sent, request, &change.key(), resize(client, request, change)).await?;
    }
    let users = request.delta.touches(USERS);
    let encrypts = is_two_steps(request);
    if request.delta.touches_any(&MODIFIED) || users {
        let first = modification(client, request, live);
        let first = if users && !encrypts { users_of(first, request) } else { first };
        once(sent, request, "modify", Box::pin(send(first))).await?;
    }
    if encrypts {
        let call = to(client, request).transit_encryption_mode(TransitEncryptionMode::Required);
        once(sent, request, "require encryption", Box::pin(send(call))).await?;
    }
    if encrypts && users {
        // Users are for groups that require encryption, and refused in the call that asks for it.
        let call = users_of(to(client, request), request);
        once(sent, request, "users", Box::pin(send(call))).await?;
    }
    for change in nodes.iter().filter(|change| !change.grows()) {
        once(sent, request, &change.key(), resize(client, request, change)).await?;
    }
    Ok(())
}

/// Sends a step unless this process has sent it already.
async fn once(
    sent: &Sent,
    request: &Update<'_>,
    step: &str,
    call: impl Future<Output = Result<()>>,
) -> Result<()> {
    let key = format!("{} {step}", request.token.as_str());
    if sent.knows(&key) {
        return Ok(());
    }
    call.await?;
    sent.is_repeated(&key);
    Ok(())
}

async fn send(call: Modify) -> Result<()> {
    call.send().await.map(drop).map_err(|error| failed(MODIFY)(error).referring())
}

fn to(client: &Client, request: &Update<'_>) -> Modify {
    let id = request.live.identifier.as_str();
    client.modify_replication_group().replication_group_id(id).apply_immediately(true)
}

/// Encryption in transit can only be required of a group that prefers it already: before the update, for the first step
/// makes the group one that does.
fn is_two_steps(request: &Update<'_>) -> bool {
    let wanted = Shape(request.properties);
    let before = Shape(&request.live.properties).text("TransitEncryptionMode");
    request.delta.touches_any(&["TransitEncryptionEnabled", "TransitEncryptionMode"])
        && wanted.bool("TransitEncryptionEnabled") == Some(true)
        && wanted.text("TransitEncryptionMode").is_none_or(|mode| mode.eq_ignore_ascii_case("required"))
        && before.is_none_or(|mode| !mode.eq_ignore_ascii_case("preferred"))
}

/// One call for all that `ModifyReplicationGroup` can do; what left the blueprint goes back to AWS's default where there
/// is one. Versions, windows and node types that AWS chose by itself stay.
fn modification(client: &Client, request: &Update<'_>, live: &ReplicationGroup) -> Modify {
    let wanted = Shape(request.properties);
    let touches = |name: &str| request.delta.touches(name);
    let flag = |name: &str, default| touches(name).then(|| wanted.bool(name).unwrap_or(default));
    let text = |name: &str| if touches(name) { wanted.text(name) } else { None };
    let texts = |name: &str| if touches(name) { wanted.strings_if_set(name) } else { None };
    let word = |name: &str| text(name).map(|text| text.to_ascii_lowercase());
    let retention =
        touches("SnapshotRetentionLimit").then(|| wanted.i32("SnapshotRetentionLimit").unwrap_or(0));
    let logs = touches("LogDeliveryConfigurations")
        .then(|| log_delivery::change(live.log_delivery_configurations(), wanted));
    // A new version may need its engine named with it: `valkey` after `redis`.
    let engine = if touches("Engine") || touches("EngineVersion") { wanted.text("Engine") } else { None };
    let call = to(client, request)
        .set_replication_group_description(text("ReplicationGroupDescription"))
        .set_automatic_failover_enabled(flag("AutomaticFailoverEnabled", false))
        .set_multi_az_enabled(flag("MultiAZEnabled", false))
        .set_auto_minor_version_upgrade(flag("AutoMinorVersionUpgrade", true))
        .set_cache_node_type(text("CacheNodeType"))
        .set_cache_parameter_group_name(text("CacheParameterGroupName"))
        .set_cache_security_group_names(texts("CacheSecurityGroupNames"))
        .set_security_group_ids(texts("SecurityGroupIds"))
        .set_cluster_mode(word("ClusterMode").as_deref().map(ClusterMode::from))
        .set_durability(word("Durability").as_deref().map(Durability::from))
        .set_ip_discovery(word("IpDiscovery").as_deref().map(IpDiscovery::from))
        .set_engine(engine)
        .set_engine_version(text("EngineVersion"))
        .set_preferred_maintenance_window(text("PreferredMaintenanceWindow"))
        .set_primary_cluster_id(text("PrimaryClusterId"))
        .set_snapshot_retention_limit(retention)
        .set_snapshot_window(text("SnapshotWindow"))
        .set_snapshotting_cluster_id(text("SnapshottingClusterId"))
        .set_log_delivery_configurations(logs);
    access(transit(notifications(call, request), request), request)
}

fn notifications(call: Modify, request: &Update<'_>) -> Modify {
    if !request.delta.touches("NotificationTopicArn") {
        return call;
    }
    match Shape(request.properties).text("NotificationTopicArn") {
        Some(topic) => call.notification_topic_arn(topic).notification_topic_status("active"),
        None => call.notification_topic_status("inactive"),
    }
}

fn transit(call: Modify, request: &Update<'_>) -> Modify {
    if !request.delta.touches_any(&["TransitEncryptionEnabled", "TransitEncryptionMode"]) {
        return call;
    }
    let wanted = Shape(request.properties);
    let mode = if is_two_steps(request) {
        Some(TransitEncryptionMode::Preferred)
    } else {
        wanted.text("TransitEncryptionMode").map(|mode| mode.to_ascii_lowercase().as_str().into())
    };
    call.transit_encryption_enabled(wanted.bool("TransitEncryptionEnabled").unwrap_or(false))
        .set_transit_encryption_mode(mode)
}

/// Who may connect. A new token is rotated in, so that clients with the old one keep working until the next rotation.
fn access(mut call: Modify, request: &Update<'_>) -> Modify {
    if request.delta.touches("AuthToken") {
        call = match Shape(request.properties).text("AuthToken") {
            Some(token) => call.auth_token(token).auth_token_update_strategy(Strategy::Rotate),
            None => call.auth_token_update_strategy(Strategy::Delete),
        };
    }
    call
}

fn users_of(call: Modify, request: &Update<'_>) -> Modify {
    let groups = Membership::of(request, USERS);
    call.set_user_group_ids_to_add(Some(groups.added).filter(|ids| !ids.is_empty()))
        .set_user_group_ids_to_remove(Some(groups.removed).filter(|ids| !ids.is_empty()))
}

async fn resize(client: &Client, request: &Update<'_>, change: &Change) -> Result<()> {
    let id = request.live.identifier.as_str();
    match change {
        Change::Shards { count, remove, zones } => {
            let call = client
                .modify_replication_group_shard_configuration()
                .replication_group_id(id)
                .node_group_count(*count)
                .apply_immediately(true)
                .set_node_groups_to_remove(Some(remove.clone()).filter(|ids| !ids.is_empty()))
                .set_resharding_configuration(Some(zones.clone()).filter(|zones| !zones.is_empty()));
            let done = call.send().await.map(drop);
            done.map_err(failed("elasticache:ModifyReplicationGroupShardConfiguration"))
        }
        Change::Increase(replicas) => {
            let call = client.increase_replica_count().replication_group_id(id).apply_immediately(true);
            let call = match replicas.clone() {
                Replicas::Each(count) => call.new_replica_count(count),
                Replicas::Of(shards) => call.set_replica_configuration(Some(shards)),
            };
            call.send().await.map(drop).map_err(failed("elasticache:IncreaseReplicaCount"))
        }
        Change::Decrease(replicas) => {
            let call = client.decrease_replica_count().replication_group_id(id).apply_immediately(true);
            let call = match replicas.clone() {
                Replicas::Each(count) => call.new_replica_count(count),
                Replicas::Of(shards) => call.set_replica_configuration(Some(shards)),
            };
            call.send().await.map(drop).map_err(failed("elasticache:DecreaseReplicaCount"))
        }
    }
}

#[cfg(test)]
mod tests {
    use std::sync::atomic::{AtomicUsize, Ordering};

    use super::super::super::fake::{self, Answer, actions, delta};
    use super::super::ReplicationGroup as Handler;
    use super::*;
    use crate::providers::ErrorKind;
    use serde_json::json;

    const TYPE: &str = "AWS::ElastiCache::ReplicationGroup";

    /// A group of shards of two nodes each.
    fn group(shards: usize, mode: &str) -> Answer {
        let nodes = "<NodeGroupMember/>".repeat(2);
        let members = format!("<NodeGroupMembers>{nodes}</NodeGroupMembers>");
        let shard = |id| format!("<NodeGroup><NodeGroupId>000{id}</NodeGroupId>{members}</NodeGroup>");
        let shards = (1..=shards).map(shard).collect::<Vec<_>>().concat();
        Answer::query(&format!(
            "<DescribeReplicationGroupsResult><ReplicationGroups><ReplicationGroup>\
             <ReplicationGroupId>shop</ReplicationGroupId><ARN>arn:shop</ARN>\
             <TransitEncryptionMode>{mode}</TransitEncryptionMode>\
             <NodeGroups>{shards}</NodeGroups></ReplicationGroup></ReplicationGroups>\
             </DescribeReplicationGroupsResult>"
        ))
    }

    fn busy() -> Answer {
        Answer::error("InvalidReplicationGroupState", "the group is not available")
    }

    #[tokio::test]
    async fn a_step_that_was_refused_is_not_taken_for_one_that_was_sent() {
        let grown = AtomicUsize::new(0);
        let (aws, calls) = fake::session(move |call| match call.action() {
            "DescribeReplicationGroups" => group(2 + grown.load(Ordering::Relaxed), "required"),
            "IncreaseReplicaCount" if grown.fetch_add(1, Ordering::Relaxed) == 0 => busy(),
            _ => Answer::query(""),
        });
        let handler = Handler::new(&aws);
        let live = fake::live(TYPE, "shop", &json!({}));
        let wanted = json!({"NumNodeGroups": 3, "ReplicasPerNodeGroup": 2});
        let changes = delta(&["NumNodeGroups", "ReplicasPerNodeGroup"], &[]);
        let apply = async || fake::update(&handler, &live, wanted.as_object().unwrap(), &changes).await;
        let refused = apply().await.unwrap_err();
        assert_eq!(refused.kind, ErrorKind::InUse, "{refused}");
        apply().await.unwrap();
        let sent: Vec<_> =
            actions(&calls).into_iter().filter(|action| !action.starts_with("Describe")).collect();
        let grow = "ModifyReplicationGroupShardConfiguration";
        assert_eq!(sent, [grow, "IncreaseReplicaCount", "IncreaseReplicaCount"]);
    }

    #[tokio::test]
    async fn encryption_is_preferred_and_then_required() {
        let sent = AtomicUsize::new(0);
        let (aws, calls) = fake::session(move |call| match call.action() {
            // What the first step did shows before the second is taken.
            "DescribeReplicationGroups" if sent.load(Ordering::Relaxed) == 0 => group(1, ""),
            "DescribeReplicationGroups" => group(1, "preferred"),
            _ if sent.fetch_add(1, Ordering::Relaxed) == 1 => busy(),
            _ => Answer::query(""),
        });
        let handler = Handler::new(&aws);
        let live = fake::live(TYPE, "shop", &json!({"TransitEncryptionEnabled": false}));
        let wanted = json!({"TransitEncryptionEnabled": true, "UserGroupIds": ["app"]});
        let changes = delta(&["TransitEncryptionEnabled", USERS], &[]);
        let apply = async || fake::update(&handler, &live, wanted.as_object().unwrap(), &changes).await;
        let refused = apply().await.unwrap_err();
        assert_eq!(refused.kind, ErrorKind::InUse, "{refused}");
        apply().await.unwrap();
        let calls = calls.lock().unwrap();
        let calls = calls.iter().filter(|call| call.action() == "ModifyReplicationGroup");
        let told: Vec<_> = calls
            .map(|call| (call.parameter("TransitEncryptionMode"), call.body.contains("UserGroupIdsToAdd")))
            .collect();
        let (preferred, required) = (Some("preferred"), Some("required"));
        assert_eq!(told, [(preferred, false), (required, false), (required, false), (None, true)]);
    }
}
