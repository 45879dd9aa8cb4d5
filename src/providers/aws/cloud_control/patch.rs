//! What an update sends: a JSON Patch (RFC 6902) from the live resource to the desired one.

use serde_json::json;

use crate::model::{Json, JsonMap, PropertyPath};
use crate::providers::Delta;

/// The operations that bring `live` to `desired`.
///
/// Objects are descended, so what AWS chose beside a changed property stays; a list is written whole, since
/// its positions mean nothing across services. What can't be read back Cloud Control wants in every patch, for the
/// current state that it patches lacks it; but what can't be changed either it takes for a change of that.
pub fn patch(live: &JsonMap, desired: &JsonMap, delta: &Delta, paths: Paths<'_>) -> Vec<Json> {
    let Json::Object(desired) = without(&paths, &PropertyPath::root(), desired.clone().into()) else {
        return Vec::new();
    };
    let mut patch = Patch { live, desired: &desired, delta, paths: Vec::new(), operations: Vec::new() };
    for path in delta.set.iter().chain(&delta.removed) {
        patch.change(path);
    }
    let mut hidden = Vec::new();
    for (name, value) in &desired {
        find(&PropertyPath::root().property(name), value, paths.write_only, &mut hidden);
    }
    for path in hidden {
        patch.change(&path);
    }
    patch.operations
}

/// What a type's schema says of generalised paths.
#[derive(Clone, Copy)]
pub struct Paths<'a> {
    /// Whether one can't be read back.
    pub write_only: &'a dyn Fn(&str) -> bool,
    /// Whether one can't be changed.
    pub create_only: &'a dyn Fn(&str) -> bool,
}

impl Paths<'_> {
    fn is_sent_once(&self, path: &PropertyPath) -> bool {
        let path = path.generalised();
        (self.write_only)(&path) && (self.create_only)(&path)
    }
}

/// A value without what is sent at the create alone, at any depth.
fn without(paths: &Paths<'_>, at: &PropertyPath, value: Json) -> Json {
    match value {
        Json::Object(map) => {
            let kept = map.into_iter().filter_map(|(name, inner)| {
                let at = at.property(&name);
                (!paths.is_sent_once(&at)).then(|| (name, without(paths, &at, inner)))
            });
            Json::Object(kept.collect())
        }
        Json::Array(items) => {
            let items = items.into_iter().enumerate();
            items.map(|(index, inner)| without(paths, &at.index(index), inner)).collect()
        }
        other => other,
    }
}

fn find(path: &PropertyPath, value: &Json, wanted: &dyn Fn(&str) -> bool, found: &mut Vec<PropertyPath>) {
    if wanted(&path.generalised()) {
        found.push(path.clone());
        return;
    }
    match value {
        Json::Object(map) => {
            for (name, inner) in map {
                find(&path.property(name), inner, wanted, found);
            }
        }
        Json::Array(items) => {
            for (index, inner) in items.iter().enumerate() {
                find(&path.index(index), inner, wanted, found);
            }
        }
        _ => {}
    }
}

struct Patch<'a> {
    live: &'a JsonMap,
    desired: &'a JsonMap,
    delta: &'a Delta,
    paths: Vec<Vec<String>>,
    operations: Vec<Json>,
}

impl Patch<'_> {
    fn change(&mut self, path: &PropertyPath) {
        let names = self.target(path);
        if self.paths.iter().any(|done| names.starts_with(done)) {
            return;
        }
        let pointer = pointer(&names);
        match (lookup(self.desired, &names), lookup(self.live, &names)) {
            (Some(value), _) => self.operations.push(json!({"op": "add", "path": pointer, "value": value})),
            (None, Some(_)) => self.operations.push(json!({"op": "remove", "path": pointer})),
            (None, None) => {}
        }
        self.paths.push(names);
    }

    /// The names to the place that is written: up to the first list, not below an object that isn't there
    /// yet, and a whole object where nothing of it remains.
    fn target(&self, path: &PropertyPath) -> Vec<String> {
        let text = path.as_str();
        let mut names = Vec::new();
        for name in text[..text.find('[').unwrap_or(text.len())].split('.') {
            names.push(name.to_owned());
            let descend = match (lookup(self.live, &names), lookup(self.desired, &names)) {
                (Some(Json::Object(_)), Some(Json::Object(_))) => true,
                (Some(live @ Json::Object(_)), None) => !self.is_removed(&names.join("."), live),
                _ => false,
            };
            if !descend {
                break;
            }
        }
        names
    }

    /// Whether the delta takes away this value or all that it holds.
    fn is_removed(&self, path: &str, value: &Json) -> bool {
        self.delta.removed.iter().any(|removed| removed.as_str() == path)
            || value.as_object().is_some_and(|map| {
                !map.is_empty()
                    && map.iter().all(|(name, inner)| self.is_removed(&format!("{path}.{name}"), inner))
            })
    }
}

