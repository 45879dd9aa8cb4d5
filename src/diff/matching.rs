//! Which live resource is which desired one: by tag, by `adopt`, by `movedFrom`, by identity; in this order.

use std::collections::{HashMap, HashSet};
use std::sync::Arc;

use crate::identity::{Rules, insert_name, object_identity, redacted};
use crate::model::{
    Address, Desired, Identifier, Json, JsonMap, Live, Map, Ownership, ResourceType, Scope, Status,
    TAG_STACK, Value,
};

use super::Problem;

/// How a live resource was recognised.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum How {
    /// Its tag says this address.
    Tag,
    /// The blueprint says to take it over.
    Adopted,
    /// Its tag says another address, which it leaves: named by `movedFrom`, or in the blueprint no more.
    Moved(Address),
    /// It can't be tagged, and has the identity.
    Identity,
    /// It has the generated name, but not yet the tags.
    Interrupted,
    /// It can't be tagged, and is the same in all but a part of its key.
    Key,
}

/// A type in a scope, and the names of the create-only properties that are compared.
type NaturalKey = (ResourceType, Scope, Vec<String>);

/// The live resources, indexed, and which of them have found their desired one.
pub(super) struct Matching {
    live: Vec<Arc<Live>>,
    claimed: Vec<bool>,
    by_address: HashMap<Address, Vec<usize>>,
    by_type: HashMap<(ResourceType, Scope), Vec<usize>>,
    by_identity: HashMap<(ResourceType, Scope), HashMap<Identifier, Vec<usize>>>,
    by_natural_key: HashMap<NaturalKey, HashMap<String, Vec<usize>>>,
    /// Addresses that a desired resource has or will take over: their live ones are not free to be renamed.
    spoken_for: HashSet<Address>,
}

/// Live resources that may be the desired one, and how they were recognised.
pub(super) type Candidates = Vec<(usize, How)>;

impl Matching {
    /// Indexes the live resources; what is going away already is not one of them.
    pub fn new(live: Vec<Arc<Live>>, desired: &[Arc<Desired>]) -> Self {
        let mut by_address: HashMap<Address, Vec<usize>> = HashMap::new();
        let mut by_type: HashMap<_, Vec<usize>> = HashMap::new();
        let live: Vec<_> = live.into_iter().filter(|live| live.status != Status::Deleting).collect();
        for (index, live) in live.iter().enumerate() {
            if let Some(address) = live.address() {
                by_address.entry(address.clone()).or_default().push(index);
            }
            by_type.entry((live.resource_type.clone(), live.scope.clone())).or_default().push(index);
        }
        let spoken_for = desired
            .iter()
            .flat_map(|desired| std::iter::once(&desired.address).chain(&desired.lifecycle.moved_from))
            .cloned()
            .collect();
        let claimed = vec![false; live.len()];
        Self {
            live,
            claimed,
            by_address,
            by_type,
            by_identity: HashMap::new(),
            by_natural_key: HashMap::new(),
            spoken_for,
        }
    }

    /// A live resource.
    pub fn live(&self, index: usize) -> &Arc<Live> {
        &self.live[index]
    }

    /// Says that a live resource has found its desired one.
    pub fn claim(&mut self, index: usize) {
        self.claimed[index] = true;
    }

    /// The live resources that nothing claimed.
    pub fn unclaimed(&self) -> impl Iterator<Item = &Arc<Live>> {
        self.live.iter().zip(&self.claimed).filter(|(_, claimed)| !**claimed).map(|(live, _)| live)
    }

    /// Whether a live resource has the desired one's address in its tags.
    pub fn is_tagged(&self, desired: &Desired) -> bool {
        let tagged = self.by_address.get(&desired.address);
        tagged.is_some_and(|found| found.iter().any(|index| self.is_free(*index, desired)))
    }

