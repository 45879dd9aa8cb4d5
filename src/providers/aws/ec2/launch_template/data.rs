//! `LaunchTemplateData`, part by part: what the schema calls a property, and what the SDK calls its field.
//!
//! The API's requests and responses are separate structs of the same shape.

words!(
    AcceleratorManufacturer,
    AcceleratorName,
    AcceleratorType,
    AmdSevSnpSpecification,
    BareMetal,
    BurstablePerformance,
    CapacityReservationPreference,
    CpuManufacturer,
    HostnameType,
    InstanceBandwidthWeighting,
    InstanceGeneration,
    InstanceInterruptionBehavior,
    InstanceType,
    LaunchTemplateAutoRecoveryState,
    LaunchTemplateHttpTokensState,
    LaunchTemplateInstanceMetadataEndpointState,
    LaunchTemplateInstanceMetadataProtocolIpv6,
    LaunchTemplateInstanceMetadataTagsState,
    LocalStorage,
    LocalStorageType,
    MarketType,
    NestedVirtualizationSpecification,
    ResourceType,
    ShutdownBehavior,
    SpotInstanceType,
    Tenancy,
    VolumeType,
);

parts! {
    RequestLaunchTemplateData <- ResponseLaunchTemplateData {
        BlockDeviceMappings => block_device_mappings,
        CapacityReservationSpecification => capacity_reservation_specification,
        CpuOptions => cpu_options,
        CreditSpecification => credit_specification,
        DisableApiStop => disable_api_stop,
        DisableApiTermination => disable_api_termination,
        EbsOptimized => ebs_optimized,
        EnclaveOptions => enclave_options,
        HibernationOptions => hibernation_options,
        IamInstanceProfile => iam_instance_profile,
        ImageId => image_id,
        InstanceInitiatedShutdownBehavior => instance_initiated_shutdown_behavior,
        InstanceMarketOptions => instance_market_options,
        InstanceRequirements => instance_requirements,
        InstanceType => instance_type,
        KernelId => kernel_id,
        KeyName => key_name,
        LicenseSpecifications => license_specifications,
        MaintenanceOptions => maintenance_options,
        MetadataOptions => metadata_options,
        Monitoring => monitoring,
        NetworkInterfaces => network_interfaces,
        NetworkPerformanceOptions => network_performance_options,
        Placement => placement,
        PrivateDnsNameOptions => private_dns_name_options,
        RamDiskId => ram_disk_id,
        SecurityGroupIds => security_group_ids,
        SecurityGroups => security_groups,
        TagSpecifications => tag_specifications,
        UserData => user_data,
    }

    // --- storage ---
    LaunchTemplateBlockDeviceMappingRequest <- LaunchTemplateBlockDeviceMapping {
        DeviceName => device_name,
        Ebs => ebs,
        NoDevice => no_device,
        VirtualName => virtual_name,
    }
    LaunchTemplateEbsBlockDeviceRequest <- LaunchTemplateEbsBlockDevice {
        DeleteOnTermination => delete_on_termination,
        EbsCardIndex => ebs_card_index,
        Encrypted => encrypted,
        Iops => iops,
        KmsKeyId => kms_key_id,
        SnapshotId => snapshot_id,
        Throughput => throughput,
        VolumeInitializationRate => volume_initialization_rate,
        VolumeSize => volume_size,
        VolumeType => volume_type,
    }

    // --- network ---
    LaunchTemplateInstanceNetworkInterfaceSpecificationRequest
        <- LaunchTemplateInstanceNetworkInterfaceSpecification {
        AssociateCarrierIpAddress => associate_carrier_ip_address,
        AssociatePublicIpAddress => associate_public_ip_address,
        ConnectionTrackingSpecification => connection_tracking_specification,
        DeleteOnTermination => delete_on_termination,
        Description => description,
        DeviceIndex => device_index,
        EnaQueueCount => ena_queue_count,
        EnaSrdSpecification => ena_srd_specification,
        Groups => groups,
        InterfaceType => interface_type,
        Ipv4PrefixCount => ipv4_prefix_count,
        Ipv4Prefixes => ipv4_prefixes,
        Ipv6AddressCount => ipv6_address_count,
        Ipv6Addresses => ipv6_addresses,
        Ipv6PrefixCount => ipv6_prefix_count,
        Ipv6Prefixes => ipv6_prefixes,
        NetworkCardIndex => network_card_index,
        NetworkInterfaceId => network_interface_id,
        PrimaryIpv6 => primary_ipv6,
        PrivateIpAddress => private_ip_address,
        PrivateIpAddresses => private_ip_addresses,
        SecondaryPrivateIpAddressCount => secondary_private_ip_address_count,
        SubnetId => subnet_id,
    }
    ConnectionTrackingSpecificationRequest <- ConnectionTrackingSpecification {
        TcpEstablishedTimeout => tcp_established_timeout,
        UdpStreamTimeout => udp_stream_timeout,
        UdpTimeout => udp_timeout,
    }
    EnaSrdSpecificationRequest <- LaunchTemplateEnaSrdSpecification {
        EnaSrdEnabled => ena_srd_enabled,
        EnaSrdUdpSpecification => ena_srd_udp_specification,
    }
    EnaSrdUdpSpecificationRequest <- LaunchTemplateEnaSrdUdpSpecification {
        EnaSrdUdpEnabled => ena_srd_udp_enabled,
    }
    InstanceIpv6AddressRequest <- InstanceIpv6Address { Ipv6Address => ipv6_address }
    Ipv4PrefixSpecificationRequest <- Ipv4PrefixSpecificationResponse { Ipv4Prefix => ipv4_prefix }
    Ipv6PrefixSpecificationRequest <- Ipv6PrefixSpecificationResponse { Ipv6Prefix => ipv6_prefix }
    PrivateIpAddressSpecification <- PrivateIpAddressSpecification {
        Primary => primary,
        PrivateIpAddress => private_ip_address,
    }
    LaunchTemplateNetworkPerformanceOptionsRequest <- LaunchTemplateNetworkPerformanceOptions {
        BandwidthWeighting => bandwidth_weighting,
    }
    LaunchTemplatePrivateDnsNameOptionsRequest <- LaunchTemplatePrivateDnsNameOptions {
        EnableResourceNameDnsAAAARecord => enable_resource_name_dns_aaaa_record,
        EnableResourceNameDnsARecord => enable_resource_name_dns_a_record,
        HostnameType => hostname_type,
    }

    // --- the instance itself ---
    LaunchTemplateCpuOptionsRequest <- LaunchTemplateCpuOptions {
        AmdSevSnp => amd_sev_snp,
        CoreCount => core_count,
        NestedVirtualization => nested_virtualization,
        ThreadsPerCore => threads_per_core,
    }
    CreditSpecificationRequest <- CreditSpecification { CpuCredits => cpu_credits }
    LaunchTemplateEnclaveOptionsRequest <- LaunchTemplateEnclaveOptions { Enabled => enabled }
    LaunchTemplateHibernationOptionsRequest <- LaunchTemplateHibernationOptions { Configured => configured }
    LaunchTemplateIamInstanceProfileSpecificationRequest <- LaunchTemplateIamInstanceProfileSpecification {
        Arn => arn,
        Name => name,
    }
    LaunchTemplateLicenseConfigurationRequest <- LaunchTemplateLicenseConfiguration {
        LicenseConfigurationArn => license_configuration_arn,
    }
    LaunchTemplateInstanceMaintenanceOptionsRequest <- LaunchTemplateInstanceMaintenanceOptions {
        AutoRecovery => auto_recovery,
    }
    LaunchTemplateInstanceMetadataOptionsRequest <- LaunchTemplateInstanceMetadataOptions {
        HttpEndpoint => http_endpoint,
        HttpProtocolIpv6 => http_protocol_ipv6,
        HttpPutResponseHopLimit => http_put_response_hop_limit,
        HttpTokens => http_tokens,
        InstanceMetadataTags => instance_metadata_tags,
    }
    LaunchTemplatesMonitoringRequest <- LaunchTemplatesMonitoring { Enabled => enabled }
    LaunchTemplatePlacementRequest <- LaunchTemplatePlacement {
        Affinity => affinity,
        AvailabilityZone => availability_zone,
        GroupId => group_id,
        GroupName => group_name,
        HostId => host_id,
        HostResourceGroupArn => host_resource_group_arn,
        PartitionNumber => partition_number,
        SpreadDomain => spread_domain,
        Tenancy => tenancy,
    }
    LaunchTemplateTagSpecificationRequest <- LaunchTemplateTagSpecification {
        ResourceType => resource_type,
        Tags => tags,
    }
    Tag <- Tag { Key => key, Value => value }

    // --- where it comes from ---
    LaunchTemplateCapacityReservationSpecificationRequest
        <- LaunchTemplateCapacityReservationSpecificationResponse {
        CapacityReservationPreference => capacity_reservation_preference,
        CapacityReservationTarget => capacity_reservation_target,
    }
    CapacityReservationTarget <- CapacityReservationTargetResponse {
        CapacityReservationId => capacity_reservation_id,
        CapacityReservationResourceGroupArn => capacity_reservation_resource_group_arn,
    }
    LaunchTemplateInstanceMarketOptionsRequest <- LaunchTemplateInstanceMarketOptions {
        MarketType => market_type,
        SpotOptions => spot_options,
    }
    LaunchTemplateSpotMarketOptionsRequest <- LaunchTemplateSpotMarketOptions {
        BlockDurationMinutes => block_duration_minutes,
        InstanceInterruptionBehavior => instance_interruption_behavior,
        MaxPrice => max_price,
        SpotInstanceType => spot_instance_type,
        ValidUntil => valid_until,
    }

    // --- requirements in place of an instance type ---
    InstanceRequirementsRequest <- InstanceRequirements {
        AcceleratorCount => accelerator_count,
        AcceleratorManufacturers => accelerator_manufacturers,
        AcceleratorNames => accelerator_names,
        AcceleratorTotalMemoryMiB => accelerator_total_memory_mib,
        AcceleratorTypes => accelerator_types,
        AllowedInstanceTypes => allowed_instance_types,
        BareMetal => bare_metal,
        BaselineEbsBandwidthMbps => baseline_ebs_bandwidth_mbps,
        BaselinePerformanceFactors => baseline_performance_factors,
        BurstablePerformance => burstable_performance,
        CpuManufacturers => cpu_manufacturers,
        ExcludedInstanceTypes => excluded_instance_types,
        InstanceGenerations => instance_generations,
        LocalStorage => local_storage,
        LocalStorageTypes => local_storage_types,
        MaxSpotPriceAsPercentageOfOptimalOnDemandPrice
            => max_spot_price_as_percentage_of_optimal_on_demand_price,
        MemoryGiBPerVCpu => memory_gib_per_v_cpu,
        MemoryMiB => memory_mib,
        NetworkBandwidthGbps => network_bandwidth_gbps,
        NetworkInterfaceCount => network_interface_count,
        OnDemandMaxPricePercentageOverLowestPrice => on_demand_max_price_percentage_over_lowest_price,
        RequireHibernateSupport => require_hibernate_support,
        SpotMaxPricePercentageOverLowestPrice => spot_max_price_percentage_over_lowest_price,
        TotalLocalStorageGB => total_local_storage_gb,
        VCpuCount => v_cpu_count,
    }
    AcceleratorCountRequest <- AcceleratorCount { Max => max, Min => min }
    AcceleratorTotalMemoryMiBRequest <- AcceleratorTotalMemoryMiB { Max => max, Min => min }
    BaselineEbsBandwidthMbpsRequest <- BaselineEbsBandwidthMbps { Max => max, Min => min }
    BaselinePerformanceFactorsRequest <- BaselinePerformanceFactors { Cpu => cpu }
    CpuPerformanceFactorRequest <- CpuPerformanceFactor { References => references }
    PerformanceFactorReferenceRequest <- PerformanceFactorReference { InstanceFamily => instance_family }
    MemoryGiBPerVCpuRequest <- MemoryGiBPerVCpu { Max => max, Min => min }
    MemoryMiBRequest <- MemoryMiB { Max => max, Min => min }
    NetworkBandwidthGbpsRequest <- NetworkBandwidthGbps { Max => max, Min => min }
    NetworkInterfaceCountRequest <- NetworkInterfaceCount { Max => max, Min => min }
    TotalLocalStorageGbRequest <- TotalLocalStorageGb { Max => max, Min => min }
    VCpuCountRangeRequest <- VCpuCountRange { Max => max, Min => min }
}

