//! `AWS::ElasticLoadBalancingV2::Listener`.
//!
//! The API lists listeners by load balancer: one paged call for each that the stack owns, a wanted listener names, or
//! the tag search shows a listener on.

use std::collections::BTreeSet;
use std::sync::Arc;

use async_trait::async_trait;
use aws_sdk_elasticloadbalancingv2::Client;
use aws_sdk_elasticloadbalancingv2::types::{
    AdvertiseTrustStoreCaNamesEnum, Certificate, Listener as Found, ListenerAttribute,
    MutualAuthenticationAttributes, ProtocolEnum,
};

use super::super::error::gone_is_fine;
use super::super::identity::{is_ours, wanted_for, was_set};
use super::super::sent::Sent;
use super::super::tags::{self, Tags};
use super::super::{Aws, Shape, Writer, failed, missing, supported};
use super::action_auth::Timeout;
use super::attributes::{self, Attributes};
use super::{PAGE, SERVICE, actions, arn, each, tagging};
use crate::model::{Identifier, Json, Live, Ownership, ResourceType, Scope, StackName, Status};
use crate::providers::{
    Create, Delete, ErrorKind, Handler, Pending, Query, Readiness, Result, Update, Wanted, readiness,
};

const TYPE: &str = "AWS::ElasticLoadBalancingV2::Listener";
const ATTRIBUTES: &str = "ListenerAttributes";

const SUPPORTED: [&str; 9] = [
    "AlpnPolicy",
    "Certificates",
    "DefaultActions",
    ATTRIBUTES,
    "LoadBalancerArn",
    "MutualAuthentication",
    "Port",
    "Protocol",
    "SslPolicy",
];

/// What listeners made without a policy get through the API ("Security policies" in the user guide).
const SSL_POLICY: &str = "ELBSecurityPolicy-2016-08";

/// The handler of `AWS::ElasticLoadBalancingV2::Listener`.
pub struct Listener {
    aws: Arc<Aws>,
    sent: Sent,
}

impl Listener {
    /// A handler on a session.
    pub fn new(aws: &Arc<Aws>) -> Self {
        Self { aws: aws.clone(), sent: Sent::default() }
    }

    fn client(&self, scope: &Scope) -> Client {
        self.aws.client(scope, Client::new)
    }
}

#[async_trait]
impl Handler for Listener {
    fn resource_type(&self) -> ResourceType {
        TYPE.into()
    }

