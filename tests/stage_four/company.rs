//! The shipped blueprints in a folder of their own, with a real cluster in each region where stage 4 makes one.

use std::fmt::Write;
use std::sync::{Mutex, MutexGuard};

use serde_json::Value as Json;

use crate::kubernetes::{self, Cluster, Clusters};
use crate::other_client::{Item, assert_nothing_twice};
use crate::workspace::{Ended, Workspace};

/// The stack's name in the shipped `stackctl.yaml`.
pub const STACK: &str = "streamnow";
/// The most calls to Kubernetes that an empty plan may make.
const CALLS: u64 = 150;
/// The blueprints' versions, and what a server that does not have them yet has in their place.
const OLDER: [(&str, &str); 2] = [("autoscaling/v2", "autoscaling/v2beta2"), ("policy/v1", "policy/v1beta1")];
/// Files of which one has manifests of such versions.
const FILES: [&str; 3] =
    ["components/microservice.yaml", "components/cluster-autoscaler.yaml", "components/workspace.yaml"];

/// All tests use the same three clusters, and the shipped names in them: one after the other.
static CLUSTERS: Mutex<()> = Mutex::new(());

/// Who takes the blueprints from stage to stage.
pub struct Company {
    pub workspace: Workspace,
    clusters: &'static Clusters,
    _alone: MutexGuard<'static, ()>,
}

impl Company {
    /// Before the first apply; `None` after having said what is missing.
    ///
    /// # Panics
    /// After another test that failed: what it left in the clusters is not this one's fault.
    pub fn new() -> Option<Self> {
        let clusters = kubernetes::start(kubernetes::NAMES.len())?;
        let workspace = Workspace::shipped()?;
        let alone = CLUSTERS.lock().expect("the test before this one left its objects in the clusters");
        let company = Self { workspace, clusters, _alone: alone };
        // Nobody has to subscribe to the emulated Shield Advanced.
        company.workspace.edit("stackctl.yaml", "shieldAdvanced: false", "shieldAdvanced: true");
        company.reach_the_clusters();
        company.write_for_the_servers();
        Some(company)
    }

    /// The emulated EKS has no API server: each region's real one is named in its place.
    fn reach_the_clusters(&self) {
        let mut config = self.workspace.read("stackctl.yaml");
        config.push_str("\nclusters:\n");
        for Cluster { name, .. } in &self.clusters.all {
            let kubeconfig = self.clusters.kubeconfig.display();
            writeln!(config, "  {name}/platform.cluster: {{kubeconfig: \"{kubeconfig}\", context: {name}}}")
                .expect("a String takes everything");
        }
        self.workspace.write("stackctl.yaml", &config);
    }

    /// A server that is older than the blueprints gets what it knows.
    fn write_for_the_servers(&self) {
        let served = self.clusters.all[0].kubectl(&["api-versions"], "");
        for (version, older) in OLDER {
            if served.lines().any(|line| line == version) {
                continue;
            }
            for file in FILES {
                let text = self.workspace.read(file);
                let (line, other) = (format!("apiVersion: {version}\n"), format!("apiVersion: {older}\n"));
                self.workspace.write(file, &text.replace(&line, &other));
            }
        }
    }

    /// Asserts that a plan for stage 4 is empty and cheap: a list a kind, no dry run.
    ///
    /// # Panics
    /// With every difference that is left, or every dry run.
    pub fn assert_settled(&self) {
        let before: Vec<usize> = self.clusters.all.iter().map(|cluster| dry_runs(cluster).len()).collect();
        let plan = self.workspace.plan("stage-4");
        assert!(plan.changes.is_empty(), "a plan after the apply is not empty: {:#?}", plan.changes);
        let calls = plan.stats.api_calls["kubernetes"];
        assert!((1..CALLS).contains(&calls), "{calls} calls to Kubernetes");
        // A log is written a moment after the answer.
        std::thread::sleep(std::time::Duration::from_millis(200));
        for (cluster, before) in self.clusters.all.iter().zip(before) {
            assert_eq!(dry_runs(cluster).split_off(before), [""; 0], "dry runs in {}", cluster.name);
        }
    }

    /// What exists in AWS, seen by another client.
    pub fn in_aws(&self) -> Vec<Item> {
        let found = self.workspace.other_client().run(include_str!("inventory.py"));
        let items: Vec<Item> = serde_json::from_value(found).expect("items");
        assert_nothing_twice(&items);
        items
    }

    /// `region kind/name` of what the stack has in the clusters, seen by another client.
    pub fn in_clusters(&self) -> Vec<String> {
        let of_cluster = |cluster: &Cluster| {
            cluster.owned(STACK).into_iter().map(|name| format!("{} {name}", cluster.name)).collect()
        };
        self.clusters.all.iter().flat_map::<Vec<String>, _>(of_cluster).collect()
    }

    /// How many pods of a service are ready, as `kubectl` has it.
    pub fn ready_replicas(&self, region: &str, service: &str) -> String {
        let cluster = self.clusters.all.iter().find(|cluster| cluster.name == region).expect("a region");
        let ready = "jsonpath={.status.readyReplicas}";
        cluster.kubectl(&["get", "deployment", "-n", STACK, service, "-o", ready], "")
    }

    /// Destroys the stack and asserts that nothing of it is left anywhere.
    ///
    /// # Panics
    /// With all that is left.
    pub fn destroy(&self) {
        self.workspace.destroy();
        assert_eq!(self.in_clusters(), [""; 0]);
        assert_eq!(self.in_aws(), []);
    }
}

/// The applies that a cluster was asked to try only.
fn dry_runs(cluster: &Cluster) -> Vec<String> {
    let asked = cluster.requests("stackctl/").into_iter();
    asked.filter(|request| request.uri.contains("dryRun")).map(|request| request.uri).collect()
}

/// What `apply --json` told, in order.
pub struct Timeline(Vec<Json>);

impl Timeline {
    /// Of an apply that has ended.
    pub fn of(ended: &Ended) -> Self {
        Self(ended.stdout.lines().filter_map(|line| serde_json::from_str(line).ok()).collect())
    }

    /// The places of all events of this name and step whose address satisfies.
    pub fn places(&self, event: &str, step: &str, is_meant: impl Fn(&str) -> bool) -> Vec<usize> {
        let meant = |one: &Json| {
            one["event"] == event && one["step"] == step && one["address"].as_str().is_some_and(&is_meant)
        };
        (0..self.0.len()).filter(|&place| meant(&self.0[place])).collect()
    }

    /// The address of an event.
    pub fn address(&self, place: usize) -> &str {
        self.0[place]["address"].as_str().unwrap_or_default()
    }
}
