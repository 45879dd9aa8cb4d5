//! The tree of a type's properties: JSON Schema as CloudFormation uses it, in one arena.
//!
//! References between definitions are indices into the arena, so a recursive schema (WAF's statements) is finite.

use std::collections::HashMap;
use std::sync::Arc;

use indexmap::IndexMap;

use super::archive::Bits;
use crate::model::{Json, JsonMap};

/// The place of a [`Property`] in its [`Tree`].
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct PropertyId(u32);

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

    fn parse(json: &Json) -> Self {
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

/// One of cfn-lint's own rules: a further schema for the object or value at a path.
#[derive(Debug)]
pub struct Extension {
    /// Generalised path; empty for the whole resource.
    pub at: Arc<str>,
    /// What holds there.
    pub rule: ExtensionRule,
}

/// The two shapes of cfn-lint's own rules.
#[derive(Debug)]
pub enum ExtensionRule {
    /// A schema.
    Schema(PropertyId),
    /// Values that differ by region (instance types).
    Regional(RegionalValues),
}

/// Values that not every region has.
#[derive(Debug, Default)]
pub struct RegionalValues {
    values: Vec<Arc<str>>,
    regions: HashMap<Arc<str>, Bits>,
}

impl RegionalValues {
    /// The values of a region; `None` where the region is not known.
    pub fn of(&self, region: &str) -> Option<impl Iterator<Item = &Arc<str>>> {
        let bits = self.regions.get(region)?;
        Some(
            self.values.iter().enumerate().filter(|(index, _)| bits.contains(*index)).map(|(_, value)| value),
        )
    }

    /// The values of all regions together.
    pub fn all(&self) -> &[Arc<str>] {
        &self.values
    }
}

/// All properties of a type.
#[derive(Debug)]
pub struct Tree {
    arena: Vec<Property>,
    root: PropertyId,
    extensions: Vec<Extension>,
}

impl Tree {
    /// Builds the tree of a type's schema.
    pub(super) fn build(schema: &Json) -> Self {
        let mut builder = Builder::default();
        let root = builder.document(schema);
        let listed = schema.get("extensions").and_then(Json::as_array).map_or(&[][..], Vec::as_slice);
        let extensions = listed.iter().filter_map(|entry| builder.extension(entry)).collect();
        Self { arena: builder.arena, root, extensions }
    }

    /// The resource itself.
    pub fn root(&self) -> PropertyId {
        self.root
    }

    /// A property by its place.
    pub fn get(&self, id: PropertyId) -> &Property {
        &self.arena[id.0 as usize]
    }

    /// cfn-lint's own rules.
    pub fn extensions(&self) -> &[Extension] {
        &self.extensions
    }

    /// Everything that describes the value at a generalised path: the property, the definition it refers to, and the
    /// branches of its `allOf`, `anyOf` and `oneOf`. Empty where the schema knows no such path.
    pub fn at(&self, path: &str) -> Vec<PropertyId> {
        let mut here = self.expand(self.root);
        for segment in path.split('.').filter(|segment| !segment.is_empty()) {
            let mut next = Vec::new();
            for id in here.iter().flat_map(|id| self.child(*id, segment)).collect::<Vec<_>>() {
                self.expand_into(id, &mut next);
            }
            here = next;
        }
        here
    }

    /// A property with all that applies to the same value.
    pub fn expand(&self, id: PropertyId) -> Vec<PropertyId> {
        let mut out = Vec::new();
        self.expand_into(id, &mut out);
        out
    }

    fn expand_into(&self, id: PropertyId, out: &mut Vec<PropertyId>) {
        if out.contains(&id) {
            return;
        }
        out.push(id);
        let property = self.get(id);
        if let Some(target) = property.reference {
            self.expand_into(target, out);
        }
        if let Some(rules) = &property.rules {
            for branch in rules.all_of.iter().chain(&rules.any_of).chain(&rules.one_of) {
                self.expand_into(*branch, out);
            }
        }
    }

    /// What describes a named member of an object, or (`*`) the elements of a list or the values of a map.
    fn child(&self, id: PropertyId, segment: &str) -> Vec<PropertyId> {
        let property = self.get(id);
        if segment == "*" {
            let values = property.pattern_properties.iter().map(|(_, id)| *id);
            return property.items.into_iter().chain(values).collect();
        }
        if let Some(child) = property.properties.get(segment) {
            return vec![*child];
        }
        // The pattern is not asked here: a map has one or two, and what they say of the value is the same.
        let mut out: Vec<PropertyId> = property.pattern_properties.iter().map(|(_, id)| *id).collect();
        if let Additional::Schema(id) = property.additional {
            out.push(id);
        }
        out
    }
}

/// Turns JSON schemas into properties.
#[derive(Default)]
struct Builder<'a> {
    arena: Vec<Property>,
    names: HashMap<&'a str, Arc<str>>,
    /// The definitions of the document that is read, by pointer.
    targets: HashMap<&'a str, PropertyId>,
}

