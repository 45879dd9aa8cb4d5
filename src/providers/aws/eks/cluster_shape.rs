//! CloudFormation's shape of a cluster.

use aws_sdk_eks::types::{
    AuthenticationMode, BlockStorage, Certificate, CertificateAuthorityActivatedBy, Cluster, ClusterStatus,
    ControlPlaneEgressModeType, ElasticLoadBalancing, EncryptionConfig, Identity, IpFamily,
    KubeControllerManagerConfigResponse, KubeSchedulerConfigResponse, KubernetesNetworkConfigResponse,
    LogSetup, LogType, Logging, Oidc, OutpostConfigResponse, PodGcControllerConfigResponse, Provider,
    ProvisionedControlPlaneTier, RemoteNetworkConfigResponse, ScoringStrategyType, SpreadLevel,
    VpcConfigResponse, ZonalShiftConfigResponse,
};

use super::super::Writer;
use super::{health, told};
use crate::model::{Json, JsonMap, Status};

/// Whether it can be used. One that is updated serves, but takes no other update.
pub fn status(cluster: &Cluster) -> Status {
    match cluster.status() {
        Some(ClusterStatus::Active) => Status::Ready,
        Some(ClusterStatus::Deleting) => Status::Deleting,
        Some(status @ ClusterStatus::Failed) => {
            Status::Failed(health::of_cluster(status.as_str(), cluster.health()))
        }
        Some(status) => Status::Pending(health::of_cluster(status.as_str(), cluster.health())),
        None => Status::Pending("CREATING".to_owned()),
    }
}

/// All that can be read of it.
pub fn properties(cluster: &Cluster) -> JsonMap {
    let writer = attributes(Writer::new(), cluster);
    let writer = settings(writer, cluster);
    control_plane(auto_mode(writer, cluster), cluster).build()
}

fn attributes(writer: Writer, cluster: &Cluster) -> Writer {
    let key = cluster.encryption_config().first().and_then(EncryptionConfig::provider);
    let vpc = cluster.resources_vpc_config();
    let issuer = cluster.identity().and_then(Identity::oidc).and_then(Oidc::issuer);
    let certificate = cluster.certificate_authority();
    writer
        .put("Id", cluster.id())
        .put("Arn", cluster.arn())
        .put("Endpoint", cluster.endpoint())
        .put("CertificateAuthorityData", certificate.and_then(Certificate::data))
        .nest("CertificateAuthority", authority(certificate))
        .put("ClusterSecurityGroupId", vpc.and_then(VpcConfigResponse::cluster_security_group_id))
        .put("EncryptionConfigKeyArn", key.and_then(Provider::key_arn))
        .put("OpenIdConnectIssuerUrl", issuer)
}

fn authority(found: Option<&Certificate>) -> Writer {
    let Some(found) = found else { return Writer::new() };
    let active = found.active().map(|active| {
        Writer::new()
            .put("Id", active.id())
            .put("ActivatedBy", active.activated_by().map(CertificateAuthorityActivatedBy::as_str))
    });
    Writer::new().put("Data", found.data()).nest("Active", active.unwrap_or_default())
}

fn settings(writer: Writer, cluster: &Cluster) -> Writer {
    let mode = cluster.access_config().and_then(|access| access.authentication_mode());
    let support = cluster.upgrade_policy().and_then(|policy| policy.support_type());
    let support = support.map(|support| Writer::new().set("SupportType", support.as_str()));
    let shift = cluster.zonal_shift_config().and_then(ZonalShiftConfigResponse::enabled);
    writer
        .put("Name", cluster.name())
        .put("RoleArn", cluster.role_arn())
        .put("Version", cluster.version())
        .nest("ResourcesVpcConfig", cluster.resources_vpc_config().map(vpc).unwrap_or_default())
        .nest("KubernetesNetworkConfig", cluster.kubernetes_network_config().map(network).unwrap_or_default())
        .put("Logging", cluster.logging().map(logging))
        .list("EncryptionConfig", cluster.encryption_config().iter().map(encryption))
        .nest("AccessConfig", Writer::new().put("AuthenticationMode", mode.map(AuthenticationMode::as_str)))
        .set("UpgradePolicy", told(support))
        .set("ZonalShiftConfig", told(shift.map(|enabled| Writer::new().set("Enabled", enabled))))
        .set("DeletionProtection", told(cluster.deletion_protection()))
        .put("RemoteNetworkConfig", cluster.remote_network_config().map(remote_network))
        .put("OutpostConfig", cluster.outpost_config().map(outpost))
}

