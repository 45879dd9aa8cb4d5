//! The order in which Kubernetes objects go: before their cluster, their namespace and their definition.

use std::collections::HashMap;

use crate::model::{Action, Address, Change, Json, Live};

/// Pairs (user, used) of changes that delete: what goes first, and what it goes before.
pub(super) fn releases(changes: &[Change], index: &HashMap<Address, usize>) -> Vec<(usize, usize)> {
    let leaving = |change: &Change| matches!(change.action, Action::Delete | Action::Replace);
    let mut pairs = Vec::new();
    let leavers: Vec<usize> = (0..changes.len())
        .filter(|at| changes[*at].resource_type.is_kubernetes() && leaving(&changes[*at]))
        .collect();
    let holders: Vec<(usize, Holder<'_>)> =
        leavers.iter().filter_map(|at| Some((*at, Holder::of(changes[*at].live.as_deref()?)?))).collect();
    for at in leavers {
        let cluster = changes[at].scope.cluster().and_then(|cluster| index.get(&cluster.address()?));
        pairs.extend(cluster.filter(|cluster| leaving(&changes[**cluster])).map(|cluster| (at, *cluster)));
        let Some(live) = changes[at].live.as_deref() else { continue };
        let held = holders.iter().filter(|(holder, what)| {
            *holder != at && changes[*holder].scope == live.scope && what.holds(live)
        });
        pairs.extend(held.map(|(holder, _)| (at, *holder)));
    }
    pairs
}

/// An object whose end is the end of others.
enum Holder<'a> {
    Namespace(&'a str),
    Definition { group: &'a str, kind: &'a str },
}

impl<'a> Holder<'a> {
    fn of(live: &'a Live) -> Option<Self> {
        let object = live.resource_type.object()?;
        match (object.group, object.kind) {
            ("", "Namespace") => name(live).map(Self::Namespace),
            ("apiextensions.k8s.io", "CustomResourceDefinition") => {
                let spec = live.properties.get("spec")?;
                Some(Self::Definition {
                    group: spec.get("group")?.as_str()?,
                    kind: spec.get("names")?.get("kind")?.as_str()?,
                })
            }
            _ => None,
        }
    }

    fn holds(&self, live: &Live) -> bool {
        match self {
            Self::Namespace(name) => namespace(live) == Some(name),
            Self::Definition { group, kind } => {
                live.resource_type.object().is_some_and(|of| of.group == *group && of.kind == *kind)
            }
        }
    }
}

/// The name of an object.
pub(crate) fn name(live: &Live) -> Option<&str> {
    live.properties.get("metadata")?.get("name").and_then(Json::as_str)
}

/// The namespace that an object lies in.
pub(crate) fn namespace(live: &Live) -> Option<&str> {
    live.properties.get("metadata")?.get("namespace").and_then(Json::as_str)
}