impl<'a> Builder<'a> {
    /// A schema with definitions of its own.
    fn document(&mut self, document: &'a Json) -> PropertyId {
        self.targets.clear();
        self.schema(document, document)
    }

    fn extension(&mut self, entry: &'a Json) -> Option<Extension> {
        let at = self.name(entry.get("at")?.as_str()?);
        let rule = match entry.get("schema") {
            Some(schema) => ExtensionRule::Schema(self.document(schema)),
            None => ExtensionRule::Regional(self.regional(entry.get("regional")?)?),
        };
        Some(Extension { at, rule })
    }

    fn regional(&mut self, table: &'a Json) -> Option<RegionalValues> {
        let values = table.get("values")?.as_array()?.iter().filter_map(Json::as_str);
        let values = values.map(Arc::from).collect();
        let mut regions = HashMap::new();
        for (region, bits) in table.get("regions")?.as_object()? {
            regions.insert(self.name(region), Bits::try_from(bits.as_str()?.to_owned()).ok()?);
        }
        Some(RegionalValues { values, regions })
    }

    fn reserve(&mut self) -> PropertyId {
        let id = u32::try_from(self.arena.len()).unwrap_or(u32::MAX);
        self.arena.push(Property::default());
        PropertyId(id)
    }

    fn schema(&mut self, schema: &'a Json, document: &'a Json) -> PropertyId {
        let id = self.reserve();
        self.fill(id, schema, document);
        id
    }

    fn fill(&mut self, id: PropertyId, schema: &'a Json, document: &'a Json) {
        let property = match schema {
            Json::Bool(flag) => Property { forbidden: !flag, ..Property::default() },
            Json::Object(map) => self.object(map, document),
            _ => Property::default(),
        };
        self.arena[id.0 as usize] = property;
    }

    fn object(&mut self, map: &'a JsonMap, document: &'a Json) -> Property {
        let mut property = Property {
            types: map.get("type").map(Types::parse).unwrap_or_default(),
            reference: map.get("$ref").and_then(Json::as_str).and_then(|r| self.reference(r, document)),
            required: self.names_of(map.get("required")),
            allowed: map.get("enum").and_then(Json::as_array).cloned().unwrap_or_default().into(),
            pattern: map.get("pattern").and_then(Json::as_str).map(|text| self.name(text)),
            format: map.get("format").and_then(Json::as_str).map(|text| self.name(text)),
            default: map.get("default").cloned(),
            insertion_order: map.get("insertionOrder").and_then(Json::as_bool),
            unique_items: map.get("uniqueItems").and_then(Json::as_bool).unwrap_or(false),
            bounds: bounds(map),
            ..Property::default()
        };
        if let Some(values) = map.get("enumCaseInsensitive").and_then(Json::as_array) {
            property.allowed = values.clone().into();
            property.ignores_case = true;
        }
        if let Some(value) = map.get("const") {
            property.allowed = Box::new([value.clone()]);
        }
        self.members(&mut property, map, document);
        property.rules = self.rules(map, document);
        property
    }

    fn members(&mut self, property: &mut Property, map: &'a JsonMap, document: &'a Json) {
        for (name, schema) in map.get("properties").and_then(Json::as_object).into_iter().flatten() {
            let (name, id) = (self.name(name), self.schema(schema, document));
            property.properties.insert(name, id);
        }
        let patterns = map.get("patternProperties").and_then(Json::as_object).into_iter().flatten();
        property.pattern_properties =
            patterns.map(|(pattern, schema)| (self.name(pattern), self.schema(schema, document))).collect();
        property.additional = match map.get("additionalProperties") {
            None | Some(Json::Bool(true)) => Additional::Any,
            Some(Json::Bool(false)) => Additional::None,
            Some(schema) => Additional::Schema(self.schema(schema, document)),
        };
        // A list of schemas describes a tuple; the few there are have one member.
        let items = match map.get("items") {
            Some(Json::Array(tuple)) => tuple.first(),
            items => items,
        };
        property.items = items.map(|schema| self.schema(schema, document));
    }

