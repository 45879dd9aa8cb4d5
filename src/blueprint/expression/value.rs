//! What an expression computes with: plain values, resources, components, and what is not known yet.

use std::collections::{BTreeSet, HashMap};
use std::sync::{Arc, OnceLock};

use indexmap::IndexMap;

use super::part::ObjectPart;
use crate::catalog::TypeSchema;
use crate::model::{Address, Deferred, Json, ResourceType, SecretRef, Value};

/// Named values in the order they were written.
pub type ValMap = IndexMap<Arc<str>, Val>;

/// A value in an expression; cheap to clone.
#[derive(Clone, Debug, Default)]
pub enum Val {
    /// `null`.
    #[default]
    Null,
    /// `true` or `false`.
    Bool(bool),
    /// A whole number.
    Int(i64),
    /// Any other number.
    Float(f64),
    /// A text.
    String(Arc<str>),
    /// A list.
    List(Arc<Vec<Val>>),
    /// A map.
    Map(Arc<ValMap>),
    /// A secret; it may be passed on but not looked into.
    Secret(SecretRef),
    /// A resource: its attributes are selected.
    Resource(Arc<Instance>),
    /// A component: its outputs are selected.
    Component(Arc<ComponentInstance>),
    /// What `forEach` made: a list in its order, and a map by key.
    Group(Arc<Group>),
    /// Not known before something is made.
    Unknown(Arc<Unknown>),
    /// A value with the resources it was taken from, although it is known.
    Traced(Arc<Traced>),
    /// A resource or component that its `includeWhen` left out.
    Absent(Arc<Absent>),
}

/// Who was left out.
#[derive(Debug)]
pub struct Absent(pub String);

/// A known value and the resources whose properties it came from: they count as dependencies.
#[derive(Debug)]
pub struct Traced {
    /// The value.
    pub value: Val,
    /// Where it came from.
    pub from: BTreeSet<Address>,
    /// Which part of an object's manifest it is: what is not written in it, the cluster may set.
    pub part: Option<ObjectPart>,
}

/// A value that waits for attributes.
#[derive(Debug)]
pub struct Unknown {
    /// How it is computed, and what it waits for.
    pub deferred: Arc<Deferred>,
    /// What it is exactly, where it is no expression over that.
    pub exact: Option<Exact>,
    /// The place in a Kubernetes object, where it is exactly that.
    pub part: Option<ObjectPart>,
    /// Which evaluation it came out of: that one knows no more of it than it says. 0 is the compilation.
    pub born: u64,
}

/// A resource, and the generalised path of its attribute or of a part of that: `Endpoint`, `Endpoint.Address`.
pub type Exact = (Arc<Instance>, Arc<str>);

/// What `forEach` made of one declaration.
#[derive(Debug)]
pub struct Group {
    /// The declaration's id.
    pub id: Arc<str>,
    /// The resources or components, in order.
    pub items: Vec<Val>,
    /// Their places by key.
    pub keys: HashMap<Arc<str>, usize>,
}

/// Something was wrong with it and has been reported.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Poisoned;

/// A value that is computed when it is first asked for.
#[derive(Debug, Default)]
pub struct Cell(OnceLock<Result<Val, Poisoned>>);

impl Cell {
    /// The value, if it was computed.
    pub fn get(&self) -> Option<Result<Val, Poisoned>> {
        self.0.get().cloned()
    }

    /// Stores what was computed.
    pub fn set(&self, value: Result<Val, Poisoned>) {
        // A second result is the same as the first: it came from the same expression.
        let _ = self.0.set(value);
    }
}

/// One resource of the stack, or one that is looked up, as expressions see it.
#[derive(Debug)]
pub struct Instance {
    /// Its name in the stack.
    pub address: Address,
    /// Its type.
    pub resource_type: ResourceType,
    /// Its type's schema, where the type is known.
    pub schema: Option<Arc<TypeSchema>>,
    /// Whether the stack makes it; otherwise it is looked up.
    pub owned: bool,
    /// Its place in the compiler's table.
    pub index: usize,
    /// The properties that the blueprint sets.
    pub properties: Vec<(Arc<str>, Cell)>,
}

impl Instance {
    /// The cell of a property that the blueprint sets.
    pub fn property(&self, name: &str) -> Option<&Cell> {
        self.properties.iter().find(|(known, _)| &**known == name).map(|(_, cell)| cell)
    }
}

/// One use of a component in one place, as expressions see it.
#[derive(Debug)]
pub struct ComponentInstance {
    /// Its name among its neighbours.
    pub id: Arc<str>,
    /// Its frame in the compiler's table.
    pub frame: usize,
    /// Its outputs.
    pub outputs: Vec<(Arc<str>, Cell)>,
}

