//! What two resources can say of one another: a role lists the policies that are attached to it, a policy the roles that
//! it is attached to. AWS reports both whoever said it; so that neither takes back what the other brought, an element
//! that only the other one writes is left out.

use std::collections::BTreeMap;
use std::sync::Arc;

use crate::catalog::Mutual;
use crate::identity::{KnownAttributes, redacted, resolve_all};
use crate::model::{Address, Desired, Json, JsonMap, Live, Value};

use super::rules::RulesByType;

/// Gives the live resources back without what other resources of the blueprint brought into them.
pub(super) fn settle(
    rules: &mut RulesByType<'_>,
    desired: &[Arc<Desired>],
    lookups: &BTreeMap<Address, Arc<Live>>,
    mut live: Vec<Arc<Live>>,
) -> Vec<Arc<Live>> {
    let is_told = |rules: &mut RulesByType<'_>| {
        desired.iter().any(|desired| !rules.of(&desired.resource_type).facts().mutual.is_empty())
    };
    if !is_told(rules) {
        return live;
    }
    let blueprint = Blueprint { desired, known: known(lookups, &live) };
    for one in &mut live {
        for mutual in rules.of(&one.resource_type).facts().mutual {
            let brought = blueprint.brought(one, mutual);
            if brought.is_empty() {
                continue;
            }
            if let Some(Json::Array(items)) = Arc::make_mut(one).properties.get_mut(mutual.property) {
                items.retain(|item| !brought.iter().any(|name| is_named(item, mutual, name)));
            }
        }
    }
    live
}

/// What is live, and what lookups found, by address.
pub(super) fn known(lookups: &BTreeMap<Address, Arc<Live>>, live: &[Arc<Live>]) -> KnownAttributes {
    let mut known = KnownAttributes::default();
    for live in live {
        if let Some(address) = live.address() {
            known.learn(address.clone(), live.clone());
        }
    }
    for (address, live) in lookups {
        known.learn(address.clone(), live.clone());
    }
    known
}

struct Blueprint<'a> {
    desired: &'a [Arc<Desired>],
    known: KnownAttributes,
}

impl Blueprint<'_> {
    /// What others of the blueprint bring into a property of a live resource, and it does not write itself.
    fn brought(&self, live: &Live, mutual: &Mutual) -> Vec<String> {
        let (Some(address), Some(name)) = (live.address(), live.str(mutual.named_by)) else {
            return Vec::new();
        };
        let own = self.desired.iter().find(|desired| desired.address == *address);
        let own = own.and_then(|desired| self.items(desired, mutual.property)).unwrap_or_default();
        let others = self.desired.iter().filter(|desired| desired.resource_type.as_str() == mutual.other);
        others
            .filter(|other| {
                self.items(other, mutual.others_property)
                    .is_some_and(|names| names.iter().any(|item| item.as_str() == Some(name)))
            })
            .filter_map(|other| self.name(other, mutual.names))
            .filter(|name| !own.iter().any(|item| is_named(item, mutual, name)))
            .collect()
    }

    /// The elements that a resource writes into a list, as far as they are known; one text is a list of it.
    fn items(&self, desired: &Desired, property: &str) -> Option<Vec<Json>> {
        let written = resolve_all(&desired.properties, &self.known).ok()?;
        match written.get(property)? {
            Value::List(items) => Some(items.iter().filter_map(redacted).collect()),
            one => Some(redacted(one).into_iter().collect()),
        }
    }

    /// What a resource is called in the lists of others: written, or as it was read.
    fn name(&self, desired: &Desired, property: &str) -> Option<String> {
        let written = desired.properties.get(property).and_then(|value| value.resolve(&self.known).ok());
        let written = written.and_then(|value| redacted(&value)?.as_str().map(str::to_owned));
        written.or_else(|| self.known.live(&desired.address)?.str(property).map(str::to_owned))
    }
}

/// Whether an element is the one of this name: it is the name, or has it.
fn is_named(item: &Json, mutual: &Mutual, name: &str) -> bool {
    let own = item.as_object().and_then(|item: &JsonMap| item.get(mutual.names));
    own.unwrap_or(item).as_str() == Some(name)
}
