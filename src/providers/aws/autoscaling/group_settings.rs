//! A group's settings as creates and updates send them.

use aws_sdk_autoscaling::Client;
use aws_sdk_autoscaling::types::{
    AvailabilityZoneDistribution, AvailabilityZoneImpairmentPolicy, CapacityDistributionStrategy,
    CapacityReservationPreference, CapacityReservationSpecification, CapacityReservationTarget,
    DeletionProtection, ImpairedZoneHealthCheckBehavior, InstanceLifecyclePolicy, InstanceMaintenancePolicy,
    RetentionAction, RetentionTriggers, TrafficSourceIdentifier,
};

use super::super::{Shape, failed, supported};
use super::{absent, extras, mixed, tagging};
use crate::providers::{Create, Result, Update};

/// What says what a group launches, and where.
pub const ROLLS: [&str; 4] =
    ["LaunchConfigurationName", "LaunchTemplate", "MixedInstancesPolicy", "VPCZoneIdentifier"];

/// What [`update`] writes.
pub const IN_PLACE: [&str; 28] = [
    "AvailabilityZoneDistribution",
    "AvailabilityZoneIds",
    "AvailabilityZoneImpairmentPolicy",
    "AvailabilityZones",
    "CapacityRebalance",
    "CapacityReservationSpecification",
    "Context",
    "Cooldown",
    "DefaultInstanceWarmup",
    "DeletionProtection",
    "DesiredCapacity",
    "DesiredCapacityType",
    "HealthCheckGracePeriod",
    "HealthCheckType",
    "InstanceLifecyclePolicy",
    "InstanceMaintenancePolicy",
    "LaunchConfigurationName",
    "LaunchTemplate",
    "MaxInstanceLifetime",
    "MaxSize",
    "MinSize",
    "MixedInstancesPolicy",
    "NewInstancesProtectedFromScaleIn",
    "PlacementGroup",
    "ServiceLinkedRoleARN",
    "SkipZonalShiftValidation",
    "TerminationPolicies",
    "VPCZoneIdentifier",
];

/// Of each of these a group has one at least: one that goes makes way for another of its row, or stays.
const ONE_OF: [&[&str]; 2] = [
    &["LaunchConfigurationName", "LaunchTemplate", "MixedInstancesPolicy"],
    &["VPCZoneIdentifier", "AvailabilityZones", "AvailabilityZoneIds"],
];

/// Refuses to take back what a group can't be without, or what has no default that an update could name.
pub fn refuse_removal(request: &Update<'_>) -> Result<()> {
    const CALL: &str = "autoscaling:UpdateAutoScalingGroup";
    let is_left = |row: &&[&str]| row.iter().any(|name| Shape(request.properties).get(name).is_some());
    let needed = ONE_OF.iter().filter(|row| !is_left(row)).copied().flatten();
    let sticky: Vec<&str> = needed.copied().chain(["ServiceLinkedRoleARN"]).collect();
    supported::refuse_removal(request, &sticky, CALL)
}

