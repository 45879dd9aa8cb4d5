//! Changes of a cluster as a row of updates: `UpdateClusterConfig` takes one kind of setting a call (`UpdateType` in the
//! API reference), `UpdateClusterVersion` one minor version.

use aws_sdk_eks::Client;
use aws_sdk_eks::operation::update_cluster_config::builders::UpdateClusterConfigFluentBuilder as Config;
use aws_sdk_eks::types::{
    AuthenticationMode, BlockStorage, ComputeConfigRequest, ControlPlaneEgressModeType,
    ControlPlaneScalingConfig, ElasticLoadBalancing, KubernetesNetworkConfigRequest,
    ProvisionedControlPlaneTier, RemoteNetworkConfigRequest, RollbackConfig, StorageConfigRequest,
    SupportType, UpdateAccessConfigRequest, UpgradePolicyRequest, VpcConfigRequest, ZonalShiftConfigRequest,
};

use super::super::Shape;
use super::updates::{Call, Step, step_token};
use super::{cluster_parts as parts, refuse_removal, touches, version};
use crate::model::MinorVersion;
use crate::providers::{Delta, Result, Update};

const CONFIG: &str = "eks:UpdateClusterConfig";
const VERSION: &str = "eks:UpdateClusterVersion";

const SUBNETS: &str = "ResourcesVpcConfig.SubnetIds";
const GROUPS: &str = "ResourcesVpcConfig.SecurityGroupIds";
const PUBLIC: &str = "ResourcesVpcConfig.EndpointPublicAccess";
const PRIVATE: &str = "ResourcesVpcConfig.EndpointPrivateAccess";
const CIDRS: &str = "ResourcesVpcConfig.PublicAccessCidrs";
const EGRESS: &str = "ResourcesVpcConfig.ControlPlaneEgressMode";

/// What can't be taken back: there is no way back, or no default that an update could name.
const STICKY: [&str; 6] = [
    "AccessConfig.AuthenticationMode",
    SUBNETS,
    EGRESS,
    "KubeApiServerConfig",
    "KubeControllerManagerConfig",
    "KubeSchedulerConfig",
];

/// The parts of Auto Mode, which EKS switches together.
const AUTO_MODE: [&str; 3] =
    ["ComputeConfig", "StorageConfig", "KubernetesNetworkConfig.ElasticLoadBalancing"];

/// All updates that a change takes, in order: settings first, since a policy of support may have to allow the version.
pub fn steps(client: &Client, request: &Update<'_>) -> Result<Vec<Step>> {
    refuse_removal(request, &STICKY, CONFIG)?;
    let versions = versions(client, request)?;
    let kinds: [(&str, Kind); 12] = [
        ("set deletion protection", deletion_protection),
        ("set the upgrade policy", upgrade_policy),
        ("set the access mode", access),
        ("set subnets and security groups", vpc),
        ("set the endpoint's access", endpoint),
        ("set the control plane's egress", egress),
        ("set logging", logging),
        ("set zonal shift", zonal_shift),
        ("set Auto Mode", auto_mode),
        ("set remote networks", remote_network),
        ("set the control plane's tier", scaling),
        ("set the control plane's components", components),
    ];
    let change = Change { wanted: Shape(request.properties), delta: request.delta };
    let configs = kinds.into_iter().filter_map(|(words, kind)| {
        let call = client
            .update_cluster_config()
            .name(request.live.identifier.as_str())
            .client_request_token(step_token(request.token, words));
        Some(Step { words: words.to_owned(), call: Call::ClusterConfig(Box::new(kind(call, &change)?)) })
    });
    Ok(configs.chain(versions).collect())
}

/// Adds one kind of setting to a call, if it changes.
type Kind = fn(Config, &Change<'_>) -> Option<Config>;

/// What an update is made from.
struct Change<'a> {
    wanted: Shape<'a>,
    delta: &'a Delta,
}

impl Change<'_> {
    fn touches(&self, path: &str) -> bool {
        touches(self.delta, path)
    }

    /// The wanted configuration of the VPC; empty where there is none.
    fn vpc(&self) -> VpcConfigRequest {
        parts::vpc(self.wanted).unwrap_or_else(|| VpcConfigRequest::builder().build())
    }
}

