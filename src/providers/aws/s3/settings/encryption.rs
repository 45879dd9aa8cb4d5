//! `BucketEncryption`.

use async_trait::async_trait;
use aws_sdk_s3::types::{
    BlockedEncryptionTypes, EncryptionType, ServerSideEncryption, ServerSideEncryptionByDefault,
    ServerSideEncryptionConfiguration, ServerSideEncryptionRule,
};

use super::super::super::error::unbuilt;
use super::super::super::{Shape, Writer};
use super::{At, PUT, Setting, failed, optional};
use crate::model::Json;
use crate::providers::Result;

/// `BucketEncryption`.
pub struct Encryption;

#[async_trait]
impl Setting for Encryption {
    fn property(&self) -> &'static str {
        "BucketEncryption"
    }

    async fn read(&self, at: &At<'_>) -> Result<Option<Json>> {
        let call = at.client.get_bucket_encryption().bucket(at.bucket).send().await;
        let found = optional(call.map_err(failed("s3:GetBucketEncryption")))?;
        Ok(found.and_then(|found| found.server_side_encryption_configuration).map(|configuration| {
            let rules = configuration.rules().iter().map(shape);
            Writer::new().list("ServerSideEncryptionConfiguration", rules).into()
        }))
    }

    async fn write(&self, at: &At<'_>, bucket: Shape<'_>) -> Result<()> {
        let wanted = bucket.object(self.property());
        let rules =
            wanted.map(|wanted| wanted.objects("ServerSideEncryptionConfiguration")).unwrap_or_default();
        let rules = rules.into_iter().map(rule).collect::<Result<Vec<_>>>()?;
        let configuration = ServerSideEncryptionConfiguration::builder().set_rules(Some(rules)).build();
        at.client
            .put_bucket_encryption()
            .bucket(at.bucket)
            .server_side_encryption_configuration(configuration.map_err(unbuilt(PUT))?)
            .send()
            .await
            .map(drop)
            .map_err(failed("s3:PutBucketEncryption"))
    }

    async fn reset(&self, at: &At<'_>, _live: Shape<'_>) -> Result<()> {
        let call = at.client.delete_bucket_encryption().bucket(at.bucket);
        call.send().await.map(drop).map_err(failed("s3:DeleteBucketEncryption"))
    }
}

fn shape(rule: &ServerSideEncryptionRule) -> Writer {
    let by_default = rule.apply_server_side_encryption_by_default().map_or_else(Writer::new, |default| {
        Writer::new()
            .set("SSEAlgorithm", default.sse_algorithm().as_str())
            .put("KMSMasterKeyID", default.kms_master_key_id())
    });
    let blocked = rule.blocked_encryption_types().map_or_else(Writer::new, |blocked| {
        Writer::new().list("EncryptionType", blocked.encryption_type().iter().map(EncryptionType::as_str))
    });
    Writer::new()
        .nest("ServerSideEncryptionByDefault", by_default)
        .put("BucketKeyEnabled", rule.bucket_key_enabled())
        .nest("BlockedEncryptionTypes", blocked)
}

fn rule(wanted: Shape<'_>) -> Result<ServerSideEncryptionRule> {
    let by_default = wanted.object("ServerSideEncryptionByDefault").map(|default| {
        ServerSideEncryptionByDefault::builder()
            .set_sse_algorithm(default.str("SSEAlgorithm").map(ServerSideEncryption::from))
            .set_kms_master_key_id(default.text("KMSMasterKeyID"))
            .build()
            .map_err(unbuilt(PUT))
    });
    let blocked = wanted.object("BlockedEncryptionTypes").map(|blocked| {
        let types = blocked.strings("EncryptionType");
        let types = types.iter().map(|name| EncryptionType::from(name.as_str())).collect();
        BlockedEncryptionTypes::builder().set_encryption_type(Some(types)).build()
    });
    Ok(ServerSideEncryptionRule::builder()
        .set_apply_server_side_encryption_by_default(by_default.transpose()?)
        .set_bucket_key_enabled(wanted.bool("BucketKeyEnabled"))
        .set_blocked_encryption_types(blocked)
        .build())
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn what_is_written_is_read_back() {
        let wanted = json!({
            "ServerSideEncryptionByDefault": {"SSEAlgorithm": "aws:kms", "KMSMasterKeyID": "alias/media"},
            "BucketKeyEnabled": true,
        });
        assert_eq!(Json::from(shape(&rule(Shape(wanted.as_object().unwrap())).unwrap())), wanted);
    }
}
