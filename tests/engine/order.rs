//! What comes before what: dependencies, replacements, retirements; and what a failure stops.

use serde_json::{Value as Json, json};
use stackctl::apply::{Ending, Event, Step};
use stackctl::model::{Action, ReplacePolicy};
use stackctl::providers::ErrorKind;
use stackctl::providers::simulated::{Behaviour, DeedKind, Failure, Fault, Faults, Operation};

use crate::graph::{address, blueprint, resource};
use crate::world::{Blueprint, World};

/// A small network with what hangs on it: all kinds of identity, three levels deep.
pub fn shop() -> Blueprint {
    blueprint([
        resource("AWS::EC2::VPC", "vpc", json!({"CidrBlock": "10.0.0.0/16"})),
        resource("AWS::EC2::InternetGateway", "igw", json!({})),
        resource(
            "AWS::EC2::VPCGatewayAttachment",
            "attached",
            json!({"VpcId": "@vpc.VpcId", "InternetGatewayId": "@igw.InternetGatewayId"}),
        ),
        subnet("a", "10.0.1.0/24"),
        subnet("b", "10.0.2.0/24"),
        resource("AWS::EC2::RouteTable", "table", json!({"VpcId": "@vpc.VpcId"})),
        resource(
            "AWS::EC2::Route",
            "out",
            json!({
                "RouteTableId": "@table.RouteTableId",
                "DestinationCidrBlock": "0.0.0.0/0",
                "GatewayId": "@igw.InternetGatewayId",
            }),
        ),
        resource("AWS::IAM::Role", "role", json!({"AssumeRolePolicyDocument": {"Statement": []}})),
        resource("AWS::S3::Bucket", "code", json!({})),
        resource(
            "AWS::Lambda::Function",
            "function",
            json!({"Role": "@role.Arn", "Code": {"S3Bucket": "@code.BucketName", "S3Key": "k"}}),
        ),
    ])
}

fn subnet(path: &str, cidr: &str) -> stackctl::model::Desired {
    resource("AWS::EC2::Subnet", path, json!({"VpcId": "@vpc.VpcId", "CidrBlock": cidr}))
}

/// When each step of an apply began and ended, by `address step`.
fn times(events: &[Event], address: &str, step: Step) -> (u64, u64) {
    let mut times = (None, None);
    for event in events {
        match event {
            Event::Started { address: of, step: which, at_ms, .. }
                if of.path() == address && *which == step =>
            {
                times.0 = Some(*at_ms);
            }
            Event::Finished { address: of, step: which, at_ms, .. }
                if of.path() == address && *which == step =>
            {
                times.1 = Some(*at_ms);
            }
            _ => {}
        }
    }
    (times.0.expect(address), times.1.expect(address))
}

#[tokio::test(start_paused = true)]
async fn a_change_starts_when_what_it_needs_is_ready_and_not_when_a_wave_ends() {
    let world = World::new(Behaviour { rate: None, ..Behaviour::like_aws() });
    let stage = blueprint([
        resource("AWS::EC2::VPC", "vpc", json!({"CidrBlock": "10.0.0.0/16"})),
        resource(
            "AWS::EKS::Cluster",
            "slow",
            json!({"RoleArn": "arn:aws:iam::1:role/x", "ResourcesVpcConfig": {}}),
        ),
        subnet("quick", "10.0.1.0/24"),
    ]);
    let run = world.go(&stage, &[]).await;
    assert!(run.report().is_complete(), "{:#?}", run.events);
    let (_, slow) = times(&run.events, "slow", Step::Create);
    let (_, quick) = times(&run.events, "quick", Step::Create);
    assert!(slow > 300_000, "a cluster takes minutes: {slow} ms");
    assert!(quick < 60_000, "the subnet does not wait for the cluster: {quick} ms");
}

