//! A target group in CloudFormation's shape, and the health check it goes back to.

use aws_sdk_elasticloadbalancingv2::types::{
    Matcher, ProtocolEnum, TargetGroup, TargetGroupIpAddressTypeEnum, TargetTypeEnum,
};

use super::super::tags::{self, Tags};
use super::super::{Shape, Writer};
use super::arn;
use crate::model::{Identifier, Json, Live, Scope, StackName, Status};

/// The type.
pub const TYPE: &str = "AWS::ElasticLoadBalancingV2::TargetGroup";

/// The health check's properties, all of which can change in place.
pub const HEALTH_CHECK: [&str; 9] = [
    "HealthCheckEnabled",
    "HealthCheckIntervalSeconds",
    "HealthCheckPath",
    "HealthCheckPort",
    "HealthCheckProtocol",
    "HealthCheckTimeoutSeconds",
    "HealthyThresholdCount",
    "Matcher",
    "UnhealthyThresholdCount",
];

/// What the describe call leaves out.
#[derive(Default)]
pub struct Extras {
    /// The attributes to show, as keys and values.
    pub attributes: Vec<Json>,
    /// The targets that the blueprint cares for.
    pub targets: Vec<Json>,
}

/// A target group as it is reported.
pub fn read(scope: &Scope, stack: &StackName, found: &TargetGroup, tags: Tags, extras: &Extras) -> Live {
    let arn = found.target_group_arn().unwrap_or_default();
    let matcher = found.matcher().map(|matcher| {
        Writer::new().put("HttpCode", matcher.http_code()).put("GrpcCode", matcher.grpc_code())
    });
    let mut balancers = found.load_balancer_arns().to_vec();
    balancers.sort_unstable();
    Live {
        resource_type: TYPE.into(),
        scope: scope.clone(),
        identifier: Identifier::new(arn),
        properties: Writer::new()
            .set("TargetGroupArn", arn)
            .put("Name", found.target_group_name())
            .put("TargetGroupName", found.target_group_name())
            .put("TargetGroupFullName", arn::target_group_full_name(arn))
            .put("TargetType", found.target_type().map(TargetTypeEnum::as_str))
            .put("Protocol", found.protocol().map(ProtocolEnum::as_str))
            .put("ProtocolVersion", found.protocol_version())
            .put("Port", found.port())
            .put("VpcId", found.vpc_id())
            .put("IpAddressType", found.ip_address_type().map(TargetGroupIpAddressTypeEnum::as_str))
            .put("TargetControlPort", found.target_control_port())
            .put("HealthCheckEnabled", found.health_check_enabled())
            .put("HealthCheckProtocol", found.health_check_protocol().map(ProtocolEnum::as_str))
            .put("HealthCheckPort", found.health_check_port())
            .put("HealthCheckPath", found.health_check_path())
            .put("HealthCheckIntervalSeconds", found.health_check_interval_seconds())
            .put("HealthCheckTimeoutSeconds", found.health_check_timeout_seconds())
            .put("HealthyThresholdCount", found.healthy_threshold_count())
            .put("UnhealthyThresholdCount", found.unhealthy_threshold_count())
            .nest("Matcher", matcher.unwrap_or_default())
            .list("LoadBalancerArns", balancers)
            .list("TargetGroupAttributes", extras.attributes.clone())
            .list("Targets", extras.targets.clone())
            .build(),
        ownership: tags::ownership(&tags, stack),
        tags,
        status: Status::Ready,
    }
}

/// What makes a response healthy.
pub fn matcher(wanted: Shape<'_>) -> Option<Matcher> {
    let matcher = wanted.object("Matcher")?;
    let http = matcher.text("HttpCode");
    Some(Matcher::builder().set_http_code(http).set_grpc_code(matcher.text("GrpcCode")).build())
}

/// The defaults of a group's protocol, for what is taken out of a blueprint ("Health checks for target groups" in the
/// user guides of the application, network and gateway load balancers).
pub struct HealthDefaults {
    /// `HTTP` for application load balancers, `TCP` for the others.
    pub protocol: &'static str,
    /// Seconds.
    pub timeout: i32,
    /// Seconds.
    pub interval: i32,
    /// Successes until a target is healthy.
    pub healthy: i32,
    /// Failures until it is not.
    pub unhealthy: i32,
    /// The path of an HTTP check.
    pub path: Option<&'static str>,
    /// Whether there is a check at all.
    pub enabled: bool,
}

impl HealthDefaults {
    /// By what the group's targets are spoken to in, what they are, and the protocol of the check.
    pub fn of(
        protocol: Option<&str>,
        protocol_version: Option<&str>,
        target_type: Option<&str>,
        check: Option<&str>,
    ) -> Self {
        let path = if protocol_version == Some("GRPC") { "/AWS.ALB/healthcheck" } else { "/" };
        let http = Self {
            protocol: "HTTP",
            timeout: 5,
            interval: 30,
            healthy: 5,
            unhealthy: 2,
            path: Some(path),
            enabled: true,
        };
        match (target_type, protocol) {
            (Some("lambda"), _) => Self { timeout: 30, interval: 35, enabled: false, ..http },
            (_, Some("HTTP" | "HTTPS") | None) => http,
            (Some("alb"), _) => Self { timeout: 6, ..http },
            (_, Some("GENEVE")) => Self { protocol: "TCP", timeout: 5, interval: 10, path: None, ..http },
            _ if check == Some("HTTP") => Self { protocol: "TCP", timeout: 6, ..http },
            _ if check == Some("HTTPS") => Self { protocol: "TCP", timeout: 10, ..http },
            _ => Self { protocol: "TCP", timeout: 10, path: None, ..http },
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn defaults_follow_the_protocol() {
        assert_eq!(HealthDefaults::of(Some("HTTP"), Some("HTTP1"), Some("ip"), None).path, Some("/"));
        assert_eq!(HealthDefaults::of(Some("TCP"), None, Some("instance"), Some("TCP")).timeout, 10);
        assert_eq!(HealthDefaults::of(Some("TCP"), None, Some("ip"), Some("HTTP")).timeout, 6);
        let function = HealthDefaults::of(None, None, Some("lambda"), None);
        assert_eq!((function.interval, function.enabled), (35, false));
    }
}
