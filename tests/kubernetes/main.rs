//! The Kubernetes provider over the wire, against real API servers: what a plan and an apply ask of it, without plan and
//! apply. The hand behind its back is `kubectl`.
#![cfg(feature = "kubernetes")]

// What only tests of whole commands need.
mod access;
mod bulk;
#[allow(dead_code)]
#[path = "../common/kubernetes.rs"]
mod clusters;
mod conflicts;
mod definitions;
mod objects;
mod readiness;
mod rollouts;
mod world;
