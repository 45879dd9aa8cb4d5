//! From stage 3 to stage 4: what lives on is kept, what retires serves until its successor does.

use crate::company::{Company, Timeline};
use crate::workspace::Plan;

/// What stage 3 has and stage 4 keeps, in place.
const KEPT: [&str; 9] = [
    "us-east-1/network.vpc",
    "us-east-1/network.privateSubnet[a]",
    "us-east-1/network.nat[a]",
    "us-east-1/media.bucket",
    "us-east-1/sessions.replicationGroup",
    "us-east-1/transcoding.machine",
    "us-east-1/apiRecord",
    "global/cdn.distribution",
    "global/dns.zone",
];
/// What answers the users of stage 3, and what may do so: without any of these it is down.
const RETIRED: [&str; 9] = [
    "us-east-1/web.balancer",
    "us-east-1/web.balancerGroup",
    "us-east-1/web.instanceGroup",
    "us-east-1/web.listener",
    "us-east-1/web.targetGroup",
    "us-east-1/web.group",
    "us-east-1/web.template",
    "us-east-1/web.role",
    "us-east-1/sessionsFromWeb",
];

#[test]
fn the_old_service_serves_until_the_new_one_does() {
    let Some(company) = Company::new() else { return };
    company.workspace.apply("stage-3");
    let before = company.in_aws();
    assert_is_a_migration(&company.workspace.plan("stage-4"));

    let applied = company.workspace.expect(&["apply", "stage-4", "--yes", "--json"]);
    assert_always_served(&Timeline::of(&applied));
    company.assert_settled();

    let after = company.in_aws();
    for address in KEPT {
        let of_address = |item: &&crate::other_client::Item| item.address.as_deref() == Some(address);
        let id = before.iter().find(of_address).map(|item| &item.id);
        assert_eq!(after.iter().find(of_address).map(|item| &item.id), id, "{address} is the same one");
    }
    company.destroy();
}

/// What is created, kept and retired.
fn assert_is_a_migration(plan: &Plan) {
    for address in KEPT {
        let change = plan.changes.iter().find(|change| change.address == address);
        let action = change.map_or("none", |change| change.action.as_str());
        assert!(["none", "update"].contains(&action), "{address}: {action}");
    }
    for address in RETIRED {
        assert_eq!(plan.change(address).action, "delete", "{address}");
    }
    for region in crate::kubernetes::NAMES {
        for path in ["platform.cluster", "services.gateway.deployment", "edge.balancer"] {
            assert_eq!(plan.change(&format!("{region}/{path}")).action, "create");
        }
    }
    let replaced: Vec<_> = plan.changes.iter().filter(|change| change.action == "replace").collect();
    assert!(replaced.is_empty(), "nothing that lives on is made anew: {replaced:#?}");
}

/// First the new services are ready, then the API's name leads to them, then the old one goes.
fn assert_always_served(timeline: &Timeline) {
    let is_service =
        |address: &str| address.starts_with("us-east-1/services.") && address.ends_with(".deployment");
    let ready = timeline.places("finished", "create", is_service);
    assert_eq!(ready.len(), 12);
    let moved = timeline.places("started", "update", |address| address == "us-east-1/apiRecord");
    let led = timeline.places("finished", "update", |address| address == "us-east-1/apiRecord");
    let (Some(&ready), &[moved], &[led]) = (ready.last(), &moved[..], &led[..]) else {
        panic!("the record is moved once: {moved:?} {led:?}");
    };
    assert!(ready < moved, "the API's name leads to services that are not ready: {ready}, {moved}");

    let is_old = |address: &str| {
        let owner = address.split('~').next().unwrap_or_default();
        RETIRED.contains(&owner)
    };
    let gone = timeline.places("started", "delete", is_old);
    assert!(gone.len() >= RETIRED.len());
    let early: Vec<&str> =
        gone.into_iter().filter(|&place| place < led).map(|place| timeline.address(place)).collect();
    assert!(early.is_empty(), "these went while the API's name still led to them: {early:?}");
}
