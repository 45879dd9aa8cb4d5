//! The kinds among which objects of a stack are looked for.

use std::sync::Arc;

use super::kind::Kind;
use crate::model::ResourceType;

/// What only the control plane and the nodes write.
const NOT_OURS: [(&str, &str); 15] = [
    ("", "ComponentStatus"),
    ("", "Event"),
    ("", "Node"),
    ("apps", "ControllerRevision"),
    ("certificates.k8s.io", "CertificateSigningRequest"),
    ("coordination.k8s.io", "Lease"),
    ("coordination.k8s.io", "LeaseCandidate"),
    ("events.k8s.io", "Event"),
    ("internal.apiserver.k8s.io", "StorageVersion"),
    ("networking.k8s.io", "IPAddress"),
    ("resource.k8s.io", "ResourceSlice"),
    ("storage.k8s.io", "CSINode"),
    ("storage.k8s.io", "CSIStorageCapacity"),
    ("storage.k8s.io", "VolumeAttachment"),
    ("storagemigration.k8s.io", "StorageVersionMigration"),
];

/// Each kind that can be owned in the version that its group prefers.
pub(super) fn of(kinds: &[Arc<Kind>]) -> Vec<ResourceType> {
    let is_preferred = |kind: &Kind| {
        let better = |other: &Arc<Kind>| {
            (&other.group, &other.name) == (&kind.group, &kind.name)
                && other.rank < kind.rank
                && other.ownable
                && !other.stale
        };
        !kinds.iter().any(better)
    };
    let wanted = |kind: &&Arc<Kind>| {
        kind.ownable && !kind.stale && !is_not_ours(kind) && !is_alias(kind, kinds) && is_preferred(kind)
    };
    kinds.iter().filter(wanted).map(|kind| kind.resource_type()).collect()
}

fn is_not_ours(kind: &Kind) -> bool {
    NOT_OURS.contains(&(kind.group.as_str(), kind.name.as_str())) || kind.group.ends_with("metrics.k8s.io")
}

/// What moved out of the group `extensions` is there twice.
fn is_alias(kind: &Kind, kinds: &[Arc<Kind>]) -> bool {
    kind.group == "extensions"
        && kinds.iter().any(|other| other.group != kind.group && other.name == kind.name)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn kind(group: &str, version: &str, kind: &str, rank: usize) -> Arc<Kind> {
        Arc::new(Kind {
            group: group.to_owned(),
            version: version.to_owned(),
            name: kind.to_owned(),
            plural: format!("{}s", kind.to_lowercase()),
            namespaced: true,
            ownable: true,
            rank,
            stale: false,
        })
    }

    #[test]
    fn each_kind_once_in_the_version_its_group_prefers() {
        let down = Arc::new(Kind { stale: true, ..Kind::clone(&kind("x.io", "v1", "Widget", 0)) });
        let kinds = [
            kind("", "v1", "ConfigMap", 0),
            kind("", "v1", "Event", 0),
            kind("autoscaling", "v1", "HorizontalPodAutoscaler", 0),
            kind("autoscaling", "v2", "HorizontalPodAutoscaler", 1),
            kind("batch", "v1", "Job", 0),
            kind("batch", "v1beta1", "CronJob", 1),
            kind("extensions", "v1beta1", "Ingress", 0),
            kind("networking.k8s.io", "v1", "Ingress", 0),
            kind("metrics.k8s.io", "v1beta1", "PodMetrics", 0),
            down,
        ];
        let found: Vec<String> = of(&kinds).iter().map(ToString::to_string).collect();
        assert_eq!(
            found,
            [
                "v1/ConfigMap",
                "autoscaling/v1/HorizontalPodAutoscaler",
                "batch/v1/Job",
                "batch/v1beta1/CronJob",
                "networking.k8s.io/v1/Ingress"
            ]
        );
    }
}
