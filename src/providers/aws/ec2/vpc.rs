//! `AWS::EC2::VPC`.

use std::collections::BTreeMap;
use std::sync::Arc;

use async_trait::async_trait;
use aws_sdk_ec2::Client;
use aws_sdk_ec2::types::{
    AttributeBooleanValue, Filter, ResourceType as TaggedKind, Tenancy, Vpc as Found, VpcAttributeName,
    VpcState, VpcTenancy,
};
use futures::future::try_join_all;

use super::super::error::gone_is_fine;
use super::super::supported::only;
use super::super::{Aws, Shape, Writer, failed, missing};
use super::bulk::{self, Reader};
use super::{PAGE, SERVICE, tagging, vpc_encryption};
use crate::model::{Identifier, Live, ResourceType, Status};
use crate::providers::{
    Create, Delete, ErrorKind, Handler, Pending, ProviderError, Query, Readiness, Result, Update,
};

pub(super) const TYPE: &str = "AWS::EC2::VPC";
const ID_FILTER: &str = "vpc-id";
const CREATE: &str = "ec2:CreateVpc";
/// Where one part of EC2 shows a VPC that another does not know: it was made, or is gone, a moment ago.
const HALF_VISIBLE: &str = "its attributes are not visible";
const SUPPORTED: &[&str] = &[
    "CidrBlock",
    "EnableDnsHostnames",
    "EnableDnsSupport",
    "InstanceTenancy",
    "Ipv4IpamPoolId",
    "Ipv4NetmaskLength",
    "VpcEncryptionControl",
];

/// The handler of `AWS::EC2::VPC`.
pub struct Vpc {
    aws: Arc<Aws>,
}

impl Vpc {
    /// A handler on a session.
    pub fn new(aws: &Arc<Aws>) -> Self {
        Self { aws: aws.clone() }
    }
}

/// The VPCs that all of the filters find.
pub(super) async fn describe(reader: &Reader<'_>, filters: Vec<Filter>) -> Result<Vec<Live>> {
    let found: Vec<Found> = reader
        .client
        .describe_vpcs()
        .set_filters(Some(filters))
        .max_results(PAGE)
        .into_paginator()
        .items()
        .send()
        .try_collect()
        .await
        .map_err(failed("ec2:DescribeVpcs"))?;
    let ids = || found.iter().filter_map(Found::vpc_id).map(str::to_owned);
    let dns = try_join_all(ids().map(|id| Dns::read(&reader.client, id)));
    let groups = default_groups(&reader.client, ids());
    let acls = default_acls(&reader.client, ids());
    let (dns, groups, acls) = futures::try_join!(dns, groups, acls)?;
    let live = |(vpc, dns): (&Found, Option<Dns>)| {
        let id = vpc.vpc_id()?;
        let properties = properties(id, vpc)
            .put("EnableDnsSupport", dns.as_ref().and_then(|dns| dns.support))
            .put("EnableDnsHostnames", dns.as_ref().and_then(|dns| dns.hostnames))
            .put("DefaultSecurityGroup", groups.get(id).cloned())
            .put("DefaultNetworkAcl", acls.get(id).cloned());
        let status = if dns.is_some() { status(vpc) } else { Status::Pending(HALF_VISIBLE.to_owned()) };
        Some(reader.live(id, vpc.tags(), properties, status))
    };
    Ok(found.iter().zip(dns).filter_map(live).collect())
}

/// What `DescribeVpcs` says.
fn properties(id: &str, vpc: &Found) -> Writer {
    let associations = vpc.cidr_block_association_set().iter().filter_map(|one| one.association_id());
    let ipv6 = vpc.ipv6_cidr_block_association_set().iter().filter_map(|one| one.ipv6_cidr_block());
    Writer::new()
        .set("VpcId", id)
        .put("CidrBlock", vpc.cidr_block())
        .put("InstanceTenancy", vpc.instance_tenancy().map(Tenancy::as_str))
        .list("CidrBlockAssociations", associations)
        .list("Ipv6CidrBlocks", ipv6)
        .put("VpcEncryptionControl", vpc.encryption_control().map(vpc_encryption::read))
}

