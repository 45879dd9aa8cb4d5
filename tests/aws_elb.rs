//! Elastic Load Balancing over the wire.
#![cfg(feature = "aws")]

mod common;

use aws_sdk_elasticloadbalancingv2::Client;
use aws_sdk_elasticloadbalancingv2::types::Tag;
use common::{World, assert_holds, over_the_wire};
use serde_json::json;
use stackctl::model::{Address, Json, Live, Ownership, TAG_OWNS, short_hash};
use stackctl::providers::Provider;

const BALANCER: &str = "AWS::ElasticLoadBalancingV2::LoadBalancer";
const GROUP: &str = "AWS::ElasticLoadBalancingV2::TargetGroup";
const LISTENER: &str = "AWS::ElasticLoadBalancingV2::Listener";
const RULE: &str = "AWS::ElasticLoadBalancingV2::ListenerRule";
const SERVICE: &str = "elasticloadbalancing";
const REGION: &str = "eu-west-1";

fn properties(live: &Live) -> Json {
    Json::Object(live.properties.clone())
}

/// The list of attributes that a live resource shows.
fn attributes(live: &Live, property: &str) -> Json {
    live.properties.get(property).cloned().unwrap_or_default()
}

fn web() -> Json {
    json!({
        "Name": "shop-web", "Type": "application", "Scheme": "internet-facing", "IpAddressType": "ipv4",
        "Subnets": ["subnet-a", "subnet-b"], "SecurityGroups": ["sg-1"],
    })
}

fn group(name: &str) -> Json {
    json!({"Name": name, "Protocol": "HTTP", "Port": 8080, "VpcId": "vpc-1", "TargetType": "ip"})
}

fn forward(group: &Live) -> Json {
    json!({"Type": "forward", "TargetGroupArn": group.identifier.as_str()})
}

async fn client() -> Client {
    let region = aws_config::Region::new(REGION);
    Client::new(&aws_config::defaults(aws_config::BehaviorVersion::latest()).region(region).load().await)
}

/// Writes what the last apply set into a resource's tags, as an apply does.
async fn record(live: &Live, paths: &[&str]) {
    let hashes: String = paths.iter().map(|path| short_hash(path)).collect();
    let tag = Tag::builder().key(TAG_OWNS).value(hashes).build();
    client().await.add_tags().resource_arns(live.identifier.as_str()).tags(tag).send().await.unwrap();
}

/// A load balancer with a target group and a listener that forwards to it.
async fn serving(world: &World) -> (Live, Live, Live) {
    let balancer = world.make(BALANCER, "eu-west-1/web", web()).await;
    let group = world.make(GROUP, "eu-west-1/app", group("shop-app")).await;
    let wanted = json!({"LoadBalancerArn": balancer.identifier.as_str(), "Port": 80, "Protocol": "HTTP",
        "DefaultActions": [forward(&group)]});
    let listener = world.make(LISTENER, "eu-west-1/http", wanted).await;
    (balancer, group, listener)
}

#[test]
fn a_load_balancer_and_its_attributes() {
    over_the_wire(async |world| {
        const ADDRESS: &str = "eu-west-1/web";
        let pair = |key: &str, value: &str| json!({"Key": key, "Value": value});
        let mut wanted = web();
        wanted["LoadBalancerAttributes"] = json!([
            pair("routing.http.drop_invalid_header_fields.enabled", "true"),
            pair("idle_timeout.timeout_seconds", "30"),
        ]);
        let made = world.make(BALANCER, ADDRESS, wanted.clone()).await;
        assert!(made.str("DNSName").is_some_and(|name| name.starts_with("shop-web-")), "{made:#?}");
        assert!(made.str("LoadBalancerFullName").is_some_and(|name| name.starts_with("app/shop-web/")));

        let live = world.one(BALANCER, REGION, &[(ADDRESS, wanted.clone())], &[]).await;
        assert_holds(&properties(&live), &wanted, "load balancer");
        assert_eq!(live.address().map(Address::as_str), Some(ADDRESS));

        // One attribute leaves the blueprint: it shows until it is at its default again.
        let mut less = wanted.clone();
        less["LoadBalancerAttributes"] = json!([wanted["LoadBalancerAttributes"][0]]);
        less["Subnets"] = json!(["subnet-b", "subnet-c"]);
        less["SecurityGroups"] = json!(["sg-2"]);
        let sought = [(ADDRESS, less.clone())];
        let unrecorded = world.one(BALANCER, REGION, &sought, &[]).await;
        assert_eq!(attributes(&unrecorded, "LoadBalancerAttributes"), less["LoadBalancerAttributes"]);
        record(&live, &["LoadBalancerAttributes", "LoadBalancerAttributes.*.Key#2"]).await;
        let live = world.one(BALANCER, REGION, &sought, &[]).await;
        assert_eq!(attributes(&live, "LoadBalancerAttributes"), wanted["LoadBalancerAttributes"]);
        let changes = ["Subnets", "SecurityGroups", "LoadBalancerAttributes"];
        world.change(&live, ADDRESS, less.clone(), &changes, &[]).await;
        world.retag(&live, ADDRESS, less.clone()).await;
        let live = world.one(BALANCER, REGION, &sought, &[]).await;
        assert_holds(&properties(&live), &less, "load balancer");
        assert_eq!(live.tags.get("tier").map(String::as_str), Some("edge"));
        assert!(!live.tags.contains_key("team"));

        let mut bare = less.clone();
        bare.as_object_mut().unwrap().remove("LoadBalancerAttributes");
        world.change(&live, ADDRESS, bare.clone(), &[], &["LoadBalancerAttributes"]).await;
        let live = world.one(BALANCER, REGION, &[(ADDRESS, bare)], &[]).await;
        assert_eq!(attributes(&live, "LoadBalancerAttributes"), Json::Null);
        world.remove(&live, false).await;
        assert!(world.list(BALANCER, REGION, &sought, &[]).await.is_empty());
    });
}

