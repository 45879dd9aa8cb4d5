//! What an update changes, as the diff says it and a handler is told.

use std::collections::BTreeMap;

use super::PropertyPath;

/// What an update changes.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Delta {
    /// Paths whose value is set or changed.
    pub set: Vec<PropertyPath>,
    /// Paths that go back to the type's default.
    pub removed: Vec<PropertyPath>,
    /// Tags to write.
    pub tags_set: BTreeMap<String, String>,
    /// Tags to take away.
    pub tags_removed: Vec<String>,
}

impl Delta {
    /// Whether anything at or under a top-level property changes.
    pub fn touches(&self, property: &str) -> bool {
        self.set.iter().chain(&self.removed).any(|path| path.top() == property)
    }

    /// Whether any of these top-level properties changes.
    pub fn touches_any(&self, properties: &[&str]) -> bool {
        properties.iter().any(|property| self.touches(property))
    }

    /// Whether tags change.
    pub fn touches_tags(&self) -> bool {
        !self.tags_set.is_empty() || !self.tags_removed.is_empty()
    }

    /// Whether properties other than tags change.
    pub fn touches_properties(&self) -> bool {
        !self.set.is_empty() || !self.removed.is_empty()
    }

    /// Tags as they are once it is written.
    pub fn tags_after(&self, before: &BTreeMap<String, String>) -> BTreeMap<String, String> {
        let mut tags = before.clone();
        tags.retain(|key, _| !self.tags_removed.contains(key));
        tags.extend(self.tags_set.clone());
        tags
    }
}