#[tokio::test(start_paused = true)]
async fn a_replacement_is_made_first_and_its_dependants_move_before_the_old_one_goes() {
    let world = World::new(Behaviour::like_aws());
    let stage = |description: &str| {
        blueprint([
            resource("AWS::EC2::VPC", "vpc", json!({"CidrBlock": "10.0.0.0/16"})),
            resource(
                "AWS::EC2::SecurityGroup",
                "group",
                json!({"VpcId": "@vpc.VpcId", "GroupDescription": description}),
            ),
            subnet("subnet", "10.0.1.0/24"),
            resource("AWS::IAM::Role", "role", json!({"AssumeRolePolicyDocument": {"Statement": []}})),
            resource(
                "AWS::Lambda::Function",
                "function",
                json!({
                    "Role": "@role.Arn",
                    "Code": {"S3Bucket": "code", "S3Key": "k"},
                    "VpcConfig": {"SecurityGroupIds": ["@group.GroupId"], "SubnetIds": ["@subnet.SubnetId"]},
                }),
            ),
        ])
    };
    let (before, after) = (stage("one"), stage("two"));
    world.converge(&before, &[]).await;
    world.assert_settled(&before).await;
    let old = world.live("group").unwrap().identifier;
    let first = world.cloud.deeds().len();
    let run = world.go(&after, &[]).await;
    assert!(run.report().is_complete(), "{:#?}", run.events);
    let deeds: Vec<_> = world.cloud.deeds().split_off(first);
    let kinds: Vec<_> = deeds.iter().map(|deed| (deed.kind, deed.resource_type.short())).collect();
    assert_eq!(
        kinds,
        [
            (DeedKind::Created, "SecurityGroup"),
            (DeedKind::Updated, "Function"),
            (DeedKind::Deleted, "SecurityGroup"),
        ]
    );
    assert_eq!(deeds[2].identifier, old);
    world.assert_settled(&after).await;
}

#[tokio::test(start_paused = true)]
async fn delete_first_is_done_where_it_is_asked_for() {
    let world = World::new(Behaviour::like_aws());
    let stage = |description: &str| {
        let vpc = resource("AWS::EC2::VPC", "vpc", json!({"CidrBlock": "10.0.0.0/16"}));
        let properties =
            json!({"VpcId": "@vpc.VpcId", "GroupDescription": description, "GroupName": "fixed"});
        let mut group = resource("AWS::EC2::SecurityGroup", "group", properties);
        group.lifecycle.replace = ReplacePolicy::DeleteFirst;
        blueprint([vpc, group])
    };
    world.converge(&stage("one"), &[]).await;
    let first = world.cloud.deeds().len();
    world.converge(&stage("two"), &[]).await;
    let kinds: Vec<_> = world.cloud.deeds()[first..].iter().map(|deed| deed.kind).collect();
    assert_eq!(kinds, [DeedKind::Deleted, DeedKind::Created]);
    world.assert_settled(&stage("two")).await;
}

#[tokio::test(start_paused = true)]
async fn what_retires_goes_after_everything_new_is_ready() {
    let world = World::new(Behaviour::like_aws());
    let old = blueprint([resource("AWS::SQS::Queue", "old", json!({}))]);
    let new = blueprint([resource(
        "AWS::EKS::Cluster",
        "new",
        json!({"RoleArn": "arn:aws:iam::1:role/x", "ResourcesVpcConfig": {}}),
    )]);
    world.converge(&old, &[]).await;
    let run = world.go(&new, &[]).await;
    let (_, made) = times(&run.events, "new", Step::Create);
    let (gone, _) = times(&run.events, "old", Step::Delete);
    assert!(gone >= made, "the old one goes at {gone} ms, the new one is ready at {made} ms");
    world.assert_settled(&new).await;
}

#[tokio::test(start_paused = true)]
async fn a_failure_stops_only_what_depends_on_it() {
    let world = World::new(Behaviour::like_aws());
    let refused = Failure::Refused(ErrorKind::Denied);
    world.cloud.arm(Faults::none().and(Fault::always(Operation::Create, "*/table", refused)));
    let run = world.go(&shop(), &[]).await;
    let report = run.report();
    let endings = |wanted: fn(&Ending) -> bool| -> Vec<_> {
        report.results.iter().filter(|one| wanted(&one.ending)).map(|one| one.address.path()).collect()
    };
    assert_eq!(endings(|ending| matches!(ending, Ending::Failed(_))), ["table"]);
    assert_eq!(endings(|ending| matches!(ending, Ending::Skipped(_))), ["out"]);
    assert_eq!((report.outcome.done, report.outcome.failed, report.outcome.skipped), (8, 1, 1));
    let told = run.events.iter().any(|event| {
        matches!(event, Event::Skipped { address, reason, .. } if address.path() == "out" && reason.contains("table"))
    });
    assert!(told, "{:#?}", run.events);

    world.cloud.arm(Faults::none());
    world.converge(&shop(), &[]).await;
    world.assert_settled(&shop()).await;
}

