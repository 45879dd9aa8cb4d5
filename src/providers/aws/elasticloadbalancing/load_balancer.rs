//! `AWS::ElasticLoadBalancingV2::LoadBalancer`.

use std::sync::Arc;

use async_trait::async_trait;
use aws_sdk_elasticloadbalancingv2::Client;
use aws_sdk_elasticloadbalancingv2::types::{
    EnablePrefixForIpv6SourceNatEnum, IpAddressType, IpamPools, LoadBalancer as Found, LoadBalancerAttribute,
    LoadBalancerSchemeEnum, LoadBalancerTypeEnum, MinimumLoadBalancerCapacity, RemoveIpamPoolEnum,
};

use super::super::error::gone_is_fine;
use super::super::identity::{Candidates, is_compared, is_ours, wanted_for};
use super::super::tags::Tags;
use super::super::{Aws, Shape, failed, missing, supported};
use super::attributes::{self, Attributes};
use super::load_balancer_shape::{self as shape, Extras};
use super::{PAGE, SERVICE, each, tagging};
use crate::model::{Identifier, Live, ResourceType, Scope};
use crate::providers::{
    Create, Delete, ErrorKind, Handler, Pending, ProviderError, Query, Readiness, Result, Update, readiness,
};

const ATTRIBUTES: &str = "LoadBalancerAttributes";
const CAPACITY: &str = "MinimumLoadBalancerCapacity";
const PRIVATE_LINK: &str = "EnforceSecurityGroupInboundRulesOnPrivateLinkTraffic";

const PREFIX: &str = "EnablePrefixForIpv6SourceNat";

const SUPPORTED: [&str; 12] = [
    PREFIX,
    PRIVATE_LINK,
    "IpAddressType",
    "Ipv4IpamPoolId",
    ATTRIBUTES,
    CAPACITY,
    "Name",
    "Scheme",
    "SecurityGroups",
    "SubnetMappings",
    "Subnets",
    "Type",
];

/// The handler of `AWS::ElasticLoadBalancingV2::LoadBalancer`.
pub struct LoadBalancer {
    aws: Arc<Aws>,
}

impl LoadBalancer {
    /// A handler on a session.
    pub fn new(aws: &Arc<Aws>) -> Self {
        Self { aws: aws.clone() }
    }

    fn client(&self, scope: &Scope) -> Client {
        self.aws.client(scope, Client::new)
    }
}

#[async_trait]
impl Handler for LoadBalancer {
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
                found.load_balancer_name().unwrap_or_default(),
                &[found.load_balancer_arn().unwrap_or_default()],
            )
        };
        let found = tagged(&client, covers).await?;
        let live = found.iter().map(|(balancer, tags)| {
            let name = balancer.load_balancer_name().unwrap_or_default();
            let live = shape::read(query.scope, query.stack, balancer, tags.clone(), &Extras::default());
            (balancer, live, name)
        });
        let kept = live.filter(|(_, live, name)| candidates.keeps(live, name));
        each(kept.map(|(balancer, live, _)| with_extras(&client, query, balancer, live))).await
    }

    async fn create(&self, request: &Create<'_>) -> Result<Identifier> {
        supported::only(request.properties, &SUPPORTED, "elasticloadbalancing:CreateLoadBalancer")?;
        let client = self.client(request.scope);
        let arn = match make(&client, request).await {
            Err(error) if error.kind == ErrorKind::AlreadyExists => {
                first_attempt(&client, request, error).await?
            }
            made => made?,
        };
        let wanted = Shape(request.properties);
        set_attributes(&client, &arn, &attributes::read(request.properties, ATTRIBUTES)).await?;
        if wanted.get(CAPACITY).is_some() {
            set_capacity(&client, &arn, wanted).await?;
        }
        if let Some(enforce) = wanted.str(PRIVATE_LINK) {
            set_security_groups(&client, &arn, wanted.strings("SecurityGroups"), Some(enforce)).await?;
        }
        Ok(Identifier::new(arn))
    }

    async fn update(&self, request: &Update<'_>) -> Result<()> {
        supported::only(request.properties, &SUPPORTED, "elasticloadbalancing:ModifyLoadBalancerAttributes")?;
        supported::refuse_removal(request, &["SecurityGroups"], "elasticloadbalancing:SetSecurityGroups")?;
        let client = self.client(request.scope);
        let arn = request.live.identifier.as_str();
        update_network(&client, request, arn).await?;
        if request.delta.touches(ATTRIBUTES) {
            let live = attributes::read(&request.live.properties, ATTRIBUTES);
            let desired = attributes::read(request.properties, ATTRIBUTES);
            let changes = attributes::changes(&live, &desired, &defaults(request.live));
            set_attributes(&client, arn, &changes).await?;
        }
        if request.delta.touches(CAPACITY) {
            set_capacity(&client, arn, Shape(request.properties)).await?;
        }
        tagging::update(&client, arn, request.delta).await
    }

    async fn delete(&self, request: &Delete<'_>) -> Result<()> {
        let arn = request.live.identifier.as_str();
        let gone = self.client(request.scope).delete_load_balancer().load_balancer_arn(arn).send().await;
        gone_is_fine(gone.map_err(failed("elasticloadbalancing:DeleteLoadBalancer")))
    }

    async fn ready(&self, request: &Pending<'_>) -> Result<Vec<Readiness>> {
        let waits = |found: &Found| {
            request.items.iter().any(|item| Some(item.identifier.as_str()) == found.load_balancer_arn())
        };
        let found = tagged(&self.client(request.scope), waits).await?;
        let extras = Extras::default();
        let live = |(balancer, tags): &(Found, Tags)| {
            shape::read(request.scope, request.stack, balancer, tags.clone(), &extras)
        };
        Ok(readiness(request.items, found.iter().map(live).collect()))
    }
}

