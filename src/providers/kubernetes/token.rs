//! Bearer tokens for clusters whose kubeconfig nobody wrote: those that the stack makes.

use std::fmt;
use std::time::Duration;

use async_trait::async_trait;

use crate::model::Region;
use crate::providers::Result;

/// Makes tokens by which an EKS cluster knows the AWS identity of the caller.
#[async_trait]
pub trait TokenSource: Send + Sync {
    /// A token for the cluster of this name (`Name` of the `AWS::EKS::Cluster`, not its address) in this region.
    ///
    /// # Errors
    /// Where there are no credentials to sign with.
    async fn token(&self, region: &Region, cluster: &str) -> Result<ClusterToken>;
}

/// A bearer token.
#[derive(Clone)]
pub struct ClusterToken {
    /// The text after `Bearer`.
    pub text: String,
    /// For how long the cluster takes it, from now.
    pub valid_for: Duration,
}

impl fmt::Debug for ClusterToken {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("ClusterToken").field("valid_for", &self.valid_for).finish_non_exhaustive()
    }
}
