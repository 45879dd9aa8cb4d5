//! Fields that others write, and fields that nobody may change.

use serde_json::json;
use stackctl::model::{FieldConflict, Forecast, Lifecycle};

use crate::world::World;

/// What a second tool applies by server-side apply.
fn apply_as(world: &World, manager: &str, manifest: &serde_json::Value) {
    let manager = format!("--field-manager={manager}");
    let apply = ["apply", "--server-side", "--force-conflicts", &manager, "-f", "-"];
    world.kubectl_with(&apply, &manifest.to_string());
}

#[tokio::test]
async fn another_managers_field_is_left_alone_until_force_takes_it() {
    let Some(world) = World::new("contested") else { return };
    let manifest = world.config_map("settings", json!({"ours": "1"}));
    let live = world.make("eu-west-1/settings", &manifest).await;
    apply_as(&world, "helm", &world.config_map("settings", json!({"theirs": "1"})));
    let live_then = world.read(&manifest).await;
    match world.forecast(&live_then, &manifest, false).await {
        Forecast::Becomes { object, .. } => assert_eq!(object["data"], json!({"ours": "1", "theirs": "1"})),
        other => panic!("{other:?}"),
    }
    let both = world.config_map("settings", json!({"ours": "1", "theirs": "2"}));
    let conflict = FieldConflict { manager: "helm".to_owned(), path: "data.theirs".into() };
    assert_eq!(world.forecast(&live_then, &both, false).await, Forecast::Conflict(vec![conflict]));
    let error = world.update(&live, &both, false).await.unwrap_err();
    assert_eq!(
        error.to_string(),
        "kubernetes:PATCH v1 configmaps contested/settings: Conflict: helm manages data.theirs; `force: true` on the \
         resource takes it over"
    );
    match world.forecast(&live_then, &both, true).await {
        Forecast::Becomes { object, overruled } => {
            assert_eq!(object["data"]["theirs"], "2");
            assert!(overruled.is_empty());
        }
        other => panic!("{other:?}"),
    }
    world.update(&live_then, &both, true).await.unwrap();
    assert_eq!(world.read(&both).await.properties["data"], json!({"ours": "1", "theirs": "2"}));
}

