//! A distribution's configuration between CloudFormation's shape and the API's, which wraps each list with
//! its count.

use aws_sdk_cloudfront::types::{
    Aliases, CacheBehaviors, CacheTagConfig, ConnectionFunctionAssociation, ConnectionMode,
    CustomErrorResponses, DistributionConfig, HttpVersion, PriceClass,
};
use serde_json::json;

use super::super::error::unbuilt;
use super::super::{Shape, Writer};
use super::{behavior, edge_settings, origin};
use crate::model::{Json, JsonMap, PropertyPath};
use crate::providers::{Delta, Result};

/// The operation in errors about a value that can't be put into a request.
pub const UPDATE: &str = "cloudfront:UpdateDistribution";

/// How many, in the width that the API has.
pub fn count<T>(items: &[T]) -> i32 {
    i32::try_from(items.len()).unwrap_or(i32::MAX)
}

/// A configuration as CloudFormation shows it.
pub fn shape(found: &DistributionConfig) -> Writer {
    let text = |value: Option<&str>| value.filter(|text| !text.is_empty()).map(str::to_owned);
    let groups = found.origin_groups().and_then(origin::groups_shape);
    let behaviors = found.cache_behaviors().map(CacheBehaviors::items).unwrap_or_default();
    let errors = found.custom_error_responses().map(CustomErrorResponses::items).unwrap_or_default();
    let aliases = found.aliases().map(Aliases::items).unwrap_or_default();
    let default = found.default_cache_behavior().map(behavior::default_shape);
    let version = found.http_version().map(|version| version.as_str().to_ascii_lowercase());
    Writer::new()
        .set("Enabled", found.enabled())
        .put("Comment", text(Some(found.comment())))
        .put("DefaultRootObject", text(found.default_root_object()))
        .list("Aliases", aliases.iter().map(String::as_str))
        .list("Origins", found.origins().iter().flat_map(|origins| origins.items().iter().map(origin::shape)))
        .put("OriginGroups", groups)
        .put("DefaultCacheBehavior", default)
        .list("CacheBehaviors", behaviors.iter().map(behavior::shape))
        .list("CustomErrorResponses", errors.iter().map(edge_settings::error_shape))
        .nest("Logging", found.logging().map_or_else(Writer::new, edge_settings::logging_shape))
        .put("PriceClass", found.price_class().map(PriceClass::as_str))
        .put("HttpVersion", version)
        .put("IPV6Enabled", found.is_ipv6_enabled())
        .put("WebACLId", text(found.web_acl_id()))
        .nest(
            "ViewerCertificate",
            found.viewer_certificate().map_or_else(Writer::new, edge_settings::certificate_shape),
        )
        .nest(
            "Restrictions",
            found.restrictions().map_or_else(Writer::new, edge_settings::restrictions_shape),
        )
        .put("Staging", found.staging())
        .put("ContinuousDeploymentPolicyId", text(found.continuous_deployment_policy_id()))
        .put("AnycastIpListId", text(found.anycast_ip_list_id()))
        .put("ConnectionMode", found.connection_mode().map(ConnectionMode::as_str))
        .nest(
            "ViewerMtlsConfig",
            found.viewer_mtls_config().map_or_else(Writer::new, edge_settings::viewer_mtls_shape),
        )
        .put(
            "ConnectionFunctionAssociation",
            found.connection_function_association().map(|f| json!({"Id": f.id()})),
        )
        .put("CacheTagConfig", found.cache_tag_config().map(|tag| json!({"HeaderName": tag.header_name()})))
}

/// A configuration as the API takes it: all of it, at each change.
pub fn write(wanted: Shape<'_>, caller_reference: &str) -> Result<DistributionConfig> {
    edge_settings::refuse(wanted, &["CustomOrigin", "S3Origin", "TenantConfig"])?;
    let mut aliases = wanted.strings("Aliases");
    // The name of the same list in CloudFormation's first years.
    aliases.extend(wanted.strings("CNAMEs"));
    let aliases = Aliases::builder()
        .quantity(count(&aliases))
        .set_items((!aliases.is_empty()).then_some(aliases))
        .build();
    let behaviors = wanted.objects("CacheBehaviors").into_iter().map(behavior::behavior);
    let behaviors = behaviors.collect::<Result<Vec<_>>>()?;
    let behaviors = CacheBehaviors::builder()
        .quantity(count(&behaviors))
        .set_items((!behaviors.is_empty()).then_some(behaviors));
    let tag = wanted.object("CacheTagConfig").map(|tag| {
        CacheTagConfig::builder().set_header_name(tag.text("HeaderName")).build().map_err(unbuilt(UPDATE))
    });
    let function = wanted.object("ConnectionFunctionAssociation").map(|function| {
        ConnectionFunctionAssociation::builder().set_id(function.text("Id")).build().map_err(unbuilt(UPDATE))
    });
    let groups = wanted.object("OriginGroups").map(origin::groups).transpose()?;
    DistributionConfig::builder()
        .caller_reference(caller_reference)
        .enabled(wanted.bool("Enabled").unwrap_or(true))
        .comment(wanted.text("Comment").unwrap_or_default())
        .default_root_object(wanted.text("DefaultRootObject").unwrap_or_default())
        .aliases(aliases.map_err(unbuilt(UPDATE))?)
        .origins(origin::origins(&wanted.objects("Origins"))?)
        .set_origin_groups(groups)
        .set_default_cache_behavior(wanted.object("DefaultCacheBehavior").map(behavior::default).transpose()?)
        .cache_behaviors(behaviors.build().map_err(unbuilt(UPDATE))?)
        .custom_error_responses(edge_settings::errors(&wanted.objects("CustomErrorResponses"))?)
        .logging(edge_settings::logging(wanted.object("Logging")))
        .set_price_class(wanted.str("PriceClass").map(PriceClass::from))
        .set_http_version(
            wanted.text("HttpVersion").map(|v| HttpVersion::from(v.to_ascii_lowercase().as_str())),
        )
        .set_is_ipv6_enabled(wanted.bool("IPV6Enabled"))
        .web_acl_id(wanted.text("WebACLId").unwrap_or_default())
        .viewer_certificate(edge_settings::certificate(wanted.object("ViewerCertificate")))
        .restrictions(edge_settings::restrictions(wanted.object("Restrictions"))?)
        .set_staging(wanted.bool("Staging"))
        .set_continuous_deployment_policy_id(wanted.text("ContinuousDeploymentPolicyId"))
        .set_anycast_ip_list_id(wanted.text("AnycastIpListId"))
        .set_connection_mode(wanted.str("ConnectionMode").map(ConnectionMode::from))
        .set_viewer_mtls_config(
            wanted.object("ViewerMtlsConfig").map(edge_settings::viewer_mtls).transpose()?,
        )
        .set_connection_function_association(function.transpose()?)
        .set_cache_tag_config(tag.transpose()?)
        .build()
        .map_err(unbuilt(UPDATE))
}

