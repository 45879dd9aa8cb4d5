//! AWS over its SDK: one folder a service, one file a resource type, and [`registry`] that lists them.
//!
//! A type without a file of its own goes through [`cloud_control`].

mod arn;
mod autoscaling;
mod calls;
mod change;
mod cloud_control;
mod cloudfront;
mod ec2;
mod eks;
mod elasticache;
mod elasticloadbalancing;
mod error;
#[cfg(test)]
mod fake;
mod iam;
mod identity;
mod lookup;
mod patience;
mod provider;
mod registry;
mod route53;
mod s3;
mod secrets;
mod sent;
mod session;
mod shape;
mod supported;
mod tags;

pub use eks::EksToken;
pub use provider::AwsProvider;
pub use session::Aws;

use error::{failed, missing};
use shape::{Shape, Writer};
