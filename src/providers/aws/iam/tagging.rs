//! IAM's tags in the SDK's form.

use aws_sdk_iam::types::Tag;

use super::super::tags::{self, Tags};

/// Tags for a create or a change.
pub fn sdk_tags(tags: &Tags) -> Vec<Tag> {
    // `build` fails only where key or value is unset; both are set here.
    tags.iter().filter_map(|(key, value)| Tag::builder().key(key).value(value).build().ok()).collect()
}

/// Tags as a live resource has them.
pub fn read(found: &[Tag]) -> Tags {
    tags::collect(found.iter().map(|tag| (Some(tag.key()), Some(tag.value()))))
}
