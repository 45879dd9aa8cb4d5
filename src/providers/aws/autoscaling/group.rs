//! `AWS::AutoScaling::AutoScalingGroup`.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;

use async_trait::async_trait;
use aws_sdk_autoscaling::Client;
use aws_sdk_autoscaling::types::{AutoScalingGroup as Found, Filter};
use futures::future::try_join_all;

use super::super::error::gone_is_fine;
use super::super::identity::{Candidates, is_compared, is_ours, wanted_for, was_set};
use super::super::{Aws, Shape, Writer, failed, supported};
use super::group_settings::{self as settings, IN_PLACE};
use super::refresh::{self, Refreshes};
use super::{PAGE, SERVICE, absent, attachments, extras, group_shape as shape, progress, tagging};
use crate::model::{Identifier, Json, Lifecycle, Live, ResourceType, Scope, Status, TAG_STACK};
use crate::providers::{
    Create, Delete, ErrorKind, Handler, Pending, ProviderError, Query, Readiness, Result, Update, readiness,
};

const NAME: &str = "AutoScalingGroupName";
const CAPACITY: &str = "DesiredCapacity";

/// The most names that one describe call takes.
const NAMES: usize = 50;

/// What a create takes beside [`IN_PLACE`].
const BESIDE: [&str; 9] = [
    NAME,
    "InstanceId",
    extras::HOOKS,
    "LoadBalancerNames",
    extras::METRICS,
    extras::NOTIFICATIONS[0],
    extras::NOTIFICATIONS[1],
    "TargetGroupARNs",
    "TrafficSources",
];

/// The handler of `AWS::AutoScaling::AutoScalingGroup`.
pub struct AutoScalingGroup {
    aws: Arc<Aws>,
    refreshes: Refreshes,
}

impl AutoScalingGroup {
    /// A handler on a session.
    pub fn new(aws: &Arc<Aws>) -> Self {
        Self { aws: aws.clone(), refreshes: Refreshes::default() }
    }

    fn client(&self, scope: &Scope) -> Client {
        self.aws.client(scope, Client::new)
    }
}

#[async_trait]
impl Handler for AutoScalingGroup {
    fn resource_type(&self) -> ResourceType {
        shape::TYPE.into()
    }

    fn service(&self) -> &'static str {
        SERVICE
    }

    fn deduplicates(&self) -> bool {
        true
    }

    fn stillness(&self, lifecycle: &Lifecycle) -> Duration {
        refresh::stillness(lifecycle)
    }

    async fn list(&self, query: &Query<'_>) -> Result<Vec<Live>> {
        let client = self.client(query.scope);
        let mut found = owned(&client, query).await?;
        let known: Vec<_> = found.iter().filter_map(Found::auto_scaling_group_name).collect();
        let names: Vec<String> =
            wanted_names(query).filter(|name| !known.contains(name)).map(str::to_owned).collect();
        found.extend(named(&client, &names).await?);
        let candidates = Candidates::of(query, NAME);
        let mut groups = Vec::new();
        for group in &found {
            let live = shape::read(query.scope, query.stack, group);
            if candidates.keeps(&live, live.identifier.as_str()) {
                groups.push(trimmed(query, group, live));
            }
        }
        with_extras(&client, query, groups).await
    }

    async fn create(&self, request: &Create<'_>) -> Result<Identifier> {
        only_supported(request.properties, "autoscaling:CreateAutoScalingGroup")?;
        let client = self.client(request.scope);
        let wanted = Shape(request.properties);
        let name = wanted.text(NAME).ok_or_else(|| {
            let message = "an Auto Scaling group needs an AutoScalingGroupName";
            ProviderError::new(ErrorKind::Invalid, "autoscaling:CreateAutoScalingGroup", message)
        })?;
        match settings::create(&client, request, &name).await {
            Err(error) if error.kind == ErrorKind::AlreadyExists => {
                is_first_attempt(&client, request, &name, error).await?;
            }
            made => made?,
        }
        extras::enable_metrics(&client, &name, wanted).await?;
        extras::notify(&client, &name, request.properties).await?;
        Ok(Identifier::new(name))
    }

    async fn update(&self, request: &Update<'_>) -> Result<()> {
        only_supported(request.properties, "autoscaling:UpdateAutoScalingGroup")?;
        settings::refuse_removal(request)?;
        let client = self.client(request.scope);
        let group = request.live.identifier.as_str();
        let roll = refresh::wanted(request)?;
        let rolled: &[&str] = if roll.is_some() { &refresh::CARRIED } else { &[] };
        let at_once: Vec<&str> = IN_PLACE.into_iter().filter(|name| !rolled.contains(name)).collect();
        if request.delta.touches_any(&at_once) {
            settings::update(&client, request, rolled).await?;
        }
        attachments::update(&client, request, group).await?;
        if request.delta.touches(extras::METRICS) {
            extras::update_metrics(&client, group, request).await?;
        }
        if request.delta.touches_any(&extras::NOTIFICATIONS) {
            extras::update_notifications(&client, group, request).await?;
        }
        if request.delta.touches(extras::HOOKS) {
            extras::update_hooks(&client, group, request).await?;
        }
        if let Some(preferences) = roll {
            refresh::start(&client, &self.refreshes, request, preferences).await?;
        }
        // Last, for the ownership record is among them: it says what has been done.
        tagging::update(&client, group, request.delta).await
    }

    async fn delete(&self, request: &Delete<'_>) -> Result<()> {
        let call = self.client(request.scope).delete_auto_scaling_group();
        let gone = call.auto_scaling_group_name(request.live.identifier.as_str()).force_delete(true).send();
        gone_is_fine(gone.await.map_err(|error| absent(failed("autoscaling:DeleteAutoScalingGroup")(error))))
    }

    async fn ready(&self, request: &Pending<'_>) -> Result<Vec<Readiness>> {
        let client = self.client(request.scope);
        let names: Vec<String> = request.items.iter().map(|item| item.identifier.to_string()).collect();
        let found = named(&client, &names).await?;
        let live = found.iter().map(|group| async {
            let mut live = shape::read(request.scope, request.stack, group);
            let leaves = request.items.iter().any(|item| item.deleting && item.identifier == live.identifier);
            if live.status == Status::Ready && !leaves {
                live.status = progress::of(&client, &self.refreshes, request.scope, group).await?;
            }
            Ok::<_, ProviderError>(live)
        });
        Ok(readiness(request.items, try_join_all(live).await?))
    }
}

