//! What keeps a resource from being planned. All are reported; the rest of the plan stands.

use std::collections::BTreeMap;

use thiserror::Error;

use crate::model::{Address, EvaluateError, FieldConflict, Identifier, ResourceType, Scope};

/// Why there is no change for an address.
#[derive(Clone, Debug, Error)]
pub enum Problem {
    /// Its type could not be read in its region.
    #[error("{address}: {resource_type} could not be read in {scope}: {error}")]
    Unreadable {
        /// Which resource.
        address: Address,
        /// Its type.
        resource_type: ResourceType,
        /// Where.
        scope: Scope,
        /// What went wrong.
        error: String,
    },
    /// What the stack has in a place could not be read, and would be left behind.
    #[error(
        "{address}: what the stack has{} in {scope} can't be told: {error}; \
         nothing goes while something may be left behind",
        .resource_type.as_ref().map(|of| format!(" of {of}")).unwrap_or_default()
    )]
    Unsearched {
        /// The place, the type in it, or the cluster itself.
        address: Address,
        /// Of which type; none where it is the whole place.
        resource_type: Option<ResourceType>,
        /// Where.
        scope: Scope,
        /// What went wrong.
        error: String,
    },
    /// A lookup found nothing, or too much, or could not be made.
    #[error("{address}: the lookup failed: {error}")]
    Lookup {
        /// Which lookup.
        address: Address,
        /// What went wrong.
        error: String,
    },
    /// Something that it depends on has a problem.
    #[error("{address}: it needs {dependency}, which can't be planned")]
    Blocked {
        /// Which resource.
        address: Address,
        /// What it depends on.
        dependency: Address,
    },
    /// An expression failed on what is live.
    #[error("{address}: {error}")]
    Expression {
        /// Of which resource.
        address: Address,
        /// How.
        error: EvaluateError,
    },
    /// Something of its identity exists and is not the stack's.
    #[error(
        "{address}: the {resource_type} `{identifier}` exists already and is {}; \
         take it over with `adopt: {identifier}`, or give another name",
        .owner.as_ref().map_or_else(|| "not this stack's".to_owned(), |owner| format!("owned by the stack `{owner}`"))
    )]
    Foreign {
        /// Which resource.
        address: Address,
        /// Its type.
        resource_type: ResourceType,
        /// The one that exists.
        identifier: Identifier,
        /// The stack that its tags name.
        owner: Option<String>,
    },
    /// What is to be adopted is not there.
    #[error(
        "{address}: `adopt: {identifier}`: there is no such {resource_type} in {scope}; check the id and the region"
    )]
    AdoptMissing {
        /// Which resource.
        address: Address,
        /// Its type.
        resource_type: ResourceType,
        /// Where it was looked for.
        scope: Scope,
        /// What was looked for.
        identifier: Identifier,
    },
    /// Others manage what the blueprint sets.
    #[error(
        "{address}: {}; take these fields out of the manifest, or take them over with `force: true`",
        told(.conflicts)
    )]
    Conflict {
        /// Which object.
        address: Address,
        /// Who manages what.
        conflicts: Vec<FieldConflict>,
    },
    /// The provider would refuse the change.
    #[error("{address}: the server would refuse it: {message}")]
    Refused {
        /// Which object.
        address: Address,
        /// In the server's words.
        message: String,
    },
    /// What is to be adopted would have to go.
    #[error(
        "{address}: `{identifier}` can't be taken over as it is: {words}, and that only a new one would mend; \
         write what is there into the blueprint, or leave it out of the stack"
    )]
    AdoptDiffers {
        /// Which resource.
        address: Address,
        /// What was to be adopted.
        identifier: Identifier,
        /// What is in the way.
        words: String,
    },
    /// What says whose it is can't be written any more.
    #[error(
        "{address}: `{identifier}` can't become it: the tags of {resource_type} stay as they were made; \
         keep the address that it has, or have a new one made"
    )]
    FixedTags {
        /// Which resource.
        address: Address,
        /// The one that exists.
        identifier: Identifier,
        /// Its type.
        resource_type: ResourceType,
    },
    /// Something is to be taken over where there is another one.
    #[error(
        "{address}: it is `{identifier}` already; take that out of the stack first, or import to another address"
    )]
    Occupied {
        /// Which resource.
        address: Address,
        /// The one that has the address.
        identifier: Identifier,
    },
    /// What is to be adopted is owned.
    #[error(
        "{address}: `adopt: {identifier}` belongs to {owner}; \
         take it out of there first, or use `movedFrom` within one stack"
    )]
    AdoptOwned {
        /// Which resource.
        address: Address,
        /// What was to be adopted.
        identifier: Identifier,
        /// Whose it is: a stack, or an address of this one.
        owner: String,
    },
}

impl Problem {
    /// Which resource has it.
    pub fn address(&self) -> &Address {
        match self {
            Self::Unreadable { address, .. }
            | Self::Unsearched { address, .. }
            | Self::Lookup { address, .. }
            | Self::Blocked { address, .. }
            | Self::Expression { address, .. }
            | Self::Foreign { address, .. }
            | Self::AdoptMissing { address, .. }
            | Self::AdoptDiffers { address, .. }
            | Self::Occupied { address, .. }
            | Self::FixedTags { address, .. }
            | Self::Conflict { address, .. }
            | Self::Refused { address, .. }
            | Self::AdoptOwned { address, .. } => address,
        }
    }
}

/// `kubectl-edit` manages `spec.replicas`, `spec.paused`; `helm` manages `data.mode`.
fn told(conflicts: &[FieldConflict]) -> String {
    let mut by_manager: BTreeMap<&str, Vec<String>> = BTreeMap::new();
    for conflict in conflicts {
        by_manager.entry(&conflict.manager).or_default().push(format!("`{}`", conflict.path));
    }
    let told = by_manager.iter().map(|(manager, paths)| format!("`{manager}` manages {}", paths.join(", ")));
    told.collect::<Vec<_>>().join("; ")
}