/// The configuration that an update writes: the desired one, and what is live beside it, for an update
/// replaces the whole. What was taken out of the blueprint goes.
pub fn merged(live: &JsonMap, desired: &JsonMap, delta: &Delta) -> JsonMap {
    let mut all = desired.clone();
    let base = PropertyPath::root().property("DistributionConfig");
    for (name, value) in live {
        let path = base.property(name);
        let is_removed = delta.removed.iter().any(|removed| {
            let rest = removed.as_str().strip_prefix(path.as_str());
            rest.is_some_and(|rest| rest.is_empty() || rest.starts_with(['.', '[']))
        });
        if !is_removed && !all.contains_key(name) {
            all.insert(name.clone(), value.clone());
        }
    }
    all
}

/// The configuration within a distribution's properties.
pub fn of(properties: &JsonMap) -> JsonMap {
    properties.get("DistributionConfig").and_then(Json::as_object).cloned().unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn wanted() -> Json {
        json!({
            "Enabled": true, "Comment": "site", "DefaultRootObject": "index.html", "Aliases": ["www.example.com"],
            "Origins": [{"Id": "s3", "DomainName": "b.s3.amazonaws.com", "S3OriginConfig": {"OriginAccessIdentity": ""}}],
            "DefaultCacheBehavior": {"TargetOriginId": "s3", "ViewerProtocolPolicy": "https-only",
                "AllowedMethods": ["GET", "HEAD"], "CachedMethods": ["GET", "HEAD"], "Compress": false,
                "SmoothStreaming": false, "CachePolicyId": "c"},
            "CustomErrorResponses": [{"ErrorCode": 404, "ResponseCode": 200, "ResponsePagePath": "/i.html",
                "ErrorCachingMinTTL": 10}],
            "Logging": {"Bucket": "logs.s3.amazonaws.com", "IncludeCookies": false, "Prefix": "cdn/"},
            "PriceClass": "PriceClass_100", "HttpVersion": "http2and3", "IPV6Enabled": true, "WebACLId": "arn:waf",
            "ViewerCertificate": {"AcmCertificateArn": "arn:acm", "MinimumProtocolVersion": "TLSv1.2_2021",
                "SslSupportMethod": "sni-only"},
            "Restrictions": {"GeoRestriction": {"RestrictionType": "blacklist", "Locations": ["KP"]}},
        })
    }

    #[test]
    fn what_is_written_is_read_back() {
        let wanted = wanted();
        let config = write(Shape(wanted.as_object().unwrap()), "token").unwrap();
        assert_eq!(config.caller_reference(), "token");
        assert_eq!(Json::from(shape(&config)), wanted);
    }

    #[test]
    fn an_update_keeps_what_others_set_and_drops_what_left_the_blueprint() {
        let live = json!({"WebACLId": "theirs", "Logging": {"Bucket": "b"}, "Comment": "old"});
        let desired = json!({"Comment": "new"});
        let delta = Delta { removed: vec!["DistributionConfig.Logging.Bucket".into()], ..Delta::default() };
        let all = merged(live.as_object().unwrap(), desired.as_object().unwrap(), &delta);
        assert_eq!(Json::Object(all), json!({"Comment": "new", "WebACLId": "theirs"}));
    }

    #[test]
    fn parts_that_cannot_be_written_are_refused() {
        let config = json!({"TenantConfig": {}});
        let error = write(Shape(config.as_object().unwrap()), "t").unwrap_err().to_string();
        assert!(error.contains("DistributionConfig.TenantConfig"), "{error}");
    }
}
