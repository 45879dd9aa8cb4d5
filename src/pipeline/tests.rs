//! From a goal to a plan and through an apply, on the simulated cloud: what can't be read, what the lock and the ledger
//! do at the wrong moment.

use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;

use serde_json::json;

use super::unsearched::sort_out;
use super::{CarryOut, Goal, PipelineError, PlanRequest, Planned, World, carry_out, plan};
use crate::apply::{Event, Listener, Stop};
use crate::blueprint::{Compiled, StageHead};
use crate::diff::tests::support::{self, desired, stack};
use crate::ledger::{Ledger, Location};
use crate::model::{
    Address, Cluster, Desired, Digest, ReadFailure, Region, ResourceType, Scope, TAG_ADDRESS, TAG_STACK,
};
use crate::plan::{Filter, Plan};
use crate::providers::ErrorKind;
use crate::providers::simulated::{Behaviour, Cloud, Failure, Fault, Faults, Match, Operation};

fn blueprint(desired: Vec<Desired>) -> Compiled {
    Compiled {
        stack: stack(),
        account: None,
        stage: StageHead {
            number: 3,
            name: "growth".to_owned(),
            file: String::new(),
            users: None,
            concurrent: None,
            objectives: Vec::new(),
            monthly_budget: None,
            regions: vec![Region::new("eu-west-1")],
        },
        desired,
        lookups: Vec::new(),
        outputs: Vec::new(),
        external: Vec::new(),
        digest: Digest::default(),
        warnings: crate::blueprint::Diagnostics::default(),
    }
}

fn vpc() -> Desired {
    desired("eu-west-1/net.vpc", "AWS::EC2::VPC", &json!({"CidrBlock": "10.0.0.0/16"}))
}

fn request<'a>(goal: Goal<'a>, exclude: &[&str]) -> PlanRequest<'a> {
    PlanRequest {
        goal,
        env: None,
        account: "123456789012".to_owned(),
        regions: BTreeSet::new(),
        entered: BTreeSet::from([Region::new("us-east-1")]),
        clusters: BTreeSet::new(),
        hints: BTreeSet::new(),
        filter: Filter { excludes: exclude.iter().map(ToString::to_string).collect(), ..Filter::default() },
    }
}

/// A cloud that has a queue of the stack, and refuses to say so once.
fn with_hidden_queue() -> World {
    let cloud = Cloud::new(Behaviour::instant());
    let tags = [(TAG_STACK, stack().to_string()), (TAG_ADDRESS, "eu-west-1/jobs".to_owned())];
    let tags = tags.into_iter().map(|(name, value)| (name.to_owned(), value)).collect();
    let place = Scope::Region(Region::new("eu-west-1"));
    cloud.place(&"AWS::SQS::Queue".into(), &place, serde_json::Map::new(), tags);
    let resource_type = Some("AWS::SQS::Queue".to_owned());
    let at = Match { operation: Some(Operation::List), resource_type, address: None };
    let failure = Failure::Refused(ErrorKind::Denied);
    cloud.arm(Faults::none().and(Fault { at, after: 0, times: 1, failure }));
    World::of(cloud)
}

#[tokio::test]
async fn a_destroy_refuses_to_leave_behind_what_it_may_not_read() {
    let compiled = blueprint(vec![vpc()]);
    let goal = Goal::Nothing(&compiled);
    let planned = plan(&with_hidden_queue(), &request(goal, &[])).await.unwrap();
    let told: Vec<_> = planned.problems.iter().map(ToString::to_string).collect();
    assert_eq!(told.len(), 1);
    assert!(
        told[0].starts_with("eu-west-1/*[AWS::SQS::Queue]: what the stack has of AWS::SQS::Queue"),
        "{told:?}"
    );

    let left_out = request(goal, &["eu-west-1/*[AWS::SQS::Queue]"]);
    assert!(plan(&with_hidden_queue(), &left_out).await.unwrap().problems.is_empty());
}

#[tokio::test]
async fn a_stage_says_what_it_could_not_search() {
    let compiled = blueprint(vec![vpc()]);
    let planned = plan(&with_hidden_queue(), &request(Goal::Stage(&compiled), &[])).await.unwrap();
    assert!(planned.problems.is_empty(), "{:?}", planned.problems);
    let gaps: Vec<_> = planned.unsearched.iter().map(|gap| gap.resource_type.clone()).collect();
    assert_eq!(gaps, [Some("AWS::SQS::Queue".into())]);
    // What it wants and can't read keeps it from being planned.
    let wanted = desired("eu-west-1/jobs", "AWS::SQS::Queue", &json!({}));
    let compiled = blueprint(vec![vpc(), wanted]);
    let planned = plan(&with_hidden_queue(), &request(Goal::Stage(&compiled), &[])).await.unwrap();
    assert_eq!((planned.problems.len(), planned.unsearched.len()), (1, 0));
}

