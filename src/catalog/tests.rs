//! Facts of the embedded catalog that the rest of stackctl relies on.

use serde_json::json;

use super::*;
use crate::model::{Identifier, Json, JsonMap};

fn schema(name: &str) -> Arc<TypeSchema> {
    Catalog::embedded().get(name).unwrap_or_else(|| panic!("no {name}"))
}

fn map(json: Json) -> JsonMap {
    match json {
        Json::Object(map) => map,
        other => panic!("{other}"),
    }
}

#[test]
fn every_type_decodes_and_has_properties() {
    let catalog = Catalog::embedded();
    assert!(catalog.names().len() > 1800, "{}", catalog.names().len());
    for name in catalog.names() {
        let schema = schema(name);
        let root = schema.tree().get(schema.tree().root());
        assert!(!root.properties.is_empty() || name == "AWS::CloudFormation::WaitConditionHandle", "{name}");
        for path in schema.create_only().chain(schema.primary_identifier()) {
            // A handful of schemas list a path that they do not describe.
            let _ = schema.property(path);
        }
    }
}

#[test]
fn names_are_sorted_and_each_is_found() {
    let catalog = Catalog::embedded();
    let names: Vec<&str> = catalog.names().collect();
    assert!(names.is_sorted());
    assert!(names.iter().all(|name| catalog.contains(name)));
    assert!(!catalog.contains("AWS::EC2::Vpc") && catalog.get("").is_none() && catalog.get("ZZZ").is_none());
}

#[test]
fn a_misspelt_type_finds_the_right_one() {
    let catalog = Catalog::embedded();
    for (wrong, right) in [
        ("AWS::EC2::Vpc", "AWS::EC2::VPC"),
        ("AWS::EC2::SubNet", "AWS::EC2::Subnet"),
        ("AWS::S3::Buckets", "AWS::S3::Bucket"),
        ("AWS::ElasticLoadBalancing2::LoadBalancer", "AWS::ElasticLoadBalancingV2::LoadBalancer"),
    ] {
        assert_eq!(catalog.nearest(wrong).as_deref(), Some(right));
    }
    assert_eq!(catalog.nearest("qqqqqqqqq"), None);
}

#[test]
fn a_subnet_is_what_aws_says_it_is() {
    let subnet = schema("AWS::EC2::Subnet");
    assert!(
        subnet.is_create_only("VpcId")
            && subnet.is_create_only("CidrBlock")
            && !subnet.is_create_only("Tags")
    );
    assert!(subnet.is_conditional_create_only("Ipv6CidrBlock"));
    assert!(
        subnet.is_read_only("SubnetId") && subnet.is_required("VpcId") && !subnet.is_required("CidrBlock")
    );
    assert!(subnet.is_write_only("Ipv4IpamPoolId") && !subnet.is_write_only("CidrBlock"));
    assert_eq!(subnet.property("VpcId").unwrap().format.as_deref(), Some("AWS::EC2::VPC.Id"));
    assert_eq!(subnet.property("VpcId").unwrap().types, Types::STRING);
    assert_eq!(
        subnet.attributes(),
        ["BlockPublicAccessStates", "Ipv6CidrBlocks", "NetworkAclAssociationId", "SubnetId"]
    );
    assert_eq!(subnet.tag_property(), Some("Tags"));
    assert!(subnet.permissions("create").iter().any(|action| &**action == "ec2:CreateSubnet"));
    assert!(subnet.property_transform("CidrBlock").is_some());
}

#[test]
fn paths_below_a_listed_one_are_covered() {
    let cluster = schema("AWS::EKS::Cluster");
    assert!(cluster.is_create_only("EncryptionConfig.*.Provider.KeyArn"));
    assert!(cluster.is_create_only("KubernetesNetworkConfig.IpFamily"));
    assert!(
        !cluster.is_create_only("KubernetesNetworkConfig")
            && cluster.has_create_only_below("KubernetesNetworkConfig")
    );
    assert!(cluster.is_required("ResourcesVpcConfig.SubnetIds"));
    assert_eq!(cluster.facts().create_seconds, 600);
}

