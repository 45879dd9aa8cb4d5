//! CloudFront, Route 53, S3 and Cloud Control over the wire.
#![cfg(feature = "aws")]

mod common;

use common::{assert_holds, over_the_wire};
use serde_json::json;
use stackctl::model::{Address, Json, Live, Lookup, Map, Origin, Ownership, Region, Scope, SecretRef};
use stackctl::providers::{ErrorKind, Provider, Tagged};

fn properties(live: &Live) -> Json {
    Json::Object(live.properties.clone())
}

#[test]
fn a_bucket_with_every_configuration() {
    over_the_wire(async |world| {
        const TYPE: &str = "AWS::S3::Bucket";
        const ADDRESS: &str = "eu-west-1/media";
        let wanted = json!({
            "BucketName": "shop-media-wire",
            "BucketEncryption": {"ServerSideEncryptionConfiguration":
                [{"ServerSideEncryptionByDefault": {"SSEAlgorithm": "AES256"}}]},
            "VersioningConfiguration": {"Status": "Enabled"},
            "PublicAccessBlockConfiguration": {"BlockPublicAcls": true, "BlockPublicPolicy": true,
                "IgnorePublicAcls": true, "RestrictPublicBuckets": true},
            "OwnershipControls": {"Rules": [{"ObjectOwnership": "BucketOwnerEnforced"}]},
            "LifecycleConfiguration": {"Rules": [{"Id": "archive", "Status": "Enabled", "Prefix": "raw/",
                "Transitions": [{"StorageClass": "GLACIER", "TransitionInDays": 30}],
                "NoncurrentVersionExpiration": {"NoncurrentDays": 90},
                "AbortIncompleteMultipartUpload": {"DaysAfterInitiation": 7}}]},
            "CorsConfiguration": {"CorsRules": [{"AllowedMethods": ["GET"], "AllowedOrigins": ["*"], "MaxAge": 60}]},
            "WebsiteConfiguration": {"IndexDocument": "index.html"},
            "LoggingConfiguration": {"DestinationBucketName": "shop-media-wire", "LogFilePrefix": "log/"},
            "NotificationConfiguration": {"EventBridgeConfiguration": {"EventBridgeEnabled": true}},
        });
        let made = world.make(TYPE, ADDRESS, wanted.clone()).await;
        assert_eq!(made.str("Arn"), Some("arn:aws:s3:::shop-media-wire"));

        let sought = [(ADDRESS, wanted.clone())];
        let live = world.one(TYPE, "eu-west-1", &sought, &[]).await;
        assert_holds(&properties(&live), &wanted, "bucket");
        assert_eq!(live.address().map(Address::as_str), Some(ADDRESS));
        assert!(world.list(TYPE, "us-east-1", &sought, &[]).await.is_empty(), "it is in one region");

        let mut less = wanted.clone();
        for gone in
            ["LifecycleConfiguration", "CorsConfiguration", "WebsiteConfiguration", "VersioningConfiguration"]
        {
            less.as_object_mut().unwrap().remove(gone);
        }
        less["LoggingConfiguration"]["LogFilePrefix"] = "logs/".into();
        world
            .change(
                &live,
                ADDRESS,
                less.clone(),
                &["LoggingConfiguration.LogFilePrefix"],
                &[
                    "LifecycleConfiguration.Rules",
                    "CorsConfiguration",
                    "WebsiteConfiguration",
                    "VersioningConfiguration",
                ],
            )
            .await;
        world.retag(&live, ADDRESS, less.clone()).await;
        let live = world.one(TYPE, "eu-west-1", &sought, &[]).await;
        assert_holds(&properties(&live), &less, "bucket");
        for gone in ["LifecycleConfiguration", "CorsConfiguration", "WebsiteConfiguration"] {
            // Read, for what is sought has them; and found to be no more.
            assert!(!live.properties.contains_key(gone), "{gone}");
        }
        assert_eq!(live.properties["VersioningConfiguration"], json!({"Status": "Suspended"}));
        assert_eq!(live.tags.get("tier").map(String::as_str), Some("edge"));
        assert!(!live.tags.contains_key("team"));
        world.remove(&live, false).await;
        assert!(world.list(TYPE, "eu-west-1", &sought, &[]).await.is_empty());
    });
}

