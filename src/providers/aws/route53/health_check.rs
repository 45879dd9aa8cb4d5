//! `AWS::Route53::HealthCheck`.

use std::collections::HashSet;
use std::sync::Arc;

use async_trait::async_trait;
use aws_sdk_route53::Client;
use aws_sdk_route53::types::{
    AlarmIdentifier, CloudWatchRegion, HealthCheck as Found, HealthCheckConfig, HealthCheckRegion,
    HealthCheckType, InsufficientDataHealthStatus, ResettableElementName, TagResourceType,
};
use serde_json::json;

use super::super::error::{gone_is_fine, unbuilt};
use super::super::sent::Sent;
use super::super::tags::Tags;
use super::super::{Aws, Shape, Writer, failed, missing, supported, tags};
use super::{SERVICE, tagging};
use crate::model::{Identifier, Live, Ownership, PropertyPath, ResourceType, Scope, StackName, Status};
use crate::providers::{
    Create, Delete, ErrorKind, Handler, Pending, ProviderError, Query, Readiness, Result, Update, readiness,
};

const CREATE: &str = "route53:CreateHealthCheck";
const UPDATE: &str = "route53:UpdateHealthCheck";

/// The handler of `AWS::Route53::HealthCheck`.
pub struct HealthCheck {
    aws: Arc<Aws>,
    sent: Sent,
}

impl HealthCheck {
    /// A handler on a session.
    pub fn new(aws: &Arc<Aws>) -> Self {
        Self { aws: aws.clone(), sent: Sent::default() }
    }

    fn client(&self, scope: &Scope) -> Client {
        self.aws.client(scope, Client::new)
    }

    /// Those of these ids, and those that the stack owns, with their tags.
    async fn read(&self, scope: &Scope, stack: &StackName, ids: &HashSet<&str>) -> Result<Vec<Live>> {
        let client = self.client(scope);
        let found = all(&client).await?;
        let all_ids = found.iter().map(|check| check.id().to_owned()).collect();
        let mut tags = tagging::read(&client, &TagResourceType::Healthcheck, all_ids).await?;
        let lives =
            found.iter().map(|check| live(scope, stack, check, tags.remove(check.id()).unwrap_or_default()));
        Ok(lives
            .filter(|live| live.ownership != Ownership::Foreign || ids.contains(live.identifier.as_str()))
            .collect())
    }
}

#[async_trait]
impl Handler for HealthCheck {
    fn resource_type(&self) -> ResourceType {
        "AWS::Route53::HealthCheck".into()
    }

    fn service(&self) -> &'static str {
        SERVICE
    }

    /// By the caller reference.
    fn deduplicates(&self) -> bool {
        true
    }

    async fn list(&self, query: &Query<'_>) -> Result<Vec<Live>> {
        let adopted = query.wanted.iter().filter_map(|w| w.adopt.as_ref()).map(Identifier::as_str).collect();
        self.read(query.scope, query.stack, &adopted).await
    }

    async fn create(&self, request: &Create<'_>) -> Result<Identifier> {
        supported::only(request.properties, &["HealthCheckConfig"], CREATE)?;
        let client = self.client(request.scope);
        let reference = request.token.as_str();
        let repeated = self.sent.is_repeated(reference);
        let first = if repeated { by_reference(&client, reference).await? } else { None };
        let id = match first {
            Some(id) => id,
            None => create(&client, reference, write(config(request.properties))?).await?,
        };
        let undo = delete(&client, &id);
        tagging::write_or(&client, &TagResourceType::Healthcheck, &id, request.tags, undo).await?;
        Ok(Identifier::new(id))
    }

    async fn update(&self, request: &Update<'_>) -> Result<()> {
        supported::only(request.properties, &["HealthCheckConfig"], UPDATE)?;
        let client = self.client(request.scope);
        let id = request.live.identifier.as_str();
        if request.delta.touches("HealthCheckConfig") {
            update(&client, id, request).await?;
        }
        tagging::update(&client, &TagResourceType::Healthcheck, id, request.delta).await
    }

    async fn delete(&self, request: &Delete<'_>) -> Result<()> {
        let client = self.client(request.scope);
        delete(&client, request.live.identifier.as_str()).await
    }

    async fn ready(&self, request: &Pending<'_>) -> Result<Vec<Readiness>> {
        let waited = request.items.iter().map(|item| item.identifier.as_str()).collect();
        let found = self.read(request.scope, request.stack, &waited).await?;
        Ok(readiness(request.items, found))
    }
}

async fn create(client: &Client, reference: &str, config: HealthCheckConfig) -> Result<String> {
    let call = client.create_health_check().caller_reference(reference).health_check_config(config);
    match call.send().await.map_err(failed(CREATE)) {
        Ok(made) => Ok(made.health_check.ok_or_else(|| missing(CREATE, "HealthCheck"))?.id),
        // Same reference, other settings: the first attempt's, which the next plan will bring up to date.
        Err(error) if error.kind == ErrorKind::AlreadyExists => {
            by_reference(client, reference).await?.ok_or(error)
        }
        Err(error) => Err(error.referring()),
    }
}

