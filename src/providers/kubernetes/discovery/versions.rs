//! Discovery as it was before 1.26: the groups, and the resources of each group version.

use super::kind::Kind;
use crate::model::Json;

/// A version of a group.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct GroupVersion {
    /// Empty for the core group.
    pub(super) group: String,
    /// `v1`.
    pub(super) version: String,
    /// Its place in its group, the preferred one is 0.
    pub(super) rank: usize,
}

impl GroupVersion {
    /// The only version that is known of its group.
    pub(super) fn new(group: &str, version: &str) -> Self {
        Self { group: group.to_owned(), version: version.to_owned(), rank: 0 }
    }

    pub(super) fn is_core(&self) -> bool {
        self.group.is_empty()
    }

    pub(super) fn path(&self) -> String {
        if self.is_core() {
            format!("/api/{}", self.version)
        } else {
            format!("/apis/{}/{}", self.group, self.version)
        }
    }
}

/// The versions of an `APIGroupList`, the preferred one of each group first, and the core group, which is not in it.
pub(super) fn of_groups(answer: &Json) -> Vec<GroupVersion> {
    let mut found = vec![GroupVersion::new("", "v1")];
    for group in answer["groups"].as_array().into_iter().flatten() {
        let name = group["name"].as_str().unwrap_or_default();
        let preferred = group["preferredVersion"]["version"].as_str();
        let versions = group["versions"].as_array().into_iter().flatten();
        let mut versions: Vec<&str> = versions.filter_map(|version| version["version"].as_str()).collect();
        versions.sort_by_key(|version| Some(*version) != preferred);
        let ranked = versions.into_iter().enumerate();
        found.extend(ranked.map(|(rank, version)| GroupVersion { rank, ..GroupVersion::new(name, version) }));
    }
    found
}

/// The kinds of an `APIResourceList`. Subresources (`pods/log`) are no kinds.
pub(super) fn kinds(answer: &Json, version: &GroupVersion) -> Vec<Kind> {
    let resources = answer["resources"].as_array().into_iter().flatten();
    resources.filter_map(|resource| of_resource(resource, version)).collect()
}

fn of_resource(resource: &Json, version: &GroupVersion) -> Option<Kind> {
    let plural = resource["name"].as_str().filter(|name| !name.contains('/'))?;
    let can = |verb: &str| {
        resource["verbs"].as_array().is_some_and(|verbs| verbs.iter().any(|known| known == verb))
    };
    Some(Kind {
        group: version.group.clone(),
        version: version.version.clone(),
        name: resource["kind"].as_str()?.to_owned(),
        plural: plural.to_owned(),
        namespaced: resource["namespaced"].as_bool().unwrap_or(false),
        ownable: can("list") && can("delete"),
        rank: version.rank,
        stale: false,
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn the_preferred_version_comes_first() {
        let version = |name: &str| json!({"groupVersion": format!("batch/{name}"), "version": name});
        let groups = json!({"groups": [{
            "name": "batch", "versions": [version("v2alpha1"), version("v1"), version("v1beta1")],
            "preferredVersion": version("v1"),
        }]});
        let found = of_groups(&groups);
        let seen: Vec<_> = found.iter().map(|v| (v.path(), v.rank)).collect();
        let expected =
            [("/api/v1", 0), ("/apis/batch/v1", 0), ("/apis/batch/v2alpha1", 1), ("/apis/batch/v1beta1", 2)];
        assert_eq!(seen, expected.map(|(path, rank)| (path.to_owned(), rank)));
    }

    #[test]
    fn subresources_are_no_kinds() {
        let list = json!({"resources": [
            {"name": "pods", "namespaced": true, "kind": "Pod", "verbs": ["delete", "list"]},
            {"name": "pods/log", "namespaced": true, "kind": "Pod", "verbs": ["get"]},
            {"name": "bindings", "namespaced": true, "kind": "Binding", "verbs": ["create"]},
        ]});
        let found = kinds(&list, &GroupVersion::new("", "v1"));
        let seen: Vec<_> = found.iter().map(|k| (k.plural.as_str(), k.ownable)).collect();
        assert_eq!(seen, [("pods", true), ("bindings", false)]);
    }
}
