//! What people name: slips of the pen, selections, stages.

use super::desk::Desk;

#[test]
fn a_slip_of_the_pen_is_an_error_and_no_change() {
    let desk = Desk::new();
    for args in [
        &["plan", "--detailed-exitcode", "--taget", "x"][..],
        &["drift", "--detailed-exitcod"],
        &["import", "network.vpc", "vpc-1"],
        &[],
    ] {
        assert_eq!(desk.run(args).code, 1, "{args:?}");
    }
    desk.run(&["--version"]).with(0, "stackctl");
    desk.live(&["drift", "--detailed-exitcode"]).with(2, "to create");
}

#[test]
fn another_stage_than_the_written_one_is_told() {
    let desk = Desk::new();
    desk.live(&["apply", "second", "--yes"]).with(0, "stackctl.yaml still says stage 1");
    desk.live(&["drift"]).with(2, "stage-2 was applied last, and stackctl.yaml says stage-1");
    let named = desk.live(&["drift", "second"]).well();
    assert!(named.err.is_empty(), "{}", named.err);
}

#[test]
fn misspelt_names_get_a_suggestion() {
    let desk = Desk::new();
    desk.live(&["plan", "second", "--target", "eu-west-1/vcp"]).with(1, "did you mean `eu-west-1/vpc`?");
    desk.live(&["plan", "second", "--region", "eu-wset-1"]).with(1, "did you mean `eu-west-1`?");
    desk.live(&["show", "eu-west-1/subnet", "--stage", "second"]).with(1, "it has [a], [b]");
    desk.live(&["import", "eu-west-1/vpcc", "vpc-1", "second", "--yes"])
        .with(1, "did you mean `eu-west-1/vpc`?");
    desk.live(&["output", "buckett"]).with(1, "did you mean `bucket`?");
    desk.run(&["show", "drafts/stage-9.yaml"]).with(1, "there is no stage");
    desk.run(&["show", "second"]).with(0, "subnet[a b]");
    desk.run(&["diff", "first", "second", "--region", "us-west-7"]).with(1, "--region us-west-7");
    desk.run(&["graph", "second", "--region", "us-west-7"]).with(1, "--region us-west-7");
}

#[test]
fn a_part_of_a_plan_says_that_it_is_one() {
    let desk = Desk::new();
    desk.live(&["apply", "second", "--yes"]).well();
    let part = desk.live(&["plan", "second", "--destroy", "--target", "eu-west-1/subnet*"]).well().out;
    assert!(part.starts_with("shop to nothing, only eu-west-1/subnet*\n"), "{part}");
    assert!(!part.contains("not in the blueprint"), "{part}");
    let json = desk.live(&["plan", "second", "--json", "--exclude", "*/vpc"]).well().json();
    assert_eq!(json["filter"]["excludes"][0], "*/vpc");
    let nothing = Desk::new().live(&["plan", "--destroy"]).well().out;
    assert!(nothing.starts_with("Nothing to delete: the stack owns nothing here."), "{nothing}");
}
