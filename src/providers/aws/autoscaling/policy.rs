//! `AWS::AutoScaling::ScalingPolicy`.
//!
//! A policy carries no tags; it belongs to its group and is told from its siblings by name. All policies of a region are
//! read in one paged call.

use std::collections::BTreeMap;
use std::sync::Arc;

use async_trait::async_trait;
use aws_sdk_autoscaling::Client;
use aws_sdk_autoscaling::types::ScalingPolicy as Found;

use super::super::error::gone_is_fine;
use super::super::identity::name_or_generated;
use super::super::sent::Sent;
use super::super::tags::Tags;
use super::super::{Aws, Shape, failed, missing, supported};
use super::{PAGE, SERVICE, absent, group_shape, policy_shape, predictive};
use crate::model::{Address, Identifier, JsonMap, Live, Ownership, ResourceType, Scope, Status};
use crate::providers::{
    Create, Delete, Handler, Pending, PendingItem, Query, Readiness, Result, Update, Wanted,
};

const TYPE: &str = "AWS::AutoScaling::ScalingPolicy";
const NAME: &str = "PolicyName";
const GROUP: &str = "AutoScalingGroupName";

/// `PolicyName` is read-only in the schema; a generated one is handed over under that name.
const SUPPORTED: [&str; 12] = [
    "AdjustmentType",
    GROUP,
    "Cooldown",
    "EstimatedInstanceWarmup",
    "MetricAggregationType",
    "MinAdjustmentMagnitude",
    NAME,
    "PolicyType",
    "PredictiveScalingConfiguration",
    "ScalingAdjustment",
    "StepAdjustments",
    "TargetTrackingConfiguration",
];

/// The longest name, in characters.
const LONGEST: usize = 255;

/// The handler of `AWS::AutoScaling::ScalingPolicy`.
pub struct ScalingPolicy {
    aws: Arc<Aws>,
    sent: Sent,
}

impl ScalingPolicy {
    /// A handler on a session.
    pub fn new(aws: &Arc<Aws>) -> Self {
        Self { aws: aws.clone(), sent: Sent::default() }
    }

    fn client(&self, scope: &Scope) -> Client {
        self.aws.client(scope, Client::new)
    }

    /// All policies of the region.
    async fn all(&self, scope: &Scope) -> Result<Vec<Found>> {
        let pages = self.client(scope).describe_policies().max_records(PAGE).into_paginator();
        pages.items().send().try_collect().await.map_err(failed("autoscaling:DescribePolicies"))
    }

    /// The policy of this group and name, if a put whose answer was lost has made it.
    async fn first_attempt(&self, request: &Create<'_>, name: &str) -> Result<Option<Identifier>> {
        let call = self.client(request.scope).describe_policies().policy_names(name);
        let call = call.set_auto_scaling_group_name(Shape(request.properties).text(GROUP));
        let found = call.send().await.map_err(failed("autoscaling:DescribePolicies"))?;
        let it = found.scaling_policies().iter().find(|policy| policy.policy_name() == Some(name));
        Ok(it.and_then(Found::policy_arn).map(Identifier::new))
    }
}

#[async_trait]
impl Handler for ScalingPolicy {
    fn resource_type(&self) -> ResourceType {
        TYPE.into()
    }

