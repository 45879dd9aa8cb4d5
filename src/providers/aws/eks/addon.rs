//! `AWS::EKS::Addon`.

use std::sync::Arc;

use async_trait::async_trait;
use aws_sdk_eks::Client;
use aws_sdk_eks::types::{
    Addon as Found, AddonNamespaceConfigRequest, AddonPodIdentityAssociations, AddonStatus, ResolveConflicts,
};

use super::super::error::{gone_is_fine, unbuilt};
use super::super::tags::Tags;
use super::super::{Aws, Shape, Writer, failed, supported, tags};
use super::children::{Places, halves};
use super::updates::{Call, Step, Subject, Updates, step_token};
use super::{
    CLUSTER, CLUSTER_NAME, PAGE, SERVICE, each, health, nameless, settling, some, tagging, taken, touches,
};
use crate::identity::Owns;
use crate::model::{Identifier, Live, ResourceType, Scope, StackName, Status, Value};
use crate::providers::{
    Create, Delete, ErrorKind, Handler, Pending, PendingItem, Query, Readiness, Result, Update, readiness,
};

const TYPE: &str = "AWS::EKS::Addon";
const NAME: &str = "AddonName";
const KEYS: [&str; 2] = [CLUSTER_NAME, NAME];
const CREATE: &str = "eks:CreateAddon";
const UPDATE: &str = "eks:UpdateAddon";
const ASSOCIATIONS: &str = "PodIdentityAssociations";

const SUPPORTED: [&str; 10] = [
    NAME,
    "AddonVersion",
    CLUSTER_NAME,
    "ConfigurationValues",
    "NamespaceConfig",
    ASSOCIATIONS,
    "PreserveOnDelete",
    "ResolveConflicts",
    "ServiceAccountRoleArn",
    "Tags",
];

/// What `UpdateAddon` changes. `ResolveConflicts` says how, and `PreserveOnDelete` speaks of deletes alone.
const UPDATED: [&str; 4] = ["AddonVersion", "ConfigurationValues", ASSOCIATIONS, "ServiceAccountRoleArn"];

/// The handler of `AWS::EKS::Addon`.
pub struct Addon {
    aws: Arc<Aws>,
    updates: Updates,
}

impl Addon {
    /// A handler on a session.
    pub fn new(aws: &Arc<Aws>) -> Self {
        Self { aws: aws.clone(), updates: Updates::default() }
    }

    fn client(&self, scope: &Scope) -> Client {
        self.aws.client(scope, Client::new)
    }

    async fn look(&self, client: &Client, request: &Pending<'_>, item: &PendingItem) -> Result<Readiness> {
        let (cluster, name) = halves(&item.identifier, '|');
        if !item.deleting {
            let subject = Subject { cluster, nodegroup: None, addon: Some(name) };
            if let Some(answer) = self.updates.progress(client, subject, &item.identifier).await? {
                return Ok(answer);
            }
        }
        let found = describe(client, cluster, name).await?;
        let live = found.map(|addon| live(request.scope, request.stack, &addon));
        Ok(readiness(std::slice::from_ref(item), live.into_iter().collect()).remove(0))
    }
}

