//! The order of steps, filters, and what a saved plan holds against the world.

use std::collections::HashMap;

use proptest::prelude::*;
use serde_json::json;

use super::{Asked, Difference, Filter, Plan, PlanError, SavedPlan};
use crate::diff::tests::support::{World, desired};
use crate::model::{Desired, ReplaceOrder, Step, Value};

fn vpc(cidr: &str) -> Desired {
    desired("eu-west-1/net.vpc", "AWS::EC2::VPC", &json!({"CidrBlock": cidr}))
}

fn subnet(zone: &str) -> Desired {
    let properties = json!({"VpcId": "${eu-west-1/net.vpc#VpcId}", "CidrBlock": format!("10.0.{zone}.0/24")});
    desired(&format!("eu-west-1/net.subnet[{zone}]"), "AWS::EC2::Subnet", &properties)
}

fn queue(address: &str) -> Desired {
    desired(address, "AWS::SQS::Queue", &json!({}))
}

/// `create net.vpc`, in the plan's order.
fn steps(plan: &Plan) -> Vec<String> {
    plan.steps.iter().map(|step| format!("{:?} {}", step.step, step.address).to_lowercase()).collect()
}

/// Whether one step waits for another, through others too.
fn waits(plan: &Plan, later: (Step, &str), earlier: (Step, &str)) -> bool {
    let find = |(step, address): (Step, &str)| {
        plan.steps
            .iter()
            .find(|one| one.step == step && one.address.as_str() == address)
            .expect("it is a step")
    };
    let target = find(earlier).id;
    let mut open = vec![find(later).id];
    while let Some(id) = open.pop() {
        if id == target {
            return true;
        }
        open.extend(&plan.steps[id.index()].needs);
    }
    false
}

#[test]
fn what_is_needed_comes_first_and_goes_last() {
    let world = World::of([subnet("1"), subnet("2"), vpc("10.0.0.0/16")]);
    assert_eq!(steps(&world.plan())[0], "create eu-west-1/net.vpc");
    let gone = world.made().with([]).plan();
    assert_eq!(steps(&gone)[2], "delete eu-west-1/net.vpc");
    assert_eq!(gone.edges.len(), 2, "the drawing of a destroy has edges, too");
}

#[test]
fn the_longest_path_goes_first() {
    let bucket = desired("eu-west-1/a.bucket", "AWS::S3::Bucket", &json!({}));
    let cluster = desired(
        "eu-west-1/z.cluster",
        "AWS::EKS::Cluster",
        &json!({"RoleArn": "x", "ResourcesVpcConfig": {}}),
    );
    let plan = World::of([bucket, cluster]).plan();
    assert_eq!(plan.steps[0].address.as_str(), "eu-west-1/z.cluster");
    assert!(plan.steps[0].remaining_seconds > plan.steps[1].remaining_seconds);
}

#[test]
fn a_replacement_is_made_its_users_moved_and_then_the_old_one_goes() {
    let template = |name: &str| {
        let properties = json!({"LaunchTemplateName": name, "LaunchTemplateData": {"ImageId": "ami-1"}});
        desired("eu-west-1/web.template", "AWS::EC2::LaunchTemplate", &properties)
    };
    let properties = json!({"MinSize": "1", "MaxSize": "1", "LaunchTemplate": {
        "LaunchTemplateId": "${eu-west-1/web.template#LaunchTemplateId}", "Version": "1"}});
    let group = desired("eu-west-1/web.group", "AWS::AutoScaling::AutoScalingGroup", &properties);
    let plan = World::of([template("one"), group.clone()]).made().with([template("two"), group]).plan();
    assert_eq!(
        steps(&plan),
        ["create eu-west-1/web.template", "update eu-west-1/web.group", "delete eu-west-1/web.template"]
    );
    assert!(waits(&plan, (Step::Delete, "eu-west-1/web.template"), (Step::Update, "eu-west-1/web.group")));
}

#[test]
fn what_can_not_stand_beside_its_successor_takes_its_users_down_first() {
    let mut first = vpc("10.1.0.0/16");
    first.lifecycle.replace = crate::model::ReplacePolicy::DeleteFirst;
    let plan = World::of([vpc("10.0.0.0/16"), subnet("1")]).made().with([first, subnet("1")]).plan();
    assert_eq!(
        steps(&plan),
        [
            "delete eu-west-1/net.subnet[1]",
            "delete eu-west-1/net.vpc",
            "create eu-west-1/net.vpc",
            "create eu-west-1/net.subnet[1]"
        ]
    );
    assert!(plan.changes.iter().all(|change| change.replace_order == Some(ReplaceOrder::DeleteFirst)));
}

