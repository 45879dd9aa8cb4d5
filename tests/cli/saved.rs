//! Saved plans, and what is kept of the command line that was typed.

use serde_json::Value;

use super::desk::{Desk, STAGE_1, run_in};

#[test]
fn a_saved_plan_is_carried_out_or_refused() {
    let desk = Desk::new();
    desk.live(&["plan", "second", "--out", "second.json"]).with(0, "stackctl apply second.json");
    desk.live(&["apply", "second.json", "--yes"]).well();
    let refused = desk.live(&["apply", "second.json", "--yes"]).with(1, "no longer holds");
    assert_eq!(refused.err.matches("would now be left as it is, not created").count(), 4, "{}", refused.err);
    assert!(!refused.err.contains("has appeared"), "{}", refused.err);
}

#[test]
fn a_saved_plan_has_any_name_and_brings_its_variables_and_its_blueprint() {
    let desk = Desk::new();
    std::fs::create_dir(desk.folder.path().join("drafts")).unwrap();
    desk.write("drafts/mine.yaml", &STAGE_1.replace("name: first", "name: mine"));
    let saved = desk.live(&["plan", "drafts/mine.yaml", "--var", "days=3", "--out", "tfplan"]);
    saved.with(0, "stackctl apply tfplan");
    desk.live(&["apply", "tfplan", "--yes", "--region", "eu-west-1"]).with(1, "leave --region away");
    // Another job, with another checkout to stand in.
    let elsewhere = desk.folder.path().join("drafts");
    let cloud = format!("--simulate={}", desk.folder.path().join("cloud.json").display());
    run_in(&elsewhere, &["apply", "../tfplan", "--dir", "..", "--yes", &cloud]).well();
    let live = desk.live(&["show", "eu-west-1/files"]).out;
    assert!(
        live.contains("\"ExpirationInDays\": \"3\"") || live.contains("\"ExpirationInDays\": 3"),
        "{live}"
    );
}

#[test]
fn what_is_to_be_run_again_is_what_was_run() {
    let desk = Desk::new();
    let cloud = desk.folder.path().join("cloud.json");
    desk.live(&["apply", "--yes", "--env", "staging", "--var", "days=3"]).well();
    let folder = desk.folder.path().join("cloud.ledger/shop-staging/history");
    let record = std::fs::read_dir(folder).unwrap().next().unwrap().unwrap();
    let record: Value = serde_json::from_slice(&std::fs::read(record.path()).unwrap()).unwrap();
    let line = format!("apply --yes --env staging --var days=3 --simulate={}", cloud.display());
    assert_eq!(record["command"], line, "{record}");
}

#[test]
fn an_address_that_is_taken_takes_over_nothing_else() {
    let desk = Desk::new();
    desk.live(&["apply", "second", "--yes"]).well();
    let import = ["import", "eu-west-1/vpc", "vpc-00000000", "second", "--yes"];
    desk.live(&import).with(1, "already; take that out of the stack first");
    let plan = desk.live(&["plan", "second", "--json"]).well().json();
    assert_eq!(plan["summary"]["none"], 4, "{plan}");
}