/// An upgrade, minor by minor, or the one step back. A version that left the blueprint stays as it is.
fn versions(client: &Client, request: &Update<'_>) -> Result<Vec<Step>> {
    let wanted = Shape(request.properties);
    let (Some(live), Some(to)) = (request.live.str("Version"), wanted.text("Version")) else {
        return Ok(Vec::new());
    };
    if !request.delta.touches("Version") {
        return Ok(Vec::new());
    }
    let back = MinorVersion::parse(&to) < MinorVersion::parse(live);
    let rollback = wanted
        .object("RollbackConfig")
        .map(|config| RollbackConfig::builder().set_timeout_minutes(config.i32("TimeoutMinutes")).build());
    let step = |version: MinorVersion| {
        let words = format!("{} {version}", if back { "go back to" } else { "upgrade to" });
        let call = client
            .update_cluster_version()
            .name(request.live.identifier.as_str())
            .version(version.to_string())
            .set_force(wanted.bool("Force"))
            .set_rollback_config(rollback.clone().filter(|_| back))
            .client_request_token(step_token(request.token, &words));
        Step { words, call: Call::ClusterVersion(Box::new(call)) }
    };
    Ok(version::path(live, &to, VERSION)?.into_iter().map(step).collect())
}

fn deletion_protection(call: Config, change: &Change<'_>) -> Option<Config> {
    let wanted = change.wanted.bool("DeletionProtection").unwrap_or(false);
    change.touches("DeletionProtection").then(|| call.deletion_protection(wanted))
}

fn upgrade_policy(call: Config, change: &Change<'_>) -> Option<Config> {
    let default = || UpgradePolicyRequest::builder().support_type(SupportType::Extended).build();
    change
        .touches("UpgradePolicy")
        .then(|| call.upgrade_policy(parts::upgrade_policy(change.wanted).unwrap_or_else(default)))
}

fn access(call: Config, change: &Change<'_>) -> Option<Config> {
    let mode = change.wanted.object("AccessConfig").and_then(|access| access.str("AuthenticationMode"));
    let mode = mode.map(AuthenticationMode::from).filter(|_| change.touches("AccessConfig"))?;
    Some(call.access_config(UpdateAccessConfigRequest::builder().authentication_mode(mode).build()))
}

fn vpc(call: Config, change: &Change<'_>) -> Option<Config> {
    if !change.touches(SUBNETS) && !change.touches(GROUPS) {
        return None;
    }
    let wanted = change.vpc();
    let vpc = VpcConfigRequest::builder()
        .set_subnet_ids(wanted.subnet_ids.filter(|_| change.touches(SUBNETS)))
        .set_security_group_ids(
            change.touches(GROUPS).then(|| wanted.security_group_ids.unwrap_or_default()),
        );
    Some(call.resources_vpc_config(vpc.build()))
}

/// By default the whole world reaches the API server, and the VPC by the same way.
fn endpoint(call: Config, change: &Change<'_>) -> Option<Config> {
    if ![PUBLIC, PRIVATE, CIDRS].iter().any(|path| change.touches(path)) {
        return None;
    }
    let wanted = change.vpc();
    let public = wanted.endpoint_public_access().unwrap_or(true);
    let everyone = || vec!["0.0.0.0/0".to_owned()];
    // Ranges can't be named while the public endpoint is off.
    let cidrs = (public && change.touches(CIDRS))
        .then(|| wanted.public_access_cidrs.clone().unwrap_or_else(everyone));
    let vpc = VpcConfigRequest::builder()
        .endpoint_public_access(public)
        .endpoint_private_access(wanted.endpoint_private_access().unwrap_or(false))
        .set_public_access_cidrs(cidrs);
    Some(call.resources_vpc_config(vpc.build()))
}

fn egress(call: Config, change: &Change<'_>) -> Option<Config> {
    let mode: ControlPlaneEgressModeType =
        change.vpc().control_plane_egress_mode.filter(|_| change.touches(EGRESS))?;
    Some(call.resources_vpc_config(VpcConfigRequest::builder().control_plane_egress_mode(mode).build()))
}

