//! Each class of mistake: its place, its words and the way to mend it, as a person reads them.

use insta::assert_snapshot;

use super::{mistakes, mistakes_in};

/// A component that takes a range and offers a VPC's id.
const NETWORK: &str = r#"
parameters:
  cidr: {type: string, format: ipv4-network, description: "its range, such as 10.0.0.0/16"}
  zones: {type: integer, default: 2, minimum: 1, maximum: 6}
  tier: {type: string, default: public, enum: [public, private]}
resources:
  - id: vpc
    type: AWS::EC2::VPC
    properties: {CidrBlock: "${cidr}"}
outputs: {vpcId: "${vpc.VpcId}"}
"#;

/// What is said about a stage that uses [`NETWORK`].
fn with_network(body: &str) -> String {
    let stage = format!("{}{body}", super::HEAD);
    mistakes(&[("stage-1-mvp.yaml", &stage), ("components/network.yaml", NETWORK)])
}

#[test]
fn unknown_property() {
    assert_snapshot!(mistakes_in(
        r"resources:
  - id: vpc
    type: AWS::EC2::VPC
    properties: {CidrBlok: 10.0.0.0/16}
  - id: media
    type: AWS::S3::Bucket
    properties:
      VersioningConfiguration:
        Statos: Enabled
"
    ));
}

#[test]
fn wrong_type() {
    assert_snapshot!(mistakes_in(
        r"resources:
  - id: vpc
    type: AWS::EC2::VPC
    properties: {CidrBlock: 10.0.0.0/16, EnableDnsSupport: maybe}
  - id: group
    type: AWS::EC2::SecurityGroup
    properties:
      GroupDescription: web
      SecurityGroupIngress: [tcp]
"
    ));
}

#[test]
fn bad_enum() {
    assert_snapshot!(mistakes_in(
        r"resources:
  - id: media
    type: AWS::S3::Bucket
    properties:
      VersioningConfiguration: {Status: Enable}
"
    ));
}

#[test]
fn missing_required() {
    assert_snapshot!(mistakes_in(
        r"resources:
  - id: subnet
    type: AWS::EC2::Subnet
    properties: {CidrBlock: 10.0.0.0/24}
  - id: media
    type: AWS::S3::Bucket
    properties:
      VersioningConfiguration: {}
  - type: AWS::EC2::VPC
"
    ));
}

#[test]
fn read_only_property() {
    assert_snapshot!(mistakes_in(
        r"resources:
  - id: vpc
    type: AWS::EC2::VPC
    properties:
      CidrBlock: 10.0.0.0/16
      VpcId: vpc-0123456789abcdef0
"
    ));
}

#[test]
fn pattern_length_and_range() {
    assert_snapshot!(mistakes_in(
        r#"resources:
  - id: queue
    type: AWS::SQS::Queue
    properties: {DelaySeconds: 901}
  - id: role
    type: AWS::IAM::Role
    properties:
      Path: no-slashes
      AssumeRolePolicyDocument: {Version: "2012-10-17", Statement: []}
  - id: worker
    type: AWS::Lambda::Function
    properties:
      Role: "not an arn"
      Timeout: 0
      Code: {ZipFile: x}
"#
    ));
}

#[test]
fn exclusive_and_dependent_properties() {
    assert_snapshot!(mistakes_in(
        r#"resources:
  - id: fleet
    type: AWS::AutoScaling::AutoScalingGroup
    properties:
      MinSize: "1"
      MaxSize: "2"
      AvailabilityZones: [us-east-1a]
      LaunchConfigurationName: old
      InstanceId: i-0123456789abcdef0
  - id: subnet
    type: AWS::EC2::Subnet
    properties:
      VpcId: vpc-0123456789abcdef0
      Ipv4NetmaskLength: 24
"#
    ));
}

