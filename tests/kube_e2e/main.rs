//! The binary against real API servers: small stacks in three clusters, with AWS on an emulator, and `kubectl` as a second
//! pair of eyes and as the hand behind the stack's back.
//!
//! Each test has a folder, an AWS account, a stack and namespaces of its own, so all run side by side. Where the
//! emulators or the clusters can't be had they print SKIPPED and why; where `CI` is set they fail instead.
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

mod calls;
mod crash;
mod drift;
mod failures;
mod lifecycle;
mod manifests;
mod others;
mod ownership;
mod regions;
mod removal;
mod replacement;
mod scene;
mod unknown;
mod versions;
