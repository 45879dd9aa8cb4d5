//! An entry of `clusters:` in `stackctl.yaml`: how a cluster is reached.

use std::path::PathBuf;

/// A context of a kubeconfig.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct ClusterAccess {
    /// The file; where there is none, those that `$KUBECONFIG` names, or `~/.kube/config`.
    pub kubeconfig: Option<PathBuf>,
    /// The context; where there is none, the file's current one.
    pub context: Option<String>,
}
