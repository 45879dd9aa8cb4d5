//! Facts of Kubernetes kinds, whatever their version.

use super::Facts;

/// An object that is there at once.
const OBJECT: Facts = Facts { create_seconds: 1, volatile: &["status"], ..Facts::DEFAULT };

/// An object that is ready after these seconds.
const fn takes(create_seconds: u32) -> Facts {
    Facts { create_seconds, ..OBJECT }
}

/// An object whose deletion destroys data.
const fn holds_data(create_seconds: u32) -> Facts {
    Facts { create_seconds, holds_data: true, ..OBJECT }
}

/// By group and kind; all others are as [`OBJECT`].
pub(super) const TABLE: &[(&str, &str, Facts)] = &[
    ("apps", "DaemonSet", takes(45)),
    ("apps", "Deployment", takes(45)),
    ("apps", "ReplicaSet", takes(30)),
    // Its claims outlive it, unless it says otherwise.
    ("apps", "StatefulSet", takes(90)),
    ("batch", "Job", takes(30)),
    ("", "Pod", takes(15)),
    ("", "ReplicationController", takes(30)),
    // With all that lies in it, what others put there too.
    ("", "Namespace", holds_data(1)),
    ("", "PersistentVolume", holds_data(2)),
    ("", "PersistentVolumeClaim", holds_data(15)),
    // With all objects of its kind, whoever made them.
    ("apiextensions.k8s.io", "CustomResourceDefinition", holds_data(3)),
    // A balancer of the cloud, where it asks for one.
    ("", "Service", takes(5)),
    ("networking.k8s.io", "Ingress", takes(90)),
    ("apiregistration.k8s.io", "APIService", takes(10)),
];

/// The facts of a kind.
pub(super) fn of(group: &str, kind: &str) -> Facts {
    let found = TABLE.iter().find(|(of_group, of_kind, _)| (*of_group, *of_kind) == (group, kind));
    found.map_or(OBJECT, |(_, _, facts)| facts.clone())
}
