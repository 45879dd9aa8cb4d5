//! A stack whose objects live in the real clusters: its folder, the binary run in it, and what is there afterwards.

use std::collections::BTreeMap;
use std::sync::{PoisonError, RwLock, RwLockReadGuard};
use std::time::{Duration, Instant};

use serde_json::{Value as Json, json};

use crate::kubernetes::{self, Cluster, Clusters, NAMES, Request};
use crate::other_client::OtherClient;
use crate::workspace::{Ended, Plan, Workspace};

/// The only stage of a scene.
const STAGE: &str = "stage-1";
const FILE: &str = "stage-1-small.yaml";
/// The longest that a controller may take for anything; two cores may be busy with other tests.
const PATIENCE: Duration = Duration::from_mins(1);

/// Held shared by whoever runs the binary, alone by whoever counts its requests: all tests have the same audit logs.
static TRAFFIC: RwLock<()> = RwLock::new(());

/// A stack, and the clusters that it may use.
pub struct Scene {
    workspace: Workspace,
    clusters: &'static Clusters,
    stack: String,
}

/// What a command did, and the requests that it made, by cluster.
pub struct Audited {
    pub ended: Ended,
    pub requests: BTreeMap<String, Vec<Request>>,
}

impl Scene {
    /// A stack of this name. The clusters have their regions as names; where the stack makes an EKS cluster `platform`,
    /// the region's is reached instead of it.
    pub fn new(stack: &str) -> Option<Self> {
        let clusters = kubernetes::start(NAMES.len())?;
        let workspace = Workspace::with(&[])?;
        let scene = Self { workspace, clusters, stack: stack.to_owned() };
        scene.configure(&json!({}));
        Some(scene)
    }

    /// Writes `stackctl.yaml`; `more` entries of `clusters:` go over those that there are always.
    pub fn configure(&self, more: &Json) {
        let access = |name: &str| json!({"kubeconfig": self.clusters.kubeconfig, "context": name});
        let mut clusters = serde_json::Map::new();
        for name in NAMES {
            clusters.insert(name.to_owned(), access(name));
            clusters.insert(format!("{name}/platform"), access(name));
        }
        clusters.extend(more.as_object().expect("a map").clone());
        let config = json!({"stack": self.stack, "stage": 1, "clusters": clusters});
        self.workspace.write("stackctl.yaml", &config.to_string());
    }

    /// Writes the blueprint. It is JSON, which is YAML.
    pub fn stage(&self, regions: &[&str], resources: &[Json]) {
        let stage = json!({"stage": 1, "name": "small", "regions": regions, "resources": resources});
        self.workspace.write(FILE, &serde_json::to_string_pretty(&stage).expect("JSON"));
    }

    /// A file of the folder.
    pub fn write(&self, name: &str, text: &str) {
        self.workspace.write(name, text);
    }

