//! EKS and IAM's OIDC providers over the wire; what the main emulator lacks, on the other one.
#![cfg(feature = "aws")]

mod common;

use std::io::{Read, Write};
use std::net::TcpStream;
use std::time::{Duration, SystemTime};

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use common::{World, assert_holds, over_the_wire_with};
use serde_json::json;
use stackctl::model::{Address, Json, Live, Region};

const CLUSTER: &str = "AWS::EKS::Cluster";
const PLACE: &str = "us-east-1";
const CLUSTER_AT: &str = "us-east-1/platform.cluster";
const ROLE: &str = "arn:aws:iam::000000000000:role/eks";

fn properties(live: &Live) -> Json {
    Json::Object(live.properties.clone())
}

fn assert_tags(live: &Live, address: &str) {
    assert_eq!(live.address().map(Address::as_str), Some(address));
    assert_eq!(live.tags.get("tier").map(String::as_str), Some("edge"));
    assert!(!live.tags.contains_key("team"));
}

fn cluster(name: &str) -> Json {
    json!({
        "Name": name,
        "RoleArn": ROLE,
        "Version": "1.31",
        "ResourcesVpcConfig": {
            "SubnetIds": ["subnet-1", "subnet-2"],
            "EndpointPrivateAccess": true,
            "EndpointPublicAccess": true,
            "PublicAccessCidrs": ["203.0.113.0/24"],
        },
        "Logging": {"ClusterLogging": {"EnabledTypes": [{"Type": "api"}, {"Type": "audit"}]}},
    })
}

#[test]
fn a_cluster_is_made_read_tagged_and_removed() {
    over_the_wire_with(&[], async |world| {
        let wanted = cluster("shop-platform");
        let made = world.make(CLUSTER, CLUSTER_AT, wanted.clone()).await;
        assert_eq!(made.identifier.as_str(), "shop-platform");
        for attribute in ["Arn", "Endpoint", "ClusterSecurityGroupId", "OpenIdConnectIssuerUrl"] {
            assert!(made.str(attribute).is_some_and(|text| !text.is_empty()), "{attribute}");
        }
        let sought = [(CLUSTER_AT, wanted.clone())];
        let live = world.one(CLUSTER, PLACE, &sought, &[]).await;
        assert_holds(&properties(&live), &wanted, "cluster");
        world.retag(&live, CLUSTER_AT, wanted.clone()).await;
        // By its name alone, as an orphan is found.
        let live = world.one(CLUSTER, PLACE, &[], &[]).await;
        assert_tags(&live, CLUSTER_AT);
        world.remove(&live, false).await;
        assert!(world.list(CLUSTER, PLACE, &sought, &[]).await.is_empty());
    });
}

#[test]
fn settings_of_a_cluster_change_one_after_another() {
    over_the_wire_with(&["EKS"], async |world| {
        let world = world.of_stack("settings");
        let wanted = cluster("shop-settings");
        let live = world.make(CLUSTER, CLUSTER_AT, wanted.clone()).await;
        let mut other = wanted.clone();
        other["Logging"] = json!({"ClusterLogging": {"EnabledTypes": [{"Type": "scheduler"}]}});
        let remote = json!({"RemoteNodeNetworks": [{"Cidrs": ["10.9.0.0/16"]}]});
        other["RemoteNetworkConfig"] = remote.clone();
        let set = ["Logging.ClusterLogging.EnabledTypes[0]", "RemoteNetworkConfig"];
        world.change(&live, CLUSTER_AT, other.clone(), &set, &[]).await;
        let live = world.one(CLUSTER, PLACE, &[(CLUSTER_AT, other.clone())], &[]).await;
        assert_eq!(live.properties["Logging"], other["Logging"]);
        assert_eq!(live.properties["RemoteNetworkConfig"], remote);
        world.remove(&live, false).await;
    });
}

/// A cluster that the stack owns, for what hangs under it.
async fn platform(world: &World, name: &str) -> Live {
    world.make(CLUSTER, CLUSTER_AT, cluster(name)).await
}

