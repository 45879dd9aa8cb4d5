//! `AWS::EC2::VPC`.

use std::sync::Arc;

use async_trait::async_trait;
use aws_sdk_ec2::Client;
use aws_sdk_ec2::types::{
    AttributeBooleanValue, Filter, ResourceType as TaggedKind, Tenancy, Vpc as Found, VpcAttributeName,
    VpcState,
};
use futures::future::try_join_all;

use super::super::error::gone_is_fine;
use super::super::{Aws, Shape, Writer, failed, missing, tags};
use super::{SERVICE, tagging};
use crate::model::{Identifier, Live, ResourceType, Scope, StackName, Status};
use crate::providers::{Create, Delete, Handler, Pending, Query, Readiness, Result, Update, readiness};

/// The handler of `AWS::EC2::VPC`.
pub struct Vpc {
    aws: Arc<Aws>,
}

impl Vpc {
    /// A handler on a session.
    pub fn new(aws: &Arc<Aws>) -> Self {
        Self { aws: aws.clone() }
    }

    fn client(&self, scope: &Scope) -> Client {
        self.aws.client(scope, Client::new)
    }

    async fn describe(&self, scope: &Scope, stack: &StackName, filter: Filter) -> Result<Vec<Live>> {
        let client = self.client(scope);
        let found: Vec<Found> = client
            .describe_vpcs()
            .filters(filter)
            .into_paginator()
            .items()
            .send()
            .try_collect()
            .await
            .map_err(failed("ec2:DescribeVpcs"))?;
        try_join_all(found.iter().map(|vpc| read(&client, scope, stack, vpc))).await
    }
}

#[async_trait]
impl Handler for Vpc {
    fn resource_type(&self) -> ResourceType {
        "AWS::EC2::VPC".into()
    }

    fn service(&self) -> &'static str {
        SERVICE
    }

    async fn list(&self, query: &Query<'_>) -> Result<Vec<Live>> {
        let reads = tagging::reads(query, "vpc-id");
        let found = reads.into_iter().map(|filter| self.describe(query.scope, query.stack, filter));
        Ok(try_join_all(found).await?.concat())
    }

    async fn create(&self, request: &Create<'_>) -> Result<Identifier> {
        let wanted = Shape(request.properties);
        let client = self.client(request.scope);
        let made = client
            .create_vpc()
            .set_cidr_block(wanted.text("CidrBlock"))
            .set_instance_tenancy(wanted.str("InstanceTenancy").map(Tenancy::from))
            .set_ipv4_ipam_pool_id(wanted.text("Ipv4IpamPoolId"))
            .set_ipv4_netmask_length(wanted.i32("Ipv4NetmaskLength"))
            .tag_specifications(tagging::specification(TaggedKind::Vpc, request.tags))
            .send()
            .await
            .map_err(failed("ec2:CreateVpc"))?;
        let id = made.vpc().and_then(Found::vpc_id).ok_or_else(|| missing("ec2:CreateVpc", "VpcId"))?;
        set_dns(&client, id, wanted).await?;
        Ok(Identifier::new(id))
    }

    async fn update(&self, request: &Update<'_>) -> Result<()> {
        let client = self.client(request.scope);
        let id = request.live.identifier.as_str();
        if request.delta.touches_properties() {
            set_dns(&client, id, Shape(request.properties)).await?;
        }
        tagging::update(&client, id, request.delta).await
    }

    async fn delete(&self, request: &Delete<'_>) -> Result<()> {
        let id = request.live.identifier.as_str();
        let gone = self.client(request.scope).delete_vpc().vpc_id(id).send().await;
        gone_is_fine(gone.map_err(failed("ec2:DeleteVpc")))
    }

    async fn ready(&self, request: &Pending<'_>) -> Result<Vec<Readiness>> {
        let ids = request.items.iter().map(|item| item.identifier.to_string());
        let found = self.describe(request.scope, request.stack, tagging::filter("vpc-id", ids)).await?;
        Ok(readiness(request.items, found))
    }
}

/// `DescribeVpcs` leaves the DNS attributes out; each is a call of its own, and a stack has few VPCs.
async fn read(client: &Client, scope: &Scope, stack: &StackName, vpc: &Found) -> Result<Live> {
    let id = vpc.vpc_id().unwrap_or_default();
    let (support, hostnames) = futures::try_join!(
        dns(client, id, VpcAttributeName::EnableDnsSupport),
        dns(client, id, VpcAttributeName::EnableDnsHostnames)
    )?;
    let tags = tagging::read(vpc.tags());
    Ok(Live {
        resource_type: "AWS::EC2::VPC".into(),
        scope: scope.clone(),
        identifier: Identifier::new(id),
        properties: Writer::new()
            .set("VpcId", id)
            .put("CidrBlock", vpc.cidr_block())
            .put("InstanceTenancy", vpc.instance_tenancy().map(Tenancy::as_str))
            .put("EnableDnsSupport", support)
            .put("EnableDnsHostnames", hostnames)
            .build(),
        ownership: tags::ownership(&tags, stack),
        tags,
        status: match vpc.state() {
            Some(VpcState::Pending) => Status::Pending("pending".to_owned()),
            _ => Status::Ready,
        },
    })
}

async fn dns(client: &Client, id: &str, attribute: VpcAttributeName) -> Result<Option<bool>> {
    let answer = client
        .describe_vpc_attribute()
        .vpc_id(id)
        .attribute(attribute.clone())
        .send()
        .await
        .map_err(failed("ec2:DescribeVpcAttribute"))?;
    let value = match attribute {
        VpcAttributeName::EnableDnsSupport => answer.enable_dns_support(),
        _ => answer.enable_dns_hostnames(),
    };
    Ok(value.and_then(AttributeBooleanValue::value))
}

/// The API takes one attribute a call, and host names only where support is on.
async fn set_dns(client: &Client, id: &str, wanted: Shape<'_>) -> Result<()> {
    let flag = |value| AttributeBooleanValue::builder().value(value).build();
    let support = wanted.bool("EnableDnsSupport").unwrap_or(true);
    let hostnames = wanted.bool("EnableDnsHostnames").unwrap_or(false);
    let modify = || client.modify_vpc_attribute().vpc_id(id);
    let calls = if support {
        vec![modify().enable_dns_support(flag(true)), modify().enable_dns_hostnames(flag(hostnames))]
    } else {
        vec![modify().enable_dns_hostnames(flag(hostnames)), modify().enable_dns_support(flag(false))]
    };
    for call in calls {
        call.send().await.map_err(|error| failed("ec2:ModifyVpcAttribute")(error).referring())?;
    }
    Ok(())
}
