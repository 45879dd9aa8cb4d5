//! The edge of the network: CDN, DNS, accelerators, firewalls, certificates.

use super::super::{Facts, NameRule, Ties};
use super::{GLOBAL, NEW, named, takes};

/// A firewall and what it stands before.
const FIREWALLED: Ties = Ties {
    types: &["AWS::ElasticLoadBalancingV2::LoadBalancer", "AWS::WAFv2::WebACL"],
    ends: &[("ResourceArn", "LoadBalancerArn"), ("WebACLArn", "Arn")],
};

/// Sorted by service; within one, what others need comes first.
pub(super) const TYPES: &[(&str, Facts)] = &[
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
        Facts { create_first: false, exclusive: &["ResourceArn"], ties: Some(FIREWALLED), ..takes(15) },
    ),
    ("AWS::WAFv2::LoggingConfiguration", Facts { create_first: false, ..NEW }),
    ("AWS::CertificateManager::Certificate", takes(180)),
];
