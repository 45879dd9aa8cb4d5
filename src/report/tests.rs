//! Plans as people and programs read them.

use serde_json::json;

use super::{json as plan_json, text};
use crate::diff::Problem;
use crate::diff::tests::support::{World, desired};
use crate::model::{Address, Desired, Region, ResourceType, Scope, Status, Value};

/// A network with an application in it, and a bucket for the world.
fn stage(size: &str, instances: &str) -> Vec<Desired> {
    vec![
        desired(
            "eu-west-1/network.vpc",
            "AWS::EC2::VPC",
            &json!({
            "CidrBlock": "10.10.0.0/16", "EnableDnsHostnames": true, "Tags": {"Team": "web"}}),
        ),
        desired(
            "eu-west-1/network.publicSubnet[a]",
            "AWS::EC2::Subnet",
            &json!({
            "VpcId": "${eu-west-1/network.vpc#VpcId}", "AvailabilityZone": "eu-west-1a", "CidrBlock": "10.10.0.0/24",
            "MapPublicIpOnLaunch": true}),
        ),
        desired(
            "eu-west-1/web.template",
            "AWS::EC2::LaunchTemplate",
            &json!({
            "LaunchTemplateData": {"InstanceType": size, "ImageId": "ami-12345678"}}),
        ),
        desired(
            "eu-west-1/web.group",
            "AWS::AutoScaling::AutoScalingGroup",
            &json!({
            "MinSize": "1", "MaxSize": instances, "LaunchTemplate": {
                "LaunchTemplateId": "${eu-west-1/web.template#LaunchTemplateId}",
                "Version": "${eu-west-1/web.template#LatestVersionNumber}"},
            "VPCZoneIdentifier": ["${eu-west-1/network.publicSubnet[a]#SubnetId}"]}),
        ),
        desired(
            "global/web.role",
            "AWS::IAM::Role",
            &json!({"AssumeRolePolicyDocument": {
            "Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Action": "sts:AssumeRole",
                "Principal": {"Service": "ec2.amazonaws.com"}}]}}),
        ),
        desired("eu-west-1/media", "AWS::S3::Bucket", &json!({"BucketName": "shop-media"})),
    ]
}

fn plain() -> text::Style {
    text::Style::default()
}

/// Something of everything.
fn changed() -> World {
    let before = stage("m6i.large", "3");
    let mut gone = desired("us-east-1/cache", "AWS::SQS::Queue", &json!({"QueueName": "jobs"}));
    gone.lifecycle.protect = false;
    let mut after = stage("m6i.xlarge", "10");
    after[0].tags.clear();
    after[1].properties.insert("CidrBlock".into(), Value::string("10.10.7.0/24"));
    after[4].properties.insert(
        "AssumeRolePolicyDocument".into(),
        Value::from(&json!({
        "Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Action": "sts:AssumeRole",
            "Principal": {"Service": "ecs-tasks.amazonaws.com"}}]})),
    );
    after[5].lifecycle.moved_from = Some("eu-west-1/media".parse().unwrap());
    after[5].address = "eu-west-1/store.media".parse().unwrap();
    after.push(desired("eu-west-1/data.db", "AWS::RDS::DBInstance", &json!({
        "DBInstanceClass": "db.t3.micro", "Engine": "postgres", "AllocatedStorage": "20", "MasterUsername": "root",
        "MasterUserPassword": "secret://env/PASSWORD"})));
    World::of(before.into_iter().chain([gone])).made().with(after)
}

#[test]
fn a_first_plan() {
    insta::assert_snapshot!(text::plan(&World::of(stage("m6i.large", "3")).plan(), plain()));
}

#[test]
fn a_first_plan_in_full() {
    let style = text::Style { full: true, ..plain() };
    insta::assert_snapshot!(text::plan(&World::of(stage("m6i.large", "3")).plan(), style));
}

#[test]
fn something_of_everything() {
    insta::assert_snapshot!(text::plan(&changed().plan(), plain()));
}

#[test]
fn nothing_to_do() {
    let world = World::of(stage("m6i.large", "3")).made();
    assert_eq!(
        text::plan(&world.plan(), plain()),
        "No changes: 6 resources are as the blueprint says. 15 API calls.\n"
    );
}

