//! From nothing to a stage, from stage to stage in both directions, and back to nothing.

use crate::other_client::{Item, assert_nothing_twice};
use crate::workspace::Workspace;

#[test]
fn a_stage_from_nothing_leaves_nothing_to_do() {
    let Some(workspace) = Workspace::shipped() else { return };
    let plan = workspace.plan("stage-3");
    assert!(plan.changes.iter().all(|change| change.action == "create"), "{:#?}", plan.summary());
    workspace.settle("stage-3");
    let made = workspace.other_client().inventory();
    assert_nothing_twice(&made);
    let of_us = made.iter().filter_map(|item| item.stack.as_deref()).all(|stack| stack == "streamnow");
    assert!(of_us, "{made:#?}");
}

#[test]
fn from_stage_to_stage_and_back() {
    let Some(workspace) = Workspace::shipped() else { return };
    let other = workspace.other_client();

    workspace.settle("mvp");
    let at_1 = other.inventory();
    let bucket = id(&at_1, "us-east-1/media.bucket");

    workspace.settle("launch");
    let at_2 = other.inventory();
    assert_eq!(id(&at_2, "us-east-1/media.bucket"), bucket, "the videos stay where they are");

    workspace.settle("growth");
    let at_3 = other.inventory();
    for address in
        ["us-east-1/network.vpc", "us-east-1/network.privateSubnet[b]", "us-east-1/sessions.replicationGroup"]
    {
        assert_eq!(id(&at_3, address), id(&at_2, address), "{address} grows in place");
    }

    workspace.expect(&["apply", "launch", "--yes", "--allow-destroy", "*"]);
    workspace.assert_settled("launch");
    assert_eq!(shape(&other.inventory()), shape(&at_2), "down again is as if it had never been up");

    workspace.expect(&["apply", "mvp", "--yes", "--allow-destroy", "*"]);
    workspace.assert_settled("mvp");
    assert_eq!(shape(&other.inventory()), shape(&at_1));
    assert_eq!(id(&other.inventory(), "us-east-1/media.bucket"), bucket);
}

#[test]
fn data_is_not_destroyed_without_being_named() {
    let Some(workspace) = Workspace::shipped() else { return };
    workspace.settle("launch");
    let before = workspace.other_client().inventory();

    let refused = workspace.run(&["apply", "mvp", "--yes"]);
    assert_eq!(refused.code, Some(1), "{}", refused.stdout);
    assert!(refused.stderr.contains("us-east-1/sessions.replicationGroup"), "{}", refused.stderr);
    assert!(refused.stderr.contains("--allow-destroy"), "{}", refused.stderr);
    assert_eq!(workspace.other_client().inventory(), before, "a refused apply changes nothing");
}

#[test]
fn destroy_leaves_nothing() {
    let Some(workspace) = Workspace::shipped() else { return };
    workspace.apply("stage-3");
    workspace.destroy();
    assert_eq!(workspace.other_client().inventory(), []);
    // A stack that was destroyed can be made again: no token or name of the first life is in the way.
    workspace.settle("launch");
    workspace.destroy();
    assert_eq!(workspace.other_client().inventory(), []);
}

/// What exists, without the ids that differ between two makings.
fn shape(items: &[Item]) -> Vec<(String, Option<String>)> {
    let mut shape: Vec<_> = items.iter().map(|item| (item.kind.clone(), item.address.clone())).collect();
    shape.sort();
    shape
}

fn id(items: &[Item], address: &str) -> String {
    let found: Vec<_> = items.iter().filter(|item| item.address.as_deref() == Some(address)).collect();
    assert_eq!(found.len(), 1, "{address} among {items:#?}");
    found[0].id.clone()
}
