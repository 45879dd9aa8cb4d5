//! Where a resource was that nothing in the cloud says is the stack's.

use serde::{Deserialize, Serialize};

use super::{Address, Identifier, ResourceType, Scope};

/// What was made under an address, of a type that carries no tags. It may be gone since.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct Hint {
    /// Its type.
    #[serde(rename = "type")]
    pub resource_type: ResourceType,
    /// Where it was made.
    pub scope: Scope,
    /// Its physical id.
    pub identifier: Identifier,
    /// The address it had.
    pub address: Address,
}