    /// The live resources that may be the desired one. `name` is the name that stackctl generates for it.
    pub fn candidates(
        &mut self,
        rules: &Rules,
        desired: &Desired,
        resolved: &Map,
        name: Option<&str>,
    ) -> Result<Candidates, Problem> {
        let tagged = self.with_address(&desired.address, desired);
        if !tagged.is_empty() {
            return Ok(tagged.into_iter().map(|index| (index, How::Tag)).collect());
        }
        if let Some(identifier) = &desired.lifecycle.adopt {
            return self.adopted(desired, identifier).map(|index| vec![(index, How::Adopted)]);
        }
        if let Some(from) = &desired.lifecycle.moved_from {
            let moved = self.with_address(from, desired);
            if !moved.is_empty() {
                return Ok(moved.into_iter().map(|index| (index, How::Moved(from.clone()))).collect());
            }
        }
        let with_identity = self.identified(rules, desired, resolved, name)?;
        // Of what has no tags but an identity that can be told, only that one is it: two policies of one group share all
        // create-only properties.
        let told = !rules.is_taggable() && identity(rules, resolved, name).is_some();
        if told || !with_identity.is_empty() {
            return Ok(with_identity);
        }
        Ok(self.natural(rules, desired, resolved))
    }

    fn with_address(&self, address: &Address, desired: &Desired) -> Vec<usize> {
        let found = self.by_address.get(address).into_iter().flatten().copied();
        found.filter(|index| self.is_free(*index, desired)).collect()
    }

    fn is_free(&self, index: usize, desired: &Desired) -> bool {
        let live = &self.live[index];
        !self.claimed[index]
            && live.resource_type.is_same_kind(&desired.resource_type)
            && live.scope == desired.scope
    }

    fn adopted(&self, desired: &Desired, identifier: &Identifier) -> Result<usize, Problem> {
        let key = (desired.resource_type.clone(), desired.scope.clone());
        let found = self.by_type.get(&key).into_iter().flatten().copied();
        let Some(index) = found.into_iter().find(|index| self.live[*index].identifier == *identifier) else {
            return Err(Problem::AdoptMissing {
                address: desired.address.clone(),
                resource_type: desired.resource_type.clone(),
                scope: desired.scope.clone(),
                identifier: identifier.clone(),
            });
        };
        let live = &self.live[index];
        let owner = match &live.ownership {
            Ownership::Tagged(address) => Some(format!("the address {address}")),
            Ownership::Foreign => live.tags.get(TAG_STACK).map(|stack| format!("the stack `{stack}`")),
            Ownership::Child { .. } => None,
        };
        match owner {
            Some(owner) => Err(Problem::AdoptOwned {
                address: desired.address.clone(),
                identifier: identifier.clone(),
                owner,
            }),
            None => Ok(index),
        }
    }

    /// By the primary identifier, computed of both sides alike.
    fn identified(
        &mut self,
        rules: &Rules,
        desired: &Desired,
        resolved: &Map,
        name: Option<&str>,
    ) -> Result<Candidates, Problem> {
        let Some(identifier) = identity(rules, resolved, name) else { return Ok(Vec::new()) };
        let mut foreign = None;
        let mut found = Vec::new();
        for index in self.with_identity(rules, desired, &identifier) {
            if !self.is_free(index, desired) {
                continue;
            }
            let live = &self.live[index];
            match &live.ownership {
                Ownership::Child { .. } => found.push((index, How::Identity)),
                Ownership::Tagged(address) if !self.spoken_for.contains(address) => {
                    found.push((index, How::Moved(address.clone())));
                }
                Ownership::Foreign if name.is_some() && !live.tags.contains_key(TAG_STACK) => {
                    found.push((index, How::Interrupted));
                }
                Ownership::Foreign => foreign = Some(live),
                Ownership::Tagged(_) => {}
            }
        }
        match foreign {
            Some(live) if found.is_empty() => Err(Problem::Foreign {
                address: desired.address.clone(),
                resource_type: desired.resource_type.clone(),
                identifier: live.identifier.clone(),
                owner: live.tags.get(TAG_STACK).cloned(),
            }),
            _ => Ok(found),
        }
    }

