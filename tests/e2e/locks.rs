//! Stopped politely, and two at once: the lock and the executor leave the cloud in order.

use std::time::Duration;

use crate::other_client::assert_nothing_twice;
use crate::workspace::Workspace;

#[test]
fn ctrl_c_waits_for_what_runs_and_a_second_run_goes_on() {
    let Some(workspace) = Workspace::shipped() else { return };
    let ended = workspace.start(&["apply", "stage-3", "--yes"]).interrupt_after(Duration::from_millis(1500));
    assert!(ended.code.is_some(), "it leaves by itself, not by the signal: {}", ended.stderr);
    workspace.settle("stage-3");
    assert_nothing_twice(&workspace.other_client().inventory());
}

#[test]
fn two_applies_at_once_make_everything_once() {
    if let Some(workspace) = Workspace::shipped() {
        two_at_once(&workspace);
    }
}

#[test]
fn two_applies_at_once_with_a_ledger_on_s3_make_everything_once() {
    if let Some(workspace) = Workspace::shipped() {
        two_at_once(&workspace.with_shared_ledger("team-ledger"));
    }
}

fn two_at_once(workspace: &Workspace) {
    let both = [(); 2].map(|()| workspace.start(&["apply", "launch", "--yes"]));
    let ended = both.map(crate::workspace::Running::wait);
    assert!(ended.iter().any(|one| one.code == Some(0)), "{ended:#?}");
    // The other one waited and found nothing to do, or said who holds the lock.
    for refused in ended.iter().filter(|one| one.code != Some(0)) {
        assert!(refused.stderr.contains("lock"), "{}", refused.stderr);
    }
    workspace.assert_settled("launch");
    assert_nothing_twice(&workspace.other_client().inventory());
}
