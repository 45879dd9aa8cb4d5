//! The addresses of a NAT gateway beyond its first, which can be added and taken away while it runs.

use std::collections::{BTreeMap, BTreeSet};

use aws_sdk_ec2::Client;
use aws_sdk_ec2::types::{
    AvailabilityZoneAddress, NatGateway, NatGatewayAddress, NatGatewayAddressStatus as AddressStatus,
};

use super::super::change::Membership;
use super::super::{Shape, Writer, failed};
use super::tagging;
use crate::providers::{Result, Update};

/// The addresses that are neither the first nor on their way out.
pub fn secondary(addresses: &[NatGatewayAddress]) -> impl Iterator<Item = &NatGatewayAddress> {
    let marked = addresses.iter().any(|one| one.is_primary() == Some(true));
    addresses.iter().enumerate().filter_map(move |(at, one)| {
        let is_primary = if marked { one.is_primary() == Some(true) } else { at == 0 };
        (!is_primary && is_held(one)).then_some(one)
    })
}

fn is_held(address: &NatGatewayAddress) -> bool {
    !matches!(
        address.status(),
        Some(AddressStatus::Disassociating | AddressStatus::Unassigning | AddressStatus::Failed)
    )
}

/// A regional gateway's addresses in the form of `AvailabilityZoneAddresses`.
pub fn by_zone(addresses: &[NatGatewayAddress]) -> Vec<Writer> {
    let mut zones: BTreeMap<(&str, &str), Vec<&str>> = BTreeMap::new();
    for address in addresses.iter().filter(|one| is_held(one)) {
        let zone = (
            address.availability_zone().unwrap_or_default(),
            address.availability_zone_id().unwrap_or_default(),
        );
        zones.entry(zone).or_default().extend(address.allocation_id());
    }
    let named = |text: &str| (!text.is_empty()).then(|| text.to_owned());
    zones
        .into_iter()
        .map(|((name, id), allocations)| {
            Writer::new()
                .put("AvailabilityZone", named(name))
                .put("AvailabilityZoneId", named(id))
                .list("AllocationIds", allocations)
        })
        .collect()
}

/// `AvailabilityZoneAddresses` for the API.
pub fn zones(wanted: Shape<'_>) -> Option<Vec<AvailabilityZoneAddress>> {
    let zone = |zone: Shape<'_>| {
        AvailabilityZoneAddress::builder()
            .set_availability_zone(zone.text("AvailabilityZone"))
            .set_availability_zone_id(zone.text("AvailabilityZoneId"))
            .set_allocation_ids(zone.strings_if_set("AllocationIds"))
            .build()
    };
    wanted.get("AvailabilityZoneAddresses")?;
    Some(wanted.objects("AvailabilityZoneAddresses").into_iter().map(zone).collect())
}

/// Brings the addresses that differ to what is wanted: what is new comes first, so that the gateway never has fewer.
pub async fn update(client: &Client, request: &Update<'_>) -> Result<()> {
    let id = request.live.identifier.as_str();
    let delta = request.delta;
    if delta.touches("AvailabilityZoneAddresses") {
        return update_zones(client, request).await;
    }
    if delta.touches("SecondaryAllocationIds") {
        let change = Membership::of(request, "SecondaryAllocationIds");
        let private = Membership::of(request, "SecondaryPrivateIpAddresses").added;
        associate(client, id, change.added, (!private.is_empty()).then_some(private), None).await?;
        return disassociate(client, request, change.removed).await;
    }
    if delta.touches("SecondaryPrivateIpAddresses") {
        let change = Membership::of(request, "SecondaryPrivateIpAddresses");
        assign(client, id, change.added, None).await?;
        return unassign(client, request, change.removed).await;
    }
    if delta.touches("SecondaryPrivateIpAddressCount") {
        return update_count(client, request).await;
    }
    Ok(())
}

async fn update_count(client: &Client, request: &Update<'_>) -> Result<()> {
    let id = request.live.identifier.as_str();
    let held = Shape(&request.live.properties).strings("SecondaryPrivateIpAddresses");
    let count = Shape(request.properties).int("SecondaryPrivateIpAddressCount").unwrap_or(0);
    let count = usize::try_from(count).unwrap_or(0);
    if count > held.len() {
        let more = i32::try_from(count - held.len()).unwrap_or(i32::MAX);
        return assign(client, id, Vec::new(), Some(more)).await;
    }
    unassign(client, request, held[count..].to_vec()).await
}

async fn update_zones(client: &Client, request: &Update<'_>) -> Result<()> {
    let id = request.live.identifier.as_str();
    let held = |properties: Shape<'_>| -> BTreeSet<String> {
        properties
            .objects("AvailabilityZoneAddresses")
            .iter()
            .flat_map(|z| z.strings("AllocationIds"))
            .collect()
    };
    let before = held(Shape(&request.live.properties));
    let after = held(Shape(request.properties));
    for zone in Shape(request.properties).objects("AvailabilityZoneAddresses") {
        let new = zone.strings("AllocationIds").into_iter().filter(|one| !before.contains(one)).collect();
        associate(client, id, new, None, Some(zone)).await?;
    }
    disassociate(client, request, before.difference(&after).cloned().collect()).await
}

