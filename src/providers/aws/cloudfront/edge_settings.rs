//! The smaller parts of a distribution: certificates, restrictions, error pages, logging, client
//! certificates.

use aws_sdk_cloudfront::types::{
    CustomErrorResponse, CustomErrorResponses, GeoRestriction, GeoRestrictionType, LoggingConfig,
    MinimumProtocolVersion, Restrictions, SslSupportMethod, TrustStoreConfig, ViewerCertificate,
    ViewerMtlsConfig, ViewerMtlsMode,
};

use super::super::error::unbuilt;
use super::super::{Shape, Writer};
use super::config::{UPDATE, count};
use crate::providers::{ErrorKind, ProviderError, Result};

/// A certificate; CloudFront's own where none is written.
pub fn certificate(wanted: Option<Shape<'_>>) -> ViewerCertificate {
    let Some(wanted) = wanted else {
        return ViewerCertificate::builder().cloud_front_default_certificate(true).build();
    };
    let own = wanted.get("AcmCertificateArn").is_some() || wanted.get("IamCertificateId").is_some();
    ViewerCertificate::builder()
        .cloud_front_default_certificate(wanted.bool("CloudFrontDefaultCertificate").unwrap_or(!own))
        .set_acm_certificate_arn(wanted.text("AcmCertificateArn"))
        .set_iam_certificate_id(wanted.text("IamCertificateId"))
        .set_minimum_protocol_version(wanted.str("MinimumProtocolVersion").map(MinimumProtocolVersion::from))
        .set_ssl_support_method(wanted.str("SslSupportMethod").map(SslSupportMethod::from))
        .build()
}

/// A certificate as CloudFormation shows it.
pub fn certificate_shape(found: &ViewerCertificate) -> Writer {
    let method = found.ssl_support_method().map(SslSupportMethod::as_str);
    Writer::new()
        .put("AcmCertificateArn", found.acm_certificate_arn())
        .put("IamCertificateId", found.iam_certificate_id())
        .put("CloudFrontDefaultCertificate", found.cloud_front_default_certificate().filter(|on| *on))
        .put("MinimumProtocolVersion", found.minimum_protocol_version().map(MinimumProtocolVersion::as_str))
        .put("SslSupportMethod", method)
}

/// Where viewers may be; everywhere where nothing is written.
pub fn restrictions(wanted: Option<Shape<'_>>) -> Result<Restrictions> {
    let geo = wanted.and_then(|wanted| wanted.object("GeoRestriction"));
    let kind = geo.and_then(|geo| geo.str("RestrictionType")).unwrap_or("none");
    let places = geo.map(|geo| geo.strings("Locations")).unwrap_or_default();
    let restriction = GeoRestriction::builder()
        .restriction_type(GeoRestrictionType::from(kind))
        .quantity(count(&places))
        .set_items((!places.is_empty()).then_some(places))
        .build()
        .map_err(unbuilt(UPDATE))?;
    Ok(Restrictions::builder().geo_restriction(restriction).build())
}

/// Where viewers may be, as CloudFormation shows it.
pub fn restrictions_shape(found: &Restrictions) -> Writer {
    let geo = found.geo_restriction().map_or_else(Writer::new, |geo| {
        Writer::new()
            .set("RestrictionType", geo.restriction_type().as_str())
            .list("Locations", geo.items().iter().map(String::as_str))
    });
    Writer::new().nest("GeoRestriction", geo)
}

/// Error pages.
pub fn errors(wanted: &[Shape<'_>]) -> Result<CustomErrorResponses> {
    let items = wanted.iter().map(|wanted| {
        CustomErrorResponse::builder()
            .set_error_code(wanted.i32("ErrorCode"))
            .set_response_code(wanted.text("ResponseCode"))
            .set_response_page_path(wanted.text("ResponsePagePath"))
            .set_error_caching_min_ttl(wanted.int("ErrorCachingMinTTL"))
            .build()
            .map_err(unbuilt(UPDATE))
    });
    let items = items.collect::<Result<Vec<_>>>()?;
    let builder = CustomErrorResponses::builder().quantity(count(&items));
    builder.set_items((!items.is_empty()).then_some(items)).build().map_err(unbuilt(UPDATE))
}

/// An error page as CloudFormation shows it.
pub fn error_shape(found: &CustomErrorResponse) -> Writer {
    let code = found.response_code().and_then(|code| code.parse::<i32>().ok());
    Writer::new()
        .set("ErrorCode", found.error_code())
        .put("ResponseCode", code)
        .put("ResponsePagePath", found.response_page_path().filter(|path| !path.is_empty()))
        .put("ErrorCachingMinTTL", found.error_caching_min_ttl())
}

/// Access logs; none where nothing is written.
pub fn logging(wanted: Option<Shape<'_>>) -> LoggingConfig {
    let bucket = wanted.and_then(|wanted| wanted.text("Bucket")).unwrap_or_default();
    LoggingConfig::builder()
        .enabled(!bucket.is_empty())
        .include_cookies(wanted.and_then(|wanted| wanted.bool("IncludeCookies")).unwrap_or(false))
        .bucket(bucket)
        .prefix(wanted.and_then(|wanted| wanted.text("Prefix")).unwrap_or_default())
        .build()
}

/// Access logs as CloudFormation shows them; nothing where they are off.
pub fn logging_shape(found: &LoggingConfig) -> Writer {
    if !found.enabled() {
        return Writer::new();
    }
    Writer::new()
        .set("Bucket", found.bucket())
        .set("IncludeCookies", found.include_cookies())
        .put("Prefix", Some(found.prefix()).filter(|prefix| !prefix.is_empty()))
}

/// Client certificates of viewers.
pub fn viewer_mtls(wanted: Shape<'_>) -> Result<ViewerMtlsConfig> {
    let store = wanted.object("TrustStoreConfig").map(|store| {
        TrustStoreConfig::builder()
            .set_trust_store_id(store.text("TrustStoreId"))
            .set_advertise_trust_store_ca_names(store.bool("AdvertiseTrustStoreCaNames"))
            .set_ignore_certificate_expiry(store.bool("IgnoreCertificateExpiry"))
            .build()
    });
    Ok(ViewerMtlsConfig::builder()
        .set_mode(wanted.str("Mode").map(ViewerMtlsMode::from))
        .set_trust_store_config(store.transpose().map_err(unbuilt(UPDATE))?)
        .build())
}

/// Client certificates of viewers, as CloudFormation shows them.
pub fn viewer_mtls_shape(found: &ViewerMtlsConfig) -> Writer {
    let store = found.trust_store_config().map(|store| {
        Writer::new()
            .set("TrustStoreId", store.trust_store_id())
            .put("AdvertiseTrustStoreCaNames", store.advertise_trust_store_ca_names())
            .put("IgnoreCertificateExpiry", store.ignore_certificate_expiry())
    });
    Writer::new().set("Mode", found.mode().as_str()).put("TrustStoreConfig", store)
}

/// Refuses parts that are not written yet, by name.
pub fn refuse(config: Shape<'_>, names: &[&str]) -> Result<()> {
    match names.iter().find(|name| config.get(name).is_some()) {
        None => Ok(()),
        Some(name) => {
            let message = format!("can't set DistributionConfig.{name}: take it out of the blueprint");
            Err(ProviderError::new(ErrorKind::Unsupported, UPDATE, message))
        }
    }
}
