//! Changes of a node group as updates: its configuration, then a rolling update to another version or template.

use std::collections::HashMap;

use aws_sdk_eks::Client;
use aws_sdk_eks::operation::update_nodegroup_config::builders::UpdateNodegroupConfigFluentBuilder as Config;
use aws_sdk_eks::types::{
    NodeRepairConfig, NodegroupScalingConfig, NodegroupUpdateConfig, Taint, UpdateLabelsPayload,
    UpdateTaintsPayload, WarmPoolConfig,
};

use super::super::Shape;
use super::updates::{Call, Step, step_token};
use super::{nodegroup_shape as shape, refuse_removal, touches};
use crate::providers::{Result, Update};

/// What `UpdateNodegroupConfig` changes, all in one call.
const CONFIG: [&str; 6] =
    ["Labels", "NodeRepairConfig", "ScalingConfig", "Taints", "UpdateConfig", "WarmPoolConfig"];

/// What `UpdateNodegroupVersion` rolls out.
const VERSION: [&str; 3] = ["LaunchTemplate", "ReleaseVersion", "Version"];

/// What can't be taken back: sizes of AWS's choosing would empty a node group, and a template once used stays.
const STICKY: [&str; 2] = ["LaunchTemplate", "ScalingConfig"];

/// All updates that a change takes, in order.
pub fn steps(client: &Client, request: &Update<'_>, cluster: &str, name: &str) -> Result<Vec<Step>> {
    refuse_removal(request, &STICKY, "eks:UpdateNodegroupConfig")?;
    let mut steps = Vec::new();
    if CONFIG.iter().any(|property| request.delta.touches(property)) {
        let call = client
            .update_nodegroup_config()
            .cluster_name(cluster)
            .nodegroup_name(name)
            .client_request_token(step_token(request.token, "config"));
        let call = Call::NodegroupConfig(Box::new(config(call, request)));
        steps.push(Step { words: "update the configuration".to_owned(), call });
    }
    steps.extend(rollout(client, request, cluster, name));
    Ok(steps)
}

fn config(call: Config, request: &Update<'_>) -> Config {
    let wanted = Shape(request.properties);
    let touched = |property: &str| request.delta.touches(property);
    let default_update = || NodegroupUpdateConfig::builder().max_unavailable(1).build();
    let no_repair = || NodeRepairConfig::builder().enabled(false).build();
    let no_pool = || WarmPoolConfig::builder().enabled(false).build();
    call.set_scaling_config(touched("ScalingConfig").then(|| scaling(request)).flatten())
        .set_labels(touched("Labels").then(|| labels(request)))
        .set_taints(touched("Taints").then(|| taints(request)))
        .set_update_config(
            touched("UpdateConfig").then(|| shape::wanted_update(wanted).unwrap_or_else(default_update)),
        )
        .set_node_repair_config(
            touched("NodeRepairConfig").then(|| shape::wanted_repair(wanted).unwrap_or_else(no_repair)),
        )
        .set_warm_pool_config(
            touched("WarmPoolConfig").then(|| shape::wanted_warm_pool(wanted).unwrap_or_else(no_pool)),
        )
}

/// The sizes. A number of nodes that the blueprint leaves to an autoscaler is kept within the bounds, or EKS would refuse
/// them.
fn scaling(request: &Update<'_>) -> Option<NodegroupScalingConfig> {
    let mut scaling = shape::wanted_scaling(Shape(request.properties))?;
    let live = Shape(&request.live.properties).object("ScalingConfig");
    let desired = live.and_then(|live| live.i32("DesiredSize"));
    if let (None, Some(live)) = (scaling.desired_size, desired) {
        let within = live.max(scaling.min_size.unwrap_or(live)).min(scaling.max_size.unwrap_or(live));
        scaling.desired_size = (within != live).then_some(within);
    }
    Some(scaling)
}

