//! What somebody did by hand: named by its path where it is the stack's, mended by the next apply.

use serde_json::json;

use crate::manifests::{autoscaler, deployment, manifest, namespace, object, with};
use crate::scene::Scene;

const PLACE: &str = "us-east-1";

#[test]
fn replicas_scaled_by_hand_are_drift_unless_an_autoscaler_has_them() {
    let Some(scene) = Scene::new("scaled") else { return };
    let (space, cluster) = (scene.name(), scene.cluster(PLACE));
    scene.stage(
        &[PLACE],
        &[
            object("namespace", PLACE, &namespace(space)),
            object("fixed", PLACE, &deployment(space, "fixed", "shop/api:1", 2)),
            object("elastic", PLACE, &deployment(space, "elastic", "shop/api:1", 2)),
            object("scaler", PLACE, &autoscaler(space, "elastic", 2, 6)),
        ],
    );
    scene.settle();
    for name in ["fixed", "elastic"] {
        cluster.kubectl(&["scale", "-n", space, "deployment", name, "--replicas=4"], "");
        cluster.kubectl(&["rollout", "status", "-n", space, "deployment", name, "--timeout=60s"], "");
    }

    let plan = scene.plan();
    assert_eq!(plan.summary(), ["update us-east-1/fixed"], "{:#?}", plan.changes);
    let change = plan.change("us-east-1/fixed");
    let replicas = change.path("spec.replicas");
    assert_eq!((&replicas.before, &replicas.after), (&json!(4), &json!(2)));
    assert_eq!(change.paths.len(), 1, "{change:#?}");

    scene.settle();
    let replicas = |name: &str| cluster.get(&["-n", space, "deployment", name])["spec"]["replicas"].clone();
    assert_eq!((replicas("fixed"), replicas("elastic")), (json!(2), json!(4)));

    // Another change of the workload leaves the count to the autoscaler, too.
    scene.stage(
        &[PLACE],
        &[
            object("namespace", PLACE, &namespace(space)),
            object("fixed", PLACE, &deployment(space, "fixed", "shop/api:1", 2)),
            object("elastic", PLACE, &deployment(space, "elastic", "shop/api:2", 2)),
            object("scaler", PLACE, &autoscaler(space, "elastic", 2, 6)),
        ],
    );
    let image = "spec.template.spec.containers[0].image";
    assert_eq!(scene.plan().change("us-east-1/elastic").path(image).after, json!("shop/api:2"));
    scene.settle();
    assert_eq!(replicas("elastic"), json!(4));
    scene.destroy();
}

#[test]
fn an_autoscaler_that_leaves_the_blueprint_leaves_the_replicas_too() {
    let Some(scene) = Scene::new("unscaled") else { return };
    let (space, cluster) = (scene.name(), scene.cluster(PLACE));
    let mut resources = vec![
        object("namespace", PLACE, &namespace(space)),
        object("api", PLACE, &deployment(space, "api", "shop/api:1", 2)),
        object("scaler", PLACE, &autoscaler(space, "api", 2, 6)),
    ];
    scene.stage(&[PLACE], &resources);
    scene.settle();
    cluster.kubectl(&["scale", "-n", space, "deployment", "api", "--replicas=4"], "");
    cluster.kubectl(&["rollout", "status", "-n", space, "deployment", "api", "--timeout=60s"], "");
    scene.assert_settled();
    resources.truncate(2);
    scene.stage(&[PLACE], &resources);
    let plan = scene.plan();
    assert_eq!(plan.summary(), ["delete us-east-1/scaler", "update us-east-1/api"]);
    assert_eq!(plan.change("us-east-1/api").path("spec.replicas").after, json!(2));
    scene.settle();
    scene.destroy();
}