#[test]
fn something_still_on_its_way() {
    let mut world = World::of(stage("m6i.large", "3")).made();
    world.tamper("eu-west-1/web.group", |live| {
        live.status = Status::Pending("1 of 3 instances in service".into());
    });
    insta::assert_snapshot!(text::plan(&world.plan(), plain()), @r"
    eu-west-1/web.group (still 1 of 3 instances in service)

    No changes: 6 resources are as the blueprint says. 15 API calls.
    ");
}

#[test]
fn what_a_service_does_not_tell() {
    let group = |warmup: u32| {
        let properties = json!({"MinSize": "1", "MaxSize": "3", "DefaultInstanceWarmup": warmup});
        desired("eu-west-1/web.group", "AWS::AutoScaling::AutoScalingGroup", &properties)
    };
    let mut world = World::of([group(90)]).made();
    world.tamper("eu-west-1/web.group", |live| {
        live.properties.insert("DefaultInstanceWarmup".into(), serde_json::Value::Null);
    });
    insta::assert_snapshot!(text::plan(&world.with([group(900)]).plan(), plain()));
}

#[test]
fn a_destroy() {
    insta::assert_snapshot!(text::plan(&World::of(stage("m6i.large", "3")).made().with([]).plan(), plain()));
}

/// Two regions with the same in them, three zones each, and one with something else.
fn regions() -> Vec<Desired> {
    let mut all = stage("m6i.large", "3");
    for region in ["ap-southeast-1", "us-east-1"] {
        all.push(desired(
            &format!("{region}/net.vpc"),
            "AWS::EC2::VPC",
            &json!({"CidrBlock": "10.0.0.0/16"}),
        ));
        for (at, zone) in ["a", "b", "c"].iter().enumerate() {
            let properties = json!({
                "VpcId": format!("${{{region}/net.vpc#VpcId}}"), "CidrBlock": format!("10.0.{at}.0/24"),
                "MapPublicIpOnLaunch": true});
            all.push(desired(&format!("{region}/net.subnet[{zone}]"), "AWS::EC2::Subnet", &properties));
        }
    }
    all
}

#[test]
fn what_is_alike_is_told_once() {
    insta::assert_snapshot!(text::plan(&World::of(regions()).plan(), plain()));
    let gone = World::of(regions()).made().with(stage("m6i.large", "3")).plan();
    insta::assert_snapshot!("what_goes_alike_is_told_once", text::plan(&gone, plain()));
}

#[test]
fn no_line_of_a_resource_is_wider_than_the_terminal() {
    let narrow = text::plan(&changed().plan(), text::Style { width: Some(90), ..plain() });
    let lines = narrow.lines().filter(|line| line.contains("AWS::") || line.contains("->"));
    let wide: Vec<&str> = lines.filter(|line| line.chars().count() > 90).collect();
    assert!(wide.is_empty(), "{wide:#?}");
    assert!(narrow.contains('…'), "{narrow}");
}

#[test]
fn calls_by_service_are_for_those_who_ask() {
    let told = text::plan(&World::of([]).plan(), text::Style { calls: true, ..plain() });
    assert!(told.ends_with("15 API calls (ec2 12, iam 3).\n"), "{told}");
}

#[test]
fn colours_are_only_there_when_asked_for() {
    let plan = World::of(stage("m6i.large", "3")).plan();
    assert!(!text::plan(&plan, plain()).contains('\u{1b}'));
    let coloured = text::plan(&plan, text::Style { color: true, ..plain() });
    assert!(coloured.contains("\u{1b}[32m+"), "{coloured:?}");
}

#[test]
fn the_document_for_programs() {
    insta::assert_snapshot!(plan_json::plan(&changed().plan(), &[], &[]).unwrap());
}

/// A type that could not be read, and what needs a resource of it.
fn problems() -> Vec<Problem> {
    let address: Address = "eu-west-1/sessions.group".parse().unwrap();
    let unreadable = Problem::Unreadable {
        address: address.clone(),
        resource_type: ResourceType::new("AWS::ElastiCache::ReplicationGroup"),
        scope: Scope::Region(Region::new("eu-west-1")),
        error: "AccessDenied".to_owned(),
    };
    let user = "eu-west-1/alarm".parse().unwrap();
    vec![unreadable, Problem::Blocked { address: user, dependency: address }]
}

#[test]
fn what_could_not_be_planned_is_never_no_change() {
    let made = World::of(stage("m6i.large", "3")).made().plan();
    assert_eq!(text::incomplete(&made, 1, plain()), "Incomplete: 1 resource could not be planned.\n");
    let first = text::incomplete(&World::of(stage("m6i.large", "3")).plan(), 2, plain());
    assert!(
        first.ends_with("Incomplete: 2 resources could not be planned; of the others 6 to create.\n"),
        "{first}"
    );
    let document: serde_json::Value =
        serde_json::from_str(&plan_json::plan(&made, &problems(), &[]).unwrap()).unwrap();
    assert_eq!(document["problems"][0]["address"], "eu-west-1/sessions.group");
    let message = "AWS::ElastiCache::ReplicationGroup could not be read in eu-west-1: AccessDenied";
    assert_eq!(document["problems"][0]["message"], message);
}

#[test]
fn the_document_has_the_published_form() {
    let schema: serde_json::Value =
        serde_json::from_str(include_str!("../../schemas/plan.schema.json")).unwrap();
    let validator = jsonschema::validator_for(&schema).unwrap();
    for world in [changed(), World::of([]), changed().with([])] {
        let document =
            serde_json::from_str(&plan_json::plan(&world.plan(), &problems(), &[]).unwrap()).unwrap();
        let errors: Vec<_> = validator.iter_errors(&document).map(|error| error.to_string()).collect();
        assert!(errors.is_empty(), "{errors:?}");
    }
    assert!(!validator.is_valid(&json!({"format_version": 1, "changes": [{}]})));
}

#[test]
fn no_secret_is_in_any_report() {
    let plan = changed().plan();
    let full = text::Style { full: true, ..plain() };
    for report in [text::plan(&plan, full), plan_json::plan(&plan, &[], &[]).unwrap()] {
        assert!(!report.contains("hunter2") && !report.contains("secret://"), "{report}");
    }
}
