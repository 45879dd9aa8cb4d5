//! `AWS::EKS::Nodegroup`.

use std::sync::Arc;

use async_trait::async_trait;
use aws_sdk_eks::Client;
use aws_sdk_eks::operation::create_nodegroup::builders::CreateNodegroupFluentBuilder;
use aws_sdk_eks::types::{AmiTypes, Nodegroup as Found, NodegroupStatus};

use super::super::error::gone_is_fine;
use super::super::identity::wanted_for;
use super::super::{Aws, Shape, failed, supported, tags};
use super::children::{Places, halves};
use super::updates::{Subject, Updates};
use super::{
    CLUSTER, CLUSTER_NAME, PAGE, SERVICE, each, nameless, nodegroup_shape as shape, nodegroup_update,
    settling, tagging, taken,
};
use crate::model::{Identifier, Live, ResourceType, Scope, StackName};
use crate::providers::{
    Create, Delete, ErrorKind, Handler, Pending, PendingItem, Query, Readiness, Result, Update, readiness,
};

const TYPE: &str = "AWS::EKS::Nodegroup";
const NAME: &str = "NodegroupName";
const KEYS: [&str; 2] = [CLUSTER_NAME, NAME];
const CREATE: &str = "eks:CreateNodegroup";

const SUPPORTED: [&str; 20] = [
    "AmiType",
    "CapacityType",
    CLUSTER_NAME,
    "DiskSize",
    "ForceUpdateEnabled",
    "InstanceTypes",
    "Labels",
    "LaunchTemplate",
    "NodeRepairConfig",
    "NodeRole",
    NAME,
    "ReleaseVersion",
    "RemoteAccess",
    "ScalingConfig",
    "Subnets",
    "Tags",
    "Taints",
    "UpdateConfig",
    "Version",
    "WarmPoolConfig",
];

/// The handler of `AWS::EKS::Nodegroup`.
pub struct Nodegroup {
    aws: Arc<Aws>,
    updates: Updates,
}

impl Nodegroup {
    /// A handler on a session.
    pub fn new(aws: &Arc<Aws>) -> Self {
        Self { aws: aws.clone(), updates: Updates::default() }
    }

    fn client(&self, scope: &Scope) -> Client {
        self.aws.client(scope, Client::new)
    }

    async fn look(&self, client: &Client, request: &Pending<'_>, item: &PendingItem) -> Result<Readiness> {
        let (cluster, name) = halves(&item.identifier, '/');
        if !item.deleting {
            let subject = Subject { cluster, nodegroup: Some(name), addon: None };
            if let Some(answer) = self.updates.progress(client, subject, &item.identifier).await? {
                return Ok(answer);
            }
        }
        let found = describe(client, cluster, name).await?;
        let live = found.map(|group| live(request.scope, request.stack, &group));
        Ok(readiness(std::slice::from_ref(item), live.into_iter().collect()).remove(0))
    }
}

#[async_trait]
impl Handler for Nodegroup {
    fn resource_type(&self) -> ResourceType {
        TYPE.into()
    }

