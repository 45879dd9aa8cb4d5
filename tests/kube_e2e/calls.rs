//! What an empty plan asks of clusters: a list a kind, and no dry run.

use serde_json::{Value as Json, json};

use crate::kubernetes::NAMES;
use crate::manifests::{config_map, deployment, manifest, namespace, object, service, with};
use crate::scene::Scene;
use crate::workspace::Plan;

/// Objects in each cluster; 600 in all, namespaces included.
const EACH: usize = 200;
/// The most calls to Kubernetes.
const CALLS: usize = 150;

#[test]
fn an_empty_plan_of_six_hundred_objects_in_three_clusters_takes_few_calls() {
    let Some(scene) = Scene::new("many") else { return };
    let space = scene.name();
    let names =
        |kind: &str, count: usize| -> Vec<String> { (0..count).map(|at| format!("{kind}-{at}")).collect() };
    let (maps, secrets, accounts) = (90, 50, 40);
    let many = |id: &str, names: Vec<String>, of: &Json| {
        with(object(id, "${region}", of), json!({"forEach": {"name": names}}))
    };
    let secret = manifest("v1", "Secret", space, "${name}", json!({"data": {"key": "aHVudGVyMg=="}}));
    let account = manifest("v1", "ServiceAccount", space, "${name}", json!({}));
    let workloads = (EACH - 1 - maps - secrets - accounts) / 2;
    let resources = [
        object("namespace", "${region}", &namespace(space)),
        many("map", names("map", maps), &config_map(space, "${name}", json!({"name": "${name}"}))),
        many("secret", names("secret", secrets), &secret),
        many("robot", names("account", accounts), &account),
        many("service", names("service", workloads), &service(space, "${name}")),
        // Their pods are nobody's business here.
        many("api", names("api", workloads), &deployment(space, "${name}", "shop/api:1", 0)),
        object("last", "${region}", &config_map(space, "last", json!({"a": "b"}))),
    ];
    scene.stage(&NAMES, &resources);
    scene.apply();

    let empty = scene.audited(&["plan", "stage-1", "--json", "--detailed-exitcode"]);
    assert_eq!(empty.ended.code, Some(0), "{}\n{}", empty.ended.stdout, empty.ended.stderr);
    let plan: Plan = serde_json::from_str(&empty.ended.stdout).expect("a plan");
    assert_eq!(plan.counts["none"], EACH * NAMES.len());
    let counted = usize::try_from(plan.stats.api_calls["kubernetes"]).expect("a count");
    let served = empty.all().count();
    println!("{counted} calls told, {served} served");
    assert_eq!(counted, served, "what the plan tells is what the servers saw");
    assert!(served < CALLS, "{served} calls");
    let writes: Vec<String> = NAMES.iter().flat_map(|name| empty.writes(name)).collect();
    assert_eq!(writes, Vec::<String>::new(), "no dry runs");

    // One edit by hand costs one dry run more.
    let cluster = scene.cluster("eu-west-1");
    cluster.kubectl(&["label", "-n", space, "secret", "secret-7", "team=nobody"], "");
    cluster.kubectl(&["patch", "-n", space, "configmap", "map-7", "-p", r#"{"data":{"name":"other"}}"#], "");
    let drifted = scene.audited(&["plan", "stage-1", "--json", "--detailed-exitcode"]);
    let plan: Plan = serde_json::from_str(&drifted.ended.stdout).expect("a plan");
    assert_eq!(plan.summary(), ["update eu-west-1/map[map-7]"]);
    let writes: Vec<String> = NAMES.iter().flat_map(|name| drifted.writes(name)).collect();
    assert!(!writes.is_empty() && writes.len() <= 2, "{writes:?}");
    assert!(writes.iter().all(|write| write.contains("dryRun=All") && write.contains("map-7")), "{writes:?}");
    scene.destroy();
}
