//! What counts as a difference, and what it leads to.

use serde_json::json;

use super::support::{World, desired, stack};
use crate::catalog::Catalog;
use crate::diff::delta;
use crate::identity::{KnownAttributes, prepare};
use crate::model::{Action, Consent, Desired, Digest, ReplaceOrder, Status};

fn network() -> Vec<Desired> {
    vec![
        desired(
            "eu-west-1/net.vpc",
            "AWS::EC2::VPC",
            &json!({"CidrBlock": "10.0.0.0/16", "Tags": {"Team": "web"}}),
        ),
        subnet("10.0.1.0/24"),
    ]
}

fn subnet(cidr: &str) -> Desired {
    let properties = json!({
        "VpcId": "${eu-west-1/net.vpc#VpcId}", "CidrBlock": cidr, "AvailabilityZone": "eu-west-1a",
    });
    desired("eu-west-1/net.subnet[a]", "AWS::EC2::Subnet", &properties)
}

#[test]
fn what_is_not_there_is_made_and_its_ids_are_unknown() {
    let world = World::of(network());
    assert_eq!(world.actions(), ["create eu-west-1/net.subnet[a]", "create eu-west-1/net.vpc"]);
    assert_eq!(
        world.paths("eu-west-1/net.subnet[a]"),
        [
            "VpcId: - -> KnownAfterApply",
            "CidrBlock: - -> \"10.0.1.0/24\"",
            "AvailabilityZone: - -> \"eu-west-1a\""
        ]
    );
}

#[test]
fn after_the_apply_nothing_is_left() {
    assert_eq!(World::of(network()).made().actions(), [""; 0]);
}

#[test]
fn what_aws_fills_in_is_silent_and_what_is_taken_out_is_not() {
    let vpc = |properties| desired("eu-west-1/net.vpc", "AWS::EC2::VPC", &properties);
    let mut world = World::of([vpc(
        json!({"CidrBlock": "10.0.0.0/16", "EnableDnsHostnames": true, "Tags": {"Team": "web"}}),
    )])
    .made();
    world.tamper("eu-west-1/net.vpc", |live| {
        live.properties.insert("InstanceTenancy".into(), json!("default"));
        live.properties.insert("EnableDnsSupport".into(), json!(true));
        live.tags.insert("CostCenter".into(), "42".into());
    });
    assert_eq!(world.actions(), [""; 0]);
    let less = world.with([vpc(json!({"CidrBlock": "10.0.0.0/16"}))]);
    assert_eq!(less.change("eu-west-1/net.vpc").action, Action::Update);
    assert_eq!(less.paths("eu-west-1/net.vpc"), ["EnableDnsHostnames: true -> -", "Tags.Team: \"web\" -> -"]);
}

#[test]
fn a_property_newly_written_with_the_value_it_has_is_recorded() {
    let vpc = |properties| desired("eu-west-1/net.vpc", "AWS::EC2::VPC", &properties);
    let mut world = World::of([vpc(json!({"CidrBlock": "10.0.0.0/16"}))]).made();
    world.tamper("eu-west-1/net.vpc", |live| {
        live.properties.insert("EnableDnsSupport".into(), json!(true));
    });
    let more = world.with([vpc(json!({"CidrBlock": "10.0.0.0/16", "EnableDnsSupport": true}))]);
    let change = more.change("eu-west-1/net.vpc");
    assert_eq!((change.action, change.paths.len()), (Action::Update, 0));
    assert_eq!(change.reason.as_deref(), Some("its ownership record changes"));
}

#[test]
fn a_create_only_path_makes_a_replacement_that_others_follow() {
    let mut changed = network();
    changed[0].properties.insert("CidrBlock".into(), crate::model::Value::string("10.1.0.0/16"));
    let world = World::of(network()).made().with(changed);
    assert_eq!(world.paths("eu-west-1/net.vpc"), ["CidrBlock: \"10.0.0.0/16\" -> \"10.1.0.0/16\" !"]);
    assert_eq!(world.change("eu-west-1/net.vpc").replace_order, Some(ReplaceOrder::CreateFirst));
    let subnet = world.change("eu-west-1/net.subnet[a]");
    assert_eq!(subnet.action, Action::Replace);
    assert_eq!(subnet.reason.as_deref(), Some("follows eu-west-1/net.vpc (replace)"));
}

