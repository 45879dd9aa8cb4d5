//! `AWS::EC2::SecurityGroup`, its inline rules included.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use async_trait::async_trait;
use aws_sdk_ec2::Client;
use aws_sdk_ec2::types::{
    Filter, ResourceType as TaggedKind, SecurityGroup as Found, SecurityGroupRule as FoundRule,
};
use futures::future::try_join_all;

use super::super::super::error::gone_is_fine;
use super::super::super::supported::only;
use super::super::super::{Aws, Shape, Writer, failed, missing, tags};
use super::super::bulk::{self, Reader};
use super::super::{PAGE, SERVICE, tagging};
use super::rule::{Direction, Rule, in_the_words_of};
use super::{calls, inline};
use crate::model::{Identifier, Json, JsonMap, Live, Ownership, ResourceType, StackName, Status};
use crate::providers::{
    Create, Delete, Handler, Pending, Query, Readiness, Result, Update, Wanted, readiness,
};

/// CloudFormation's name of the type.
pub const TYPE: &str = "AWS::EC2::SecurityGroup";
const ID_FILTER: &str = "group-id";
const CREATE: &str = "ec2:CreateSecurityGroup";
const SUPPORTED: &[&str] =
    &["GroupDescription", "GroupName", "SecurityGroupEgress", "SecurityGroupIngress", "VpcId"];

/// The handler of `AWS::EC2::SecurityGroup`.
pub struct SecurityGroup {
    aws: Arc<Aws>,
}

impl SecurityGroup {
    /// A handler on a session.
    pub fn new(aws: &Arc<Aws>) -> Self {
        Self { aws: aws.clone() }
    }
}

/// The groups that all of the filters find, without their rules.
async fn find(client: &Client, filters: Vec<Filter>) -> Result<Vec<Found>> {
    client
        .describe_security_groups()
        .set_filters(Some(filters))
        .max_results(PAGE)
        .into_paginator()
        .items()
        .send()
        .try_collect()
        .await
        .map_err(failed("ec2:DescribeSecurityGroups"))
}

/// The groups that all of the filters find, with all their rules inline.
pub async fn describe(reader: &Reader<'_>, filters: Vec<Filter>) -> Result<Vec<Live>> {
    let found = find(&reader.client, filters).await?;
    with_rules(reader, &found, |_| None).await
}

/// Whether a group is the stack's.
pub async fn is_owned(client: &Client, id: &str, stack: &StackName) -> Result<bool> {
    let found = find(client, vec![tagging::filter(ID_FILTER, [id.to_owned()])]).await?;
    Ok(found.iter().any(|group| {
        group.group_id() == Some(id) && tags::owner(&tagging::read(group.tags()), stack).is_some()
    }))
}

/// Groups as live resources, with all their rules inline; `wanted` says how the blueprint writes a group.
async fn with_rules<'w>(
    reader: &Reader<'_>,
    groups: &[Found],
    wanted: impl Fn(&Live) -> Option<&'w JsonMap>,
) -> Result<Vec<Live>> {
    let ids = groups.iter().filter_map(Found::group_id).map(str::to_owned);
    let rules = calls::of_groups(&reader.client, ids).await?;
    let mut by_group: BTreeMap<&str, Vec<&FoundRule>> = BTreeMap::new();
    for rule in &rules {
        by_group.entry(rule.group_id().unwrap_or_default()).or_default().push(rule);
    }
    let live = |group: &Found| {
        let id = group.group_id()?;
        let mut live = reader.live(id, group.tags(), properties(id, group), Status::Ready);
        let words = wanted(&live);
        for direction in Direction::ALL {
            let inline = in_lists(direction, by_group.get(id).into_iter().flatten().copied(), words);
            live.properties.insert(direction.property().to_owned(), Json::Array(inline));
        }
        Some(live)
    };
    Ok(groups.iter().filter_map(live).collect())
}

fn properties(id: &str, group: &Found) -> Writer {
    Writer::new()
        .set("Id", id)
        .set("GroupId", id)
        .put("GroupName", group.group_name())
        .put("GroupDescription", group.description())
        .put("VpcId", group.vpc_id())
}

