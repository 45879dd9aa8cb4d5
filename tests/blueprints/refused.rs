//! What AWS refuses and no schema says.

use regex::Regex;
use serde_json::Value as Json;

use crate::stage::{Stage, properties};

/// What EC2 takes in the descriptions of security groups and of their rules.
const TAKEN: &str = r"^[a-zA-Z0-9. _\-:/()#,@\[\]+=&;{}!$*]{1,255}$";

#[test]
fn descriptions_of_security_groups_have_no_letters_that_ec2_refuses() {
    let taken = Regex::new(TAKEN).unwrap();
    for stage in ["mvp", "launch", "growth", "scale"] {
        let stage = Stage::with(stage, &["herokuPeering=pcx-0123456789abcdef0"]);
        for kind in ["SecurityGroup", "SecurityGroupIngress", "SecurityGroupEgress"] {
            for desired in stage.of_type(&format!("AWS::EC2::{kind}")) {
                for description in descriptions(&properties(desired)) {
                    assert!(taken.is_match(&description), "{}: {description}", desired.address);
                }
            }
        }
    }
}

/// `Description` and `GroupDescription`, wherever they stand.
fn descriptions(json: &Json) -> Vec<String> {
    match json {
        Json::Object(map) => map
            .iter()
            .flat_map(|(key, value)| match value.as_str() {
                Some(text) if key.ends_with("Description") => vec![text.to_owned()],
                _ => descriptions(value),
            })
            .collect(),
        Json::Array(items) => items.iter().flat_map(descriptions).collect(),
        _ => Vec::new(),
    }
}

#[test]
fn protections_are_made_for_those_who_subscribed() {
    let protections =
        |variables: &[&str]| Stage::with("scale", variables).of_type("AWS::Shield::Protection").count();
    assert_eq!(protections(&[]), 0, "AWS refuses each of them without Shield Advanced");
    assert_eq!(protections(&["shieldAdvanced=true"]), 5, "three load balancers, the distribution, the zone");
}

#[test]
fn what_runs_in_the_clusters_is_of_their_version() {
    let stage = Stage::shipped("scale");
    for cluster in stage.of_type("AWS::EKS::Cluster") {
        let region = cluster.address.place();
        let version = properties(cluster)["Version"].as_str().unwrap().to_owned();
        for group in ["general", "stream"] {
            let group = stage.properties(&format!("{region}/platform.nodes[{group}]"));
            assert_eq!(group["Version"], version.as_str());
        }
        let scaler = stage.properties(&format!("{region}/autoscaler.deployment"));
        let image = scaler["spec"]["template"]["spec"]["containers"][0]["image"].as_str().unwrap();
        assert!(image.contains(&format!(":v{version}.")), "{image} in a cluster of {version}");
    }
}
