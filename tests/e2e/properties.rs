//! Every property of every shipped blueprint, changed one by one: the plan names that change and does what
//! the catalog says (update or replace), the apply succeeds, and a second plan is empty.
//!
//! The properties are read from the files, so a new one is tested by being written. [`values`] knows another
//! valid value for each, or says why there is none; a property it does not know fails the test.

mod leaves;
mod values;

use stackctl::catalog::Catalog;

use crate::workspace::{Plan, Workspace};
use leaves::Leaf;
use values::Next;

/// One test a file, so that they run side by side and a failure names its file.
macro_rules! files {
    ($($test:ident: $file:literal),+ $(,)?) => {
        $(#[test]
        #[ignore = "minutes each, and not yet green: the emulator forgets part of what it is given; run by --ignored"]
        fn $test() {
            each_property_of($file);
        })+

        #[test]
        fn no_shipped_file_is_forgotten() {
            let tested = [$($file),+];
            let folder = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("blueprints/components");
            for entry in std::fs::read_dir(folder).expect("components") {
                let name = format!("components/{}", entry.expect("readable").file_name().to_string_lossy());
                let known = tested.iter().chain(&OF_STAGE_4).any(|known| *known == name);
                assert!(known, "{name} is in no test");
            }
        }
    };
}

files! {
    stage: "stage-3-growth.yaml",
    alarms: "components/alarms.yaml",
    autoscaled_service: "components/autoscaled-service.yaml",
    cdn: "components/cdn.yaml",
    dns: "components/dns.yaml",
    media_bucket: "components/media-bucket.yaml",
    network: "components/network.yaml",
    session_cache: "components/session-cache.yaml",
    transcoding: "components/transcoding.yaml",
}

/// Used by stage 4 alone, which is three regions with a cluster each: too much to apply once a property.
const OF_STAGE_4: [&str; 13] = [
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

fn each_property_of(file: &str) {
    let Some(workspace) = Workspace::shipped() else { return };
    // With the domain delegated, the certificate and all that hangs on it are there too.
    workspace.edit("stackctl.yaml", "domainDelegated: false", "domainDelegated: true");
    workspace.settle("stage-3");
    let mut failures = Vec::new();
    for leaf in leaves::of(&workspace.read(file)) {
        let next = match values::other(&leaf) {
            Next::Value(text) => text,
            Next::Fixed | Next::Follows => continue,
            Next::Unknown => {
                failures.push(format!("{leaf}: no other value is known; add one to values.rs"));
                continue;
            }
        };
        let before = workspace.read(file);
        workspace.write(file, &leaves::replaced(&before, &leaf, &next));
        if let Err(failure) = change(&workspace, &leaf) {
            failures.push(format!("{leaf}, {:?} -> {next}: {failure}", leaf.text));
            workspace.write(file, &before);
            workspace.run(&["apply", "stage-3", "--yes", "--allow-destroy", "*"]);
        }
    }
    assert!(failures.is_empty(), "{file}: {} properties\n{}", failures.len(), failures.join("\n"));
}

/// Plans, applies and plans again after one property was changed in the blueprint.
fn change(workspace: &Workspace, leaf: &Leaf) -> Result<(), String> {
    check(&workspace.plan("stage-3"), leaf)?;
    let applied = workspace.run(&["apply", "stage-3", "--yes", "--allow-destroy", "*"]);
    if applied.code != Some(0) {
        return Err(format!("the apply failed: {}", applied.stderr));
    }
    let second = workspace.plan("stage-3");
    if second.changes.is_empty() { Ok(()) } else { Err(format!("the second plan: {:#?}", second.changes)) }
}

/// The plan has this change, and does with it what the catalog says.
fn check(plan: &Plan, leaf: &Leaf) -> Result<(), String> {
    let of_resource = |address: &str| {
        let path = address.split_once('/').map_or("", |(_, path)| path).split('[').next().unwrap_or_default();
        path.rsplit('.').next() == Some(leaf.resource.as_str())
    };
    let changed: Vec<_> = plan.changes.iter().filter(|change| of_resource(&change.address)).collect();
    if changed.is_empty() {
        return Err(format!("the plan does not have it: {:?}", plan.summary()));
    }
    let schema = Catalog::embedded().get(&leaf.resource_type).expect("a shipped type is in the catalog");
    let expected = match () {
        () if schema.is_conditional_create_only(&leaf.path) => return Ok(()),
        () if schema.is_create_only(&leaf.path) => "replace",
        () => "update",
    };
    match changed.iter().find(|change| change.action != expected) {
        Some(change) => Err(format!("{} is {} and not {expected}", change.address, change.action)),
        None => Ok(()),
    }
}
