//! CloudFormation's shape of a node group, both ways.

use std::collections::HashMap;

use aws_sdk_eks::types::{
    AmiTypes, CapacityTypes, LaunchTemplateSpecification, NodeRepairConfig, NodeRepairConfigOverrides,
    Nodegroup, NodegroupScalingConfig, NodegroupStatus, NodegroupUpdateConfig, NodegroupUpdateStrategies,
    RemoteAccessConfig, RepairAction, Taint, TaintEffect, WarmPoolConfig, WarmPoolState,
};

use super::super::{Shape, Writer};
use super::{CLUSTER_NAME, health, some, told};
use crate::model::{Json, JsonMap, Status};

/// Whether it can be used. What is degraded has nodes that don't come or don't work, and EKS says which; the others
/// serve on, so it is waited for and never replaced.
pub fn status(group: &Nodegroup) -> Status {
    use NodegroupStatus as S;
    match group.status() {
        Some(S::Active) => Status::Ready,
        Some(S::Deleting) => Status::Deleting,
        Some(status @ (S::CreateFailed | S::DeleteFailed)) => {
            Status::Failed(health::of_nodegroup(status.as_str(), group.health()))
        }
        status => {
            let word = status.map_or("CREATING", NodegroupStatus::as_str);
            Status::Pending(health::of_nodegroup(word, group.health()))
        }
    }
}

/// The physical id: `<cluster>/<node group>`.
pub fn id(group: &Nodegroup) -> String {
    format!("{}/{}", group.cluster_name().unwrap_or_default(), group.nodegroup_name().unwrap_or_default())
}

/// All that can be read of it.
pub fn properties(group: &Nodegroup) -> JsonMap {
    let writer = Writer::new()
        .set("Id", id(group))
        .put("Arn", group.nodegroup_arn())
        .put(CLUSTER_NAME, group.cluster_name())
        .put("NodegroupName", group.nodegroup_name())
        .put("NodeRole", group.node_role())
        .list("Subnets", group.subnets().to_vec())
        .put("AmiType", group.ami_type().map(AmiTypes::as_str))
        .put("CapacityType", group.capacity_type().map(CapacityTypes::as_str))
        .put("DiskSize", group.disk_size())
        .list("InstanceTypes", group.instance_types().to_vec())
        .put("Version", some(group.version()))
        .put("ReleaseVersion", some(group.release_version()))
        .nest("Labels", labels(group))
        .list("Taints", group.taints().iter().map(taint))
        .nest("ScalingConfig", group.scaling_config().map(scaling).unwrap_or_default());
    told_always(writer, group).build()
}

/// What a node group has as soon as it was given one, and EKS tells from then on.
fn told_always(writer: Writer, group: &Nodegroup) -> Writer {
    writer
        .set("UpdateConfig", told(group.update_config().map(update)))
        .set("LaunchTemplate", told(group.launch_template().map(template)))
        .set("RemoteAccess", told(group.remote_access().map(remote)))
        .set("NodeRepairConfig", told(group.node_repair_config().map(repair)))
        .set("WarmPoolConfig", told(group.warm_pool_config().map(warm_pool)))
}

fn labels(group: &Nodegroup) -> Writer {
    let mut labels: Vec<_> = group.labels().into_iter().flatten().collect();
    labels.sort_unstable();
    labels.into_iter().fold(Writer::new(), |writer, (key, value)| writer.set(key, value.as_str()))
}

fn taint(found: &Taint) -> Writer {
    Writer::new()
        .put("Key", found.key())
        .put("Value", found.value())
        .put("Effect", found.effect().map(TaintEffect::as_str))
}

fn scaling(found: &NodegroupScalingConfig) -> Writer {
    Writer::new()
        .put("MinSize", found.min_size())
        .put("MaxSize", found.max_size())
        .put("DesiredSize", found.desired_size())
}

fn update(found: &NodegroupUpdateConfig) -> Writer {
    Writer::new()
        .put("MaxUnavailable", found.max_unavailable())
        .put("MaxUnavailablePercentage", found.max_unavailable_percentage())
        .put("UpdateStrategy", found.update_strategy().map(NodegroupUpdateStrategies::as_str))
}

