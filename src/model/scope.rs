//! Where a resource lives.

use std::fmt;
use std::path::PathBuf;
use std::sync::Arc;

use serde::{Deserialize, Serialize};

use super::Address;

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

/// A Kubernetes cluster: an `AWS::EKS::Cluster` of the stack by its address, or one that `stackctl.yaml` names.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Cluster {
    /// `eu-west-1/platform.cluster`, or a name under `clusters:`.
    pub name: Arc<str>,
    /// The region whose resources use it.
    pub region: Region,
}

impl Cluster {
    /// A cluster that the stack makes.
    pub fn of_stack(address: &Address) -> Self {
        Self { name: Arc::from(address.as_str()), region: Region::new(address.place()) }
    }

    /// A cluster that `stackctl.yaml` names, used by resources of a region.
    pub fn named(name: &str, region: Region) -> Self {
        Self { name: Arc::from(name), region }
    }

    /// The address of the `AWS::EKS::Cluster`, for one that the stack makes.
    pub fn address(&self) -> Option<Address> {
        self.name.parse().ok()
    }
}

/// How a cluster is reached that the stack does not make, or not from here: a context of a kubeconfig.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct ClusterAccess {
    /// The file; in stackctl.yaml it is written relative to that. Where there is none, those that `$KUBECONFIG` names,
    /// or `~/.kube/config`.
    pub kubeconfig: Option<PathBuf>,
    /// The context in it; where there is none, the current one.
    pub context: Option<String>,
}

/// The place whose API answers for a resource.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub enum Scope {
    /// The partition-wide services: IAM, CloudFront, Route 53.
    Global,
    /// One AWS region.
    Region(Region),
    /// One Kubernetes cluster.
    Cluster(Cluster),
}

impl Scope {
    /// The region, or `None` for what is global.
    pub fn region(&self) -> Option<&Region> {
        match self {
            Self::Global => None,
            Self::Region(region) => Some(region),
            Self::Cluster(cluster) => Some(&cluster.region),
        }
    }

    /// The cluster, or `None` for what is in AWS.
    pub fn cluster(&self) -> Option<&Cluster> {
        match self {
            Self::Cluster(cluster) => Some(cluster),
            _ => None,
        }
    }
}

impl fmt::Display for Scope {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Global => f.write_str("global"),
            Self::Region(region) => region.fmt(f),
            Self::Cluster(cluster) if cluster.address().is_some() => f.write_str(&cluster.name),
            Self::Cluster(cluster) => write!(f, "{}/{}", cluster.region, cluster.name),
        }
    }
}
