//! Reading on the simulated cloud: what is asked where, what is repeated, what fails alone.

use std::collections::BTreeMap;
use std::sync::Arc;

use serde_json::json;

use super::{Observed, Request, observe};
use crate::catalog::Catalog;
use crate::diff::tests::support::{desired, stack, value};
use crate::model::{
    Address, Desired, Identifier, Json, Lookup, Origin, Ownership, Region, Scope, TAG_ADDRESS, TAG_STACK,
    Value,
};
use crate::providers::simulated::{Behaviour, Cloud, Failure, Fault, Faults, Match, Operation};
use crate::providers::{ErrorKind, Provider};

fn region(code: &str) -> Scope {
    Scope::Region(Region::new(code))
}

async fn read(cloud: &Cloud, desired: &[Arc<Desired>], lookups: &[Lookup], scopes: &[Scope]) -> Observed {
    let catalog = Catalog::embedded();
    let request =
        Request { catalog, stack: &stack(), desired, lookups, hints: &[], scopes, clusters_of: None };
    observe(cloud, &request).await
}

fn vpc(address: &str) -> Arc<Desired> {
    Arc::new(desired(address, "AWS::EC2::VPC", &json!({"CidrBlock": "10.0.0.0/16"})))
}

/// Something that the stack owns, as if an earlier apply had made it.
fn owned(cloud: &Cloud, resource_type: &str, scope: &Scope, address: &str, properties: &Json) -> Identifier {
    let tags = BTreeMap::from([
        (TAG_STACK.to_owned(), stack().to_string()),
        (TAG_ADDRESS.to_owned(), address.to_owned()),
    ]);
    cloud.place(&resource_type.into(), scope, properties.as_object().unwrap().clone(), tags)
}

fn refused(at: Match, kind: ErrorKind, times: u32) -> Faults {
    Faults::none().and(Fault { at, after: 0, times, failure: Failure::Refused(kind) })
}

fn lists(resource_type: &str) -> Match {
    Match { operation: Some(Operation::List), resource_type: Some(resource_type.to_owned()), address: None }
}

#[tokio::test]
async fn orphans_are_found_where_the_blueprint_has_nothing() {
    let cloud = Cloud::new(Behaviour::instant());
    owned(&cloud, "AWS::SQS::Queue", &region("us-east-1"), "us-east-1/old", &json!({}));
    owned(&cloud, "AWS::SQS::Queue", &region("ap-south-1"), "ap-south-1/old", &json!({}));
    let observed = read(&cloud, &[vpc("eu-west-1/net.vpc")], &[], &[region("us-east-1")]).await;
    let found: Vec<_> = observed.live.iter().filter_map(|live| live.address()).map(Address::as_str).collect();
    assert_eq!(found, ["us-east-1/old"], "only where it was asked to search");
    assert!(observed.failures.is_empty());
}

#[tokio::test]
async fn what_has_the_identity_of_something_desired_is_read_though_it_is_not_ours() {
    let cloud = Cloud::new(Behaviour::instant());
    let properties = json!({"BucketName": "media"}).as_object().unwrap().clone();
    cloud.place(&"AWS::S3::Bucket".into(), &region("eu-west-1"), properties, BTreeMap::new());
    let bucket = |name| Arc::new(desired("eu-west-1/media", "AWS::S3::Bucket", &json!({"BucketName": name})));
    let observed = read(&cloud, &[bucket("media")], &[], &[]).await;
    assert_eq!(observed.live.iter().map(|live| &live.ownership).collect::<Vec<_>>(), [&Ownership::Foreign]);
    assert!(read(&cloud, &[bucket("other")], &[], &[]).await.live.is_empty());
}

#[tokio::test]
async fn calls_grow_with_types_and_regions_not_with_resources() {
    let count = async |resources: usize| {
        let cloud = Cloud::new(Behaviour::instant());
        let all: Vec<_> = (0..resources).map(|at| vpc(&format!("eu-west-1/net{at}.vpc"))).collect();
        read(&cloud, &all, &[], &[region("eu-west-1")]).await;
        cloud.api_calls().values().sum::<u64>()
    };
    assert_eq!(count(1).await, count(50).await);
}

