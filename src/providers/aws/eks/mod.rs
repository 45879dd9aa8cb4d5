//! Amazon EKS: everything but the names is read one resource a call, so what is read closely is bounded by what the
//! stack wants and owns.
//!
//! Clusters are listed by name and described where they may concern the stack; all else hangs under a cluster and is
//! looked for in the clusters of the stack and in those that something wanted names ([`children`]). EKS carries out one
//! update of a resource at a time ([`updates`]).

mod access_entry;
mod addon;
mod children;
mod cluster;
mod cluster_parts;
mod cluster_shape;
mod cluster_update;
#[cfg(test)]
pub(super) mod fake;
mod fargate_profile;
mod health;
mod nodegroup;
mod nodegroup_shape;
mod nodegroup_update;
mod pod_identity;
mod tagging;
mod token;
mod updates;
mod version;

pub use access_entry::AccessEntry;
pub use addon::Addon;
pub use cluster::Cluster;
pub use fargate_profile::FargateProfile;
pub use nodegroup::Nodegroup;
pub use pod_identity::PodIdentityAssociation;
pub use token::{EksToken, issue};

use futures::{StreamExt, TryStreamExt, stream};

use crate::model::{Json, PropertyPath};
use crate::providers::{Delta, ErrorKind, ProviderError, Result, Update, at};

/// The word that calls are signed for.
const SERVICE: &str = "eks";

/// The most that EKS puts on a page.
const PAGE: i32 = 100;

/// Calls at the same time, where the API takes one resource a call.
const AT_ONCE: usize = 8;

/// The type that all others hang under.
const CLUSTER: &str = "AWS::EKS::Cluster";

/// The property of all others that names their cluster.
const CLUSTER_NAME: &str = "ClusterName";

/// Makes calls a few at a time; their answers in order.
async fn each<T, F: Future<Output = Result<T>>>(calls: impl IntoIterator<Item = F>) -> Result<Vec<T>> {
    let calls: Vec<F> = calls.into_iter().collect();
    stream::iter(calls).buffered(AT_ONCE).try_collect().await
}

/// What a failed create or update means for EKS: it refers to things that were ready, so what it calls unknown, or not
/// active, is so for a moment only.
fn settling(error: ProviderError) -> ProviderError {
    const UNSEEN: [&str; 5] = ["does not exist", "not found", "notfound", "cannot be found", "principal"];
    const BUSY: [&str; 4] = ["not active", "not in active", "is not in the active", "in progress"];
    let mut error = error.referring().using_role();
    let text = error.message.to_ascii_lowercase();
    let says = |words: &[&str]| words.iter().any(|word| text.contains(word));
    if error.kind == ErrorKind::Invalid && says(&BUSY) {
        error.kind = ErrorKind::InUse;
    } else if error.kind == ErrorKind::Invalid && says(&UNSEEN) {
        error.kind = ErrorKind::NotYet;
    }
    error
}

/// The error of a create that lacks what names the resource.
fn nameless(operation: &'static str, property: &str) -> ProviderError {
    ProviderError::new(ErrorKind::Invalid, operation, format!("{property} is missing"))
}

/// The error of a name that is taken by somebody else's.
fn taken(mut error: ProviderError) -> ProviderError {
    error.kind = ErrorKind::AlreadyExists;
    error
}

/// Whether a change lies at or under a path (`ResourcesVpcConfig.SubnetIds`), or takes in all of it.
fn touches(delta: &Delta, path: &str) -> bool {
    delta.set.iter().chain(&delta.removed).any(|touched| overlaps(touched, path))
}

fn overlaps(touched: &PropertyPath, path: &str) -> bool {
    let touched = touched.generalised();
    lies_in(&touched, path) || lies_in(path, &touched)
}

fn lies_in(inner: &str, outer: &str) -> bool {
    inner.strip_prefix(outer).is_some_and(|rest| rest.is_empty() || rest.starts_with('.'))
}

/// Refuses to take back what EKS has no default for that an update could name.
fn refuse_removal(request: &Update<'_>, sticky: &[&str], operation: &'static str) -> Result<()> {
    let is_removed = |path: &&&str| {
        at(request.properties, path).is_none_or(Json::is_null)
            && request.delta.removed.iter().any(|removed| overlaps(removed, path))
    };
    sticky.iter().find(is_removed).map_or(Ok(()), |path| {
        let message = format!("{path} can't be taken back, only changed: write the value it shall have");
        Err(ProviderError::new(ErrorKind::Unsupported, operation, message))
    })
}

/// What EKS always tells of a resource: where an answer lacks it, nothing is known of it.
fn told(value: Option<impl Into<Json>>) -> Json {
    value.map_or(Json::Null, Into::into)
}

/// A text that says something.
fn some(text: Option<&str>) -> Option<&str> {
    text.filter(|text| !text.is_empty())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn error(message: &str) -> ProviderError {
        ProviderError::new(ErrorKind::Invalid, "eks:CreateNodegroup", message)
    }

    #[test]
    fn what_was_just_made_is_waited_for() {
        for message in [
            "The role with name nodes cannot be found.",
            "Role with arn: arn:aws:iam::1:role/a, could not be assumed because it does not exist",
            "The subnet ID 'subnet-1' does not exist (Service: AmazonEC2; InvalidSubnetID.NotFound)",
            "The specified principalArn is invalid: invalid principal.",
        ] {
            assert_eq!(settling(error(message)).kind, ErrorKind::NotYet, "{message}");
        }
        assert_eq!(settling(error("Cluster 'a' is not in ACTIVE status")).kind, ErrorKind::InUse);
        assert_eq!(settling(error("Minimum capacity 3 can't be greater than 2")).kind, ErrorKind::Invalid);
    }

    #[test]
    fn a_change_is_found_at_under_and_above_a_path() {
        let delta = |set: &str| Delta { set: vec![set.into()], ..Delta::default() };
        assert!(touches(&delta("ResourcesVpcConfig.SubnetIds[1]"), "ResourcesVpcConfig.SubnetIds"));
        assert!(touches(&delta("ResourcesVpcConfig"), "ResourcesVpcConfig.SubnetIds"));
        assert!(!touches(&delta("ResourcesVpcConfig.SecurityGroupIds"), "ResourcesVpcConfig.SubnetIds"));
        assert!(!touches(&delta("LoggingOther"), "Logging"));
    }
}
