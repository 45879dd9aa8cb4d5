//! Kubernetes' built-in kinds by name: which group has which, and what a misspelt one was meant to be.

use super::{Catalog, nearest};
use crate::model::{ObjectType, ResourceType};

/// Groups that Kubernetes had and the schemas no longer have.
const GONE: [&str; 1] = ["extensions"];

/// A kind that no cluster can have.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct UnknownKind {
    /// What is wrong with it.
    pub message: String,
    /// The type that is most likely meant.
    pub nearest: Option<String>,
}

impl Catalog {
    /// The built-in types of a kind, the one to prefer first: stable versions before others, later before earlier.
    pub fn kinds_named(&self, kind: &str) -> Vec<&str> {
        let of_kind = |name: &&str| parts(name).is_some_and(|parts| parts.kind.eq_ignore_ascii_case(kind));
        let mut found: Vec<&str> = self.kinds().filter(of_kind).collect();
        found.sort_by_key(|name| {
            parts(name).map(|parts| (is_preview(parts.version), later_first(parts.version)))
        });
        found
    }

    /// Why a type can't be one of Kubernetes' own, although its group is; `None` for those of other groups (custom
    /// resources) and for versions that the schemas don't have (those that newer servers have dropped).
    pub fn unknown_kind(&self, resource_type: &ResourceType) -> Option<UnknownKind> {
        let wanted = resource_type.object()?;
        if self.contains(resource_type.as_str()) {
            return None;
        }
        let of_group = || self.kinds().filter_map(parts).filter(|known| known.group == wanted.group);
        if of_group().next().is_none() {
            return self.unknown_group(&wanted);
        }
        let mut of_version = of_group().filter(|known| known.version == wanted.version).peekable();
        if of_version.peek().is_none() && is_version(wanted.version) {
            return None;
        }
        let message = format!("Kubernetes has no kind `{resource_type}`");
        let elsewhere = self.kinds_named(wanted.kind).first().map(|name| (*name).to_owned());
        let alike = || {
            let kind = nearest(wanted.kind, of_group().map(|known| known.kind))?;
            let same = |name: &&str| parts(name).is_some_and(|parts| parts.group == wanted.group);
            self.kinds_named(kind).into_iter().find(same).map(str::to_owned)
        };
        Some(UnknownKind { message, nearest: elsewhere.or_else(alike) })
    }

    /// Groups of others have a dot: they are domains.
    fn unknown_group(&self, wanted: &ObjectType<'_>) -> Option<UnknownKind> {
        if wanted.group.contains('.') || GONE.contains(&wanted.group) {
            return None;
        }
        let message =
            format!("Kubernetes has no API group `{}`, and those of others are domains", wanted.group);
        let of_kind = self.kinds_named(wanted.kind);
        let near =
            nearest(wanted.group, of_kind.iter().filter_map(|name| parts(name)).map(|parts| parts.group));
        let same = |name: &&&str| parts(name).is_some_and(|parts| Some(parts.group) == near);
        let found = of_kind.iter().find(same).or(of_kind.first());
        Some(UnknownKind { message, nearest: found.map(|name| (*name).to_owned()) })
    }
}

/// `apps/v1/Deployment` in its parts.
fn parts(name: &str) -> Option<ObjectType<'_>> {
    let (api_version, kind) = name.rsplit_once('/')?;
    let (group, version) = api_version.rsplit_once('/').unwrap_or(("", api_version));
    Some(ObjectType { api_version, group, version, kind })
}

/// `v1`, `v2beta2`.
fn is_version(version: &str) -> bool {
    let rest = version.strip_prefix('v').unwrap_or_default();
    let after = rest.trim_start_matches(|c: char| c.is_ascii_digit());
    let stage = after.strip_prefix("alpha").or_else(|| after.strip_prefix("beta"));
    let numbered = |text: &str| !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit());
    after.len() < rest.len() && (after.is_empty() || stage.is_some_and(numbered))
}

fn is_preview(version: &str) -> bool {
    version.contains("alpha") || version.contains("beta")
}

fn later_first(version: &str) -> std::cmp::Reverse<String> {
    std::cmp::Reverse(version.to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn verdict(name: &str) -> Option<(String, Option<String>)> {
        let unknown = Catalog::embedded().unknown_kind(&ResourceType::new(name))?;
        Some((unknown.message, unknown.nearest))
    }

    #[test]
    fn kinds_of_others_and_of_other_versions_pass() {
        for name in [
            "apps/v1/Deployment",
            "v1/Service",
            "cert-manager.io/v1/Certificate",
            "gateway.networking.k8s.io/v1/Gateway",
            "autoscaling/v2beta2/HorizontalPodAutoscaler",
            "policy/v1beta1/PodDisruptionBudget",
            "extensions/v1beta1/Ingress",
        ] {
            assert_eq!(verdict(name), None, "{name}");
        }
    }

    #[test]
    fn misspelt_kinds_have_a_nearest() {
        for (wrong, right) in [
            ("apps/v1/Deploymant", "apps/v1/Deployment"),
            ("v1/Deployment", "apps/v1/Deployment"),
            ("apps/v1/Service", "v1/Service"),
            ("app/v1/Deployment", "apps/v1/Deployment"),
            ("autoscaling/v2/HorizontalPodAutoScaler", "autoscaling/v2/HorizontalPodAutoscaler"),
            ("apps/1/Deployment", "apps/v1/Deployment"),
            ("networking.k8s.io/v1/Ingres", "networking.k8s.io/v1/Ingress"),
        ] {
            let (_, nearest) = verdict(wrong).unwrap_or_else(|| panic!("{wrong} passes"));
            assert_eq!(nearest.as_deref(), Some(right), "{wrong}");
        }
        assert_eq!(verdict("v1/Zzzzzz"), Some(("Kubernetes has no kind `v1/Zzzzzz`".to_owned(), None)));
    }

    #[test]
    fn the_stable_version_comes_first() {
        let catalog = Catalog::embedded();
        assert_eq!(
            catalog.kinds_named("horizontalpodautoscaler"),
            ["autoscaling/v2/HorizontalPodAutoscaler", "autoscaling/v1/HorizontalPodAutoscaler"]
        );
        assert_eq!(catalog.kinds_named("ResourceClaim")[0], "resource.k8s.io/v1/ResourceClaim");
        assert!(catalog.kinds_named("Nothing").is_empty());
    }
}
