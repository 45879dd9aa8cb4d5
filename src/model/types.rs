//! The name of a resource type.

use std::fmt;
use std::sync::Arc;

use serde::{Deserialize, Serialize};

/// `AWS::EC2::VPC` or `apps/v1/Deployment`.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct ResourceType(Arc<str>);

impl ResourceType {
    /// A type by its full name.
    pub fn new(name: impl AsRef<str>) -> Self {
        Self(Arc::from(name.as_ref()))
    }

    /// The full name.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// The type of a Kubernetes object: `apps/v1` and `Deployment` are `apps/v1/Deployment`.
    pub fn kubernetes(api_version: &str, kind: &str) -> Self {
        Self(Arc::from(format!("{api_version}/{kind}")))
    }

    /// The last part: `VPC` of `AWS::EC2::VPC`, `Deployment` of `apps/v1/Deployment`.
    pub fn short(&self) -> &str {
        self.0.rsplit(['/', ':']).next().unwrap_or(&self.0)
    }

    /// The service: `EC2` of `AWS::EC2::VPC`; the API group of a Kubernetes object, `core` where it has none.
    pub fn service(&self) -> &str {
        match self.object() {
            Some(object) if object.group.is_empty() => "core",
            Some(object) => object.group,
            None => self.0.split("::").nth(1).unwrap_or(&self.0),
        }
    }

    /// Whether it is the type of a Kubernetes object.
    pub fn is_kubernetes(&self) -> bool {
        self.0.contains('/')
    }

    /// The parts of a Kubernetes object's type; `None` for what is not one.
    pub fn object(&self) -> Option<ObjectType<'_>> {
        let (api_version, kind) = self.0.rsplit_once('/')?;
        let (group, version) = api_version.rsplit_once('/').unwrap_or(("", api_version));
        Some(ObjectType { api_version, group, version, kind })
    }

    /// Whether resources of both types are the same things: equal, or two versions of one Kubernetes kind.
    pub fn is_same_kind(&self, other: &Self) -> bool {
        self == other
            || match (self.object(), other.object()) {
                (Some(one), Some(two)) => (one.group, one.kind) == (two.group, two.kind),
                _ => false,
            }
    }
}

/// The parts of a Kubernetes object's type.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ObjectType<'a> {
    /// `apps/v1`, or `v1` in the core group.
    pub api_version: &'a str,
    /// `apps`; empty for the core group.
    pub group: &'a str,
    /// `v1`.
    pub version: &'a str,
    /// `Deployment`.
    pub kind: &'a str,
}

impl fmt::Display for ResourceType {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl fmt::Debug for ResourceType {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl From<&str> for ResourceType {
    fn from(name: &str) -> Self {
        Self::new(name)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn parts_of_a_kubernetes_type() {
        let deployment = ResourceType::new("apps/v1/Deployment");
        let parts = deployment.object().unwrap();
        assert_eq!(
            (parts.api_version, parts.group, parts.version, parts.kind),
            ("apps/v1", "apps", "v1", "Deployment")
        );
        let service = ResourceType::kubernetes("v1", "Service");
        let parts = service.object().unwrap();
        assert_eq!((parts.api_version, parts.group, parts.version, parts.kind), ("v1", "", "v1", "Service"));
        assert_eq!((service.service(), service.short()), ("core", "Service"));
        assert_eq!(ResourceType::new("AWS::EC2::VPC").object(), None);
    }

    #[test]
    fn versions_of_a_kind_are_the_same_thing() {
        let scaler = |version: &str| {
            ResourceType::kubernetes(&format!("autoscaling/{version}"), "HorizontalPodAutoscaler")
        };
        assert!(scaler("v2").is_same_kind(&scaler("v2beta2")));
        assert!(!ResourceType::new("v1/Event").is_same_kind(&ResourceType::new("events.k8s.io/v1/Event")));
    }
}
