//! The other side of the diff: what a provider reports.

use std::collections::BTreeMap;
use std::fmt;
use std::sync::Arc;

use serde::{Deserialize, Serialize};

use super::{Address, Json, JsonMap, ResourceType, Scope};

/// Annotations in which tools keep what they applied last, whole: they are no part of the object, and may hold a Secret's
/// content.
pub const KEPT_WHOLE: [&str; 2] =
    ["kubectl.kubernetes.io/last-applied-configuration", "kapp.k14s.io/original"];

/// A resource's physical id: its CloudFormation primary identifier, several parts joined by `|`
/// (the form of the Cloud Control API).
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Identifier(Arc<str>);

impl Identifier {
    /// An identifier by its text.
    pub fn new(text: impl AsRef<str>) -> Self {
        Self(Arc::from(text.as_ref()))
    }

    /// The text.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for Identifier {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(&self.0)
    }
}

impl fmt::Debug for Identifier {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// A resource as the provider reports it, CloudFormation-shaped, read-only attributes included.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Live {
    /// Its type.
    pub resource_type: ResourceType,
    /// The place whose API reported it.
    pub scope: Scope,
    /// Its physical id.
    pub identifier: Identifier,
    /// All that is known of it, without the tags; `null` where the provider can't tell.
    pub properties: JsonMap,
    /// Its tags, stackctl's own included, those that begin with `aws:` not.
    pub tags: BTreeMap<String, String>,
    /// Whose it is.
    pub ownership: Ownership,
    /// Whether it can be used.
    pub status: Status,
}

/// By what a live resource belongs to the stack.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub enum Ownership {
    /// Its tags say this address of this stack.
    Tagged(Address),
    /// It can't be tagged; it hangs under an owned resource (a route of an owned table), or carries the
    /// stack's name prefix.
    Child {
        /// The owned resource it hangs under, if there is one.
        parent: Option<Address>,
        /// What tells it from its siblings: `0.0.0.0/0`.
        name: String,
    },
    /// Not the stack's: it was read because something of this identity is desired, adopted or looked up.
    Foreign,
}

/// Whether a live resource can be used.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub enum Status {
    /// It serves.
    Ready,
    /// It is on its way; in the provider's word (`pending`, `creating`).
    Pending(String),
    /// It can't be used and won't be by waiting; in the provider's words.
    Failed(String),
    /// It is going away.
    Deleting,
}

/// Something that could not be read: what is desired there can't be planned.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct ReadFailure {
    /// Where.
    pub scope: Scope,
    /// Of which type; none where the whole scope could not be searched.
    pub resource_type: Option<ResourceType>,
    /// Whether the scope just does not have this type yet: a definition or an operator may bring it.
    pub unserved: bool,
    /// What went wrong.
    pub error: String,
}

impl ReadFailure {
    /// Whether it leaves resources of this type in this scope unread.
    pub fn covers(&self, scope: &Scope, resource_type: &ResourceType) -> bool {
        self.scope == *scope && self.resource_type.as_ref().is_none_or(|failed| failed == resource_type)
    }
}

impl Live {
    /// The address its tags claim.
    pub fn address(&self) -> Option<&Address> {
        match &self.ownership {
            Ownership::Tagged(address) => Some(address),
            _ => None,
        }
    }

    /// All that is known of it, as people may see it: without what a Kubernetes Secret hides, and without the server's
    /// and other tools' accounts of who manages which field.
    pub fn shown(&self) -> JsonMap {
        let mut shown = self.properties.clone();
        let Some(object) = self.resource_type.object() else { return shown };
        if let Some(Json::Object(metadata)) = shown.get_mut("metadata") {
            metadata.remove("managedFields");
            if let Some(Json::Object(annotations)) = metadata.get_mut("annotations") {
                annotations.retain(|key, _| !KEPT_WHOLE.contains(&key.as_str()));
            }
        }
        if (object.group, object.kind) == ("", "Secret") {
            for name in ["data", "stringData"] {
                if let Some(Json::Object(texts)) = shown.get_mut(name) {
                    texts.values_mut().for_each(|text| *text = Json::from("(sensitive)"));
                }
            }
        }
        shown
    }

    /// A property or attribute as a text.
    pub fn str(&self, name: &str) -> Option<&str> {
        self.properties.get(name)?.as_str()
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn a_secret_is_not_shown() {
        let properties = json!({
            "metadata": {
                "name": "keys", "managedFields": [],
                "annotations": {"kubectl.kubernetes.io/last-applied-configuration": "aHVudGVyMg==", "a": "b"},
            },
            "data": {"token": "aHVudGVyMg=="},
        });
        let live = Live {
            resource_type: "v1/Secret".into(),
            scope: Scope::Global,
            identifier: Identifier::new("shop|keys"),
            properties: properties.as_object().unwrap().clone(),
            tags: BTreeMap::new(),
            ownership: Ownership::Foreign,
            status: Status::Ready,
        };
        let metadata = json!({"name": "keys", "annotations": {"a": "b"}});
        let shown = json!({"metadata": metadata, "data": {"token": "(sensitive)"}});
        assert_eq!(Json::Object(live.shown()), shown);
    }
}
