//! EC2's tags: filters, tag specifications on create, and changes.

use aws_sdk_ec2::Client;
use aws_sdk_ec2::types::{Filter, ResourceType as TaggedKind, Tag, TagSpecification};

use super::super::{failed, tags, tags::Tags};
use crate::model::{Address, Ownership, StackName, TAG_STACK};
use crate::providers::{Delta, Result};

/// Values that one filter takes (Amazon EC2 API Reference, "List and filter").
const MAX_VALUES: usize = 200;

/// Everything that the stack owns.
pub fn owned(stack: &StackName) -> Filter {
    filter(&format!("tag:{TAG_STACK}"), [stack.as_str().to_owned()])
}

/// A filter by name and values.
pub fn filter(name: &str, values: impl IntoIterator<Item = String>) -> Filter {
    Filter::builder().name(name).set_values(Some(values.into_iter().collect())).build()
}

/// Filters by any number of values, in batches that EC2 takes; none where there is no value. EC2 joins the filters of a
/// call by "and", so each is for a call of its own.
pub fn by_values(name: &str, values: impl IntoIterator<Item = String>) -> Vec<Filter> {
    let mut values: Vec<String> = values.into_iter().collect();
    values.sort_unstable();
    values.dedup();
    values.chunks(MAX_VALUES).map(|batch| filter(name, batch.to_vec())).collect()
}

/// Tags on create, in the same call.
pub fn specification(kind: TaggedKind, tags: &Tags) -> TagSpecification {
    TagSpecification::builder().resource_type(kind).set_tags(Some(sdk_tags(tags))).build()
}

/// Tags as a live resource has them.
pub fn read(found: &[Tag]) -> Tags {
    tags::collect(found.iter().map(|tag| (tag.key(), tag.value())))
}

/// Whether tags say that a resource is this stack's at this address: a create that finds it has found its own first
/// attempt.
pub fn is_ours(found: &[Tag], stack: &StackName, address: &Address) -> bool {
    tags::ownership(&read(found), stack) == Ownership::Tagged(address.clone())
}

/// Writes and removes what differs: at most one call each.
pub async fn update(client: &Client, id: &str, delta: &Delta) -> Result<()> {
    if !delta.tags_set.is_empty() {
        client
            .create_tags()
            .resources(id)
            .set_tags(Some(sdk_tags(&delta.tags_set)))
            .send()
            .await
            .map_err(failed("ec2:CreateTags"))?;
    }
    if !delta.tags_removed.is_empty() {
        let gone = delta.tags_removed.iter().map(|key| Tag::builder().key(key).build()).collect();
        client
            .delete_tags()
            .resources(id)
            .set_tags(Some(gone))
            .send()
            .await
            .map_err(failed("ec2:DeleteTags"))?;
    }
    Ok(())
}

fn sdk_tags(tags: &Tags) -> Vec<Tag> {
    tags.iter().map(|(key, value)| Tag::builder().key(key).value(value).build()).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn many_values_become_several_filters() {
        let filters = by_values("subnet-id", (0..450).map(|n| format!("subnet-{n:03}")));
        let sizes: Vec<_> = filters.iter().map(|filter| filter.values().len()).collect();
        assert_eq!(sizes, [200, 200, 50]);
        assert!(by_values("subnet-id", []).is_empty());
    }

    #[test]
    fn the_same_value_is_asked_for_once() {
        let filters = by_values("group-id", ["sg-1", "sg-2", "sg-1"].map(str::to_owned));
        assert_eq!(filters[0].values(), ["sg-1", "sg-2"]);
    }
}
