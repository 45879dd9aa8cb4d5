//! Elastic Load Balancing v2: application, network and gateway load balancers.
//!
//! The describe calls leave tags out, so each handler reads all of its type (or all under an owned parent), keeps the
//! candidates and reads their tags, 20 a call. Attributes are one call for each load balancer or target group of the
//! stack: the API has no other way.

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

pub use listener::Listener;
pub use listener_rule::ListenerRule;
pub use load_balancer::LoadBalancer;
pub use target_group::TargetGroup;

/// The word that calls are signed for.
const SERVICE: &str = "elasticloadbalancing";

/// The most load balancers, target groups or listeners on a page.
const PAGE: i32 = 400;
