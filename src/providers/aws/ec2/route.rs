//! `AWS::EC2::Route`: a line of a route table.
//!
//! It has no tags and no id; its identifier is CloudFormation's `<RouteTableId>|<CidrBlock>`, whatever kind of
//! destination it has. All routes of an owned table are reported, but for those that AWS itself puts there: the local
//! ones, those a virtual private gateway propagates, those of gateway endpoints and of VPC Lattice.

use std::sync::Arc;

use async_trait::async_trait;
use aws_sdk_ec2::Client;
use aws_sdk_ec2::types::{Route as Found, RouteOrigin, RouteTable};

use super::super::error::gone_is_fine;
use super::super::supported::only;
use super::super::{Aws, Shape, Writer, failed};
use super::bulk::{self, Reader};
use super::route_destination::Destination;
use super::{SERVICE, route_table};
use crate::model::{Identifier, JsonMap, Live, ResourceType, Status};
use crate::providers::{
    Create, Delete, ErrorKind, Handler, Pending, ProviderError, Query, Readiness, Result, Update, readiness,
};

const TYPE: &str = "AWS::EC2::Route";
const CREATE: &str = "ec2:CreateRoute";
/// The gateway of the routes to a Lattice service network. Their origin is `CreateRoute`, as if made by hand, and no one
/// else can delete them.
const VPC_LATTICE: &str = "VpcLattice";
const TARGETS: &[&str] = &[
    "CarrierGatewayId",
    "CoreNetworkArn",
    "EgressOnlyInternetGatewayId",
    "GatewayId",
    "InstanceId",
    "LocalGatewayId",
    "NatGatewayId",
    "NetworkInterfaceId",
    "OdbNetworkArn",
    "TransitGatewayId",
    "VpcEndpointId",
    "VpcPeeringConnectionId",
];
const KEYS: &[&str] =
    &["RouteTableId", "DestinationCidrBlock", "DestinationIpv6CidrBlock", "DestinationPrefixListId"];

/// The handler of `AWS::EC2::Route`.
pub struct Route {
    aws: Arc<Aws>,
}

impl Route {
    /// A handler on a session.
    pub fn new(aws: &Arc<Aws>) -> Self {
        Self { aws: aws.clone() }
    }
}

/// The target of a route by the property that names it. The API repeats an instance as its network interface and a
/// gateway load balancer endpoint as a gateway; `named` is what the blueprint calls it.
fn target<'a>(route: &'a Found, named: Option<&JsonMap>) -> Option<(&'static str, &'a str)> {
    let gateway = route.gateway_id();
    let is_endpoint = gateway.is_some_and(|id| id.starts_with("vpce-"));
    let all = [
        ("GatewayId", gateway.filter(|_| !is_endpoint)),
        ("VpcEndpointId", gateway.filter(|_| is_endpoint)),
        ("NatGatewayId", route.nat_gateway_id()),
        ("InstanceId", route.instance_id()),
        ("NetworkInterfaceId", route.network_interface_id()),
        ("TransitGatewayId", route.transit_gateway_id()),
        ("VpcPeeringConnectionId", route.vpc_peering_connection_id()),
        ("EgressOnlyInternetGatewayId", route.egress_only_internet_gateway_id()),
        ("CarrierGatewayId", route.carrier_gateway_id()),
        ("LocalGatewayId", route.local_gateway_id()),
        ("CoreNetworkArn", route.core_network_arn()),
        ("OdbNetworkArn", route.odb_network_arn()),
    ];
    let mut given = all.into_iter().filter_map(|(name, id)| Some((name, id.filter(|id| !id.is_empty())?)));
    let first = given.clone().next();
    given.find(|(name, _)| named.is_some_and(|named| named.contains_key(*name))).or(first)
}

/// Whether AWS put the route there itself.
fn is_of_aws(route: &Found) -> bool {
    let gateway = route.gateway_id().unwrap_or_default();
    let propagated =
        matches!(route.origin(), Some(RouteOrigin::EnableVgwRoutePropagation | RouteOrigin::Advertisement));
    let of_gateway_endpoint =
        gateway.starts_with("vpce-") && matches!(Destination::read(route), Some(Destination::PrefixList(_)));
    let of_the_table = gateway == "local" || route.origin() == Some(&RouteOrigin::CreateRouteTable);
    of_the_table || gateway == VPC_LATTICE || propagated || of_gateway_endpoint
}

/// What is wanted of a route, if it is wanted: the properties of the blueprint.
fn wanted<'a>(
    wanted: impl IntoIterator<Item = &'a JsonMap>,
    table: &str,
    destination: &Destination,
) -> Option<&'a JsonMap> {
    wanted.into_iter().find(|properties| {
        let shape = Shape(properties);
        shape.str("RouteTableId") == Some(table)
            && Destination::of(shape).is_some_and(|other| other.is(destination))
    })
}