async fn delete(client: &Client, id: &str) -> Result<()> {
    let gone = client.delete_health_check().health_check_id(id).send().await;
    gone_is_fine(gone.map_err(failed("route53:DeleteHealthCheck")))
}

/// The health check that was made with this caller reference.
async fn by_reference(client: &Client, reference: &str) -> Result<Option<String>> {
    let found = all(client).await?;
    Ok(found.into_iter().find(|check| check.caller_reference() == reference).map(|check| check.id))
}

async fn all(client: &Client) -> Result<Vec<Found>> {
    let mut pages = client.list_health_checks().into_paginator().send();
    let mut checks = Vec::new();
    while let Some(page) = pages.next().await {
        checks.extend(page.map_err(failed("route53:ListHealthChecks"))?.health_checks);
    }
    Ok(checks)
}

fn live(scope: &Scope, stack: &StackName, check: &Found, tags: Tags) -> Live {
    Live {
        resource_type: "AWS::Route53::HealthCheck".into(),
        scope: scope.clone(),
        identifier: Identifier::new(check.id()),
        properties: Writer::new()
            .set("HealthCheckId", check.id())
            .nest("HealthCheckConfig", check.health_check_config().map_or_else(Writer::new, shape))
            .build(),
        ownership: tags::ownership(&tags, stack),
        tags,
        status: Status::Ready,
    }
}

fn config(properties: &crate::model::JsonMap) -> Shape<'_> {
    Shape(properties).object("HealthCheckConfig").unwrap_or(Shape(properties))
}

