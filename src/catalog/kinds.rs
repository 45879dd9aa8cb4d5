//! Kinds of ids: whose id a text is, so that a subnet's id in a VPC's place is found before anything runs.
//!
//! A kind is written as the schemas write it, `AWS::EC2::VPC.Id`. cfn-lint marks the most used ones as formats; the
//! rest follows from primary identifiers on the one side ([`of_attribute`]) and, on the other, from the names that
//! properties have in all of AWS ([`BY_NAME`], [`BY_PLACE`]).

use std::sync::Arc;

use super::TypeSchema;
use super::property::{Property, PropertyId};

/// The kind of an attribute or property of a type, when something refers to it.
pub(super) fn of_attribute(schema: &TypeSchema, attribute: &str) -> Option<Arc<str>> {
    if let Some(kind) = schema.described(attribute).find_map(|property| stated(schema, property)) {
        return Some(kind);
    }
    let name = schema.name();
    if (&**name, attribute) == ("AWS::EC2::EIP", "AllocationId") {
        return Some(Arc::from("AWS::EC2::EIP.AllocationId"));
    }
    if identifies(schema, attribute) {
        return Some(Arc::from(format!("{name}.{}", class(attribute)?)));
    }
    by_name(name, attribute).map(Arc::from)
}

/// The kinds that a property accepts; empty where it takes any text.
pub(super) fn of_property(schema: &TypeSchema, path: &str, ids: &[PropertyId]) -> Vec<Arc<str>> {
    let described = ids.iter().flat_map(|id| {
        let items = schema.get(*id).items.map(|items| schema.tree().expand(items)).unwrap_or_default();
        std::iter::once(*id).chain(items)
    });
    let mut kinds: Vec<Arc<str>> = described.filter_map(|id| stated(schema, schema.get(id))).collect();
    if kinds.is_empty() {
        kinds.extend(by_place(schema.name(), path).into_iter().map(Arc::from));
    }
    kinds.sort_unstable();
    kinds.dedup();
    kinds
}

/// Whether an id of one kind may stand where another is expected.
pub(super) fn fits(found: &str, expected: &str) -> bool {
    found == expected
        || matches!(
            (found, expected),
            // Where AWS takes a key's id it takes its ARN too; an alias record may point into its own zone.
            ("AWS::KMS::Key.Arn", "AWS::KMS::Key.Id")
                | ("AWS::Route53::HostedZone.Id", "AWS::Route53::AliasTarget.HostedZoneId")
        )
}

/// What the schema itself says, in the singular: `AWS::EC2::Subnet.Ids` is a list of `AWS::EC2::Subnet.Id`.
fn stated(schema: &TypeSchema, property: &Property) -> Option<Arc<str>> {
    if let Some(format) = property.format.as_ref().filter(|format| format.starts_with("AWS::")) {
        let plural = format.ends_with(".Ids") || format.ends_with(".Names");
        return Some(one_name(if plural { Arc::from(&format[..format.len() - 1]) } else { format.clone() }));
    }
    let (of, path) = property.rules.as_ref()?.relationship.as_ref()?;
    // A reference to the very schema is how a type marks its own identifier.
    let same = of == schema.name();
    (!same && !of.starts_with("AWS::EC2::VPCEndpoint"))
        .then(|| class(path).map(|class| one_name(Arc::from(format!("{of}.{class}")))))?
}

/// A certificate goes by three names in the schemas: its service is called ACM too, and its id is its ARN.
fn one_name(kind: Arc<str>) -> Arc<str> {
    match &*kind {
        "AWS::ACM::Certificate.Arn" | "AWS::CertificateManager::Certificate.Id" => {
            Arc::from("AWS::CertificateManager::Certificate.Arn")
        }
        _ => kind,
    }
}

