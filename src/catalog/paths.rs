//! Sets of generalised property paths, as the schemas list them (`/properties/Rules/*/Status`).

use std::sync::Arc;

use crate::model::Json;

/// Paths in the form `Rules.*.Status`, sorted.
#[derive(Debug, Default)]
pub(super) struct PathSet(Vec<Arc<str>>);

impl PathSet {
    /// Reads a schema's list of JSON pointers.
    pub fn parse(pointers: Option<&Json>) -> Self {
        let pointers = pointers.and_then(Json::as_array).into_iter().flatten();
        let mut paths: Vec<Arc<str>> = pointers.filter_map(|p| dotted(p.as_str()?)).collect();
        paths.sort_unstable();
        paths.dedup();
        Self(paths)
    }

    /// Adds a path.
    pub fn insert(&mut self, path: &str) {
        if let Err(at) = self.0.binary_search_by(|known| (**known).cmp(path)) {
            self.0.insert(at, Arc::from(path));
        }
    }

    /// Takes out a path and all below it.
    pub fn remove(&mut self, path: &str) {
        self.0.retain(|known| !lies_in(known, path));
    }

    /// Whether the very path is listed.
    pub fn contains(&self, path: &str) -> bool {
        self.0.binary_search_by(|known| (**known).cmp(path)).is_ok()
    }

    /// Whether the path or one above it is listed.
    pub fn covers(&self, path: &str) -> bool {
        let ends = path.match_indices('.').map(|(at, _)| at).chain([path.len()]);
        ends.into_iter().any(|end| self.contains(&path[..end]))
    }

    /// Whether a path below it is listed.
    pub fn reaches_into(&self, path: &str) -> bool {
        self.0.iter().any(|known| known.len() > path.len() && lies_in(known, path))
    }

    /// All paths.
    pub fn iter(&self) -> impl Iterator<Item = &Arc<str>> {
        self.0.iter()
    }
}

/// Whether a path is another one or lies below it.
fn lies_in(path: &str, above: &str) -> bool {
    path.strip_prefix(above).is_some_and(|rest| rest.is_empty() || rest.starts_with('.'))
}

/// `/properties/Rules/*/Status` as `Rules.*.Status`.
pub(super) fn dotted(pointer: &str) -> Option<Arc<str>> {
    Some(Arc::from(pointer.strip_prefix("/properties/")?.replace('/', ".")))
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn a_path_is_covered_by_itself_and_what_lies_above() {
        let set = PathSet::parse(Some(&json!(["/properties/A/B", "/properties/Rules/*/Status", "/other"])));
        assert!(set.covers("A.B") && set.covers("A.B.C.D") && set.covers("Rules.*.Status"));
        assert!(!set.covers("A") && !set.covers("A.BC") && !set.covers("Rules"));
        assert!(set.reaches_into("A") && set.reaches_into("Rules") && !set.reaches_into("A.B"));
        assert_eq!(set.iter().count(), 2);
    }

    #[test]
    fn removing_takes_what_lies_below_too() {
        let mut set = PathSet::parse(Some(&json!(["/properties/A", "/properties/A/B", "/properties/AB"])));
        set.remove("A");
        assert_eq!(set.iter().map(|p| &**p).collect::<Vec<_>>(), ["AB"]);
    }
}
