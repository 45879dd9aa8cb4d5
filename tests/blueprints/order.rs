//! What waits for what, and what must not.

use crate::stage::{REGIONS, Stage};

#[test]
fn instances_and_nodes_start_with_a_way_out() {
    let growth = Stage::shipped("growth");
    assert_has_a_way_out(&growth, "us-east-1", &["web.group"]);
    let scale = Stage::shipped("scale");
    for region in REGIONS {
        assert_has_a_way_out(
            &scale,
            region,
            &["platform.nodes[general]", "platform.nodes[stream]", "edge.nodes"],
        );
    }
}

fn assert_has_a_way_out(stage: &Stage, region: &str, starting: &[&str]) {
    for path in starting {
        let before = stage.before(&format!("{region}/{path}"));
        for zone in ["a", "b", "c"] {
            let route = format!("{region}/network.privateRoute[{zone}]");
            assert!(before.contains(route.as_str()), "{region}/{path} may start before {route}");
        }
    }
}

#[test]
fn load_balancers_wait_for_the_internet_gateway() {
    for (stage, balancer) in [("growth", "us-east-1/web.balancer"), ("scale", "eu-west-1/edge.balancer")] {
        let stage = Stage::shipped(stage);
        let attachment =
            balancer.split_once('/').map(|(region, _)| format!("{region}/network.internetAttachment"));
        assert!(stage.before(balancer).contains(attachment.unwrap().as_str()), "{balancer}");
    }
}

#[test]
fn the_name_of_stage_3_leads_to_instances_that_answer() {
    for delegated in ["domainDelegated=false", "domainDelegated=true"] {
        let stage = Stage::with("growth", &[delegated]);
        let before = stage.before("us-east-1/web.record");
        let listeners = stage.of_type("AWS::ElasticLoadBalancingV2::Listener");
        for needed in listeners.map(|listener| listener.address.as_str()).chain(["us-east-1/web.group"]) {
            assert!(before.contains(needed), "{delegated}: the name may move before {needed}");
        }
    }
}

/// An upload that is missing in a bucket keeps nobody from the API.
#[test]
fn viewers_wait_for_no_function_and_no_model() {
    let stage = Stage::shipped("scale");
    let addresses = stage.addresses();
    let answers =
        addresses.iter().filter(|address| address.contains("/nearest.") || address.ends_with("/apiRecord"));
    let mut seen = 0;
    for answer in answers {
        seen += 1;
        let before = stage.before(answer);
        assert!(before.iter().any(|address| address.contains("/services.gateway.deployment")), "{answer}");
        for optional in ["/recommendations.", "/transcoding.", "/alarms."] {
            let found = before.iter().find(|address| address.contains(optional));
            assert_eq!(found, None, "{answer} waits for it");
        }
    }
    assert!(seen > 6);
}

#[test]
fn what_uploads_under_way_run_by_keeps_its_permissions() {
    let (growth, scale) = (Stage::shipped("growth"), Stage::shipped("scale"));
    let machine = "us-east-1/transcoding.machine";
    let role = |stage: &Stage| stage.properties(machine)["RoleArn"].as_str().unwrap().to_owned();
    let of_growth = role(&growth);
    let old = of_growth.split(' ').next().unwrap();
    assert_ne!(of_growth, role(&scale));
    assert!(!scale.addresses().contains(old), "{old} retires, and is not given other permissions before");
    for (stage, role) in [(&growth, old), (&scale, role(&scale).split(' ').next().unwrap())] {
        let policies = stage.properties(role)["Policies"].to_string();
        assert!(
            policies.contains("xray:PutTraceSegments"),
            "{role} can't send the traces that {machine} makes"
        );
    }
}
