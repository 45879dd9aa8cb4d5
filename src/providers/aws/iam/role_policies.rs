//! What hangs on a role: inline policies, attached managed policies, instance profiles.

use std::collections::BTreeMap;

use aws_sdk_iam::Client;

use super::super::change::Membership;
use super::super::error::gone_is_fine;
use super::super::{Shape, failed};
use crate::model::{Json, JsonMap};
use crate::providers::Result;

/// The inline policies that properties ask for: documents by name.
pub fn inline(properties: &JsonMap) -> BTreeMap<String, String> {
    let policies = Shape(properties).objects("Policies");
    policies.iter().filter_map(|p| Some((p.text("PolicyName")?, p.document("PolicyDocument")?))).collect()
}

/// Writes the inline policies that differ from `live` and removes those that are no more asked for.
pub async fn set_inline(client: &Client, role: &str, live: &JsonMap, desired: &JsonMap) -> Result<()> {
    let (live, desired) = (inline(live), inline(desired));
    for (name, document) in desired.iter().filter(|(name, document)| !same(live.get(*name), document)) {
        put_inline(client, role, name, document).await?;
    }
    for name in live.keys().filter(|name| !desired.contains_key(*name)) {
        delete_inline(client, role, name).await?;
    }
    Ok(())
}

/// Whether two documents say the same, however they are formatted.
fn same(live: Option<&String>, desired: &str) -> bool {
    let parse = |text: &str| serde_json::from_str::<Json>(text).ok();
    live.is_some_and(|live| live == desired || parse(live).is_some_and(|json| Some(json) == parse(desired)))
}

async fn put_inline(client: &Client, role: &str, name: &str, document: &str) -> Result<()> {
    client
        .put_role_policy()
        .role_name(role)
        .policy_name(name)
        .policy_document(document)
        .send()
        .await
        .map(drop)
        .map_err(|error| failed("iam:PutRolePolicy")(error).referring())
}

async fn delete_inline(client: &Client, role: &str, name: &str) -> Result<()> {
    let gone = client.delete_role_policy().role_name(role).policy_name(name).send().await;
    gone_is_fine(gone.map_err(failed("iam:DeleteRolePolicy")))
}

/// Attaches and detaches managed policies, by ARN.
pub async fn set_attached(client: &Client, role: &str, change: &Membership) -> Result<()> {
    for arn in &change.added {
        client
            .attach_role_policy()
            .role_name(role)
            .policy_arn(arn)
            .send()
            .await
            .map_err(|error| failed("iam:AttachRolePolicy")(error).referring())?;
    }
    for arn in &change.removed {
        let gone = client.detach_role_policy().role_name(role).policy_arn(arn).send().await;
        gone_is_fine(gone.map_err(failed("iam:DetachRolePolicy")))?;
    }
    Ok(())
}

/// Takes off everything that keeps a role from being deleted; it is read afresh, since others may have added to it.
pub async fn strip(client: &Client, role: &str) -> Result<()> {
    let inline: Vec<String> = client
        .list_role_policies()
        .role_name(role)
        .into_paginator()
        .items()
        .send()
        .try_collect()
        .await
        .map_err(failed("iam:ListRolePolicies"))?;
    for name in &inline {
        delete_inline(client, role, name).await?;
    }
    let attached = client
        .list_attached_role_policies()
        .role_name(role)
        .into_paginator()
        .items()
        .send()
        .try_collect()
        .await
        .map_err(failed("iam:ListAttachedRolePolicies"))?;
    let removed = attached.into_iter().filter_map(|policy| policy.policy_arn).collect();
    set_attached(client, role, &Membership { added: Vec::new(), removed }).await?;
    leave_profiles(client, role).await
}

async fn leave_profiles(client: &Client, role: &str) -> Result<()> {
    let profiles = client
        .list_instance_profiles_for_role()
        .role_name(role)
        .into_paginator()
        .items()
        .send()
        .try_collect()
        .await
        .map_err(failed("iam:ListInstanceProfilesForRole"))?;
    for profile in &profiles {
        let name = profile.instance_profile_name();
        let left = client
            .remove_role_from_instance_profile()
            .instance_profile_name(name)
            .role_name(role)
            .send()
            .await;
        gone_is_fine(left.map_err(failed("iam:RemoveRoleFromInstanceProfile")))?;
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn documents_are_compared_by_meaning() {
        let live = r#"{"Version":"2012-10-17","Statement":[]}"#.to_owned();
        assert!(same(Some(&live), r#"{ "Statement": [], "Version": "2012-10-17" }"#));
        assert!(!same(Some(&live), r#"{"Version":"2008-10-17","Statement":[]}"#));
        assert!(!same(None, "{}"));
    }

    #[test]
    fn inline_policies_are_objects_or_texts() {
        let properties = json!({"Policies": [
            {"PolicyName": "a", "PolicyDocument": {"Version": "2012-10-17"}},
            {"PolicyName": "b", "PolicyDocument": "{}"},
        ]});
        let inline = inline(properties.as_object().unwrap());
        assert_eq!(inline["a"], r#"{"Version":"2012-10-17"}"#);
        assert_eq!(inline["b"], "{}");
    }
}
