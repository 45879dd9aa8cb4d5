//! Auto Scaling, ElastiCache, IAM, and the ledger in a bucket, over the wire.
#![cfg(feature = "aws")]

mod common;

use std::time::Duration;

use common::{assert_holds, over_the_wire};
use serde_json::json;
use stackctl::apply::{Announcement, Announcements};
use stackctl::ledger::{Ledger, LedgerError, Location, LockInfo, Recorder};
use stackctl::model::{Address, Json, Live, Ownership, Region, StackName};

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

#[test]
fn a_role_with_everything_that_hangs_on_it() {
    over_the_wire(async |world| {
        const TYPE: &str = "AWS::IAM::Role";
        const ADDRESS: &str = "global/web.role";
        let trust = |service: &str| {
            json!({"Version": "2012-10-17", "Statement":
                [{"Effect": "Allow", "Principal": {"Service": service}, "Action": "sts:AssumeRole"}]})
        };
        let document = |action: &str| {
            json!({"Version": "2012-10-17", "Statement":
                [{"Effect": "Allow", "Action": action, "Resource": "*"}]})
        };
        let wanted = json!({
            "RoleName": "shop-web-role",
            "Description": "Of the web",
            "MaxSessionDuration": 7200,
            "AssumeRolePolicyDocument": trust("ec2.amazonaws.com"),
            "Policies": [
                {"PolicyName": "read", "PolicyDocument": document("s3:GetObject")},
                {"PolicyName": "write", "PolicyDocument": document("s3:PutObject")},
            ],
        });
        let made = world.make(TYPE, ADDRESS, wanted.clone()).await;
        assert_eq!(made.str("Path"), Some("/stackctl/shop/"));
        let policy =
            json!({"ManagedPolicyName": "shop-web-policy", "PolicyDocument": document("sqs:SendMessage")});
        let policy = world.make("AWS::IAM::ManagedPolicy", "global/web.policy", policy).await;

        let sought = [(ADDRESS, wanted.clone())];
        let live = world.one(TYPE, "global", &sought, &[]).await;
        assert_holds(&properties(&live), &wanted, "role");
        assert_eq!(live.address().map(Address::as_str), Some(ADDRESS));

        let more = json!({
            "RoleName": "shop-web-role",
            "AssumeRolePolicyDocument": trust("ecs-tasks.amazonaws.com"),
            "ManagedPolicyArns": [policy.identifier.as_str()],
            "Policies": [{"PolicyName": "write", "PolicyDocument": document("s3:PutObjectTagging")}],
        });
        let set =
            ["AssumeRolePolicyDocument", "ManagedPolicyArns", "Policies[0].PolicyDocument", "Policies[1]"];
        world.change(&live, ADDRESS, more.clone(), &set, &["Description", "MaxSessionDuration"]).await;
        world.retag(&live, ADDRESS, more.clone()).await;
        let live = world.one(TYPE, "global", &sought, &[]).await;
        assert_holds(&properties(&live), &more, "role");
        assert!(!live.properties.contains_key("Description"), "it went back to none");
        assert_eq!(live.properties["MaxSessionDuration"], 3600);
        assert_eq!(live.tags.get("tier").map(String::as_str), Some("edge"));
        assert!(!live.tags.contains_key("team"));

        // A profile still holds it, a policy is attached, an inline policy is there: all go with it.
        let profile = json!({"InstanceProfileName": "shop-web-profile", "Roles": ["shop-web-role"]});
        let profile = world.make("AWS::IAM::InstanceProfile", "global/web.profile", profile).await;
        world.remove(&live, false).await;
        world.remove(&profile, false).await;
        world.remove(&policy, false).await;
        assert!(world.list(TYPE, "global", &sought, &[]).await.is_empty());
    });
}

#[test]
fn an_instance_profile_changes_its_role() {
    over_the_wire(async |world| {
        const TYPE: &str = "AWS::IAM::InstanceProfile";
        const ADDRESS: &str = "global/web.profile";
        let mut roles = Vec::new();
        for name in ["shop-one", "shop-two"] {
            let role = json!({"RoleName": name, "AssumeRolePolicyDocument": {"Version": "2012-10-17", "Statement":
                [{"Effect": "Allow", "Principal": {"Service": "ec2.amazonaws.com"}, "Action": "sts:AssumeRole"}]}});
            roles.push(world.make("AWS::IAM::Role", &format!("global/{name}"), role).await);
        }
        let wanted = json!({"InstanceProfileName": "shop-profile", "Roles": ["shop-one"]});
        let made = world.make(TYPE, ADDRESS, wanted.clone()).await;
        assert!(
            made.str("Arn").is_some_and(|arn| arn.ends_with(":instance-profile/stackctl/shop/shop-profile"))
        );
        let sought = [(ADDRESS, wanted.clone())];
        let live = world.one(TYPE, "global", &sought, &[]).await;
        assert_holds(&properties(&live), &wanted, "profile");
        assert_eq!(live.address().map(Address::as_str), Some(ADDRESS));
        let other = json!({"InstanceProfileName": "shop-profile", "Roles": ["shop-two"]});
        world.change(&live, ADDRESS, other.clone(), &["Roles"], &[]).await;
        world.retag(&live, ADDRESS, other.clone()).await;
        // Found by its path, with nothing wanted.
        let live = world.one(TYPE, "global", &[], &[]).await;
        assert_holds(&properties(&live), &other, "profile");
        assert_eq!(live.tags.get("tier").map(String::as_str), Some("edge"));
        world.remove(&live, false).await;
        for role in &roles {
            world.remove(role, false).await;
        }
    });
}