#[test]
fn what_a_stage_retires_goes_after_all_that_its_region_gains() {
    let world = World::of([queue("eu-west-1/old"), queue("us-east-1/old")]).made();
    let plan = world.with([queue("eu-west-1/new"), queue("us-east-1/new")]).plan();
    assert!(waits(&plan, (Step::Delete, "eu-west-1/old"), (Step::Create, "eu-west-1/new")));
    assert!(
        !waits(&plan, (Step::Delete, "eu-west-1/old"), (Step::Create, "us-east-1/new")),
        "regions go alone"
    );
}

#[test]
fn a_role_of_a_region_is_among_what_the_region_gains() {
    let role = |address: &str| desired(address, "AWS::IAM::Role", &json!({"AssumeRolePolicyDocument": {}}));
    let world = World::of([queue("eu-west-1/old"), role("us-east-1/old")]).made();
    let plan = world.with([role("eu-west-1/new"), queue("us-east-1/new")]).plan();
    assert!(waits(&plan, (Step::Delete, "eu-west-1/old"), (Step::Create, "eu-west-1/new")));
    assert!(waits(&plan, (Step::Delete, "us-east-1/old"), (Step::Create, "us-east-1/new")));
    assert!(!waits(&plan, (Step::Delete, "us-east-1/old"), (Step::Create, "eu-west-1/new")));
}

#[test]
fn what_is_in_the_way_does_not_wait() {
    let mut first = vpc("10.1.0.0/16");
    first.lifecycle.replace = crate::model::ReplacePolicy::DeleteFirst;
    let plan = World::of([vpc("10.0.0.0/16"), subnet("1")]).made().with([first]).plan();
    assert_eq!(
        steps(&plan),
        ["delete eu-west-1/net.subnet[1]", "delete eu-west-1/net.vpc", "create eu-west-1/net.vpc"]
    );
}

#[test]
fn what_takes_the_place_of_another_waits_until_it_is_free() {
    let world = World::of([vpc("10.0.0.0/16"), subnet("1")]).made();
    let mut other = subnet("1");
    other.address = "eu-west-1/net.renamed".parse().unwrap();
    other.properties.insert("AvailabilityZone".into(), Value::string("eu-west-1b"));
    let plan = world.with([vpc("10.0.0.0/16"), other]).plan();
    assert_eq!(steps(&plan), ["delete eu-west-1/net.subnet[1]", "create eu-west-1/net.renamed"]);

    let mut moved = subnet("1");
    moved.properties.insert("AvailabilityZone".into(), Value::string("eu-west-1b"));
    let plan = world.with([vpc("10.0.0.0/16"), moved]).plan();
    assert_eq!(steps(&plan), ["delete eu-west-1/net.subnet[1]", "create eu-west-1/net.subnet[1]"]);
}

#[test]
fn two_that_change_places_both_go_first() {
    let at = |one: &str, other: &str| {
        let mut subnet = subnet(one);
        subnet.properties.insert("CidrBlock".into(), Value::string(format!("10.0.{other}.0/24")));
        subnet
    };
    let world = World::of([vpc("10.0.0.0/16"), at("1", "1"), at("2", "2")]).made();
    let plan = world.with([vpc("10.0.0.0/16"), at("1", "2"), at("2", "1")]).plan();
    let kinds: Vec<Step> = plan.steps.iter().map(|step| step.step).collect();
    assert_eq!(kinds, [Step::Delete, Step::Delete, Step::Create, Step::Create]);
}

#[test]
fn a_resource_lets_go_before_what_it_used_goes() {
    let balancer = |groups: serde_json::Value| {
        let properties = json!({"Scheme": "internal", "SecurityGroups": groups});
        desired("eu-west-1/web.alb", "AWS::ElasticLoadBalancingV2::LoadBalancer", &properties)
    };
    let group =
        desired("eu-west-1/web.open", "AWS::EC2::SecurityGroup", &json!({"GroupDescription": "open"}));
    let mut world = World::of([group, balancer(json!(["${eu-west-1/web.open#GroupId}"]))]).made();
    let id = world.live("eu-west-1/web.open").properties["GroupId"].clone();
    assert!(world.live("eu-west-1/web.alb").properties["SecurityGroups"][0] == id);
    world = world.with([balancer(json!(["sg-other"]))]);
    let plan = world.plan();
    assert!(waits(&plan, (Step::Delete, "eu-west-1/web.open"), (Step::Update, "eu-west-1/web.alb")));
}

