//! One value against one schema.

use std::sync::Arc;

use super::problem::{Problem, ProblemKind};
use super::{Context, Target, format, pattern, scalar};
use crate::catalog::property::{Additional, Property, PropertyId, Types};
use crate::catalog::{TypeSchema, kinds, nearest};
use crate::model::{Map, PropertyPath, Value};

/// What a check came upon.
#[derive(Debug, Default)]
pub(super) struct Findings {
    /// What is wrong.
    pub problems: Vec<Problem>,
    /// Whether something could not be checked because it waits for an attribute: no problem does then not mean that
    /// all is well.
    pub unknown: bool,
}

impl Findings {
    pub fn add(&mut self, path: &PropertyPath, kind: ProblemKind) {
        self.problems.push(Problem { path: path.clone(), kind });
    }

    /// `Some(true)`: it fits; `Some(false)`: it does not; `None`: that can't be known yet.
    pub fn verdict(&self) -> Option<bool> {
        if self.problems.is_empty() { (!self.unknown).then_some(true) } else { Some(false) }
    }
}

/// Checks values of one resource.
pub(super) struct Checker<'a> {
    pub schema: &'a TypeSchema,
    pub context: Context<'a>,
}

impl Checker<'_> {
    /// Checks a value against a schema with all that the schema refers to.
    pub fn value(&self, id: PropertyId, value: &Value, path: &PropertyPath, found: &mut Findings) {
        let property = self.schema.get(id);
        if matches!(value, Value::Null) {
            return;
        }
        if property.forbidden {
            return found.add(path, ProblemKind::NotAllowedHere);
        }
        if let Some(target) = property.reference {
            self.value(target, value, path, found);
        }
        if let Value::Deferred(_) = value {
            found.unknown = true;
            return self.target(id, value, path, found);
        }
        if !scalar::has_type(value, property.types, self.schema.is_kubernetes()) {
            let expected = property.types.names().collect();
            return found.add(path, ProblemKind::WrongType { expected, found: scalar::type_name(value) });
        }
        match value {
            Value::Secret(_) => found.unknown = true,
            Value::Map(map) => self.object(property, map, path, found),
            Value::List(items) => self.list(property, items, path, found),
            _ => self.text(id, property, value, path, found),
        }
        if let Some(bounds) = &property.bounds {
            for kind in scalar::bounds(bounds, value, property.types) {
                found.add(path, kind);
            }
        }
        if let Some(kind) = scalar::allowed(property, value) {
            found.add(path, kind);
        }
        if let Some(rules) = &property.rules {
            self.rules(rules, value, path, found);
        }
    }

    fn text(
        &self,
        id: PropertyId,
        property: &Property,
        value: &Value,
        path: &PropertyPath,
        found: &mut Findings,
    ) {
        if let Some(kind) = property.pattern.as_ref().and_then(|pattern| pattern::check(pattern, value)) {
            found.add(path, kind);
        }
        let Some(text) = value.as_str() else { return };
        if let Some(kind) = property.format.as_deref().and_then(|name| format::check(name, text)) {
            found.add(path, kind);
        }
        if let Some(target) = (self.context.targets)(path, value) {
            return self.target_kind(id, &target, path, found);
        }
        let expected = self.kinds(id, path);
        if let Some(kind) = format::check_kinds(&expected, text) {
            found.add(path, kind);
        }
    }

    fn object(&self, property: &Property, map: &Map, path: &PropertyPath, found: &mut Findings) {
        for name in property.required.iter().filter(|name| !is_written(map, name)) {
            found.add(path, ProblemKind::MissingRequired { name: name.clone() });
        }
        for (name, value) in map.iter().filter(|(_, value)| !matches!(value, Value::Null)) {
            let inner = path.property(name);
            let named = property.properties.get(name);
            let by_pattern = property.pattern_properties.iter().filter(|(pattern, _)| {
                named.is_none() && pattern::check(pattern, &Value::String(name.clone())).is_none()
            });
            let mut known = false;
            for id in named.into_iter().chain(by_pattern.map(|(_, id)| id)) {
                known = true;
                self.value(*id, value, &inner, found);
            }
            match property.additional {
                Additional::Schema(id) if !known => self.value(id, value, &inner, found),
                Additional::None if !known && property.properties.is_empty() => {
                    let pattern = property.pattern_properties.first().map(|(pattern, _)| pattern.clone());
                    found.add(
                        &inner,
                        match pattern {
                            Some(_) => ProblemKind::BadName { name: name.clone(), pattern },
                            None => ProblemKind::UnknownProperty { name: name.clone(), nearest: None },
                        },
                    );
                }
                Additional::None if !known => {
                    let nearest = nearest_property(property, name);
                    found.add(&inner, ProblemKind::UnknownProperty { name: name.clone(), nearest });
                }
                _ => {}
            }
        }
    }

    fn list(&self, property: &Property, items: &[Value], path: &PropertyPath, found: &mut Findings) {
        for (at, value) in items.iter().enumerate() {
            if let Some(id) = property.items {
                self.value(id, value, &path.index(at), found);
            }
            let twice =
                |text: &String| items[..at].iter().any(|before| scalar::text(before).as_ref() == Some(text));
            if let Some(text) = scalar::text(value).filter(|text| property.unique_items && twice(text)) {
                found.add(&path.index(at), ProblemKind::Duplicate { found: text });
            }
        }
    }

    /// An expression: what is known of it is whose attribute it is.
    fn target(&self, id: PropertyId, value: &Value, path: &PropertyPath, found: &mut Findings) {
        if let Some(target) = (self.context.targets)(path, value) {
            self.target_shape(id, &target, path, found);
            self.target_scalar(id, &target, path, found);
            self.target_kind(id, &target, path, found);
        }
    }

    /// A list where one value belongs, or the other way round.
    fn target_shape(&self, id: PropertyId, target: &Target, path: &PropertyPath, found: &mut Findings) {
        let expected = self.schema.get(id).types;
        let Some(attribute) = self.context.catalog.get(target.resource_type.as_str()) else { return };
        let own = attribute.property(&target.attribute).map(|property| property.types).unwrap_or_default();
        let actual = if target.many { Types::ARRAY } else { own };
        if expected.is_empty() || actual.is_empty() {
            return;
        }
        let one_is_list = expected.intersects(Types::ARRAY) != actual.intersects(Types::ARRAY);
        let one_is_object = expected.intersects(Types::OBJECT) != actual.intersects(Types::OBJECT);
        if (one_is_list || one_is_object) && !expected.intersects(actual) {
            let name = actual.names().next().unwrap_or("value");
            let found_type = match name {
                "list" => "a list",
                "object" => "an object",
                _ => "a single value",
            };
            found.add(
                path,
                ProblemKind::WrongType { expected: expected.names().collect(), found: found_type },
            );
        }
    }

    /// An id or an ARN where no text belongs.
    fn target_scalar(&self, id: PropertyId, target: &Target, path: &PropertyPath, found: &mut Findings) {
        let expected = self.schema.get(id).types;
        let plain = Types::BOOLEAN.union(Types::INTEGER).union(Types::NUMBER);
        let takes_text = expected.intersects(Types::STRING) || !expected.intersects(plain);
        let Some(schema) = self.context.catalog.get(target.resource_type.as_str()).filter(|_| !takes_text)
        else {
            return;
        };
        if kinds::of_attribute(&schema, &target.attribute).is_some() {
            let expected = expected.names().collect();
            found.add(path, ProblemKind::WrongType { expected, found: "an id" });
        }
    }

    /// The kinds of ids that may stand here.
    fn kinds(&self, id: PropertyId, path: &PropertyPath) -> Vec<Arc<str>> {
        kinds::of_property(self.schema, &path.generalised(), &self.schema.tree().expand(id))
    }

    /// An id of another kind.
    fn target_kind(&self, id: PropertyId, target: &Target, path: &PropertyPath, found: &mut Findings) {
        let expected = self.kinds(id, path);
        let Some(schema) = self.context.catalog.get(target.resource_type.as_str()) else { return };
        let Some(kind) = kinds::of_attribute(&schema, &target.attribute) else { return };
        if !expected.is_empty() && !expected.iter().any(|expected| kinds::fits(&kind, expected)) {
            found.add(path, ProblemKind::IdKind { expected, found: kind });
        }
    }
}

/// Whether a property is there and not `null`.
pub(super) fn is_written(map: &Map, name: &str) -> bool {
    map.get(name).is_some_and(|value| !matches!(value, Value::Null))
}

fn nearest_property(property: &Property, name: &str) -> Option<Arc<str>> {
    nearest(name, property.properties.keys().map(AsRef::as_ref)).map(Arc::from)
}
