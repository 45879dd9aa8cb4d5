//! Starts Kubernetes control planes once for all tests of the process: etcd, API server and controller manager are the
//! real ones, nodes are simulated.
//!
//! `localstack/clusters.py serve` keeps them up until its standard input closes. This process holds the other end and
//! never lets go of it, so they stop when it ends: after the last test, at a panic, or when it is killed.

use std::io::{BufRead, BufReader, Read, Write};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Output, Stdio};
use std::sync::OnceLock;

use absent::{Absent, say_skipped};
use serde::Deserialize;
use serde_json::Value as Json;

#[path = "absent.rs"]
#[allow(clippy::duplicate_mod)] // the suites that have emulators as well
mod absent;

/// Set where there are to be no clusters: the tests that need them are skipped even where `CI` is set.
const NO_CLUSTERS: &str = "STACKCTL_NO_CLUSTERS";
/// One a region of stage 4; a context of the kubeconfig has each's name.
pub const NAMES: [&str; 3] = ["us-east-1", "eu-west-1", "ap-south-1"];

/// What [`start`] announces.
#[derive(Debug, Deserialize)]
pub struct Clusters {
    /// A kubeconfig with a context for each cluster.
    pub kubeconfig: PathBuf,
    /// A client that shares no code with stackctl, where there is one.
    pub kubectl: Option<PathBuf>,
    /// The API servers' version: `1.20.2`.
    pub version: String,
    /// In the order of [`NAMES`], as many as were asked for.
    #[serde(rename = "clusters")]
    pub all: Vec<Cluster>,
    #[serde(skip)]
    _process: Option<Child>,
}

/// One control plane.
#[derive(Debug, Deserialize)]
pub struct Cluster {
    /// Also its context's name.
    pub name: String,
    /// `https://127.0.0.1:...`.
    pub server: String,
    /// A kubeconfig with this cluster's context alone; its user may do everything.
    pub kubeconfig: PathBuf,
    /// The same for a user who may do nothing.
    pub outsider: PathBuf,
    /// One line of JSON for each request of these two users.
    pub audit: PathBuf,
    #[serde(skip)]
    kubectl: Option<PathBuf>,
}

/// One request, from the audit log.
#[derive(Clone, Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Request {
    /// `list`, `patch`, `get`, `watch`...
    pub verb: String,
    /// With its query.
    #[serde(rename = "requestURI")]
    pub uri: String,
    /// Whose: `stackctl/0.1.0`, `kubectl/v1.32.4 ...`.
    #[serde(default)]
    pub user_agent: String,
    /// With `code`, the HTTP status.
    #[serde(default)]
    pub response_status: Json,
}

/// The first `count` clusters, or `None` after having said why the test is skipped. All tests of a process share them and
/// have to ask for the same number.
///
/// # Panics
/// Where the programs are there and do not start; and where `CI` is set and they can't be had, unless
/// `STACKCTL_NO_CLUSTERS` says that this is meant.
pub fn start(count: usize) -> Option<&'static Clusters> {
    static CLUSTERS: OnceLock<Result<Clusters, Absent>> = OnceLock::new();
    if std::env::var_os(NO_CLUSTERS).is_some_and(|value| !value.is_empty()) {
        say_skipped(&format!("{NO_CLUSTERS} is set"));
        return None;
    }
    match CLUSTERS.get_or_init(|| serve(&NAMES[..count])) {
        Ok(clusters) => {
            assert_eq!(clusters.all.len(), count, "the clusters of this process are started already");
            Some(clusters)
        }
        Err(absent) => {
            absent.skip(&format!(" (where there are to be no clusters, set {NO_CLUSTERS}=1)"));
            None
        }
    }
}

