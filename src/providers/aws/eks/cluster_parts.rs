//! The parts of a cluster's configuration in the SDK's form, from CloudFormation's.

use aws_sdk_eks::types::{
    AuthenticationMode, BlockStorage, ComputeConfigRequest, ControlPlaneEgressModeType,
    ControlPlanePlacementRequest, ControlPlaneScalingConfig, CreateAccessConfigRequest, ElasticLoadBalancing,
    EncryptionConfig, EtcdPlacementRequest, HorizontalPodAutoscalerControllerConfigRequest, IpFamily,
    KubeApiServerConfigRequest, KubeControllerManagerConfigRequest, KubeSchedulerConfigRequest,
    KubernetesNetworkConfigRequest, LogSetup, LogType, Logging, NodeResourcesFitConfig, OutpostConfigRequest,
    PodGcControllerConfigRequest, Provider, ProvisionedControlPlaneTier, RemoteNetworkConfigRequest,
    RemoteNodeNetwork, RemotePodNetwork, ResourceWeight, ScoringStrategy, ScoringStrategyType,
    ServiceNodePortRange, SpreadLevel, StorageConfigRequest, SupportType, UpgradePolicyRequest,
    VpcConfigRequest, ZonalShiftConfigRequest,
};

use super::super::Shape;
use super::super::error::unbuilt;
use crate::providers::Result;

/// Every kind of log that a control plane writes.
const LOG_TYPES: [&str; 5] = ["api", "audit", "authenticator", "controllerManager", "scheduler"];

/// Subnets, security groups and how the API server is reached.
pub fn vpc(wanted: Shape<'_>) -> Option<VpcConfigRequest> {
    let vpc = wanted.object("ResourcesVpcConfig")?;
    let egress = vpc.str("ControlPlaneEgressMode").map(ControlPlaneEgressModeType::from);
    Some(
        VpcConfigRequest::builder()
            .set_subnet_ids(vpc.strings_if_set("SubnetIds"))
            .set_security_group_ids(vpc.strings_if_set("SecurityGroupIds"))
            .set_endpoint_public_access(vpc.bool("EndpointPublicAccess"))
            .set_endpoint_private_access(vpc.bool("EndpointPrivateAccess"))
            .set_public_access_cidrs(vpc.strings_if_set("PublicAccessCidrs"))
            .set_control_plane_egress_mode(egress)
            .build(),
    )
}

/// The addresses of services.
pub fn network(wanted: Shape<'_>) -> Option<KubernetesNetworkConfigRequest> {
    let network = wanted.object("KubernetesNetworkConfig")?;
    let balancing = network.object("ElasticLoadBalancing").and_then(|balancing| balancing.bool("Enabled"));
    let balancing = balancing.map(|enabled| ElasticLoadBalancing::builder().enabled(enabled).build());
    Some(
        KubernetesNetworkConfigRequest::builder()
            .set_service_ipv4_cidr(network.text("ServiceIpv4Cidr"))
            .set_ip_family(network.str("IpFamily").map(IpFamily::from))
            .set_elastic_load_balancing(balancing)
            .build(),
    )
}

/// The logs that are on.
pub fn log_types(wanted: Shape<'_>) -> Vec<LogType> {
    let logging = wanted.object("Logging").and_then(|logging| logging.object("ClusterLogging"));
    let types = logging.map(|logging| logging.objects("EnabledTypes")).unwrap_or_default();
    types.iter().filter_map(|found| found.str("Type")).map(LogType::from).collect()
}

/// The logs that are on, for a create.
pub fn logging(wanted: Shape<'_>) -> Option<Logging> {
    let on = log_types(wanted);
    (!on.is_empty()).then(|| Logging::builder().cluster_logging(setup(on, true)).build())
}

/// The logs that are on and those that are off, for an update: what it does not name stays as it is.
pub fn logging_whole(wanted: Shape<'_>) -> Logging {
    let on = log_types(wanted);
    let off: Vec<LogType> = LOG_TYPES.into_iter().map(LogType::from).filter(|of| !on.contains(of)).collect();
    let setups = [(on, true), (off, false)].into_iter().filter(|(types, _)| !types.is_empty());
    Logging::builder().set_cluster_logging(Some(setups.map(|(types, on)| setup(types, on)).collect())).build()
}

fn setup(types: Vec<LogType>, enabled: bool) -> LogSetup {
    LogSetup::builder().set_types(Some(types)).enabled(enabled).build()
}