fn vpc(found: &VpcConfigResponse) -> Writer {
    Writer::new()
        .list("SubnetIds", found.subnet_ids().to_vec())
        .put("SecurityGroupIds", found.security_group_ids.clone())
        .set("EndpointPublicAccess", found.endpoint_public_access())
        .set("EndpointPrivateAccess", found.endpoint_private_access())
        .list("PublicAccessCidrs", found.public_access_cidrs().to_vec())
        .put(
            "ControlPlaneEgressMode",
            found.control_plane_egress_mode().map(ControlPlaneEgressModeType::as_str),
        )
}

fn network(found: &KubernetesNetworkConfigResponse) -> Writer {
    let balancing = found.elastic_load_balancing().and_then(ElasticLoadBalancing::enabled);
    Writer::new()
        .put("IpFamily", found.ip_family().map(IpFamily::as_str))
        .put("ServiceIpv4Cidr", found.service_ipv4_cidr())
        .put("ServiceIpv6Cidr", found.service_ipv6_cidr())
        .nest("ElasticLoadBalancing", Writer::new().put("Enabled", balancing))
}

/// The logs that are on; an empty list where all are off.
fn logging(found: &Logging) -> Writer {
    let on = found.cluster_logging().iter().filter(|setup| setup.enabled() == Some(true));
    let mut types: Vec<&str> = on.flat_map(LogSetup::types).map(LogType::as_str).collect();
    types.sort_unstable();
    let types: Vec<Json> = types.into_iter().map(|of| Writer::new().set("Type", of).into()).collect();
    Writer::new().nest("ClusterLogging", Writer::new().set("EnabledTypes", types))
}

fn encryption(found: &EncryptionConfig) -> Writer {
    let key = found.provider().and_then(Provider::key_arn);
    #[expect(deprecated, reason = "it decides nothing any more, but blueprints and CloudFormation have it")]
    let resources = found.resources().to_vec();
    Writer::new().nest("Provider", Writer::new().put("KeyArn", key)).list("Resources", resources)
}

fn remote_network(found: &RemoteNetworkConfigResponse) -> Writer {
    let cidrs = |cidrs: &[String]| Writer::new().list("Cidrs", cidrs.to_vec());
    Writer::new()
        .list("RemoteNodeNetworks", found.remote_node_networks().iter().map(|found| cidrs(found.cidrs())))
        .list("RemotePodNetworks", found.remote_pod_networks().iter().map(|found| cidrs(found.cidrs())))
}

fn outpost(found: &OutpostConfigResponse) -> Writer {
    let control = found.control_plane_placement().map(|placement| {
        Writer::new()
            .put("GroupName", placement.group_name())
            .put("SpreadLevel", placement.spread_level().map(SpreadLevel::as_str))
    });
    let etcd = found.etcd_placement().and_then(|placement| placement.spread_level());
    Writer::new()
        .list("OutpostArns", found.outpost_arns().to_vec())
        .set("ControlPlaneInstanceType", found.control_plane_instance_type())
        .nest("ControlPlanePlacement", control.unwrap_or_default())
        .put("EtcdInstanceType", found.etcd_instance_type())
        .nest("EtcdPlacement", Writer::new().put("SpreadLevel", etcd.map(SpreadLevel::as_str)))
}

fn auto_mode(writer: Writer, cluster: &Cluster) -> Writer {
    let compute = cluster.compute_config().map(|compute| {
        Writer::new()
            .put("Enabled", compute.enabled())
            .list("NodePools", compute.node_pools().to_vec())
            .put("NodeRoleArn", compute.node_role_arn())
    });
    let block = cluster.storage_config().and_then(|storage| storage.block_storage());
    let block = Writer::new().put("Enabled", block.and_then(BlockStorage::enabled));
    writer
        .nest("ComputeConfig", compute.unwrap_or_default())
        .nest("StorageConfig", Writer::new().nest("BlockStorage", block))
}

