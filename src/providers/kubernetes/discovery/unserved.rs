//! The error for a kind that a cluster does not serve: it says what it does serve.

use std::collections::BTreeSet;
use std::sync::Arc;

use super::super::error::is_built_in;
use super::kind::Kind;
use crate::model::ResourceType;
use crate::providers::{ErrorKind, ProviderError, UNKNOWN_KIND};

/// Names that are no further apart than this may be meant for each other.
const NEAR: usize = 3;
/// Kinds of a group that are named, at most.
const NAMED: usize = 12;

/// A kind of a custom group may be served later: an apply waits for it.
pub(super) fn error(cluster: &str, wanted: &ResourceType, served: &[Arc<Kind>]) -> ProviderError {
    let group = wanted.object().map_or("", |object| object.group);
    ProviderError {
        kind: if is_built_in(group) { ErrorKind::Unsupported } else { ErrorKind::NotYet },
        operation: "kubernetes:discovery".to_owned(),
        code: UNKNOWN_KIND.to_owned(),
        message: format!("the cluster {cluster} does not serve {wanted}; {}", alternatives(wanted, served)),
    }
}

fn alternatives(wanted: &ResourceType, served: &[Arc<Kind>]) -> String {
    let Some(object) = wanted.object() else {
        return "a Kubernetes type is `apps/v1/Deployment` or `v1/ConfigMap`".to_owned();
    };
    let all = || served.iter().filter(|kind| !kind.stale);
    let elsewhere = types(all().filter(|kind| kind.name == object.kind));
    if !elsewhere.is_empty() {
        return format!("it serves {elsewhere}");
    }
    let distance =
        |kind: &Kind| strsim::damerau_levenshtein(&kind.name.to_lowercase(), &object.kind.to_lowercase());
    let nearest = all().map(|kind| distance(kind)).min().filter(|distance| *distance <= NEAR);
    if let Some(nearest) = nearest {
        return format!("did you mean {}?", types(all().filter(|kind| distance(kind) == nearest)));
    }
    let of_group: BTreeSet<&str> =
        all().filter(|kind| kind.group == object.group).map(|kind| kind.name.as_str()).collect();
    if of_group.is_empty() {
        return format!("it serves nothing of the group {}: is its definition installed?", object.group);
    }
    let named: Vec<&str> = of_group.iter().copied().take(NAMED).collect();
    let more =
        if of_group.len() > NAMED { format!(" and {} more", of_group.len() - NAMED) } else { String::new() };
    format!("of the group \"{}\" it serves {}{more}", object.group, named.join(", "))
}

fn types<'a>(kinds: impl Iterator<Item = &'a Arc<Kind>>) -> String {
    let names: BTreeSet<String> = kinds.map(|kind| kind.resource_type().to_string()).collect();
    let names: Vec<String> = names.into_iter().collect();
    names.join(", ")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn served() -> Vec<Arc<Kind>> {
        let kind = |group: &str, version: &str, kind: &str| {
            Arc::new(Kind {
                group: group.to_owned(),
                version: version.to_owned(),
                name: kind.to_owned(),
                plural: String::new(),
                namespaced: true,
                ownable: true,
                rank: 0,
                stale: false,
            })
        };
        vec![
            kind("apps", "v1", "Deployment"),
            kind("policy", "v1beta1", "PodDisruptionBudget"),
            kind("x.io", "v1", "Gadget"),
        ]
    }

    #[test]
    fn what_is_served_instead_is_named() {
        let words = |name: &str| error("tools", &name.into(), &served());
        let versions = words("policy/v1/PodDisruptionBudget");
        assert_eq!(versions.kind, ErrorKind::Unsupported);
        assert_eq!(
            versions.message,
            "the cluster tools does not serve policy/v1/PodDisruptionBudget; it serves policy/v1beta1/PodDisruptionBudget"
        );
        let typo = words("apps/v1/Deploymnet").message;
        assert!(typo.ends_with("did you mean apps/v1/Deployment?"), "{typo}");
        let group = words("x.io/v1/Conveyor");
        assert_eq!(group.kind, ErrorKind::NotYet, "a definition may bring it");
        assert!(group.message.ends_with("of the group \"x.io\" it serves Gadget"), "{group}");
        let nothing = words("y.io/v1/Conveyor").message;
        assert!(nothing.contains("nothing of the group y.io"), "{nothing}");
    }
}