/// Makes, reads, tags and removes what hangs under a cluster; it is found by its key, and as an orphan.
async fn live_under(
    world: &World,
    cluster: &Live,
    resource_type: &str,
    address: &str,
    wanted: &Json,
) -> Live {
    let parents = [cluster.clone()];
    world.make(resource_type, address, wanted.clone()).await;
    let sought = [(address, wanted.clone())];
    // A cluster that is not the stack's: found by the key alone.
    let live = world.one(resource_type, PLACE, &sought, &[]).await;
    assert_holds(&properties(&live), wanted, resource_type);
    world.retag(&live, address, wanted.clone()).await;
    let live = world.one(resource_type, PLACE, &[], &parents).await;
    assert_tags(&live, address);
    live
}

async fn remove(world: &World, cluster: &Live, live: &Live) {
    world.remove(live, false).await;
    let left = world.list(live.resource_type.as_str(), PLACE, &[], std::slice::from_ref(cluster)).await;
    assert!(left.is_empty(), "{left:?}");
}

#[test]
fn a_node_group_hangs_under_its_cluster() {
    over_the_wire_with(&[], async |world| {
        const TYPE: &str = "AWS::EKS::Nodegroup";
        const ADDRESS: &str = "us-east-1/platform.nodes";
        let cluster = platform(&world, "shop-nodes").await;
        let wanted = json!({
            "ClusterName": "shop-nodes",
            "NodegroupName": "web",
            "NodeRole": ROLE,
            "Subnets": ["subnet-1"],
            "InstanceTypes": ["m6i.large"],
            "CapacityType": "SPOT",
            "ScalingConfig": {"MinSize": 2, "MaxSize": 6, "DesiredSize": 2},
            "Labels": {"tier": "web"},
            "Taints": [{"Key": "spot", "Value": "yes", "Effect": "NO_SCHEDULE"}],
        });
        let live = live_under(&world, &cluster, TYPE, ADDRESS, &wanted).await;
        assert_eq!(live.identifier.as_str(), "shop-nodes/web");
        remove(&world, &cluster, &live).await;
    });
}

#[test]
fn a_node_group_is_reconfigured() {
    over_the_wire_with(&["EKS"], async |world| {
        const TYPE: &str = "AWS::EKS::Nodegroup";
        const ADDRESS: &str = "us-east-1/platform.nodes";
        let world = world.of_stack("reconfigured");
        let cluster = platform(&world, "shop-reconfigured").await;
        let wanted = json!({
            "ClusterName": "shop-reconfigured",
            "NodegroupName": "web",
            "NodeRole": ROLE,
            "Subnets": ["subnet-1"],
            "ScalingConfig": {"MinSize": 2, "MaxSize": 6, "DesiredSize": 2},
            "Labels": {"tier": "web", "old": "yes"},
            "Taints": [{"Key": "spot", "Value": "yes", "Effect": "NO_SCHEDULE"}],
            "UpdateConfig": {"MaxUnavailablePercentage": 50},
        });
        let live = world.make(TYPE, ADDRESS, wanted.clone()).await;
        let mut other = wanted.clone();
        other["ScalingConfig"] = json!({"MinSize": 3, "MaxSize": 9, "DesiredSize": 4});
        other["Labels"] = json!({"tier": "edge"});
        other["Taints"] = json!([{"Key": "arm", "Value": "yes", "Effect": "NO_EXECUTE"}]);
        other["UpdateConfig"] = json!({"MaxUnavailable": 2});
        let set = ["ScalingConfig.MinSize", "Labels.tier", "Taints[0]", "UpdateConfig.MaxUnavailable"];
        let removed = ["Labels.old", "UpdateConfig.MaxUnavailablePercentage"];
        world.change(&live, ADDRESS, other.clone(), &set, &removed).await;
        let live = world.one(TYPE, PLACE, &[(ADDRESS, other.clone())], &[]).await;
        assert_holds(&properties(&live), &other, "node group");
        assert_eq!(live.properties["Labels"], other["Labels"]);
        remove(&world, &cluster, &live).await;
        world.remove(&cluster, false).await;
    });
}

