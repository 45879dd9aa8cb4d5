//! Elastic Load Balancing v2: application, network and gateway load balancers.
//!
//! The describe calls leave tags out, so each handler reads all of its type (or all under an owned parent), keeps the
//! candidates and reads their tags, 20 a call. Attributes are a call for each resource, since the API has no other way;
//! it is made only where a blueprint sets some, or did.

mod action_auth;
mod actions;
mod arn;
mod attributes;
mod conditions;
mod listener;
mod listener_rule;
mod load_balancer;
mod load_balancer_shape;
mod rule_priority;
mod tagging;
mod target_group;
mod target_group_shape;
mod targets;
mod transforms;

use std::future::Future;

use futures::{StreamExt, TryStreamExt, stream};

use crate::providers::Result;

pub use listener::Listener;
pub use listener_rule::ListenerRule;
pub use load_balancer::LoadBalancer;
pub use target_group::TargetGroup;

/// The word that calls are signed for.
const SERVICE: &str = "elasticloadbalancing";

/// The most load balancers, target groups or listeners on a page.
const PAGE: i32 = 400;

/// Calls at the same time, where the API takes one resource a call.
const AT_ONCE: usize = 4;

/// Makes calls a few at a time; their answers in order.
async fn each<T, F: Future<Output = Result<T>>>(calls: impl IntoIterator<Item = F>) -> Result<Vec<T>> {
    let calls: Vec<F> = calls.into_iter().collect();
    stream::iter(calls).buffered(AT_ONCE).try_collect().await
}