#[async_trait]
impl Handler for Addon {
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
        let places = Places::of(query, "addon", &KEYS);
        let listed = each(places.clusters().into_iter().map(|cluster| names(&client, cluster))).await?;
        let mut keys = listed.concat();
        keys.retain(|(cluster, name)| places.covers(&[cluster, name], &format!("{cluster}|{name}")));
        let found = each(keys.iter().map(|(cluster, name)| describe(&client, cluster, name))).await?;
        let lives = found.iter().flatten().map(|addon| live(query.scope, query.stack, addon));
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
            Some(found) if found.status() == Some(&AddonStatus::Deleting) => Err(error),
            Some(found) if tagging::is_first_attempt(request, found.tags()) => Ok(id),
            Some(_) => Err(taken(error)),
            None => Err(error),
        }
    }

    async fn update(&self, request: &Update<'_>) -> Result<()> {
        supported::only(request.properties, &SUPPORTED, UPDATE)?;
        let client = self.client(request.scope);
        let steps = steps(&client, request)?;
        tagging::update(&client, request.live.str("Arn"), request.delta).await?;
        self.updates.begin(&request.live.identifier, steps).await
    }

    async fn delete(&self, request: &Delete<'_>) -> Result<()> {
        let client = self.client(request.scope);
        let (cluster, name) = halves(&request.live.identifier, '|');
        let call = client.delete_addon().cluster_name(cluster).addon_name(name);
        let call = call.set_preserve(preserves(&request.live.tags).then_some(true));
        match call.send().await.map_err(failed("eks:DeleteAddon")) {
            Err(error) if error.kind == ErrorKind::InUse => match describe(&client, cluster, name).await? {
                Some(found) if found.status() != Some(&AddonStatus::Deleting) => Err(error),
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

/// Whether the last apply said to leave its software in the cluster: the record of what it set is all that is left of a
/// blueprint's word when the resource is deleted.
fn preserves(tags: &Tags) -> bool {
    Owns::read(tags).is_some_and(|owns| owns.has_value("PreserveOnDelete", &Value::Bool(true)))
}

/// The names of a cluster's add-ons, with the cluster's; none if it is gone.
async fn names(client: &Client, cluster: String) -> Result<Vec<(String, String)>> {
    let pages = client.list_addons().cluster_name(&cluster).max_results(PAGE).into_paginator().items();
    let found: Result<Vec<String>> = pages.send().try_collect().await.map_err(failed("eks:ListAddons"));
    match found {
        Ok(names) => Ok(names.into_iter().map(|name| (cluster.clone(), name)).collect()),
        Err(error) if error.kind == ErrorKind::NotFound => Ok(Vec::new()),
        Err(error) => Err(error),
    }
}

async fn describe(client: &Client, cluster: &str, name: &str) -> Result<Option<Found>> {
    let call = client.describe_addon().cluster_name(cluster).addon_name(name);
    match call.send().await.map_err(failed("eks:DescribeAddon")) {
        Ok(answer) => Ok(answer.addon),
        Err(error) if error.kind == ErrorKind::NotFound => Ok(None),
        Err(error) => Err(error),
    }
}

fn live(scope: &Scope, stack: &StackName, addon: &Found) -> Live {
    let tags = tagging::read(addon.tags());
    let (cluster, name) = (addon.cluster_name().unwrap_or_default(), addon.addon_name().unwrap_or_default());
    let namespace = addon.namespace_config().and_then(|config| config.namespace());
    Live {
        resource_type: TYPE.into(),
        scope: scope.clone(),
        identifier: Identifier::new(format!("{cluster}|{name}")),
        properties: Writer::new()
            .set(CLUSTER_NAME, cluster)
            .set(NAME, name)
            .put("Arn", addon.addon_arn())
            .put("AddonVersion", some(addon.addon_version()))
            .put("ServiceAccountRoleArn", some(addon.service_account_role_arn()))
            .put("ConfigurationValues", some(addon.configuration_values()))
            .nest("NamespaceConfig", Writer::new().put("Namespace", namespace))
            .build(),
        ownership: tags::ownership(&tags, stack),
        tags,
        status: status(addon),
    }
}

/// Whether it works. A degraded one gets well when its pods find nodes, which may come after it; one whose update failed
/// runs on as it was, and takes another update: to replace it would take the network or the DNS from a live cluster.
fn status(addon: &Found) -> Status {
    use AddonStatus as S;
    match addon.status() {
        Some(S::Active) => Status::Ready,
        Some(S::Deleting) => Status::Deleting,
        Some(status @ (S::CreateFailed | S::DeleteFailed)) => {
            Status::Failed(health::of_addon(status.as_str(), addon.health()))
        }
        status => {
            let word = status.map_or("CREATING", AddonStatus::as_str);
            Status::Pending(health::of_addon(word, addon.health()))
        }
    }
}

/// Roles of the add-on's service accounts.
fn associations(
    wanted: Shape<'_>,
    operation: &'static str,
) -> Result<Option<Vec<AddonPodIdentityAssociations>>> {
    if wanted.get(ASSOCIATIONS).is_none() {
        return Ok(None);
    }
    let association = |association: &Shape<'_>| {
        AddonPodIdentityAssociations::builder()
            .set_service_account(association.text("ServiceAccount"))
            .set_role_arn(association.text("RoleArn"))
            .build()
            .map_err(unbuilt(operation))
    };
    wanted.objects(ASSOCIATIONS).iter().map(association).collect::<Result<_>>().map(Some)
}

async fn make(client: &Client, request: &Create<'_>, cluster: &str, name: &str) -> Result<()> {
    let wanted = Shape(request.properties);
    let namespace = wanted
        .object("NamespaceConfig")
        .map(|config| AddonNamespaceConfigRequest::builder().set_namespace(config.text("Namespace")).build());
    client
        .create_addon()
        .cluster_name(cluster)
        .addon_name(name)
        .client_request_token(request.token.as_str())
        .set_tags(Some(tagging::sdk_tags(request.tags)))
        .set_addon_version(wanted.text("AddonVersion"))
        .set_service_account_role_arn(wanted.text("ServiceAccountRoleArn"))
        .set_configuration_values(wanted.text("ConfigurationValues"))
        .set_resolve_conflicts(wanted.str("ResolveConflicts").map(ResolveConflicts::from))
        .set_pod_identity_associations(associations(wanted, CREATE)?)
        .set_namespace_config(namespace)
        .send()
        .await
        .map(drop)
        .map_err(failed(CREATE))
}

/// One update for all that differs. What is not sent stays, but for the service account's role: without one the add-on
/// falls back to the node's.
fn steps(client: &Client, request: &Update<'_>) -> Result<Vec<Step>> {
    let touched = |property: &str| touches(request.delta, property);
    if !UPDATED.iter().any(|property| touched(property)) {
        return Ok(Vec::new());
    }
    let wanted = Shape(request.properties);
    let (cluster, name) = halves(&request.live.identifier, '|');
    let version = wanted.text("AddonVersion").filter(|_| touched("AddonVersion"));
    let words =
        version.as_ref().map_or_else(|| "update".to_owned(), |version| format!("update to {version}"));
    let values = || wanted.text("ConfigurationValues").unwrap_or_else(|| "{}".to_owned());
    let roles =
        if touched(ASSOCIATIONS) { Some(associations(wanted, UPDATE)?.unwrap_or_default()) } else { None };
    let call = client
        .update_addon()
        .cluster_name(cluster)
        .addon_name(name)
        .client_request_token(step_token(request.token, "addon"))
        .set_addon_version(version)
        .set_service_account_role_arn(wanted.text("ServiceAccountRoleArn"))
        .set_configuration_values(touched("ConfigurationValues").then(values))
        .set_resolve_conflicts(wanted.str("ResolveConflicts").map(ResolveConflicts::from))
        .set_pod_identity_associations(roles);
    Ok(vec![Step { words, call: Call::Addon(Box::new(call)) }])
}

#[cfg(test)]
mod tests {
    use super::*;
    use aws_sdk_eks::types::{AddonHealth, AddonIssue, AddonIssueCode};
    use serde_json::json;

    fn addon(status: AddonStatus) -> Found {
        let issue = AddonIssue::builder()
            .code(AddonIssueCode::InsufficientNumberOfReplicas)
            .message("no node for its pods");
        Found::builder()
            .cluster_name("shop")
            .addon_name("coredns")
            .status(status)
            .service_account_role_arn("")
            .health(AddonHealth::builder().issues(issue.build()).build())
            .build()
    }

    #[test]
    fn a_degraded_addon_is_waited_for_and_a_failed_one_is_not() {
        let words = |word: &str| format!("{word}: InsufficientNumberOfReplicas: no node for its pods");
        assert_eq!(status(&addon(AddonStatus::Degraded)), Status::Pending(words("DEGRADED")));
        assert_eq!(status(&addon(AddonStatus::UpdateFailed)), Status::Pending(words("UPDATE_FAILED")));
        assert_eq!(status(&addon(AddonStatus::CreateFailed)), Status::Failed(words("CREATE_FAILED")));
        assert_eq!(status(&addon(AddonStatus::Active)), Status::Ready);
    }

    #[test]
    fn what_is_not_set_does_not_show() {
        let live = live(&Scope::Global, &StackName::new("shop"), &addon(AddonStatus::Active));
        assert_eq!(live.identifier.as_str(), "shop|coredns");
        let expected = json!({"ClusterName": "shop", "AddonName": "coredns"});
        assert_eq!(crate::model::Json::Object(live.properties), expected);
    }
}
