//! `AWS::EKS::AccessEntry`, with the access policies associated with it.

use std::sync::Arc;

use async_trait::async_trait;
use aws_sdk_eks::Client;
use aws_sdk_eks::types::{AccessEntry as Found, AccessScope, AccessScopeType, AssociatedAccessPolicy};

use super::super::error::gone_is_fine;
use super::super::{Aws, Shape, Writer, failed, supported, tags};
use super::children::{Places, halves};
use super::{
    CLUSTER, CLUSTER_NAME, PAGE, SERVICE, each, nameless, refuse_removal, settling, some, tagging, taken,
};
use crate::model::{Identifier, Json, JsonMap, Live, ResourceType, Scope, StackName, Status};
use crate::providers::{
    Create, Delete, ErrorKind, Handler, Pending, Query, Readiness, Result, Update, readiness,
};

const TYPE: &str = "AWS::EKS::AccessEntry";
const PRINCIPAL: &str = "PrincipalArn";
const KEYS: [&str; 2] = [CLUSTER_NAME, PRINCIPAL];
const POLICIES: &str = "AccessPolicies";
const CREATE: &str = "eks:CreateAccessEntry";
const UPDATE: &str = "eks:UpdateAccessEntry";

const SUPPORTED: [&str; 7] =
    [POLICIES, CLUSTER_NAME, "KubernetesGroups", PRINCIPAL, "Tags", "Type", "Username"];

/// An access policy in a blueprint: its ARN, and its scope in CloudFormation's shape.
type Policies = Vec<(String, JsonMap)>;

/// The handler of `AWS::EKS::AccessEntry`.
pub struct AccessEntry {
    aws: Arc<Aws>,
}

impl AccessEntry {
    /// A handler on a session.
    pub fn new(aws: &Arc<Aws>) -> Self {
        Self { aws: aws.clone() }
    }

    fn client(&self, scope: &Scope) -> Client {
        self.aws.client(scope, Client::new)
    }
}

#[async_trait]
impl Handler for AccessEntry {
    fn resource_type(&self) -> ResourceType {
        TYPE.into()
    }

    fn service(&self) -> &'static str {
        SERVICE
    }

    fn parents(&self) -> &'static [&'static str] {
        &[CLUSTER]
    }

    /// By the principal: a cluster has one entry for each.
    fn deduplicates(&self) -> bool {
        true
    }

    async fn list(&self, query: &Query<'_>) -> Result<Vec<Live>> {
        let client = self.client(query.scope);
        let places = Places::of(query, "access-entry", &KEYS);
        let listed = each(places.clusters().into_iter().map(|cluster| principals(&client, cluster))).await?;
        let mut keys = listed.concat();
        keys.retain(|(cluster, who)| places.covers(&[cluster, who], &format!("{who}|{cluster}")));
        let found = each(keys.iter().map(|(cluster, who)| describe(&client, cluster, who))).await?;
        let lives = found.iter().flatten().map(|entry| live(query.scope, query.stack, entry));
        let kept = places.keep(&client, lives.collect(), "AccessEntryArn").await?;
        let lives = each(kept.into_iter().map(|live| with_policies(&client, live))).await?;
        Ok(lives.into_iter().flatten().collect())
    }

    async fn create(&self, request: &Create<'_>) -> Result<Identifier> {
        supported::only(request.properties, &SUPPORTED, CREATE)?;
        let client = self.client(request.scope);
        let wanted = Shape(request.properties);
        let cluster = wanted.text(CLUSTER_NAME).ok_or_else(|| nameless(CREATE, CLUSTER_NAME))?;
        let who = wanted.text(PRINCIPAL).ok_or_else(|| nameless(CREATE, PRINCIPAL))?;
        if let Err(error) = make(&client, request, &cluster, &who).await.map_err(settling) {
            let found =
                if error.kind == ErrorKind::InUse { describe(&client, &cluster, &who).await? } else { None };
            let Some(found) = found else { return Err(error) };
            if !tagging::is_first_attempt(request, found.tags()) {
                return Err(taken(error));
            }
        }
        for (policy, scope) in policies(wanted) {
            associate(&client, &cluster, &who, &policy, Shape(&scope)).await?;
        }
        Ok(Identifier::new(format!("{who}|{cluster}")))
    }

    async fn update(&self, request: &Update<'_>) -> Result<()> {
        supported::only(request.properties, &SUPPORTED, UPDATE)?;
        // EKS makes a name from the principal's, and has no word for "make it again".
        refuse_removal(request, &["Username"], UPDATE)?;
        let client = self.client(request.scope);
        let (who, cluster) = halves(&request.live.identifier, '|');
        if request.delta.touches_any(&["KubernetesGroups", "Username"]) {
            modify(&client, request, cluster, who).await?;
        }
        if request.delta.touches(POLICIES) {
            let change = PolicyChange::between(
                policies(Shape(&request.live.properties)),
                policies(Shape(request.properties)),
            );
            change.carry_out(&client, cluster, who).await?;
        }
        tagging::update(&client, request.live.str("AccessEntryArn"), request.delta).await
    }

    async fn delete(&self, request: &Delete<'_>) -> Result<()> {
        let client = self.client(request.scope);
        let (who, cluster) = halves(&request.live.identifier, '|');
        let call = client.delete_access_entry().cluster_name(cluster).principal_arn(who);
        gone_is_fine(call.send().await.map_err(failed("eks:DeleteAccessEntry")))
    }

    async fn ready(&self, request: &Pending<'_>) -> Result<Vec<Readiness>> {
        let client = self.client(request.scope);
        let found = each(request.items.iter().map(|item| {
            let (who, cluster) = halves(&item.identifier, '|');
            describe(&client, cluster, who)
        }));
        let found = found.await?;
        let lives = found.iter().flatten().map(|entry| live(request.scope, request.stack, entry));
        Ok(readiness(request.items, lives.collect()))
    }
}

