//! What the schemas call a text or an object of any content, and what AWS's documentation says of it.

use insta::assert_snapshot;

use super::{compiled_of, mistakes_in};

#[test]
fn policies_that_iam_does_not_read() {
    assert_snapshot!(mistakes_in(
        r#"resources:
  - id: role
    type: AWS::IAM::Role
    properties:
      AssumeRolePolicyDocument:
        Version: 2012-10-18
        Statment: [{Effect: Allow}]
      Policies:
        - PolicyName: x
          PolicyDocument:
            Statement:
              - {Effect: Alow, Action: "s3:*", Resources: "*"}
              - {Action: "s3:*", NotAction: "s3:Get*"}
              - {Effect: Deny, Resource: "*"}
"#
    ));
}

#[test]
fn ranges_that_do_not_fit() {
    assert_snapshot!(mistakes_in(
        r#"resources:
  - {id: vpc, type: AWS::EC2::VPC, properties: {CidrBlock: 10.0.0.0/16}}
  - {id: huge, type: AWS::EC2::VPC, properties: {CidrBlock: 10.0.0.0/8}}
  - {id: a, type: AWS::EC2::Subnet, properties: {VpcId: "${vpc.VpcId}", CidrBlock: 192.168.0.0/24}}
  - {id: b, type: AWS::EC2::Subnet, properties: {VpcId: "${vpc.VpcId}", CidrBlock: 10.0.0.0/24}}
  - {id: c, type: AWS::EC2::Subnet, properties: {VpcId: "${vpc.VpcId}", CidrBlock: 10.0.0.128/25}}
  - {id: d, type: AWS::EC2::Subnet, properties: {VpcId: vpc-0123456789abcdef0, CidrBlock: 10.0.0.0/30}}
"#
    ));
}

#[test]
fn a_vpc_may_have_more_ranges() {
    let compiled = compiled_of(
        r#"resources:
  - {id: vpc, type: AWS::EC2::VPC, properties: {CidrBlock: 10.0.0.0/16}}
  - {id: more, type: AWS::EC2::VPCCidrBlock, properties: {VpcId: "${vpc.VpcId}", CidrBlock: 100.64.0.0/16}}
  - {id: pods, type: AWS::EC2::Subnet, properties: {VpcId: "${vpc.VpcId}", CidrBlock: 100.64.0.0/20}}
  - {id: other, type: AWS::EC2::VPC, properties: {CidrBlock: 10.0.0.0/16}}
  - {id: same, type: AWS::EC2::Subnet, properties: {VpcId: "${other.VpcId}", CidrBlock: 10.0.0.0/24}}
  - {id: nodes, type: AWS::EC2::Subnet, properties: {VpcId: "${vpc.VpcId}", CidrBlock: 10.0.0.0/24}}
"#,
    );
    assert_eq!(compiled.desired.len(), 6);
}