#[test]
fn a_bucket_with_content_goes_with_consent_alone() {
    over_the_wire(async |world| {
        const ADDRESS: &str = "us-east-1/full";
        let wanted =
            json!({"BucketName": "shop-full-wire", "VersioningConfiguration": {"Status": "Enabled"}});
        let live = world.make("AWS::S3::Bucket", ADDRESS, wanted).await;
        let config = aws_config::defaults(aws_config::BehaviorVersion::latest()).load().await;
        let client = aws_sdk_s3::Client::new(&config);
        for _ in 0..2 {
            let body = aws_sdk_s3::primitives::ByteStream::from_static(b"x");
            client.put_object().bucket("shop-full-wire").key("a").body(body).send().await.unwrap();
        }
        client.delete_object().bucket("shop-full-wire").key("a").send().await.unwrap();
        let refused = world.try_remove(&live, false).await.unwrap_err();
        assert_eq!(refused.kind, ErrorKind::Invalid, "{refused}");
        assert!(!refused.kind.is_retryable());
        world.remove(&live, true).await;
    });
}

#[test]
fn another_ones_bucket_is_refused() {
    over_the_wire(async |world| {
        let config = aws_config::defaults(aws_config::BehaviorVersion::latest()).load().await;
        aws_sdk_s3::Client::new(&config).create_bucket().bucket("shop-theirs").send().await.unwrap();
        let wanted = json!({"BucketName": "shop-theirs"});
        let found = world.one("AWS::S3::Bucket", "us-east-1", &[("us-east-1/b", wanted)], &[]).await;
        assert_eq!(found.ownership, Ownership::Foreign);
    });
}

#[test]
fn a_bucket_policy_hangs_on_its_bucket() {
    over_the_wire(async |world| {
        const TYPE: &str = "AWS::S3::BucketPolicy";
        const ADDRESS: &str = "us-east-1/policy";
        let bucket =
            world.make("AWS::S3::Bucket", "us-east-1/site", json!({"BucketName": "shop-site-wire"})).await;
        let policy = |action: &str| {
            json!({"Bucket": "shop-site-wire", "PolicyDocument": {"Version": "2012-10-17", "Statement": [
                {"Effect": "Allow", "Principal": "*", "Action": action, "Resource": "arn:aws:s3:::shop-site-wire/*"}]}})
        };
        world.make(TYPE, ADDRESS, policy("s3:GetObject")).await;
        let parents = [bucket.clone()];
        let live = world.one(TYPE, "us-east-1", &[], &parents).await;
        assert_eq!(properties(&live), policy("s3:GetObject"));
        assert!(
            matches!(&live.ownership, Ownership::Child { parent: Some(parent), .. } if parent.as_str() == "us-east-1/site")
        );
        world.change(&live, ADDRESS, policy("s3:*"), &["PolicyDocument"], &[]).await;
        assert_eq!(properties(&world.one(TYPE, "us-east-1", &[], &parents).await), policy("s3:*"));
        world.remove(&live, false).await;
        world.remove(&bucket, false).await;
    });
}