/// Who has an entry of a cluster, with the cluster's name; nobody if it is gone, or keeps no entries (its access mode is
/// `CONFIG_MAP`).
async fn principals(client: &Client, cluster: String) -> Result<Vec<(String, String)>> {
    let pages =
        client.list_access_entries().cluster_name(&cluster).max_results(PAGE).into_paginator().items();
    let found: Result<Vec<String>> =
        pages.send().try_collect().await.map_err(failed("eks:ListAccessEntries"));
    match found {
        Ok(arns) => Ok(arns.into_iter().map(|arn| (cluster.clone(), arn)).collect()),
        Err(error) if error.kind == ErrorKind::NotFound || keeps_none(&error.message) => Ok(Vec::new()),
        Err(error) => Err(error),
    }
}

fn keeps_none(message: &str) -> bool {
    message.contains("authentication mode")
}

async fn describe(client: &Client, cluster: &str, principal: &str) -> Result<Option<Found>> {
    let call = client.describe_access_entry().cluster_name(cluster).principal_arn(principal);
    match call.send().await.map_err(failed("eks:DescribeAccessEntry")) {
        Ok(answer) => Ok(answer.access_entry),
        Err(error) if error.kind == ErrorKind::NotFound => Ok(None),
        Err(error) => Err(error),
    }
}