fn logging(call: Config, change: &Change<'_>) -> Option<Config> {
    change.touches("Logging").then(|| call.logging(parts::logging_whole(change.wanted)))
}

fn zonal_shift(call: Config, change: &Change<'_>) -> Option<Config> {
    let default = || ZonalShiftConfigRequest::builder().enabled(false).build();
    change
        .touches("ZonalShiftConfig")
        .then(|| call.zonal_shift_config(parts::zonal_shift(change.wanted).unwrap_or_else(default)))
}

fn auto_mode(call: Config, change: &Change<'_>) -> Option<Config> {
    if !AUTO_MODE.iter().any(|path| change.touches(path)) {
        return None;
    }
    let compute = || ComputeConfigRequest::builder().enabled(false).build();
    let storage = || {
        let block = BlockStorage::builder().enabled(false).build();
        StorageConfigRequest::builder().block_storage(block).build()
    };
    let balancing = parts::network(change.wanted).and_then(|network| network.elastic_load_balancing);
    let balancing = balancing.unwrap_or_else(|| ElasticLoadBalancing::builder().enabled(false).build());
    let network = KubernetesNetworkConfigRequest::builder().elastic_load_balancing(balancing).build();
    Some(
        call.compute_config(parts::compute(change.wanted).unwrap_or_else(compute))
            .storage_config(parts::storage(change.wanted).unwrap_or_else(storage))
            .kubernetes_network_config(network),
    )
}

fn remote_network(call: Config, change: &Change<'_>) -> Option<Config> {
    let none = || {
        RemoteNetworkConfigRequest::builder()
            .set_remote_node_networks(Some(Vec::new()))
            .set_remote_pod_networks(Some(Vec::new()))
            .build()
    };
    change
        .touches("RemoteNetworkConfig")
        .then(|| call.remote_network_config(parts::remote_network(change.wanted).unwrap_or_else(none)))
}

fn scaling(call: Config, change: &Change<'_>) -> Option<Config> {
    let standard =
        || ControlPlaneScalingConfig::builder().tier(ProvisionedControlPlaneTier::Standard).build();
    change
        .touches("ControlPlaneScalingConfig")
        .then(|| call.control_plane_scaling_config(parts::scaling(change.wanted).unwrap_or_else(standard)))
}

fn components(call: Config, change: &Change<'_>) -> Option<Config> {
    let touched = |name: &str| change.touches(name);
    if !["KubeApiServerConfig", "KubeSchedulerConfig", "KubeControllerManagerConfig"]
        .iter()
        .any(|n| touched(n))
    {
        return None;
    }
    let wanted = change.wanted;
    Some(
        call.set_kube_api_server_config(parts::api_server(wanted).filter(|_| touched("KubeApiServerConfig")))
            .set_kube_scheduler_config(parts::scheduler(wanted).filter(|_| touched("KubeSchedulerConfig")))
            .set_kube_controller_manager_config(
                parts::controller_manager(wanted).filter(|_| touched("KubeControllerManagerConfig")),
            ),
    )
}

#[cfg(test)]
mod tests {
    use std::sync::Mutex;

    use serde_json::json;

    use super::super::Cluster;
    use super::super::fake::{self, delta, error, look};
    use crate::model::{Json, Live};
    use crate::providers::{ErrorKind, Readiness};

    /// A cluster that takes one update at a time; each is done when it has been asked for twice.
    #[derive(Default)]
    struct Eks {
        version: String,
        running: Option<(String, u32)>,
        ended: Vec<String>,
    }

    impl Eks {
        fn answer(&mut self, call: &fake::Call, fails: &str) -> (u16, Json) {
            let words = match call.line.as_str() {
                "GET /clusters/shop" => {
                    return (
                        200,
                        json!({"cluster": {
                            "name": "shop", "status": "ACTIVE", "version": self.version,
                        }}),
                    );
                }
                "POST /clusters/shop/updates" => call.body["version"].as_str().unwrap_or_default().to_owned(),
                "POST /clusters/shop/update-config" => kind(&call.body),
                line => return self.look(line, fails),
            };
            if self.running.is_some() {
                return error(
                    409,
                    "ResourceInUseException",
                    "Cluster shop currently has an update in progress",
                );
            }
            self.running = Some((words.clone(), 0));
            (200, json!({"update": {"id": words, "status": "InProgress"}}))
        }

