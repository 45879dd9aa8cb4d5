//! `AWS::EKS::PodIdentityAssociation`: the IAM role of a Kubernetes service account.

use std::sync::Arc;

use async_trait::async_trait;
use aws_sdk_eks::Client;
use aws_sdk_eks::types::{PodIdentityAssociation as Found, PodIdentityAssociationSummary as Summary};

use super::super::arn::Arn;
use super::super::error::gone_is_fine;
use super::super::{Aws, Shape, Writer, failed, missing, supported, tags};
use super::children::Places;
use super::{
    CLUSTER, CLUSTER_NAME, PAGE, SERVICE, each, nameless, refuse_removal, settling, some, tagging, taken,
};
use crate::model::{Identifier, Live, ResourceType, Scope, StackName, Status};
use crate::providers::{
    Create, Delete, ErrorKind, Handler, Pending, Query, Readiness, Result, Update, readiness,
};

const TYPE: &str = "AWS::EKS::PodIdentityAssociation";
const KEYS: [&str; 3] = [CLUSTER_NAME, "Namespace", "ServiceAccount"];
const ARN: &str = "AssociationArn";
const CREATE: &str = "eks:CreatePodIdentityAssociation";
const UPDATE: &str = "eks:UpdatePodIdentityAssociation";

const SUPPORTED: [&str; 8] = [
    CLUSTER_NAME,
    "DisableSessionTags",
    "Namespace",
    "Policy",
    "RoleArn",
    "ServiceAccount",
    "Tags",
    "TargetRoleArn",
];

/// The handler of `AWS::EKS::PodIdentityAssociation`.
pub struct PodIdentityAssociation {
    aws: Arc<Aws>,
}

impl PodIdentityAssociation {
    /// A handler on a session.
    pub fn new(aws: &Arc<Aws>) -> Self {
        Self { aws: aws.clone() }
    }

    fn client(&self, scope: &Scope) -> Client {
        self.aws.client(scope, Client::new)
    }
}

#[async_trait]
impl Handler for PodIdentityAssociation {
    fn resource_type(&self) -> ResourceType {
        TYPE.into()
    }

    fn service(&self) -> &'static str {
        SERVICE
    }

    fn parents(&self) -> &'static [&'static str] {
        &[CLUSTER]
    }

    /// By the service account: it has one role.
    fn deduplicates(&self) -> bool {
        true
    }

    async fn list(&self, query: &Query<'_>) -> Result<Vec<Live>> {
        let client = self.client(query.scope);
        let places = Places::of(query, "podidentityassociation", &KEYS);
        let listed = places.clusters().into_iter().map(|cluster| all(&client, cluster));
        let mut listed = each(listed).await?.concat();
        listed.retain(|found| places.covers(&key(found), found.association_arn().unwrap_or_default()));
        let arns: Vec<&str> = listed.iter().filter_map(Summary::association_arn).collect();
        let found = each(arns.into_iter().map(|arn| describe(&client, arn))).await?;
        let lives = found.iter().flatten().map(|found| live(query.scope, query.stack, found));
        places.keep(&client, lives.collect(), ARN).await
    }

    async fn create(&self, request: &Create<'_>) -> Result<Identifier> {
        supported::only(request.properties, &SUPPORTED, CREATE)?;
        let client = self.client(request.scope);
        let error = match make(&client, request).await {
            Ok(arn) => return Ok(Identifier::new(arn)),
            Err(error) => settling(error),
        };
        if error.kind != ErrorKind::InUse {
            return Err(error);
        }
        let Some(arn) = in_place(&client, Shape(request.properties)).await? else { return Err(error) };
        match describe(&client, &arn).await? {
            Some(found) if tagging::is_first_attempt(request, found.tags()) => Ok(Identifier::new(arn)),
            Some(_) => Err(taken(error)),
            None => Err(error),
        }
    }

    async fn update(&self, request: &Update<'_>) -> Result<()> {
        supported::only(request.properties, &SUPPORTED, UPDATE)?;
        refuse_removal(request, &["Policy", "TargetRoleArn"], UPDATE)?;
        let client = self.client(request.scope);
        if request.delta.touches_any(&["DisableSessionTags", "Policy", "RoleArn", "TargetRoleArn"]) {
            modify(&client, request).await?;
        }
        tagging::update(&client, request.live.str(ARN), request.delta).await
    }

    async fn delete(&self, request: &Delete<'_>) -> Result<()> {
        let client = self.client(request.scope);
        let Some((cluster, id)) = parts(request.live.identifier.as_str()) else { return Ok(()) };
        let call = client.delete_pod_identity_association().cluster_name(cluster).association_id(id);
        gone_is_fine(call.send().await.map_err(failed("eks:DeletePodIdentityAssociation")))
    }

    async fn ready(&self, request: &Pending<'_>) -> Result<Vec<Readiness>> {
        let client = self.client(request.scope);
        let found =
            each(request.items.iter().map(|item| describe(&client, item.identifier.as_str()))).await?;
        let lives = found.iter().flatten().map(|found| live(request.scope, request.stack, found));
        Ok(readiness(request.items, lives.collect()))
    }
}

/// Cluster and id in the ARN: `arn:...:podidentityassociation/<cluster>/<id>`.
fn parts(arn: &str) -> Option<(&str, &str)> {
    match Arn::parse(arn)?.parts().as_slice() {
        [_, cluster, id] => Some((*cluster, *id)),
        _ => None,
    }
}

