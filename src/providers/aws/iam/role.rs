//! `AWS::IAM::Role`.
//!
//! Roles, their inline policies, attachments and tags come from one paged `GetAccountAuthorizationDetails`; what it
//! leaves out (description, longest session) from one paged `ListRoles`.

use std::collections::HashMap;
use std::sync::Arc;

use async_trait::async_trait;
use aws_sdk_iam::Client;
use aws_sdk_iam::types::{EntityType, Role as Summary, RoleDetail};
use futures::future::try_join;

use super::super::change::{Membership, after};
use super::super::error::gone_is_fine;
use super::super::identity::{Candidates, is_ours, owning};
use super::super::{Aws, Shape, Writer, failed, supported, tags};
use super::{PAGE, SERVICE, document, inventory, path_of, role_policies, tagging};
use crate::model::{Identifier, Json, JsonMap, Live, ResourceType, Scope, StackName, Status};
use crate::providers::{
    Create, Delete, ErrorKind, Handler, Pending, ProviderError, Query, Readiness, Result, Update, readiness,
};

const TYPE: &str = "AWS::IAM::Role";

/// IAM's default for the longest session, in seconds.
const SESSION: i32 = 3600;

const SUPPORTED: [&str; 8] = [
    "AssumeRolePolicyDocument",
    "Description",
    "ManagedPolicyArns",
    "MaxSessionDuration",
    "Path",
    "PermissionsBoundary",
    "Policies",
    "RoleName",
];

/// The handler of `AWS::IAM::Role`.
pub struct Role {
    aws: Arc<Aws>,
}

impl Role {
    /// A handler on a session.
    pub fn new(aws: &Arc<Aws>) -> Self {
        Self { aws: aws.clone() }
    }

    fn client(&self, scope: &Scope) -> Client {
        self.aws.client(scope, Client::new)
    }

    /// All roles of the account.
    async fn all(&self, scope: &Scope, stack: &StackName) -> Result<Vec<Live>> {
        let client = self.client(scope);
        let details = inventory::read(&client, &[EntityType::Role]);
        let (details, summaries) = try_join(details, summaries(&client)).await?;
        let live = |role: &RoleDetail| {
            let summary = role.role_name().and_then(|name| summaries.get(name));
            read(scope, stack, role, summary)
        };
        Ok(details.roles.iter().filter_map(live).collect())
    }
}

#[async_trait]
impl Handler for Role {
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
        let candidates = Candidates::of(query, "RoleName");
        let mut found = self.all(query.scope, query.stack).await?;
        found.retain(|live| candidates.keeps(live, live.identifier.as_str()));
        Ok(found)
    }

    async fn create(&self, request: &Create<'_>) -> Result<Identifier> {
        supported::only(request.properties, &SUPPORTED, "iam:CreateRole")?;
        let client = self.client(request.scope);
        let wanted = Shape(request.properties);
        let name = wanted.text("RoleName").ok_or_else(|| {
            ProviderError::new(ErrorKind::Invalid, "iam:CreateRole", "a role needs a RoleName")
        })?;
        let made = make(&client, request, &name).await;
        match made {
            Err(error) if error.kind == ErrorKind::AlreadyExists => {
                is_first_attempt(&client, request, &name, error).await?;
            }
            made => made?,
        }
        role_policies::set_inline(&client, &name, &JsonMap::new(), request.properties).await?;
        let added = wanted.strings("ManagedPolicyArns");
        role_policies::set_attached(&client, &name, &Membership { added, removed: Vec::new() }).await?;
        Ok(Identifier::new(name))
    }

    async fn update(&self, request: &Update<'_>) -> Result<()> {
        supported::only(request.properties, &SUPPORTED, "iam:UpdateRole")?;
        let client = self.client(request.scope);
        let name = request.live.identifier.as_str();
        update_settings(&client, request, name).await?;
        update_boundary(&client, request, name).await?;
        if request.delta.touches("Policies") {
            role_policies::set_inline(&client, name, &request.live.properties, request.properties).await?;
        }
        if request.delta.touches("ManagedPolicyArns") {
            let change = Membership::of(request, "ManagedPolicyArns");
            role_policies::set_attached(&client, name, &change).await?;
        }
        update_tags(&client, request, name).await
    }

    async fn delete(&self, request: &Delete<'_>) -> Result<()> {
        let client = self.client(request.scope);
        let name = request.live.identifier.as_str();
        gone_is_fine(role_policies::strip(&client, name).await)?;
        gone_is_fine(client.delete_role().role_name(name).send().await.map_err(failed("iam:DeleteRole")))
    }

    async fn ready(&self, request: &Pending<'_>) -> Result<Vec<Readiness>> {
        Ok(readiness(request.items, self.all(request.scope, request.stack).await?))
    }
}