#[tokio::test(start_paused = true)]
async fn what_never_becomes_ready_is_replaced_by_the_next_run() {
    let world = World::new(Behaviour::like_aws());
    let words = Failure::NeverReady("no capacity".into());
    let broken = Fault { times: 1, ..Fault::always(Operation::Create, "*/vpc", words) };
    world.cloud.arm(Faults::none().and(broken));
    let run = world.go(&shop(), &[]).await;
    let failed: Vec<_> =
        run.report().results.iter().filter(|one| matches!(one.ending, Ending::Failed(_))).collect();
    assert_eq!(failed.len(), 1);
    assert!(
        format!(
            "{}",
            match &failed[0].ending {
                Ending::Failed(error) => error,
                _ => unreachable!(),
            }
        )
        .contains("no capacity")
    );
    world.converge(&shop(), &[]).await;
    world.assert_settled(&shop()).await;
}

#[tokio::test(start_paused = true)]
async fn a_removed_property_goes_and_what_the_cloud_chose_stays() {
    let world = World::new(Behaviour::like_aws());
    let stage = |properties: Json| blueprint([resource("AWS::SQS::Queue", "queue", properties)]);
    let before = stage(json!({"DelaySeconds": 5, "VisibilityTimeout": 40}));
    world.converge(&before, &[]).await;
    world.assert_settled(&before).await;
    let after = stage(json!({"DelaySeconds": 5}));
    let plan = world.plan(&after, &[]).await;
    let actions: Vec<_> = plan.changes.iter().map(|change| change.action).collect();
    assert_eq!(actions, [Action::Update]);
    world.converge(&after, &[]).await;
    world.assert_settled(&after).await;
    assert_eq!(world.live("queue").unwrap().properties.get("VisibilityTimeout"), None);
}

#[tokio::test(start_paused = true)]
async fn drift_is_mended_and_what_vanished_is_made_again() {
    let world = World::new(Behaviour::like_aws());
    world.converge(&shop(), &[]).await;
    let function = world.live("function").unwrap().identifier;
    world.cloud.tamper(&function, |properties| {
        drop(properties.insert("Role".into(), json!("arn:aws:iam::1:role/x")));
    });
    let subnet = world.live("b").unwrap().identifier;
    assert!(world.cloud.vanish(&subnet));
    let run = world.go(&shop(), &[]).await;
    let done: Vec<_> = run.report().results.iter().map(|one| (one.address.clone(), one.action)).collect();
    assert_eq!(done, [(address("b"), Action::Create), (address("function"), Action::Update)]);
    world.assert_settled(&shop()).await;
}

#[tokio::test(start_paused = true)]
async fn nothing_retires_where_one_of_many_successors_failed() {
    let queues = |word: &str| {
        blueprint((0..3).map(|at| resource("AWS::SQS::Queue", &format!("{word}{at}"), json!({}))))
    };
    let world = World::new(Behaviour::like_aws());
    world.converge(&queues("old"), &[]).await;
    let refused = Failure::Refused(ErrorKind::Denied);
    world.cloud.arm(Faults::none().and(Fault::always(Operation::Create, "*new1", refused)));
    let run = world.go(&queues("new"), &[]).await;
    let outcome = &run.report().outcome;
    assert_eq!((outcome.done, outcome.failed, outcome.skipped), (2, 1, 3), "{:#?}", run.events);
    world.cloud.arm(Faults::none());
    world.converge(&queues("new"), &[]).await;
    world.assert_settled(&queues("new")).await;
}
