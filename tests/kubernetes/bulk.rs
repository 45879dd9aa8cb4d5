//! Calls are bounded by kinds, not by objects.

use futures::future::join_all;
use futures::stream::{self, StreamExt};
use serde_json::json;
use stackctl::providers::{Provider, Query};

use crate::world::{World, clusters};

/// Objects in each of the three clusters: 600 in all, one cluster with more than a page.
const OBJECTS: [usize; 3] = [520, 40, 40];
/// The most calls that reading them may take.
const CALLS: u64 = 150;

#[tokio::test]
async fn six_hundred_objects_in_three_clusters_are_read_with_few_calls() {
    let Some(clusters) = clusters() else { return };
    let worlds: Vec<World> = clusters.all.iter().map(|cluster| World::of(cluster, "bulk")).collect();
    for (world, count) in worlds.iter().zip(OBJECTS) {
        world.cluster.kubectl(&["create", "namespace", "bulk"], "");
        let made = stream::iter(0..count).map(async |at| {
            let name = format!("object-{at}");
            let manifest = match at % 4 {
                0 => world.manifest("v1", "Secret", &name, json!({})),
                1 => world.manifest("v1", "ServiceAccount", &name, json!({})),
                _ => world.config_map(&name, json!({"at": at.to_string()})),
            };
            world.create(&format!("eu-west-1/{name}"), &manifest).await.unwrap();
        });
        made.buffer_unordered(16).collect::<Vec<()>>().await;
    }
    // Another run: nothing is remembered, one provider counts for all three.
    let run = worlds[0].again();
    let reads = worlds.iter().map(async |world| {
        let (scope, stack) = (&world.scope, &world.stack);
        let lists = run.provider.searched_types(scope).await.unwrap().into_iter().map(|resource_type| {
            let handler = run.provider.handler(&resource_type).unwrap();
            async move {
                let query = Query { scope, stack, wanted: &[], parents: &[], tagged: &[] };
                handler.list(&query).await.unwrap().len()
            }
        });
        join_all(lists).await.into_iter().sum::<usize>()
    });
    let found: Vec<usize> = join_all(reads).await;
    assert_eq!(found, OBJECTS);
    let calls = run.provider.api_calls()["kubernetes"];
    println!("{calls} calls for 600 objects in three clusters");
    assert!(calls < CALLS, "{calls}");
    let served = clusters.all[0].requests("stackctl/").len();
    assert!(served > 0, "the server's own log names stackctl");
}
