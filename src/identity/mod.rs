//! How stackctl knows its own without a state file: names, client tokens and ownership tags. Pure.
//!
//! [`prepare`] turns a desired resource into what a handler is given, once all it refers to is known; [`Owns`] is
//! the record, in a tag, of what the last apply set.

mod applied;
mod known;
mod name;
mod object;
mod owns;
mod prepare;
mod rules;
mod token;
mod upgrades;
mod veil;

pub use applied::{MANAGER, applied, yield_to_others};
pub use known::KnownAttributes;
pub use name::{belongs_to_stack, generated_name};
pub use object::{
    MANAGED_BY, REPLICAS, is_scaler, leave_to_others, manifest_digest, object_identity, steady,
    written_by_people,
};
pub use owns::{Owned, Owns};
pub use prepare::{PrepareError, Prepared, needed_secrets, prepare, resolve_all};
pub use rules::Rules;
pub use token::token;
pub use upgrades::upgraded;
pub use veil::Veil;

pub(crate) use name::{insert_name, live_name, written_name};
pub(crate) use owns::holds_secret;
pub(crate) use prepare::{name_of, redacted, tag_text};
