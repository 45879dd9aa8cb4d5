//! One region at a time, and clusters that fail or can't be reached.

use serde_json::{Value as Json, json};

use crate::manifests::{config_map, deployment, namespace, object, platform, with};
use crate::scene::Scene;

const REGIONS: [&str; 3] = ["us-east-1", "eu-west-1", "ap-south-1"];

fn in_each_cluster(scene: &Scene, cluster: &str, image: &str) -> Vec<Json> {
    let space = scene.name();
    vec![
        object("namespace", cluster, &namespace(space)),
        object("settings", cluster, &config_map(space, "settings", json!({"region": "${region}"}))),
        object("api", cluster, &deployment(space, "api", image, 1)),
    ]
}

#[test]
fn one_region_is_applied_without_a_word_to_the_other_clusters() {
    let Some(scene) = Scene::new("one-region") else { return };
    let mut resources = platform();
    resources.extend(in_each_cluster(&scene, "${platform}", "shop/api:1"));
    scene.stage(&REGIONS, &resources);

    // The role is nobody's region: it is named, and nothing changes.
    let refused = scene.audited(&["apply", "stage-1", "--yes", "--region", "eu-west-1"]);
    assert_eq!(refused.ended.code, Some(1), "{}", refused.ended.stdout);
    assert!(refused.ended.stderr.contains("global/role"), "{}", refused.ended.stderr);
    assert_eq!(refused.all().count(), 0, "no cluster was asked");
    assert_eq!(scene.aws().inventory(), [], "nothing changed");

    let made = scene.run(&["apply", "stage-1", "--yes", "--target", "global/*"]);
    assert_eq!(made.code, Some(0), "{}", made.stderr);
    let applied = scene.audited(&["apply", "stage-1", "--yes", "--region", "eu-west-1"]);
    assert_eq!(applied.ended.code, Some(0), "{}\n{}", applied.ended.stdout, applied.ended.stderr);
    assert_eq!(scene.owned("eu-west-1").len(), 3);
    for silent in ["us-east-1", "ap-south-1"] {
        assert_eq!(scene.owned(silent), Vec::<String>::new());
        assert_eq!(applied.requests[silent].len(), 0, "{silent} was asked: {:?}", applied.requests[silent]);
    }
    let made = scene.aws().inventory();
    let regions: Vec<&str> = made.iter().filter_map(|item| item.address.as_deref()).collect();
    assert!(!regions.iter().any(|address| address.starts_with("us-east-1")), "{made:?}");

    // Then all; and once more one region, when the other clusters are there.
    scene.settle();
    let empty = scene.audited(&["plan", "stage-1", "--detailed-exitcode", "--region", "eu-west-1"]);
    assert_eq!(empty.ended.code, Some(0), "{}\n{}", empty.ended.stdout, empty.ended.stderr);
    assert!(!empty.requests["eu-west-1"].is_empty());
    for silent in ["us-east-1", "ap-south-1"] {
        assert_eq!(empty.requests[silent].len(), 0, "{silent} was asked: {:?}", empty.requests[silent]);
    }
    scene.destroy();
    for region in REGIONS {
        assert_eq!(scene.owned(region), Vec::<String>::new(), "{region}");
    }
}

#[test]
fn a_region_that_fails_does_not_stop_another() {
    let Some(scene) = Scene::new("one-fails") else { return };
    let image = "${region == 'us-east-1' ? 'shop/api:missing' : 'shop/api:1'}";
    let mut resources = in_each_cluster(&scene, "${region}", image);
    resources[2]["manifest"]["spec"]["progressDeadlineSeconds"] = json!(5);
    let mut after = object("after", "${region}", &config_map(scene.name(), "after", json!({"a": "b"})));
    after["dependsOn"] = json!(["api"]);
    resources.push(after);
    scene.stage(&REGIONS, &resources);
    let failed = scene.run(&["apply", "stage-1", "--yes"]);
    assert_eq!(failed.code, Some(1), "{}", failed.stderr);
    assert!(failed.stdout.contains("us-east-1/api"), "{}", failed.stdout);
    assert!(!failed.stdout.contains("eu-west-1/api (create)\n"), "{}", failed.stdout);
    for region in ["eu-west-1", "ap-south-1"] {
        assert!(scene.owned(region).contains(&"ConfigMap/after".to_owned()), "{region} came to its end");
    }
    assert!(!scene.owned("us-east-1").contains(&"ConfigMap/after".to_owned()));
    scene.destroy();
}

