//! The evaluator against the `cel` crate's own, and against itself when less is known.

mod differential;
mod generate;
mod partial;
mod table;

use std::collections::{BTreeSet, HashMap};
use std::sync::Arc;

use serde_json::json;

use super::evaluate::{Evaluator, Fault, World};
use super::parse::Parser;
use super::part::ObjectPart;
use super::template::parse_template;
use super::thunk::{exact_unknown, lower, part_unknown};
use super::value::{ComponentInstance, Instance, Poisoned, Unknown, Val};
use crate::model::{Address, Attributes, Json, Reference, ResourceType, Value};

/// The names that expressions of these tests use, with what they stand for.
fn inputs() -> Vec<(&'static str, Json)> {
    vec![
        ("i", json!(7)),
        ("n", json!(-3)),
        ("f", json!(2.5)),
        ("b", json!(true)),
        ("s", json!("vpc-Ünit-1")),
        ("t", json!("")),
        ("l", json!([3, 1, 2])),
        ("w", json!(["a", "b", "vpc-Ünit-1"])),
        ("m", json!({"a": 1, "b": 2})),
        ("o", json!({"a": {"x": "y"}, "list": [1, 2]})),
    ]
}

/// Names and nothing else; those in `unknown` are attributes of resources that nobody knows.
struct Names {
    values: HashMap<&'static str, Val>,
}

impl Names {
    fn known() -> Self {
        Self { values: inputs().into_iter().map(|(name, json)| (name, Val::from(&json))).collect() }
    }

    fn with_unknown(unknown: &BTreeSet<&'static str>) -> Self {
        let mut names = Self::known();
        for name in unknown {
            names.values.insert(name, exact_unknown(&instance(name), "Value", 0));
        }
        names
    }
}

impl World for Names {
    fn name(&self, name: &str) -> Option<Result<Val, Poisoned>> {
        self.values.get(name).cloned().map(Ok)
    }

    fn attribute(&self, resource: &Arc<Instance>, name: &str) -> Result<Val, Fault> {
        Ok(exact_unknown(resource, name, 0))
    }

    fn inside(&self, part: &ObjectPart) -> Result<Val, Fault> {
        Ok(part_unknown(part, 0))
    }

    fn output(&self, _: &Arc<ComponentInstance>, _: &str) -> Result<Val, Fault> {
        Err(Fault::Poisoned)
    }

    fn resolve(&self, _: &Unknown) -> Result<Option<Val>, Fault> {
        Ok(None)
    }

    fn file(&self, path: &str) -> Result<String, String> {
        Err(format!("{path} is not here"))
    }
}

fn instance(name: &str) -> Arc<Instance> {
    Arc::new(Instance {
        address: Address::new("us-east-1", name, None),
        resource_type: ResourceType::new("AWS::SSM::Parameter"),
        schema: None,
        owned: true,
        index: 0,
        properties: Vec::new(),
    })
}

/// What is known of the unknown names by now: the true values of some of them.
struct Told(BTreeSet<Reference>);

impl Attributes for Told {
    fn attribute(&self, reference: &Reference) -> Option<Json> {
        if !self.0.contains(reference) {
            return None;
        }
        inputs().into_iter().find(|(name, _)| *name == reference.address.path()).map(|(_, json)| json)
    }
}

/// A text with expressions, computed as far as `names` allow.
fn evaluate(text: &str, names: &Names) -> Result<Value, Fault> {
    let template = parse_template(&mut Parser::default(), text, false)
        .unwrap_or_else(|problems| panic!("{text}: {}", problems[0].problem.message))
        .unwrap_or_else(|| panic!("{text} holds no expression"));
    let template = Arc::new(template);
    let value = Evaluator::new(names, &template.source).template(&template)?;
    lower(&value, names)
}

/// Everything that a value waits for.
fn references(value: &Value) -> BTreeSet<Reference> {
    let mut found = BTreeSet::new();
    value.references(&mut |reference| {
        found.insert(reference.clone());
    });
    found
}
