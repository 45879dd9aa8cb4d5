//! An Auto Scaling group in CloudFormation's shape.

use std::collections::BTreeMap;

use aws_sdk_autoscaling::types::{
    AutoScalingGroup, AvailabilityZoneDistribution, AvailabilityZoneImpairmentPolicy,
    CapacityDistributionStrategy, CapacityReservationPreference, CapacityReservationSpecification,
    DeletionProtection, EnabledMetric, ImpairedZoneHealthCheckBehavior, InstanceLifecyclePolicy,
    InstanceMaintenancePolicy, RetentionAction, TrafficSourceIdentifier,
};

use super::super::{Writer, tags};
use super::{mixed, tagging};
use crate::model::{Identifier, JsonMap, Live, Scope, StackName, Status};

/// The type.
pub const TYPE: &str = "AWS::AutoScaling::AutoScalingGroup";

/// A group as it is reported, but for what takes calls of its own.
pub fn read(scope: &Scope, stack: &StackName, group: &AutoScalingGroup) -> Live {
    let name = group.auto_scaling_group_name().unwrap_or_default();
    let tags = tagging::read(group.tags());
    Live {
        resource_type: TYPE.into(),
        scope: scope.clone(),
        identifier: Identifier::new(name),
        properties: properties(name, group),
        ownership: tags::ownership(&tags, stack),
        tags,
        status: match group.status() {
            Some(status) if status.starts_with("Delete") => Status::Deleting,
            _ => Status::Ready,
        },
    }
}

fn properties(name: &str, group: &AutoScalingGroup) -> JsonMap {
    let writer = Writer::new()
        .set("AutoScalingGroupName", name)
        .put("AutoScalingGroupARN", group.auto_scaling_group_arn())
        .put("MinSize", group.min_size().map(|size| size.to_string()))
        .put("MaxSize", group.max_size().map(|size| size.to_string()))
        .put("DesiredCapacity", group.desired_capacity().map(|size| size.to_string()))
        .put("DesiredCapacityType", filled(group.desired_capacity_type()))
        .put("Cooldown", group.default_cooldown().map(|seconds| seconds.to_string()))
        .put("DefaultInstanceWarmup", group.default_instance_warmup().filter(|seconds| *seconds >= 0))
        .put("HealthCheckType", filled(group.health_check_type()))
        .put("HealthCheckGracePeriod", group.health_check_grace_period())
        .put("MaxInstanceLifetime", group.max_instance_lifetime().filter(|seconds| *seconds > 0))
        .put("CapacityRebalance", group.capacity_rebalance())
        .put("NewInstancesProtectedFromScaleIn", group.new_instances_protected_from_scale_in())
        .list("TerminationPolicies", group.termination_policies().to_vec());
    let writer = launch(group, network(group, writer));
    policies(group, writer).build()
}

