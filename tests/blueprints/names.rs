//! Who answers to which name, and who when that one fails.

use std::collections::BTreeMap;

use serde_json::{Value as Json, json};

use crate::stage::{REGIONS, Stage, properties};

/// The records of a name.
fn records(stage: &Stage, name: &str) -> Vec<Json> {
    let records = stage.of_type("AWS::Route53::RecordSet").map(properties);
    records.filter(|record| record["Name"] == name).collect()
}

/// The region of a record's target.
fn region(record: &Json) -> String {
    let target = record["AliasTarget"]["DNSName"].as_str().or(record["ResourceRecords"][0].as_str());
    target.unwrap().split('/').next().unwrap().to_owned()
}

#[test]
fn each_region_has_another_that_stands_in() {
    let stage = Stage::shipped("scale");
    for name in ["nearest-api", "live"] {
        let mut served = BTreeMap::new();
        for one in REGIONS {
            let found = records(&stage, &format!("{one}.{name}.streamnow.example"));
            assert_eq!(found.len(), 2, "{one} {name}: {found:#?}");
            for record in &found {
                assert!(record["HealthCheckId"].is_string(), "{record:#}");
                served.insert((one, record["Failover"].as_str().unwrap().to_owned()), region(record));
            }
            assert_eq!(served[&(one, "PRIMARY".to_owned())], one);
            assert_ne!(served[&(one, "SECONDARY".to_owned())], one, "{name}");
        }
    }
}

#[test]
fn everybody_is_sent_to_a_region_and_its_stand_in() {
    let stage = Stage::shipped("scale");
    for name in ["nearest-api", "live"] {
        let found = records(&stage, &format!("{name}.streamnow.example"));
        assert_eq!(found.len(), 7, "six continents and everybody else");
        assert!(found.iter().any(|record| record["GeoLocation"] == json!({"CountryCode": "*"})));
        for record in found {
            let target = &record["AliasTarget"];
            let level = target["DNSName"].as_str().unwrap();
            assert!(REGIONS.iter().any(|one| level == format!("{one}.{name}.streamnow.example")), "{level}");
            assert_eq!(target["EvaluateTargetHealth"], true);
        }
    }
}

#[test]
fn the_zone_has_the_site_and_what_is_listed() {
    let mail = r#"domainRecords={mail: {name: "", type: MX, values: [10 mx.mail.example]}, proof: {name: _proof, type: TXT, values: ['"token"'], ttl: 60}}"#;
    for stage in ["growth", "scale"] {
        let stage = Stage::with(stage, &[mail]);
        let found = |name: &str| records(&stage, name).remove(0);
        assert_eq!(found("www.streamnow.example")["ResourceRecords"], json!(["streamnow.netlify.app"]));
        let mail = found("streamnow.example");
        assert_eq!((&mail["Type"], &mail["TTL"]), (&json!("MX"), &json!("3600")));
        assert_eq!(found("_proof.streamnow.example")["TTL"], "60");
    }
    let without = Stage::with("growth", &["siteHost=\"\""]);
    assert_eq!(records(&without, "www.streamnow.example"), [Json::Null; 0]);
}

#[test]
fn dynos_reach_the_sessions_over_a_peering_only() {
    let routes = |stage: &Stage| {
        let routes = stage.of_type("AWS::EC2::Route").map(properties);
        routes.filter(|route| route["VpcPeeringConnectionId"] == "pcx-0123456789abcdef0").count()
    };
    let rule = "us-east-1/sessionsFromHeroku";
    let without = Stage::shipped("launch");
    assert_eq!((routes(&without), without.addresses().contains(rule)), (0, false));
    let with = Stage::with("launch", &["herokuPeering=pcx-0123456789abcdef0"]);
    assert_eq!((routes(&with), with.addresses().contains(rule)), (2, true));
}
