//! Children that a resource reports inline and that also exist as resources of their own: a security group's rules.
//!
//! Both handlers report all of them; each rule must be seen once. What a resource of its own in the blueprint has is
//! taken out of the inline list. The rest shows inline where the blueprint writes the list, and as children where it
//! does not.

use std::collections::{BTreeMap, HashMap, HashSet};
use std::rc::Rc;
use std::sync::Arc;

use crate::identity::{KnownAttributes, redacted, resolve_all};
use crate::model::{Address, Desired, Json, JsonMap, Live, Ownership, ResourceType, Value};

use super::rules::RulesByType;

/// Gives the live resources back with each such child on one side only.
pub(super) fn settle(
    rules: &mut RulesByType<'_>,
    desired: &[Arc<Desired>],
    lookups: &BTreeMap<Address, Arc<Live>>,
    live: &[Arc<Live>],
) -> Vec<Arc<Live>> {
    let by_address: HashMap<&Address, &Arc<Desired>> =
        desired.iter().map(|desired| (&desired.address, desired)).collect();
    let mut standing = StandingAlone::new(desired, &by_address, lookups, live);
    let mut dropped = HashSet::new();
    let mut edited = HashMap::new();
    for (at, parent) in live.iter().enumerate() {
        let inline = rules.of(&parent.resource_type).facts().inline_children;
        if inline.is_empty() {
            continue;
        }
        let blueprint = parent.address().and_then(|address| by_address.get(address)).copied();
        let mut properties = parent.properties.clone();
        for (property, child_type) in inline {
            let child_type = ResourceType::new(child_type);
            let children = standing.children(parent, &child_type);
            let written = blueprint.and_then(|desired| desired.properties.get(*property));
            match written.filter(|value| !matches!(value, Value::Null)) {
                Some(written) => {
                    let (own, loose): (Vec<_>, Vec<_>) =
                        children.into_iter().partition(|child| standing.is_wanted(rules, *child));
                    take_out(&mut properties, property, own.iter().map(|child| &live[*child].properties));
                    if blueprint.is_some_and(|desired| desired.lifecycle.shared_children) {
                        leave_others(&mut properties, property, written);
                    }
                    dropped.extend(loose);
                }
                None => {
                    properties.remove(*property);
                    let defaults = children.into_iter().filter(|child| is_default_egress(&live[*child]));
                    dropped.extend(defaults);
                }
            }
        }
        edited.insert(at, Arc::new(Live { properties, ..Live::clone(parent) }));
    }
    live.iter()
        .enumerate()
        .filter(|(at, _)| !dropped.contains(at))
        .map(|(at, live)| edited.remove(&at).unwrap_or_else(|| live.clone()))
        .collect()
}

/// What stands alone: the children among the live resources, and which of them the blueprint has as such.
struct StandingAlone<'a> {
    desired: &'a [Arc<Desired>],
    addresses: &'a HashMap<&'a Address, &'a Arc<Desired>>,
    live: &'a [Arc<Live>],
    known: KnownAttributes,
    wanted: HashMap<ResourceType, Rc<Vec<JsonMap>>>,
    by_parent: HashMap<ResourceType, HashMap<String, Vec<usize>>>,
}

impl<'a> StandingAlone<'a> {
    fn new(
        desired: &'a [Arc<Desired>],
        addresses: &'a HashMap<&'a Address, &'a Arc<Desired>>,
        lookups: &BTreeMap<Address, Arc<Live>>,
        live: &'a [Arc<Live>],
    ) -> Self {
        let known = super::mutual::known(lookups, live);
        Self { desired, addresses, live, known, wanted: HashMap::new(), by_parent: HashMap::new() }
    }

    /// The live children of a type that hang under this parent.
    fn children(&mut self, parent: &Live, child_type: &ResourceType) -> Vec<usize> {
        let live = self.live;
        let index = self.by_parent.entry(child_type.clone()).or_insert_with(|| {
            let mut index: HashMap<String, Vec<usize>> = HashMap::new();
            for (at, child) in live.iter().enumerate().filter(|(_, live)| live.resource_type == *child_type) {
                for name in parents_of(child) {
                    index.entry(name).or_default().push(at);
                }
            }
            index
        });
        let names =
            [parent.address().map(Address::as_str), Some(parent.identifier.as_str()), parent.str("GroupId")];
        let mut found: Vec<usize> =
            names.into_iter().flatten().filter_map(|name| index.get(name)).flatten().copied().collect();
        found.sort_unstable();
        found.dedup();
        found
    }

