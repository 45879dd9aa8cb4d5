//! Any graph of resources: a few types with all kinds of identity, linked at random.

use std::collections::{BTreeMap, BTreeSet, HashSet};
use std::sync::Arc;

use proptest::prelude::*;
use serde_json::json;
use stackctl::catalog::Catalog;
use stackctl::model::{
    Address, Attributes, Deferred, Desired, Evaluate, EvaluateError, Json, Lifecycle, Map, Origin, Reference,
    ResourceType, Scope, Value,
};

use crate::world::{Blueprint, region};

struct Lazy(Reference);

impl Evaluate for Lazy {
    fn evaluate(&self, attributes: &dyn Attributes) -> Result<Value, EvaluateError> {
        Ok(attributes.attribute(&self.0).map_or_else(|| refer(&self.0), |json| Value::from(&json)))
    }
}

fn refer(reference: &Reference) -> Value {
    Value::Deferred(Arc::new(Deferred {
        source: format!("${{{}.{}}}", reference.address, reference.attribute).into(),
        references: [reference.clone()].into(),
        expression: Arc::new(Lazy(reference.clone())),
    }))
}

/// A resource by its type and properties; a text `@path.Attribute` refers to another one.
#[expect(clippy::needless_pass_by_value, reason = "callers write `json!` in place")]
pub fn resource(kind: &str, path: &str, properties: Json) -> Desired {
    let resource_type = ResourceType::new(kind);
    let global = Catalog::embedded().get(kind).is_some_and(|schema| schema.facts().global);
    let scope = if global { Scope::Global } else { region() };
    let mut depends_on = BTreeSet::new();
    let Value::Map(properties) = value(&properties, &mut depends_on) else {
        panic!("properties are an object")
    };
    Desired {
        address: address(path),
        resource_type,
        scope,
        properties,
        tags: BTreeMap::new(),
        depends_on,
        lifecycle: Lifecycle::default(),
        origin: Origin::default(),
    }
}

pub fn address(path: &str) -> Address {
    Address::new("eu-west-1", path, None)
}

fn value(json: &Json, depends_on: &mut BTreeSet<Address>) -> Value {
    match json {
        Json::String(text) if text.starts_with('@') => {
            let (path, attribute) = text[1..].rsplit_once('.').expect("@path.Attribute");
            depends_on.insert(address(path));
            refer(&Reference { address: address(path), attribute: attribute.into() })
        }
        Json::Array(items) => Value::List(items.iter().map(|item| value(item, depends_on)).collect()),
        Json::Object(map) => {
            let entry = |(key, item): (&String, &Json)| (Arc::from(key.as_str()), value(item, depends_on));
            Value::Map(map.iter().map(entry).collect::<Map>())
        }
        scalar => Value::from(scalar),
    }
}

pub fn blueprint(resources: impl IntoIterator<Item = Desired>) -> Blueprint {
    resources.into_iter().map(Arc::new).collect()
}

/// One node, as it is drawn: what it is, what it hangs on, and how it looks.
#[derive(Clone, Copy, Debug)]
pub struct Node {
    kind: u8,
    pick: u8,
    /// A value that can't be changed in place.
    fixed: u8,
    /// One that can; 0 leaves it out.
    free: u8,
    tagged: bool,
}

pub fn node() -> impl Strategy<Value = Node> {
    (0..KINDS, any::<u8>(), 0..3_u8, 0..3_u8, any::<bool>())
        .prop_map(|(kind, pick, fixed, free, tagged)| Node { kind, pick, fixed, free, tagged })
}

pub fn nodes() -> impl Strategy<Value = Vec<Node>> {
    prop::collection::vec(node(), 1..14)
}

/// What happens to each node on the way to the next stage.
#[derive(Clone, Copy, Debug)]
pub enum Turn {
    Keep,
    Drop,
    Become(Node),
}

pub fn turns() -> impl Strategy<Value = Vec<Turn>> {
    let turn = prop_oneof![3 => Just(Turn::Keep), 1 => Just(Turn::Drop), 2 => node().prop_map(Turn::Become)];
    prop::collection::vec(turn, 14)
}

/// The next stage's nodes, with their numbers: what becomes another keeps its type.
pub fn evolve(nodes: &[Node], turns: &[Turn]) -> Vec<(usize, Node)> {
    let turned = nodes.iter().zip(turns).enumerate().filter_map(|(number, (node, turn))| match turn {
        Turn::Keep => Some((number, *node)),
        Turn::Drop => None,
        Turn::Become(other) => Some((number, Node { kind: node.kind, ..*other })),
    });
    turned.collect()
}

const KINDS: u8 = 12;

/// Draws the blueprint. Each node hangs on earlier ones only, of those that are there; what would need a type that is
/// not there becomes a queue.
pub fn draw(nodes: &[(usize, Node)]) -> Blueprint {
    let mut drawn = Drawing::default();
    for (number, node) in nodes {
        drawn.add(*number, *node);
    }
    blueprint(drawn.resources)
}

