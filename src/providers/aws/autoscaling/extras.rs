//! What a group has beside its settings, each by calls of its own: metrics, notifications, lifecycle hooks.
//!
//! Notifications and hooks are not in the describe call; they are read where a blueprint has them, or had.

use std::collections::{BTreeMap, BTreeSet};

use aws_sdk_autoscaling::Client;
use aws_sdk_autoscaling::types::{LifecycleHook, LifecycleHookSpecification, NotificationConfiguration};

use super::super::error::gone_is_fine;
use super::super::{Shape, Writer, failed};
use super::{PAGE, absent, is_unknown_operation};
use crate::model::{Json, JsonMap};
use crate::providers::{Result, Update};

/// CloudFormation has a list, and an older property with one configuration.
pub const NOTIFICATIONS: [&str; 2] = ["NotificationConfigurations", "NotificationConfiguration"];
/// The hooks that a group is made with.
pub const HOOKS: &str = "LifecycleHookSpecificationList";
/// The metrics that a group publishes.
pub const METRICS: &str = "MetricsCollection";

/// Notification types by topic.
pub type Topics = BTreeMap<String, BTreeSet<String>>;

/// Publishes the metrics that properties ask for; no list of metrics means all of them.
///
/// They cost nothing and change nothing in the group. An endpoint without that operation is no reason to fail.
pub async fn enable_metrics(client: &Client, group: &str, wanted: Shape<'_>) -> Result<()> {
    for collection in wanted.objects(METRICS) {
        let call = client.enable_metrics_collection().auto_scaling_group_name(group);
        let call = call.granularity(collection.text("Granularity").unwrap_or_else(|| "1Minute".to_owned()));
        let done = call.set_metrics(collection.strings_if_set("Metrics")).send().await;
        match done.map_err(failed("autoscaling:EnableMetricsCollection")) {
            Err(error) if is_unknown_operation(&error) => {
                tracing::warn!(group, "the endpoint has no EnableMetricsCollection: no group metrics");
            }
            done => drop(done?),
        }
    }
    Ok(())
}

/// Stops the metrics that are not asked for any more, and starts the others.
pub async fn update_metrics(client: &Client, group: &str, request: &Update<'_>) -> Result<()> {
    let collections = Shape(request.properties).objects(METRICS);
    let all = collections.iter().any(|collection| collection.get("Metrics").is_none());
    let kept: BTreeSet<String> = collections.iter().flat_map(|c| c.strings("Metrics")).collect();
    let live = Shape(&request.live.properties).objects(METRICS);
    let stopped: Vec<String> = live
        .iter()
        .flat_map(|c| c.strings("Metrics"))
        .filter(|metric| !all && !kept.contains(metric))
        .collect();
    if !stopped.is_empty() {
        let call = client.disable_metrics_collection().auto_scaling_group_name(group);
        let done = call.set_metrics(Some(stopped)).send().await;
        done.map_err(failed("autoscaling:DisableMetricsCollection"))?;
    }
    enable_metrics(client, group, Shape(request.properties)).await
}

/// The configurations of both properties.
fn listed(properties: &JsonMap) -> Vec<Shape<'_>> {
    let properties = Shape(properties);
    let mut listed = properties.objects(NOTIFICATIONS[0]);
    listed.extend(properties.object(NOTIFICATIONS[1]));
    listed
}

/// The topics that properties ask for.
fn topics(properties: &JsonMap) -> Topics {
    let mut topics = Topics::new();
    for configuration in listed(properties) {
        // A text in most blueprints, a list by the schema.
        let mut arns = configuration.strings("TopicARN");
        arns.extend(configuration.text("TopicARN"));
        for arn in arns {
            topics.entry(arn).or_default().extend(configuration.strings("NotificationTypes"));
        }
    }
    topics
}