#[test]
fn an_addon_is_updated_in_place() {
    over_the_wire_with(&[], async |world| {
        const TYPE: &str = "AWS::EKS::Addon";
        const ADDRESS: &str = "us-east-1/platform.dns";
        let cluster = platform(&world, "shop-addons").await;
        let wanted = json!({
            "ClusterName": "shop-addons",
            "AddonName": "coredns",
            "AddonVersion": "v1.11.1-eksbuild.4",
            "ConfigurationValues": r#"{"replicaCount":2}"#,
        });
        let live = live_under(&world, &cluster, TYPE, ADDRESS, &wanted).await;
        let newer = json!({
            "ClusterName": "shop-addons",
            "AddonName": "coredns",
            "AddonVersion": "v1.11.3-eksbuild.1",
            "ResolveConflicts": "OVERWRITE",
        });
        world.change(&live, ADDRESS, newer, &["AddonVersion"], &["ConfigurationValues"]).await;
        let live = world.one(TYPE, PLACE, &[], std::slice::from_ref(&cluster)).await;
        assert_eq!(live.str("AddonVersion"), Some("v1.11.3-eksbuild.1"));
        assert_eq!(live.str("ConfigurationValues"), Some("{}"));
        remove(&world, &cluster, &live).await;
    });
}

#[test]
fn an_access_entry_has_policies() {
    over_the_wire_with(&[], async |world| {
        const TYPE: &str = "AWS::EKS::AccessEntry";
        const ADDRESS: &str = "us-east-1/platform.operators";
        let cluster = platform(&world, "shop-access").await;
        let policy = |name: &str| format!("arn:aws:eks::aws:cluster-access-policy/{name}");
        let wanted = json!({
            "ClusterName": "shop-access",
            "PrincipalArn": "arn:aws:iam::000000000000:role/operators",
            "KubernetesGroups": ["viewers"],
            "AccessPolicies": [{
                "PolicyArn": policy("AmazonEKSEditPolicy"),
                "AccessScope": {"Type": "namespace", "Namespaces": ["web"]},
            }],
        });
        let live = live_under(&world, &cluster, TYPE, ADDRESS, &wanted).await;
        assert_eq!(live.identifier.as_str(), "arn:aws:iam::000000000000:role/operators|shop-access");
        let mut other = wanted.clone();
        other["KubernetesGroups"] = json!(["viewers", "editors"]);
        other["AccessPolicies"] =
            json!([{"PolicyArn": policy("AmazonEKSViewPolicy"), "AccessScope": {"Type": "cluster"}}]);
        let set = ["KubernetesGroups[1]", "AccessPolicies[0]"];
        world.change(&live, ADDRESS, other.clone(), &set, &[]).await;
        let live = world.one(TYPE, PLACE, &[], std::slice::from_ref(&cluster)).await;
        assert_holds(&properties(&live), &other, "entry");
        remove(&world, &cluster, &live).await;
    });
}

#[test]
fn a_service_account_gets_another_role() {
    over_the_wire_with(&[], async |world| {
        const TYPE: &str = "AWS::EKS::PodIdentityAssociation";
        const ADDRESS: &str = "us-east-1/platform.apiRole";
        let cluster = platform(&world, "shop-pods").await;
        let wanted = json!({
            "ClusterName": "shop-pods",
            "Namespace": "web",
            "ServiceAccount": "api",
            "RoleArn": ROLE,
        });
        let live = world.make(TYPE, ADDRESS, wanted.clone()).await;
        let mut other = wanted.clone();
        other["RoleArn"] = json!("arn:aws:iam::000000000000:role/api");
        world.change(&live, ADDRESS, other.clone(), &["RoleArn"], &[]).await;
        let live = world.one(TYPE, PLACE, &[(ADDRESS, other.clone())], &[]).await;
        assert_holds(&properties(&live), &other, "association");
        remove(&world, &cluster, &live).await;
    });
}

