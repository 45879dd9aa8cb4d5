//! Priorities are unique in a listener. Where a blueprint moves rules around, one of them finds its place still taken by
//! another of the stack's, which is about to move or to go: the two change places in one call.

use std::collections::BTreeSet;

use aws_sdk_elasticloadbalancingv2::Client;
use aws_sdk_elasticloadbalancingv2::types::{Rule, RulePriorityPair};

use super::super::failed;
use super::super::tags::{self, Tags};
use crate::model::{Ownership, StackName};
use crate::providers::{ErrorKind, ProviderError, Result};

/// The highest priority there is.
const LAST: i32 = 50_000;

/// A rule's priority; none for the default rule.
pub fn priority(rule: &Rule) -> Option<i32> {
    rule.priority()?.parse().ok()
}

/// Whether a call failed because the priority is another rule's.
pub fn is_taken(error: &ProviderError) -> bool {
    error.code == "PriorityInUse"
}

/// Sets priorities, all at once.
pub async fn set(client: &Client, priorities: &[(&str, i32)]) -> Result<()> {
    let pair = |(arn, priority): &(&str, i32)| {
        RulePriorityPair::builder().rule_arn(*arn).priority(*priority).build()
    };
    let pairs = priorities.iter().map(pair).collect();
    let call = client.set_rule_priorities().set_rule_priorities(Some(pairs));
    call.send().await.map(drop).map_err(failed("elasticloadbalancing:SetRulePriorities"))
}

/// Moves a rule from one place to another that is taken: who sits there gets the old place.
pub async fn swap(
    client: &Client,
    stack: &StackName,
    rules: &[(Rule, Tags)],
    rule: &str,
    (from, to): (i32, i32),
    taken: ProviderError,
) -> Result<()> {
    let occupant = occupant(stack, rules, to, taken)?;
    set(client, &[(rule, to), (&occupant, from)]).await
}

/// Frees a place for a new rule: who sits there moves to the next free one, until its own change comes.
pub async fn make_room(
    client: &Client,
    stack: &StackName,
    rules: &[(Rule, Tags)],
    place: i32,
    taken: ProviderError,
) -> Result<()> {
    let free = next_free(rules.iter().filter_map(|(rule, _)| priority(rule)), place);
    let occupant = occupant(stack, rules, place, taken.clone())?;
    let Some(free) = free else { return Err(taken) };
    set(client, &[(&occupant, free)]).await
}

/// The ARN of the stack's rule in a place; an error if the rule there is another's.
fn occupant(
    stack: &StackName,
    rules: &[(Rule, Tags)],
    place: i32,
    mut taken: ProviderError,
) -> Result<String> {
    let found = rules.iter().find(|(rule, _)| priority(rule) == Some(place));
    let ours = found.filter(|(_, tags)| tags::ownership(tags, stack) != Ownership::Foreign);
    let Some(arn) = ours.and_then(|(rule, _)| rule.rule_arn()) else {
        taken.kind = ErrorKind::AlreadyExists;
        taken.message =
            format!("priority {place} belongs to a rule that is not this stack's: take another one");
        return Err(taken);
    };
    Ok(arn.to_owned())
}

fn next_free(taken: impl Iterator<Item = i32>, after: i32) -> Option<i32> {
    let taken: BTreeSet<i32> = taken.collect();
    (after + 1..=LAST).find(|place| !taken.contains(place))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_next_free_place_is_found() {
        assert_eq!(next_free([1, 2, 3, 5].into_iter(), 2), Some(4));
        assert_eq!(next_free([LAST].into_iter(), LAST - 1), None);
    }

    #[test]
    fn a_place_of_another_is_refused() {
        let rule = Rule::builder().rule_arn("arn:rule").priority("7").build();
        let mut taken = ProviderError::new(ErrorKind::InUse, "elasticloadbalancing:CreateRule", "in use");
        taken.code = "PriorityInUse".to_owned();
        let error = occupant(&StackName::new("shop"), &[(rule, Tags::new())], 7, taken).unwrap_err();
        assert_eq!(error.kind, ErrorKind::AlreadyExists);
    }
}