/// What a stage says of failures: how many problems, how many gaps.
fn sorted(failures: &[ReadFailure], plan: &Plan) -> (usize, usize) {
    let compiled = blueprint(vec![vpc()]);
    let request = request(Goal::Stage(&compiled), &[]);
    let sorted = sort_out(&request, failures, compiled.desired.iter(), &plan.changes);
    (sorted.problems.len(), sorted.gaps.len())
}

fn failed(scope: &Scope, resource_type: Option<&str>) -> [ReadFailure; 1] {
    let resource_type = resource_type.map(ResourceType::new);
    [ReadFailure { scope: scope.clone(), resource_type, unserved: false, error: "denied".to_owned() }]
}

#[test]
fn a_stage_refuses_where_what_is_left_would_hang_in_the_air() {
    let region = |code: &str| Scope::Region(Region::new(code));
    let nothing = support::World::of([]).plan();
    assert_eq!(sorted(&failed(&region("us-east-1"), None), &nothing), (1, 0), "the stack was there");
    assert_eq!(
        sorted(&failed(&region("me-south-1"), None), &nothing),
        (0, 1),
        "it may never have been there"
    );
    assert_eq!(sorted(&failed(&Scope::Global, None), &nothing), (1, 0));
    assert_eq!(sorted(&failed(&region("eu-west-1"), None), &nothing), (0, 0), "each resource there says so");

    let address: Address = "us-east-1/platform.cluster".parse().unwrap();
    let cluster = desired(address.as_str(), "AWS::EKS::Cluster", &json!({"Name": "shop"}));
    let (kept, gone) = (support::World::of([cluster]).made(), |kept: support::World| kept.with([]).plan());
    let inside = Scope::Cluster(Cluster::of_stack(&address));
    let services = failed(&inside, Some("v1/Service"));
    assert_eq!(sorted(&services, &kept.plan()), (0, 1));
    assert_eq!(sorted(&failed(&inside, None), &kept.plan()), (1, 0), "all objects are to go");
    let gone = gone(kept);
    assert_eq!(sorted(&services, &gone), (1, 0), "its load balancers would stay");
    let unserved = services.map(|failure| ReadFailure { unserved: true, ..failure });
    assert_eq!(sorted(&unserved, &gone), (0, 0), "a kind that is not served has no objects");
    let named = Scope::Cluster(Cluster::named("onsite", Region::new("us-east-1")));
    assert_eq!(sorted(&failed(&named, None), &gone), (0, 1));
}

/// Breaks the ledger as soon as the apply is over.
struct Saboteur(std::path::PathBuf);

impl Listener for Saboteur {
    fn hear(&mut self, event: &Event) {
        if matches!(event, Event::Ended { .. }) {
            // The history is being written.
            while std::fs::remove_dir_all(&self.0).is_err() {}
            std::fs::write(&self.0, "no folder any more").unwrap();
        }
    }
}

struct Deaf;

impl Listener for Deaf {
    fn hear(&mut self, _: &Event) {}
}

async fn planned(world: &World) -> Planned {
    let compiled = blueprint(vec![vpc()]);
    plan(world, &request(Goal::Stage(&compiled), &[])).await.unwrap()
}

#[tokio::test]
async fn a_ledger_that_fails_at_the_end_does_not_hide_the_report() {
    let dir = tempfile::tempdir().unwrap();
    let folder = dir.path().join("ledger");
    let ledger = Ledger::open(&Location::Folder(folder.clone()), &stack()).await.unwrap();
    let lease = ledger.lock("apply", Duration::ZERO).await.unwrap();
    let world = World::of(Cloud::new(Behaviour::instant()));
    let request = CarryOut {
        world: &world,
        ledger: &ledger,
        lease: &lease,
        planned: &planned(&world).await,
        allow_destroy: &[],
        stop: Stop::default(),
        listener: &mut Saboteur(folder),
    };
    assert!(carry_out(request).await.unwrap().is_complete());
}

#[tokio::test]
async fn nothing_is_begun_without_the_lock() {
    let (ledger, world) = (Ledger::in_memory(), World::of(Cloud::new(Behaviour::instant())));
    let lease = ledger.lock("apply", Duration::ZERO).await.unwrap();
    let planned = planned(&world).await;
    ledger.unlock().await.unwrap();
    let calls: BTreeMap<String, u64> = world.provider().api_calls();
    let request = CarryOut {
        world: &world,
        ledger: &ledger,
        lease: &lease,
        planned: &planned,
        allow_destroy: &[],
        stop: Stop::default(),
        listener: &mut Deaf,
    };
    let refused = carry_out(request).await.unwrap_err();
    assert!(matches!(refused, PipelineError::Lost(_)), "{refused}");
    assert_eq!(
        refused.to_string(),
        "the stack's lock was lost: it was removed, or not renewed in time; nothing was changed: plan again"
    );
    assert_eq!(world.provider().api_calls(), calls);
    assert_eq!(ledger.book().await.unwrap().regions.len(), 0);
}
