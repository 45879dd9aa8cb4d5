//! What is not what it looks like: numbers that YAML reads otherwise than they are written, and CloudFormation's words.

use insta::assert_snapshot;

use super::{HEAD, compiled, compiled_of, mistakes, mistakes_in};
use crate::model::Value;

#[test]
fn a_number_where_a_text_belongs_is_not_taken_for_another_one() {
    assert_snapshot!(mistakes_in(
        r"resources:
  - id: database
    type: AWS::RDS::DBInstance
    properties:
      DBInstanceClass: db.t4g.micro
      Engine: postgres
      EngineVersion: 16.10
      AllocatedStorage: 020
      Tags: [{Key: version, Value: 1.10}]
  - id: worker
    type: AWS::Lambda::Function
    properties:
      Code: {ZipFile: x}
      Handler: a.b
      Runtime: python3.13
      Role: arn:aws:iam::123456789012:role/worker
      Environment: {Variables: {ACCOUNT: 012345678901, DEBUG: True}}
      Tags: {version: 2.50}
"
    ));
}

#[test]
fn where_little_is_known_of_the_place_it_is_asked_which_is_meant() {
    let stage = format!(
        "{HEAD}{}",
        r#"components:
  - {id: app, use: app, with: {version: 1.10, settings: {rate: 0.50}, share: 0.50}}
resources:
  - id: queue
    forEach: {rate: ["1.10", 1.20]}
    type: AWS::SQS::Queue
    properties: {Tags: {rate: "${string(rate)}"}}
  - id: trusted
    type: AWS::IAM::Role
    properties:
      AssumeRolePolicyDocument:
        Version: 2012-10-17
        Statement:
          - Effect: Allow
            Principal: {Service: ec2.amazonaws.com}
            Action: sts:AssumeRole
            Condition: {StringEquals: {"aws:SourceAccount": 012345678901}, Bool: {"aws:SecureTransport": True}}
"#
    );
    let component = r"
parameters:
  version: {type: string}
  settings: {type: map}
  share: {type: number}
  other: {default: 1.0}
  wrong: {default: 1.00}
";
    let files = [
        ("stage-1-mvp.yaml", &*stage),
        ("components/app.yaml", component),
        ("stackctl.yaml", "stack: shop\nvariables: {version: 3.10, rate: 0.5}\n"),
    ];
    assert_snapshot!(mistakes(&files));
}

#[test]
fn a_variable_of_the_command_line_is_the_text_that_it_looks_like() {
    let stage = format!(
        "{HEAD}{}",
        r#"resources:
  - {id: topic, type: AWS::SNS::Topic, properties: {DisplayName: "${variables.version}", Tags: {n: "${string(variables.count)}"}}}
"#
    );
    let files = [
        ("stage-1-mvp.yaml", &*stage),
        ("stackctl.yaml", "stack: shop\nvariables: {version: a, count: 1}\n"),
    ];
    let compiled = compiled(&files, None, &["version=16.10", "count=2"]);
    assert_eq!(compiled.desired[0].properties["DisplayName"].as_str(), Some("16.10"));
    assert_eq!(compiled.desired[0].tags["n"].as_str(), Some("2"));
}

#[test]
fn numbers_are_numbers_where_they_may_be() {
    let compiled = compiled_of(
        r"resources:
  - id: machine
    type: AWS::StepFunctions::StateMachine
    properties:
      RoleArn: arn:aws:iam::123456789012:role/machine
      Definition: {StartAt: a, States: {a: {Type: Wait, Seconds: 1, BackoffRate: 2.0, End: true}}}
  - {id: queue, type: AWS::SQS::Queue, properties: {DelaySeconds: 0x1F}}
",
    );
    assert!(matches!(compiled.desired[1].properties["DelaySeconds"], Value::Int(31)));
}

#[test]
fn what_cloudformation_calls_otherwise() {
    assert_snapshot!(mistakes_in(
        r#"resources:
  - {id: b, type: AWS::S3::Bucket, properties: {BucketName: !Ref name}}
  - id: role
    type: AWS::IAM::Role
    properties:
      RoleName: !Sub "${AWS::StackName}-role"
      Description: !Foo bar
      MaxSessionDuration: !!int "3600"
      Path: !!str 5
      AssumeRolePolicyDocument: !!map {Statement: !!set {a: b}}
      Policies:
        - PolicyName: x
          PolicyDocument: {Statement: [{Effect: Allow, Action: "*", Resource: !GetAtt [b, Arn]}]}
"#
    ));
    assert_snapshot!(mistakes_in(
        r#"resources:
  - {id: b, type: AWS::S3::Bucket, properties: {BucketName: "x-${AWS::Region}"}}
  - id: database
    type: AWS::RDS::DBInstance
    properties:
      DBInstanceClass: db.t4g.micro
      Engine: postgres
      AllocatedStorage: "20"
      MasterUsername: {Ref: AWS::Region}
      MasterUserPassword: "{{resolve:secretsmanager:db:SecretString:password}}"
  - id: role
    type: AWS::IAM::Role
    properties:
      AssumeRolePolicyDocument:
        Statement: [{Effect: Allow, Action: "*", Principal: {AWS: {"Fn::GetAtt": [b, Arn]}}}]
"#
    ));
}