#[test]
fn a_cluster_that_cannot_be_reached_is_an_error_for_its_objects_alone() {
    let Some(scene) = Scene::new("unreachable") else { return };
    scene.stage(&REGIONS, &in_each_cluster(&scene, "${region}", "shop/api:1"));
    let nowhere = json!({
        "apiVersion": "v1", "kind": "Config", "current-context": "far",
        "clusters": [{"name": "far", "cluster": {"server": "https://127.0.0.1:1"}}],
        "users": [{"name": "far", "user": {"token": "t"}}],
        "contexts": [{"name": "far", "context": {"cluster": "far", "user": "far"}}],
    });
    scene.write("far.kubeconfig", &nowhere.to_string());
    scene.configure(&json!({"ap-south-1": {"kubeconfig": "far.kubeconfig"}}));

    let plan = scene.run(&["plan", "stage-1"]);
    println!("{}\n---\n{}", plan.stdout, plan.stderr);
    assert_eq!(plan.code, Some(1), "{}", plan.stdout);
    for planned in ["us-east-1", "eu-west-1"] {
        assert!(plan.stdout.contains(planned), "{planned} is planned: {}", plan.stdout);
    }
    for words in ["ap-south-1", "can't be reached", "https://127.0.0.1:1", "far.kubeconfig"] {
        assert!(plan.stderr.contains(words), "`{words}` is missing in {}", plan.stderr);
    }
    assert!(!plan.stderr.contains("us-east-1/"), "{}", plan.stderr);

    // The others can be applied meanwhile.
    let rest = scene.run(&["apply", "stage-1", "--yes", "--region", "us-east-1", "--region", "eu-west-1"]);
    assert_eq!(rest.code, Some(0), "{}\n{}", rest.stdout, rest.stderr);
    assert_eq!((scene.owned("us-east-1").len(), scene.owned("eu-west-1").len()), (3, 3));
    scene.configure(&json!({}));
    scene.settle();
    scene.destroy();
}

#[test]
fn two_regions_use_one_cluster() {
    let Some(scene) = Scene::new("one-cluster") else { return };
    let space = scene.name();
    let of_region = |id: &str| {
        let map = config_map(space, &format!("{id}-${{region}}"), json!({"region": "${region}"}));
        object(id, "us-east-1", &map)
    };
    let shared = json!({"includeWhen": ["${region == 'us-east-1'}"]});
    let space_object = with(object("namespace", "us-east-1", &namespace(space)), shared);
    scene.stage(&REGIONS[..2], &[space_object.clone(), of_region("one"), of_region("two")]);
    scene.settle();
    assert_eq!(scene.owned("us-east-1").len(), 5);
    scene.stage(&REGIONS[..2], &[space_object, of_region("one")]);
    let plan = scene.plan();
    assert_eq!(plan.summary(), ["delete eu-west-1/two", "delete us-east-1/two"]);
    scene.settle();
    assert_eq!(scene.owned("us-east-1").len(), 3);

    // The last object of a cluster that the stack does not make: nothing of the blueprint leads there any more.
    scene.stage(&REGIONS[..2], &[]);
    assert_eq!(scene.plan().changes.len(), 3);
    scene.settle();
    assert_eq!(scene.owned("us-east-1"), Vec::<String>::new());
}