fn status(vpc: &Found) -> Status {
    match vpc.state() {
        Some(VpcState::Pending) => Status::Pending("pending".to_owned()),
        Some(VpcState::Deleting) => Status::Deleting,
        _ => Status::Ready,
    }
}

/// The DNS attributes, which `DescribeVpcs` leaves out; each is a call of its own, and a stack has few VPCs.
struct Dns {
    support: Option<bool>,
    hostnames: Option<bool>,
}

impl Dns {
    /// `None` where the VPC is not found.
    async fn read(client: &Client, id: String) -> Result<Option<Self>> {
        let ask = |attribute| async {
            client
                .describe_vpc_attribute()
                .vpc_id(&id)
                .attribute(attribute)
                .send()
                .await
                .map_err(failed("ec2:DescribeVpcAttribute"))
        };
        let both = futures::try_join!(
            ask(VpcAttributeName::EnableDnsSupport),
            ask(VpcAttributeName::EnableDnsHostnames)
        );
        let (support, hostnames) = match both {
            Err(error) if error.kind == ErrorKind::NotFound => return Ok(None),
            both => both?,
        };
        Ok(Some(Self {
            support: support.enable_dns_support().and_then(AttributeBooleanValue::value),
            hostnames: hostnames.enable_dns_hostnames().and_then(AttributeBooleanValue::value),
        }))
    }
}

/// The default security group of each VPC.
async fn default_groups(
    client: &Client,
    vpcs: impl Iterator<Item = String>,
) -> Result<BTreeMap<String, String>> {
    let calls = tagging::by_values("vpc-id", vpcs).into_iter().map(|filter| {
        client
            .describe_security_groups()
            .filters(filter)
            .filters(tagging::filter("group-name", ["default".to_owned()]))
            .max_results(PAGE)
            .into_paginator()
            .items()
            .send()
            .try_collect()
    });
    let found: Vec<_> = try_join_all(calls).await.map_err(failed("ec2:DescribeSecurityGroups"))?.concat();
    let pair = |group: &aws_sdk_ec2::types::SecurityGroup| {
        (group.group_name() == Some("default"))
            .then(|| Some((group.vpc_id()?.to_owned(), group.group_id()?.to_owned())))?
    };
    Ok(found.iter().filter_map(pair).collect())
}

/// The default network ACL of each VPC.
async fn default_acls(
    client: &Client,
    vpcs: impl Iterator<Item = String>,
) -> Result<BTreeMap<String, String>> {
    let calls = tagging::by_values("vpc-id", vpcs).into_iter().map(|filter| {
        client
            .describe_network_acls()
            .filters(filter)
            .filters(tagging::filter("default", ["true".to_owned()]))
            .max_results(PAGE)
            .into_paginator()
            .items()
            .send()
            .try_collect()
    });
    let found: Vec<_> = try_join_all(calls).await.map_err(failed("ec2:DescribeNetworkAcls"))?.concat();
    let pair = |acl: &aws_sdk_ec2::types::NetworkAcl| {
        (acl.is_default() == Some(true))
            .then(|| Some((acl.vpc_id()?.to_owned(), acl.network_acl_id()?.to_owned())))?
    };
    Ok(found.iter().filter_map(pair).collect())
}

/// Brings the DNS attributes from what they are to what is wanted. The API takes one a call, and host names only where
/// support is on.
async fn set_dns(client: &Client, id: &str, wanted: Shape<'_>, before: Dns) -> Result<()> {
    let flag = |value| AttributeBooleanValue::builder().value(value).build();
    let modify = || client.modify_vpc_attribute().vpc_id(id);
    let support = wanted.bool("EnableDnsSupport").unwrap_or(true);
    let hostnames = wanted.bool("EnableDnsHostnames").unwrap_or(false);
    let mut calls = Vec::new();
    if before.support != Some(support) {
        calls.push(modify().enable_dns_support(flag(support)));
    }
    if before.hostnames != Some(hostnames) {
        calls.push(modify().enable_dns_hostnames(flag(hostnames)));
    }
    if !support {
        calls.reverse();
    }
    for call in calls {
        call.send().await.map_err(|error| failed("ec2:ModifyVpcAttribute")(error).referring())?;
    }
    Ok(())
}