    /// The cluster of a region.
    pub fn cluster(&self, name: &str) -> &'static Cluster {
        self.clusters.all.iter().find(|cluster| cluster.name == name).expect("a region that has a cluster")
    }

    /// Whether the servers are at least of this version; says what is left out where not.
    pub fn serves(&self, major: u32, minor: u32, what: &str) -> bool {
        self.clusters.serves(major, minor, what)
    }

    /// The stack's name, which is also the name of its first namespace.
    pub fn name(&self) -> &str {
        &self.stack
    }

    /// Another client of the AWS account.
    pub fn aws(&self) -> OtherClient {
        self.workspace.other_client()
    }

    fn beside_others(&self) -> (&Workspace, RwLockReadGuard<'static, ()>) {
        (&self.workspace, TRAFFIC.read().unwrap_or_else(PoisonError::into_inner))
    }

    /// Runs the binary to its end.
    pub fn run(&self, arguments: &[&str]) -> Ended {
        let (workspace, _guard) = self.beside_others();
        workspace.run(arguments)
    }

    /// Runs it and kills it (SIGKILL) after a while.
    pub fn kill(&self, arguments: &[&str], after: Duration) -> Ended {
        let (workspace, _guard) = self.beside_others();
        workspace.start(arguments).kill_after(after)
    }

    /// What the stage needs.
    pub fn plan(&self) -> Plan {
        let (workspace, _guard) = self.beside_others();
        workspace.plan(STAGE)
    }

    /// Applies the stage; its events.
    pub fn apply(&self) -> Vec<Json> {
        let (workspace, _guard) = self.beside_others();
        events(&workspace.expect(&["apply", STAGE, "--yes", "--json", "--allow-destroy", "*"]))
    }

    /// Applies the stage, then asserts that nothing is left to do.
    pub fn settle(&self) -> Vec<Json> {
        let events = self.apply();
        self.assert_settled();
        events
    }

    /// Asserts that nothing is left to do.
    pub fn assert_settled(&self) {
        let (workspace, _guard) = self.beside_others();
        workspace.assert_settled(STAGE);
    }

    /// Deletes all that the stack owns; the events.
    pub fn destroy(&self) -> Vec<Json> {
        let (workspace, _guard) = self.beside_others();
        events(&workspace.expect(&["destroy", "--yes", "--json", "--allow-destroy", "*"]))
    }

    /// Runs the binary while no other test does, and reads what it asked of each cluster.
    pub fn audited(&self, arguments: &[&str]) -> Audited {
        let _alone = TRAFFIC.write().unwrap_or_else(PoisonError::into_inner);
        let requests = |cluster: &Cluster| cluster.requests("stackctl/");
        let before: Vec<usize> = self.clusters.all.iter().map(|cluster| requests(cluster).len()).collect();
        let ended = self.workspace.run(arguments);
        // A log is written a moment after the answer.
        std::thread::sleep(Duration::from_millis(200));
        let since = self.clusters.all.iter().zip(before);
        let requests =
            since.map(|(cluster, before)| (cluster.name.clone(), requests(cluster).split_off(before)));
        Audited { ended, requests: requests.collect() }
    }

    /// `kind/name` of all objects in a cluster that the stack owns, of all kinds that can be listed.
    pub fn owned(&self, cluster: &str) -> Vec<String> {
        let cluster = self.cluster(cluster);
        let kinds = cluster.kubectl(&["api-resources", "--verbs=list,delete", "-o", "name"], "");
        let kinds: Vec<&str> = kinds.lines().collect();
        let label = "app.kubernetes.io/managed-by=stackctl";
        // A kind of another test may go between the two calls.
        let list = eventually("a list of all kinds", || {
            let arguments = ["get", &kinds.join(","), "-A", "-l", label, "-o", "json", "--ignore-not-found"];
            let output = cluster.try_kubectl(&arguments, "");
            let text = String::from_utf8_lossy(&output.stdout);
            if text.is_empty() { Some(json!({"items": []})) } else { serde_json::from_str(&text).ok() }
        });
        let items = list["items"].as_array().expect("a list");
        let ours =
            items.iter().filter(|item| item["metadata"]["annotations"]["stackctl/stack"] == self.stack);
        let mut names: Vec<String> =
            ours.map(|item| format!("{}/{}", word(&item["kind"]), word(&item["metadata"]["name"]))).collect();
        names.sort();
        names
    }
}

impl Audited {
    /// All requests, whatever the cluster.
    pub fn all(&self) -> impl Iterator<Item = &Request> {
        self.requests.values().flatten()
    }

    /// Those that change something.
    pub fn writes(&self, cluster: &str) -> Vec<String> {
        let is_write = |request: &&Request| !matches!(request.verb.as_str(), "get" | "list" | "watch");
        let of_cluster = self.requests[cluster].iter();
        of_cluster.filter(is_write).map(|request| format!("{} {}", request.verb, request.uri)).collect()
    }
}

/// The lines of `--json`.
pub fn events(ended: &Ended) -> Vec<Json> {
    ended.stdout.lines().filter_map(|line| serde_json::from_str(line).ok()).collect()
}

/// The place of an event (`started`, `finished`...) of an address; of a replacement, the last.
///
/// # Panics
/// When there is none.
pub fn place(events: &[Json], event: &str, address: &str) -> usize {
    let found = events.iter().rposition(|one| one["event"] == event && one["address"] == address);
    found.unwrap_or_else(|| panic!("{address} has not {event}: {events:#?}"))
}

/// Asserts that one address had finished before another was begun.
pub fn assert_before(events: &[Json], first: &str, second: &str) {
    let (finished, started) = (place(events, "finished", first), place(events, "started", second));
    assert!(finished < started, "{first} before {second}: {events:#?}");
}

/// The text of a JSON value.
pub fn word(json: &Json) -> &str {
    json.as_str().unwrap_or_default()
}

/// Asks until the answer satisfies.
pub fn eventually<T>(what: &str, mut ask: impl FnMut() -> Option<T>) -> T {
    let start = Instant::now();
    loop {
        if let Some(answer) = ask() {
            return answer;
        }
        assert!(start.elapsed() < PATIENCE, "{what}: not within {PATIENCE:?}");
        std::thread::sleep(Duration::from_millis(200));
    }
}
