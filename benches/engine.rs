//! How the engine grows: planning and applying 100, 1,000 and 10,000 resources on a cloud that answers at once.
//!
//! Everything but the network is measured: resolving expressions, reading, comparing, ordering, scheduling.

use std::collections::{BTreeMap, BTreeSet};
use std::hint::black_box;
use std::sync::Arc;

use criterion::{BatchSize, BenchmarkId, Criterion, Throughput, criterion_group, criterion_main};
use serde_json::json;
use stackctl::apply::{Apply, Report, Settings, Stop};
use stackctl::catalog::Catalog;
use stackctl::diff::{Diff, Input, diff};
use stackctl::identity::KnownAttributes;
use stackctl::ledger::Ledger;
use stackctl::model::{
    Address, Attributes, Deferred, Desired, Evaluate, EvaluateError, Json, Lifecycle, Map, Origin, Reference,
    Region, ResourceType, Scope, StackName, Value,
};
use stackctl::observe::{Observed, Request, observe};
use stackctl::plan::{Filter, Fingerprint, Plan, PlanHead, PlanInput, Stats};
use stackctl::providers::simulated::{Behaviour, Cloud};
use tokio::runtime::Runtime;
use tokio::sync::mpsc::unbounded_channel;

const SIZES: [usize; 3] = [100, 1_000, 10_000];

fn scope() -> Scope {
    Scope::Region(Region::new("eu-west-1"))
}

fn stack() -> StackName {
    StackName::new("bench")
}

/// An expression that is one attribute of another resource.
struct Attribute(Reference);

impl Evaluate for Attribute {
    fn evaluate(&self, attributes: &dyn Attributes) -> Result<Value, EvaluateError> {
        Ok(attributes.attribute(&self.0).map_or_else(|| refer(&self.0), |json| Value::from(&json)))
    }
}

fn refer(reference: &Reference) -> Value {
    Value::Deferred(Arc::new(Deferred {
        source: format!("${{{}.{}}}", reference.address, reference.attribute).into(),
        references: [reference.clone()].into(),
        expression: Arc::new(Attribute(reference.clone())),
    }))
}

fn resource(kind: &str, path: &str, properties: &Json, refers: Option<(&str, &str, &str)>) -> Arc<Desired> {
    let Value::Map(mut properties) = Value::from(properties) else { return bare(kind, path, Map::new()) };
    let mut depends_on = BTreeSet::new();
    if let Some((property, to, attribute)) = refers {
        let address = Address::new("eu-west-1", to, None);
        depends_on.insert(address.clone());
        properties.insert(property.into(), refer(&Reference { address, attribute: attribute.into() }));
    }
    let mut desired = Arc::unwrap_or_clone(bare(kind, path, properties));
    desired.depends_on = depends_on;
    Arc::new(desired)
}

fn bare(kind: &str, path: &str, properties: Map) -> Arc<Desired> {
    Arc::new(Desired {
        address: Address::new("eu-west-1", path, None),
        resource_type: ResourceType::new(kind),
        scope: scope(),
        properties,
        tags: BTreeMap::from([("team".to_owned(), Value::string("web"))]),
        depends_on: BTreeSet::new(),
        lifecycle: Lifecycle::default(),
        origin: Origin::default(),
    })
}

/// Networks of ten resources each: a VPC, five subnets, two security groups, a queue and a bucket.
fn blueprint(size: usize) -> Vec<Arc<Desired>> {
    let mut all = Vec::with_capacity(size);
    for network in 0..size / 10 {
        let vpc = format!("n{network}.vpc");
        let cidr = json!({"CidrBlock": "10.0.0.0/16", "EnableDnsHostnames": true});
        all.push(resource("AWS::EC2::VPC", &vpc, &cidr, None));
        for zone in 0..5 {
            let properties = json!({"CidrBlock": format!("10.0.{zone}.0/24"), "MapPublicIpOnLaunch": true});
            let path = format!("n{network}.subnet{zone}");
            all.push(resource("AWS::EC2::Subnet", &path, &properties, Some(("VpcId", &vpc, "VpcId"))));
        }
        for group in 0..2 {
            let properties = json!({"GroupDescription": format!("group {group}")});
            let path = format!("n{network}.group{group}");
            all.push(resource("AWS::EC2::SecurityGroup", &path, &properties, Some(("VpcId", &vpc, "VpcId"))));
        }
        let queue = json!({"DelaySeconds": 5, "VisibilityTimeout": 60});
        all.push(resource("AWS::SQS::Queue", &format!("n{network}.queue"), &queue, None));
        let bucket = json!({"VersioningConfiguration": {"Status": "Enabled"}});
        all.push(resource("AWS::S3::Bucket", &format!("n{network}.bucket"), &bucket, None));
    }
    all
}

