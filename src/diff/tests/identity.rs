//! Which live resource is which desired one.

use std::sync::Arc;

use serde_json::json;

use super::support::{World, desired, stack};
use crate::catalog::Catalog;
use crate::diff::{Problem, delta};
use crate::identity::{KnownAttributes, Owns, Prepared, leave_to_others, prepare};
use crate::model::{Action, Desired, Identifier, Live, Ownership, ReadFailure, ReplaceOrder};

fn bucket(address: &str, name: Option<&str>) -> Desired {
    let properties = name.map_or_else(|| json!({}), |name| json!({"BucketName": name}));
    desired(address, "AWS::S3::Bucket", &properties)
}

fn foreign(live: &Live) -> Arc<Live> {
    let mut live = live.clone();
    live.tags.clear();
    live.ownership = Ownership::Foreign;
    Arc::new(live)
}

#[test]
fn what_exists_and_is_not_ours_is_an_error_that_says_how_to_go_on() {
    let mut world = World::of([bucket("eu-west-1/media", Some("media"))]).made();
    world.live = vec![foreign(&world.live[0])];
    let diff = world.diff();
    assert!(diff.changes.is_empty());
    insta::assert_snapshot!(diff.problems[0], @"eu-west-1/media: the AWS::S3::Bucket `media` exists already and is not this stack's; take it over with `adopt: media`, or give another name");
}

#[test]
fn adopting_writes_the_tags_and_nothing_else() {
    let mut world = World::of([bucket("eu-west-1/media", Some("media"))]).made();
    world.live = vec![foreign(&world.live[0])];
    let mut adopting = bucket("eu-west-1/media", Some("media"));
    adopting.lifecycle.adopt = Some(Identifier::new("media"));
    let world = world.with([adopting.clone()]);
    let change = world.change("eu-west-1/media");
    assert_eq!((change.action, change.paths.len()), (Action::Adopt, 0));
    assert_eq!(change.reason.as_deref(), Some("takes over media"));
    assert!(
        world.with([adopting.clone()]).made().actions().is_empty(),
        "once it is ours, adopt says nothing more"
    );

    adopting.lifecycle.adopt = Some(Identifier::new("other"));
    assert!(matches!(world.with([adopting.clone()]).diff().problems[..], [Problem::AdoptMissing { .. }]));
}

fn group(description: &str, egress: &str) -> Desired {
    let egress = json!([{"IpProtocol": "-1", "CidrIp": egress}]);
    let properties = json!({"GroupDescription": description, "SecurityGroupEgress": egress});
    desired("eu-west-1/group", "AWS::EC2::SecurityGroup", &properties)
}

/// A group of nobody's, and the blueprint that takes it over.
fn taking_over(live: Desired, mut wanted: Desired) -> World {
    let mut world = World::of([live]).made();
    world.live = vec![foreign(&world.live[0])];
    wanted.lifecycle.adopt = Some(world.live[0].identifier.clone());
    world.with([wanted])
}

#[test]
fn what_is_taken_over_is_never_replaced() {
    let world = taking_over(group("old", "10.0.0.0/8"), group("new", "10.0.0.0/8"));
    let diff = world.diff();
    assert!(diff.changes.is_empty());
    let problem = diff.problems[0].to_string();
    assert!(problem.contains("its GroupDescription is `\"old\"`, not `\"new\"`"), "{problem}");

    let world = taking_over(group("same", "10.0.0.0/8"), group("same", "10.0.0.0/16"));
    assert_eq!(world.actions(), ["update eu-west-1/group"], "what can be mended in place is");
}

#[test]
fn an_import_writes_tags_and_leaves_the_rest_to_the_next_plan() {
    let mut wanted = group("same", "10.0.0.0/16");
    wanted.lifecycle.tags_only = true;
    let world = taking_over(group("same", "10.0.0.0/8"), wanted);
    let change = world.change("eu-west-1/group");
    assert_eq!((change.action, change.paths.len()), (Action::Adopt, 0));
    let reason = change.reason.unwrap();
    assert!(reason.contains("the next plan changes SecurityGroupEgress"), "{reason}");

    let live = &world.live[0];
    let prepared = prepared(&world.desired[0], live);
    let written = delta(Catalog::embedded(), &stack(), &world.desired[0], &prepared, live);
    assert!(!written.touches_properties());
    assert!(!Owns::read(&written.tags_set).unwrap().is_settled(), "not all that is recorded is so");
}