    fn with_identity(&mut self, rules: &Rules, desired: &Desired, identifier: &Identifier) -> Vec<usize> {
        let key = (desired.resource_type.clone(), desired.scope.clone());
        let (live, by_type) = (&self.live, &self.by_type);
        let index = self.by_identity.entry(key).or_insert_with_key(|key| {
            let mut index: HashMap<Identifier, Vec<usize>> = HashMap::new();
            for at in by_type.get(key).into_iter().flatten().copied() {
                let schema = rules.schema().filter(|_| !rules.is_kubernetes());
                let computed = schema.and_then(|schema| schema.identifier(&live[at].properties));
                index.entry(computed.unwrap_or_else(|| live[at].identifier.clone())).or_default().push(at);
            }
            index
        });
        index.get(identifier).cloned().unwrap_or_default()
    }

    /// By all create-only properties that the blueprint sets: a route is its table and its destination.
    fn natural(&mut self, rules: &Rules, desired: &Desired, resolved: &Map) -> Candidates {
        let names: Vec<String> = resolved
            .iter()
            .filter(|(name, value)| !matches!(value, Value::Null) && rules.is_create_only(name))
            .map(|(name, _)| name.to_string())
            .collect();
        let wanted: Option<Vec<Json>> = names.iter().map(|name| redacted(&resolved[name.as_str()])).collect();
        let Some(wanted) = wanted.filter(|wanted| !wanted.is_empty()) else { return Vec::new() };
        let (live, by_type) = (&self.live, &self.by_type);
        let of_type = (desired.resource_type.clone(), desired.scope.clone());
        let key = (of_type.0.clone(), of_type.1.clone(), names);
        let index = self.by_natural_key.entry(key).or_insert_with_key(|(_, _, names)| {
            let mut index: HashMap<String, Vec<usize>> = HashMap::new();
            for at in by_type.get(&of_type).into_iter().flatten().copied() {
                let values = names.iter().map(|name| live[at].properties.get(name.as_str()));
                if let Some(values) = values.collect::<Option<Vec<_>>>() {
                    index.entry(natural_key(values.into_iter())).or_default().push(at);
                }
            }
            index
        });
        let found = index.get(&natural_key(wanted.iter())).cloned().unwrap_or_default();
        found.into_iter().filter_map(|at| self.by_nature(rules, desired, at)).collect()
    }

    fn by_nature(&self, rules: &Rules, desired: &Desired, index: usize) -> Option<(usize, How)> {
        if !self.is_free(index, desired) {
            return None;
        }
        match &self.live[index].ownership {
            Ownership::Child { .. } => Some((index, How::Identity)),
            // What may exist twice (two addresses' volumes) is never taken for another by its looks.
            Ownership::Tagged(address)
                if (rules.facts().natural_key || !rules.is_taggable())
                    && !self.spoken_for.contains(address) =>
            {
                Some((index, How::Moved(address.clone())))
            }
            _ => None,
        }
    }
}

/// The primary identifier that a desired resource will have, if it can be told before it is made.
pub(super) fn identity(rules: &Rules, resolved: &Map, name: Option<&str>) -> Option<Identifier> {
    if rules.is_kubernetes() {
        return object_identity(resolved);
    }
    let schema = rules.schema()?;
    let mut properties: JsonMap =
        resolved.iter().filter_map(|(name, value)| Some((name.to_string(), value.to_json()?))).collect();
    if let (Some(name), Some(rule)) = (name, rules.facts().name) {
        insert_name(&rule, &mut properties, name);
    }
    schema.identifier(&properties)
}

/// Values as one text; `"80"` and 80 are the same.
fn natural_key<'v>(values: impl Iterator<Item = &'v Json>) -> String {
    let mut key = String::new();
    for value in values {
        match value {
            Json::String(text) => key.push_str(text),
            other => key.push_str(&other.to_string()),
        }
        key.push('\u{1f}');
    }
    key
}