/// Labels that differ. Those that others set are not of the blueprint, and stay; those that left it go.
fn labels(request: &Update<'_>) -> UpdateLabelsPayload {
    let live = shape::wanted_labels(Shape(&request.live.properties)).unwrap_or_default();
    let wanted = shape::wanted_labels(Shape(request.properties)).unwrap_or_default();
    let is_removed = |key: &String| {
        !wanted.contains_key(key)
            && request.delta.removed.iter().any(|path| {
                path.as_str() == "Labels" || path.as_str().strip_prefix("Labels.") == Some(key.as_str())
            })
    };
    let mut removed: Vec<String> = live.keys().filter(|key| is_removed(key)).cloned().collect();
    removed.sort_unstable();
    let set: HashMap<String, String> =
        wanted.into_iter().filter(|(key, value)| live.get(key) != Some(value)).collect();
    UpdateLabelsPayload::builder()
        .set_add_or_update_labels(Some(set).filter(|labels| !labels.is_empty()))
        .set_remove_labels(Some(removed).filter(|labels| !labels.is_empty()))
        .build()
}

/// Taints that differ: a list that the blueprint sets is the blueprint's alone. A taint is known by key and effect.
fn taints(request: &Update<'_>) -> UpdateTaintsPayload {
    let live = shape::wanted_taints(Shape(&request.live.properties)).unwrap_or_default();
    let wanted = shape::wanted_taints(Shape(request.properties)).unwrap_or_default();
    let same = |one: &Taint, other: &Taint| one.key == other.key && one.effect == other.effect;
    let removed: Vec<Taint> =
        live.iter().filter(|old| !wanted.iter().any(|taint| same(old, taint))).cloned().collect();
    let set: Vec<Taint> = wanted.into_iter().filter(|taint| !live.contains(taint)).collect();
    UpdateTaintsPayload::builder()
        .set_add_or_update_taints(Some(set).filter(|taints| !taints.is_empty()))
        .set_remove_taints(Some(removed).filter(|taints| !taints.is_empty()))
        .build()
}