#[test]
fn unknown_reference() {
    assert_snapshot!(with_network(
        r#"components:
  - {id: network, use: network, with: {cidr: 10.0.0.0/16}}
resources:
  - id: gateway
    type: AWS::EC2::InternetGateway
  - id: attachment
    type: AWS::EC2::VPCGatewayAttachment
    properties: {VpcId: "${network.vpcid}", InternetGatewayId: "${gatway.InternetGatewayId}"}
  - id: routes
    type: AWS::EC2::RouteTable
    dependsOn: [gatewy]
    properties: {VpcId: "${network.vpcId}"}
  - id: route
    type: AWS::EC2::Route
    properties:
      RouteTableId: "${routes.RouteTable}"
      DestinationCidrBlock: 0.0.0.0/0
      GatewayId: "${gateway}"
"#
    ));
}

#[test]
fn what_is_left_out_or_many_is_no_resource() {
    assert_snapshot!(mistakes_in(
        r#"resources:
  - id: spare
    type: AWS::SQS::Queue
    includeWhen: "${stage.number > 1}"
  - id: queue
    type: AWS::SQS::Queue
    forEach: {name: [a, b]}
  - id: policy
    type: AWS::SQS::QueuePolicy
    properties:
      Queues: ["${spare.QueueUrl}", "${queue.QueueUrl}", "${queue.c.QueueUrl}", "${queue['c'].QueueUrl}", "${queue[2].QueueUrl}"]
      PolicyDocument: {}
"#
    ));
}

#[test]
fn reference_cycle() {
    assert_snapshot!(mistakes_in(
        r#"resources:
  - id: web
    type: AWS::EC2::SecurityGroup
    properties:
      GroupDescription: "${api.GroupDescription}"
  - id: api
    type: AWS::EC2::SecurityGroup
    properties:
      GroupDescription: "in front of ${cache.GroupDescription}"
  - id: cache
    type: AWS::EC2::SecurityGroup
    properties:
      GroupDescription: "behind ${web.GroupDescription}"
"#
    ));
}

#[test]
fn cycle_of_attributes() {
    assert_snapshot!(mistakes_in(
        r#"resources:
  - id: web
    type: AWS::EC2::SecurityGroup
    properties:
      GroupDescription: web
      SecurityGroupIngress: [{IpProtocol: tcp, FromPort: 80, ToPort: 80, SourceSecurityGroupId: "${api.GroupId}"}]
  - id: api
    type: AWS::EC2::SecurityGroup
    properties:
      GroupDescription: api
      SecurityGroupIngress: [{IpProtocol: tcp, FromPort: 80, ToPort: 80, SourceSecurityGroupId: "${web.GroupId}"}]
"#
    ));
}

#[test]
fn cycle_of_components() {
    assert_snapshot!(mistakes(&[
        (
            "stage-1-mvp.yaml",
            "stage: 1\nname: mvp\nregions: [us-east-1]\ncomponents:\n  - {id: a, use: part, with: {size: \"${b.size}\"}}\n  - {id: b, use: part, with: {size: \"${a.size}\"}}\n  - {id: c, use: endless}\n",
        ),
        ("components/part.yaml", "parameters: {size: {type: integer}}\noutputs: {size: \"${size + 1}\"}\n"),
        ("components/endless.yaml", "components:\n  - {id: more, use: endless}\n"),
    ]));
}

#[test]
fn kind_of_id_mismatch() {
    assert_snapshot!(with_network(
        r#"components:
  - {id: network, use: network, with: {cidr: 10.0.0.0/16}}
resources:
  - id: subnet
    type: AWS::EC2::Subnet
    properties: {VpcId: "${network.vpcId}", CidrBlock: 10.0.1.0/24}
  - id: group
    type: AWS::EC2::SecurityGroup
    properties: {GroupDescription: web, VpcId: "${subnet.SubnetId}"}
  - id: endpoint
    type: AWS::EC2::VPCEndpoint
    properties:
      VpcId: "${network.vpcId}"
      ServiceName: com.amazonaws.us-east-1.s3
      SubnetIds: ["${subnet.SubnetId}", "${group.GroupId}"]
"#
    ));
}

#[test]
fn component_parameters() {
    assert_snapshot!(with_network(
        r"components:
  - {id: network, use: network, with: {cird: 10.0.0.0/16}}
  - {id: second, use: network, with: {cidr: 10.0.0.0/16, zones: two}}
  - {id: third, use: network, with: {cidr: 10.0.0.0/16, zones: 7, tier: secret}}
  - {id: fourth, use: netwrk}
"
    ));
}

