//! What sends a group traffic: target groups, classic load balancers, other traffic sources. Each is attached and detached
//! by calls of its own, at most ten a call.

use aws_sdk_autoscaling::Client;
use aws_sdk_autoscaling::types::TrafficSourceIdentifier;

use super::super::change::Membership;
use super::super::error::gone_is_fine;
use super::super::{Shape, failed};
use super::absent;
use super::group_settings::source;
use crate::providers::{Result, Update};

/// The most that one call attaches or detaches.
const BATCH: usize = 10;

/// Brings all three to what is desired.
pub async fn update(client: &Client, request: &Update<'_>, group: &str) -> Result<()> {
    if request.delta.touches("TargetGroupARNs") {
        set_target_groups(client, group, &Membership::of(request, "TargetGroupARNs")).await?;
    }
    if request.delta.touches("LoadBalancerNames") {
        set_balancers(client, group, &Membership::of(request, "LoadBalancerNames")).await?;
    }
    if request.delta.touches("TrafficSources") {
        set_sources(client, group, request).await?;
    }
    Ok(())
}

async fn set_target_groups(client: &Client, group: &str, change: &Membership) -> Result<()> {
    for batch in change.added.chunks(BATCH) {
        let call = client.attach_load_balancer_target_groups().auto_scaling_group_name(group);
        let done = call.set_target_group_arns(Some(batch.to_vec())).send().await;
        done.map_err(|error| failed("autoscaling:AttachLoadBalancerTargetGroups")(error).referring())?;
    }
    for batch in change.removed.chunks(BATCH) {
        let call = client.detach_load_balancer_target_groups().auto_scaling_group_name(group);
        let done = call.set_target_group_arns(Some(batch.to_vec())).send().await;
        let done = done.map_err(failed("autoscaling:DetachLoadBalancerTargetGroups"));
        gone_is_fine(done.map_err(absent))?;
    }
    Ok(())
}

async fn set_balancers(client: &Client, group: &str, change: &Membership) -> Result<()> {
    for batch in change.added.chunks(BATCH) {
        let call = client.attach_load_balancers().auto_scaling_group_name(group);
        let done = call.set_load_balancer_names(Some(batch.to_vec())).send().await;
        done.map_err(|error| failed("autoscaling:AttachLoadBalancers")(error).referring())?;
    }
    for batch in change.removed.chunks(BATCH) {
        let call = client.detach_load_balancers().auto_scaling_group_name(group);
        let done = call.set_load_balancer_names(Some(batch.to_vec())).send().await;
        gone_is_fine(done.map_err(failed("autoscaling:DetachLoadBalancers")).map_err(absent))?;
    }
    Ok(())
}

async fn set_sources(client: &Client, group: &str, request: &Update<'_>) -> Result<()> {
    let desired = sources(Shape(request.properties));
    let live = sources(Shape(&request.live.properties));
    let without = |list: &[TrafficSourceIdentifier], other: &[TrafficSourceIdentifier]| {
        let only = list.iter().filter(|one| !other.iter().any(|two| two.identifier() == one.identifier()));
        only.cloned().collect::<Vec<_>>()
    };
    for batch in without(&desired, &live).chunks(BATCH) {
        let call = client.attach_traffic_sources().auto_scaling_group_name(group);
        let done = call.set_traffic_sources(Some(batch.to_vec())).send().await;
        done.map_err(|error| failed("autoscaling:AttachTrafficSources")(error).referring())?;
    }
    for batch in without(&live, &desired).chunks(BATCH) {
        let call = client.detach_traffic_sources().auto_scaling_group_name(group);
        let done = call.set_traffic_sources(Some(batch.to_vec())).send().await;
        gone_is_fine(done.map_err(failed("autoscaling:DetachTrafficSources")).map_err(absent))?;
    }
    Ok(())
}

fn sources(properties: Shape<'_>) -> Vec<TrafficSourceIdentifier> {
    properties.objects("TrafficSources").into_iter().map(source).collect()
}
