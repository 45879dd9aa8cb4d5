//! Turns a type's JSON Schema into its [`Tree`].

use std::collections::HashMap;
use std::sync::Arc;

use super::archive::Bits;
use super::extension::{Extension, ExtensionRule, RegionalValues};
use super::property::{Additional, Bounds, Dependents, Property, PropertyId, Rules, Types};
use super::tree::Tree;
use crate::model::{Json, JsonMap};

impl Tree {
    /// Builds the tree of a type's schema.
    pub(super) fn build(schema: &Json) -> Self {
        let mut builder = Builder::default();
        let root = builder.document(schema);
        let listed = schema.get("extensions").and_then(Json::as_array).map_or(&[][..], Vec::as_slice);
        let extensions = listed.iter().filter_map(|entry| builder.extension(entry)).collect();
        Self { arena: builder.arena, root, extensions }
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
