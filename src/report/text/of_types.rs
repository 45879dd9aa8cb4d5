//! What tells one resource of a type from another, most telling first.

/// The paths for a type; none where no choice is better than its first properties.
pub(super) fn of_type(resource_type: &str) -> &'static [&'static str] {
    TABLE.iter().find(|(name, _)| *name == resource_type).map_or(&[], |(_, paths)| paths)
}

const TABLE: &[(&str, &[&str])] = &[
    ("AWS::AutoScaling::AutoScalingGroup", &["MinSize", "MaxSize", "DesiredCapacity"]),
    ("AWS::AutoScaling::ScalingPolicy", &["PolicyType"]),
    ("AWS::CertificateManager::Certificate", &["DomainName"]),
    ("AWS::CloudWatch::Alarm", &["Namespace", "MetricName", "Threshold"]),
    ("AWS::EC2::LaunchTemplate", &["LaunchTemplateData.InstanceType", "LaunchTemplateData.ImageId"]),
    ("AWS::EC2::Route", &["DestinationCidrBlock", "DestinationIpv6CidrBlock", "GatewayId"]),
    ("AWS::EC2::SecurityGroup", &["GroupDescription"]),
    ("AWS::EC2::SecurityGroupEgress", &["IpProtocol", "FromPort", "CidrIp"]),
    ("AWS::EC2::SecurityGroupIngress", &["IpProtocol", "FromPort", "CidrIp"]),
    ("AWS::EC2::Subnet", &["CidrBlock", "AvailabilityZone", "MapPublicIpOnLaunch"]),
    ("AWS::EC2::VPC", &["CidrBlock"]),
    ("AWS::EC2::VPCEndpoint", &["ServiceName", "VpcEndpointType"]),
    ("AWS::EKS::Addon", &["AddonName", "AddonVersion"]),
    ("AWS::EKS::Cluster", &["Version"]),
    ("AWS::EKS::Nodegroup", &["InstanceTypes[0]", "ScalingConfig.MinSize", "ScalingConfig.MaxSize"]),
    ("AWS::EKS::PodIdentityAssociation", &["Namespace", "ServiceAccount"]),
    ("AWS::ElastiCache::ReplicationGroup", &["Engine", "CacheNodeType", "NumCacheClusters"]),
    ("AWS::ElasticLoadBalancingV2::Listener", &["Protocol", "Port"]),
    ("AWS::ElasticLoadBalancingV2::LoadBalancer", &["Type", "Scheme"]),
    ("AWS::ElasticLoadBalancingV2::TargetGroup", &["Protocol", "Port", "HealthCheckPath"]),
    ("AWS::Events::Rule", &["ScheduleExpression"]),
    ("AWS::Lambda::Function", &["Runtime", "MemorySize", "Timeout"]),
    ("AWS::Logs::LogGroup", &["LogGroupName", "RetentionInDays"]),
    (
        "AWS::OpenSearchService::Domain",
        &["EngineVersion", "ClusterConfig.InstanceType", "ClusterConfig.InstanceCount"],
    ),
    ("AWS::RDS::DBInstance", &["Engine", "DBInstanceClass", "AllocatedStorage"]),
    ("AWS::Route53::HealthCheck", &["HealthCheckConfig.Type", "HealthCheckConfig.FullyQualifiedDomainName"]),
    ("AWS::Route53::RecordSet", &["Name", "Type", "SetIdentifier"]),
    ("AWS::S3::Bucket", &["BucketName"]),
    (
        "AWS::SageMaker::EndpointConfig",
        &["ProductionVariants[0].InstanceType", "ProductionVariants[0].InitialInstanceCount"],
    ),
    ("AWS::SSM::Parameter", &["Name"]),
    ("AWS::WAFv2::WebACL", &["Scope"]),
];
