//! Amazon Route 53: zones and health checks with tags read ten a call, records of a zone 300 a page.

mod health_check;
mod name;
mod record;
mod record_calls;
mod record_shape;
mod tagging;
mod zone;
mod zone_delete;

pub use health_check::HealthCheck;
pub use record::RecordSet;
pub use zone::HostedZone;

/// The word that calls are signed for.
const SERVICE: &str = "route53";
