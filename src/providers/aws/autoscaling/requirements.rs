//! Attribute-based instance selection: what an instance type has to offer.

use aws_sdk_autoscaling::types::{
    AcceleratorCountRequest, AcceleratorManufacturer, AcceleratorName, AcceleratorTotalMemoryMiBRequest,
    AcceleratorType, BareMetal, BaselineEbsBandwidthMbpsRequest, BaselinePerformanceFactorsRequest,
    BurstablePerformance, CpuManufacturer, CpuPerformanceFactorRequest, InstanceGeneration,
    InstanceRequirements, LocalStorage, LocalStorageType, MemoryGiBPerVCpuRequest, MemoryMiBRequest,
    NetworkBandwidthGbpsRequest, NetworkInterfaceCountRequest, PerformanceFactorReferenceRequest,
    TotalLocalStorageGbRequest, VCpuCountRequest,
};

use super::super::{Shape, Writer};

/// A range of the API: its own type for each property, all with the same two members.
macro_rules! range {
    ($wanted:ident, $name:literal, $kind:ident, $number:ident) => {
        $wanted
            .object($name)
            .map(|range| $kind::builder().set_min(range.$number("Min")).set_max(range.$number("Max")).build())
    };
}

/// The members of a range as a live group has them.
macro_rules! bounds {
    ($range:expr) => {
        $range.map(|range| Writer::new().put("Min", range.min()).put("Max", range.max()))
    };
}

/// A list of an enumeration's members, if the property is there.
macro_rules! members {
    ($wanted:ident, $name:literal, $kind:ident) => {
        $wanted
            .strings_if_set($name)
            .map(|list| list.iter().map(|member| $kind::from(member.as_str())).collect())
    };
}

/// Requirements for a create or a change.
pub fn write(wanted: Shape<'_>) -> InstanceRequirements {
    let mut sdk = InstanceRequirements::builder()
        .set_v_cpu_count(range!(wanted, "VCpuCount", VCpuCountRequest, i32))
        .set_memory_mib(range!(wanted, "MemoryMiB", MemoryMiBRequest, i32))
        .set_memory_gib_per_v_cpu(range!(wanted, "MemoryGiBPerVCpu", MemoryGiBPerVCpuRequest, float))
        .set_cpu_manufacturers(members!(wanted, "CpuManufacturers", CpuManufacturer))
        .set_instance_generations(members!(wanted, "InstanceGenerations", InstanceGeneration))
        .set_allowed_instance_types(wanted.strings_if_set("AllowedInstanceTypes"))
        .set_excluded_instance_types(wanted.strings_if_set("ExcludedInstanceTypes"))
        .set_bare_metal(wanted.str("BareMetal").map(BareMetal::from))
        .set_burstable_performance(wanted.str("BurstablePerformance").map(BurstablePerformance::from))
        .set_require_hibernate_support(wanted.bool("RequireHibernateSupport"));
    sdk = sdk
        .set_spot_max_price_percentage_over_lowest_price(wanted.i32("SpotMaxPricePercentageOverLowestPrice"))
        .set_max_spot_price_as_percentage_of_optimal_on_demand_price(
            wanted.i32("MaxSpotPriceAsPercentageOfOptimalOnDemandPrice"),
        )
        .set_on_demand_max_price_percentage_over_lowest_price(
            wanted.i32("OnDemandMaxPricePercentageOverLowestPrice"),
        )
        .set_baseline_performance_factors(wanted.object("BaselinePerformanceFactors").map(write_factors));
    write_devices(wanted, sdk).build()
}

type Builder = aws_sdk_autoscaling::types::builders::InstanceRequirementsBuilder;

fn write_devices(wanted: Shape<'_>, sdk: Builder) -> Builder {
    sdk.set_network_interface_count(range!(
        wanted,
        "NetworkInterfaceCount",
        NetworkInterfaceCountRequest,
        i32
    ))
    .set_network_bandwidth_gbps(range!(wanted, "NetworkBandwidthGbps", NetworkBandwidthGbpsRequest, float))
    .set_local_storage(wanted.str("LocalStorage").map(LocalStorage::from))
    .set_local_storage_types(members!(wanted, "LocalStorageTypes", LocalStorageType))
    .set_total_local_storage_gb(range!(wanted, "TotalLocalStorageGB", TotalLocalStorageGbRequest, float))
    .set_baseline_ebs_bandwidth_mbps(range!(
        wanted,
        "BaselineEbsBandwidthMbps",
        BaselineEbsBandwidthMbpsRequest,
        i32
    ))
    .set_accelerator_types(members!(wanted, "AcceleratorTypes", AcceleratorType))
    .set_accelerator_count(range!(wanted, "AcceleratorCount", AcceleratorCountRequest, i32))
    .set_accelerator_manufacturers(members!(wanted, "AcceleratorManufacturers", AcceleratorManufacturer))
    .set_accelerator_names(members!(wanted, "AcceleratorNames", AcceleratorName))
    .set_accelerator_total_memory_mib(range!(
        wanted,
        "AcceleratorTotalMemoryMiB",
        AcceleratorTotalMemoryMiBRequest,
        i32
    ))
}

