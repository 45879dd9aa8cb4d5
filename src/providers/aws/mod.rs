//! AWS over its SDK: one folder a service, one file a resource type, and [`registry`] that lists them.
//!
//! A type without a file of its own goes through [`cloud_control`].

mod calls;
mod ec2;
mod error;
mod provider;
mod registry;
mod session;
mod shape;
mod tags;

pub use provider::AwsProvider;
pub use session::Aws;

use error::{failed, missing};
use shape::{Shape, Writer};
