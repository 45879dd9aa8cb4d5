//! Workloads that don't come up: which, why, since when, and what was done.

use serde_json::{Value as Json, json};

use crate::manifests::{config_map, deployment, namespace, object, with};
use crate::scene::Scene;

const PLACE: &str = "us-east-1";

fn stage(scene: &Scene, image: &str) {
    let space = scene.name();
    let mut api = deployment(space, "api", image, 2);
    api["spec"]["progressDeadlineSeconds"] = json!(5);
    let after = object("after", PLACE, &config_map(space, "after", json!({"a": "b"})));
    let resources: [Json; 4] = [
        object("namespace", PLACE, &namespace(space)),
        object("settings", PLACE, &config_map(space, "settings", json!({"image": image}))),
        object("api", PLACE, &api),
        with(after, json!({"dependsOn": ["api"]})),
    ];
    scene.stage(&[PLACE], &resources);
}

fn assert_tells(text: &str, words: &[&str]) {
    for word in words {
        assert!(text.contains(word), "`{word}` is missing in\n{text}");
    }
}

#[test]
fn a_wrong_image_is_told_with_what_was_done() {
    let Some(scene) = Scene::new("wrong-image") else { return };
    stage(&scene, "shop/api:missing");
    let failed = scene.run(&["apply", "stage-1", "--yes"]);
    assert_eq!(failed.code, Some(1), "{}\n{}", failed.stdout, failed.stderr);
    println!("{}\n---\n{}", failed.stdout, failed.stderr);
    assert_tells(
        &failed.stdout,
        &[
            "us-east-1/api",
            "can't pull",
            "shop/api:missing",
            "since",
            "2 done",
            "1 failed",
            "1 not begun",
            "us-east-1/after",
        ],
    );
    assert_tells(&failed.stdout, &["stackctl apply stage-1"]);

    // It goes on failing until it is mended: nothing differs, and yet it is not well.
    let again = scene.run(&["apply", "stage-1", "--yes"]);
    assert_eq!(again.code, Some(1), "{}\n{}", again.stdout, again.stderr);
    assert_tells(&again.stdout, &["us-east-1/api", "shop/api:missing"]);
    assert!(!scene.owned(PLACE).contains(&"ConfigMap/after".to_owned()), "it waits for what failed");

    stage(&scene, "shop/api:1");
    let plan = scene.plan();
    let image = plan.change("us-east-1/api").path("spec.template.spec.containers[0].image");
    assert_eq!(image.after, json!("shop/api:1"));
    assert_eq!(plan.change("us-east-1/after").action, "create");
    scene.settle();
    scene.destroy();
}

#[test]
fn a_crash_loop_is_told_and_the_old_pods_stay() {
    let Some(scene) = Scene::new("crash-loop") else { return };
    stage(&scene, "shop/api:1");
    scene.settle();
    stage(&scene, "shop/api:crash");
    let failed = scene.run(&["apply", "stage-1", "--yes"]);
    assert_eq!(failed.code, Some(1), "{}\n{}", failed.stdout, failed.stderr);
    println!("{}\n---\n{}", failed.stdout, failed.stderr);
    assert_tells(&failed.stdout, &["us-east-1/api", "crash", "exits with code 1", "1 done", "1 failed"]);
    let live = scene.cluster(PLACE).get(&["-n", scene.name(), "deployment", "api"]);
    assert!(live["status"]["availableReplicas"].as_u64() >= Some(1), "{live:#}");
    stage(&scene, "shop/api:2");
    scene.settle();
    scene.destroy();
}