#[test]
fn a_zone_and_its_records() {
    over_the_wire(async |world| {
        const ZONE: &str = "AWS::Route53::HostedZone";
        const RECORD: &str = "AWS::Route53::RecordSet";
        let wanted = json!({"Name": "wire.example.com", "HostedZoneConfig": {"Comment": "first"}});
        let made = world.make(ZONE, "global/zone", wanted.clone()).await;
        assert!(
            made.properties["NameServers"].as_array().is_some_and(|servers| !servers.is_empty()),
            "{made:#?}"
        );
        let live = world.one(ZONE, "global", &[], &[]).await;
        assert_holds(&properties(&live), &json!({"HostedZoneConfig": {"Comment": "first"}}), "zone");
        let second = json!({"Name": "wire.example.com", "HostedZoneConfig": {"Comment": "second"}});
        world.change(&live, "global/zone", second.clone(), &["HostedZoneConfig.Comment"], &[]).await;
        world.retag(&live, "global/zone", second.clone()).await;
        let zone = world.one(ZONE, "global", &[], &[]).await;
        assert_holds(&properties(&zone), &json!({"HostedZoneConfig": {"Comment": "second"}}), "zone");
        assert_eq!(zone.tags.get("tier").map(String::as_str), Some("edge"));

        let id = zone.identifier.as_str();
        let simple = json!({"HostedZoneId": id, "Name": "www.wire.example.com", "Type": "A", "TTL": "60",
            "ResourceRecords": ["192.0.2.1"]});
        let routed = |place: &str, ip: &str| {
            json!({"HostedZoneId": id, "Name": "www.wire.example.com", "Type": "A", "TTL": "60",
                "SetIdentifier": place, "Region": place, "ResourceRecords": [ip]})
        };
        let text = json!({"HostedZoneName": "wire.example.com.", "Name": "*.wire.example.com.", "Type": "TXT",
            "TTL": 300, "ResourceRecords": ["\"a\"", "\"b\""]});
        world.make(RECORD, "global/www", simple.clone()).await;
        world.make(RECORD, "global/txt", text.clone()).await;
        let parents = [zone.clone()];
        let sought = [("global/www", simple.clone()), ("global/txt", text.clone())];
        let found = world.list(RECORD, "global", &sought, &parents).await;
        assert_eq!(found.len(), 2, "name servers and authority are the zone's own: {found:#?}");
        let www = found.iter().find(|live| live.str("Type") == Some("A")).unwrap();
        assert_eq!(properties(www), simple);
        let wild = found.iter().find(|live| live.str("Type") == Some("TXT")).unwrap();
        assert_eq!(wild.str("Name"), Some("*.wire.example.com."));
        assert_eq!(wild.address().map(Address::as_str), Some("global/txt"));

        // A simple record gives way to routed ones in one change.
        world.make(RECORD, "global/www[eu]", routed("eu-west-1", "192.0.2.2")).await;
        world.make(RECORD, "global/www[us]", routed("us-east-1", "192.0.2.3")).await;
        world.remove(www, false).await;
        let found = world.list(RECORD, "global", &[], &parents).await;
        assert_eq!(found.len(), 3, "{found:#?}");
        let eu = found.iter().find(|live| live.str("SetIdentifier") == Some("eu-west-1")).unwrap();
        world
            .change(eu, "global/www[eu]", routed("eu-west-1", "192.0.2.9"), &["ResourceRecords[0]"], &[])
            .await;
        let found = world.list(RECORD, "global", &[], &parents).await;
        assert!(
            found.iter().any(|live| live.properties["ResourceRecords"] == json!(["192.0.2.9"])),
            "{found:#?}"
        );
        let full = world.try_remove(&zone, false).await.unwrap_err();
        assert_eq!(full.kind, ErrorKind::InUse, "{full}");
        for live in &found {
            world.remove(live, false).await;
        }
        world.remove(&zone, false).await;
        assert!(world.list(ZONE, "global", &[], &[]).await.is_empty());
    });
}

#[test]
fn a_health_check() {
    over_the_wire(async |world| {
        const TYPE: &str = "AWS::Route53::HealthCheck";
        let config = |path: &str| {
            json!({"HealthCheckConfig": {"Type": "HTTPS", "FullyQualifiedDomainName": "eu.example.com", "Port": 443,
                "ResourcePath": path, "RequestInterval": 30, "FailureThreshold": 3}})
        };
        world.make(TYPE, "global/check", config("/health")).await;
        let live = world.one(TYPE, "global", &[], &[]).await;
        assert_holds(&properties(&live), &config("/health"), "check");
        world.change(&live, "global/check", config("/ready"), &["HealthCheckConfig.ResourcePath"], &[]).await;
        world.retag(&live, "global/check", config("/ready")).await;
        let live = world.one(TYPE, "global", &[], &[]).await;
        assert_holds(&properties(&live), &config("/ready"), "check");
        assert!(live.tags.contains_key("tier") && !live.tags.contains_key("team"), "{live:#?}");
        world.remove(&live, false).await;
    });
}

fn distribution(comment: &str) -> Json {
    json!({"DistributionConfig": {
        "Enabled": true, "Comment": comment, "HttpVersion": "http2", "PriceClass": "PriceClass_100",
        "DefaultRootObject": "index.html",
        "Origins": [{"Id": "s3", "DomainName": "b.s3.eu-west-1.amazonaws.com",
            "S3OriginConfig": {"OriginAccessIdentity": ""}}],
        "DefaultCacheBehavior": {"TargetOriginId": "s3", "ViewerProtocolPolicy": "redirect-to-https",
            "CachePolicyId": "658327ea-f89d-4fab-a63d-7e88639e58f6"},
        "CacheBehaviors": [{"PathPattern": "/api/*", "TargetOriginId": "s3", "ViewerProtocolPolicy": "https-only",
            "AllowedMethods": ["GET", "HEAD", "OPTIONS"], "CachePolicyId": "658327ea-f89d-4fab-a63d-7e88639e58f6"}],
        "CustomErrorResponses": [{"ErrorCode": 404, "ResponseCode": 200, "ResponsePagePath": "/index.html"}],
        "Restrictions": {"GeoRestriction": {"RestrictionType": "none"}},
    }})
}