#[test]
fn another_ones_load_balancer_is_told_apart() {
    over_the_wire(async |world| {
        let client = client().await;
        for name in ["theirs", "unconcerned"] {
            client.create_load_balancer().name(name).subnets("subnet-a").send().await.unwrap();
        }
        let mut wanted = web();
        wanted["Name"] = "theirs".into();
        let found = world.one(BALANCER, REGION, &[("eu-west-1/web", wanted)], &[]).await;
        assert_eq!(found.ownership, Ownership::Foreign);
    });
}

#[test]
fn a_target_group_with_its_own_targets() {
    over_the_wire(async |world| {
        const ADDRESS: &str = "eu-west-1/app";
        let mut wanted = group("shop-app");
        for (name, value) in [
            ("HealthCheckPath", json!("/healthz")),
            ("HealthCheckIntervalSeconds", json!(10)),
            ("Matcher", json!({"HttpCode": "200-299"})),
            (
                "TargetGroupAttributes",
                json!([{"Key": "deregistration_delay.timeout_seconds", "Value": "30"}]),
            ),
            ("Targets", json!([{"Id": "10.0.0.1"}, {"Id": "10.0.0.2", "Port": 9090}])),
        ] {
            wanted[name] = value;
        }
        let made = world.make(GROUP, ADDRESS, wanted.clone()).await;
        assert!(
            made.str("TargetGroupFullName").is_some_and(|name| name.starts_with("targetgroup/shop-app/"))
        );
        let sought = [(ADDRESS, wanted.clone())];
        let live = world.one(GROUP, REGION, &sought, &[]).await;
        assert_holds(&properties(&live), &wanted, "target group");
        // Nobody asks for targets: those of others are not looked at.
        let other = world.one(GROUP, REGION, &[(ADDRESS, group("shop-app"))], &[]).await;
        assert!(!other.properties.contains_key("Targets"));

        let mut less = group("shop-app");
        less["HealthCheckPath"] = "/ready".into();
        less["Targets"] = json!([{"Id": "10.0.0.1"}, {"Id": "10.0.0.3"}]);
        world
            .change(
                &live,
                ADDRESS,
                less.clone(),
                &["HealthCheckPath", "Targets"],
                &["HealthCheckIntervalSeconds", "Matcher", "TargetGroupAttributes"],
            )
            .await;
        world.retag(&live, ADDRESS, less.clone()).await;
        let live = world.one(GROUP, REGION, &[(ADDRESS, less.clone())], &[]).await;
        less["HealthCheckIntervalSeconds"] = 30.into();
        less["Matcher"] = json!({"HttpCode": "200"});
        assert_holds(&properties(&live), &less, "target group");
        assert_eq!(attributes(&live, "TargetGroupAttributes"), Json::Null);
        assert_eq!(live.tags.get("tier").map(String::as_str), Some("edge"));
        world.remove(&live, false).await;
    });
}

#[test]
fn a_listener_hangs_on_its_load_balancer() {
    over_the_wire(async |world| {
        const ADDRESS: &str = "eu-west-1/http";
        let (balancer, app, _) = serving(&world).await;
        let parents = [balancer.clone()];
        let live = world.one(LISTENER, REGION, &[], &parents).await;
        let wanted = json!({"LoadBalancerArn": balancer.identifier.as_str(), "Port": 80, "Protocol": "HTTP",
            "DefaultActions": [{"Type": "forward", "TargetGroupArn": app.identifier.as_str(),
                "ForwardConfig": {"TargetGroups": [{"TargetGroupArn": app.identifier.as_str(), "Weight": 1}]}}]});
        assert_holds(&properties(&live), &wanted, "listener");
        assert!(!live.properties.contains_key("ListenerAttributes"), "a call of its own that nobody needs");

        let mut next = wanted.clone();
        next["Port"] = 8080.into();
        next["DefaultActions"] = json!([{"Type": "redirect",
            "RedirectConfig": {"Protocol": "HTTPS", "Port": "443", "StatusCode": "HTTP_301"}}]);
        next["ListenerAttributes"] =
            json!([{"Key": "routing.http.response.server.enabled", "Value": "false"}]);
        let changes = ["Port", "DefaultActions", "ListenerAttributes"];
        world.change(&live, ADDRESS, next.clone(), &changes, &[]).await;
        world.retag(&live, ADDRESS, next.clone()).await;
        let live = world.one(LISTENER, REGION, &[(ADDRESS, next.clone())], &parents).await;
        assert_holds(&properties(&live), &next, "listener");
        assert_eq!(live.tags.get("tier").map(String::as_str), Some("edge"));
        world.remove(&live, false).await;
        assert!(world.list(LISTENER, REGION, &[(ADDRESS, next)], &parents).await.is_empty());
        world.remove(&app, false).await;
        world.remove(&balancer, false).await;
    });
}