#[test]
fn a_count_that_only_an_autoscaler_has_is_left_to_it() {
    let Some(scene) = Scene::new("uncounted") else { return };
    let (space, cluster) = (scene.name(), scene.cluster(PLACE));
    let stage = |image: &str| {
        let mut api = deployment(space, "api", image, 1);
        api["spec"].as_object_mut().expect("a spec").remove("replicas");
        let scaler = object("scaler", PLACE, &autoscaler(space, "api", 2, 6));
        scene.stage(
            &[PLACE],
            &[object("namespace", PLACE, &namespace(space)), object("api", PLACE, &api), scaler],
        );
    };
    let replicas = || cluster.get(&["-n", space, "deployment", "api"])["spec"]["replicas"].clone();
    stage("shop/api:1");
    scene.settle();
    cluster.kubectl(&["scale", "-n", space, "deployment", "api", "--replicas=4"], "");
    cluster.kubectl(&["rollout", "status", "-n", space, "deployment", "api", "--timeout=60s"], "");
    scene.assert_settled();
    stage("shop/api:2");
    scene.settle();
    assert_eq!(replicas(), 4);
    scene.destroy();
}

#[test]
fn an_autoscaler_that_others_made_has_the_replicas_too() {
    let Some(scene) = Scene::new("autoscaled") else { return };
    let (space, cluster) = (scene.name(), scene.cluster(PLACE));
    let api = object("api", PLACE, &deployment(space, "api", "shop/api:1", 2));
    scene.stage(&[PLACE], &[object("namespace", PLACE, &namespace(space)), api]);
    scene.settle();
    cluster.kubectl(&["autoscale", "-n", space, "deployment", "api", "--min=3", "--max=6"], "");
    crate::scene::eventually("the autoscaler scales", || {
        (cluster.get(&["-n", space, "deployment", "api"])["spec"]["replicas"] == 3).then_some(())
    });
    cluster.kubectl(&["rollout", "status", "-n", space, "deployment", "api", "--timeout=60s"], "");
    scene.assert_settled();
    scene.destroy();
}

#[test]
fn edits_by_hand_are_named_and_mended() {
    let Some(scene) = Scene::new("edited") else { return };
    let (space, cluster) = (scene.name(), scene.cluster(PLACE));
    let mut settings = manifest("v1", "ConfigMap", space, "settings", json!({"data": {"mode": "fast"}}));
    settings["metadata"]["labels"] = json!({"team": "platform", "tier": "edge"});
    let api = with(object("api", PLACE, &deployment(space, "api", "shop/api:1", 1)), json!({}));
    scene.stage(
        &[PLACE],
        &[
            object("namespace", PLACE, &namespace(space)),
            object("settings", PLACE, &settings),
            object("gone", PLACE, &manifest("v1", "ConfigMap", space, "gone", json!({"data": {"a": "b"}}))),
            api,
        ],
    );
    scene.settle();
    let hand = |arguments: &[&str]| cluster.kubectl(&[&["-n", space], arguments].concat(), "");
    hand(&["label", "configmap/settings", "team=nobody", "--overwrite"]);
    hand(&["label", "configmap/settings", "owner=finance"]);
    hand(&["label", "configmap/settings", "tier-"]);
    hand(&["set", "image", "deployment/api", "app=shop/api:9"]);
    hand(&["delete", "configmap", "gone"]);

    let plan = scene.plan();
    assert_eq!(
        plan.summary(),
        ["create us-east-1/gone", "update us-east-1/api", "update us-east-1/settings"]
    );
    let settings = plan.change("us-east-1/settings");
    let team = settings.path("metadata.labels.team");
    assert_eq!((&team.before, &team.after), (&json!("nobody"), &json!("platform")));
    assert_eq!(settings.path("metadata.labels.tier").after, json!("edge"));
    assert_eq!(settings.paths.len(), 2, "the label of others is theirs: {settings:#?}");
    let image = plan.change("us-east-1/api").path("spec.template.spec.containers[0].image");
    assert_eq!((&image.before, &image.after), (&json!("shop/api:9"), &json!("shop/api:1")));

    scene.settle();
    let labels = cluster.get(&["-n", space, "configmap", "settings"])["metadata"]["labels"].clone();
    assert_eq!(
        labels,
        json!({
            "team": "platform", "tier": "edge", "owner": "finance", "app.kubernetes.io/managed-by": "stackctl",
        })
    );
    scene.destroy();
}
