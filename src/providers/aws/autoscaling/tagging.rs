//! The tags of Auto Scaling groups.
//!
//! CloudFormation's tags of this type have a third member, `PropagateAtLaunch`. Here the key decides: stackctl's own
//! tags stay on the group, since an instance that carried them would claim to be the group; all others are handed
//! on to the instances that it launches, which is what tags for cost and search are for.

use aws_sdk_autoscaling::Client;
use aws_sdk_autoscaling::types::{Tag, TagDescription};

use super::super::failed;
use super::super::tags::{self, Tags};
use crate::model::TAG_PREFIX;
use crate::providers::{Delta, Result};

const KIND: &str = "auto-scaling-group";

/// Tags for a create or a change.
pub fn sdk_tags(group: &str, tags: &Tags) -> Vec<Tag> {
    tags.iter().map(|(key, value)| tag(group, key).set_value(Some(value.clone())).build()).collect()
}

fn tag(group: &str, key: &str) -> aws_sdk_autoscaling::types::builders::TagBuilder {
    Tag::builder()
        .resource_id(group)
        .resource_type(KIND)
        .key(key)
        .propagate_at_launch(!key.starts_with(TAG_PREFIX))
}

/// Tags as a live group has them.
pub fn read(found: &[TagDescription]) -> Tags {
    tags::collect(found.iter().map(|tag| (tag.key(), tag.value())))
}

/// Writes and removes what differs: at most one call each.
pub async fn update(client: &Client, group: &str, delta: &Delta) -> Result<()> {
    if !delta.tags_set.is_empty() {
        let tags = sdk_tags(group, &delta.tags_set);
        let tagged = client.create_or_update_tags().set_tags(Some(tags)).send().await;
        tagged.map_err(failed("autoscaling:CreateOrUpdateTags"))?;
    }
    if !delta.tags_removed.is_empty() {
        let gone = delta.tags_removed.iter().map(|key| tag(group, key).build()).collect();
        let removed = client.delete_tags().set_tags(Some(gone)).send().await;
        removed.map_err(failed("autoscaling:DeleteTags"))?;
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::TAG_STACK;

    #[test]
    fn instances_do_not_claim_to_be_the_group() {
        let tags =
            Tags::from([(TAG_STACK.to_owned(), "shop".to_owned()), ("team".to_owned(), "web".to_owned())]);
        let handed_on = |key: &str| {
            let tags = sdk_tags("web", &tags);
            tags.iter().find(|tag| tag.key() == Some(key)).and_then(Tag::propagate_at_launch)
        };
        assert_eq!(handed_on(TAG_STACK), Some(false));
        assert_eq!(handed_on("team"), Some(true));
    }
}
