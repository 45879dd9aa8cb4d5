//! Networks, machines and load balancers.

use super::super::{Facts, NameRule};
use super::{NEW, named, takes};

/// `RefreshPreferences` of `StartInstanceRefresh`.
const INSTANCE_REFRESH: &[&str] = &[
    "alarms",
    "autoRollback",
    "bakeTime",
    "checkpointDelay",
    "checkpointPercentages",
    "instanceWarmup",
    "maxHealthyPercentage",
    "minHealthyPercentage",
    "scaleInProtectedInstances",
    "skipMatching",
    "standbyInstances",
];

/// What `IpRange.Description` takes, by EC2's API reference: no apostrophe.
const RULE_DESCRIPTION: &str = r"^[a-zA-Z0-9. _\-:/()#,@\[\]+=&;{}!$*]{0,255}$";
const RULE: Facts =
    Facts { taggable: true, natural_key: true, patterns: &[("Description", RULE_DESCRIPTION)], ..NEW };

/// Sorted by service; within one, what others need comes first.
pub(super) const TYPES: &[(&str, Facts)] = &[
    // --- network ---
    ("AWS::EC2::VPC", NEW),
    ("AWS::EC2::VPCCidrBlock", takes(10)),
    ("AWS::EC2::Subnet", Facts { natural_key: true, exclusive: &["VpcId", "CidrBlock"], ..NEW }),
    ("AWS::EC2::InternetGateway", NEW),
    // One gateway a VPC: the old attachment has to go first (the schema's replacementStrategy says so too).
    ("AWS::EC2::VPCGatewayAttachment", Facts { create_first: false, exclusive: &["VpcId"], ..takes(10) }),
    // No call moves an address to another pool.
    ("AWS::EC2::EIP", Facts { create_only: &["PublicIpv4Pool"], ..NEW }),
    // Its address is taken until the old gateway is gone.
    ("AWS::EC2::NatGateway", Facts { create_first: false, exclusive: &["AllocationId"], ..takes(120) }),
    ("AWS::EC2::RouteTable", NEW),
    ("AWS::EC2::Route", Facts { compared_whole: true, ..NEW }),
    ("AWS::EC2::SubnetRouteTableAssociation", Facts { create_first: false, exclusive: &["SubnetId"], ..NEW }),
    (
        "AWS::EC2::VPCEndpoint",
        Facts { sets: &["RouteTableIds", "SubnetIds", "SecurityGroupIds"], ..takes(90) },
    ),
    ("AWS::EC2::VPCPeeringConnection", takes(15)),
    ("AWS::EC2::TransitGateway", takes(150)),
    ("AWS::EC2::TransitGatewayAttachment", takes(60)),
    ("AWS::EC2::NetworkAcl", NEW),
    ("AWS::EC2::FlowLog", NEW),
    (
        "AWS::EC2::SecurityGroup",
        Facts {
            name: Some(NameRule::any("GroupName", 255)),
            inline_children: &[
                ("SecurityGroupIngress", "AWS::EC2::SecurityGroupIngress"),
                ("SecurityGroupEgress", "AWS::EC2::SecurityGroupEgress"),
            ],
            sets: &["SecurityGroupIngress", "SecurityGroupEgress"],
            patterns: &[
                ("SecurityGroupIngress.*.Description", RULE_DESCRIPTION),
                ("SecurityGroupEgress.*.Description", RULE_DESCRIPTION),
            ],
            ..NEW
        },
    ),
    // Rules have ids and tags of their own (DescribeSecurityGroupRules, CreateTags).
    ("AWS::EC2::SecurityGroupIngress", RULE),
    ("AWS::EC2::SecurityGroupEgress", RULE),
    // --- compute ---
    (
        "AWS::EC2::LaunchTemplate",
        Facts {
            name: Some(NameRule::any("LaunchTemplateName", 128)),
            volatile: &["LatestVersionNumber", "DefaultVersionNumber"],
            // CreateLaunchTemplate takes tags for the template itself; DescribeLaunchTemplateVersions returns the data.
            taggable: true,
            readable: &["LaunchTemplateData", "VersionDescription"],
            sets: &["LaunchTemplateData.TagSpecifications", "LaunchTemplateData.BlockDeviceMappings"],
            ..NEW
        },
    ),
    ("AWS::EC2::Instance", Facts { volatile: &["PublicIp", "PublicDnsName", "State"], ..takes(40) }),
    ("AWS::EC2::KeyPair", named(NameRule::any("KeyName", 255))),
    ("AWS::EC2::PlacementGroup", NEW),
    ("AWS::EC2::Volume", Facts { holds_data: true, ..takes(15) }),
    (
        "AWS::AutoScaling::AutoScalingGroup",
        Facts {
            name: Some(NameRule::any("AutoScalingGroupName", 255)),
            create_seconds: 180,
            sets: &[
                "TargetGroupARNs",
                "LoadBalancerNames",
                "VPCZoneIdentifier",
                "MetricsCollection.*.Metrics",
                "NotificationConfigurations",
                "NotificationConfigurations.*.NotificationTypes",
                "LifecycleHookSpecificationList",
                "TrafficSources",
            ],
            update_policies: &[("instanceRefresh", INSTANCE_REFRESH)],
            ..NEW
        },
    ),
    // The name is read-only in the schema because CloudFormation makes it up; PutScalingPolicy asks for one.
    ("AWS::AutoScaling::ScalingPolicy", named(NameRule::any("PolicyName", 255))),
    ("AWS::AutoScaling::ScheduledAction", named(NameRule::any("ScheduledActionName", 255))),
    ("AWS::AutoScaling::LifecycleHook", named(NameRule::any("LifecycleHookName", 255))),
    ("AWS::AutoScaling::WarmPool", takes(60)),
    ("AWS::ApplicationAutoScaling::ScalableTarget", NEW),
    ("AWS::ApplicationAutoScaling::ScalingPolicy", NEW),
    // --- load balancing ---
    (
        "AWS::ElasticLoadBalancingV2::LoadBalancer",
        Facts {
            name: Some(NameRule::any("Name", 32)),
            create_seconds: 150,
            sets: &["Subnets", "SecurityGroups", "SubnetMappings", "LoadBalancerAttributes"],
            ..NEW
        },
    ),
    (
        "AWS::ElasticLoadBalancingV2::TargetGroup",
        Facts {
            name: Some(NameRule::any("Name", 32)),
            // It hangs on a load balancer as soon as a listener names it.
            volatile: &["LoadBalancerArns"],
            sets: &["TargetGroupAttributes", "Targets"],
            ..NEW
        },
    ),
    (
        "AWS::ElasticLoadBalancingV2::Listener",
        Facts {
            sets: &["Certificates", "ListenerAttributes", "DefaultActions.*.ForwardConfig.TargetGroups"],
            exclusive: &["LoadBalancerArn", "Port"],
            unreadable: &["DefaultActions.*.AuthenticateOidcConfig.UseExistingClientSecret"],
            ..NEW
        },
    ),
    (
        "AWS::ElasticLoadBalancingV2::ListenerRule",
        Facts {
            // DescribeRules answers by listener, so the handler knows it.
            readable: &["ListenerArn"],
            unreadable: &["Actions.*.AuthenticateOidcConfig.UseExistingClientSecret"],
            sets: &["Conditions", "Actions.*.ForwardConfig.TargetGroups"],
            ..NEW
        },
    ),
];