/// Whether an attribute alone is the type's identifier, or its ARN.
fn identifies(schema: &TypeSchema, attribute: &str) -> bool {
    let alone = |path: &[&str]| path == [attribute];
    let additional = schema.additional_identifiers().iter();
    let short = schema.name().rsplit("::").next().unwrap_or_default();
    let own_arn = |name: &str| {
        let lower = name.to_lowercase();
        lower == "arn" || lower == format!("{short}arn").to_lowercase()
    };
    alone(&schema.primary_identifier())
        || additional.into_iter().any(|ids| ids.len() == 1 && &*ids[0] == attribute)
        || (schema.is_read_only(attribute) && own_arn(attribute))
}

/// `Id`, `Arn` or `Name` by an attribute's name.
fn class(attribute: &str) -> Option<&'static str> {
    let lower = attribute.to_lowercase();
    ["arn", "id", "name", "url"]
        .iter()
        .zip(["Arn", "Id", "Name", "Url"])
        .find(|(suffix, _)| {
            lower.ends_with(**suffix) || (**suffix == "name" && lower.ends_with("identifier"))
        })
        .map(|(_, class)| class)
}

fn by_place(resource_type: &str, path: &str) -> Vec<&'static str> {
    let path = path.strip_suffix(".*").unwrap_or(path);
    let here = BY_PLACE.iter().filter(|(of, end, _)| resource_type.starts_with(of) && ends(path, end));
    let mut kinds: Vec<&'static str> = here.map(|(_, _, kind)| *kind).collect();
    if kinds.is_empty() {
        kinds.extend(by_name(resource_type, path));
    }
    kinds
}

/// Whether a path is this one, or ends with it.
fn ends(path: &str, end: &str) -> bool {
    path.strip_suffix(end).is_some_and(|rest| rest.is_empty() || rest.ends_with('.'))
}

fn by_name(resource_type: &str, path: &str) -> Option<&'static str> {
    if NOT_BY_NAME.iter().any(|(of, end)| resource_type.starts_with(of) && ends(path, end)) {
        return None;
    }
    let name = path.rsplit('.').next().unwrap_or(path);
    // `HostedZoneId` of an alias target is the load balancer's zone, not one of ours.
    let found = BY_NAME.iter().find(|(known, _)| *known == name).map(|(_, kind)| *kind);
    found.filter(|kind| !kind.ends_with("HostedZone.Id") || resource_type.starts_with("AWS::Route53::"))
}

/// Names that mean the same wherever they stand.
const BY_NAME: [(&str, &str); 34] = [
    ("VpcId", "AWS::EC2::VPC.Id"),
    ("SubnetId", "AWS::EC2::Subnet.Id"),
    ("SubnetIds", "AWS::EC2::Subnet.Id"),
    ("SecurityGroupIds", "AWS::EC2::SecurityGroup.Id"),
    ("RouteTableId", "AWS::EC2::RouteTable.Id"),
    ("RouteTableIds", "AWS::EC2::RouteTable.Id"),
    ("InternetGatewayId", "AWS::EC2::InternetGateway.Id"),
    ("EgressOnlyInternetGatewayId", "AWS::EC2::EgressOnlyInternetGateway.Id"),
    ("NatGatewayId", "AWS::EC2::NatGateway.Id"),
    ("TransitGatewayId", "AWS::EC2::TransitGateway.Id"),
    ("VpcPeeringConnectionId", "AWS::EC2::VPCPeeringConnection.Id"),
    ("NetworkInterfaceId", "AWS::EC2::NetworkInterface.Id"),
    ("AllocationId", "AWS::EC2::EIP.AllocationId"),
    ("LaunchTemplateId", "AWS::EC2::LaunchTemplate.Id"),
    ("TargetGroupArn", "AWS::ElasticLoadBalancingV2::TargetGroup.Arn"),
    ("TargetGroupArns", "AWS::ElasticLoadBalancingV2::TargetGroup.Arn"),
    ("TargetGroupARNs", "AWS::ElasticLoadBalancingV2::TargetGroup.Arn"),
    ("LoadBalancerArn", "AWS::ElasticLoadBalancingV2::LoadBalancer.Arn"),
    ("ListenerArn", "AWS::ElasticLoadBalancingV2::Listener.Arn"),
    ("OriginAccessControlId", "AWS::CloudFront::OriginAccessControl.Id"),
    ("CachePolicyId", "AWS::CloudFront::CachePolicy.Id"),
    ("OriginRequestPolicyId", "AWS::CloudFront::OriginRequestPolicy.Id"),
    ("ResponseHeadersPolicyId", "AWS::CloudFront::ResponseHeadersPolicy.Id"),
    ("HostedZoneId", "AWS::Route53::HostedZone.Id"),
    ("HealthCheckId", "AWS::Route53::HealthCheck.Id"),
    ("WebACLArn", "AWS::WAFv2::WebACL.Arn"),
    ("CacheSubnetGroupName", "AWS::ElastiCache::SubnetGroup.Name"),
    ("CacheParameterGroupName", "AWS::ElastiCache::ParameterGroup.Name"),
    ("RoleArn", "AWS::IAM::Role.Arn"),
    ("RestApiId", "AWS::ApiGateway::RestApi.Id"),
    ("UserPoolId", "AWS::Cognito::UserPool.Id"),
    ("AcceleratorArn", "AWS::GlobalAccelerator::Accelerator.Arn"),
    ("CertificateArn", "AWS::CertificateManager::Certificate.Arn"),
    ("AcmCertificateArn", "AWS::CertificateManager::Certificate.Arn"),
];