async fn summaries(client: &Client) -> Result<HashMap<String, Summary>> {
    let roles: Vec<Summary> = client
        .list_roles()
        .max_items(PAGE)
        .into_paginator()
        .items()
        .send()
        .try_collect()
        .await
        .map_err(failed("iam:ListRoles"))?;
    Ok(roles.into_iter().map(|role| (role.role_name.clone(), role)).collect())
}

fn read(scope: &Scope, stack: &StackName, role: &RoleDetail, summary: Option<&Summary>) -> Option<Live> {
    let name = role.role_name()?;
    let tags = tagging::read(role.tags());
    let boundary = role.permissions_boundary().and_then(|boundary| boundary.permissions_boundary_arn());
    let mut attached: Vec<&str> =
        role.attached_managed_policies().iter().filter_map(|policy| policy.policy_arn()).collect();
    attached.sort_unstable();
    Some(Live {
        resource_type: TYPE.into(),
        scope: scope.clone(),
        identifier: Identifier::new(name),
        properties: Writer::new()
            .set("RoleName", name)
            .put("Arn", role.arn())
            .put("RoleId", role.role_id())
            .put("Path", role.path())
            .put("AssumeRolePolicyDocument", role.assume_role_policy_document().map(document::decode))
            .put("Description", summary.and_then(Summary::description).filter(|text| !text.is_empty()))
            .put("MaxSessionDuration", summary.and_then(Summary::max_session_duration))
            .put("PermissionsBoundary", boundary)
            .list("ManagedPolicyArns", attached)
            .list("Policies", inline(role))
            .build(),
        ownership: tags::ownership(&tags, stack),
        tags,
        status: Status::Ready,
    })
}

fn inline(role: &RoleDetail) -> Vec<Writer> {
    let mut policies: Vec<_> = role.role_policy_list().iter().collect();
    policies.sort_by_key(|policy| policy.policy_name());
    let policy = |policy: &aws_sdk_iam::types::PolicyDetail| {
        Writer::new()
            .put("PolicyName", policy.policy_name())
            .put("PolicyDocument", policy.policy_document().map(document::decode))
    };
    policies.into_iter().map(policy).collect()
}

async fn make(client: &Client, request: &Create<'_>, name: &str) -> Result<()> {
    let wanted = Shape(request.properties);
    let tags = owning(request.tags, request.stack, request.address);
    client
        .create_role()
        .role_name(name)
        .path(path_of(wanted, request.stack))
        .set_assume_role_policy_document(wanted.document("AssumeRolePolicyDocument"))
        .set_description(wanted.text("Description"))
        .set_max_session_duration(wanted.i32("MaxSessionDuration"))
        .set_permissions_boundary(wanted.text("PermissionsBoundary"))
        .set_tags(Some(tagging::sdk_tags(&tags)))
        .send()
        .await
        .map(drop)
        .map_err(|error| trusting(failed("iam:CreateRole")(error).referring()))
}

/// A role that trusts a principal just made is refused as malformed until IAM sees that principal.
fn trusting(mut error: ProviderError) -> ProviderError {
    if error.code == "MalformedPolicyDocument" && error.message.contains("nvalid principal") {
        error.kind = ErrorKind::NotYet;
    }
    error
}

/// Passes if the role that is there is what an earlier attempt of this create made.
async fn is_first_attempt(
    client: &Client,
    request: &Create<'_>,
    name: &str,
    exists: ProviderError,
) -> Result<()> {
    let found = client.get_role().role_name(name).send().await.map_err(failed("iam:GetRole"))?;
    let tags = found.role().map(|role| tagging::read(role.tags())).unwrap_or_default();
    if is_ours(&tags, request.stack, request.address) { Ok(()) } else { Err(exists) }
}

