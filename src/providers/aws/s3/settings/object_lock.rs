//! `ObjectLockEnabled` and `ObjectLockConfiguration`: two properties, one configuration of S3.

use async_trait::async_trait;
use aws_sdk_s3::types::{
    DefaultRetention, ObjectLockConfiguration, ObjectLockEnabled, ObjectLockRetentionMode, ObjectLockRule,
};

use super::super::super::{Shape, Writer};
use super::{At, PUT, Setting, failed, optional};
use crate::model::Json;
use crate::providers::{ErrorKind, ProviderError, Result};

/// `ObjectLockEnabled`.
pub struct Enabled;

#[async_trait]
impl Setting for Enabled {
    fn property(&self) -> &'static str {
        "ObjectLockEnabled"
    }

    async fn read(&self, at: &At<'_>) -> Result<Option<Json>> {
        Ok(get(at).await?.map(|_| Json::Bool(true)))
    }

    /// The rule is [`Retention`]'s business, which comes next.
    async fn write(&self, at: &At<'_>, bucket: Shape<'_>) -> Result<()> {
        if bucket.bool(self.property()) != Some(true) {
            return self.reset(at, bucket).await;
        }
        match get(at).await? {
            Some(_) => Ok(()),
            None => put(at, None).await,
        }
    }

    async fn reset(&self, at: &At<'_>, _live: Shape<'_>) -> Result<()> {
        if get(at).await?.is_none() {
            return Ok(());
        }
        let message = format!(
            "the object lock of `{}` can't be taken off: S3 keeps it for the bucket's life",
            at.bucket
        );
        Err(ProviderError::new(ErrorKind::Unsupported, PUT, message))
    }
}

/// `ObjectLockConfiguration`.
pub struct Retention;

#[async_trait]
impl Setting for Retention {
    fn property(&self) -> &'static str {
        "ObjectLockConfiguration"
    }

    async fn read(&self, at: &At<'_>) -> Result<Option<Json>> {
        Ok(get(at).await?.map(|found| shape(&found).into()))
    }

    async fn write(&self, at: &At<'_>, bucket: Shape<'_>) -> Result<()> {
        let rule = bucket.object(self.property()).and_then(|wanted| wanted.object("Rule"));
        put(at, rule.and_then(|rule| rule.object("DefaultRetention")).map(retention)).await
    }

    /// New objects are no longer retained; the lock itself stays.
    async fn reset(&self, at: &At<'_>, _live: Shape<'_>) -> Result<()> {
        put(at, None).await
    }
}

async fn get(at: &At<'_>) -> Result<Option<ObjectLockConfiguration>> {
    let call = at.client.get_object_lock_configuration().bucket(at.bucket).send().await;
    let found = optional(call.map_err(failed("s3:GetObjectLockConfiguration")))?;
    Ok(found
        .and_then(|found| found.object_lock_configuration)
        .filter(|found| found.object_lock_enabled() == Some(&ObjectLockEnabled::Enabled)))
}

async fn put(at: &At<'_>, retention: Option<DefaultRetention>) -> Result<()> {
    let rule = retention.map(|retention| ObjectLockRule::builder().default_retention(retention).build());
    let configuration = ObjectLockConfiguration::builder()
        .object_lock_enabled(ObjectLockEnabled::Enabled)
        .set_rule(rule)
        .build();
    let call = at.client.put_object_lock_configuration().bucket(at.bucket);
    let call = call.object_lock_configuration(configuration).send().await;
    call.map(drop).map_err(failed("s3:PutObjectLockConfiguration"))
}

fn shape(found: &ObjectLockConfiguration) -> Writer {
    let retention =
        found.rule().and_then(|rule| rule.default_retention()).map_or_else(Writer::new, |retention| {
            Writer::new()
                .put("Mode", retention.mode().map(ObjectLockRetentionMode::as_str))
                .put("Days", retention.days().filter(|days| *days > 0))
                .put("Years", retention.years().filter(|years| *years > 0))
        });
    Writer::new()
        .put("ObjectLockEnabled", found.object_lock_enabled().map(ObjectLockEnabled::as_str))
        .nest("Rule", Writer::new().nest("DefaultRetention", retention))
}

fn retention(wanted: Shape<'_>) -> DefaultRetention {
    DefaultRetention::builder()
        .set_mode(wanted.str("Mode").map(ObjectLockRetentionMode::from))
        .set_days(wanted.i32("Days"))
        .set_years(wanted.i32("Years"))
        .build()
}
