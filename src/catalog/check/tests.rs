//! The checks on real types: what is wrong is found, what is right is left alone.

use std::collections::BTreeSet;

use serde_json::json;

use super::*;
use crate::model::{Attributes, Deferred, Evaluate, EvaluateError, Json};

/// An expression that never becomes known.
struct Never;

impl Evaluate for Never {
    fn evaluate(&self, _: &dyn Attributes) -> Result<Value, EvaluateError> {
        Ok(deferred(""))
    }
}

fn deferred(source: &str) -> Value {
    let expression = Arc::new(Never);
    Value::Deferred(Arc::new(Deferred { source: Arc::from(source), references: BTreeSet::new(), expression }))
}

/// Texts that begin with `${` are expressions.
fn value(json: &Json) -> Value {
    match json {
        Json::String(text) if text.starts_with("${") => deferred(text),
        Json::Array(items) => Value::List(items.iter().map(value).collect()),
        Json::Object(map) => Value::Map(map.iter().map(|(k, v)| (Arc::from(k.as_str()), value(v))).collect()),
        other => Value::from(other),
    }
}

fn map(json: &Json) -> Map {
    match value(json) {
        Value::Map(map) => map,
        other => panic!("{other:?}"),
    }
}

/// `${type.attribute}` and `${each type.attribute}` are references in these tests.
fn target(_: &PropertyPath, value: &Value) -> Option<Target> {
    let Value::Deferred(expression) = value else { return None };
    let inner = expression.source.strip_prefix("${")?.strip_suffix('}')?;
    let many = inner.starts_with("each ");
    let (of, attribute) = inner.trim_start_matches("each ").rsplit_once('.')?;
    Some(Target { resource_type: ResourceType::new(of), attribute: Arc::from(attribute), many })
}

fn problems_in(region: Option<&str>, resource_type: &str, properties: &Json) -> Vec<Problem> {
    let catalog = Catalog::embedded();
    let schema = catalog.get(resource_type).unwrap();
    check(&schema, &map(properties), &Context { catalog, region, targets: &target })
}

fn problems(resource_type: &str, properties: &Json) -> Vec<String> {
    problems_in(None, resource_type, properties).iter().map(ToString::to_string).collect()
}