#[test]
fn a_managed_policy_keeps_five_versions() {
    over_the_wire(async |world| {
        const TYPE: &str = "AWS::IAM::ManagedPolicy";
        const ADDRESS: &str = "global/policy";
        let with = |action: &str| {
            json!({
                "ManagedPolicyName": "shop-policy",
                "Description": "What it may",
                "PolicyDocument": {"Version": "2012-10-17", "Statement":
                    [{"Effect": "Allow", "Action": action, "Resource": "*"}]},
                "Roles": ["shop-holder"],
            })
        };
        let role = json!({"RoleName": "shop-holder", "AssumeRolePolicyDocument": {"Version": "2012-10-17", "Statement":
            [{"Effect": "Allow", "Principal": {"Service": "ec2.amazonaws.com"}, "Action": "sts:AssumeRole"}]}});
        let role = world.make("AWS::IAM::Role", "global/holder", role).await;
        world.make(TYPE, ADDRESS, with("s3:GetObject")).await;
        for step in 0..7 {
            let wanted = with(&format!("s3:Step{step}"));
            let live = world.one(TYPE, "global", &[], &[]).await;
            assert_eq!(live.address().map(Address::as_str), Some(ADDRESS));
            world.change(&live, ADDRESS, wanted.clone(), &["PolicyDocument"], &[]).await;
            let live = world.one(TYPE, "global", &[], &[]).await;
            assert_holds(&properties(&live), &wanted, "policy");
        }
        let live = world.one(TYPE, "global", &[], &[]).await;
        world.change(&live, ADDRESS, with("s3:Step6"), &[], &["Roles"]).await;
        world.remove(&live, false).await;
        assert!(world.list(TYPE, "global", &[], &[]).await.is_empty());
        world.remove(&role, false).await;
    });
}

#[test]
fn a_group_and_its_policies() {
    over_the_wire(async |world| {
        const TYPE: &str = "AWS::AutoScaling::AutoScalingGroup";
        const ADDRESS: &str = "eu-west-1/web.group";
        let template =
            json!({"LaunchTemplateName": "shop-web", "LaunchTemplateData": {"InstanceType": "m6i.large"}});
        let template = world.make("AWS::EC2::LaunchTemplate", "eu-west-1/web.template", template).await;
        let with = |max: &str| {
            json!({
                "AutoScalingGroupName": "shop-web",
                "MinSize": "2",
                "MaxSize": max,
                "AvailabilityZones": ["eu-west-1a"],
                "LaunchTemplate": {"LaunchTemplateId": template.str("LaunchTemplateId"), "Version": "1"},
                "HealthCheckType": "EC2",
                "HealthCheckGracePeriod": 120,
            })
        };
        let made = world.make(TYPE, ADDRESS, with("4")).await;
        assert!(made.str("AutoScalingGroupARN").is_some_and(|arn| arn.ends_with("/shop-web")));
        let sought = [(ADDRESS, with("4"))];
        let live = world.one(TYPE, "eu-west-1", &sought, &[]).await;
        assert_holds(&properties(&live), &with("4"), "group");
        assert_eq!(live.address().map(Address::as_str), Some(ADDRESS));
        // What scaling policies move is not the blueprint's, unless it says so.
        assert!(!live.properties.contains_key("DesiredCapacity"));
        world.change(&live, ADDRESS, with("6"), &["MaxSize"], &[]).await;
        world.retag(&live, ADDRESS, with("6")).await;
        let live = world.one(TYPE, "eu-west-1", &[], &[]).await;
        assert_holds(&properties(&live), &with("6"), "group");
        assert_eq!(live.tags.get("tier").map(String::as_str), Some("edge"));
        scaling_policies(&world, &live).await;
        world.remove(&live, false).await;
        assert!(world.list(TYPE, "eu-west-1", &sought, &[]).await.is_empty());
        world.remove(&template, false).await;
    });
}

