//! What blueprints compile to.

use std::collections::BTreeMap;

use serde_json::{Value as Json, json};

use super::{compiled, compiled_of};
use crate::blueprint::Compiled;
use crate::model::{Attributes, Desired, PropertyPath, Reference, ReplacePolicy, Value};

/// Nothing is known.
struct Nothing;

impl Attributes for Nothing {
    fn attribute(&self, _: &Reference) -> Option<Json> {
        None
    }
}

/// Attributes as `<address>.<name>` says.
struct Known(BTreeMap<String, Json>);

impl Known {
    fn of<const N: usize>(attributes: [(&str, Json); N]) -> Self {
        Self(attributes.into_iter().map(|(name, value)| (name.to_owned(), value)).collect())
    }
}

impl Attributes for Known {
    fn attribute(&self, reference: &Reference) -> Option<Json> {
        self.0.get(&format!("{}.{}", reference.address, reference.attribute)).cloned()
    }
}

fn addresses(compiled: &Compiled) -> Vec<String> {
    compiled.desired.iter().map(|desired| desired.address.to_string()).collect()
}

fn at<'c>(compiled: &'c Compiled, address: &str) -> &'c Desired {
    let found = compiled.desired.iter().find(|desired| desired.address.as_str() == address);
    found.unwrap_or_else(|| panic!("{address} is not among {:?}", addresses(compiled)))
}

fn property(compiled: &Compiled, address: &str, name: &str) -> Json {
    at(compiled, address).properties[name].to_json().unwrap()
}

fn needs(compiled: &Compiled, address: &str) -> Vec<String> {
    at(compiled, address).depends_on.iter().map(ToString::to_string).collect()
}

#[test]
fn for_each_over_lists_maps_and_several_variables() {
    let compiled = compiled_of(
        r#"resources:
  - id: queue
    type: AWS::SQS::Queue
    forEach: {name: [mail, video]}
    properties: {QueueName: "${name}-${nameIndex}-${nameKey}"}
  - id: limited
    type: AWS::SQS::Queue
    forEach: {delay: "${{'slow': 60, 'fast': 0}}"}
    properties: {QueueName: "${delayKey}", DelaySeconds: "${delay}"}
  - id: pair
    type: AWS::SQS::Queue
    forEach: {team: [a, b], size: "${range(2)}"}
    properties: {QueueName: "${team}${size}"}
  - id: named
    type: AWS::SQS::Queue
    forEach: {one: "${[{'name': 'x', 'delay': 5}, {'name': 'y', 'delay': 6}]}"}
    key: "${one.name}"
    properties: {DelaySeconds: "${one.delay}"}
"#,
    );
    assert_eq!(
        addresses(&compiled),
        [
            "us-east-1/queue[mail]",
            "us-east-1/queue[video]",
            "us-east-1/limited[slow]",
            "us-east-1/limited[fast]",
            "us-east-1/pair[a-0]",
            "us-east-1/pair[a-1]",
            "us-east-1/pair[b-0]",
            "us-east-1/pair[b-1]",
            "us-east-1/named[x]",
            "us-east-1/named[y]",
        ]
    );
    assert_eq!(property(&compiled, "us-east-1/queue[video]", "QueueName"), "video-1-video");
    assert_eq!(property(&compiled, "us-east-1/limited[slow]", "DelaySeconds"), 60);
    assert_eq!(property(&compiled, "us-east-1/pair[b-1]", "QueueName"), "b1");
    assert_eq!(property(&compiled, "us-east-1/named[y]", "DelaySeconds"), 6);
}

#[test]
fn include_when_leaves_out() {
    let compiled = compiled_of(
        r#"resources:
  - {id: one, type: AWS::SQS::Queue, includeWhen: false}
  - {id: two, type: AWS::SQS::Queue, includeWhen: ["${true}", "${stage.number == 2}"]}
  - {id: three, type: AWS::SQS::Queue, includeWhen: "${size([1]) == 1}"}
outputs:
  one: "${has(one.QueueUrl) ? one.QueueUrl : 'none'}"
"#,
    );
    assert_eq!(addresses(&compiled), ["us-east-1/three"]);
    assert_eq!(compiled.outputs[0].value.as_str(), Some("none"));
}

const PART: &str = r#"
parameters:
  name: {type: string}
  delay: {type: integer, default: "${size(name)}"}
resources:
  - {id: queue, type: AWS::SQS::Queue, properties: {QueueName: "${name}", DelaySeconds: "${delay}"}}
outputs: {url: "${queue.QueueUrl}", name: "${queue.QueueName}", region: "${region}"}
"#;

