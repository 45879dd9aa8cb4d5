//! Waiting for many at once.

use serde_json::json;
use stackctl::model::Identifier;
use stackctl::providers::{Handler, Pending, PendingItem, Readiness};

use crate::world::{World, object};

#[tokio::test]
async fn one_read_answers_for_all_that_wait() {
    let Some(world) = World::new("batch") else { return };
    let mut items = Vec::new();
    for at in 0..12 {
        let manifest = world.config_map(&format!("map-{at}"), json!({}));
        let address = format!("eu-west-1/map-{at}");
        let identifier = world.create(&address, &manifest).await.unwrap();
        let address = address.parse().unwrap();
        items.push(PendingItem { identifier, address, properties: object(&manifest), deleting: false });
    }
    let missing = Identifier::new("batch|missing");
    items.push(PendingItem { identifier: missing, ..items[0].clone() });
    let handler: std::sync::Arc<dyn Handler> = world.handler_of("v1/ConfigMap");
    let calls = || stackctl::providers::Provider::api_calls(&world.provider)["kubernetes"];
    let before = calls();
    let request = Pending { scope: &world.scope, stack: &world.stack, items: &items };
    let answers = handler.ready(&request).await.unwrap();
    assert_eq!(calls() - before, 1);
    assert_eq!(answers.len(), 13);
    for (item, answer) in items.iter().zip(&answers).take(12) {
        assert!(matches!(answer, Readiness::Ready(live) if live.identifier == item.identifier), "{answer:?}");
    }
    assert_eq!(answers[12], Readiness::Gone);
}
