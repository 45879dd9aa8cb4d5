//! Who may reach a bucket: `OwnershipControls` and `PublicAccessBlockConfiguration`.

use async_trait::async_trait;
use aws_sdk_s3::types::{
    ObjectOwnership, OwnershipControls as Controls, OwnershipControlsRule,
    PublicAccessBlockConfiguration as Block,
};
use serde_json::json;

use super::super::super::error::unbuilt;
use super::super::super::{Shape, Writer};
use super::{At, PUT, Setting, failed, optional};
use crate::model::Json;
use crate::providers::Result;

/// `OwnershipControls`.
pub struct OwnershipControls;

#[async_trait]
impl Setting for OwnershipControls {
    fn property(&self) -> &'static str {
        "OwnershipControls"
    }

    async fn read(&self, at: &At<'_>) -> Result<Option<Json>> {
        let call = at.client.get_bucket_ownership_controls().bucket(at.bucket).send().await;
        let found = optional(call.map_err(failed("s3:GetBucketOwnershipControls")))?;
        Ok(found.and_then(|found| found.ownership_controls).map(|controls| {
            let rules: Json = controls
                .rules()
                .iter()
                .map(|rule| json!({"ObjectOwnership": rule.object_ownership().as_str()}))
                .collect();
            json!({"Rules": rules})
        }))
    }

    async fn write(&self, at: &At<'_>, bucket: Shape<'_>) -> Result<()> {
        let rules = bucket.object(self.property()).map(|wanted| wanted.objects("Rules")).unwrap_or_default();
        let ownership = rules.first().and_then(|rule| rule.text("ObjectOwnership")).unwrap_or_default();
        put_ownership(at, ObjectOwnership::from(ownership.as_str())).await
    }

    async fn reset(&self, at: &At<'_>, _live: Shape<'_>) -> Result<()> {
        put_ownership(at, ObjectOwnership::BucketOwnerEnforced).await
    }
}

async fn put_ownership(at: &At<'_>, ownership: ObjectOwnership) -> Result<()> {
    let rule = OwnershipControlsRule::builder().object_ownership(ownership).build().map_err(unbuilt(PUT))?;
    let controls = Controls::builder().rules(rule).build().map_err(unbuilt(PUT))?;
    let call = at.client.put_bucket_ownership_controls().bucket(at.bucket).ownership_controls(controls);
    call.send().await.map(drop).map_err(failed("s3:PutBucketOwnershipControls"))
}

/// `PublicAccessBlockConfiguration`.
pub struct PublicAccessBlock;

#[async_trait]
impl Setting for PublicAccessBlock {
    fn property(&self) -> &'static str {
        "PublicAccessBlockConfiguration"
    }

    async fn read(&self, at: &At<'_>) -> Result<Option<Json>> {
        let call = at.client.get_public_access_block().bucket(at.bucket).send().await;
        let found = optional(call.map_err(failed("s3:GetPublicAccessBlock")))?;
        Ok(found.and_then(|found| found.public_access_block_configuration).map(|block| {
            Writer::new()
                .put("BlockPublicAcls", block.block_public_acls())
                .put("BlockPublicPolicy", block.block_public_policy())
                .put("IgnorePublicAcls", block.ignore_public_acls())
                .put("RestrictPublicBuckets", block.restrict_public_buckets())
                .into()
        }))
    }

    async fn write(&self, at: &At<'_>, bucket: Shape<'_>) -> Result<()> {
        let wanted = bucket.object(self.property());
        let flag = |name: &str| wanted.and_then(|wanted| wanted.bool(name)).unwrap_or(false);
        put_block(at, flag).await
    }

    async fn reset(&self, at: &At<'_>, _live: Shape<'_>) -> Result<()> {
        put_block(at, |_| true).await
    }
}

async fn put_block(at: &At<'_>, flag: impl Fn(&str) -> bool) -> Result<()> {
    let block = Block::builder()
        .block_public_acls(flag("BlockPublicAcls"))
        .block_public_policy(flag("BlockPublicPolicy"))
        .ignore_public_acls(flag("IgnorePublicAcls"))
        .restrict_public_buckets(flag("RestrictPublicBuckets"))
        .build();
    let call = at.client.put_public_access_block().bucket(at.bucket).public_access_block_configuration(block);
    call.send().await.map(drop).map_err(failed("s3:PutPublicAccessBlock"))
}
