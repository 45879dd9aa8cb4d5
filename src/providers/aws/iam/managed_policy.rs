//! `AWS::IAM::ManagedPolicy`.
//!
//! Documents and attachments come from one paged `GetAccountAuthorizationDetails`, which leaves description and tags
//! out; those are read by `GetPolicy` for the candidates alone: policies under the stack's path or of a wanted name.

use std::sync::Arc;

use async_trait::async_trait;
use aws_sdk_iam::Client;
use aws_sdk_iam::types::{EntityType, ManagedPolicyDetail, Policy, PolicyScopeType, PolicyVersion};
use aws_smithy_types::date_time::Format;
use futures::future::try_join_all;

use super::super::change::Membership;
use super::super::error::gone_is_fine;
use super::super::identity::{Candidates, is_ours, owning};
use super::super::{Aws, Shape, Writer, failed, missing, supported, tags};
use super::inventory::Holders;
use super::{PAGE, SERVICE, attachments, default_path, document, inventory, path_of, tagging};
use crate::model::{Identifier, Live, ResourceType, Scope, StackName, Status};
use crate::providers::{
    Create, Delete, ErrorKind, Handler, Pending, ProviderError, Query, Readiness, Result, Update, readiness,
};

const TYPE: &str = "AWS::IAM::ManagedPolicy";

/// IAM keeps no more versions of a policy than these.
const VERSIONS: usize = 5;

const SUPPORTED: [&str; 7] =
    ["Description", "Groups", "ManagedPolicyName", "Path", "PolicyDocument", "Roles", "Users"];

/// The handler of `AWS::IAM::ManagedPolicy`.
pub struct ManagedPolicy {
    aws: Arc<Aws>,
}

impl ManagedPolicy {
    /// A handler on a session.
    pub fn new(aws: &Arc<Aws>) -> Self {
        Self { aws: aws.clone() }
    }

    fn client(&self, scope: &Scope) -> Client {
        self.aws.client(scope, Client::new)
    }

    /// The policies that pass `covers`.
    async fn read(
        &self,
        scope: &Scope,
        stack: &StackName,
        covers: impl Fn(&ManagedPolicyDetail) -> bool,
    ) -> Result<Vec<Live>> {
        let client = self.client(scope);
        let kinds = [EntityType::LocalManagedPolicy, EntityType::Role, EntityType::User, EntityType::Group];
        let inventory = inventory::read(&client, &kinds).await?;
        let found = inventory.policies.iter().filter(|policy| covers(policy));
        let whole = try_join_all(found.map(|detail| whole(&client, detail))).await?;
        let live = |(detail, policy): (&ManagedPolicyDetail, Policy)| {
            let arn = detail.arn()?;
            Some(live(scope, stack, arn, detail, &policy, inventory.attached.get(arn)))
        };
        Ok(whole.into_iter().flatten().filter_map(live).collect())
    }
}

#[async_trait]
impl Handler for ManagedPolicy {
    fn resource_type(&self) -> ResourceType {
        TYPE.into()
    }

