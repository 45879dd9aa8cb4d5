//! `AWS::IAM::InstanceProfile`.
//!
//! `ListInstanceProfiles` (1,000 a page) leaves tags out; they are read one by one for the candidates alone: those
//! under the stack's path, and those of a wanted name.

use std::sync::Arc;

use async_trait::async_trait;
use aws_sdk_iam::Client;
use aws_sdk_iam::types::{InstanceProfile as Found, Role};
use futures::future::try_join_all;

use super::super::change::Membership;
use super::super::error::gone_is_fine;
use super::super::identity::{Candidates, is_ours, owning};
use super::super::tags::Tags;
use super::super::{Aws, Shape, Writer, failed, supported, tags};
use super::{PAGE, SERVICE, default_path, path_of, tagging};
use crate::model::{Identifier, Live, ResourceType, Scope, StackName, Status};
use crate::providers::{
    Create, Delete, ErrorKind, Handler, Pending, ProviderError, Query, Readiness, Result, Update, readiness,
};

const TYPE: &str = "AWS::IAM::InstanceProfile";

const SUPPORTED: [&str; 3] = ["InstanceProfileName", "Path", "Roles"];

/// The handler of `AWS::IAM::InstanceProfile`.
pub struct InstanceProfile {
    aws: Arc<Aws>,
}

impl InstanceProfile {
    /// A handler on a session.
    pub fn new(aws: &Arc<Aws>) -> Self {
        Self { aws: aws.clone() }
    }

    fn client(&self, scope: &Scope) -> Client {
        self.aws.client(scope, Client::new)
    }

    /// The profiles that pass `covers`, with their tags.
    async fn read(
        &self,
        scope: &Scope,
        stack: &StackName,
        covers: impl Fn(&Found) -> bool,
    ) -> Result<Vec<Live>> {
        let client = self.client(scope);
        let found: Vec<Found> = client
            .list_instance_profiles()
            .max_items(PAGE)
            .into_paginator()
            .items()
            .send()
            .try_collect()
            .await
            .map_err(failed("iam:ListInstanceProfiles"))?;
        let tagged =
            found.iter().filter(|profile| covers(profile)).map(|profile| with_tags(&client, profile));
        let tagged = try_join_all(tagged).await?;
        Ok(tagged.into_iter().flatten().map(|(profile, tags)| live(scope, stack, profile, tags)).collect())
    }
}

#[async_trait]
impl Handler for InstanceProfile {
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
        let candidates = Candidates::of(query, "InstanceProfileName");
        let path = default_path(query.stack);
        let covers = |profile: &Found| {
            let name = profile.instance_profile_name();
            profile.path().starts_with(&path) || candidates.covers(name, &[name, profile.arn()])
        };
        let mut found = self.read(query.scope, query.stack, covers).await?;
        found.retain(|live| candidates.keeps(live, live.identifier.as_str()));
        Ok(found)
    }

    async fn create(&self, request: &Create<'_>) -> Result<Identifier> {
        supported::only(request.properties, &SUPPORTED, "iam:CreateInstanceProfile")?;
        let client = self.client(request.scope);
        let wanted = Shape(request.properties);
        let name = wanted.text("InstanceProfileName").ok_or_else(|| {
            let message = "an instance profile needs an InstanceProfileName";
            ProviderError::new(ErrorKind::Invalid, "iam:CreateInstanceProfile", message)
        })?;
        let present = match make(&client, request, &name).await {
            Err(error) if error.kind == ErrorKind::AlreadyExists => {
                first_attempt(&client, request, &name, error).await?
            }
            made => made.map(|()| Vec::new())?,
        };
        let change = Membership::between(&present, &wanted.strings("Roles"));
        set_roles(&client, &name, &change).await?;
        Ok(Identifier::new(name))
    }

    async fn update(&self, request: &Update<'_>) -> Result<()> {
        supported::only(request.properties, &SUPPORTED, "iam:AddRoleToInstanceProfile")?;
        let client = self.client(request.scope);
        let name = request.live.identifier.as_str();
        if request.delta.touches("Roles") {
            set_roles(&client, name, &Membership::of(request, "Roles")).await?;
        }
        update_tags(&client, request, name).await
    }

    async fn delete(&self, request: &Delete<'_>) -> Result<()> {
        let client = self.client(request.scope);
        let name = request.live.identifier.as_str();
        let removed = Shape(&request.live.properties).strings("Roles");
        set_roles(&client, name, &Membership { added: Vec::new(), removed }).await?;
        let gone = client.delete_instance_profile().instance_profile_name(name).send().await;
        gone_is_fine(gone.map_err(failed("iam:DeleteInstanceProfile")))
    }

    async fn ready(&self, request: &Pending<'_>) -> Result<Vec<Readiness>> {
        let waits = |profile: &Found| {
            request.items.iter().any(|item| item.identifier.as_str() == profile.instance_profile_name())
        };
        Ok(readiness(request.items, self.read(request.scope, request.stack, waits).await?))
    }
}