impl ComponentInstance {
    /// The cell of an output.
    pub fn output(&self, name: &str) -> Option<(usize, &Cell)> {
        self.outputs.iter().position(|(known, _)| &**known == name).map(|at| (at, &self.outputs[at].1))
    }
}

impl Val {
    /// A text.
    pub fn string(text: impl AsRef<str>) -> Self {
        Self::String(Arc::from(text.as_ref()))
    }

    /// A list.
    pub fn list(items: Vec<Self>) -> Self {
        Self::List(Arc::new(items))
    }

    /// A map.
    pub fn map(entries: impl IntoIterator<Item = (Arc<str>, Self)>) -> Self {
        Self::Map(Arc::new(entries.into_iter().collect()))
    }

    /// The elements of a list, or of what `forEach` made.
    pub fn elements(&self) -> Option<&[Self]> {
        match self {
            Self::List(items) => Some(items),
            Self::Group(group) => Some(&group.items),
            _ => None,
        }
    }

    /// The kind in a word, for messages.
    pub fn describe(&self) -> &'static str {
        match self {
            Self::Null => "null",
            Self::Bool(_) => "a boolean",
            Self::Int(_) => "an integer",
            Self::Float(_) => "a number",
            Self::String(_) => "a text",
            Self::List(_) => "a list",
            Self::Map(_) => "a map",
            Self::Secret(_) => "a secret",
            Self::Resource(_) => "a resource",
            Self::Component(_) => "a component",
            Self::Group(_) => "a list of resources",
            Self::Unknown(_) => "a value that is known after apply",
            Self::Traced(traced) => traced.value.describe(),
            Self::Absent(_) => "something left out",
        }
    }

    /// With the resources it came from, if there are any.
    #[must_use]
    pub fn traced(self, from: BTreeSet<Address>) -> Self {
        if from.is_empty() { self } else { Self::Traced(Arc::new(Traced { value: self, from, part: None })) }
    }

    /// As a part of a Kubernetes object, where it is one and can be looked into.
    #[must_use]
    pub fn in_object(self, part: Option<ObjectPart>) -> Self {
        match part {
            Some(_) if matches!(self.untraced(), Self::Map(_) | Self::List(_)) => {
                Self::Traced(Arc::new(Traced { value: self, from: BTreeSet::new(), part }))
            }
            _ => self,
        }
    }

    /// As exactly this part of a resource's attribute, where it waits for it.
    #[must_use]
    pub fn exactly(self, exact: Option<Exact>) -> Self {
        match self {
            Self::Unknown(unknown) if exact.is_some() => {
                let (deferred, born) = (unknown.deferred.clone(), unknown.born);
                Self::Unknown(Arc::new(Unknown { deferred, exact, part: None, born }))
            }
            other => other,
        }
    }

    /// Which part of a Kubernetes object it is.
    pub fn part(&self) -> Option<&ObjectPart> {
        match self {
            Self::Traced(traced) => traced.part.as_ref().or_else(|| traced.value.part()),
            Self::Unknown(unknown) => unknown.part.as_ref(),
            _ => None,
        }
    }

    /// The value inside, whatever it came from.
    pub fn untraced(&self) -> &Self {
        match self {
            Self::Traced(traced) => traced.value.untraced(),
            other => other,
        }
    }
}

impl From<&Json> for Val {
    fn from(json: &Json) -> Self {
        match json {
            Json::Null => Self::Null,
            Json::Bool(flag) => Self::Bool(*flag),
            Json::Number(number) => {
                number.as_i64().map_or_else(|| Self::Float(number.as_f64().unwrap_or_default()), Self::Int)
            }
            Json::String(text) => Self::string(text),
            Json::Array(items) => Self::list(items.iter().map(Self::from).collect()),
            Json::Object(map) => {
                Self::map(map.iter().map(|(key, item)| (Arc::from(key.as_str()), Self::from(item))))
            }
        }
    }
}

impl From<Value> for Val {
    fn from(value: Value) -> Self {
        match value {
            Value::Null => Self::Null,
            Value::Bool(flag) => Self::Bool(flag),
            Value::Int(number) => Self::Int(number),
            Value::Float(number) => Self::Float(number),
            Value::String(text) => Self::String(text),
            Value::List(items) => Self::list(items.into_iter().map(Self::from).collect()),
            Value::Map(map) => Self::map(map.into_iter().map(|(key, item)| (key, Self::from(item)))),
            Value::Secret(secret) => Self::Secret(secret),
            Value::Deferred(deferred) => {
                Self::Unknown(Arc::new(Unknown { deferred, exact: None, part: None, born: 0 }))
            }
        }
    }
}