/// The rolling update. A version that left the blueprint stays as it is.
fn rollout(client: &Client, request: &Update<'_>, cluster: &str, name: &str) -> Option<Step> {
    let wanted = Shape(request.properties);
    let touched = |property: &str| touches(request.delta, property) && wanted.get(property).is_some();
    if !VERSION.iter().any(|property| touched(property)) {
        return None;
    }
    let text = |property: &str| if touched(property) { wanted.text(property) } else { None };
    let words = match text("ReleaseVersion").or_else(|| text("Version")) {
        Some(version) => format!("roll the nodes to {version}"),
        None => "roll the nodes to another launch template".to_owned(),
    };
    let call = client
        .update_nodegroup_version()
        .cluster_name(cluster)
        .nodegroup_name(name)
        .set_version(text("Version"))
        .set_release_version(text("ReleaseVersion"))
        .set_launch_template(shape::wanted_template(wanted).filter(|_| touched("LaunchTemplate")))
        .set_force(wanted.bool("ForceUpdateEnabled"))
        .client_request_token(step_token(request.token, "version"));
    Some(Step { words, call: Call::NodegroupVersion(Box::new(call)) })
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::super::Nodegroup;
    use super::super::fake::{self, delta, look};
    use crate::model::{Json, Live};
    use crate::providers::{Delta, ErrorKind, Readiness};

    fn live() -> Live {
        let properties = json!({
            "Id": "shop/web",
            "ClusterName": "shop",
            "NodegroupName": "web",
            "Version": "1.30",
            "Labels": {"tier": "web", "old": "yes", "theirs": "1"},
            "Taints": [{"Key": "gpu", "Effect": "NO_SCHEDULE"}, {"Key": "spot", "Effect": "NO_EXECUTE"}],
            "ScalingConfig": {"MinSize": 1, "MaxSize": 3, "DesiredSize": 2},
        });
        fake::live("AWS::EKS::Nodegroup", "shop/web", &properties)
    }

    /// Sends a change to an EKS whose updates are done at once; the calls.
    async fn calls(wanted: &Json, delta: &Delta) -> Vec<(String, Json)> {
        let (aws, calls) = fake::session(|_| (200, json!({"update": {"id": "1", "status": "Successful"}})));
        let group = Nodegroup::new(&aws);
        fake::update(&group, &live(), wanted.as_object().unwrap(), delta).await.unwrap();
        let calls = std::mem::take(&mut *calls.lock().unwrap());
        calls.into_iter().map(|call| (call.line, call.body)).collect()
    }

    #[tokio::test]
    async fn settings_go_in_one_call_and_the_rollout_in_another() {
        let wanted = json!({
            "Version": "1.31",
            "Labels": {"tier": "edge"},
            "Taints": [{"Key": "gpu", "Effect": "NO_SCHEDULE"}, {"Key": "arm", "Effect": "NO_SCHEDULE"}],
            "ScalingConfig": {"MinSize": 3, "MaxSize": 9},
            "ForceUpdateEnabled": true,
        });
        let set = ["Version", "Labels.tier", "Taints[1]", "ScalingConfig.MinSize", "ScalingConfig.MaxSize"];
        let sent = calls(&wanted, &delta(&set, &["Labels.old", "UpdateConfig.MaxUnavailable"])).await;
        let [(config, settings), (version, rollout)] = sent.as_slice() else { panic!("{sent:?}") };
        assert_eq!(config, "POST /clusters/shop/node-groups/web/update-config");
        assert_eq!(
            settings["labels"],
            json!({"addOrUpdateLabels": {"tier": "edge"}, "removeLabels": ["old"]})
        );
        assert_eq!(
            settings["taints"],
            json!({
                "addOrUpdateTaints": [{"key": "arm", "effect": "NO_SCHEDULE"}],
                "removeTaints": [{"key": "spot", "effect": "NO_EXECUTE"}],
            })
        );
        assert_eq!(settings["scalingConfig"], json!({"minSize": 3, "maxSize": 9, "desiredSize": 3}));
        assert_eq!(settings["updateConfig"], json!({"maxUnavailable": 1}));
        assert_eq!(version, "POST /clusters/shop/node-groups/web/update-version");
        assert_eq!((&rollout["version"], &rollout["force"]), (&json!("1.31"), &json!(true)));
    }

    #[tokio::test]
    async fn another_version_of_the_template_rolls_the_nodes() {
        let wanted = json!({"LaunchTemplate": {"Id": "lt-1", "Version": "4"}});
        let sent = calls(&wanted, &delta(&["LaunchTemplate.Version"], &[])).await;
        let [(_, rollout)] = sent.as_slice() else { panic!("{sent:?}") };
        assert_eq!(rollout["launchTemplate"], json!({"id": "lt-1", "version": "4"}));
        assert_eq!(rollout.get("version"), None);
    }

    #[tokio::test]
    async fn sizes_are_not_left_to_chance() {
        let (aws, _) = fake::session(|call| panic!("{}", call.line));
        let group = Nodegroup::new(&aws);
        let removed = delta(&[], &["ScalingConfig.MinSize", "ScalingConfig.MaxSize"]);
        let sent = fake::update(&group, &live(), json!({}).as_object().unwrap(), &removed).await;
        assert_eq!(sent.unwrap_err().kind, ErrorKind::Unsupported);
    }

    #[tokio::test]
    async fn a_rollout_that_fails_says_why() {
        let (aws, _) = fake::session(|call| match call.line.as_str() {
            "GET /clusters/shop/updates/7" => (
                200,
                json!({"update": {"id": "7", "status": "Failed", "errors": [{
                    "errorCode": "PodEvictionFailure",
                    "errorMessage": "Reached max retries while trying to evict pods from nodes",
                    "resourceIds": ["ip-10-0-0-1"],
                }]}}),
            ),
            _ => (200, json!({"update": {"id": "7", "status": "InProgress"}})),
        });
        let group = Nodegroup::new(&aws);
        let wanted = json!({"ReleaseVersion": "1.30.4-20240917"});
        let delta = delta(&["ReleaseVersion"], &[]);
        fake::update(&group, &live(), wanted.as_object().unwrap(), &delta).await.unwrap();
        let words = "roll the nodes to 1.30.4-20240917: Failed: PodEvictionFailure: \
                     Reached max retries while trying to evict pods from nodes (ip-10-0-0-1)";
        assert_eq!(look(&group, &live()).await, Readiness::Failed(words.to_owned()));
    }
}