fn live(scope: &Scope, stack: &StackName, entry: &Found) -> Live {
    let tags = tagging::read(entry.tags());
    let (cluster, who) =
        (entry.cluster_name().unwrap_or_default(), entry.principal_arn().unwrap_or_default());
    Live {
        resource_type: TYPE.into(),
        scope: scope.clone(),
        identifier: Identifier::new(format!("{who}|{cluster}")),
        properties: Writer::new()
            .set(CLUSTER_NAME, cluster)
            .set(PRINCIPAL, who)
            .put("AccessEntryArn", entry.access_entry_arn())
            .put("Type", entry.r#type())
            .put("Username", some(entry.username()))
            .list("KubernetesGroups", entry.kubernetes_groups().to_vec())
            .build(),
        ownership: tags::ownership(&tags, stack),
        tags,
        status: Status::Ready,
    }
}

/// Adds the associated policies; none if the entry went away.
async fn with_policies(client: &Client, mut live: Live) -> Result<Option<Live>> {
    let (who, cluster) = halves(&live.identifier, '|');
    let call = client.list_associated_access_policies().cluster_name(cluster).principal_arn(who);
    let pages = call.max_results(PAGE).into_paginator().items().send();
    let found: Result<Vec<AssociatedAccessPolicy>> =
        pages.try_collect().await.map_err(failed("eks:ListAssociatedAccessPolicies"));
    match found {
        Ok(found) => {
            let policies: Vec<Json> = found.iter().map(|policy| read(policy).into()).collect();
            if !policies.is_empty() {
                live.properties.insert(POLICIES.to_owned(), policies.into());
            }
            Ok(Some(live))
        }
        Err(error) if error.kind == ErrorKind::NotFound => Ok(None),
        Err(error) => Err(error),
    }
}

fn read(policy: &AssociatedAccessPolicy) -> Writer {
    let scope = policy.access_scope().map(|scope| {
        Writer::new()
            .put("Type", scope.r#type().map(AccessScopeType::as_str))
            .list("Namespaces", scope.namespaces().to_vec())
    });
    Writer::new().put("PolicyArn", policy.policy_arn()).nest("AccessScope", scope.unwrap_or_default())
}

fn policies(properties: Shape<'_>) -> Policies {
    let policy = |policy: &Shape<'_>| {
        let scope = policy.object("AccessScope").map(|scope| scope.0.clone());
        Some((policy.text("PolicyArn")?, scope.unwrap_or_default()))
    };
    properties.objects(POLICIES).iter().filter_map(policy).collect()
}

async fn make(client: &Client, request: &Create<'_>, cluster: &str, principal: &str) -> Result<()> {
    let wanted = Shape(request.properties);
    client
        .create_access_entry()
        .cluster_name(cluster)
        .principal_arn(principal)
        .client_request_token(request.token.as_str())
        .set_tags(Some(tagging::sdk_tags(request.tags)))
        .set_type(wanted.text("Type"))
        .set_username(wanted.text("Username"))
        .set_kubernetes_groups(wanted.strings_if_set("KubernetesGroups"))
        .send()
        .await
        .map(drop)
        .map_err(failed(CREATE))
}

async fn modify(client: &Client, request: &Update<'_>, cluster: &str, principal: &str) -> Result<()> {
    let wanted = Shape(request.properties);
    let touched = |property: &str| request.delta.touches(property);
    client
        .update_access_entry()
        .cluster_name(cluster)
        .principal_arn(principal)
        .client_request_token(request.token.as_str())
        .set_kubernetes_groups(touched("KubernetesGroups").then(|| wanted.strings("KubernetesGroups")))
        .set_username(wanted.text("Username").filter(|_| touched("Username")))
        .send()
        .await
        .map(drop)
        .map_err(|error| settling(failed(UPDATE)(error)))
}

/// What becomes of the associated policies.
#[derive(Debug, PartialEq)]
struct PolicyChange {
    removed: Vec<String>,
    set: Policies,
}

impl PolicyChange {
    fn between(live: Policies, wanted: Policies) -> Self {
        let is_wanted = |arn: &String| wanted.iter().any(|(wanted, _)| wanted == arn);
        let removed = live.iter().map(|(arn, _)| arn).filter(|arn| !is_wanted(arn)).cloned().collect();
        let set = wanted.into_iter().filter(|policy| !live.contains(policy)).collect();
        Self { removed, set }
    }

    /// Associating again changes the scope. What is added comes first, so that nobody is locked out in between.
    async fn carry_out(self, client: &Client, cluster: &str, principal: &str) -> Result<()> {
        for (policy, scope) in &self.set {
            associate(client, cluster, principal, policy, Shape(scope)).await?;
        }
        for policy in self.removed {
            let call = client
                .disassociate_access_policy()
                .cluster_name(cluster)
                .principal_arn(principal)
                .policy_arn(policy);
            gone_is_fine(call.send().await.map_err(failed("eks:DisassociateAccessPolicy")))?;
        }
        Ok(())
    }
}

async fn associate(
    client: &Client,
    cluster: &str,
    principal: &str,
    policy: &str,
    scope: Shape<'_>,
) -> Result<()> {
    let scope = AccessScope::builder()
        .set_type(scope.str("Type").map(AccessScopeType::from))
        .set_namespaces(scope.strings_if_set("Namespaces"));
    client
        .associate_access_policy()
        .cluster_name(cluster)
        .principal_arn(principal)
        .policy_arn(policy)
        .access_scope(scope.build())
        .send()
        .await
        .map(drop)
        .map_err(|error| settling(failed("eks:AssociateAccessPolicy")(error)))
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn policies_are_added_rescoped_and_taken_away() {
        let list = |json: Json| policies(Shape(json!({"AccessPolicies": json}).as_object().unwrap()));
        let cluster = json!({"PolicyArn": "view", "AccessScope": {"Type": "cluster"}});
        let spaces =
            json!({"PolicyArn": "view", "AccessScope": {"Type": "namespace", "Namespaces": ["web"]}});
        let edit = json!({"PolicyArn": "edit", "AccessScope": {"Type": "cluster"}});
        let live = || list(json!([cluster, edit]));
        let rescoped = PolicyChange::between(live(), list(json!([spaces])));
        assert_eq!(rescoped, PolicyChange { removed: vec!["edit".to_owned()], set: list(json!([spaces])) });
        assert_eq!(PolicyChange::between(live(), live()), PolicyChange { removed: vec![], set: vec![] });
    }

    #[test]
    fn a_scope_of_the_whole_cluster_has_no_namespaces() {
        let scope = AccessScope::builder().r#type(AccessScopeType::Cluster).set_namespaces(Some(vec![]));
        let policy = AssociatedAccessPolicy::builder().policy_arn("view").access_scope(scope.build()).build();
        let expected = json!({"PolicyArn": "view", "AccessScope": {"Type": "cluster"}});
        assert_eq!(Json::from(read(&policy)), expected);
    }
}
