//! A folder with blueprints, an AWS account of its own, and the `stackctl` binary run in it.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Duration, Instant};

use serde::Deserialize;
use serde_json::Value as Json;
use tempfile::TempDir;

use crate::emulators::{self, Emulators};
use crate::other_client::OtherClient;

/// No command may take longer: nothing waits long on an emulator, so whoever does hangs.
const PATIENCE: Duration = Duration::from_mins(5);

/// Where a test works.
pub struct Workspace {
    folder: TempDir,
    emulators: &'static Emulators,
    account: String,
    environment: Option<&'static str>,
    endpoint: String,
    ledger: String,
}

/// How a command ended.
#[derive(Debug)]
pub struct Ended {
    /// The exit code; none after a signal.
    pub code: Option<i32>,
    /// Standard output.
    pub stdout: String,
    /// Standard error.
    pub stderr: String,
}

/// `plan --json`.
#[derive(Debug, Deserialize)]
pub struct Plan {
    /// All changes but `none`.
    pub changes: Vec<PlannedChange>,
    /// How many resources need what, `none` included.
    #[serde(rename = "summary")]
    #[allow(dead_code)] // the tests of clusters count what stays as it is
    pub counts: std::collections::BTreeMap<String, usize>,
    /// `{"api_calls": {"ec2": 11}}`.
    pub stats: Stats,
}

/// One change of a plan.
#[derive(Clone, Debug, Deserialize)]
pub struct PlannedChange {
    /// Which resource.
    pub address: String,
    /// `AWS::EC2::VPC`.
    #[serde(rename = "type")]
    pub resource_type: String,
    /// `create`, `update`, `replace`, `delete`, `adopt`.
    pub action: String,
    /// What differs.
    #[serde(default)]
    pub paths: Vec<PlannedPath>,
}

/// One difference.
#[derive(Clone, Debug, Deserialize)]
pub struct PlannedPath {
    /// `SecurityGroupIngress[1].CidrIp`.
    pub path: String,
    /// Live.
    #[serde(default)]
    pub before: Json,
    /// Desired.
    #[serde(default)]
    pub after: Json,
    /// Whether it can't be changed in place.
    #[serde(default)]
    #[allow(dead_code)] // the tests of clusters ask
    pub forces_replacement: bool,
}

/// What a plan cost.
#[derive(Debug, Deserialize)]
pub struct Stats {
    /// By service.
    pub api_calls: std::collections::BTreeMap<String, u64>,
}

impl Workspace {
    /// With the blueprints that ship; `None` where there are no emulators (the reason was said).
    pub fn shipped() -> Option<Self> {
        let workspace = Self::empty()?;
        copy(&Path::new(env!("CARGO_MANIFEST_DIR")).join("blueprints"), workspace.dir());
        Some(workspace)
    }

    /// With these files.
    pub fn with(files: &[(&str, &str)]) -> Option<Self> {
        let workspace = Self::empty()?;
        for (name, text) in files {
            workspace.write(name, text);
        }
        Some(workspace)
    }

    fn empty() -> Option<Self> {
        static ACCOUNTS: AtomicU64 = AtomicU64::new(200_000_000_000);
        let emulators = emulators::start()?;
        let folder = TempDir::new().expect("a temporary folder");
        let account = ACCOUNTS.fetch_add(1, Ordering::Relaxed).to_string();
        let (endpoint, ledger) = (emulators.direct.clone(), folder.path().join(".ledger"));
        let ledger = ledger.to_str().expect("a path in Unicode").to_owned();
        Some(Self { folder, emulators, account, environment: None, endpoint, ledger })
    }

    /// The same folder and account seen as one of the environments of stackctl.yaml.
    #[must_use]
    pub fn environment(self, name: &'static str) -> Self {
        Self { environment: Some(name), ..self }
    }

    /// The ledger in a bucket, as teams have it.
    #[must_use]
    pub fn with_shared_ledger(self, bucket: &str) -> Self {
        let make = format!("aws('s3').create_bucket(Bucket='{bucket}')\nresult = None");
        self.other_client().run(&make);
        Self { ledger: format!("s3://{bucket}/ledgers"), ..self }
    }

