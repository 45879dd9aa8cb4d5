//! One side of the diff: what the blueprint asks for.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use super::{Address, Identifier, Map, PropertyPath, ResourceType, Scope, Value};

/// A resource as its blueprint describes it.
#[derive(Clone, Debug)]
pub struct Desired {
    /// Its name in the stack.
    pub address: Address,
    /// Its type.
    pub resource_type: ResourceType,
    /// The place whose API makes it.
    pub scope: Scope,
    /// CloudFormation's properties, without the tags.
    pub properties: Map,
    /// The blueprint's and the stack's tags, without those by which stackctl owns the resource.
    pub tags: BTreeMap<String, Value>,
    /// Everything that must be ready before it: written in `dependsOn` or inferred from expressions.
    pub depends_on: BTreeSet<Address>,
    /// How it is to be treated.
    pub lifecycle: Lifecycle,
    /// Where it is written.
    pub origin: Origin,
}

impl Desired {
    /// What the resource carries to say under which address it is. AWS's tags don't take every text; a Kubernetes
    /// annotation does.
    pub fn address_mark(&self) -> String {
        match self.scope {
            Scope::Cluster(_) => self.address.to_string(),
            Scope::Global | Scope::Region(_) => self.address.to_tag(),
        }
    }
}

/// The lifecycle keys of a resource.
#[derive(Clone, Debug, Default)]
pub struct Lifecycle {
    /// `protect: true`: refuse to delete or replace it.
    pub protect: bool,
    /// `adopt: <physical id>`: take over what exists.
    pub adopt: Option<Identifier>,
    /// Whether it is taken over by its tags alone, and what differs is left to the next plan: `stackctl import`.
    pub tags_only: bool,
    /// `movedFrom: <address>`: the address it had before.
    pub moved_from: Option<Address>,
    /// `ignore: [paths]`: differences that are left alone.
    pub ignore: Vec<PropertyPath>,
    /// Ignored paths that stand among the properties only because they are so live: the blueprint does not set them.
    pub unrecorded: Vec<PropertyPath>,
    /// `replace: createFirst|deleteFirst`.
    pub replace: ReplacePolicy,
    /// `exclusive: false`: children that others add (rules of a group) are left alone.
    pub shared_children: bool,
    /// `force: true`: fields that other managers of a Kubernetes object have are taken over.
    pub force: bool,
    /// `updatePolicy: {...}`: how a change is rolled out, in the resource type's own words
    /// (an Auto Scaling group's `instanceRefresh`).
    pub update_policy: Option<Value>,
    /// `readyWhen: ["${...}"]`: conditions over the resource's own attributes, each true when ready.
    pub ready_when: Vec<Value>,
}

/// In which order a replacement is made.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum ReplacePolicy {
    /// What the type can: the new one first where two may exist side by side.
    #[default]
    Auto,
    /// The new one first.
    CreateFirst,
    /// The old one goes first.
    DeleteFirst,
}

/// Something that is read and never changed: a hosted zone, an AMI by an SSM parameter.
#[derive(Clone, Debug)]
pub struct Lookup {
    /// Its name in the stack.
    pub address: Address,
    /// Its type.
    pub resource_type: ResourceType,
    /// The place whose API is asked.
    pub scope: Scope,
    /// Property values that single it out.
    pub by: Map,
    /// Where it is written.
    pub origin: Origin,
}

/// A place in a file.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Origin {
    /// The file as it was named.
    pub file: Arc<str>,
    /// From 1.
    pub line: u32,
    /// From 1.
    pub column: u32,
}
