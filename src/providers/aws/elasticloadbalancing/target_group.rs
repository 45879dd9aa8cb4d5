//! `AWS::ElasticLoadBalancingV2::TargetGroup`.

use std::sync::Arc;

use async_trait::async_trait;
use aws_sdk_elasticloadbalancingv2::Client;
use aws_sdk_elasticloadbalancingv2::types::{
    Matcher, ProtocolEnum, TargetGroup as Found, TargetGroupAttribute, TargetGroupIpAddressTypeEnum,
    TargetTypeEnum,
};

use super::super::error::gone_is_fine;
use super::super::identity::{Candidates, is_compared, is_ours, wanted_for};
use super::super::tags::Tags;
use super::super::{Aws, Shape, failed, missing, supported};
use super::attributes::{self, Attributes};
use super::target_group_shape::{self as shape, Extras, HEALTH_CHECK, HealthDefaults};
use super::{PAGE, SERVICE, each, tagging, targets};
use crate::model::{Identifier, Live, ResourceType, Scope};
use crate::providers::{
    Create, Delete, ErrorKind, Handler, Pending, ProviderError, Query, Readiness, Result, Update, readiness,
};

const ATTRIBUTES: &str = "TargetGroupAttributes";

const SUPPORTED: [&str; 19] = [
    "HealthCheckEnabled",
    "HealthCheckIntervalSeconds",
    "HealthCheckPath",
    "HealthCheckPort",
    "HealthCheckProtocol",
    "HealthCheckTimeoutSeconds",
    "HealthyThresholdCount",
    "IpAddressType",
    "Matcher",
    "Name",
    "Port",
    "Protocol",
    "ProtocolVersion",
    "TargetControlPort",
    ATTRIBUTES,
    "TargetType",
    targets::PROPERTY,
    "UnhealthyThresholdCount",
    "VpcId",
];

/// The handler of `AWS::ElasticLoadBalancingV2::TargetGroup`.
pub struct TargetGroup {
    aws: Arc<Aws>,
}

impl TargetGroup {
    /// A handler on a session.
    pub fn new(aws: &Arc<Aws>) -> Self {
        Self { aws: aws.clone() }
    }

    fn client(&self, scope: &Scope) -> Client {
        self.aws.client(scope, Client::new)
    }
}

#[async_trait]
impl Handler for TargetGroup {
    fn resource_type(&self) -> ResourceType {
        shape::TYPE.into()
    }

    fn service(&self) -> &'static str {
        SERVICE
    }

    fn deduplicates(&self) -> bool {
        true
    }

    async fn list(&self, query: &Query<'_>) -> Result<Vec<Live>> {
        let client = self.client(query.scope);
        let candidates = Candidates::of(query, "Name");
        let covers = |found: &Found| {
            candidates.covers(
                found.target_group_name().unwrap_or_default(),
                &[found.target_group_arn().unwrap_or_default()],
            )
        };
        let found = tagged(&client, covers).await?;
        let live = found.iter().map(|(group, tags)| {
            let name = group.target_group_name().unwrap_or_default();
            let live = shape::read(query.scope, query.stack, group, tags.clone(), &Extras::default());
            (group, live, name)
        });
        let kept = live.filter(|(_, live, name)| candidates.keeps(live, name));
        each(kept.map(|(group, live, _)| with_extras(&client, query, group, live))).await
    }

    async fn create(&self, request: &Create<'_>) -> Result<Identifier> {
        supported::only(request.properties, &SUPPORTED, "elasticloadbalancing:CreateTargetGroup")?;
        let client = self.client(request.scope);
        let arn = match make(&client, request).await {
            Err(error) if error.kind == ErrorKind::AlreadyExists => {
                first_attempt(&client, request, error).await?
            }
            made => made?,
        };
        set_attributes(&client, &arn, &attributes::read(request.properties, ATTRIBUTES)).await?;
        let named = Shape(request.properties).objects(targets::PROPERTY);
        targets::register(&client, &arn, &named).await?;
        Ok(Identifier::new(arn))
    }

    async fn update(&self, request: &Update<'_>) -> Result<()> {
        supported::only(request.properties, &SUPPORTED, "elasticloadbalancing:ModifyTargetGroup")?;
        if request.delta.touches("TargetControlPort") {
            let message = "TargetControlPort can't change in place: give the target group another Name";
            let operation = "elasticloadbalancing:ModifyTargetGroup";
            return Err(ProviderError::new(ErrorKind::Unsupported, operation, message));
        }
        let client = self.client(request.scope);
        let arn = request.live.identifier.as_str();
        if request.delta.touches_any(&HEALTH_CHECK) {
            set_health_check(&client, arn, request).await?;
        }
        if request.delta.touches(ATTRIBUTES) {
            let live = attributes::read(&request.live.properties, ATTRIBUTES);
            let desired = attributes::read(request.properties, ATTRIBUTES);
            let changes = attributes::changes(&live, &desired, &defaults(request.live));
            set_attributes(&client, arn, &changes).await?;
        }
        if request.delta.touches(targets::PROPERTY) {
            targets::update(&client, arn, request).await?;
        }
        tagging::update(&client, arn, request.delta).await
    }

    async fn delete(&self, request: &Delete<'_>) -> Result<()> {
        let arn = request.live.identifier.as_str();
        let gone = self.client(request.scope).delete_target_group().target_group_arn(arn).send().await;
        gone_is_fine(gone.map_err(failed("elasticloadbalancing:DeleteTargetGroup")))
    }

    async fn ready(&self, request: &Pending<'_>) -> Result<Vec<Readiness>> {
        let waits = |found: &Found| {
            request.items.iter().any(|item| Some(item.identifier.as_str()) == found.target_group_arn())
        };
        let found = tagged(&self.client(request.scope), waits).await?;
        let extras = Extras::default();
        let live = |(group, tags): &(Found, Tags)| {
            shape::read(request.scope, request.stack, group, tags.clone(), &extras)
        };
        Ok(readiness(request.items, found.iter().map(live).collect()))
    }
}