/// Makes a group.
pub async fn create(client: &Client, request: &Create<'_>, name: &str) -> Result<()> {
    let wanted = Shape(request.properties);
    let hooks = extras::hook_specifications(wanted);
    let sources: Vec<_> = wanted.objects("TrafficSources").into_iter().map(source).collect();
    client
        .create_auto_scaling_group()
        .auto_scaling_group_name(name)
        .set_instance_id(wanted.text("InstanceId"))
        .set_launch_configuration_name(wanted.text("LaunchConfigurationName"))
        .set_launch_template(wanted.object("LaunchTemplate").map(mixed::write_template))
        .set_mixed_instances_policy(wanted.object("MixedInstancesPolicy").map(mixed::write))
        .set_min_size(wanted.i32("MinSize"))
        .set_max_size(wanted.i32("MaxSize"))
        .set_desired_capacity(wanted.i32("DesiredCapacity"))
        .set_desired_capacity_type(wanted.text("DesiredCapacityType"))
        .set_default_cooldown(wanted.i32("Cooldown"))
        .set_default_instance_warmup(wanted.i32("DefaultInstanceWarmup"))
        .set_availability_zones(wanted.strings_if_set("AvailabilityZones"))
        .set_availability_zone_ids(wanted.strings_if_set("AvailabilityZoneIds"))
        .set_vpc_zone_identifier(wanted.strings_if_set("VPCZoneIdentifier").map(|list| list.join(",")))
        .set_load_balancer_names(wanted.strings_if_set("LoadBalancerNames"))
        .set_target_group_arns(wanted.strings_if_set("TargetGroupARNs"))
        .set_traffic_sources((!sources.is_empty()).then_some(sources))
        .set_health_check_type(wanted.text("HealthCheckType"))
        .set_health_check_grace_period(wanted.i32("HealthCheckGracePeriod"))
        .set_placement_group(wanted.text("PlacementGroup"))
        .set_termination_policies(wanted.strings_if_set("TerminationPolicies"))
        .set_new_instances_protected_from_scale_in(wanted.bool("NewInstancesProtectedFromScaleIn"))
        .set_capacity_rebalance(wanted.bool("CapacityRebalance"))
        .set_lifecycle_hook_specification_list((!hooks.is_empty()).then_some(hooks))
        .set_deletion_protection(wanted.str("DeletionProtection").map(DeletionProtection::from))
        .set_service_linked_role_arn(wanted.text("ServiceLinkedRoleARN"))
        .set_max_instance_lifetime(wanted.i32("MaxInstanceLifetime"))
        .set_context(wanted.text("Context"))
        .set_instance_maintenance_policy(maintenance(wanted))
        .set_availability_zone_distribution(distribution(wanted))
        .set_availability_zone_impairment_policy(impairment(wanted))
        .set_skip_zonal_shift_validation(wanted.bool("SkipZonalShiftValidation"))
        .set_capacity_reservation_specification(reservation(wanted))
        .set_instance_lifecycle_policy(retention(wanted))
        .set_tags(Some(tagging::sdk_tags(name, request.tags)))
        .send()
        .await
        .map(drop)
        .map_err(|error| absent(failed("autoscaling:CreateAutoScalingGroup")(error)).referring().using_role())
}

/// Writes what differs. What was taken out of the blueprint goes back to the default of the API reference; the desired
/// capacity has none, and stays where it is. `rolled` is left to an instance refresh.
pub async fn update(client: &Client, request: &Update<'_>, rolled: &[&str]) -> Result<()> {
    let changes = Changes { request, rolled };
    let wanted = Shape(request.properties);
    let on = |name: &str| changes.touches(name);
    let retained = || retention(wanted).unwrap_or_else(terminate);
    client
        .update_auto_scaling_group()
        .auto_scaling_group_name(request.live.identifier.as_str())
        .set_launch_configuration_name(changes.text("LaunchConfigurationName", None))
        .set_launch_template(
            on("LaunchTemplate")
                .then(|| wanted.object("LaunchTemplate").map(mixed::write_template))
                .flatten(),
        )
        .set_mixed_instances_policy(
            on("MixedInstancesPolicy")
                .then(|| wanted.object("MixedInstancesPolicy").map(mixed::write))
                .flatten(),
        )
        .set_min_size(changes.number("MinSize", None))
        .set_max_size(changes.number("MaxSize", None))
        .set_desired_capacity(changes.number("DesiredCapacity", None))
        .set_desired_capacity_type(changes.text("DesiredCapacityType", Some("units")))
        .set_default_cooldown(changes.number("Cooldown", Some(300)))
        .set_default_instance_warmup(changes.number("DefaultInstanceWarmup", Some(-1)))
        .set_availability_zones(changes.list("AvailabilityZones"))
        .set_availability_zone_ids(changes.list("AvailabilityZoneIds"))
        .set_vpc_zone_identifier(changes.list("VPCZoneIdentifier").map(|list| list.join(",")))
        .set_health_check_type(changes.text("HealthCheckType", Some("EC2")))
        .set_health_check_grace_period(changes.number("HealthCheckGracePeriod", Some(0)))
        .set_placement_group(changes.text("PlacementGroup", Some("")))
        .set_termination_policies(
            changes.list("TerminationPolicies").or_else(|| on("TerminationPolicies").then(default_policy)),
        )
        .set_new_instances_protected_from_scale_in(changes.flag("NewInstancesProtectedFromScaleIn"))
        .set_capacity_rebalance(changes.flag("CapacityRebalance"))
        .set_deletion_protection(
            changes
                .text("DeletionProtection", Some("none"))
                .map(|text| DeletionProtection::from(text.as_str())),
        )
        .set_service_linked_role_arn(changes.text("ServiceLinkedRoleARN", None))
        .set_max_instance_lifetime(changes.number("MaxInstanceLifetime", Some(0)))
        .set_context(changes.text("Context", Some("")))
        .set_instance_maintenance_policy(
            on("InstanceMaintenancePolicy").then(|| maintenance(wanted).unwrap_or_else(no_maintenance)),
        )
        .set_availability_zone_distribution(
            on("AvailabilityZoneDistribution").then(|| distribution(wanted).unwrap_or_else(balanced)),
        )
        .set_availability_zone_impairment_policy(
            on("AvailabilityZoneImpairmentPolicy").then(|| impairment(wanted).unwrap_or_else(no_shift)),
        )
        .set_skip_zonal_shift_validation(wanted.bool("SkipZonalShiftValidation"))
        .set_capacity_reservation_specification(
            on("CapacityReservationSpecification")
                .then(|| reservation(wanted).unwrap_or_else(no_reservation)),
        )
        .set_instance_lifecycle_policy(on("InstanceLifecyclePolicy").then(retained))
        .send()
        .await
        .map(drop)
        .map_err(|error| failed("autoscaling:UpdateAutoScalingGroup")(error).referring().using_role())
}

