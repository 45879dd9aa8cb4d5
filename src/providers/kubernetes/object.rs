//! An object as JSON: its name, its metadata, its identifier.

use crate::model::{Identifier, Json, JsonMap};

use super::discovery::Kind;

/// The namespace of an object that names none.
pub const DEFAULT_NAMESPACE: &str = "default";

/// Which object of a kind: its name, and its namespace where the kind has them.
#[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Target {
    /// `None` for what is cluster-wide.
    pub namespace: Option<String>,
    /// Its name.
    pub name: String,
}

impl Target {
    /// The object that a manifest describes; `None` while its name is unknown.
    pub fn of(manifest: &JsonMap, kind: &Kind) -> Option<Self> {
        let name = metadata(manifest, "name")?.to_owned();
        let namespace = metadata(manifest, "namespace").unwrap_or(DEFAULT_NAMESPACE);
        Some(Self { namespace: kind.namespaced.then(|| namespace.to_owned()), name })
    }

    /// The object of an identifier: `namespace|name`, or `name`.
    pub fn parse(identifier: &Identifier, kind: &Kind) -> Self {
        let text = identifier.as_str();
        let (namespace, name) = text.split_once('|').unwrap_or((DEFAULT_NAMESPACE, text));
        Self { namespace: kind.namespaced.then(|| namespace.to_owned()), name: name.to_owned() }
    }

    /// `namespace|name`, or `name`.
    pub fn identifier(&self) -> Identifier {
        Identifier::new(match &self.namespace {
            Some(namespace) => format!("{namespace}|{}", self.name),
            None => self.name.clone(),
        })
    }

    /// Its path in the API.
    pub fn path(&self, kind: &Kind) -> String {
        kind.object_path(self.namespace.as_deref(), &self.name)
    }

    /// For people: `apps/v1 deployments shop/api`.
    pub fn label(&self, kind: &Kind) -> String {
        match &self.namespace {
            Some(namespace) => format!("{} {namespace}/{}", kind.label(), self.name),
            None => format!("{} {}", kind.label(), self.name),
        }
    }
}

/// A text in an object's metadata.
pub fn metadata<'a>(object: &'a JsonMap, key: &str) -> Option<&'a str> {
    object.get("metadata")?.get(key)?.as_str().filter(|text| !text.is_empty())
}

/// A label or an annotation: `at` is `labels` or `annotations`.
pub fn note<'a>(object: &'a JsonMap, at: &str, key: &str) -> Option<&'a str> {
    object.get("metadata")?.get(at)?.get(key)?.as_str()
}

/// A list in an object's metadata.
pub fn metadata_list<'a>(object: &'a JsonMap, key: &str) -> &'a [Json] {
    let list = object.get("metadata").and_then(|metadata| metadata.get(key)).and_then(Json::as_array);
    list.map_or(&[], Vec::as_slice)
}

/// Whether it is being deleted.
pub fn is_deleting(object: &JsonMap) -> bool {
    metadata(object, "deletionTimestamp").is_some()
}
