//! Cache behaviours, the default one and those by path: two types of the API with the same fields.

use aws_sdk_cloudfront::types::{
    AllowedMethods, CacheBehavior, CachedMethods, CookieNames, CookiePreference, DefaultCacheBehavior,
    EventType, ForwardedValues, FunctionAssociation, FunctionAssociations, GrpcConfig, Headers,
    ItemSelection, LambdaFunctionAssociation, LambdaFunctionAssociations, Method, QueryStringCacheKeys,
    TrustedKeyGroups, TrustedSigners, ViewerProtocolPolicy,
};
use serde_json::json;

use super::super::error::unbuilt;
use super::super::{Shape, Writer};
use super::config::{UPDATE, count};
use crate::model::Json;
use crate::providers::Result;

/// The methods that are cached, and allowed, where nothing is said.
const DEFAULT_METHODS: [&str; 2] = ["GET", "HEAD"];

macro_rules! shape {
    ($behavior:expr) => {{
        let found = $behavior;
        let methods = found.allowed_methods();
        let cached = methods.and_then(AllowedMethods::cached_methods);
        Writer::new()
            .set("TargetOriginId", found.target_origin_id())
            .set("ViewerProtocolPolicy", found.viewer_protocol_policy().as_str())
            .list("AllowedMethods", methods.iter().flat_map(|m| m.items().iter().map(Method::as_str)))
            .list("CachedMethods", cached.iter().flat_map(|m| m.items().iter().map(Method::as_str)))
            .put("Compress", found.compress())
            .put("SmoothStreaming", found.smooth_streaming())
            .put("CachePolicyId", text(found.cache_policy_id()))
            .put("OriginRequestPolicyId", text(found.origin_request_policy_id()))
            .put("ResponseHeadersPolicyId", text(found.response_headers_policy_id()))
            .put("RealtimeLogConfigArn", text(found.realtime_log_config_arn()))
            .put("FieldLevelEncryptionId", text(found.field_level_encryption_id()))
            .list(
                "TrustedSigners",
                found.trusted_signers().iter().flat_map(|s| s.items().iter().map(String::as_str)),
            )
            .list(
                "TrustedKeyGroups",
                found.trusted_key_groups().iter().flat_map(|g| g.items().iter().map(String::as_str)),
            )
            .list("LambdaFunctionAssociations", lambdas_shape(found.lambda_function_associations()))
            .list("FunctionAssociations", functions_shape(found.function_associations()))
            .put("GrpcConfig", found.grpc_config().map(|grpc| json!({"Enabled": grpc.enabled()})))
            .put("ForwardedValues", found.forwarded_values().map(forwarded_shape))
            .put("MinTTL", legacy(found.cache_policy_id(), found.min_ttl()))
            .put("DefaultTTL", legacy(found.cache_policy_id(), found.default_ttl()))
            .put("MaxTTL", legacy(found.cache_policy_id(), found.max_ttl()))
    }};
}

macro_rules! build {
    ($builder:expr, $wanted:expr) => {{
        let wanted: Shape<'_> = $wanted;
        let builder = $builder
            .set_forwarded_values(wanted.object("ForwardedValues").map(forwarded).transpose()?)
            .set_min_ttl(wanted.int("MinTTL").or_else(|| uses_forwarding(wanted).then_some(0)))
            .set_default_ttl(wanted.int("DefaultTTL"))
            .set_max_ttl(wanted.int("MaxTTL"));
        builder
            .set_target_origin_id(wanted.text("TargetOriginId"))
            .set_viewer_protocol_policy(wanted.str("ViewerProtocolPolicy").map(ViewerProtocolPolicy::from))
            .allowed_methods(methods(wanted)?)
            .compress(wanted.bool("Compress").unwrap_or(false))
            .smooth_streaming(wanted.bool("SmoothStreaming").unwrap_or(false))
            .set_cache_policy_id(wanted.text("CachePolicyId"))
            .set_origin_request_policy_id(wanted.text("OriginRequestPolicyId"))
            .set_response_headers_policy_id(wanted.text("ResponseHeadersPolicyId"))
            .set_realtime_log_config_arn(wanted.text("RealtimeLogConfigArn"))
            .field_level_encryption_id(wanted.text("FieldLevelEncryptionId").unwrap_or_default())
            .trusted_signers(signers(wanted)?)
            .trusted_key_groups(key_groups(wanted)?)
            .lambda_function_associations(lambdas(wanted)?)
            .function_associations(functions(wanted)?)
            .set_grpc_config(grpc(wanted)?)
            .build()
            .map_err(unbuilt(UPDATE))
    }};
}

/// The default behaviour as CloudFormation shows it.
#[allow(deprecated)] // Times to live and forwarding beside a cache policy still work.
pub fn default_shape(found: &DefaultCacheBehavior) -> Writer {
    shape!(found)
}