        fn look(&mut self, line: &str, fails: &str) -> (u16, Json) {
            let id = line.strip_prefix("GET /clusters/shop/updates/").unwrap_or_else(|| panic!("{line}"));
            let Some((running, looks)) = &mut self.running else { panic!("nothing runs: {line}") };
            assert_eq!(running, id);
            *looks += 1;
            let status = match (*looks, running == fails) {
                (1, _) => "InProgress",
                (_, true) => "Failed",
                _ => "Successful",
            };
            let errors = json!([{"errorCode": "IpNotAvailable", "errorMessage": "5 addresses needed"}]);
            if status == "Successful" {
                if running.starts_with("1.") {
                    self.version.clone_from(running);
                }
                self.ended.extend(self.running.take().map(|(words, _)| words));
            }
            let errors = if status == "Failed" { errors } else { json!([]) };
            (200, json!({"update": {"id": id, "status": status, "errors": errors}}))
        }
    }

    /// What an update of the configuration is about.
    fn kind(body: &Json) -> String {
        let about = |key: &&String| key.as_str() != "clientRequestToken";
        let keys: Vec<&String> = body.as_object().unwrap().keys().filter(about).collect();
        let [key] = keys.as_slice() else { panic!("one kind of update a call: {body}") };
        (*key).clone()
    }

    fn live() -> Live {
        let properties =
            json!({"Name": "shop", "Version": "1.29", "Arn": "arn:aws:eks:eu-west-1:1:cluster/shop"});
        fake::live("AWS::EKS::Cluster", "shop", &properties)
    }

    /// Makes a change and asks until it is done; how it ended, and the updates in their order.
    async fn carry_out(
        wanted: &Json,
        set: &[&str],
        fails: &'static str,
    ) -> (Vec<String>, Readiness, Vec<String>) {
        let eks = std::sync::Arc::new(Mutex::new(Eks { version: "1.29".to_owned(), ..Eks::default() }));
        let state = eks.clone();
        let (aws, _) = fake::session(move |call| state.lock().unwrap().answer(call, fails));
        let cluster = Cluster::new(&aws);
        fake::update(&cluster, &live(), wanted.as_object().unwrap(), &delta(set, &[])).await.unwrap();
        let mut said: Vec<String> = Vec::new();
        loop {
            match look(&cluster, &live()).await {
                Readiness::Waiting(words) if said.last() == Some(&words) => {}
                Readiness::Waiting(words) => said.push(words),
                end => return (said, end, eks.lock().unwrap().ended.clone()),
            }
        }
    }

    #[tokio::test]
    async fn an_upgrade_goes_minor_by_minor_after_the_settings() {
        let wanted = json!({
            "Name": "shop",
            "Version": "1.32",
            "ResourcesVpcConfig": {
                "SubnetIds": ["subnet-1", "subnet-2"],
                "EndpointPrivateAccess": true,
                "PublicAccessCidrs": ["203.0.113.0/24"],
            },
            "Logging": {"ClusterLogging": {"EnabledTypes": [{"Type": "audit"}]}},
        });
        let set = [
            "Version",
            "ResourcesVpcConfig.SubnetIds[1]",
            "ResourcesVpcConfig.EndpointPrivateAccess",
            "ResourcesVpcConfig.PublicAccessCidrs",
            "Logging",
        ];
        let (said, end, ended) = carry_out(&wanted, &set, "").await;
        assert_eq!(
            ended,
            ["resourcesVpcConfig", "resourcesVpcConfig", "logging", "1.30", "1.31", "1.32"],
            "one after another"
        );
        assert_eq!(
            said,
            [
                "set subnets and security groups",
                "set the endpoint's access",
                "set logging",
                "upgrade to 1.30",
                "upgrade to 1.31",
                "upgrade to 1.32",
            ]
        );
        let Readiness::Ready(live) = end else { panic!("{end:?}") };
        assert_eq!(live.str("Version"), Some("1.32"));
    }

