//! Killed at any moment, throttled, and with answers that never arrive: run again, and it converges.

use std::collections::hash_map::RandomState;
use std::hash::{BuildHasher, Hasher};
use std::thread;
use std::time::Duration;

use crate::other_client::{Item, assert_nothing_twice};
use crate::workspace::Workspace;

/// How often an apply is killed before one may run to its end.
const KILLS: u64 = 6;

#[test]
fn a_killed_apply_converges_when_it_runs_again() {
    let Some(mut workspace) = Workspace::shipped() else { return };
    let undisturbed = thread::spawn(undisturbed);
    workspace.with_faults();
    let seed = RandomState::new().build_hasher().finish();
    eprintln!("seed {seed}");
    for kill in 0..KILLS {
        let pause = Duration::from_millis(300 + mix(seed, kill) % 5000);
        let ended = workspace.start(&["apply", "stage-3", "--yes"]).kill_after(pause);
        eprintln!("killed after {pause:?}: {:?}", ended.code);
    }
    converge(&workspace, &["apply", "stage-3", "--yes"]);
    workspace.without_faults();
    workspace.assert_settled("stage-3");
    let made = workspace.other_client().inventory();
    assert_nothing_twice(&made);
    let expected = undisturbed.join().expect("an apply on a good line");
    assert_eq!(Some(shape(&made)), expected, "seed {seed}: as if nobody had killed it");

    workspace.with_faults();
    for kill in 0..KILLS / 2 {
        let pause = Duration::from_millis(300 + mix(seed, 100 + kill) % 3000);
        workspace.start(&["destroy", "--yes", "--allow-destroy", "*"]).kill_after(pause);
    }
    converge(&workspace, &["destroy", "--yes", "--allow-destroy", "*"]);
    assert_eq!(workspace.other_client().inventory(), [], "seed {seed}");
}

/// What an apply makes in another account, on a good line.
fn undisturbed() -> Option<Vec<(String, Option<String>)>> {
    let workspace = Workspace::shipped()?;
    workspace.apply("stage-3");
    Some(shape(&workspace.other_client().inventory()))
}

/// Runs a command until it succeeds. On a connection this bad one run may give up on a call; never may it get
/// stuck.
fn converge(workspace: &Workspace, arguments: &[&str]) {
    let mut last = None;
    for _ in 0..3 {
        let ended = workspace.run(arguments);
        if ended.code == Some(0) {
            return;
        }
        last = Some(ended);
    }
    panic!("{arguments:?} does not converge: {last:#?}");
}

/// A well-mixed number for each step of a seed (splitmix64).
fn mix(seed: u64, step: u64) -> u64 {
    let mut z = seed.wrapping_add((step + 1).wrapping_mul(0x9e37_79b9_7f4a_7c15));
    z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    z ^ (z >> 31)
}

/// What exists, without the ids that differ between two makings.
fn shape(items: &[Item]) -> Vec<(String, Option<String>)> {
    let mut shape: Vec<_> = items.iter().map(|item| (item.kind.clone(), item.address.clone())).collect();
    shape.sort();
    shape
}