async fn scaling_policies(world: &common::World, group: &Live) {
    const TYPE: &str = "AWS::AutoScaling::ScalingPolicy";
    let tracking = |target: f64| {
        json!({
            "AutoScalingGroupName": "shop-web",
            "PolicyName": "cpu",
            "PolicyType": "TargetTrackingScaling",
            "TargetTrackingConfiguration": {
                "PredefinedMetricSpecification": {"PredefinedMetricType": "ASGAverageCPUUtilization"},
                "TargetValue": target,
            },
        })
    };
    let steps = json!({
        "AutoScalingGroupName": "shop-web",
        "PolicyName": "steps",
        "PolicyType": "StepScaling",
        "AdjustmentType": "ChangeInCapacity",
        "StepAdjustments": [{"MetricIntervalLowerBound": 0.0, "ScalingAdjustment": 2}],
    });
    world.make(TYPE, "eu-west-1/web.steps", steps.clone()).await;
    let parents = [group.clone()];
    let read = async |name: &str| {
        let found = world.list(TYPE, "eu-west-1", &[], &parents).await;
        assert!(found.iter().all(|live| matches!(&live.ownership,
            Ownership::Child { parent, .. } if parent.as_ref() == group.address())));
        found.into_iter().find(|live| live.str("PolicyName") == Some(name)).expect("the policy")
    };
    let live = read("steps").await;
    assert_holds(&properties(&live), &steps, "steps");
    world.make(TYPE, "eu-west-1/web.cpu", tracking(50.0)).await;
    let cpu = read("cpu").await;
    world
        .change(&cpu, "eu-west-1/web.cpu", tracking(70.0), &["TargetTrackingConfiguration.TargetValue"], &[])
        .await;
    let cpu = read("cpu").await;
    assert_holds(&properties(&cpu), &tracking(70.0), "cpu");
    world.remove(&cpu, false).await;
    world.remove(&read("steps").await, false).await;
}

/// How many of eight who try at once get the lock, each with its lease.
async fn winners(ledger: &Ledger) -> Vec<stackctl::ledger::Lease> {
    let tries = (0..8).map(|_| ledger.lock("apply", Duration::ZERO));
    futures::future::join_all(tries).await.into_iter().filter_map(Result::ok).collect()
}

#[test]
fn a_ledger_in_a_bucket_has_one_holder() {
    over_the_wire(async |world| {
        world.make("AWS::S3::Bucket", "us-east-1/ledger", json!({"BucketName": "team-ledger"})).await;
        let place: Location = "s3://team-ledger/ledgers".parse().unwrap();
        let ledger = Ledger::open(&place, &StackName::new("shop")).await.unwrap();

        let mut leases = winners(&ledger).await;
        assert_eq!(leases.len(), 1, "one alone gets the lock");
        let refused = ledger.lock("apply", Duration::ZERO).await.unwrap_err();
        assert!(matches!(refused, LedgerError::Locked { .. }), "{refused}");
        let lease = leases.remove(0);
        lease.check().await.expect("it is held, and renewed");
        ledger.unlock().await.unwrap();
        assert!(matches!(lease.check().await, Err(LedgerError::Lost { .. })));

        // What a process left that is gone.
        let config = aws_config::defaults(aws_config::BehaviorVersion::latest()).load().await;
        let gone = LockInfo { pid: u32::MAX, ..LockInfo::mine("apply") };
        let put = aws_sdk_s3::Client::new(&config).put_object().bucket("team-ledger");
        let put = put.key("ledgers/shop/lock.json").body(serde_json::to_vec(&gone).unwrap().into());
        put.send().await.unwrap();
        if cfg!(target_os = "linux") {
            let mut leases = winners(&ledger).await;
            assert_eq!(leases.len(), 1, "one alone takes over what was left behind");
            leases.remove(0).release().await.unwrap();
            assert_eq!(ledger.holder().await.unwrap(), None);
        }
    });
}

#[test]
fn a_ledger_in_a_bucket_remembers() {
    over_the_wire(async |world| {
        world.make("AWS::S3::Bucket", "us-east-1/ledger", json!({"BucketName": "team-memory"})).await;
        let place: Location = "s3://team-memory".parse().unwrap();
        let ledger = Ledger::open(&place, &StackName::new("shop")).await.unwrap();
        ledger.enter_regions([Region::new("eu-west-1")]).await.unwrap();
        assert_eq!(ledger.finish_apply().await.unwrap().finished_applies, 1);
        assert_eq!(ledger.book().await.unwrap().regions.len(), 1);

        let notice = Announcement {
            address: Address::new("eu-west-1", "vpc", None),
            resource_type: "AWS::EC2::VPC".into(),
            token: "t".to_owned(),
            at: LockInfo::mine("apply").since,
        };
        let notices = ledger.notices("1").await.unwrap();
        notices.announce(notice.clone()).await.unwrap();
        assert!(ledger.notices("2").await.unwrap().is_open(&notice.address));

        ledger.record(&Recorder::new(&LockInfo::mine("apply")).finish([].into())).await.unwrap();
        assert_eq!(ledger.history(3).await.unwrap().len(), 1);
    });
}