#[test]
fn orphans_that_name_each_other_are_no_deadlock() {
    let mut world = World::of([queue("eu-west-1/one"), queue("eu-west-1/two")]).made();
    for (address, other) in [("eu-west-1/one", "eu-west-1/two"), ("eu-west-1/two", "eu-west-1/one")] {
        let id = world.live(other).identifier.to_string();
        world.tamper(address, |live| drop(live.properties.insert("RedrivePolicy".into(), json!(id))));
    }
    assert_eq!(world.with([]).plan().steps.len(), 2);
}

#[test]
fn orphans_that_name_each_other_go_after_what_is_gained() {
    let mut world = World::of([queue("eu-west-1/one"), queue("eu-west-1/two")]).made();
    for (address, other) in [("eu-west-1/one", "eu-west-1/two"), ("eu-west-1/two", "eu-west-1/one")] {
        let id = world.live(other).identifier.to_string();
        world.tamper(address, |live| drop(live.properties.insert("RedrivePolicy".into(), json!(id))));
    }
    let plan = world.with([queue("eu-west-1/new")]).plan();
    for old in ["eu-west-1/one", "eu-west-1/two"] {
        assert!(waits(&plan, (Step::Delete, old), (Step::Create, "eu-west-1/new")), "{:?}", steps(&plan));
    }
}

#[test]
fn the_needs_of_what_retires_grow_with_the_steps_and_not_with_their_pairs() {
    let queues = |word: &str| (0..50).map(|at| queue(&format!("eu-west-1/{word}[{at}]"))).collect::<Vec<_>>();
    let plan = World::of(queues("old")).made().with(queues("new")).plan();
    assert!(waits(&plan, (Step::Delete, "eu-west-1/old[7]"), (Step::Create, "eu-west-1/new[9]")));
    let needs: usize = plan.steps.iter().map(|step| step.needs.len()).sum();
    assert_eq!(needs, 100, "each of 100 steps stands at the barrier, and none at another");
}