    fn service(&self) -> &'static str {
        SERVICE
    }

    fn deduplicates(&self) -> bool {
        true
    }

    async fn list(&self, query: &Query<'_>) -> Result<Vec<Live>> {
        let candidates = Candidates::of(query, "ManagedPolicyName");
        let path = default_path(query.stack);
        let covers = |policy: &ManagedPolicyDetail| {
            let name = policy.policy_name().unwrap_or_default();
            policy.path().is_some_and(|own| own.starts_with(&path))
                || candidates.covers(name, &[policy.arn().unwrap_or_default()])
        };
        let mut found = self.read(query.scope, query.stack, covers).await?;
        found.retain(|live| candidates.keeps(live, live.str("ManagedPolicyName").unwrap_or_default()));
        Ok(found)
    }

    async fn create(&self, request: &Create<'_>) -> Result<Identifier> {
        supported::only(request.properties, &SUPPORTED, "iam:CreatePolicy")?;
        let client = self.client(request.scope);
        let wanted = Shape(request.properties);
        let name = wanted.text("ManagedPolicyName").ok_or_else(|| {
            let message = "a managed policy needs a ManagedPolicyName";
            ProviderError::new(ErrorKind::Invalid, "iam:CreatePolicy", message)
        })?;
        let arn = match make(&client, request, &name).await {
            Err(error) if error.kind == ErrorKind::AlreadyExists => {
                first_attempt(&client, request, &name, error).await?
            }
            made => made?,
        };
        for property in attachments::PROPERTIES {
            let change = Membership { added: wanted.strings(property), removed: Vec::new() };
            attachments::set(&client, &arn, property, &change).await?;
        }
        Ok(Identifier::new(arn))
    }

    async fn update(&self, request: &Update<'_>) -> Result<()> {
        supported::only(request.properties, &SUPPORTED, "iam:CreatePolicyVersion")?;
        let client = self.client(request.scope);
        let arn = request.live.identifier.as_str();
        if request.delta.touches("PolicyDocument") {
            set_document(&client, arn, Shape(request.properties).document("PolicyDocument")).await?;
        }
        for property in attachments::PROPERTIES.into_iter().filter(|name| request.delta.touches(name)) {
            attachments::set(&client, arn, property, &Membership::of(request, property)).await?;
        }
        update_tags(&client, request, arn).await
    }

    async fn delete(&self, request: &Delete<'_>) -> Result<()> {
        let client = self.client(request.scope);
        let arn = request.live.identifier.as_str();
        gone_is_fine(attachments::clear(&client, arn).await)?;
        let versions = match versions(&client, arn).await {
            Err(error) if error.kind == ErrorKind::NotFound => return Ok(()),
            found => found?,
        };
        for version in versions.iter().filter(|version| !version.is_default_version()) {
            delete_version(&client, arn, version).await?;
        }
        gone_is_fine(client.delete_policy().policy_arn(arn).send().await.map_err(failed("iam:DeletePolicy")))
    }

    async fn ready(&self, request: &Pending<'_>) -> Result<Vec<Readiness>> {
        let waits = |policy: &ManagedPolicyDetail| {
            request.items.iter().any(|item| Some(item.identifier.as_str()) == policy.arn())
        };
        Ok(readiness(request.items, self.read(request.scope, request.stack, waits).await?))
    }
}

/// A policy with what the bulk read leaves out; none if it went away since.
async fn whole<'d>(
    client: &Client,
    detail: &'d ManagedPolicyDetail,
) -> Result<Option<(&'d ManagedPolicyDetail, Policy)>> {
    let answer = client.get_policy().set_policy_arn(detail.arn.clone()).send().await;
    match answer.map_err(failed("iam:GetPolicy")) {
        Ok(found) => Ok(found.policy.map(|policy| (detail, policy))),
        Err(error) if error.kind == ErrorKind::NotFound => Ok(None),
        Err(error) => Err(error),
    }
}

fn live(
    scope: &Scope,
    stack: &StackName,
    arn: &str,
    detail: &ManagedPolicyDetail,
    policy: &Policy,
    holders: Option<&Holders>,
) -> Live {
    let tags = tagging::read(policy.tags());
    let current = detail.policy_version_list().iter().find(|version| version.is_default_version());
    let time = |time: Option<&aws_smithy_types::DateTime>| time.and_then(|t| t.fmt(Format::DateTime).ok());
    let names = |list: fn(&Holders) -> &Vec<String>| {
        let mut names = holders.map(list).cloned().unwrap_or_default();
        names.sort_unstable();
        names
    };
    Live {
        resource_type: TYPE.into(),
        scope: scope.clone(),
        identifier: Identifier::new(arn),
        properties: Writer::new()
            .set("PolicyArn", arn)
            .put("ManagedPolicyName", detail.policy_name())
            .put("Path", detail.path())
            .put("Description", policy.description().filter(|text| !text.is_empty()))
            .put("PolicyDocument", current.and_then(PolicyVersion::document).map(document::decode))
            .list("Roles", names(|holders| &holders.roles))
            .list("Users", names(|holders| &holders.users))
            .list("Groups", names(|holders| &holders.groups))
            .put("PolicyId", detail.policy_id())
            .put("DefaultVersionId", detail.default_version_id())
            .set("IsAttachable", detail.is_attachable())
            .put("AttachmentCount", detail.attachment_count())
            .put("PermissionsBoundaryUsageCount", detail.permissions_boundary_usage_count())
            .put("CreateDate", time(detail.create_date()))
            .put("UpdateDate", time(detail.update_date()))
            .build(),
        ownership: tags::ownership(&tags, stack),
        tags,
        status: Status::Ready,
    }
}

