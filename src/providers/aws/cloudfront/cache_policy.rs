//! `AWS::CloudFront::CachePolicy`: it has no tags, so its name tells whose it is.

use std::sync::Arc;

use async_trait::async_trait;
use aws_sdk_cloudfront::Client;
use aws_sdk_cloudfront::types::{
    CachePolicy as Found, CachePolicyConfig, CachePolicyCookieBehavior, CachePolicyCookiesConfig,
    CachePolicyHeaderBehavior, CachePolicyHeadersConfig, CachePolicyQueryStringBehavior,
    CachePolicyQueryStringsConfig, CachePolicyType, CookieNames, Headers,
    ParametersInCacheKeyAndForwardedToOrigin as Parameters, QueryStringNames,
};
use aws_smithy_types::date_time::Format;

use super::super::error::{gone_is_fine, unbuilt};
use super::super::sent::Sent;
use super::super::tags::Tags;
use super::super::{Aws, Shape, Writer, failed, missing, supported};
use super::config::count;
use super::{SERVICE, owner_by_name};
use crate::model::{Identifier, JsonMap, Live, Ownership, ResourceType, Scope, Status};
use crate::providers::{
    Create, Delete, ErrorKind, Handler, Pending, Query, Readiness, Result, Update, readiness,
};

const CONFIG: &str = "CachePolicyConfig";
const PARAMETERS: &str = "ParametersInCacheKeyAndForwardedToOrigin";
const CREATE: &str = "cloudfront:CreateCachePolicy";
const UPDATE: &str = "cloudfront:UpdateCachePolicy";
const DELETE: &str = "cloudfront:DeleteCachePolicy";

/// The handler of `AWS::CloudFront::CachePolicy`.
pub struct CachePolicy {
    aws: Arc<Aws>,
    sent: Sent,
}

impl CachePolicy {
    /// A handler on a session.
    pub fn new(aws: &Arc<Aws>) -> Self {
        Self { aws: aws.clone(), sent: Sent::default() }
    }

    fn client(&self, scope: &Scope) -> Client {
        self.aws.client(scope, Client::new)
    }
}

#[async_trait]
impl Handler for CachePolicy {
    fn resource_type(&self) -> ResourceType {
        "AWS::CloudFront::CachePolicy".into()
    }

    fn service(&self) -> &'static str {
        SERVICE
    }

    /// By the name.
    fn deduplicates(&self) -> bool {
        true
    }

    async fn list(&self, query: &Query<'_>) -> Result<Vec<Live>> {
        let found = all(&self.client(query.scope)).await?;
        Ok(found
            .iter()
            .filter_map(|found| {
                let ownership = owner_by_name(query, CONFIG, found.id(), name(found))?;
                Some(live(query.scope, found, ownership))
            })
            .collect())
    }

    async fn create(&self, request: &Create<'_>) -> Result<Identifier> {
        let config = write(request.properties)?;
        let client = self.client(request.scope);
        if self.sent.is_repeated(request.token.as_str())
            && let Some(first) = by_name(&client, config.name()).await?
        {
            return Ok(first);
        }
        let made = client.create_cache_policy().cache_policy_config(config.clone()).send().await;
        match made.map_err(failed(CREATE)) {
            Ok(made) => {
                let made = made.cache_policy.ok_or_else(|| missing(CREATE, "CachePolicy"))?;
                Ok(Identifier::new(made.id()))
            }
            // The plan found none of this name, so this is our own first attempt.
            Err(error) if error.kind == ErrorKind::AlreadyExists => {
                by_name(&client, config.name()).await?.ok_or(error)
            }
            Err(error) => Err(error),
        }
    }

    async fn update(&self, request: &Update<'_>) -> Result<()> {
        let client = self.client(request.scope);
        let id = request.live.identifier.as_str();
        client
            .update_cache_policy()
            .id(id)
            .if_match(etag(&client, id).await?)
            .cache_policy_config(write(request.properties)?)
            .send()
            .await
            .map(drop)
            .map_err(failed(UPDATE))
    }

    async fn delete(&self, request: &Delete<'_>) -> Result<()> {
        let client = self.client(request.scope);
        let id = request.live.identifier.as_str();
        let etag = match etag(&client, id).await {
            Err(error) if error.kind == ErrorKind::NotFound => return Ok(()),
            etag => etag?,
        };
        let gone = client.delete_cache_policy().id(id).if_match(etag).send().await;
        gone_is_fine(gone.map_err(failed(DELETE)))
    }

    async fn ready(&self, request: &Pending<'_>) -> Result<Vec<Readiness>> {
        let found = all(&self.client(request.scope)).await?;
        let lives = found.iter().map(|found| {
            live(request.scope, found, Ownership::Child { parent: None, name: name(found).to_owned() })
        });
        Ok(readiness(request.items, lives.collect()))
    }
}

