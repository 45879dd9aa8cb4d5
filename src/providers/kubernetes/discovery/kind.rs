//! One kind that a cluster serves, and the paths of its objects.

use crate::model::ResourceType;

/// A kind in one version.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Kind {
    /// Empty for the core group.
    pub group: String,
    /// `v1`.
    pub version: String,
    /// `Deployment`.
    pub name: String,
    /// `deployments`.
    pub plural: String,
    /// Whether its objects are in namespaces.
    pub namespaced: bool,
    /// Whether it can be listed and deleted: only then can a stack own objects of it.
    pub ownable: bool,
    /// The version's place in its group, the preferred one is 0.
    pub rank: usize,
    /// Whether the server that serves it could not be asked (its aggregated API is down).
    pub stale: bool,
}

impl Kind {
    /// `apps/v1`, `v1`.
    pub fn api_version(&self) -> String {
        if self.group.is_empty() { self.version.clone() } else { format!("{}/{}", self.group, self.version) }
    }

    /// `apps/v1/Deployment`.
    pub fn resource_type(&self) -> ResourceType {
        ResourceType::kubernetes(&self.api_version(), &self.name)
    }

    /// Whether it is this type.
    pub fn is(&self, wanted: &ResourceType) -> bool {
        wanted.object().is_some_and(|object| {
            (object.group, object.version, object.kind) == (&self.group, &self.version, &self.name)
        })
    }

    /// The path of all its objects, or of those in one namespace.
    pub fn path(&self, namespace: Option<&str>) -> String {
        let root = if self.group.is_empty() { "/api" } else { "/apis" };
        let (api_version, plural) = (self.api_version(), &self.plural);
        match namespace.filter(|_| self.namespaced) {
            Some(namespace) => format!("{root}/{api_version}/namespaces/{}/{plural}", encoded(namespace)),
            None => format!("{root}/{api_version}/{plural}"),
        }
    }

    /// The path of one object.
    pub fn object_path(&self, namespace: Option<&str>, name: &str) -> String {
        format!("{}/{}", self.path(namespace), encoded(name))
    }

    /// For people: `apps/v1 deployments`.
    pub fn label(&self) -> String {
        format!("{} {}", self.api_version(), self.plural)
    }
}

/// Text as a segment of a path or a value in a query (RFC 3986).
pub fn encoded(text: &str) -> String {
    use std::fmt::Write as _;
    let mut out = String::with_capacity(text.len());
    for byte in text.bytes() {
        if byte.is_ascii_alphanumeric() || b"-._~".contains(&byte) {
            out.push(char::from(byte));
        } else {
            // Writing to a text can't fail.
            let _ = write!(out, "%{byte:02X}");
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn paths() {
        let kind = Kind {
            group: "rbac.authorization.k8s.io".to_owned(),
            version: "v1".to_owned(),
            name: "Role".to_owned(),
            plural: "roles".to_owned(),
            namespaced: true,
            ownable: true,
            rank: 0,
            stale: false,
        };
        assert_eq!(kind.path(None), "/apis/rbac.authorization.k8s.io/v1/roles");
        assert_eq!(
            kind.object_path(Some("shop"), "system:reader"),
            "/apis/rbac.authorization.k8s.io/v1/namespaces/shop/roles/system%3Areader"
        );
        let core = Kind { group: String::new(), plural: "nodes".to_owned(), namespaced: false, ..kind };
        assert_eq!(core.object_path(None, "a"), "/api/v1/nodes/a");
        assert_eq!(core.label(), "v1 nodes");
    }
}
