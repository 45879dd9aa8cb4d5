//! Keys and values that would say nothing, and what is said of them.

use insta::assert_snapshot;

use super::mistakes_in;

#[test]
fn keys_that_would_be_read_and_say_nothing() {
    assert_snapshot!(mistakes_in(
        r#"resources:
  - id: queue
    type: AWS::SQS::Queue
    readyWhen: [x, "${self.Arn}", "${self.Arn != ''}"]
    movedFrom: us-est-1/jobs
  - {id: zone, type: AWS::Route53::HostedZone, lookup: {Name: example.com}, protect: true, properties: {Name: x}}
  - {id: image, type: AWS::SSM::Parameter, lookup: {}}
  - {id: region, type: AWS::SNS::Topic}
  - id: topic
    type: AWS::SNS::Topic
    properties: {Tags: [{Key: a, Value: b}, {Key: a, Value: c}]}
  - id: many
    forEach: {name: [a, b]}
    includeWhen: "${name != 'a'}"
    type: AWS::SNS::Topic
"#
    ));
}

#[test]
fn what_is_meant_and_how_it_is_written() {
    assert_snapshot!(mistakes_in(
        r#"resources:
  - {id: vpc, type: AWS::EC2::VPC, properties: {CidrBlock: 10.0.0.0/16, EnableDnsHostnames: yes}}
  - {id: topic, type: AWS::SNS::Topic}
  - id: worker
    type: AWS::Lambda::Function
    properties:
      Code: {ZipFile: x}
      Handler: a.b
      Runtime: python3.13
      Role: arn:aws:iam::123456789012:role/worker
      Environment: {Variables: {N: x}}
  - {id: once, per: stack, type: AWS::SNS::Topic, properties: {DisplayName: "${topic.TopicName}"}}
  - id: server
    type: AWS::EC2::Instance
    properties: {ImageId: ami-0123456789abcdef0, InstanceType: t3.micro, EbsOptimized: "${vpc.VpcId}"}
"#
    ));
}
