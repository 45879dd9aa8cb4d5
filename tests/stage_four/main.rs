//! The stage our user is named after: EKS in three regions and the services on it, in one plan and one apply. From
//! nothing, and from stage 3, whose instances serve until all that takes their place is ready.
//!
//! AWS is an emulator, the three clusters are real control planes with simulated nodes; boto3 and `kubectl` are the
//! second pair of eyes. Where one of them can't be had the tests print SKIPPED and why; where `CI` is set they fail.
#![cfg(all(feature = "aws", feature = "kubernetes"))]

// What these tests don't need of what they share with others.
#[allow(dead_code)]
#[path = "../e2e/emulators.rs"]
mod emulators;
#[allow(dead_code)]
#[path = "../common/kubernetes.rs"]
mod kubernetes;
#[allow(dead_code)]
#[path = "../e2e/other_client.rs"]
mod other_client;
#[allow(dead_code)]
#[path = "../e2e/workspace.rs"]
mod workspace;

mod company;
mod from_nothing;
mod from_stage_3;
