//! The simulated cloud against what AWS is known to do.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::json;

use super::*;
use crate::model::{Address, Identifier, Lifecycle, Region, TAG_ADDRESS, TAG_STACK, Token};
use crate::providers::{Create, Delete, Delta, Pending, PendingItem, Query, Readiness, Update, Wanted};

fn scope() -> Scope {
    Scope::Region(Region::new("eu-west-1"))
}

fn stack() -> StackName {
    StackName::new("shop")
}

fn map(value: Json) -> JsonMap {
    match value {
        Json::Object(map) => map,
        other => panic!("{other} is no object"),
    }
}

fn tags(path: &str) -> BTreeMap<String, String> {
    let address = Address::new("eu-west-1", path, None);
    [(TAG_STACK.to_owned(), "shop".to_owned()), (TAG_ADDRESS.to_owned(), address.to_tag())].into()
}

struct Hand {
    cloud: Cloud,
}

impl Hand {
    fn new(behaviour: Behaviour) -> Self {
        Self { cloud: Cloud::new(behaviour) }
    }

    fn handler(&self, resource_type: &str) -> Arc<dyn Handler> {
        self.cloud.handler(&ResourceType::new(resource_type)).unwrap()
    }

    async fn create(&self, kind: &str, path: &str, properties: Json, token: &str) -> Result<Identifier> {
        let tags = tags(path);
        let request = Create {
            scope: &scope(),
            stack: &stack(),
            address: &Address::new("eu-west-1", path, None),
            properties: &map(properties),
            tags: &tags,
            token: &Token::new(token),
            lifecycle: &Lifecycle::default(),
        };
        self.handler(kind).create(&request).await
    }

    async fn list(&self, kind: &str) -> Vec<Live> {
        self.list_wanted(kind, &[]).await
    }

    async fn list_wanted(&self, kind: &str, wanted: &[Wanted]) -> Vec<Live> {
        let query = Query { scope: &scope(), stack: &stack(), wanted, parents: &[], tagged: &[] };
        self.handler(kind).list(&query).await.unwrap()
    }

    async fn delete(&self, kind: &str, live: &Live) -> Result<()> {
        let request = Delete { scope: &scope(), stack: &stack(), live, force: false };
        self.handler(kind).delete(&request).await
    }

    async fn ready(&self, kind: &str, identifier: &Identifier) -> Readiness {
        let item = PendingItem {
            identifier: identifier.clone(),
            address: Address::new("eu-west-1", "x", None),
            properties: JsonMap::new(),
            deleting: false,
        };
        let request = Pending { scope: &scope(), stack: &stack(), items: &[item] };
        self.handler(kind).ready(&request).await.unwrap().remove(0)
    }
}

const VPC: &str = "AWS::EC2::VPC";

#[tokio::test]
async fn ids_and_attributes_look_like_the_real_ones() {
    let hand = Hand::new(Behaviour::instant());
    let vpc = hand.create(VPC, "vpc", json!({"CidrBlock": "10.0.0.0/16"}), "a").await.unwrap();
    assert!(vpc.as_str().starts_with("vpc-") && vpc.as_str().len() == 21, "{vpc}");
    let live = &hand.list(VPC).await[0];
    assert_eq!(live.str("VpcId"), Some(vpc.as_str()));
    assert_eq!(live.ownership, Ownership::Tagged(Address::new("eu-west-1", "vpc", None)));

    let properties = json!({"RoleName": "shop-web", "AssumeRolePolicyDocument": {}});
    hand.create("AWS::IAM::Role", "role", properties, "b").await.unwrap();
    let role = &hand.list("AWS::IAM::Role").await[0];
    assert_eq!(role.identifier.as_str(), "shop-web");
    assert_eq!(role.str("Arn"), Some("arn:aws:iam::123456789012:role/shop-web"));

    let properties = json!({"DBInstanceIdentifier": "shop-db", "Engine": "postgres"});
    hand.create("AWS::RDS::DBInstance", "db", properties, "c").await.unwrap();
    let database = &hand.list("AWS::RDS::DBInstance").await[0];
    let endpoint = database.properties.get("Endpoint").unwrap();
    assert!(endpoint["Address"].as_str().unwrap().ends_with(".amazonaws.com"), "{endpoint}");
}

