//! Parts of attributes, which nobody knows before the resource is made: whether there are such parts is known.

use insta::assert_snapshot;

use super::{compiled_of, mistakes_in};

const RESOURCES: &str = r"resources:
  - id: db
    type: AWS::RDS::DBInstance
    properties: {DBInstanceClass: db.t4g.micro, Engine: postgres, AllocatedStorage: '20'}
  - {id: vpc, type: AWS::EC2::VPC, properties: {CidrBlock: 10.0.0.0/16}}
  - id: endpoint
    type: AWS::EC2::VPCEndpoint
    properties: {VpcId: '${vpc.VpcId}', ServiceName: com.amazonaws.us-east-1.s3, VpcEndpointType: Interface}
";

#[test]
fn a_part_that_an_attribute_does_not_have() {
    let outputs = r#"outputs:
  a: "${db.Endpoint.Adress}"
  b: "${db.Endpoint.Port.Foo}"
  c: "${endpoint.DnsEntries.x}"
  d: "${endpoint.CreationTimestamp.year}"
  e: "${endpoint.CreationTimestamp[0]}"
  f: "${db['Endpoint']['Porto']}"
"#;
    assert_snapshot!(mistakes_in(&format!("{RESOURCES}{outputs}")));
}

#[test]
fn a_part_of_another_kind_or_shape_than_belongs_there() {
    let more = r#"  - id: a
    type: AWS::EC2::Subnet
    properties: {VpcId: "${endpoint.DnsEntries}", CidrBlock: 10.0.0.0/24}
  - id: b
    type: AWS::EC2::Subnet
    properties: {VpcId: "${db.Endpoint}", CidrBlock: 10.0.1.0/24}
  - id: group
    type: AWS::RDS::DBSubnetGroup
    properties: {DBSubnetGroupDescription: x, SubnetIds: "${endpoint.DnsEntries[0]}"}
"#;
    assert_snapshot!(mistakes_in(&format!("{RESOURCES}{more}")));
}

#[test]
fn parts_that_there_are_wait() {
    let outputs = r#"outputs:
  a: "${db.Endpoint.Address}"
  b: "${endpoint.DnsEntries[0]}"
  c: "${endpoint.DnsEntries.map(e, e.split(':')[1])}"
  d: "${db.Endpoint['Port']}:${size(endpoint.NetworkInterfaceIds)}"
"#;
    let compiled = compiled_of(&format!("{RESOURCES}{outputs}"));
    assert!(compiled.outputs.iter().all(|output| !output.value.is_known()));
}