fn only_supported(properties: &crate::model::JsonMap, operation: &'static str) -> Result<()> {
    let supported: Vec<&str> = IN_PLACE.into_iter().chain(BESIDE).collect();
    supported::only(properties, &supported, operation)
}

/// The groups with the stack's tag.
async fn owned(client: &Client, query: &Query<'_>) -> Result<Vec<Found>> {
    let filter = Filter::builder().name(format!("tag:{TAG_STACK}")).values(query.stack.as_str()).build();
    let pages = client.describe_auto_scaling_groups().filters(filter).max_records(PAGE).into_paginator();
    let found = pages.items().send().try_collect().await;
    found.map_err(failed("autoscaling:DescribeAutoScalingGroups"))
}

/// The groups of these names, those that exist.
async fn named(client: &Client, names: &[String]) -> Result<Vec<Found>> {
    let batches = names.chunks(NAMES).map(|batch| async move {
        let call = client.describe_auto_scaling_groups().set_auto_scaling_group_names(Some(batch.to_vec()));
        let found: std::result::Result<Vec<Found>, _> =
            call.max_records(PAGE).into_paginator().items().send().try_collect().await;
        found.map_err(failed("autoscaling:DescribeAutoScalingGroups"))
    });
    Ok(try_join_all(batches).await?.concat())
}

fn wanted_names<'a>(query: &Query<'a>) -> impl Iterator<Item = &'a str> {
    let named = query.wanted.iter().filter_map(|w| w.properties.get(NAME)?.as_str());
    let adopted = query.wanted.iter().filter_map(|w| w.adopt.as_ref()).map(Identifier::as_str);
    named.chain(adopted)
}

/// Leaves out the desired capacity where no blueprint sets it: it is the scaling policies' and moves between a plan and its
/// apply. Of what an answer that is not whole leaves out it says that it can't tell.
fn trimmed(query: &Query<'_>, group: &Found, mut live: Live) -> Live {
    let name = live.identifier.to_string();
    if !is_compared(query, &live, Some((NAME, &name)), CAPACITY) {
        live.properties.remove(CAPACITY);
    }
    if shape::is_partial(group) {
        for property in BESIDE.into_iter().chain(IN_PLACE) {
            if !live.properties.contains_key(property) && was_set(&live.tags, property) {
                live.properties.insert(property.to_owned(), Json::Null);
            }
        }
    }
    live
}

/// Adds notifications (one call) and hooks (one call a group), where they are compared.
async fn with_extras(client: &Client, query: &Query<'_>, mut groups: Vec<Live>) -> Result<Vec<Live>> {
    let compares = |live: &Live, property: &str| {
        is_compared(query, live, Some((NAME, live.identifier.as_str())), property)
    };
    let notified: Vec<String> = groups
        .iter()
        .filter(|live| extras::NOTIFICATIONS.iter().any(|property| compares(live, property)))
        .map(|live| live.identifier.to_string())
        .collect();
    let mut notifications = match notified.as_slice() {
        [] => BTreeMap::new(),
        groups => extras::read_notifications(client, groups).await?,
    };
    for live in &mut groups {
        if compares(live, extras::HOOKS) {
            let hooks = extras::read_hooks(client, live.identifier.as_str()).await?;
            insert(live, extras::HOOKS, hooks.into_iter().map(Json::from).collect());
        }
        let topics = notifications.remove(live.identifier.as_str()).unwrap_or_default();
        let name = live.identifier.as_str();
        let wanted = wanted_for(query, &live.tags, name, Some((NAME, name)));
        let found = extras::configurations(topics, wanted.map(|wanted| &wanted.properties));
        let property = extras::NOTIFICATIONS.into_iter().find(|property| compares(live, property));
        match property {
            Some(property) if property == extras::NOTIFICATIONS[1] => {
                let one = found.into_iter().next().map(Writer::build);
                live.properties.extend(one.map(|one| (property.to_owned(), Json::Object(one))));
            }
            Some(property) => insert(live, property, found.into_iter().map(Json::from).collect()),
            None => {}
        }
    }
    Ok(groups)
}

fn insert(live: &mut Live, property: &str, list: Vec<Json>) {
    if !list.is_empty() {
        live.properties.insert(property.to_owned(), Json::Array(list));
    }
}

/// Passes if the group that is there is what an earlier attempt of this create made.
async fn is_first_attempt(
    client: &Client,
    request: &Create<'_>,
    name: &str,
    exists: ProviderError,
) -> Result<()> {
    let found = named(client, &[name.to_owned()]).await?;
    let ours = |group: &Found| is_ours(&tagging::read(group.tags()), request.stack, request.address);
    if found.iter().any(ours) { Ok(()) } else { Err(exists) }
}
