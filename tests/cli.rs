//! The command line on the simulated cloud: what a person reads, what a program reads, and exit codes.

use std::path::Path;
use std::process::Command;

use serde_json::Value;
use tempfile::TempDir;

/// A folder with a small project, and a simulated cloud that lasts over several commands.
struct Desk {
    folder: TempDir,
}

struct Said {
    code: i32,
    out: String,
    err: String,
}

const CONFIG: &str =
    "stack: shop\nstage: 1\nvariables: {days: 7}\nenvironments:\n  staging: {tags: {environment: staging}}\n";
const STAGE_1: &str = "stage: 1
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
const STAGE_2: &str = "stage: 2
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
    fn new() -> Self {
        let folder = TempDir::new().unwrap();
        let desk = Self { folder };
        desk.write("stackctl.yaml", CONFIG);
        desk.write("stage-1-first.yaml", STAGE_1);
        desk.write("stage-2-second.yaml", STAGE_2);
        desk
    }

    fn write(&self, name: &str, text: &str) {
        std::fs::write(self.folder.path().join(name), text).unwrap();
    }

    /// Runs a command that asks the cloud.
    fn live(&self, args: &[&str]) -> Said {
        let cloud = self.folder.path().join("cloud.json");
        let simulate = format!("--simulate={}", cloud.display());
        self.run(&[args, &[&simulate]].concat())
    }

    fn run(&self, args: &[&str]) -> Said {
        run_in(self.folder.path(), args)
    }
}

fn run_in(folder: &Path, args: &[&str]) -> Said {
    said(Command::new(env!("CARGO_BIN_EXE_stackctl")).args(args).current_dir(folder))
}

fn said(command: &mut Command) -> Said {
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
    fn well(self) -> Self {
        assert_eq!(self.code, 0, "{}\n{}", self.out, self.err);
        self
    }

    #[track_caller]
    fn with(self, code: i32, words: &str) -> Self {
        assert_eq!(self.code, code, "{}\n{}", self.out, self.err);
        let all = format!("{}\n{}", self.out, self.err).replace("\n  │ ", " ");
        assert!(all.contains(words), "`{words}` is not in:\n{all}");
        self
    }

    #[track_caller]
    fn json(&self) -> Value {
        serde_json::from_str(&self.out).unwrap_or_else(|error| panic!("{error}:\n{}", self.out))
    }
}

/// Times differ from run to run; everything else is held.
fn settled(text: &str) -> String {
    let text = regex::Regex::new(r" in \d+(\.\d+)?(ms|s)( \d+ms)?").unwrap().replace_all(text, " in <time>");
    regex::Regex::new(r"\(\+?\d+ms\)").unwrap().replace_all(&text, "<time>").into_owned()
}

#[test]
fn a_plan_for_people() {
    insta::assert_snapshot!(Desk::new().live(&["plan"]).well().out);
}

#[test]
fn a_plan_for_programs_follows_its_schema() {
    let desk = Desk::new();
    let plan = desk.live(&["plan", "second", "--json"]).well().json();
    let schema = desk.run(&["schema", "plan"]).well().json();
    let problems: Vec<String> = jsonschema::validator_for(&schema)
        .unwrap()
        .iter_errors(&plan)
        .map(|error| error.to_string())
        .collect();
    assert!(problems.is_empty(), "{problems:?}");
    assert_eq!(plan["stage"], "stage-2");
    assert_eq!(plan["summary"]["create"], 4);
    let unknown =
        &plan["changes"].as_array().unwrap().iter().find(|change| change["type"] == "AWS::EC2::Subnet");
    assert!(unknown.unwrap()["paths"].as_array().unwrap().iter().any(|path| path["unknown"] == true));
}

