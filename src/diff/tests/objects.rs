//! Kubernetes objects, whose servers have a say.

use std::sync::Arc;

use serde_json::json;

use super::support::{World, desired};
use crate::diff::Problem;
use crate::model::{Action, Cluster, Desired, Forecast, Json, ReadFailure, Region, ReplaceOrder, Scope};

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

/// A definition, and an object that needs it.
fn ring(fields: &Json, spec: &Json) -> [Desired; 2] {
    let definition = object(
        "eu-west-1/definition",
        "apiextensions.k8s.io/v1/CustomResourceDefinition",
        &json!({"spec": fields}),
    );
    let mut ring = object("eu-west-1/ring", "networking.k8s.io/v1/Ingress", &json!({"spec": spec}));
    ring.depends_on.insert(definition.address.clone());
    [definition, ring]
}

#[test]
fn what_changes_first_may_change_the_servers_mind() {
    let mut world = World::of(ring(&json!({"size": 1}), &json!({"size": 3}))).made();
    let ring_is_refused = Forecast::Refused("unknown field spec.color".to_owned());
    world.forecasts.insert("eu-west-1/ring".parse().unwrap(), ring_is_refused);
    let same = world.with(ring(&json!({"size": 1}), &json!({"size": 3, "color": "red"})));
    assert!(matches!(same.diff().problems.as_slice(), [Problem::Refused { .. }]));
    let both = world.with(ring(&json!({"size": 1, "color": 1}), &json!({"size": 3, "color": "red"})));
    let change = both.change("eu-west-1/ring");
    assert_eq!(change.action, Action::Update);
    let reason = "the server can't tell before eu-west-1/definition has changed: unknown field spec.color";
    assert_eq!(change.reason.as_deref(), Some(reason));
}

#[test]
fn a_plan_of_one_who_may_only_read_says_so() {
    let mut world = World::of([config_map(&json!({"a": "1"}))]).made();
    let denied = Forecast::Unconfirmed("cannot patch".to_owned());
    world.forecasts.insert("eu-west-1/settings".parse().unwrap(), denied);
    let change = world.with([config_map(&json!({"a": "2"}))]).change("eu-west-1/settings");
    assert_eq!(change.reason.as_deref(), Some("not confirmed by the server: cannot patch"));
    assert_eq!((change.action, change.paths.len()), (Action::Update, 1));
}

#[test]
fn a_kind_that_something_brings_is_waited_for() {
    let addon = desired(
        "eu-west-1/addon",
        "AWS::EKS::Addon",
        &json!({"ClusterName": "shop", "AddonName": "snapshots"}),
    );
    let mut class = object("eu-west-1/class", "example.com/v1/Class", &json!({}));
    class.depends_on.insert(addon.address.clone());
    let failure = ReadFailure {
        scope: class.scope.clone(),
        resource_type: Some(class.resource_type.clone()),
        unserved: true,
        error: "not served".to_owned(),
    };
    let mut world = World::of([addon.clone(), class.clone()]);
    world.failures.push(failure);
    let change = world.change("eu-west-1/class");
    let reason = "its kind is not served yet: it waits for eu-west-1/addon";
    assert_eq!((change.action, change.reason.as_deref()), (Action::Create, Some(reason)));
    world.live = World::of([addon]).made().live;
    let told = world.diff().problems.iter().map(ToString::to_string).collect::<Vec<_>>();
    assert!(
        told.len() == 1 && told[0].ends_with("not served; or name what brings it in `dependsOn`"),
        "{told:?}"
    );
}
