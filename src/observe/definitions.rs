//! Kinds that the blueprint's own definitions bring: until they are made, no cluster serves them, and nothing of them is
//! there.

use std::sync::Arc;

use crate::model::{Desired, ResourceType, Scope, Value};

/// Whether a `CustomResourceDefinition` that is desired in the cluster defines the type.
pub(super) fn brings(desired: &[Arc<Desired>], scope: &Scope, wanted: &ResourceType) -> bool {
    desired.iter().any(|desired| desired.scope == *scope && defines(desired, wanted))
}

fn defines(desired: &Desired, wanted: &ResourceType) -> bool {
    let (Some(definition), Some(wanted)) = (desired.resource_type.object(), wanted.object()) else {
        return false;
    };
    let spec = |path: &[&str]| {
        let first = desired.properties.get("spec")?;
        path.iter().try_fold(first, |value, key| child(value, key))
    };
    (definition.group, definition.kind) == ("apiextensions.k8s.io", "CustomResourceDefinition")
        && spec(&["group"]).is_some_and(|group| is(group, wanted.group))
        && spec(&["names", "kind"]).is_some_and(|kind| is(kind, wanted.kind))
        && matches!(spec(&["versions"]), Some(Value::List(versions))
            if versions.iter().any(|version| child(version, "name").is_some_and(|name| is(name, wanted.version))))
}

fn child<'a>(value: &'a Value, key: &str) -> Option<&'a Value> {
    match value {
        Value::Map(map) => map.get(key),
        _ => None,
    }
}

fn is(value: &Value, text: &str) -> bool {
    matches!(value, Value::String(found) if **found == *text)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::diff::tests::support::desired;
    use crate::model::{Cluster, Region};
    use serde_json::json;

    #[test]
    fn a_definition_brings_its_own_versions_to_its_own_cluster() {
        let manifest = json!({"spec": {
            "group": "x.io", "names": {"kind": "Widget"}, "versions": [{"name": "v1"}, {"name": "v1beta1"}],
        }});
        let cluster = |name: &str| Scope::Cluster(Cluster::named(name, Region::new("eu-west-1")));
        let definition = "apiextensions.k8s.io/v1/CustomResourceDefinition";
        let mut definition = desired("eu-west-1/widgets", definition, &manifest);
        definition.scope = cluster("tools");
        let all = [Arc::new(definition)];
        assert!(brings(&all, &cluster("tools"), &"x.io/v1beta1/Widget".into()));
        assert!(!brings(&all, &cluster("other"), &"x.io/v1/Widget".into()));
        for other in ["x.io/v2/Widget", "y.io/v1/Widget", "x.io/v1/Gadget"] {
            assert!(!brings(&all, &cluster("tools"), &other.into()), "{other}");
        }
    }
}