/// Values of an update: set where they differ, the default where they were taken out, absent where nothing changes.
struct Changes<'a> {
    request: &'a Update<'a>,
    rolled: &'a [&'a str],
}

impl Changes<'_> {
    fn touches(&self, name: &str) -> bool {
        self.request.delta.touches(name) && !self.rolled.contains(&name)
    }

    fn text(&self, name: &str, default: Option<&str>) -> Option<String> {
        let wanted = Shape(self.request.properties).text(name);
        self.touches(name).then(|| wanted.or_else(|| default.map(str::to_owned))).flatten()
    }

    fn number(&self, name: &str, default: Option<i32>) -> Option<i32> {
        let wanted = Shape(self.request.properties).i32(name);
        self.touches(name).then(|| wanted.or(default)).flatten()
    }

    fn flag(&self, name: &str) -> Option<bool> {
        self.touches(name).then(|| Shape(self.request.properties).bool(name).unwrap_or(false))
    }

    fn list(&self, name: &str) -> Option<Vec<String>> {
        self.touches(name).then(|| Shape(self.request.properties).strings_if_set(name)).flatten()
    }
}

/// A traffic source for a create or a change.
pub fn source(source: Shape<'_>) -> TrafficSourceIdentifier {
    TrafficSourceIdentifier::builder()
        .set_identifier(source.text("Identifier"))
        .set_type(source.text("Type"))
        .build()
}

fn default_policy() -> Vec<String> {
    vec!["Default".to_owned()]
}

fn maintenance(wanted: Shape<'_>) -> Option<InstanceMaintenancePolicy> {
    let policy = wanted.object("InstanceMaintenancePolicy")?;
    Some(
        InstanceMaintenancePolicy::builder()
            .set_min_healthy_percentage(policy.i32("MinHealthyPercentage"))
            .set_max_healthy_percentage(policy.i32("MaxHealthyPercentage"))
            .build(),
    )
}

/// -1 clears what was set before.
fn no_maintenance() -> InstanceMaintenancePolicy {
    InstanceMaintenancePolicy::builder().min_healthy_percentage(-1).max_healthy_percentage(-1).build()
}

fn distribution(wanted: Shape<'_>) -> Option<AvailabilityZoneDistribution> {
    let strategy = wanted.object("AvailabilityZoneDistribution")?.str("CapacityDistributionStrategy");
    let strategy = strategy.map(CapacityDistributionStrategy::from);
    Some(AvailabilityZoneDistribution::builder().set_capacity_distribution_strategy(strategy).build())
}

