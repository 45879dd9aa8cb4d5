//! Rollouts under the real controllers, on simulated nodes: those that come, and the reasons of those that don't.

use serde_json::{Value as Json, json};
use stackctl::model::Identifier;
use stackctl::providers::{Pending, PendingItem, Provider, Readiness};

use crate::world::{World, object};

const ADDRESS: &str = "eu-west-1/api";

/// The words of one that waits, once they say this.
async fn waits(world: &World, manifest: &Json, identifier: &Identifier, with: &str) -> String {
    let words = |answer| match answer {
        Readiness::Waiting(words) if words.contains(with) => Some(words),
        Readiness::Failed(words) => panic!("it waits, and does not fail: {words}"),
        Readiness::Ready(live) => panic!("it can't be ready: {live:?}"),
        _ => None,
    };
    world.until(ADDRESS, manifest, identifier, false, words).await
}

/// The words of one that fails.
async fn fails(world: &World, manifest: &Json, identifier: &Identifier) -> String {
    let words = |answer| match answer {
        Readiness::Failed(words) => Some(words),
        Readiness::Ready(live) => panic!("it can't be ready: {live:?}"),
        _ => None,
    };
    world.until(ADDRESS, manifest, identifier, false, words).await
}

fn image(manifest: &Json, image: &str) -> Json {
    let mut manifest = manifest.clone();
    manifest["spec"]["template"]["spec"]["containers"][0]["image"] = json!(image);
    manifest
}

fn stateful_set(world: &World, image: &str) -> Json {
    let mut manifest = world.deployment("db", image, 2);
    manifest["kind"] = json!("StatefulSet");
    manifest["spec"]["serviceName"] = json!("db");
    manifest
}

fn job(world: &World, image: &str) -> Json {
    let pod = json!({"containers": [{"name": "app", "image": image}], "restartPolicy": "Never"});
    let spec = json!({"backoffLimit": 0, "template": {"spec": pod}});
    world.manifest("batch/v1", "Job", "migrate", json!({"spec": spec}))
}

/// The line with the time left out: `since 10:41:03Z` is `since <time>`.
fn timeless(line: &str) -> String {
    let mut parts = line.splitn(2, " since ");
    let (before, after) = (parts.next().unwrap(), parts.next().expect("a time"));
    let (time, after) = after.split_once('Z').expect("a time in UTC");
    assert_eq!(time.len(), "10:41:03".len(), "{line}");
    format!("{before} since <time>{after}")
}

#[tokio::test]
async fn a_deployment_is_ready_when_its_rollout_is_done_and_again_after_a_change() {
    let Some(world) = World::new("rollout") else { return };
    let manifest = world.deployment("api", "shop/api:slow", 3);
    let identifier = world.create(ADDRESS, &manifest).await.unwrap();
    let words = waits(&world, &manifest, &identifier, "0 of 3 replicas ready").await;
    assert_eq!(words, "0 of 3 replicas ready", "what starts has no reason not to be ready");
    let live = world.until_ready(ADDRESS, &manifest, &identifier).await;
    assert_eq!(live.properties["status"]["availableReplicas"], 3);

    let changed = image(&manifest, "shop/api:2");
    world.update(&live, &changed, false).await.unwrap();
    let live = world.until_ready(ADDRESS, &changed, &identifier).await;
    let status = &live.properties["status"];
    assert_eq!((&status["updatedReplicas"], &status["replicas"]), (&json!(3), &json!(3)), "{status:#}");
    let pods = world.cluster.get(&["-n", "rollout", "pods"]);
    let of_old = |pod: &&Json| {
        pod["metadata"].get("deletionTimestamp").is_none() && pod.to_string().contains("shop/api:slow")
    };
    assert_eq!(pods["items"].as_array().unwrap().iter().filter(of_old).count(), 0, "{pods:#}");
}

#[tokio::test]
async fn a_wrong_image_is_told_while_the_rollout_waits_and_when_its_deadline_is_over() {
    let Some(world) = World::new("stuck") else { return };
    let mut manifest = world.deployment("api", "shop/api:missing", 2);
    manifest["spec"]["progressDeadlineSeconds"] = json!(5);
    let identifier = world.create(ADDRESS, &manifest).await.unwrap();
    let waiting = waits(&world, &manifest, &identifier, "2 pods can't pull").await;
    let reason = "2 pods can't pull shop/api:missing: ErrImagePull: rpc error: code = NotFound desc = failed to pull and \
                  unpack image \"shop/api:missing\": not found";
    assert_eq!(
        timeless(&waiting),
        format!("Deployment stuck/api: 0 of 2 replicas ready since <time>: {reason}")
    );
    let failed = fails(&world, &manifest, &identifier).await;
    let head =
        "Deployment stuck/api: 0 of 2 replicas ready, no progress for 5s (ProgressDeadlineExceeded) since ";
    assert!(failed.starts_with(head) && failed.ends_with(reason), "{failed}");
    // For a plan it has not failed: another image heals it in place.
    let live = world.read(&manifest).await;
    assert!(matches!(live.status, stackctl::model::Status::Pending(_)), "{:?}", live.status);
    let mended = image(&manifest, "shop/api:1");
    world.update(&live, &mended, false).await.unwrap();
    world.until_ready(ADDRESS, &mended, &identifier).await;
}

