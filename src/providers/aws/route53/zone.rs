//! `AWS::Route53::HostedZone`.

use std::collections::HashMap;
use std::sync::Arc;

use async_trait::async_trait;
use aws_sdk_route53::Client;
use aws_sdk_route53::operation::get_hosted_zone::GetHostedZoneOutput;
use aws_sdk_route53::types::{HostedZone as Found, HostedZoneConfig, TagResourceType, Vpc, VpcRegion};
use futures::future::try_join_all;
use serde_json::json;

use super::super::error::gone_is_fine;
use super::super::identity::is_compared;
use super::super::sent::Sent;
use super::super::tags::Tags;
use super::super::{Aws, Shape, Writer, failed, missing, supported, tags};
use super::{SERVICE, name, tagging, zone_delete};
use crate::model::{Identifier, Live, Ownership, ResourceType, Scope, StackName, Status};
use crate::providers::{
    Create, Delete, ErrorKind, Handler, Pending, ProviderError, Query, Readiness, Result, Update, readiness,
};

const LOGGING: &str = "QueryLoggingConfig";
const SUPPORTED: [&str; 6] =
    ["Name", "HostedZoneConfig", "HostedZoneFeatures", "VPCs", LOGGING, "DelegationSetId"];

/// The handler of `AWS::Route53::HostedZone`.
pub struct HostedZone {
    aws: Arc<Aws>,
    sent: Sent,
}

impl HostedZone {
    /// A handler on a session.
    pub fn new(aws: &Arc<Aws>) -> Self {
        Self { aws: aws.clone(), sent: Sent::default() }
    }

    fn client(&self, scope: &Scope) -> Client {
        self.aws.client(scope, Client::new)
    }
}

#[async_trait]
impl Handler for HostedZone {
    fn resource_type(&self) -> ResourceType {
        "AWS::Route53::HostedZone".into()
    }