    fn service(&self) -> &'static str {
        SERVICE
    }

    fn parents(&self) -> &'static [&'static str] {
        &["AWS::ElasticLoadBalancingV2::LoadBalancer"]
    }

    fn deduplicates(&self) -> bool {
        true
    }

    async fn list(&self, query: &Query<'_>) -> Result<Vec<Live>> {
        let client = self.client(query.scope);
        let parents = query.parents.iter().map(|parent| parent.identifier.as_str());
        let wanted = query.wanted.iter().filter_map(|w| w.properties.get("LoadBalancerArn")?.as_str());
        let adopted = query.wanted.iter().filter_map(|w| w.adopt.as_ref());
        let tagged_ones = query.tagged.iter().map(|hit| hit.arn.as_str());
        let under = adopted.map(Identifier::as_str).chain(tagged_ones).filter_map(arn::balancer_of_listener);
        let balancers: BTreeSet<String> = parents.chain(wanted).map(str::to_owned).chain(under).collect();
        let found = tagged(&client, balancers.iter().map(String::as_str)).await?;
        let kept = found.iter().filter(|(listener, tags)| keeps(query, listener, tags));
        each(kept.map(|(listener, tags)| whole(&client, query, listener, tags))).await
    }

    async fn create(&self, request: &Create<'_>) -> Result<Identifier> {
        supported::only(request.properties, &SUPPORTED, "elasticloadbalancing:CreateListener")?;
        let client = self.client(request.scope);
        let repeated = self.sent.is_repeated(request.token.as_str());
        let first = if repeated { first_attempt(&client, request).await? } else { None };
        let arn = match first {
            Some(arn) => arn,
            None => make_or_find(&client, request).await?,
        };
        set_attributes(&client, &arn, &attributes::read(request.properties, ATTRIBUTES)).await?;
        Ok(Identifier::new(arn))
    }

    async fn update(&self, request: &Update<'_>) -> Result<()> {
        supported::only(request.properties, &SUPPORTED, "elasticloadbalancing:ModifyListener")?;
        let client = self.client(request.scope);
        let arn = request.live.identifier.as_str();
        let settings = SUPPORTED.into_iter().filter(|name| *name != ATTRIBUTES);
        if request.delta.touches_any(&settings.collect::<Vec<_>>()) {
            modify(&client, arn, request).await?;
        }
        if request.delta.touches(ATTRIBUTES) {
            let live = attributes::read(&request.live.properties, ATTRIBUTES);
            let desired = attributes::read(request.properties, ATTRIBUTES);
            let changes = attributes::changes(&live, &desired, &attributes::of_listener());
            set_attributes(&client, arn, &changes).await?;
        }
        tagging::update(&client, arn, request.delta).await
    }

    async fn delete(&self, request: &Delete<'_>) -> Result<()> {
        let arn = request.live.identifier.as_str();
        let gone = self.client(request.scope).delete_listener().listener_arn(arn).send().await;
        gone_is_fine(gone.map_err(failed("elasticloadbalancing:DeleteListener")))
    }

    async fn ready(&self, request: &Pending<'_>) -> Result<Vec<Readiness>> {
        let ids = request.items.iter().map(|item| item.identifier.as_str());
        let balancers: BTreeSet<String> = ids.filter_map(arn::balancer_of_listener).collect();
        let client = self.client(request.scope);
        let found = tagged(&client, balancers.iter().map(String::as_str)).await?;
        let live = |(listener, tags): &(Found, Tags)| {
            read(request.scope, request.stack, listener, tags.clone(), Vec::new())
        };
        Ok(readiness(request.items, found.iter().map(live).collect()))
    }
}

/// All listeners of these load balancers, with their tags.
async fn tagged<'a>(client: &Client, balancers: impl Iterator<Item = &'a str>) -> Result<Vec<(Found, Tags)>> {
    let found = each(balancers.map(|balancer| of_balancer(client, balancer))).await?.concat();
    let arns: Vec<&str> = found.iter().filter_map(Found::listener_arn).collect();
    let mut tags = tagging::of(client, &arns).await?;
    let with_tags = |listener: Found| {
        let tags = tags.remove(listener.listener_arn()?)?;
        Some((listener, tags))
    };
    Ok(found.into_iter().filter_map(with_tags).collect())
}

/// A load balancer's listeners; none if it is gone.
async fn of_balancer(client: &Client, balancer: &str) -> Result<Vec<Found>> {
    let pages = client.describe_listeners().load_balancer_arn(balancer).page_size(PAGE).into_paginator();
    let found = pages.items().send().try_collect().await;
    match found.map_err(failed("elasticloadbalancing:DescribeListeners")) {
        Err(error) if error.kind == ErrorKind::NotFound => Ok(Vec::new()),
        answer => answer,
    }
}

/// Whether a listener is owned, adopted, or in the place of a wanted one.
fn keeps(query: &Query<'_>, listener: &Found, tags: &Tags) -> bool {
    tags::ownership(tags, query.stack) != Ownership::Foreign || wanted(query, listener, tags).is_some()
}

/// The wanted listener that a live one answers: by its tags, adoption, or load balancer and port.
fn wanted<'a>(query: &Query<'a>, listener: &Found, tags: &Tags) -> Option<&'a Wanted> {
    let arn = listener.listener_arn().unwrap_or_default();
    let in_place = |w: &&Wanted| {
        let properties = Shape(&w.properties);
        properties.str("LoadBalancerArn") == listener.load_balancer_arn()
            && properties.i32("Port").is_some()
            && properties.i32("Port") == listener.port()
    };
    wanted_for(query, tags, arn, None).or_else(|| query.wanted.iter().find(in_place))
}

