//! `AWS::EC2::SubnetRouteTableAssociation`: which table a subnet's traffic follows.
//!
//! It has an id but no tags, and is read out of the tables. A table's main association, which belongs to the VPC, and
//! those of gateways are not of this type.

use std::sync::Arc;

use async_trait::async_trait;
use aws_sdk_ec2::Client;
use aws_sdk_ec2::types::{RouteTable, RouteTableAssociation, RouteTableAssociationStateCode as State};

use super::super::error::gone_is_fine;
use super::super::supported::only;
use super::super::{Aws, Shape, Writer, failed, missing};
use super::bulk::{self, Reader};
use super::{SERVICE, route_table};
use crate::model::{Identifier, Live, ResourceType, Status};
use crate::providers::{
    Create, Delete, ErrorKind, Handler, Pending, ProviderError, Query, Readiness, Result, Update, Wanted,
    readiness,
};

const TYPE: &str = "AWS::EC2::SubnetRouteTableAssociation";
const CREATE: &str = "ec2:AssociateRouteTable";

/// The handler of `AWS::EC2::SubnetRouteTableAssociation`.
pub struct SubnetRouteTableAssociation {
    aws: Arc<Aws>,
}

impl SubnetRouteTableAssociation {
    /// A handler on a session.
    pub fn new(aws: &Arc<Aws>) -> Self {
        Self { aws: aws.clone() }
    }
}

/// One association as a live resource; `None` for one that is none of a subnet, or gone and still shown.
fn live(reader: &Reader<'_>, table: &RouteTable, association: &RouteTableAssociation) -> Option<Live> {
    let id = association.route_table_association_id()?;
    let subnet = association.subnet_id().filter(|_| association.main() != Some(true))?;
    let properties =
        Writer::new().set("Id", id).put("RouteTableId", table.route_table_id()).set("SubnetId", subnet);
    let parent = route_table::address(reader, table);
    Some(reader.child(id, parent, subnet.to_owned(), properties, status(association)?))
}

fn status(association: &RouteTableAssociation) -> Option<Status> {
    let state = association.association_state();
    match state.and_then(|state| state.state()) {
        Some(State::Disassociated) => None,
        Some(State::Disassociating) => Some(Status::Deleting),
        Some(State::Associating) => Some(Status::Pending("associating".to_owned())),
        Some(State::Failed) => {
            let why = state.and_then(|state| state.status_message()).unwrap_or("failed");
            Some(Status::Failed(why.to_owned()))
        }
        _ => Some(Status::Ready),
    }
}

fn associations(reader: &Reader<'_>, tables: &[RouteTable]) -> Vec<Live> {
    let found = tables.iter().flat_map(|table| {
        table.associations().iter().filter_map(|association| live(reader, table, association))
    });
    bulk::once(found.collect())
}

/// Whether an association is the wanted one: its subnet and its table.
fn is(live: &Live, wanted: &Wanted) -> bool {
    let wanted_properties = Shape(&wanted.properties);
    wanted.adopt.as_ref() == Some(&live.identifier)
        || ["SubnetId", "RouteTableId"].iter().all(|name| live.str(name) == wanted_properties.str(name))
}

#[async_trait]
impl Handler for SubnetRouteTableAssociation {
    fn resource_type(&self) -> ResourceType {
        TYPE.into()
    }

    fn service(&self) -> &'static str {
        SERVICE
    }

    fn parents(&self) -> &'static [&'static str] {
        &[route_table::TYPE]
    }

    async fn list(&self, query: &Query<'_>) -> Result<Vec<Live>> {
        let reader = Reader::new(&self.aws, TYPE, query.scope, query.stack);
        let tables = route_table::of_children(&reader, query).await?;
        let (ours, others): (Vec<_>, Vec<_>) =
            tables.into_iter().partition(|table| route_table::address(&reader, table).is_some());
        let mut found = associations(&reader, &ours);
        let of_others = associations(&reader, &others);
        found.extend(of_others.into_iter().filter(|live| query.wanted.iter().any(|wanted| is(live, wanted))));
        Ok(found)
    }

    async fn create(&self, request: &Create<'_>) -> Result<Identifier> {
        only(request.properties, &["RouteTableId", "SubnetId"], CREATE)?;
        let wanted = Shape(request.properties);
        let reader = Reader::new(&self.aws, TYPE, request.scope, request.stack);
        let made = reader
            .client
            .associate_route_table()
            .set_route_table_id(wanted.text("RouteTableId"))
            .set_subnet_id(wanted.text("SubnetId"))
            .send()
            .await
            .map_err(|error| failed(CREATE)(error).referring());
        match made {
            Err(error) if error.code == "Resource.AlreadyAssociated" => {
                let tables = route_table::by_ids(&reader.client, wanted.text("RouteTableId")).await?;
                let found = associations(&reader, &tables);
                let it = found.into_iter().find(|live| live.str("SubnetId") == wanted.str("SubnetId"));
                // Otherwise another table has the subnet, perhaps one that is just letting go of it.
                it.map(|live| live.identifier).ok_or(ProviderError { kind: ErrorKind::InUse, ..error })
            }
            made => {
                let id = made?.association_id;
                id.map(Identifier::new).ok_or_else(|| missing(CREATE, "AssociationId"))
            }
        }
    }

    /// Subnet and table are create-only and there are no tags, so nothing is left to update.
    async fn update(&self, _request: &Update<'_>) -> Result<()> {
        Ok(())
    }

    async fn delete(&self, request: &Delete<'_>) -> Result<()> {
        let client = self.aws.client(request.scope, Client::new);
        let id = request.live.identifier.as_str();
        let gone = client.disassociate_route_table().association_id(id).send().await;
        gone_is_fine(gone.map_err(failed("ec2:DisassociateRouteTable")))
    }

    /// The tables are found by what the waiting were made with, and by their association where that is not known (a
    /// delete).
    async fn ready(&self, request: &Pending<'_>) -> Result<Vec<Readiness>> {
        let reader = Reader::new(&self.aws, TYPE, request.scope, request.stack);
        let named = request.items.iter().filter_map(|item| Shape(&item.properties).text("RouteTableId"));
        let of_known = route_table::by_ids(&reader.client, named);
        let unknown = request.items.iter().filter(|item| !item.properties.contains_key("RouteTableId"));
        let filters = super::tagging::by_values(
            "association.route-table-association-id",
            unknown.map(|item| item.identifier.to_string()),
        );
        let calls = filters.into_iter().map(|filter| route_table::find(&reader.client, vec![filter]));
        let (mut tables, others) = futures::try_join!(of_known, futures::future::try_join_all(calls))?;
        tables.extend(others.concat());
        Ok(readiness(request.items, associations(&reader, &tables)))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use aws_sdk_ec2::types::RouteTableAssociationState;

    #[test]
    fn the_state_of_an_association() {
        let association = |state| {
            RouteTableAssociation::builder()
                .association_state(RouteTableAssociationState::builder().state(state).build())
                .build()
        };
        assert_eq!(status(&association(State::Associated)), Some(Status::Ready));
        assert_eq!(status(&association(State::Disassociated)), None);
        assert_eq!(status(&association(State::Failed)), Some(Status::Failed("failed".to_owned())));
        // Some answers leave the state out.
        assert_eq!(status(&RouteTableAssociation::builder().build()), Some(Status::Ready));
    }
}
