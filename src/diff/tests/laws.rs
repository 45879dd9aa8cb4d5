//! Laws that hold for every blueprint.

use proptest::prelude::*;
use serde_json::json;

use super::support::{World, desired};
use crate::model::{Action, Desired, Json};

/// Networks of any size with what hangs in them: some options set, some not.
fn blueprint() -> impl Strategy<Value = Vec<Desired>> {
    let vpcs = prop::collection::vec((any::<bool>(), prop::option::of("[a-z]{1,8}"), 0_usize..4), 0..4);
    (vpcs, prop::collection::vec(parts(), 0..6)).prop_map(|(vpcs, parts)| {
        let mut all = Vec::new();
        for (at, (dns, team, subnets)) in vpcs.into_iter().enumerate() {
            let vpc = format!("eu-west-1/net{at}.vpc");
            let mut properties = json!({"CidrBlock": format!("10.{at}.0.0/16"), "Tags": {}});
            if dns {
                properties["EnableDnsHostnames"] = json!(true);
            }
            if let Some(team) = team {
                properties["Tags"]["Team"] = json!(team);
            }
            all.push(desired(&vpc, "AWS::EC2::VPC", &properties));
            for subnet in 0..subnets {
                let properties =
                    json!({"VpcId": format!("${{{vpc}#VpcId}}"), "CidrBlock": format!("10.{at}.{subnet}.0/24")});
                all.push(desired(&format!("eu-west-1/net{at}.subnet[{subnet}]"), "AWS::EC2::Subnet", &properties));
            }
        }
        for (at, (resource_type, properties)) in parts.into_iter().enumerate() {
            all.push(desired(&format!("eu-west-1/part{at}"), resource_type, &properties));
        }
        all
    })
}

fn parts() -> impl Strategy<Value = (&'static str, Json)> {
    prop_oneof![
        prop::option::of(1_u32..90).prop_map(|days| match days {
            Some(days) => (
                "AWS::S3::Bucket",
                json!({"LifecycleConfiguration": {"Rules": [
                {"Status": "Enabled", "ExpirationInDays": days, "Prefix": "old/"}]}})
            ),
            None => ("AWS::S3::Bucket", json!({})),
        }),
        (1_u32..400).prop_map(|seconds| ("AWS::SQS::Queue", json!({"VisibilityTimeout": seconds}))),
        any::<bool>()
            .prop_map(|fifo| ("AWS::SNS::Topic", if fifo { json!({"FifoTopic": true}) } else { json!({}) })),
        "[A-Za-z]{1,10}".prop_map(|action| (
            "AWS::IAM::Role",
            json!({"AssumeRolePolicyDocument":
            {"Statement": [{"Effect": "Allow", "Action": [action]}]}})
        )),
    ]
}

/// The blueprint with the same resources in another order.
fn shuffled() -> impl Strategy<Value = (Vec<Desired>, Vec<Desired>)> {
    blueprint().prop_flat_map(|all| (Just(all.clone()), Just(all).prop_shuffle()))
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    #[test]
    fn what_was_made_differs_in_nothing(all in blueprint()) {
        prop_assert_eq!(World::of(all).made().actions(), Vec::<String>::new());
    }

    #[test]
    fn the_order_of_the_files_does_not_matter((one, other) in shuffled(), half in any::<prop::sample::Index>()) {
        let mut world = World::of(one.clone()).made();
        if !world.live.is_empty() {
            world.live.truncate(half.index(world.live.len() + 1));
        }
        let changes = |world: World| {
            world.changes().iter().map(|change| format!("{:?}{:?}{:?}", change.address, change.action, change.paths))
                .collect::<Vec<_>>()
        };
        let mut turned = world.with(other);
        turned.live.reverse();
        prop_assert_eq!(changes(world), changes(turned));
    }

    #[test]
    fn every_address_has_one_change(all in blueprint(), next in blueprint()) {
        let changes = World::of(all).made().with(next).changes();
        let mut addresses: Vec<_> = changes.iter().map(|change| change.address.clone()).collect();
        addresses.dedup();
        prop_assert_eq!(addresses.len(), changes.len());
        let deletes = |change: &&crate::model::Change| change.action == Action::Delete;
        prop_assert!(changes.iter().filter(deletes).all(|change| change.desired.is_none()));
    }
}