#[test]
fn what_is_applied_needs_no_second_plan() {
    let desk = Desk::new();
    desk.live(&["plan", "--detailed-exitcode"]).with(2, "Plan: 1 to create");
    let applied = desk.live(&["apply", "--yes"]).well();
    insta::assert_snapshot!(settled(&applied.out));
    desk.live(&["plan", "--detailed-exitcode"]).with(0, "No changes");
    desk.live(&["drift"]).with(0, "No changes");
    let bucket = desk.live(&["output", "bucket"]).well().out;
    assert!(bucket.starts_with("shop-files-"), "{bucket}");
    assert_eq!(desk.live(&["output", "--json"]).well().json()["bucket"], bucket.trim());
}

#[test]
fn every_line_of_a_json_apply_is_an_event() {
    let said = Desk::new().live(&["apply", "second", "--yes", "--json"]).well();
    let events: Vec<Value> = said.out.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
    assert_eq!(events[0]["event"], "began");
    let finished = events.iter().filter(|event| event["event"] == "finished").count();
    assert_eq!(finished, 4);
    assert_eq!(events[events.len() - 2]["event"], "ended");
    assert_eq!(events[events.len() - 1]["event"], "outputs");
}

#[test]
fn what_leaves_the_blueprint_is_named_and_goes() {
    let desk = Desk::new();
    desk.live(&["apply", "--yes"]).well();
    desk.write("stage-1-first.yaml", &STAGE_1.replace("      Tags: [{Key: team, Value: web}]\n", ""));
    let plan = desk.live(&["plan", "--json"]).well().json();
    assert_eq!(plan["changes"][0]["paths"][0]["path"], "Tags.team", "{plan}");
    assert_eq!(plan["changes"][0]["paths"][0]["after"], Value::Null);
    desk.live(&["apply", "--yes"]).well();
    desk.live(&["plan", "--detailed-exitcode"]).with(0, "No changes");
}

#[test]
fn a_saved_plan_is_carried_out_or_refused() {
    let desk = Desk::new();
    desk.live(&["plan", "second", "--out", "second.json"]).with(0, "stackctl apply second.json");
    desk.live(&["apply", "second.json", "--yes"]).well();
    desk.live(&["apply", "second.json", "--yes"]).with(1, "no longer holds");
}

#[test]
fn data_is_not_destroyed_without_being_named() {
    let desk = Desk::new();
    desk.live(&["apply", "second", "--yes"]).well();
    desk.live(&["destroy", "second", "--yes"]).with(1, "--allow-destroy 'eu-west-1/files'");
    desk.live(&["destroy", "second", "--yes", "--allow-destroy", "eu-west-1/files"]).well();
    let plan = desk.live(&["plan", "second", "--destroy", "--json"]).well().json();
    assert_eq!(plan["summary"]["delete"], 0, "{plan}");
}

#[test]
fn nobody_is_there_to_ask() {
    Desk::new().live(&["apply"]).with(1, "add --yes");
}

#[test]
fn environments_are_stacks_of_their_own() {
    let desk = Desk::new();
    desk.live(&["apply", "--yes"]).well();
    let staging = desk.live(&["plan", "--env", "staging", "--json"]).well().json();
    assert_eq!(staging["stack"], "shop-staging");
    assert_eq!(staging["summary"]["create"], 1);
    desk.live(&["plan", "--env", "stagin"]).with(1, "there is no environment `stagin`");
}

#[test]
fn stages_side_by_side() {
    let desk = Desk::new();
    insta::assert_snapshot!("stages", desk.run(&["stages"]).well().out);
    insta::assert_snapshot!("diff", desk.run(&["diff", "first", "second"]).well().out);
    insta::assert_snapshot!("show", desk.run(&["show", "first"]).well().out);
    desk.run(&["diff", "first", "second", "--detailed-exitcode"]).with(2, "to create");
    desk.run(&["show", "thrid"]).with(1, "there is no stage `thrid`");
}

#[test]
fn one_resource_in_full() {
    let desk = Desk::new();
    desk.live(&["apply", "--yes"]).well();
    desk.live(&["show", "eu-west-1/files"]).with(0, "It is as the blueprint says.");
    desk.live(&["show", "eu-west-1/nothing"]).with(1, "neither in stage 1 nor live");
}

