//! `AWS::EC2::Subnet`.

use std::collections::BTreeMap;
use std::sync::Arc;

use async_trait::async_trait;
use aws_sdk_ec2::Client;
use aws_sdk_ec2::operation::modify_subnet_attribute::builders::ModifySubnetAttributeFluentBuilder;
use aws_sdk_ec2::types::{
    AttributeBooleanValue, BlockPublicAccessMode, Filter, HostnameType, NetworkAcl,
    PrivateDnsNameOptionsOnLaunch as NameOptions, ResourceType as TaggedKind, Subnet as Found,
    SubnetCidrBlockStateCode as AssociationState, SubnetIpv6CidrBlockAssociation, SubnetState,
};
use futures::future::try_join_all;

use super::super::error::gone_is_fine;
use super::super::supported::only;
use super::super::{Aws, Shape, Writer, failed, missing};
use super::bulk::{self, Reader};
use super::{PAGE, SERVICE, tagging};
use crate::model::{Identifier, JsonMap, Live, Ownership, ResourceType, Status};
use crate::providers::{
    Create, Delete, ErrorKind, Handler, Pending, ProviderError, Query, Readiness, Result, Update, at,
};

pub(super) const TYPE: &str = "AWS::EC2::Subnet";
const ID_FILTER: &str = "subnet-id";
const CREATE: &str = "ec2:CreateSubnet";
const SUPPORTED: &[&str] = &[
    "AssignIpv6AddressOnCreation",
    "AvailabilityZone",
    "AvailabilityZoneId",
    "CidrBlock",
    "EnableDns64",
    "EnableLniAtDeviceIndex",
    "Ipv4IpamPoolId",
    "Ipv4NetmaskLength",
    "Ipv6CidrBlock",
    "Ipv6IpamPoolId",
    "Ipv6Native",
    "Ipv6NetmaskLength",
    "MapPublicIpOnLaunch",
    "OutpostArn",
    "PrivateDnsNameOptionsOnLaunch",
    "VpcId",
];

/// The handler of `AWS::EC2::Subnet`.
pub struct Subnet {
    aws: Arc<Aws>,
}

impl Subnet {
    /// A handler on a session.
    pub fn new(aws: &Arc<Aws>) -> Self {
        Self { aws: aws.clone() }
    }
}

/// The subnets that all of the filters find.
pub(super) async fn describe(reader: &Reader<'_>, filters: Vec<Filter>) -> Result<Vec<Live>> {
    let found: Vec<Found> = reader
        .client
        .describe_subnets()
        .set_filters(Some(filters))
        .max_results(PAGE)
        .into_paginator()
        .items()
        .send()
        .try_collect()
        .await
        .map_err(failed("ec2:DescribeSubnets"))?;
    let acls = acl_associations(&reader.client, found.iter().filter_map(Found::subnet_id)).await?;
    let live = |subnet: &Found| {
        let id = subnet.subnet_id()?;
        let properties = properties(id, subnet).put("NetworkAclAssociationId", acls.get(id).cloned());
        Some(reader.live(id, subnet.tags(), properties, status(subnet)))
    };
    Ok(found.iter().filter_map(live).collect())
}

/// The network ACL association of each subnet, an attribute that `DescribeSubnets` leaves out.
async fn acl_associations<'a>(
    client: &Client,
    subnets: impl Iterator<Item = &'a str>,
) -> Result<BTreeMap<String, String>> {
    let filters = tagging::by_values("association.subnet-id", subnets.map(str::to_owned));
    let calls = filters.into_iter().map(|filter| {
        client
            .describe_network_acls()
            .filters(filter)
            .max_results(PAGE)
            .into_paginator()
            .items()
            .send()
            .try_collect()
    });
    let found: Vec<NetworkAcl> =
        try_join_all(calls).await.map_err(failed("ec2:DescribeNetworkAcls"))?.concat();
    let associations = found.iter().flat_map(NetworkAcl::associations);
    let pairs = associations
        .filter_map(|one| Some((one.subnet_id()?.to_owned(), one.network_acl_association_id()?.to_owned())));
    Ok(pairs.collect())
}

