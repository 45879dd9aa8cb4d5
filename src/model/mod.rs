//! Plain data that flows through the pipeline: no I/O, no async, no knowledge of AWS or Kubernetes.
//!
//! A blueprint becomes [`Desired`] resources; the providers report [`Live`] ones; the diff of both is a
//! list of [`Change`]s; ordered, they are a [`crate::plan::Plan`].

mod address;
mod address_tag;
mod change;
mod desired;
mod digest;
mod forecast;
mod hint;
mod json;
mod live;
mod minor_version;
mod path;
mod scope;
mod stack;
mod types;
mod value;

pub use address::{Address, AddressError};
pub use address_tag::LONGEST_TAG;
pub use change::{Action, Change, Consent, PathChange, ReplaceOrder, Shown};
pub use desired::{Desired, Lifecycle, Lookup, Origin, ReplacePolicy};
pub use digest::{Digest, short_hash};
pub use forecast::{FieldConflict, Forecast, Forecasts};
pub use hint::Hint;
pub use json::{Json, JsonMap};
pub use live::{Identifier, KEPT_WHOLE, Live, Ownership, ReadFailure, Status};
pub use minor_version::MinorVersion;
pub use path::PropertyPath;
pub use scope::{Cluster, ClusterAccess, Region, Scope};
pub use stack::{
    StackName, TAG_ADDRESS, TAG_DIGEST, TAG_OWNS, TAG_OWNS_MORE, TAG_PREFIX, TAG_STACK, TAG_TYPE, Token,
};
pub use types::{ObjectType, ResourceType};
pub use value::{Attributes, Deferred, Evaluate, EvaluateError, Map, Reference, SecretRef, Value};
