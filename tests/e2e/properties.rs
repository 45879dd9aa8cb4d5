//! Every property of every shipped blueprint, changed one by one: the plan names that change and does what
//! the catalog says (update or replace), the apply succeeds, and a second plan is empty.
//!
//! The properties are read from the files, so a new one is tested by being written. [`values`] knows another
//! valid value for each, or says why there is none; a property it does not know fails the test. Changes of
//! resources that have nothing to do with each other share one [round](rounds); of each resource there is one
//! change at a time. A round that fails is taken apart, so that a failure names its property.

mod cases;
mod forgotten;
mod leaves;
mod rounds;
mod values;

use std::cell::RefCell;
use std::collections::{BTreeMap, BTreeSet};
use std::io::{Write, stderr};
use std::panic::resume_unwind;
use std::thread;

use crate::emulators;
use crate::workspace::{Plan, PlannedChange, Workspace};
use cases::{Case, Expected};
use rounds::{Dependencies, rounds};

/// A stage's file, and the files whose properties are changed in it.
const SWEEPS: &[(&str, &[&str])] = &[
    ("stage-1-mvp.yaml", &["stage-1-mvp.yaml"]),
    (
        "stage-2-launch.yaml",
        &["stage-2-launch.yaml", "components/media-bucket.yaml", "components/transcoding.yaml"],
    ),
    ("stage-3-growth.yaml", &["stage-3-growth.yaml", "components/autoscaled-service.yaml"]),
    ("stage-3-growth.yaml", &["components/network.yaml"]),
    ("stage-3-growth.yaml", &["components/alarms.yaml", "components/cdn.yaml", "components/dns.yaml"]),
    ("stage-3-growth.yaml", &["components/session-cache.yaml"]),
];

/// Used by stage 4 alone, which is three regions with a cluster each: too much to apply once a property.
const OF_STAGE_4: &[&str] = &[
    "stage-4-scale.yaml",
    "components/cluster-autoscaler.yaml",
    "components/cluster.yaml",
    "components/edge.yaml",
    "components/encoding.yaml",
    "components/firewall.yaml",
    "components/library.yaml",
    "components/microservice.yaml",
    "components/nearest.yaml",
    "components/pod-role.yaml",
    "components/recommendations.yaml",
    "components/search.yaml",
    "components/services.yaml",
    "components/workspace.yaml",
];

#[test]
fn each_property_of_every_blueprint() {
    if emulators::start().is_none() {
        return;
    }
    // Most of it is waiting: side by side, whatever the number of tests that are.
    let failures: Vec<String> = thread::scope(|scope| {
        let sweeps: Vec<_> =
            SWEEPS.iter().map(|(stage, files)| scope.spawn(move || each_property_of(stage, files))).collect();
        sweeps
            .into_iter()
            .flat_map(|sweep| sweep.join().unwrap_or_else(|panic| resume_unwind(panic)))
            .collect()
    });
    assert!(failures.is_empty(), "{}\n{}", failures.len(), failures.join("\n"));
}

#[test]
fn no_shipped_file_is_forgotten() {
    let root = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("blueprints");
    for (folder, prefix) in [(root.clone(), ""), (root.join("components"), "components/")] {
        for entry in std::fs::read_dir(folder).expect("blueprints") {
            let name = entry.expect("readable").file_name().to_string_lossy().into_owned();
            let Some(stem) = name.strip_suffix(".yaml").filter(|stem| *stem != "stackctl") else { continue };
            let name = format!("{prefix}{stem}.yaml");
            let known = tested().chain(OF_STAGE_4.iter().copied()).any(|known| known == name);
            assert!(known, "{name} is in no test");
        }
    }
}

/// The files whose properties are changed.
fn tested() -> impl Iterator<Item = &'static str> {
    SWEEPS.iter().flat_map(|(_, files)| files.iter().copied())
}

/// What went wrong with the properties of some files in a stage.
fn each_property_of(stage: &'static str, files: &[&'static str]) -> Vec<String> {
    let Some(workspace) = Workspace::shipped() else { return Vec::new() };
    // With the domain delegated, the certificate and all that hangs on it are there too.
    workspace.edit("stackctl.yaml", "domainDelegated: false", "domainDelegated: true");
    workspace.settle(stage);
    let sweep = Sweep {
        dependencies: Dependencies::read(&workspace.expect(&["graph", stage]).stdout),
        workspace,
        stage,
        forgotten: RefCell::default(),
        drifted: RefCell::default(),
    };
    let cases = cases::of(&sweep.workspace, stage, files, &sweep.dependencies);
    let (number, mut failures) = (cases.all.len(), cases.unknown);
    let rounds = rounds(cases.all, &sweep.dependencies);
    let together = rounds.len();
    for round in rounds {
        failures.extend(sweep.round(&round));
    }
    let mut forgotten = sweep.forgotten.take();
    forgotten.extend(cases.untold);
    // Past libtest's capture: what is left out and what the emulator is excused are a part of the result.
    let _ = writeln!(
        stderr(),
        "{} in {stage}: {number} properties changed in {together} rounds; not in this stage: {:?}; {} that the emulator \
         forgets: {forgotten:#?}",
        files.join(", "),
        cases.left_out,
        forgotten.len()
    );
    failures
}