#[test]
fn what_is_right_passes() {
    for (resource_type, properties) in [
        ("AWS::EC2::VPC", json!({"CidrBlock": "10.0.0.0/16", "EnableDnsHostnames": true})),
        ("AWS::EC2::VPC", json!({"CidrBlock": "10.0.0.0/16", "EnableDnsHostnames": "true"})),
        (
            "AWS::EC2::Subnet",
            json!({"VpcId": "${AWS::EC2::VPC.VpcId}", "CidrBlock": "${x}", "AvailabilityZone": "eu-west-1a", "Tags": [{"Key": "a", "Value": "b"}]}),
        ),
        (
            "AWS::EC2::SecurityGroup",
            json!({"GroupDescription": "web", "VpcId": "${AWS::EC2::VPC.VpcId}", "SecurityGroupIngress": [
                {"IpProtocol": "tcp", "FromPort": 443, "ToPort": "443", "CidrIp": "0.0.0.0/0"},
                {"IpProtocol": "-1", "SourceSecurityGroupId": "${AWS::EC2::SecurityGroup.GroupId}"},
            ]}),
        ),
        (
            "AWS::EC2::Route",
            json!({"RouteTableId": "${AWS::EC2::RouteTable.RouteTableId}", "DestinationCidrBlock": "0.0.0.0/0", "GatewayId": "${AWS::EC2::InternetGateway.InternetGatewayId}"}),
        ),
        (
            "AWS::EC2::NatGateway",
            json!({"SubnetId": "${AWS::EC2::Subnet.SubnetId}", "AllocationId": "${AWS::EC2::EIP.AllocationId}"}),
        ),
        (
            "AWS::ElasticLoadBalancingV2::LoadBalancer",
            json!({"Type": "application", "Subnets": "${each AWS::EC2::Subnet.SubnetId}", "SecurityGroups": ["${AWS::EC2::SecurityGroup.GroupId}"]}),
        ),
        (
            "AWS::ElasticLoadBalancingV2::Listener",
            json!({"LoadBalancerArn": "${AWS::ElasticLoadBalancingV2::LoadBalancer.LoadBalancerArn}", "Port": 80, "Protocol": "HTTP",
                "DefaultActions": [{"Type": "forward", "TargetGroupArn": "${AWS::ElasticLoadBalancingV2::TargetGroup.TargetGroupArn}"}]}),
        ),
        (
            "AWS::IAM::Role",
            json!({"AssumeRolePolicyDocument": {"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Principal": {"Service": "ec2.amazonaws.com"}, "Action": "sts:AssumeRole"}]},
                "ManagedPolicyArns": ["arn:aws:iam::aws:policy/AmazonSSMManagedInstanceCore"]}),
        ),
        (
            "AWS::S3::Bucket",
            json!({"BucketEncryption": {"ServerSideEncryptionConfiguration": [{"ServerSideEncryptionByDefault": {"SSEAlgorithm": "AES256"}}]},
                "VersioningConfiguration": {"Status": "Enabled"},
                "LifecycleConfiguration": {"Rules": [{"Id": "cold", "Status": "Enabled", "Transitions": [{"StorageClass": "GLACIER", "TransitionInDays": 30}]}]}}),
        ),
        (
            "AWS::CloudFront::OriginAccessControl",
            json!({"OriginAccessControlConfig": {"OriginAccessControlOriginType": "s3", "SigningBehavior": "always", "SigningProtocol": "sigv4"}}),
        ),
        (
            "AWS::Route53::RecordSet",
            json!({"Name": "a.example.com.", "Type": "A", "HostedZoneId": "${AWS::Route53::HostedZone.Id}",
                "AliasTarget": {"DNSName": "${AWS::ElasticLoadBalancingV2::LoadBalancer.DNSName}", "HostedZoneId": "${AWS::ElasticLoadBalancingV2::LoadBalancer.CanonicalHostedZoneID}"}}),
        ),
        (
            "AWS::EKS::Nodegroup",
            json!({"ClusterName": "${AWS::EKS::Cluster.Name}", "NodeRole": "${AWS::IAM::Role.Arn}", "Subnets": "${each AWS::EC2::Subnet.SubnetId}",
                "ScalingConfig": {"MinSize": 1, "MaxSize": 3, "DesiredSize": 2}, "InstanceTypes": ["m6i.large"]}),
        ),
    ] {
        let found = problems(resource_type, &properties);
        assert!(found.is_empty(), "{resource_type} {properties}:\n{}", found.join("\n"));
    }
}

