//! Who can make a type: a handler of stackctl's own, the Cloud Control API, or nobody.

use std::collections::HashSet;
use std::sync::LazyLock;

/// The types with a handler of their own, sorted; all others go through Cloud Control. The registry of the handlers
/// has a test that the two are the same.
pub const NATIVE: [&str; 41] = [
    "AWS::AutoScaling::AutoScalingGroup",
    "AWS::AutoScaling::ScalingPolicy",
    "AWS::CloudFront::CachePolicy",
    "AWS::CloudFront::Distribution",
    "AWS::CloudFront::OriginAccessControl",
    "AWS::EC2::EIP",
    "AWS::EC2::InternetGateway",
    "AWS::EC2::LaunchTemplate",
    "AWS::EC2::NatGateway",
    "AWS::EC2::Route",
    "AWS::EC2::RouteTable",
    "AWS::EC2::SecurityGroup",
    "AWS::EC2::SecurityGroupEgress",
    "AWS::EC2::SecurityGroupIngress",
    "AWS::EC2::Subnet",
    "AWS::EC2::SubnetRouteTableAssociation",
    "AWS::EC2::VPC",
    "AWS::EC2::VPCEndpoint",
    "AWS::EC2::VPCGatewayAttachment",
    "AWS::EKS::AccessEntry",
    "AWS::EKS::Addon",
    "AWS::EKS::Cluster",
    "AWS::EKS::FargateProfile",
    "AWS::EKS::Nodegroup",
    "AWS::EKS::PodIdentityAssociation",
    "AWS::ElastiCache::ParameterGroup",
    "AWS::ElastiCache::ReplicationGroup",
    "AWS::ElastiCache::SubnetGroup",
    "AWS::ElasticLoadBalancingV2::Listener",
    "AWS::ElasticLoadBalancingV2::ListenerRule",
    "AWS::ElasticLoadBalancingV2::LoadBalancer",
    "AWS::ElasticLoadBalancingV2::TargetGroup",
    "AWS::IAM::InstanceProfile",
    "AWS::IAM::ManagedPolicy",
    "AWS::IAM::OIDCProvider",
    "AWS::IAM::Role",
    "AWS::Route53::HealthCheck",
    "AWS::Route53::HostedZone",
    "AWS::Route53::RecordSet",
    "AWS::S3::Bucket",
    "AWS::S3::BucketPolicy",
];

/// Types that Cloud Control can't make or can't read back, and what is written in their stead.
const INSTEAD: [(&str, &str); 21] = [
    ("AWS::CloudFront::StreamingDistribution", "`AWS::CloudFront::Distribution`"),
    ("AWS::CloudWatch::AnomalyDetector", "an `AWS::CloudWatch::Alarm` over `ANOMALY_DETECTION_BAND(...)`"),
    (
        "AWS::EC2::NetworkAclEntry",
        "security groups (`AWS::EC2::SecurityGroupIngress`), or the network ACL's entries by hand",
    ),
    ("AWS::EC2::VPNGatewayRoutePropagation", "`AWS::EC2::Route` with a `GatewayId`"),
    ("AWS::ElastiCache::SecurityGroup", "`AWS::EC2::SecurityGroup`"),
    ("AWS::ElastiCache::SecurityGroupIngress", "`AWS::EC2::SecurityGroupIngress`"),
    (
        "AWS::ElasticLoadBalancingV2::ListenerCertificate",
        "one certificate with all names in the listener's `Certificates`",
    ),
    ("AWS::Elasticsearch::Domain", "`AWS::OpenSearchService::Domain`"),
    ("AWS::IAM::Policy", "`AWS::IAM::RolePolicy`, `AWS::IAM::UserPolicy` or `AWS::IAM::GroupPolicy`"),
    ("AWS::IAM::UserToGroupAddition", "`Groups` of `AWS::IAM::User`"),
    ("AWS::KinesisAnalytics::Application", "`AWS::KinesisAnalyticsV2::Application`"),
    ("AWS::LakeFormation::Permissions", "`AWS::LakeFormation::PrincipalPermissions`"),
    ("AWS::PinpointEmail::ConfigurationSet", "`AWS::SES::ConfigurationSet`"),
    ("AWS::PinpointEmail::Identity", "`AWS::SES::EmailIdentity`"),
    ("AWS::RDS::DBSecurityGroup", "`AWS::EC2::SecurityGroup`"),
    ("AWS::RDS::DBSecurityGroupIngress", "`AWS::EC2::SecurityGroupIngress`"),
    ("AWS::Route53::RecordSetGroup", "one `AWS::Route53::RecordSet` a record"),
    ("AWS::SNS::TopicPolicy", "`AWS::SNS::TopicInlinePolicy`"),
    ("AWS::SQS::QueuePolicy", "`AWS::SQS::QueueInlinePolicy`"),
    ("AWS::WAF::WebACL", "`AWS::WAFv2::WebACL`"),
    ("AWS::WAFRegional::WebACL", "`AWS::WAFv2::WebACL`"),
];

/// Whether stackctl has a handler of its own for a type; all others go through Cloud Control.
pub fn is_native(resource_type: &str) -> bool {
    static KNOWN: LazyLock<HashSet<&str>> = LazyLock::new(|| NATIVE.into_iter().collect());
    KNOWN.contains(resource_type)
}

/// What is written in the stead of a type that nobody can make.
pub fn instead_of(resource_type: &str) -> Option<&'static str> {
    INSTEAD.iter().find(|(name, _)| *name == resource_type).map(|(_, instead)| *instead)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::catalog::Catalog;

    #[test]
    fn what_is_written_instead_can_be_made_and_what_it_stands_for_can_not() {
        let catalog = Catalog::embedded();
        for (name, instead) in INSTEAD {
            assert!(!catalog.get(name).unwrap_or_else(|| panic!("no {name}")).can_be_made(), "{name}");
            let types = instead.split('`').filter(|word| word.starts_with("AWS::"));
            for other in types {
                assert!(catalog.get(other).unwrap_or_else(|| panic!("no {other}")).can_be_made(), "{other}");
            }
        }
    }

    #[test]
    fn the_native_types_are_sorted_and_exist() {
        assert!(NATIVE.is_sorted());
        assert!(NATIVE.iter().all(|name| Catalog::embedded().contains(name)));
    }
}