#[test]
fn a_distribution_is_switched_off_before_it_goes() {
    over_the_wire(async |world| {
        const TYPE: &str = "AWS::CloudFront::Distribution";
        const ADDRESS: &str = "global/cdn";
        let made = world.make(TYPE, ADDRESS, distribution("first")).await;
        assert!(made.str("DomainName").is_some_and(|name| name.ends_with(".cloudfront.net")), "{made:#?}");
        let live = world.one(TYPE, "global", &[], &[]).await;
        assert_holds(&properties(&live), &distribution("first"), "distribution");
        world.change(&live, ADDRESS, distribution("second"), &["DistributionConfig.Comment"], &[]).await;
        world.retag(&live, ADDRESS, distribution("second")).await;
        let live = world.one(TYPE, "global", &[], &[]).await;
        assert_holds(&properties(&live), &distribution("second"), "distribution");
        assert!(live.tags.contains_key("tier") && !live.tags.contains_key("team"), "{live:#?}");
        world.remove(&live, false).await;
        assert!(world.list(TYPE, "global", &[], &[]).await.is_empty());
    });
}

#[test]
fn what_has_no_tags_is_known_by_its_name() {
    over_the_wire(async |world| {
        let control = |text: &str| {
            json!({"OriginAccessControlConfig": {"Name": "shop-cdn-oac", "Description": text,
                "OriginAccessControlOriginType": "s3", "SigningBehavior": "always", "SigningProtocol": "sigv4"}})
        };
        let policy = |ttl: u32| {
            json!({"CachePolicyConfig": {"Name": "shop-cdn-static", "MinTTL": 1, "DefaultTTL": ttl, "MaxTTL": 31_536_000,
                "ParametersInCacheKeyAndForwardedToOrigin": {"EnableAcceptEncodingGzip": true,
                    "EnableAcceptEncodingBrotli": true, "CookiesConfig": {"CookieBehavior": "none"},
                    "HeadersConfig": {"HeaderBehavior": "whitelist", "Headers": ["Accept-Language"]},
                    "QueryStringsConfig": {"QueryStringBehavior": "none"}}}})
        };
        for (resource_type, before, after, path) in [
            (
                "AWS::CloudFront::OriginAccessControl",
                control("first"),
                control("second"),
                "OriginAccessControlConfig.Description",
            ),
            ("AWS::CloudFront::CachePolicy", policy(60), policy(600), "CachePolicyConfig.DefaultTTL"),
        ] {
            const ADDRESS: &str = "global/cdn.named";
            world.make(resource_type, ADDRESS, before.clone()).await;
            let orphan = world.one(resource_type, "global", &[], &[]).await;
            assert!(matches!(orphan.ownership, Ownership::Child { parent: None, .. }), "{orphan:#?}");
            let live = world.one(resource_type, "global", &[(ADDRESS, before.clone())], &[]).await;
            assert_eq!(live.address().map(Address::as_str), Some(ADDRESS));
            assert_holds(&properties(&live), &before, resource_type);
            world.change(&live, ADDRESS, after.clone(), &[path], &[]).await;
            let live = world.one(resource_type, "global", &[], &[]).await;
            assert_holds(&properties(&live), &after, resource_type);
            world.remove(&live, false).await;
            assert!(world.list(resource_type, "global", &[], &[]).await.is_empty());
        }
    });
}

#[test]
fn any_other_type_goes_through_cloud_control() {
    over_the_wire(async |world| {
        const TYPE: &str = "AWS::SQS::Queue";
        const ADDRESS: &str = "eu-west-1/jobs";
        let queue = |seconds: u32| json!({"QueueName": "shop-jobs", "VisibilityTimeout": seconds});
        world.make(TYPE, ADDRESS, queue(30)).await;
        let live = world.one(TYPE, "eu-west-1", &[(ADDRESS, queue(30))], &[]).await;
        assert_holds(&properties(&live), &queue(30), "queue");
        assert_eq!(live.address().map(Address::as_str), Some(ADDRESS));
        assert_eq!(live.tags["stackctl:type"], TYPE, "an orphan's type is known from its tags");
        let tagged =
            world.provider.tagged(&Scope::Region(Region::new("eu-west-1")), &world.stack).await.unwrap();
        assert_eq!(tagged.iter().filter_map(Tagged::resource_type).collect::<Vec<_>>(), [TYPE.into()]);

        world.change(&live, ADDRESS, queue(60), &["VisibilityTimeout"], &[]).await;
        world.retag(&live, ADDRESS, queue(60)).await;
        let live = world.one(TYPE, "eu-west-1", &[], &[]).await;
        assert_holds(&properties(&live), &queue(60), "queue");
        assert!(live.tags.contains_key("tier") && !live.tags.contains_key("team"), "{live:#?}");
        assert!(live.tags.contains_key("stackctl:type"));
        assert!(world.list(TYPE, "us-east-1", &[], &[]).await.is_empty(), "regions are kept apart");

        world.change(&live, ADDRESS, json!({"QueueName": "shop-jobs"}), &[], &["VisibilityTimeout"]).await;
        let live = world.one(TYPE, "eu-west-1", &[], &[]).await;
        assert!(!live.properties.contains_key("VisibilityTimeout"));
        world.remove(&live, false).await;
        assert!(world.list(TYPE, "eu-west-1", &[(ADDRESS, queue(30))], &[]).await.is_empty());
    });
}

