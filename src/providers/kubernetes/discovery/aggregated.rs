//! Aggregated discovery (KEP-3352): all groups of `/apis`, or the core group of `/api`, in one answer.

use kube::core::discovery::v2::{APIGroupDiscovery, APIGroupDiscoveryList, APIResourceDiscovery};

use super::kind::Kind;
use crate::model::Json;

/// The kinds of an `APIGroupDiscoveryList`.
///
/// # Errors
/// Where it is none: nothing found would mean that nothing is left.
pub(super) fn kinds(mut answer: Json) -> serde_json::Result<Vec<Kind>> {
    without_nulls(&mut answer);
    let list: APIGroupDiscoveryList = serde_json::from_value(answer)?;
    Ok(list.items.into_iter().flat_map(of_group).collect())
}

/// Servers write `null` for an empty list: the verbs of a subresource without a parent, as metrics adapters have them.
fn without_nulls(answer: &mut Json) {
    match answer {
        Json::Object(map) => {
            map.retain(|_, value| !value.is_null());
            map.values_mut().for_each(without_nulls);
        }
        Json::Array(items) => items.iter_mut().for_each(without_nulls),
        _ => {}
    }
}

/// A group's versions come in descending order of preference.
fn of_group(group: APIGroupDiscovery) -> Vec<Kind> {
    let name = group.metadata.and_then(|metadata| metadata.name).unwrap_or_default();
    let mut kinds = Vec::new();
    for (rank, version) in group.versions.into_iter().enumerate() {
        let stale = version.freshness.as_deref() == Some("Stale");
        let Some(number) = version.version else { continue };
        let of_resource = |resource| of_resource(resource, &name, &number, rank, stale);
        kinds.extend(version.resources.into_iter().filter_map(of_resource));
    }
    kinds
}

fn of_resource(
    resource: APIResourceDiscovery,
    group: &str,
    version: &str,
    rank: usize,
    stale: bool,
) -> Option<Kind> {
    let kind = resource.response_kind?.kind.filter(|kind| !kind.is_empty())?;
    let can = |verb: &str| resource.verbs.iter().any(|known| known == verb);
    Some(Kind {
        group: group.to_owned(),
        version: version.to_owned(),
        name: kind,
        ownable: can("list") && can("delete"),
        plural: resource.resource?,
        namespaced: resource.scope.as_deref() == Some("Namespaced"),
        rank,
        stale,
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn versions_are_ranked_and_stale_ones_marked() {
        let resource = |verbs: Json| {
            json!({
                "resource": "widgets", "scope": "Namespaced", "verbs": verbs,
                "responseKind": {"group": "x.io", "version": "v1", "kind": "Widget"},
                "subresources": [{"subresource": "status", "verbs": ["get"]}, {"subresource": "requests", "verbs": null}],
            })
        };
        let found = kinds(json!({
            "kind": "APIGroupDiscoveryList", "apiVersion": "apidiscovery.k8s.io/v2beta1",
            "items": [{"metadata": {"name": "x.io"}, "versions": [
                {"version": "v1", "freshness": "Current", "resources": [resource(json!(["get", "list", "delete"]))]},
                {"version": "v1beta1", "freshness": "Stale", "resources": [resource(json!(["get"]))]},
            ]}],
        }))
        .unwrap();
        let seen: Vec<_> =
            found.iter().map(|k| (k.resource_type().to_string(), k.rank, k.ownable, k.stale)).collect();
        assert_eq!(
            seen,
            [
                ("x.io/v1/Widget".to_owned(), 0, true, false),
                ("x.io/v1beta1/Widget".to_owned(), 1, false, true)
            ]
        );
        assert!(found[0].namespaced && found[0].plural == "widgets");
    }
}