/// A behaviour by path as CloudFormation shows it.
#[allow(deprecated)] // Times to live and forwarding beside a cache policy still work.
pub fn shape(found: &CacheBehavior) -> Writer {
    shape!(found).set("PathPattern", found.path_pattern())
}

/// The default behaviour as the API takes it.
#[allow(deprecated)] // Times to live and forwarding beside a cache policy still work.
pub fn default(wanted: Shape<'_>) -> Result<DefaultCacheBehavior> {
    build!(DefaultCacheBehavior::builder(), wanted)
}

/// A behaviour by path as the API takes it.
#[allow(deprecated)] // Times to live and forwarding beside a cache policy still work.
pub fn behavior(wanted: Shape<'_>) -> Result<CacheBehavior> {
    build!(CacheBehavior::builder().set_path_pattern(wanted.text("PathPattern")), wanted)
}

/// The API answers with empty texts where nothing is set.
fn text(value: Option<&str>) -> Option<&str> {
    value.filter(|text| !text.is_empty())
}

/// Times to live belong to the cache policy where there is one.
fn legacy(cache_policy: Option<&str>, ttl: Option<i64>) -> Option<i64> {
    ttl.filter(|_| text(cache_policy).is_none())
}

fn uses_forwarding(wanted: Shape<'_>) -> bool {
    wanted.get("CachePolicyId").is_none()
}

fn methods(wanted: Shape<'_>) -> Result<AllowedMethods> {
    let named = |property: &str| {
        let names = wanted.strings(property);
        let names = if names.is_empty() { DEFAULT_METHODS.map(str::to_owned).to_vec() } else { names };
        names.iter().map(|name| Method::from(name.as_str())).collect::<Vec<_>>()
    };
    let (allowed, cached) = (named("AllowedMethods"), named("CachedMethods"));
    let cached = CachedMethods::builder()
        .quantity(count(&cached))
        .set_items(Some(cached))
        .build()
        .map_err(unbuilt(UPDATE))?;
    AllowedMethods::builder()
        .quantity(count(&allowed))
        .set_items(Some(allowed))
        .cached_methods(cached)
        .build()
        .map_err(unbuilt(UPDATE))
}

fn signers(wanted: Shape<'_>) -> Result<TrustedSigners> {
    let items = wanted.strings("TrustedSigners");
    let builder = TrustedSigners::builder().enabled(!items.is_empty()).quantity(count(&items));
    builder.set_items((!items.is_empty()).then_some(items)).build().map_err(unbuilt(UPDATE))
}

fn key_groups(wanted: Shape<'_>) -> Result<TrustedKeyGroups> {
    let items = wanted.strings("TrustedKeyGroups");
    let builder = TrustedKeyGroups::builder().enabled(!items.is_empty()).quantity(count(&items));
    builder.set_items((!items.is_empty()).then_some(items)).build().map_err(unbuilt(UPDATE))
}

fn grpc(wanted: Shape<'_>) -> Result<Option<GrpcConfig>> {
    let Some(config) = wanted.object("GrpcConfig") else { return Ok(None) };
    let enabled = config.bool("Enabled").unwrap_or(false);
    GrpcConfig::builder().enabled(enabled).build().map(Some).map_err(unbuilt(UPDATE))
}

fn lambdas(wanted: Shape<'_>) -> Result<LambdaFunctionAssociations> {
    let items = wanted.objects("LambdaFunctionAssociations").into_iter().map(|item| {
        LambdaFunctionAssociation::builder()
            .set_lambda_function_arn(item.text("LambdaFunctionARN"))
            .set_event_type(item.str("EventType").map(EventType::from))
            .include_body(item.bool("IncludeBody").unwrap_or(false))
            .build()
            .map_err(unbuilt(UPDATE))
    });
    let items = items.collect::<Result<Vec<_>>>()?;
    let builder = LambdaFunctionAssociations::builder().quantity(count(&items));
    builder.set_items((!items.is_empty()).then_some(items)).build().map_err(unbuilt(UPDATE))
}

fn lambdas_shape(found: Option<&LambdaFunctionAssociations>) -> Vec<Json> {
    let items = found.map(LambdaFunctionAssociations::items).unwrap_or_default();
    let shape = |item: &LambdaFunctionAssociation| {
        Writer::new()
            .set("LambdaFunctionARN", item.lambda_function_arn())
            .set("EventType", item.event_type().as_str())
            .put("IncludeBody", item.include_body())
            .into()
    };
    items.iter().map(shape).collect()
}

