//! Reads are bulk: ten times the subnets, rules and records cost not one call more.

use std::fmt::Write;

use crate::workspace::Workspace;

#[test]
fn an_empty_plan_makes_as_many_calls_for_forty_as_for_four() {
    let Some(workspace) =
        Workspace::with(&[("stackctl.yaml", "stack: bulk\n"), ("stage-1-bulk.yaml", &blueprint(4))])
    else {
        return;
    };
    workspace.settle("bulk");
    let few = workspace.plan("bulk").stats.api_calls;
    workspace.write("stage-1-bulk.yaml", &blueprint(40));
    workspace.settle("bulk");
    let many = workspace.plan("bulk").stats.api_calls;
    assert_eq!(many, few);
    assert!(few.values().sum::<u64>() > 0, "the calls are counted");
}

fn blueprint(count: usize) -> String {
    let mut names = String::new();
    for number in 0..count {
        write!(names, "n{number:02}, ").expect("a text takes text");
    }
    format!(
        r#"
stage: 1
name: bulk
regions: [us-east-1]
resources:
  - id: vpc
    type: AWS::EC2::VPC
    properties: {{CidrBlock: 10.0.0.0/16}}
  - id: subnet
    forEach: {{name: [{names}]}}
    type: AWS::EC2::Subnet
    properties: {{VpcId: "${{vpc.VpcId}}", CidrBlock: "${{cidrSubnet('10.0.0.0/16', 8, nameIndex)}}"}}
  - id: group
    type: AWS::EC2::SecurityGroup
    properties: {{VpcId: "${{vpc.VpcId}}", GroupDescription: many rules}}
  - id: rule
    forEach: {{name: [{names}]}}
    type: AWS::EC2::SecurityGroupIngress
    properties:
      GroupId: "${{group.GroupId}}"
      IpProtocol: tcp
      FromPort: "${{8000 + nameIndex}}"
      ToPort: "${{8000 + nameIndex}}"
      CidrIp: 10.0.0.0/16
  - id: zone
    type: AWS::Route53::HostedZone
    properties: {{Name: bulk.example}}
  - id: record
    forEach: {{name: [{names}]}}
    type: AWS::Route53::RecordSet
    properties:
      HostedZoneId: "${{zone.Id}}"
      Name: "${{name}}.bulk.example"
      Type: A
      TTL: "60"
      ResourceRecords: ["10.0.0.1"]
"#
    )
}