fn compared(desired: &[Arc<Desired>], seen: &Observed) -> Diff {
    diff(&Input {
        catalog: Catalog::embedded(),
        stack: &stack(),
        desired,
        live: &seen.live,
        lookups: &seen.lookups,
        forecasts: &stackctl::model::Forecasts::new(),
        failed_lookups: &seen.failed_lookups,
        failures: &seen.failures,
        protected: &BTreeSet::new(),
    })
}

async fn plan(cloud: &Cloud, desired: &[Arc<Desired>]) -> Plan {
    let stack = stack();
    let scopes = [Scope::Global, scope()];
    let request = Request {
        catalog: Catalog::embedded(),
        stack: &stack,
        desired,
        lookups: &[],
        scopes: &scopes,
        hints: &[],
        clusters_of: None,
    };
    let seen = observe(cloud, &request).await;
    let diff = compared(desired, &seen);
    let input = PlanInput {
        head: PlanHead { stack, env: None, stage: None },
        catalog: Catalog::embedded(),
        changes: diff.changes,
        hints: &[],
        filter: Filter::default(),
        fingerprint: Fingerprint::default(),
        stats: Stats::default(),
    };
    Plan::build(input).expect("the blueprint has no circle")
}

async fn apply(cloud: &Cloud, plan: &Plan) -> Report {
    let notices = Ledger::in_memory().notices("bench").await.expect("memory does not fail");
    let (events, mut heard) = unbounded_channel();
    let apply = Apply {
        plan,
        provider: cloud,
        catalog: Catalog::embedded(),
        known: KnownAttributes::default(),
        announcements: &notices,
        finished_applies: 0,
        allow_destroy: &[],
        settings: Settings::immediate(),
        stop: Stop::default(),
        events,
    };
    let report = apply.run().await;
    while heard.recv().await.is_some() {}
    assert!(report.is_complete(), "{:?}", report.outcome);
    report
}

fn engine(criterion: &mut Criterion) {
    let runtime = Runtime::new().expect("a runtime");
    let mut group = criterion.benchmark_group("engine");
    group.sample_size(10);
    for size in SIZES {
        let desired = blueprint(size);
        group.throughput(Throughput::Elements(size as u64));

        let empty = Cloud::new(Behaviour::instant());
        group.bench_with_input(BenchmarkId::new("plan of new", size), &desired, |bencher, desired| {
            bencher.iter(|| black_box(runtime.block_on(plan(&empty, desired))));
        });

        group.bench_with_input(BenchmarkId::new("apply of new", size), &desired, |bencher, desired| {
            let planned = runtime.block_on(plan(&empty, desired));
            let fresh = || Cloud::new(Behaviour::instant());
            let run = |cloud: Cloud| black_box(runtime.block_on(apply(&cloud, &planned)));
            bencher.iter_batched(fresh, run, BatchSize::PerIteration);
        });

        let full = Cloud::new(Behaviour::instant());
        runtime.block_on(async { apply(&full, &plan(&full, &desired).await).await });
        group.bench_with_input(BenchmarkId::new("empty plan", size), &desired, |bencher, desired| {
            bencher.iter(|| {
                let planned = runtime.block_on(plan(&full, desired));
                assert!(planned.is_empty());
                black_box(planned)
            });
        });

        let stack = stack();
        let scopes = [scope()];
        let request = Request {
            catalog: Catalog::embedded(),
            stack: &stack,
            desired: &desired,
            lookups: &[],
            scopes: &scopes,
            hints: &[],
            clusters_of: None,
        };
        let seen = runtime.block_on(observe(&full, &request));
        group.bench_with_input(
            BenchmarkId::new("diff of nothing new", size),
            &desired,
            |bencher, desired| {
                bencher.iter(|| black_box(compared(desired, &seen)));
            },
        );
    }
    group.finish();
}

criterion_group!(benches, engine);
criterion_main!(benches);