#[tokio::test]
async fn old_pods_that_serve_do_not_hide_new_ones_that_crash() {
    let Some(world) = World::new("crash") else { return };
    let manifest = world.deployment("api", "shop/api:1", 2);
    let live = world.make(ADDRESS, &manifest).await;
    let broken = image(&manifest, "shop/api:crash");
    world.update(&live, &broken, false).await.unwrap();
    let words = waits(&world, &broken, &live.identifier, "restart").await;
    let head = "Deployment crash/api: 1 of 2 replicas updated since ";
    assert!(words.starts_with(head), "{words}");
    assert!(words.contains("1 pod crashes: container `app` exits with code 1 (Error), "), "{words}");
}

#[tokio::test]
async fn pods_that_cannot_be_made_are_told_with_the_admission_s_words() {
    let Some(world) = World::new("ghost") else { return };
    let mut manifest = world.deployment("api", "shop/api:1", 2);
    manifest["spec"]["template"]["spec"]["serviceAccountName"] = json!("ghost");
    let identifier = world.create(ADDRESS, &manifest).await.unwrap();
    let words = waits(&world, &manifest, &identifier, "0 of 2 replicas made since ").await;
    assert!(words.starts_with("Deployment ghost/api: "), "{words}");
    assert!(words.contains("2 pods can't be made: ") && words.contains("\"ghost\" not found"), "{words}");
}

#[tokio::test]
async fn a_stateful_set_is_ready_and_tells_of_its_newest_pod() {
    let Some(world) = World::new("stateful") else { return };
    let manifest = stateful_set(&world, "shop/db:1");
    let live = world.make(ADDRESS, &manifest).await;
    assert_eq!(live.properties["status"]["readyReplicas"], 2);
    let broken = stateful_set(&world, "shop/db:missing");
    world.update(&live, &broken, false).await.unwrap();
    let words = waits(&world, &broken, &live.identifier, "can't pull").await;
    assert!(words.starts_with("StatefulSet stateful/db: 1 of 2 replicas ready since "), "{words}");
    assert!(words.contains("1 pod can't pull shop/db:missing: ErrImagePull: "), "{words}");
}

#[tokio::test]
async fn a_job_is_ready_when_it_is_complete_and_fails_with_its_exit_code() {
    let Some(world) = World::new("jobs") else { return };
    let live = world.make(ADDRESS, &job(&world, "shop/migrate:1")).await;
    assert_eq!(live.properties["status"]["succeeded"], 1);
    world.remove(ADDRESS, &live).await;
    let broken = job(&world, "shop/migrate:crash");
    let identifier = world.create(ADDRESS, &broken).await.unwrap();
    let words = fails(&world, &broken, &identifier).await;
    assert!(words.starts_with("Job jobs/migrate: 1 pod failed: BackoffLimitExceeded: "), "{words}");
    assert!(words.contains("container `app` exits with code 1 (Error)"), "{words}");
    let live = world.read(&broken).await;
    assert!(matches!(live.status, stackctl::model::Status::Failed(_)), "it will never run again: {live:?}");
}

#[tokio::test]
async fn a_service_of_a_load_balancer_is_ready_with_its_address() {
    let Some(world) = World::new("edge") else { return };
    let spec = json!({"type": "LoadBalancer", "ports": [{"port": 443}], "selector": {"app": "edge"}});
    let live = world.make(ADDRESS, &world.manifest("v1", "Service", "edge", json!({"spec": spec}))).await;
    let point = &live.properties["status"]["loadBalancer"]["ingress"][0]["hostname"];
    assert!(point.as_str().is_some_and(|name| !name.is_empty()), "{:?}", live.properties["status"]);
}

#[tokio::test]
async fn the_reasons_of_all_that_wait_in_a_namespace_are_read_together() {
    let Some(world) = World::new("together") else { return };
    let mut items = Vec::new();
    for at in 0..6 {
        let manifest = world.deployment(&format!("api-{at}"), "shop/api:missing", 2);
        let address = format!("{ADDRESS}-{at}");
        let identifier = world.create(&address, &manifest).await.unwrap();
        waits(&world, &manifest, &identifier, "can't pull").await;
        let address = address.parse().unwrap();
        items.push(PendingItem { identifier, address, properties: object(&manifest), deleting: false });
    }
    let calls = || world.provider.api_calls()["kubernetes"];
    let before = calls();
    let request = Pending { scope: &world.scope, stack: &world.stack, items: &items };
    let answers = world.handler_of("apps/v1/Deployment").ready(&request).await.unwrap();
    assert_eq!(calls() - before, 4, "Deployments, ReplicaSets, pods, events");
    for (at, answer) in answers.iter().enumerate() {
        let Readiness::Waiting(words) = answer else { panic!("{answer:?}") };
        assert!(words.starts_with(&format!("Deployment together/api-{at}: ")), "{words}");
    }
}