async fn associate(
    client: &Client,
    id: &str,
    allocations: Vec<String>,
    private: Option<Vec<String>>,
    zone: Option<Shape<'_>>,
) -> Result<()> {
    if allocations.is_empty() {
        return Ok(());
    }
    client
        .associate_nat_gateway_address()
        .nat_gateway_id(id)
        .set_allocation_ids(Some(allocations))
        .set_private_ip_addresses(private)
        .set_availability_zone(zone.and_then(|zone| zone.text("AvailabilityZone")))
        .set_availability_zone_id(zone.and_then(|zone| zone.text("AvailabilityZoneId")))
        .send()
        .await
        .map(drop)
        .map_err(|error| failed("ec2:AssociateNatGatewayAddress")(error).referring())
}

/// The API wants the associations' ids, which CloudFormation's shape does not have.
async fn disassociate(client: &Client, request: &Update<'_>, allocations: Vec<String>) -> Result<()> {
    if allocations.is_empty() {
        return Ok(());
    }
    let id = request.live.identifier.as_str();
    let found = client
        .describe_nat_gateways()
        .filter(tagging::filter("nat-gateway-id", [id.to_owned()]))
        .send()
        .await
        .map_err(failed("ec2:DescribeNatGateways"))?;
    let gateways = found.nat_gateways().iter().filter(|gateway| gateway.nat_gateway_id() == Some(id));
    let associations: Vec<String> = gateways
        .flat_map(NatGateway::nat_gateway_addresses)
        .filter(|one| one.allocation_id().is_some_and(|id| allocations.iter().any(|gone| gone == id)))
        .filter_map(|one| one.association_id().map(str::to_owned))
        .collect();
    if associations.is_empty() {
        return Ok(());
    }
    client
        .disassociate_nat_gateway_address()
        .nat_gateway_id(id)
        .set_association_ids(Some(associations))
        .set_max_drain_duration_seconds(Shape(request.properties).i32("MaxDrainDurationSeconds"))
        .send()
        .await
        .map(drop)
        .map_err(failed("ec2:DisassociateNatGatewayAddress"))
}

async fn assign(client: &Client, id: &str, addresses: Vec<String>, count: Option<i32>) -> Result<()> {
    if addresses.is_empty() && count.is_none() {
        return Ok(());
    }
    client
        .assign_private_nat_gateway_address()
        .nat_gateway_id(id)
        .set_private_ip_addresses((!addresses.is_empty()).then_some(addresses))
        .set_private_ip_address_count(count)
        .send()
        .await
        .map(drop)
        .map_err(failed("ec2:AssignPrivateNatGatewayAddress"))
}

async fn unassign(client: &Client, request: &Update<'_>, addresses: Vec<String>) -> Result<()> {
    if addresses.is_empty() {
        return Ok(());
    }
    client
        .unassign_private_nat_gateway_address()
        .nat_gateway_id(request.live.identifier.as_str())
        .set_private_ip_addresses(Some(addresses))
        .set_max_drain_duration_seconds(Shape(request.properties).i32("MaxDrainDurationSeconds"))
        .send()
        .await
        .map(drop)
        .map_err(failed("ec2:UnassignPrivateNatGatewayAddress"))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::Json;
    use serde_json::json;

    #[test]
    fn an_address_on_its_way_out_is_not_held() {
        let address = |id: &str, status| {
            NatGatewayAddress::builder().allocation_id(id).is_primary(false).status(status).build()
        };
        let primary = NatGatewayAddress::builder().allocation_id("a").is_primary(true).build();
        let all =
            [primary, address("b", AddressStatus::Succeeded), address("c", AddressStatus::Disassociating)];
        let ids: Vec<_> = secondary(&all).filter_map(|one| one.allocation_id()).collect();
        assert_eq!(ids, ["b"]);
    }

    #[test]
    fn a_regional_gateways_addresses_are_grouped_by_zone() {
        let address = |id: &str, zone: &str| {
            NatGatewayAddress::builder().allocation_id(id).availability_zone(zone).build()
        };
        let all = [address("a", "eu-west-1a"), address("b", "eu-west-1b"), address("c", "eu-west-1a")];
        let zones: Vec<Json> = by_zone(&all).into_iter().map(Json::from).collect();
        assert_eq!(
            Json::from(zones),
            json!([
                {"AvailabilityZone": "eu-west-1a", "AllocationIds": ["a", "c"]},
                {"AvailabilityZone": "eu-west-1b", "AllocationIds": ["b"]},
            ])
        );
    }
}
