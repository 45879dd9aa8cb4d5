//! Which of all that a service lists concerns the stack: what it may own, and what has the identity of
//! something wanted.

use std::collections::BTreeSet;

use super::tags::{Tags, owner};
use crate::identity::Owns;
use crate::model::{
    Address, Digest, Identifier, JsonMap, Live, Ownership, StackName, TAG_ADDRESS, TAG_STACK,
};
use crate::providers::{Query, Wanted};

/// The candidates of one bulk read, for services whose describe calls leave tags out: tags are read for these
/// alone.
pub struct Candidates<'a> {
    query: Query<'a>,
    prefix: String,
    names: BTreeSet<&'a str>,
    ids: BTreeSet<&'a str>,
}

impl<'a> Candidates<'a> {
    /// Candidates by what is wanted under `name_property`, the stack's name prefix, adoption and the tag
    /// search.
    pub fn of(query: &Query<'a>, name_property: &str) -> Self {
        let names = query.wanted.iter().filter_map(|w| w.properties.get(name_property)?.as_str()).collect();
        let adopted = query.wanted.iter().filter_map(|w| w.adopt.as_ref()).map(Identifier::as_str);
        let tagged = query.tagged.iter().map(|found| found.arn.as_str());
        Self {
            query: *query,
            prefix: format!("{}-", query.stack),
            names,
            ids: adopted.chain(tagged).collect(),
        }
    }

    /// Whether something of this name and these ids (physical id, ARN) has to be looked at more closely.
    pub fn covers(&self, name: &str, ids: &[&str]) -> bool {
        name.starts_with(&self.prefix)
            || self.names.contains(name)
            || ids.iter().any(|id| self.ids.contains(id))
    }

    /// Whether a live resource, its tags known by now, belongs into the answer: it is owned, or what is
    /// wanted has its name or adopts it.
    pub fn keeps(&self, live: &Live, name: &str) -> bool {
        live.ownership != Ownership::Foreign
            || self.names.contains(name)
            || self.query.wanted.iter().any(|w| w.adopt.as_ref() == Some(&live.identifier))
    }
}

/// The wanted resource that a live one answers: by address, adoption, or name.
pub fn wanted_for<'a>(
    query: &Query<'a>,
    tags: &Tags,
    identifier: &str,
    name: Option<(&str, &str)>,
) -> Option<&'a Wanted> {
    let address = owner(tags, query.stack);
    let by_address = query.wanted.iter().find(|w| Some(&w.address) == address.as_ref());
    let by_identity = |w: &&Wanted| {
        w.adopt.as_ref().is_some_and(|id| id.as_str() == identifier)
            || name.is_some_and(|(property, value)| {
                w.properties.get(property).and_then(|v| v.as_str()) == Some(value)
            })
    };
    by_address.or_else(|| query.wanted.iter().find(by_identity))
}

/// Whether a top-level property of a live resource will be compared: a wanted resource that it may be has it,
/// or the last apply set it. What takes a call of its own to read is read only then.
pub fn is_compared(query: &Query<'_>, live: &Live, name: Option<(&str, &str)>, property: &str) -> bool {
    let wanted = wanted_for(query, &live.tags, live.identifier.as_str(), name);
    wanted.is_some_and(|wanted| wanted.properties.contains_key(property)) || was_set(&live.tags, property)
}

/// Whether the last apply set a top-level property, by the ownership tags.
pub fn was_set(tags: &Tags, property: &str) -> bool {
    Owns::read(tags).is_some_and(|owns| owns.contains(property))
}

/// Whether tags say that a resource is this stack's at this address: a create that finds it has found its own
/// first attempt.
pub fn is_ours(tags: &Tags, stack: &StackName, address: &Address) -> bool {
    owner(tags, stack).as_ref() == Some(address)
}

/// The tags of a create with the ownership tags in them, also for the types whose schemas know no tags while
/// their API does (IAM's instance profiles and policies).
pub fn owning(tags: &Tags, stack: &StackName, address: &Address) -> Tags {
    let mut tags = tags.clone();
    tags.insert(TAG_STACK.to_owned(), stack.to_string());
    tags.insert(TAG_ADDRESS.to_owned(), address.to_tag());
    tags
}

/// The name in `property`, or one made of stack and address for types whose schemas leave the name to AWS
/// (`PolicyName` of a scaling policy): the same for a repeated create.
pub fn name_or_generated(
    properties: &JsonMap,
    property: &str,
    stack: &StackName,
    address: &Address,
    max: usize,
) -> String {
    if let Some(name) = properties.get(property).and_then(|value| value.as_str()) {
        return name.to_owned();
    }
    let hash = Digest::of(address.as_str().as_bytes()).base36(6);
    let key = address.key().map(|key| format!("-{key}")).unwrap_or_default();
    let words: String = format!("{stack}-{}{key}", address.path())
        .chars()
        .map(|c| if c.is_ascii_alphanumeric() { c } else { '-' })
        .take(max - hash.len() - 1)
        .collect();
    format!("{}-{hash}", words.trim_end_matches('-'))
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn a_generated_name_is_stable_and_fits() {
        let stack = StackName::new("shop");
        let address = Address::new("us-east-1", "web.scaling.policy", Some("a/b"));
        let name = name_or_generated(&JsonMap::new(), "PolicyName", &stack, &address, 32);
        assert_eq!(name, name_or_generated(&JsonMap::new(), "PolicyName", &stack, &address, 32));
        assert!(name.starts_with("shop-web-scaling-policy-"), "{name}");
        assert!(name.len() <= 32, "{name}");
        let given = json!({"PolicyName": "mine"});
        assert_eq!(name_or_generated(given.as_object().unwrap(), "PolicyName", &stack, &address, 32), "mine");
    }

    #[test]
    fn tags_of_another_stack_or_address_are_not_ours() {
        let address = Address::new("us-east-1", "web", None);
        let tags = owning(&Tags::new(), &StackName::new("shop"), &address);
        assert!(is_ours(&tags, &StackName::new("shop"), &address));
        assert!(!is_ours(&tags, &StackName::new("shop-staging"), &address));
        assert!(!is_ours(&tags, &StackName::new("shop"), &Address::new("us-east-1", "db", None)));
    }
}