    fn rules(&mut self, map: &'a JsonMap, document: &'a Json) -> Option<Box<Rules>> {
        const KEYWORDS: [&str; 15] = [
            "allOf",
            "anyOf",
            "oneOf",
            "not",
            "if",
            "contains",
            "dependencies",
            "dependentRequired",
            "dependentExcluded",
            "requiredOr",
            "requiredXor",
            "relationshipRef",
            "propertyNames",
            "then",
            "else",
        ];
        if !KEYWORDS.iter().any(|keyword| map.contains_key(*keyword)) {
            return None;
        }
        let mut one = |keyword: &str| map.get(keyword).map(|schema| self.schema(schema, document));
        let (not, contains, property_names) = (one("not"), one("contains"), one("propertyNames"));
        let condition = one("if").map(|test| (test, one("then"), one("else")));
        let relationship = map.get("relationshipRef").and_then(|reference| {
            let property = reference.get("propertyPath")?.as_str()?.strip_prefix("/properties/")?;
            Some((self.name(reference.get("typeName")?.as_str()?), self.name(property)))
        });
        let required = map.get("dependentRequired").or_else(|| map.get("dependencies"));
        Some(Box::new(Rules {
            all_of: self.branches(map.get("allOf"), document),
            any_of: self.branches(map.get("anyOf"), document),
            one_of: self.branches(map.get("oneOf"), document),
            not,
            condition,
            contains,
            property_names,
            dependent_required: self.dependents(required),
            dependent_excluded: self.dependents(map.get("dependentExcluded")),
            required_or: self.names_of(map.get("requiredOr")),
            required_xor: self.names_of(map.get("requiredXor")),
            relationship,
        }))
    }

    fn branches(&mut self, list: Option<&'a Json>, document: &'a Json) -> Box<[PropertyId]> {
        let list = list.and_then(Json::as_array).into_iter().flatten();
        list.map(|schema| self.schema(schema, document)).collect()
    }

    fn dependents(&mut self, map: Option<&'a Json>) -> Box<[Dependents]> {
        let map = map.and_then(Json::as_object).into_iter().flatten();
        map.filter(|(_, names)| names.is_array())
            .map(|(name, names)| (self.name(name), self.names_of(Some(names))))
            .collect()
    }

    fn names_of(&mut self, list: Option<&'a Json>) -> Box<[Arc<str>]> {
        let names = list.and_then(Json::as_array).into_iter().flatten();
        names.filter_map(Json::as_str).map(|name| self.name(name)).collect()
    }

    /// The target of `#/definitions/Rule`; made once, so that what is recursive ends.
    fn reference(&mut self, pointer: &'a str, document: &'a Json) -> Option<PropertyId> {
        if let Some(id) = self.targets.get(pointer) {
            return Some(*id);
        }
        let schema = document.pointer(pointer.strip_prefix('#')?)?;
        let id = self.reserve();
        self.targets.insert(pointer, id);
        self.fill(id, schema, document);
        Some(id)
    }

    fn name(&mut self, text: &'a str) -> Arc<str> {
        self.names.entry(text).or_insert_with(|| Arc::from(text)).clone()
    }
}

fn bounds(map: &JsonMap) -> Option<Box<Bounds>> {
    let count = |keyword| map.get(keyword).and_then(Json::as_u64);
    let real = |keyword| map.get(keyword).and_then(Json::as_f64);
    let bounds = Bounds {
        min_length: count("minLength"),
        max_length: count("maxLength"),
        min_items: count("minItems"),
        max_items: count("maxItems"),
        min_properties: count("minProperties"),
        max_properties: count("maxProperties"),
        minimum: real("minimum"),
        maximum: real("maximum"),
        above: real("exclusiveMinimum"),
        below: real("exclusiveMaximum"),
        multiple_of: real("multipleOf"),
    };
    (bounds != Bounds::default()).then(|| Box::new(bounds))
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn a_recursive_schema_is_finite_and_can_be_walked() {
        let tree = Tree::build(&json!({
            "properties": {"Statement": {"$ref": "#/definitions/S"}},
            "definitions": {"S": {"type": "object", "properties": {
                "Not": {"$ref": "#/definitions/S"},
                "All": {"type": "array", "items": {"$ref": "#/definitions/S"}},
                "Text": {"type": "string", "maxLength": 3},
            }}},
        }));
        let found = tree.at("Statement.Not.All.*.Not.Text");
        assert_eq!(found.len(), 1);
        assert_eq!(tree.get(found[0]).bounds.as_ref().unwrap().max_length, Some(3));
        assert!(tree.at("Statement.Nothing").is_empty());
    }

    #[test]
    fn what_stands_beside_a_reference_counts_too() {
        let tree = Tree::build(&json!({
            "properties": {"A": {"$ref": "#/definitions/D", "default": 7}},
            "definitions": {"D": {"type": "integer"}},
        }));
        let found: Vec<&Property> = tree.at("A").into_iter().map(|id| tree.get(id)).collect();
        assert_eq!(found[0].default, Some(json!(7)));
        assert_eq!(found[1].types, Types::INTEGER);
    }

    #[test]
    fn a_path_leads_through_branches_and_maps() {
        let tree = Tree::build(&json!({
            "oneOf": [{"properties": {"A": {"type": "object", "patternProperties": {".*": {"type": "string"}}}}}],
        }));
        assert_eq!(tree.at("A.anything").len(), 1);
        assert_eq!(tree.at("A.*").len(), 1);
    }
}
