//! `AWS::EC2::NatGateway`.
//!
//! A deleted one stays in `DescribeNatGateways` for an hour; it is never reported.

use std::sync::Arc;

use async_trait::async_trait;
use aws_sdk_ec2::Client;
use aws_sdk_ec2::types::{
    AutoProvisionZonesState, AutoScalingIpsState, AvailabilityMode, ConnectivityType, Filter,
    NatGateway as Found, NatGatewayAddress, NatGatewayState as State, ResourceType as TaggedKind,
};

use super::super::error::gone_is_fine;
use super::super::supported::only;
use super::super::{Aws, Shape, Writer, failed, missing};
use super::bulk::{self, Reader};
use super::{PAGE, SERVICE, nat_addresses, tagging};
use crate::model::{Identifier, Live, ResourceType, Status};
use crate::providers::{
    Create, Delete, ErrorKind, Handler, Pending, ProviderError, Query, Readiness, Result, Update,
};

pub(super) const TYPE: &str = "AWS::EC2::NatGateway";
const ID_FILTER: &str = "nat-gateway-id";
const CREATE: &str = "ec2:CreateNatGateway";
const SUPPORTED: &[&str] = &[
    "AllocationId",
    "AvailabilityMode",
    "AvailabilityZoneAddresses",
    "ConnectivityType",
    "MaxDrainDurationSeconds",
    "PrivateIpAddress",
    "SecondaryAllocationIds",
    "SecondaryPrivateIpAddressCount",
    "SecondaryPrivateIpAddresses",
    "SubnetId",
    "VpcId",
];

/// The handler of `AWS::EC2::NatGateway`.
pub struct NatGateway {
    aws: Arc<Aws>,
}

impl NatGateway {
    /// A handler on a session.
    pub fn new(aws: &Arc<Aws>) -> Self {
        Self { aws: aws.clone() }
    }
}

pub(super) async fn describe(reader: &Reader<'_>, filters: Vec<Filter>) -> Result<Vec<Live>> {
    let found: Vec<Found> = reader
        .client
        .describe_nat_gateways()
        .set_filter(Some(filters))
        .max_results(PAGE)
        .into_paginator()
        .items()
        .send()
        .try_collect()
        .await
        .map_err(failed("ec2:DescribeNatGateways"))?;
    let live = |gateway: &Found| {
        let id = gateway.nat_gateway_id()?;
        Some(reader.live(id, gateway.tags(), properties(id, gateway), status(gateway)?))
    };
    Ok(found.iter().filter_map(live).collect())
}

fn properties(id: &str, gateway: &Found) -> Writer {
    let addresses = gateway.nat_gateway_addresses();
    // Older answers do not say which is the primary one; it is the first.
    let primary = addresses.iter().find(|one| one.is_primary() == Some(true)).or(addresses.first());
    let regional = gateway.availability_mode() == Some(&AvailabilityMode::Regional);
    let writer = Writer::new()
        .set("NatGatewayId", id)
        .put("VpcId", gateway.vpc_id())
        .put("SubnetId", gateway.subnet_id())
        .put("ConnectivityType", gateway.connectivity_type().map(ConnectivityType::as_str))
        .put("AvailabilityMode", gateway.availability_mode().map(AvailabilityMode::as_str))
        .put("AutoProvisionZones", gateway.auto_provision_zones().map(AutoProvisionZonesState::as_str))
        .put("AutoScalingIps", gateway.auto_scaling_ips().map(AutoScalingIpsState::as_str))
        .put("RouteTableId", gateway.route_table_id());
    if regional {
        return writer.list("AvailabilityZoneAddresses", nat_addresses::by_zone(addresses));
    }
    let secondary: Vec<_> = nat_addresses::secondary(addresses).collect();
    writer
        .put("AllocationId", primary.and_then(NatGatewayAddress::allocation_id))
        .put("PrivateIpAddress", primary.and_then(NatGatewayAddress::private_ip))
        .put("EniId", primary.and_then(NatGatewayAddress::network_interface_id))
        .list("SecondaryAllocationIds", secondary.iter().filter_map(|one| one.allocation_id()))
        .list("SecondaryPrivateIpAddresses", secondary.iter().filter_map(|one| one.private_ip()))
        .put("SecondaryPrivateIpAddressCount", (!secondary.is_empty()).then_some(secondary.len()))
}

/// `None` for one that is gone and still shown.
fn status(gateway: &Found) -> Option<Status> {
    Some(match gateway.state() {
        Some(State::Deleted) => return None,
        Some(State::Pending) => Status::Pending("pending".to_owned()),
        Some(State::Deleting) => Status::Deleting,
        Some(State::Failed) => Status::Failed(failure(gateway)),
        _ => Status::Ready,
    })
}

