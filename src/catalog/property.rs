//! What a schema says of one value: JSON Schema as CloudFormation and cfn-lint use it.

use std::sync::Arc;

use indexmap::IndexMap;

use crate::model::Json;

/// The place of a [`Property`] in its [`Tree`](super::Tree).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct PropertyId(pub(super) u32);

/// What a schema says of one value.
#[derive(Debug, Default)]
pub struct Property {
    /// The types it may have; empty where the schema does not say.
    pub types: Types,
    /// Nothing may stand here (`false` as a schema).
    pub forbidden: bool,
    /// A definition that applies as well.
    pub reference: Option<PropertyId>,
    /// The properties of an object.
    pub properties: IndexMap<Arc<str>, PropertyId>,
    /// Those that an object must have.
    pub required: Box<[Arc<str>]>,
    /// The properties of a map, by a pattern over their names.
    pub pattern_properties: Box<[(Arc<str>, PropertyId)]>,
    /// All other properties of an object.
    pub additional: Additional,
    /// The elements of a list.
    pub items: Option<PropertyId>,
    /// The values it may have; empty for any.
    pub allowed: Box<[Json]>,
    /// Whether letters' case does not matter among the allowed values.
    pub ignores_case: bool,
    /// The regular expression a text must match.
    pub pattern: Option<Arc<str>>,
    /// The format of a text: `ipv4-network`, `json`, or a kind of id such as `AWS::EC2::VPC.Id`.
    pub format: Option<Arc<str>>,
    /// The value where none is written.
    pub default: Option<Json>,
    /// `insertionOrder`, where it is said.
    pub insertion_order: Option<bool>,
    /// `uniqueItems`.
    pub unique_items: bool,
    /// Limits of length and range.
    pub bounds: Option<Box<Bounds>>,
    /// Rules over several properties at once.
    pub rules: Option<Box<Rules>>,
}

/// What an object may hold beyond its named properties.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Additional {
    /// Anything.
    #[default]
    Any,
    /// Nothing.
    None,
    /// What this schema allows.
    Schema(PropertyId),
}

/// Limits; all inclusive but where the name says otherwise.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Bounds {
    /// Characters.
    pub min_length: Option<u64>,
    /// Characters.
    pub max_length: Option<u64>,
    /// Elements of a list.
    pub min_items: Option<u64>,
    /// Elements of a list.
    pub max_items: Option<u64>,
    /// Entries of an object.
    pub min_properties: Option<u64>,
    /// Entries of an object.
    pub max_properties: Option<u64>,
    /// The least number.
    pub minimum: Option<f64>,
    /// The greatest number.
    pub maximum: Option<f64>,
    /// All numbers must be greater.
    pub above: Option<f64>,
    /// All numbers must be less.
    pub below: Option<f64>,
    /// The number is a whole multiple of it.
    pub multiple_of: Option<f64>,
}

/// Rules over several properties, in JSON Schema's words and cfn-lint's.
#[derive(Debug, Default)]
pub struct Rules {
    /// All of these hold.
    pub all_of: Box<[PropertyId]>,
    /// At least one holds.
    pub any_of: Box<[PropertyId]>,
    /// Exactly one holds.
    pub one_of: Box<[PropertyId]>,
    /// It does not hold.
    pub not: Option<PropertyId>,
    /// Where the first holds the second must, otherwise the third.
    pub condition: Option<(PropertyId, Option<PropertyId>, Option<PropertyId>)>,
    /// An element of the list fulfils it.
    pub contains: Option<PropertyId>,
    /// Each name of an object fulfils it.
    pub property_names: Option<PropertyId>,
    /// With the first, all of the others must be there.
    pub dependent_required: Box<[Dependents]>,
    /// With the first, none of the others may be there.
    pub dependent_excluded: Box<[Dependents]>,
    /// At least one of them must be there.
    pub required_or: Box<[Arc<str>]>,
    /// Exactly one of them must be there.
    pub required_xor: Box<[Arc<str>]>,
    /// The kinds of ids that the schema's `relationshipRef` names: type and property.
    pub relationship: Option<(Arc<str>, Arc<str>)>,
}

/// A property's name, and those that must (or must not) be there with it.
pub type Dependents = (Arc<str>, Box<[Arc<str>]>);

/// A set of JSON types.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Types(u8);

impl Types {
    /// A text.
    pub const STRING: Self = Self(1);
    /// A whole number.
    pub const INTEGER: Self = Self(2);
    /// Any number.
    pub const NUMBER: Self = Self(4);
    /// True or false.
    pub const BOOLEAN: Self = Self(8);
    /// A list.
    pub const ARRAY: Self = Self(16);
    /// An object or a map.
    pub const OBJECT: Self = Self(32);
    /// `null`.
    pub const NULL: Self = Self(64);

    const NAMES: [(Self, &'static str); 7] = [
        (Self::STRING, "string"),
        (Self::INTEGER, "integer"),
        (Self::NUMBER, "number"),
        (Self::BOOLEAN, "boolean"),
        (Self::ARRAY, "list"),
        (Self::OBJECT, "object"),
        (Self::NULL, "null"),
    ];

    /// Whether it has any of the other's types.
    pub fn intersects(self, other: Self) -> bool {
        self.0 & other.0 != 0
    }

    /// Whether nothing is said.
    pub fn is_empty(self) -> bool {
        self.0 == 0
    }

    /// Both sets in one.
    #[must_use]
    pub fn union(self, other: Self) -> Self {
        Self(self.0 | other.0)
    }

    /// The types' names for messages.
    pub fn names(self) -> impl Iterator<Item = &'static str> {
        Self::NAMES.into_iter().filter(move |(one, _)| self.intersects(*one)).map(|(_, name)| name)
    }

    pub(super) fn parse(json: &Json) -> Self {
        match json {
            Json::String(name) => match name.as_str() {
                "string" => Self::STRING,
                "integer" => Self::INTEGER,
                "number" => Self::NUMBER,
                "boolean" => Self::BOOLEAN,
                "array" => Self::ARRAY,
                "object" => Self::OBJECT,
                "null" => Self::NULL,
                _ => Self::default(),
            },
            Json::Array(names) => names.iter().fold(Self::default(), |all, one| all.union(Self::parse(one))),
            _ => Self::default(),
        }
    }
}