    fn service(&self) -> &'static str {
        SERVICE
    }

    fn parents(&self) -> &'static [&'static str] {
        &[CLUSTER]
    }

    /// By the name.
    fn deduplicates(&self) -> bool {
        true
    }

    async fn list(&self, query: &Query<'_>) -> Result<Vec<Live>> {
        let client = self.client(query.scope);
        let places = Places::of(query, "nodegroup", &KEYS);
        let listed = each(places.clusters().into_iter().map(|cluster| names(&client, cluster))).await?;
        let mut keys = listed.concat();
        keys.retain(|(cluster, name)| places.covers(&[cluster, name], &format!("{cluster}/{name}")));
        let found = each(keys.iter().map(|(cluster, name)| describe(&client, cluster, name))).await?;
        let lives = found.iter().flatten().map(|group| live(query.scope, query.stack, group));
        let mut lives = places.keep(&client, lives.collect(), "Arn").await?;
        lives.iter_mut().for_each(|live| as_written(query, live));
        Ok(lives)
    }

    async fn create(&self, request: &Create<'_>) -> Result<Identifier> {
        supported::only(request.properties, &SUPPORTED, CREATE)?;
        let client = self.client(request.scope);
        let wanted = Shape(request.properties);
        let cluster = wanted.text(CLUSTER_NAME).ok_or_else(|| nameless(CREATE, CLUSTER_NAME))?;
        let name = wanted.text(NAME).ok_or_else(|| nameless(CREATE, NAME))?;
        let id = Identifier::new(format!("{cluster}/{name}"));
        let call = creation(&client, request).cluster_name(&cluster).nodegroup_name(&name);
        let error = match call.send().await.map_err(failed(CREATE)) {
            Ok(_) => return Ok(id),
            Err(error) => settling(error),
        };
        if error.kind != ErrorKind::InUse {
            return Err(error);
        }
        match describe(&client, &cluster, &name).await? {
            Some(found) if found.status() == Some(&NodegroupStatus::Deleting) => Err(error),
            Some(found) if tagging::is_first_attempt(request, found.tags()) => Ok(id),
            Some(_) => Err(taken(error)),
            // It is the cluster that is busy.
            None => Err(error),
        }
    }

    async fn update(&self, request: &Update<'_>) -> Result<()> {
        supported::only(request.properties, &SUPPORTED, "eks:UpdateNodegroupConfig")?;
        let client = self.client(request.scope);
        let (cluster, name) = halves(&request.live.identifier, '/');
        let steps = nodegroup_update::steps(&client, request, cluster, name)?;
        tagging::update(&client, request.live.str("Arn"), request.delta).await?;
        self.updates.begin(&request.live.identifier, steps).await
    }

    async fn delete(&self, request: &Delete<'_>) -> Result<()> {
        let client = self.client(request.scope);
        let (cluster, name) = halves(&request.live.identifier, '/');
        let call = client.delete_nodegroup().cluster_name(cluster).nodegroup_name(name);
        match call.send().await.map_err(failed("eks:DeleteNodegroup")) {
            Err(error) if error.kind == ErrorKind::InUse => match describe(&client, cluster, name).await? {
                Some(found) if found.status() != Some(&NodegroupStatus::Deleting) => Err(error),
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

/// The names of a cluster's node groups, with the cluster's; none if it is gone.
async fn names(client: &Client, cluster: String) -> Result<Vec<(String, String)>> {
    let pages = client.list_nodegroups().cluster_name(&cluster).max_results(PAGE).into_paginator().items();
    let found: Result<Vec<String>> = pages.send().try_collect().await.map_err(failed("eks:ListNodegroups"));
    match found {
        Ok(names) => Ok(names.into_iter().map(|name| (cluster.clone(), name)).collect()),
        Err(error) if error.kind == ErrorKind::NotFound => Ok(Vec::new()),
        Err(error) => Err(error),
    }
}

async fn describe(client: &Client, cluster: &str, name: &str) -> Result<Option<Found>> {
    let call = client.describe_nodegroup().cluster_name(cluster).nodegroup_name(name);
    match call.send().await.map_err(failed("eks:DescribeNodegroup")) {
        Ok(answer) => Ok(answer.nodegroup),
        Err(error) if error.kind == ErrorKind::NotFound => Ok(None),
        Err(error) => Err(error),
    }
}

fn live(scope: &Scope, stack: &StackName, group: &Found) -> Live {
    let tags = tagging::read(group.tags());
    Live {
        resource_type: TYPE.into(),
        scope: scope.clone(),
        identifier: Identifier::new(shape::id(group)),
        properties: shape::properties(group),
        ownership: tags::ownership(&tags, stack),
        tags,
        status: shape::status(group),
    }
}

fn as_written(query: &Query<'_>, live: &mut Live) {
    let name = live.str(NAME).map(str::to_owned);
    let name = name.as_deref().map(|name| (NAME, name));
    if let Some(wanted) = wanted_for(query, &live.tags, live.identifier.as_str(), name) {
        shape::as_written(&mut live.properties, Shape(&wanted.properties));
    }
}

fn creation(client: &Client, request: &Create<'_>) -> CreateNodegroupFluentBuilder {
    let wanted = Shape(request.properties);
    client
        .create_nodegroup()
        .client_request_token(request.token.as_str())
        .set_tags(Some(tagging::sdk_tags(request.tags)))
        .set_node_role(wanted.text("NodeRole"))
        .set_subnets(wanted.strings_if_set("Subnets"))
        .set_ami_type(wanted.str("AmiType").map(AmiTypes::from))
        .set_capacity_type(shape::wanted_capacity(wanted))
        .set_disk_size(wanted.i32("DiskSize"))
        .set_instance_types(wanted.strings_if_set("InstanceTypes"))
        .set_version(wanted.text("Version"))
        .set_release_version(wanted.text("ReleaseVersion"))
        .set_labels(shape::wanted_labels(wanted))
        .set_taints(shape::wanted_taints(wanted))
        .set_scaling_config(shape::wanted_scaling(wanted))
        .set_update_config(shape::wanted_update(wanted))
        .set_launch_template(shape::wanted_template(wanted))
        .set_remote_access(shape::wanted_remote(wanted))
        .set_node_repair_config(shape::wanted_repair(wanted))
        .set_warm_pool_config(shape::wanted_warm_pool(wanted))
}