#[test]
fn what_is_wrong_is_said_all_at_once() {
    let cases = [
        (
            "AWS::EC2::VPC",
            json!({"CidrBlok": "10.0.0.0/16", "EnableDnsHostnames": "yes", "CidrBlock": "10.0.0.1/16"}),
        ),
        (
            "AWS::EC2::Subnet",
            json!({"CidrBlock": "${x}", "SubnetId": "subnet-1", "AvailabilityZone": "a", "AvailabilityZoneId": "b"}),
        ),
        ("AWS::EC2::Subnet", json!({"VpcId": "${AWS::EC2::Subnet.SubnetId}", "CidrBlock": "10.0.0.0/24"})),
        ("AWS::EC2::Subnet", json!({"VpcId": "subnet-0a1b2c3d4e5f60718"})),
        ("AWS::EC2::Subnet", json!({"VpcId": "${each AWS::EC2::VPC.VpcId}", "CidrBlock": "10.0.0.0/24"})),
        ("AWS::EC2::Volume", json!({"AvailabilityZone": "a", "VolumeType": "gp4", "Size": "lots"})),
        (
            "AWS::ElasticLoadBalancingV2::LoadBalancer",
            json!({"Type": "application", "Subnets": ["${AWS::EC2::VPC.VpcId}", "subnet-0a1b2c3d4e5f60718"], "IpAddressType": "ipv5"}),
        ),
        ("AWS::ElasticLoadBalancingV2::LoadBalancer", json!({"Subnets": ["subnet-0a1b2c3d4e5f60718"]})),
        ("AWS::SQS::Queue", json!({"FifoQueue": true, "QueueName": "jobs", "DelaySeconds": 1000})),
        (
            "AWS::Route53::RecordSet",
            json!({"Name": "a.", "Type": "A", "TTL": "60", "HostedZoneId": "Z1", "AliasTarget": {"DNSName": "b", "HostedZoneId": "Z2"}}),
        ),
        (
            "AWS::AutoScaling::AutoScalingGroup",
            json!({"MinSize": "1", "LaunchTemplate": {"Version": "1"}, "VPCZoneIdentifier": "subnet-1"}),
        ),
        (
            "AWS::Lambda::Function",
            json!({"Role": "${AWS::IAM::InstanceProfile.Arn}", "Code": {"ZipFile": "x"}, "Runtime": "python3.99", "Timeout": 901}),
        ),
        (
            "AWS::EC2::NatGateway",
            json!({"SubnetId": "${AWS::EC2::VPC.VpcId}", "AllocationId": "${AWS::EC2::Subnet.SubnetId}"}),
        ),
        (
            "AWS::S3::Bucket",
            json!({"VersioningConfiguration": {"Status": "On"}, "LifecycleConfiguration": {"Rules": {"Id": "a"}}, "BucketName": "Big"}),
        ),
        ("AWS::EC2::Instance", json!({"InstanceType": "m6i.larg", "ImageId": "${x}"})),
    ];
    let mut out = String::new();
    for (resource_type, properties) in cases {
        use std::fmt::Write as _;
        let _ = writeln!(out, "{resource_type} {properties}");
        for problem in problems(resource_type, &properties) {
            let _ = writeln!(out, "  - {problem}");
        }
    }
    insta::assert_snapshot!(out);
}

#[test]
fn an_instance_type_is_held_against_the_region() {
    let of = |region| {
        problems_in(
            Some(region),
            "AWS::EC2::Instance",
            &json!({"InstanceType": "p4d.24xlarge", "ImageId": "${x}"}),
        )
    };
    assert_eq!(of("us-east-1"), []);
    let elsewhere = of("af-south-1");
    assert!(
        matches!(&elsewhere[..], [Problem { kind: ProblemKind::NotInRegion { .. }, .. }]),
        "{elsewhere:?}"
    );
    assert!(!elsewhere[0].kind.is_certain());
}

#[test]
fn paths_are_concrete_and_generalise_to_the_schemas_form() {
    let found = problems_in(
        None,
        "AWS::EC2::SecurityGroup",
        &json!({"GroupDescription": "x", "SecurityGroupIngress": [{"IpProtocol": "tcp", "FromPort": 1, "ToPort": 2, "CidrIp": "0.0.0.0/0"}, {"IpProtocol": "tcp", "FromPort": []}]}),
    );
    let wrong = found.iter().find(|problem| matches!(problem.kind, ProblemKind::WrongType { .. })).unwrap();
    assert_eq!(wrong.path.as_str(), "SecurityGroupIngress[1].FromPort");
    assert_eq!(wrong.path.generalised(), "SecurityGroupIngress.*.FromPort");
}

#[test]
fn null_is_as_if_it_were_not_written() {
    assert_eq!(
        problems("AWS::EC2::VPC", &json!({"CidrBlock": "10.0.0.0/16", "Nonsense": null, "VpcId": null})),
        [] as [&str; 0]
    );
    assert_eq!(problems("AWS::EC2::RouteTable", &json!({"VpcId": null})), ["`VpcId` is missing"]);
}