fn template(found: &LaunchTemplateSpecification) -> Writer {
    Writer::new().put("Id", found.id()).put("Name", found.name()).put("Version", found.version())
}

fn remote(found: &RemoteAccessConfig) -> Writer {
    Writer::new()
        .put("Ec2SshKey", found.ec2_ssh_key())
        .list("SourceSecurityGroups", found.source_security_groups().to_vec())
}

fn repair(found: &NodeRepairConfig) -> Writer {
    let overrides = found.node_repair_config_overrides().iter().map(|found| {
        Writer::new()
            .put("NodeMonitoringCondition", found.node_monitoring_condition())
            .put("NodeUnhealthyReason", found.node_unhealthy_reason())
            .put("MinRepairWaitTimeMins", found.min_repair_wait_time_mins())
            .put("RepairAction", found.repair_action().map(RepairAction::as_str))
    });
    Writer::new()
        .put("Enabled", found.enabled())
        .put("MaxUnhealthyNodeThresholdCount", found.max_unhealthy_node_threshold_count())
        .put("MaxUnhealthyNodeThresholdPercentage", found.max_unhealthy_node_threshold_percentage())
        .put("MaxParallelNodesRepairedCount", found.max_parallel_nodes_repaired_count())
        .put("MaxParallelNodesRepairedPercentage", found.max_parallel_nodes_repaired_percentage())
        .list("NodeRepairConfigOverrides", overrides)
}

fn warm_pool(found: &WarmPoolConfig) -> Writer {
    Writer::new()
        .put("Enabled", found.enabled())
        .put("MinSize", found.min_size())
        .put("MaxGroupPreparedCapacity", found.max_group_prepared_capacity())
        .put("PoolState", found.pool_state().map(WarmPoolState::as_str))
        .put("ReuseOnScaleIn", found.reuse_on_scale_in())
}

/// The sizes.
pub fn wanted_scaling(wanted: Shape<'_>) -> Option<NodegroupScalingConfig> {
    let scaling = wanted.object("ScalingConfig")?;
    Some(
        NodegroupScalingConfig::builder()
            .set_min_size(scaling.i32("MinSize"))
            .set_max_size(scaling.i32("MaxSize"))
            .set_desired_size(scaling.i32("DesiredSize"))
            .build(),
    )
}

/// The labels.
pub fn wanted_labels(wanted: Shape<'_>) -> Option<HashMap<String, String>> {
    let labels = wanted.object("Labels")?;
    Some(labels.0.keys().filter_map(|key| Some((key.clone(), labels.text(key)?))).collect())
}

/// The taints.
pub fn wanted_taints(wanted: Shape<'_>) -> Option<Vec<Taint>> {
    let taint = |taint: &Shape<'_>| {
        Taint::builder()
            .set_key(taint.text("Key"))
            .set_value(taint.text("Value"))
            .set_effect(taint.str("Effect").map(TaintEffect::from))
            .build()
    };
    wanted.get("Taints")?;
    Some(wanted.objects("Taints").iter().map(taint).collect())
}

/// How many nodes an update may take at once.
pub fn wanted_update(wanted: Shape<'_>) -> Option<NodegroupUpdateConfig> {
    let update = wanted.object("UpdateConfig")?;
    Some(
        NodegroupUpdateConfig::builder()
            .set_max_unavailable(update.i32("MaxUnavailable"))
            .set_max_unavailable_percentage(update.i32("MaxUnavailablePercentage"))
            .set_update_strategy(update.str("UpdateStrategy").map(NodegroupUpdateStrategies::from))
            .build(),
    )
}

/// The launch template, by id where both are given: EKS refuses the two together.
pub fn wanted_template(wanted: Shape<'_>) -> Option<LaunchTemplateSpecification> {
    let template = wanted.object("LaunchTemplate")?;
    let id = template.text("Id");
    let name = if id.is_some() { None } else { template.text("Name") };
    Some(
        LaunchTemplateSpecification::builder()
            .set_id(id)
            .set_name(name)
            .set_version(template.text("Version"))
            .build(),
    )
}