#[test]
fn a_volatile_attribute_is_unknown_while_its_resource_changes() {
    let stage = |size: &str| {
        vec![
            desired(
                "eu-west-1/web.template",
                "AWS::EC2::LaunchTemplate",
                &json!({"LaunchTemplateData": {"InstanceType": size}}),
            ),
            desired(
                "eu-west-1/web.group",
                "AWS::AutoScaling::AutoScalingGroup",
                &json!({"MinSize": "1", "MaxSize": "3", "LaunchTemplate": {
                    "LaunchTemplateId": "${eu-west-1/web.template#LaunchTemplateId}",
                    "Version": "${eu-west-1/web.template#LatestVersionNumber}",
                }}),
            ),
        ]
    };
    let world = World::of(stage("m6i.large")).made();
    assert_eq!(world.actions(), [""; 0]);
    let world = world.with(stage("m6i.xlarge"));
    assert_eq!(
        world.paths("eu-west-1/web.template"),
        ["LaunchTemplateData.InstanceType: \"m6i.large\" -> \"m6i.xlarge\""]
    );
    let paths = world.paths("eu-west-1/web.group");
    assert!(paths.len() == 1 && paths[0].starts_with("LaunchTemplate.Version: "), "{paths:?}");
    assert!(paths[0].ends_with("-> KnownAfterApply"), "{paths:?}");
}

#[test]
fn sizes_as_texts_or_numbers_are_the_same() {
    let group = |size| {
        desired(
            "eu-west-1/web.group",
            "AWS::AutoScaling::AutoScalingGroup",
            &json!({"MinSize": size, "MaxSize": "3"}),
        )
    };
    let world = World::of([group(json!("1"))]).made();
    assert_eq!(world.with([group(json!(1))]).actions(), [""; 0]);
    assert_eq!(world.with([group(json!(2))]).paths("eu-west-1/web.group"), ["MinSize: \"1\" -> 2"]);
}

#[test]
fn policies_are_compared_by_what_they_mean() {
    let role = |action| {
        desired(
            "global/web.role",
            "AWS::IAM::Role",
            &json!({"AssumeRolePolicyDocument": {"Version": "2012-10-17", "Statement": [
                {"Effect": "Allow", "Principal": {"Service": ["ec2.amazonaws.com"]}, "Action": [action]}
            ]}}),
        )
    };
    let mut world = World::of([role("sts:AssumeRole")]).made();
    world.tamper("global/web.role", |live| {
        let as_aws_answers = json!({"Statement": {"Action": "sts:AssumeRole", "Effect": "Allow",
            "Principal": {"Service": "ec2.amazonaws.com"}}, "Version": "2012-10-17"});
        live.properties.insert("AssumeRolePolicyDocument".into(), as_aws_answers);
    });
    assert_eq!(world.actions(), [""; 0]);
    assert_eq!(world.with([role("sts:TagSession")]).actions(), ["update global/web.role"]);
}

#[test]
fn sets_are_compared_without_order_and_element_by_element() {
    let alarm = |dimensions| {
        let properties = json!({"ComparisonOperator": "GreaterThanThreshold", "EvaluationPeriods": 1,
            "Dimensions": dimensions});
        desired("eu-west-1/web.alarm", "AWS::CloudWatch::Alarm", &properties)
    };
    let (a, b) = (json!({"Name": "a", "Value": "1"}), json!({"Name": "b", "Value": "2"}));
    let world = World::of([alarm(json!([a, b]))]).made();
    assert_eq!(world.with([alarm(json!([b, a]))]).actions(), [""; 0]);
    let changed = world.with([alarm(json!([{"Name": "b", "Value": "3"}, a, {"Name": "c", "Value": "4"}]))]);
    assert_eq!(
        changed.paths("eu-west-1/web.alarm"),
        ["Dimensions[0].Value: \"2\" -> \"3\"", "Dimensions[2]: - -> {\"Name\":\"c\",\"Value\":\"4\"}"]
    );
    let fewer = world.with([alarm(json!([b]))]);
    assert_eq!(fewer.paths("eu-west-1/web.alarm"), ["Dimensions[0]: {\"Name\":\"a\",\"Value\":\"1\"} -> -"]);
}