/// Dedicated tenancy can be given up; there is no way into it.
async fn set_tenancy(client: &Client, id: &str, wanted: Shape<'_>) -> Result<()> {
    const CALL: &str = "ec2:ModifyVpcTenancy";
    match wanted.str("InstanceTenancy") {
        None | Some("default") => client
            .modify_vpc_tenancy()
            .vpc_id(id)
            .instance_tenancy(VpcTenancy::Default)
            .send()
            .await
            .map(drop)
            .map_err(failed(CALL)),
        Some(other) => Err(ProviderError::new(
            ErrorKind::Unsupported,
            CALL,
            format!("InstanceTenancy of a VPC can go to `default` and not to `{other}`"),
        )),
    }
}

#[async_trait]
impl Handler for Vpc {
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
        let client = self.aws.client(request.scope, Client::new);
        let made = client
            .create_vpc()
            .set_cidr_block(wanted.text("CidrBlock"))
            .set_instance_tenancy(wanted.str("InstanceTenancy").map(Tenancy::from))
            .set_ipv4_ipam_pool_id(wanted.text("Ipv4IpamPoolId"))
            .set_ipv4_netmask_length(wanted.i32("Ipv4NetmaskLength"))
            .set_vpc_encryption_control(wanted.object("VpcEncryptionControl").map(vpc_encryption::write))
            .tag_specifications(tagging::specification(TaggedKind::Vpc, request.tags))
            .send()
            .await
            .map_err(|error| failed(CREATE)(error).referring())?;
        let id = made.vpc().and_then(Found::vpc_id).ok_or_else(|| missing(CREATE, "VpcId"))?;
        let before = Dns { support: Some(true), hostnames: Some(false) };
        set_dns(&client, id, wanted, before).await.map_err(ProviderError::once_made)?;
        Ok(Identifier::new(id))
    }

    async fn update(&self, request: &Update<'_>) -> Result<()> {
        only(request.properties, SUPPORTED, "ec2:ModifyVpcAttribute")?;
        let client = self.aws.client(request.scope, Client::new);
        let id = request.live.identifier.as_str();
        let wanted = Shape(request.properties);
        if request.delta.touches("InstanceTenancy") {
            set_tenancy(&client, id, wanted).await?;
        }
        if request.delta.touches_any(&["EnableDnsSupport", "EnableDnsHostnames"]) {
            let live = Shape(&request.live.properties);
            let before =
                Dns { support: live.bool("EnableDnsSupport"), hostnames: live.bool("EnableDnsHostnames") };
            set_dns(&client, id, wanted, before).await?;
        }
        tagging::update(&client, id, request.delta).await
    }

    async fn delete(&self, request: &Delete<'_>) -> Result<()> {
        let client = self.aws.client(request.scope, Client::new);
        let gone = client.delete_vpc().vpc_id(request.live.identifier.as_str()).send().await;
        gone_is_fine(gone.map_err(failed("ec2:DeleteVpc")))
    }

    async fn ready(&self, request: &Pending<'_>) -> Result<Vec<Readiness>> {
        let reader = Reader::new(&self.aws, TYPE, request.scope, request.stack);
        bulk::pending(request, ID_FILTER, |filter| describe(&reader, vec![filter])).await
    }
}

#[cfg(test)]
mod tests {
    use super::super::super::fake::{self, Answer, look};
    use super::*;
    use serde_json::json;

    #[tokio::test]
    async fn one_that_half_of_ec2_knows_is_waited_for() {
        const SET: &str = "<vpcSet><item><vpcId>vpc-1</vpcId><state>available</state></item></vpcSet>";
        let (aws, _) = fake::session(|call| match call.action() {
            "DescribeVpcs" => Answer::query(SET),
            "DescribeVpcAttribute" => Answer::ec2_error("InvalidVpcID.NotFound"),
            _ => Answer::query(""),
        });
        let answer = look(&Vpc::new(&aws), &fake::live(TYPE, "vpc-1", &json!({}))).await;
        assert_eq!(answer, Readiness::Waiting(HALF_VISIBLE.to_owned()));
    }
}