fn network(group: &AutoScalingGroup, writer: Writer) -> Writer {
    let subnets = filled(group.vpc_zone_identifier()).unwrap_or_default();
    let subnets = subnets.split(',').map(str::trim).filter(|subnet| !subnet.is_empty());
    let source = |source: &TrafficSourceIdentifier| {
        Writer::new().put("Identifier", source.identifier()).put("Type", source.r#type())
    };
    writer
        .list("AvailabilityZones", sorted(group.availability_zones()))
        .list("AvailabilityZoneIds", sorted(group.availability_zone_ids()))
        .list("VPCZoneIdentifier", subnets)
        .list("TargetGroupARNs", sorted(group.target_group_arns()))
        .list("LoadBalancerNames", sorted(group.load_balancer_names()))
        .list("TrafficSources", group.traffic_sources().iter().map(source))
        .list("MetricsCollection", metrics(group.enabled_metrics()))
}

fn launch(group: &AutoScalingGroup, writer: Writer) -> Writer {
    writer
        .put("LaunchConfigurationName", filled(group.launch_configuration_name()))
        .put("LaunchTemplate", group.launch_template().map(mixed::read_template))
        .put("MixedInstancesPolicy", group.mixed_instances_policy().map(mixed::read))
        .put("PlacementGroup", filled(group.placement_group()))
        .put("ServiceLinkedRoleARN", filled(group.service_linked_role_arn()))
        .put("Context", filled(group.context()))
}

fn policies(group: &AutoScalingGroup, writer: Writer) -> Writer {
    let strategy = group
        .availability_zone_distribution()
        .and_then(AvailabilityZoneDistribution::capacity_distribution_strategy)
        .map(CapacityDistributionStrategy::as_str);
    let retention = group
        .instance_lifecycle_policy()
        .and_then(InstanceLifecyclePolicy::retention_triggers)
        .and_then(|triggers| triggers.terminate_hook_abandon())
        .map(RetentionAction::as_str);
    writer
        .put("DeletionProtection", group.deletion_protection().map(DeletionProtection::as_str))
        .nest("InstanceMaintenancePolicy", maintenance(group.instance_maintenance_policy()))
        .nest("AvailabilityZoneDistribution", Writer::new().put("CapacityDistributionStrategy", strategy))
        .nest("AvailabilityZoneImpairmentPolicy", impairment(group.availability_zone_impairment_policy()))
        .nest("CapacityReservationSpecification", reservation(group.capacity_reservation_specification()))
        .nest(
            "InstanceLifecyclePolicy",
            Writer::new().nest("RetentionTriggers", Writer::new().put("TerminateHookAbandon", retention)),
        )
}

fn maintenance(policy: Option<&InstanceMaintenancePolicy>) -> Writer {
    let Some(policy) = policy else { return Writer::new() };
    Writer::new()
        .put("MinHealthyPercentage", policy.min_healthy_percentage())
        .put("MaxHealthyPercentage", policy.max_healthy_percentage())
}

fn impairment(policy: Option<&AvailabilityZoneImpairmentPolicy>) -> Writer {
    let Some(policy) = policy else { return Writer::new() };
    let behaviour = policy.impaired_zone_health_check_behavior().map(ImpairedZoneHealthCheckBehavior::as_str);
    Writer::new()
        .put("ZonalShiftEnabled", policy.zonal_shift_enabled())
        .put("ImpairedZoneHealthCheckBehavior", behaviour)
}

fn reservation(specification: Option<&CapacityReservationSpecification>) -> Writer {
    let Some(specification) = specification else { return Writer::new() };
    let preference =
        specification.capacity_reservation_preference().map(CapacityReservationPreference::as_str);
    let target = specification.capacity_reservation_target().map(|target| {
        Writer::new().list("CapacityReservationIds", target.capacity_reservation_ids().to_vec()).list(
            "CapacityReservationResourceGroupArns",
            target.capacity_reservation_resource_group_arns().to_vec(),
        )
    });
    Writer::new()
        .put("CapacityReservationPreference", preference)
        .nest("CapacityReservationTarget", target.unwrap_or_default())
}

/// Metrics by granularity.
fn metrics(enabled: &[EnabledMetric]) -> Vec<Writer> {
    let mut by_granularity: BTreeMap<&str, Vec<&str>> = BTreeMap::new();
    for metric in enabled {
        let metrics = by_granularity.entry(metric.granularity().unwrap_or_default()).or_default();
        metrics.extend(metric.metric());
    }
    let collection = |(granularity, mut metrics): (&str, Vec<&str>)| {
        metrics.sort_unstable();
        Writer::new().set("Granularity", granularity).list("Metrics", metrics)
    };
    by_granularity.into_iter().map(collection).collect()
}

fn sorted(list: &[String]) -> Vec<String> {
    let mut list = list.to_vec();
    list.sort_unstable();
    list
}

fn filled(text: Option<&str>) -> Option<&str> {
    text.filter(|text| !text.is_empty())
}

/// Whether an answer leaves out lists that Auto Scaling always sends, empty or not: then it is not a whole one, and what
/// else it leaves out says nothing.
pub fn is_partial(group: &AutoScalingGroup) -> bool {
    group.enabled_metrics.is_none() && group.target_group_arns.is_none()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::{Json, Region};
    use aws_sdk_autoscaling::types::LaunchTemplateSpecification;
    use serde_json::json;

    #[test]
    fn a_group_has_the_schemas_names_and_types() {
        let metric = |name: &str| EnabledMetric::builder().metric(name).granularity("1Minute").build();
        let template = LaunchTemplateSpecification::builder().launch_template_id("lt-1").version("3").build();
        let group = AutoScalingGroup::builder()
            .auto_scaling_group_name("web")
            .min_size(1)
            .max_size(4)
            .desired_capacity(2)
            .vpc_zone_identifier("subnet-b,subnet-a")
            .target_group_arns("arn:tg")
            .launch_template(template)
            .enabled_metrics(metric("GroupMinSize"))
            .enabled_metrics(metric("GroupMaxSize"))
            .build();
        let live = read(&Scope::Region(Region::new("us-east-1")), &StackName::new("shop"), &group);
        assert_eq!(
            Json::Object(live.properties),
            json!({
                "AutoScalingGroupName": "web",
                "MinSize": "1",
                "MaxSize": "4",
                "DesiredCapacity": "2",
                "VPCZoneIdentifier": ["subnet-b", "subnet-a"],
                "TargetGroupARNs": ["arn:tg"],
                "MetricsCollection": [{"Granularity": "1Minute", "Metrics": ["GroupMaxSize", "GroupMinSize"]}],
                "LaunchTemplate": {"LaunchTemplateId": "lt-1", "Version": "3"},
            })
        );
        assert!(!is_partial(&group));
    }

    #[test]
    fn a_group_on_its_way_out_says_so() {
        let group = AutoScalingGroup::builder().status("Delete in progress").build();
        let live = read(&Scope::Region(Region::new("us-east-1")), &StackName::new("shop"), &group);
        assert_eq!(live.status, Status::Deleting);
    }
}
