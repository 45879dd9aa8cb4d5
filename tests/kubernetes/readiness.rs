//! Waiting: for a rollout that comes, and for one that never will.

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

#[tokio::test]
async fn a_wrong_image_is_told_while_the_rollout_waits() {
    let Some(world) = World::new("stuck") else { return };
    let manifest = world.deployment("api", "shop/api:missing", 2);
    let identifier = world.create("eu-west-1/api", &manifest).await.unwrap();
    let words = |answer| match answer {
        Readiness::Waiting(words) | Readiness::Failed(words) if words.contains("pull") => Some(words),
        Readiness::Ready(_) => panic!("it can't be ready"),
        _ => None,
    };
    let words = world.until("eu-west-1/api", &manifest, &identifier, false, words).await;
    assert!(words.contains("shop/api:missing"), "{words}");
}
