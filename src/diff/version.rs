//! Versions that no update leads to.

use crate::model::{Desired, MinorVersion, Shown};

use super::Problem;
use super::evaluate::Evaluation;

/// Why a cluster can't get the version that is wanted; none where it can, or is another cluster then.
pub(super) fn refusal(desired: &Desired, evaluation: &Evaluation) -> Option<Problem> {
    if desired.resource_type.as_str() != "AWS::EKS::Cluster" || evaluation.forces_replacement() {
        return None;
    }
    let shown = evaluation.properties.iter().map(|difference| &difference.shown);
    let version = shown.into_iter().find(|shown| shown.path.as_str() == "Version")?;
    let of = |side: &Option<Shown>| match side {
        Some(Shown::Value(json)) => MinorVersion::parse(json.as_str()?),
        _ => None,
    };
    let (live, wanted) = (of(&version.before)?, of(&version.after)?);
    if live.way_to(wanted).is_some() {
        return None;
    }
    let message = format!(
        "the cluster runs Kubernetes {live}, from where there is no way to {wanted}: EKS goes back one minor version at \
         most; write Version \"{live}\" or higher, or make another cluster"
    );
    Some(Problem::Refused { address: desired.address.clone(), message })
}
