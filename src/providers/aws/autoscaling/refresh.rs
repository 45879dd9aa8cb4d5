//! Instance refreshes: `updatePolicy: {instanceRefresh: {...}}` rolls a group when what it launches changes.
//!
//! The new launch template is handed to the refresh as its desired configuration, and AWS gives it to the group when the
//! refresh has succeeded. So a refresh that failed, or that nobody waited for, leaves a difference that the next
//! plan shows; and it can roll back.

use std::collections::HashMap;
use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use aws_sdk_autoscaling::Client;
use aws_sdk_autoscaling::types::{
    AlarmSpecification, DesiredConfiguration, InstanceRefresh, InstanceRefreshStatus, RefreshPreferences,
    RefreshStrategy, ScaleInProtectedInstances, StandbyInstances,
};

use super::super::{Shape, Writer, failed, missing};
use super::group_settings::ROLLS;
use super::mixed;
use crate::catalog::Facts;
use crate::model::{Identifier, Json, JsonMap, Lifecycle, Scope};
use crate::providers::{ErrorKind, ProviderError, Result, Update};

/// What a refresh carries by itself; the update before it leaves these alone.
pub const CARRIED: [&str; 2] = ["LaunchTemplate", "MixedInstancesPolicy"];

/// The way of `updatePolicy`; the catalog has its options.
const REFRESH: &str = "instanceRefresh";

/// The refreshes that this process started or joined, by group.
#[derive(Default)]
pub struct Refreshes(Mutex<HashMap<(Scope, Identifier), String>>);

impl Refreshes {
    fn note(&self, scope: &Scope, group: &Identifier, refresh: String) {
        let mut all = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        all.insert((scope.clone(), group.clone()), refresh);
    }

    /// The refresh that is waited for.
    pub fn of(&self, scope: &Scope, group: &Identifier) -> Option<String> {
        let all = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        all.get(&(scope.clone(), group.clone())).cloned()
    }

    /// Stops waiting for it.
    pub fn forget(&self, scope: &Scope, group: &Identifier) {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).remove(&(scope.clone(), group.clone()));
    }
}

/// How to roll, where the blueprint asks for it and the change calls for it.
pub fn wanted(request: &Update<'_>) -> Result<Option<RefreshPreferences>> {
    let Some(options) = options(request.lifecycle)? else { return Ok(None) };
    let preferences = preferences(&options)?;
    Ok(request.delta.touches_any(&ROLLS).then_some(preferences))
}

/// How long AWS says the same of a refresh because the blueprint asks for it: at a checkpoint, where it waits an hour unless
/// told otherwise; while new instances warm up; and before the refresh is called a success.
pub fn stillness(lifecycle: &Lifecycle) -> Duration {
    const CHECKPOINT: i32 = 3600;
    let Ok(Some(options)) = options(lifecycle) else { return Duration::ZERO };
    let options = Shape(&options);
    let checkpoint = options.i32("checkpointDelay").unwrap_or(CHECKPOINT);
    let checkpoint = options.strings_if_set("checkpointPercentages").map(|_| checkpoint);
    let all = [checkpoint, options.i32("instanceWarmup"), options.i32("bakeTime")];
    let seconds = all.into_iter().flatten().filter_map(|seconds| u64::try_from(seconds).ok());
    Duration::from_secs(seconds.sum())
}

/// The options under `updatePolicy.instanceRefresh`; `true` takes AWS's defaults.
fn options(lifecycle: &Lifecycle) -> Result<Option<JsonMap>> {
    let Some(policy) = &lifecycle.update_policy else { return Ok(None) };
    let policy = policy.to_json().ok_or_else(|| invalid("updatePolicy holds what is not known yet"))?;
    let Json::Object(mut policy) = policy else { return Err(invalid("updatePolicy is no object")) };
    let refresh = policy.remove(REFRESH);
    if let Some(other) = policy.keys().next() {
        return Err(invalid(format!("updatePolicy.{other} is unknown: a group takes `instanceRefresh`")));
    }
    match refresh {
        None | Some(Json::Null | Json::Bool(false)) => Ok(None),
        Some(Json::Bool(true)) => Ok(Some(JsonMap::new())),
        Some(Json::Object(options)) => Ok(Some(options)),
        Some(_) => Err(invalid("updatePolicy.instanceRefresh is neither an object nor true or false")),
    }
}

