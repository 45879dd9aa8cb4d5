//! What a blueprint says of a property: a value, or an expression over what is not known yet.

use std::collections::BTreeSet;
use std::fmt;
use std::sync::Arc;

use indexmap::IndexMap;
use thiserror::Error;

use super::{Address, Json, JsonMap};

/// Named values in the order they were written.
pub type Map = IndexMap<Arc<str>, Value>;

/// A property's desired value.
///
/// It is [`Deferred`](Value::Deferred) exactly where it depends on an attribute that no live resource
/// provides yet; everything around such a leaf is known.
#[derive(Clone, Debug, Default)]
pub enum Value {
    /// `null`: the property is as if it were not written.
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
    List(Vec<Value>),
    /// An object.
    Map(Map),
    /// A secret, resolved when it is applied and never shown.
    Secret(SecretRef),
    /// An expression that waits for attributes of other resources.
    Deferred(Arc<Deferred>),
}

/// `secret://aws-secretsmanager/<name>[#key]` or `secret://env/<variable>`.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct SecretRef(pub Arc<str>);

/// One attribute of one resource: `eu-west-1/network.vpc` and `VpcId`.
///
/// The attribute is a top-level name; what lies deeper is the expression's business.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Reference {
    /// Of which resource.
    pub address: Address,
    /// Which of its properties or read-only attributes.
    pub attribute: Arc<str>,
}

/// An expression with the names it was written among.
pub struct Deferred {
    /// As written, `${vpc.VpcId}-web`, for messages.
    pub source: Arc<str>,
    /// What it waits for.
    pub references: BTreeSet<Reference>,
    /// How to compute it.
    pub expression: Arc<dyn Evaluate>,
}

/// Computes an expression when (more) attributes are known.
pub trait Evaluate: Send + Sync {
    /// The value; leaves that still wait for an attribute stay [`Value::Deferred`].
    ///
    /// # Errors
    /// When the expression fails on the values it now sees, such as an index out of range.
    fn evaluate(&self, attributes: &dyn Attributes) -> Result<Value, EvaluateError>;
}

/// What is known of resources' attributes.
pub trait Attributes: Send + Sync {
    /// The attribute's value, or `None` while it is not known.
    fn attribute(&self, reference: &Reference) -> Option<Json>;
}

/// An expression that failed.
#[derive(Clone, Debug, Error)]
#[error("`{source_text}`: {message}")]
pub struct EvaluateError {
    /// The expression as written.
    pub source_text: String,
    /// What went wrong.
    pub message: String,
}

impl Value {
    /// A text value.
    pub fn string(text: impl AsRef<str>) -> Self {
        Self::String(Arc::from(text.as_ref()))
    }

    /// The text, if it is one.
    pub fn as_str(&self) -> Option<&str> {
        match self {
            Self::String(text) => Some(text),
            _ => None,
        }
    }

    /// Whether no leaf waits for an attribute.
    pub fn is_known(&self) -> bool {
        match self {
            Self::Deferred(_) => false,
            Self::List(items) => items.iter().all(Self::is_known),
            Self::Map(map) => map.values().all(Self::is_known),
            _ => true,
        }
    }

    /// Computes every deferred leaf that `attributes` can answer.
    ///
    /// # Errors
    /// When an expression fails on the values it now sees.
    pub fn resolve(&self, attributes: &dyn Attributes) -> Result<Self, EvaluateError> {
        Ok(match self {
            Self::Deferred(deferred) => deferred.expression.evaluate(attributes)?,
            Self::List(items) => {
                Self::List(items.iter().map(|item| item.resolve(attributes)).collect::<Result<_, _>>()?)
            }
            Self::Map(map) => {
                Self::Map(
                    map.iter()
                        .map(|(key, item)| Ok((key.clone(), item.resolve(attributes)?)))
                        .collect::<Result<_, EvaluateError>>()?,
                )
            }
            known => known.clone(),
        })
    }

    /// The value as JSON, or `None` where a leaf is unknown or secret. Properties that are `null` are left out.
    pub fn to_json(&self) -> Option<Json> {
        Some(match self {
            Self::Null => Json::Null,
            Self::Bool(flag) => Json::from(*flag),
            Self::Int(number) => Json::from(*number),
            Self::Float(number) => Json::from(*number),
            Self::String(text) => Json::from(&**text),
            Self::List(items) => Json::Array(items.iter().map(Self::to_json).collect::<Option<_>>()?),
            Self::Map(map) => {
                let mut out = JsonMap::with_capacity(map.len());
                for (key, item) in map {
                    match item.to_json()? {
                        Json::Null => {}
                        json => drop(out.insert(key.to_string(), json)),
                    }
                }
                Json::Object(out)
            }
            Self::Secret(_) | Self::Deferred(_) => return None,
        })
    }

    /// The value as JSON without what is unknown or secret in its maps; `None` where nothing is left to tell.
    pub fn known_json(&self) -> Option<Json> {
        let Self::Map(map) = self else { return self.to_json() };
        let known = map.iter().filter_map(|(key, item)| Some((key.to_string(), item.known_json()?)));
        Some(Json::Object(known.filter(|(_, json)| !json.is_null()).collect()))
    }

    /// Visits every reference that a deferred leaf waits for.
    pub fn references(&self, visit: &mut dyn FnMut(&Reference)) {
        match self {
            Self::Deferred(deferred) => deferred.references.iter().for_each(visit),
            Self::List(items) => items.iter().for_each(|item| item.references(visit)),
            Self::Map(map) => map.values().for_each(|item| item.references(visit)),
            _ => {}
        }
    }
}

impl From<&Json> for Value {
    fn from(json: &Json) -> Self {
        match json {
            Json::Null => Self::Null,
            Json::Bool(flag) => Self::Bool(*flag),
            Json::Number(number) => {
                number.as_i64().map_or_else(|| Self::Float(number.as_f64().unwrap_or(f64::NAN)), Self::Int)
            }
            Json::String(text) => Self::string(text),
            Json::Array(items) => Self::List(items.iter().map(Self::from).collect()),
            Json::Object(map) => {
                Self::Map(map.iter().map(|(key, item)| (Arc::from(key.as_str()), Self::from(item))).collect())
            }
        }
    }
}

impl fmt::Debug for Deferred {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Deferred")
            .field("source", &self.source)
            .field("references", &self.references)
            .finish_non_exhaustive()
    }
}