#[test]
fn a_selection_names_what_it_leaves_out() {
    let world = World::of([vpc("10.0.0.0/16"), subnet("1"), queue("us-east-1/jobs")]);
    let only = |globs: &[&str]| Filter {
        targets: globs.iter().map(ToString::to_string).collect(),
        ..Filter::default()
    };
    let error = world.try_plan(only(&["*subnet*"])).unwrap_err();
    insta::assert_snapshot!(error, @r"
    the selection leaves out what it needs:
      eu-west-1/net.subnet[1] (create) needs eu-west-1/net.vpc (create)
    select these too, or apply them first
    ");
    let region = Filter { regions: vec![crate::model::Region::new("us-east-1")], ..Filter::default() };
    assert_eq!(steps(&world.try_plan(region).unwrap()), ["create us-east-1/jobs"]);
    let made = World::of([vpc("10.0.0.0/16")]).made().with([vpc("10.0.0.0/16"), subnet("1")]);
    let plan = made.try_plan(only(&["*subnet*"])).unwrap();
    assert_eq!(steps(&plan), ["create eu-west-1/net.subnet[1]"]);
    assert_eq!((plan.changes.len(), plan.steps[0].change), (1, 0));
    assert!(made.with([]).try_plan(only(&["*vpc"])).is_ok());
    assert!(matches!(
        World::of([vpc("10.0.0.0/16"), subnet("1")]).made().with([]).try_plan(only(&["*vpc"])),
        Err(PlanError::Outside(_))
    ));
}

fn consenting(glob: &str) -> Asked {
    Asked { allow_destroy: vec![glob.to_owned()], ..Asked::default() }
}

#[test]
fn a_saved_plan_is_the_same_until_something_changes() {
    let mut world = World::of([vpc("10.0.0.0/16")]).made().with([vpc("10.0.0.0/16"), subnet("1")]);
    let saved = SavedPlan::new(&world.plan(), consenting("*"));
    let saved = SavedPlan::parse(&saved.to_json().unwrap()).unwrap();
    assert_eq!(saved.verify(&world.plan()), Ok(()));

    world.tamper("eu-west-1/net.vpc", |live| {
        live.properties.insert("EnableDnsHostnames".into(), json!(true));
    });
    let differences = saved.verify(&world.plan()).unwrap_err();
    assert!(
        matches!(&differences[..], [Difference::Changed { resource }] if resource.starts_with("AWS::EC2::VPC"))
    );

    let mut other = world.with([vpc("10.0.0.0/16"), subnet("1"), subnet("2")]).plan();
    other.fingerprint.account = "210987654321".to_owned();
    let told: Vec<String> = saved.verify(&other).unwrap_err().iter().map(ToString::to_string).collect();
    assert!(told.contains(&"the account was 123456789012 and is 210987654321".to_owned()), "{told:?}");
    assert!(told.iter().any(|line| line.starts_with("eu-west-1/net.subnet[2]")), "{told:?}");
}

#[test]
fn what_has_come_in_between_is_named_once_by_its_address() {
    let world = World::of([vpc("10.0.0.0/16")]);
    let saved = SavedPlan::new(&world.plan(), Asked::default());
    let told: Vec<String> =
        saved.verify(&world.made().plan()).unwrap_err().iter().map(ToString::to_string).collect();
    assert_eq!(told, ["eu-west-1/net.vpc would now be left as it is, not created"]);
}

#[test]
fn a_saved_plan_keeps_what_was_asked_for() {
    let asked = Asked {
        blueprint: Some("../mine.yaml".to_owned()),
        vars: vec!["days=7".to_owned()],
        ..consenting("eu-west-1/*")
    };
    let saved = SavedPlan::new(&World::of([vpc("10.0.0.0/16")]).plan(), asked.clone());
    assert_eq!(SavedPlan::parse(&saved.to_json().unwrap()).unwrap().asked, asked);
}

#[test]
fn another_format_of_a_saved_plan_is_refused() {
    let error = SavedPlan::parse(r#"{"format_version": 7}"#).unwrap_err();
    assert_eq!(error.to_string(), "the saved plan has format 7, this stackctl reads 1; plan again");
    assert!(SavedPlan::parse("stage: 3").unwrap_err().to_string().starts_with("this is not a saved plan"));
}

#[test]
fn a_saved_plan_has_the_published_form() {
    let schema: serde_json::Value =
        serde_json::from_str(include_str!("../../schemas/saved-plan.schema.json")).unwrap();
    let validator = jsonschema::validator_for(&schema).unwrap();
    let world =
        World::of([vpc("10.0.0.0/16"), subnet("1")]).made().with([vpc("10.1.0.0/16"), queue("us-east-1/x")]);
    let asked =
        Asked { blueprint: Some("stage-1.yaml".to_owned()), vars: vec!["a=b".to_owned()], ..consenting("*") };
    let saved: serde_json::Value =
        serde_json::from_str(&SavedPlan::new(&world.plan(), asked).to_json().unwrap()).unwrap();
    let errors: Vec<_> = validator.iter_errors(&saved).map(|error| error.to_string()).collect();
    assert!(errors.is_empty(), "{errors:?}");
    assert!(!validator.is_valid(&json!({"format_version": 1})));
}

/// A random acyclic blueprint of queues: each may depend on earlier ones.
fn graph() -> impl Strategy<Value = Vec<Desired>> {
    prop::collection::vec(prop::collection::vec(any::<prop::sample::Index>(), 0..3), 1..12).prop_map(
        |needs| {
            let mut all: Vec<Desired> = Vec::new();
            for (at, needs) in needs.iter().enumerate() {
                let region = if at % 3 == 0 { "us-east-1" } else { "eu-west-1" };
                let mut one = queue(&format!("{region}/q{at}"));
                if at > 0 {
                    one.depends_on = needs.iter().map(|need| all[need.index(at)].address.clone()).collect();
                }
                all.push(one);
            }
            all
        },
    )
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    #[test]
    fn every_step_needs_only_earlier_ones(before in graph(), after in graph(), cut in 0_usize..12) {
        let mut after = after;
        for one in after.iter_mut().take(cut) {
            one.properties.insert("FifoQueue".into(), Value::Bool(true));
        }
        let plan = World::of(before).made().with(after).plan();
        for (at, step) in plan.steps.iter().enumerate() {
            prop_assert_eq!(step.id.index(), at);
            prop_assert!(step.needs.iter().all(|need| need.index() < at));
        }
        let mut makes: HashMap<&str, usize> = HashMap::new();
        for step in plan.steps.iter().filter(|step| step.step == Step::Create) {
            makes.insert(step.address.as_str(), step.id.index());
        }
        for change in plan.changes.iter().filter_map(|change| change.desired.as_ref()) {
            for needed in &change.depends_on {
                if let (Some(later), Some(earlier)) = (makes.get(change.address.as_str()), makes.get(needed.as_str())) {
                    prop_assert!(earlier < later);
                }
            }
        }
    }
}
