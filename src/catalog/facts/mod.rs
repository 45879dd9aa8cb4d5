//! What the schemas leave out: scope, usual create times, names, and where a type is special.
//!
//! The facts themselves stand in [`table`], one line a type, by family of services, and in [`kubernetes`]; who makes a
//! type, in [`handlers`], and more that hold data, in [`stores`].

mod handlers;
mod kubernetes;
mod stores;
mod table;

use crate::model::ResourceType;

pub use handlers::{NATIVE, instead_of, is_native};
pub use stores::holds_data;

/// What the schemas leave out (hand-written table).
#[derive(Clone, Debug)]
pub struct Facts {
    /// Whether there is one for the whole partition and not one a region.
    pub global: bool,
    /// How long a create usually takes, in seconds; 5 where nothing is known.
    pub create_seconds: u32,
    /// How long a change in place usually takes, where that is more than half a create: nodes that are replaced one by one.
    pub update_seconds: u32,
    /// Whether deleting it destroys data.
    pub holds_data: bool,
    /// The property that is its unique name, for types that get a generated one.
    pub name: Option<NameRule>,
    /// Read-only attributes that an update in place may change (`LatestVersionNumber`).
    pub volatile: &'static [&'static str],
    /// Whether two may exist side by side during a replacement.
    pub create_first: bool,
    /// Inline properties that also exist as resources of their own: (`SecurityGroupIngress`, its type).
    pub inline_children: &'static [(&'static str, &'static str)],
    /// Whether its API can tag it although CloudFormation can't.
    pub taggable: bool,
    /// Properties that are read back although CloudFormation's own handler can't.
    pub readable: &'static [&'static str],
    /// Properties that can't be read back although the schema does not say so, as generalised paths.
    pub unreadable: &'static [&'static str],
    /// Properties that make a replacement although the schema does not say so.
    pub create_only: &'static [&'static str],
    /// Lists without order although the schema does not say so, as generalised paths.
    pub sets: &'static [&'static str],
    /// Whether no two may have the same create-only properties (two subnets of one CIDR block, two equal rules of a
    /// group), so that one whose address left the blueprint is the one that has them under another.
    pub natural_key: bool,
    /// Properties that no two may have the same at once (a subnet's VPC and CIDR block): the one that leaves has to go
    /// before the one that comes.
    pub exclusive: &'static [&'static str],
    /// For a type without tags: whether what is live and not in the blueprint is taken away, since all that is
    /// reported was set by someone (a record set's health check); else AWS may have filled it in, and it stays.
    pub compared_whole: bool,
    /// For a type that ties resources together and has neither tags nor a name: what it ties.
    pub ties: Option<Ties>,
    /// Lists whose elements other resources may bring in as well: the policies of a role.
    pub mutual: &'static [Mutual],
    /// Patterns of texts that the schemas do not state, by generalised path.
    pub patterns: &'static [(&'static str, &'static str)],
    /// What `updatePolicy` takes: how a change is rolled out, and the options of each way.
    pub update_policies: &'static [(&'static str, &'static [&'static str])],
}

impl Facts {
    /// A regional type that holds nothing, is made in five seconds, and may exist twice.
    pub const DEFAULT: Self = Self {
        global: false,
        create_seconds: 5,
        update_seconds: 0,
        holds_data: false,
        name: None,
        volatile: &[],
        create_first: true,
        inline_children: &[],
        taggable: false,
        readable: &[],
        unreadable: &[],
        create_only: &[],
        sets: &[],
        natural_key: false,
        exclusive: &[],
        compared_whole: false,
        ties: None,
        mutual: &[],
        patterns: &[],
        update_policies: &[],
    };

    /// How long a change in place usually takes, in seconds.
    pub fn update_seconds(&self) -> u32 {
        self.update_seconds.max(self.create_seconds / 2)
    }

    /// The facts of a type; [`DEFAULT`](Self::DEFAULT) where the table has none.
    pub fn of(resource_type: &str) -> Self {
        if let Some(object) = ResourceType::new(resource_type).object() {
            return kubernetes::of(object.group, object.kind);
        }
        table::TABLES
            .into_iter()
            .flatten()
            .find(|(name, _)| *name == resource_type)
            .map_or(Self::DEFAULT, |(_, facts)| facts.clone())
    }
}

impl Default for Facts {
    fn default() -> Self {
        Self::DEFAULT
    }
}

/// What a resource ties together (a load balancer and its firewall). It is the stack's if all its ends are.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Ties {
    /// The types at its ends.
    pub types: &'static [&'static str],
    /// For each end, the property that names it, and that type's attribute which the property holds.
    pub ends: &'static [(&'static str, &'static str)],
}

/// A list that says what a property of another type says from its side.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Mutual {
    /// The list (`ManagedPolicyArns` of a role).
    pub property: &'static str,
    /// The other type (a managed policy).
    pub other: &'static str,
    /// By what the list names the other: an attribute of it, and where elements are objects also a property of theirs.
    pub names: &'static str,
    /// Where the other names this one (`Roles`).
    pub others_property: &'static str,
    /// By what it does: an attribute of this type (`RoleName`).
    pub named_by: &'static str,
}

/// The rule for a generated name.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct NameRule {
    /// The property (`RoleName`); dotted where it lies deeper (`CachePolicyConfig.Name`).
    pub property: &'static str,
    /// The longest name, in characters; the suffix counts.
    pub max: usize,
    /// Whether only lower case is allowed.
    pub lower: bool,
    /// What the name must end with if a property is true: (`FifoQueue`, `.fifo`).
    pub suffix: Option<(&'static str, &'static str)>,
}

impl NameRule {
    /// A name of any case.
    const fn any(property: &'static str, max: usize) -> Self {
        Self { property, max, lower: false, suffix: None }
    }

    /// A name in lower case.
    const fn lower(property: &'static str, max: usize) -> Self {
        Self { property, max, lower: true, suffix: None }
    }

    /// A name that ends in `.fifo` where the property is true.
    const fn fifo(property: &'static str, max: usize, flag: &'static str) -> Self {
        Self { property, max, lower: false, suffix: Some((flag, ".fifo")) }
    }
}

/// The types that tie others together.
pub fn ties() -> impl Iterator<Item = &'static str> {
    table::TABLES.into_iter().flatten().filter(|(_, facts)| facts.ties.is_some()).map(|(name, _)| *name)
}

/// The whole table, for the test that holds it against the schemas.
#[cfg(test)]
pub(super) fn all() -> impl Iterator<Item = &'static (&'static str, Facts)> {
    table::TABLES.into_iter().flatten()
}

/// Groups and kinds of Kubernetes' table, for the test that holds it against the schemas.
#[cfg(test)]
pub(super) fn all_kinds() -> impl Iterator<Item = (&'static str, &'static str)> {
    kubernetes::TABLE.iter().map(|(group, kind, _)| (*group, *kind))
}
