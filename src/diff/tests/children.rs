//! Rules of a security group, inline and standing alone; children that nobody wrote.

use std::collections::BTreeMap;
use std::sync::Arc;

use serde_json::json;

use super::support::{World, desired};
use crate::model::{Desired, Identifier, Json, Live, Ownership, ReplaceOrder, Status};

const GROUP: &str = "eu-west-1/web.group";

fn group(properties: &Json) -> Desired {
    desired(GROUP, "AWS::EC2::SecurityGroup", properties)
}

fn rule(port: u16) -> Desired {
    let properties = json!({"GroupId": format!("${{{GROUP}#GroupId}}"), "IpProtocol": "tcp", "FromPort": port,
        "ToPort": port, "CidrIp": "0.0.0.0/0"});
    desired(&format!("eu-west-1/web.rule[{port}]"), "AWS::EC2::SecurityGroupIngress", &properties)
}

fn inline(port: u16) -> Json {
    json!({"IpProtocol": "tcp", "FromPort": port, "ToPort": port, "CidrIp": "0.0.0.0/0"})
}

/// What EC2 reports of an untagged rule: on its own, and in the group's list.
fn opened_by_hand(world: &mut World, direction: &str, rule: &Json) {
    let group = world.live(GROUP).clone();
    let property = format!("SecurityGroup{direction}");
    world.tamper(GROUP, |live| {
        let list = live.properties.entry(&property).or_insert_with(|| json!([]));
        list.as_array_mut().unwrap().push(rule.clone());
    });
    let mut properties = rule.as_object().unwrap().clone();
    properties.insert("GroupId".into(), group.properties["GroupId"].clone());
    let name = format!("{}/{}", rule["IpProtocol"].as_str().unwrap(), rule["FromPort"]);
    world.live.push(Arc::new(Live {
        resource_type: format!("AWS::EC2::SecurityGroup{direction}").as_str().into(),
        scope: group.scope,
        identifier: Identifier::new(format!("sgr-{name}")),
        properties,
        tags: BTreeMap::new(),
        ownership: Ownership::Child { parent: Some(GROUP.parse().unwrap()), name },
        status: Status::Ready,
    }));
}

/// Rules that stand alone are reported in the group's list, too.
fn reported_inline(world: &mut World, ports: &[u16]) {
    world.tamper(GROUP, |live| {
        let list = ports.iter().map(|port| inline(*port)).collect::<Vec<_>>();
        live.properties.insert("SecurityGroupIngress".into(), json!(list));
    });
}

#[test]
fn a_port_opened_by_hand_is_drift() {
    let mut world = World::of([group(&json!({"GroupDescription": "web"})), rule(443)]).made();
    reported_inline(&mut world, &[443]);
    assert_eq!(world.actions(), [""; 0]);
    opened_by_hand(&mut world, "Ingress", &inline(22));
    assert_eq!(world.actions(), ["delete eu-west-1/web.group~securitygroupingress(tcp/22)"]);
}

#[test]
fn inline_it_shows_in_the_group() {
    let properties = json!({"GroupDescription": "web", "SecurityGroupIngress": [inline(443)]});
    let mut world = World::of([group(&properties)]).made();
    opened_by_hand(&mut world, "Ingress", &inline(22));
    assert_eq!(world.actions(), [format!("update {GROUP}")]);
    let paths = world.paths(GROUP);
    assert!(paths.len() == 1 && paths[0].starts_with("SecurityGroupIngress[1]: {"), "{paths:?}");
}

#[test]
fn inline_and_standing_alone_go_together() {
    let properties = json!({"GroupDescription": "web", "SecurityGroupIngress": [inline(443)]});
    let mut world = World::of([group(&properties), rule(80)]).made();
    reported_inline(&mut world, &[80, 443]);
    assert_eq!(world.actions(), [""; 0]);
}

#[test]
fn a_group_that_is_shared_leaves_the_rules_of_others() {
    for ingress in [None, Some(json!([inline(443)]))] {
        let mut properties = json!({"GroupDescription": "web"});
        if let Some(ingress) = &ingress {
            properties["SecurityGroupIngress"] = ingress.clone();
        }
        let mut shared = group(&properties);
        shared.lifecycle.shared_children = true;
        let mut world = World::of([shared]).made();
        opened_by_hand(&mut world, "Ingress", &inline(22));
        assert_eq!(world.actions(), [""; 0], "{ingress:?}");
    }
}

