//! The key-value attributes of load balancers, target groups and listeners.
//!
//! AWS reports dozens, a blueprint sets a few. What a live resource shows are those that the blueprint names and those
//! whose value is known not to be AWS's default: so what AWS filled in is silent, and a key that leaves the blueprint
//! is a visible difference that goes back to its default.

use std::collections::{BTreeMap, BTreeSet};

use super::super::{Shape, Writer};
use crate::model::{Json, JsonMap};

/// Attributes by key.
pub type Attributes = BTreeMap<String, String>;

/// Defaults of load balancers, as "Load balancer attributes" of the user guides states them; those that depend on the
/// load balancer's type or scheme are not in the list.
pub const BALANCER: [(&str, &str); 16] = [
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
    ("waf.fail_open.enabled", "false"),
    ("zonal_shift.config.enabled", "false"),
];

/// Defaults of target groups.
pub const TARGET_GROUP: [(&str, &str); 13] = [
    ("deregistration_delay.timeout_seconds", "300"),
    ("lambda.multi_value_headers.enabled", "false"),
    ("load_balancing.algorithm.anomaly_mitigation", "off"),
    ("load_balancing.algorithm.type", "round_robin"),
    ("proxy_protocol_v2.enabled", "false"),
    ("slow_start.duration_seconds", "0"),
    ("stickiness.app_cookie.duration_seconds", "86400"),
    ("stickiness.enabled", "false"),
    ("stickiness.lb_cookie.duration_seconds", "86400"),
    ("target_group_health.dns_failover.minimum_healthy_targets.count", "1"),
    ("target_group_health.dns_failover.minimum_healthy_targets.percentage", "off"),
    ("target_group_health.unhealthy_state_routing.minimum_healthy_targets.count", "1"),
    ("target_group_health.unhealthy_state_routing.minimum_healthy_targets.percentage", "off"),
];

/// Defaults of listeners.
pub const LISTENER: [(&str, &str); 2] =
    [("routing.http.response.server.enabled", "true"), ("tcp.idle_timeout.seconds", "350")];

/// The attributes in a property's list of keys and values.
pub fn read(properties: &JsonMap, property: &str) -> Attributes {
    let pairs = Shape(properties).objects(property);
    pairs
        .iter()
        .filter_map(|pair| Some((pair.text("Key")?, pair.text("Value").unwrap_or_default())))
        .collect()
}

/// The list that a live resource shows: first what `wanted` names, in its order, then what is not at its default; all
/// of it where nothing is wanted.
pub fn shown(
    live: &Attributes,
    wanted: Option<&JsonMap>,
    property: &str,
    defaults: &[(&str, &str)],
) -> Vec<Json> {
    let named: Vec<String> = match wanted {
        Some(wanted) => Shape(wanted).objects(property).iter().filter_map(|pair| pair.text("Key")).collect(),
        None => live.keys().cloned().collect(),
    };
    let first: BTreeSet<&str> = named.iter().map(String::as_str).collect();
    let changed = live.iter().filter(|(key, value)| {
        !first.contains(key.as_str()) && default(defaults, key).is_some_and(|usual| usual != *value)
    });
    let changed = changed.map(|(key, _)| key.as_str());
    let pair = |key: &str| {
        let value = live.get(key)?;
        Some(Writer::new().set("Key", key).set("Value", value.as_str()).into())
    };
    named.iter().map(String::as_str).chain(changed).filter_map(pair).collect()
}

/// What to write: desired values that differ, and defaults for what a live resource shows and nobody asks for.
pub fn changes(live: &Attributes, desired: &Attributes, defaults: &[(&str, &str)]) -> Attributes {
    let set = desired.iter().filter(|(key, value)| live.get(*key) != Some(*value));
    let mut changes: Attributes = set.map(|(key, value)| (key.clone(), value.clone())).collect();
    for key in live.keys().filter(|key| !desired.contains_key(*key)) {
        if let Some(usual) = default(defaults, key) {
            changes.insert(key.clone(), usual.to_owned());
        }
    }
    changes
}

fn default<'d>(defaults: &[(&str, &'d str)], key: &str) -> Option<&'d str> {
    defaults.iter().find(|(name, _)| *name == key).map(|(_, value)| *value)
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn attributes(pairs: &[(&str, &str)]) -> Attributes {
        pairs.iter().map(|(key, value)| ((*key).to_owned(), (*value).to_owned())).collect()
    }

    #[test]
    fn what_aws_filled_in_is_silent() {
        let live = attributes(&[
            ("idle_timeout.timeout_seconds", "60"),
            ("routing.http2.enabled", "true"),
            ("load_balancing.cross_zone.enabled", "true"),
            ("waf.fail_open.enabled", "true"),
        ]);
        let wanted = json!({"A": [{"Key": "idle_timeout.timeout_seconds", "Value": 60}]});
        assert_eq!(
            Json::Array(shown(&live, wanted.as_object(), "A", &BALANCER)),
            json!([
                {"Key": "idle_timeout.timeout_seconds", "Value": "60"},
                {"Key": "waf.fail_open.enabled", "Value": "true"},
            ])
        );
        assert_eq!(shown(&live, None, "A", &BALANCER).len(), 4);
    }

    #[test]
    fn what_leaves_the_blueprint_goes_back_to_its_default() {
        let live = attributes(&[("idle_timeout.timeout_seconds", "90"), ("routing.http2.enabled", "false")]);
        let desired = attributes(&[("routing.http2.enabled", "false")]);
        assert_eq!(
            changes(&live, &desired, &BALANCER),
            attributes(&[("idle_timeout.timeout_seconds", "60")])
        );
    }
}
