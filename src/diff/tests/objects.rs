//! Kubernetes objects, whose servers have a say.

use std::sync::Arc;

use serde_json::json;

use super::support::{World, desired};
use crate::model::{Cluster, Desired, Json, Region, ReplaceOrder, Scope};

/// An object of a cluster in the address's region, in the namespace `shop`.
fn object(address: &str, resource_type: &str, rest: &Json) -> Desired {
    let name = address.rsplit('/').next().expect("a name");
    let mut manifest = json!({"metadata": {"name": name, "namespace": "shop"}});
    manifest.as_object_mut().unwrap().extend(rest.as_object().unwrap().clone());
    let mut desired = desired(address, resource_type, &manifest);
    desired.scope = Scope::Cluster(Cluster::named("tools", Region::new(desired.address.place())));
    desired
}

fn config_map(data: &Json) -> Desired {
    object("eu-west-1/settings", "v1/ConfigMap", &json!({"data": data}))
}

#[test]
fn the_label_that_others_wrote_over_ours_is_named() {
    let mut world = World::of([config_map(&json!({"a": "1"}))]).made();
    assert!(world.actions().is_empty());
    world.tamper("eu-west-1/settings", |live| {
        live.properties["metadata"]["managedFields"] = json!([]);
        live.properties["metadata"]["labels"] = json!({"app.kubernetes.io/managed-by": "stackctl"});
    });
    assert!(world.actions().is_empty());
    let label = "metadata.labels.app.kubernetes.io/managed-by";
    world.tamper("eu-west-1/settings", |live| {
        live.properties["metadata"]["labels"] = json!({"app.kubernetes.io/managed-by": "Helm"});
    });
    assert_eq!(world.paths("eu-west-1/settings"), [format!("{label}: \"Helm\" -> \"stackctl\"")]);
    world.tamper("eu-west-1/settings", |live| live.properties["metadata"]["labels"] = json!({"team": "web"}));
    assert_eq!(world.paths("eu-west-1/settings"), [format!("{label}: - -> \"stackctl\"")]);
    assert_eq!(world.actions(), ["update eu-west-1/settings"]);
}

#[test]
fn what_other_tools_keep_of_a_secret_is_in_no_plan() {
    let secret = object("eu-west-1/db", "v1/Secret", &json!({"stringData": {"password": "hunter2"}}));
    let mut world = World::of([secret]).made();
    world.tamper("eu-west-1/db", |live| {
        live.properties["metadata"]["annotations"] = json!({
            "kubectl.kubernetes.io/last-applied-configuration": "{\"stringData\":{\"password\":\"hunter2\"}}",
        });
    });
    let gone = world.with([]);
    let paths = gone.paths("eu-west-1/db");
    assert!(paths.iter().any(|path| path.starts_with("metadata: ")), "{paths:?}");
    assert!(!paths.concat().contains("hunter2"), "{paths:?}");
}

#[test]
fn a_renamed_object_is_there_before_the_old_one_goes() {
    let made = World::of([config_map(&json!({"a": "1"}))]).made();
    let named = |name: &str| {
        let manifest = json!({"metadata": {"name": name, "namespace": "shop"}, "data": {"a": "1"}});
        made.with([object("eu-west-1/settings", "v1/ConfigMap", &manifest)])
    };
    let order = |world: &World| world.change("eu-west-1/settings").replace_order;
    assert_eq!(order(&named("settings-2")), Some(ReplaceOrder::CreateFirst));
    let mut waits = named("${eu-west-1/other#name}");
    waits.desired.push(Arc::new(object("eu-west-1/other", "v1/ConfigMap", &json!({}))));
    assert_eq!(order(&waits), Some(ReplaceOrder::DeleteFirst), "it may be the same name");
}
