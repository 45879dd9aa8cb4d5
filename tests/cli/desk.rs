//! A small project to run commands in, and what they say.

use std::path::Path;
use std::process::Command;

use serde_json::Value;
use tempfile::TempDir;

/// A folder with a small project, and a simulated cloud that lasts over several commands.
pub struct Desk {
    pub folder: TempDir,
}

pub struct Said {
    pub code: i32,
    pub out: String,
    pub err: String,
}

pub const CONFIG: &str =
    "stack: shop\nstage: 1\nvariables: {days: 7}\nenvironments:\n  staging: {tags: {environment: staging}}\n";
pub const STAGE_1: &str = "stage: 1
name: first
audience: {users: 10}
budget: {monthly: 45}
regions: [eu-west-1]
external: [{name: Netlify, plan: free, monthly: 0, purpose: the site}]
resources:
  - id: files
    type: AWS::S3::Bucket
    properties:
      VersioningConfiguration: {Status: Enabled}
      LifecycleConfiguration:
        Rules: [{Id: tidy, Status: Enabled, ExpirationInDays: \"${var.days}\"}]
      Tags: [{Key: team, Value: web}]
outputs:
  bucket: {value: \"${files.BucketName}\", description: Where files go}
";
pub const STAGE_2: &str = "stage: 2
name: second
regions: [eu-west-1]
resources:
  - id: files
    type: AWS::S3::Bucket
    properties: {VersioningConfiguration: {Status: Enabled}}
  - id: vpc
    type: AWS::EC2::VPC
    properties: {CidrBlock: 10.0.0.0/16}
  - id: subnet
    forEach: {zone: \"${zoneNames(2)}\"}
    type: AWS::EC2::Subnet
    properties:
      VpcId: \"${vpc.VpcId}\"
      AvailabilityZone: \"${zone}\"
      CidrBlock: \"${cidrSubnet(vpc.CidrBlock, 8, zoneIndex)}\"
";

impl Desk {
    pub fn new() -> Self {
        let folder = TempDir::new().unwrap();
        let desk = Self { folder };
        desk.write("stackctl.yaml", CONFIG);
        desk.write("stage-1-first.yaml", STAGE_1);
        desk.write("stage-2-second.yaml", STAGE_2);
        desk
    }

    pub fn write(&self, name: &str, text: &str) {
        std::fs::write(self.folder.path().join(name), text).unwrap();
    }

    /// Runs a command that asks the cloud.
    pub fn live(&self, args: &[&str]) -> Said {
        let cloud = self.folder.path().join("cloud.json");
        let simulate = format!("--simulate={}", cloud.display());
        self.run(&[args, &[&simulate]].concat())
    }

    pub fn run(&self, args: &[&str]) -> Said {
        run_in(self.folder.path(), args)
    }
}

pub fn run_in(folder: &Path, args: &[&str]) -> Said {
    said(Command::new(env!("CARGO_BIN_EXE_stackctl")).args(args).current_dir(folder))
}

pub fn said(command: &mut Command) -> Said {
    let done = command
        .env_remove("STACKCTL_ENV")
        .env_remove("STACKCTL_DIR")
        .env_remove("STACKCTL_LEDGER")
        .env("NO_COLOR", "1")
        .output()
        .unwrap();
    Said {
        code: done.status.code().unwrap_or(-1),
        out: String::from_utf8(done.stdout).unwrap(),
        err: String::from_utf8(done.stderr).unwrap(),
    }
}

impl Said {
    #[track_caller]
    pub fn well(self) -> Self {
        assert_eq!(self.code, 0, "{}\n{}", self.out, self.err);
        self
    }

    #[track_caller]
    pub fn with(self, code: i32, words: &str) -> Self {
        assert_eq!(self.code, code, "{}\n{}", self.out, self.err);
        let all = format!("{}\n{}", self.out, self.err).replace("\n  │ ", " ");
        assert!(all.contains(words), "`{words}` is not in:\n{all}");
        self
    }

    #[track_caller]
    pub fn json(&self) -> Value {
        serde_json::from_str(&self.out).unwrap_or_else(|error| panic!("{error}:\n{}", self.out))
    }
}

/// Times differ from run to run; everything else is held.
pub fn settled(text: &str) -> String {
    let text = regex::Regex::new(r" in \d+(\.\d+)?(ms|s)( \d+ms)?").unwrap().replace_all(text, " in <time>");
    regex::Regex::new(r"\(\+?\d+ms\)").unwrap().replace_all(&text, "<time>").into_owned()
}