fn failure(gateway: &Found) -> String {
    let parts = [gateway.failure_code(), gateway.failure_message()];
    let reason = parts.into_iter().flatten().collect::<Vec<_>>().join(": ");
    if reason.is_empty() { "failed".to_owned() } else { reason }
}

#[async_trait]
impl Handler for NatGateway {
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
        let wanted = Shape(request.properties);
        let made = self
            .aws
            .client(request.scope, Client::new)
            .create_nat_gateway()
            .set_subnet_id(wanted.text("SubnetId"))
            .set_vpc_id(wanted.text("VpcId"))
            .set_allocation_id(wanted.text("AllocationId"))
            .set_connectivity_type(wanted.str("ConnectivityType").map(ConnectivityType::from))
            .set_availability_mode(wanted.str("AvailabilityMode").map(AvailabilityMode::from))
            .set_availability_zone_addresses(nat_addresses::zones(wanted))
            .set_private_ip_address(wanted.text("PrivateIpAddress"))
            .set_secondary_allocation_ids(wanted.strings_if_set("SecondaryAllocationIds"))
            .set_secondary_private_ip_addresses(wanted.strings_if_set("SecondaryPrivateIpAddresses"))
            .set_secondary_private_ip_address_count(wanted.i32("SecondaryPrivateIpAddressCount"))
            .client_token(request.token.as_str())
            .tag_specifications(tagging::specification(TaggedKind::Natgateway, request.tags))
            .send()
            .await
            .map_err(|error| address_in_use(failed(CREATE)(error).referring()))?;
        let id = made.nat_gateway().and_then(Found::nat_gateway_id);
        id.map(Identifier::new).ok_or_else(|| missing(CREATE, "NatGatewayId"))
    }

    async fn update(&self, request: &Update<'_>) -> Result<()> {
        only(request.properties, SUPPORTED, "ec2:AssociateNatGatewayAddress")?;
        let client = self.aws.client(request.scope, Client::new);
        nat_addresses::update(&client, request).await?;
        tagging::update(&client, request.live.identifier.as_str(), request.delta).await
    }

    async fn delete(&self, request: &Delete<'_>) -> Result<()> {
        let client = self.aws.client(request.scope, Client::new);
        let gone = client.delete_nat_gateway().nat_gateway_id(request.live.identifier.as_str()).send().await;
        gone_is_fine(gone.map_err(failed("ec2:DeleteNatGateway")))
    }

    async fn ready(&self, request: &Pending<'_>) -> Result<Vec<Readiness>> {
        let reader = Reader::new(&self.aws, TYPE, request.scope, request.stack);
        bulk::pending(request, ID_FILTER, |filter| describe(&reader, vec![filter])).await
    }
}

/// The address of a gateway that is being replaced is free when that one is gone.
fn address_in_use(error: ProviderError) -> ProviderError {
    if error.code == "Resource.AlreadyAssociated" {
        return ProviderError { kind: ErrorKind::InUse, ..error };
    }
    error
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::Json;
    use serde_json::json;

    fn address(allocation: &str, private_ip: &str, primary: bool) -> NatGatewayAddress {
        NatGatewayAddress::builder()
            .allocation_id(allocation)
            .private_ip(private_ip)
            .network_interface_id("eni-1")
            .is_primary(primary)
            .build()
    }

    #[test]
    fn primary_and_secondary_addresses_are_told_apart() {
        let gateway = Found::builder()
            .subnet_id("subnet-1")
            .connectivity_type(ConnectivityType::Public)
            .nat_gateway_addresses(address("eipalloc-2", "10.0.0.6", false))
            .nat_gateway_addresses(address("eipalloc-1", "10.0.0.5", true))
            .build();
        assert_eq!(
            Json::Object(properties("nat-1", &gateway).build()),
            json!({
                "NatGatewayId": "nat-1",
                "SubnetId": "subnet-1",
                "ConnectivityType": "public",
                "AllocationId": "eipalloc-1",
                "PrivateIpAddress": "10.0.0.5",
                "EniId": "eni-1",
                "SecondaryAllocationIds": ["eipalloc-2"],
                "SecondaryPrivateIpAddresses": ["10.0.0.6"],
                "SecondaryPrivateIpAddressCount": 1,
            })
        );
    }

    #[test]
    fn a_failed_gateway_says_why_and_a_deleted_one_is_gone() {
        let gateway = |state| {
            Found::builder()
                .state(state)
                .failure_code("InsufficientFreeAddressesInSubnet")
                .failure_message("Subnet has insufficient free addresses")
                .build()
        };
        assert_eq!(
            status(&gateway(State::Failed)),
            Some(Status::Failed(
                "InsufficientFreeAddressesInSubnet: Subnet has insufficient free addresses".to_owned()
            ))
        );
        assert_eq!(status(&gateway(State::Deleted)), None);
        assert_eq!(status(&gateway(State::Deleting)), Some(Status::Deleting));
    }
}