/// One route as a live resource, in the blueprint's spelling of its destination where it is wanted.
fn live(reader: &Reader<'_>, table: &RouteTable, route: &Found, named: Option<&JsonMap>) -> Option<Live> {
    let table_id = table.route_table_id()?;
    let destination = match named.and_then(|named| Destination::of(Shape(named))) {
        Some(destination) => destination,
        None => Destination::read(route)?,
    };
    let properties = Writer::new()
        .set("RouteTableId", table_id)
        .set(destination.property(), destination.text())
        .set("CidrBlock", destination.text());
    let properties = match target(route, named) {
        Some((name, id)) => properties.set(name, id),
        None => properties,
    };
    let id = identifier(table_id, &destination);
    let parent = route_table::address(reader, table);
    Some(reader.child(id.as_str(), parent, destination.text().to_owned(), properties, Status::Ready))
}

fn identifier(table: &str, destination: &Destination) -> Identifier {
    Identifier::new(format!("{table}|{}", destination.text()))
}

/// The routes of tables: all that are not AWS's own in the stack's tables, the wanted ones alone in those of others.
fn routes<'a>(
    reader: &Reader<'_>,
    tables: &[RouteTable],
    desired: &(impl Iterator<Item = &'a JsonMap> + Clone),
) -> Vec<Live> {
    let of_table = |table: &RouteTable| -> Vec<Live> {
        let owned = route_table::address(reader, table).is_some();
        let named =
            |route: &Found| wanted(desired.clone(), table.route_table_id()?, &Destination::read(route)?);
        table
            .routes()
            .iter()
            .map(|route| (route, named(route)))
            .filter(|(route, named)| named.is_some() || (owned && !is_of_aws(route)))
            .filter_map(|(route, named)| live(reader, table, route, named))
            .collect()
    };
    bulk::once(tables.iter().flat_map(of_table).collect())
}

/// Puts a route's table, destination and target into a call: `CreateRoute` and `ReplaceRoute` take the same.
macro_rules! route_request {
    ($call:expr, $properties:expr) => {{
        let wanted = Shape($properties);
        $call
            .set_route_table_id(wanted.text("RouteTableId"))
            .set_destination_cidr_block(wanted.text("DestinationCidrBlock"))
            .set_destination_ipv6_cidr_block(wanted.text("DestinationIpv6CidrBlock"))
            .set_destination_prefix_list_id(wanted.text("DestinationPrefixListId"))
            .set_carrier_gateway_id(wanted.text("CarrierGatewayId"))
            .set_core_network_arn(wanted.text("CoreNetworkArn"))
            .set_egress_only_internet_gateway_id(wanted.text("EgressOnlyInternetGatewayId"))
            .set_gateway_id(wanted.text("GatewayId"))
            .set_instance_id(wanted.text("InstanceId"))
            .set_local_gateway_id(wanted.text("LocalGatewayId"))
            .set_nat_gateway_id(wanted.text("NatGatewayId"))
            .set_network_interface_id(wanted.text("NetworkInterfaceId"))
            .set_odb_network_arn(wanted.text("OdbNetworkArn"))
            .set_transit_gateway_id(wanted.text("TransitGatewayId"))
            .set_vpc_endpoint_id(wanted.text("VpcEndpointId"))
            .set_vpc_peering_connection_id(wanted.text("VpcPeeringConnectionId"))
    }};
}

/// Refuses what has no destination or not exactly one target.
fn check(properties: &JsonMap, operation: &'static str) -> Result<Destination> {
    only(properties, &[KEYS, TARGETS].concat(), operation)?;
    let invalid = |message: &str| ProviderError::new(ErrorKind::Invalid, operation, message);
    let targets = TARGETS.iter().filter(|name| Shape(properties).get(name).is_some()).count();
    if targets != 1 {
        return Err(invalid(&format!(
            "a route has exactly one target, not {targets}: one of {}",
            TARGETS.join(", ")
        )));
    }
    Destination::of(Shape(properties)).ok_or_else(|| {
        invalid("a route has a destination: one of DestinationCidrBlock, DestinationIpv6CidrBlock, DestinationPrefixListId")
    })
}

impl Route {
    /// Whether a route that exists already is the one to be made: the first attempt at it.
    async fn is_made(&self, reader: &Reader<'_>, properties: &JsonMap) -> Result<bool> {
        let table = Shape(properties).text("RouteTableId").unwrap_or_default();
        let tables = route_table::by_ids(&reader.client, [table]).await?;
        let found = routes(reader, &tables, &std::iter::once(properties));
        let is_same = |live: &Live| TARGETS.iter().all(|name| live.str(name) == Shape(properties).str(name));
        let of_same_identity =
            |live: &&Live| Destination::of(Shape(&live.properties)) == Destination::of(Shape(properties));
        Ok(found.iter().find(of_same_identity).is_some_and(is_same))
    }
}

#[async_trait]
impl Handler for Route {
    fn resource_type(&self) -> ResourceType {
        TYPE.into()
    }