const WHOLE: &str = r#"
parameters: {names: {type: list, items: {type: string}}}
components:
  - {id: part, use: part, forEach: {name: "${names}"}, with: {name: "${name}"}}
outputs: {urls: "${part.map(p, p.url)}", first: "${part[0].name}"}
"#;

fn with_parts(body: &str) -> Compiled {
    let stage = format!("{}{body}", super::HEAD);
    compiled(
        &[("stage-1-mvp.yaml", &stage), ("components/part.yaml", PART), ("components/whole.yaml", WHOLE)],
        None,
        &[],
    )
}

#[test]
fn components_nest_and_have_defaults() {
    let compiled = with_parts(
        r#"components:
  - {id: jobs, use: whole, with: {names: [mail, video]}}
  - {id: own, use: part, with: {name: own, delay: 7}}
outputs: {urls: "${jobs.urls}", first: "${jobs.first}"}
"#,
    );
    assert_eq!(
        addresses(&compiled),
        ["us-east-1/jobs.part[mail].queue", "us-east-1/jobs.part[video].queue", "us-east-1/own.queue"]
    );
    assert_eq!(property(&compiled, "us-east-1/jobs.part[video].queue", "DelaySeconds"), 5);
    assert_eq!(property(&compiled, "us-east-1/own.queue", "DelaySeconds"), 7);
    assert_eq!(compiled.outputs[1].value.as_str(), Some("mail"));
    let known = Known::of([("us-east-1/jobs.part[mail].queue.QueueUrl", json!("https://mail"))]);
    let Value::List(urls) = compiled.outputs[0].value.resolve(&known).unwrap() else { panic!("a list") };
    assert_eq!(urls[0].as_str(), Some("https://mail"));
    assert!(!urls[1].is_known());
}

#[test]
fn depends_on_a_component_is_on_all_in_it() {
    let compiled = with_parts(
        r"components:
  - {id: jobs, use: whole, with: {names: [mail, video]}}
  - {id: later, use: part, with: {name: later}, dependsOn: [last]}
resources:
  - {id: last, type: AWS::SQS::Queue, dependsOn: [jobs]}
",
    );
    assert_eq!(
        needs(&compiled, "us-east-1/last"),
        ["us-east-1/jobs.part[mail].queue", "us-east-1/jobs.part[video].queue"]
    );
    assert_eq!(needs(&compiled, "us-east-1/later.queue"), ["us-east-1/last"]);
}

#[test]
fn references_become_dependencies_known_or_not() {
    let compiled = compiled_of(
        r#"resources:
  - {id: vpc, type: AWS::EC2::VPC, properties: {CidrBlock: 10.0.0.0/16}}
  - id: subnet
    type: AWS::EC2::Subnet
    properties: {VpcId: "${vpc.VpcId}", CidrBlock: 10.0.0.0/24}
  - id: group
    type: AWS::EC2::SecurityGroup
    properties: {GroupDescription: "inside ${vpc.CidrBlock}"}
"#,
    );
    assert_eq!(needs(&compiled, "us-east-1/subnet"), ["us-east-1/vpc"]);
    assert!(!at(&compiled, "us-east-1/subnet").properties["VpcId"].is_known());
    assert_eq!(needs(&compiled, "us-east-1/group"), ["us-east-1/vpc"]);
    assert_eq!(property(&compiled, "us-east-1/group", "GroupDescription"), "inside 10.0.0.0/16");
}

const REGIONS: &str = r#"stage: 1
name: mvp
regions: [us-east-1, eu-west-1]
components:
  - {id: jobs, use: part, with: {name: "${region}"}}
resources:
  - {id: local, type: AWS::SQS::Queue, properties: {QueueName: "${shared.QueueName}-${region}"}}
  - id: shared
    type: AWS::SQS::Queue
    per: stack
    properties: {QueueName: "${jobs.map(code, jobs[code].region).join('-')}"}
  - {id: elsewhere, type: AWS::SQS::Queue, per: stack, region: eu-west-1}
outputs:
  urls: "${jobs.map(code, jobs[code].url)}"
"#;