async fn make(client: &Client, request: &Create<'_>, name: &str) -> Result<String> {
    let wanted = Shape(request.properties);
    let tags = owning(request.tags, request.stack, request.address);
    let made = client
        .create_policy()
        .policy_name(name)
        .path(path_of(wanted, request.stack))
        .set_policy_document(wanted.document("PolicyDocument"))
        .set_description(wanted.text("Description"))
        .set_tags(Some(tagging::sdk_tags(&tags)))
        .send()
        .await
        .map_err(failed("iam:CreatePolicy"))?;
    let arn = made.policy().and_then(Policy::arn);
    arn.map(str::to_owned).ok_or_else(|| missing("iam:CreatePolicy", "Arn"))
}

/// The ARN of what an earlier attempt of this create made; the error if the name is another's.
async fn first_attempt(
    client: &Client,
    request: &Create<'_>,
    name: &str,
    exists: ProviderError,
) -> Result<String> {
    let listed: Vec<Policy> = client
        .list_policies()
        .scope(PolicyScopeType::Local)
        .max_items(PAGE)
        .into_paginator()
        .items()
        .send()
        .try_collect()
        .await
        .map_err(failed("iam:ListPolicies"))?;
    let Some(arn) = listed.into_iter().find(|policy| policy.policy_name() == Some(name)).and_then(|p| p.arn)
    else {
        return Err(exists);
    };
    let found = client.get_policy().policy_arn(&arn).send().await.map_err(failed("iam:GetPolicy"))?;
    let tags = found.policy().map(|policy| tagging::read(policy.tags())).unwrap_or_default();
    if is_ours(&tags, request.stack, request.address) { Ok(arn) } else { Err(exists) }
}

/// A new default version; the oldest other one makes room where there are as many as IAM keeps.
async fn set_document(client: &Client, arn: &str, document: Option<String>) -> Result<()> {
    let versions = versions(client, arn).await?;
    if versions.len() >= VERSIONS
        && let Some(oldest) = oldest(&versions)
    {
        delete_version(client, arn, oldest).await?;
    }
    client
        .create_policy_version()
        .policy_arn(arn)
        .set_policy_document(document)
        .set_as_default(true)
        .send()
        .await
        .map(drop)
        .map_err(failed("iam:CreatePolicyVersion"))
}

/// Versions are numbered as they are made: `v1`, `v2`.
fn oldest(versions: &[PolicyVersion]) -> Option<&PolicyVersion> {
    let number = |version: &PolicyVersion| {
        version.version_id().and_then(|id| id.strip_prefix('v')?.parse().ok()).unwrap_or(u32::MAX)
    };
    versions.iter().filter(|version| !version.is_default_version()).min_by_key(|version| number(version))
}

async fn versions(client: &Client, arn: &str) -> Result<Vec<PolicyVersion>> {
    let found = client.list_policy_versions().policy_arn(arn).into_paginator().items().send();
    found.try_collect().await.map_err(failed("iam:ListPolicyVersions"))
}

async fn delete_version(client: &Client, arn: &str, version: &PolicyVersion) -> Result<()> {
    let id = version.version_id().unwrap_or_default();
    let gone = client.delete_policy_version().policy_arn(arn).version_id(id).send().await;
    gone_is_fine(gone.map_err(failed("iam:DeletePolicyVersion")))
}

async fn update_tags(client: &Client, request: &Update<'_>, arn: &str) -> Result<()> {
    let delta = request.delta;
    if !delta.tags_set.is_empty() {
        let tags = tagging::sdk_tags(&delta.tags_set);
        let tagged = client.tag_policy().policy_arn(arn).set_tags(Some(tags)).send().await;
        tagged.map_err(failed("iam:TagPolicy"))?;
    }
    if !delta.tags_removed.is_empty() {
        let keys = delta.tags_removed.clone();
        let gone = client.untag_policy().policy_arn(arn).set_tag_keys(Some(keys)).send().await;
        gone.map_err(failed("iam:UntagPolicy"))?;
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_oldest_version_that_is_not_the_default_makes_room() {
        let version =
            |id: &str, default| PolicyVersion::builder().version_id(id).is_default_version(default).build();
        let versions = [version("v10", false), version("v2", true), version("v9", false)];
        assert_eq!(oldest(&versions).and_then(PolicyVersion::version_id), Some("v9"));
        assert!(oldest(&[version("v1", true)]).is_none());
    }
}
