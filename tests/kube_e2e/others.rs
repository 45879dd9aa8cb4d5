//! Fields that another manager has applied.

use serde_json::{Value as Json, json};

use crate::manifests::{config_map, namespace, object, with};
use crate::scene::Scene;

const PLACE: &str = "us-east-1";

fn stage(scene: &Scene, data: Json, more: Json) {
    let settings = object("settings", PLACE, &config_map(scene.name(), "settings", data));
    let resources = [object("namespace", PLACE, &namespace(scene.name())), with(settings, more)];
    scene.stage(&[PLACE], &resources);
}

#[test]
fn another_managers_field_is_left_alone_until_force_takes_it() {
    let Some(scene) = Scene::new("shared") else { return };
    let (space, cluster) = (scene.name(), scene.cluster(PLACE));
    stage(&scene, json!({"mode": "fast"}), json!({}));
    scene.settle();
    let theirs = config_map(space, "settings", json!({"level": "3"})).to_string();
    let apply = ["apply", "--server-side", "--field-manager=tuner", "-f", "-"];
    cluster.kubectl(&apply, &theirs);
    let data = || cluster.get(&["-n", space, "configmap", "settings"])["data"].clone();
    let both = json!({"mode": "fast", "level": "3"});

    // What the blueprint does not set is theirs, also when something else of it changes.
    scene.assert_settled();
    stage(&scene, json!({"mode": "slow"}), json!({}));
    scene.settle();
    assert_eq!(data(), json!({"mode": "slow", "level": "3"}));
    stage(&scene, json!({"mode": "fast"}), json!({}));
    scene.settle();
    assert_eq!(data(), both);

    // What it does set is refused, with the manager's name.
    stage(&scene, json!({"mode": "fast", "level": "7"}), json!({}));
    for command in [&["plan", "stage-1"][..], &["apply", "stage-1", "--yes"]] {
        let refused = scene.run(command);
        assert_eq!(refused.code, Some(1), "{}", refused.stdout);
        for word in ["us-east-1/settings", "`tuner`", "data.level", "force: true"] {
            assert!(refused.stderr.contains(word), "{word} in {}", refused.stderr);
        }
    }
    assert_eq!(data(), both, "and nothing has changed");

    // By force it is taken over.
    stage(&scene, json!({"mode": "fast", "level": "7"}), json!({"force": true}));
    let plan = scene.plan();
    let level = plan.change("us-east-1/settings").path("data.level");
    assert_eq!((&level.before, &level.after), (&json!("3"), &json!("7")));
    scene.settle();
    assert_eq!(data(), json!({"mode": "fast", "level": "7"}));
    let again = cluster.try_kubectl(&apply, &theirs);
    assert!(String::from_utf8_lossy(&again.stderr).contains("stackctl"), "it is stackctl's now: {again:?}");
    scene.destroy();
}