#[test]
fn a_fargate_profile_is_found_under_its_cluster() {
    over_the_wire_with(&["EKS"], async |world| {
        const TYPE: &str = "AWS::EKS::FargateProfile";
        const ADDRESS: &str = "us-east-1/platform.batch";
        let world = world.of_stack("fargate");
        let cluster = platform(&world, "shop-fargate").await;
        let wanted = json!({
            "ClusterName": "shop-fargate",
            "FargateProfileName": "batch",
            "PodExecutionRoleArn": ROLE,
            "Subnets": ["subnet-1"],
            "Selectors": [{"Namespace": "batch", "Labels": [{"Key": "size", "Value": "small"}]}],
        });
        world.make(TYPE, ADDRESS, wanted.clone()).await;
        let live = world.one(TYPE, PLACE, &[], std::slice::from_ref(&cluster)).await;
        assert_holds(&properties(&live), &wanted, "profile");
        assert_eq!(live.identifier.as_str(), "shop-fargate|batch");
        remove(&world, &cluster, &live).await;
        world.remove(&cluster, false).await;
    });
}

#[test]
fn an_oidc_provider_changes_clients_and_thumbprints() {
    over_the_wire_with(&["IAM"], async |world| {
        const TYPE: &str = "AWS::IAM::OIDCProvider";
        const ADDRESS: &str = "global/platform.irsa";
        let wanted = json!({
            "Url": "https://oidc.eks.us-east-1.amazonaws.com/id/A1B2",
            "ClientIdList": ["sts.amazonaws.com"],
            "ThumbprintList": ["9e99a48a9960b14926bb7f3b02e22da2b0ab7280"],
        });
        let live = world.make(TYPE, ADDRESS, wanted.clone()).await;
        let sought = [(ADDRESS, wanted.clone())];
        let mut found = properties(&world.one(TYPE, "global", &sought, &[]).await);
        found.as_object_mut().unwrap().remove("Arn");
        assert_eq!(found, wanted);
        let mut other = wanted.clone();
        other["ThumbprintList"] = json!(["1c58a3a8518e8759bf075b76b750d4f2df264fcd"]);
        world.change(&live, ADDRESS, other.clone(), &["ThumbprintList[0]"], &[]).await;
        world.retag(&live, ADDRESS, other.clone()).await;
        let live = world.one(TYPE, "global", &[], &[]).await;
        assert_holds(&properties(&live), &other, "provider");
        assert_tags(&live, ADDRESS);
        world.remove(&live, false).await;
        assert!(world.list(TYPE, "global", &sought, &[]).await.is_empty());
    });
}

#[test]
fn a_token_tells_a_cluster_who_asks() {
    over_the_wire_with(&[], async |world| {
        let before = SystemTime::now();
        let token = world.provider.eks_token(&Region::new("eu-west-1"), "shop-platform").await.unwrap();
        let life = token.expires.duration_since(before).unwrap();
        assert!(life > Duration::from_mins(13) && life < Duration::from_mins(15), "{life:?}");
        let url = token.text.strip_prefix("k8s-aws-v1.").expect("the prefix of EKS tokens");
        let url = String::from_utf8(URL_SAFE_NO_PAD.decode(url).unwrap()).unwrap();
        assert!(url.contains("%2Feu-west-1%2Fsts%2Faws4_request"), "{url}");
        let answer = get(&url, "x-k8s-aws-id: shop-platform");
        assert!(answer.starts_with("HTTP/1.1 200"), "{answer}");
        let account = world.account().await;
        assert!(answer.contains(&format!("<Account>{account}</Account>")), "{answer}");
    });
}

/// One plain GET, as a cluster makes it.
fn get(url: &str, header: &str) -> String {
    let rest = url.strip_prefix("http://").expect("an emulator's URL");
    let (host, path) = rest.split_once('/').unwrap();
    let mut stream = TcpStream::connect(host).unwrap();
    write!(stream, "GET /{path} HTTP/1.1\r\nHost: {host}\r\n{header}\r\nConnection: close\r\n\r\n").unwrap();
    let mut answer = String::new();
    stream.read_to_string(&mut answer).unwrap();
    answer
}