#[cfg(test)]
mod tests {
    use super::super::convert::{FromJson, ToJson};
    use aws_sdk_ec2::types::{
        LaunchTemplateBlockDeviceMapping, LaunchTemplateEbsBlockDevice,
        LaunchTemplateInstanceMetadataOptions, LaunchTemplateInstanceMetadataOptionsState,
        MemoryGiBPerVCpuRequest, RequestLaunchTemplateData, ResponseLaunchTemplateData,
        VCpuCountRangeRequest, VolumeType,
    };
    use aws_smithy_types::DateTime;
    use serde_json::json;

    #[test]
    fn data_is_put_into_the_request() {
        let data = RequestLaunchTemplateData::from_json(&json!({
            "InstanceType": "m6i.large",
            "EbsOptimized": "true",
            "BlockDeviceMappings": [{"DeviceName": "/dev/xvda", "Ebs": {"VolumeSize": "20", "VolumeType": "gp3"}}],
            "InstanceRequirements": {"VCpuCount": {"Min": 2}, "MemoryGiBPerVCpu": {"Max": 4.5}},
            "InstanceMarketOptions": {"SpotOptions": {"ValidUntil": "2030-01-31T00:00:00Z"}},
            "KeyName": null,
        }))
        .unwrap();
        assert_eq!(data.instance_type().unwrap().as_str(), "m6i.large");
        assert_eq!(data.ebs_optimized(), Some(true));
        let ebs = data.block_device_mappings()[0].ebs().unwrap();
        assert_eq!((ebs.volume_size(), ebs.volume_type()), (Some(20), Some(&VolumeType::Gp3)));
        let requirements = data.instance_requirements().unwrap();
        assert_eq!(requirements.v_cpu_count().and_then(VCpuCountRangeRequest::min), Some(2));
        assert_eq!(requirements.memory_gib_per_v_cpu().and_then(MemoryGiBPerVCpuRequest::max), Some(4.5));
        let spot = data.instance_market_options().and_then(|options| options.spot_options()).unwrap();
        assert_eq!(spot.valid_until().map(DateTime::secs), Some(1_896_048_000));
        assert_eq!(data.key_name(), None);
    }