#[test]
fn drawings() {
    let desk = Desk::new();
    assert!(desk.run(&["graph", "second"]).well().out.starts_with("digraph"));
    assert!(desk.run(&["graph", "second", "--format", "mermaid"]).well().out.contains("subnet x2"));
    assert!(desk.run(&["graph", "second", "--format", "svg"]).well().out.contains("</svg>"));
}

#[test]
fn mistakes_are_found_offline() {
    let desk = Desk::new();
    desk.run(&["validate"]).with(0, "stage-2-second.yaml");
    desk.write("stage-2-second.yaml", &STAGE_2.replace("CidrBlock: 10", "CidrBlok: 10"));
    let said = desk.run(&["validate"]).with(1, "did you mean `CidrBlock`?");
    assert!(said.err.contains("stage-2-second.yaml:10"), "{}", said.err);
    let json = desk.run(&["validate", "--json"]);
    assert_eq!((json.code, json.json()["valid"].clone()), (1, Value::Bool(false)));
}

#[test]
fn a_tool_that_is_missing_is_named() {
    let desk = Desk::new();
    let stage = "stage: 1\nname: first\nregions: [eu-west-1]\nresources:\n  \
                 - {id: addons, cluster: onsite, path: addons}\n  - {id: web, cluster: onsite, helm: {chart: web}}\n";
    desk.write("stackctl.yaml", &format!("{CONFIG}clusters: {{onsite: {{}}}}\n"));
    desk.write("stage-1-first.yaml", stage);
    for (folder, file) in [("addons", "kustomization.yaml"), ("web", "Chart.yaml")] {
        std::fs::create_dir(desk.folder.path().join(folder)).unwrap();
        desk.write(&format!("{folder}/{file}"), "resources: []\n");
    }
    let mut command = Command::new(env!("CARGO_BIN_EXE_stackctl"));
    let bare = said(command.arg("validate").current_dir(desk.folder.path()).env("PATH", ""));
    let words = bare.with(1, "neither `kubectl` nor `kustomize` is on the PATH");
    words.with(1, "rendered with `helm`, which is not on the PATH");
}

#[test]
fn a_new_project_plans_as_it_stands() {
    let folder = TempDir::new().unwrap();
    run_in(folder.path(), &["init", "shop", "--in", "eu-west-1"]).well();
    run_in(folder.path(), &["validate"]).with(0, "ok");
    run_in(folder.path(), &["plan", "--simulate"]).with(0, "to create");
    run_in(folder.path(), &["init", "shop"]).with(1, "nothing was written");
}

#[test]
fn the_lock_of_nobody() {
    Desk::new().run(&["unlock"]).with(0, "is not locked");
}

#[test]
fn helpers_for_shells_and_editors() {
    let desk = Desk::new();
    assert!(desk.run(&["completions", "bash"]).well().out.contains("_stackctl"));
    for schema in ["blueprint", "component", "stackctl", "plan", "saved-plan"] {
        assert!(desk.run(&["schema", schema]).well().json().is_object(), "{schema}");
    }
    desk.run(&["explain", "AWS::EC2::Subnet.CidrBlok"]).with(1, "CidrBlock");
    desk.run(&["explain", "Deployment.spec.strategy"]).with(0, "RollingUpdate");
}

#[test]
fn unlock_is_about_the_ledger_of_the_cloud_that_is_meant() {
    let desk = Desk::new();
    let lock = stackctl::ledger::LockInfo::mine("apply stage-1");
    let folder = desk.folder.path().join("cloud.ledger/shop");
    std::fs::create_dir_all(&folder).unwrap();
    std::fs::write(folder.join("lock.json"), serde_json::to_vec(&lock).unwrap()).unwrap();
    assert!(desk.run(&["unlock"]).well().out.contains("not locked"));
    let refused = desk.live(&["unlock"]);
    assert!(refused.code == 1 && refused.err.contains("apply stage-1"), "{}", refused.err);
    let removed = desk.live(&["unlock", "--yes"]).well();
    assert!(removed.err.contains("had not ended"), "{}", removed.err);
    assert!(desk.live(&["unlock"]).well().out.contains("not locked"));
}
