//! Kinds: those that a definition brings, those that a cluster does not serve, and orphans of any kind.

use std::collections::BTreeSet;
use std::time::Duration;

use serde_json::{Value as Json, json};
use stackctl::model::{Forecast, Ownership, ResourceType};
use stackctl::providers::{ErrorKind, Provider, UNKNOWN_KIND};

use crate::world::World;

fn definition(group: &str, kind: &str) -> Json {
    let plural = format!("{}s", kind.to_lowercase());
    let spec = json!({"type": "object", "properties": {"size": {"type": "integer"}}});
    let schema = json!({"openAPIV3Schema": {"type": "object", "properties": {"spec": spec}}});
    json!({
        "apiVersion": "apiextensions.k8s.io/v1", "kind": "CustomResourceDefinition",
        "metadata": {"name": format!("{plural}.{group}"), "creationTimestamp": null},
        "spec": {
            "group": group, "scope": "Namespaced",
            "names": {"kind": kind, "plural": plural, "singular": kind.to_lowercase()},
            "versions": [{"name": "v1", "served": true, "storage": true, "schema": schema}],
        },
        "status": {"acceptedNames": {"kind": "", "plural": ""}, "conditions": [], "storedVersions": []},
    })
}

#[tokio::test]
async fn a_custom_resource_comes_after_its_definition_in_the_same_run() {
    let Some(world) = World::new("custom") else { return };
    let widget = world.manifest("custom.example.com/v1", "Widget", "first", json!({"spec": {"size": 1}}));
    let error = world.create("eu-west-1/widget", &widget).await.unwrap_err();
    assert_eq!((error.kind, error.code.as_str()), (ErrorKind::NotYet, UNKNOWN_KIND));
    let definition = definition("custom.example.com", "Widget");
    let made = world.make("eu-west-1/definition", &definition).await;
    let created = async {
        loop {
            match world.create("eu-west-1/widget", &widget).await {
                Err(error) if error.kind == ErrorKind::NotYet => {
                    tokio::time::sleep(Duration::from_millis(200)).await;
                }
                other => return other,
            }
        }
    };
    let identifier = tokio::time::timeout(Duration::from_secs(30), created).await.unwrap().unwrap();
    assert_eq!(identifier.as_str(), "custom|first");
    let live = world.again().read(&widget).await;
    assert_eq!(live.ownership, Ownership::Tagged("eu-west-1/widget".parse().unwrap()));
    let mut wrong = widget.clone();
    wrong["spec"]["size"] = json!("big");
    match world.forecast(&live, &wrong, false).await {
        Forecast::Refused(words) => assert!(words.contains("spec.size"), "{words}"),
        other => panic!("{other:?}"),
    }
    // Its definition is deleted, and every widget with it: both deletes of a plan come to their end.
    world.remove("eu-west-1/definition", &made).await;
    world.remove("eu-west-1/widget", &live).await;
}

