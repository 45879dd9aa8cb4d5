//! What comes into a blueprint from outside of it: secrets and files.

use insta::assert_snapshot;

use super::{HEAD, compiled, mistakes_in};
use crate::blueprint::Compiled;
use crate::model::Value;

const PARAMETER: &str =
    "resources:\n  - {id: one, type: AWS::SSM::Parameter, properties: {Type: String, Value: ";

fn of_value(value: &str, more: &[(&str, &str)]) -> Compiled {
    let stage = format!("{HEAD}{PARAMETER}{value}}}}}\n");
    let mut files = vec![("stage-1-mvp.yaml", stage.as_str())];
    files.extend(more);
    compiled(&files, None, &[])
}

fn secret_of(compiled: &Compiled) -> String {
    match &compiled.desired[0].properties["Value"] {
        Value::Secret(secret) => secret.0.to_string(),
        other => panic!("{other:?} is no secret"),
    }
}

#[test]
fn secrets_come_through_variables() {
    let config = ("stackctl.yaml", "stack: shop\nvariables: {password: secret://env/PASSWORD}\n");
    let compiled = of_value("\"${variables.password}\"", &[config]);
    assert_eq!(secret_of(&compiled), "secret://env/PASSWORD");
}

#[test]
fn the_name_of_a_secret_can_be_computed() {
    let compiled = of_value("\"secret://aws-secretsmanager/${stack}/database#password\"", &[]);
    assert_eq!(secret_of(&compiled), "secret://aws-secretsmanager/shop/database#password");
}

#[test]
fn secrets_that_can_not_be_kept() {
    assert_snapshot!(mistakes_in(
        r#"resources:
  - id: queue
    type: AWS::SQS::Queue
  - {id: one, type: AWS::SSM::Parameter, properties: {Type: String, Value: "secret://vault/database"}}
  - {id: two, type: AWS::SSM::Parameter, properties: {Type: String, Value: "postgres://app:secret://env/PW@db"}}
  - {id: three, type: AWS::SSM::Parameter, properties: {Type: String, Value: "secret://env/${queue.Arn}"}}
  - {id: four, type: AWS::SSM::Parameter, properties: {Type: String, Value: "secret://env/A"}}
  - {id: five, type: AWS::SSM::Parameter, properties: {Type: String, Value: "a ${four.Value}"}}
"#
    ));
}

#[test]
fn files_beside_the_blueprints_count_as_read() {
    let with = |text| of_value("\"${file('boot/start.sh')}\"", &[("boot/start.sh", text)]);
    let (first, second) = (with("#!/bin/sh\n"), with("#!/bin/bash\n"));
    assert_eq!(first.desired[0].properties["Value"].as_str(), Some("#!/bin/sh\n"));
    assert_ne!(first.digest, second.digest);
    assert_eq!(second.desired[0].properties["Value"].as_str(), Some("#!/bin/bash\n"));
}

#[test]
fn files_elsewhere_are_not_read() {
    assert_snapshot!(mistakes_in(
        r#"resources:
  - {id: one, type: AWS::SSM::Parameter, properties: {Type: String, Value: "${file('../secret')}"}}
  - {id: two, type: AWS::SSM::Parameter, properties: {Type: String, Value: "${file('/etc/passwd')}"}}
"#
    ));
}
