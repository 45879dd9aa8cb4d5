//! Whose an object is: taken over by its name, moved, refused.

use serde_json::json;

use crate::manifests::{config_map, namespace, object, with};
use crate::scene::Scene;

const PLACE: &str = "eu-west-1";

#[test]
fn an_object_of_others_is_refused_until_it_is_adopted() {
    let Some(scene) = Scene::new("adopted") else { return };
    let (space, cluster) = (scene.name(), scene.cluster(PLACE));
    cluster.kubectl(&["create", "namespace", space], "");
    cluster.kubectl(&["create", "configmap", "-n", space, "settings", "--from-literal=mode=slow"], "");
    let identity = || cluster.get(&["-n", space, "configmap", "settings"])["metadata"]["uid"].clone();
    let before = identity();
    let settings =
        |mode: &str| object("settings", PLACE, &config_map(space, "settings", json!({"mode": mode})));
    scene.stage(&[PLACE], &[settings("fast")]);
    let refused = scene.run(&["apply", "stage-1", "--yes"]);
    assert_eq!(refused.code, Some(1), "{}", refused.stdout);
    for words in ["eu-west-1/settings", "not this stack's", &format!("adopt: {space}|settings")] {
        assert!(refused.stderr.contains(words), "`{words}` is missing in {}", refused.stderr);
    }

    // As it is; then with a change.
    let adopt = json!({"adopt": format!("{space}|settings")});
    scene.stage(&[PLACE], &[with(settings("slow"), adopt.clone())]);
    assert_eq!(scene.plan().summary(), ["adopt eu-west-1/settings"]);
    scene.settle();
    scene.stage(&[PLACE], &[with(settings("fast"), adopt)]);
    assert_eq!(scene.plan().summary(), ["update eu-west-1/settings"]);
    scene.settle();
    assert_eq!(identity(), before, "it is the same object");
    assert_eq!(scene.owned(PLACE), ["ConfigMap/settings"]);

    // Another stack may not have it.
    let other = Scene::new("adopted-too").expect("there was one");
    other.stage(&[PLACE], &[settings("slow")]);
    let refused = other.run(&["plan", "stage-1"]);
    assert_eq!(refused.code, Some(1), "{}", refused.stdout);
    assert!(refused.stderr.contains("`adopted`"), "whose it is: {}", refused.stderr);

    scene.destroy();
    let there = cluster.try_kubectl(&["get", "namespace", space], "");
    assert!(there.status.success(), "the namespace is still theirs");
    cluster.kubectl(&["delete", "namespace", space, "--wait=false"], "");
}

#[test]
fn another_address_keeps_the_object() {
    let Some(scene) = Scene::new("moved") else { return };
    let (space, cluster) = (scene.name(), scene.cluster(PLACE));
    let map = config_map(space, "settings", json!({"mode": "fast"}));
    let space_object = object("namespace", PLACE, &namespace(space));
    scene.stage(&[PLACE], &[space_object.clone(), object("settings", PLACE, &map)]);
    scene.settle();
    let identity = || cluster.get(&["-n", space, "configmap", "settings"])["metadata"]["uid"].clone();
    let before = identity();
    let moved = with(object("options", PLACE, &map), json!({"movedFrom": "eu-west-1/settings"}));
    scene.stage(&[PLACE], &[space_object, moved]);
    assert_eq!(scene.plan().summary(), ["update eu-west-1/options"]);
    scene.settle();
    assert_eq!(identity(), before, "nothing is destroyed for a rename");
    scene.destroy();
}

#[test]
fn a_hand_edited_label_of_ours_is_named_and_mended() {
    let Some(scene) = Scene::new("relabelled") else { return };
    let (space, cluster) = (scene.name(), scene.cluster(PLACE));
    let map = config_map(space, "settings", json!({"mode": "fast"}));
    scene.stage(&[PLACE], &[object("namespace", PLACE, &namespace(space)), object("settings", PLACE, &map)]);
    scene.settle();
    for edit in ["app.kubernetes.io/managed-by=Helm", "app.kubernetes.io/managed-by-"] {
        cluster.kubectl(&["-n", space, "label", "configmap", "settings", edit, "--overwrite"], "");
        let plan = scene.plan();
        assert_eq!(plan.summary(), ["update eu-west-1/settings"]);
        let change = plan.change("eu-west-1/settings");
        assert_eq!(change.path("metadata.labels.app.kubernetes.io/managed-by").after, json!("stackctl"));
        assert_eq!(change.paths.len(), 1, "{change:#?}");
        scene.settle();
        assert_eq!(scene.owned(PLACE), ["ConfigMap/settings", &format!("Namespace/{space}")]);
    }
    scene.destroy();
}

#[test]
fn a_copy_that_somebody_made_is_theirs() {
    let Some(scene) = Scene::new("copied") else { return };
    let (space, cluster) = (scene.name(), scene.cluster(PLACE));
    let map = config_map(space, "settings", json!({"mode": "fast"}));
    scene.stage(&[PLACE], &[object("namespace", PLACE, &namespace(space)), object("settings", PLACE, &map)]);
    scene.settle();
    let mut copy = cluster.get(&["-n", space, "configmap", "settings"]);
    let metadata = copy["metadata"].as_object_mut().expect("metadata");
    for key in ["uid", "resourceVersion", "creationTimestamp", "managedFields"] {
        metadata.remove(key);
    }
    metadata.insert("name".to_owned(), json!("settings-debug"));
    cluster.kubectl(&["apply", "-f", "-"], &copy.to_string());
    scene.assert_settled();
    cluster.get(&["-n", space, "configmap", "settings-debug"]);
    scene.destroy();
}
