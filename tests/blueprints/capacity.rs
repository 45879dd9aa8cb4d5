//! There are nodes for all pods that there may be, and quota.

use std::collections::BTreeMap;

use serde_json::Value as Json;

use crate::stage::{REGIONS, Stage, properties};

/// What a node of four processors has for pods: less what EKS reserves and what runs on each node, in thousandths.
const OF_A_NODE: u64 = 3_740;
/// What the cluster's own pods ask for (names, metrics, volumes, the autoscaler), all in `general`.
const OF_THE_CLUSTER: u64 = 700;

/// What a service may come to in a region.
struct Service {
    nodes: String,
    processors: u64,
    mebibytes: u64,
    pods: u64,
}

/// All of a region, at their largest count and with the pods that a rollout adds.
fn services(stage: &Stage, region: &str) -> Vec<Service> {
    let at_most: BTreeMap<String, u64> = stage
        .of_type("autoscaling/v2/HorizontalPodAutoscaler")
        .filter(|desired| desired.address.place() == region)
        .map(properties)
        .map(|scaler| (text(&scaler["metadata"]["name"]), scaler["spec"]["maxReplicas"].as_u64().unwrap()))
        .collect();
    let deployments = stage.of_type("apps/v1/Deployment").filter(|desired| desired.address.place() == region);
    let services = deployments.map(properties).filter_map(|deployment| {
        let most = *at_most.get(&text(&deployment["metadata"]["name"]))?;
        let (spec, strategy) = (&deployment["spec"]["template"]["spec"], &deployment["spec"]["strategy"]);
        assert_eq!(strategy["rollingUpdate"]["maxSurge"], "25%");
        let requests = &spec["containers"][0]["resources"]["requests"];
        Some(Service {
            nodes: text(&spec["nodeSelector"]["role"]),
            processors: processors(&requests["cpu"]),
            mebibytes: mebibytes(&requests["memory"]),
            pods: most + most.div_ceil(4),
        })
    });
    services.collect()
}

fn text(json: &Json) -> String {
    json.as_str().unwrap_or_else(|| panic!("{json} is no text")).to_owned()
}

/// `250m` or `1`, in thousandths.
fn processors(quantity: &Json) -> u64 {
    let text = text(quantity);
    text.strip_suffix('m')
        .map_or_else(|| text.parse::<u64>().unwrap() * 1000, |thousandths| thousandths.parse().unwrap())
}

fn mebibytes(quantity: &Json) -> u64 {
    let text = text(quantity);
    let gibibytes = |text: &str| text.parse::<u64>().unwrap() * 1024;
    text.strip_suffix("Gi").map_or_else(|| text.strip_suffix("Mi").unwrap().parse().unwrap(), gibibytes)
}

#[test]
fn the_quota_holds_every_service_at_its_largest() {
    let stage = Stage::shipped("scale");
    for region in REGIONS {
        let services = services(&stage, region);
        assert_eq!(services.len(), 12);
        let hard = &stage.properties(&format!("{region}/services.workspace.quota"))["spec"]["hard"];
        let sum = |of: fn(&Service) -> u64| services.iter().map(of).sum::<u64>();
        assert!(sum(|one| one.pods) <= text(&hard["pods"]).parse().unwrap());
        assert!(sum(|one| one.pods * one.processors) <= processors(&hard["requests.cpu"]));
        assert!(sum(|one| one.pods * one.mebibytes) <= mebibytes(&hard["requests.memory"]));
    }
}

#[test]
fn the_nodes_hold_every_service_at_its_largest() {
    let stage = Stage::shipped("scale");
    for region in REGIONS {
        let services = services(&stage, region);
        for group in ["general", "stream", "edge"] {
            let of_group = || services.iter().filter(|service| service.nodes == group);
            let own = if group == "general" { OF_THE_CLUSTER } else { 0 };
            // No pod is split: of each node, what is less than the largest pod may stay empty.
            let largest = of_group().map(|service| service.processors).max().unwrap();
            let usable = if of_group().count() == 1 { OF_A_NODE / largest * largest } else { OF_A_NODE };
            let asked = own + of_group().map(|service| service.pods * service.processors).sum::<u64>();
            let (needed, most) = (asked.div_ceil(usable), largest_count(&stage, region, group));
            assert!(needed <= most, "{region} {group}: {needed} nodes are needed, {most} may be");
        }
    }
}

fn largest_count(stage: &Stage, region: &str, group: &str) -> u64 {
    match group {
        "edge" => text(&stage.properties(&format!("{region}/edge.nodes"))["MaxSize"]).parse().unwrap(),
        _ => {
            let group = stage.properties(&format!("{region}/platform.nodes[{group}]"));
            group["ScalingConfig"]["MaxSize"].as_u64().unwrap()
        }
    }
}
