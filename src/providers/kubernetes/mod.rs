//! Kubernetes: any object of any cluster, by server-side apply.
//!
//! An object's properties are its manifest; a live one's are the object as the API server returns it. Ownership is a
//! label and two annotations ([`ownership`]), the field manager is `stackctl`.
//!
//! | module | does |
//! |---|---|
//! | [`provider`], [`handler`] | the two traits, for every type alike |
//! | [`clusters`], [`config`], [`client`], [`connection`] | from a scope to JSON over the wire |
//! | [`discovery`] | what a cluster serves |
//! | [`list`], [`apply`], [`delete`], [`ready`] | the calls |
//! | [`ports`] | what older servers can't apply |
//! | [`conflict`], [`immutable`], [`error`] | what refusals mean |
//! | [`status`] | whether an object can be used, and why not |

mod apply;
mod client;
mod clusters;
mod config;
mod conflict;
mod connection;
mod delete;
mod discovery;
mod error;
mod field;
mod handler;
mod immutable;
mod list;
mod object;
mod ownership;
mod ports;
mod provider;
mod ready;
pub mod status;
mod token;

pub use provider::KubernetesProvider;
pub use token::{ClusterToken, TokenSource};