    /// Whether the blueprint has this live child as a resource of its own.
    fn is_wanted(&mut self, rules: &mut RulesByType<'_>, child: usize) -> bool {
        let child = &self.live[child];
        if child.address().is_some_and(|address| self.addresses.contains_key(address)) {
            return true;
        }
        let wanted = self.wanted_of(rules, &child.resource_type);
        wanted.iter().any(|keys| keys.iter().all(|(name, value)| is_same(child.properties.get(name), value)))
    }

    /// The create-only properties of all desired children of a type whose parent is known.
    fn wanted_of(&mut self, rules: &mut RulesByType<'_>, child_type: &ResourceType) -> Rc<Vec<JsonMap>> {
        if let Some(wanted) = self.wanted.get(child_type) {
            return wanted.clone();
        }
        let rules = rules.of(child_type);
        let of_type = self.desired.iter().filter(|desired| desired.resource_type == *child_type);
        let keys = of_type.filter_map(|desired| {
            let resolved = resolve_all(&desired.properties, &self.known).ok()?;
            let settled = resolved
                .iter()
                .filter(|(name, value)| !matches!(value, Value::Null) && rules.is_create_only(name));
            settled
                .map(|(name, value)| Some((name.to_string(), redacted(value)?)))
                .collect::<Option<JsonMap>>()
        });
        let wanted: Rc<Vec<JsonMap>> = Rc::new(keys.filter(|keys| !keys.is_empty()).collect());
        self.wanted.insert(child_type.clone(), wanted.clone());
        wanted
    }
}

/// By what a child names its parent: its address, and the group that a rule belongs to (not the one it lets in).
fn parents_of(child: &Live) -> Vec<String> {
    let mut names = Vec::new();
    if let Ownership::Child { parent: Some(address), .. } = &child.ownership {
        names.push(address.to_string());
    }
    match child.str("GroupId") {
        Some(group) => names.push(group.to_owned()),
        None => names.extend(child.properties.values().filter_map(Json::as_str).map(str::to_owned)),
    }
    names
}

fn is_same(live: Option<&Json>, wanted: &Json) -> bool {
    live.is_some_and(|live| live == wanted || text(live) == text(wanted))
}

fn text(value: &Json) -> String {
    value.as_str().map_or_else(|| value.to_string(), str::to_owned)
}

/// Takes the children out of the inline list.
fn take_out<'c>(properties: &mut JsonMap, property: &str, children: impl Iterator<Item = &'c JsonMap>) {
    let Some(Json::Array(items)) = properties.get_mut(property) else { return };
    for child in children {
        if let Some(at) = items.iter().position(|item| is_inline_form(item, child)) {
            items.remove(at);
        }
    }
}

/// Whether an inline element says what the child says; the child names its parent and more besides.
fn is_inline_form(item: &Json, child: &JsonMap) -> bool {
    item.as_object().is_some_and(|item| item.iter().all(|(name, value)| is_same(child.get(name), value)))
}

/// With `exclusive: false`, elements that the blueprint does not write are those of others.
fn leave_others(properties: &mut JsonMap, property: &str, written: &Value) {
    let (Some(Json::Array(items)), Value::List(written)) = (properties.get_mut(property), written) else {
        return;
    };
    let ours: Vec<_> = written.iter().filter_map(Value::to_json).collect();
    let is_ours = |item: &Json| {
        ours.iter().filter_map(Json::as_object).any(|ours| {
            ours.iter().all(|(name, value)| name == "Description" || is_same(item.get(name), value))
        })
    };
    items.retain(is_ours);
}

/// The rule that EC2 gives each new group: everything may go out. As in CloudFormation, it stands until the
/// blueprint writes the group's own egress list.
fn is_default_egress(child: &Live) -> bool {
    let everywhere = child.str("CidrIp") == Some("0.0.0.0/0") || child.str("CidrIpv6") == Some("::/0");
    child.resource_type.as_str() == "AWS::EC2::SecurityGroupEgress"
        && child.address().is_none()
        && everywhere
        && child.properties.get("IpProtocol").is_some_and(|protocol| text(protocol) == "-1")
}