fn functions(wanted: Shape<'_>) -> Result<FunctionAssociations> {
    let items = wanted.objects("FunctionAssociations").into_iter().map(|item| {
        FunctionAssociation::builder()
            .set_function_arn(item.text("FunctionARN"))
            .set_event_type(item.str("EventType").map(EventType::from))
            .build()
            .map_err(unbuilt(UPDATE))
    });
    let items = items.collect::<Result<Vec<_>>>()?;
    let builder = FunctionAssociations::builder().quantity(count(&items));
    builder.set_items((!items.is_empty()).then_some(items)).build().map_err(unbuilt(UPDATE))
}

fn functions_shape(found: Option<&FunctionAssociations>) -> Vec<Json> {
    let items = found.map(FunctionAssociations::items).unwrap_or_default();
    items
        .iter()
        .map(|item| json!({"FunctionARN": item.function_arn(), "EventType": item.event_type().as_str()}))
        .collect()
}

fn forwarded(wanted: Shape<'_>) -> Result<ForwardedValues> {
    let cookies = wanted.object("Cookies").map(cookies).transpose()?;
    let headers = wanted.strings("Headers");
    let headers =
        Headers::builder().quantity(count(&headers)).set_items((!headers.is_empty()).then_some(headers));
    let keys = wanted.strings("QueryStringCacheKeys");
    let keys =
        QueryStringCacheKeys::builder().quantity(count(&keys)).set_items((!keys.is_empty()).then_some(keys));
    let none = || CookiePreference::builder().forward(ItemSelection::None).build().map_err(unbuilt(UPDATE));
    ForwardedValues::builder()
        .query_string(wanted.bool("QueryString").unwrap_or(false))
        .cookies(cookies.map_or_else(none, Ok)?)
        .headers(headers.build().map_err(unbuilt(UPDATE))?)
        .query_string_cache_keys(keys.build().map_err(unbuilt(UPDATE))?)
        .build()
        .map_err(unbuilt(UPDATE))
}

fn cookies(wanted: Shape<'_>) -> Result<CookiePreference> {
    let names = wanted.strings("WhitelistedNames");
    let names = (!names.is_empty())
        .then(|| CookieNames::builder().quantity(count(&names)).set_items(Some(names)).build())
        .transpose()
        .map_err(unbuilt(UPDATE))?;
    CookiePreference::builder()
        .set_forward(wanted.str("Forward").map(ItemSelection::from))
        .set_whitelisted_names(names)
        .build()
        .map_err(unbuilt(UPDATE))
}

fn forwarded_shape(found: &ForwardedValues) -> Writer {
    let cookies = found.cookies().map(|cookies| {
        let names = cookies.whitelisted_names().map(CookieNames::items).unwrap_or_default();
        Writer::new()
            .set("Forward", cookies.forward().as_str())
            .list("WhitelistedNames", names.iter().map(String::as_str))
    });
    let headers = found.headers().map(Headers::items).unwrap_or_default();
    let keys = found.query_string_cache_keys().map(QueryStringCacheKeys::items).unwrap_or_default();
    Writer::new()
        .set("QueryString", found.query_string())
        .put("Cookies", cookies)
        .list("Headers", headers.iter().map(String::as_str))
        .list("QueryStringCacheKeys", keys.iter().map(String::as_str))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_written_is_read_back() {
        let wanted = json!({
            "TargetOriginId": "alb", "ViewerProtocolPolicy": "redirect-to-https",
            "AllowedMethods": ["GET", "HEAD", "OPTIONS"], "CachedMethods": ["GET", "HEAD"], "Compress": true,
            "SmoothStreaming": false, "CachePolicyId": "c", "OriginRequestPolicyId": "o",
            "TrustedKeyGroups": ["g"],
            "LambdaFunctionAssociations":
                [{"LambdaFunctionARN": "arn:l:1", "EventType": "origin-request", "IncludeBody": false}],
            "FunctionAssociations": [{"FunctionARN": "arn:f", "EventType": "viewer-request"}],
            "PathPattern": "/api/*",
        });
        assert_eq!(Json::from(shape(&behavior(Shape(wanted.as_object().unwrap())).unwrap())), wanted);
    }

    #[test]
    fn forwarding_of_old_is_read_back() {
        let wanted = json!({
            "TargetOriginId": "alb", "ViewerProtocolPolicy": "allow-all",
            "AllowedMethods": ["GET", "HEAD"], "CachedMethods": ["GET", "HEAD"], "Compress": false,
            "SmoothStreaming": false,
            "ForwardedValues": {"QueryString": true, "Cookies": {"Forward": "whitelist", "WhitelistedNames": ["s"]},
                "Headers": ["Host"], "QueryStringCacheKeys": ["q"]},
            "MinTTL": 0, "DefaultTTL": 60, "MaxTTL": 600,
        });
        assert_eq!(Json::from(default_shape(&default(Shape(wanted.as_object().unwrap())).unwrap())), wanted);
    }
}
