//! `AWS::ElastiCache::ReplicationGroup`.
//!
//! One paged `DescribeReplicationGroups` and one paged `DescribeCacheClusters` read them all; tags are read for
//! candidates alone.

use std::sync::Arc;

use async_trait::async_trait;
use aws_sdk_elasticache::Client;
use aws_sdk_elasticache::operation::create_replication_group::builders::CreateReplicationGroupFluentBuilder;
use aws_sdk_elasticache::types::{CacheCluster, ReplicationGroup as Found};
use futures::future::try_join;

use super::super::error::gone_is_fine;
use super::super::identity::{Candidates, wanted_for};
use super::super::sent::Sent;
use super::super::tags::Tags;
use super::super::{Aws, Shape, failed, missing, supported, tags};
use super::replication_shape::{self, Members, is_same_version};
use super::{PAGE, SERVICE, log_delivery, nodes, replication_update, tagging};
use crate::model::{Identifier, Live, ResourceType, Scope, StackName};
use crate::providers::{
    Create, Delete, ErrorKind, Handler, Pending, ProviderError, Query, Readiness, Result, Update, readiness,
};

const TYPE: &str = "AWS::ElastiCache::ReplicationGroup";
const NAME: &str = "ReplicationGroupId";
const CREATE: &str = "elasticache:CreateReplicationGroup";
const DESCRIBE: &str = "elasticache:DescribeReplicationGroups";
const DELETE: &str = "elasticache:DeleteReplicationGroup";

/// What `CreateReplicationGroup` takes.
const CREATED: [&str; 38] = [
    "AtRestEncryptionEnabled",
    "AuthToken",
    "AutoMinorVersionUpgrade",
    "AutomaticFailoverEnabled",
    "CacheNodeType",
    "CacheParameterGroupName",
    "CacheSecurityGroupNames",
    "CacheSubnetGroupName",
    "ClusterMode",
    "DataTieringEnabled",
    "Durability",
    "Engine",
    "EngineVersion",
    "GlobalReplicationGroupId",
    "IpDiscovery",
    "KmsKeyId",
    "LogDeliveryConfigurations",
    "MultiAZEnabled",
    "NetworkType",
    "NodeGroupConfiguration",
    "NotificationTopicArn",
    "NumCacheClusters",
    "NumNodeGroups",
    "Port",
    "PreferredCacheClusterAZs",
    "PreferredMaintenanceWindow",
    "PrimaryClusterId",
    "ReplicasPerNodeGroup",
    "ReplicationGroupDescription",
    NAME,
    "SecurityGroupIds",
    "SnapshotArns",
    "SnapshotName",
    "SnapshotRetentionLimit",
    "SnapshotWindow",
    "TransitEncryptionEnabled",
    "TransitEncryptionMode",
    "UserGroupIds",
];

/// The handler of `AWS::ElastiCache::ReplicationGroup`.
pub struct ReplicationGroup {
    aws: Arc<Aws>,
    sent: Sent,
}

impl ReplicationGroup {
    /// A handler on a session.
    pub fn new(aws: &Arc<Aws>) -> Self {
        Self { aws: aws.clone(), sent: Sent::default() }
    }

    fn client(&self, scope: &Scope) -> Client {
        self.aws.client(scope, Client::new)
    }
}

#[async_trait]
impl Handler for ReplicationGroup {
    fn resource_type(&self) -> ResourceType {
        TYPE.into()
    }

