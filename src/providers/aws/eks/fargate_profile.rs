//! `AWS::EKS::FargateProfile`: nothing but its tags can be changed, and a cluster makes or removes one at a time.

use std::sync::Arc;

use async_trait::async_trait;
use aws_sdk_eks::Client;
use aws_sdk_eks::types::{FargateProfile as Found, FargateProfileSelector, FargateProfileStatus};

use super::super::error::gone_is_fine;
use super::super::{Aws, Shape, Writer, failed, supported, tags};
use super::children::{Places, halves};
use super::{CLUSTER, CLUSTER_NAME, PAGE, SERVICE, each, health, nameless, settling, tagging, taken};
use crate::model::{Identifier, Live, ResourceType, Scope, StackName, Status};
use crate::providers::{
    Create, Delete, ErrorKind, Handler, Pending, Query, Readiness, Result, Update, readiness,
};

const TYPE: &str = "AWS::EKS::FargateProfile";
const NAME: &str = "FargateProfileName";
const KEYS: [&str; 2] = [CLUSTER_NAME, NAME];
const CREATE: &str = "eks:CreateFargateProfile";

const SUPPORTED: [&str; 6] = [CLUSTER_NAME, NAME, "PodExecutionRoleArn", "Selectors", "Subnets", "Tags"];

/// The handler of `AWS::EKS::FargateProfile`.
pub struct FargateProfile {
    aws: Arc<Aws>,
}

impl FargateProfile {
    /// A handler on a session.
    pub fn new(aws: &Arc<Aws>) -> Self {
        Self { aws: aws.clone() }
    }

    fn client(&self, scope: &Scope) -> Client {
        self.aws.client(scope, Client::new)
    }
}

#[async_trait]
impl Handler for FargateProfile {
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
        let places = Places::of(query, "fargateprofile", &KEYS);
        let listed = each(places.clusters().into_iter().map(|cluster| names(&client, cluster))).await?;
        let mut keys = listed.concat();
        keys.retain(|(cluster, name)| places.covers(&[cluster, name], &format!("{cluster}|{name}")));
        let found = each(keys.iter().map(|(cluster, name)| describe(&client, cluster, name))).await?;
        let lives = found.iter().flatten().map(|profile| live(query.scope, query.stack, profile));
        places.keep(&client, lives.collect(), "Arn").await
    }

    async fn create(&self, request: &Create<'_>) -> Result<Identifier> {
        supported::only(request.properties, &SUPPORTED, CREATE)?;
        let client = self.client(request.scope);
        let wanted = Shape(request.properties);
        let cluster = wanted.text(CLUSTER_NAME).ok_or_else(|| nameless(CREATE, CLUSTER_NAME))?;
        let name = wanted.text(NAME).ok_or_else(|| nameless(CREATE, NAME))?;
        let id = Identifier::new(format!("{cluster}|{name}"));
        let error = match make(&client, request, &cluster, &name).await {
            Ok(()) => return Ok(id),
            Err(error) => settling(error),
        };
        if error.kind != ErrorKind::InUse {
            return Err(error);
        }
        match describe(&client, &cluster, &name).await? {
            Some(found) if found.status() == Some(&FargateProfileStatus::Deleting) => Err(error),
            Some(found) if tagging::is_first_attempt(request, found.tags()) => Ok(id),
            Some(_) => Err(taken(error)),
            // Another profile of the cluster is being made or removed.
            None => Err(error),
        }
    }

    async fn update(&self, request: &Update<'_>) -> Result<()> {
        supported::only(request.properties, &SUPPORTED, "eks:TagResource")?;
        tagging::update(&self.client(request.scope), request.live.str("Arn"), request.delta).await
    }

    async fn delete(&self, request: &Delete<'_>) -> Result<()> {
        let client = self.client(request.scope);
        let (cluster, name) = halves(&request.live.identifier, '|');
        let call = client.delete_fargate_profile().cluster_name(cluster).fargate_profile_name(name);
        match call.send().await.map_err(failed("eks:DeleteFargateProfile")) {
            Err(error) if error.kind == ErrorKind::InUse => match describe(&client, cluster, name).await? {
                Some(found) if found.status() != Some(&FargateProfileStatus::Deleting) => Err(error),
                _ => Ok(()),
            },
            gone => gone_is_fine(gone),
        }
    }

    async fn ready(&self, request: &Pending<'_>) -> Result<Vec<Readiness>> {
        let client = self.client(request.scope);
        let found = each(request.items.iter().map(|item| {
            let (cluster, name) = halves(&item.identifier, '|');
            describe(&client, cluster, name)
        }));
        let found = found.await?;
        let lives = found.iter().flatten().map(|profile| live(request.scope, request.stack, profile));
        Ok(readiness(request.items, lives.collect()))
    }
}