/// The load balancers that pass `covers`, with their tags. One that does not exist fails a describe by ARN as a
/// whole, so all are described.
async fn tagged(client: &Client, covers: impl Fn(&Found) -> bool) -> Result<Vec<(Found, Tags)>> {
    let mut found: Vec<Found> = client
        .describe_load_balancers()
        .page_size(PAGE)
        .into_paginator()
        .items()
        .send()
        .try_collect()
        .await
        .map_err(failed("elasticloadbalancing:DescribeLoadBalancers"))?;
    found.retain(|balancer| covers(balancer));
    let arns: Vec<&str> = found.iter().filter_map(Found::load_balancer_arn).collect();
    let mut tags = tagging::of(client, &arns).await?;
    let with_tags = |balancer: Found| {
        let tags = tags.remove(balancer.load_balancer_arn()?)?;
        Some((balancer, tags))
    };
    Ok(found.into_iter().filter_map(with_tags).collect())
}

/// Adds what only a call for each load balancer tells, where a blueprint cares for it or did.
async fn with_extras(client: &Client, query: &Query<'_>, balancer: &Found, live: Live) -> Result<Live> {
    let arn = live.identifier.as_str();
    let name = balancer.load_balancer_name().map(|name| ("Name", name));
    let wanted = wanted_for(query, &live.tags, arn, name).map(|wanted| &wanted.properties);
    let mut extras = Extras::default();
    if is_compared(query, &live, name, ATTRIBUTES) {
        let found = describe_attributes(client, arn).await?;
        extras.attributes = attributes::shown(&found, wanted, ATTRIBUTES, &defaults(&live), &live.tags);
    }
    if is_compared(query, &live, name, CAPACITY) {
        extras.capacity = describe_capacity(client, arn).await?;
    }
    Ok(shape::read(query.scope, query.stack, balancer, live.tags, &extras))
}

fn defaults(live: &Live) -> attributes::Defaults {
    attributes::of_balancer(live.str("Type"))
}

async fn describe_attributes(client: &Client, arn: &str) -> Result<Attributes> {
    let answer = client.describe_load_balancer_attributes().load_balancer_arn(arn).send().await;
    let answer = answer.map_err(failed("elasticloadbalancing:DescribeLoadBalancerAttributes"))?;
    let pair = |found: &LoadBalancerAttribute| {
        Some((found.key()?.to_owned(), found.value().unwrap_or_default().to_owned()))
    };
    Ok(answer.attributes().iter().filter_map(pair).collect())
}

async fn describe_capacity(client: &Client, arn: &str) -> Result<Option<i32>> {
    let answer = client.describe_capacity_reservation().load_balancer_arn(arn).send().await;
    let answer = answer.map_err(failed("elasticloadbalancing:DescribeCapacityReservation"))?;
    Ok(answer.minimum_load_balancer_capacity().and_then(MinimumLoadBalancerCapacity::capacity_units))
}

