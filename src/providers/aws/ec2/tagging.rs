//! EC2's tags: filters, tag specifications on create, and changes.

use aws_sdk_ec2::Client;
use aws_sdk_ec2::types::{Filter, ResourceType as TaggedKind, Tag, TagSpecification};

use super::super::{failed, tags, tags::Tags};
use crate::model::{Identifier, StackName, TAG_STACK};
use crate::providers::{Delta, Query, Result};

/// Everything that the stack owns.
pub fn owned(stack: &StackName) -> Filter {
    filter(&format!("tag:{TAG_STACK}"), [stack.as_str().to_owned()])
}

/// A filter by name and values.
pub fn filter(name: &str, values: impl IntoIterator<Item = String>) -> Filter {
    Filter::builder().name(name).set_values(Some(values.into_iter().collect())).build()
}

/// The filters of a bulk read: what the stack owns and, where something is adopted, that too (EC2 joins filters by
/// "and", so it is a call of its own). `id_filter` is the API's name for the physical id (`vpc-id`).
pub fn reads(query: &Query<'_>, id_filter: &str) -> Vec<Filter> {
    let adopted: Vec<_> =
        query.wanted.iter().filter_map(|wanted| wanted.adopt.as_ref().map(Identifier::to_string)).collect();
    let mut filters = vec![owned(query.stack)];
    if !adopted.is_empty() {
        filters.push(filter(id_filter, adopted));
    }
    filters
}

/// Tags on create, in the same call.
pub fn specification(kind: TaggedKind, tags: &Tags) -> TagSpecification {
    TagSpecification::builder().resource_type(kind).set_tags(Some(sdk_tags(tags))).build()
}

/// Tags as a live resource has them.
pub fn read(found: &[Tag]) -> Tags {
    tags::collect(found.iter().map(|tag| (tag.key(), tag.value())))
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