#[tokio::test]
async fn every_type_of_the_catalog_can_be_made_found_and_deleted() {
    let hand = Hand::new(Behaviour { fills_in: true, ..Behaviour::instant() });
    let mut seen = BTreeSet::new();
    for (index, kind) in Catalog::embedded().names().enumerate() {
        let token = format!("t{index}");
        let identifier = hand.create(kind, &format!("r{index}"), json!({}), &token).await;
        let identifier = identifier.unwrap_or_else(|error| panic!("{kind}: {error}"));
        assert!(!identifier.as_str().is_empty(), "{kind}");
        assert!(matches!(hand.ready(kind, &identifier).await, Readiness::Ready(_)), "{kind}");
        seen.insert((kind, identifier));
    }
    assert_eq!(hand.cloud.everything().len(), seen.len());
    for live in hand.cloud.everything() {
        hand.delete(live.resource_type.as_str(), &live).await.unwrap();
    }
    assert!(hand.cloud.everything().is_empty());
}

#[tokio::test]
async fn a_token_is_remembered_even_after_the_resource_is_gone() {
    let hand = Hand::new(Behaviour::instant());
    let kind = "AWS::SQS::Queue";
    let first = hand.create(kind, "q", json!({}), "same").await.unwrap();
    assert_eq!(hand.create(kind, "q", json!({}), "same").await.unwrap(), first);
    let other = hand.create(kind, "q", json!({"DelaySeconds": 3}), "same").await.unwrap_err();
    assert_eq!(other.code, "IdempotentParameterMismatch");
    let live = hand.list(kind).await.remove(0);
    hand.delete(kind, &live).await.unwrap();
    assert_eq!(
        hand.create(kind, "q", json!({}), "same").await.unwrap(),
        first,
        "AWS hands the deleted one back"
    );
    assert_eq!(hand.ready(kind, &first).await, Readiness::Gone);
}

#[tokio::test]
async fn what_has_no_token_is_made_twice() {
    let hand = Hand::new(Behaviour::instant());
    assert!(!hand.handler(VPC).deduplicates());
    let properties = || json!({"CidrBlock": "10.0.0.0/16"});
    let first = hand.create(VPC, "vpc", properties(), "same").await.unwrap();
    assert_ne!(hand.create(VPC, "vpc", properties(), "same").await.unwrap(), first);
}

#[tokio::test]
async fn names_are_unique_and_a_first_attempt_is_found_again() {
    let hand = Hand::new(Behaviour { tokens: TokenSupport::Nowhere, ..Behaviour::instant() });
    let kind = "AWS::S3::Bucket";
    let properties = || json!({"BucketName": "shop-media"});
    let first = hand.create(kind, "media", properties(), "a").await.unwrap();
    assert_eq!(hand.create(kind, "media", properties(), "b").await.unwrap(), first);
    let taken = hand.create(kind, "other", properties(), "c").await.unwrap_err();
    assert_eq!(taken.kind, ErrorKind::AlreadyExists);
}