    fn service(&self) -> &'static str {
        SERVICE
    }

    fn parents(&self) -> &'static [&'static str] {
        &[route_table::TYPE]
    }

    fn deduplicates(&self) -> bool {
        true
    }

    async fn list(&self, query: &Query<'_>) -> Result<Vec<Live>> {
        let reader = Reader::new(&self.aws, TYPE, query.scope, query.stack);
        let tables = route_table::of_children(&reader, query).await?;
        Ok(routes(&reader, &tables, &query.wanted.iter().map(|wanted| &wanted.properties)))
    }

    async fn create(&self, request: &Create<'_>) -> Result<Identifier> {
        let destination = check(request.properties, CREATE)?;
        let table = Shape(request.properties).text("RouteTableId").unwrap_or_default();
        let reader = Reader::new(&self.aws, TYPE, request.scope, request.stack);
        let made = route_request!(reader.client.create_route(), request.properties)
            .send()
            .await
            .map_err(|error| failed(CREATE)(error).referring());
        match made {
            Err(error) if error.kind == ErrorKind::AlreadyExists => {
                if !self.is_made(&reader, request.properties).await? {
                    return Err(error);
                }
            }
            made => drop(made?),
        }
        Ok(identifier(&table, &destination))
    }

    async fn update(&self, request: &Update<'_>) -> Result<()> {
        const CALL: &str = "ec2:ReplaceRoute";
        check(request.properties, CALL)?;
        let client = self.aws.client(request.scope, Client::new);
        route_request!(client.replace_route(), request.properties)
            .send()
            .await
            .map(drop)
            .map_err(|error| failed(CALL)(error).referring())
    }

    async fn delete(&self, request: &Delete<'_>) -> Result<()> {
        let live = Shape(&request.live.properties);
        let gone = self
            .aws
            .client(request.scope, Client::new)
            .delete_route()
            .set_route_table_id(live.text("RouteTableId"))
            .set_destination_cidr_block(live.text("DestinationCidrBlock"))
            .set_destination_ipv6_cidr_block(live.text("DestinationIpv6CidrBlock"))
            .set_destination_prefix_list_id(live.text("DestinationPrefixListId"))
            .send()
            .await;
        gone_is_fine(gone.map_err(failed("ec2:DeleteRoute")))
    }

    async fn ready(&self, request: &Pending<'_>) -> Result<Vec<Readiness>> {
        let reader = Reader::new(&self.aws, TYPE, request.scope, request.stack);
        let tables = request.items.iter().filter_map(|item| item.identifier.as_str().split_once('|'));
        let tables = route_table::by_ids(&reader.client, tables.map(|(table, _)| table.to_owned())).await?;
        let found = routes(&reader, &tables, &request.items.iter().map(|item| &item.properties));
        Ok(readiness(request.items, found))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn map(json: &serde_json::Value) -> JsonMap {
        json.as_object().cloned().unwrap()
    }

    #[test]
    fn what_aws_puts_into_a_table_is_not_ours() {
        let local = Found::builder().destination_cidr_block("10.0.0.0/16").gateway_id("local").build();
        let endpoint = Found::builder().destination_prefix_list_id("pl-1").gateway_id("vpce-1").build();
        let propagated = Found::builder()
            .destination_cidr_block("192.168.0.0/16")
            .gateway_id("vgw-1")
            .origin(RouteOrigin::EnableVgwRoutePropagation)
            .build();
        let lattice = Found::builder()
            .destination_prefix_list_id("pl-2")
            .gateway_id("VpcLattice")
            .origin(RouteOrigin::CreateRoute)
            .build();
        let by_hand = Found::builder().destination_cidr_block("0.0.0.0/0").gateway_id("igw-1").build();
        assert!([local, endpoint, propagated, lattice].iter().all(is_of_aws));
        assert!(!is_of_aws(&by_hand));
    }

    #[test]
    fn a_target_has_the_name_that_the_blueprint_gives_it() {
        let route = Found::builder().instance_id("i-1").network_interface_id("eni-1").build();
        assert_eq!(target(&route, None), Some(("InstanceId", "i-1")));
        let named = map(&json!({"NetworkInterfaceId": "eni-2"}));
        assert_eq!(target(&route, Some(&named)), Some(("NetworkInterfaceId", "eni-1")));
    }

    #[test]
    fn a_gateway_load_balancer_endpoint_is_a_vpc_endpoint() {
        let route = Found::builder().destination_cidr_block("0.0.0.0/0").gateway_id("vpce-1").build();
        assert_eq!(target(&route, None), Some(("VpcEndpointId", "vpce-1")));
        assert!(!is_of_aws(&route));
    }

    #[test]
    fn a_route_needs_one_target_and_a_destination() {
        let one =
            map(&json!({"RouteTableId": "rtb-1", "DestinationCidrBlock": "0.0.0.0/0", "GatewayId": "igw-1"}));
        assert_eq!(check(&one, CREATE).unwrap(), Destination::Ipv4("0.0.0.0/0".to_owned()));
        let none = map(&json!({"RouteTableId": "rtb-1", "DestinationCidrBlock": "0.0.0.0/0"}));
        assert!(check(&none, CREATE).unwrap_err().message.contains("exactly one target, not 0"));
        let nowhere = map(&json!({"RouteTableId": "rtb-1", "GatewayId": "igw-1"}));
        assert!(check(&nowhere, CREATE).unwrap_err().message.contains("a route has a destination"));
    }
}
