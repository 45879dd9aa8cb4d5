//! Objects made, found, changed and deleted.

use serde_json::json;
use stackctl::model::{Forecast, Identifier, Lifecycle, Ownership, Status};
use stackctl::providers::{ErrorKind, Readiness};

use crate::world::{World, settled};

#[tokio::test]
async fn what_is_made_is_found_by_its_label_and_a_second_look_changes_nothing() {
    let Some(world) = World::new("made") else { return };
    let manifest = world.config_map("settings", json!({"colour": "blue"}));
    let made = world.make("eu-west-1/settings", &manifest).await;
    assert_eq!(made.identifier.as_str(), "made|settings");
    let again = world.again();
    let found = again.list("v1/ConfigMap", &[]).await.unwrap();
    assert_eq!(found.len(), 1);
    let live = &found[0];
    assert_eq!(live.ownership, Ownership::Tagged("eu-west-1/settings".parse().unwrap()));
    assert_eq!(live.properties["data"], json!({"colour": "blue"}));
    assert_eq!(
        (&live.properties["apiVersion"], &live.properties["kind"]),
        (&json!("v1"), &json!("ConfigMap"))
    );
    assert_eq!(live.status, Status::Ready);
    match again.forecast(live, &manifest, false).await {
        Forecast::Becomes { object, overruled } => {
            assert_eq!(settled(&object), settled(&live.properties));
            assert!(overruled.is_empty());
        }
        other => panic!("{other:?}"),
    }
    let manager = &live.properties["metadata"]["managedFields"][0];
    assert_eq!((&manager["manager"], &manager["operation"]), (&json!("stackctl"), &json!("Apply")));
}

#[tokio::test]
async fn defaults_of_the_server_are_no_difference() {
    let Some(world) = World::new("defaults") else { return };
    let manifest = world.deployment("api", "shop/api:1", 1);
    let live = world.make("eu-west-1/api", &manifest).await;
    assert_eq!(
        live.properties["spec"]["progressDeadlineSeconds"], 600,
        "the server fills in what is left out"
    );
    match world.forecast(&live, &manifest, false).await {
        Forecast::Becomes { object, .. } => assert_eq!(settled(&object), settled(&live.properties)),
        other => panic!("{other:?}"),
    }
    let mut changed = manifest.clone();
    changed["spec"]["template"]["spec"]["containers"][0]["image"] = json!("shop/api:2");
    match world.forecast(&live, &changed, false).await {
        Forecast::Becomes { object, .. } => {
            assert_eq!(object["spec"]["template"]["spec"]["containers"][0]["image"], "shop/api:2");
        }
        other => panic!("{other:?}"),
    }
    assert_eq!(
        settled(&world.read(&manifest).await.properties),
        settled(&live.properties),
        "nothing was changed"
    );
    world.update(&live, &changed, false).await.unwrap();
    let updated = world.until_ready("eu-west-1/api", &changed, &live.identifier).await;
    assert_eq!(updated.properties["status"]["updatedReplicas"], 1, "the rollout was waited for");
}

#[tokio::test]
async fn what_leaves_the_manifest_leaves_the_object_and_what_others_added_stays() {
    let Some(world) = World::new("leaves") else { return };
    let manifest = world.config_map("settings", json!({"a": "1", "b": "2"}));
    let live = world.make("eu-west-1/settings", &manifest).await;
    world.kubectl(&["annotate", "configmap", "settings", "team=web"]);
    let less = world.config_map("settings", json!({"a": "1"}));
    world.update(&live, &less, false).await.unwrap();
    let live = world.read(&less).await;
    assert_eq!(live.properties["data"], json!({"a": "1"}));
    assert_eq!(live.properties["metadata"]["annotations"]["team"], "web");
}

#[tokio::test]
async fn a_create_finds_its_own_first_attempt_and_nobody_elses() {
    let Some(world) = World::new("taken") else { return };
    let manifest = world.config_map("settings", json!({"a": "1"}));
    world.make("eu-west-1/settings", &manifest).await;
    let again = world.create("eu-west-1/settings", &manifest).await.unwrap();
    assert_eq!(again, Identifier::new("taken|settings"));
    let error = world.create("eu-west-1/other", &manifest).await.unwrap_err();
    assert_eq!(error.kind, ErrorKind::AlreadyExists);
    assert!(error.message.contains("eu-west-1/settings"), "{error}");
    world.kubectl(&["create", "configmap", "theirs", "--from-literal=a=0"]);
    let theirs = world.config_map("theirs", json!({"b": "1"}));
    let error = world.create("eu-west-1/theirs", &theirs).await.unwrap_err();
    assert_eq!(error.kind, ErrorKind::AlreadyExists);
    assert!(error.to_string().starts_with("kubernetes:PATCH v1 configmaps taken/theirs: "), "{error}");
    assert!(error.message.contains("managed by kubectl-create"), "{error}");
    let adopt = Lifecycle { adopt: Some(Identifier::new("taken|theirs")), ..Lifecycle::default() };
    world.create_as("eu-west-1/theirs", &theirs, &adopt).await.unwrap();
    let live = world.read(&theirs).await;
    assert_eq!(live.properties["data"], json!({"a": "0", "b": "1"}));
    assert_eq!(live.ownership, Ownership::Tagged("eu-west-1/theirs".parse().unwrap()));
}

