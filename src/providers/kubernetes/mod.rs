//! Kubernetes: any object of any cluster, by server-side apply.
//!
//! An object's properties are its manifest; a live one's are the object as the API server returns it. Ownership is a
//! label and two annotations, the field manager is `stackctl`.

mod access;
pub mod status;
mod token;

pub use access::ClusterAccess;
pub use token::{ClusterToken, TokenSource};