pub fn numbered(nodes: &[Node]) -> Vec<(usize, Node)> {
    nodes.iter().copied().enumerate().collect()
}

#[derive(Default)]
struct Drawing {
    resources: Vec<Desired>,
    /// Natural keys: of some types there may be one for each parent only.
    taken: HashSet<String>,
}

impl Drawing {
    fn add(&mut self, number: usize, node: Node) {
        // A node's name carries its kind, since an address that changes its type is another story.
        let path = format!("r{number}k{}", node.kind);
        let (kind, mut properties) = self.shape(node, number).unwrap_or(("AWS::SQS::Queue", json!({})));
        let path = if kind == "AWS::SQS::Queue" { format!("q{number}") } else { path };
        properties.as_object_mut().expect("an object").retain(|_, value| !value.is_null());
        let mut desired = resource(kind, &path, properties);
        let taggable = Catalog::embedded().get(kind).is_some_and(|schema| schema.is_taggable());
        if node.tagged && taggable {
            desired.tags.insert("team".to_owned(), Value::string(format!("t{}", node.free)));
        }
        self.resources.push(desired);
    }

    /// The path of an earlier resource of a type.
    fn earlier(&self, kind: &str, pick: u8) -> Option<&str> {
        let of_kind: Vec<_> =
            self.resources.iter().filter(|one| one.resource_type.as_str() == kind).collect();
        let one = of_kind.get(usize::from(pick) % of_kind.len().max(1))?;
        Some(one.address.path())
    }

    fn attribute(&self, kind: &str, pick: u8, attribute: &str) -> Option<String> {
        Some(format!("@{}.{attribute}", self.earlier(kind, pick)?))
    }

    fn shape(&mut self, node: Node, number: usize) -> Option<(&'static str, Json)> {
        let Node { kind, pick, fixed, free, .. } = node;
        let vpc = || self.attribute("AWS::EC2::VPC", pick, "VpcId");
        let flag = (free > 0).then_some(free == 1);
        Some(match kind {
            0 | 1 => {
                let cidr = format!("10.{fixed}.0.0/16");
                ("AWS::EC2::VPC", json!({"CidrBlock": cidr, "EnableDnsHostnames": flag}))
            }
            2 => {
                let cidr = format!("10.{fixed}.{number}.0/24");
                let properties = json!({"VpcId": vpc()?, "CidrBlock": cidr, "MapPublicIpOnLaunch": flag});
                ("AWS::EC2::Subnet", properties)
            }
            3 => {
                let description = format!("d{fixed}");
                ("AWS::EC2::SecurityGroup", json!({"VpcId": vpc()?, "GroupDescription": description}))
            }
            4 => ("AWS::EC2::RouteTable", json!({"VpcId": vpc()?})),
            5 => ("AWS::EC2::InternetGateway", json!({})),
            6 => {
                let gateway = self.attribute("AWS::EC2::InternetGateway", pick, "InternetGatewayId")?;
                let vpc = vpc()?;
                if !self.taken.insert(format!("attachment {vpc}")) {
                    return None;
                }
                ("AWS::EC2::VPCGatewayAttachment", json!({"VpcId": vpc, "InternetGatewayId": gateway}))
            }
            7 => {
                let table = self.attribute("AWS::EC2::RouteTable", pick, "RouteTableId")?;
                let gateway = self.attribute("AWS::EC2::InternetGateway", free, "InternetGatewayId")?;
                let properties = json!({
                    "RouteTableId": table,
                    "DestinationCidrBlock": format!("192.168.{number}.{fixed}/32"),
                    "GatewayId": gateway,
                });
                ("AWS::EC2::Route", properties)
            }
            8 => {
                let description = (free > 0).then(|| format!("role {free}"));
                let properties = json!({
                    "AssumeRolePolicyDocument": {"Version": "2012-10-17", "Statement": []},
                    "Path": format!("/p{fixed}/"),
                    "Description": description,
                });
                ("AWS::IAM::Role", properties)
            }
            9 => {
                let memory = (free > 0).then(|| 128 * u32::from(free));
                let properties = json!({
                    "Role": self.attribute("AWS::IAM::Role", pick, "Arn")?,
                    "Code": {"S3Bucket": self.attribute("AWS::S3::Bucket", pick, "BucketName")?, "S3Key": "k"},
                    "MemorySize": memory,
                });
                ("AWS::Lambda::Function", properties)
            }
            // Its tags stay as they were made.
            10 => {
                let strategy = ["cluster", "spread", "partition"][usize::from(fixed)];
                ("AWS::EC2::PlacementGroup", json!({"Strategy": strategy}))
            }
            _ => {
                let versioning = (free > 0).then(|| {
                    let status = if free == 1 { "Enabled" } else { "Suspended" };
                    json!({"Status": status})
                });
                ("AWS::S3::Bucket", json!({"VersioningConfiguration": versioning}))
            }
        })
    }
}