#[tokio::test]
async fn nothing_that_is_used_can_be_deleted() {
    let hand = Hand::new(Behaviour::instant());
    let vpc = hand.create(VPC, "vpc", json!({"CidrBlock": "10.0.0.0/16"}), "a").await.unwrap();
    let subnet = json!({"VpcId": vpc.as_str(), "CidrBlock": "10.0.0.0/24"});
    hand.create("AWS::EC2::Subnet", "subnet", subnet, "b").await.unwrap();
    let live = hand.list(VPC).await.remove(0);
    let refused = hand.delete(VPC, &live).await.unwrap_err();
    assert_eq!((refused.kind, refused.code.as_str()), (ErrorKind::InUse, "DependencyViolation"));
    let user = hand.list("AWS::EC2::Subnet").await.remove(0);
    hand.delete("AWS::EC2::Subnet", &user).await.unwrap();
    hand.delete(VPC, &live).await.unwrap();
    hand.delete(VPC, &live).await.expect("what is gone is deleted");
    let ghost = json!({"VpcId": vpc.as_str(), "CidrBlock": "10.0.0.0/24"});
    let refused = hand.create("AWS::EC2::Subnet", "subnet", ghost, "c").await.unwrap_err();
    assert_eq!(refused.kind, ErrorKind::Invalid);
}

#[tokio::test]
async fn what_cant_be_tagged_is_found_under_its_parent() {
    let hand = Hand::new(Behaviour::instant());
    let vpc = hand.create(VPC, "vpc", json!({"CidrBlock": "10.0.0.0/16"}), "a").await.unwrap();
    let table =
        hand.create("AWS::EC2::RouteTable", "table", json!({"VpcId": vpc.as_str()}), "b").await.unwrap();
    let gateway = hand.create("AWS::EC2::InternetGateway", "igw", json!({}), "c").await.unwrap();
    let route = json!({
        "RouteTableId": table.as_str(), "DestinationCidrBlock": "0.0.0.0/0", "GatewayId": gateway.as_str(),
    });
    hand.create("AWS::EC2::Route", "route", route, "d").await.unwrap();
    let live = hand.list("AWS::EC2::Route").await.remove(0);
    let parent = Some(Address::new("eu-west-1", "table", None));
    assert_eq!(live.ownership, Ownership::Child { parent, name: "0.0.0.0/0".to_owned() });
    assert!(live.tags.is_empty());
}

#[tokio::test]
async fn what_others_made_is_seen_only_by_its_identity() {
    let hand = Hand::new(Behaviour::instant());
    let kind = ResourceType::new("AWS::S3::Bucket");
    let id = hand.cloud.place(&kind, &scope(), map(json!({"BucketName": "theirs"})), BTreeMap::new());
    assert!(hand.list(kind.as_str()).await.is_empty());
    let wanted = Wanted {
        address: Address::new("eu-west-1", "media", None),
        properties: map(json!({"BucketName": "theirs"})),
        unknown: Vec::new(),
        adopt: None,
    };
    let found = hand.list_wanted(kind.as_str(), &[wanted]).await;
    assert_eq!((found.len(), &found[0].identifier, &found[0].ownership), (1, &id, &Ownership::Foreign));
}

#[tokio::test]
async fn an_update_does_what_its_delta_says_and_refuses_what_needs_a_replacement() {
    let hand = Hand::new(Behaviour::instant());
    hand.create(VPC, "vpc", json!({"CidrBlock": "10.0.0.0/16"}), "a").await.unwrap();
    let live = hand.list(VPC).await.remove(0);
    let update = async |properties: Json, delta: Delta| {
        let request = Update {
            scope: &scope(),
            stack: &stack(),
            address: live.address().unwrap(),
            live: &live,
            properties: &map(properties),
            tags: &BTreeMap::new(),
            delta: &delta,
            token: &Token::new("u"),
            lifecycle: &Lifecycle::default(),
        };
        hand.handler(VPC).update(&request).await
    };
    let flag = Delta { set: vec!["EnableDnsHostnames".into()], ..Delta::default() };
    update(json!({"CidrBlock": "10.9.0.0/16", "EnableDnsHostnames": true}), flag).await.unwrap();
    let after = hand.list(VPC).await.remove(0);
    assert_eq!(after.properties["EnableDnsHostnames"], json!(true));
    assert_eq!(after.str("CidrBlock"), Some("10.0.0.0/16"), "the delta does not name it");
    let cidr = Delta { set: vec!["CidrBlock".into()], ..Delta::default() };
    let refused = update(json!({"CidrBlock": "10.9.0.0/16"}), cidr).await.unwrap_err();
    assert_eq!(refused.kind, ErrorKind::Invalid);
}

