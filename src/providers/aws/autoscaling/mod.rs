//! Amazon EC2 Auto Scaling: groups by tag filter, policies by group, 100 a page.

mod attachments;
mod extras;
mod group;
mod group_settings;
mod group_shape;
mod metric_query;
mod mixed;
mod policy;
mod policy_shape;
mod predictive;
mod progress;
mod refresh;
mod requirements;
mod tagging;

pub use group::AutoScalingGroup;
pub use policy::ScalingPolicy;

use crate::providers::{ErrorKind, ProviderError};

/// The word that calls are signed for.
const SERVICE: &str = "autoscaling";

/// The most groups or policies on a page.
const PAGE: i32 = 100;

/// The service answers `ValidationError` for a group or policy that is not there, and says so in words alone.
fn absent(mut error: ProviderError) -> ProviderError {
    if error.code == "ValidationError" && error.message.to_ascii_lowercase().contains("not found") {
        error.kind = ErrorKind::NotFound;
    }
    error
}

/// Whether the endpoint has no such operation, as some that speak AWS's protocols have not.
fn is_unknown_operation(error: &ProviderError) -> bool {
    matches!(error.code.as_str(), "InvalidAction" | "UnknownOperationException" | "NotImplemented")
}
