//! The table, one entry a type.
//!
//! Sources: limits of names and what tags an API takes, the API reference of each service; create times, AWS's own
//! statements where there are any (EKS "several minutes", CloudFront "typically within 5 minutes"), otherwise what
//! CloudFormation stacks usually show; volatile attributes, the API's response shapes. Times order the plan by its
//! longest path and set expectations; nothing fails when one is off.

use super::{Facts, NameRule};

const NEW: Facts = Facts::DEFAULT;
const GLOBAL: Facts = Facts { global: true, ..NEW };

/// A type that is made in so many seconds.
const fn takes(create_seconds: u32) -> Facts {
    Facts { create_seconds, ..NEW }
}

/// A type that gets a generated name.
const fn named(name: NameRule) -> Facts {
    Facts { name: Some(name), ..NEW }
}

/// A type that gets a generated name and holds data.
const fn store(name: NameRule, create_seconds: u32) -> Facts {
    Facts { name: Some(name), create_seconds, holds_data: true, ..NEW }
}

/// Sorted by service; within one, what others need comes first.
pub(super) const TABLE: &[(&str, Facts)] = &[
    // --- network ---
    ("AWS::EC2::VPC", NEW),
    ("AWS::EC2::VPCCidrBlock", takes(10)),
    ("AWS::EC2::Subnet", Facts { natural_key: true, exclusive: &["VpcId", "CidrBlock"], ..NEW }),
    ("AWS::EC2::InternetGateway", NEW),
    // One gateway a VPC: the old attachment has to go first (the schema's replacementStrategy says so too).
    ("AWS::EC2::VPCGatewayAttachment", Facts { create_first: false, exclusive: &["VpcId"], ..takes(10) }),
    ("AWS::EC2::EIP", NEW),
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
            ..NEW
        },
    ),
    // Rules have ids and tags of their own (DescribeSecurityGroupRules, CreateTags).
    ("AWS::EC2::SecurityGroupIngress", Facts { taggable: true, natural_key: true, ..NEW }),
    ("AWS::EC2::SecurityGroupEgress", Facts { taggable: true, natural_key: true, ..NEW }),
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
            ..NEW
        },
    ),
    (
        "AWS::ElasticLoadBalancingV2::ListenerRule",
        Facts {
            // DescribeRules answers by listener, so the handler knows it.
            readable: &["ListenerArn"],
            sets: &["Conditions", "Actions.*.ForwardConfig.TargetGroups"],
            ..NEW
        },
    ),
    // --- caches ---
    (
        "AWS::ElastiCache::ReplicationGroup",
        Facts {
            sets: &["SecurityGroupIds", "UserGroupIds", "LogDeliveryConfigurations"],
            // The member clusters tell them; CloudFormation does not look there.
            readable: &[
                "CacheParameterGroupName",
                "CacheSubnetGroupName",
                "EngineVersion",
                "NotificationTopicArn",
                "NumNodeGroups",
                "PreferredMaintenanceWindow",
                "SecurityGroupIds",
            ],
            ..store(NameRule::lower("ReplicationGroupId", 40), 720)
        },
    ),
    ("AWS::ElastiCache::ServerlessCache", store(NameRule::lower("ServerlessCacheName", 40), 300)),
    ("AWS::ElastiCache::CacheCluster", store(NameRule::lower("ClusterName", 50), 360)),
    (
        "AWS::ElastiCache::SubnetGroup",
        Facts { sets: &["SubnetIds"], ..named(NameRule::lower("CacheSubnetGroupName", 255)) },
    ),
    // Read-only in the schema because CloudFormation makes it up; CreateCacheParameterGroup asks for one.
    // ModifyCacheParameterGroup has no description.
    (
        "AWS::ElastiCache::ParameterGroup",
        Facts { create_only: &["Description"], ..named(NameRule::lower("CacheParameterGroupName", 255)) },
    ),
    ("AWS::MemoryDB::Cluster", store(NameRule::lower("ClusterName", 40), 720)),
    // --- the edge ---
    (
        "AWS::CloudFront::Distribution",
        Facts {
            create_seconds: 300,
            sets: &[
                "DistributionConfig.Aliases",
                "DistributionConfig.Origins",
                "DistributionConfig.CustomErrorResponses",
                "DistributionConfig.DefaultCacheBehavior.AllowedMethods",
                "DistributionConfig.DefaultCacheBehavior.CachedMethods",
                "DistributionConfig.CacheBehaviors.*.AllowedMethods",
                "DistributionConfig.CacheBehaviors.*.CachedMethods",
                "DistributionConfig.Restrictions.GeoRestriction.Locations",
                "DistributionConfig.Origins.*.CustomOriginConfig.OriginSSLProtocols",
            ],
            ..GLOBAL
        },
    ),
    (
        "AWS::CloudFront::OriginAccessControl",
        Facts { name: Some(NameRule::any("OriginAccessControlConfig.Name", 64)), ..GLOBAL },
    ),
    (
        "AWS::CloudFront::CachePolicy",
        Facts { name: Some(NameRule::any("CachePolicyConfig.Name", 128)), ..GLOBAL },
    ),
    (
        "AWS::CloudFront::OriginRequestPolicy",
        Facts { name: Some(NameRule::any("OriginRequestPolicyConfig.Name", 128)), ..GLOBAL },
    ),
    (
        "AWS::CloudFront::ResponseHeadersPolicy",
        Facts { name: Some(NameRule::any("ResponseHeadersPolicyConfig.Name", 128)), ..GLOBAL },
    ),
    (
        "AWS::CloudFront::Function",
        Facts { name: Some(NameRule::any("Name", 64)), create_seconds: 15, ..GLOBAL },
    ),
    (
        "AWS::CloudFront::KeyValueStore",
        Facts { name: Some(NameRule::any("Name", 64)), holds_data: true, ..GLOBAL },
    ),
    ("AWS::CloudFront::KeyGroup", GLOBAL),
    ("AWS::CloudFront::PublicKey", GLOBAL),
    ("AWS::CloudFront::CloudFrontOriginAccessIdentity", GLOBAL),
    ("AWS::CloudFront::MonitoringSubscription", Facts { create_first: false, ..GLOBAL }),
    ("AWS::CloudFront::RealtimeLogConfig", Facts { name: Some(NameRule::any("Name", 255)), ..GLOBAL }),
    ("AWS::CloudFront::VpcOrigin", Facts { create_seconds: 300, ..GLOBAL }),
    ("AWS::Route53::HostedZone", Facts { create_seconds: 30, ..GLOBAL }),
    (
        "AWS::Route53::RecordSet",
        Facts {
            create_seconds: 40,
            // ChangeResourceRecordSets knows a record by these; another one is another record.
            create_only: &["Name", "Type", "SetIdentifier"],
            sets: &["ResourceRecords"],
            compared_whole: true,
            ..GLOBAL
        },
    ),
    ("AWS::Route53::RecordSetGroup", Facts { create_seconds: 40, ..GLOBAL }),
    ("AWS::Route53::HealthCheck", GLOBAL),
    ("AWS::Route53::DNSSEC", Facts { create_seconds: 60, create_first: false, ..GLOBAL }),
    ("AWS::Route53::KeySigningKey", Facts { create_seconds: 30, ..GLOBAL }),
    ("AWS::Route53::CidrCollection", GLOBAL),
    ("AWS::GlobalAccelerator::Accelerator", Facts { create_seconds: 180, ..GLOBAL }),
    ("AWS::GlobalAccelerator::Listener", Facts { create_seconds: 60, ..GLOBAL }),
    ("AWS::GlobalAccelerator::EndpointGroup", Facts { create_seconds: 60, ..GLOBAL }),
    ("AWS::Shield::Protection", Facts { create_first: false, ..GLOBAL }),
    ("AWS::Shield::ProtectionGroup", GLOBAL),
    ("AWS::Shield::DRTAccess", Facts { create_first: false, ..GLOBAL }),
    ("AWS::Shield::ProactiveEngagement", Facts { create_first: false, ..GLOBAL }),
    // Regional, or in us-east-1 for CloudFront: its Scope property says which.
    ("AWS::WAFv2::WebACL", Facts { volatile: &["Capacity"], ..named(NameRule::any("Name", 128)) }),
    ("AWS::WAFv2::IPSet", Facts { sets: &["Addresses"], ..named(NameRule::any("Name", 128)) }),
    ("AWS::WAFv2::RuleGroup", named(NameRule::any("Name", 128))),
    ("AWS::WAFv2::RegexPatternSet", named(NameRule::any("Name", 128))),
    (
        "AWS::WAFv2::WebACLAssociation",
        Facts { create_first: false, exclusive: &["ResourceArn"], ..takes(15) },
    ),
    ("AWS::WAFv2::LoggingConfiguration", Facts { create_first: false, ..NEW }),
    ("AWS::CertificateManager::Certificate", takes(180)),
    // --- identity ---
    (
        "AWS::IAM::Role",
        Facts {
            name: Some(NameRule::any("RoleName", 64)),
            create_seconds: 10,
            sets: &["ManagedPolicyArns", "Policies"],
            ..GLOBAL
        },
    ),
    (
        "AWS::IAM::InstanceProfile",
        Facts {
            name: Some(NameRule::any("InstanceProfileName", 128)),
            create_seconds: 10,
            // CreateInstanceProfile takes tags.
            taggable: true,
            ..GLOBAL
        },
    ),
    (
        "AWS::IAM::ManagedPolicy",
        Facts {
            name: Some(NameRule::any("ManagedPolicyName", 128)),
            volatile: &["DefaultVersionId", "UpdateDate", "AttachmentCount", "PermissionsBoundaryUsageCount"],
            // CreatePolicy takes tags.
            taggable: true,
            sets: &["Roles", "Users", "Groups"],
            ..GLOBAL
        },
    ),
    ("AWS::IAM::Policy", Facts { sets: &["Roles", "Users", "Groups"], ..GLOBAL }),
    ("AWS::IAM::RolePolicy", GLOBAL),
    (
        "AWS::IAM::User",
        Facts {
            name: Some(NameRule::any("UserName", 64)),
            sets: &["ManagedPolicyArns", "Groups", "Policies"],
            ..GLOBAL
        },
    ),
    ("AWS::IAM::UserPolicy", GLOBAL),
    (
        "AWS::IAM::Group",
        Facts {
            name: Some(NameRule::any("GroupName", 128)),
            sets: &["ManagedPolicyArns", "Policies"],
            ..GLOBAL
        },
    ),
    ("AWS::IAM::GroupPolicy", GLOBAL),
    ("AWS::IAM::OIDCProvider", Facts { sets: &["ClientIdList", "ThumbprintList"], ..GLOBAL }),
    ("AWS::IAM::SAMLProvider", GLOBAL),
    (
        "AWS::IAM::ServerCertificate",
        Facts { name: Some(NameRule::any("ServerCertificateName", 128)), ..GLOBAL },
    ),
    ("AWS::IAM::ServiceLinkedRole", Facts { create_first: false, ..GLOBAL }),
    ("AWS::IAM::VirtualMFADevice", GLOBAL),
    ("AWS::Organizations::Account", Facts { create_seconds: 60, holds_data: true, ..GLOBAL }),
    ("AWS::Organizations::Organization", Facts { create_first: false, ..GLOBAL }),
    ("AWS::Organizations::OrganizationalUnit", GLOBAL),
    ("AWS::Organizations::Policy", GLOBAL),
    ("AWS::Budgets::Budget", Facts { name: Some(NameRule::any("Budget.BudgetName", 100)), ..GLOBAL }),
    ("AWS::CE::AnomalyMonitor", GLOBAL),
    ("AWS::CE::AnomalySubscription", GLOBAL),
    // The key is scheduled for deletion, and with it everything it encrypts.
    ("AWS::KMS::Key", Facts { holds_data: true, ..takes(10) }),
    ("AWS::KMS::Alias", NEW),
    ("AWS::SecretsManager::Secret", store(NameRule::any("Name", 512), 5)),
    ("AWS::SSM::Parameter", store(NameRule::any("Name", 1011), 5)),
    ("AWS::Cognito::UserPool", Facts { holds_data: true, ..NEW }),
    // --- storage ---
    ("AWS::S3::Bucket", store(NameRule::lower("BucketName", 63), 10)),
    ("AWS::S3::BucketPolicy", NEW),
    ("AWS::S3::AccessPoint", named(NameRule::lower("Name", 50))),
    (
        "AWS::S3::MultiRegionAccessPoint",
        Facts { name: Some(NameRule::lower("Name", 50)), create_seconds: 900, ..GLOBAL },
    ),
    ("AWS::EFS::FileSystem", Facts { holds_data: true, ..takes(20) }),
    ("AWS::EFS::MountTarget", Facts { create_first: false, ..takes(90) }),
    ("AWS::FSx::FileSystem", Facts { holds_data: true, ..takes(900) }),
    ("AWS::Backup::BackupVault", store(NameRule::any("BackupVaultName", 50), 5)),
    ("AWS::Backup::BackupPlan", Facts { volatile: &["VersionId"], ..NEW }),
    ("AWS::Backup::BackupSelection", NEW),
    ("AWS::ECR::Repository", store(NameRule::lower("RepositoryName", 256), 5)),
    // --- databases ---
    ("AWS::RDS::DBInstance", store(NameRule::lower("DBInstanceIdentifier", 63), 480)),
    ("AWS::RDS::DBCluster", store(NameRule::lower("DBClusterIdentifier", 63), 180)),
    (
        "AWS::RDS::GlobalCluster",
        Facts { global: true, ..store(NameRule::lower("GlobalClusterIdentifier", 63), 60) },
    ),
    ("AWS::RDS::DBSubnetGroup", named(NameRule::lower("DBSubnetGroupName", 255))),
    ("AWS::RDS::DBParameterGroup", named(NameRule::lower("DBParameterGroupName", 255))),
    ("AWS::RDS::DBClusterParameterGroup", named(NameRule::lower("DBClusterParameterGroupName", 255))),
    ("AWS::RDS::OptionGroup", named(NameRule::lower("OptionGroupName", 255))),
    ("AWS::RDS::DBProxy", Facts { create_seconds: 300, ..NEW }),
    ("AWS::RDS::DBProxyTargetGroup", Facts { create_first: false, ..takes(60) }),
    ("AWS::DocDB::DBCluster", store(NameRule::lower("DBClusterIdentifier", 63), 180)),
    (
        "AWS::DocDB::DBInstance",
        Facts { name: Some(NameRule::lower("DBInstanceIdentifier", 63)), ..takes(480) },
    ),
    ("AWS::Neptune::DBCluster", store(NameRule::lower("DBClusterIdentifier", 63), 180)),
    (
        "AWS::DynamoDB::Table",
        Facts { volatile: &["StreamArn"], ..store(NameRule::any("TableName", 255), 20) },
    ),
    (
        "AWS::DynamoDB::GlobalTable",
        Facts { volatile: &["StreamArn"], ..store(NameRule::any("TableName", 255), 60) },
    ),
    ("AWS::Redshift::Cluster", store(NameRule::lower("ClusterIdentifier", 63), 300)),
    ("AWS::RedshiftServerless::Namespace", store(NameRule::lower("NamespaceName", 64), 30)),
    (
        "AWS::RedshiftServerless::Workgroup",
        Facts { name: Some(NameRule::lower("WorkgroupName", 64)), ..takes(180) },
    ),
    ("AWS::OpenSearchService::Domain", store(NameRule::lower("DomainName", 28), 900)),
    ("AWS::Timestream::Database", store(NameRule::any("DatabaseName", 256), 5)),
    ("AWS::Timestream::Table", store(NameRule::any("TableName", 256), 5)),
    // --- containers and functions ---
    (
        "AWS::EKS::Cluster",
        Facts {
            name: Some(NameRule::any("Name", 100)),
            create_seconds: 600,
            sets: &[
                "ResourcesVpcConfig.SubnetIds",
                "ResourcesVpcConfig.SecurityGroupIds",
                "ResourcesVpcConfig.PublicAccessCidrs",
            ],
            ..NEW
        },
    ),
    (
        "AWS::EKS::Nodegroup",
        Facts {
            name: Some(NameRule::any("NodegroupName", 63)),
            create_seconds: 180,
            sets: &["Subnets", "Taints"],
            ..NEW
        },
    ),
    ("AWS::EKS::FargateProfile", Facts { name: Some(NameRule::any("FargateProfileName", 63)), ..takes(120) }),
    ("AWS::EKS::Addon", Facts { create_first: false, ..takes(90) }),
    // One entry a principal and cluster, and its Type can't be changed in place.
    ("AWS::EKS::AccessEntry", Facts { create_first: false, ..NEW }),
    ("AWS::EKS::PodIdentityAssociation", NEW),
    ("AWS::EKS::IdentityProviderConfig", Facts { create_first: false, ..takes(600) }),
    ("AWS::ECS::Cluster", Facts { name: Some(NameRule::any("ClusterName", 255)), ..takes(10) }),
    ("AWS::ECS::Service", Facts { name: Some(NameRule::any("ServiceName", 255)), ..takes(120) }),
    ("AWS::ECS::TaskDefinition", named(NameRule::any("Family", 255))),
    (
        "AWS::Lambda::Function",
        Facts {
            name: Some(NameRule::any("FunctionName", 64)),
            sets: &["VpcConfig.SubnetIds", "VpcConfig.SecurityGroupIds"],
            ..takes(10)
        },
    ),
    ("AWS::Lambda::Version", Facts { create_seconds: 10, ..NEW }),
    ("AWS::Lambda::Alias", NEW),
    ("AWS::Lambda::Permission", NEW),
    ("AWS::Lambda::EventSourceMapping", takes(20)),
    (
        "AWS::StepFunctions::StateMachine",
        Facts { volatile: &["StateMachineRevisionId"], ..named(NameRule::any("StateMachineName", 80)) },
    ),
    (
        "AWS::Batch::ComputeEnvironment",
        Facts { name: Some(NameRule::any("ComputeEnvironmentName", 128)), ..takes(60) },
    ),
    // --- messages and streams ---
    (
        "AWS::SQS::Queue",
        // A queue's name may be used again only 60 seconds after its deletion, which a name with a hash never needs.
        Facts { name: Some(NameRule::fifo("QueueName", 80, "FifoQueue")), holds_data: true, ..takes(5) },
    ),
    ("AWS::SQS::QueuePolicy", NEW),
    ("AWS::SNS::Topic", named(NameRule::fifo("TopicName", 256, "FifoTopic"))),
    ("AWS::SNS::Subscription", NEW),
    ("AWS::SNS::TopicPolicy", NEW),
    ("AWS::Events::Rule", named(NameRule::any("Name", 64))),
    ("AWS::Events::EventBus", named(NameRule::any("Name", 256))),
    ("AWS::Scheduler::Schedule", named(NameRule::any("Name", 64))),
    ("AWS::Kinesis::Stream", store(NameRule::any("Name", 128), 30)),
    (
        "AWS::KinesisFirehose::DeliveryStream",
        Facts { name: Some(NameRule::any("DeliveryStreamName", 64)), ..takes(60) },
    ),
    (
        "AWS::MSK::Cluster",
        Facts { volatile: &["CurrentVersion"], ..store(NameRule::any("ClusterName", 64), 1500) },
    ),
    ("AWS::MSK::ServerlessCluster", store(NameRule::any("ClusterName", 64), 300)),
    ("AWS::AmazonMQ::Broker", store(NameRule::any("BrokerName", 50), 900)),
    // --- watching ---
    (
        "AWS::CloudWatch::Alarm",
        Facts {
            sets: &["AlarmActions", "OKActions", "InsufficientDataActions", "Dimensions"],
            ..named(NameRule::any("AlarmName", 255))
        },
    ),
    ("AWS::CloudWatch::CompositeAlarm", named(NameRule::any("AlarmName", 255))),
    ("AWS::CloudWatch::Dashboard", named(NameRule::any("DashboardName", 255))),
    ("AWS::Logs::LogGroup", store(NameRule::any("LogGroupName", 512), 5)),
    (
        "AWS::Logs::LogStream",
        Facts { name: Some(NameRule::any("LogStreamName", 512)), holds_data: true, ..NEW },
    ),
    ("AWS::Synthetics::Canary", Facts { name: Some(NameRule::lower("Name", 255)), ..takes(60) }),
    ("AWS::CloudTrail::Trail", named(NameRule::any("TrailName", 128))),
    // --- media, learning, analytics ---
    ("AWS::MediaConvert::Queue", named(NameRule::any("Name", 80))),
    ("AWS::MediaConvert::JobTemplate", named(NameRule::any("Name", 80))),
    ("AWS::MediaConvert::Preset", named(NameRule::any("Name", 80))),
    ("AWS::MediaPackage::Channel", NEW),
    ("AWS::MediaLive::Channel", takes(30)),
    ("AWS::SageMaker::Model", named(NameRule::any("ModelName", 63))),
    ("AWS::SageMaker::EndpointConfig", named(NameRule::any("EndpointConfigName", 63))),
    ("AWS::SageMaker::Endpoint", Facts { name: Some(NameRule::any("EndpointName", 63)), ..takes(400) }),
    ("AWS::SageMaker::FeatureGroup", Facts { holds_data: true, ..takes(60) }),
    (
        "AWS::SageMaker::NotebookInstance",
        Facts { name: Some(NameRule::any("NotebookInstanceName", 63)), holds_data: true, ..takes(180) },
    ),
    ("AWS::Personalize::DatasetGroup", Facts { holds_data: true, ..takes(30) }),
    ("AWS::Athena::WorkGroup", named(NameRule::any("Name", 128))),
    ("AWS::Glue::Database", Facts { holds_data: true, ..NEW }),
    ("AWS::Glue::Crawler", named(NameRule::any("Name", 255))),
    ("AWS::EMR::Cluster", Facts { holds_data: true, ..takes(480) }),
    ("AWS::ApiGateway::RestApi", NEW),
    ("AWS::ApiGatewayV2::Api", NEW),
    ("AWS::AppSync::GraphQLApi", takes(10)),
    ("AWS::CloudFormation::Stack", Facts { holds_data: true, ..takes(120) }),
];
