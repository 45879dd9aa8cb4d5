//! Which live resource hangs on which, where no blueprint says so: by the ids that its properties name.

use std::collections::HashMap;

use crate::catalog::Catalog;
use crate::identity::{Rules, written_by_people};
use crate::model::{Json, Live, ResourceType};

/// Attributes shorter than this name too many things by chance.
const TELLING: usize = 8;

/// Pairs (user, used) among live resources, by their index.
///
/// A resource uses another if one of its settable properties is the other's identifier, or one of its read-only
/// attributes that no third one shares (an ARN, a DNS name). Properties that list children inline are left out:
/// rules of two security groups may name each other's groups, and stand as resources of their own besides.
pub(super) fn references(catalog: &Catalog, live: &[&Live]) -> Vec<(usize, usize)> {
    let mut by_type: HashMap<&ResourceType, Rules> = HashMap::new();
    for live in live {
        by_type.entry(&live.resource_type).or_insert_with(|| Rules::of(catalog, &live.resource_type));
    }
    let names = names(&by_type, live);
    let mut pairs = Vec::new();
    for (at, user) in live.iter().enumerate() {
        let rules = &by_type[&user.resource_type];
        let inline = rules.facts().inline_children;
        let object = rules.is_kubernetes().then(|| written_by_people(&user.properties));
        for (name, value) in object.as_ref().unwrap_or(&user.properties) {
            if rules.is_attribute(name) || inline.iter().any(|(property, _)| property == name) {
                continue;
            }
            texts(value, &mut |text| {
                if let Some(Some(used)) = names.get(normal(text).as_str())
                    && *used != at
                {
                    pairs.push((at, *used));
                }
            });
        }
    }
    pairs.sort_unstable();
    pairs.dedup();
    pairs
}

/// What each live resource is called: a name of several is nobody's.
fn names(by_type: &HashMap<&ResourceType, Rules>, live: &[&Live]) -> HashMap<String, Option<usize>> {
    let mut attributes: HashMap<String, Option<usize>> = HashMap::new();
    let mut identifiers: HashMap<String, Option<usize>> = HashMap::new();
    for (at, live) in live.iter().enumerate() {
        let rules = &by_type[&live.resource_type];
        if rules.is_kubernetes() {
            // Names of objects are everyday words; the address of a load balancer is not.
            let balancer = live.properties.get("status").and_then(|status| status.get("loadBalancer"));
            texts(balancer.unwrap_or(&Json::Null), &mut |text| claim(&mut attributes, normal(text), at));
            continue;
        }
        claim(&mut identifiers, normal(live.identifier.as_str()), at);
        for (_, value) in live.properties.iter().filter(|(name, _)| rules.is_attribute(name)) {
            texts(value, &mut |text| {
                if text.len() >= TELLING {
                    claim(&mut attributes, normal(text), at);
                }
            });
        }
    }
    attributes.extend(identifiers);
    attributes
}

fn claim(names: &mut HashMap<String, Option<usize>>, name: String, at: usize) {
    names.entry(name).and_modify(|of| *of = of.filter(|of| *of == at)).or_insert(Some(at));
}

/// DNS names come with a final dot, in other case, and with Route 53's prefix for both address families.
fn normal(text: &str) -> String {
    let lower = text.to_ascii_lowercase();
    lower.strip_prefix("dualstack.").unwrap_or(&lower).trim_end_matches('.').to_owned()
}

fn texts(value: &Json, visit: &mut dyn FnMut(&str)) {
    match value {
        Json::String(text) => visit(text),
        Json::Array(items) => items.iter().for_each(|item| texts(item, visit)),
        Json::Object(map) => map.values().for_each(|item| texts(item, visit)),
        _ => {}
    }
}