    fn service(&self) -> &'static str {
        SERVICE
    }

    /// By the caller reference.
    fn deduplicates(&self) -> bool {
        true
    }

    async fn list(&self, query: &Query<'_>) -> Result<Vec<Live>> {
        let client = self.client(query.scope);
        let zones = all(&client).await?;
        let ids = zones.iter().map(|zone| name::id(zone.id()).to_owned()).collect();
        let mut tags = tagging::read(&client, &TagResourceType::Hostedzone, ids).await?;
        let found: Vec<(Found, Tags)> = zones
            .into_iter()
            .map(|zone| {
                let tags = tags.remove(name::id(zone.id())).unwrap_or_default();
                (zone, tags)
            })
            .filter(|(zone, tags)| {
                tags::ownership(tags, query.stack) != Ownership::Foreign || is_wanted(query, zone)
            })
            .collect();
        if found.is_empty() {
            return Ok(Vec::new());
        }
        let mut lives = try_join_all(found.into_iter().map(|(zone, tags)| {
            let written = written_name(query, &zone);
            read(&client, query.scope, query.stack, zone, tags, written)
        }))
        .await?;
        if lives.iter().any(|live| is_compared(query, live, None, LOGGING)) {
            add_query_logging(&client, &mut lives).await?;
        }
        Ok(lives)
    }

    async fn create(&self, request: &Create<'_>) -> Result<Identifier> {
        supported::only(request.properties, &SUPPORTED, "route53:CreateHostedZone")?;
        let wanted = Shape(request.properties);
        let client = self.client(request.scope);
        let repeated = self.sent.is_repeated(request.token.as_str());
        let first = if repeated { by_reference(&client, request.token.as_str()).await? } else { None };
        let id = match first {
            Some(id) => id,
            None => create(&client, request, wanted).await?,
        };
        let undo = zone_delete::bare(&client, &id);
        tagging::write_or(&client, &TagResourceType::Hostedzone, &id, request.tags, undo).await?;
        for vpc in wanted.objects("VPCs").into_iter().skip(1) {
            associate(&client, &id, vpc).await?;
        }
        if let Some(logging) = wanted.object(LOGGING) {
            log_queries(&client, &id, logging).await?;
        }
        if accelerated(wanted) {
            accelerate(&client, &id, true).await?;
        }
        Ok(Identifier::new(id))
    }

    async fn update(&self, request: &Update<'_>) -> Result<()> {
        supported::only(request.properties, &SUPPORTED, "route53:UpdateHostedZone")?;
        let wanted = Shape(request.properties);
        let client = self.client(request.scope);
        let id = request.live.identifier.as_str();
        if request.delta.touches("HostedZoneConfig") {
            let comment = wanted.object("HostedZoneConfig").and_then(|config| config.text("Comment"));
            let call = client.update_hosted_zone_comment().id(id).set_comment(comment);
            call.send().await.map_err(failed("route53:UpdateHostedZoneComment"))?;
        }
        if request.delta.touches("VPCs") {
            update_vpcs(&client, id, Shape(&request.live.properties), wanted).await?;
        }
        if request.delta.touches(LOGGING) {
            stop_logging(&client, id).await?;
            if let Some(logging) = wanted.object(LOGGING) {
                log_queries(&client, id, logging).await?;
            }
        }
        if request.delta.touches("HostedZoneFeatures") {
            accelerate(&client, id, accelerated(wanted)).await?;
        }
        tagging::update(&client, &TagResourceType::Hostedzone, id, request.delta).await
    }

    async fn delete(&self, request: &Delete<'_>) -> Result<()> {
        let client = self.client(request.scope);
        zone_delete::delete(&client, request.live.identifier.as_str()).await
    }

    async fn ready(&self, request: &Pending<'_>) -> Result<Vec<Readiness>> {
        let client = self.client(request.scope);
        let zones = all(&client).await?;
        let waited: HashMap<&str, _> =
            request.items.iter().map(|item| (item.identifier.as_str(), item)).collect();
        let zones: Vec<Found> =
            zones.into_iter().filter(|zone| waited.contains_key(name::id(zone.id()))).collect();
        let ids = zones.iter().map(|zone| name::id(zone.id()).to_owned()).collect();
        let mut tags = tagging::read(&client, &TagResourceType::Hostedzone, ids).await?;
        let found = try_join_all(zones.into_iter().map(|zone| {
            let id = name::id(zone.id());
            let written = waited.get(id).and_then(|item| Shape(&item.properties).text("Name"));
            let tags = tags.remove(id).unwrap_or_default();
            read(&client, request.scope, request.stack, zone, tags, written)
        }))
        .await?;
        Ok(readiness(request.items, found))
    }
}

async fn all(client: &Client) -> Result<Vec<Found>> {
    let mut pages = client.list_hosted_zones().into_paginator().send();
    let mut zones = Vec::new();
    while let Some(page) = pages.next().await {
        zones.extend(page.map_err(failed("route53:ListHostedZones"))?.hosted_zones);
    }
    Ok(zones)
}

/// Adopted, or of the name of something wanted: a lookup finds a zone so.
fn is_wanted(query: &Query<'_>, zone: &Found) -> bool {
    let id = name::id(zone.id());
    query.wanted.iter().any(|wanted| wanted.adopt.as_ref().is_some_and(|adopt| adopt.as_str() == id))
        || written_name(query, zone).is_some()
}

/// The zone's name as a blueprint spells it, with or without the last dot.
fn written_name(query: &Query<'_>, zone: &Found) -> Option<String> {
    let names = query.wanted.iter().filter_map(|wanted| Shape(&wanted.properties).text("Name"));
    names.into_iter().find(|written| name::is_same(written, zone.name()))
}

/// The log groups of all zones in one paged call.
async fn add_query_logging(client: &Client, zones: &mut [Live]) -> Result<()> {
    let mut pages = client.list_query_logging_configs().into_paginator().send();
    while let Some(page) = pages.next().await {
        let page = page.map_err(failed("route53:ListQueryLoggingConfigs"))?;
        for config in page.query_logging_configs {
            let id = name::id(&config.hosted_zone_id);
            if let Some(zone) = zones.iter_mut().find(|zone| zone.identifier.as_str() == id) {
                let group = json!({"CloudWatchLogsLogGroupArn": config.cloud_watch_logs_log_group_arn});
                zone.properties.insert(LOGGING.to_owned(), group);
            }
        }
    }
    Ok(())
}

