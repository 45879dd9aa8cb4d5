//! What a provider says would come of an update, without making it: a server-side dry run.

use std::collections::BTreeMap;

use super::{Address, JsonMap, PropertyPath};

/// Forecasts by address.
pub type Forecasts = BTreeMap<Address, Forecast>;

/// What would come of an update.
#[derive(Clone, Debug, PartialEq)]
pub enum Forecast {
    /// The object as it would then be read.
    Becomes {
        /// The whole object.
        object: JsonMap,
        /// Who changed by hand what stackctl had set and would set again: `kubectl-scale`.
        overruled: Vec<String>,
    },
    /// Others manage what the blueprint sets; only `force: true` takes it over.
    Conflict(Vec<FieldConflict>),
    /// These can't be changed in place.
    Immutable {
        /// Where; empty where the provider does not say.
        paths: Vec<PropertyPath>,
        /// In the provider's words.
        message: String,
    },
    /// The provider would refuse it, in its words.
    Refused(String),
    /// Who asks may read and not change anything, in the provider's words: what is seen by reading stands.
    Unconfirmed(String),
}

/// A field that another manager has.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct FieldConflict {
    /// `kubectl-edit`, `kube-controller-manager`.
    pub manager: String,
    /// `spec.replicas`.
    pub path: PropertyPath,
}