fn key(found: &Summary) -> [&str; 3] {
    [found.cluster_name(), found.namespace(), found.service_account()].map(Option::unwrap_or_default)
}

/// All associations of a cluster; none if it is gone.
async fn all(client: &Client, cluster: String) -> Result<Vec<Summary>> {
    let call = client.list_pod_identity_associations().cluster_name(cluster).max_results(PAGE);
    let found = call.into_paginator().items().send().try_collect().await;
    match found.map_err(failed("eks:ListPodIdentityAssociations")) {
        Err(error) if error.kind == ErrorKind::NotFound => Ok(Vec::new()),
        found => found,
    }
}

/// The ARN of the association that a service account has.
async fn in_place(client: &Client, wanted: Shape<'_>) -> Result<Option<String>> {
    let [cluster, namespace, account] = KEYS.map(|name| wanted.text(name));
    let call = client
        .list_pod_identity_associations()
        .set_cluster_name(cluster)
        .set_namespace(namespace)
        .set_service_account(account);
    let answer = call.send().await.map_err(failed("eks:ListPodIdentityAssociations"))?;
    Ok(answer.associations().first().and_then(Summary::association_arn).map(str::to_owned))
}

async fn describe(client: &Client, arn: &str) -> Result<Option<Found>> {
    let Some((cluster, id)) = parts(arn) else { return Ok(None) };
    let call = client.describe_pod_identity_association().cluster_name(cluster).association_id(id);
    match call.send().await.map_err(failed("eks:DescribePodIdentityAssociation")) {
        Ok(answer) => Ok(answer.association),
        Err(error) if error.kind == ErrorKind::NotFound => Ok(None),
        Err(error) => Err(error),
    }
}

fn live(scope: &Scope, stack: &StackName, found: &Found) -> Live {
    let tags = tagging::read(found.tags());
    let arn = found.association_arn().unwrap_or_default();
    Live {
        resource_type: TYPE.into(),
        scope: scope.clone(),
        identifier: Identifier::new(arn),
        properties: Writer::new()
            .set(ARN, arn)
            .put("AssociationId", found.association_id())
            .put(CLUSTER_NAME, found.cluster_name())
            .put("Namespace", found.namespace())
            .put("ServiceAccount", found.service_account())
            .put("RoleArn", found.role_arn())
            .put("TargetRoleArn", some(found.target_role_arn()))
            .put("ExternalId", some(found.external_id()))
            .put("Policy", some(found.policy()))
            .put("DisableSessionTags", found.disable_session_tags())
            .build(),
        ownership: tags::ownership(&tags, stack),
        tags,
        status: Status::Ready,
    }
}

async fn make(client: &Client, request: &Create<'_>) -> Result<String> {
    let wanted = Shape(request.properties);
    let cluster = wanted.text(CLUSTER_NAME).ok_or_else(|| nameless(CREATE, CLUSTER_NAME))?;
    let made = client
        .create_pod_identity_association()
        .cluster_name(cluster)
        .client_request_token(request.token.as_str())
        .set_tags(Some(tagging::sdk_tags(request.tags)))
        .set_namespace(wanted.text("Namespace"))
        .set_service_account(wanted.text("ServiceAccount"))
        .set_role_arn(wanted.text("RoleArn"))
        .set_target_role_arn(wanted.text("TargetRoleArn"))
        .set_policy(wanted.document("Policy"))
        .set_disable_session_tags(wanted.bool("DisableSessionTags"))
        .send()
        .await
        .map_err(failed(CREATE))?;
    made.association.and_then(|made| made.association_arn).ok_or_else(|| missing(CREATE, "associationArn"))
}

async fn modify(client: &Client, request: &Update<'_>) -> Result<()> {
    let wanted = Shape(request.properties);
    let touched = |property: &str| request.delta.touches(property);
    let Some((cluster, id)) = parts(request.live.identifier.as_str()) else {
        return Err(missing(UPDATE, "associationId"));
    };
    client
        .update_pod_identity_association()
        .cluster_name(cluster)
        .association_id(id)
        .client_request_token(request.token.as_str())
        .set_role_arn(wanted.text("RoleArn").filter(|_| touched("RoleArn")))
        .set_target_role_arn(wanted.text("TargetRoleArn").filter(|_| touched("TargetRoleArn")))
        .set_policy(wanted.document("Policy").filter(|_| touched("Policy")))
        .set_disable_session_tags(
            touched("DisableSessionTags").then(|| wanted.bool("DisableSessionTags").unwrap_or(false)),
        )
        .send()
        .await
        .map(drop)
        .map_err(|error| settling(failed(UPDATE)(error)))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_association_is_found_by_its_arn() {
        let arn = "arn:aws:eks:eu-west-1:123456789012:podidentityassociation/shop/a-1b2c";
        assert_eq!(parts(arn), Some(("shop", "a-1b2c")));
        assert_eq!(parts("a-1b2c"), None);
        let found = Found::builder().association_arn(arn).cluster_name("shop").external_id("").build();
        let live = live(&Scope::Global, &StackName::new("shop"), &found);
        assert_eq!(live.identifier.as_str(), arn);
        assert!(!live.properties.contains_key("ExternalId"));
    }
}
