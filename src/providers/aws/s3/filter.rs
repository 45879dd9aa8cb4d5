//! Tag filters, which lifecycle, replication and tiering rules share.

use aws_sdk_s3::types::Tag;
use serde_json::json;

use super::super::Shape;
use super::super::error::unbuilt;
use crate::model::Json;
use crate::providers::Result;

/// `{Key, Value}` objects as tags.
pub fn tags(filters: &[Shape<'_>]) -> Result<Vec<Tag>> {
    filters.iter().map(|filter| tag(*filter)).collect()
}

/// One `{Key, Value}` object as a tag.
pub fn tag(filter: Shape<'_>) -> Result<Tag> {
    Tag::builder()
        .set_key(filter.text("Key"))
        .set_value(filter.text("Value"))
        .build()
        .map_err(unbuilt("s3:PutBucketConfiguration"))
}

/// Tags as `{Key, Value}` objects.
pub fn shape<'a>(tags: impl IntoIterator<Item = &'a Tag>) -> Vec<Json> {
    tags.into_iter().map(|tag| json!({"Key": tag.key(), "Value": tag.value()})).collect()
}