/// The rules of one direction in CloudFormation's inline form, each in the blueprint's words where it has it.
fn in_lists<'r>(
    direction: Direction,
    rules: impl Iterator<Item = &'r FoundRule>,
    group: Option<&JsonMap>,
) -> Vec<Json> {
    let wanted: Vec<(Rule, &JsonMap)> = group
        .map(|group| Shape(group).objects(direction.property()))
        .unwrap_or_default()
        .into_iter()
        .filter_map(|words| Some((Rule::of(direction, words).ok()?, words.0)))
        .collect();
    let one = |found: &FoundRule| {
        let rule = Rule::read(found)?;
        let words = wanted.iter().find(|(other, _)| *other == rule).map(|(_, words)| *words);
        Some(Json::Object(in_the_words_of(words, rule.write(direction, found.description()).build())))
    };
    rules.filter(|found| Direction::of(found) == direction).filter_map(one).collect()
}

/// How the blueprint writes a live group: the wanted one at its address, or the one that adopts it.
fn words_for<'a>(query: &Query<'a>, live: &Live) -> Option<&'a JsonMap> {
    let is_it = |wanted: &&Wanted| {
        live.address() == Some(&wanted.address) || wanted.adopt.as_ref() == Some(&live.identifier)
    };
    query.wanted.iter().find(is_it).map(|wanted| &wanted.properties)
}

/// Whether a group of others has a name that is wanted in its VPC, where names are unique.
fn has_wanted_name(query: &Query<'_>, group: &Found) -> bool {
    query.wanted.iter().map(|wanted| Shape(&wanted.properties)).any(|wanted| {
        wanted.str("GroupName").is_some_and(|name| group.group_name() == Some(name))
            && wanted.str("VpcId").is_some_and(|vpc| group.vpc_id() == Some(vpc))
    })
}

impl SecurityGroup {
    async fn make(&self, client: &Client, request: &Create<'_>) -> Result<(String, bool)> {
        let wanted = Shape(request.properties);
        let made = client
            .create_security_group()
            .set_group_name(wanted.text("GroupName"))
            .set_description(wanted.text("GroupDescription"))
            .set_vpc_id(wanted.text("VpcId"))
            .tag_specifications(tagging::specification(TaggedKind::SecurityGroup, request.tags))
            .send()
            .await
            .map_err(|error| failed(CREATE)(error).referring());
        match made {
            Err(error) if error.code == "InvalidGroup.Duplicate" => {
                let earlier = first_attempt(client, request).await?;
                earlier.map(|id| (id, false)).ok_or(error)
            }
            made => {
                let id = made?.group_id.ok_or_else(|| missing(CREATE, "GroupId"))?;
                Ok((id, true))
            }
        }
    }
}

/// The group that an earlier attempt of this create made: ours, at this address, and the same in all that can't change.
async fn first_attempt(client: &Client, request: &Create<'_>) -> Result<Option<String>> {
    let wanted = Shape(request.properties);
    let same_name = tagging::filter("group-name", wanted.text("GroupName"));
    let found = find(client, vec![same_name, tagging::owned(request.stack)]).await?;
    let is_it = |group: &&Found| {
        tagging::is_ours(group.tags(), request.stack, request.address)
            && wanted.str("GroupName") == group.group_name()
            && wanted.str("GroupDescription") == group.description()
            && wanted.str("VpcId").is_none_or(|vpc| group.vpc_id() == Some(vpc))
    };
    Ok(found.iter().find(is_it).and_then(Found::group_id).map(str::to_owned))
}

#[async_trait]
impl Handler for SecurityGroup {
    fn resource_type(&self) -> ResourceType {
        TYPE.into()
    }

