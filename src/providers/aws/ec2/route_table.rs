//! `AWS::EC2::RouteTable`, and the tables as its routes and associations are read out of them.

use std::collections::BTreeSet;
use std::sync::Arc;

use async_trait::async_trait;
use aws_sdk_ec2::Client;
use aws_sdk_ec2::types::{Filter, ResourceType as TaggedKind, RouteTable as Found};
use futures::future::try_join_all;

use super::super::error::gone_is_fine;
use super::super::supported::only;
use super::super::{Aws, Shape, Writer, failed, missing};
use super::bulk::{self, Reader};
use super::{SERVICE, tagging};
use crate::model::{Address, Identifier, Live, Ownership, ResourceType, Status};
use crate::providers::{Create, Delete, Handler, Pending, Query, Readiness, Result, Update};

pub(super) const TYPE: &str = "AWS::EC2::RouteTable";
const ID_FILTER: &str = "route-table-id";
const CREATE: &str = "ec2:CreateRouteTable";

/// `DescribeRouteTables` gives at most this many a page.
const TABLES_A_PAGE: i32 = 100;

/// The handler of `AWS::EC2::RouteTable`.
pub struct RouteTable {
    aws: Arc<Aws>,
}

impl RouteTable {
    /// A handler on a session.
    pub fn new(aws: &Arc<Aws>) -> Self {
        Self { aws: aws.clone() }
    }
}

/// The tables that all of the filters find, as the API has them.
pub(super) async fn find(client: &Client, filters: Vec<Filter>) -> Result<Vec<Found>> {
    client
        .describe_route_tables()
        .set_filters(Some(filters))
        .max_results(TABLES_A_PAGE)
        .into_paginator()
        .items()
        .send()
        .try_collect()
        .await
        .map_err(failed("ec2:DescribeRouteTables"))
}

/// These tables, as the API has them.
pub(super) async fn by_ids(client: &Client, ids: impl IntoIterator<Item = String>) -> Result<Vec<Found>> {
    let ids: BTreeSet<String> = ids.into_iter().collect();
    let calls =
        tagging::by_values(ID_FILTER, ids.iter().cloned()).into_iter().map(|by| find(client, vec![by]));
    let mut found = try_join_all(calls).await?.concat();
    found.retain(|table| table.route_table_id().is_some_and(|id| ids.contains(id)));
    Ok(found)
}

/// The tables whose children a query is about: those that the stack owns, in one call, and those of others that a
/// wanted child names.
pub(super) async fn of_children(reader: &Reader<'_>, query: &Query<'_>) -> Result<Vec<Found>> {
    let owned: BTreeSet<&str> = query.parents.iter().map(|table| table.identifier.as_str()).collect();
    let named = query.wanted.iter().filter_map(|wanted| Shape(&wanted.properties).text("RouteTableId"));
    let adopted = query.wanted.iter().filter_map(|wanted| {
        let (table, _) = wanted.adopt.as_ref()?.as_str().split_once('|')?;
        Some(table.to_owned())
    });
    let others: Vec<_> = named.chain(adopted).filter(|id| !owned.contains(id.as_str())).collect();
    let ours = async {
        if owned.is_empty() {
            Ok(Vec::new())
        } else {
            find(&reader.client, vec![tagging::owned(query.stack)]).await
        }
    };
    let (mut found, others) = futures::try_join!(ours, by_ids(&reader.client, others))?;
    found.retain(|table| matches!(reader.owner(table.tags()), Ownership::Tagged(_)));
    found.extend(others);
    Ok(found)
}

/// The address of the stack's table, `None` for one of others.
pub(super) fn address(reader: &Reader<'_>, table: &Found) -> Option<Address> {
    match reader.owner(table.tags()) {
        Ownership::Tagged(address) => Some(address),
        _ => None,
    }
}

pub(super) async fn describe(reader: &Reader<'_>, filters: Vec<Filter>) -> Result<Vec<Live>> {
    let found = find(&reader.client, filters).await?;
    let live = |table: &Found| {
        let id = table.route_table_id()?;
        let properties = Writer::new().set("RouteTableId", id).put("VpcId", table.vpc_id());
        Some(reader.live(id, table.tags(), properties, Status::Ready))
    };
    Ok(found.iter().filter_map(live).collect())
}

#[async_trait]
impl Handler for RouteTable {
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
        only(request.properties, &["VpcId"], CREATE)?;
        let made = self
            .aws
            .client(request.scope, Client::new)
            .create_route_table()
            .set_vpc_id(Shape(request.properties).text("VpcId"))
            .client_token(request.token.as_str())
            .tag_specifications(tagging::specification(TaggedKind::RouteTable, request.tags))
            .send()
            .await
            .map_err(|error| failed(CREATE)(error).referring())?;
        let id = made.route_table().and_then(Found::route_table_id);
        id.map(Identifier::new).ok_or_else(|| missing(CREATE, "RouteTableId"))
    }

    async fn update(&self, request: &Update<'_>) -> Result<()> {
        let client = self.aws.client(request.scope, Client::new);
        tagging::update(&client, request.live.identifier.as_str(), request.delta).await
    }

    async fn delete(&self, request: &Delete<'_>) -> Result<()> {
        let client = self.aws.client(request.scope, Client::new);
        let gone = client.delete_route_table().route_table_id(request.live.identifier.as_str()).send().await;
        gone_is_fine(gone.map_err(failed("ec2:DeleteRouteTable")))
    }

    async fn ready(&self, request: &Pending<'_>) -> Result<Vec<Readiness>> {
        let reader = Reader::new(&self.aws, TYPE, request.scope, request.stack);
        bulk::pending(request, ID_FILTER, |filter| describe(&reader, vec![filter])).await
    }
}