#[tokio::test]
async fn orphans_of_any_kind_are_found_without_a_blueprint() {
    let Some(world) = World::new("orphans") else { return };
    world.make("eu-west-1/definition", &definition("orphans.example.com", "Gadget")).await;
    world.kubectl(&[
        "wait",
        "--for=condition=Established",
        "crd/gadgets.orphans.example.com",
        "--timeout=30s",
    ]);
    let manifests = [
        world.config_map("settings", json!({})),
        world.manifest("v1", "ServiceAccount", "runner", json!({})),
        world.manifest(
            "v1",
            "Service",
            "api",
            json!({"spec": {"ports": [{"port": 80}], "selector": {"app": "api"}}}),
        ),
        world.manifest("networking.k8s.io/v1", "NetworkPolicy", "deny", json!({"spec": {"podSelector": {}}})),
        world.manifest("rbac.authorization.k8s.io/v1", "Role", "reader", json!({"rules": []})),
        world.manifest("orphans.example.com/v1", "Gadget", "first", json!({"spec": {"size": 1}})),
        json!({"apiVersion": "scheduling.k8s.io/v1", "kind": "PriorityClass", "metadata": {"name": "orphans"}, "value": 7}),
    ];
    let mut expected = BTreeSet::from(["eu-west-1/definition".to_owned()]);
    for manifest in &manifests {
        let address = format!("eu-west-1/{}", manifest["kind"].as_str().unwrap().to_lowercase());
        let mut tries = 0;
        while let Err(error) = world.create(&address, manifest).await {
            assert!(error.kind.is_retryable() && tries < 100, "{error}");
            tries += 1;
            tokio::time::sleep(Duration::from_millis(200)).await;
        }
        expected.insert(address);
    }
    // The document that tells the kinds of an older server follows its definitions after a second or two.
    let gadget = ResourceType::new("orphans.example.com/v1/Gadget");
    let mut tries = 0;
    let (run, types) = loop {
        let run = world.again();
        let types = run.provider.searched_types(&run.scope).await.unwrap();
        if types.contains(&gadget) {
            break (run, types);
        }
        assert!(tries < 100, "{types:?}");
        tries += 1;
        tokio::time::sleep(Duration::from_millis(300)).await;
    };
    let kinds: BTreeSet<&str> = types.iter().map(ResourceType::short).collect();
    assert!(!kinds.contains("Event") && kinds.contains("Endpoints") && !kinds.contains("Lease"), "{kinds:?}");
    let distinct: BTreeSet<_> =
        types.iter().map(|found| found.object().map(|object| (object.group, object.kind))).collect();
    assert_eq!(distinct.len(), types.len(), "one version of each kind: {types:?}");
    let mut found = BTreeSet::new();
    for resource_type in &types {
        for live in run.list(resource_type.as_str(), &[]).await.unwrap() {
            found.insert(live.address().unwrap().to_string());
        }
    }
    assert_eq!(found, expected, "the Endpoints of the Service copy its labels and are nobody's");
    for resource_type in &types {
        for live in run.list(resource_type.as_str(), &[]).await.unwrap() {
            run.remove(live.address().unwrap().as_str(), &live).await;
        }
    }
}

#[tokio::test]
async fn an_unknown_kind_or_version_is_answered_by_what_is_served() {
    let Some(world) = World::new("unknown") else { return };
    let error = world.list("apps/v7/Deployment", &[]).await.unwrap_err();
    assert_eq!((error.kind, error.code.as_str()), (ErrorKind::Unsupported, UNKNOWN_KIND));
    assert!(
        error.message.ends_with("does not serve apps/v7/Deployment; it serves apps/v1/Deployment"),
        "{error}"
    );
    let error = world.list("apps/v1/Deploymnet", &[]).await.unwrap_err();
    assert!(error.message.ends_with("did you mean apps/v1/Deployment?"), "{error}");
    let error = world.list("nowhere.example.com/v1/Widget", &[]).await.unwrap_err();
    assert!(error.message.contains("nothing of the group nowhere.example.com"), "{error}");
}

#[tokio::test]
async fn what_controllers_copy_from_our_objects_is_not_ours() {
    let Some(world) = World::new("copies") else { return };
    let mut manifest = world.deployment("api", "shop/api:1", 1);
    manifest["spec"]["template"]["metadata"]["labels"]["app.kubernetes.io/managed-by"] = json!("stackctl");
    world.make("eu-west-1/api", &manifest).await;
    let copies =
        world.kubectl(&["get", "replicasets", "-l", "app.kubernetes.io/managed-by=stackctl", "-o", "name"]);
    assert_eq!(copies.lines().count(), 1, "the ReplicaSet has the label, and the Deployment's annotations");
    assert!(world.list("apps/v1/ReplicaSet", &[]).await.unwrap().is_empty());
    assert!(world.list("v1/Pod", &[]).await.unwrap().is_empty());
    assert_eq!(world.list("apps/v1/Deployment", &[]).await.unwrap().len(), 1);
}