/// Tells topics of launches and terminations.
pub async fn notify(client: &Client, group: &str, properties: &JsonMap) -> Result<()> {
    for (topic, kinds) in topics(properties) {
        let call = client.put_notification_configuration().auto_scaling_group_name(group).topic_arn(topic);
        let done = call.set_notification_types(Some(kinds.into_iter().collect())).send().await;
        done.map_err(|error| failed("autoscaling:PutNotificationConfiguration")(error).referring())?;
    }
    Ok(())
}

/// Stops telling the topics that are not asked for any more, and tells the others.
pub async fn update_notifications(client: &Client, group: &str, request: &Update<'_>) -> Result<()> {
    let desired = topics(request.properties);
    for topic in topics(&request.live.properties).into_keys().filter(|topic| !desired.contains_key(topic)) {
        let call = client.delete_notification_configuration().auto_scaling_group_name(group);
        let done = call.topic_arn(topic).send().await;
        done.map_err(failed("autoscaling:DeleteNotificationConfiguration"))?;
    }
    notify(client, group, request.properties).await
}

/// The notifications of these groups, by group: one paged call.
pub async fn read_notifications(client: &Client, groups: &[String]) -> Result<BTreeMap<String, Topics>> {
    let found: Vec<NotificationConfiguration> = client
        .describe_notification_configurations()
        .set_auto_scaling_group_names(Some(groups.to_vec()))
        .max_records(PAGE)
        .into_paginator()
        .items()
        .send()
        .try_collect()
        .await
        .map_err(failed("autoscaling:DescribeNotificationConfigurations"))?;
    let mut by_group: BTreeMap<String, Topics> = BTreeMap::new();
    for configuration in found {
        if let (Some(group), Some(topic), Some(kind)) =
            (configuration.auto_scaling_group_name, configuration.topic_arn, configuration.notification_type)
        {
            by_group.entry(group).or_default().entry(topic).or_default().insert(kind);
        }
    }
    Ok(by_group)
}

/// Notifications in CloudFormation's shape. A topic is a text there, or one of a list where the blueprint has a list.
pub fn configurations(mut topics: Topics, wanted: Option<&JsonMap>) -> Vec<Writer> {
    let wanted = wanted.map(listed).unwrap_or_default();
    let is_list = |wanted: &Shape<'_>| wanted.get("TopicARN").is_some_and(Json::is_array);
    let mut found = Vec::new();
    for one in wanted.iter().filter(|one| is_list(one)) {
        let kinds: BTreeSet<String> = one.strings("NotificationTypes").into_iter().collect();
        let mut told = one.strings("TopicARN");
        told.retain(|topic| topics.get(topic) == Some(&kinds));
        for topic in &told {
            topics.remove(topic);
        }
        if !told.is_empty() {
            found.push(Writer::new().list("TopicARN", told).list("NotificationTypes", kinds));
        }
    }
    let in_lists = wanted.iter().any(is_list);
    found.extend(topics.into_iter().map(|(topic, kinds)| {
        let topic = if in_lists { Json::from(vec![topic]) } else { Json::from(topic) };
        Writer::new().set("TopicARN", topic).list("NotificationTypes", kinds)
    }));
    found
}

/// Hooks for a create.
pub fn hook_specifications(wanted: Shape<'_>) -> Vec<LifecycleHookSpecification> {
    let hook = |hook: &Shape<'_>| {
        LifecycleHookSpecification::builder()
            .set_lifecycle_hook_name(hook.text("LifecycleHookName"))
            .set_lifecycle_transition(hook.text("LifecycleTransition"))
            .set_default_result(hook.text("DefaultResult"))
            .set_heartbeat_timeout(hook.i32("HeartbeatTimeout"))
            .set_notification_metadata(hook.text("NotificationMetadata"))
            .set_notification_target_arn(hook.text("NotificationTargetARN"))
            .set_role_arn(hook.text("RoleARN"))
            .build()
    };
    wanted.objects(HOOKS).iter().map(hook).collect()
}