/// Who may log in to the nodes.
pub fn wanted_remote(wanted: Shape<'_>) -> Option<RemoteAccessConfig> {
    let remote = wanted.object("RemoteAccess")?;
    Some(
        RemoteAccessConfig::builder()
            .set_ec2_ssh_key(remote.text("Ec2SshKey"))
            .set_source_security_groups(remote.strings_if_set("SourceSecurityGroups"))
            .build(),
    )
}

/// What EKS does about sick nodes.
pub fn wanted_repair(wanted: Shape<'_>) -> Option<NodeRepairConfig> {
    let repair = wanted.object("NodeRepairConfig")?;
    let rule = |rule: &Shape<'_>| {
        NodeRepairConfigOverrides::builder()
            .set_node_monitoring_condition(rule.text("NodeMonitoringCondition"))
            .set_node_unhealthy_reason(rule.text("NodeUnhealthyReason"))
            .set_min_repair_wait_time_mins(rule.i32("MinRepairWaitTimeMins"))
            .set_repair_action(rule.str("RepairAction").map(RepairAction::from))
            .build()
    };
    let rules = repair.get("NodeRepairConfigOverrides").map(|_| repair.objects("NodeRepairConfigOverrides"));
    Some(
        NodeRepairConfig::builder()
            .set_enabled(repair.bool("Enabled"))
            .set_max_unhealthy_node_threshold_count(repair.i32("MaxUnhealthyNodeThresholdCount"))
            .set_max_unhealthy_node_threshold_percentage(repair.i32("MaxUnhealthyNodeThresholdPercentage"))
            .set_max_parallel_nodes_repaired_count(repair.i32("MaxParallelNodesRepairedCount"))
            .set_max_parallel_nodes_repaired_percentage(repair.i32("MaxParallelNodesRepairedPercentage"))
            .set_node_repair_config_overrides(rules.map(|rules| rules.iter().map(rule).collect()))
            .build(),
    )
}

/// Instances kept ready.
pub fn wanted_warm_pool(wanted: Shape<'_>) -> Option<WarmPoolConfig> {
    let pool = wanted.object("WarmPoolConfig")?;
    Some(
        WarmPoolConfig::builder()
            .set_enabled(pool.bool("Enabled"))
            .set_min_size(pool.i32("MinSize"))
            .set_max_group_prepared_capacity(pool.i32("MaxGroupPreparedCapacity"))
            .set_pool_state(pool.str("PoolState").map(WarmPoolState::from))
            .set_reuse_on_scale_in(pool.bool("ReuseOnScaleIn"))
            .build(),
    )
}

/// The launch template in the blueprint's words. EKS tells both its id and its name, of which a blueprint has one: the
/// other is no part that left it. And it tells the number that a version like `$Latest` meant when the nodes were made.
pub fn as_written(live: &mut JsonMap, wanted: Shape<'_>) {
    let Some(wanted) = wanted.object("LaunchTemplate") else { return };
    let Some(Json::Object(template)) = live.get_mut("LaunchTemplate") else { return };
    for (written, other) in [("Id", "Name"), ("Name", "Id")] {
        if wanted.str(written).is_some() && wanted.str(other).is_none() {
            template.remove(other);
        }
    }
    if let Some(version) = wanted.str("Version").filter(|version| version.starts_with('$')) {
        template.insert("Version".to_owned(), version.into());
    }
}

/// The kind of capacity, in the API's words; CloudFormation's schema also has `OnDemand`.
pub fn wanted_capacity(wanted: Shape<'_>) -> Option<CapacityTypes> {
    let word = wanted.str("CapacityType")?;
    Some(if word == "OnDemand" { CapacityTypes::OnDemand } else { word.into() })
}

