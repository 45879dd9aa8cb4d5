//! `WebsiteConfiguration`.

use async_trait::async_trait;
use aws_sdk_s3::operation::get_bucket_website::GetBucketWebsiteOutput;
use aws_sdk_s3::types::{
    Condition, ErrorDocument, IndexDocument, Protocol, Redirect, RedirectAllRequestsTo, RoutingRule,
    WebsiteConfiguration,
};

use super::super::super::error::unbuilt;
use super::super::super::{Shape, Writer};
use super::{At, PUT, Setting, failed, optional};
use crate::model::Json;
use crate::providers::Result;

/// `WebsiteConfiguration`.
pub struct Website;

#[async_trait]
impl Setting for Website {
    fn property(&self) -> &'static str {
        "WebsiteConfiguration"
    }

    async fn read(&self, at: &At<'_>) -> Result<Option<Json>> {
        let call = at.client.get_bucket_website().bucket(at.bucket).send().await;
        Ok(optional(call.map_err(failed("s3:GetBucketWebsite")))?.map(|found| shape(&found).into()))
    }

    async fn write(&self, at: &At<'_>, bucket: Shape<'_>) -> Result<()> {
        let Some(wanted) = bucket.object(self.property()) else { return Ok(()) };
        let call = at.client.put_bucket_website().bucket(at.bucket).website_configuration(website(wanted)?);
        call.send().await.map(drop).map_err(failed("s3:PutBucketWebsite"))
    }

    async fn reset(&self, at: &At<'_>, _live: Shape<'_>) -> Result<()> {
        let call = at.client.delete_bucket_website().bucket(at.bucket);
        call.send().await.map(drop).map_err(failed("s3:DeleteBucketWebsite"))
    }
}

fn shape(found: &GetBucketWebsiteOutput) -> Writer {
    let redirect = found.redirect_all_requests_to().map_or_else(Writer::new, |all| {
        Writer::new().set("HostName", all.host_name()).put("Protocol", all.protocol().map(Protocol::as_str))
    });
    Writer::new()
        .put("IndexDocument", found.index_document().map(IndexDocument::suffix))
        .put("ErrorDocument", found.error_document().map(ErrorDocument::key))
        .nest("RedirectAllRequestsTo", redirect)
        .list("RoutingRules", found.routing_rules().iter().map(rule_shape))
}

fn rule_shape(rule: &RoutingRule) -> Writer {
    let condition = rule.condition().map_or_else(Writer::new, |condition| {
        Writer::new()
            .put("HttpErrorCodeReturnedEquals", condition.http_error_code_returned_equals())
            .put("KeyPrefixEquals", condition.key_prefix_equals())
    });
    let redirect = rule.redirect().map_or_else(Writer::new, |redirect| {
        Writer::new()
            .put("HostName", redirect.host_name())
            .put("HttpRedirectCode", redirect.http_redirect_code())
            .put("Protocol", redirect.protocol().map(Protocol::as_str))
            .put("ReplaceKeyPrefixWith", redirect.replace_key_prefix_with())
            .put("ReplaceKeyWith", redirect.replace_key_with())
    });
    Writer::new().nest("RoutingRuleCondition", condition).nest("RedirectRule", redirect)
}

fn website(wanted: Shape<'_>) -> Result<WebsiteConfiguration> {
    let index = wanted.text("IndexDocument").map(|suffix| IndexDocument::builder().suffix(suffix).build());
    let error = wanted.text("ErrorDocument").map(|key| ErrorDocument::builder().key(key).build());
    let all = wanted.object("RedirectAllRequestsTo").map(|all| {
        RedirectAllRequestsTo::builder()
            .set_host_name(all.text("HostName"))
            .set_protocol(all.str("Protocol").map(Protocol::from))
            .build()
    });
    let rules: Vec<RoutingRule> = wanted.objects("RoutingRules").into_iter().map(rule).collect();
    Ok(WebsiteConfiguration::builder()
        .set_index_document(index.transpose().map_err(unbuilt(PUT))?)
        .set_error_document(error.transpose().map_err(unbuilt(PUT))?)
        .set_redirect_all_requests_to(all.transpose().map_err(unbuilt(PUT))?)
        .set_routing_rules((!rules.is_empty()).then_some(rules))
        .build())
}

fn rule(wanted: Shape<'_>) -> RoutingRule {
    let condition = wanted.object("RoutingRuleCondition").map(|condition| {
        Condition::builder()
            .set_http_error_code_returned_equals(condition.text("HttpErrorCodeReturnedEquals"))
            .set_key_prefix_equals(condition.text("KeyPrefixEquals"))
            .build()
    });
    let redirect = wanted.object("RedirectRule").map(|redirect| {
        Redirect::builder()
            .set_host_name(redirect.text("HostName"))
            .set_http_redirect_code(redirect.text("HttpRedirectCode"))
            .set_protocol(redirect.str("Protocol").map(Protocol::from))
            .set_replace_key_prefix_with(redirect.text("ReplaceKeyPrefixWith"))
            .set_replace_key_with(redirect.text("ReplaceKeyWith"))
            .build()
    });
    RoutingRule::builder().set_condition(condition).set_redirect(redirect).build()
}