/// The account's own policies, not those that AWS manages.
async fn all(client: &Client) -> Result<Vec<Found>> {
    let mut found = Vec::new();
    let mut marker = None;
    loop {
        let call = client.list_cache_policies().r#type(CachePolicyType::Custom).set_marker(marker);
        let answer = call.send().await.map_err(failed("cloudfront:ListCachePolicies"))?;
        let Some(list) = answer.cache_policy_list else { return Ok(found) };
        found.extend(list.items.unwrap_or_default().into_iter().filter_map(|summary| summary.cache_policy));
        marker = list.next_marker.filter(|marker| !marker.is_empty());
        if marker.is_none() {
            return Ok(found);
        }
    }
}

fn name(found: &Found) -> &str {
    found.cache_policy_config().map(CachePolicyConfig::name).unwrap_or_default()
}

async fn by_name(client: &Client, wanted: &str) -> Result<Option<Identifier>> {
    let found = all(client).await?;
    Ok(found.iter().find(|found| name(found) == wanted).map(|found| Identifier::new(found.id())))
}

async fn etag(client: &Client, id: &str) -> Result<String> {
    const GET: &str = "cloudfront:GetCachePolicy";
    let answer = client.get_cache_policy().id(id).send().await.map_err(failed(GET))?;
    answer.e_tag.ok_or_else(|| missing(GET, "ETag"))
}

fn live(scope: &Scope, found: &Found, ownership: Ownership) -> Live {
    let modified = found.last_modified_time().fmt(Format::DateTime).ok();
    Live {
        resource_type: "AWS::CloudFront::CachePolicy".into(),
        scope: scope.clone(),
        identifier: Identifier::new(found.id()),
        properties: Writer::new()
            .set("Id", found.id())
            .put("LastModifiedTime", modified)
            .nest(CONFIG, found.cache_policy_config().map_or_else(Writer::new, shape))
            .build(),
        tags: Tags::new(),
        ownership,
        status: Status::Ready,
    }
}

fn shape(found: &CachePolicyConfig) -> Writer {
    let parameters = found.parameters_in_cache_key_and_forwarded_to_origin();
    Writer::new()
        .set("Name", found.name())
        .put("Comment", found.comment().filter(|text| !text.is_empty()))
        .set("MinTTL", found.min_ttl())
        .put("DefaultTTL", found.default_ttl())
        .put("MaxTTL", found.max_ttl())
        .nest(PARAMETERS, parameters.map_or_else(Writer::new, parameters_shape))
}

fn parameters_shape(found: &Parameters) -> Writer {
    let cookies = found.cookies_config().map_or_else(Writer::new, |cookies| {
        let names = cookies.cookies().map(CookieNames::items).unwrap_or_default();
        Writer::new()
            .set("CookieBehavior", cookies.cookie_behavior().as_str())
            .list("Cookies", names.iter().map(String::as_str))
    });
    let headers = found.headers_config().map_or_else(Writer::new, |headers| {
        let names = headers.headers().map(Headers::items).unwrap_or_default();
        Writer::new()
            .set("HeaderBehavior", headers.header_behavior().as_str())
            .list("Headers", names.iter().map(String::as_str))
    });
    let queries = found.query_strings_config().map_or_else(Writer::new, |queries| {
        let names = queries.query_strings().map(QueryStringNames::items).unwrap_or_default();
        Writer::new()
            .set("QueryStringBehavior", queries.query_string_behavior().as_str())
            .list("QueryStrings", names.iter().map(String::as_str))
    });
    Writer::new()
        .set("EnableAcceptEncodingGzip", found.enable_accept_encoding_gzip())
        .put("EnableAcceptEncodingBrotli", found.enable_accept_encoding_brotli())
        .nest("CookiesConfig", cookies)
        .nest("HeadersConfig", headers)
        .nest("QueryStringsConfig", queries)
}