#[tokio::test]
async fn a_throttled_read_is_repeated_and_a_refused_one_is_not() {
    let cloud = Cloud::new(Behaviour::instant());
    cloud.arm(refused(lists("AWS::EC2::VPC"), ErrorKind::Throttled, 3));
    let observed = read(&cloud, &[vpc("eu-west-1/net.vpc")], &[], &[]).await;
    assert!(observed.failures.is_empty(), "{:?}", observed.failures);

    cloud.arm(refused(lists("AWS::EC2::VPC"), ErrorKind::Denied, 1));
    let queue = Arc::new(desired("eu-west-1/jobs", "AWS::SQS::Queue", &json!({})));
    owned(&cloud, "AWS::SQS::Queue", &region("eu-west-1"), "eu-west-1/jobs", &json!({}));
    let observed = read(&cloud, &[vpc("eu-west-1/net.vpc"), queue], &[], &[]).await;
    let failed: Vec<_> = observed.failures.iter().map(|failure| failure.resource_type.clone()).collect();
    assert_eq!(failed, [Some("AWS::EC2::VPC".into())], "one type fails alone");
    assert_eq!(observed.live.len(), 1, "the others are read");
}

#[tokio::test]
async fn a_region_that_can_not_be_searched_fails_alone() {
    let cloud = Cloud::new(Behaviour::instant());
    let search = Match { operation: Some(Operation::Search), ..Match::default() };
    cloud.arm(refused(search, ErrorKind::Denied, 1));
    let observed = read(&cloud, &[vpc("eu-west-1/net.vpc"), vpc("us-east-1/net.vpc")], &[], &[]).await;
    let failed: Vec<_> = observed.failures.iter().map(|failure| &failure.resource_type).collect();
    assert_eq!(failed, [&None]);
}

#[tokio::test]
async fn a_type_that_nobody_handles_is_a_failure_of_its_own() {
    let cloud = Cloud::new(Behaviour::instant());
    let unknown = Arc::new(desired("eu-west-1/x", "AWS::No::Such", &json!({})));
    let observed = read(&cloud, &[unknown, vpc("eu-west-1/net.vpc")], &[], &[]).await;
    let failed: Vec<_> = observed.failures.iter().map(|failure| failure.resource_type.clone()).collect();
    assert_eq!(failed, [Some("AWS::No::Such".into())]);
}

fn lookup(address: &str, by: &Json) -> Lookup {
    let Value::Map(by) = value(by) else { panic!("by is an object") };
    let address: Address = address.parse().unwrap();
    let scope = region(address.place());
    Lookup { address, resource_type: "AWS::EC2::VPC".into(), scope, by, origin: Origin::default() }
}

#[tokio::test]
async fn a_lookup_may_use_another_but_nothing_that_the_plan_makes() {
    let cloud = Cloud::new(Behaviour::instant());
    let of = |cidr: &str, vpc: &str| {
        json!({"CidrBlock": cidr, "InstanceTenancy": vpc}).as_object().unwrap().clone()
    };
    let first =
        cloud.place(&"AWS::EC2::VPC".into(), &region("eu-west-1"), of("10.0.0.0/16", "x"), BTreeMap::new());
    let named = of("10.1.0.0/16", first.as_str());
    cloud.place(&"AWS::EC2::VPC".into(), &region("eu-west-1"), named, BTreeMap::new());
    let lookups = [
        lookup("eu-west-1/second", &json!({"InstanceTenancy": "${eu-west-1/first#VpcId}"})),
        lookup("eu-west-1/first", &json!({"CidrBlock": "10.0.0.0/16"})),
        lookup("eu-west-1/stuck", &json!({"CidrBlock": "${eu-west-1/net.vpc#CidrBlock}"})),
    ];
    let observed = read(&cloud, &[], &lookups, &[]).await;
    let found: Vec<_> = observed.lookups.keys().map(Address::as_str).collect();
    assert_eq!(found, ["eu-west-1/first", "eu-west-1/second"]);
    let failed: Vec<_> = observed.failed_lookups.keys().map(Address::as_str).collect();
    assert_eq!(failed, ["eu-west-1/stuck"]);
    let stuck = &observed.failed_lookups[&"eu-west-1/stuck".parse().unwrap()];
    assert!(stuck.contains("eu-west-1/net.vpc.CidrBlock"), "{stuck}");
}