/// A profile with its tags; none if it went away since it was listed.
async fn with_tags<'p>(client: &Client, profile: &'p Found) -> Result<Option<(&'p Found, Tags)>> {
    let name = profile.instance_profile_name();
    let answer = client.list_instance_profile_tags().instance_profile_name(name).send().await;
    match answer.map_err(failed("iam:ListInstanceProfileTags")) {
        Ok(found) => Ok(Some((profile, tagging::read(found.tags())))),
        Err(error) if error.kind == ErrorKind::NotFound => Ok(None),
        Err(error) => Err(error),
    }
}

fn live(scope: &Scope, stack: &StackName, profile: &Found, tags: Tags) -> Live {
    let name = profile.instance_profile_name();
    Live {
        resource_type: TYPE.into(),
        scope: scope.clone(),
        identifier: Identifier::new(name),
        properties: Writer::new()
            .set("InstanceProfileName", name)
            .set("Arn", profile.arn())
            .set("Path", profile.path())
            .list("Roles", profile.roles().iter().map(Role::role_name))
            .build(),
        ownership: tags::ownership(&tags, stack),
        tags,
        status: Status::Ready,
    }
}

async fn make(client: &Client, request: &Create<'_>, name: &str) -> Result<()> {
    let tags = owning(request.tags, request.stack, request.address);
    client
        .create_instance_profile()
        .instance_profile_name(name)
        .path(path_of(Shape(request.properties), request.stack))
        .set_tags(Some(tagging::sdk_tags(&tags)))
        .send()
        .await
        .map(drop)
        .map_err(failed("iam:CreateInstanceProfile"))
}

/// The roles in the profile that an earlier attempt of this create made; the error if it is another's.
async fn first_attempt(
    client: &Client,
    request: &Create<'_>,
    name: &str,
    exists: ProviderError,
) -> Result<Vec<String>> {
    let found = client
        .get_instance_profile()
        .instance_profile_name(name)
        .send()
        .await
        .map_err(failed("iam:GetInstanceProfile"))?;
    let Some(profile) = found.instance_profile() else { return Err(exists) };
    let tags = client
        .list_instance_profile_tags()
        .instance_profile_name(name)
        .send()
        .await
        .map_err(failed("iam:ListInstanceProfileTags"))?;
    if !is_ours(&tagging::read(tags.tags()), request.stack, request.address) {
        return Err(exists);
    }
    Ok(profile.roles().iter().map(|role| role.role_name().to_owned()).collect())
}

/// A profile holds one role at most, so the old one leaves first.
async fn set_roles(client: &Client, name: &str, change: &Membership) -> Result<()> {
    for role in &change.removed {
        let left = client
            .remove_role_from_instance_profile()
            .instance_profile_name(name)
            .role_name(role)
            .send()
            .await;
        gone_is_fine(left.map_err(failed("iam:RemoveRoleFromInstanceProfile")))?;
    }
    for role in &change.added {
        client
            .add_role_to_instance_profile()
            .instance_profile_name(name)
            .role_name(role)
            .send()
            .await
            .map_err(|error| failed("iam:AddRoleToInstanceProfile")(error).referring())?;
    }
    Ok(())
}

async fn update_tags(client: &Client, request: &Update<'_>, name: &str) -> Result<()> {
    let delta = request.delta;
    if !delta.tags_set.is_empty() {
        let tags = tagging::sdk_tags(&delta.tags_set);
        let tagged =
            client.tag_instance_profile().instance_profile_name(name).set_tags(Some(tags)).send().await;
        tagged.map_err(failed("iam:TagInstanceProfile"))?;
    }
    if !delta.tags_removed.is_empty() {
        let keys = delta.tags_removed.clone();
        let gone =
            client.untag_instance_profile().instance_profile_name(name).set_tag_keys(Some(keys)).send().await;
        gone.map_err(failed("iam:UntagInstanceProfile"))?;
    }
    Ok(())
}
