//! `AWS::ElasticLoadBalancingV2::ListenerRule`.
//!
//! The API lists rules by listener: one paged call for each that the stack owns, a wanted rule names, or the tag search
//! shows a rule on. The default rule belongs to the listener and is left out.

use std::collections::BTreeSet;
use std::sync::Arc;

use async_trait::async_trait;
use aws_sdk_elasticloadbalancingv2::Client;
use aws_sdk_elasticloadbalancingv2::types::Rule;

use super::super::error::gone_is_fine;
use super::super::identity::{is_ours, wanted_for};
use super::super::sent::Sent;
use super::super::tags::{self, Tags};
use super::super::{Aws, Shape, Writer, failed, missing, supported};
use super::action_auth::Timeout;
use super::rule_priority::{is_taken, priority};
use super::{PAGE, SERVICE, actions, arn, conditions, each, rule_priority, tagging, transforms};
use crate::model::{Identifier, Live, Ownership, ResourceType, Scope, StackName, Status};
use crate::providers::{
    Create, Delete, ErrorKind, Handler, Pending, Query, Readiness, Result, Update, Wanted, readiness,
};

const TYPE: &str = "AWS::ElasticLoadBalancingV2::ListenerRule";

const SUPPORTED: [&str; 5] = ["Actions", "Conditions", "ListenerArn", "Priority", "Transforms"];

/// The handler of `AWS::ElasticLoadBalancingV2::ListenerRule`.
pub struct ListenerRule {
    aws: Arc<Aws>,
    sent: Sent,
}

impl ListenerRule {
    /// A handler on a session.
    pub fn new(aws: &Arc<Aws>) -> Self {
        Self { aws: aws.clone(), sent: Sent::default() }
    }

    fn client(&self, scope: &Scope) -> Client {
        self.aws.client(scope, Client::new)
    }
}

#[async_trait]
impl Handler for ListenerRule {
    fn resource_type(&self) -> ResourceType {
        TYPE.into()
    }

    fn service(&self) -> &'static str {
        SERVICE
    }

    fn parents(&self) -> &'static [&'static str] {
        &["AWS::ElasticLoadBalancingV2::Listener"]
    }

    fn deduplicates(&self) -> bool {
        true
    }

    async fn list(&self, query: &Query<'_>) -> Result<Vec<Live>> {
        let parents = query.parents.iter().map(|parent| parent.identifier.as_str());
        let wanted = query.wanted.iter().filter_map(|w| w.properties.get("ListenerArn")?.as_str());
        let adopted = query.wanted.iter().filter_map(|w| w.adopt.as_ref());
        let tagged_ones = query.tagged.iter().map(|hit| hit.arn.as_str());
        let under = adopted.map(Identifier::as_str).chain(tagged_ones).filter_map(arn::listener_of_rule);
        let listeners: BTreeSet<String> = parents.chain(wanted).map(str::to_owned).chain(under).collect();
        let client = self.client(query.scope);
        let found = tagged(&client, listeners.iter().map(String::as_str)).await?;
        let kept = found.into_iter().filter(|(rule, tags)| keeps(query, rule, tags));
        Ok(kept.map(|(rule, tags)| read(query.scope, query.stack, &rule, tags)).collect())
    }

    async fn create(&self, request: &Create<'_>) -> Result<Identifier> {
        supported::only(request.properties, &SUPPORTED, "elasticloadbalancing:CreateRule")?;
        let client = self.client(request.scope);
        let listener = Shape(request.properties).str("ListenerArn");
        if self.sent.is_repeated(request.token.as_str())
            && let Some(first) = first_attempt(&tagged(&client, listener.into_iter()).await?, request)
        {
            return Ok(Identifier::new(first));
        }
        let taken = match make(&client, request).await {
            Err(error) if is_taken(&error) => error,
            made => return made.map(Identifier::new),
        };
        let rules = tagged(&client, listener.into_iter()).await?;
        if let Some(first) = first_attempt(&rules, request) {
            return Ok(Identifier::new(first));
        }
        let Some(priority) = Shape(request.properties).i32("Priority") else { return Err(taken) };
        rule_priority::make_room(&client, request.stack, &rules, priority, taken).await?;
        make(&client, request).await.map(Identifier::new)
    }

    async fn update(&self, request: &Update<'_>) -> Result<()> {
        supported::only(request.properties, &SUPPORTED, "elasticloadbalancing:ModifyRule")?;
        let client = self.client(request.scope);
        let rule = request.live.identifier.as_str();
        if request.delta.touches_any(&["Actions", "Conditions", "Transforms"]) {
            modify(&client, rule, request).await?;
        }
        if request.delta.touches("Priority") {
            move_to(&client, rule, request).await?;
        }
        tagging::update(&client, rule, request.delta).await
    }

    async fn delete(&self, request: &Delete<'_>) -> Result<()> {
        let arn = request.live.identifier.as_str();
        let gone = self.client(request.scope).delete_rule().rule_arn(arn).send().await;
        gone_is_fine(gone.map_err(failed("elasticloadbalancing:DeleteRule")))
    }

    async fn ready(&self, request: &Pending<'_>) -> Result<Vec<Readiness>> {
        let ids = request.items.iter().map(|item| item.identifier.as_str());
        let listeners: BTreeSet<String> = ids.filter_map(arn::listener_of_rule).collect();
        let client = self.client(request.scope);
        let found = tagged(&client, listeners.iter().map(String::as_str)).await?;
        let live = found.into_iter().map(|(rule, tags)| read(request.scope, request.stack, &rule, tags));
        Ok(readiness(request.items, live.collect()))
    }
}

