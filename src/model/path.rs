//! A place inside a resource's properties.

use std::fmt;

use serde::{Deserialize, Serialize};

/// Property names joined by dots, list positions in brackets: `LifecycleConfiguration.Rules[0].Status`.
///
/// Tags stand under `Tags.<key>`.
#[derive(Clone, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct PropertyPath(String);

impl PropertyPath {
    /// The whole resource.
    pub fn root() -> Self {
        Self::default()
    }

    /// The path of a property of this object.
    #[must_use]
    pub fn property(&self, name: &str) -> Self {
        if self.0.is_empty() { Self(name.to_owned()) } else { Self(format!("{}.{name}", self.0)) }
    }

    /// The path of an element of this list.
    #[must_use]
    pub fn index(&self, index: usize) -> Self {
        Self(format!("{}[{index}]", self.0))
    }

    /// The text.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// The top-level property this path lies in.
    pub fn top(&self) -> &str {
        let end = self.0.find(['.', '[']).unwrap_or(self.0.len());
        &self.0[..end]
    }

    /// The path with every list position as `*`, the form of the schemas' path lists:
    /// `LifecycleConfiguration.Rules.*.Status`.
    #[must_use]
    pub fn generalised(&self) -> String {
        let mut out = String::with_capacity(self.0.len());
        let mut rest = self.0.as_str();
        while let Some(open) = rest.find('[') {
            out.push_str(&rest[..open]);
            out.push_str(".*");
            rest = rest[open..].find(']').map_or("", |close| &rest[open + close + 1..]);
        }
        out.push_str(rest);
        out
    }
}

impl From<&str> for PropertyPath {
    fn from(text: &str) -> Self {
        Self(text.to_owned())
    }
}

impl fmt::Display for PropertyPath {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(&self.0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_path_is_built_and_generalised() {
        let path = PropertyPath::root().property("A").property("Rules").index(3).property("Status");
        assert_eq!(path.as_str(), "A.Rules[3].Status");
        assert_eq!(path.generalised(), "A.Rules.*.Status");
        assert_eq!(path.top(), "A");
    }
}
