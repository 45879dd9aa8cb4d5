//! Kinds and versions that a cluster does not serve.

use serde_json::json;

use crate::manifests::{definition, manifest, namespace, object};
use crate::scene::Scene;

const PLACE: &str = "us-east-1";

#[test]
fn an_unknown_kind_or_version_is_told_with_what_the_cluster_serves() {
    let Some(scene) = Scene::new("unserved") else { return };
    let (space, group) = (scene.name(), "unserved.example.com");
    scene.cluster(PLACE).kubectl(&["apply", "-f", "-"], &definition(group).to_string());
    scene.cluster(PLACE).kubectl(
        &["wait", "crd", &format!("rings.{group}"), "--for=condition=Established", "--timeout=30s"],
        "",
    );
    let custom = |id: &str, api_version: &str, kind: &str| {
        object(id, PLACE, &manifest(api_version, kind, space, id, json!({"spec": {"size": 3}})))
    };
    scene.stage(
        &[PLACE],
        &[
            object("namespace", PLACE, &namespace(space)),
            custom("version", &format!("{group}/v2"), "Ring"),
            custom("kind", &format!("{group}/v1"), "Rong"),
            custom("group", "nobody.example.com/v1", "Ring"),
            custom("good", &format!("{group}/v1"), "Ring"),
        ],
    );
    let plan = scene.run(&["plan", "stage-1"]);
    println!("{}\n---\n{}", plan.stdout, plan.stderr);
    assert_eq!(plan.code, Some(1), "{}", plan.stdout);
    for words in ["us-east-1/version", "us-east-1/kind", "us-east-1/group", &format!("{group}/v1")] {
        assert!(plan.stderr.contains(words), "`{words}` is missing in {}", plan.stderr);
    }
    assert!(plan.stdout.contains("good"), "the rest is planned: {}", plan.stdout);
    let apply = scene.run(&["apply", "stage-1", "--yes"]);
    assert_eq!(apply.code, Some(1), "{}", apply.stdout);
    assert_eq!(scene.owned(PLACE), Vec::<String>::new(), "nothing was begun");
    scene.cluster(PLACE).kubectl(&["delete", "crd", &format!("rings.{group}")], "");
}