async fn make(client: &Client, request: &Create<'_>) -> Result<String> {
    let wanted = Shape(request.properties);
    let mappings = shape::write_mappings(wanted);
    let pools = wanted.text("Ipv4IpamPoolId").map(|id| IpamPools::builder().ipv4_ipam_pool_id(id).build());
    let prefix = wanted.str(PREFIX).map(EnablePrefixForIpv6SourceNatEnum::from);
    let made = client
        .create_load_balancer()
        .set_name(wanted.text("Name"))
        .set_type(wanted.str("Type").map(LoadBalancerTypeEnum::from))
        .set_scheme(wanted.str("Scheme").map(LoadBalancerSchemeEnum::from))
        .set_subnets(wanted.strings_if_set("Subnets"))
        .set_subnet_mappings((!mappings.is_empty()).then_some(mappings))
        .set_security_groups(wanted.strings_if_set("SecurityGroups"))
        .set_ip_address_type(wanted.str("IpAddressType").map(IpAddressType::from))
        .set_enable_prefix_for_ipv6_source_nat(prefix)
        .set_ipam_pools(pools)
        .set_tags(Some(tagging::sdk_tags(request.tags)))
        .send()
        .await
        .map_err(|error| {
            not_public_yet(failed("elasticloadbalancing:CreateLoadBalancer")(error)).referring()
        })?;
    let arn = made.load_balancers().first().and_then(Found::load_balancer_arn);
    arn.map(str::to_owned)
        .ok_or_else(|| missing("elasticloadbalancing:CreateLoadBalancer", "LoadBalancerArn"))
}

/// A VPC may get its internet gateway in the same apply, by a change that nothing here refers to.
fn not_public_yet(mut error: ProviderError) -> ProviderError {
    if error.code.starts_with("InvalidSubnet") && error.message.contains("no internet gateway") {
        error.kind = ErrorKind::NotYet;
    }
    error
}

/// The ARN of what an earlier attempt of this create made; the error if the name is another's.
async fn first_attempt(client: &Client, request: &Create<'_>, exists: ProviderError) -> Result<String> {
    let name = Shape(request.properties).text("Name");
    let found = tagged(client, |balancer| balancer.load_balancer_name() == name.as_deref()).await?;
    let ours = found.into_iter().find(|(_, tags)| is_ours(tags, request.stack, request.address));
    ours.and_then(|(balancer, _)| balancer.load_balancer_arn).ok_or(exists)
}

async fn update_network(client: &Client, request: &Update<'_>, arn: &str) -> Result<()> {
    let delta = request.delta;
    if delta.touches_any(&["Subnets", "SubnetMappings", PREFIX]) {
        set_subnets(client, arn, request).await?;
    } else if delta.touches("IpAddressType") {
        let call = client.set_ip_address_type().load_balancer_arn(arn);
        let set = call.set_ip_address_type(address_type(request)).send().await;
        set.map_err(failed("elasticloadbalancing:SetIpAddressType"))?;
    }
    if delta.touches_any(&["SecurityGroups", PRIVATE_LINK]) {
        let groups = Shape(request.properties).strings_if_set("SecurityGroups");
        let groups = groups.unwrap_or_else(|| Shape(&request.live.properties).strings("SecurityGroups"));
        let enforce = Shape(request.properties).str(PRIVATE_LINK);
        let enforce = enforce.or_else(|| delta.touches(PRIVATE_LINK).then_some("on"));
        set_security_groups(client, arn, groups, enforce).await?;
    }
    if delta.touches("Ipv4IpamPoolId") {
        set_pool(client, arn, Shape(request.properties)).await?;
    }
    Ok(())
}

/// The address type to set; AWS's default where it was taken out of the blueprint.
fn address_type(request: &Update<'_>) -> Option<IpAddressType> {
    let wanted = Shape(request.properties).str("IpAddressType").map(IpAddressType::from);
    wanted.or_else(|| request.delta.touches("IpAddressType").then_some(IpAddressType::Ipv4))
}