#[test]
fn sets_are_known_where_order_means_nothing() {
    for (name, path) in [
        ("AWS::ElasticLoadBalancingV2::LoadBalancer", "Subnets"),
        ("AWS::ElasticLoadBalancingV2::LoadBalancer", "SecurityGroups"),
        ("AWS::AutoScaling::AutoScalingGroup", "VPCZoneIdentifier"),
        ("AWS::AutoScaling::AutoScalingGroup", "AvailabilityZones"),
        ("AWS::AutoScaling::AutoScalingGroup", "TargetGroupARNs"),
        ("AWS::CloudFront::Distribution", "DistributionConfig.Aliases"),
        ("AWS::EC2::SecurityGroup", "SecurityGroupIngress"),
        ("AWS::EC2::LaunchTemplate", "LaunchTemplateData.SecurityGroupIds"),
        ("AWS::ElastiCache::SubnetGroup", "SubnetIds"),
        ("AWS::IAM::Role", "ManagedPolicyArns"),
        ("AWS::EKS::Nodegroup", "Subnets"),
        ("AWS::RDS::DBInstance", "VPCSecurityGroups"),
    ] {
        assert!(schema(name).is_set(path), "{name}.{path}");
    }
    for (name, path) in [
        ("AWS::CloudFront::Distribution", "DistributionConfig.CacheBehaviors"),
        ("AWS::AutoScaling::AutoScalingGroup", "TerminationPolicies"),
        ("AWS::CodePipeline::Pipeline", "Stages"),
        ("AWS::EC2::Subnet", "VpcId"),
    ] {
        assert!(!schema(name).is_set(path), "{name}.{path}");
    }
}

#[test]
fn policies_are_documents_and_other_objects_are_not() {
    for (name, path) in [
        ("AWS::IAM::Role", "AssumeRolePolicyDocument"),
        ("AWS::IAM::Role", "Policies.*.PolicyDocument"),
        ("AWS::IAM::ManagedPolicy", "PolicyDocument"),
        ("AWS::S3::BucketPolicy", "PolicyDocument"),
        ("AWS::SQS::QueuePolicy", "PolicyDocument"),
        ("AWS::KMS::Key", "KeyPolicy"),
        ("AWS::CloudWatch::Dashboard", "DashboardBody"),
        ("AWS::EC2::VPCEndpoint", "PolicyDocument"),
        ("AWS::MediaConvert::JobTemplate", "SettingsJson"),
    ] {
        assert!(schema(name).is_document(path), "{name}.{path}");
    }
    for (name, path) in [
        ("AWS::EC2::VPC", "CidrBlock"),
        ("AWS::AutoScaling::AutoScalingGroup", "LaunchTemplate"),
        ("AWS::Lambda::Function", "Environment.Variables"),
    ] {
        assert!(!schema(name).is_document(path), "{name}.{path}");
    }
}

#[test]
fn identifiers_come_from_properties() {
    let of = |name: &str, properties: Json| schema(name).identifier(&map(properties));
    let is = |text: &str| Some(Identifier::new(text));
    assert_eq!(of("AWS::S3::Bucket", json!({"BucketName": "media"})), is("media"));
    assert_eq!(of("AWS::S3::Bucket", json!({})), None);
    assert_eq!(
        of("AWS::EC2::Route", json!({"RouteTableId": "rtb-1", "DestinationCidrBlock": "0.0.0.0/0"})),
        is("rtb-1|0.0.0.0/0")
    );
    assert_eq!(
        of("AWS::EC2::VPCGatewayAttachment", json!({"VpcId": "vpc-1", "InternetGatewayId": "igw-1"})),
        is("IGW|vpc-1")
    );
    let record = json!({"Name": "a.example.com.", "HostedZoneId": "Z1", "Type": "A"});
    assert_eq!(of("AWS::Route53::RecordSet", record), is("a.example.com.|Z1|A"));
    let weighted =
        json!({"Name": "a.example.com.", "HostedZoneId": "Z1", "Type": "A", "SetIdentifier": "eu"});
    assert_eq!(of("AWS::Route53::RecordSet", weighted), is("a.example.com.|Z1|A|eu"));
}

