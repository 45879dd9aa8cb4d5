//! The name of a resource type.

use std::fmt;
use std::sync::Arc;

use serde::{Deserialize, Serialize};

/// `AWS::EC2::VPC` or `apps/v1/Deployment`.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct ResourceType(Arc<str>);

impl ResourceType {
    /// A type by its full name.
    pub fn new(name: impl AsRef<str>) -> Self {
        Self(Arc::from(name.as_ref()))
    }

    /// The full name.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// The last part: `VPC` of `AWS::EC2::VPC`.
    pub fn short(&self) -> &str {
        self.0.rsplit("::").next().unwrap_or(&self.0)
    }

    /// The service: `EC2` of `AWS::EC2::VPC`.
    pub fn service(&self) -> &str {
        self.0.split("::").nth(1).unwrap_or(&self.0)
    }
}

impl fmt::Display for ResourceType {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl fmt::Debug for ResourceType {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl From<&str> for ResourceType {
    fn from(name: &str) -> Self {
        Self::new(name)
    }
}