#[test]
fn regions_and_what_there_is_once() {
    let compiled = compiled(&[("stage-1-mvp.yaml", REGIONS), ("components/part.yaml", PART)], None, &[]);
    let mut found = addresses(&compiled);
    found.sort();
    assert_eq!(
        found,
        [
            "eu-west-1/jobs.queue",
            "eu-west-1/local",
            "global/elsewhere",
            "global/shared",
            "us-east-1/jobs.queue",
            "us-east-1/local"
        ]
    );
    assert_eq!(property(&compiled, "global/shared", "QueueName"), "us-east-1-eu-west-1");
    assert_eq!(property(&compiled, "eu-west-1/local", "QueueName"), "us-east-1-eu-west-1-eu-west-1");
    assert_eq!(at(&compiled, "eu-west-1/jobs.queue").scope.to_string(), "eu-west-1");
    assert_eq!(at(&compiled, "global/elsewhere").scope.to_string(), "eu-west-1");
    assert_eq!(at(&compiled, "global/shared").scope.to_string(), "us-east-1");
    let known = Known::of([("eu-west-1/jobs.queue.QueueUrl", json!("https://eu"))]);
    let Value::List(urls) = compiled.outputs[0].value.resolve(&known).unwrap() else { panic!("a list") };
    assert_eq!((urls[0].is_known(), urls[1].as_str()), (false, Some("https://eu")));
}

/// The same declaration in another region is another thing: a replica needs the primary through what there is once.
#[test]
fn a_way_through_another_region_is_no_cycle() {
    let stage = r#"stage: 1
name: mvp
regions: [us-east-1, eu-west-1]
components:
  - {id: jobs, use: part, with: {name: "${region == regions[0] ? 'primary' : shared.QueueName}"}}
resources:
  - {id: shared, type: AWS::SQS::Queue, per: stack, properties: {QueueName: "after-${jobs['us-east-1'].name}"}}
"#;
    let compiled = compiled(&[("stage-1-mvp.yaml", stage), ("components/part.yaml", PART)], None, &[]);
    assert_eq!(property(&compiled, "eu-west-1/jobs.queue", "QueueName"), "after-primary");
}

#[test]
fn lifecycle_keys() {
    let compiled = compiled_of(
        r#"resources:
  - id: vpc
    type: AWS::EC2::VPC
    protect: "${stage.number == 1}"
    adopt: vpc-0123
    movedFrom: old.vpc
    ignore: [Tags, EnableDnsSupport]
    replace: deleteFirst
    properties: {CidrBlock: 10.0.0.0/16}
  - id: queue
    type: AWS::SQS::Queue
    movedFrom: global/queue
    readyWhen: ["${self.QueueUrl != ''}", "${queue.Arn.startsWith('arn:')}"]
  - id: group
    type: AWS::EC2::SecurityGroup
    exclusive: false
    properties: {GroupDescription: web}
"#,
    );
    let vpc = &at(&compiled, "us-east-1/vpc").lifecycle;
    assert!(vpc.protect && !vpc.shared_children);
    assert_eq!(vpc.adopt.as_ref().map(ToString::to_string).as_deref(), Some("vpc-0123"));
    assert_eq!(vpc.moved_from.as_ref().unwrap().as_str(), "us-east-1/old.vpc");
    assert_eq!(vpc.ignore.iter().map(PropertyPath::as_str).collect::<Vec<_>>(), ["Tags", "EnableDnsSupport"]);
    assert_eq!(vpc.replace, ReplacePolicy::DeleteFirst);
    let queue = at(&compiled, "us-east-1/queue");
    assert_eq!(queue.lifecycle.moved_from.as_ref().unwrap().as_str(), "global/queue");
    assert!(queue.depends_on.is_empty());
    let ready = |known: &dyn Attributes| -> Vec<Option<Json>> {
        queue.lifecycle.ready_when.iter().map(|one| one.resolve(known).unwrap().to_json()).collect()
    };
    assert_eq!(ready(&Nothing), [None, None]);
    let known = Known::of([("us-east-1/queue.QueueUrl", json!("")), ("us-east-1/queue.Arn", json!("arn:x"))]);
    assert_eq!(ready(&known), [Some(json!(false)), Some(json!(true))]);
    assert!(at(&compiled, "us-east-1/group").lifecycle.shared_children);
}

#[test]
fn tags_are_taken_out_and_merged() {
    let stage = format!(
        "{}{}",
        super::HEAD,
        r#"resources:
  - {id: queue, type: AWS::SQS::Queue, properties: {Tags: [{Key: Team, Value: "${stack}"}, {Key: Own, Value: x}]}}
  - {id: parameter, type: AWS::SSM::Parameter, properties: {Type: String, Value: v, Tags: {Team: media}}}
  - {id: route, type: AWS::EC2::VPCGatewayAttachment, properties: {VpcId: vpc-0a1b2c3d4e5f60718, InternetGatewayId: igw-0a1b2c3d4e5f60718}}
"#
    );
    let config = "stack: shop\ntags: {Team: platform, Product: shop}\n";
    let compiled = compiled(&[("stackctl.yaml", config), ("stage-1-mvp.yaml", &stage)], None, &[]);
    let tags = |address: &str| {
        let tags = at(&compiled, address).tags.iter();
        tags.map(|(key, value)| format!("{key}={}", value.as_str().unwrap())).collect::<Vec<_>>()
    };
    assert_eq!(tags("us-east-1/queue"), ["Own=x", "Product=shop", "Team=shop"]);
    assert_eq!(tags("us-east-1/parameter"), ["Product=shop", "Team=media"]);
    assert!(tags("us-east-1/route").is_empty());
    assert!(!at(&compiled, "us-east-1/queue").properties.contains_key("Tags"));
}