fn preferences(options: &JsonMap) -> Result<RefreshPreferences> {
    let facts = Facts::of("AWS::AutoScaling::AutoScalingGroup");
    let known = facts.update_policies.iter().find(|(way, _)| *way == REFRESH).map_or(&[][..], |way| way.1);
    if let Some(unknown) = options.keys().find(|key| !known.contains(&key.as_str())) {
        let known = known.join(", ");
        return Err(invalid(format!("updatePolicy.instanceRefresh.{unknown} is unknown: there are {known}")));
    }
    let options = Shape(options);
    let percentages = options.strings_if_set("checkpointPercentages");
    let percentages = percentages.map(|list| list.iter().filter_map(|text| text.parse().ok()).collect());
    let alarms = options.strings_if_set("alarms");
    Ok(RefreshPreferences::builder()
        .set_min_healthy_percentage(options.i32("minHealthyPercentage"))
        .set_max_healthy_percentage(options.i32("maxHealthyPercentage"))
        .set_instance_warmup(options.i32("instanceWarmup"))
        .set_skip_matching(options.bool("skipMatching"))
        .set_auto_rollback(options.bool("autoRollback"))
        .set_checkpoint_percentages(percentages)
        .set_checkpoint_delay(options.i32("checkpointDelay"))
        .set_bake_time(options.i32("bakeTime"))
        .set_scale_in_protected_instances(
            options.str("scaleInProtectedInstances").map(ScaleInProtectedInstances::from),
        )
        .set_standby_instances(options.str("standbyInstances").map(StandbyInstances::from))
        .set_alarm_specification(
            alarms.map(|alarms| AlarmSpecification::builder().set_alarms(Some(alarms)).build()),
        )
        .build())
}

fn invalid(message: impl Into<String>) -> ProviderError {
    ProviderError::new(ErrorKind::Invalid, "autoscaling:StartInstanceRefresh", message)
}

/// Starts to roll; one that is under way to the same end is joined.
pub async fn start(
    client: &Client,
    refreshes: &Refreshes,
    request: &Update<'_>,
    preferences: RefreshPreferences,
) -> Result<()> {
    let group = &request.live.identifier;
    let desired = desired(request);
    let started = client
        .start_instance_refresh()
        .auto_scaling_group_name(group.as_str())
        .strategy(RefreshStrategy::Rolling)
        .set_desired_configuration(desired.clone())
        .preferences(preferences)
        .send()
        .await
        .map_err(|error| failed("autoscaling:StartInstanceRefresh")(error).referring().using_role());
    let refresh = match started {
        Ok(answer) => answer
            .instance_refresh_id
            .ok_or_else(|| missing("autoscaling:StartInstanceRefresh", "InstanceRefreshId"))?,
        Err(mut error) if error.code.starts_with("InstanceRefreshInProgress") => {
            error.kind = ErrorKind::InUse;
            running(client, group, desired.as_ref()).await?.ok_or(error)?
        }
        Err(error) => return Err(error),
    };
    refreshes.note(request.scope, group, refresh);
    Ok(())
}

/// What the group shall launch afterwards; none where only its subnets change.
fn desired(request: &Update<'_>) -> Option<DesiredConfiguration> {
    if !request.delta.touches_any(&CARRIED) {
        return None;
    }
    let wanted = Shape(request.properties);
    Some(
        DesiredConfiguration::builder()
            .set_launch_template(wanted.object("LaunchTemplate").map(mixed::write_template))
            .set_mixed_instances_policy(wanted.object("MixedInstancesPolicy").map(mixed::write))
            .build(),
    )
}

/// The refresh that is under way, if it leads to the same configuration.
async fn running(
    client: &Client,
    group: &Identifier,
    desired: Option<&DesiredConfiguration>,
) -> Result<Option<String>> {
    let call = client.describe_instance_refreshes().auto_scaling_group_name(group.as_str()).max_records(1);
    let found = call.send().await.map_err(failed("autoscaling:DescribeInstanceRefreshes"))?;
    let latest = found.instance_refreshes.unwrap_or_default().into_iter().next();
    let same = latest.filter(|refresh| is_same(refresh.desired_configuration(), desired));
    Ok(same.and_then(|refresh| refresh.instance_refresh_id))
}

/// Whether a refresh leads to what is desired; AWS adds to what was asked for the template's name and what a mix leaves
/// open.
fn is_same(live: Option<&DesiredConfiguration>, desired: Option<&DesiredConfiguration>) -> bool {
    let told = |configuration: &DesiredConfiguration| {
        Json::from(
            Writer::new()
                .put("LaunchTemplate", configuration.launch_template().map(mixed::read_template))
                .put("MixedInstancesPolicy", configuration.mixed_instances_policy().map(mixed::read)),
        )
    };
    match (live, desired) {
        (Some(live), Some(desired)) => holds(&told(live), &told(desired)),
        (live, desired) => live.is_none() && desired.is_none(),
    }
}

/// Whether all that was asked for is so.
fn holds(live: &Json, asked: &Json) -> bool {
    match (live, asked) {
        (Json::Object(live), Json::Object(asked)) => {
            asked.iter().all(|(name, asked)| live.get(name).is_some_and(|live| holds(live, asked)))
        }
        (Json::Array(live), Json::Array(asked)) => {
            live.len() == asked.len() && live.iter().zip(asked).all(|(live, asked)| holds(live, asked))
        }
        _ => live == asked,
    }
}