fn prepared(desired: &Desired, live: &Live) -> Prepared {
    let (catalog, secrets) = (Catalog::embedded(), std::collections::BTreeMap::new());
    prepare(catalog, &stack(), desired, Some(live), &KnownAttributes::default(), &secrets).unwrap()
}

#[test]
fn an_address_that_is_taken_can_not_be_imported_to() {
    let mut wanted = bucket("eu-west-1/media", Some("media"));
    let world = World::of([wanted.clone()]).made();
    wanted.lifecycle.adopt = Some(Identifier::new("other"));
    wanted.lifecycle.tags_only = true;
    assert!(matches!(world.with([wanted]).diff().problems[..], [Problem::Occupied { .. }]));
}

#[test]
fn tags_that_stay_as_they_were_made_replace_and_carry_no_other_address() {
    let group = |address: &str, team: &str| {
        desired(address, "AWS::EC2::PlacementGroup", &json!({"Strategy": "spread", "Tags": {"team": team}}))
    };
    let mut world = World::of([group("eu-west-1/group", "a")]).made();
    let changed = world.with([group("eu-west-1/group", "b")]);
    assert_eq!(changed.actions(), ["replace eu-west-1/group"]);
    assert_eq!(changed.paths("eu-west-1/group"), [r#"Tags.team: "a" -> "b" !"#]);

    let mut moved = group("eu-west-1/other", "a");
    moved.lifecycle.moved_from = Some("eu-west-1/group".parse().unwrap());
    assert!(matches!(world.with([moved]).diff().problems[..], [Problem::FixedTags { .. }]));

    world.tamper("eu-west-1/group", |live| drop(live.tags.remove("stackctl:owns")));
    assert!(world.actions().is_empty(), "a record that can't be written is no change");
}

#[test]
fn what_another_stack_owns_is_not_adopted() {
    let mut world = World::of([bucket("eu-west-1/media", Some("media"))]).made();
    world.live = vec![foreign(&world.live[0])];
    Arc::make_mut(&mut world.live[0]).tags.insert("stackctl:stack".into(), "blog".into());
    let mut adopting = bucket("eu-west-1/media", Some("media"));
    adopting.lifecycle.adopt = Some(Identifier::new("media"));
    let problem = &world.with([adopting]).diff().problems[0];
    assert!(problem.to_string().contains("belongs to the stack `blog`"), "{problem}");
}

#[test]
fn a_move_destroys_nothing() {
    let world = World::of([bucket("eu-west-1/media", None)]).made();
    let mut moved = bucket("eu-west-1/store.media", None);
    moved.lifecycle.moved_from = Some("eu-west-1/media".parse().unwrap());
    let world = world.with([moved]);
    assert_eq!(world.actions(), ["update eu-west-1/store.media"]);
    assert_eq!(world.change("eu-west-1/store.media").reason.as_deref(), Some("was eu-west-1/media"));
}

#[test]
fn the_same_name_under_another_address_is_a_move_too() {
    let world = World::of([bucket("eu-west-1/media", Some("media"))]).made();
    let world = world.with([bucket("eu-west-1/store.media", Some("media"))]);
    assert_eq!(world.actions(), ["update eu-west-1/store.media"]);
}

#[test]
fn what_may_exist_twice_is_never_taken_for_another() {
    let address = |address: &str| desired(address, "AWS::EC2::EIP", &json!({"Domain": "vpc"}));
    let world = World::of([address("eu-west-1/one")]).made().with([address("eu-west-1/two")]);
    assert_eq!(world.actions(), ["delete eu-west-1/one", "create eu-west-1/two"]);
}

#[test]
fn a_create_that_was_cut_off_before_its_tags_is_found_by_its_name() {
    let mut world = World::of([bucket("eu-west-1/media", None)]).made();
    world.live = vec![foreign(&world.live[0])];
    let change = world.change("eu-west-1/media");
    assert_eq!(change.action, Action::Update);
    assert_eq!(change.reason.as_deref(), Some("was made by an apply that did not finish"));
}

#[test]
fn of_the_two_that_an_interrupted_replacement_leaves_the_right_one_stays() {
    let vpc = |cidr: &str| desired("eu-west-1/net.vpc", "AWS::EC2::VPC", &json!({"CidrBlock": cidr}));
    let old = World::of([vpc("10.0.0.0/16")]).made();
    let mut world = World::of([vpc("10.1.0.0/16")]).made();
    world.live.extend(old.live.clone());
    let previous = format!("delete eu-west-1/net.vpc~previous({})", old.live[0].identifier);
    assert_eq!(world.actions(), [previous]);
    world.live.reverse();
    assert_eq!(world.actions().len(), 1, "in any order");
}

#[test]
fn another_type_under_the_same_address_replaces_it() {
    let world = World::of([bucket("eu-west-1/store", None)]).made();
    let world = world.with([desired("eu-west-1/store", "AWS::SQS::Queue", &json!({}))]);
    let actions = world.actions();
    assert!(actions.len() == 2 && actions[0] == "create eu-west-1/store", "{actions:?}");
    assert!(actions[1].starts_with("delete eu-west-1/store~previous("), "{actions:?}");
}

#[test]
fn what_can_not_be_read_is_a_problem_of_its_own_and_of_its_dependants() {
    let world = World::of([
        desired("eu-west-1/net.vpc", "AWS::EC2::VPC", &json!({"CidrBlock": "10.0.0.0/16"})),
        desired("eu-west-1/net.subnet", "AWS::EC2::Subnet", &json!({"VpcId": "${eu-west-1/net.vpc#VpcId}"})),
        bucket("us-east-1/media", None),
    ]);
    let failed = ReadFailure {
        scope: world.desired[0].scope.clone(),
        resource_type: Some("AWS::EC2::VPC".into()),
        unserved: false,
        error: "ec2:DescribeVpcs: timeout".into(),
    };
    let diff = World { failures: vec![failed], ..world }.diff();
    let problems: Vec<String> = diff.problems.iter().map(ToString::to_string).collect();
    assert_eq!(
        problems,
        [
            "eu-west-1/net.subnet: it needs eu-west-1/net.vpc, which can't be planned",
            "eu-west-1/net.vpc: AWS::EC2::VPC could not be read in eu-west-1: ec2:DescribeVpcs: timeout",
        ]
    );
    let planned: Vec<&str> = diff.changes.iter().map(|change| change.address.as_str()).collect();
    assert_eq!(planned, ["us-east-1/media"], "the rest of the plan stands");
}

#[test]
fn what_may_belong_to_something_unplanned_is_not_deleted() {
    let network = |subnet: &str| {
        let vpc = desired("eu-west-1/net.vpc", "AWS::EC2::VPC", &json!({"CidrBlock": "10.0.0.0/16"}));
        let properties = json!({"VpcId": "${eu-west-1/net.vpc#VpcId}", "CidrBlock": "10.0.1.0/24"});
        [vpc, desired(subnet, "AWS::EC2::Subnet", &properties)]
    };
    let mut world = World::of(network("eu-west-1/net.old")).made().with(network("eu-west-1/net.new"));
    assert_eq!(world.actions(), ["update eu-west-1/net.new"]);
    world.failures.push(ReadFailure {
        scope: world.desired[0].scope.clone(),
        resource_type: Some("AWS::EC2::VPC".into()),
        unserved: false,
        error: "denied".into(),
    });
    world.live.retain(|live| live.resource_type.as_str() != "AWS::EC2::VPC");
    let diff = world.diff();
    assert_eq!((diff.changes.len(), diff.problems.len()), (0, 2));
}

#[test]
fn the_record_survives_its_tags() {
    let properties: serde_json::Map<_, _> = (0..150).map(|at| (format!("P{at:03}"), json!(at))).collect();
    let role = desired("global/x", "Example::Big::Thing", &properties.into());
    let rules = crate::identity::Rules::of(crate::catalog::Catalog::embedded(), &role.resource_type);
    let owned = crate::identity::Owned::of(&rules, &role.properties, ["Team"].into_iter(), &[]);
    let tags: std::collections::BTreeMap<_, _> = owned.owns.tags().collect();
    assert_eq!(tags.keys().collect::<Vec<_>>(), ["stackctl:owns", "stackctl:owns-2", "stackctl:owns-3"]);
    assert!(tags.values().all(|text| text.len() <= 256));
    let read = Owns::read(&tags).unwrap();
    assert_eq!(read, owned.owns);
    assert!(read.contains("P149") && read.contains("Tags.Team") && !read.contains("P150"));
}

#[test]
fn another_launch_template_makes_another_node_group() {
    let group = |template: &serde_json::Value| {
        desired(
            "eu-west-1/web",
            "AWS::EKS::Nodegroup",
            &json!({"ClusterName": "shop", "NodeRole": "arn:aws:iam::123456789012:role/node", "Subnets": ["subnet-1"],
                    "LaunchTemplate": template}),
        )
    };
    let made = World::of([group(&json!({"Id": "lt-1", "Version": "1"}))]).made();
    let change = |template: &serde_json::Value| made.with([group(template)]).change("eu-west-1/web");
    assert_eq!(change(&json!({"Id": "lt-1", "Version": "2"})).action, Action::Update);
    let another = change(&json!({"Id": "lt-2", "Version": "1"}));
    assert_eq!((another.action, another.replace_order), (Action::Replace, Some(ReplaceOrder::CreateFirst)));
    let plain = World::of([group(&json!(null))]).made();
    assert_eq!(plain.with([group(&json!({"Id": "lt-1"}))]).change("eu-west-1/web").action, Action::Replace);
}

fn cluster(version: &str, support: &str) -> Desired {
    let properties = json!({"Name": "shop", "RoleArn": "arn:aws:iam::123456789012:role/eks", "Version": version,
                            "ResourcesVpcConfig": {"SubnetIds": ["subnet-1"]}, "UpgradePolicy": {"SupportType": support}});
    desired("eu-west-1/cluster", "AWS::EKS::Cluster", &properties)
}

#[test]
fn a_cluster_that_aws_has_upgraded_stays_and_it_is_told() {
    let made = World::of([cluster("1.34", "STANDARD")]).made();
    let change = |version: &str, support: &str| {
        let mut world = made.with([cluster(version, support)]);
        world.tamper("eu-west-1/cluster", |live| {
            live.properties["UpgradePolicy"] = json!({"SupportType": support});
        });
        world.desired = leave_to_others(&world.desired, &world.live);
        world.change("eu-west-1/cluster")
    };
    let stays = change("1.33", "STANDARD");
    let reason = "AWS has upgraded it to 1.34, which stays: write Version \"1.34\"";
    assert_eq!((stays.action, stays.reason.as_deref()), (Action::None, Some(reason)));
    assert_eq!(change("1.35", "STANDARD").action, Action::Update);
    assert_eq!(change("1.33", "EXTENDED").action, Action::Update, "it is asked for");
}

#[test]
fn a_version_that_no_update_leads_to_is_a_problem_of_the_plan() {
    let made = World::of([cluster("1.34", "EXTENDED")]).made();
    let problems = made.with([cluster("1.31", "EXTENDED")]).diff().problems;
    assert_eq!(
        problems[0].to_string(),
        "eu-west-1/cluster: the server would refuse it: the cluster runs Kubernetes 1.34, from where there is no way to \
         1.31: EKS goes back one minor version at most; write Version \"1.34\" or higher, or make another cluster"
    );
}