#[tokio::test]
async fn a_list_of_thousands_takes_a_call_a_page() {
    let hand = Hand::new(Behaviour::instant());
    for index in 0..2500 {
        hand.create(VPC, &format!("v{index}"), json!({"CidrBlock": "10.0.0.0/16"}), "t").await.unwrap();
    }
    let before = hand.cloud.api_calls()["ec2"];
    assert_eq!(hand.list(VPC).await.len(), 2500);
    assert_eq!(hand.cloud.api_calls()["ec2"] - before, 3);
}

#[tokio::test]
async fn a_saved_cloud_goes_on() {
    let dir = tempfile::tempdir().unwrap();
    let file = dir.path().join("cloud.json");
    let cloud = Cloud::load(Behaviour::instant(), &file).unwrap();
    let hand = Hand { cloud };
    let vpc = hand.create(VPC, "vpc", json!({"CidrBlock": "10.0.0.0/16"}), "a").await.unwrap();
    hand.create("AWS::EC2::Subnet", "s", json!({"VpcId": vpc.as_str()}), "b").await.unwrap();
    hand.cloud.save(&file).unwrap();
    let again = Hand { cloud: Cloud::load(Behaviour::instant(), &file).unwrap() };
    assert_eq!(again.cloud.everything(), hand.cloud.everything());
    let live = again.list(VPC).await.remove(0);
    assert_eq!(again.delete(VPC, &live).await.unwrap_err().kind, ErrorKind::InUse);
    std::fs::write(&file, "{").unwrap();
    let error = Cloud::load(Behaviour::instant(), &file).unwrap_err();
    assert!(error.to_string().contains("remove the file"), "{error}");
}

#[tokio::test]
async fn an_unknown_type_is_refused_by_name() {
    let cloud = Cloud::new(Behaviour::instant());
    let error = cloud.handler(&ResourceType::new("AWS::EC2::Vpcs")).err().unwrap();
    assert!(error.message.contains("AWS::EC2::Vpcs"));
    assert!(cloud.handler(&ResourceType::new("apps/v1/Deployment")).is_ok());
}

#[tokio::test]
async fn a_parameter_that_is_looked_up_has_a_value() {
    let cloud = Cloud::new(Behaviour::instant());
    let lookup = Lookup {
        address: Address::new("eu-west-1", "web.ami", None),
        resource_type: ResourceType::new("AWS::SSM::Parameter"),
        scope: Scope::Region(Region::new("eu-west-1")),
        by: crate::model::Map::default(),
        origin: crate::model::Origin::default(),
    };
    let found = cloud.lookup(&lookup, &map(json!({"Name": "/aws/service/ami"}))).await.unwrap();
    assert_eq!(found.properties["Value"], "value-simulated");
    assert_eq!(found.properties["Name"], "/aws/service/ami");
}

#[test]
fn a_service_of_type_load_balancer_has_an_address() {
    let cloud = Cloud::new(Behaviour::instant());
    let service = map(json!({
        "apiVersion": "v1",
        "kind": "Service",
        "metadata": {"name": "ingest", "namespace": "shop"},
        "spec": {"type": "LoadBalancer"}
    }));
    let scope = Scope::Region(Region::new("eu-west-1"));
    let held = cloud.place_held(&ResourceType::new("v1/Service"), &scope, service, BTreeMap::new());
    assert_eq!(held.identifier.as_str(), "shop|ingest");
    let host = held.properties["status"]["loadBalancer"]["ingress"][0]["hostname"].as_str().unwrap();
    assert!(host.ends_with(".elb.eu-west-1.amazonaws.com"), "{host}");
}

