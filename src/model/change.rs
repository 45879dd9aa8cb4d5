//! What has to happen to one address.

use std::sync::Arc;

use serde::{Deserialize, Serialize};

use super::{Address, Desired, Json, Live, PropertyPath, ResourceType, Scope};

/// The decision for one address, with the reasons a person needs.
#[derive(Clone, Debug)]
pub struct Change {
    /// Which resource.
    pub address: Address,
    /// Its type.
    pub resource_type: ResourceType,
    /// Where it lives.
    pub scope: Scope,
    /// What is done.
    pub action: Action,
    /// The differences; for a create or delete, every property.
    pub paths: Vec<PathChange>,
    /// Why it is there, where the paths don't say: `not in the blueprint`, `deleted outside of stackctl`.
    pub reason: Option<String>,
    /// Paths that the blueprint sets and the provider does not tell: whether they are so can't be said.
    pub untold: Vec<PropertyPath>,
    /// The blueprint's side; none for a delete.
    pub desired: Option<Arc<Desired>>,
    /// The provider's side; none for a create.
    pub live: Option<Arc<Live>>,
    /// In which order a replacement is made; none for every other action.
    pub replace_order: Option<ReplaceOrder>,
    /// Why it needs `--allow-destroy`; none where it needs no consent.
    pub consent: Option<Consent>,
}

/// Why a delete or a replacement is not carried out without being named by `--allow-destroy`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub enum Consent {
    /// The resource's data would be gone.
    HoldsData,
    /// The blueprint says `protect: true`.
    Protected,
}

/// What is done to a resource.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Action {
    /// It is made.
    Create,
    /// It is changed in place.
    Update,
    /// A new one takes its place.
    Replace,
    /// It goes.
    Delete,
    /// It exists and gets the stack's tags; nothing else of it changes.
    Adopt,
    /// It is as it should be.
    None,
}

/// A part of a change: a replacement has two.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Step {
    /// The resource is made.
    Create,
    /// It is changed in place, or adopted.
    Update,
    /// It, or the one it replaces, goes.
    Delete,
    /// Nothing is done: many steps wait for this one instead of each for many others.
    Barrier,
}

/// The order of a replacement, decided for its type and lifecycle.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub enum ReplaceOrder {
    /// New, then dependants, then the old one goes.
    CreateFirst,
    /// The old one goes, then the new one is made.
    DeleteFirst,
}

/// One difference.
#[derive(Clone, Debug, PartialEq)]
pub struct PathChange {
    /// Where.
    pub path: PropertyPath,
    /// Live; none where it is added.
    pub before: Option<Shown>,
    /// Desired; none where it is removed.
    pub after: Option<Shown>,
    /// Whether the type can't change it in place.
    pub forces_replacement: bool,
}

/// A value as it may be shown.
#[derive(Clone, Debug, PartialEq)]
pub enum Shown {
    /// The value itself.
    Value(Json),
    /// It comes from something not yet made.
    KnownAfterApply,
    /// A secret.
    Sensitive,
}
