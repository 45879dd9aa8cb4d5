//! Kinds that a cluster serves in two versions, and definitions that change.

use serde_json::{Value as Json, json};

use crate::manifests::{config_map, definition, manifest, namespace, object, with};
use crate::scene::Scene;

const PLACE: &str = "eu-west-1";

fn custom(group: &str, version: &str, space: &str, name: &str, spec: Json) -> Json {
    object(name, PLACE, &manifest(&format!("{group}/{version}"), "Ring", space, name, json!({"spec": spec})))
}

#[test]
fn objects_of_one_kind_in_two_versions_stay() {
    let Some(scene) = Scene::new("two-versions") else { return };
    let (space, cluster, group) = (scene.name(), scene.cluster(PLACE), "twice.example.com");
    let mut both = definition(group);
    let mut second = both["spec"]["versions"][0].clone();
    second["name"] = json!("v1beta1");
    second["storage"] = json!(false);
    both["spec"]["versions"].as_array_mut().expect("versions").push(second);
    cluster.kubectl(&["apply", "-f", "-"], &both.to_string());
    let name = format!("rings.{group}");
    cluster.kubectl(&["wait", "crd", &name, "--for=condition=Established", "--timeout=30s"], "");
    let mut resources = vec![
        object("namespace", PLACE, &namespace(space)),
        custom(group, "v1", space, "new", json!({"size": 3})),
        custom(group, "v1beta1", space, "old", json!({"size": 3})),
    ];
    scene.stage(&[PLACE], &resources);
    scene.settle();
    let kind = format!("rings.{group}");
    let identity = |name: &str| cluster.get(&["-n", space, &kind, name])["metadata"]["uid"].clone();
    let before = (identity("new"), identity("old"));
    scene.settle();
    assert_eq!((identity("new"), identity("old")), before);

    resources.truncate(2);
    scene.stage(&[PLACE], &resources);
    assert_eq!(scene.plan().summary(), ["delete eu-west-1/old"]);
    scene.settle();
    scene.destroy();
    cluster.kubectl(&["delete", "crd", &name], "");
}

#[test]
fn a_definition_and_its_object_change_in_one_plan() {
    let Some(scene) = Scene::new("grown") else { return };
    let (space, group) = (scene.name(), "grown.example.com");
    let stage = |fields: Json, spec: Json| {
        let mut grown = definition(group);
        let schema = &mut grown["spec"]["versions"][0]["schema"]["openAPIV3Schema"]["properties"]["spec"];
        schema["properties"].as_object_mut().expect("fields").extend(fields.as_object().unwrap().clone());
        let resources = [
            object("namespace", PLACE, &namespace(space)),
            object("definition", PLACE, &grown),
            custom(group, "v1", space, "one", spec),
        ];
        scene.stage(&[PLACE], &resources);
    };
    stage(json!({}), json!({"size": 3}));
    scene.settle();
    stage(json!({"color": {"type": "string"}}), json!({"size": 3, "color": "red"}));
    let plan = scene.plan();
    assert_eq!(plan.summary(), ["update eu-west-1/definition", "update eu-west-1/one"]);
    assert_eq!(plan.change("eu-west-1/one").path("spec.color").after, json!("red"));
    scene.settle();
    scene.destroy();
}

#[test]
fn a_kind_that_something_else_brings_is_waited_for() {
    let Some(scene) = Scene::new("brought") else { return };
    let (space, cluster, group) = (scene.name(), scene.cluster(PLACE), "brought.example.com");
    let operator = object(
        "operator",
        PLACE,
        &manifest("v1", "Service", space, "operator", json!({"spec": {"ports": [{"port": 80}]}})),
    );
    let ring = custom(group, "v1", space, "one", json!({"size": 3}));
    let space_object = object("namespace", PLACE, &namespace(space));
    let settings = object("settings", PLACE, &config_map(space, "settings", json!({"a": "b"})));
    scene.stage(
        &[PLACE],
        &[space_object.clone(), with(ring.clone(), json!({"dependsOn": ["settings"]})), settings],
    );
    let refused = scene.run(&["plan", "stage-1"]);
    assert_eq!(refused.code, Some(1), "a map of texts brings no kind: {}", refused.stdout);
    assert!(refused.stderr.contains("what brings it in"), "{}", refused.stderr);
    scene.stage(&[PLACE], &[space_object, operator, with(ring, json!({"dependsOn": ["operator"]}))]);
    let plan = scene.run(&["plan", "stage-1"]);
    assert!(plan.stdout.contains("not served yet: it waits for eu-west-1/operator"), "{}", plan.stdout);
    std::thread::scope(|threads| {
        threads.spawn(|| {
            std::thread::sleep(std::time::Duration::from_secs(5));
            cluster.kubectl(&["apply", "-f", "-"], &definition(group).to_string());
        });
        scene.settle();
    });
    scene.destroy();
    cluster.kubectl(&["delete", "crd", &format!("rings.{group}")], "");
}
