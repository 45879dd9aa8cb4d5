//! What CloudFront fetches from where, and for how long it keeps it.

use serde_json::{Value as Json, json};

use crate::stage::{REGIONS, Stage};

const DISTRIBUTION: &str = "global/cdn.distribution";

/// The behaviours of the distribution, in the order in which CloudFront tries them.
fn behaviors(stage: &Stage) -> Vec<Json> {
    let config = &stage.properties(DISTRIBUTION)["DistributionConfig"];
    config["CacheBehaviors"].as_array().unwrap().clone()
}

fn position(behaviors: &[Json], pattern: &str) -> usize {
    let found = behaviors.iter().position(|behavior| behavior["PathPattern"] == pattern);
    found.unwrap_or_else(|| panic!("no {pattern} in {behaviors:#?}"))
}

#[test]
fn live_video_comes_from_the_region_that_writes_it() {
    let stage = Stage::shipped("scale");
    let config = &stage.properties(DISTRIBUTION)["DistributionConfig"];
    let behaviors = behaviors(&stage);
    for region in REGIONS {
        let origin =
            config["Origins"].as_array().unwrap().iter().find(|origin| origin["Id"] == region).unwrap();
        assert_eq!(origin["DomainName"], format!("{region}/media.bucket RegionalDomainName"));
        let (playlists, pieces) = (format!("live/{region}/*.m3u8"), format!("live/{region}/*"));
        let (playlists, pieces) = (position(&behaviors, &playlists), position(&behaviors, &pieces));
        assert!(playlists < pieces, "the first pattern that fits decides");
        for behavior in [playlists, pieces] {
            assert_eq!(behaviors[behavior]["TargetOriginId"], region);
        }

        let policy =
            stage.properties(&format!("{region}/mediaPolicy"))["PolicyDocument"]["Statement"][1].clone();
        assert_eq!(policy["Principal"], json!({"Service": "cloudfront.amazonaws.com"}));
        assert!(policy["Resource"].to_string().contains("/live/*"), "{policy:#}");
        let streaming = stage.properties(&format!("{region}/services.streaming.deployment")).to_string();
        assert!(streaming.contains(&format!("live/{region}/")), "{streaming}");
    }
}

#[test]
fn playlists_are_kept_for_seconds_and_pieces_for_long() {
    for stage in ["growth", "scale"] {
        let stage = Stage::shipped(stage);
        let policy = &stage.properties("global/cdn.playlists")["CachePolicyConfig"];
        assert!(policy["DefaultTTL"].as_u64().unwrap() <= 2);
        let behaviors = behaviors(&stage);
        position(&behaviors, "*.m3u8");
        for behavior in behaviors {
            let of_playlists = behavior["PathPattern"].as_str().unwrap().contains(".m3u8");
            let short = behavior["CachePolicyId"] == "global/cdn.playlists Id";
            assert_eq!(short, of_playlists, "{behavior:#}");
        }
    }
}