#[test]
fn bad_cel() {
    assert_snapshot!(mistakes_in(
        r#"resources:
  - id: queue
    type: AWS::SQS::Queue
    properties:
      QueueName: "jobs-${region + }"
      DelaySeconds: "${siz([1, 2])}"
      MaximumMessageSize: "${cidrSubnet('10.0.0.0/16')}"
      VisibilityTimeout: "${1 + 'a'}"
      KmsMasterKeyId: "${region"
      MessageRetentionPeriod: "${stage.number > 1 ? 5 : [60][3]}"
      RedrivePolicy: "${ }"
"#
    ));
}

#[test]
fn a_mistake_in_a_block_of_text() {
    assert_snapshot!(mistakes_in(
        r"resources:
  - id: template
    type: AWS::EC2::LaunchTemplate
    properties:
      LaunchTemplateData:
        UserData: |
          #!/bin/bash
          echo ${region}
          echo ${regoin}
"
    ));
}

#[test]
fn duplicate_id() {
    assert_snapshot!(mistakes_in(
        r"resources:
  - {id: jobs, type: AWS::SQS::Queue}
  - {id: jobs, type: AWS::SQS::Queue}
  - {id: twice, type: AWS::SQS::Queue, forEach: {name: [a, b, a]}}
  - {id: with-hyphen, type: AWS::SQS::Queue}
  - {id: package, type: AWS::SQS::Queue}
"
    ));
}

#[test]
fn unknown_region() {
    assert_snapshot!(mistakes(&[(
        "stage-1-mvp.yaml",
        "stage: 1\nname: mvp\nregions: [us-east-1, eu-wset-1]\nresources:\n  - {id: jobs, type: AWS::SQS::Queue, region: us-est-1}\n"
    )]));
    assert_snapshot!(
        "unknown_region_of_a_resource",
        mistakes_in("resources:\n  - {id: jobs, type: AWS::SQS::Queue, region: us-est-1}\n")
    );
}

#[test]
fn bad_cidr() {
    assert_snapshot!(with_network(
        r#"components:
  - {id: network, use: network, with: {cidr: 10.0.0.0/33}}
  - {id: second, use: network, with: {cidr: 10.0.1.0/16}}
resources:
  - id: vpc
    type: AWS::EC2::VPC
    properties: {CidrBlock: 10.0.0/16}
  - id: subnet
    type: AWS::EC2::Subnet
    properties: {VpcId: "${vpc.VpcId}", CidrBlock: "${cidrSubnet('10.0.0.0/16', 8, 256)}"}
"#
    ));
}

#[test]
fn yaml_syntax() {
    let said = [
        "stage: 1\nname: mvp\n\tregions: [us-east-1]\n",
        "stage: 1\nname: mvp\nregions: [us-east-1\nresources: []\n",
        "stage: 1\nname: mvp\nregions: [us-east-1]\noutputs: {a: ${region}}\n",
        "stage: 1\nname: mvp\nname: again\nregions: [us-east-1]\n",
        "stage: 1\nname: mvp\nregions: [us-east-1]\n---\nstage: 2\n",
        "stage: 1\nname: mvp\n  regions: [us-east-1]\n",
    ]
    .map(|text| mistakes(&[("stage-1-mvp.yaml", text)]));
    assert_snapshot!(said.join("\n"));
}

#[test]
fn unknown_keys_types_and_components() {
    assert_snapshot!(mistakes(&[
        ("stackctl.yaml", "stack: Shop\naccont: '1'\nenvironments: {staging: {tag: {}}}\n"),
        ("stage-1-mvp.yaml", "stage: one\nname: mvp\nregions: [us-east-1]\n"),
    ]));
    assert_snapshot!(
        "unknown_type",
        mistakes_in(
            r#"resurces: []
resources:
  - {id: one, type: AWS::EC2::Vcp}
  - {id: two, type: AWS::SQS::Queue, includWhen: true, protect: perhaps, replace: createfirst, ignore: all}
  - {id: three, type: AWS::SQS::Queue, readyWhen: "${true}", movedFrom: "two words/"}
  - {id: four, cluster: main, manifest: {}}
  - {id: five, type: AWS::SQS::Queue, properties: {Tags: [{Key: "aws:x", Value: y}]}}
"#
        )
    );
}

