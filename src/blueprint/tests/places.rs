//! Where things are made: once or in each region, in which zone, of which type there.

use insta::assert_snapshot;

use super::{HEAD, compiled_of, mistakes, mistakes_in};

#[test]
fn what_is_made_elsewhere_than_the_component_around_it() {
    let stage = format!(
        "{HEAD}{}",
        r"components:
  - {id: web, use: web}
  - {id: once, use: once, per: stack}
"
    );
    let web = r"
components:
  - {id: dns, use: dns}
  - {id: same, use: plain, per: region}
resources:
  - {id: topic, type: AWS::SNS::Topic, per: stack}
";
    let once = r"
components:
  - {id: dns, use: dns}
  - {id: plain, use: plain}
resources:
  - {id: topic, type: AWS::SNS::Topic, per: region}
";
    let dns = "per: stack\nresources: [{id: topic, type: AWS::SNS::Topic}]\n";
    let plain = "resources: [{id: topic, type: AWS::SNS::Topic}]\n";
    assert_snapshot!(mistakes(&[
        ("stage-1-mvp.yaml", &stage),
        ("components/web.yaml", web),
        ("components/once.yaml", once),
        ("components/dns.yaml", dns),
        ("components/plain.yaml", plain),
    ]));
}

#[test]
fn a_zone_of_another_region_and_a_misspelt_type() {
    assert_snapshot!(mistakes_in(
        r"resources:
  - {id: vpc, type: AWS::EC2::VPC, properties: {CidrBlock: 10.0.0.0/16}}
  - id: subnet
    type: AWS::EC2::Subnet
    properties: {VpcId: '${vpc.VpcId}', CidrBlock: 10.0.0.0/24, AvailabilityZone: us-west-2a}
  - {id: server, type: AWS::EC2::Instance, properties: {InstanceType: t3.mircro, ImageId: ami-0123456789abcdef0}}
"
    ));
}

#[test]
fn a_type_that_may_be_newer_than_the_catalog_is_a_warning() {
    let compiled = compiled_of(
        r"resources:
  - id: db
    type: AWS::RDS::DBInstance
    properties: {DBInstanceClass: db.t4.micro, Engine: postgres, AllocatedStorage: '20'}
",
    );
    let warnings: Vec<&str> = compiled.warnings.iter().map(|warning| &*warning.message).collect();
    assert!(
        matches!(warnings[..], [one] if one.contains("db.t4.micro") && one.contains("db.t4g.micro")),
        "{warnings:?}"
    );
}

#[test]
fn names_that_mean_something_else_here() {
    let compiled = compiled_of(
        r"resources:
  - id: certificate
    type: AWS::DMS::Certificate
    properties: {CertificateIdentifier: root}
  - id: endpoint
    type: AWS::DMS::Endpoint
    properties:
      EndpointType: source
      EngineName: postgres
      CertificateArn: '${certificate.CertificateArn}'
  - id: topic
    type: AWS::SNS::Topic
    properties: {Tags: null}
  - id: lattice
    type: AWS::VpcLattice::TargetGroup
    properties: {Type: ALB}
  - id: service
    type: AWS::ECS::Service
    properties:
      VpcLatticeConfigurations:
        - {PortName: web, RoleArn: arn:aws:iam::123456789012:role/x, TargetGroupArn: '${lattice.Arn}'}
",
    );
    assert_eq!(compiled.desired.len(), 5);
}
