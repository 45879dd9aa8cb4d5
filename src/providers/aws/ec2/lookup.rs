//! What a `lookup:` can single out of what nobody here owns: the parts of a network, by any property that the API filters
//! by, and by tags.

use aws_sdk_ec2::types::Filter;

use super::super::Aws;
use super::super::tags::Tags;
use super::bulk::Reader;
use super::{
    eip, internet_gateway, nat_gateway, route_table, security_group, subnet, tagging, vpc, vpc_endpoint,
};
use crate::model::{Json, JsonMap, Live, Lookup};
use crate::providers::Result;

/// By what a type can be looked up: (property, EC2's filter).
type Filters = &'static [(&'static str, &'static str)];

const VPC: Filters =
    &[("VpcId", "vpc-id"), ("CidrBlock", "cidr-block-association.cidr-block"), ("IsDefault", "is-default")];
const SUBNET: Filters = &[
    ("SubnetId", "subnet-id"),
    ("VpcId", "vpc-id"),
    ("AvailabilityZone", "availability-zone"),
    ("AvailabilityZoneId", "availability-zone-id"),
    ("CidrBlock", "cidr-block"),
    ("DefaultForAz", "default-for-az"),
];
const SECURITY_GROUP: Filters =
    &[("GroupId", "group-id"), ("Id", "group-id"), ("GroupName", "group-name"), ("VpcId", "vpc-id")];
const ROUTE_TABLE: Filters = &[("RouteTableId", "route-table-id"), ("VpcId", "vpc-id")];
const INTERNET_GATEWAY: Filters =
    &[("InternetGatewayId", "internet-gateway-id"), (VPC_OF_GATEWAY, "attachment.vpc-id")];
const NAT_GATEWAY: Filters =
    &[("NatGatewayId", "nat-gateway-id"), ("SubnetId", "subnet-id"), ("VpcId", "vpc-id")];
const EIP: Filters = &[("AllocationId", "allocation-id"), ("PublicIp", "public-ip")];
const ENDPOINT: Filters = &[
    ("Id", "vpc-endpoint-id"),
    ("ServiceName", "service-name"),
    ("VpcEndpointType", "vpc-endpoint-type"),
    ("VpcId", "vpc-id"),
];
/// The VPC that an internet gateway is attached to.
const VPC_OF_GATEWAY: &str = "VpcId";

/// Everything that fits, for a type that is looked up here; `None` for any other type.
///
/// What is asked for by a filter that has no property in CloudFormation (`IsDefault`, `Tags`, a gateway's VPC) is added to the answer as
/// it was asked for.
pub async fn find(aws: &Aws, lookup: &Lookup, by: &JsonMap) -> Option<Result<Vec<Live>>> {
    let filters = match lookup.resource_type.as_str() {
        vpc::TYPE => VPC,
        subnet::TYPE => SUBNET,
        security_group::TYPE => SECURITY_GROUP,
        route_table::TYPE => ROUTE_TABLE,
        internet_gateway::TYPE => INTERNET_GATEWAY,
        nat_gateway::TYPE => NAT_GATEWAY,
        eip::TYPE => EIP,
        vpc_endpoint::TYPE => ENDPOINT,
        _ => return None,
    };
    Some(read(aws, lookup, filters, by).await)
}

async fn read(aws: &Aws, lookup: &Lookup, names: Filters, by: &JsonMap) -> Result<Vec<Live>> {
    let filters = filters(names, by);
    let tags = wanted_tags(by);
    let reader = |of| Reader::foreign(aws, of, &lookup.scope);
    let mut found = match lookup.resource_type.as_str() {
        vpc::TYPE => vpc::describe(&reader(vpc::TYPE), filters).await?,
        subnet::TYPE => subnet::describe(&reader(subnet::TYPE), filters).await?,
        route_table::TYPE => route_table::describe(&reader(route_table::TYPE), filters).await?,
        internet_gateway::TYPE => {
            internet_gateway::describe(&reader(internet_gateway::TYPE), filters).await?
        }
        nat_gateway::TYPE => nat_gateway::describe(&reader(nat_gateway::TYPE), filters).await?,
        eip::TYPE => eip::describe(&reader(eip::TYPE), filters).await?,
        vpc_endpoint::TYPE => vpc_endpoint::describe(&reader(vpc_endpoint::TYPE), filters).await?,
        _ => security_group::describe(&reader(security_group::TYPE), filters).await?,
    };
    found.retain(|live| tags.iter().all(|(key, value)| live.tags.get(key) == Some(value)));
    let of_gateway = (lookup.resource_type.as_str() == internet_gateway::TYPE).then_some(VPC_OF_GATEWAY);
    for live in &mut found {
        for name in ["IsDefault", "DefaultForAz", "Tags"].into_iter().chain(of_gateway) {
            if let Some(asked) = by.get(name) {
                live.properties.insert(name.to_owned(), asked.clone());
            }
        }
    }
    Ok(found)
}

fn filters(names: Filters, by: &JsonMap) -> Vec<Filter> {
    let text = |value: &Json| value.as_str().map_or_else(|| value.to_string(), str::to_owned);
    let properties =
        names.iter().filter_map(|(name, filter)| Some(tagging::filter(filter, [text(by.get(*name)?)])));
    let tags =
        wanted_tags(by).into_iter().map(|(key, value)| tagging::filter(&format!("tag:{key}"), [value]));
    properties.chain(tags).collect()
}

/// Tags as CloudFormation's list of keys and values, or as a map.
fn wanted_tags(by: &JsonMap) -> Tags {
    let text = |value: &Json| value.as_str().map_or_else(|| value.to_string(), str::to_owned);
    match by.get("Tags") {
        Some(Json::Object(map)) => map.iter().map(|(key, value)| (key.clone(), text(value))).collect(),
        Some(Json::Array(pairs)) => {
            pairs.iter().filter_map(|pair| Some((text(pair.get("Key")?), text(pair.get("Value")?)))).collect()
        }
        _ => Tags::new(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn properties_and_tags_become_filters() {
        let by = json!({"IsDefault": true, "Tags": {"Name": "main"}, "State": "x"});
        let found = filters(VPC, by.as_object().unwrap());
        let shown: Vec<_> =
            found.iter().map(|filter| (filter.name().unwrap(), filter.values()[0].as_str())).collect();
        assert_eq!(shown, [("is-default", "true"), ("tag:Name", "main")]);
    }

    #[test]
    fn tags_come_as_a_list_too() {
        let by = json!({"Tags": [{"Key": "Name", "Value": "main"}]});
        assert_eq!(
            wanted_tags(by.as_object().unwrap()),
            Tags::from([("Name".to_owned(), "main".to_owned())])
        );
    }
}
