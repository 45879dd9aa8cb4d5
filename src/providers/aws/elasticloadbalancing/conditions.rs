//! When a rule applies: the API's conditions and CloudFormation's, which have the same names.
//!
//! Host and path conditions have two forms, `Values` and a configuration object; both are reported, so that a
//! blueprint may use either.

use aws_sdk_elasticloadbalancingv2::types::{
    HostHeaderConditionConfig, HttpHeaderConditionConfig, HttpRequestMethodConditionConfig,
    PathPatternConditionConfig, QueryStringConditionConfig, QueryStringKeyValuePair, RuleCondition,
    SourceIpAddressTypeEnum, SourceIpConditionConfig,
};

use super::super::{Shape, Writer};

/// Conditions for a create or a change.
pub fn write(conditions: &[Shape<'_>]) -> Vec<RuleCondition> {
    conditions.iter().map(|condition| write_one(*condition)).collect()
}

fn write_one(condition: Shape<'_>) -> RuleCondition {
    let host = condition.object("HostHeaderConfig").map(|config| {
        HostHeaderConditionConfig::builder()
            .set_values(config.strings_if_set("Values"))
            .set_regex_values(config.strings_if_set("RegexValues"))
            .build()
    });
    let path = condition.object("PathPatternConfig").map(|config| {
        PathPatternConditionConfig::builder()
            .set_values(config.strings_if_set("Values"))
            .set_regex_values(config.strings_if_set("RegexValues"))
            .build()
    });
    RuleCondition::builder()
        .set_field(condition.text("Field"))
        .set_values(condition.strings_if_set("Values"))
        .set_regex_values(condition.strings_if_set("RegexValues"))
        .set_host_header_config(host)
        .set_path_pattern_config(path)
        .set_http_header_config(condition.object("HttpHeaderConfig").map(http_header))
        .set_query_string_config(condition.object("QueryStringConfig").map(query_string))
        .set_http_request_method_config(condition.object("HttpRequestMethodConfig").map(|config| {
            HttpRequestMethodConditionConfig::builder().set_values(config.strings_if_set("Values")).build()
        }))
        .set_source_ip_config(condition.object("SourceIpConfig").map(source_ip))
        .build()
}

fn http_header(config: Shape<'_>) -> HttpHeaderConditionConfig {
    HttpHeaderConditionConfig::builder()
        .set_http_header_name(config.text("HttpHeaderName"))
        .set_values(config.strings_if_set("Values"))
        .set_regex_values(config.strings_if_set("RegexValues"))
        .build()
}

fn query_string(config: Shape<'_>) -> QueryStringConditionConfig {
    let pair = |pair: &Shape<'_>| {
        QueryStringKeyValuePair::builder().set_key(pair.text("Key")).set_value(pair.text("Value")).build()
    };
    let values = config.objects("Values").iter().map(pair).collect();
    QueryStringConditionConfig::builder().set_values(Some(values)).build()
}

fn source_ip(config: Shape<'_>) -> SourceIpConditionConfig {
    SourceIpConditionConfig::builder()
        .set_values(config.strings_if_set("Values"))
        .set_ip_address_type(config.str("IpAddressType").map(SourceIpAddressTypeEnum::from))
        .build()
}

/// Conditions as a live rule has them.
pub fn read(conditions: &[RuleCondition]) -> Vec<Writer> {
    conditions.iter().map(read_one).collect()
}

fn read_one(condition: &RuleCondition) -> Writer {
    let host = condition.host_header_config();
    let path = condition.path_pattern_config();
    let both = |config: Option<(&[String], &[String])>| match config {
        Some((values, regex)) if !values.is_empty() || !regex.is_empty() => (values.to_vec(), regex.to_vec()),
        _ => (condition.values().to_vec(), condition.regex_values().to_vec()),
    };
    let writer = Writer::new().put("Field", condition.field());
    let writer = match condition.field() {
        Some("host-header") => {
            two_forms(writer, "HostHeaderConfig", both(host.map(|c| (c.values(), c.regex_values()))))
        }
        Some("path-pattern") => {
            two_forms(writer, "PathPatternConfig", both(path.map(|c| (c.values(), c.regex_values()))))
        }
        Some("http-request-method") => {
            let values = condition.http_request_method_config().map(HttpRequestMethodConditionConfig::values);
            let values = values.filter(|values| !values.is_empty()).unwrap_or(condition.values());
            writer.nest("HttpRequestMethodConfig", Writer::new().list("Values", values.to_vec()))
        }
        Some("source-ip") => writer.nest("SourceIpConfig", read_source_ip(condition)),
        _ => writer,
    };
    writer
        .put("HttpHeaderConfig", condition.http_header_config().map(read_http_header))
        .put("QueryStringConfig", condition.query_string_config().map(read_query_string))
}

fn two_forms(writer: Writer, config: &str, (values, regex): (Vec<String>, Vec<String>)) -> Writer {
    let inner = Writer::new().list("Values", values.clone()).list("RegexValues", regex.clone());
    writer.list("Values", values).list("RegexValues", regex).nest(config, inner)
}

fn read_source_ip(condition: &RuleCondition) -> Writer {
    let config = condition.source_ip_config();
    let values = config.map(SourceIpConditionConfig::values).filter(|values| !values.is_empty());
    let kind = config.and_then(SourceIpConditionConfig::ip_address_type);
    Writer::new()
        .list("Values", values.unwrap_or(condition.values()).to_vec())
        .put("IpAddressType", kind.map(SourceIpAddressTypeEnum::as_str))
}

fn read_http_header(config: &HttpHeaderConditionConfig) -> Writer {
    Writer::new()
        .put("HttpHeaderName", config.http_header_name())
        .list("Values", config.values().to_vec())
        .list("RegexValues", config.regex_values().to_vec())
}

fn read_query_string(config: &QueryStringConditionConfig) -> Writer {
    let pair =
        |pair: &QueryStringKeyValuePair| Writer::new().put("Key", pair.key()).put("Value", pair.value());
    Writer::new().list("Values", config.values().iter().map(pair))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::Json;
    use serde_json::json;

    fn round(condition: &Json) -> Json {
        read(&write(&[Shape(condition.as_object().unwrap())])).pop().unwrap().into()
    }

    #[test]
    fn both_forms_of_a_path_are_one() {
        let expected = json!({
            "Field": "path-pattern", "Values": ["/api/*"], "PathPatternConfig": {"Values": ["/api/*"]},
        });
        assert_eq!(round(&json!({"Field": "path-pattern", "Values": ["/api/*"]})), expected);
        let config = json!({"Field": "path-pattern", "PathPatternConfig": {"Values": ["/api/*"]}});
        assert_eq!(round(&config), expected);
    }

    #[test]
    fn other_kinds_come_back_as_they_were_written() {
        for condition in [
            json!({"Field": "http-header", "HttpHeaderConfig": {"HttpHeaderName": "X-A", "Values": ["1"]}}),
            json!({"Field": "http-request-method", "HttpRequestMethodConfig": {"Values": ["GET"]}}),
            json!({"Field": "query-string", "QueryStringConfig": {"Values": [{"Key": "v", "Value": "2"}]}}),
            json!({"Field": "source-ip", "SourceIpConfig": {"Values": ["10.0.0.0/8"]}}),
        ] {
            assert_eq!(round(&condition), condition);
        }
    }
}
