//! Taking over what exists, with what hangs under it.

use std::collections::BTreeMap;

use serde_json::json;
use stackctl::model::{Action, Identifier, Json};
use stackctl::providers::simulated::Behaviour;

use crate::graph::{blueprint, resource};
use crate::world::{World, region};

fn place(world: &World, kind: &str, properties: &Json) -> Identifier {
    let properties = properties.as_object().unwrap().clone();
    world.cloud.place(&kind.into(), &region(), properties, BTreeMap::new())
}

#[tokio::test(start_paused = true)]
async fn what_hangs_under_the_adopted_is_in_the_plan_that_adopts_it() {
    let world = World::new(Behaviour::like_aws());
    let table = place(&world, "AWS::EC2::RouteTable", &json!({"VpcId": "vpc-1"}));
    for destination in ["0.0.0.0/0", "192.168.0.0/16"] {
        let route = json!({
            "RouteTableId": table.as_str(), "DestinationCidrBlock": destination, "GatewayId": "igw-1",
        });
        place(&world, "AWS::EC2::Route", &route);
    }
    let mut adopted = resource("AWS::EC2::RouteTable", "table", json!({"VpcId": "vpc-1"}));
    adopted.lifecycle.adopt = Some(table);
    let route = json!({
        "RouteTableId": "@table.RouteTableId", "DestinationCidrBlock": "0.0.0.0/0", "GatewayId": "igw-1",
    });
    let stage = blueprint([adopted, resource("AWS::EC2::Route", "out", route)]);
    let plan = world.plan(&stage, &[]).await;
    let actions: Vec<_> =
        plan.changes.iter().map(|change| (change.address.as_str(), change.action)).collect();
    let [("eu-west-1/out", Action::None), ("eu-west-1/table", Action::Adopt), (stray, Action::Delete)] =
        actions[..]
    else {
        panic!("{actions:?}")
    };
    assert!(stray.contains("192.168.0.0/16"), "{stray}");
    assert!(world.apply(&plan).await.report().is_complete());
    world.assert_settled(&stage).await;
}