/// A group's hooks.
pub async fn read_hooks(client: &Client, group: &str) -> Result<Vec<Writer>> {
    let found = client.describe_lifecycle_hooks().auto_scaling_group_name(group).send().await;
    let found = found.map_err(failed("autoscaling:DescribeLifecycleHooks"))?;
    let mut hooks: Vec<&LifecycleHook> = found.lifecycle_hooks().iter().collect();
    hooks.sort_by_key(|hook| hook.lifecycle_hook_name());
    let hook = |hook: &LifecycleHook| {
        Writer::new()
            .put("LifecycleHookName", hook.lifecycle_hook_name())
            .put("LifecycleTransition", hook.lifecycle_transition())
            .put("DefaultResult", hook.default_result())
            .put("HeartbeatTimeout", hook.heartbeat_timeout())
            .put("NotificationMetadata", hook.notification_metadata())
            .put("NotificationTargetARN", hook.notification_target_arn().filter(|arn| !arn.is_empty()))
            .put("RoleARN", hook.role_arn().filter(|arn| !arn.is_empty()))
    };
    Ok(hooks.into_iter().map(hook).collect())
}

/// Writes all hooks that are asked for and removes the others.
pub async fn update_hooks(client: &Client, group: &str, request: &Update<'_>) -> Result<()> {
    let desired = Shape(request.properties).objects(HOOKS);
    for hook in &desired {
        client
            .put_lifecycle_hook()
            .auto_scaling_group_name(group)
            .set_lifecycle_hook_name(hook.text("LifecycleHookName"))
            .set_lifecycle_transition(hook.text("LifecycleTransition"))
            .set_default_result(hook.text("DefaultResult"))
            .set_heartbeat_timeout(hook.i32("HeartbeatTimeout"))
            .set_notification_metadata(hook.text("NotificationMetadata"))
            .set_notification_target_arn(Some(hook.text("NotificationTargetARN").unwrap_or_default()))
            .set_role_arn(hook.text("RoleARN"))
            .send()
            .await
            .map_err(|error| failed("autoscaling:PutLifecycleHook")(error).referring().using_role())?;
    }
    let kept: BTreeSet<String> = desired.iter().filter_map(|hook| hook.text("LifecycleHookName")).collect();
    for hook in Shape(&request.live.properties).objects(HOOKS) {
        let name = hook.text("LifecycleHookName").unwrap_or_default();
        if !kept.contains(&name) {
            let call = client.delete_lifecycle_hook().auto_scaling_group_name(group);
            let gone = call.lifecycle_hook_name(name).send().await;
            gone_is_fine(gone.map_err(failed("autoscaling:DeleteLifecycleHook")).map_err(absent))?;
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn topics_of_both_properties_are_one_set() {
        let properties = json!({
            "NotificationConfigurations": [{"TopicARN": "arn:a", "NotificationTypes": ["x"]}],
            "NotificationConfiguration": {"TopicARN": ["arn:a", "arn:b"], "NotificationTypes": ["y"]},
        });
        let topics = topics(properties.as_object().unwrap());
        assert_eq!(topics["arn:a"].len(), 2);
        assert_eq!(topics["arn:b"].len(), 1);
    }

    #[test]
    fn topics_are_told_as_the_blueprint_writes_them() {
        let live =
            || Topics::from(["a", "b"].map(|topic| (topic.to_owned(), BTreeSet::from(["x".to_owned()]))));
        let told = |wanted: Json| -> Json {
            let wanted = json!({"NotificationConfigurations": [wanted]});
            configurations(live(), wanted.as_object()).into_iter().map(Json::from).collect()
        };
        let both = json!({"TopicARN": ["b", "a"], "NotificationTypes": ["x"]});
        assert_eq!(told(both.clone()), json!([both]));
        let one = json!({"TopicARN": ["a"], "NotificationTypes": ["x"]});
        assert_eq!(told(one.clone()), json!([one, {"TopicARN": ["b"], "NotificationTypes": ["x"]}]));
        let text = json!({"TopicARN": "a", "NotificationTypes": ["x"]});
        assert_eq!(told(text.clone()), json!([text, {"TopicARN": "b", "NotificationTypes": ["x"]}]));
    }
}
