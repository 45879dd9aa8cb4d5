//! The rules in a security group's own lists: given to a new group, changed, taken away.

use aws_sdk_ec2::Client;
use aws_sdk_ec2::types::SecurityGroupRule as FoundRule;

use super::super::super::tags::owner;
use super::super::super::{Shape, Writer};
use super::super::tagging;
use super::calls;
use super::rule::{Described, Direction, Rule};
use crate::model::{JsonMap, Live};
use crate::providers::{Result, Update};

/// EC2's rules for a new group: everything may go out. The second is there only where the VPC has a block of IPv6.
fn default_egress() -> Result<[Described; 2]> {
    let everywhere = |property: &'static str, range: &str| {
        let words = Writer::new().set("IpProtocol", "-1").set(property, range).build();
        Described::of(Direction::Egress, Shape(&words))
    };
    Ok([everywhere("CidrIp", "0.0.0.0/0")?, everywhere("CidrIpv6", "::/0")?])
}

/// The rules that a group shall have in one direction; without any word of the blueprint, as EC2 makes a group.
fn desired(direction: Direction, group: &JsonMap) -> Result<Vec<Described>> {
    if let Some(rules) = of_new(direction, group)? {
        return Ok(rules);
    }
    let [ipv4, _] = default_egress()?;
    Ok(vec![ipv4])
}

/// The rules that a new group shall have in one direction; `None` where they are left as EC2 makes them.
fn of_new(direction: Direction, group: &JsonMap) -> Result<Option<Vec<Described>>> {
    let is_default = direction == Direction::Egress && Shape(group).get(direction.property()).is_none();
    (!is_default).then(|| Described::all(direction, group)).transpose()
}

/// Gives a group just made its rules.
pub async fn fill(client: &Client, group: &str, properties: &JsonMap) -> Result<()> {
    let rules = Described::all(Direction::Ingress, properties)?;
    let permissions = rules.iter().map(Described::permission).collect();
    calls::authorize(client, Direction::Ingress, group, permissions, None).await?;
    let Some(mut rules) = of_new(Direction::Egress, properties)? else { return Ok(()) };
    for default in default_egress()? {
        // The default rules have no description; one that is wanted with a description has to be made anew.
        if !rules.contains(&default) {
            calls::revoke_default(client, group, default.permission()).await?;
            continue;
        }
        rules.retain(|rule| *rule != default);
        if default.rule.is_ipv6() {
            calls::authorize_default(client, group, default.permission()).await?;
        }
    }
    let permissions = rules.iter().map(Described::permission).collect();
    calls::authorize(client, Direction::Egress, group, permissions, None).await?;
    Ok(())
}

/// Gives a group the rest of its rules that an earlier attempt made: that one may have got anywhere.
pub async fn complete(client: &Client, group: &str, properties: &JsonMap) -> Result<()> {
    let found = calls::of_groups(client, [group.to_owned()]).await?;
    for direction in Direction::ALL {
        let there: Vec<&FoundRule> = found.iter().filter(|rule| Direction::of(rule) == direction).collect();
        let Some(desired) = of_new(direction, properties)? else { continue };
        take(client, direction, group, steps(&there, &default_egress()?, &desired)).await?;
    }
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

/// Brings the rules of a group to what its own lists say.
pub async fn update(client: &Client, request: &Update<'_>) -> Result<()> {
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
pub async fn let_go(client: &Client, live: &Live) -> Result<()> {
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

#[cfg(test)]
mod tests {
    use super::super::super::super::fake::{self, Answer, actions};
    use super::*;
    use crate::model::{Json, Region, Scope};
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
    fn a_group_without_egress_in_the_blueprint_gets_ec2s_default() {
        let none = json!({"GroupDescription": "x"});
        let rules = desired(Direction::Egress, none.as_object().unwrap()).unwrap();
        assert_eq!(rules[0].rule.name(), "all/0.0.0.0/0");
        let empty = json!({"SecurityGroupEgress": []});
        assert!(desired(Direction::Egress, empty.as_object().unwrap()).unwrap().is_empty());
    }

    /// The calls that fill a new group in a VPC with IPv6, where both default rules are there.
    async fn filled(egress: Json) -> Vec<String> {
        let (aws, calls) = fake::session(|call| match call.action() {
            "AuthorizeSecurityGroupEgress" if call.body.contains("IpProtocol=-1") => {
                Answer::ec2_error("InvalidPermission.Duplicate")
            }
            _ => Answer::query(""),
        });
        let client = aws.client(&Scope::Region(Region::new("eu-west-1")), Client::new);
        let group = json!({"SecurityGroupEgress": egress});
        fill(&client, "sg-1", group.as_object().unwrap()).await.unwrap();
        actions(&calls)
    }

    #[tokio::test]
    async fn both_ways_out_of_a_new_group_are_closed() {
        let to_one = json!([{"IpProtocol": "tcp", "FromPort": 443, "ToPort": 443, "CidrIp": "10.0.0.0/8"}]);
        let calls = filled(to_one).await;
        let (revoke, authorize) = ("RevokeSecurityGroupEgress", "AuthorizeSecurityGroupEgress");
        assert_eq!(calls, [revoke, revoke, authorize]);
    }

    #[tokio::test]
    async fn a_default_rule_that_is_wanted_may_be_there() {
        let out = json!([
            {"IpProtocol": "-1", "CidrIp": "0.0.0.0/0"},
            {"IpProtocol": "-1", "CidrIpv6": "::/0"},
        ]);
        assert_eq!(filled(out).await, ["AuthorizeSecurityGroupEgress"]);
    }
}
