//! What leaves the blueprint leaves the cluster.

use serde_json::{Value as Json, json};

use crate::manifests::{config_map, definition, deployment, namespace, object, ring};
use crate::scene::{Scene, place};

const PLACE: &str = "eu-west-1";
const GROUP: &str = "leaving.example.com";

#[test]
fn an_object_that_left_the_blueprint_is_deleted() {
    let Some(scene) = Scene::new("leaving") else { return };
    let space = scene.name();
    let stay = [
        object("namespace", PLACE, &namespace(space)),
        object("settings", PLACE, &config_map(space, "settings", json!({"mode": "fast"}))),
    ];
    let leave = [
        object("api", PLACE, &deployment(space, "api", "shop/api:1", 2)),
        object("definition", PLACE, &definition(GROUP)),
        object("ring", PLACE, &ring(GROUP, space, "one")),
    ];
    scene.stage(&[PLACE], &[&stay[..], &leave[..]].concat());
    scene.settle();
    scene.stage(&[PLACE], &stay);
    let plan = scene.plan();
    let expected = ["api", "definition", "ring"].map(|id| format!("delete {PLACE}/{id}"));
    assert_eq!(plan.summary(), expected);
    let events = scene.settle();
    assert!(
        place(&events, "finished", "eu-west-1/ring") < place(&events, "started", "eu-west-1/definition"),
        "a definition goes after its objects: {events:#?}"
    );
    assert_eq!(scene.owned(PLACE), ["ConfigMap/settings", &format!("Namespace/{space}")]);
    scene.destroy();
}

#[test]
fn objects_of_a_namespace_that_goes_are_not_waited_for_twice() {
    let Some(scene) = Scene::new("twice") else { return };
    let space = scene.name();
    let inside = |index: u32| {
        let id = format!("settings{index}");
        object(&id, PLACE, &config_map(space, &id, json!({"at": index.to_string()})))
    };
    let mut resources = vec![object("namespace", PLACE, &namespace(space))];
    resources.extend((0..20).map(inside));
    resources.push(object("api", PLACE, &deployment(space, "api", "shop/api:1", 2)));
    scene.stage(&[PLACE], &resources);
    scene.settle();
    // An object that takes its time: somebody's finalizer holds it.
    let held = json!({"metadata": {"finalizers": ["example.com/guard"]}}).to_string();
    let cluster = scene.cluster(PLACE);
    cluster.kubectl(&["patch", "-n", space, "configmap", "settings0", "-p", &held], "");
    let release = std::thread::spawn({
        let space = space.to_owned();
        move || {
            // The namespace's controller looks again some seconds later, and tells what is left.
            crate::scene::eventually("the namespace says what remains", || {
                let live = cluster.get(&["namespace", &space]).to_string();
                live.contains("example.com/guard").then_some(())
            });
            std::thread::sleep(std::time::Duration::from_millis(1500));
            let free = json!({"metadata": {"finalizers": null}}).to_string();
            cluster.kubectl(&["patch", "-n", &space, "configmap", "settings0", "-p", &free], "");
        }
    });

    let destroyed = scene.audited(&["destroy", "--yes", "--json", "--allow-destroy", "*"]);
    release.join().expect("the finalizer was taken away");
    assert_eq!(destroyed.ended.code, Some(0), "{}\n{}", destroyed.ended.stdout, destroyed.ended.stderr);
    let events = crate::scene::events(&destroyed.ended);
    let took = |id: &str| took_ms(&events, &format!("{PLACE}/{id}"));
    assert!(took("namespace") >= 1500, "the namespace is waited for");
    assert!(took("settings0") < 1500, "what lies in it is not: {} ms", took("settings0"));
    let waiting: Vec<&Json> = events.iter().filter(|event| event["event"] == "waiting").collect();
    let waited = |event: &&&Json| event["address"] != format!("{PLACE}/namespace");
    assert_eq!(waiting.iter().filter(waited).count(), 0, "{waiting:#?}");
    assert!(
        waiting.iter().any(|event| event["reason"].to_string().contains("example.com/guard")),
        "it says what holds it: {waiting:#?}"
    );
    // A list a kind at most, not one an object, and no question about each.
    let reads = destroyed.requests[PLACE].iter().filter(|request| request.uri.contains("/configmaps"));
    let gets = reads.filter(|request| matches!(request.verb.as_str(), "get" | "list")).count();
    assert!(gets < 5, "{gets} questions about config maps");
    assert_eq!(scene.owned(PLACE), Vec::<String>::new());
}

fn took_ms(events: &[Json], address: &str) -> u64 {
    events[place(events, "finished", address)]["took_ms"].as_u64().expect("a duration")
}
