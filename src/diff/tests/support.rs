//! Desired resources from JSON, and a cloud that makes exactly what it is asked for.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use crate::catalog::Catalog;
use crate::diff::{Diff, Input, diff};
use crate::identity::{KnownAttributes, prepare};
use crate::model::{
    Action, Address, Attributes, Change, Deferred, Desired, Digest, Evaluate, EvaluateError, Forecasts,
    Identifier, Json, Lifecycle, Live, Origin, Ownership, ReadFailure, Reference, Region, ResourceType,
    Scope, SecretRef, StackName, Status, Value,
};
use crate::plan::{Filter, Fingerprint, Plan, PlanError, PlanHead, PlanInput, StageRef, Stats};

/// An expression that is one attribute: `${eu-west-1/net.vpc#VpcId}`.
struct Attribute(Reference);

impl Evaluate for Attribute {
    fn evaluate(&self, attributes: &dyn Attributes) -> Result<Value, EvaluateError> {
        Ok(attributes.attribute(&self.0).map_or_else(|| deferred(&self.0), |json| Value::from(&json)))
    }
}

fn deferred(reference: &Reference) -> Value {
    Value::Deferred(Arc::new(Deferred {
        source: format!("${{{}#{}}}", reference.address, reference.attribute).into(),
        references: BTreeSet::from([reference.clone()]),
        expression: Arc::new(Attribute(reference.clone())),
    }))
}

/// JSON as a blueprint's value: `${address#attribute}` refers, `secret://...` is one.
pub(crate) fn value(json: &Json) -> Value {
    match json {
        Json::String(text) if text.starts_with("${") => {
            let (address, attribute) = text[2..text.len() - 1].split_once('#').unwrap();
            deferred(&Reference { address: address.parse().unwrap(), attribute: attribute.into() })
        }
        Json::String(text) if text.starts_with("secret://") => Value::Secret(SecretRef(text.as_str().into())),
        Json::Array(items) => Value::List(items.iter().map(value).collect()),
        Json::Object(map) => {
            Value::Map(map.iter().map(|(key, item)| (key.as_str().into(), value(item))).collect())
        }
        other => Value::from(other),
    }
}

/// A desired resource; `Tags` (a map) are its tags.
pub(crate) fn desired(address: &str, resource_type: &str, properties: &Json) -> Desired {
    let Value::Map(mut properties) = value(properties) else { panic!("properties are an object") };
    let tags = match properties.shift_remove("Tags") {
        Some(Value::Map(tags)) => tags.into_iter().map(|(key, value)| (key.to_string(), value)).collect(),
        _ => BTreeMap::new(),
    };
    let mut depends_on = BTreeSet::new();
    let mut visit = |reference: &Reference| {
        depends_on.insert(reference.address.clone());
    };
    properties.values().chain(tags.values()).for_each(|value| value.references(&mut visit));
    let address: Address = address.parse().unwrap();
    let global = Catalog::embedded().get(resource_type).is_some_and(|schema| schema.facts().global);
    let scope = if global { Scope::Global } else { Scope::Region(Region::new(address.place())) };
    Desired {
        address,
        resource_type: ResourceType::new(resource_type),
        scope,
        properties,
        tags,
        depends_on,
        lifecycle: Lifecycle::default(),
        origin: Origin::default(),
    }
}

/// Both sides of a diff.
#[derive(Clone, Default)]
pub(crate) struct World {
    pub desired: Vec<Arc<Desired>>,
    pub live: Vec<Arc<Live>>,
    pub failures: Vec<ReadFailure>,
    pub forecasts: Forecasts,
    pub protected: BTreeSet<Address>,
}

pub(crate) fn stack() -> StackName {
    StackName::new("shop")
}

impl World {
    /// A blueprint, and nothing live.
    pub fn of(desired: impl IntoIterator<Item = Desired>) -> Self {
        Self { desired: desired.into_iter().map(Arc::new).collect(), ..Self::default() }
    }

    /// The same blueprint, made.
    pub fn made(mut self) -> Self {
        self.live.clear();
        let mut known = KnownAttributes::default();
        let mut open: Vec<Arc<Desired>> = self.desired.clone();
        while !open.is_empty() {
            let before = open.len();
            open.retain(|desired| match make(desired, &known) {
                Some(live) => {
                    known.learn(desired.address.clone(), live.clone());
                    self.live.push(live);
                    false
                }
                None => true,
            });
            assert!(open.len() < before, "{open:?} can't be made");
        }
        self
    }

    /// Another blueprint for what is live.
    pub fn with(&self, desired: impl IntoIterator<Item = Desired>) -> Self {
        Self { desired: desired.into_iter().map(Arc::new).collect(), ..self.clone() }
    }

