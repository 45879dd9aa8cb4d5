//! What an older API server says of all its kinds in one answer: the operations of its OpenAPI v2 document.

use std::collections::BTreeMap;

use serde::Deserialize;

use super::kind::Kind;
use super::versions::GroupVersion;

/// The part of the document that tells of kinds; the rest of its megabytes is skipped unread.
#[derive(Debug, Default, Deserialize)]
pub(super) struct Document {
    paths: BTreeMap<String, Path>,
}

#[derive(Debug, Default, Deserialize)]
struct Path {
    get: Option<Operation>,
    delete: Option<Operation>,
}

#[derive(Debug, Default, Deserialize)]
struct Operation {
    #[serde(rename = "x-kubernetes-action")]
    action: Option<String>,
    #[serde(rename = "x-kubernetes-group-version-kind")]
    kind: Option<GroupVersionKind>,
}

#[derive(Debug, Default, Deserialize)]
struct GroupVersionKind {
    group: String,
    version: String,
    kind: String,
}

/// The kinds that can be listed: `get` on the path of a collection has the action `list`.
pub(super) fn kinds(document: &Document, versions: &[GroupVersion]) -> Vec<Kind> {
    let mut found: BTreeMap<String, Kind> = BTreeMap::new();
    for (path, item) in &document.paths {
        let Some(kind) = listed(item) else { continue };
        let root = if kind.group.is_empty() { "/api".to_owned() } else { format!("/apis/{}", kind.group) };
        let Some(rest) = path.strip_prefix(&format!("{root}/{}/", kind.version)) else { continue };
        let in_namespace = rest.strip_prefix("namespaces/{namespace}/");
        let plural = in_namespace.unwrap_or(rest);
        if plural.contains('/') {
            continue;
        }
        let can_delete =
            document.paths.get(&format!("{path}/{{name}}")).is_some_and(|one| one.delete.is_some());
        let same = |known: &&GroupVersion| known.group == kind.group && known.version == kind.version;
        let entry = found.entry(format!("{root}/{}/{plural}", kind.version)).or_insert_with(|| Kind {
            group: kind.group.clone(),
            version: kind.version.clone(),
            name: kind.kind.clone(),
            plural: plural.to_owned(),
            namespaced: false,
            ownable: false,
            rank: versions.iter().find(same).map_or(usize::MAX, |known| known.rank),
            stale: false,
        });
        entry.namespaced |= in_namespace.is_some();
        entry.ownable |= can_delete;
    }
    found.into_values().collect()
}

fn listed(path: &Path) -> Option<&GroupVersionKind> {
    let get = path.get.as_ref()?;
    get.kind.as_ref().filter(|_| get.action.as_deref() == Some("list"))
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn collections_tell_the_kinds() {
        let list = |group: &str, kind: &str| {
            json!({"get": {
                "x-kubernetes-action": "list",
                "x-kubernetes-group-version-kind": {"group": group, "version": "v1", "kind": kind},
            }})
        };
        let one = json!({"get": {"x-kubernetes-action": "get"}, "delete": {}, "parameters": [1, 2]});
        let document = json!({"swagger": "2.0", "definitions": {"big": {}}, "paths": {
            "/api/v1/namespaces": list("", "Namespace"),
            "/api/v1/namespaces/{name}": one,
            "/api/v1/pods": list("", "Pod"),
            "/api/v1/namespaces/{namespace}/pods": list("", "Pod"),
            "/api/v1/namespaces/{namespace}/pods/{name}": one,
            "/api/v1/watch/pods": {"get": {"x-kubernetes-action": "watchlist"}},
            "/api/v1/componentstatuses": list("", "ComponentStatus"),
            "/apis/x.io/v1/widgets": list("x.io", "Widget"),
            "/apis/x.io/v1/widgets/{name}": one,
            "/version": {"get": {}},
        }});
        let document = serde_json::from_value(document).unwrap();
        let versions = [GroupVersion::new("", "v1"), GroupVersion::new("x.io", "v1")];
        let found = kinds(&document, &versions);
        let seen: Vec<_> = found.iter().map(|k| (k.name.as_str(), k.namespaced, k.ownable, k.rank)).collect();
        assert_eq!(
            seen,
            [
                ("ComponentStatus", false, false, 0),
                ("Namespace", false, true, 0),
                ("Pod", true, true, 0),
                ("Widget", false, true, 0)
            ]
        );
    }
}