/// What `DescribeSubnets` says.
fn properties(id: &str, subnet: &Found) -> Writer {
    let ipv6: Vec<&str> = held(subnet).filter_map(|one| one.ipv6_cidr_block()).collect();
    let dns = subnet.private_dns_name_options_on_launch();
    let names = Writer::new()
        .put("HostnameType", dns.and_then(|dns| dns.hostname_type()).map(HostnameType::as_str))
        .put("EnableResourceNameDnsARecord", dns.and_then(NameOptions::enable_resource_name_dns_a_record))
        .put(
            "EnableResourceNameDnsAAAARecord",
            dns.and_then(NameOptions::enable_resource_name_dns_aaaa_record),
        );
    let blocked = subnet.block_public_access_states().and_then(|states| states.internet_gateway_block_mode());
    Writer::new()
        .set("SubnetId", id)
        .put("VpcId", subnet.vpc_id())
        .put("AvailabilityZone", subnet.availability_zone())
        .put("AvailabilityZoneId", subnet.availability_zone_id())
        .put("CidrBlock", subnet.cidr_block())
        .put("Ipv6CidrBlock", ipv6.first().copied())
        .list("Ipv6CidrBlocks", ipv6)
        .put("Ipv6Native", subnet.ipv6_native())
        .put("OutpostArn", subnet.outpost_arn())
        .put("MapPublicIpOnLaunch", subnet.map_public_ip_on_launch())
        .put("AssignIpv6AddressOnCreation", subnet.assign_ipv6_address_on_creation())
        .put("EnableDns64", subnet.enable_dns64())
        .put("EnableLniAtDeviceIndex", subnet.enable_lni_at_device_index())
        .nest("PrivateDnsNameOptionsOnLaunch", names)
        .nest(
            "BlockPublicAccessStates",
            Writer::new().put("InternetGatewayBlockMode", blocked.map(BlockPublicAccessMode::as_str)),
        )
}

/// The IPv6 blocks that the subnet has or is about to have.
fn held(subnet: &Found) -> impl Iterator<Item = &SubnetIpv6CidrBlockAssociation> {
    subnet.ipv6_cidr_block_association_set().iter().filter(|one| {
        let state = one.ipv6_cidr_block_state().and_then(|state| state.state());
        matches!(state, None | Some(AssociationState::Associated | AssociationState::Associating))
    })
}

fn status(subnet: &Found) -> Status {
    let associating = held(subnet).any(|one| {
        one.ipv6_cidr_block_state().and_then(|state| state.state()) == Some(&AssociationState::Associating)
    });
    match subnet.state() {
        Some(SubnetState::Pending) => Status::Pending("pending".to_owned()),
        Some(state @ (SubnetState::Failed | SubnetState::FailedInsufficientCapacity)) => {
            Status::Failed(state.as_str().to_owned())
        }
        _ if associating => Status::Pending("associating its IPv6 block".to_owned()),
        _ => Status::Ready,
    }
}

/// The paths that `ModifySubnetAttribute` sets, each in a call of its own; in an order that the API accepts: addresses
/// by IPv6 before what builds on them.
const ATTRIBUTES: &[(&str, Attribute)] = &[
    ("AssignIpv6AddressOnCreation", |call, wanted| call.assign_ipv6_address_on_creation(flag(wanted))),
    ("MapPublicIpOnLaunch", |call, wanted| call.map_public_ip_on_launch(flag(wanted))),
    ("EnableDns64", |call, wanted| call.enable_dns64(flag(wanted))),
    ("PrivateDnsNameOptionsOnLaunch.HostnameType", |call, wanted| {
        call.private_dns_hostname_type_on_launch(HostnameType::from(wanted.unwrap_or("ip-name")))
    }),
    ("PrivateDnsNameOptionsOnLaunch.EnableResourceNameDnsARecord", |call, wanted| {
        call.enable_resource_name_dns_a_record_on_launch(flag(wanted))
    }),
    ("PrivateDnsNameOptionsOnLaunch.EnableResourceNameDnsAAAARecord", |call, wanted| {
        call.enable_resource_name_dns_aaaa_record_on_launch(flag(wanted))
    }),
    ("EnableLniAtDeviceIndex", |call, wanted| match wanted.and_then(|index| index.parse().ok()) {
        Some(index) => call.enable_lni_at_device_index(index),
        None => call.disable_lni_at_device_index(flag(Some("true"))),
    }),
];

/// Puts the wanted value of one attribute, as a text, into a call; `None` is AWS's default.
type Attribute = fn(ModifySubnetAttributeFluentBuilder, Option<&str>) -> ModifySubnetAttributeFluentBuilder;

fn flag(wanted: Option<&str>) -> AttributeBooleanValue {
    AttributeBooleanValue::builder().value(wanted == Some("true")).build()
}