fn write(properties: &JsonMap) -> Result<CachePolicyConfig> {
    supported::only(properties, &[CONFIG], UPDATE)?;
    let empty = JsonMap::new();
    let wanted = Shape(properties).object(CONFIG).unwrap_or(Shape(&empty));
    CachePolicyConfig::builder()
        .set_name(wanted.text("Name"))
        .set_comment(wanted.text("Comment"))
        .set_min_ttl(wanted.int("MinTTL"))
        .set_default_ttl(wanted.int("DefaultTTL"))
        .set_max_ttl(wanted.int("MaxTTL"))
        .set_parameters_in_cache_key_and_forwarded_to_origin(
            wanted.object(PARAMETERS).map(parameters).transpose()?,
        )
        .build()
        .map_err(unbuilt(UPDATE))
}

fn parameters(wanted: Shape<'_>) -> Result<Parameters> {
    Parameters::builder()
        .set_enable_accept_encoding_gzip(wanted.bool("EnableAcceptEncodingGzip"))
        .set_enable_accept_encoding_brotli(wanted.bool("EnableAcceptEncodingBrotli"))
        .set_cookies_config(wanted.object("CookiesConfig").map(cookies).transpose()?)
        .set_headers_config(wanted.object("HeadersConfig").map(headers).transpose()?)
        .set_query_strings_config(wanted.object("QueryStringsConfig").map(queries).transpose()?)
        .build()
        .map_err(unbuilt(UPDATE))
}

fn cookies(wanted: Shape<'_>) -> Result<CachePolicyCookiesConfig> {
    let names = wanted.strings_if_set("Cookies").map(|names| {
        CookieNames::builder().quantity(count(&names)).set_items(Some(names)).build().map_err(unbuilt(UPDATE))
    });
    CachePolicyCookiesConfig::builder()
        .set_cookie_behavior(wanted.str("CookieBehavior").map(CachePolicyCookieBehavior::from))
        .set_cookies(names.transpose()?)
        .build()
        .map_err(unbuilt(UPDATE))
}

fn headers(wanted: Shape<'_>) -> Result<CachePolicyHeadersConfig> {
    let names = wanted.strings_if_set("Headers").map(|names| {
        Headers::builder().quantity(count(&names)).set_items(Some(names)).build().map_err(unbuilt(UPDATE))
    });
    CachePolicyHeadersConfig::builder()
        .set_header_behavior(wanted.str("HeaderBehavior").map(CachePolicyHeaderBehavior::from))
        .set_headers(names.transpose()?)
        .build()
        .map_err(unbuilt(UPDATE))
}

fn queries(wanted: Shape<'_>) -> Result<CachePolicyQueryStringsConfig> {
    let names = wanted.strings_if_set("QueryStrings").map(|names| {
        QueryStringNames::builder()
            .quantity(count(&names))
            .set_items(Some(names))
            .build()
            .map_err(unbuilt(UPDATE))
    });
    CachePolicyQueryStringsConfig::builder()
        .set_query_string_behavior(
            wanted.str("QueryStringBehavior").map(CachePolicyQueryStringBehavior::from),
        )
        .set_query_strings(names.transpose()?)
        .build()
        .map_err(unbuilt(UPDATE))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::Json;
    use serde_json::json;

    #[test]
    fn what_is_written_is_read_back() {
        let wanted = json!({CONFIG: {
            "Name": "shop-cdn-static", "Comment": "static files", "MinTTL": 1, "DefaultTTL": 86400, "MaxTTL": 31_536_000,
            PARAMETERS: {
                "EnableAcceptEncodingGzip": true, "EnableAcceptEncodingBrotli": true,
                "CookiesConfig": {"CookieBehavior": "none"},
                "HeadersConfig": {"HeaderBehavior": "whitelist", "Headers": ["Accept-Language"]},
                "QueryStringsConfig": {"QueryStringBehavior": "allExcept", "QueryStrings": ["utm"]},
            },
        }});
        let config = write(wanted.as_object().unwrap()).unwrap();
        assert_eq!(Json::from(shape(&config)), wanted[CONFIG]);
    }
}