    fn service(&self) -> &'static str {
        SERVICE
    }

    fn deduplicates(&self) -> bool {
        true
    }

    async fn list(&self, query: &Query<'_>) -> Result<Vec<Live>> {
        let reader = Reader::new(&self.aws, TYPE, query.scope, query.stack);
        let names = query.wanted.iter().filter_map(|wanted| Shape(&wanted.properties).text("GroupName"));
        let adopted: BTreeSet<String> =
            query.wanted.iter().filter_map(|wanted| Some(wanted.adopt.as_ref()?.to_string())).collect();
        let mut filters = tagging::by_values(ID_FILTER, adopted.iter().cloned());
        filters.extend(tagging::by_values("group-name", names));
        filters.push(tagging::owned(query.stack));
        let reads = filters.into_iter().map(|filter| find(&reader.client, vec![filter]));
        let mut found = try_join_all(reads).await?.concat();
        let mut seen = BTreeSet::new();
        found.retain(|group| {
            let Some(id) = group.group_id() else { return false };
            let concerns = reader.owner(group.tags()) != Ownership::Foreign
                || adopted.contains(id)
                || has_wanted_name(query, group);
            concerns && seen.insert(id.to_owned())
        });
        with_rules(&reader, &found, |live| words_for(query, live)).await
    }

    async fn create(&self, request: &Create<'_>) -> Result<Identifier> {
        only(request.properties, SUPPORTED, CREATE)?;
        let client = self.aws.client(request.scope, Client::new);
        let (id, is_new) = self.make(&client, request).await?;
        if is_new {
            inline::fill(&client, &id, request.properties).await?;
            return Ok(Identifier::new(id));
        }
        inline::complete(&client, &id, request.properties).await?;
        Ok(Identifier::new(id))
    }

    async fn update(&self, request: &Update<'_>) -> Result<()> {
        only(request.properties, SUPPORTED, "ec2:ModifySecurityGroupRules")?;
        let client = self.aws.client(request.scope, Client::new);
        inline::update(&client, request).await?;
        tagging::update(&client, request.live.identifier.as_str(), request.delta).await
    }

    async fn delete(&self, request: &Delete<'_>) -> Result<()> {
        let client = self.aws.client(request.scope, Client::new);
        inline::let_go(&client, request.live).await?;
        let gone = client.delete_security_group().group_id(request.live.identifier.as_str()).send().await;
        gone_is_fine(gone.map_err(failed("ec2:DeleteSecurityGroup")))
    }

    async fn ready(&self, request: &Pending<'_>) -> Result<Vec<Readiness>> {
        let reader = Reader::new(&self.aws, TYPE, request.scope, request.stack);
        let ids = request.items.iter().map(|item| item.identifier.to_string());
        let filters = tagging::by_values(ID_FILTER, ids);
        let found = bulk::all(filters, |filter| describe(&reader, vec![filter])).await?;
        Ok(readiness(request.items, found))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn found(id: &str, port: i32, cidr: &str, description: Option<&str>) -> FoundRule {
        FoundRule::builder()
            .security_group_rule_id(id)
            .group_id("sg-1")
            .is_egress(false)
            .ip_protocol("tcp")
            .from_port(port)
            .to_port(port)
            .cidr_ipv4(cidr)
            .set_description(description.map(str::to_owned))
            .build()
    }

    #[test]
    fn inline_rules_are_in_the_blueprints_words() {
        let group = json!({"SecurityGroupIngress": [
            {"IpProtocol": 6, "FromPort": "22", "ToPort": "22", "CidrIp": "10.1.2.3/8", "Description": "new"}
        ]});
        let there = [found("sgr-1", 22, "10.0.0.0/8", Some("old")), found("sgr-2", 80, "0.0.0.0/0", None)];
        let inline = in_lists(Direction::Ingress, there.iter(), group.as_object());
        assert_eq!(
            Json::from(inline),
            json!([
                {"IpProtocol": 6, "FromPort": "22", "ToPort": "22", "CidrIp": "10.1.2.3/8", "Description": "old"},
                {"IpProtocol": "tcp", "FromPort": 80, "ToPort": 80, "CidrIp": "0.0.0.0/0"},
            ])
        );
    }
}