/// Where such a name means another thing: type's prefix, end of the path.
const NOT_BY_NAME: [(&str, &str); 5] = [
    // VPC Lattice's target groups.
    ("AWS::ECS::Service", "VpcLatticeConfigurations.*.TargetGroupArn"),
    // Certificates of the service's own.
    ("AWS::DMS::", "CertificateArn"),
    ("AWS::Greengrass::", "CertificateArn"),
    ("AWS::IoTCoreDeviceAdvisor::", "CertificateArn"),
    // An IPv4 address.
    ("AWS::StorageGateway::Volume", "NetworkInterfaceId"),
];

/// Names that mean it in one service or type only: type's prefix, end of the path, kind.
const BY_PLACE: [(&str, &str, &str); 15] = [
    ("AWS::EC2::VPCGatewayAttachment", "VpnGatewayId", "AWS::EC2::VPNGateway.Id"),
    ("AWS::EC2::Route", "GatewayId", "AWS::EC2::InternetGateway.Id"),
    ("AWS::EC2::Route", "GatewayId", "AWS::EC2::VPNGateway.Id"),
    ("AWS::EC2::LaunchTemplate", "IamInstanceProfile.Arn", "AWS::IAM::InstanceProfile.Arn"),
    ("AWS::EC2::LaunchTemplate", "IamInstanceProfile.Name", "AWS::IAM::InstanceProfile.Name"),
    ("AWS::AutoScaling::", "AutoScalingGroupName", "AWS::AutoScaling::AutoScalingGroup.Name"),
    ("AWS::AutoScaling::", "VPCZoneIdentifier", "AWS::EC2::Subnet.Id"),
    ("AWS::EKS::", "ClusterName", "AWS::EKS::Cluster.Name"),
    ("AWS::RDS::", "DBSubnetGroupName", "AWS::RDS::DBSubnetGroup.Name"),
    ("AWS::RDS::", "DBClusterIdentifier", "AWS::RDS::DBCluster.Name"),
    ("AWS::Lambda::Function", "Role", "AWS::IAM::Role.Arn"),
    ("AWS::IAM::InstanceProfile", "Roles", "AWS::IAM::Role.Name"),
    ("AWS::IAM::", "ManagedPolicyArns", "AWS::IAM::ManagedPolicy.Arn"),
    ("AWS::Route53::", "AliasTarget.HostedZoneId", "AWS::Route53::AliasTarget.HostedZoneId"),
    ("AWS::GlobalAccelerator::EndpointGroup", "ListenerArn", "AWS::GlobalAccelerator::Listener.Arn"),
];
