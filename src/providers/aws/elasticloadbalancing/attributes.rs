//! The key-value attributes of load balancers, target groups and listeners.
//!
//! AWS reports dozens, a blueprint sets a few. What a live resource shows are those that the blueprint names: so what
//! AWS filled in is silent. A key that leaves the blueprint shows, and goes back to its default.

use std::collections::{BTreeMap, BTreeSet};

use super::super::tags::Tags;
use super::super::{Shape, Writer};
use crate::identity::Owns;
use crate::model::{Json, JsonMap};

/// Attributes by key.
pub type Attributes = BTreeMap<String, String>;

/// What AWS sets attributes to that nobody asks for.
pub type Defaults = BTreeMap<&'static str, &'static str>;

const BALANCER: [(&str, &str); 17] = [
    ("access_logs.s3.enabled", "false"),
    ("client_keep_alive.seconds", "3600"),
    ("connection_logs.s3.enabled", "false"),
    ("deletion_protection.enabled", "false"),
    ("dns_record.client_routing_policy", "any_availability_zone"),
    ("health_check_logs.s3.enabled", "false"),
    ("idle_timeout.timeout_seconds", "60"),
    ("routing.http.desync_mitigation_mode", "defensive"),
    ("routing.http.drop_invalid_header_fields.enabled", "false"),
    ("routing.http.preserve_host_header.enabled", "false"),
    ("routing.http.x_amzn_tls_version_and_cipher_suite.enabled", "false"),
    ("routing.http.xff_client_port.enabled", "false"),
    ("routing.http.xff_header_processing.mode", "append"),
    ("routing.http2.enabled", "true"),
    ("secondary_ips.auto_assigned.per_subnet", "0"),
    ("waf.fail_open.enabled", "false"),
    ("zonal_shift.config.enabled", "false"),
];

const TARGET_GROUP: [(&str, &str); 18] = [
    ("deregistration_delay.timeout_seconds", "300"),
    ("lambda.multi_value_headers.enabled", "false"),
    ("load_balancing.algorithm.anomaly_mitigation", "off"),
    ("load_balancing.algorithm.type", "round_robin"),
    ("load_balancing.cross_zone.enabled", "use_load_balancer_configuration"),
    ("proxy_protocol_v2.enabled", "false"),
    ("slow_start.duration_seconds", "0"),
    ("stickiness.app_cookie.duration_seconds", "86400"),
    ("stickiness.enabled", "false"),
    ("stickiness.lb_cookie.duration_seconds", "86400"),
    ("target_failover.on_deregistration", "no_rebalance"),
    ("target_failover.on_unhealthy", "no_rebalance"),
    ("target_group_health.dns_failover.minimum_healthy_targets.count", "1"),
    ("target_group_health.dns_failover.minimum_healthy_targets.percentage", "off"),
    ("target_group_health.unhealthy_state_routing.minimum_healthy_targets.count", "1"),
    ("target_group_health.unhealthy_state_routing.minimum_healthy_targets.percentage", "off"),
    ("target_health_state.unhealthy.connection_termination.enabled", "true"),
    ("target_health_state.unhealthy.draining_interval_seconds", "0"),
];

const LISTENER: [(&str, &str); 20] = [
    ("routing.http.request.x_amzn_mtls_clientcert.header_name", "X-Amzn-Mtls-Clientcert"),
    ("routing.http.request.x_amzn_mtls_clientcert_issuer.header_name", "X-Amzn-Mtls-Clientcert-Issuer"),
    ("routing.http.request.x_amzn_mtls_clientcert_leaf.header_name", "X-Amzn-Mtls-Clientcert-Leaf"),
    (
        "routing.http.request.x_amzn_mtls_clientcert_serial_number.header_name",
        "X-Amzn-Mtls-Clientcert-Serial-Number",
    ),
    ("routing.http.request.x_amzn_mtls_clientcert_subject.header_name", "X-Amzn-Mtls-Clientcert-Subject"),
    ("routing.http.request.x_amzn_mtls_clientcert_validity.header_name", "X-Amzn-Mtls-Clientcert-Validity"),
    ("routing.http.request.x_amzn_tls_cipher_suite.header_name", "X-Amzn-Tls-Cipher-Suite"),
    ("routing.http.request.x_amzn_tls_version.header_name", "X-Amzn-Tls-Version"),
    ("routing.http.response.access_control_allow_credentials.header_value", ""),
    ("routing.http.response.access_control_allow_headers.header_value", ""),
    ("routing.http.response.access_control_allow_methods.header_value", ""),
    ("routing.http.response.access_control_allow_origin.header_value", ""),
    ("routing.http.response.access_control_expose_headers.header_value", ""),
    ("routing.http.response.access_control_max_age.header_value", ""),
    ("routing.http.response.content_security_policy.header_value", ""),
    ("routing.http.response.server.enabled", "true"),
    ("routing.http.response.strict_transport_security.header_value", ""),
    ("routing.http.response.x_content_type_options.header_value", ""),
    ("routing.http.response.x_frame_options.header_value", ""),
    ("tcp.idle_timeout.seconds", "350"),
];

/// Defaults of a type of load balancer ("Load balancer attributes" of the user guides); what also depends on scheme or
/// region is not among them.
pub fn of_balancer(kind: Option<&str>) -> Defaults {
    let cross_zone = if matches!(kind, Some("network" | "gateway")) { "false" } else { "true" };
    BALANCER.into_iter().chain([("load_balancing.cross_zone.enabled", cross_zone)]).collect()
}