#[test]
fn all_mistakes_of_all_files_at_once() {
    assert_snapshot!(mistakes(&[
        (
            "stage-1-mvp.yaml",
            r#"stage: 1
name: mvp
regions: [us-east-1]
components:
  - {id: jobs, use: jobs, with: {name: jobs, dlay: 5}}
resources:
  - id: vpc
    type: AWS::EC2::VPC
    properties: {CidrBlok: 10.0.0.0/16, EnableDnsSupport: sometimes}
outputs:
  url: "${jobs.ulr}"
"#
        ),
        (
            "components/jobs.yaml",
            r#"parameters: {name: {type: string}, delay: {type: integer, default: 0}}
resources:
  - id: queue
    type: AWS::SQS::Queue
    properties: {QueueName: "${nme}", DelaySeconds: "${delay}", FifoQueue: 7}
outputs: {url: "${queue.QueueUrl}"}
"#
        ),
    ]));
}

#[test]
fn address_too_long_for_a_tag() {
    let key = "k".repeat(300);
    assert_snapshot!(mistakes_in(&format!(
        "resources:
  - id: queue
    type: AWS::SQS::Queue
    forEach:
      name: [{key}, short]
"
    )));
}

#[test]
fn a_folder_without_blueprints() {
    let folder = tempfile::tempdir().unwrap();
    let opened = super::Project::open(Some(folder.path()), None).unwrap_err();
    let said = opened.render(false).replace(&format!("{}/", folder.path().display()), "");
    assert_snapshot!(said);
}

#[test]
fn names_where_nothing_is_computed() {
    assert_snapshot!(with_network(
        r#"components:
  - {id: net, use: network, with: {cidr: 10.0.0.0/16}}
  - {id: later, use: network, includeWhen: false, with: {cidr: "${stak}"}}
resources:
  - id: queue
    type: AWS::SQS::Queue
    properties: {QueueName: "${stage.number > 0 ? 'jobs' : nam}"}
  - id: off
    includeWhen: "${false}"
    forEach: {zone: "${zoneNames(2)}"}
    type: AWS::SQS::Queue
    properties:
      QueueName: "${zoneKey}-${zoneIndx}"
      KmsMasterKeyId: "${[1].map(each, each + queue.Arm)}${has(queue.Whatever) ? 'a' : 'b'}"
    readyWhen: ["${self.QueueUrl != ''}"]
outputs:
  vpc: "${true ? net.vpcId : net.vpcIdd}"
"#
    ));
}

#[test]
fn lifecycle_keys_are_held_against_the_catalog() {
    assert_snapshot!(mistakes_in(
        r#"resources:
  - id: media
    type: AWS::S3::Bucket
    ignore: [LifecycleConfiguration.Rules.*.Statos, "CorsConfiguration.CorsRules[0].MaxAge", Tags.Team, VersionConfiguration]
    updatePolicy: {instanceRefresh: true}
  - id: policy
    type: AWS::S3::BucketPolicy
    ignore: [PolicyDocument.Statement.*.Sid]
    properties: {Bucket: "${media.BucketName}", PolicyDocument: {}}
  - id: encode
    type: AWS::Lambda::Function
    ignore: [Environment.Variables.LEVEL, Environment.Variable.LEVEL]
    properties: {Role: "arn:aws:iam::111122223333:role/encode", Code: {ZipFile: ""}}
  - id: group
    type: AWS::AutoScaling::AutoScalingGroup
    updatePolicy: {instanceRefresh: {minHealthPercentage: 100, instanceWarmup: 90}, rollingUpdate: {}}
    properties:
      MinSize: "1"
      MaxSize: "2"
      LaunchTemplate: {LaunchTemplateName: web, Version: "1"}
      Tags: [{Key: Team, Value: web, PropagateAtLaunch: false}]
  - id: attachment
    type: AWS::EC2::VPCGatewayAttachment
    replace: createFirst
    properties: {VpcId: vpc-0a1b2c3d, InternetGatewayId: igw-0a1b2c3d}
"#
    ));
}
