//! What a `lookup:` can single out of what nobody here owns: VPCs, subnets and security groups, by any property that
//! the API filters by, and by tags.

use aws_sdk_ec2::types::Filter;

use super::super::Aws;
use super::super::tags::Tags;
use super::bulk::Reader;
use super::{security_group, subnet, tagging, vpc};
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

/// Everything that fits, for a type that is looked up here; `None` for any other type.
///
/// What is asked for by a filter that has no property in CloudFormation (`IsDefault`, `Tags`) is added to the answer as
/// it was asked for.
pub async fn find(aws: &Aws, lookup: &Lookup, by: &JsonMap) -> Option<Result<Vec<Live>>> {
    let filters = match lookup.resource_type.as_str() {
        vpc::TYPE => VPC,
        subnet::TYPE => SUBNET,
        security_group::TYPE => SECURITY_GROUP,
        _ => return None,
    };
    Some(read(aws, lookup, filters, by).await)
}

async fn read(aws: &Aws, lookup: &Lookup, names: Filters, by: &JsonMap) -> Result<Vec<Live>> {
    let filters = filters(names, by);
    let tags = wanted_tags(by);
    let mut found = match lookup.resource_type.as_str() {
        vpc::TYPE => vpc::describe(&Reader::foreign(aws, vpc::TYPE, &lookup.scope), filters).await?,
        subnet::TYPE => subnet::describe(&Reader::foreign(aws, subnet::TYPE, &lookup.scope), filters).await?,
        _ => {
            let reader = Reader::foreign(aws, security_group::TYPE, &lookup.scope);
            security_group::describe(&reader, filters).await?
        }
    };
    found.retain(|live| tags.iter().all(|(key, value)| live.tags.get(key) == Some(value)));
    for live in &mut found {
        for name in ["IsDefault", "DefaultForAz", "Tags"] {
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