/// A stage that was applied.
struct Sweep {
    workspace: Workspace,
    stage: &'static str,
    dependencies: Dependencies,
    /// What the emulator forgot of all that was applied.
    forgotten: RefCell<BTreeSet<String>>,
    /// The resources that it left as they were: the same update would be tried again with every apply.
    drifted: RefCell<BTreeSet<String>>,
}

impl Sweep {
    /// Makes the changes of a round together, and each alone where that fails; tells the failures.
    fn round(&self, round: &[Case]) -> Vec<String> {
        let Err(together) = self.attempt(round) else { return Vec::new() };
        let alone: Vec<String> = round
            .iter()
            .filter_map(|case| {
                let failure = self.attempt(std::slice::from_ref(case)).err()?;
                Some(format!("{}, {:?} -> {}: {failure}", case.leaf, case.leaf.text, case.next))
            })
            .collect();
        if alone.is_empty() {
            let names: Vec<_> = round.iter().map(|case| case.leaf.to_string()).collect();
            return vec![format!("only together, {}: {together}", names.join(", "))];
        }
        alone
    }

    /// Writes the changes and checks them; a failure leaves the blueprints and the stack as they were.
    fn attempt(&self, round: &[Case]) -> Result<(), String> {
        let mut before = BTreeMap::new();
        for case in round {
            let text = self.workspace.read(case.file);
            self.workspace.write(case.file, &leaves::replaced(&text, &case.leaf, &case.next));
            before.entry(case.file).or_insert(text);
        }
        let result = self.change(round);
        if result.is_err() {
            for (file, text) in before {
                self.workspace.write(file, &text);
            }
            self.apply(&[])?;
        }
        result
    }

    /// The plan is right, the apply succeeds, and a second plan has nothing but what the emulator forgot.
    fn change(&self, round: &[Case]) -> Result<(), String> {
        let plan = self.workspace.plan(self.stage);
        for case in round {
            planned(&plan, case).map_err(|wrong| format!("{}: {wrong}", case.leaf))?;
        }
        self.apply(&self.forgotten_before(&plan, round))?;
        let mut left = self.workspace.plan(self.stage).changes;
        self.drifted.borrow_mut().clear();
        left.retain(|change| match forgotten::all_of(change) {
            Some(properties) => {
                self.forgotten.borrow_mut().extend(properties);
                self.drifted.borrow_mut().insert(change.address.clone());
                false
            }
            None => true,
        });
        if left.is_empty() { Ok(()) } else { Err(format!("the second plan: {left:#?}")) }
    }

    /// The addresses that a plan has only for what the emulator forgot in an earlier round.
    fn forgotten_before(&self, plan: &Plan, round: &[Case]) -> Vec<String> {
        if round.iter().any(|case| case.expected != Expected::Update) {
            return Vec::new();
        }
        let drifted = self.drifted.borrow();
        let is_old = |change: &&PlannedChange| {
            let resource = rounds::resource(change);
            drifted.contains(&change.address)
                && forgotten::all_of(change).is_some()
                && !round.iter().any(|case| {
                    case.is_of(&change.address) || self.dependencies.reach(&resource, &case.resource())
                })
        };
        plan.changes.iter().filter(is_old).map(|change| change.address.clone()).collect()
    }

    fn apply(&self, but: &[String]) -> Result<(), String> {
        let mut arguments = vec!["apply", self.stage, "--yes", "--allow-destroy", "*"];
        arguments.extend(but.iter().flat_map(|address| ["--exclude", address.as_str()]));
        let applied = self.workspace.run(&arguments);
        if applied.code == Some(0) { Ok(()) } else { Err(format!("the apply failed: {}", applied.stderr)) }
    }
}

/// The plan has this change, and does with it what the catalog says.
fn planned(plan: &Plan, case: &Case) -> Result<(), String> {
    let changed: Vec<_> = plan.changes.iter().filter(|change| case.is_of(&change.address)).collect();
    if !changed.iter().any(|change| change.paths.iter().any(|path| case.is_at(&path.path))) {
        return Err(format!("the plan does not have it: {:?}", plan.summary()));
    }
    let expected = match case.expected {
        Expected::Either => return Ok(()),
        Expected::Replace => "replace",
        Expected::Update => "update",
    };
    match changed.iter().find(|change| change.action != expected) {
        Some(change) => Err(format!("{} is {} and not {expected}", change.address, change.action)),
        None => Ok(()),
    }
}
