//! One resource as the simulated cloud keeps it, and how it reports it.

use std::collections::{BTreeMap, BTreeSet};

use serde::{Deserialize, Serialize};

use crate::catalog::{Catalog, TypeSchema};
use crate::model::{Identifier, Json, JsonMap, Live, Ownership, PropertyPath, ResourceType, Scope, Status};

/// A resource in the cloud. Times are milliseconds of the cloud's clock.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(super) struct Held {
    pub(super) resource_type: ResourceType,
    pub(super) scope: Scope,
    pub(super) identifier: Identifier,
    /// Hexadecimal digits that occur in all ids the cloud made up for it, and in nothing else.
    pub(super) seed: String,
    /// The name that no other of its type in the same place may have, where its identifier is another.
    pub(super) name: Option<String>,
    /// What it was made with, what the cloud filled in, and its attributes.
    pub(super) properties: JsonMap,
    pub(super) tags: BTreeMap<String, String>,
    /// Whether someone other than stackctl made it.
    pub(super) foreign: bool,
    /// When lists and describes begin to show it.
    pub(super) visible_ms: u64,
    /// When the tag search begins to show it.
    pub(super) searchable_ms: u64,
    /// When it can be used.
    pub(super) ready_ms: u64,
    /// When other services accept it (roles).
    pub(super) usable_ms: u64,
    /// When it will be gone, once its deletion has begun.
    pub(super) gone_ms: Option<u64>,
    /// Why it never becomes ready.
    pub(super) broken: Option<String>,
}

impl Held {
    /// As a read at this time shows it.
    pub(super) fn report(&self, schema: Option<&TypeSchema>, ownership: Ownership, now: u64) -> Live {
        let properties = match schema {
            Some(schema) => as_read(&self.properties, schema, &PropertyPath::root()),
            None => self.properties.clone(),
        };
        Live {
            resource_type: self.resource_type.clone(),
            scope: self.scope.clone(),
            identifier: self.identifier.clone(),
            properties,
            tags: self.tags.clone(),
            ownership,
            status: self.status(now),
        }
    }

    pub(super) fn status(&self, now: u64) -> Status {
        if self.gone_ms.is_some() {
            Status::Deleting
        } else if let Some(words) = &self.broken {
            Status::Failed(words.clone())
        } else if now < self.ready_ms {
            Status::Pending("pending".to_owned())
        } else {
            Status::Ready
        }
    }

    /// The texts by which other resources refer to it: its identifier, its ARNs, and every id made up for it.
    pub(super) fn handles(&self) -> BTreeSet<String> {
        let mut handles: BTreeSet<String> = self
            .properties
            .values()
            .filter_map(Json::as_str)
            .filter(|text| text.contains(&self.seed))
            .map(str::to_owned)
            .collect();
        let arn = self.properties.get("Arn").and_then(Json::as_str);
        handles.extend(arn.map(str::to_owned));
        let identifier = self.identifier.as_str();
        if identifier.contains(&self.seed) || identifier.starts_with("arn:") || self.is_named() {
            handles.insert(identifier.to_owned());
        }
        handles
    }

    /// Whether its identifier is a name that the request chose.
    fn is_named(&self) -> bool {
        if self.resource_type.is_kubernetes() {
            // No object is kept because another one speaks of it, and their names are everyday words.
            return false;
        }
        let Some(schema) = Catalog::embedded().get(self.resource_type.as_str()) else { return true };
        matches!(schema.primary_identifier()[..], [only] if !schema.is_read_only(only))
    }

    /// Every text in its properties by which it may refer to others, without those that name itself and those that the
    /// cloud made up. What a policy says of others is no use of them.
    pub(super) fn mentions(&self) -> BTreeSet<String> {
        let schema = Catalog::embedded().get(self.resource_type.as_str());
        let given = |name: &str| schema.as_ref().is_none_or(|schema| !schema.is_read_only(name));
        let mut texts = BTreeSet::new();
        for (name, value) in self.properties.iter().filter(|(name, _)| given(name)) {
            collect(value, schema.as_deref(), &PropertyPath::root().property(name), &mut texts);
        }
        texts.retain(|text| text != self.identifier.as_str() && !text.contains(&self.seed));
        texts
    }
}

fn collect(value: &Json, schema: Option<&TypeSchema>, path: &PropertyPath, texts: &mut BTreeSet<String>) {
    if schema.is_some_and(|schema| schema.is_document(&path.generalised())) {
        return;
    }
    match value {
        Json::String(text) if text.len() > 2 => drop(texts.insert(text.clone())),
        Json::Array(items) => {
            items.iter().enumerate().for_each(|(at, item)| collect(item, schema, &path.index(at), texts));
        }
        Json::Object(map) => {
            map.iter().for_each(|(name, item)| collect(item, schema, &path.property(name), texts));
        }
        _ => {}
    }
}

/// Leaves out what can't be read back, and returns lists without order in another order than they were given.
fn as_read(map: &JsonMap, schema: &TypeSchema, path: &PropertyPath) -> JsonMap {
    let mut out = JsonMap::with_capacity(map.len());
    for (name, value) in map {
        let path = path.property(name);
        if !schema.is_write_only(&path.generalised()) {
            out.insert(name.clone(), value_as_read(value, schema, &path));
        }
    }
    out
}

fn value_as_read(value: &Json, schema: &TypeSchema, path: &PropertyPath) -> Json {
    match value {
        Json::Object(map) if !schema.is_document(&path.generalised()) => {
            Json::Object(as_read(map, schema, path))
        }
        Json::Array(items) => {
            let read = |(index, item)| value_as_read(item, schema, &path.index(index));
            let mut items: Vec<Json> = items.iter().enumerate().map(read).collect();
            if schema.is_set(&path.generalised()) {
                items.reverse();
            }
            Json::Array(items)
        }
        scalar => scalar.clone(),
    }
}