fn shape(config: &HealthCheckConfig) -> Writer {
    let text = |value: Option<&str>| value.filter(|text| !text.is_empty()).map(str::to_owned);
    let alarm = config
        .alarm_identifier()
        .map(|alarm| json!({"Name": alarm.name(), "Region": alarm.region().as_str()}));
    Writer::new()
        .set("Type", config.r#type().as_str())
        .put("IPAddress", text(config.ip_address()))
        .put("Port", config.port())
        .put("ResourcePath", text(config.resource_path()))
        .put("FullyQualifiedDomainName", text(config.fully_qualified_domain_name()))
        .put("SearchString", text(config.search_string()))
        .put("RequestInterval", config.request_interval())
        .put("FailureThreshold", config.failure_threshold())
        .put("MeasureLatency", config.measure_latency())
        .put("Inverted", config.inverted())
        .put("EnableSNI", config.enable_sni())
        .put("HealthThreshold", config.health_threshold())
        .list("ChildHealthChecks", config.child_health_checks().iter().map(String::as_str))
        .list("Regions", config.regions().iter().map(HealthCheckRegion::as_str))
        .put("AlarmIdentifier", alarm)
        .put(
            "InsufficientDataHealthStatus",
            config.insufficient_data_health_status().map(InsufficientDataHealthStatus::as_str),
        )
        .put("RoutingControlArn", text(config.routing_control_arn()))
}

fn write(wanted: Shape<'_>) -> Result<HealthCheckConfig> {
    HealthCheckConfig::builder()
        .set_type(wanted.str("Type").map(HealthCheckType::from))
        .set_ip_address(wanted.text("IPAddress"))
        .set_port(wanted.i32("Port"))
        .set_resource_path(wanted.text("ResourcePath"))
        .set_fully_qualified_domain_name(wanted.text("FullyQualifiedDomainName"))
        .set_search_string(wanted.text("SearchString"))
        .set_request_interval(wanted.i32("RequestInterval"))
        .set_failure_threshold(wanted.i32("FailureThreshold"))
        .set_measure_latency(wanted.bool("MeasureLatency"))
        .set_inverted(wanted.bool("Inverted"))
        .set_enable_sni(wanted.bool("EnableSNI"))
        .set_health_threshold(wanted.i32("HealthThreshold"))
        .set_child_health_checks(wanted.strings_if_set("ChildHealthChecks"))
        .set_regions(regions(wanted))
        .set_alarm_identifier(alarm(wanted)?)
        .set_insufficient_data_health_status(insufficient(wanted))
        .set_routing_control_arn(wanted.text("RoutingControlArn"))
        .build()
        .map_err(unbuilt(CREATE))
}

fn regions(wanted: Shape<'_>) -> Option<Vec<HealthCheckRegion>> {
    let regions = wanted.strings_if_set("Regions")?;
    Some(regions.iter().map(|region| HealthCheckRegion::from(region.as_str())).collect())
}

fn insufficient(wanted: Shape<'_>) -> Option<InsufficientDataHealthStatus> {
    wanted.str("InsufficientDataHealthStatus").map(InsufficientDataHealthStatus::from)
}

fn alarm(wanted: Shape<'_>) -> Result<Option<AlarmIdentifier>> {
    let Some(alarm) = wanted.object("AlarmIdentifier") else { return Ok(None) };
    AlarmIdentifier::builder()
        .set_name(alarm.text("Name"))
        .set_region(alarm.str("Region").map(CloudWatchRegion::from))
        .build()
        .map(Some)
        .map_err(unbuilt(UPDATE))
}

/// `UpdateHealthCheck` keeps what it is not given; a few elements can be reset by name, the flags go to their
/// documented defaults.
async fn update(client: &Client, id: &str, request: &Update<'_>) -> Result<()> {
    let wanted = config(request.properties);
    let removed = |name: &str| {
        let path = PropertyPath::root().property("HealthCheckConfig").property(name);
        request.delta.removed.iter().any(|removed| removed.as_str().starts_with(path.as_str()))
    };
    let flag = |name: &str, default: bool| wanted.bool(name).or_else(|| removed(name).then_some(default));
    let resets = [
        ("ChildHealthChecks", ResettableElementName::ChildHealthChecks),
        ("FullyQualifiedDomainName", ResettableElementName::FullyQualifiedDomainName),
        ("Regions", ResettableElementName::Regions),
        ("ResourcePath", ResettableElementName::ResourcePath),
    ];
    let resets: Vec<_> =
        resets.into_iter().filter(|(name, _)| removed(name)).map(|(_, element)| element).collect();
    client
        .update_health_check()
        .health_check_id(id)
        .set_ip_address(wanted.text("IPAddress"))
        .set_port(wanted.i32("Port"))
        .set_resource_path(wanted.text("ResourcePath"))
        .set_fully_qualified_domain_name(wanted.text("FullyQualifiedDomainName"))
        .set_search_string(wanted.text("SearchString"))
        .set_failure_threshold(
            wanted.i32("FailureThreshold").or_else(|| removed("FailureThreshold").then_some(3)),
        )
        .set_inverted(flag("Inverted", false))
        .set_enable_sni(flag("EnableSNI", true))
        .set_health_threshold(wanted.i32("HealthThreshold"))
        .set_child_health_checks(wanted.strings_if_set("ChildHealthChecks"))
        .set_regions(regions(wanted))
        .set_alarm_identifier(alarm(wanted)?)
        .set_insufficient_data_health_status(insufficient(wanted))
        .set_reset_elements((!resets.is_empty()).then_some(resets))
        .send()
        .await
        .map(drop)
        .map_err(failed(UPDATE))
        .map_err(ProviderError::referring)
}

#[cfg(test)]
mod tests {
    use super::super::super::fake::{self, Answer};
    use super::*;
    use crate::model::Json;

    #[test]
    fn what_is_written_is_read_back() {
        for config in [
            json!({"Type": "HTTPS", "Port": 443, "ResourcePath": "/health",
                "FullyQualifiedDomainName": "eu.example.com", "RequestInterval": 10, "FailureThreshold": 3,
                "EnableSNI": true, "Regions": ["eu-west-1", "us-east-1", "us-west-2"]}),
            json!({"Type": "CALCULATED", "Inverted": false, "HealthThreshold": 1, "ChildHealthChecks": ["a", "b"]}),
            json!({"Type": "CLOUDWATCH_METRIC", "AlarmIdentifier": {"Name": "errors", "Region": "eu-west-1"},
                "InsufficientDataHealthStatus": "Healthy"}),
        ] {
            let map = config.as_object().unwrap();
            assert_eq!(Json::from(shape(&write(Shape(map)).unwrap())), config);
        }
    }

    #[tokio::test]
    async fn one_whose_tags_are_refused_does_not_stay() {
        const MADE: &str = "<CreateHealthCheckResponse><HealthCheck><Id>hc-1</Id><CallerReference>token</CallerReference>\
            <HealthCheckConfig><Type>HTTP</Type></HealthCheckConfig><HealthCheckVersion>1</HealthCheckVersion>\
            </HealthCheck></CreateHealthCheckResponse>";
        let (aws, calls) = fake::session(|call| {
            if call.line.contains("/tags/") {
                Answer::error("AccessDenied", "no")
            } else {
                Answer::xml(200, MADE)
            }
        });
        let wanted = json!({"HealthCheckConfig": {"Type": "HTTP"}});
        let refused = fake::create(&HealthCheck::new(&aws), &wanted).await.unwrap_err();
        assert_eq!(refused.kind, ErrorKind::Denied);
        assert_eq!(refused.message, "no (hc-1, just made, was deleted again)");
        let last = calls.lock().unwrap().last().unwrap().line.clone();
        assert_eq!(last, "DELETE /2013-04-01/healthcheck/hc-1");
    }
}