#[test]
fn an_option_taken_from_one_of_two_elements_is_seen_and_one_that_aws_adds_is_not() {
    let bucket = |rules| {
        desired("eu-west-1/media", "AWS::S3::Bucket", &json!({"LifecycleConfiguration": {"Rules": rules}}))
    };
    let rule = |id: &str, prefix: Option<&str>| match prefix {
        Some(prefix) => json!({"Id": id, "Status": "Enabled", "ExpirationInDays": 1, "Prefix": prefix}),
        None => json!({"Id": id, "Status": "Enabled", "ExpirationInDays": 1}),
    };
    let mut world = World::of([bucket(json!([rule("a", Some("x")), rule("b", Some("y"))]))]).made();
    let fewer = world.with([bucket(json!([rule("a", Some("x")), rule("b", None)]))]);
    let paths = fewer.paths("eu-west-1/media");
    assert!(paths.iter().any(|path| path.ends_with(".Prefix: \"y\" -> -")), "{paths:?}");

    world = World::of([bucket(json!([rule("a", Some("x")), rule("b", None)]))]).made();
    world.tamper("eu-west-1/media", |live| {
        live.properties["LifecycleConfiguration"]["Rules"][1]["Prefix"] = json!("filled-in-by-aws");
    });
    assert_eq!(world.actions(), [""; 0]);
}

#[test]
fn ignored_paths_are_left_alone() {
    let mut group = desired(
        "eu-west-1/web.group",
        "AWS::AutoScaling::AutoScalingGroup",
        &json!({
            "MinSize": "1", "MaxSize": "3", "DesiredCapacity": "1", "Tags": {"Team": "web"}
        }),
    );
    group.lifecycle.ignore = vec!["DesiredCapacity".into(), "Tags.Team".into()];
    let mut world = World::of([group]).made();
    world.tamper("eu-west-1/web.group", |live| {
        live.properties.insert("DesiredCapacity".into(), json!("3"));
        live.tags.insert("Team".into(), "other".into());
    });
    assert_eq!(world.actions(), [""; 0]);
}

#[test]
fn a_secret_is_never_shown_and_a_new_reference_is_seen() {
    let database = |password: &str| {
        let properties = json!({"DBInstanceClass": "db.t3.micro", "Engine": "postgres", "AllocatedStorage": "20",
            "MasterUsername": "root", "MasterUserPassword": password});
        desired("eu-west-1/data.db", "AWS::RDS::DBInstance", &properties)
    };
    let world = World::of([database("secret://env/PASSWORD")]).made();
    assert_eq!(world.actions(), [""; 0]);
    assert!(!format!("{:?}", world.changes()).contains("hunter2"));
    let other = world.with([database("secret://env/OTHER")]);
    assert_eq!(other.paths("eu-west-1/data.db"), ["MasterUserPassword: - -> Sensitive"]);
}

#[test]
fn a_readable_secret_is_not_shown_in_updates_nor_in_deletes() {
    let function = |timeout: u32| {
        let properties = json!({"Runtime": "python3.13", "Handler": "index.handler", "Timeout": timeout,
            "Code": {"ZipFile": "x"}, "Role": "arn:aws:iam::123456789012:role/x",
            "Environment": {"Variables": {"TOKEN": "secret://env/PASSWORD", "MODE": "fast"}}});
        desired("eu-west-1/web.function", "AWS::Lambda::Function", &properties)
    };
    let world = World::of([function(3)]).made();
    assert_eq!(
        world.live("eu-west-1/web.function").properties["Environment"]["Variables"]["TOKEN"],
        "hunter2"
    );
    assert_eq!(world.actions(), [""; 0]);
    for next in [world.with([function(4)]), world.with([])] {
        let shown =
            format!("{:?}", next.changes().iter().map(|change| change.paths.clone()).collect::<Vec<_>>());
        assert!(!shown.contains("hunter2"), "{shown}");
    }
}