async fn set_subnets(client: &Client, arn: &str, request: &Update<'_>) -> Result<()> {
    let wanted = Shape(request.properties);
    let mappings = shape::write_mappings(wanted);
    let off = || request.delta.touches(PREFIX).then_some("off");
    client
        .set_subnets()
        .load_balancer_arn(arn)
        .set_subnets(wanted.strings_if_set("Subnets"))
        .set_subnet_mappings((!mappings.is_empty()).then_some(mappings))
        .set_ip_address_type(address_type(request))
        .set_enable_prefix_for_ipv6_source_nat(
            wanted.str(PREFIX).or_else(off).map(EnablePrefixForIpv6SourceNatEnum::from),
        )
        .send()
        .await
        .map(drop)
        .map_err(|error| failed("elasticloadbalancing:SetSubnets")(error).referring())
}

async fn set_security_groups(
    client: &Client,
    arn: &str,
    groups: Vec<String>,
    enforce: Option<&str>,
) -> Result<()> {
    client
        .set_security_groups()
        .load_balancer_arn(arn)
        .set_security_groups(Some(groups))
        .set_enforce_security_group_inbound_rules_on_private_link_traffic(enforce.map(Into::into))
        .send()
        .await
        .map(drop)
        .map_err(|error| failed("elasticloadbalancing:SetSecurityGroups")(error).referring())
}

async fn set_pool(client: &Client, arn: &str, wanted: Shape<'_>) -> Result<()> {
    let call = client.modify_ip_pools().load_balancer_arn(arn);
    let call = match wanted.text("Ipv4IpamPoolId") {
        Some(id) => call.ipam_pools(IpamPools::builder().ipv4_ipam_pool_id(id).build()),
        None => call.remove_ipam_pools(RemoveIpamPoolEnum::Ipv4),
    };
    call.send().await.map(drop).map_err(failed("elasticloadbalancing:ModifyIpPools"))
}

async fn set_capacity(client: &Client, arn: &str, wanted: Shape<'_>) -> Result<()> {
    let units = wanted.object(CAPACITY).and_then(|capacity| capacity.i32("CapacityUnits"));
    let call = client.modify_capacity_reservation().load_balancer_arn(arn);
    let call = match units {
        Some(units) => call.minimum_load_balancer_capacity(
            MinimumLoadBalancerCapacity::builder().capacity_units(units).build(),
        ),
        None => call.reset_capacity_reservation(true),
    };
    call.send().await.map(drop).map_err(failed("elasticloadbalancing:ModifyCapacityReservation"))
}

async fn set_attributes(client: &Client, arn: &str, attributes: &Attributes) -> Result<()> {
    if attributes.is_empty() {
        return Ok(());
    }
    let pairs = attributes
        .iter()
        .map(|(key, value)| LoadBalancerAttribute::builder().key(key).value(value).build())
        .collect();
    let set = client.modify_load_balancer_attributes().load_balancer_arn(arn).set_attributes(Some(pairs));
    set.send().await.map(drop).map_err(failed("elasticloadbalancing:ModifyLoadBalancerAttributes"))
}

#[cfg(test)]
mod tests {
    use super::super::super::fake::{self, Answer, delta};
    use super::*;
    use serde_json::json;

    #[tokio::test]
    async fn a_vpc_that_gets_its_gateway_now_is_waited_for() {
        let (aws, _) = fake::session(|_| Answer::error("InvalidSubnet", "VPC vpc-1 has no internet gateway"));
        let wanted = json!({"Name": "shop-web", "Subnets": ["subnet-1"]});
        let refused = fake::create(&LoadBalancer::new(&aws), &wanted).await.unwrap_err();
        assert_eq!(refused.kind, ErrorKind::NotYet);
    }

    #[tokio::test]
    async fn groups_that_leave_the_blueprint_are_not_passed_over() {
        let (aws, calls) = fake::session(|_| Answer::query(""));
        let live = fake::live(shape::TYPE, "arn:web", &json!({"SecurityGroups": ["sg-1"]}));
        let removed = delta(&[], &["SecurityGroups"]);
        let balancer = LoadBalancer::new(&aws);
        let refused = fake::update(&balancer, &live, json!({}).as_object().unwrap(), &removed).await;
        assert_eq!(refused.unwrap_err().kind, ErrorKind::Unsupported);
        assert!(calls.lock().unwrap().is_empty());
    }
}