/// Name servers and networks are told by `GetHostedZone` alone; a stack has few zones.
async fn read(
    client: &Client,
    scope: &Scope,
    stack: &StackName,
    zone: Found,
    tags: Tags,
    written: Option<String>,
) -> Result<Live> {
    let id = name::id(zone.id()).to_owned();
    let details = client.get_hosted_zone().id(&id).send().await.map_err(failed("route53:GetHostedZone"))?;
    let ownership = tags::ownership(&tags, stack);
    let name = written.unwrap_or_else(|| name::normal(zone.name()));
    let mut properties = shape(&id, &name, &zone, &details);
    if ownership == Ownership::Foreign {
        // Tells a lookup the public zone of a name from the private one.
        properties = properties.set("PrivateZone", is_private(&zone));
    }
    Ok(Live {
        resource_type: "AWS::Route53::HostedZone".into(),
        scope: scope.clone(),
        identifier: Identifier::new(&id),
        properties: properties.build(),
        tags,
        ownership,
        status: Status::Ready,
    })
}

fn is_private(zone: &Found) -> bool {
    zone.config().is_some_and(HostedZoneConfig::private_zone)
}

fn shape(id: &str, name: &str, zone: &Found, details: &GetHostedZoneOutput) -> Writer {
    let comment = zone.config().and_then(HostedZoneConfig::comment).filter(|text| !text.is_empty());
    let accelerated = zone
        .features()
        .and_then(|features| features.accelerated_recovery_status())
        .map(|status| status.as_str().starts_with("ENABL"));
    let vpcs = details
        .vpcs()
        .iter()
        .map(|vpc| json!({"VPCId": vpc.vpc_id(), "VPCRegion": vpc.vpc_region().map(VpcRegion::as_str)}));
    let delegation = details.delegation_set();
    Writer::new()
        .set("Id", id)
        .set("Name", name)
        .nest("HostedZoneConfig", Writer::new().put("Comment", comment))
        .nest("HostedZoneFeatures", Writer::new().put("EnableAcceleratedRecovery", accelerated))
        .list("VPCs", vpcs)
        .list("NameServers", delegation.iter().flat_map(|set| set.name_servers().iter().map(String::as_str)))
        .put("DelegationSetId", delegation.and_then(|set| set.id()).map(name::id))
}

async fn create(client: &Client, request: &Create<'_>, wanted: Shape<'_>) -> Result<String> {
    let vpcs = wanted.objects("VPCs");
    let comment = wanted.object("HostedZoneConfig").and_then(|config| config.text("Comment"));
    let config = HostedZoneConfig::builder().set_comment(comment).private_zone(!vpcs.is_empty()).build();
    let made = client
        .create_hosted_zone()
        .set_name(wanted.text("Name"))
        .caller_reference(request.token.as_str())
        .hosted_zone_config(config)
        .set_vpc(vpcs.first().map(|first| vpc(*first)))
        .set_delegation_set_id(wanted.text("DelegationSetId"))
        .send()
        .await
        .map_err(failed("route53:CreateHostedZone"));
    match made {
        Ok(made) => {
            let zone = made.hosted_zone().ok_or_else(|| missing("route53:CreateHostedZone", "HostedZone"))?;
            Ok(name::id(zone.id()).to_owned())
        }
        // The reference is ours alone: this is our own first attempt, whose tags may not be written yet.
        Err(error) if error.kind == ErrorKind::AlreadyExists => {
            by_reference(client, request.token.as_str()).await?.ok_or(error)
        }
        Err(error) => Err(error.referring()),
    }
}

/// The zone that was made with this caller reference.
async fn by_reference(client: &Client, reference: &str) -> Result<Option<String>> {
    let zones = all(client).await?;
    let first = zones.iter().find(|zone| zone.caller_reference() == reference);
    Ok(first.map(|zone| name::id(zone.id()).to_owned()))
}

