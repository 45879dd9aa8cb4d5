//! What Kubernetes manifests say, without a cluster: pure, for the compiler and the plan.

mod needs;
mod node;
mod pod;
mod references;

#[cfg(test)]
mod tests;

pub use needs::{ObjectRef, needs};
