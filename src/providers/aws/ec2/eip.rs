//! `AWS::EC2::EIP`: an Elastic IP address.
//!
//! Its identifier is CloudFormation's `<PublicIp>|<AllocationId>`.

use std::sync::Arc;

use async_trait::async_trait;
use aws_sdk_ec2::Client;
use aws_sdk_ec2::types::{Address as Found, DomainType, Filter, ResourceType as TaggedKind};

use super::super::error::gone_is_fine;
use super::super::supported::only;
use super::super::{Aws, Shape, Writer, failed, missing};
use super::bulk::{self, Reader};
use super::{SERVICE, tagging};
use crate::model::{Identifier, Live, Ownership, ResourceType, Status};
use crate::providers::{
    Create, Delete, Handler, Pending, ProviderError, Query, Readiness, Result, Update, readiness,
};

pub(super) const TYPE: &str = "AWS::EC2::EIP";
const ID_FILTER: &str = "allocation-id";
const SUPPORTED: &[&str] = &[
    "Address",
    "Domain",
    "InstanceId",
    "IpamPoolId",
    "NetworkBorderGroup",
    "PublicIpv4Pool",
    "TransferAddress",
];

/// The handler of `AWS::EC2::EIP`.
pub struct Eip {
    aws: Arc<Aws>,
}

impl Eip {
    /// A handler on a session.
    pub fn new(aws: &Arc<Aws>) -> Self {
        Self { aws: aws.clone() }
    }
}

/// The addresses that all of the filters find; `DescribeAddresses` has no pages.
async fn find(client: &Client, filters: Vec<Filter>) -> Result<Vec<Found>> {
    let answer = client.describe_addresses().set_filters(Some(filters)).send().await;
    Ok(answer.map_err(failed("ec2:DescribeAddresses"))?.addresses.unwrap_or_default())
}

pub(super) async fn describe(reader: &Reader<'_>, filters: Vec<Filter>) -> Result<Vec<Live>> {
    let found = find(&reader.client, filters).await?;
    let live = |address: &Found| {
        let id = identifier(address.public_ip()?, address.allocation_id()?);
        Some(reader.live(&id, address.tags(), properties(address), Status::Ready))
    };
    Ok(found.iter().filter_map(live).collect())
}

fn properties(address: &Found) -> Writer {
    let instance = address.instance_id().filter(|id| !id.is_empty());
    Writer::new()
        .put("PublicIp", address.public_ip())
        .put("AllocationId", address.allocation_id())
        .put("Domain", address.domain().map(DomainType::as_str))
        .put("InstanceId", instance)
        .put("NetworkBorderGroup", address.network_border_group())
        .put("PublicIpv4Pool", address.public_ipv4_pool())
}

fn identifier(public_ip: &str, allocation: &str) -> String {
    format!("{public_ip}|{allocation}")
}

/// The allocation in an identifier; an allocation alone will do, for `adopt`.
fn allocation(identifier: &Identifier) -> &str {
    identifier.as_str().rsplit('|').next().unwrap_or_default()
}

/// Gives the address to an instance; it is taken from the one that had it.
async fn associate(client: &Client, allocation: &str, instance: &str) -> Result<()> {
    client
        .associate_address()
        .allocation_id(allocation)
        .instance_id(instance)
        .allow_reassociation(true)
        .send()
        .await
        .map(drop)
        .map_err(|error| failed("ec2:AssociateAddress")(error).referring())
}

/// Takes the address from whatever instance has it.
async fn disassociate(client: &Client, allocation: &str) -> Result<()> {
    let found = find(client, vec![tagging::filter(ID_FILTER, [allocation.to_owned()])]).await?;
    let of_us = found.iter().filter(|address| address.allocation_id() == Some(allocation));
    for association in of_us.filter_map(Found::association_id) {
        let gone = client.disassociate_address().association_id(association).send().await;
        gone_is_fine(gone.map_err(failed("ec2:DisassociateAddress")))?;
    }
    Ok(())
}

/// Allocates an address, or accepts the one that another account hands over.
async fn obtain(client: &Client, request: &Create<'_>) -> Result<(String, String)> {
    const ALLOCATE: &str = "ec2:AllocateAddress";
    const ACCEPT: &str = "ec2:AcceptAddressTransfer";
    let wanted = Shape(request.properties);
    let tags = tagging::specification(TaggedKind::ElasticIp, request.tags);
    let (public_ip, allocation) = if let Some(transferred) = wanted.str("TransferAddress") {
        let accepted =
            client.accept_address_transfer().address(transferred).tag_specifications(tags).send().await;
        let transfer = accepted.map_err(failed(ACCEPT))?.address_transfer;
        transfer.map_or((None, None), |transfer| (transfer.public_ip, transfer.allocation_id))
    } else {
        let made = client
            .allocate_address()
            // EC2-Classic's `standard` is gone.
            .domain(DomainType::Vpc)
            .set_address(wanted.text("Address"))
            .set_public_ipv4_pool(wanted.text("PublicIpv4Pool"))
            .set_network_border_group(wanted.text("NetworkBorderGroup"))
            .set_ipam_pool_id(wanted.text("IpamPoolId"))
            .tag_specifications(tags)
            .send()
            .await
            .map_err(failed(ALLOCATE))?;
        (made.public_ip, made.allocation_id)
    };
    public_ip.zip(allocation).ok_or_else(|| missing(ALLOCATE, "AllocationId"))
}

