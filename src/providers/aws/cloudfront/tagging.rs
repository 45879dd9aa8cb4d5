//! Tags of distributions.

use aws_sdk_cloudfront::Client;
use aws_sdk_cloudfront::types::{Tag, TagKeys, Tags as SdkTags};

use super::super::error::unbuilt;
use super::super::failed;
use super::super::tags::{self, Tags};
use crate::providers::{Delta, Result};

const WRITE: &str = "cloudfront:TagResource";

/// In the form that creates and changes take.
pub fn sdk(tags: &Tags) -> Result<SdkTags> {
    let items =
        tags.iter().map(|(key, value)| Tag::builder().key(key).value(value).build().map_err(unbuilt(WRITE)));
    Ok(SdkTags::builder().set_items(Some(items.collect::<Result<_>>()?)).build())
}

/// The tags of one distribution; the API has no call for several.
pub async fn read(client: &Client, arn: &str) -> Result<Tags> {
    let answer = client
        .list_tags_for_resource()
        .resource(arn)
        .send()
        .await
        .map_err(failed("cloudfront:ListTagsForResource"))?;
    let items = answer.tags.and_then(|tags| tags.items).unwrap_or_default();
    Ok(tags::collect(items.iter().map(|tag| (Some(tag.key()), tag.value()))))
}

/// Writes and removes what differs: at most one call each.
pub async fn update(client: &Client, arn: &str, delta: &Delta) -> Result<()> {
    if !delta.tags_set.is_empty() {
        let call = client.tag_resource().resource(arn).tags(sdk(&delta.tags_set)?);
        call.send().await.map_err(failed(WRITE))?;
    }
    if !delta.tags_removed.is_empty() {
        let keys = TagKeys::builder().set_items(Some(delta.tags_removed.clone())).build();
        let call = client.untag_resource().resource(arn).tag_keys(keys);
        call.send().await.map_err(failed("cloudfront:UntagResource"))?;
    }
    Ok(())
}
