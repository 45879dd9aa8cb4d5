//! What can't be changed in place is replaced, and the plan says so first.

use serde_json::{Value as Json, json};

use crate::manifests::{deployment, manifest, namespace, object, pod, service};
use crate::scene::Scene;

const PLACE: &str = "ap-south-1";

fn job(space: &str, image: &str) -> Json {
    let mut template = pod("migrate", image);
    template["spec"]["restartPolicy"] = json!("Never");
    manifest("batch/v1", "Job", space, "migrate", json!({"spec": {"template": template}}))
}

fn class(space: &str, value: u32) -> Json {
    json!({"apiVersion": "scheduling.k8s.io/v1", "kind": "PriorityClass", "metadata": {"name": space}, "value": value})
}

#[test]
fn an_immutable_field_is_a_replacement_with_its_path() {
    let Some(scene) = Scene::new("fixed-fields") else { return };
    let (space, cluster) = (scene.name(), scene.cluster(PLACE));
    let stage = |api: &Json, image: &str, value: u32| {
        let resources = [
            object("namespace", PLACE, &namespace(space)),
            object("api", PLACE, api),
            object("front", PLACE, &service(space, "api")),
            object("migrate", PLACE, &job(space, image)),
            object("class", PLACE, &class(space, value)),
        ];
        scene.stage(&[PLACE], &resources);
    };
    let mut api = deployment(space, "api", "shop/api:1", 2);
    stage(&api, "shop/migrate:1", 1000);
    scene.settle();
    let identity = |kind: &str, name: &str| {
        let live = cluster.get(&["-n", space, kind, name]);
        live["metadata"]["uid"].as_str().expect("a uid").to_owned()
    };
    let before = (identity("deployment", "api"), identity("job", "migrate"), identity("service", "api"));

    api["spec"]["selector"] = json!({"matchLabels": {"app": "api", "track": "stable"}});
    api["spec"]["template"]["metadata"]["labels"] = json!({"app": "api", "track": "stable"});
    stage(&api, "shop/migrate:2", 2000);
    let plan = scene.plan();
    assert_eq!(
        plan.summary(),
        ["replace ap-south-1/api", "replace ap-south-1/class", "replace ap-south-1/migrate"]
    );
    let forced = |address: &str| -> Vec<&str> {
        let paths = plan.change(address).paths.iter();
        paths.filter(|path| path.forces_replacement).map(|path| path.path.as_str()).collect()
    };
    assert!(forced("ap-south-1/api").iter().all(|path| path.starts_with("spec.selector")), "{plan:#?}");
    assert_eq!(forced("ap-south-1/api").len(), 1, "{plan:#?}");
    assert!(forced("ap-south-1/migrate").contains(&"spec.template.spec.containers[0].image"), "{plan:#?}");
    assert_eq!(forced("ap-south-1/class"), ["value"]);

    scene.settle();
    let after = (identity("deployment", "api"), identity("job", "migrate"), identity("service", "api"));
    assert_ne!(before.0, after.0, "another deployment");
    assert_ne!(before.1, after.1, "another job");
    assert_eq!(before.2, after.2, "the same service");
    let selector = cluster.get(&["-n", space, "deployment", "api"])["spec"]["selector"].clone();
    assert_eq!(selector, json!({"matchLabels": {"app": "api", "track": "stable"}}));
    scene.destroy();
    assert_eq!(scene.owned(PLACE), Vec::<String>::new());
}

#[test]
fn another_name_is_another_object() {
    let Some(scene) = Scene::new("renamed") else { return };
    let space = scene.name();
    let stage = |name: &str| {
        let map = crate::manifests::config_map(space, name, json!({"mode": "fast"}));
        scene.stage(
            &[PLACE],
            &[object("namespace", PLACE, &namespace(space)), object("settings", PLACE, &map)],
        );
    };
    stage("one");
    scene.settle();
    stage("two");
    let plan = scene.plan();
    assert_eq!(plan.summary(), ["replace ap-south-1/settings"]);
    assert!(plan.change("ap-south-1/settings").path("metadata.name").forces_replacement);
    scene.settle();
    assert_eq!(scene.owned(PLACE), ["ConfigMap/two", &format!("Namespace/{space}")]);
    scene.destroy();
}

#[test]
fn a_value_that_the_server_writes_otherwise_replaces_nothing() {
    let Some(scene) = Scene::new("otherwise") else { return };
    let space = scene.name();
    let stage = |label: &str| {
        let mut migrate = job(space, "shop/migrate:1");
        migrate["metadata"]["labels"] = json!({"team": label});
        let resources = [object("namespace", PLACE, &namespace(space)), object("migrate", PLACE, &migrate)];
        scene.stage(&[PLACE], &resources);
    };
    stage("platform");
    scene.settle();
    // Its pods ask for `0.1` of a processor, which is kept as `100m`.
    stage("edge");
    let plan = scene.plan();
    assert_eq!(plan.summary(), ["update ap-south-1/migrate"]);
    let change = plan.change("ap-south-1/migrate");
    assert_eq!(change.path("metadata.labels.team").after, json!("edge"));
    assert_eq!(change.paths.len(), 1, "{change:#?}");
    scene.settle();
    scene.destroy();
}