#[tokio::test]
async fn a_label_of_ours_changed_by_hand_is_drift_and_is_mended() {
    let Some(world) = World::new("edited") else { return };
    let mut manifest = world.config_map("settings", json!({"a": "1"}));
    manifest["metadata"]["labels"] = json!({"app.kubernetes.io/tier": "front"});
    world.make("eu-west-1/settings", &manifest).await;
    world.kubectl(&["label", "--overwrite", "configmap", "settings", "app.kubernetes.io/tier=hand"]);
    world.kubectl(&["patch", "configmap", "settings", "--type=merge", "-p", r#"{"data":{"a":"hand"}}"#]);
    let live = world.read(&manifest).await;
    assert_eq!(live.properties["data"]["a"], "hand");
    match world.forecast(&live, &manifest, false).await {
        Forecast::Becomes { object, overruled } => {
            assert_eq!(object["data"]["a"], "1");
            assert_eq!(object["metadata"]["labels"]["app.kubernetes.io/tier"], "front");
            assert_eq!(overruled, ["kubectl-label", "kubectl-patch"]);
        }
        other => panic!("{other:?}"),
    }
    world.update(&live, &manifest, false).await.unwrap();
    assert_eq!(world.read(&manifest).await.properties["data"]["a"], "1");
}

#[tokio::test]
async fn a_scale_by_hand_is_drift_where_the_manifest_sets_replicas() {
    let Some(world) = World::new("scaled") else { return };
    let mut manifest = world.deployment("api", "shop/api:1", 1);
    world.make("eu-west-1/api", &manifest).await;
    world.kubectl(&["scale", "deployment", "api", "--replicas=2"]);
    let live = world.read(&manifest).await;
    match world.forecast(&live, &manifest, false).await {
        Forecast::Becomes { object, overruled } => {
            assert_eq!(object["spec"]["replicas"], 1);
            // Servers before 1.22 do not say who scaled.
            assert!(overruled.len() <= 1, "{overruled:?}");
        }
        other => panic!("{other:?}"),
    }
    // With an autoscaler the engine sends what is live: nobody is overruled.
    manifest["spec"]["replicas"] = json!(2);
    match world.forecast(&live, &manifest, false).await {
        Forecast::Becomes { object, overruled } => {
            assert_eq!(object["spec"]["replicas"], 2);
            assert!(overruled.is_empty());
        }
        other => panic!("{other:?}"),
    }
}

#[tokio::test]
async fn what_is_left_to_others_stays_as_it_is_when_the_step_comes() {
    let Some(world) = World::new("left") else { return };
    let mut manifest = world.deployment("api", "shop/api:1", 1);
    let planned = world.make("eu-west-1/api", &manifest).await;
    // Since the plan.
    world.kubectl(&["scale", "deployment", "api", "--replicas=3"]);
    world.kubectl(&["set", "image", "deployment/api", "app=shop/api:9"]);
    manifest["spec"]["minReadySeconds"] = json!(1);
    let ignore = ["spec.replicas", "spec.template.spec.containers.*.image"].map(Into::into).to_vec();
    let lifecycle = Lifecycle { ignore, ..Lifecycle::default() };
    world.update_as(&planned, &manifest, &lifecycle).await.unwrap();
    let spec = &world.read(&manifest).await.properties["spec"];
    assert_eq!((&spec["replicas"], &spec["minReadySeconds"]), (&json!(3), &json!(1)));
    assert_eq!(spec["template"]["spec"]["containers"][0]["image"], "shop/api:9");
}

#[tokio::test]
async fn fields_that_nobody_can_change_are_named() {
    let Some(world) = World::new("fixed") else { return };
    let deployment = world.deployment("api", "shop/api:1", 1);
    let live = world.make("eu-west-1/api", &deployment).await;
    let mut moved = deployment.clone();
    moved["spec"]["selector"]["matchLabels"] = json!({"app": "api", "tier": "front"});
    moved["spec"]["template"]["metadata"]["labels"] = json!({"app": "api", "tier": "front"});
    match world.forecast(&live, &moved, false).await {
        Forecast::Immutable { paths, message } => {
            assert_eq!(paths, ["spec.selector".into()]);
            assert_eq!(message, "spec.selector: field is immutable");
        }
        other => panic!("{other:?}"),
    }
    let service = world.manifest("v1", "Service", "api", json!({"spec": {"ports": [{"port": 80}]}}));
    let live = world.make("eu-west-1/service", &service).await;
    let headless = json!({"spec": {"ports": [{"port": 80}], "clusterIP": "None"}});
    let headless = world.manifest("v1", "Service", "api", headless);
    let forecast = world.forecast(&live, &headless, true).await;
    assert!(matches!(forecast, Forecast::Immutable { .. }), "{forecast:?}");
}

#[tokio::test]
async fn a_stateful_sets_claims_and_a_roles_reference_can_not_be_changed() {
    let Some(world) = World::new("fixed-too") else { return };
    let set = |storage: &str| {
        let claim = json!({
            "metadata": {"name": "data"},
            "spec": {"accessModes": ["ReadWriteOnce"], "resources": {"requests": {"storage": storage}}},
        });
        let template = json!({
            "metadata": {"labels": {"app": "db"}}, "spec": {"containers": [{"name": "db", "image": "shop/db:1"}]},
        });
        let spec = json!({
            "replicas": 0, "serviceName": "db", "selector": {"matchLabels": {"app": "db"}}, "template": template,
            "volumeClaimTemplates": [claim],
        });
        world.manifest("apps/v1", "StatefulSet", "db", json!({"spec": spec}))
    };
    world.create("eu-west-1/db", &set("1Gi")).await.unwrap();
    let live = world.read(&set("1Gi")).await;
    let forecast = world.forecast(&live, &set("2Gi"), false).await;
    assert!(matches!(forecast, Forecast::Immutable { .. }), "{forecast:?}");
    let binding = |role: &str| {
        let role = json!({"apiGroup": "rbac.authorization.k8s.io", "kind": "ClusterRole", "name": role});
        let subjects = json!([{"kind": "ServiceAccount", "name": "default", "namespace": "fixed-too"}]);
        let rest = json!({"roleRef": role, "subjects": subjects});
        world.manifest("rbac.authorization.k8s.io/v1", "RoleBinding", "viewers", rest)
    };
    let live = world.make("eu-west-1/viewers", &binding("view")).await;
    match world.forecast(&live, &binding("edit"), false).await {
        Forecast::Immutable { paths, .. } => assert_eq!(paths, ["roleRef".into()]),
        other => panic!("{other:?}"),
    }
    let force = Lifecycle { force: true, ..Lifecycle::default() };
    assert!(world.create_as("eu-west-1/viewers", &binding("edit"), &force).await.is_err());
}