#[tokio::test]
async fn a_lookup_finds_what_is_there_and_imagines_what_is_not() {
    let cloud = Cloud::new(Behaviour::instant());
    let lookup = Lookup {
        address: Address::new("global", "zone", None),
        resource_type: ResourceType::new("AWS::Route53::HostedZone"),
        scope: Scope::Global,
        by: crate::model::Map::default(),
        origin: crate::model::Origin::default(),
    };
    let by = map(json!({"Name": "example.com"}));
    let first = cloud.lookup(&lookup, &by).await.unwrap();
    assert_eq!(cloud.lookup(&lookup, &by).await.unwrap(), first);
    cloud.place(&lookup.resource_type, &Scope::Global, by.clone(), BTreeMap::new());
    assert_eq!(cloud.lookup(&lookup, &by).await.unwrap_err().kind, ErrorKind::Invalid);
}

mod in_time {
    use std::time::Duration;

    use super::*;
    use crate::model::Status;

    #[tokio::test(start_paused = true)]
    async fn what_was_just_made_shows_late_and_is_ready_later_still() {
        let hand = Hand::new(Behaviour::like_aws());
        let kind = "AWS::EC2::NatGateway";
        let id = hand.create(kind, "nat", json!({"SubnetId": "subnet-1"}), "a").await.unwrap();
        assert_eq!(hand.ready(kind, &id).await, Readiness::Gone);
        assert!(hand.list(kind).await.is_empty());
        tokio::time::sleep(Duration::from_secs(3)).await;
        assert!(matches!(hand.ready(kind, &id).await, Readiness::Waiting(_)));
        assert!(matches!(hand.list(kind).await[0].status, Status::Pending(_)));
        assert!(hand.cloud.tagged(&scope(), &stack()).await.unwrap().is_empty(), "the tag search lags");
        tokio::time::sleep(Duration::from_mins(2)).await;
        assert!(matches!(hand.ready(kind, &id).await, Readiness::Ready(_)));
        assert_eq!(hand.cloud.tagged(&scope(), &stack()).await.unwrap().len(), 1);
    }

    #[tokio::test(start_paused = true)]
    async fn a_new_role_is_refused_for_some_seconds() {
        let hand = Hand::new(Behaviour::like_aws());
        let properties = json!({"RoleName": "shop-fn", "AssumeRolePolicyDocument": {}});
        let role = hand.create("AWS::IAM::Role", "role", properties, "a").await.unwrap();
        while !matches!(hand.ready("AWS::IAM::Role", &role).await, Readiness::Ready(_)) {}
        let function = || json!({"FunctionName": "shop-fn", "Role": "arn:aws:iam::123456789012:role/shop-fn", "Code": {}});
        let early = hand.create("AWS::Lambda::Function", "fn", function(), "b").await.unwrap_err();
        assert_eq!(early.kind, ErrorKind::NotYet);
        tokio::time::sleep(Duration::from_secs(10)).await;
        hand.create("AWS::Lambda::Function", "fn", function(), "b").await.unwrap();
    }

    #[tokio::test(start_paused = true)]
    async fn too_many_calls_are_throttled_until_tokens_come_back() {
        let rate = Some(Rate { per_second: 2.0, burst: 5.0 });
        let hand = Hand::new(Behaviour { rate, ..Behaviour::instant() });
        let properties = || json!({"CidrBlock": "10.0.0.0/16"});
        for index in 0..5 {
            hand.create(VPC, &format!("v{index}"), properties(), "t").await.unwrap();
        }
        let refused = hand.create(VPC, "v6", properties(), "t").await.unwrap_err();
        assert_eq!(refused.kind, ErrorKind::Throttled);
        hand.create("AWS::S3::Bucket", "other", json!({}), "t")
            .await
            .expect("another service's limit is its own");
        tokio::time::sleep(Duration::from_secs(1)).await;
        hand.create(VPC, "v6", properties(), "t").await.unwrap();
    }
}
