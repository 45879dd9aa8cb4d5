//! Origins and groups of them.

use aws_sdk_cloudfront::types::{
    CustomHeaders, CustomOriginConfig, IpAddressType, Origin, OriginCustomHeader, OriginGroup,
    OriginGroupFailoverCriteria, OriginGroupMember, OriginGroupMembers, OriginGroupSelectionCriteria,
    OriginGroups, OriginMtlsConfig, OriginProtocolPolicy, OriginShield, OriginSslProtocols, Origins,
    S3OriginConfig, SslProtocol, StatusCodes, VpcOriginConfig,
};
use serde_json::json;

use super::super::error::unbuilt;
use super::super::{Shape, Writer};
use super::config::{UPDATE, count};
use crate::model::Json;
use crate::providers::Result;

/// Origins as the API takes them.
pub fn origins(wanted: &[Shape<'_>]) -> Result<Origins> {
    let items = wanted.iter().map(|wanted| origin(*wanted)).collect::<Result<Vec<_>>>()?;
    Origins::builder().quantity(count(&items)).set_items(Some(items)).build().map_err(unbuilt(UPDATE))
}

fn origin(wanted: Shape<'_>) -> Result<Origin> {
    let headers = wanted.objects("OriginCustomHeaders").into_iter().map(|header| {
        OriginCustomHeader::builder()
            .set_header_name(header.text("HeaderName"))
            .set_header_value(header.text("HeaderValue"))
            .build()
            .map_err(unbuilt(UPDATE))
    });
    let headers = headers.collect::<Result<Vec<_>>>()?;
    let headers = CustomHeaders::builder().quantity(count(&headers)).set_items(Some(headers)).build();
    Origin::builder()
        .set_id(wanted.text("Id"))
        .set_domain_name(wanted.text("DomainName"))
        .origin_path(wanted.text("OriginPath").unwrap_or_default())
        .custom_headers(headers.map_err(unbuilt(UPDATE))?)
        .set_s3_origin_config(wanted.object("S3OriginConfig").map(|s3| {
            S3OriginConfig::builder()
                .origin_access_identity(s3.text("OriginAccessIdentity").unwrap_or_default())
                .set_origin_read_timeout(s3.i32("OriginReadTimeout"))
                .build()
        }))
        .set_custom_origin_config(wanted.object("CustomOriginConfig").map(custom).transpose()?)
        .set_vpc_origin_config(wanted.object("VpcOriginConfig").map(vpc).transpose()?)
        .set_connection_attempts(wanted.i32("ConnectionAttempts"))
        .set_connection_timeout(wanted.i32("ConnectionTimeout"))
        .set_response_completion_timeout(wanted.i32("ResponseCompletionTimeout"))
        .set_origin_shield(wanted.object("OriginShield").map(shield).transpose()?)
        .origin_access_control_id(wanted.text("OriginAccessControlId").unwrap_or_default())
        .build()
        .map_err(unbuilt(UPDATE))
}

/// Ports, protocols and their like have defaults in CloudFormation that the API wants written.
fn custom(wanted: Shape<'_>) -> Result<CustomOriginConfig> {
    let protocols = wanted.strings_if_set("OriginSSLProtocols").unwrap_or_else(|| vec!["TLSv1.2".to_owned()]);
    let protocols: Vec<_> = protocols.iter().map(|name| SslProtocol::from(name.as_str())).collect();
    let protocols =
        OriginSslProtocols::builder().quantity(count(&protocols)).set_items(Some(protocols)).build();
    let mtls = wanted.object("OriginMtlsConfig").map(|mtls| {
        OriginMtlsConfig::builder().set_client_certificate_arn(mtls.text("ClientCertificateArn")).build()
    });
    CustomOriginConfig::builder()
        .http_port(wanted.i32("HTTPPort").unwrap_or(80))
        .https_port(wanted.i32("HTTPSPort").unwrap_or(443))
        .set_origin_protocol_policy(wanted.str("OriginProtocolPolicy").map(OriginProtocolPolicy::from))
        .origin_ssl_protocols(protocols.map_err(unbuilt(UPDATE))?)
        .set_origin_read_timeout(wanted.i32("OriginReadTimeout"))
        .set_origin_keepalive_timeout(wanted.i32("OriginKeepaliveTimeout"))
        .set_ip_address_type(wanted.str("IpAddressType").map(IpAddressType::from))
        .set_origin_mtls_config(mtls.transpose().map_err(unbuilt(UPDATE))?)
        .build()
        .map_err(unbuilt(UPDATE))
}

fn vpc(wanted: Shape<'_>) -> Result<VpcOriginConfig> {
    VpcOriginConfig::builder()
        .set_vpc_origin_id(wanted.text("VpcOriginId"))
        .set_owner_account_id(wanted.text("OwnerAccountId"))
        .set_origin_read_timeout(wanted.i32("OriginReadTimeout"))
        .set_origin_keepalive_timeout(wanted.i32("OriginKeepaliveTimeout"))
        .build()
        .map_err(unbuilt(UPDATE))
}

fn shield(wanted: Shape<'_>) -> Result<OriginShield> {
    OriginShield::builder()
        .enabled(wanted.bool("Enabled").unwrap_or(false))
        .set_origin_shield_region(wanted.text("OriginShieldRegion"))
        .build()
        .map_err(unbuilt(UPDATE))
}

/// An origin as CloudFormation shows it.
pub fn shape(found: &Origin) -> Writer {
    let headers = found.custom_headers().map(CustomHeaders::items).unwrap_or_default();
    let headers = headers
        .iter()
        .map(|header| json!({"HeaderName": header.header_name(), "HeaderValue": header.header_value()}));
    // Empty where an origin access control is used, and still there.
    let s3 = found.s3_origin_config().map(|s3| {
        Writer::new()
            .set("OriginAccessIdentity", s3.origin_access_identity())
            .put("OriginReadTimeout", s3.origin_read_timeout())
    });
    let shield = found.origin_shield().map(|shield| {
        Writer::new()
            .set("Enabled", shield.enabled())
            .put("OriginShieldRegion", shield.origin_shield_region())
    });
    let vpc = found.vpc_origin_config().map(|vpc| {
        Writer::new()
            .set("VpcOriginId", vpc.vpc_origin_id())
            .put("OwnerAccountId", vpc.owner_account_id())
            .put("OriginReadTimeout", vpc.origin_read_timeout())
            .put("OriginKeepaliveTimeout", vpc.origin_keepalive_timeout())
    });
    let text = |value: Option<&str>| value.filter(|text| !text.is_empty()).map(str::to_owned);
    Writer::new()
        .set("Id", found.id())
        .set("DomainName", found.domain_name())
        .put("OriginPath", text(found.origin_path()))
        .list("OriginCustomHeaders", headers)
        .put("S3OriginConfig", s3)
        .put("CustomOriginConfig", found.custom_origin_config().map(custom_shape))
        .put("VpcOriginConfig", vpc)
        .put("ConnectionAttempts", found.connection_attempts())
        .put("ConnectionTimeout", found.connection_timeout())
        .put("ResponseCompletionTimeout", found.response_completion_timeout())
        .put("OriginShield", shield)
        .put("OriginAccessControlId", text(found.origin_access_control_id()))
}

fn custom_shape(found: &CustomOriginConfig) -> Writer {
    let protocols = found.origin_ssl_protocols().map(OriginSslProtocols::items).unwrap_or_default();
    let mtls =
        found.origin_mtls_config().map(|mtls| json!({"ClientCertificateArn": mtls.client_certificate_arn()}));
    Writer::new()
        .set("HTTPPort", found.http_port())
        .set("HTTPSPort", found.https_port())
        .set("OriginProtocolPolicy", found.origin_protocol_policy().as_str())
        .list("OriginSSLProtocols", protocols.iter().map(SslProtocol::as_str))
        .put("OriginReadTimeout", found.origin_read_timeout())
        .put("OriginKeepaliveTimeout", found.origin_keepalive_timeout())
        .put("IpAddressType", found.ip_address_type().map(IpAddressType::as_str))
        .put("OriginMtlsConfig", mtls)
}

/// Groups as the API takes them.
pub fn groups(wanted: Shape<'_>) -> Result<OriginGroups> {
    let items = wanted.objects("Items").into_iter().map(group).collect::<Result<Vec<_>>>()?;
    let builder = OriginGroups::builder().quantity(count(&items));
    builder.set_items((!items.is_empty()).then_some(items)).build().map_err(unbuilt(UPDATE))
}

fn group(wanted: Shape<'_>) -> Result<OriginGroup> {
    let codes = wanted.object("FailoverCriteria").and_then(|criteria| criteria.object("StatusCodes"));
    let codes = codes.map(|codes| codes.strings("Items")).unwrap_or_default();
    let codes: Vec<i32> = codes.iter().filter_map(|code| code.parse().ok()).collect();
    let codes = StatusCodes::builder().quantity(count(&codes)).set_items(Some(codes)).build();
    let members = wanted.object("Members").map(|members| members.objects("Items")).unwrap_or_default();
    let members = members.into_iter().map(|member| {
        OriginGroupMember::builder().set_origin_id(member.text("OriginId")).build().map_err(unbuilt(UPDATE))
    });
    let members = members.collect::<Result<Vec<_>>>()?;
    let members = OriginGroupMembers::builder().quantity(count(&members)).set_items(Some(members)).build();
    let criteria =
        OriginGroupFailoverCriteria::builder().status_codes(codes.map_err(unbuilt(UPDATE))?).build();
    OriginGroup::builder()
        .set_id(wanted.text("Id"))
        .failover_criteria(criteria)
        .members(members.map_err(unbuilt(UPDATE))?)
        .set_selection_criteria(wanted.str("SelectionCriteria").map(OriginGroupSelectionCriteria::from))
        .build()
        .map_err(unbuilt(UPDATE))
}

/// Groups as CloudFormation shows them, with its counts; nothing where there are none.
pub fn groups_shape(found: &OriginGroups) -> Option<Json> {
    let items: Vec<Json> = found.items().iter().map(|group| group_shape(group).into()).collect();
    (!items.is_empty()).then(|| json!({"Quantity": items.len(), "Items": items}))
}

fn group_shape(found: &OriginGroup) -> Writer {
    let codes = found.failover_criteria().and_then(|criteria| criteria.status_codes());
    let codes = codes.map(StatusCodes::items).unwrap_or_default();
    let members = found.members().map(OriginGroupMembers::items).unwrap_or_default();
    let members: Vec<Json> = members.iter().map(|member| json!({"OriginId": member.origin_id()})).collect();
    Writer::new()
        .set("Id", found.id())
        .set("FailoverCriteria", json!({"StatusCodes": {"Quantity": codes.len(), "Items": codes}}))
        .set("Members", json!({"Quantity": members.len(), "Items": members}))
        .put("SelectionCriteria", found.selection_criteria().map(OriginGroupSelectionCriteria::as_str))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_written_is_read_back() {
        for wanted in [
            json!({"Id": "alb", "DomainName": "lb.example.com", "OriginPath": "/v1",
                "OriginCustomHeaders": [{"HeaderName": "X-Secret", "HeaderValue": "s"}],
                "CustomOriginConfig": {"HTTPPort": 80, "HTTPSPort": 443, "OriginProtocolPolicy": "https-only",
                    "OriginSSLProtocols": ["TLSv1.2"], "OriginReadTimeout": 60},
                "ConnectionAttempts": 3, "OriginShield": {"Enabled": true, "OriginShieldRegion": "eu-west-1"}}),
            json!({"Id": "s3", "DomainName": "media.s3.eu-west-1.amazonaws.com",
                "S3OriginConfig": {"OriginAccessIdentity": ""}, "OriginAccessControlId": "E1"}),
        ] {
            assert_eq!(Json::from(shape(&origin(Shape(wanted.as_object().unwrap())).unwrap())), wanted);
        }
        let wanted = json!({"Quantity": 1, "Items": [{"Id": "g",
            "FailoverCriteria": {"StatusCodes": {"Quantity": 2, "Items": [500, 502]}},
            "Members": {"Quantity": 2, "Items": [{"OriginId": "a"}, {"OriginId": "b"}]}}]});
        assert_eq!(groups_shape(&groups(Shape(wanted.as_object().unwrap())).unwrap()), Some(wanted));
    }
}
