//! A bucket's tags: S3 writes all of them at once.

use aws_sdk_s3::Client;
use aws_sdk_s3::types::{Tag, Tagging};

use super::super::error::unbuilt;
use super::super::tags::{self, Tags};
use super::{failed, optional};
use crate::providers::{Delta, Result};

const PUT: &str = "s3:PutBucketTagging";

/// The tags in the form that `CreateBucket` and `PutBucketTagging` take.
pub fn sdk_tags(tags: &Tags) -> Result<Vec<Tag>> {
    tags.iter()
        .map(|(key, value)| Tag::builder().key(key).value(value).build().map_err(unbuilt(PUT)))
        .collect()
}

/// A bucket's tags, or `None` where there is no such bucket.
pub async fn read(client: &Client, bucket: &str) -> Result<Option<Tags>> {
    Ok(raw(client, bucket)
        .await?
        .map(|found| tags::collect(found.iter().map(|tag| (Some(tag.key()), Some(tag.value()))))))
}

async fn raw(client: &Client, bucket: &str) -> Result<Option<Vec<Tag>>> {
    let answer =
        client.get_bucket_tagging().bucket(bucket).send().await.map_err(failed("s3:GetBucketTagging"));
    match answer {
        Err(error) if error.code == "NoSuchTagSet" => Ok(Some(Vec::new())),
        answer => Ok(optional(answer)?.map(|answer| answer.tag_set)),
    }
}

/// Writes all tags.
pub async fn write(client: &Client, bucket: &str, tags: Vec<Tag>) -> Result<()> {
    let tagging = Tagging::builder().set_tag_set(Some(tags)).build().map_err(unbuilt(PUT))?;
    client.put_bucket_tagging().bucket(bucket).tagging(tagging).send().await.map(drop).map_err(failed(PUT))
}

/// Writes and removes what differs; AWS's own tags have to be among those written.
pub async fn update(client: &Client, bucket: &str, delta: &Delta) -> Result<()> {
    if !delta.touches_tags() {
        return Ok(());
    }
    let mut all = raw(client, bucket).await?.unwrap_or_default();
    let changes =
        |key: &str| delta.tags_set.contains_key(key) || delta.tags_removed.iter().any(|gone| gone == key);
    all.retain(|tag| !changes(tag.key()));
    all.extend(sdk_tags(&delta.tags_set)?);
    write(client, bucket, all).await
}
