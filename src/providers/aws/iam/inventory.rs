//! The account's roles, policies and attachments in one paged call.

use std::collections::BTreeMap;

use aws_sdk_iam::Client;
use aws_sdk_iam::types::{AttachedPolicy, EntityType, ManagedPolicyDetail, RoleDetail};

use super::super::failed;
use super::PAGE;
use crate::providers::Result;

/// What `GetAccountAuthorizationDetails` finds.
#[derive(Default)]
pub struct Inventory {
    /// Roles with their inline policies, attachments and tags.
    pub roles: Vec<RoleDetail>,
    /// The account's own managed policies with their versions.
    pub policies: Vec<ManagedPolicyDetail>,
    /// Who a managed policy is attached to, by the policy's ARN.
    pub attached: BTreeMap<String, Holders>,
}

/// Whom a policy is attached to, by name.
#[derive(Debug, Default)]
pub struct Holders {
    /// Roles.
    pub roles: Vec<String>,
    /// Users.
    pub users: Vec<String>,
    /// Groups.
    pub groups: Vec<String>,
}

/// Reads what is asked for: 1,000 a page.
pub async fn read(client: &Client, kinds: &[EntityType]) -> Result<Inventory> {
    let mut pages = client
        .get_account_authorization_details()
        .set_filter(Some(kinds.to_vec()))
        .max_items(PAGE)
        .into_paginator()
        .send();
    let mut inventory = Inventory::default();
    while let Some(page) = pages.next().await {
        let page = page.map_err(failed("iam:GetAccountAuthorizationDetails"))?;
        for role in page.role_detail_list() {
            inventory.hold(role.attached_managed_policies(), role.role_name(), |holders| &mut holders.roles);
        }
        for user in page.user_detail_list() {
            inventory.hold(user.attached_managed_policies(), user.user_name(), |holders| &mut holders.users);
        }
        for group in page.group_detail_list() {
            inventory.hold(group.attached_managed_policies(), group.group_name(), |h| &mut h.groups);
        }
        inventory.roles.extend(page.role_detail_list.unwrap_or_default());
        inventory.policies.extend(page.policies.unwrap_or_default());
    }
    Ok(inventory)
}

impl Inventory {
    fn hold(
        &mut self,
        policies: &[AttachedPolicy],
        holder: Option<&str>,
        list: fn(&mut Holders) -> &mut Vec<String>,
    ) {
        for arn in policies.iter().filter_map(AttachedPolicy::policy_arn) {
            let holders = self.attached.entry(arn.to_owned()).or_default();
            list(holders).extend(holder.map(str::to_owned));
        }
    }
}
