//! Amazon ElastiCache: bulk describes that leave tags out, so tags are read for candidates alone.

mod log_delivery;
mod nodes;
mod parameter_group;
mod replication_group;
mod replication_shape;
mod replication_update;
mod subnet_group;
mod tagging;

pub use parameter_group::ParameterGroup;
pub use replication_group::ReplicationGroup;
pub use subnet_group::SubnetGroup;

/// The word that calls are signed for.
const SERVICE: &str = "elasticache";

/// The most that ElastiCache puts on a page.
const PAGE: i32 = 100;