    fn service(&self) -> &'static str {
        SERVICE
    }

    fn parents(&self) -> &'static [&'static str] {
        &[group_shape::TYPE]
    }

    fn deduplicates(&self) -> bool {
        true
    }

    async fn list(&self, query: &Query<'_>) -> Result<Vec<Live>> {
        let groups: BTreeMap<&str, Option<&Address>> = query
            .parents
            .iter()
            .filter(|parent| parent.ownership != Ownership::Foreign)
            .map(|parent| (parent.identifier.as_str(), parent.address()))
            .collect();
        let read = |policy: &Found| {
            let parent = groups.get(policy.auto_scaling_group_name()?);
            let wanted = query.wanted.iter().any(|wanted| is_wanted(wanted, policy));
            (parent.is_some() || wanted).then(|| live(query.scope, policy, parent.copied().flatten()))?
        };
        Ok(self.all(query.scope).await?.iter().filter_map(read).collect())
    }

    async fn create(&self, request: &Create<'_>) -> Result<Identifier> {
        let name = name_or_generated(request.properties, NAME, request.stack, request.address, LONGEST);
        if self.sent.is_repeated(request.token.as_str())
            && let Some(first) = self.first_attempt(request, &name).await?
        {
            return Ok(first);
        }
        put(&self.client(request.scope), &name, request.properties).await
    }

    /// A put replaces the whole policy, so what was taken out of the blueprint goes by itself.
    async fn update(&self, request: &Update<'_>) -> Result<()> {
        let name = Shape(&request.live.properties).text(NAME).unwrap_or_default();
        put(&self.client(request.scope), &name, request.properties).await.map(drop)
    }

    async fn delete(&self, request: &Delete<'_>) -> Result<()> {
        let live = Shape(&request.live.properties);
        let call = self.client(request.scope).delete_policy();
        let call = call.set_auto_scaling_group_name(live.text(GROUP)).set_policy_name(live.text(NAME));
        gone_is_fine(call.send().await.map_err(|error| absent(failed("autoscaling:DeletePolicy")(error))))
    }

    async fn ready(&self, request: &Pending<'_>) -> Result<Vec<Readiness>> {
        let found = self.all(request.scope).await?;
        let answer = |item: &PendingItem| {
            let is_it = |policy: &&Found| {
                policy.policy_arn().is_some_and(|arn| names(arn) == names(item.identifier.as_str()))
            };
            let live = found.iter().find(is_it).and_then(|policy| live(request.scope, policy, None));
            live.map_or(Readiness::Gone, |live| Readiness::Ready(Box::new(live)))
        };
        Ok(request.items.iter().map(answer).collect())
    }
}

/// The group and the policy in a policy's ARN (`...:scalingPolicy:<id>:autoScalingGroupName/<group>:policyName/<name>`).
/// They tell a policy; a put under the same names is the same policy, whatever its id.
fn names(arn: &str) -> &str {
    arn.find(":autoScalingGroupName/").map_or(arn, |at| &arn[at..])
}

/// Whether a policy has the group and name of a wanted one, or is to be adopted.
fn is_wanted(wanted: &Wanted, policy: &Found) -> bool {
    let properties = Shape(&wanted.properties);
    let named = properties.str(NAME).is_some()
        && properties.str(NAME) == policy.policy_name()
        && properties.str(GROUP) == policy.auto_scaling_group_name();
    named || wanted.adopt.as_ref().is_some_and(|id| Some(id.as_str()) == policy.policy_arn())
}

fn live(scope: &Scope, policy: &Found, parent: Option<&Address>) -> Option<Live> {
    Some(Live {
        resource_type: TYPE.into(),
        scope: scope.clone(),
        identifier: Identifier::new(policy.policy_arn()?),
        properties: policy_shape::read(policy),
        tags: Tags::new(),
        ownership: Ownership::Child {
            parent: parent.cloned(),
            name: policy.policy_name().unwrap_or_default().to_owned(),
        },
        status: Status::Ready,
    })
}

async fn put(client: &Client, name: &str, properties: &JsonMap) -> Result<Identifier> {
    supported::only(properties, &SUPPORTED, "autoscaling:PutScalingPolicy")?;
    let wanted = Shape(properties);
    let put = client
        .put_scaling_policy()
        .policy_name(name)
        .set_auto_scaling_group_name(wanted.text(GROUP))
        .set_policy_type(wanted.text("PolicyType"))
        .set_adjustment_type(wanted.text("AdjustmentType"))
        .set_cooldown(wanted.i32("Cooldown"))
        .set_estimated_instance_warmup(wanted.i32("EstimatedInstanceWarmup"))
        .set_metric_aggregation_type(wanted.text("MetricAggregationType"))
        .set_min_adjustment_magnitude(wanted.i32("MinAdjustmentMagnitude"))
        .set_scaling_adjustment(wanted.i32("ScalingAdjustment"))
        .set_step_adjustments(policy_shape::write_steps(wanted))
        .set_target_tracking_configuration(
            wanted.object("TargetTrackingConfiguration").map(policy_shape::write_tracking),
        )
        .set_predictive_scaling_configuration(
            wanted.object("PredictiveScalingConfiguration").map(predictive::write),
        )
        .send()
        .await
        .map_err(|error| absent(failed("autoscaling:PutScalingPolicy")(error)).referring())?;
    let arn = put.policy_arn().ok_or_else(|| missing("autoscaling:PutScalingPolicy", "PolicyARN"))?;
    Ok(Identifier::new(arn))
}