/// All rules of these listeners but the default ones, with their tags.
async fn tagged<'a>(client: &Client, listeners: impl Iterator<Item = &'a str>) -> Result<Vec<(Rule, Tags)>> {
    let found = each(listeners.map(|listener| of_listener(client, listener))).await?.concat();
    let arns: Vec<&str> = found.iter().filter_map(Rule::rule_arn).collect();
    let mut tags = tagging::of(client, &arns).await?;
    let with_tags = |rule: Rule| {
        let tags = tags.remove(rule.rule_arn()?)?;
        Some((rule, tags))
    };
    Ok(found.into_iter().filter_map(with_tags).collect())
}

/// A listener's rules; none if it is gone.
async fn of_listener(client: &Client, listener: &str) -> Result<Vec<Rule>> {
    let pages = client.describe_rules().listener_arn(listener).page_size(PAGE).into_paginator();
    let found = pages.items().send().try_collect().await;
    match found.map_err(failed("elasticloadbalancing:DescribeRules")) {
        Ok(rules) => Ok(rules.into_iter().filter(|rule: &Rule| rule.is_default() != Some(true)).collect()),
        Err(error) if error.kind == ErrorKind::NotFound => Ok(Vec::new()),
        Err(error) => Err(error),
    }
}

/// Whether a rule is owned, adopted, or in the place of a wanted one.
fn keeps(query: &Query<'_>, rule: &Rule, tags: &Tags) -> bool {
    let arn = rule.rule_arn().unwrap_or_default();
    let listener = arn::listener_of_rule(arn);
    let in_place = |w: &Wanted| {
        let properties = Shape(&w.properties);
        properties.str("ListenerArn") == listener.as_deref()
            && properties.i32("Priority").is_some()
            && properties.i32("Priority") == priority(rule)
    };
    tags::ownership(tags, query.stack) != Ownership::Foreign
        || wanted_for(query, tags, arn, None).is_some()
        || query.wanted.iter().any(in_place)
}

fn read(scope: &Scope, stack: &StackName, rule: &Rule, tags: Tags) -> Live {
    let arn = rule.rule_arn().unwrap_or_default();
    Live {
        resource_type: TYPE.into(),
        scope: scope.clone(),
        identifier: Identifier::new(arn),
        properties: Writer::new()
            .set("RuleArn", arn)
            .put("ListenerArn", arn::listener_of_rule(arn))
            .put("Priority", priority(rule))
            .set("IsDefault", rule.is_default().unwrap_or(false))
            .list("Conditions", conditions::read(rule.conditions()))
            .list("Actions", actions::read(rule.actions(), Timeout::Number))
            .list("Transforms", transforms::read(rule.transforms()))
            .build(),
        ownership: tags::ownership(&tags, stack),
        tags,
        status: Status::Ready,
    }
}

/// The ARN of what an earlier attempt of this create made.
fn first_attempt<'r>(rules: &'r [(Rule, Tags)], request: &Create<'_>) -> Option<&'r str> {
    let ours = rules.iter().find(|(_, tags)| is_ours(tags, request.stack, request.address));
    ours.and_then(|(rule, _)| rule.rule_arn())
}

async fn make(client: &Client, request: &Create<'_>) -> Result<String> {
    let wanted = Shape(request.properties);
    let transforms = transforms::write(&wanted.objects("Transforms"));
    let made = client
        .create_rule()
        .set_listener_arn(wanted.text("ListenerArn"))
        .set_priority(wanted.i32("Priority"))
        .set_conditions(Some(conditions::write(&wanted.objects("Conditions"))))
        .set_actions(Some(actions::write(&wanted.objects("Actions"))))
        .set_transforms((!transforms.is_empty()).then_some(transforms))
        .set_tags(Some(tagging::sdk_tags(request.tags)))
        .send()
        .await
        .map_err(|error| failed("elasticloadbalancing:CreateRule")(error).referring())?;
    let arn = made.rules().first().and_then(Rule::rule_arn);
    arn.map(str::to_owned).ok_or_else(|| missing("elasticloadbalancing:CreateRule", "RuleArn"))
}

async fn modify(client: &Client, rule: &str, request: &Update<'_>) -> Result<()> {
    let wanted = Shape(request.properties);
    let transforms = transforms::write(&wanted.objects("Transforms"));
    let reset = request.delta.touches("Transforms") && transforms.is_empty();
    client
        .modify_rule()
        .rule_arn(rule)
        .set_conditions(Some(conditions::write(&wanted.objects("Conditions"))))
        .set_actions(Some(actions::write(&wanted.objects("Actions"))))
        .set_transforms((!transforms.is_empty()).then_some(transforms))
        .set_reset_transforms(reset.then_some(true))
        .send()
        .await
        .map(drop)
        .map_err(|error| failed("elasticloadbalancing:ModifyRule")(error).referring())
}

async fn move_to(client: &Client, rule: &str, request: &Update<'_>) -> Result<()> {
    let (wanted, live) = (Shape(request.properties), Shape(&request.live.properties));
    let (Some(to), Some(from)) = (wanted.i32("Priority"), live.i32("Priority")) else { return Ok(()) };
    let Err(error) = rule_priority::set(client, &[(rule, to)]).await else { return Ok(()) };
    let Some(listener) = arn::listener_of_rule(rule).filter(|_| is_taken(&error)) else { return Err(error) };
    let rules = tagged(client, std::iter::once(listener.as_str())).await?;
    rule_priority::swap(client, request.stack, &rules, rule, (from, to), error).await
}