/// The target groups that pass `covers`, with their tags.
async fn tagged(client: &Client, covers: impl Fn(&Found) -> bool) -> Result<Vec<(Found, Tags)>> {
    let mut found: Vec<Found> = client
        .describe_target_groups()
        .page_size(PAGE)
        .into_paginator()
        .items()
        .send()
        .try_collect()
        .await
        .map_err(failed("elasticloadbalancing:DescribeTargetGroups"))?;
    found.retain(|group| covers(group));
    let arns: Vec<&str> = found.iter().filter_map(Found::target_group_arn).collect();
    let mut tags = tagging::of(client, &arns).await?;
    let with_tags = |group: Found| {
        let tags = tags.remove(group.target_group_arn()?)?;
        Some((group, tags))
    };
    Ok(found.into_iter().filter_map(with_tags).collect())
}

/// Adds what only a call for each target group tells, where a blueprint cares for it or did.
async fn with_extras(client: &Client, query: &Query<'_>, group: &Found, live: Live) -> Result<Live> {
    let arn = live.identifier.as_str();
    let name = group.target_group_name().map(|name| ("Name", name));
    let wanted = wanted_for(query, &live.tags, arn, name).map(|wanted| &wanted.properties);
    let mut extras = Extras::default();
    if is_compared(query, &live, name, ATTRIBUTES) {
        let found = describe_attributes(client, arn).await?;
        extras.attributes = attributes::shown(&found, wanted, ATTRIBUTES, &defaults(&live), &live.tags);
    }
    if is_compared(query, &live, name, targets::PROPERTY) {
        extras.targets = targets::read(client, arn).await?;
    }
    Ok(shape::read(query.scope, query.stack, group, live.tags, &extras))
}

fn defaults(live: &Live) -> attributes::Defaults {
    attributes::of_target_group(live.str("Protocol"), live.str("TargetType"))
}

async fn describe_attributes(client: &Client, arn: &str) -> Result<Attributes> {
    let answer = client.describe_target_group_attributes().target_group_arn(arn).send().await;
    let answer = answer.map_err(failed("elasticloadbalancing:DescribeTargetGroupAttributes"))?;
    let pair = |found: &TargetGroupAttribute| {
        Some((found.key()?.to_owned(), found.value().unwrap_or_default().to_owned()))
    };
    Ok(answer.attributes().iter().filter_map(pair).collect())
}