    /// Changes a live resource behind stackctl's back.
    pub fn tamper(&mut self, address: &str, change: impl FnOnce(&mut Live)) {
        let at = self.live.iter().position(|live| live.address().is_some_and(|of| of.as_str() == address));
        change(Arc::make_mut(&mut self.live[at.expect("it is live")]));
    }

    /// One live resource by its address.
    pub fn live(&self, address: &str) -> &Live {
        self.live.iter().find(|live| live.address().is_some_and(|of| of.as_str() == address)).unwrap()
    }

    pub fn diff(&self) -> Diff {
        diff(&Input {
            catalog: Catalog::embedded(),
            stack: &stack(),
            desired: &self.desired,
            live: &self.live,
            lookups: &BTreeMap::new(),
            forecasts: &self.forecasts,
            failed_lookups: &BTreeMap::new(),
            failures: &self.failures,
            protected: &self.protected,
        })
    }

    /// The plan of all changes that pass a filter.
    pub fn try_plan(&self, filter: Filter) -> Result<Plan, PlanError> {
        let catalog = Catalog::embedded();
        Plan::build(PlanInput {
            head: PlanHead {
                stack: stack(),
                env: None,
                stage: Some(StageRef { number: 3, name: "growth".to_owned() }),
            },
            catalog,
            changes: self.changes(),
            hints: &[],
            filter,
            fingerprint: Fingerprint::new(catalog, Digest::of(b"blueprint"), "123456789012", &self.live),
            stats: Stats { api_calls: BTreeMap::from([("ec2".to_owned(), 12), ("iam".to_owned(), 3)]) },
        })
    }

    /// The plan of all changes.
    pub fn plan(&self) -> Plan {
        self.try_plan(Filter::default()).unwrap()
    }

    /// The changes, where no problem is expected.
    pub fn changes(&self) -> Vec<Change> {
        let diff = self.diff();
        assert!(diff.problems.is_empty(), "{:?}", diff.problems);
        diff.changes
    }

    /// `create eu-west-1/net.vpc`, for all that is not as it should be.
    pub fn actions(&self) -> Vec<String> {
        self.changes().iter().filter(|change| change.action != Action::None).map(action).collect()
    }

    /// The change of one address.
    pub fn change(&self, address: &str) -> Change {
        self.changes().into_iter().find(|change| change.address.as_str() == address).expect("it has a change")
    }

    /// The differences of one address, as text.
    pub fn paths(&self, address: &str) -> Vec<String> {
        self.change(address).paths.iter().map(path).collect()
    }
}

fn action(change: &Change) -> String {
    format!("{:?} {}", change.action, change.address).to_lowercase()
}

fn path(change: &crate::model::PathChange) -> String {
    let side = |side: &Option<crate::model::Shown>| match side {
        None => "-".to_owned(),
        Some(crate::model::Shown::Value(json)) => json.to_string(),
        Some(other) => format!("{other:?}"),
    };
    let forces = if change.forces_replacement { " !" } else { "" };
    format!("{}: {} -> {}{forces}", change.path, side(&change.before), side(&change.after))
}

fn make(desired: &Arc<Desired>, known: &KnownAttributes) -> Option<Arc<Live>> {
    let secrets = BTreeMap::from([(SecretRef("secret://env/PASSWORD".into()), "hunter2".to_owned())]);
    let prepared = prepare(Catalog::embedded(), &stack(), desired, None, known, &secrets).ok()?;
    let schema = Catalog::embedded().get(desired.resource_type.as_str()).expect("a type of the catalog");
    let mut properties = prepared.properties;
    properties.retain(|name, _| !schema.is_write_only(name));
    let id = Digest::of(format!("{}{}", desired.address, prepared.create_only).as_bytes()).base36(8);
    for attribute in schema.attributes() {
        let made_up = Json::from(format!("{attribute}-{id}").to_lowercase());
        if !properties.contains_key(attribute) {
            properties.insert(attribute.to_owned(), made_up);
        }
    }
    let identifier = schema.identifier(&properties).unwrap_or_else(|| Identifier::new(&id));
    let ownership = if schema.is_taggable() {
        Ownership::Tagged(desired.address.clone())
    } else {
        Ownership::Child { parent: desired.depends_on.first().cloned(), name: identifier.to_string() }
    };
    Some(Arc::new(Live {
        resource_type: desired.resource_type.clone(),
        scope: desired.scope.clone(),
        identifier,
        properties,
        tags: prepared.tags,
        ownership,
        status: Status::Ready,
    }))
}
