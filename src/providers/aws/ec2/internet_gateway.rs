//! `AWS::EC2::InternetGateway`.

use std::sync::Arc;

use async_trait::async_trait;
use aws_sdk_ec2::Client;
use aws_sdk_ec2::types::{Filter, InternetGateway as Found, ResourceType as TaggedKind};

use super::super::error::gone_is_fine;
use super::super::supported::only;
use super::super::{Aws, Writer, failed, missing};
use super::bulk::{self, Reader};
use super::{PAGE, SERVICE, tagging};
use crate::model::{Identifier, Live, ResourceType, Status};
use crate::providers::{Create, Delete, Handler, Pending, Query, Readiness, Result, Update};

pub(super) const TYPE: &str = "AWS::EC2::InternetGateway";
const ID_FILTER: &str = "internet-gateway-id";

/// The handler of `AWS::EC2::InternetGateway`.
pub struct InternetGateway {
    aws: Arc<Aws>,
}

impl InternetGateway {
    /// A handler on a session.
    pub fn new(aws: &Arc<Aws>) -> Self {
        Self { aws: aws.clone() }
    }
}

/// The gateways that all of the filters find, as the API has them.
pub(super) async fn find(client: &Client, filters: Vec<Filter>) -> Result<Vec<Found>> {
    client
        .describe_internet_gateways()
        .set_filters(Some(filters))
        .max_results(PAGE)
        .into_paginator()
        .items()
        .send()
        .try_collect()
        .await
        .map_err(failed("ec2:DescribeInternetGateways"))
}

pub(super) async fn describe(reader: &Reader<'_>, filters: Vec<Filter>) -> Result<Vec<Live>> {
    let found = find(&reader.client, filters).await?;
    let live = |gateway: &Found| {
        let id = gateway.internet_gateway_id()?;
        Some(reader.live(id, gateway.tags(), Writer::new().set("InternetGatewayId", id), Status::Ready))
    };
    Ok(found.iter().filter_map(live).collect())
}

#[async_trait]
impl Handler for InternetGateway {
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
        const CALL: &str = "ec2:CreateInternetGateway";
        only(request.properties, &[], CALL)?;
        let made = self
            .aws
            .client(request.scope, Client::new)
            .create_internet_gateway()
            .tag_specifications(tagging::specification(TaggedKind::InternetGateway, request.tags))
            .send()
            .await
            .map_err(failed(CALL))?;
        let id = made.internet_gateway().and_then(Found::internet_gateway_id);
        id.map(Identifier::new).ok_or_else(|| missing(CALL, "InternetGatewayId"))
    }

    async fn update(&self, request: &Update<'_>) -> Result<()> {
        let client = self.aws.client(request.scope, Client::new);
        tagging::update(&client, request.live.identifier.as_str(), request.delta).await
    }

    async fn delete(&self, request: &Delete<'_>) -> Result<()> {
        let client = self.aws.client(request.scope, Client::new);
        let id = request.live.identifier.as_str();
        let gone = client.delete_internet_gateway().internet_gateway_id(id).send().await;
        gone_is_fine(gone.map_err(failed("ec2:DeleteInternetGateway")))
    }

    async fn ready(&self, request: &Pending<'_>) -> Result<Vec<Readiness>> {
        let reader = Reader::new(&self.aws, TYPE, request.scope, request.stack);
        bulk::pending(request, ID_FILTER, |filter| describe(&reader, vec![filter])).await
    }
}
