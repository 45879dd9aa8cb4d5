//! A type's schema, asked about paths, with a memory: a plan asks the same paths for thousands of resources.

use std::cell::RefCell;
use std::collections::HashMap;
use std::sync::Arc;

use crate::catalog::{Catalog, Facts, TypeSchema};
use crate::model::{Digest, Json, JsonMap, Map, Value, short_hash};

use super::redacted;

/// The rules by which resources of one type are compared and recorded.
///
/// A type without a schema is taken as it comes: everything may change in place, lists have an order, it can carry tags.
pub struct Rules {
    schema: Option<Arc<TypeSchema>>,
    kubernetes: bool,
    marks: RefCell<HashMap<String, Mark>>,
}

/// What the ownership record has to know of a path.
#[derive(Clone, Copy, Debug)]
pub(super) struct Mark {
    /// Whether it may be left out, so that its being there is worth a record.
    pub optional: bool,
    /// Whether it can't be read back.
    pub write_only: bool,
    /// Whether what lies below it is one value.
    pub whole: bool,
    /// The hash of the path.
    pub hash: [u8; 4],
}

/// What is assumed of a type that no schema describes.
static UNKNOWN_TYPE: Facts = Facts::DEFAULT;

impl Rules {
    /// The rules of a type.
    pub fn of(catalog: &Catalog, resource_type: &crate::model::ResourceType) -> Self {
        Self {
            schema: catalog.get(resource_type.as_str()),
            kubernetes: resource_type.is_kubernetes(),
            marks: RefCell::default(),
        }
    }

    /// What the schemas leave out.
    pub fn facts(&self) -> &Facts {
        match &self.schema {
            Some(schema) => schema.facts(),
            None => &UNKNOWN_TYPE,
        }
    }

    /// The schema itself, if there is one.
    pub fn schema(&self) -> Option<&TypeSchema> {
        self.schema.as_deref()
    }

    /// Whether its resources are Kubernetes objects.
    pub fn is_kubernetes(&self) -> bool {
        self.kubernetes
    }

    fn ask(&self, question: impl FnOnce(&TypeSchema) -> bool) -> bool {
        self.schema.as_deref().is_some_and(question)
    }

    /// Whether a change at the path makes a replacement.
    pub fn is_create_only(&self, path: &str) -> bool {
        self.ask(|schema| schema.is_create_only(path))
    }

    /// Whether a change at the path may make AWS replace the resource.
    pub fn is_conditional_create_only(&self, path: &str) -> bool {
        self.ask(|schema| schema.is_conditional_create_only(path))
    }

    /// Whether the path is the provider's to set.
    pub fn is_read_only(&self, path: &str) -> bool {
        self.ask(|schema| schema.is_read_only(path))
    }

    /// Whether the path can't be read back.
    pub fn is_write_only(&self, path: &str) -> bool {
        self.ask(|schema| schema.is_write_only(path))
    }

    /// Whether the path has to be written.
    pub fn is_required(&self, path: &str) -> bool {
        self.ask(|schema| schema.is_required(path))
    }

    /// Whether the list at the path has no order.
    pub fn is_set(&self, path: &str) -> bool {
        self.ask(|schema| schema.is_set(path))
    }

    /// Whether the value at the path is a JSON document that AWS may reformat.
    pub fn is_document(&self, path: &str) -> bool {
        self.ask(|schema| schema.is_document(path))
    }

    /// Whether the live text is the desired value as AWS writes it.
    pub fn is_spelling_of(&self, path: &str, desired: &Value, live: &Json) -> bool {
        let (Some(schema), Some(live)) = (self.schema.as_deref(), live.as_str()) else { return false };
        match desired {
            Value::String(text) => schema.is_spelling_of(path, text, live),
            Value::Int(number) => schema.is_spelling_of(path, &number.to_string(), live),
            Value::Float(number) => schema.is_spelling_of(path, &number.to_string(), live),
            _ => false,
        }
    }

    /// Whether the value is the default that the schema states.
    pub fn is_default(&self, path: &str, value: &Json) -> bool {
        self.schema.as_deref().and_then(|schema| schema.default(path)).is_some_and(|default| default == value)
    }

    /// Whether resources of the type carry tags, or annotations in their stead.
    pub fn is_taggable(&self) -> bool {
        self.kubernetes || self.schema.as_deref().is_none_or(TypeSchema::is_taggable)
    }

    /// Whether a top-level property is an attribute, which the provider alone sets.
    pub fn is_attribute(&self, property: &str) -> bool {
        self.is_read_only(property)
    }

    /// The digest of the create-only properties, secrets by their reference; `None` while one of them is unknown.
    pub fn create_only_digest(&self, properties: &Map) -> Option<Digest> {
        let mut path = String::new();
        self.create_only(properties, &mut path).map(|found| Digest::of_json(&Json::Object(found)))
    }

    fn create_only(&self, properties: &Map, path: &mut String) -> Option<JsonMap> {
        let mut found = JsonMap::new();
        let base = path.len();
        for (name, value) in properties {
            path.truncate(base);
            if base > 0 {
                path.push('.');
            }
            path.push_str(name);
            if matches!(value, Value::Null) {
                continue;
            }
            if self.is_create_only(path) {
                found.insert(name.to_string(), redacted(value)?);
            } else if let Value::Map(below) = value {
                let below = self.create_only(below, path)?;
                if !below.is_empty() {
                    found.insert(name.to_string(), Json::Object(below));
                }
            }
        }
        path.truncate(base);
        Some(found)
    }

    /// What the ownership record has to know of a path; asked of the schema once.
    pub(super) fn mark(&self, path: &str) -> Mark {
        if let Some(mark) = self.marks.borrow().get(path) {
            return *mark;
        }
        let mark = Mark {
            // Others may write any field of an object: the record has to know all of them.
            optional: self.kubernetes || !self.is_required(path),
            write_only: self.is_write_only(path),
            whole: self.is_document(path),
            hash: hash(path),
        };
        self.marks.borrow_mut().insert(path.to_owned(), mark);
        mark
    }
}

/// [`short_hash`] as plain bytes.
pub(super) fn hash(text: &str) -> [u8; 4] {
    let mut bytes = [0; 4];
    bytes.copy_from_slice(&short_hash(text).as_bytes()[..4]);
    bytes
}