/// Defaults of a target group ("Target group attributes" of the user guides).
pub fn of_target_group(protocol: Option<&str>, target_type: Option<&str>) -> Defaults {
    let hides_clients = target_type == Some("ip") && matches!(protocol, Some("TCP" | "TLS"));
    let ends_connections = matches!(protocol, Some("UDP" | "TCP_UDP"));
    let flag = |on: bool| if on { "true" } else { "false" };
    let depending = [
        ("deregistration_delay.connection_termination.enabled", flag(ends_connections)),
        ("preserve_client_ip.enabled", flag(!hides_clients)),
    ];
    TARGET_GROUP.into_iter().chain(depending).collect()
}

/// Defaults of a listener ("Listener attributes" of the user guides): no headers but the service's own.
pub fn of_listener() -> Defaults {
    LISTENER.into_iter().collect()
}

/// The attributes in a property's list of keys and values.
pub fn read(properties: &JsonMap, property: &str) -> Attributes {
    read_in_order(properties, property).into_iter().collect()
}

fn read_in_order(properties: &JsonMap, property: &str) -> Vec<(String, String)> {
    let pairs = Shape(properties).objects(property);
    pairs
        .iter()
        .filter_map(|pair| Some((pair.text("Key")?, pair.text("Value").unwrap_or_default())))
        .collect()
}

/// The list that a live resource shows: first what `wanted` names, in its order; then what is not at its default, but
/// only while the blueprint is on the move: when the last apply set more of them (by the tags), or others. So a
/// default that AWS changes is no difference.
pub fn shown(
    live: &Attributes,
    wanted: Option<&JsonMap>,
    property: &str,
    defaults: &Defaults,
    tags: &Tags,
) -> Vec<Json> {
    let wanted = wanted.map(|wanted| read_in_order(wanted, property)).unwrap_or_default();
    let named: BTreeSet<&str> = wanted.iter().map(|(key, _)| key.as_str()).collect();
    let before = Owns::read(tags).map_or(0, |owns| owns.count(&format!("{property}.*.Key")));
    let moves = usize::try_from(before).is_ok_and(|before| before > wanted.len())
        || before > 0 && wanted.iter().any(|(key, value)| live.get(key).is_some_and(|live| live != value));
    let changed = live.iter().filter(|(key, value)| {
        !named.contains(key.as_str()) && defaults.get(key.as_str()).is_some_and(|usual| usual != value)
    });
    let changed = changed.map(|(key, _)| key).filter(|_| moves);
    let pair = |key: &String| {
        let value = live.get(key)?;
        Some(Writer::new().set("Key", key.as_str()).set("Value", value.as_str()).into())
    };
    wanted.iter().map(|(key, _)| key).chain(changed).filter_map(pair).collect()
}

/// What to write: desired values that differ, and defaults for what a live resource shows and nobody asks for.
pub fn changes(live: &Attributes, desired: &Attributes, defaults: &Defaults) -> Attributes {
    let set = desired.iter().filter(|(key, value)| live.get(*key) != Some(*value));
    let mut changes: Attributes = set.map(|(key, value)| (key.clone(), value.clone())).collect();
    for key in live.keys().filter(|key| !desired.contains_key(*key)) {
        if let Some(usual) = defaults.get(key.as_str()) {
            changes.insert(key.clone(), (*usual).to_owned());
        }
    }
    changes
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn attributes(pairs: &[(&str, &str)]) -> Attributes {
        pairs.iter().map(|(key, value)| ((*key).to_owned(), (*value).to_owned())).collect()
    }

    /// The tags of a resource whose last apply set these.
    fn set(paths: &[&str]) -> Tags {
        let hashes = paths.iter().map(|path| crate::model::short_hash(path)).collect::<String>();
        Tags::from([(crate::model::TAG_OWNS.to_owned(), hashes)])
    }

    #[test]
    fn what_aws_filled_in_is_silent() {
        let live = attributes(&[
            ("idle_timeout.timeout_seconds", "60"),
            ("routing.http2.enabled", "true"),
            ("ipv6.deny_all_igw_traffic", "true"),
            ("waf.fail_open.enabled", "true"),
        ]);
        let wanted = json!({"A": [{"Key": "idle_timeout.timeout_seconds", "Value": 60}]});
        let defaults = of_balancer(Some("network"));
        let idle = json!({"Key": "idle_timeout.timeout_seconds", "Value": "60"});
        let waf = json!({"Key": "waf.fail_open.enabled", "Value": "true"});
        let shown =
            |wanted: &Json, tags: &Tags| Json::Array(shown(&live, wanted.as_object(), "A", &defaults, tags));
        assert_eq!(shown(&wanted, &Tags::new()), json!([idle]));
        assert_eq!(shown(&wanted, &set(&["A.*.Key"])), json!([idle]));
        // One of two left the blueprint; or one took the place of another.
        assert_eq!(shown(&wanted, &set(&["A.*.Key#2"])), json!([idle, waf]));
        assert_eq!(shown(&json!({}), &set(&["A.*.Key"])), json!([waf]));
        let other = json!({"A": [{"Key": "idle_timeout.timeout_seconds", "Value": 90}]});
        assert_eq!(shown(&other, &set(&["A.*.Key"])), json!([idle, waf]));
    }

    #[test]
    fn what_leaves_the_blueprint_goes_back_to_its_default() {
        let live = attributes(&[("idle_timeout.timeout_seconds", "90"), ("routing.http2.enabled", "false")]);
        let desired = attributes(&[("routing.http2.enabled", "false")]);
        assert_eq!(
            changes(&live, &desired, &of_balancer(Some("network"))),
            attributes(&[("idle_timeout.timeout_seconds", "60")])
        );
    }
}