#[test]
fn a_listener_that_speaks_tls() {
    over_the_wire(async |world| {
        const ADDRESS: &str = "eu-west-1/https";
        const OLD: &str = "arn:aws:acm:eu-west-1:123456789012:certificate/old";
        const NEW: &str = "arn:aws:acm:eu-west-1:123456789012:certificate/new";
        let balancer = world.make(BALANCER, "eu-west-1/web", web()).await;
        let wanted = json!({"LoadBalancerArn": balancer.identifier.as_str(), "Port": 443, "Protocol": "HTTPS",
            "SslPolicy": "ELBSecurityPolicy-TLS13-1-2-2021-06", "Certificates": [{"CertificateArn": OLD}],
            "DefaultActions": [{"Type": "fixed-response",
                "FixedResponseConfig": {"StatusCode": "404", "ContentType": "text/plain"}}]});
        let live = world.make(LISTENER, ADDRESS, wanted.clone()).await;
        assert_holds(&properties(&live), &wanted, "listener");
        let mut next = wanted.clone();
        next["Certificates"] = json!([{"CertificateArn": NEW}]);
        next.as_object_mut().unwrap().remove("SslPolicy");
        world.change(&live, ADDRESS, next.clone(), &["Certificates"], &["SslPolicy"]).await;
        let live = world.one(LISTENER, REGION, &[], &[balancer]).await;
        next["SslPolicy"] = "ELBSecurityPolicy-2016-08".into();
        assert_holds(&properties(&live), &next, "listener");
    });
}

#[test]
fn rules_hang_on_their_listener() {
    over_the_wire(async |world| {
        const ADDRESS: &str = "eu-west-1/api";
        let (_, app, listener) = serving(&world).await;
        let wanted = json!({
            "ListenerArn": listener.identifier.as_str(), "Priority": 10, "Actions": [forward(&app)],
            "Conditions": [
                {"Field": "path-pattern", "PathPatternConfig": {"Values": ["/api/*"]}},
                {"Field": "http-header", "HttpHeaderConfig": {"HttpHeaderName": "X-Tenant", "Values": ["a"]}},
            ],
            "Transforms": [{"Type": "url-rewrite",
                "UrlRewriteConfig": {"Rewrites": [{"Regex": "^/api/(.*)$", "Replace": "/$1"}]}}],
        });
        let live = world.make(RULE, ADDRESS, wanted.clone()).await;
        assert_holds(&properties(&live), &wanted, "rule");
        let parents = [listener];
        // The default rule is the listener's.
        let live_again = world.one(RULE, REGION, &[], &parents).await;
        assert_eq!(live_again.properties, live.properties);
        // On a listener of others nothing but its own tags tells of it, once no blueprint has it.
        let retired = world.list_by_tag(&live, ADDRESS).await;
        assert_eq!(retired.len(), 1, "{retired:#?}");
        assert_eq!(retired[0].identifier, live.identifier);

        let mut next = wanted.clone();
        next["Priority"] = 20.into();
        next["Conditions"] = json!([{"Field": "host-header", "Values": ["api.example.com"]}]);
        next.as_object_mut().unwrap().remove("Transforms");
        world.change(&live, ADDRESS, next.clone(), &["Priority", "Conditions"], &["Transforms"]).await;
        world.retag(&live, ADDRESS, next.clone()).await;
        let live = world.one(RULE, REGION, &[], &parents).await;
        assert_holds(&properties(&live), &next, "rule");
        assert!(!live.properties.contains_key("Transforms"));
        assert_eq!(live.tags.get("tier").map(String::as_str), Some("edge"));
        world.remove(&live, false).await;
        assert!(world.list(RULE, REGION, &[], &parents).await.is_empty());
    });
}

#[test]
fn tags_of_many_are_read_in_batches() {
    over_the_wire(async |world| {
        for number in 0..21 {
            let (address, name) = (format!("eu-west-1/app{number}"), format!("shop-app{number}"));
            world.make(GROUP, &address, group(&name)).await;
        }
        let before = world.provider.api_calls()[SERVICE];
        let found = world.list(GROUP, REGION, &[], &[]).await;
        assert_eq!(found.len(), 21);
        assert!(found.iter().all(|group| group.address().is_some()));
        assert_eq!(world.provider.api_calls()[SERVICE] - before, 1 + 2, "one page, and two batches of tags");
    });
}