fn vpc(shape: Shape<'_>) -> Vpc {
    Vpc::builder()
        .set_vpc_id(shape.text("VPCId"))
        .set_vpc_region(shape.str("VPCRegion").map(VpcRegion::from))
        .build()
}

/// A network that is associated already is a success.
async fn associate(client: &Client, id: &str, shape: Shape<'_>) -> Result<()> {
    let call = client.associate_vpc_with_hosted_zone().hosted_zone_id(id).vpc(vpc(shape));
    match call.send().await.map_err(failed("route53:AssociateVPCWithHostedZone")) {
        Err(error) if error.code == "ConflictingDomainExists" || error.kind == ErrorKind::AlreadyExists => {
            Ok(())
        }
        other => other.map(drop).map_err(ProviderError::referring),
    }
}

/// Associates first: a private zone keeps at least one network.
async fn update_vpcs(client: &Client, id: &str, live: Shape<'_>, wanted: Shape<'_>) -> Result<()> {
    let key = |vpc: &Shape<'_>| (vpc.text("VPCId"), vpc.text("VPCRegion"));
    let (before, after) = (live.objects("VPCs"), wanted.objects("VPCs"));
    for vpc in after.iter().filter(|vpc| !before.iter().any(|old| key(old) == key(vpc))) {
        associate(client, id, *vpc).await?;
    }
    for old in before.iter().filter(|old| !after.iter().any(|vpc| key(old) == key(vpc))) {
        let call = client.disassociate_vpc_from_hosted_zone().hosted_zone_id(id).vpc(vpc(*old));
        gone_is_fine(call.send().await.map_err(failed("route53:DisassociateVPCFromHostedZone")))?;
    }
    Ok(())
}

async fn log_queries(client: &Client, id: &str, logging: Shape<'_>) -> Result<()> {
    let call = client
        .create_query_logging_config()
        .hosted_zone_id(id)
        .set_cloud_watch_logs_log_group_arn(logging.text("CloudWatchLogsLogGroupArn"));
    match call.send().await.map_err(failed("route53:CreateQueryLoggingConfig")) {
        Err(error) if error.kind == ErrorKind::AlreadyExists => Ok(()),
        other => other.map(drop).map_err(ProviderError::referring),
    }
}

async fn stop_logging(client: &Client, id: &str) -> Result<()> {
    let found = client
        .list_query_logging_configs()
        .hosted_zone_id(id)
        .send()
        .await
        .map_err(failed("route53:ListQueryLoggingConfigs"))?;
    for config in found.query_logging_configs() {
        let call = client.delete_query_logging_config().id(config.id());
        gone_is_fine(call.send().await.map_err(failed("route53:DeleteQueryLoggingConfig")))?;
    }
    Ok(())
}

fn accelerated(wanted: Shape<'_>) -> bool {
    wanted.object("HostedZoneFeatures").and_then(|features| features.bool("EnableAcceleratedRecovery"))
        == Some(true)
}

async fn accelerate(client: &Client, id: &str, enable: bool) -> Result<()> {
    let call = client.update_hosted_zone_features().hosted_zone_id(id).enable_accelerated_recovery(enable);
    call.send().await.map(drop).map_err(failed("route53:UpdateHostedZoneFeatures"))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::Json;
    use aws_sdk_route53::types::DelegationSet;

    #[test]
    fn a_zone_is_read_in_cloudformations_shape() {
        let zone = Found::builder()
            .id("/hostedzone/Z1")
            .name("example.com.")
            .caller_reference("t")
            .config(HostedZoneConfig::builder().comment("ours").build())
            .build()
            .unwrap();
        let details = GetHostedZoneOutput::builder()
            .delegation_set(DelegationSet::builder().name_servers("ns-1.awsdns-00.com").build().unwrap())
            .build();
        let properties = Json::from(shape("Z1", "example.com", &zone, &details));
        assert_eq!(
            properties,
            json!({
                "Id": "Z1",
                "Name": "example.com",
                "HostedZoneConfig": {"Comment": "ours"},
                "NameServers": ["ns-1.awsdns-00.com"],
            })
        );
    }
}