#[test]
fn what_failed_is_replaced_and_what_is_going_is_made_again() {
    let mut world = World::of(network()).made();
    world.tamper("eu-west-1/net.subnet[a]", |live| {
        live.status = Status::Failed("failed: no addresses".into());
    });
    let change = world.change("eu-west-1/net.subnet[a]");
    assert_eq!(change.action, Action::Replace);
    assert_eq!(change.reason.as_deref(), Some("it failed: failed: no addresses"));
    world.tamper("eu-west-1/net.subnet[a]", |live| live.status = Status::Deleting);
    assert_eq!(world.actions(), ["create eu-west-1/net.subnet[a]"]);
}

#[test]
fn what_is_still_on_its_way_is_no_change() {
    let mut world = World::of(network()).made();
    world.tamper("eu-west-1/net.vpc", |live| live.status = Status::Pending("pending".into()));
    assert_eq!(world.actions(), [""; 0]);
    assert_eq!(world.change("eu-west-1/net.vpc").reason.as_deref(), Some("still pending"));
}

#[test]
fn destroying_data_or_what_is_protected_needs_consent() {
    let bucket = |name: &str| desired("eu-west-1/media", "AWS::S3::Bucket", &json!({"BucketName": name}));
    let mut world = World::of([bucket("media-one")]).made();
    let replaced = world.with([bucket("media-two")]).change("eu-west-1/media");
    assert_eq!((replaced.action, replaced.consent), (Action::Replace, Some(Consent::HoldsData)));
    assert_eq!(world.with([]).change("eu-west-1/media").consent, Some(Consent::HoldsData));
    let vpc = World::of(network()).made();
    world = vpc.with([]);
    assert_eq!(world.change("eu-west-1/net.vpc").consent, None);
    world.protected.insert("eu-west-1/net.vpc".parse().unwrap());
    assert_eq!(world.change("eu-west-1/net.vpc").consent, Some(Consent::Protected));
}

#[test]
fn what_keeps_its_name_can_not_stand_beside_its_successor() {
    let cluster = |engine: &str| {
        let properties = json!({"Engine": engine, "CacheNodeType": "cache.t3.micro", "NumCacheNodes": 1,
            "ClusterName": "sessions"});
        desired("eu-west-1/cache", "AWS::ElastiCache::CacheCluster", &properties)
    };
    let change = World::of([cluster("redis")]).made().with([cluster("memcached")]).change("eu-west-1/cache");
    assert_eq!((change.action, change.replace_order), (Action::Replace, Some(ReplaceOrder::DeleteFirst)));
}

#[test]
fn the_delta_of_an_apply_is_the_difference_of_the_plan() {
    let world = World::of(network()).made();
    let mut changed = network();
    changed[0].properties.insert("EnableDnsHostnames".into(), crate::model::Value::Bool(true));
    changed[0].tags.clear();
    let live = world.live("eu-west-1/net.vpc").clone();
    let catalog = Catalog::embedded();
    let known = KnownAttributes::default();
    let prepared = prepare(catalog, &stack(), &changed[0], Some(&live), &known, &[].into()).unwrap();
    let delta = delta(catalog, &stack(), &changed[0], &prepared, &live);
    assert_eq!(delta.set, ["EnableDnsHostnames".into()]);
    assert_eq!(delta.tags_removed, ["Team"]);
    assert!(delta.tags_set.contains_key("stackctl:owns"));
    let shown = world.with(changed).paths("eu-west-1/net.vpc");
    assert_eq!(shown, ["EnableDnsHostnames: - -> true", "Tags.Team: \"web\" -> -"]);
    assert_ne!(prepared.create_only, Digest::default());
}

#[test]
fn a_database_keeps_the_spelling_of_its_blueprint() {
    let database = |version: &str| {
        desired(
            "eu-west-1/db",
            "AWS::RDS::DBInstance",
            &json!({"DBInstanceIdentifier": "ShopOrders", "EngineVersion": version, "KmsKeyId": "1a-2b"}),
        )
    };
    let mut world = World::of([database("8.0")]).made();
    world.tamper("eu-west-1/db", |live| {
        live.properties.insert("DBInstanceIdentifier".into(), json!("shoporders"));
        live.properties.insert("EngineVersion".into(), json!("8.0.39"));
        live.properties.insert("KmsKeyId".into(), json!("arn:aws:kms:eu-west-1:111122223333:key/1a-2b"));
    });
    assert_eq!(world.actions(), [""; 0]);
    assert_eq!(world.with([database("8.4")]).actions(), ["update eu-west-1/db"]);
}