    #[test]
    fn data_is_read_out_of_the_response() {
        let data = ResponseLaunchTemplateData::builder()
            .image_id("ami-1")
            .block_device_mappings(
                LaunchTemplateBlockDeviceMapping::builder()
                    .device_name("/dev/xvda")
                    .ebs(LaunchTemplateEbsBlockDevice::builder().volume_size(20).encrypted(true).build())
                    .build(),
            )
            .metadata_options(
                LaunchTemplateInstanceMetadataOptions::builder()
                    .state(LaunchTemplateInstanceMetadataOptionsState::Applied)
                    .http_put_response_hop_limit(1)
                    .build(),
            )
            .build();
        assert_eq!(
            data.to_json(),
            Some(json!({
                "BlockDeviceMappings": [{"DeviceName": "/dev/xvda", "Ebs": {"Encrypted": true, "VolumeSize": 20}}],
                "ImageId": "ami-1",
                "MetadataOptions": {"HttpPutResponseHopLimit": 1},
            }))
        );
    }

    #[test]
    fn what_does_not_fit_is_named_with_its_place() {
        let refuse = |json| {
            RequestLaunchTemplateData::from_json(&json)
                .unwrap_err()
                .inside("LaunchTemplateData")
                .into_error("ec2:CreateLaunchTemplate")
                .to_string()
        };
        insta::assert_snapshot!(
            refuse(json!({"BlockDeviceMappings": [{}, {"Ebs": {"VolumeSize": "big"}}]})),
            @"ec2:CreateLaunchTemplate: InvalidRequest: LaunchTemplateData.BlockDeviceMappings[1].Ebs.VolumeSize must be a whole number"
        );
        insta::assert_snapshot!(
            refuse(json!({"CpuOptions": {"Turbo": true}})),
            @"ec2:CreateLaunchTemplate: Unsupported: can't set LaunchTemplateData.CpuOptions.Turbo: take it out of the blueprint"
        );
    }

