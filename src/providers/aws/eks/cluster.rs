//! `AWS::EKS::Cluster`.
//!
//! `ListClusters` tells names alone; those that may concern the stack are described one by one.

use std::collections::BTreeSet;
use std::sync::Arc;

use async_trait::async_trait;
use aws_sdk_eks::Client;
use aws_sdk_eks::operation::create_cluster::builders::CreateClusterFluentBuilder;
use aws_sdk_eks::types::{Cluster as Found, ClusterStatus};

use super::super::arn::Arn;
use super::super::error::gone_is_fine;
use super::super::identity::Candidates;
use super::super::{Aws, Shape, failed, supported, tags};
use super::children::with_tags;
use super::updates::{Subject, Updates};
use super::{
    PAGE, SERVICE, cluster_parts as parts, cluster_shape, cluster_update, each, nameless, settling, tagging,
    taken,
};
use crate::model::{Identifier, Live, Ownership, ResourceType, Scope, StackName};
use crate::providers::{
    Create, Delete, ErrorKind, Handler, Pending, PendingItem, Query, Readiness, Result, Update, readiness,
};

const TYPE: &str = super::CLUSTER;
const NAME: &str = "Name";
const CREATE: &str = "eks:CreateCluster";

/// What can be written. `Force` speaks of upgrades alone.
const SUPPORTED: [&str; 23] = [
    "AccessConfig",
    "BootstrapSelfManagedAddons",
    "ComputeConfig",
    "ControlPlaneScalingConfig",
    "DeletionProtection",
    "EncryptionConfig",
    "Force",
    "KubeApiServerConfig",
    "KubeControllerManagerConfig",
    "KubeSchedulerConfig",
    "KubernetesNetworkConfig",
    "Logging",
    NAME,
    "OutpostConfig",
    "RemoteNetworkConfig",
    "ResourcesVpcConfig",
    "RoleArn",
    "RollbackConfig",
    "StorageConfig",
    "Tags",
    "UpgradePolicy",
    "Version",
    "ZonalShiftConfig",
];

/// The handler of `AWS::EKS::Cluster`.
pub struct Cluster {
    aws: Arc<Aws>,
    updates: Updates,
}

impl Cluster {
    /// A handler on a session.
    pub fn new(aws: &Arc<Aws>) -> Self {
        Self { aws: aws.clone(), updates: Updates::default() }
    }

    fn client(&self, scope: &Scope) -> Client {
        self.aws.client(scope, Client::new)
    }

    async fn look(&self, client: &Client, request: &Pending<'_>, item: &PendingItem) -> Result<Readiness> {
        let name = item.identifier.as_str();
        if !item.deleting {
            let subject = Subject { cluster: name, ..Subject::default() };
            if let Some(answer) = self.updates.progress(client, subject, &item.identifier).await? {
                return Ok(answer);
            }
        }
        let found = describe(client, name).await?;
        let live = found.map(|cluster| live(request.scope, request.stack, &cluster));
        Ok(readiness(std::slice::from_ref(item), live.into_iter().collect()).remove(0))
    }
}

#[async_trait]
impl Handler for Cluster {
    fn resource_type(&self) -> ResourceType {
        TYPE.into()
    }

