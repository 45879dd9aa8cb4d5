//! The stack's name, the tags by which it owns what it made, and client tokens.

use std::fmt;
use std::sync::Arc;

use serde::{Deserialize, Serialize};

/// All tags of ours begin so.
pub const TAG_PREFIX: &str = "stackctl:";
/// The tag that says which stack owns a resource.
pub const TAG_STACK: &str = "stackctl:stack";
/// The tag that says under which address.
pub const TAG_ADDRESS: &str = "stackctl:address";
/// The tag that says of which type it is, on what is made through Cloud Control: an orphan is known from its
/// tags alone.
pub const TAG_TYPE: &str = "stackctl:type";
/// The tag that says that it goes with consent alone, whatever blueprint is applied: `protect: true`.
pub const TAG_PROTECT: &str = "stackctl:protect";
/// The tag that says which optional property paths and tag keys the last apply set.
pub const TAG_OWNS: &str = "stackctl:owns";
/// The annotation that holds the digest of a Kubernetes object's manifest as the last apply sent it.
pub const TAG_DIGEST: &str = "stackctl:digest";
/// Where [`TAG_OWNS`] does not hold them all.
pub const TAG_OWNS_MORE: &str = "stackctl:owns-2";

/// The name of a stack with its environment: `streamnow`, `streamnow-staging`.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct StackName(Arc<str>);

impl StackName {
    /// A name that was checked when `stackctl.yaml` was read (`[a-z][a-z0-9-]{0,31}`).
    pub fn new(name: impl AsRef<str>) -> Self {
        Self(Arc::from(name.as_ref()))
    }

    /// The text.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for StackName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(&self.0)
    }
}

impl fmt::Debug for StackName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// A client token: the same text makes a repeated create the same request, at most 64 characters
/// of `[A-Za-z0-9-]`, the narrowest limit among the AWS APIs that take one.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Token(String);

impl Token {
    /// A token from a digest's hexadecimal text.
    pub fn new(text: impl Into<String>) -> Self {
        Self(text.into())
    }

    /// The text.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}
