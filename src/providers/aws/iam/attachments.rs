//! Whom a managed policy is attached to: roles, users and groups.

use aws_sdk_iam::Client;

use super::super::change::Membership;
use super::super::error::gone_is_fine;
use super::super::failed;
use super::role_policies;
use crate::providers::Result;

/// The properties that hold a policy's attachments.
pub const PROPERTIES: [&str; 3] = ["Roles", "Users", "Groups"];

/// Attaches a policy to those who gain it and detaches it from those who lose it.
pub async fn set(client: &Client, policy: &str, property: &str, change: &Membership) -> Result<()> {
    let arn = || vec![policy.to_owned()];
    for holder in &change.added {
        match property {
            "Roles" => {
                let change = Membership { added: arn(), removed: Vec::new() };
                role_policies::set_attached(client, holder, &change).await?;
            }
            "Users" => attach_user(client, policy, holder).await?,
            _ => attach_group(client, policy, holder).await?,
        }
    }
    for holder in &change.removed {
        match property {
            "Roles" => {
                let change = Membership { added: Vec::new(), removed: arn() };
                role_policies::set_attached(client, holder, &change).await?;
            }
            "Users" => detach_user(client, policy, holder).await?,
            _ => detach_group(client, policy, holder).await?,
        }
    }
    Ok(())
}

/// Detaches a policy from everyone; it is read afresh, since others may have attached it.
pub async fn clear(client: &Client, policy: &str) -> Result<()> {
    let mut pages = client.list_entities_for_policy().policy_arn(policy).into_paginator().send();
    let (mut roles, mut users, mut groups) = (Vec::new(), Vec::new(), Vec::new());
    while let Some(page) = pages.next().await {
        let page = page.map_err(failed("iam:ListEntitiesForPolicy"))?;
        roles.extend(page.policy_roles().iter().filter_map(|role| role.role_name().map(str::to_owned)));
        users.extend(page.policy_users().iter().filter_map(|user| user.user_name().map(str::to_owned)));
        groups.extend(page.policy_groups().iter().filter_map(|group| group.group_name().map(str::to_owned)));
    }
    for (property, removed) in PROPERTIES.into_iter().zip([roles, users, groups]) {
        set(client, policy, property, &Membership { added: Vec::new(), removed }).await?;
    }
    Ok(())
}

async fn attach_user(client: &Client, policy: &str, user: &str) -> Result<()> {
    let done = client.attach_user_policy().policy_arn(policy).user_name(user).send().await;
    done.map(drop).map_err(|error| failed("iam:AttachUserPolicy")(error).referring())
}

async fn attach_group(client: &Client, policy: &str, group: &str) -> Result<()> {
    let done = client.attach_group_policy().policy_arn(policy).group_name(group).send().await;
    done.map(drop).map_err(|error| failed("iam:AttachGroupPolicy")(error).referring())
}

async fn detach_user(client: &Client, policy: &str, user: &str) -> Result<()> {
    let done = client.detach_user_policy().policy_arn(policy).user_name(user).send().await;
    gone_is_fine(done.map_err(failed("iam:DetachUserPolicy")))
}

async fn detach_group(client: &Client, policy: &str, group: &str) -> Result<()> {
    let done = client.detach_group_policy().policy_arn(policy).group_name(group).send().await;
    gone_is_fine(done.map_err(failed("iam:DetachGroupPolicy")))
}