    #[tokio::test]
    async fn one_minor_version_back_is_a_step_like_any_other() {
        let wanted = json!({"Name": "shop", "Version": "1.28", "RollbackConfig": {"TimeoutMinutes": 180}});
        let (said, _, ended) = carry_out(&wanted, &["Version"], "").await;
        assert_eq!((said, ended), (vec!["go back to 1.28".to_owned()], vec!["1.28".to_owned()]));
        let (aws, calls) = fake::session(|_| (200, json!({"update": {"id": "1", "status": "Successful"}})));
        let delta = delta(&["Version"], &[]);
        fake::update(&Cluster::new(&aws), &live(), wanted.as_object().unwrap(), &delta).await.unwrap();
        assert_eq!(calls.lock().unwrap()[0].body["rollbackConfig"], json!({"timeoutMinutes": 180}));
    }

    #[tokio::test]
    async fn an_update_that_fails_ends_the_row_with_its_reason() {
        let wanted = json!({"Name": "shop", "Version": "1.32"});
        let (_, end, ended) = carry_out(&wanted, &["Version"], "1.31").await;
        let reason = "upgrade to 1.31: Failed: IpNotAvailable: 5 addresses needed";
        assert_eq!(end, Readiness::Failed(reason.to_owned()));
        assert_eq!(ended, ["1.30"]);
    }

    #[tokio::test]
    async fn a_busy_cluster_is_waited_for() {
        let (aws, _) = fake::session(|_| error(409, "ResourceInUseException", "an update is in progress"));
        let wanted = json!({"Name": "shop", "Version": "1.30"});
        let cluster = Cluster::new(&aws);
        let delta = delta(&["Version"], &[]);
        fake::update(&cluster, &live(), wanted.as_object().unwrap(), &delta).await.unwrap();
        let Readiness::Waiting(words) = look(&cluster, &live()).await else { panic!("it waits") };
        assert!(words.starts_with("upgrade to 1.30: ") && words.contains("in progress"), "{words}");
    }

    #[tokio::test]
    async fn what_can_not_be_is_refused_before_anything_is_sent() {
        let (aws, calls) = fake::session(|call| panic!("{}", call.line));
        let cluster = Cluster::new(&aws);
        let older = json!({"Name": "shop", "Version": "1.27"});
        let sent =
            fake::update(&cluster, &live(), older.as_object().unwrap(), &delta(&["Version"], &[])).await;
        let error = sent.unwrap_err();
        assert_eq!(error.kind, ErrorKind::Invalid);
        assert!(error.message.contains("no way from Kubernetes 1.29 to 1.27"), "{error}");
        let bare = json!({"Name": "shop"});
        let delta = delta(&[], &["AccessConfig.AuthenticationMode"]);
        let sent = fake::update(&cluster, &live(), bare.as_object().unwrap(), &delta).await;
        assert_eq!(sent.unwrap_err().kind, ErrorKind::Unsupported);
        assert!(calls.lock().unwrap().is_empty());
    }

    #[tokio::test]
    async fn what_left_the_blueprint_goes_back_to_the_default() {
        let (aws, calls) = fake::session(|call| {
            assert_eq!(call.line, "POST /clusters/shop/update-config");
            (200, json!({"update": {"id": "1", "status": "Successful"}}))
        });
        let wanted = json!({"Name": "shop", "ResourcesVpcConfig": {"SubnetIds": ["subnet-1"]}});
        let removed = [
            "DeletionProtection",
            "UpgradePolicy.SupportType",
            "ResourcesVpcConfig.PublicAccessCidrs",
            "ResourcesVpcConfig.SecurityGroupIds",
            "Logging.ClusterLogging.EnabledTypes",
            "ZonalShiftConfig.Enabled",
            "ComputeConfig.Enabled",
            "RemoteNetworkConfig.RemoteNodeNetworks",
            "ControlPlaneScalingConfig.Tier",
        ];
        let delta = delta(&[], &removed);
        fake::update(&Cluster::new(&aws), &live(), wanted.as_object().unwrap(), &delta).await.unwrap();
        let mut bodies: Vec<Json> = calls.lock().unwrap().iter().map(|call| call.body.clone()).collect();
        for body in &mut bodies {
            body.as_object_mut().unwrap().remove("clientRequestToken");
        }
        insta::assert_json_snapshot!(bodies);
    }
}