    fn service(&self) -> &'static str {
        SERVICE
    }

    /// By the id.
    fn deduplicates(&self) -> bool {
        true
    }

    async fn list(&self, query: &Query<'_>) -> Result<Vec<Live>> {
        let client = self.client(query.scope);
        let candidates = Candidates::of(query, NAME);
        let (mut found, members) = try_join(groups(&client), members(&client)).await?;
        found.retain(|group| candidates.covers(id(group), &[id(group), arn(group)]));
        let arns = found.iter().map(|group| arn(group).to_owned()).collect();
        let mut tags = tagging::read(&client, query, arns).await?;
        let lives = found.iter().map(|group| {
            let tags = tags.remove(arn(group)).unwrap_or_default();
            as_written(query, live(query.scope, query.stack, group, members.get(group), tags))
        });
        Ok(lives.filter(|live| candidates.keeps(live, live.identifier.as_str())).collect())
    }

    async fn create(&self, request: &Create<'_>) -> Result<Identifier> {
        supported::only(request.properties, &CREATED, CREATE)?;
        let client = self.client(request.scope);
        let id = Shape(request.properties).text(NAME).ok_or_else(|| {
            ProviderError::new(ErrorKind::Invalid, CREATE, "a replication group needs a ReplicationGroupId")
        })?;
        // ElastiCache keeps ids in lower case.
        let id = id.to_ascii_lowercase();
        let is_repeated = self.sent.is_repeated(request.token.as_str());
        match creation(&client, request, &id).send().await.map_err(failed(CREATE)) {
            Ok(_) => Ok(Identifier::new(id)),
            // Its tags can't be read before it is available.
            Err(error) if error.kind == ErrorKind::AlreadyExists && is_repeated => Ok(Identifier::new(id)),
            Err(error) if error.kind == ErrorKind::AlreadyExists => {
                let arn = one(&client, &id).await?.and_then(|group| group.arn);
                tagging::first_attempt(&client, request, &id, arn, error).await
            }
            Err(error) => Err(error.referring()),
        }
    }

    async fn update(&self, request: &Update<'_>) -> Result<()> {
        let client = self.client(request.scope);
        let id = request.live.identifier.as_str();
        let Some(group) = one(&client, id).await? else {
            return Err(missing(DESCRIBE, &format!("replication group {id}")));
        };
        if request.delta.touches_tags() {
            tagging::update(&client, group.arn(), request.delta).await?;
        }
        if request.delta.touches_properties() {
            replication_update::apply(&client, request, &group, &self.sent).await?;
        }
        Ok(())
    }

    async fn delete(&self, request: &Delete<'_>) -> Result<()> {
        let client = self.client(request.scope);
        let id = request.live.identifier.as_str();
        let call = client.delete_replication_group().replication_group_id(id).retain_primary_cluster(false);
        match call.send().await.map_err(failed(DELETE)) {
            // Refused in any state but `available`, `deleting` among them.
            Err(error) if error.kind == ErrorKind::InUse => match one(&client, id).await? {
                Some(group) if group.status() != Some("deleting") => Err(error),
                _ => Ok(()),
            },
            gone => gone_is_fine(gone),
        }
    }

    async fn ready(&self, request: &Pending<'_>) -> Result<Vec<Readiness>> {
        let client = self.client(request.scope);
        let (found, members) = try_join(groups(&client), members(&client)).await?;
        let lives = found
            .iter()
            .map(|group| live(request.scope, request.stack, group, members.get(group), Tags::new()));
        Ok(readiness(request.items, lives.collect()))
    }
}

async fn groups(client: &Client) -> Result<Vec<Found>> {
    let pages = client.describe_replication_groups().max_records(PAGE).into_paginator().items().send();
    pages.try_collect().await.map_err(failed(DESCRIBE))
}

async fn members(client: &Client) -> Result<Members> {
    let pages = client.describe_cache_clusters().max_records(PAGE).into_paginator().items().send();
    let found = pages.try_collect().await.map_err(failed("elasticache:DescribeCacheClusters"))?;
    Ok(Members::of(found))
}

async fn one(client: &Client, id: &str) -> Result<Option<Found>> {
    let answer = client.describe_replication_groups().replication_group_id(id).send().await;
    match answer.map_err(failed(DESCRIBE)) {
        Ok(answer) => Ok(answer.replication_groups.unwrap_or_default().into_iter().next()),
        Err(error) if error.kind == ErrorKind::NotFound => Ok(None),
        Err(error) => Err(error),
    }
}

fn id(group: &Found) -> &str {
    group.replication_group_id().unwrap_or_default()
}

fn arn(group: &Found) -> &str {
    group.arn().unwrap_or_default()
}

fn live(scope: &Scope, stack: &StackName, group: &Found, member: Option<&CacheCluster>, tags: Tags) -> Live {
    Live {
        resource_type: TYPE.into(),
        scope: scope.clone(),
        identifier: Identifier::new(id(group)),
        properties: replication_shape::properties(group, member),
        ownership: tags::ownership(&tags, stack),
        tags,
        status: replication_shape::status(group),
    }
}

