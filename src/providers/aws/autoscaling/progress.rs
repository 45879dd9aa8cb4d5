//! When a group is ready: as many instances in service and healthy as it wants, and no refresh under way.

use aws_sdk_autoscaling::Client;
use aws_sdk_autoscaling::types::{Activity, AutoScalingGroup, LifecycleState, ScalingActivityStatusCode};

use super::super::failed;
use super::refresh::{self, Progress, Refreshes};
use crate::model::{Identifier, Scope, Status};
use crate::providers::Result;

/// How many activities are looked at for a reason.
const ACTIVITIES: i32 = 5;
/// So many failures in a row, and none under way, mean that waiting won't help.
const HOPELESS: usize = 5;

/// How far a group is.
pub async fn of(
    client: &Client,
    refreshes: &Refreshes,
    scope: &Scope,
    group: &AutoScalingGroup,
) -> Result<Status> {
    let name = Identifier::new(group.auto_scaling_group_name().unwrap_or_default());
    if let Some(id) = refreshes.of(scope, &name) {
        match refresh::progress(client, &name, &id).await? {
            Progress::Running(words) => return Ok(Status::Pending(words)),
            Progress::Failed(words) => {
                refreshes.forget(scope, &name);
                return Ok(Status::Failed(words));
            }
            Progress::Done => refreshes.forget(scope, &name),
        }
    }
    let (serving, wanted) = (serving(group), wanted(group));
    if serving >= wanted {
        return Ok(Status::Ready);
    }
    let activities = activities(client, name.as_str()).await?;
    Ok(told(&format!("{serving} of {wanted} instances in service"), &activities))
}

/// Instances in service and healthy; weighted ones count as much as they weigh.
fn serving(group: &AutoScalingGroup) -> i32 {
    let in_service = group.instances().iter().filter(|instance| {
        instance.lifecycle_state() == Some(&LifecycleState::InService)
            && instance.health_status().is_some_and(|health| health.eq_ignore_ascii_case("healthy"))
    });
    let weight = |text: Option<&str>| text.and_then(|text| text.parse().ok()).unwrap_or(1);
    in_service.map(|instance| weight(instance.weighted_capacity())).sum()
}

/// Capacity in virtual CPUs or memory can't be told from the instances alone: then one is enough.
fn wanted(group: &AutoScalingGroup) -> i32 {
    let capacity = group.desired_capacity().or(group.min_size()).unwrap_or(0);
    match group.desired_capacity_type() {
        Some("vcpu" | "memory-mib") => capacity.min(1),
        _ => capacity,
    }
}

async fn activities(client: &Client, group: &str) -> Result<Vec<Activity>> {
    let call = client.describe_scaling_activities().auto_scaling_group_name(group).max_records(ACTIVITIES);
    let found = call.send().await.map_err(failed("autoscaling:DescribeScalingActivities"))?;
    Ok(found.activities.unwrap_or_default())
}

/// The count, and the latest failure as its reason; newest activity first.
fn told(count: &str, activities: &[Activity]) -> Status {
    let has_failed =
        |activity: &&Activity| activity.status_code() == Some(&ScalingActivityStatusCode::Failed);
    let failures: Vec<&Activity> = activities.iter().take_while(has_failed).collect();
    let Some(latest) = failures.first() else { return Status::Pending(count.to_owned()) };
    let reason = latest.status_message().or(latest.description()).unwrap_or("a launch failed");
    let words = format!("{count}: {reason}");
    if failures.len() >= HOPELESS { Status::Failed(words) } else { Status::Pending(words) }
}

#[cfg(test)]
mod tests {
    use super::*;
    use aws_sdk_autoscaling::types::Instance;

    fn activity(code: ScalingActivityStatusCode) -> Activity {
        Activity::builder().status_code(code).status_message("no such image").build()
    }

    #[test]
    fn instances_count_when_they_serve() {
        let instance =
            |state, health: &str| Instance::builder().lifecycle_state(state).health_status(health).build();
        let group = AutoScalingGroup::builder()
            .desired_capacity(3)
            .instances(instance(LifecycleState::InService, "Healthy"))
            .instances(instance(LifecycleState::InService, "Unhealthy"))
            .instances(instance(LifecycleState::Pending, "Healthy"))
            .build();
        assert_eq!((serving(&group), wanted(&group)), (1, 3));
    }

    #[test]
    fn failures_give_the_reason_and_end_the_wait() {
        use ScalingActivityStatusCode::{Failed, InProgress};
        let count = "0 of 2 instances in service";
        assert_eq!(told(count, &[activity(InProgress)]), Status::Pending(count.to_owned()));
        let reason = format!("{count}: no such image");
        assert_eq!(told(count, &[activity(Failed), activity(InProgress)]), Status::Pending(reason.clone()));
        assert_eq!(told(count, &vec![activity(Failed); HOPELESS]), Status::Failed(reason));
    }
}
