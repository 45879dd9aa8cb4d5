//! One and the same resource in a blueprint twice.

use insta::assert_snapshot;

use super::{compiled, compiled_of, mistakes, mistakes_in};

#[test]
fn what_has_one_name_twice() {
    assert_snapshot!(mistakes_in(
        r#"resources:
  - {id: one, type: AWS::SQS::Queue, properties: {QueueName: same}}
  - {id: two, type: AWS::SQS::Queue, properties: {QueueName: same}}
  - {id: zone, type: AWS::Route53::HostedZone, properties: {Name: example.com}}
  - id: record
    type: AWS::Route53::RecordSet
    properties: {HostedZoneId: "${zone.Id}", Name: a.example.com, Type: A, TTL: "60", ResourceRecords: [10.0.0.1]}
  - id: again
    type: AWS::Route53::RecordSet
    properties: {HostedZoneId: "${zone.Id}", Name: A.example.com., Type: A, TTL: "60", ResourceRecords: [10.0.0.2]}
  - {id: logs, type: AWS::Logs::LogGroup, adopt: old, properties: {}}
  - {id: logs2, type: AWS::Logs::LogGroup, properties: {LogGroupName: old}}
"#
    ));
}

#[test]
fn what_is_named_once_for_all_regions() {
    let stage = |name: &str| {
        format!(
            r#"stage: 1
name: mvp
regions: [us-east-1, eu-west-1]
resources:
  - {{id: media, type: AWS::S3::Bucket, properties: {{BucketName: "{name}"}}}}
  - {{id: queue, type: AWS::SQS::Queue, properties: {{QueueName: jobs}}}}
  - id: role
    type: AWS::IAM::Role
    properties: {{RoleName: "{name}", AssumeRolePolicyDocument: {{Version: "2012-10-17", Statement: []}}}}
"#
        )
    };
    assert_snapshot!(mistakes(&[("stage-1-mvp.yaml", &stage("media"))]));
    let good = compiled(&[("stage-1-mvp.yaml", &stage("media-${region}"))], None, &[]);
    assert_eq!(good.desired.len(), 6);
}

#[test]
fn what_only_looks_the_same() {
    let compiled = compiled_of(
        r#"resources:
  - {id: vpc, type: AWS::EC2::VPC, properties: {CidrBlock: 10.0.0.0/16}}
  - {id: other, type: AWS::EC2::VPC, properties: {CidrBlock: 10.1.0.0/16}}
  - {id: a, type: AWS::EC2::SecurityGroup, properties: {VpcId: "${vpc.VpcId}", GroupName: web, GroupDescription: web}}
  - {id: b, type: AWS::EC2::SecurityGroup, properties: {VpcId: "${other.VpcId}", GroupName: web, GroupDescription: web}}
  - id: log
    forEach: {name: [x, y]}
    type: AWS::Logs::LogGroup
    properties: {LogGroupName: "${name}-${vpc.VpcId}"}
"#,
    );
    assert_eq!(compiled.desired.len(), 6);
}

#[test]
fn a_region_twice() {
    let stage = "stage: 1\nname: mvp\nregions: [us-east-1, eu-west-1, us-east-1]\n";
    assert_snapshot!(mistakes(&[("stage-1-mvp.yaml", stage)]));
}
