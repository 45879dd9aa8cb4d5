//! AWS Identity and Access Management: global, read in bulk by `GetAccountAuthorizationDetails` and `List*`.
//!
//! What the blueprint gives no `Path` is made under [`default_path`], so that the console and policies
//! (`arn:aws:iam::*:role/stackctl/<stack>/*`) can tell a stack's own.

mod attachments;
mod document;
mod instance_profile;
mod inventory;
mod managed_policy;
mod oidc_provider;
mod role;
mod role_policies;
mod tagging;

pub use instance_profile::InstanceProfile;
pub use managed_policy::ManagedPolicy;
pub use oidc_provider::OidcProvider;
pub use role::Role;

use super::Shape;
use crate::model::StackName;

/// The word that calls are signed for.
const SERVICE: &str = "iam";

/// The most that IAM puts on a page.
const PAGE: i32 = 1000;

/// Where a stack's own live.
fn default_path(stack: &StackName) -> String {
    format!("/stackctl/{stack}/")
}

/// The path to create something under.
fn path_of(properties: Shape<'_>, stack: &StackName) -> String {
    properties.text("Path").unwrap_or_else(|| default_path(stack))
}