async fn make(client: &Client, request: &Create<'_>) -> Result<String> {
    let wanted = Shape(request.properties);
    let protocol = |name: &str| wanted.str(name).map(ProtocolEnum::from);
    let address_type = wanted.str("IpAddressType").map(TargetGroupIpAddressTypeEnum::from);
    let made = client
        .create_target_group()
        .set_name(wanted.text("Name"))
        .set_protocol(protocol("Protocol"))
        .set_protocol_version(wanted.text("ProtocolVersion"))
        .set_port(wanted.i32("Port"))
        .set_vpc_id(wanted.text("VpcId"))
        .set_target_type(wanted.str("TargetType").map(TargetTypeEnum::from))
        .set_ip_address_type(address_type)
        .set_target_control_port(wanted.i32("TargetControlPort"))
        .set_health_check_enabled(wanted.bool("HealthCheckEnabled"))
        .set_health_check_protocol(protocol("HealthCheckProtocol"))
        .set_health_check_port(wanted.text("HealthCheckPort"))
        .set_health_check_path(wanted.text("HealthCheckPath"))
        .set_health_check_interval_seconds(wanted.i32("HealthCheckIntervalSeconds"))
        .set_health_check_timeout_seconds(wanted.i32("HealthCheckTimeoutSeconds"))
        .set_healthy_threshold_count(wanted.i32("HealthyThresholdCount"))
        .set_unhealthy_threshold_count(wanted.i32("UnhealthyThresholdCount"))
        .set_matcher(shape::matcher(wanted))
        .set_tags(Some(tagging::sdk_tags(request.tags)))
        .send()
        .await
        .map_err(|error| failed("elasticloadbalancing:CreateTargetGroup")(error).referring())?;
    let arn = made.target_groups().first().and_then(Found::target_group_arn);
    arn.map(str::to_owned).ok_or_else(|| missing("elasticloadbalancing:CreateTargetGroup", "TargetGroupArn"))
}

/// The ARN of what an earlier attempt of this create made; the error if the name is another's.
async fn first_attempt(client: &Client, request: &Create<'_>, exists: ProviderError) -> Result<String> {
    let name = Shape(request.properties).text("Name");
    let found = tagged(client, |group| group.target_group_name() == name.as_deref()).await?;
    let ours = found.into_iter().find(|(_, tags)| is_ours(tags, request.stack, request.address));
    ours.and_then(|(group, _)| group.target_group_arn).ok_or(exists)
}

/// Writes what changes; what was taken out of the blueprint goes back to its protocol's default.
async fn set_health_check(client: &Client, arn: &str, request: &Update<'_>) -> Result<()> {
    let (wanted, live) = (Shape(request.properties), Shape(&request.live.properties));
    let check = if request.delta.touches("HealthCheckProtocol") { wanted } else { live };
    let usual = HealthDefaults::of(
        live.str("Protocol"),
        live.str("ProtocolVersion"),
        live.str("TargetType"),
        check.str("HealthCheckProtocol"),
    );
    let touched = |name: &str| request.delta.touches(name);
    let number = |name: &str, usual: i32| touched(name).then(|| wanted.i32(name).unwrap_or(usual));
    let text = |name: &str, usual: &str| {
        touched(name).then(|| wanted.text(name).unwrap_or_else(|| usual.to_owned()))
    };
    let codes = || Matcher::builder().http_code("200").build();
    let path = text("HealthCheckPath", usual.path.unwrap_or_default()).filter(|path| !path.is_empty());
    client
        .modify_target_group()
        .target_group_arn(arn)
        .set_health_check_enabled(
            touched("HealthCheckEnabled").then(|| wanted.bool("HealthCheckEnabled").unwrap_or(usual.enabled)),
        )
        .set_health_check_protocol(
            text("HealthCheckProtocol", usual.protocol).map(|text| ProtocolEnum::from(text.as_str())),
        )
        .set_health_check_port(text("HealthCheckPort", "traffic-port"))
        .set_health_check_path(path)
        .set_health_check_interval_seconds(number("HealthCheckIntervalSeconds", usual.interval))
        .set_health_check_timeout_seconds(number("HealthCheckTimeoutSeconds", usual.timeout))
        .set_healthy_threshold_count(number("HealthyThresholdCount", usual.healthy))
        .set_unhealthy_threshold_count(number("UnhealthyThresholdCount", usual.unhealthy))
        .set_matcher(touched("Matcher").then(|| shape::matcher(wanted).unwrap_or_else(codes)))
        .send()
        .await
        .map(drop)
        .map_err(failed("elasticloadbalancing:ModifyTargetGroup"))
}

async fn set_attributes(client: &Client, arn: &str, attributes: &Attributes) -> Result<()> {
    if attributes.is_empty() {
        return Ok(());
    }
    let pairs = attributes
        .iter()
        .map(|(key, value)| TargetGroupAttribute::builder().key(key).value(value).build())
        .collect();
    let set = client.modify_target_group_attributes().target_group_arn(arn).set_attributes(Some(pairs));
    set.send().await.map(drop).map_err(failed("elasticloadbalancing:ModifyTargetGroupAttributes"))
}
