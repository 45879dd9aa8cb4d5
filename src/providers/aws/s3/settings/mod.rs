//! A bucket's configurations: S3 has a call to read, to write and to remove each of them.

mod access;
mod cors;
mod encryption;
mod lifecycle;
mod logging;
mod notification;
mod object_lock;
mod replication;
mod tiering;
mod versioning;
mod website;

use async_trait::async_trait;
use aws_sdk_s3::Client;

use super::super::Shape;
use super::{failed, not_visible_yet, optional};
use crate::model::Json;
use crate::providers::Result;

/// The bucket that is configured.
#[derive(Clone, Copy)]
pub struct At<'a> {
    /// In the bucket's region.
    pub client: &'a Client,
    /// Its name.
    pub bucket: &'a str,
}

/// One configuration of a bucket, by CloudFormation's property.
#[async_trait]
pub trait Setting: Sync {
    /// The property.
    fn property(&self) -> &'static str;

    /// Its value, CloudFormation-shaped; `None` where it is not configured.
    async fn read(&self, at: &At<'_>) -> Result<Option<Json>>;

    /// Writes the value that the bucket's desired properties hold.
    async fn write(&self, at: &At<'_>, bucket: Shape<'_>) -> Result<()>;

    /// Back to what a new bucket has. `live` are the bucket's properties as they were read.
    async fn reset(&self, at: &At<'_>, live: Shape<'_>) -> Result<()>;
}

/// All configurations, in an order in which each finds what it needs (replication needs versioning).
pub const SETTINGS: &[&dyn Setting] = &[
    &access::OwnershipControls,
    &access::PublicAccessBlock,
    &encryption::Encryption,
    &versioning::Versioning,
    &versioning::Acceleration,
    &object_lock::Enabled,
    &object_lock::Retention,
    &lifecycle::Lifecycle,
    &tiering::Tiering,
    &cors::Cors,
    &website::Website,
    &logging::Logging,
    &notification::Notification,
    &replication::Replication,
];

/// The operation in errors about a value that can't be put into a request.
const PUT: &str = "s3:PutBucketConfiguration";