fn text_at(properties: &JsonMap, path: &str) -> Option<String> {
    at(properties, path).filter(|value| !value.is_null()).map(|value| match value.as_str() {
        Some(text) => text.to_owned(),
        None => value.to_string(),
    })
}

/// Sets the attributes that are not yet as wanted.
async fn set_attributes(
    client: &Client,
    id: &str,
    wanted: &JsonMap,
    stale: impl Fn(&str) -> bool,
) -> Result<()> {
    for (path, attribute) in ATTRIBUTES.iter().filter(|(path, _)| stale(path)) {
        attribute(client.modify_subnet_attribute().subnet_id(id), text_at(wanted, path).as_deref())
            .send()
            .await
            .map_err(|error| failed("ec2:ModifySubnetAttribute")(error).referring())?;
    }
    Ok(())
}

/// Exchanges the IPv6 block: the old one goes, the new one comes.
async fn set_ipv6_block(client: &Client, id: &str, wanted: Shape<'_>) -> Result<()> {
    let found = client
        .describe_subnets()
        .filters(tagging::filter(ID_FILTER, [id.to_owned()]))
        .send()
        .await
        .map_err(failed("ec2:DescribeSubnets"))?;
    let block = wanted.str("Ipv6CidrBlock");
    let subnet = found.subnets().iter().find(|subnet| subnet.subnet_id() == Some(id));
    let (kept, old): (Vec<_>, Vec<_>) =
        subnet.into_iter().flat_map(held).partition(|one| block.is_some() && one.ipv6_cidr_block() == block);
    for association in old.iter().filter_map(|one| one.association_id()) {
        let gone = client.disassociate_subnet_cidr_block().association_id(association).send().await;
        gone_is_fine(gone.map_err(failed("ec2:DisassociateSubnetCidrBlock")))?;
    }
    if let (Some(block), true) = (block, kept.is_empty()) {
        client
            .associate_subnet_cidr_block()
            .subnet_id(id)
            .ipv6_cidr_block(block)
            .send()
            .await
            .map_err(failed("ec2:AssociateSubnetCidrBlock"))?;
    }
    Ok(())
}

impl Subnet {
    async fn make(&self, client: &Client, request: &Create<'_>) -> Result<String> {
        let wanted = Shape(request.properties);
        let made = client
            .create_subnet()
            .set_vpc_id(wanted.text("VpcId"))
            .set_availability_zone(wanted.text("AvailabilityZone"))
            .set_availability_zone_id(wanted.text("AvailabilityZoneId"))
            .set_cidr_block(wanted.text("CidrBlock"))
            .set_ipv6_cidr_block(wanted.text("Ipv6CidrBlock"))
            .set_ipv6_native(wanted.bool("Ipv6Native"))
            .set_outpost_arn(wanted.text("OutpostArn"))
            .set_ipv4_ipam_pool_id(wanted.text("Ipv4IpamPoolId"))
            .set_ipv4_netmask_length(wanted.i32("Ipv4NetmaskLength"))
            .set_ipv6_ipam_pool_id(wanted.text("Ipv6IpamPoolId"))
            .set_ipv6_netmask_length(wanted.i32("Ipv6NetmaskLength"))
            .tag_specifications(tagging::specification(TaggedKind::Subnet, request.tags))
            .send()
            .await
            .map_err(|error| failed(CREATE)(error).referring());
        match made {
            Err(error) if error.code == "InvalidSubnet.Conflict" => self
                .first_attempt(request)
                .await?
                .ok_or(ProviderError { kind: ErrorKind::AlreadyExists, ..error }),
            made => {
                let id = made?.subnet.and_then(|subnet| subnet.subnet_id);
                id.ok_or_else(|| missing(CREATE, "SubnetId"))
            }
        }
    }

    /// The subnet that an earlier attempt of this create made: ours, at this address, and the same in all that can't
    /// change. (One that is to be replaced has the address too.)
    async fn first_attempt(&self, request: &Create<'_>) -> Result<Option<String>> {
        const SAME: [&str; 5] =
            ["VpcId", "CidrBlock", "AvailabilityZone", "AvailabilityZoneId", "OutpostArn"];
        let wanted = Shape(request.properties);
        let reader = Reader::new(&self.aws, TYPE, request.scope, request.stack);
        let filters = vec![tagging::owned(request.stack), tagging::filter("vpc-id", wanted.text("VpcId"))];
        let is_it = |live: &Live| {
            live.ownership == Ownership::Tagged(request.address.clone())
                && SAME.iter().all(|name| wanted.str(name).is_none_or(|value| live.str(name) == Some(value)))
        };
        let found = describe(&reader, filters).await?;
        Ok(found.iter().find(|live| is_it(live)).map(|live| live.identifier.to_string()))
    }
}

