//! `CorsConfiguration`.

use async_trait::async_trait;
use aws_sdk_s3::types::{CorsConfiguration, CorsRule};

use super::super::super::error::unbuilt;
use super::super::super::{Shape, Writer};
use super::{At, PUT, Setting, failed, optional};
use crate::model::Json;
use crate::providers::Result;

/// `CorsConfiguration`.
pub struct Cors;

#[async_trait]
impl Setting for Cors {
    fn property(&self) -> &'static str {
        "CorsConfiguration"
    }

    async fn read(&self, at: &At<'_>) -> Result<Option<Json>> {
        let call = at.client.get_bucket_cors().bucket(at.bucket).send().await;
        let found = optional(call.map_err(failed("s3:GetBucketCors")))?;
        let rules = found.and_then(|found| found.cors_rules).filter(|rules| !rules.is_empty());
        Ok(rules.map(|rules| Writer::new().list("CorsRules", rules.iter().map(shape)).into()))
    }

    async fn write(&self, at: &At<'_>, bucket: Shape<'_>) -> Result<()> {
        let rules =
            bucket.object(self.property()).map(|wanted| wanted.objects("CorsRules")).unwrap_or_default();
        let rules = rules.into_iter().map(rule).collect::<Result<Vec<_>>>()?;
        let configuration =
            CorsConfiguration::builder().set_cors_rules(Some(rules)).build().map_err(unbuilt(PUT))?;
        let call = at.client.put_bucket_cors().bucket(at.bucket).cors_configuration(configuration);
        call.send().await.map(drop).map_err(failed("s3:PutBucketCors"))
    }

    async fn reset(&self, at: &At<'_>, _live: Shape<'_>) -> Result<()> {
        let call = at.client.delete_bucket_cors().bucket(at.bucket);
        call.send().await.map(drop).map_err(failed("s3:DeleteBucketCors"))
    }
}

fn shape(rule: &CorsRule) -> Writer {
    fn texts(list: &[String]) -> impl Iterator<Item = &str> {
        list.iter().map(String::as_str)
    }
    Writer::new()
        .put("Id", rule.id())
        .list("AllowedHeaders", texts(rule.allowed_headers()))
        .list("AllowedMethods", texts(rule.allowed_methods()))
        .list("AllowedOrigins", texts(rule.allowed_origins()))
        .list("ExposedHeaders", texts(rule.expose_headers()))
        .put("MaxAge", rule.max_age_seconds())
}

fn rule(wanted: Shape<'_>) -> Result<CorsRule> {
    CorsRule::builder()
        .set_id(wanted.text("Id"))
        .set_allowed_headers(wanted.strings_if_set("AllowedHeaders"))
        .set_allowed_methods(wanted.strings_if_set("AllowedMethods"))
        .set_allowed_origins(wanted.strings_if_set("AllowedOrigins"))
        .set_expose_headers(wanted.strings_if_set("ExposedHeaders"))
        .set_max_age_seconds(wanted.i32("MaxAge"))
        .build()
        .map_err(unbuilt(PUT))
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn what_is_written_is_read_back() {
        let wanted = json!({"Id": "web", "AllowedHeaders": ["*"], "AllowedMethods": ["GET"],
            "AllowedOrigins": ["https://example.com"], "ExposedHeaders": ["ETag"], "MaxAge": 3000});
        assert_eq!(Json::from(shape(&rule(Shape(wanted.as_object().unwrap())).unwrap())), wanted);
    }
}
