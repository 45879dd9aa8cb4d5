//! The service's tags: read 20 resources a call, written and removed by ARN.

use std::collections::HashMap;

use aws_sdk_elasticloadbalancingv2::Client;
use aws_sdk_elasticloadbalancingv2::types::Tag;

use super::super::failed;
use super::super::tags::{self, Tags};
use super::each;
use crate::providers::{Delta, ErrorKind, Result};

/// The most resources that `DescribeTags` takes.
const BATCH: usize = 20;

/// Tags by ARN; what went away since it was listed is left out.
pub async fn of(client: &Client, arns: &[&str]) -> Result<HashMap<String, Tags>> {
    let batches = each(arns.chunks(BATCH).map(|batch| describe(client, batch))).await?;
    Ok(batches.into_iter().flatten().collect())
}

/// One that is gone fails its whole batch; the others are then asked for one by one.
async fn describe(client: &Client, arns: &[&str]) -> Result<Vec<(String, Tags)>> {
    match describe_all(client, arns).await {
        Err(error) if error.kind == ErrorKind::NotFound && arns.len() > 1 => {
            let singly = each(arns.chunks(1).map(|one| async move {
                match describe_all(client, one).await {
                    Err(error) if error.kind == ErrorKind::NotFound => Ok(Vec::new()),
                    answer => answer,
                }
            }));
            Ok(singly.await?.concat())
        }
        Err(error) if error.kind == ErrorKind::NotFound => Ok(Vec::new()),
        answer => answer,
    }
}

async fn describe_all(client: &Client, arns: &[&str]) -> Result<Vec<(String, Tags)>> {
    let arns = arns.iter().map(ToString::to_string).collect();
    let answer = client.describe_tags().set_resource_arns(Some(arns)).send().await;
    let answer = answer.map_err(failed("elasticloadbalancing:DescribeTags"))?;
    let descriptions = answer.tag_descriptions.unwrap_or_default();
    Ok(descriptions
        .into_iter()
        .filter_map(|found| Some((found.resource_arn?, read(&found.tags.unwrap_or_default()))))
        .collect())
}

fn read(found: &[Tag]) -> Tags {
    tags::collect(found.iter().map(|tag| (tag.key(), tag.value())))
}

/// Tags for a create or a change.
pub fn sdk_tags(tags: &Tags) -> Vec<Tag> {
    tags.iter().map(|(key, value)| Tag::builder().key(key).value(value).build()).collect()
}

/// Writes and removes what differs: at most one call each.
pub async fn update(client: &Client, arn: &str, delta: &Delta) -> Result<()> {
    if !delta.tags_set.is_empty() {
        let tagged = client.add_tags().resource_arns(arn).set_tags(Some(sdk_tags(&delta.tags_set)));
        tagged.send().await.map_err(failed("elasticloadbalancing:AddTags"))?;
    }
    if !delta.tags_removed.is_empty() {
        let gone = client.remove_tags().resource_arns(arn).set_tag_keys(Some(delta.tags_removed.clone()));
        gone.send().await.map_err(failed("elasticloadbalancing:RemoveTags"))?;
    }
    Ok(())
}