#[async_trait]
impl Handler for Eip {
    fn resource_type(&self) -> ResourceType {
        TYPE.into()
    }

    fn service(&self) -> &'static str {
        SERVICE
    }

    async fn list(&self, query: &Query<'_>) -> Result<Vec<Live>> {
        let reader = Reader::new(&self.aws, TYPE, query.scope, query.stack);
        let adopted: Vec<_> = query.wanted.iter().filter_map(|wanted| wanted.adopt.as_ref()).collect();
        let mut filters = tagging::by_values(ID_FILTER, adopted.iter().map(|id| allocation(id).to_owned()));
        filters.push(tagging::owned(query.stack));
        let mut found = bulk::all(filters, |filter| describe(&reader, vec![filter])).await?;
        found.retain(|live| live.ownership != Ownership::Foreign || adopted.contains(&&live.identifier));
        Ok(found)
    }

    async fn create(&self, request: &Create<'_>) -> Result<Identifier> {
        only(request.properties, SUPPORTED, "ec2:AllocateAddress")?;
        let client = self.aws.client(request.scope, Client::new);
        let (public_ip, allocation) = obtain(&client, request).await?;
        if let Some(instance) = Shape(request.properties).str("InstanceId") {
            associate(&client, &allocation, instance).await.map_err(ProviderError::once_made)?;
        }
        Ok(Identifier::new(identifier(&public_ip, &allocation)))
    }

    async fn update(&self, request: &Update<'_>) -> Result<()> {
        only(request.properties, SUPPORTED, "ec2:AssociateAddress")?;
        let client = self.aws.client(request.scope, Client::new);
        let allocation = allocation(&request.live.identifier);
        if request.delta.touches("InstanceId") {
            match Shape(request.properties).str("InstanceId") {
                Some(instance) => associate(&client, allocation, instance).await?,
                None => disassociate(&client, allocation).await?,
            }
        }
        tagging::update(&client, allocation, request.delta).await
    }

    /// What has the address by the blueprint's wish gives it up first; a NAT gateway gives it up when it is gone.
    async fn delete(&self, request: &Delete<'_>) -> Result<()> {
        let client = self.aws.client(request.scope, Client::new);
        let allocation = allocation(&request.live.identifier);
        if request.live.str("InstanceId").is_some() {
            disassociate(&client, allocation).await?;
        }
        let region = request.scope.region().map(crate::model::Region::as_str);
        let border = request.live.str("NetworkBorderGroup").filter(|group| Some(*group) != region);
        let gone = client
            .release_address()
            .allocation_id(allocation)
            .set_network_border_group(border.map(str::to_owned))
            .send()
            .await
            .map_err(failed("ec2:ReleaseAddress"));
        gone_is_fine(gone.map_err(still_held))
    }

    async fn ready(&self, request: &Pending<'_>) -> Result<Vec<Readiness>> {
        let reader = Reader::new(&self.aws, TYPE, request.scope, request.stack);
        let ids = request.items.iter().map(|item| allocation(&item.identifier).to_owned());
        let found =
            bulk::all(tagging::by_values(ID_FILTER, ids), |filter| describe(&reader, vec![filter])).await?;
        Ok(readiness(request.items, found))
    }
}

/// `AuthFailure` is what EC2 says of an address that a NAT gateway on its way out still holds.
fn still_held(error: ProviderError) -> ProviderError {
    if error.code == "AuthFailure" && error.message.contains("permission to access") {
        return ProviderError { kind: crate::providers::ErrorKind::InUse, ..error };
    }
    error
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_identifier_is_cloudformations() {
        let id = Identifier::new(identifier("198.51.100.7", "eipalloc-1"));
        assert_eq!(id.as_str(), "198.51.100.7|eipalloc-1");
        assert_eq!(allocation(&id), "eipalloc-1");
        assert_eq!(allocation(&Identifier::new("eipalloc-1")), "eipalloc-1");
    }

    #[test]
    fn an_empty_instance_is_none() {
        let address = Found::builder().allocation_id("eipalloc-1").instance_id("").build();
        assert!(!properties(&address).build().contains_key("InstanceId"));
    }
}