/// How far a refresh is.
pub enum Progress {
    /// It rolls.
    Running(String),
    /// All instances are new.
    Done,
    /// It ended otherwise.
    Failed(String),
}

/// How far a refresh is, in AWS's words.
pub async fn progress(client: &Client, group: &Identifier, refresh: &str) -> Result<Progress> {
    let call = client.describe_instance_refreshes().auto_scaling_group_name(group.as_str());
    let found = call.instance_refresh_ids(refresh).send().await;
    let found = found.map_err(failed("autoscaling:DescribeInstanceRefreshes"))?;
    Ok(found.instance_refreshes().first().map_or(Progress::Done, told))
}

fn told(refresh: &InstanceRefresh) -> Progress {
    let reason = refresh.status_reason().unwrap_or_default();
    let status = refresh.status().map_or("Unknown", InstanceRefreshStatus::as_str);
    let words = if reason.is_empty() { status.to_owned() } else { format!("{status}: {reason}") };
    match refresh.status() {
        Some(InstanceRefreshStatus::Successful) => Progress::Done,
        Some(
            InstanceRefreshStatus::Failed
            | InstanceRefreshStatus::Cancelled
            | InstanceRefreshStatus::RollbackFailed
            | InstanceRefreshStatus::RollbackSuccessful,
        ) => Progress::Failed(format!("instance refresh {words}")),
        _ => {
            let percent = refresh.percentage_complete().unwrap_or(0);
            Progress::Running(format!("instance refresh {percent}% complete, {words}"))
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::Value;
    use serde_json::json;

    fn lifecycle(policy: &Json) -> Lifecycle {
        Lifecycle { update_policy: Some(Value::from(policy)), ..Lifecycle::default() }
    }

    #[test]
    fn options_are_checked_by_name() {
        let known = json!({"instanceRefresh": {"minHealthyPercentage": 100, "instanceWarmup": "90"}});
        let options = options(&lifecycle(&known)).unwrap().unwrap();
        let preferences = preferences(&options).unwrap();
        assert_eq!(preferences.min_healthy_percentage(), Some(100));
        assert_eq!(preferences.instance_warmup(), Some(90));
        let misspelt = json!({"minHealthPercentage": 100});
        let error = super::preferences(misspelt.as_object().unwrap()).unwrap_err();
        assert!(error.message.contains("minHealthPercentage is unknown"), "{error}");
        assert!(super::options(&lifecycle(&json!({"rollingUpdate": {}}))).is_err());
        assert!(super::options(&lifecycle(&json!({"instanceRefresh": false}))).unwrap().is_none());
    }

    #[test]
    fn pauses_that_the_blueprint_asks_for_are_known() {
        let of = |refresh: Json| stillness(&lifecycle(&json!({"instanceRefresh": refresh}))).as_secs();
        assert_eq!(of(json!(true)), 0);
        assert_eq!(of(json!({"instanceWarmup": 90, "bakeTime": 600})), 690);
        assert_eq!(of(json!({"checkpointPercentages": [50, 100]})), 3600);
        assert_eq!(of(json!({"checkpointPercentages": [50, 100], "checkpointDelay": 60})), 60);
    }

    #[test]
    fn a_refresh_is_told_in_awss_words() {
        let refresh = |status, reason: &str| {
            InstanceRefresh::builder().status(status).status_reason(reason).percentage_complete(40).build()
        };
        let Progress::Running(words) = told(&refresh(InstanceRefreshStatus::InProgress, "")) else {
            panic!("it runs")
        };
        assert_eq!(words, "instance refresh 40% complete, InProgress");
        let Progress::Failed(words) = told(&refresh(InstanceRefreshStatus::Failed, "no capacity")) else {
            panic!("it failed")
        };
        assert_eq!(words, "instance refresh Failed: no capacity");
    }

    #[test]
    fn a_refresh_to_the_same_mix_is_joined() {
        let configuration = |mix: &Json| {
            let mix = mixed::write(Shape(mix.as_object().unwrap()));
            DesiredConfiguration::builder().mixed_instances_policy(mix).build()
        };
        let mix = |version: &str, template: &Json, distribution: &Json| {
            let mut template = template.clone();
            template["Version"] = version.into();
            configuration(&json!({"LaunchTemplate": {"LaunchTemplateSpecification": template},
                "InstancesDistribution": distribution}))
        };
        let by_id = json!({"LaunchTemplateId": "lt-1"});
        let (asked, other) = (mix("2", &by_id, &json!({})), mix("3", &by_id, &json!({})));
        let named = json!({"LaunchTemplateId": "lt-1", "LaunchTemplateName": "web"});
        let live = mix("2", &named, &json!({"OnDemandAllocationStrategy": "prioritized"}));
        assert!(is_same(Some(&live), Some(&asked)));
        assert!(!is_same(Some(&live), Some(&other)));
        assert!(!is_same(Some(&live), None));
    }
}