#[async_trait]
impl Handler for Subnet {
    fn resource_type(&self) -> ResourceType {
        TYPE.into()
    }

    fn service(&self) -> &'static str {
        SERVICE
    }

    async fn list(&self, query: &Query<'_>) -> Result<Vec<Live>> {
        let reader = Reader::new(&self.aws, TYPE, query.scope, query.stack);
        bulk::owned(query, ID_FILTER, |filter| describe(&reader, vec![filter])).await
    }

    async fn create(&self, request: &Create<'_>) -> Result<Identifier> {
        only(request.properties, SUPPORTED, CREATE)?;
        let client = self.aws.client(request.scope, Client::new);
        let id = self.make(&client, request).await?;
        set_attributes(&client, &id, request.properties, |path| at(request.properties, path).is_some())
            .await
            .map_err(ProviderError::once_made)?;
        Ok(Identifier::new(id))
    }

    async fn update(&self, request: &Update<'_>) -> Result<()> {
        only(request.properties, SUPPORTED, "ec2:ModifySubnetAttribute")?;
        let client = self.aws.client(request.scope, Client::new);
        let id = request.live.identifier.as_str();
        if request.delta.touches("Ipv6CidrBlock") {
            set_ipv6_block(&client, id, Shape(request.properties)).await?;
        }
        let paths = || request.delta.set.iter().chain(&request.delta.removed);
        let stale = |path: &str| {
            paths().any(|touched| path == touched.as_str() || path.starts_with(&format!("{touched}.")))
        };
        set_attributes(&client, id, request.properties, stale).await?;
        tagging::update(&client, id, request.delta).await
    }

    async fn delete(&self, request: &Delete<'_>) -> Result<()> {
        let client = self.aws.client(request.scope, Client::new);
        let gone = client.delete_subnet().subnet_id(request.live.identifier.as_str()).send().await;
        gone_is_fine(gone.map_err(failed("ec2:DeleteSubnet")))
    }

    async fn ready(&self, request: &Pending<'_>) -> Result<Vec<Readiness>> {
        let reader = Reader::new(&self.aws, TYPE, request.scope, request.stack);
        bulk::pending(request, ID_FILTER, |filter| describe(&reader, vec![filter])).await
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::Json;
    use aws_sdk_ec2::types::SubnetCidrBlockState;
    use serde_json::json;

    fn block(cidr: &str, state: AssociationState) -> SubnetIpv6CidrBlockAssociation {
        SubnetIpv6CidrBlockAssociation::builder()
            .ipv6_cidr_block(cidr)
            .ipv6_cidr_block_state(SubnetCidrBlockState::builder().state(state).build())
            .build()
    }

    #[test]
    fn a_subnet_is_read_in_cloudformations_words() {
        let subnet = Found::builder()
            .vpc_id("vpc-1")
            .cidr_block("10.0.0.0/24")
            .availability_zone("eu-west-1a")
            .map_public_ip_on_launch(false)
            .ipv6_cidr_block_association_set(block("2001:db8::/64", AssociationState::Disassociated))
            .ipv6_cidr_block_association_set(block("2001:db8:1::/64", AssociationState::Associated))
            .private_dns_name_options_on_launch(
                NameOptions::builder()
                    .hostname_type(HostnameType::IpName)
                    .enable_resource_name_dns_a_record(false)
                    .build(),
            )
            .build();
        assert_eq!(
            Json::Object(properties("subnet-1", &subnet).build()),
            json!({
                "SubnetId": "subnet-1",
                "VpcId": "vpc-1",
                "AvailabilityZone": "eu-west-1a",
                "CidrBlock": "10.0.0.0/24",
                "Ipv6CidrBlock": "2001:db8:1::/64",
                "Ipv6CidrBlocks": ["2001:db8:1::/64"],
                "MapPublicIpOnLaunch": false,
                "PrivateDnsNameOptionsOnLaunch": {
                    "HostnameType": "ip-name",
                    "EnableResourceNameDnsARecord": false
                },
            })
        );
    }

    #[test]
    fn a_subnet_waits_for_its_ipv6_block() {
        let subnet = Found::builder()
            .state(SubnetState::Available)
            .ipv6_cidr_block_association_set(block("2001:db8::/64", AssociationState::Associating))
            .build();
        assert_eq!(status(&subnet), Status::Pending("associating its IPv6 block".to_owned()));
    }
}
