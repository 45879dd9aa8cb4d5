//! How a rule rewrites host and URL before the request goes on.

use aws_sdk_elasticloadbalancingv2::types::{
    HostHeaderRewriteConfig, RewriteConfig, RuleTransform, TransformTypeEnum, UrlRewriteConfig,
};

use super::super::{Shape, Writer};

/// Transforms for a create or a change.
pub fn write(transforms: &[Shape<'_>]) -> Vec<RuleTransform> {
    let transform = |transform: &Shape<'_>| {
        let host = transform
            .object("HostHeaderRewriteConfig")
            .map(|config| HostHeaderRewriteConfig::builder().set_rewrites(Some(rewrites(config))).build());
        let url = transform
            .object("UrlRewriteConfig")
            .map(|config| UrlRewriteConfig::builder().set_rewrites(Some(rewrites(config))).build());
        RuleTransform::builder()
            .set_type(transform.str("Type").map(TransformTypeEnum::from))
            .set_host_header_rewrite_config(host)
            .set_url_rewrite_config(url)
            .build()
    };
    transforms.iter().map(transform).collect()
}

fn rewrites(config: Shape<'_>) -> Vec<RewriteConfig> {
    let rewrite = |rewrite: &Shape<'_>| {
        RewriteConfig::builder().set_regex(rewrite.text("Regex")).set_replace(rewrite.text("Replace")).build()
    };
    config.objects("Rewrites").iter().map(rewrite).collect()
}

/// Transforms as a live rule has them.
pub fn read(transforms: &[RuleTransform]) -> Vec<Writer> {
    let list = |rewrites: &[RewriteConfig]| {
        let rewrite = |rewrite: &RewriteConfig| {
            Writer::new().put("Regex", rewrite.regex()).put("Replace", rewrite.replace())
        };
        Writer::new().list("Rewrites", rewrites.iter().map(rewrite))
    };
    let transform = |transform: &RuleTransform| {
        let host = transform.host_header_rewrite_config();
        let url = transform.url_rewrite_config();
        Writer::new()
            .put("Type", transform.r#type().map(TransformTypeEnum::as_str))
            .put("HostHeaderRewriteConfig", host.map(|config| list(config.rewrites())))
            .put("UrlRewriteConfig", url.map(|config| list(config.rewrites())))
    };
    transforms.iter().map(transform).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::Json;
    use serde_json::json;

    #[test]
    fn a_transform_comes_back_as_it_was_written() {
        let transform = json!({
            "Type": "url-rewrite",
            "UrlRewriteConfig": {"Rewrites": [{"Regex": "^/old/(.*)$", "Replace": "/new/$1"}]},
        });
        let read = read(&write(&[Shape(transform.as_object().unwrap())])).pop().unwrap();
        assert_eq!(Json::from(read), transform);
    }
}
