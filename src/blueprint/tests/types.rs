//! Types that AWS has, and that nobody can make, or only some regions have.

use insta::assert_snapshot;

use super::mistakes_in;

#[test]
fn types_that_cloud_control_can_not_make_or_read() {
    assert_snapshot!(mistakes_in(
        r"resources:
  - {id: build, type: AWS::CodeBuild::Project, properties: {}}
  - id: policy
    type: AWS::SQS::QueuePolicy
    properties: {Queues: [https://sqs.us-east-1.amazonaws.com/123456789012/a], PolicyDocument: {Statement: []}}
  - {id: files, type: AWS::FSx::FileSystem, lookup: {FileSystemType: LUSTRE}}
"
    ));
}

#[test]
fn descriptions_of_rules_have_no_apostrophe() {
    assert_snapshot!(mistakes_in(
        r#"resources:
  - id: group
    type: AWS::EC2::SecurityGroup
    properties:
      GroupDescription: the gateway's nodes
      SecurityGroupIngress:
        - {IpProtocol: tcp, FromPort: 80, ToPort: 80, CidrIp: 0.0.0.0/0, Description: everybody's}
  - id: rule
    type: AWS::EC2::SecurityGroupEgress
    properties: {GroupId: "${group.GroupId}", IpProtocol: "-1", CidrIp: 0.0.0.0/0, Description: "[a] & {b}; all's well"}
"#
    ));
}