#[test]
fn tags_that_are_a_map_are_written_as_one() {
    over_the_wire(async |world| {
        const TYPE: &str = "AWS::MediaConvert::Queue";
        let wanted = json!({"Name": "shop-transcode", "PricingPlan": "ON_DEMAND"});
        world.make(TYPE, "us-east-1/transcode", wanted.clone()).await;
        let live = world.one(TYPE, "us-east-1", &[], &[]).await;
        assert_holds(&properties(&live), &wanted, "queue");
        assert_eq!(live.tags["team"], "web");
        world.remove(&live, false).await;
    });
}

#[test]
fn lookups_find_exactly_one() {
    over_the_wire(async |world| {
        let config = aws_config::defaults(aws_config::BehaviorVersion::latest()).load().await;
        let ssm = aws_sdk_ssm::Client::new(&config);
        let kind = aws_sdk_ssm::types::ParameterType::String;
        ssm.put_parameter().name("/shop/image").value("ami-1").r#type(kind).send().await.unwrap();
        let zones = aws_sdk_route53::Client::new(&config);
        zones.create_hosted_zone().name("theirs.example.com").caller_reference("x").send().await.unwrap();

        let lookup = |resource_type: &str, address: &str| Lookup {
            address: address.parse().unwrap(),
            resource_type: resource_type.into(),
            scope: match address.split_once('/').unwrap().0 {
                "global" => Scope::Global,
                region => Scope::Region(Region::new(region)),
            },
            by: Map::new(),
            origin: Origin::default(),
        };
        let by = |json: Json| json.as_object().cloned().unwrap();
        let image = lookup("AWS::SSM::Parameter", "us-east-1/image");
        let found = world.provider.lookup(&image, &by(json!({"Name": "/shop/image"}))).await.unwrap();
        assert_eq!(found.str("Value"), Some("ami-1"));
        let missing = world.provider.lookup(&image, &by(json!({"Name": "/shop/none"}))).await.unwrap_err();
        assert_eq!(missing.kind, ErrorKind::NotFound, "{missing}");

        let zone = lookup("AWS::Route53::HostedZone", "global/zone");
        let wanted = by(json!({"Name": "theirs.example.com", "PrivateZone": false}));
        let found = world.provider.lookup(&zone, &wanted).await.unwrap();
        assert_eq!(found.str("Name"), Some("theirs.example.com"));
        zones.create_hosted_zone().name("theirs.example.com").caller_reference("y").send().await.unwrap();
        let many = world.provider.lookup(&zone, &wanted).await.unwrap_err();
        assert!(many.to_string().contains("2 resources of type AWS::Route53::HostedZone"), "{many}");
    });
}

#[test]
fn secrets_are_resolved_where_the_resource_is() {
    over_the_wire(async |world| {
        let region = aws_config::Region::new("eu-west-1");
        let config = aws_config::defaults(aws_config::BehaviorVersion::latest()).region(region).load().await;
        let client = aws_sdk_secretsmanager::Client::new(&config);
        client.create_secret().name("shop/db").secret_string(r#"{"password": "p"}"#).send().await.unwrap();
        let secret = SecretRef("secret://aws-secretsmanager/shop/db#password".into());
        let scope = Scope::Region(Region::new("eu-west-1"));
        assert_eq!(world.provider.secret(&secret, &scope).await.unwrap(), "p");
        let missing = SecretRef("secret://aws-secretsmanager/shop/none".into());
        assert_eq!(world.provider.secret(&missing, &scope).await.unwrap_err().kind, ErrorKind::NotFound);
    });
}

#[test]
fn a_misspelt_type_names_its_neighbour() {
    over_the_wire(async |world| {
        let error = world.provider.handler(&"AWS::SQS::Qeue".into()).err().unwrap();
        assert!(error.to_string().contains("did you mean AWS::SQS::Queue?"), "{error}");
    });
}