    /// Every property of the published schema, however deep, has its line in the table.
    #[test]
    fn the_table_knows_all_that_the_schema_does() {
        let schema = crate::catalog::Catalog::embedded().get("AWS::EC2::LaunchTemplate").unwrap();
        let mut known = 0;
        let mut places = vec![("LaunchTemplateData".to_owned(), Vec::<String>::new())];
        while let Some((path, above)) = places.pop() {
            for name in schema.property_names(&path) {
                let place: Vec<String> = above.iter().cloned().chain([name.to_string()]).collect();
                let data = place.iter().rev().fold(json!({}), |below, name| match name.as_str() {
                    "*" => json!([below]),
                    name => json!({ name: below }),
                });
                let refused = RequestLaunchTemplateData::from_json(&data)
                    .is_err_and(|unfit| unfit.into_error("call").message.starts_with("can't set"));
                assert!(!refused, "{path}.{name} has no line");
                known += 1;
                for (deeper, step) in
                    [(format!("{path}.{name}"), None), (format!("{path}.{name}.*"), Some("*"))]
                {
                    if !schema.property_names(&deeper).is_empty() {
                        let steps = step.map(str::to_owned);
                        places.push((deeper, place.iter().cloned().chain(steps).collect()));
                    }
                }
            }
        }
        assert!(known > 100, "the schema has {known} properties");
    }
}
