//! What a group launches: a launch template, or a mix of instance types over one.

use aws_sdk_autoscaling::types::{
    DistributionSegment, InstancesDistribution, LaunchTemplate, LaunchTemplateOverrides,
    LaunchTemplateSpecification, MixedInstancesPolicy, TargetCapacityType,
};

use super::super::{Shape, Writer};
use super::requirements;

/// A launch template and its version for a create or a change.
pub fn write_template(template: Shape<'_>) -> LaunchTemplateSpecification {
    LaunchTemplateSpecification::builder()
        .set_launch_template_id(template.text("LaunchTemplateId"))
        .set_launch_template_name(template.text("LaunchTemplateName"))
        .set_version(template.text("Version"))
        .build()
}

/// A launch template and its version as a live group has them.
pub fn read_template(template: &LaunchTemplateSpecification) -> Writer {
    Writer::new()
        .put("LaunchTemplateId", template.launch_template_id())
        .put("LaunchTemplateName", template.launch_template_name())
        .put("Version", template.version())
}

/// A mix for a create or a change.
pub fn write(policy: Shape<'_>) -> MixedInstancesPolicy {
    MixedInstancesPolicy::builder()
        .set_launch_template(policy.object("LaunchTemplate").map(write_launch))
        .set_instances_distribution(policy.object("InstancesDistribution").map(write_distribution))
        .build()
}

fn write_launch(launch: Shape<'_>) -> LaunchTemplate {
    let overrides: Vec<_> = launch.objects("Overrides").into_iter().map(write_override).collect();
    LaunchTemplate::builder()
        .set_launch_template_specification(launch.object("LaunchTemplateSpecification").map(write_template))
        .set_overrides((!overrides.is_empty()).then_some(overrides))
        .build()
}

fn write_override(found: Shape<'_>) -> LaunchTemplateOverrides {
    LaunchTemplateOverrides::builder()
        .set_instance_type(found.text("InstanceType"))
        .set_image_id(found.text("ImageId"))
        .set_weighted_capacity(found.text("WeightedCapacity"))
        .set_launch_template_specification(found.object("LaunchTemplateSpecification").map(write_template))
        .set_instance_requirements(found.object("InstanceRequirements").map(requirements::write))
        .build()
}

fn write_distribution(distribution: Shape<'_>) -> InstancesDistribution {
    let segment = |segment: Shape<'_>| {
        let kinds = segment.strings("TargetCapacityTypes");
        let kinds = kinds.iter().map(|kind| TargetCapacityType::from(kind.as_str())).collect();
        DistributionSegment::builder().set_target_capacity_types(Some(kinds)).build()
    };
    let segments: Vec<_> = distribution.objects("DistributionSegments").into_iter().map(segment).collect();
    InstancesDistribution::builder()
        .set_on_demand_allocation_strategy(distribution.text("OnDemandAllocationStrategy"))
        .set_on_demand_base_capacity(distribution.i32("OnDemandBaseCapacity"))
        .set_on_demand_percentage_above_base_capacity(distribution.i32("OnDemandPercentageAboveBaseCapacity"))
        .set_spot_allocation_strategy(distribution.text("SpotAllocationStrategy"))
        .set_spot_instance_pools(distribution.i32("SpotInstancePools"))
        .set_spot_max_price(distribution.text("SpotMaxPrice"))
        .set_distribution_segments((!segments.is_empty()).then_some(segments))
        .build()
}

/// A mix as a live group has it.
pub fn read(policy: &MixedInstancesPolicy) -> Writer {
    Writer::new()
        .put("LaunchTemplate", policy.launch_template().map(read_launch))
        .put("InstancesDistribution", policy.instances_distribution().map(read_distribution))
}

fn read_launch(launch: &LaunchTemplate) -> Writer {
    Writer::new()
        .put("LaunchTemplateSpecification", launch.launch_template_specification().map(read_template))
        .list("Overrides", launch.overrides().iter().map(read_override))
}

fn read_override(found: &LaunchTemplateOverrides) -> Writer {
    Writer::new()
        .put("InstanceType", found.instance_type())
        .put("ImageId", found.image_id())
        .put("WeightedCapacity", found.weighted_capacity())
        .put("LaunchTemplateSpecification", found.launch_template_specification().map(read_template))
        .put("InstanceRequirements", found.instance_requirements().map(requirements::read))
}

fn read_distribution(distribution: &InstancesDistribution) -> Writer {
    let segment = |segment: &DistributionSegment| {
        let kinds = segment.target_capacity_types().iter().map(TargetCapacityType::as_str);
        Writer::new().list("TargetCapacityTypes", kinds)
    };
    Writer::new()
        .put("OnDemandAllocationStrategy", distribution.on_demand_allocation_strategy())
        .put("OnDemandBaseCapacity", distribution.on_demand_base_capacity())
        .put("OnDemandPercentageAboveBaseCapacity", distribution.on_demand_percentage_above_base_capacity())
        .put("SpotAllocationStrategy", distribution.spot_allocation_strategy())
        .put("SpotInstancePools", distribution.spot_instance_pools())
        .put("SpotMaxPrice", distribution.spot_max_price().filter(|price| !price.is_empty()))
        .list("DistributionSegments", distribution.distribution_segments().iter().map(segment))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::Json;
    use serde_json::json;

    #[test]
    fn a_mix_comes_back_as_it_was_written() {
        let policy = json!({
            "LaunchTemplate": {
                "LaunchTemplateSpecification": {"LaunchTemplateId": "lt-1", "Version": "3"},
                "Overrides": [
                    {"InstanceType": "m6i.large", "WeightedCapacity": "1"},
                    {"InstanceRequirements": {
                        "AcceleratorCount": {"Max": 0},
                        "VCpuCount": {"Min": 2, "Max": 8},
                        "MemoryMiB": {"Min": 4096},
                        "MemoryGiBPerVCpu": {"Min": 2.0, "Max": 8.0},
                        "CpuManufacturers": ["intel", "amd"],
                        "InstanceGenerations": ["current"],
                        "BareMetal": "excluded",
                        "BaselinePerformanceFactors": {"Cpu": {"References": [{"InstanceFamily": "m6i"}]}},
                    }},
                ],
            },
            "InstancesDistribution": {
                "OnDemandBaseCapacity": 2,
                "OnDemandPercentageAboveBaseCapacity": 25,
                "SpotAllocationStrategy": "price-capacity-optimized",
                "DistributionSegments": [{"TargetCapacityTypes": ["on-demand"]}],
            },
        });
        let read = Json::from(read(&write(Shape(policy.as_object().unwrap()))));
        assert_eq!(read, policy);
    }
}