/// The names of a cluster's profiles, with the cluster's; none if it is gone.
async fn names(client: &Client, cluster: String) -> Result<Vec<(String, String)>> {
    let pages =
        client.list_fargate_profiles().cluster_name(&cluster).max_results(PAGE).into_paginator().items();
    let found: Result<Vec<String>> =
        pages.send().try_collect().await.map_err(failed("eks:ListFargateProfiles"));
    match found {
        Ok(names) => Ok(names.into_iter().map(|name| (cluster.clone(), name)).collect()),
        Err(error) if error.kind == ErrorKind::NotFound => Ok(Vec::new()),
        Err(error) => Err(error),
    }
}

async fn describe(client: &Client, cluster: &str, name: &str) -> Result<Option<Found>> {
    let call = client.describe_fargate_profile().cluster_name(cluster).fargate_profile_name(name);
    match call.send().await.map_err(failed("eks:DescribeFargateProfile")) {
        Ok(answer) => Ok(answer.fargate_profile),
        Err(error) if error.kind == ErrorKind::NotFound => Ok(None),
        Err(error) => Err(error),
    }
}

fn live(scope: &Scope, stack: &StackName, profile: &Found) -> Live {
    let tags = tagging::read(profile.tags());
    let cluster = profile.cluster_name().unwrap_or_default();
    let name = profile.fargate_profile_name().unwrap_or_default();
    Live {
        resource_type: TYPE.into(),
        scope: scope.clone(),
        identifier: Identifier::new(format!("{cluster}|{name}")),
        properties: Writer::new()
            .set(CLUSTER_NAME, cluster)
            .set(NAME, name)
            .put("Arn", profile.fargate_profile_arn())
            .put("PodExecutionRoleArn", profile.pod_execution_role_arn())
            .list("Subnets", profile.subnets().to_vec())
            .list("Selectors", profile.selectors().iter().map(selector))
            .build(),
        ownership: tags::ownership(&tags, stack),
        tags,
        status: status(profile),
    }
}

fn status(profile: &Found) -> Status {
    use FargateProfileStatus as S;
    match profile.status() {
        Some(S::Active) => Status::Ready,
        Some(S::Deleting) => Status::Deleting,
        Some(status @ (S::CreateFailed | S::DeleteFailed)) => {
            Status::Failed(health::of_fargate_profile(status.as_str(), profile.health()))
        }
        status => Status::Pending(status.map_or("CREATING", S::as_str).to_owned()),
    }
}

/// CloudFormation writes the labels as a list, EKS keeps a map.
fn selector(found: &FargateProfileSelector) -> Writer {
    let mut labels: Vec<_> = found.labels().into_iter().flatten().collect();
    labels.sort_unstable();
    let labels = labels
        .into_iter()
        .map(|(key, value)| Writer::new().set("Key", key.as_str()).set("Value", value.as_str()));
    Writer::new().put("Namespace", found.namespace()).list("Labels", labels)
}

fn wanted_selector(wanted: Shape<'_>) -> FargateProfileSelector {
    let labels = wanted.objects("Labels").into_iter();
    let labels = labels.filter_map(|label| Some((label.text("Key")?, label.text("Value")?)));
    FargateProfileSelector::builder()
        .set_namespace(wanted.text("Namespace"))
        .set_labels(wanted.get("Labels").map(|_| labels.collect()))
        .build()
}

async fn make(client: &Client, request: &Create<'_>, cluster: &str, name: &str) -> Result<()> {
    let wanted = Shape(request.properties);
    let selectors = wanted.objects("Selectors");
    client
        .create_fargate_profile()
        .cluster_name(cluster)
        .fargate_profile_name(name)
        .client_request_token(request.token.as_str())
        .set_tags(Some(tagging::sdk_tags(request.tags)))
        .set_pod_execution_role_arn(wanted.text("PodExecutionRoleArn"))
        .set_subnets(wanted.strings_if_set("Subnets"))
        .set_selectors(Some(selectors.into_iter().map(wanted_selector).collect()))
        .send()
        .await
        .map(drop)
        .map_err(failed(CREATE))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::Json;
    use serde_json::json;

    #[test]
    fn labels_are_a_list_here_and_a_map_there() {
        let wanted = json!({"Namespace": "web", "Labels": [{"Key": "tier", "Value": "edge"}]});
        let sdk = wanted_selector(Shape(wanted.as_object().unwrap()));
        assert_eq!(sdk.labels().unwrap()["tier"], "edge");
        assert_eq!(Json::from(selector(&sdk)), wanted);
    }
}