fn control_plane(writer: Writer, cluster: &Cluster) -> Writer {
    let tier = cluster.control_plane_scaling_config().and_then(|scaling| scaling.tier());
    let server = cluster.kube_api_server_config().map(|config| {
        let range = config.service_node_port_range();
        let range = range
            .map(|range| Writer::new().set("MinPort", range.min_port()).set("MaxPort", range.max_port()));
        Writer::new()
            .put("EventTtl", config.event_ttl())
            .nest("ServiceNodePortRange", range.unwrap_or_default())
    });
    let scheduler = cluster.kube_scheduler_config().map(scheduler);
    let manager = cluster.kube_controller_manager_config().map(controller_manager);
    writer
        .nest(
            "ControlPlaneScalingConfig",
            Writer::new().put("Tier", tier.map(ProvisionedControlPlaneTier::as_str)),
        )
        .nest("KubeApiServerConfig", server.unwrap_or_default())
        .nest("KubeSchedulerConfig", scheduler.unwrap_or_default())
        .nest("KubeControllerManagerConfig", manager.unwrap_or_default())
}

fn scheduler(found: &KubeSchedulerConfigResponse) -> Writer {
    let strategy = found.node_resources_fit().and_then(|fit| fit.scoring_strategy());
    let strategy = strategy.map(|strategy| {
        let weights = strategy.resources().iter();
        let weights =
            weights.map(|weight| Writer::new().put("Name", weight.name()).put("Weight", weight.weight()));
        Writer::new()
            .put("Type", strategy.r#type().map(ScoringStrategyType::as_str))
            .list("Resources", weights)
    });
    Writer::new()
        .nest("NodeResourcesFit", Writer::new().nest("ScoringStrategy", strategy.unwrap_or_default()))
}

fn controller_manager(found: &KubeControllerManagerConfigResponse) -> Writer {
    let threshold =
        found.pod_gc_controller_config().and_then(PodGcControllerConfigResponse::terminated_pod_gc_threshold);
    let period = found
        .horizontal_pod_autoscaler_controller_config()
        .and_then(|config| config.horizontal_pod_autoscaler_sync_period());
    Writer::new()
        .nest("PodGcControllerConfig", Writer::new().put("TerminatedPodGcThreshold", threshold))
        .nest(
            "HorizontalPodAutoscalerControllerConfig",
            Writer::new().put("HorizontalPodAutoscalerSyncPeriod", period),
        )
}

#[cfg(test)]
mod tests {
    use super::*;
    use aws_sdk_eks::types::{ClusterHealth, ClusterIssue, ClusterIssueCode, LogSetup, LogType};
    use serde_json::json;

    #[test]
    fn logs_that_are_off_are_an_empty_list() {
        let setup = |types: LogType, on| LogSetup::builder().types(types).enabled(on).build();
        let off = Logging::builder().cluster_logging(setup(LogType::Api, false)).build();
        assert_eq!(Json::from(logging(&off)), json!({"ClusterLogging": {"EnabledTypes": []}}));
        let some = Logging::builder()
            .cluster_logging(setup(LogType::Audit, true))
            .cluster_logging(setup(LogType::Api, true))
            .build();
        let expected = json!({"ClusterLogging": {"EnabledTypes": [{"Type": "api"}, {"Type": "audit"}]}});
        assert_eq!(Json::from(logging(&some)), expected);
    }

    #[test]
    fn what_an_answer_lacks_is_not_known() {
        let properties = properties(&Cluster::builder().name("shop").build());
        assert_eq!(properties["DeletionProtection"], Json::Null);
        assert_eq!(properties["UpgradePolicy"], Json::Null);
        assert!(!properties.contains_key("EncryptionConfig"));
    }

    #[test]
    fn a_failed_cluster_says_why() {
        let issue = ClusterIssue::builder()
            .code(ClusterIssueCode::Ec2SubnetNotFound)
            .message("subnet is gone")
            .resource_ids("subnet-1")
            .build();
        let cluster = Cluster::builder()
            .status(ClusterStatus::Failed)
            .health(ClusterHealth::builder().issues(issue).build())
            .build();
        let words = "FAILED: Ec2SubnetNotFound: subnet is gone (subnet-1)";
        assert_eq!(status(&cluster), Status::Failed(words.to_owned()));
    }
}
