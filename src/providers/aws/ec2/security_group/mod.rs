//! Security groups and their rules, inline ([`group`]) and standing alone ([`standalone`]).
//!
//! Both report all rules of an owned group, in the same words, so that the diff can tell which is which. What a rule
//! is, apart from its words, stands in [`rule`]; a group's own lists are changed in [`inline`], by [`calls`].

mod calls;
mod group;
mod inline;
mod rule;
mod standalone;

pub use group::SecurityGroup;
pub(super) use group::{TYPE, describe};
pub use standalone::SecurityGroupRule;
