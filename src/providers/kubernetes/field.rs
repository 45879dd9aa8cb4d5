//! One field of a manifest, by the path that the API server gives it in a conflict (structured-merge-diff's `Path`):
//! `.spec.template.spec.containers[name="api"].image`.

use crate::model::{Json, JsonMap};

/// Takes a field out of a manifest; whether it was there.
pub fn remove(manifest: &mut JsonMap, path: &str) -> bool {
    from_map(manifest, path.strip_prefix('.').unwrap_or(path))
}

/// Names may have dots in them (`metadata.labels.example.com/tier`): the members of the map tell where one ends.
fn from_map(map: &mut JsonMap, path: &str) -> bool {
    if map.remove(path).is_some() {
        return true;
    }
    map.iter_mut()
        .any(|(name, value)| path.strip_prefix(name.as_str()).is_some_and(|rest| below(value, rest)))
}

fn below(value: &mut Json, rest: &str) -> bool {
    match value {
        Json::Object(map) => rest.strip_prefix('.').is_some_and(|rest| from_map(map, rest)),
        Json::Array(items) => {
            let Some((selector, rest)) = selector(rest) else { return false };
            let Some(at) = items.iter().position(|item| is_selected(item, selector)) else { return false };
            if !rest.is_empty() {
                return below(&mut items[at], rest);
            }
            items.remove(at);
            true
        }
        _ => false,
    }
}

/// What stands in the brackets at the beginning, and what follows them.
fn selector(text: &str) -> Option<(&str, &str)> {
    let inside = text.strip_prefix('[')?;
    let end = unquoted(inside, ']').next()?;
    Some((&inside[..end], &inside[end + 1..]))
}

/// `name="api"`, `port=80,protocol="TCP"`, or `="x"` for the value itself.
fn is_selected(item: &Json, selector: &str) -> bool {
    let mut begin = 0;
    let ends: Vec<usize> = unquoted(selector, ',').chain([selector.len()]).collect();
    ends.into_iter().all(|end| {
        let part = &selector[begin..end];
        begin = end + 1;
        let Some((key, wanted)) = part.split_once('=') else { return false };
        let found = if key.is_empty() { Some(item) } else { item.get(key) };
        found.is_some() && found == serde_json::from_str(wanted).ok().as_ref()
    })
}

/// Where a character stands outside of quotes.
fn unquoted(text: &str, wanted: char) -> impl Iterator<Item = usize> + '_ {
    let (mut quoted, mut escaped) = (false, false);
    text.char_indices().filter_map(move |(at, c)| {
        let is_escaped = std::mem::take(&mut escaped);
        match c {
            '\\' if quoted && !is_escaped => escaped = true,
            '"' if !is_escaped => quoted = !quoted,
            _ => {}
        }
        (c == wanted && !quoted).then_some(at)
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn a_field_is_found_by_the_servers_path() {
        let whole = json!({
            "metadata": {"labels": {"a.io/tier": "web", "a": "1"}, "finalizers": ["x/y", "z"]},
            "spec": {"containers": [
                {"name": "side", "image": "1"},
                {"name": "a]b", "image": "2", "ports": [{"port": 80, "protocol": "UDP"}, {"port": 80, "protocol": "TCP"}]},
            ]},
        });
        for (path, pointer) in [
            (".metadata.labels.a.io/tier", "/metadata/labels/a.io~1tier"),
            (".metadata.finalizers[=\"z\"]", "/metadata/finalizers/1"),
            (".spec.containers[name=\"a]b\"].image", "/spec/containers/1/image"),
            (".spec.containers[name=\"a]b\"].ports[port=80,protocol=\"TCP\"]", "/spec/containers/1/ports/1"),
        ] {
            let mut manifest = whole.as_object().unwrap().clone();
            assert!(whole.pointer(pointer).is_some() && remove(&mut manifest, path), "{path}");
            assert_eq!(Json::Object(manifest).pointer(pointer), None, "{path}");
        }
        let mut manifest = whole.as_object().unwrap().clone();
        for path in [".spec.replicas", ".spec.containers[name=\"b\"].image", ".metadata.labels.a.io"] {
            assert!(!remove(&mut manifest, path), "{path}");
        }
        assert_eq!(Json::Object(manifest), whole);
    }
}
