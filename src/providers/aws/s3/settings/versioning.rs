//! `VersioningConfiguration` and `AccelerateConfiguration`: once on, both can only be suspended.

use async_trait::async_trait;
use aws_sdk_s3::types::{
    AccelerateConfiguration, BucketAccelerateStatus, BucketVersioningStatus, VersioningConfiguration,
};
use serde_json::json;

use super::super::super::Shape;
use super::{At, Setting, failed, optional};
use crate::model::Json;
use crate::providers::Result;

/// `VersioningConfiguration`.
pub struct Versioning;

#[async_trait]
impl Setting for Versioning {
    fn property(&self) -> &'static str {
        "VersioningConfiguration"
    }

    async fn read(&self, at: &At<'_>) -> Result<Option<Json>> {
        let call = at.client.get_bucket_versioning().bucket(at.bucket).send().await;
        let found = optional(call.map_err(failed("s3:GetBucketVersioning")))?;
        Ok(found.and_then(|found| found.status).map(|status| json!({"Status": status.as_str()})))
    }

    async fn write(&self, at: &At<'_>, bucket: Shape<'_>) -> Result<()> {
        let status =
            bucket.object(self.property()).and_then(|wanted| wanted.text("Status")).unwrap_or_default();
        put_versioning(at, BucketVersioningStatus::from(status.as_str())).await
    }

    async fn reset(&self, at: &At<'_>, _live: Shape<'_>) -> Result<()> {
        put_versioning(at, BucketVersioningStatus::Suspended).await
    }
}

async fn put_versioning(at: &At<'_>, status: BucketVersioningStatus) -> Result<()> {
    let configuration = VersioningConfiguration::builder().status(status).build();
    let call = at.client.put_bucket_versioning().bucket(at.bucket).versioning_configuration(configuration);
    call.send().await.map(drop).map_err(failed("s3:PutBucketVersioning"))
}

/// `AccelerateConfiguration`.
pub struct Acceleration;

#[async_trait]
impl Setting for Acceleration {
    fn property(&self) -> &'static str {
        "AccelerateConfiguration"
    }

    async fn read(&self, at: &At<'_>) -> Result<Option<Json>> {
        let call = at.client.get_bucket_accelerate_configuration().bucket(at.bucket).send().await;
        let found = optional(call.map_err(failed("s3:GetBucketAccelerateConfiguration")))?;
        Ok(found.and_then(|found| found.status).map(|status| json!({"AccelerationStatus": status.as_str()})))
    }

    async fn write(&self, at: &At<'_>, bucket: Shape<'_>) -> Result<()> {
        let wanted = bucket.object(self.property());
        let status = wanted.and_then(|wanted| wanted.text("AccelerationStatus")).unwrap_or_default();
        put_acceleration(at, BucketAccelerateStatus::from(status.as_str())).await
    }

    async fn reset(&self, at: &At<'_>, _live: Shape<'_>) -> Result<()> {
        put_acceleration(at, BucketAccelerateStatus::Suspended).await
    }
}

async fn put_acceleration(at: &At<'_>, status: BucketAccelerateStatus) -> Result<()> {
    let configuration = AccelerateConfiguration::builder().status(status).build();
    let call = at.client.put_bucket_accelerate_configuration().bucket(at.bucket);
    let call = call.accelerate_configuration(configuration).send().await;
    call.map(drop).map_err(failed("s3:PutBucketAccelerateConfiguration"))
}