fn serve(names: &[&str]) -> Result<Clusters, Absent> {
    let script = Path::new(env!("CARGO_MANIFEST_DIR")).join("localstack/clusters.py");
    let mut process = Command::new("python3")
        .arg(script)
        .args(["serve", "--audit", &names.join(",")])
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .map_err(|error| Absent::excused(format!("python3 can't be run: {error}")))?;
    let mut stderr = process.stderr.take().expect("a piped standard error");
    let mut line = String::new();
    BufReader::new(process.stdout.take().expect("a piped standard output")).read_line(&mut line).unwrap();
    if line.is_empty() {
        let mut reason = String::new();
        let _ = stderr.read_to_string(&mut reason);
        let code = process.wait().ok().and_then(|status| status.code());
        return Err(Absent::after(code, &reason));
    }
    // Nobody needs the rest, but a full pipe would stop the supervisor.
    std::thread::spawn(move || std::io::copy(&mut stderr, &mut std::io::sink()));
    let mut clusters: Clusters =
        serde_json::from_str(&line).map_err(|error| Absent::broken(format!("{error}: {line}")))?;
    for cluster in &mut clusters.all {
        cluster.kubectl.clone_from(&clusters.kubectl);
    }
    Ok(Clusters { _process: Some(process), ..clusters })
}

impl Clusters {
    /// Whether the servers are at least of this version; where not, says that the test is skipped and why.
    pub fn serves(&self, major: u32, minor: u32, what: &str) -> bool {
        let mut numbers = self.version.split('.').map(|number| number.parse().unwrap_or(0));
        let version: (u32, u32) = (numbers.next().unwrap_or(0), numbers.next().unwrap_or(0));
        let enough = version >= (major, minor);
        if !enough {
            let version = &self.version;
            say_skipped(&format!("{what} is served from {major}.{minor} on, the API server is {version}"));
        }
        enough
    }
}

impl Cluster {
    /// Runs `kubectl` as this cluster's administrator, with `input` on its standard input.
    ///
    /// # Panics
    /// Where there is no `kubectl`: the build that `localstack/kubernetes.py install` makes has one.
    pub fn try_kubectl(&self, arguments: &[&str], input: &str) -> Output {
        let program = self.kubectl.as_deref().expect("kubectl beside kube-apiserver or on the PATH");
        let mut child = Command::new(program)
            .arg("--kubeconfig")
            .arg(&self.kubeconfig)
            .args(arguments)
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .unwrap();
        child.stdin.take().unwrap().write_all(input.as_bytes()).unwrap();
        child.wait_with_output().unwrap()
    }

    /// The standard output of a `kubectl` that succeeds.
    pub fn kubectl(&self, arguments: &[&str], input: &str) -> String {
        let output = self.try_kubectl(arguments, input);
        assert!(
            output.status.success(),
            "kubectl {}: {}",
            arguments.join(" "),
            String::from_utf8_lossy(&output.stderr)
        );
        String::from_utf8(output.stdout).unwrap()
    }

    /// An object or a list, as `kubectl get` gives it.
    pub fn get(&self, arguments: &[&str]) -> Json {
        let arguments: Vec<&str> = ["get", "-o", "json"].iter().chain(arguments).copied().collect();
        serde_json::from_str(&self.kubectl(&arguments, "")).unwrap()
    }

    /// `kind/name` of all objects that a stack owns, of all kinds that can be listed.
    pub fn owned(&self, stack: &str) -> Vec<String> {
        let kinds = self.kubectl(&["api-resources", "--verbs=list,delete", "-o", "name"], "");
        let kinds: Vec<&str> = kinds.lines().collect();
        let labelled = [&kinds.join(","), "-A", "-l", "app.kubernetes.io/managed-by=stackctl"];
        let items = self.get(&labelled)["items"].as_array().cloned().unwrap_or_default();
        let ours = items.iter().filter(|item| item["metadata"]["annotations"]["stackctl/stack"] == stack);
        let text = |json: &Json| json.as_str().unwrap_or_default().to_owned();
        let mut names: Vec<String> =
            ours.map(|item| format!("{}/{}", text(&item["kind"]), text(&item["metadata"]["name"]))).collect();
        names.sort();
        names
    }

    /// All finished requests whose user agent starts so, oldest first.
    pub fn requests(&self, user_agent: &str) -> Vec<Request> {
        let log = std::fs::read_to_string(&self.audit).unwrap_or_default();
        log.lines()
            .filter_map(|line| serde_json::from_str::<Request>(line).ok())
            .filter(|request| request.user_agent.starts_with(user_agent))
            .collect()
    }
}
