//! The targets that a blueprint registers in a target group by itself.
//!
//! They are read only where a blueprint names some, or did: what an Auto Scaling group registers is not the
//! blueprint's.

use std::collections::BTreeSet;

use aws_sdk_elasticloadbalancingv2::Client;
use aws_sdk_elasticloadbalancingv2::types::{TargetDescription, TargetHealth, TargetHealthStateEnum};

use super::super::{Shape, Writer, failed};
use crate::model::Json;
use crate::providers::{Result, Update};

/// The property.
pub const PROPERTY: &str = "Targets";

/// What tells one registration from another.
type Key = (String, Option<i32>, Option<String>);

/// The targets of a group as a live resource has them.
pub async fn read(client: &Client, group: &str) -> Result<Vec<Json>> {
    let answer = client.describe_target_health().target_group_arn(group).send().await;
    let answer = answer.map_err(failed("elasticloadbalancing:DescribeTargetHealth"))?;
    let leaving = |health: Option<&TargetHealth>| {
        let state = health.and_then(TargetHealth::state);
        matches!(state, Some(TargetHealthStateEnum::Draining | TargetHealthStateEnum::UnhealthyDraining))
    };
    let staying = answer.target_health_descriptions().iter().filter(|found| !leaving(found.target_health()));
    Ok(staying.filter_map(|found| found.target()).map(|target| read_one(target).into()).collect())
}

fn read_one(target: &TargetDescription) -> Writer {
    Writer::new()
        .put("Id", target.id())
        .put("Port", target.port())
        .put("AvailabilityZone", target.availability_zone())
        .put("QuicServerId", target.quic_server_id())
}

/// Registers the targets that properties name.
pub async fn register(client: &Client, group: &str, targets: &[Shape<'_>]) -> Result<()> {
    if targets.is_empty() {
        return Ok(());
    }
    let targets = targets.iter().map(|target| write(*target)).collect();
    let call = client.register_targets().target_group_arn(group).set_targets(Some(targets));
    call.send()
        .await
        .map(drop)
        .map_err(|error| failed("elasticloadbalancing:RegisterTargets")(error).referring())
}

/// Registers those that were added and deregisters those that were taken out.
pub async fn update(client: &Client, group: &str, request: &Update<'_>) -> Result<()> {
    let desired = Shape(request.properties).objects(PROPERTY);
    let live = Shape(&request.live.properties).objects(PROPERTY);
    let keys: BTreeSet<Key> = desired.iter().filter_map(|target| key(*target)).collect();
    // A target's port defaults to the group's, so one that is asked for without a port matches any.
    let kept = |target: &Shape<'_>| {
        key(*target).is_none_or(|(id, port, zone)| {
            keys.contains(&(id.clone(), port, zone.clone()))
                || keys.iter().any(|other| other.0 == id && other.1.is_none_or(|p| Some(p) == port))
        })
    };
    register(client, group, &desired).await?;
    let gone: Vec<_> = live.iter().filter(|target| !kept(target)).map(|target| write(*target)).collect();
    if gone.is_empty() {
        return Ok(());
    }
    let call = client.deregister_targets().target_group_arn(group).set_targets(Some(gone));
    call.send().await.map(drop).map_err(failed("elasticloadbalancing:DeregisterTargets"))
}

fn key(target: Shape<'_>) -> Option<Key> {
    Some((target.text("Id")?, target.i32("Port"), target.text("AvailabilityZone")))
}

fn write(target: Shape<'_>) -> TargetDescription {
    TargetDescription::builder()
        .set_id(target.text("Id"))
        .set_port(target.i32("Port"))
        .set_availability_zone(target.text("AvailabilityZone"))
        .set_quic_server_id(target.text("QuicServerId"))
        .build()
}
