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
use super::super::super::tags::owner;
use super::super::super::{Aws, Shape, Writer, failed, missing};
use super::super::bulk::{self, Reader};
use super::super::{PAGE, SERVICE, tagging};
use super::calls;
use super::rule::{Described, Direction, Rule, in_the_words_of};
use crate::model::{Identifier, Json, JsonMap, Live, Ownership, ResourceType, Status};
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
            let inline = inline(direction, by_group.get(id).into_iter().flatten().copied(), words);
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
fn inline<'r>(
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

/// EC2's rule for a new group: everything may go out.
fn default_egress() -> JsonMap {
    Writer::new().set("IpProtocol", "-1").set("CidrIp", "0.0.0.0/0").build()
}

/// The rules that a group shall have in one direction; without any word of the blueprint, as EC2 makes a group.
fn desired(direction: Direction, group: &JsonMap) -> Result<Vec<Described>> {
    if direction == Direction::Egress && Shape(group).get(direction.property()).is_none() {
        return Ok(vec![Described::of(direction, Shape(&default_egress()))?]);
    }
    Described::all(direction, group)
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

/// Gives a group just made its rules.
async fn fill(client: &Client, group: &str, properties: &JsonMap) -> Result<()> {
    let rules = Described::all(Direction::Ingress, properties)?;
    let permissions = rules.iter().map(Described::permission).collect();
    calls::authorize(client, Direction::Ingress, group, permissions, None).await?;
    if Shape(properties).get(Direction::Egress.property()).is_none() {
        return Ok(());
    }
    let default = Described::of(Direction::Egress, Shape(&default_egress()))?;
    let mut rules = Described::all(Direction::Egress, properties)?;
    // The default rule has no description; one that is wanted with a description has to be made anew.
    let keeps_default = rules.contains(&default);
    rules.retain(|rule| *rule != default);
    if !keeps_default {
        calls::revoke_default(client, group, default.permission()).await?;
    }
    let permissions = rules.iter().map(Described::permission).collect();
    calls::authorize(client, Direction::Egress, group, permissions, None).await?;
    Ok(())
}

/// What has to happen to a group's rules in one direction.
#[derive(Debug, Default, PartialEq)]
struct Steps {
    authorize: Vec<Described>,
    /// Rule ids.
    revoke: Vec<String>,
    /// Rule ids with what they shall be.
    describe: Vec<(String, Described)>,
}

/// Compares the rules that are there with those that shall be. Of those that are there and shall not be, only what
/// `before` has goes: the rest stands alone or belongs to others.
fn steps(found: &[&FoundRule], before: &[Described], desired: &[Described]) -> Steps {
    let mut steps = Steps::default();
    let there: Vec<(&FoundRule, Rule)> =
        found.iter().filter_map(|found| Some((*found, Rule::read(found)?))).collect();
    for (found, rule) in &there {
        let Some(id) = found.security_group_rule_id() else { continue };
        match desired.iter().find(|one| one.rule == *rule) {
            Some(one) => {
                let text = found.description().filter(|text| !text.is_empty());
                if text != one.description.as_deref() {
                    steps.describe.push((id.to_owned(), one.clone()));
                }
            }
            None if before.iter().any(|one| one.rule == *rule) => steps.revoke.push(id.to_owned()),
            None => {}
        }
    }
    let is_missing = |one: &&Described| !there.iter().any(|(_, rule)| *rule == one.rule);
    steps.authorize = desired.iter().filter(is_missing).cloned().collect();
    steps
}

/// Takes the steps: what is new comes into force before what is old goes out of it.
async fn take(client: &Client, direction: Direction, group: &str, steps: Steps) -> Result<()> {
    let permissions = steps.authorize.iter().map(Described::permission).collect();
    calls::authorize(client, direction, group, permissions, None).await?;
    calls::revoke(client, direction, group, steps.revoke).await?;
    let anew = steps.describe.iter().map(|(id, one)| (id.clone(), &one.rule, one.description.as_deref()));
    calls::describe_anew(client, group, anew).await
}

/// Whether a rule stands alone in this stack: its tags say another address than the group's.
fn stands_alone(rule: &FoundRule, request: &Update<'_>) -> bool {
    let tags = tagging::read(rule.tags());
    owner(&tags, request.stack).is_some_and(|address| address != *request.address)
}

async fn update_rules(client: &Client, request: &Update<'_>) -> Result<()> {
    let touched: Vec<Direction> =
        Direction::ALL.into_iter().filter(|direction| request.delta.touches(direction.property())).collect();
    if touched.is_empty() {
        return Ok(());
    }
    let group = request.live.identifier.as_str();
    let found = calls::of_groups(client, [group.to_owned()]).await?;
    for direction in touched {
        let inline: Vec<&FoundRule> = found
            .iter()
            .filter(|rule| Direction::of(rule) == direction && !stands_alone(rule, request))
            .collect();
        let before = Described::all(direction, &request.live.properties)?;
        let desired = desired(direction, request.properties)?;
        take(client, direction, group, steps(&inline, &before, &desired)).await?;
    }
    Ok(())
}

/// Two groups that let each other in hold each other: what refers to other groups goes before the group.
async fn let_go(client: &Client, live: &Live) -> Result<()> {
    let group = live.identifier.as_str();
    let refers = |direction: Direction| {
        let rules = Described::all(direction, &live.properties).unwrap_or_default();
        rules.iter().any(|one| one.rule.group().is_some_and(|other| other != group))
    };
    if !Direction::ALL.into_iter().any(refers) {
        return Ok(());
    }
    let found = calls::of_groups(client, [group.to_owned()]).await?;
    for direction in Direction::ALL {
        let others = found.iter().filter(|rule| {
            Direction::of(rule) == direction
                && Rule::read(rule).is_some_and(|rule| rule.group().is_some_and(|other| other != group))
        });
        let ids = others.filter_map(|rule| rule.security_group_rule_id().map(str::to_owned)).collect();
        calls::revoke(client, direction, group, ids).await?;
    }
    Ok(())
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
            fill(&client, &id, request.properties).await?;
            return Ok(Identifier::new(id));
        }
        // The first attempt may have got anywhere.
        let found = calls::of_groups(&client, [id.clone()]).await?;
        for direction in Direction::ALL {
            let there: Vec<&FoundRule> =
                found.iter().filter(|rule| Direction::of(rule) == direction).collect();
            let default = Described::of(Direction::Egress, Shape(&default_egress()))?;
            let desired = desired(direction, request.properties)?;
            take(&client, direction, &id, steps(&there, &[default], &desired)).await?;
        }
        Ok(Identifier::new(id))
    }

    async fn update(&self, request: &Update<'_>) -> Result<()> {
        only(request.properties, SUPPORTED, "ec2:ModifySecurityGroupRules")?;
        let client = self.aws.client(request.scope, Client::new);
        update_rules(&client, request).await?;
        tagging::update(&client, request.live.identifier.as_str(), request.delta).await
    }

    async fn delete(&self, request: &Delete<'_>) -> Result<()> {
        let client = self.aws.client(request.scope, Client::new);
        let_go(&client, request.live).await?;
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

    fn rules(json: &Json) -> Vec<Described> {
        let group = json!({"SecurityGroupIngress": json});
        Described::all(Direction::Ingress, group.as_object().unwrap()).unwrap()
    }

    #[test]
    fn only_what_differs_is_changed() {
        let there = [
            found("sgr-1", 80, "0.0.0.0/0", Some("web")),
            found("sgr-2", 22, "0.0.0.0/0", None),
            found("sgr-3", 443, "0.0.0.0/0", Some("old")),
            found("sgr-4", 9100, "10.0.0.0/8", None),
        ];
        let before = rules(&json!([
            {"IpProtocol": "tcp", "FromPort": 80, "ToPort": 80, "CidrIp": "0.0.0.0/0", "Description": "web"},
            {"IpProtocol": "tcp", "FromPort": 22, "ToPort": 22, "CidrIp": "0.0.0.0/0"},
            {"IpProtocol": "tcp", "FromPort": 443, "ToPort": 443, "CidrIp": "0.0.0.0/0", "Description": "old"},
        ]));
        let desired = rules(&json!([
            {"IpProtocol": "tcp", "FromPort": 80, "ToPort": 80, "CidrIp": "0.0.0.0/0", "Description": "web"},
            {"IpProtocol": "tcp", "FromPort": 443, "ToPort": 443, "CidrIp": "0.0.0.0/0"},
            {"IpProtocol": "tcp", "FromPort": 8080, "ToPort": 8080, "CidrIp": "10.0.0.0/8"},
        ]));
        let there: Vec<_> = there.iter().collect();
        let steps = steps(&there, &before, &desired);
        assert_eq!(steps.authorize, [desired[2].clone()]);
        assert_eq!(steps.revoke, ["sgr-2"]);
        assert_eq!(steps.describe, [("sgr-3".to_owned(), desired[1].clone())]);
    }

    #[test]
    fn inline_rules_are_in_the_blueprints_words() {
        let group = json!({"SecurityGroupIngress": [
            {"IpProtocol": 6, "FromPort": "22", "ToPort": "22", "CidrIp": "10.1.2.3/8", "Description": "new"}
        ]});
        let there = [found("sgr-1", 22, "10.0.0.0/8", Some("old")), found("sgr-2", 80, "0.0.0.0/0", None)];
        let inline = inline(Direction::Ingress, there.iter(), group.as_object());
        assert_eq!(
            Json::from(inline),
            json!([
                {"IpProtocol": 6, "FromPort": "22", "ToPort": "22", "CidrIp": "10.1.2.3/8", "Description": "old"},
                {"IpProtocol": "tcp", "FromPort": 80, "ToPort": 80, "CidrIp": "0.0.0.0/0"},
            ])
        );
    }

    #[test]
    fn a_group_without_egress_in_the_blueprint_gets_ec2s_default() {
        let none = json!({"GroupDescription": "x"});
        let rules = desired(Direction::Egress, none.as_object().unwrap()).unwrap();
        assert_eq!(rules[0].rule.name(), "all/0.0.0.0/0");
        let empty = json!({"SecurityGroupEgress": []});
        assert!(desired(Direction::Egress, empty.as_object().unwrap()).unwrap().is_empty());
    }
}