/// Adds the attributes where a blueprint cares for them: they are a call for each listener.
async fn whole(client: &Client, query: &Query<'_>, listener: &Found, tags: &Tags) -> Result<Live> {
    let wanted = wanted(query, listener, tags).map(|wanted| &wanted.properties);
    let asked = wanted.is_some_and(|wanted| wanted.contains_key(ATTRIBUTES));
    let mut shown = Vec::new();
    if asked || was_set(tags, ATTRIBUTES) {
        let found = describe_attributes(client, listener.listener_arn().unwrap_or_default()).await?;
        shown = attributes::shown(&found, wanted, ATTRIBUTES, &attributes::of_listener(), tags);
    }
    Ok(read(query.scope, query.stack, listener, tags.clone(), shown))
}

fn read(scope: &Scope, stack: &StackName, found: &Found, tags: Tags, attributes: Vec<Json>) -> Live {
    let arn = found.listener_arn().unwrap_or_default();
    let certificate = |found: &Certificate| Writer::new().put("CertificateArn", found.certificate_arn());
    Live {
        resource_type: TYPE.into(),
        scope: scope.clone(),
        identifier: Identifier::new(arn),
        properties: Writer::new()
            .set("ListenerArn", arn)
            .put("LoadBalancerArn", found.load_balancer_arn())
            .put("Port", found.port())
            .put("Protocol", found.protocol().map(ProtocolEnum::as_str))
            .put("SslPolicy", found.ssl_policy())
            .list("Certificates", found.certificates().iter().map(certificate))
            .list("AlpnPolicy", found.alpn_policy().to_vec())
            .list("DefaultActions", actions::read(found.default_actions(), Timeout::Text))
            .nest("MutualAuthentication", read_mutual(found.mutual_authentication()))
            .list(ATTRIBUTES, attributes)
            .build(),
        ownership: tags::ownership(&tags, stack),
        tags,
        status: Status::Ready,
    }
}

fn read_mutual(found: Option<&MutualAuthenticationAttributes>) -> Writer {
    let Some(found) = found else { return Writer::new() };
    let advertise = found.advertise_trust_store_ca_names();
    Writer::new()
        .put("Mode", found.mode())
        .put("TrustStoreArn", found.trust_store_arn())
        .put("IgnoreClientCertificateExpiry", found.ignore_client_certificate_expiry())
        .put("AdvertiseTrustStoreCaNames", advertise.map(AdvertiseTrustStoreCaNamesEnum::as_str))
}

fn write_mutual(wanted: Shape<'_>) -> Option<MutualAuthenticationAttributes> {
    let mutual = wanted.object("MutualAuthentication")?;
    let advertise = mutual.str("AdvertiseTrustStoreCaNames").map(AdvertiseTrustStoreCaNamesEnum::from);
    Some(
        MutualAuthenticationAttributes::builder()
            .set_mode(mutual.text("Mode"))
            .set_trust_store_arn(mutual.text("TrustStoreArn"))
            .set_ignore_client_certificate_expiry(mutual.bool("IgnoreClientCertificateExpiry"))
            .set_advertise_trust_store_ca_names(advertise)
            .build(),
    )
}

fn certificates(wanted: Shape<'_>) -> Option<Vec<Certificate>> {
    let certificate =
        |found: &Shape<'_>| Certificate::builder().set_certificate_arn(found.text("CertificateArn")).build();
    let certificates: Vec<_> = wanted.objects("Certificates").iter().map(certificate).collect();
    (!certificates.is_empty()).then_some(certificates)
}