/// The key for secrets.
pub fn encryption(wanted: Shape<'_>) -> Option<Vec<EncryptionConfig>> {
    let one = |config: &Shape<'_>| {
        let key = config.object("Provider").and_then(|provider| provider.text("KeyArn"));
        let provider = Provider::builder().set_key_arn(key).build();
        #[expect(
            deprecated,
            reason = "it decides nothing any more, but blueprints and CloudFormation have it"
        )]
        let whole = EncryptionConfig::builder().set_resources(config.strings_if_set("Resources"));
        whole.provider(provider).build()
    };
    wanted.get("EncryptionConfig")?;
    Some(wanted.objects("EncryptionConfig").iter().map(one).collect())
}

/// Who may enter at first, and by what.
pub fn access(wanted: Shape<'_>) -> Option<CreateAccessConfigRequest> {
    let access = wanted.object("AccessConfig")?;
    let creator = access.bool("BootstrapClusterCreatorAdminPermissions");
    Some(
        CreateAccessConfigRequest::builder()
            .set_bootstrap_cluster_creator_admin_permissions(creator)
            .set_authentication_mode(access.str("AuthenticationMode").map(AuthenticationMode::from))
            .build(),
    )
}

/// What happens at the end of standard support.
pub fn upgrade_policy(wanted: Shape<'_>) -> Option<UpgradePolicyRequest> {
    let support = wanted.object("UpgradePolicy")?.str("SupportType").map(SupportType::from);
    Some(UpgradePolicyRequest::builder().set_support_type(support).build())
}

/// Whether traffic may be shifted away from an impaired zone.
pub fn zonal_shift(wanted: Shape<'_>) -> Option<ZonalShiftConfigRequest> {
    let enabled = wanted.object("ZonalShiftConfig")?.bool("Enabled");
    Some(ZonalShiftConfigRequest::builder().set_enabled(enabled).build())
}

/// Auto Mode's nodes.
pub fn compute(wanted: Shape<'_>) -> Option<ComputeConfigRequest> {
    let compute = wanted.object("ComputeConfig")?;
    Some(
        ComputeConfigRequest::builder()
            .set_enabled(compute.bool("Enabled"))
            .set_node_pools(compute.strings_if_set("NodePools"))
            .set_node_role_arn(compute.text("NodeRoleArn"))
            .build(),
    )
}

/// Auto Mode's volumes.
pub fn storage(wanted: Shape<'_>) -> Option<StorageConfigRequest> {
    let block = wanted.object("StorageConfig")?.object("BlockStorage")?;
    let block = BlockStorage::builder().set_enabled(block.bool("Enabled")).build();
    Some(StorageConfigRequest::builder().block_storage(block).build())
}

/// The networks of hybrid nodes.
pub fn remote_network(wanted: Shape<'_>) -> Option<RemoteNetworkConfigRequest> {
    let remote = wanted.object("RemoteNetworkConfig")?;
    let nodes = remote.objects("RemoteNodeNetworks").into_iter();
    let nodes =
        nodes.map(|network| RemoteNodeNetwork::builder().set_cidrs(network.strings_if_set("Cidrs")).build());
    let pods = remote.objects("RemotePodNetworks").into_iter();
    let pods =
        pods.map(|network| RemotePodNetwork::builder().set_cidrs(network.strings_if_set("Cidrs")).build());
    Some(
        RemoteNetworkConfigRequest::builder()
            .set_remote_node_networks(Some(nodes.collect()))
            .set_remote_pod_networks(Some(pods.collect()))
            .build(),
    )
}

/// The size of the control plane.
pub fn scaling(wanted: Shape<'_>) -> Option<ControlPlaneScalingConfig> {
    let tier = wanted.object("ControlPlaneScalingConfig")?.str("Tier").map(ProvisionedControlPlaneTier::from);
    Some(ControlPlaneScalingConfig::builder().set_tier(tier).build())
}

/// Settings of the API server.
pub fn api_server(wanted: Shape<'_>) -> Option<KubeApiServerConfigRequest> {
    let config = wanted.object("KubeApiServerConfig")?;
    let range = config.object("ServiceNodePortRange").map(|range| {
        ServiceNodePortRange::builder()
            .set_min_port(range.i32("MinPort"))
            .set_max_port(range.i32("MaxPort"))
            .build()
    });
    Some(
        KubeApiServerConfigRequest::builder()
            .set_event_ttl(config.text("EventTtl"))
            .set_service_node_port_range(range)
            .build(),
    )
}