/// The version in the blueprint's words where it means the same.
fn as_written(query: &Query<'_>, mut live: Live) -> Live {
    let wanted =
        wanted_for(query, &live.tags, live.identifier.as_str(), Some((NAME, live.identifier.as_str())));
    let version = wanted.and_then(|wanted| Shape(&wanted.properties).text("EngineVersion"));
    if let Some(version) = version
        && live.str("EngineVersion").is_some_and(|live| is_same_version(&version, live))
    {
        live.properties.insert("EngineVersion".to_owned(), version.into());
    }
    live
}

fn creation(client: &Client, request: &Create<'_>, id: &str) -> CreateReplicationGroupFluentBuilder {
    let wanted = Shape(request.properties);
    let word = |name: &str| wanted.text(name).map(|text| text.to_ascii_lowercase());
    let call = client
        .create_replication_group()
        .replication_group_id(id)
        .set_replication_group_description(wanted.text("ReplicationGroupDescription"))
        .set_global_replication_group_id(wanted.text("GlobalReplicationGroupId"))
        .set_primary_cluster_id(wanted.text("PrimaryClusterId"))
        .set_engine(wanted.text("Engine"))
        .set_engine_version(wanted.text("EngineVersion"))
        .set_cache_node_type(wanted.text("CacheNodeType"))
        .set_cache_parameter_group_name(wanted.text("CacheParameterGroupName"))
        .set_cache_subnet_group_name(wanted.text("CacheSubnetGroupName"))
        .set_cache_security_group_names(wanted.strings_if_set("CacheSecurityGroupNames"))
        .set_security_group_ids(wanted.strings_if_set("SecurityGroupIds"))
        .set_preferred_maintenance_window(wanted.text("PreferredMaintenanceWindow"))
        .set_port(wanted.i32("Port"))
        .set_notification_topic_arn(wanted.text("NotificationTopicArn"))
        .set_auto_minor_version_upgrade(wanted.bool("AutoMinorVersionUpgrade"))
        .set_user_group_ids(wanted.strings_if_set("UserGroupIds"))
        .set_log_delivery_configurations(log_delivery::wanted(wanted))
        .set_data_tiering_enabled(wanted.bool("DataTieringEnabled"))
        .set_network_type(word("NetworkType").as_deref().map(Into::into))
        .set_ip_discovery(word("IpDiscovery").as_deref().map(Into::into))
        .set_cluster_mode(word("ClusterMode").as_deref().map(Into::into))
        .set_durability(word("Durability").as_deref().map(Into::into))
        .set_tags(Some(tagging::sdk_tags(request.tags)));
    of_data(of_nodes(call, wanted), wanted)
}

fn of_nodes(
    call: CreateReplicationGroupFluentBuilder,
    wanted: Shape<'_>,
) -> CreateReplicationGroupFluentBuilder {
    call.set_automatic_failover_enabled(wanted.bool("AutomaticFailoverEnabled"))
        .set_multi_az_enabled(wanted.bool("MultiAZEnabled"))
        .set_num_cache_clusters(wanted.i32("NumCacheClusters"))
        .set_preferred_cache_cluster_azs(wanted.strings_if_set("PreferredCacheClusterAZs"))
        .set_num_node_groups(wanted.i32("NumNodeGroups"))
        .set_replicas_per_node_group(wanted.i32("ReplicasPerNodeGroup"))
        .set_node_group_configuration(nodes::configuration(wanted))
}

fn of_data(
    call: CreateReplicationGroupFluentBuilder,
    wanted: Shape<'_>,
) -> CreateReplicationGroupFluentBuilder {
    let mode = wanted.text("TransitEncryptionMode").map(|mode| mode.to_ascii_lowercase());
    call.set_snapshot_arns(wanted.strings_if_set("SnapshotArns"))
        .set_snapshot_name(wanted.text("SnapshotName"))
        .set_snapshot_retention_limit(wanted.i32("SnapshotRetentionLimit"))
        .set_snapshot_window(wanted.text("SnapshotWindow"))
        .set_auth_token(wanted.text("AuthToken"))
        .set_transit_encryption_enabled(wanted.bool("TransitEncryptionEnabled"))
        .set_transit_encryption_mode(mode.as_deref().map(Into::into))
        .set_at_rest_encryption_enabled(wanted.bool("AtRestEncryptionEnabled"))
        .set_kms_key_id(wanted.text("KmsKeyId"))
}
