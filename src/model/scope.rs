//! Where a resource lives.

use std::fmt;
use std::sync::Arc;

use serde::{Deserialize, Serialize};

/// The code of an AWS region, such as `eu-west-1`.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Region(Arc<str>);

impl Region {
    /// A region by its code. Whether AWS has it is the catalog's question, not this type's.
    pub fn new(code: impl AsRef<str>) -> Self {
        Self(Arc::from(code.as_ref()))
    }

    /// The code, such as `eu-west-1`.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for Region {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl fmt::Debug for Region {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// The place whose API answers for a resource.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub enum Scope {
    /// The partition-wide services: IAM, CloudFront, Route 53.
    Global,
    /// One AWS region.
    Region(Region),
}

impl Scope {
    /// The region, or `None` for what is global.
    pub fn region(&self) -> Option<&Region> {
        match self {
            Self::Global => None,
            Self::Region(region) => Some(region),
        }
    }
}

impl fmt::Display for Scope {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Global => f.write_str("global"),
            Self::Region(region) => region.fmt(f),
        }
    }
}
