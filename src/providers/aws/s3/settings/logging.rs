//! `LoggingConfiguration`.

use async_trait::async_trait;
use aws_sdk_s3::types::{
    BucketLoggingStatus, LoggingEnabled, PartitionDateSource, PartitionedPrefix, SimplePrefix,
    TargetObjectKeyFormat,
};
use serde_json::json;

use super::super::super::error::unbuilt;
use super::super::super::{Shape, Writer};
use super::{At, PUT, Setting, failed, not_visible_yet, optional};
use crate::model::Json;
use crate::providers::Result;

/// `LoggingConfiguration`.
pub struct Logging;

#[async_trait]
impl Setting for Logging {
    fn property(&self) -> &'static str {
        "LoggingConfiguration"
    }

    async fn read(&self, at: &At<'_>) -> Result<Option<Json>> {
        let call = at.client.get_bucket_logging().bucket(at.bucket).send().await;
        let found = optional(call.map_err(failed("s3:GetBucketLogging")))?;
        Ok(found.and_then(|found| found.logging_enabled).map(|enabled| shape(&enabled).into()))
    }

    /// A bucket that names no destination logs to itself.
    async fn write(&self, at: &At<'_>, bucket: Shape<'_>) -> Result<()> {
        let Some(wanted) = bucket.object(self.property()) else { return Ok(()) };
        let enabled = LoggingEnabled::builder()
            .target_bucket(wanted.text("DestinationBucketName").unwrap_or_else(|| at.bucket.to_owned()))
            .target_prefix(wanted.text("LogFilePrefix").unwrap_or_default())
            .set_target_object_key_format(wanted.object("TargetObjectKeyFormat").map(key_format))
            .build()
            .map_err(unbuilt(PUT))?;
        put(at, BucketLoggingStatus::builder().logging_enabled(enabled).build()).await
    }

    async fn reset(&self, at: &At<'_>, _live: Shape<'_>) -> Result<()> {
        put(at, BucketLoggingStatus::builder().build()).await
    }
}

async fn put(at: &At<'_>, status: BucketLoggingStatus) -> Result<()> {
    let call = at.client.put_bucket_logging().bucket(at.bucket).bucket_logging_status(status);
    call.send().await.map(drop).map_err(|error| not_visible_yet(failed("s3:PutBucketLogging")(error)))
}

fn shape(enabled: &LoggingEnabled) -> Writer {
    let format = enabled.target_object_key_format().map(|format| match format.partitioned_prefix() {
        Some(partitioned) => {
            let source = partitioned.partition_date_source().map(PartitionDateSource::as_str);
            json!({"PartitionedPrefix": {"PartitionDateSource": source}})
        }
        None => json!({"SimplePrefix": {}}),
    });
    Writer::new()
        .set("DestinationBucketName", enabled.target_bucket())
        .put("LogFilePrefix", Some(enabled.target_prefix()).filter(|prefix| !prefix.is_empty()))
        .put("TargetObjectKeyFormat", format)
}

fn key_format(wanted: Shape<'_>) -> TargetObjectKeyFormat {
    let format = TargetObjectKeyFormat::builder();
    match wanted.object("PartitionedPrefix") {
        Some(partitioned) => {
            let source = partitioned.str("PartitionDateSource").map(PartitionDateSource::from);
            format
                .partitioned_prefix(PartitionedPrefix::builder().set_partition_date_source(source).build())
                .build()
        }
        None => format.simple_prefix(SimplePrefix::builder().build()).build(),
    }
}