    fn service(&self) -> &'static str {
        SERVICE
    }

    /// By the name.
    fn deduplicates(&self) -> bool {
        true
    }

    async fn list(&self, query: &Query<'_>) -> Result<Vec<Live>> {
        let client = self.client(query.scope);
        let candidates = Candidates::of(query, NAME);
        let tagged = tagged(query);
        let mut names = names(&client).await?;
        names.retain(|name| candidates.covers(name, &[name]) || tagged.contains(name));
        let found = each(names.iter().map(|name| describe(&client, name))).await?;
        let lives = found.iter().flatten().map(|cluster| live(query.scope, query.stack, cluster));
        let kept = lives.filter(|live| candidates.keeps(live, live.identifier.as_str()));
        each(kept.map(|live| with_tags(&client, query, live, "Arn"))).await
    }

    async fn create(&self, request: &Create<'_>) -> Result<Identifier> {
        supported::only(request.properties, &SUPPORTED, CREATE)?;
        let client = self.client(request.scope);
        let name = Shape(request.properties).text(NAME).ok_or_else(|| nameless(CREATE, NAME))?;
        let error = match creation(&client, request, &name)?.send().await.map_err(failed(CREATE)) {
            Ok(_) => return Ok(Identifier::new(name)),
            Err(error) => settling(error),
        };
        if error.kind != ErrorKind::InUse {
            return Err(error);
        }
        match describe(&client, &name).await? {
            // The name is free again when the old one is gone.
            Some(found) if found.status() == Some(&ClusterStatus::Deleting) => Err(error),
            Some(found) if tagging::is_first_attempt(request, found.tags()) => Ok(Identifier::new(name)),
            Some(_) => Err(taken(error)),
            None => Err(error),
        }
    }

    async fn update(&self, request: &Update<'_>) -> Result<()> {
        supported::only(request.properties, &SUPPORTED, "eks:UpdateClusterConfig")?;
        let client = self.client(request.scope);
        let steps = cluster_update::steps(&client, request)?;
        tagging::update(&client, request.live.str("Arn"), request.delta).await?;
        self.updates.begin(&request.live.identifier, steps).await
    }

    async fn delete(&self, request: &Delete<'_>) -> Result<()> {
        let client = self.client(request.scope);
        let name = request.live.identifier.as_str();
        let gone = client.delete_cluster().name(name).send().await.map_err(failed("eks:DeleteCluster"));
        match gone {
            Err(error) if error.kind == ErrorKind::InUse => match describe(&client, name).await? {
                Some(found) if found.status() != Some(&ClusterStatus::Deleting) => Err(error),
                _ => Ok(()),
            },
            gone => gone_is_fine(gone),
        }
    }

    async fn ready(&self, request: &Pending<'_>) -> Result<Vec<Readiness>> {
        let client = self.client(request.scope);
        each(request.items.iter().map(|item| self.look(&client, request, item))).await
    }
}

/// The names of all clusters, those connected from elsewhere left out.
async fn names(client: &Client) -> Result<Vec<String>> {
    let pages = client.list_clusters().max_results(PAGE).into_paginator().items().send();
    pages.try_collect().await.map_err(failed("eks:ListClusters"))
}

/// The names of the clusters that the tag search found.
fn tagged(query: &Query<'_>) -> BTreeSet<String> {
    let arns = query.tagged.iter().filter_map(|found| Arn::parse(&found.arn));
    arns.filter(|arn| arn.service == "eks")
        .filter_map(|arn| Some(arn.resource.strip_prefix("cluster/")?.to_owned()))
        .collect()
}

async fn describe(client: &Client, name: &str) -> Result<Option<Found>> {
    match client.describe_cluster().name(name).send().await.map_err(failed("eks:DescribeCluster")) {
        Ok(answer) => Ok(answer.cluster),
        Err(error) if error.kind == ErrorKind::NotFound => Ok(None),
        Err(error) => Err(error),
    }
}

fn live(scope: &Scope, stack: &StackName, cluster: &Found) -> Live {
    let tags = tagging::read(cluster.tags());
    let ownership: Ownership = tags::ownership(&tags, stack);
    Live {
        resource_type: TYPE.into(),
        scope: scope.clone(),
        identifier: Identifier::new(cluster.name().unwrap_or_default()),
        properties: cluster_shape::properties(cluster),
        ownership,
        tags,
        status: cluster_shape::status(cluster),
    }
}

fn creation(client: &Client, request: &Create<'_>, name: &str) -> Result<CreateClusterFluentBuilder> {
    let wanted = Shape(request.properties);
    Ok(client
        .create_cluster()
        .name(name)
        .client_request_token(request.token.as_str())
        .set_tags(Some(tagging::sdk_tags(request.tags)))
        .set_version(wanted.text("Version"))
        .set_role_arn(wanted.text("RoleArn"))
        .set_resources_vpc_config(parts::vpc(wanted))
        .set_kubernetes_network_config(parts::network(wanted))
        .set_logging(parts::logging(wanted))
        .set_encryption_config(parts::encryption(wanted))
        .set_outpost_config(parts::outpost(wanted, CREATE)?)
        .set_access_config(parts::access(wanted))
        .set_bootstrap_self_managed_addons(wanted.bool("BootstrapSelfManagedAddons"))
        .set_upgrade_policy(parts::upgrade_policy(wanted))
        .set_zonal_shift_config(parts::zonal_shift(wanted))
        .set_remote_network_config(parts::remote_network(wanted))
        .set_compute_config(parts::compute(wanted))
        .set_storage_config(parts::storage(wanted))
        .set_deletion_protection(wanted.bool("DeletionProtection"))
        .set_control_plane_scaling_config(parts::scaling(wanted))
        .set_kube_api_server_config(parts::api_server(wanted))
        .set_kube_scheduler_config(parts::scheduler(wanted))
        .set_kube_controller_manager_config(parts::controller_manager(wanted)))
}
