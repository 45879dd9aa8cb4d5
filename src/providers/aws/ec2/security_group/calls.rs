//! The calls about rules, the same for both directions.

use std::collections::BTreeSet;

use aws_sdk_ec2::Client;
use aws_sdk_ec2::types::{
    Filter, IpPermission, SecurityGroupRule as Found, SecurityGroupRuleUpdate, TagSpecification,
};
use futures::future::try_join_all;

use super::super::super::error::gone_is_fine;
use super::super::super::failed;
use super::super::{PAGE, tagging};
use super::rule::{Direction, Rule};
use crate::providers::{ErrorKind, ProviderError, Result};

/// The rules that a filter finds.
pub async fn find(client: &Client, filter: Filter) -> Result<Vec<Found>> {
    client
        .describe_security_group_rules()
        .filters(filter)
        .max_results(PAGE)
        .into_paginator()
        .items()
        .send()
        .try_collect()
        .await
        .map_err(failed("ec2:DescribeSecurityGroupRules"))
}

/// All rules of these groups, in both directions.
pub async fn of_groups(client: &Client, groups: impl IntoIterator<Item = String>) -> Result<Vec<Found>> {
    let groups: BTreeSet<String> = groups.into_iter().collect();
    let filters = tagging::by_values("group-id", groups.iter().cloned());
    let mut found = try_join_all(filters.into_iter().map(|filter| find(client, filter))).await?.concat();
    found.retain(|rule| rule.group_id().is_some_and(|id| groups.contains(id)));
    Ok(found)
}

/// Lets rules in force; answers with them as they were made.
pub async fn authorize(
    client: &Client,
    direction: Direction,
    group: &str,
    permissions: Vec<IpPermission>,
    tags: Option<TagSpecification>,
) -> Result<Vec<Found>> {
    if permissions.is_empty() {
        return Ok(Vec::new());
    }
    let tags = tags.map(|tags| vec![tags]);
    let made = match direction {
        Direction::Ingress => {
            client
                .authorize_security_group_ingress()
                .group_id(group)
                .set_ip_permissions(Some(permissions))
                .set_tag_specifications(tags)
                .send()
                .await
                .map_err(|error| failed("ec2:AuthorizeSecurityGroupIngress")(error).referring())?
                .security_group_rules
        }
        Direction::Egress => {
            client
                .authorize_security_group_egress()
                .group_id(group)
                .set_ip_permissions(Some(permissions))
                .set_tag_specifications(tags)
                .send()
                .await
                .map_err(|error| failed("ec2:AuthorizeSecurityGroupEgress")(error).referring())?
                .security_group_rules
        }
    };
    Ok(made.unwrap_or_default())
}

/// Takes rules out of force, by their ids. Ones that are gone already are a success.
pub async fn revoke(client: &Client, direction: Direction, group: &str, rules: Vec<String>) -> Result<()> {
    if rules.is_empty() {
        return Ok(());
    }
    let gone = match direction {
        Direction::Ingress => client
            .revoke_security_group_ingress()
            .group_id(group)
            .set_security_group_rule_ids(Some(rules))
            .send()
            .await
            .map(drop)
            .map_err(failed("ec2:RevokeSecurityGroupIngress")),
        Direction::Egress => client
            .revoke_security_group_egress()
            .group_id(group)
            .set_security_group_rule_ids(Some(rules))
            .send()
            .await
            .map(drop)
            .map_err(failed("ec2:RevokeSecurityGroupEgress")),
    };
    gone_is_fine(gone)
}

/// Makes sure of a rule that EC2 gives a new group by itself, or, where the VPC has no IPv6, does not.
pub async fn authorize_default(client: &Client, group: &str, permission: IpPermission) -> Result<()> {
    match authorize(client, Direction::Egress, group, vec![permission], None).await {
        Err(error) if is_there(&error) => Ok(()),
        made => made.map(drop),
    }
}

/// Takes a rule out of force that EC2 gives a new group by itself, without asking for its id.
pub async fn revoke_default(client: &Client, group: &str, permission: IpPermission) -> Result<()> {
    let gone = client.revoke_security_group_egress().group_id(group).ip_permissions(permission).send().await;
    match gone.map(drop).map_err(failed("ec2:RevokeSecurityGroupEgress")) {
        // The rule is gone; that the group itself is not visible yet is another matter.
        Err(error) if error.code == "InvalidPermission.NotFound" => Ok(()),
        other => other.map_err(ProviderError::referring),
    }
}

/// Changes the descriptions of rules.
pub async fn describe_anew(
    client: &Client,
    group: &str,
    rules: impl IntoIterator<Item = (String, &Rule, Option<&str>)>,
) -> Result<()> {
    let update = |(id, rule, description): (String, &Rule, Option<&str>)| {
        SecurityGroupRuleUpdate::builder()
            .security_group_rule_id(id)
            .security_group_rule(rule.modification(description))
            .build()
    };
    let updates: Vec<_> = rules.into_iter().map(update).collect();
    if updates.is_empty() {
        return Ok(());
    }
    client
        .modify_security_group_rules()
        .group_id(group)
        .set_security_group_rules(Some(updates))
        .send()
        .await
        .map(drop)
        .map_err(failed("ec2:ModifySecurityGroupRules"))
}

/// Whether an `Authorize...` failed because the rule is there already.
pub fn is_there(error: &ProviderError) -> bool {
    error.kind == ErrorKind::AlreadyExists
}
