//! The command line on the simulated cloud: what a person reads, what a program reads, and exit codes.

mod desk;
mod names;
mod saved;

use std::process::Command;

use serde_json::Value;
use tempfile::TempDir;

use desk::{CONFIG, Desk, STAGE_1, STAGE_2, run_in, said, settled};

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

#[cfg(feature = "aws")]
#[test]
fn somebody_without_credentials_is_told_how_to_begin() {
    let desk = Desk::new();
    let mut command = Command::new(env!("CARGO_BIN_EXE_stackctl"));
    command.arg("plan").current_dir(desk.folder.path()).env_clear().env("AWS_EC2_METADATA_DISABLED", "true");
    let told = said(command.env("HOME", desk.folder.path())).with(1, "no AWS credentials were found");
    assert!(told.err.contains("--simulate") && !told.err.contains("DispatchFailure"), "{}", told.err);
    assert!(told.err.lines().count() < 8, "{}", told.err);
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
fn data_is_not_destroyed_without_being_named() {
    let desk = Desk::new();
    desk.live(&["apply", "second", "--yes"]).well();
    desk.live(&["destroy", "second", "--yes"]).with(1, "--allow-destroy 'eu-west-1/files'");
    desk.live(&["destroy", "second", "--yes", "--allow-destroy", "eu-west-1/files"]).well();
    let plan = desk.live(&["plan", "second", "--destroy", "--json"]).well().json();
    assert_eq!(plan["summary"]["delete"], 0, "{plan}");
}

#[test]
fn a_simulation_without_a_file_says_that_it_is_forgotten() {
    let desk = Desk::new();
    let applied = desk.run(&["apply", "--yes", "--simulate"]).with(0, "`--simulate=FILE` keeps it");
    assert!(!applied.out.contains("Simulated"), "{}", applied.out);
    assert!(!desk.live(&["apply", "--yes"]).well().err.contains("Simulated"));
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
    let json = desk.live(&["show", "eu-west-1/files", "--var", "days=9", "--json"]).well().json();
    assert_eq!(json["written_at"]["line"], 8, "{json}");
    assert_eq!(json["paths"][0]["path"], "LifecycleConfiguration.Rules[0].ExpirationInDays", "{json}");
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
    run_in(folder.path(), &["init", "shop", "--into", "x", "--in", "us-esat-1"])
        .with(1, "did you mean `us-east-1`?");
    run_in(folder.path(), &["init", "shop", "--into", "x"]).with(0, "stackctl validate --dir x");
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