    /// From now on every call of stackctl goes through the proxy that throttles, fails and loses answers.
    pub fn with_faults(&mut self) {
        self.endpoint.clone_from(&self.emulators.faults);
    }

    /// From now on none does.
    pub fn without_faults(&mut self) {
        self.endpoint.clone_from(&self.emulators.direct);
    }

    /// Picks another environment for the commands that follow.
    pub fn switch(&mut self, environment: &'static str) {
        self.environment = Some(environment);
    }

    /// The folder with stackctl.yaml.
    pub fn dir(&self) -> &Path {
        self.folder.path()
    }

    /// Another client of the same account.
    pub fn other_client(&self) -> OtherClient {
        OtherClient::new(self.emulators, &self.account)
    }

    /// Reads a file of the folder.
    pub fn read(&self, name: &str) -> String {
        fs::read_to_string(self.path(name)).unwrap_or_else(|error| panic!("{name}: {error}"))
    }

    /// Writes a file of the folder.
    pub fn write(&self, name: &str, text: &str) {
        let path = self.path(name);
        fs::create_dir_all(path.parent().expect("a file has a folder")).expect("folder made");
        fs::write(path, text).unwrap_or_else(|error| panic!("{name}: {error}"));
    }

    /// Replaces the one place in a file where `before` stands.
    ///
    /// # Panics
    /// When it stands nowhere, or more than once: the test would not test what it says.
    pub fn edit(&self, name: &str, before: &str, after: &str) {
        let text = self.read(name);
        assert_eq!(text.matches(before).count(), 1, "`{before}` in {name}");
        self.write(name, &text.replacen(before, after, 1));
    }

    fn path(&self, name: &str) -> PathBuf {
        self.dir().join(name)
    }

    /// Starts the binary; its output goes to files beside the blueprints.
    pub fn start(&self, arguments: &[&str]) -> Running {
        static RUNS: AtomicU64 = AtomicU64::new(0);
        let run = RUNS.fetch_add(1, Ordering::Relaxed);
        let logs = self.path(".runs");
        fs::create_dir_all(&logs).expect("folder made");
        let (out, err) = (logs.join(format!("{run}.out")), logs.join(format!("{run}.err")));
        let mut command = Command::new(env!("CARGO_BIN_EXE_stackctl"));
        command.args(arguments);
        for (name, _) in
            std::env::vars().filter(|(name, _)| name.starts_with("AWS_") || name.starts_with("STACKCTL_"))
        {
            command.env_remove(name);
        }
        let process = command
            .envs(&self.emulators.env)
            .env("AWS_ENDPOINT_URL", &self.endpoint)
            .env("AWS_ACCESS_KEY_ID", &self.account)
            .env("STACKCTL_DIR", self.dir())
            .env("STACKCTL_LEDGER", &self.ledger)
            .envs(self.environment.map(|environment| ("STACKCTL_ENV", environment)))
            .current_dir(self.dir())
            .stdin(Stdio::null())
            .stdout(fs::File::create(&out).expect("log"))
            .stderr(fs::File::create(&err).expect("log"))
            .spawn()
            .expect("the binary runs");
        let line = arguments.join(" ");
        Running { process, line, out, err }
    }

    /// Runs the binary to its end.
    pub fn run(&self, arguments: &[&str]) -> Ended {
        self.start(arguments).wait()
    }

    /// Runs it and expects success.
    ///
    /// # Panics
    /// With all that it said when it failed.
    pub fn expect(&self, arguments: &[&str]) -> Ended {
        let ended = self.run(arguments);
        assert_eq!(
            ended.code,
            Some(0),
            "stackctl {}\n{}\n{}",
            arguments.join(" "),
            ended.stdout,
            ended.stderr
        );
        ended
    }

    /// What a stage needs.
    pub fn plan(&self, stage: &str) -> Plan {
        let arguments = ["plan", stage, "--json", "--detailed-exitcode"];
        let ended = self.run(&arguments);
        let plan: Plan = serde_json::from_str(&ended.stdout)
            .unwrap_or_else(|error| panic!("plan {stage}: {error}\n{}\n{}", ended.stdout, ended.stderr));
        let expected = if plan.changes.is_empty() { 0 } else { 2 };
        assert_eq!(
            ended.code,
            Some(expected),
            "the exit code says what the plan says\n{}\n{}",
            ended.stdout,
            ended.stderr
        );
        plan
    }

