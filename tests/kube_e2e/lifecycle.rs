//! From nothing to an empty plan, and back to nothing.

use serde_json::{Value as Json, json};

use crate::manifests::{
    autoscaler, config_map, definition, deployment, manifest, namespace, object, platform, pod, ring, service,
};
use crate::scene::{Scene, assert_before, eventually};

const GROUP: &str = "whole.example.com";

/// A cluster and one object of each kind that a team uses.
fn resources(scene: &Scene) -> Vec<Json> {
    let space = scene.name();
    let made = |kind: &str, api_version: &str, rest: Json| {
        object(&kind.to_lowercase(), "${platform}", &manifest(api_version, kind, space, "shop", rest))
    };
    let labels = json!({"app": "shop"});
    let workload = json!({"selector": {"matchLabels": labels}, "template": pod("shop", "shop/worker:1")});
    let claim = json!({"accessModes": ["ReadWriteOnce"], "resources": {"requests": {"storage": "1Gi"}}});
    let mut stateful = workload.clone();
    stateful["serviceName"] = json!("shop");
    stateful["replicas"] = json!(2);
    stateful["volumeClaimTemplates"] = json!([{"metadata": {"name": "data"}, "spec": claim}]);
    let mut job = json!({"template": pod("migrate", "shop/migrate:1")});
    job["template"]["spec"]["restartPolicy"] = json!("Never");
    let may = json!([{"apiGroups": [""], "resources": ["configmaps"], "verbs": ["get", "list"]}]);
    let rbac = "rbac.authorization.k8s.io/v1";
    let subject = json!([{"kind": "ServiceAccount", "name": "shop", "namespace": space}]);
    let role = json!({"apiGroup": "rbac.authorization.k8s.io", "kind": "Role", "name": "shop"});
    let class = json!({"apiVersion": "scheduling.k8s.io/v1", "kind": "PriorityClass", "value": 1000,
                       "metadata": {"name": format!("{space}-viewing")}});
    let mut all = platform();
    all.extend([
        object("namespace", "${platform}", &namespace(space)),
        object("definition", "${platform}", &definition(GROUP)),
        object("ring", "${platform}", &ring(GROUP, space, "one")),
        object("settings", "${platform}", &config_map(space, "settings", json!({"mode": "fast"}))),
        object("api", "${platform}", &deployment(space, "api", "shop/api:1", 3)),
        object("front", "${platform}", &service(space, "api")),
        object("scaler", "${platform}", &autoscaler(space, "api", 2, 6)),
        object("class", "${platform}", &class),
        made("Secret", "v1", json!({"stringData": {"token": "hunter2"}})),
        made("ServiceAccount", "v1", json!({})),
        object("reader", "${platform}", &manifest(rbac, "Role", space, "shop", json!({"rules": may}))),
        made("RoleBinding", rbac, json!({"roleRef": role, "subjects": subject})),
        made("PersistentVolumeClaim", "v1", json!({"spec": claim})),
        made("StatefulSet", "apps/v1", json!({"spec": stateful})),
        made("DaemonSet", "apps/v1", json!({"spec": workload})),
        made("Job", "batch/v1", json!({"spec": job})),
        made(
            "NetworkPolicy",
            "networking.k8s.io/v1",
            json!({"spec": {"podSelector": {"matchLabels": labels}}}),
        ),
        made(
            "LimitRange",
            "v1",
            json!({"spec": {"limits": [{"type": "Container", "default": {"memory": "1Gi"}}]}}),
        ),
        made("ResourceQuota", "v1", json!({"spec": {"hard": {"pods": "100"}}})),
    ]);
    if scene.serves(1, 21, "policy/v1") {
        let budget = json!({"spec": {"maxUnavailable": 1, "selector": {"matchLabels": {"app": "api"}}}});
        all.push(made("PodDisruptionBudget", "policy/v1", budget));
    }
    all
}

#[test]
fn a_cluster_and_all_that_is_in_it_come_from_nothing_and_leave_nothing() {
    let Some(scene) = Scene::new("whole") else { return };
    let resources = resources(&scene);
    scene.stage(&["us-east-1"], &resources);

    let plan = scene.plan();
    let created: Vec<&str> = plan.changes.iter().map(|change| change.address.as_str()).collect();
    assert_eq!(
        plan.changes.len(),
        resources.len(),
        "objects of a cluster that is not there yet: {created:?}"
    );
    assert!(plan.changes.iter().all(|change| change.action == "create"), "{:#?}", plan.summary());

    let events = scene.settle();
    let at = |id: &str| format!("us-east-1/{id}");
    for (first, second) in [
        ("platform", "namespace"),
        ("namespace", "api"),
        ("definition", "ring"),
        ("serviceaccount", "rolebinding"),
    ] {
        assert_before(&events, &at(first), &at(second));
    }
    let cluster = scene.cluster("us-east-1");
    let ring = cluster.get(&["-n", scene.name(), &format!("rings.{GROUP}"), "one"]);
    assert_eq!(ring["spec"], json!({"size": 3, "finish": "matte"}));
    let live = cluster.get(&["-n", scene.name(), "deployment", "api"]);
    assert_eq!(live["status"]["availableReplicas"], 3, "an apply ends when it is available: {live:#}");
    assert_eq!(scene.owned("us-east-1").len(), resources.len() - 2, "all but the cluster and its role");

    scene.destroy();
    assert_eq!(scene.owned("us-east-1"), Vec::<String>::new());
    let gone = cluster.try_kubectl(&["get", "namespace", scene.name()], "");
    assert!(String::from_utf8_lossy(&gone.stderr).contains("NotFound"), "{gone:?}");
    assert_eq!(scene.aws().inventory(), [], "and nothing in AWS");
    // Nobody's volumes: their claims went with the namespace.
    eventually("volumes are gone", || {
        let volumes = cluster.get(&["pv"]).to_string();
        (!volumes.contains(&format!("\"namespace\":\"{}\"", scene.name()))).then_some(())
    });
}

#[test]
fn a_second_apply_changes_nothing_in_the_cluster() {
    let Some(scene) = Scene::new("calm") else { return };
    let space = scene.name();
    scene.stage(
        &["eu-west-1"],
        &[
            object("namespace", "eu-west-1", &namespace(space)),
            object("settings", "eu-west-1", &config_map(space, "settings", json!({"mode": "fast"}))),
            object("api", "eu-west-1", &deployment(space, "api", "shop/api:1", 1)),
        ],
    );
    scene.settle();
    let again = scene.audited(&["apply", "stage-1", "--yes"]);
    assert_eq!(again.ended.code, Some(0), "{}", again.ended.stderr);
    assert_eq!(again.writes("eu-west-1"), Vec::<String>::new());
    scene.destroy();
    assert_eq!(scene.owned("eu-west-1"), Vec::<String>::new());
}