fn balanced() -> AvailabilityZoneDistribution {
    AvailabilityZoneDistribution::builder()
        .capacity_distribution_strategy(CapacityDistributionStrategy::BalancedBestEffort)
        .build()
}

fn impairment(wanted: Shape<'_>) -> Option<AvailabilityZoneImpairmentPolicy> {
    let policy = wanted.object("AvailabilityZoneImpairmentPolicy")?;
    let behaviour = policy.str("ImpairedZoneHealthCheckBehavior").map(ImpairedZoneHealthCheckBehavior::from);
    Some(
        AvailabilityZoneImpairmentPolicy::builder()
            .set_zonal_shift_enabled(policy.bool("ZonalShiftEnabled"))
            .set_impaired_zone_health_check_behavior(behaviour)
            .build(),
    )
}

fn no_shift() -> AvailabilityZoneImpairmentPolicy {
    AvailabilityZoneImpairmentPolicy::builder().zonal_shift_enabled(false).build()
}

fn reservation(wanted: Shape<'_>) -> Option<CapacityReservationSpecification> {
    let specification = wanted.object("CapacityReservationSpecification")?;
    let preference =
        specification.str("CapacityReservationPreference").map(CapacityReservationPreference::from);
    let target = specification.object("CapacityReservationTarget").map(|target| {
        CapacityReservationTarget::builder()
            .set_capacity_reservation_ids(target.strings_if_set("CapacityReservationIds"))
            .set_capacity_reservation_resource_group_arns(
                target.strings_if_set("CapacityReservationResourceGroupArns"),
            )
            .build()
    });
    Some(
        CapacityReservationSpecification::builder()
            .set_capacity_reservation_preference(preference)
            .set_capacity_reservation_target(target)
            .build(),
    )
}

fn no_reservation() -> CapacityReservationSpecification {
    CapacityReservationSpecification::builder()
        .capacity_reservation_preference(CapacityReservationPreference::Default)
        .build()
}

fn retention(wanted: Shape<'_>) -> Option<InstanceLifecyclePolicy> {
    let triggers = wanted.object("InstanceLifecyclePolicy")?.object("RetentionTriggers")?;
    let action = triggers.str("TerminateHookAbandon").map(RetentionAction::from);
    let triggers = RetentionTriggers::builder().set_terminate_hook_abandon(action).build();
    Some(InstanceLifecyclePolicy::builder().retention_triggers(triggers).build())
}

fn terminate() -> InstanceLifecyclePolicy {
    let triggers = RetentionTriggers::builder().terminate_hook_abandon(RetentionAction::Terminate).build();
    InstanceLifecyclePolicy::builder().retention_triggers(triggers).build()
}

#[cfg(test)]
mod tests {
    use super::super::super::fake::{self, Answer, delta};
    use super::super::AutoScalingGroup;
    use crate::providers::ErrorKind;
    use serde_json::json;

    #[tokio::test]
    async fn what_a_group_launches_and_where_is_not_taken_back() {
        let (aws, _) = fake::session(|_| Answer::query(""));
        let group = AutoScalingGroup::new(&aws);
        let live = json!({"LaunchConfigurationName": "old", "VPCZoneIdentifier": ["subnet-1"]});
        let live = fake::live("AWS::AutoScaling::AutoScalingGroup", "web", &live);
        let template = json!({"LaunchTemplate": {"LaunchTemplateId": "lt-1", "Version": "1"},
            "VPCZoneIdentifier": ["subnet-1"]});
        let moved = delta(&["LaunchTemplate"], &["LaunchConfigurationName"]);
        fake::update(&group, &live, template.as_object().unwrap(), &moved).await.unwrap();
        let nowhere = json!({"LaunchTemplate": {"LaunchTemplateId": "lt-1", "Version": "1"}});
        let removed = delta(&[], &["VPCZoneIdentifier"]);
        let refused = fake::update(&group, &live, nowhere.as_object().unwrap(), &removed).await.unwrap_err();
        assert_eq!(refused.kind, ErrorKind::Unsupported);
    }
}