#[tokio::test]
async fn what_exists_under_a_wanted_name_is_reported_as_not_ours() {
    let Some(world) = World::new("foreign") else { return };
    for name in ["a", "b", "c", "d", "e", "f", "g"] {
        world.kubectl(&["create", "configmap", name]);
    }
    let map = |name: &str| world.config_map(name, json!({}));
    let names = |found: Vec<stackctl::model::Live>| -> Vec<String> {
        assert!(found.iter().all(|live| live.ownership == Ownership::Foreign));
        found.into_iter().map(|live| live.identifier.to_string()).collect()
    };
    let few = [map("a"), map("x")];
    let found = world.list("v1/ConfigMap", &few.iter().collect::<Vec<_>>()).await.unwrap();
    assert_eq!(names(found), ["foreign|a"]);
    let some = [map("a"), map("b"), map("v"), map("w"), map("x"), map("y")];
    let before = calls(&world);
    let found = world.list("v1/ConfigMap", &some.iter().collect::<Vec<_>>()).await.unwrap();
    assert_eq!(names(found), ["foreign|a", "foreign|b"]);
    assert_eq!(calls(&world) - before, 4, "the labelled ones, the names of all, and the two that are there");
    let many: Vec<_> = ["a", "b", "c", "d", "e", "x"].map(map).into();
    let before = calls(&world);
    let found = world.list("v1/ConfigMap", &many.iter().collect::<Vec<_>>()).await.unwrap();
    assert_eq!(names(found), ["foreign|a", "foreign|b", "foreign|c", "foreign|d", "foreign|e"]);
    assert_eq!(calls(&world) - before, 3);
}

fn calls(world: &World) -> u64 {
    use stackctl::providers::Provider;
    world.provider.api_calls().values().sum()
}

#[tokio::test]
async fn a_finalizer_holds_a_delete_and_is_named() {
    let Some(world) = World::new("held") else { return };
    let mut manifest = world.config_map("guarded", json!({}));
    manifest["metadata"]["finalizers"] = json!(["shop.example.com/guard"]);
    let live = world.make("eu-west-1/guarded", &manifest).await;
    world.delete(&live).await.unwrap();
    world.delete(&live).await.unwrap();
    let words = |answer| match answer {
        Readiness::Waiting(words) => Some(words),
        _ => None,
    };
    let held = world.until("eu-west-1/guarded", &manifest, &live.identifier, true, words).await;
    assert_eq!(held, "held by the finalizer shop.example.com/guard");
    assert_eq!(world.read(&manifest).await.status, Status::Deleting);
    let error = world.create("eu-west-1/guarded", &manifest).await.unwrap_err();
    assert_eq!(error.kind, ErrorKind::InUse, "{error}");
    world.kubectl(&[
        "patch",
        "configmap",
        "guarded",
        "--type=merge",
        "-p",
        r#"{"metadata":{"finalizers":null}}"#,
    ]);
    world.remove("eu-west-1/guarded", &live).await;
}

#[tokio::test]
async fn a_namespace_that_is_deleted_says_what_remains_in_it() {
    let Some(world) = World::new("outer") else { return };
    let namespace = json!({"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": "inner"}});
    let live = world.make("eu-west-1/inner", &namespace).await;
    assert_eq!(live.identifier.as_str(), "inner");
    let guarded = json!({
        "apiVersion": "v1", "kind": "ConfigMap",
        "metadata": {"name": "guarded", "namespace": "inner", "finalizers": ["shop.example.com/guard"]},
    });
    world.make("eu-west-1/guarded", &guarded).await;
    world.delete(&live).await.unwrap();
    let words = |answer| match answer {
        Readiness::Waiting(words) if words.contains("shop.example.com/guard") => Some(words),
        _ => None,
    };
    let held = world.until("eu-west-1/inner", &namespace, &live.identifier, true, words).await;
    assert!(held.contains("configmaps. has 1 resource instances"), "{held}");
    let release = r#"{"metadata":{"finalizers":null}}"#;
    world
        .cluster
        .kubectl(&["-n", "inner", "patch", "configmap", "guarded", "--type=merge", "-p", release], "");
    world.remove("eu-west-1/inner", &live).await;
    let error = world.create("eu-west-1/guarded", &guarded).await.unwrap_err();
    assert_eq!(error.kind, ErrorKind::NotYet, "its namespace is not there: {error}");
}

#[tokio::test]
async fn a_successor_of_the_same_name_is_not_deleted() {
    let Some(world) = World::new("successor") else { return };
    let manifest = world.config_map("settings", json!({}));
    let live = world.make("eu-west-1/settings", &manifest).await;
    world.kubectl(&["delete", "configmap", "settings"]);
    world.delete(&live).await.unwrap();
    world.kubectl(&["create", "configmap", "settings"]);
    let error = world.delete(&live).await.unwrap_err();
    assert_eq!(error.kind, ErrorKind::Invalid);
    assert!(error.message.contains("made anew"), "{error}");
}

#[tokio::test]
async fn a_manifest_without_a_namespace_is_in_the_default_one() {
    let Some(world) = World::new("nowhere") else { return };
    let manifest = json!({"apiVersion": "v1", "kind": "ConfigMap", "metadata": {"name": "nowhere"}});
    let live = world.make("eu-west-1/nowhere", &manifest).await;
    assert_eq!(live.identifier.as_str(), "default|nowhere");
    world.remove("eu-west-1/nowhere", &live).await;
}

#[tokio::test]
async fn what_no_schema_has_is_refused_with_its_path() {
    let Some(world) = World::new("mistaken") else { return };
    let mut manifest = world.deployment("api", "shop/api:1", 1);
    let live = world.make("eu-west-1/api", &manifest).await;
    manifest["spec"]["replicsa"] = json!(2);
    match world.forecast(&live, &manifest, false).await {
        Forecast::Refused(words) => {
            assert!(words.contains(".spec.replicsa: field not declared in schema"), "{words}");
        }
        other => panic!("{other:?}"),
    }
    let error = world.update(&live, &manifest, false).await.unwrap_err();
    assert_eq!(error.kind, ErrorKind::Invalid, "{error}");
}