fn write_factors(factors: Shape<'_>) -> BaselinePerformanceFactorsRequest {
    let family = |found: Shape<'_>| {
        PerformanceFactorReferenceRequest::builder().set_instance_family(found.text("InstanceFamily")).build()
    };
    let cpu = factors.object("Cpu").map(|cpu| {
        let references = cpu.objects("References").into_iter().map(family).collect();
        CpuPerformanceFactorRequest::builder().set_references(Some(references)).build()
    });
    BaselinePerformanceFactorsRequest::builder().set_cpu(cpu).build()
}

/// Requirements as a live group has them.
pub fn read(found: &InstanceRequirements) -> Writer {
    let writer = Writer::new()
        .put("VCpuCount", bounds!(found.v_cpu_count()))
        .put("MemoryMiB", bounds!(found.memory_mib()))
        .put("MemoryGiBPerVCpu", bounds!(found.memory_gib_per_v_cpu()))
        .list("CpuManufacturers", found.cpu_manufacturers().iter().map(CpuManufacturer::as_str))
        .list("InstanceGenerations", found.instance_generations().iter().map(InstanceGeneration::as_str))
        .list("AllowedInstanceTypes", found.allowed_instance_types().to_vec())
        .list("ExcludedInstanceTypes", found.excluded_instance_types().to_vec())
        .put("BareMetal", found.bare_metal().map(BareMetal::as_str))
        .put("BurstablePerformance", found.burstable_performance().map(BurstablePerformance::as_str))
        .put("RequireHibernateSupport", found.require_hibernate_support())
        .put("SpotMaxPricePercentageOverLowestPrice", found.spot_max_price_percentage_over_lowest_price())
        .put(
            "MaxSpotPriceAsPercentageOfOptimalOnDemandPrice",
            found.max_spot_price_as_percentage_of_optimal_on_demand_price(),
        )
        .put(
            "OnDemandMaxPricePercentageOverLowestPrice",
            found.on_demand_max_price_percentage_over_lowest_price(),
        )
        .put("BaselinePerformanceFactors", found.baseline_performance_factors().map(read_factors));
    read_devices(found, writer)
}

fn read_devices(found: &InstanceRequirements, writer: Writer) -> Writer {
    let makers = found.accelerator_manufacturers().iter().map(AcceleratorManufacturer::as_str);
    writer
        .put("NetworkInterfaceCount", bounds!(found.network_interface_count()))
        .put("NetworkBandwidthGbps", bounds!(found.network_bandwidth_gbps()))
        .put("LocalStorage", found.local_storage().map(LocalStorage::as_str))
        .list("LocalStorageTypes", found.local_storage_types().iter().map(LocalStorageType::as_str))
        .put("TotalLocalStorageGB", bounds!(found.total_local_storage_gb()))
        .put("BaselineEbsBandwidthMbps", bounds!(found.baseline_ebs_bandwidth_mbps()))
        .list("AcceleratorTypes", found.accelerator_types().iter().map(AcceleratorType::as_str))
        .put("AcceleratorCount", bounds!(found.accelerator_count()))
        .list("AcceleratorManufacturers", makers)
        .list("AcceleratorNames", found.accelerator_names().iter().map(AcceleratorName::as_str))
        .put("AcceleratorTotalMemoryMiB", bounds!(found.accelerator_total_memory_mib()))
}

fn read_factors(found: &BaselinePerformanceFactorsRequest) -> Writer {
    let family = |found: &PerformanceFactorReferenceRequest| {
        Writer::new().put("InstanceFamily", found.instance_family())
    };
    let cpu = found.cpu().map(|cpu| Writer::new().list("References", cpu.references().iter().map(family)));
    Writer::new().put("Cpu", cpu)
}