#[test]
fn tags_are_where_each_type_has_them() {
    assert_eq!(schema("AWS::Route53::HostedZone").tag_property(), Some("HostedZoneTags"));
    assert!(!schema("AWS::EC2::Route").is_taggable() && schema("AWS::EC2::Route").tag_property().is_none());
    let template = schema("AWS::EC2::LaunchTemplate");
    assert!(template.is_taggable() && template.tag_property().is_none());
    assert!(schema("AWS::Backup::BackupVault").tags_are_map() && !schema("AWS::EC2::VPC").tags_are_map());
}

#[test]
fn facts_complete_the_schemas() {
    assert!(schema("AWS::S3::Bucket").facts().holds_data && schema("AWS::QLDB::Ledger").facts().holds_data);
    assert!(!schema("AWS::EC2::SubnetRouteTableAssociation").facts().create_first);
    assert!(schema("AWS::IAM::Role").facts().global && !schema("AWS::WAFv2::WebACL").facts().global);
    assert!(schema("AWS::Route53::RecordSet").is_create_only("Type"));
    assert!(!schema("AWS::EC2::LaunchTemplate").is_write_only("LaunchTemplateData.ImageId"));
    let existing = "DefaultActions.*.AuthenticateOidcConfig.UseExistingClientSecret";
    assert!(schema("AWS::ElasticLoadBalancingV2::Listener").is_write_only(existing));
    assert!(schema("AWS::EC2::EIP").is_create_only("PublicIpv4Pool"));
    let rule = schema("AWS::SQS::Queue").facts().name.unwrap();
    assert_eq!((rule.property, rule.max, rule.suffix), ("QueueName", 80, Some(("FifoQueue", ".fifo"))));
}

#[test]
fn recursive_statements_can_be_walked() {
    let acl = schema("AWS::WAFv2::WebACL");
    let path =
        "Rules.*.Statement.NotStatement.Statement.AndStatement.Statements.*.ByteMatchStatement.SearchString";
    assert!(acl.property(path).is_some());
}

#[test]
fn regions_have_zones_and_say_what_they_lack() {
    let catalog = Catalog::embedded();
    assert!(catalog.regions().len() > 40);
    for region in catalog.regions() {
        assert!(!catalog.zones(region).is_empty(), "{region}");
        assert_eq!(catalog.is_in_region("AWS::EC2::VPC", region), Some(true), "{region}");
    }
    assert_eq!(catalog.is_in_region("AWS::EKS::Cluster", "eu-west-1"), Some(true));
    assert_eq!(catalog.is_in_region("AWS::Personalize::DatasetGroup", "me-central-1"), Some(false));
    assert_eq!(catalog.is_in_region("AWS::EC2::VPC", "xx-1"), None);
    assert!(catalog.source().contains("MIT-0"));
}