    /// Applies a stage.
    pub fn apply(&self, stage: &str) -> Ended {
        self.expect(&["apply", stage, "--yes"])
    }

    /// Applies a stage, then asks for a plan, which has to be empty.
    ///
    /// # Panics
    /// With every difference that is left.
    pub fn settle(&self, stage: &str) {
        self.apply(stage);
        self.assert_settled(stage);
    }

    /// Asserts that nothing is left to do.
    ///
    /// # Panics
    /// With every difference that is left.
    pub fn assert_settled(&self, stage: &str) {
        let plan = self.plan(stage);
        assert!(
            plan.changes.is_empty(),
            "a plan after the apply of {stage} is not empty: {:#?}",
            plan.changes
        );
    }

    /// Deletes all that the stack owns, data included.
    pub fn destroy(&self) -> Ended {
        self.expect(&["destroy", "--yes", "--allow-destroy", "*"])
    }
}

impl Plan {
    /// The change of an address.
    ///
    /// # Panics
    /// When the plan has none.
    pub fn change(&self, address: &str) -> &PlannedChange {
        let found = self.changes.iter().find(|change| change.address == address);
        found.unwrap_or_else(|| panic!("no change of {address} among {:#?}", self.changes))
    }

    /// `address action` of all changes, in order.
    pub fn summary(&self) -> Vec<String> {
        let mut lines: Vec<String> =
            self.changes.iter().map(|change| format!("{} {}", change.action, change.address)).collect();
        lines.sort();
        lines
    }
}

impl PlannedChange {
    /// The difference at a path.
    ///
    /// # Panics
    /// When there is none.
    pub fn path(&self, path: &str) -> &PlannedPath {
        let found = self.paths.iter().find(|change| change.path == path);
        found.unwrap_or_else(|| panic!("{}: no difference at {path} among {:#?}", self.address, self.paths))
    }
}

/// A command that runs.
pub struct Running {
    process: Child,
    line: String,
    out: PathBuf,
    err: PathBuf,
}

impl Running {
    /// Waits for its end.
    ///
    /// # Panics
    /// When it takes longer than anything should; it is killed then.
    pub fn wait(mut self) -> Ended {
        let deadline = Instant::now() + PATIENCE;
        loop {
            if let Some(status) = self.process.try_wait().expect("it is our child") {
                return self.ended(status.code());
            }
            if Instant::now() > deadline {
                let _ = self.process.kill();
                let ended = self.ended(None);
                panic!("stackctl {} hangs\n{}\n{}", self.line, ended.stdout, ended.stderr);
            }
            std::thread::sleep(Duration::from_millis(10));
        }
    }

    /// Kills it (SIGKILL) after a while, if it still runs then.
    pub fn kill_after(mut self, while_: Duration) -> Ended {
        let deadline = Instant::now() + while_;
        while Instant::now() < deadline {
            if let Some(status) = self.process.try_wait().expect("it is our child") {
                return self.ended(status.code());
            }
            std::thread::sleep(Duration::from_millis(2));
        }
        self.process.kill().expect("it is our child");
        self.process.wait().expect("it is our child");
        self.ended(None)
    }

    /// Interrupts it (SIGINT, what Ctrl-C sends) after a while, and waits for its end.
    pub fn interrupt_after(self, while_: Duration) -> Ended {
        std::thread::sleep(while_);
        let _ = Command::new("kill").args(["-INT", &self.process.id().to_string()]).status();
        self.wait()
    }

    fn ended(&self, code: Option<i32>) -> Ended {
        let read = |path: &Path| fs::read_to_string(path).unwrap_or_default();
        Ended { code, stdout: read(&self.out), stderr: read(&self.err) }
    }
}

fn copy(from: &Path, to: &Path) {
    for entry in fs::read_dir(from).expect("the blueprints are there") {
        let entry = entry.expect("readable");
        let target = to.join(entry.file_name());
        if entry.path().is_dir() {
            fs::create_dir_all(&target).expect("folder made");
            copy(&entry.path(), &target);
        } else {
            fs::copy(entry.path(), target).expect("copied");
        }
    }
}