async fn update_settings(client: &Client, request: &Update<'_>, name: &str) -> Result<()> {
    if request.delta.touches("AssumeRolePolicyDocument") {
        client
            .update_assume_role_policy()
            .role_name(name)
            .set_policy_document(Shape(request.properties).document("AssumeRolePolicyDocument"))
            .send()
            .await
            .map_err(|error| trusting(failed("iam:UpdateAssumeRolePolicy")(error)))?;
    }
    if request.delta.touches("Description") {
        let description = after(request, "Description").and_then(Json::as_str).unwrap_or_default();
        client
            .update_role_description()
            .role_name(name)
            .description(description)
            .send()
            .await
            .map_err(failed("iam:UpdateRoleDescription"))?;
    }
    if request.delta.touches("MaxSessionDuration") {
        let longest = Shape(request.properties).i32("MaxSessionDuration").unwrap_or(SESSION);
        client
            .update_role()
            .role_name(name)
            .max_session_duration(longest)
            .send()
            .await
            .map_err(failed("iam:UpdateRole"))?;
    }
    Ok(())
}

async fn update_boundary(client: &Client, request: &Update<'_>, name: &str) -> Result<()> {
    if !request.delta.touches("PermissionsBoundary") {
        return Ok(());
    }
    if let Some(arn) = Shape(request.properties).text("PermissionsBoundary") {
        let put =
            client.put_role_permissions_boundary().role_name(name).permissions_boundary(arn).send().await;
        return put.map(drop).map_err(|error| failed("iam:PutRolePermissionsBoundary")(error).referring());
    }
    let gone = client.delete_role_permissions_boundary().role_name(name).send().await;
    gone_is_fine(gone.map_err(failed("iam:DeleteRolePermissionsBoundary")))
}

async fn update_tags(client: &Client, request: &Update<'_>, name: &str) -> Result<()> {
    let delta = request.delta;
    if !delta.tags_set.is_empty() {
        let tags = tagging::sdk_tags(&delta.tags_set);
        let tagged = client.tag_role().role_name(name).set_tags(Some(tags)).send().await;
        tagged.map_err(failed("iam:TagRole"))?;
    }
    if !delta.tags_removed.is_empty() {
        let keys = delta.tags_removed.clone();
        let gone = client.untag_role().role_name(name).set_tag_keys(Some(keys)).send().await;
        gone.map_err(failed("iam:UntagRole"))?;
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;
    use aws_sdk_iam::types::{AttachedPolicy, PolicyDetail};
    use serde_json::json;

    #[test]
    fn a_role_is_read_with_everything_that_hangs_on_it() {
        let role = RoleDetail::builder()
            .role_name("web")
            .path("/stackctl/shop/")
            .arn("arn:aws:iam::1:role/stackctl/shop/web")
            .assume_role_policy_document("%7B%22Version%22%3A%222012-10-17%22%7D")
            .role_policy_list(PolicyDetail::builder().policy_name("z").policy_document("%7B%7D").build())
            .role_policy_list(PolicyDetail::builder().policy_name("a").policy_document("%7B%7D").build())
            .attached_managed_policies(AttachedPolicy::builder().policy_arn("arn:b").build())
            .attached_managed_policies(AttachedPolicy::builder().policy_arn("arn:a").build())
            .build();
        let live = read(&Scope::Global, &StackName::new("shop"), &role, None).unwrap();
        assert_eq!(
            Json::Object(live.properties),
            json!({
                "RoleName": "web",
                "Arn": "arn:aws:iam::1:role/stackctl/shop/web",
                "Path": "/stackctl/shop/",
                "AssumeRolePolicyDocument": {"Version": "2012-10-17"},
                "ManagedPolicyArns": ["arn:a", "arn:b"],
                "Policies": [
                    {"PolicyName": "a", "PolicyDocument": {}},
                    {"PolicyName": "z", "PolicyDocument": {}},
                ],
            })
        );
    }

    #[test]
    fn a_principal_that_is_not_visible_yet_is_waited_for() {
        let mut error =
            ProviderError::new(ErrorKind::Invalid, "iam:CreateRole", "Invalid principal in policy");
        error.code = "MalformedPolicyDocument".to_owned();
        assert_eq!(trusting(error).kind, ErrorKind::NotYet);
    }
}