/// Settings of the scheduler.
pub fn scheduler(wanted: Shape<'_>) -> Option<KubeSchedulerConfigRequest> {
    let fit = wanted.object("KubeSchedulerConfig")?.object("NodeResourcesFit")?;
    let strategy = fit.object("ScoringStrategy").map(|strategy| {
        let weight = |weight: &Shape<'_>| {
            ResourceWeight::builder().set_name(weight.text("Name")).set_weight(weight.i32("Weight")).build()
        };
        let weights = strategy.get("Resources").map(|_| strategy.objects("Resources"));
        ScoringStrategy::builder()
            .set_type(strategy.str("Type").map(ScoringStrategyType::from))
            .set_resources(weights.map(|weights| weights.iter().map(weight).collect()))
            .build()
    });
    let fit = NodeResourcesFitConfig::builder().set_scoring_strategy(strategy).build();
    Some(KubeSchedulerConfigRequest::builder().node_resources_fit(fit).build())
}

/// Settings of the controller manager.
pub fn controller_manager(wanted: Shape<'_>) -> Option<KubeControllerManagerConfigRequest> {
    let config = wanted.object("KubeControllerManagerConfig")?;
    let collector = config.object("PodGcControllerConfig").map(|config| {
        let threshold = config.i32("TerminatedPodGcThreshold");
        PodGcControllerConfigRequest::builder().set_terminated_pod_gc_threshold(threshold).build()
    });
    let autoscaler = config.object("HorizontalPodAutoscalerControllerConfig").map(|config| {
        let period = config.text("HorizontalPodAutoscalerSyncPeriod");
        HorizontalPodAutoscalerControllerConfigRequest::builder()
            .set_horizontal_pod_autoscaler_sync_period(period)
            .build()
    });
    Some(
        KubeControllerManagerConfigRequest::builder()
            .set_pod_gc_controller_config(collector)
            .set_horizontal_pod_autoscaler_controller_config(autoscaler)
            .build(),
    )
}

/// Where a local cluster runs.
pub fn outpost(wanted: Shape<'_>, operation: &'static str) -> Result<Option<OutpostConfigRequest>> {
    let Some(outpost) = wanted.object("OutpostConfig") else { return Ok(None) };
    let spread = |placement: Shape<'_>| placement.str("SpreadLevel").map(SpreadLevel::from);
    let control = outpost.object("ControlPlanePlacement").map(|placement| {
        ControlPlanePlacementRequest::builder()
            .set_group_name(placement.text("GroupName"))
            .set_spread_level(spread(placement))
            .build()
    });
    let etcd = outpost
        .object("EtcdPlacement")
        .map(|placement| EtcdPlacementRequest::builder().set_spread_level(spread(placement)).build());
    OutpostConfigRequest::builder()
        .set_outpost_arns(outpost.strings_if_set("OutpostArns"))
        .set_control_plane_instance_type(outpost.text("ControlPlaneInstanceType"))
        .set_control_plane_placement(control)
        .set_etcd_instance_type(outpost.text("EtcdInstanceType"))
        .set_etcd_placement(etcd)
        .build()
        .map(Some)
        .map_err(unbuilt(operation))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::Json;
    use serde_json::json;

    fn shape(json: &Json) -> Shape<'_> {
        Shape(json.as_object().unwrap())
    }

    #[test]
    fn logs_that_are_not_named_are_switched_off() {
        let some =
            json!({"Logging": {"ClusterLogging": {"EnabledTypes": [{"Type": "audit"}, {"Type": "api"}]}}});
        let logging = logging_whole(shape(&some));
        let [on, off] = logging.cluster_logging() else { panic!("{logging:?}") };
        assert_eq!((on.types(), on.enabled()), (&[LogType::Audit, LogType::Api][..], Some(true)));
        assert_eq!(off.types(), [LogType::Authenticator, LogType::ControllerManager, LogType::Scheduler]);
        let none = json!({});
        let logging = logging_whole(shape(&none));
        assert_eq!(
            (logging.cluster_logging().len(), logging.cluster_logging()[0].enabled()),
            (1, Some(false))
        );
        assert_eq!(super::logging(shape(&none)), None);
    }

    #[test]
    fn encryption_is_by_a_key() {
        let wanted = json!({"EncryptionConfig": [{"Provider": {"KeyArn": "arn:aws:kms:k"}}]});
        let configs = encryption(shape(&wanted)).unwrap();
        assert_eq!(configs[0].provider().and_then(Provider::key_arn), Some("arn:aws:kms:k"));
        assert_eq!(encryption(shape(&json!({}))), None);
    }

    #[test]
    fn a_local_cluster_needs_its_instance_type() {
        let wanted = json!({"OutpostConfig": {"OutpostArns": ["arn:o"]}});
        assert!(outpost(shape(&wanted), "eks:CreateCluster").is_err());
        assert_eq!(outpost(shape(&json!({})), "eks:CreateCluster").unwrap(), None);
    }
}