#[cfg(test)]
mod tests {
    use super::*;
    use aws_sdk_eks::types::{Issue, NodegroupHealth, NodegroupIssueCode};
    use serde_json::json;

    fn shape(json: &Json) -> Shape<'_> {
        Shape(json.as_object().unwrap())
    }

    #[test]
    fn a_node_group_is_read_as_it_is_written() {
        let wanted = json!({
            "ScalingConfig": {"MinSize": 3, "MaxSize": 12, "DesiredSize": 3},
            "Labels": {"tier": "web"},
            "Taints": [{"Key": "gpu", "Value": "yes", "Effect": "NO_SCHEDULE"}],
            "UpdateConfig": {"MaxUnavailablePercentage": 25},
            "LaunchTemplate": {"Id": "lt-1", "Version": "3"},
            "NodeRepairConfig": {"Enabled": true},
        });
        let group = Nodegroup::builder()
            .cluster_name("shop")
            .nodegroup_name("web")
            .set_scaling_config(wanted_scaling(shape(&wanted)))
            .set_labels(wanted_labels(shape(&wanted)))
            .set_taints(wanted_taints(shape(&wanted)))
            .set_update_config(wanted_update(shape(&wanted)))
            .set_launch_template(wanted_template(shape(&wanted)))
            .set_node_repair_config(wanted_repair(shape(&wanted)))
            .build();
        let live = properties(&group);
        for (name, value) in wanted.as_object().unwrap() {
            assert_eq!(&live[name], value, "{name}");
        }
        assert_eq!(live["Id"], "shop/web");
        assert_eq!(live["WarmPoolConfig"], Json::Null);
    }

    #[test]
    fn a_launch_template_is_named_once() {
        let both = json!({"LaunchTemplate": {"Id": "lt-1", "Name": "web", "Version": "3"}});
        let template = wanted_template(shape(&both)).unwrap();
        assert_eq!((template.id(), template.name()), (Some("lt-1"), None));
    }

    #[test]
    fn a_floating_version_is_shown_as_it_is_written() {
        let mut live = json!({"LaunchTemplate": {"Id": "lt-1", "Version": "3"}}).as_object().unwrap().clone();
        as_written(&mut live, shape(&json!({"LaunchTemplate": {"Version": "2"}})));
        assert_eq!(live["LaunchTemplate"]["Version"], "3");
        as_written(&mut live, shape(&json!({"LaunchTemplate": {"Version": "$Latest"}})));
        assert_eq!(live["LaunchTemplate"]["Version"], "$Latest");
    }

    #[test]
    fn a_launch_template_is_known_by_what_the_blueprint_says_of_it() {
        let told = |wanted: Json| {
            let live = json!({"LaunchTemplate": {"Id": "lt-1", "Name": "web", "Version": "3"}});
            let mut live = live.as_object().unwrap().clone();
            as_written(&mut live, shape(&json!({"LaunchTemplate": wanted})));
            live.remove("LaunchTemplate").unwrap()
        };
        assert_eq!(told(json!({"Id": "lt-2"})), json!({"Id": "lt-1", "Version": "3"}));
        assert_eq!(told(json!({"Name": "web"})), json!({"Name": "web", "Version": "3"}));
    }

    #[test]
    fn a_degraded_group_says_why() {
        let issue = Issue::builder()
            .code(NodegroupIssueCode::AsgInstanceLaunchFailures)
            .message("no capacity in eu-west-1a");
        let health = NodegroupHealth::builder().issues(issue.build()).build();
        let group = |status| Nodegroup::builder().status(status).health(health.clone()).build();
        let words = "DEGRADED: AsgInstanceLaunchFailures: no capacity in eu-west-1a";
        assert_eq!(status(&group(NodegroupStatus::Degraded)), Status::Pending(words.to_owned()));
        assert!(matches!(status(&group(NodegroupStatus::CreateFailed)), Status::Failed(_)));
        assert!(matches!(status(&group(NodegroupStatus::Updating)), Status::Pending(_)));
        assert_eq!(status(&group(NodegroupStatus::Active)), Status::Ready);
    }
}
