//! Auto Scaling and ElastiCache over the wire.
#![cfg(feature = "aws")]

mod common;

use common::{assert_holds, over_the_wire};
use serde_json::json;
use stackctl::model::{Address, Json, Live};

fn properties(live: &Live) -> Json {
    Json::Object(live.properties.clone())
}

fn assert_tags(live: &Live, address: &str) {
    assert_eq!(live.address().map(Address::as_str), Some(address));
    assert_eq!(live.tags.get("tier").map(String::as_str), Some("edge"));
    assert!(!live.tags.contains_key("team"));
}

#[test]
fn a_parameter_group_sets_and_resets() {
    over_the_wire(async |world| {
        const TYPE: &str = "AWS::ElastiCache::ParameterGroup";
        const ADDRESS: &str = "us-east-1/cache.parameters";
        let wanted = json!({
            "CacheParameterGroupName": "shop-cache-parameters",
            "CacheParameterGroupFamily": "redis7",
            "Description": "cache",
            "Properties": {"maxmemory-policy": "allkeys-lru", "timeout": "30"},
        });
        let made = world.make(TYPE, ADDRESS, wanted.clone()).await;
        assert_eq!(made.identifier.as_str(), "shop-cache-parameters");
        let sought = [(ADDRESS, wanted.clone())];
        let live = world.one(TYPE, "us-east-1", &sought, &[]).await;
        assert_eq!(properties(&live), wanted);

        let mut less = wanted.clone();
        less["Properties"] = json!({"timeout": "60"});
        let set = ["Properties.timeout"];
        world.change(&live, ADDRESS, less.clone(), &set, &["Properties.maxmemory-policy"]).await;
        world.retag(&live, ADDRESS, less.clone()).await;
        let live = world.one(TYPE, "us-east-1", &sought, &[]).await;
        assert_eq!(properties(&live), less);
        assert_tags(&live, ADDRESS);
        world.remove(&live, false).await;
        assert!(world.list(TYPE, "us-east-1", &sought, &[]).await.is_empty());
    });
}

#[test]
fn a_subnet_group_with_another_subnet() {
    over_the_wire(async |world| {
        const TYPE: &str = "AWS::ElastiCache::SubnetGroup";
        const ADDRESS: &str = "us-east-1/cache.subnets";
        let mut subnets = subnets().await;
        subnets.sort_unstable();
        let wanted = json!({
            "CacheSubnetGroupName": "shop-cache-subnets",
            "Description": "cache",
            "SubnetIds": [subnets[0]],
        });
        world.make(TYPE, ADDRESS, wanted.clone()).await;
        let sought = [(ADDRESS, wanted.clone())];
        let live = world.one(TYPE, "us-east-1", &sought, &[]).await;
        assert_eq!(properties(&live), wanted);

        let mut more = wanted.clone();
        more["SubnetIds"] = json!(subnets);
        more["Description"] = json!("the cache's");
        world.change(&live, ADDRESS, more.clone(), &["SubnetIds[1]", "Description"], &[]).await;
        world.retag(&live, ADDRESS, more.clone()).await;
        let live = world.one(TYPE, "us-east-1", &sought, &[]).await;
        assert_eq!(properties(&live), more);
        assert_tags(&live, ADDRESS);
        world.remove(&live, false).await;
        assert!(world.list(TYPE, "us-east-1", &sought, &[]).await.is_empty());
    });
}

#[test]
fn a_replication_group_grows() {
    over_the_wire(async |world| {
        const TYPE: &str = "AWS::ElastiCache::ReplicationGroup";
        const ADDRESS: &str = "us-east-1/cache";
        let wanted = json!({
            "ReplicationGroupId": "shop-cache-wire",
            "ReplicationGroupDescription": "cache",
            "Engine": "redis",
            "EngineVersion": "7.1",
            "CacheNodeType": "cache.t4g.small",
            "NumCacheClusters": 2,
            "AutomaticFailoverEnabled": true,
            "MultiAZEnabled": false,
            "TransitEncryptionEnabled": true,
            "AtRestEncryptionEnabled": true,
            "SnapshotRetentionLimit": 3,
            "PreferredMaintenanceWindow": "mon:03:00-mon:04:00",
            "SecurityGroupIds": ["sg-0123456789abcdef0"],
        });
        let made = world.make(TYPE, ADDRESS, wanted.clone()).await;
        let endpoint = made.properties["PrimaryEndPoint"].clone();
        assert!(endpoint["Address"].is_string() && endpoint["Port"].is_string(), "{endpoint}");
        let sought = [(ADDRESS, wanted.clone())];
        let live = world.one(TYPE, "us-east-1", &sought, &[]).await;
        assert_holds(&properties(&live), &wanted, "group");
        // A plan of another stack sees it by its name alone, and not as its own.
        assert_eq!(live.address().map(Address::as_str), Some(ADDRESS));

        let mut more = wanted.clone();
        more["NumCacheClusters"] = json!(4);
        more["MultiAZEnabled"] = json!(true);
        more["CacheNodeType"] = json!("cache.m6g.large");
        more.as_object_mut().unwrap().remove("SnapshotRetentionLimit");
        let set = ["NumCacheClusters", "MultiAZEnabled", "CacheNodeType"];
        world.change(&live, ADDRESS, more.clone(), &set, &["SnapshotRetentionLimit"]).await;
        world.retag(&live, ADDRESS, more.clone()).await;
        let live = world.one(TYPE, "us-east-1", &sought, &[]).await;
        assert_holds(&properties(&live), &more, "group");
        assert_eq!(live.properties["SnapshotRetentionLimit"], json!(0));
        assert_eq!(live.properties["ReplicasPerNodeGroup"], json!(3));
        assert_tags(&live, ADDRESS);
        world.remove(&live, false).await;
        assert!(world.list(TYPE, "us-east-1", &sought, &[]).await.is_empty());
    });
}

/// Two subnets, made by the SDK alone: these tests are not about them.
async fn subnets() -> Vec<String> {
    let region = aws_config::Region::new("us-east-1");
    let config = aws_config::defaults(aws_config::BehaviorVersion::latest()).region(region).load().await;
    let client = aws_sdk_ec2::Client::new(&config);
    let vpc = client.create_vpc().cidr_block("10.0.0.0/16").send().await.expect("a VPC").vpc;
    let vpc = vpc.and_then(|vpc| vpc.vpc_id).expect("a VPC's id");
    let mut ids = Vec::new();
    for (zone, cidr) in [("us-east-1a", "10.0.0.0/24"), ("us-east-1b", "10.0.1.0/24")] {
        let call = client.create_subnet().vpc_id(&vpc).cidr_block(cidr).availability_zone(zone);
        let subnet = call.send().await.expect("a subnet").subnet;
        ids.extend(subnet.and_then(|subnet| subnet.subnet_id));
    }
    ids
}