#[test]
fn the_egress_that_ec2_gives_is_drift_only_where_the_blueprint_writes_egress() {
    let everything = json!({"IpProtocol": "-1", "CidrIp": "0.0.0.0/0"});
    let mut world = World::of([group(&json!({"GroupDescription": "web"}))]).made();
    opened_by_hand(&mut world, "Egress", &everything);
    assert_eq!(world.actions(), [""; 0]);
    let closed = json!({"GroupDescription": "web", "SecurityGroupEgress": [inline(443)]});
    assert_eq!(world.with([group(&closed)]).actions(), [format!("update {GROUP}")]);
}

#[test]
fn a_rule_keeps_its_life_under_another_key() {
    let mut world = World::of([group(&json!({"GroupDescription": "web"})), rule(443)]).made();
    reported_inline(&mut world, &[443]);
    let mut renamed = rule(443);
    renamed.address = "eu-west-1/web.rule[https]".parse().unwrap();
    let actions = world.with([group(&json!({"GroupDescription": "web"})), renamed]).actions();
    assert_eq!(actions, ["update eu-west-1/web.rule[https]"]);
}

#[test]
fn a_route_is_its_table_and_its_destination() {
    let table = desired("eu-west-1/net.table", "AWS::EC2::RouteTable", &json!({"VpcId": "vpc-1"}));
    let route = |gateway: &str| {
        let properties = json!({"RouteTableId": "${eu-west-1/net.table#RouteTableId}",
            "DestinationCidrBlock": "0.0.0.0/0", "GatewayId": gateway});
        desired("eu-west-1/net.internet", "AWS::EC2::Route", &properties)
    };
    let world = World::of([table.clone(), route("igw-1")]).made();
    assert_eq!(world.actions(), [""; 0]);
    let moved = world.with([table.clone(), route("igw-2")]);
    assert_eq!(moved.paths("eu-west-1/net.internet"), ["GatewayId: \"igw-1\" -> \"igw-2\""]);
    let retired = world.with([table]).actions();
    assert!(retired.len() == 1 && retired[0].starts_with("delete eu-west-1/net.table~route("), "{retired:?}");
}

#[test]
fn what_has_no_tags_and_gets_another_key_is_replaced() {
    let table = desired("eu-west-1/net.table", "AWS::EC2::RouteTable", &json!({"VpcId": "vpc-1"}));
    let route = |id: &str, to: &str, gateway: &str| {
        let properties = json!({"RouteTableId": "${eu-west-1/net.table#RouteTableId}",
            "DestinationCidrBlock": to, "GatewayId": gateway});
        desired(&format!("eu-west-1/net.{id}"), "AWS::EC2::Route", &properties)
    };
    let world = World::of([
        table.clone(),
        route("one", "10.1.0.0/16", "igw-1"),
        route("two", "10.2.0.0/16", "igw-2"),
    ]);
    let world = world.made();

    let both = world.with([
        table.clone(),
        route("one", "10.4.0.0/16", "igw-1"),
        route("two", "10.3.0.0/16", "igw-2"),
    ]);
    assert_eq!(both.actions(), ["replace eu-west-1/net.one", "replace eu-west-1/net.two"]);
    let change = both.change("eu-west-1/net.two");
    assert_eq!(
        both.paths("eu-west-1/net.two"),
        ["DestinationCidrBlock: \"10.2.0.0/16\" -> \"10.3.0.0/16\" !"]
    );
    assert!(change.reason.is_some_and(|reason| reason.starts_with("takes the place of ")));
    assert_eq!(change.replace_order, Some(ReplaceOrder::CreateFirst));

    let unrelated =
        world.with([table, route("one", "10.1.0.0/16", "igw-1"), route("new", "10.3.0.0/16", "igw-3")]);
    let actions = unrelated.actions();
    assert!(actions.len() == 2 && actions[0] == "create eu-west-1/net.new", "{actions:?}");
    assert!(actions[1].starts_with("delete eu-west-1/net.table~route("), "{actions:?}");
}

#[test]
fn the_names_of_another_environment_are_not_orphans() {
    let control = |stack: &str| {
        let rule = crate::catalog::NameRule { property: "Name", max: 64, lower: false, suffix: None };
        let name = crate::identity::generated_name(
            &crate::model::StackName::new(stack),
            &rule,
            &"global/cdn.access".parse().unwrap(),
            crate::model::Digest::of(b"x"),
            &crate::model::Map::new(),
        );
        Arc::new(Live {
            resource_type: "AWS::CloudFront::OriginAccessControl".into(),
            scope: crate::model::Scope::Global,
            identifier: Identifier::new(&name),
            properties: serde_json::Map::new(),
            tags: BTreeMap::new(),
            ownership: Ownership::Child { parent: None, name },
            status: Status::Ready,
        })
    };
    let world = World { live: vec![control("shop"), control("shop-staging")], ..World::default() };
    let actions = world.actions();
    assert!(actions.len() == 1 && actions[0].contains("shop-cdn-access-"), "{actions:?}");
}