#[test]
fn kinds_of_attributes_and_properties_agree() {
    let catalog = Catalog::embedded();
    let schema = |name: &str| catalog.get(name).unwrap();
    for (of, attribute, kind) in [
        ("AWS::EC2::VPC", "VpcId", Some("AWS::EC2::VPC.Id")),
        ("AWS::EC2::VPC", "DefaultSecurityGroup", Some("AWS::EC2::SecurityGroup.Id")),
        ("AWS::EC2::SecurityGroup", "GroupId", Some("AWS::EC2::SecurityGroup.Id")),
        ("AWS::EC2::SecurityGroup", "Id", Some("AWS::EC2::SecurityGroup.Id")),
        ("AWS::EC2::InternetGateway", "InternetGatewayId", Some("AWS::EC2::InternetGateway.Id")),
        ("AWS::EC2::EIP", "AllocationId", Some("AWS::EC2::EIP.AllocationId")),
        ("AWS::IAM::Role", "Arn", Some("AWS::IAM::Role.Arn")),
        ("AWS::IAM::Role", "RoleName", Some("AWS::IAM::Role.Name")),
        ("AWS::IAM::InstanceProfile", "Arn", Some("AWS::IAM::InstanceProfile.Arn")),
        ("AWS::EKS::Cluster", "Name", Some("AWS::EKS::Cluster.Name")),
        ("AWS::Route53::HostedZone", "Id", Some("AWS::Route53::HostedZone.Id")),
        ("AWS::KMS::Key", "Arn", Some("AWS::KMS::Key.Arn")),
        ("AWS::EC2::VPC", "CidrBlock", None),
    ] {
        assert_eq!(attribute_kind(&schema(of), attribute).as_deref(), kind, "{of}.{attribute}");
    }
    for (of, path, kind) in [
        ("AWS::EC2::Subnet", "VpcId", "AWS::EC2::VPC.Id"),
        ("AWS::EC2::Route", "NatGatewayId", "AWS::EC2::NatGateway.Id"),
        ("AWS::IAM::InstanceProfile", "Roles", "AWS::IAM::Role.Name"),
        (
            "AWS::AutoScaling::AutoScalingGroup",
            "TargetGroupARNs",
            "AWS::ElasticLoadBalancingV2::TargetGroup.Arn",
        ),
        ("AWS::EKS::Cluster", "ResourcesVpcConfig.SubnetIds", "AWS::EC2::Subnet.Id"),
    ] {
        assert_eq!(property_kinds(&schema(of), path), [Arc::from(kind)], "{of}.{path}");
    }
}

/// Every type takes any nonsense without a panic, and an empty resource tells what is missing.
#[test]
fn the_checks_of_every_type_run() {
    let catalog = Catalog::embedded();
    let context = Context { catalog, region: Some("eu-west-1"), targets: &|_, _| None };
    let samples = [
        Value::Bool(true),
        Value::Int(-1),
        Value::Float(0.5),
        Value::string(""),
        deferred("${x}"),
        value(&json!([[], {}, "x"])),
        value(&json!({"A": {"B": [1]}, "Type": "x"})),
    ];
    for name in catalog.names() {
        let schema = catalog.get(name).unwrap();
        let required = &schema.get(schema.tree().root()).required;
        let found = check(&schema, &Map::new(), &context);
        assert!(required.len() <= found.len() + 1, "{name}: {found:?}");
        for sample in &samples {
            let names = schema.property_names("");
            let all = names.into_iter().map(|name| (name.clone(), sample.clone())).collect();
            check(&schema, &all, &context);
        }
    }
}

#[test]
fn instance_types_are_known_wherever_they_stand() {
    for (resource_type, properties) in [
        (
            "AWS::EKS::Nodegroup",
            json!({"ClusterName": "a", "NodeRole": "${x}", "Subnets": "${x}", "InstanceTypes": ["m6i.lage"]}),
        ),
        ("AWS::RDS::DBInstance", json!({"DBInstanceClass": "db.m6i.lage"})),
        (
            "AWS::ElastiCache::ReplicationGroup",
            json!({"ReplicationGroupDescription": "x", "CacheNodeType": "cache.r6g.lage"}),
        ),
    ] {
        let found = problems(resource_type, &properties);
        assert!(found.len() == 1 && found[0].contains("did you mean"), "{resource_type}: {found:?}");
    }
}