#[test]
fn secrets_stay_references() {
    let compiled = compiled_of(
        r#"resources:
  - {id: one, type: AWS::SSM::Parameter, properties: {Type: String, Value: "secret://env/TOKEN"}}
  - {id: two, type: AWS::SSM::Parameter, properties: {Type: String, Value: "${one.Value}"}}
"#,
    );
    for address in ["us-east-1/one", "us-east-1/two"] {
        let value = &at(&compiled, address).properties["Value"];
        assert!(matches!(value, Value::Secret(secret) if &*secret.0 == "secret://env/TOKEN"), "{value:?}");
    }
}

#[test]
fn environments_and_variables() {
    let config = r#"stack: shop
account: "111122223333"
variables: {name: jobs, delay: 5, names: [a]}
environments:
  staging: {variables: {name: trial}, account: "444455556666"}
"#;
    let stage = format!(
        "{}{}",
        super::HEAD,
        r#"resources:
  - id: queue
    type: AWS::SQS::Queue
    properties: {QueueName: "${stack}-${variables.name}-${var.names.join('.')}-${account}", DelaySeconds: "${variables.delay}"}
"#
    );
    let name = |environment, vars: &[&str]| {
        let compiled =
            compiled(&[("stackctl.yaml", config), ("stage-1-mvp.yaml", &stage)], environment, vars);
        (
            property(&compiled, "us-east-1/queue", "QueueName").as_str().unwrap().to_owned(),
            property(&compiled, "us-east-1/queue", "DelaySeconds"),
        )
    };
    assert_eq!(name(None, &[]), ("shop-jobs-a-111122223333".to_owned(), json!(5)));
    assert_eq!(name(Some("staging"), &[]).0, "shop-staging-trial-a-444455556666");
    assert_eq!(
        name(None, &["delay=60", "names=[b, c]", "name=x=y"]),
        ("shop-x=y-b.c-111122223333".to_owned(), json!(60))
    );
}

#[test]
fn lookups_are_read_and_never_made() {
    let compiled = compiled_of(
        r#"resources:
  - {id: zone, type: AWS::Route53::HostedZone, lookup: {Name: example.com}}
  - id: record
    type: AWS::Route53::RecordSet
    properties: {HostedZoneId: "${zone.Id}", Name: "www.${zone.Name}", Type: A, TTL: "60", ResourceRecords: [192.0.2.1]}
"#,
    );
    assert_eq!(addresses(&compiled), ["us-east-1/record"]);
    assert_eq!(compiled.lookups[0].address.as_str(), "us-east-1/zone");
    assert_eq!(compiled.lookups[0].by["Name"].as_str(), Some("example.com"));
    assert_eq!(property(&compiled, "us-east-1/record", "Name"), "www.example.com");
    let known = Known::of([("us-east-1/zone.Id", json!("Z1"))]);
    let id = at(&compiled, "us-east-1/record").properties["HostedZoneId"].resolve(&known).unwrap();
    assert_eq!(id.as_str(), Some("Z1"));
}

#[test]
fn origins_and_heads() {
    let compiled = compiled(
        &[(
            "stage-1-mvp.yaml",
            "stage: 1\nname: mvp\naudience: {users: 10_000, concurrent: 50}\nobjectives: {p95: 100ms}\nbudget: {monthly: 99.5}\nregions: [us-east-1]\nexternal: [{name: Heroku, plan: Eco, monthly: 5}]\nresources:\n  - id: queue\n    type: AWS::SQS::Queue\n",
        )],
        None,
        &[],
    );
    let origin = &compiled.desired[0].origin;
    assert!(origin.file.ends_with("stage-1-mvp.yaml"));
    assert_eq!((origin.line, origin.column), (9, 9));
    assert_eq!((compiled.stage.users, compiled.stage.concurrent), (Some(10_000), Some(50)));
    assert_eq!(compiled.stage.objectives, [("p95".to_owned(), "100ms".to_owned())]);
    assert!(compiled.stage.monthly_budget.is_some_and(|budget| (budget - 99.5).abs() < 1e-9));
    assert_eq!(compiled.external[0].name, "Heroku");
}
