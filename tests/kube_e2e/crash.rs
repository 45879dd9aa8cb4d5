//! Killed in the middle, and run again.

use std::time::Duration;

use serde_json::json;

use crate::manifests::{
    config_map, definition, deployment, namespace, object, platform, ring, service, with,
};
use crate::other_client::assert_nothing_twice;
use crate::scene::Scene;

const PLACE: &str = "us-east-1";

#[test]
fn a_killed_apply_converges_when_it_runs_again() {
    let Some(scene) = Scene::new("killed") else { return };
    let (space, group) = (scene.name(), "killed.example.com");
    let names: Vec<String> = (0..30).map(|at| format!("map-{at}")).collect();
    let map = config_map(space, "${name}", json!({"name": "${name}"}));
    let mut resources = platform();
    resources.extend([
        object("namespace", "${platform}", &namespace(space)),
        object("definition", "${platform}", &definition(group)),
        object("ring", "${platform}", &ring(group, space, "one")),
        object("api", "${platform}", &deployment(space, "api", "shop/api:slow", 2)),
        object("front", "${platform}", &service(space, "api")),
        with(object("map", "${platform}", &map), json!({"forEach": {"name": names}})),
    ]);
    scene.stage(&[PLACE], &resources);
    for millis in [1500, 2500, 3500] {
        let killed = scene.kill(&["apply", "stage-1", "--yes"], Duration::from_millis(millis));
        eprintln!("killed after {millis} ms: {:?}", killed.code);
    }
    scene.settle();
    assert_eq!(scene.owned(PLACE).len(), 35, "each once");
    let made = scene.aws().inventory();
    assert_nothing_twice(&made);
    let clusters = || scene.aws().run("result = aws('eks').list_clusters()['clusters']");
    assert_eq!(clusters().as_array().map(Vec::len), Some(1), "one cluster");

    for millis in [1500, 2500] {
        scene.kill(&["destroy", "--yes", "--allow-destroy", "*"], Duration::from_millis(millis));
    }
    scene.destroy();
    assert_eq!(scene.owned(PLACE), Vec::<String>::new());
    assert_eq!(scene.aws().inventory(), []);
    assert_eq!(clusters(), json!([]));
}