#[test]
fn every_fact_is_about_a_type_and_properties_that_exist() {
    for (name, facts) in facts::all() {
        let schema = schema(name);
        let named = facts
            .name
            .iter()
            .flat_map(|rule| [Some(rule.property), rule.suffix.map(|(flag, _)| flag)])
            .flatten();
        let paths = named.chain(facts.volatile.iter().copied()).chain(facts.readable.iter().copied());
        let paths = paths.chain(facts.unreadable.iter().copied());
        let paths = paths.chain(facts.create_only.iter().copied()).chain(facts.sets.iter().copied());
        for path in paths.chain(facts.inline_children.iter().map(|(property, _)| *property)) {
            assert!(schema.property(path).is_some(), "{name} has no {path}");
        }
        assert!(facts.inline_children.iter().all(|(_, child)| Catalog::embedded().contains(child)), "{name}");
        for mutual in facts.mutual {
            for path in [mutual.property, mutual.named_by] {
                assert!(schema.property(path).is_some(), "{name} has no {path}");
            }
            for path in [mutual.names, mutual.others_property] {
                assert!(
                    self::schema(mutual.other).property(path).is_some(),
                    "{} has no {path}",
                    mutual.other
                );
            }
        }
        if let Some(ties) = facts.ties {
            assert_eq!(ties.types.len(), ties.ends.len(), "{name}");
            for (of, (property, attribute)) in ties.types.iter().zip(ties.ends) {
                assert!(schema.property(property).is_some(), "{name} has no {property}");
                assert!(self::schema(of).property(attribute).is_some(), "{of} has no {attribute}");
            }
            assert!(!schema.is_taggable(), "{name}");
        }
    }
}

#[test]
fn every_kind_decodes_and_is_known_by_its_name() {
    let catalog = Catalog::embedded();
    assert!(catalog.kinds().len() > 80 && catalog.kubernetes_source().contains("Apache-2.0"));
    for name in catalog.kinds() {
        let schema = schema(name);
        assert!(schema.is_kubernetes() && schema.tag_property().is_none(), "{name}");
        assert!(schema.is_required("metadata.name") && schema.is_required("kind"), "{name}");
        assert!(schema.is_read_only("metadata.uid") && schema.is_create_only("metadata.name"), "{name}");
        for path in schema.create_only() {
            assert!(schema.property(path).is_some(), "{name} has no {path}");
        }
        let parts = schema.primary_identifier();
        let expected: &[&str] = if schema.namespaced() == Some(true) {
            &["metadata.namespace", "metadata.name"]
        } else {
            &["metadata.name"]
        };
        assert_eq!(parts, expected, "{name}");
    }
}

#[test]
fn kinds_are_what_kubernetes_says_they_are() {
    let deployment = schema("apps/v1/Deployment");
    assert_eq!(deployment.namespaced(), Some(true));
    assert_eq!(schema("rbac.authorization.k8s.io/v1/ClusterRole").namespaced(), Some(false));
    assert!(deployment.is_required("spec.selector") && !deployment.is_required("spec.replicas"));
    assert!(deployment.is_create_only("spec.selector.matchLabels") && deployment.is_read_only("status"));
    let types = |path: &str| deployment.property(path).unwrap_or_else(|| panic!("no {path}")).types;
    let pod = "spec.template.spec.containers.*";
    assert_eq!(types("spec.strategy.rollingUpdate.maxSurge"), Types::INTEGER.union(Types::STRING));
    assert_eq!(types(&format!("{pod}.resources.limits.cpu")), Types::NUMBER.union(Types::STRING));
    assert_eq!(types(&format!("{pod}.env.*.value")), Types::STRING);
    assert_eq!(types("spec.template.metadata.labels.app"), Types::STRING);
    assert_eq!(deployment.property(&format!("{pod}.imagePullPolicy")).unwrap().allowed.len(), 3);
    assert!(deployment.facts().create_first && !deployment.facts().holds_data);
    assert!(schema("v1/PersistentVolumeClaim").facts().holds_data);
    let object = json!({"metadata": {"name": "api", "namespace": "chat"}});
    assert_eq!(deployment.identifier(&map(object)), Some(Identifier::new("chat|api")));
    // A definition's schema holds schemas.
    let definition = schema("apiextensions.k8s.io/v1/CustomResourceDefinition");
    let path = "spec.versions.*.schema.openAPIV3Schema.properties.x.properties.y.type";
    assert!(definition.property(path).is_some());
}

#[test]
fn every_fact_is_about_a_kind_that_exists() {
    for (group, kind) in facts::all_kinds() {
        let found = Catalog::embedded().kinds_named(kind);
        assert!(found.iter().any(|name| schema(name).name().starts_with(group)), "{group} {kind}");
    }
}