fn lookup<'a>(map: &'a JsonMap, names: &[String]) -> Option<&'a Json> {
    let (first, rest) = names.split_first()?;
    rest.iter().try_fold(map.get(first)?, |value, name| value.get(name))
}

fn pointer(names: &[String]) -> String {
    names.iter().fold(String::new(), |path, name| path + "/" + &name.replace('~', "~0").replace('/', "~1"))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::catalog::Catalog;

    fn run(live: Json, desired: Json, set: &[&str], removed: &[&str]) -> Json {
        let paths = |texts: &[&str]| texts.iter().map(|text| PropertyPath::from(*text)).collect();
        let delta = Delta { set: paths(set), removed: paths(removed), ..Delta::default() };
        let (Json::Object(live), Json::Object(desired)) = (live, desired) else { panic!("objects") };
        let paths = Paths {
            write_only: &|path| ["Login.Password", "Zones.*.HostedZone", "Keys.*.Text"].contains(&path),
            create_only: &|path| path.starts_with("Zones") || path == "Keys.*.Text",
        };
        Json::from(patch(&live, &desired, &delta, paths))
    }

    #[test]
    fn only_what_differs_is_written() {
        let operations = run(
            json!({"A": {"X": 1, "ByAws": 2}, "Old": 1, "B": {"Gone": 1, "Y": 1}}),
            json!({"A": {"X": 3}, "New": {"Z": 1}, "B": {"Y": 1}}),
            &["A.X", "New.Z"],
            &["Old", "B.Gone"],
        );
        assert_eq!(
            operations,
            json!([
                {"op": "add", "path": "/A/X", "value": 3},
                {"op": "add", "path": "/New", "value": {"Z": 1}},
                {"op": "remove", "path": "/Old"},
                {"op": "remove", "path": "/B/Gone"},
            ])
        );
    }

    #[test]
    fn a_list_is_written_whole_and_once() {
        let operations = run(
            json!({"Rules": [{"Id": "a"}, {"Id": "b"}]}),
            json!({"Rules": [{"Id": "b"}, {"Id": "c"}]}),
            &["Rules[0].Id", "Rules[1].Id"],
            &[],
        );
        assert_eq!(operations, json!([{"op": "add", "path": "/Rules", "value": [{"Id": "b"}, {"Id": "c"}]}]));
    }

    #[test]
    fn what_cannot_be_read_is_always_sent() {
        let operations = run(
            json!({"Size": 1, "Login": {"User": "a"}}),
            json!({"Size": 2, "Login": {"User": "a", "Password": "p"}}),
            &["Size"],
            &[],
        );
        assert_eq!(
            operations,
            json!([
                {"op": "add", "path": "/Size", "value": 2},
                {"op": "add", "path": "/Login/Password", "value": "p"},
            ])
        );
    }

    #[test]
    fn what_is_neither_read_nor_changed_is_never_sent() {
        let operations = run(
            json!({"Size": 1, "Zones": [{"Name": "a"}], "Keys": [{"Name": "a"}]}),
            json!({
                "Size": 2,
                "Zones": [{"Name": "a", "HostedZone": "Z1"}],
                "Keys": [{"Name": "b", "Text": "once"}],
            }),
            &["Size", "Keys[0].Name"],
            &[],
        );
        assert_eq!(
            operations,
            json!([
                {"op": "add", "path": "/Size", "value": 2},
                {"op": "add", "path": "/Keys", "value": [{"Name": "b"}]},
            ])
        );
    }

    #[test]
    fn a_certificate_can_get_another_tag() {
        let schema = Catalog::embedded().get("AWS::CertificateManager::Certificate").unwrap();
        let zones = |zone: Json| json!({"DomainName": "a.example", "DomainValidationOptions": [zone]});
        let live = zones(json!({"DomainName": "a.example"}));
        let desired = zones(json!({"DomainName": "a.example", "HostedZoneId": "Z1"}));
        let (Json::Object(live), Json::Object(desired)) = (live, desired) else { panic!("objects") };
        let paths = Paths {
            write_only: &|path| schema.is_write_only(path),
            create_only: &|path| schema.is_create_only(path),
        };
        assert!(patch(&live, &desired, &Delta::default(), paths).is_empty());
    }

    #[test]
    fn an_object_that_leaves_the_blueprint_goes_by_its_parts() {
        let operations = run(json!({"A": {"X": 1, "ByAws": 2}}), json!({}), &[], &["A.X"]);
        assert_eq!(operations, json!([{"op": "remove", "path": "/A/X"}]));
        let operations = run(json!({"A": {"X": 1, "Y": 2}}), json!({}), &[], &["A.X", "A.Y"]);
        assert_eq!(operations, json!([{"op": "remove", "path": "/A"}]));
    }

    #[test]
    fn names_are_escaped() {
        let operations = run(json!({}), json!({"a/b~c": 1}), &["a/b~c"], &[]);
        assert_eq!(operations, json!([{"op": "add", "path": "/a~1b~0c", "value": 1}]));
    }
}