async fn make(client: &Client, request: &Create<'_>) -> Result<String> {
    let wanted = Shape(request.properties);
    let made = client
        .create_listener()
        .set_load_balancer_arn(wanted.text("LoadBalancerArn"))
        .set_port(wanted.i32("Port"))
        .set_protocol(wanted.str("Protocol").map(ProtocolEnum::from))
        .set_ssl_policy(wanted.text("SslPolicy"))
        .set_certificates(certificates(wanted))
        .set_alpn_policy(wanted.strings_if_set("AlpnPolicy"))
        .set_default_actions(Some(actions::write(&wanted.objects("DefaultActions"))))
        .set_mutual_authentication(write_mutual(wanted))
        .set_tags(Some(tagging::sdk_tags(request.tags)))
        .send()
        .await
        .map_err(|error| failed("elasticloadbalancing:CreateListener")(error).referring())?;
    let arn = made.listeners().first().and_then(Found::listener_arn);
    arn.map(str::to_owned).ok_or_else(|| missing("elasticloadbalancing:CreateListener", "ListenerArn"))
}

async fn make_or_find(client: &Client, request: &Create<'_>) -> Result<String> {
    match make(client, request).await {
        Err(exists) if exists.kind == ErrorKind::AlreadyExists => {
            first_attempt(client, request).await?.ok_or(exists)
        }
        made => made,
    }
}

/// The ARN of what an earlier attempt of this create made.
async fn first_attempt(client: &Client, request: &Create<'_>) -> Result<Option<String>> {
    let balancer = Shape(request.properties).str("LoadBalancerArn");
    let found = tagged(client, balancer.into_iter()).await?;
    let ours = found.into_iter().find(|(_, tags)| is_ours(tags, request.stack, request.address));
    Ok(ours.and_then(|(listener, _)| listener.listener_arn))
}

/// Writes all settings: what is not sent stays as it is, so what was taken out goes back by its default.
async fn modify(client: &Client, arn: &str, request: &Update<'_>) -> Result<()> {
    let wanted = Shape(request.properties);
    // What only speaks TLS goes with the protocol by itself, and can't be named without it.
    let secure = matches!(wanted.str("Protocol"), Some("HTTPS" | "TLS"));
    let gone = |name: &str| secure && request.delta.touches(name) && wanted.get(name).is_none();
    let policy = wanted.text("SslPolicy").or_else(|| gone("SslPolicy").then(|| SSL_POLICY.to_owned()));
    let none = || vec!["None".to_owned()];
    let alpn = wanted.strings_if_set("AlpnPolicy").or_else(|| gone("AlpnPolicy").then(none));
    let off = || MutualAuthenticationAttributes::builder().mode("off").build();
    let mutual = write_mutual(wanted).or_else(|| gone("MutualAuthentication").then(off));
    client
        .modify_listener()
        .listener_arn(arn)
        .set_port(wanted.i32("Port"))
        .set_protocol(wanted.str("Protocol").map(ProtocolEnum::from))
        .set_ssl_policy(policy)
        .set_certificates(certificates(wanted))
        .set_alpn_policy(alpn)
        .set_default_actions(Some(actions::write(&wanted.objects("DefaultActions"))))
        .set_mutual_authentication(mutual)
        .send()
        .await
        .map(drop)
        .map_err(|error| failed("elasticloadbalancing:ModifyListener")(error).referring())
}

async fn describe_attributes(client: &Client, arn: &str) -> Result<Attributes> {
    let answer = client.describe_listener_attributes().listener_arn(arn).send().await;
    let answer = answer.map_err(failed("elasticloadbalancing:DescribeListenerAttributes"))?;
    let pair = |found: &ListenerAttribute| {
        Some((found.key()?.to_owned(), found.value().unwrap_or_default().to_owned()))
    };
    Ok(answer.attributes().iter().filter_map(pair).collect())
}

async fn set_attributes(client: &Client, arn: &str, attributes: &Attributes) -> Result<()> {
    if attributes.is_empty() {
        return Ok(());
    }
    let pairs = attributes
        .iter()
        .map(|(key, value)| ListenerAttribute::builder().key(key).value(value).build())
        .collect();
    let set = client.modify_listener_attributes().listener_arn(arn).set_attributes(Some(pairs));
    set.send().await.map(drop).map_err(failed("elasticloadbalancing:ModifyListenerAttributes"))
}
