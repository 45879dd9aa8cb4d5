//! ElastiCache's tags: by ARN, one resource a call.

use std::collections::HashMap;

use aws_sdk_elasticache::Client;
use aws_sdk_elasticache::types::Tag;
use futures::{StreamExt, TryStreamExt, stream};

use super::super::identity::is_ours;
use super::super::tags::{self, Tags};
use super::super::{failed, missing};
use crate::model::Identifier;
use crate::providers::{Create, Delta, ErrorKind, ProviderError, Query, Result};

/// Reads at the same time.
const CALLS: usize = 8;

/// Tags for a create or a change.
pub fn sdk_tags(tags: &Tags) -> Vec<Tag> {
    tags.iter().map(|(key, value)| Tag::builder().key(key).value(value).build()).collect()
}

/// The tags of candidates, by ARN. ElastiCache refuses to tell those of a group that is not `available`; then the
/// tag search's word stands in.
pub async fn read(client: &Client, query: &Query<'_>, arns: Vec<String>) -> Result<HashMap<String, Tags>> {
    let found: Vec<Option<(String, Tags)>> = stream::iter(arns)
        .map(async |arn| match of(client, &arn).await {
            Ok(tags) => Ok(Some((arn, tags))),
            Err(error) if error.kind == ErrorKind::NotFound => Ok(None),
            Err(error) if error.kind == ErrorKind::InUse => {
                let hit = query.tagged.iter().find(|hit| hit.arn == arn);
                hit.map(|hit| Some((arn, hit.tags.clone()))).ok_or(error)
            }
            Err(error) => Err(error),
        })
        .buffered(CALLS)
        .try_collect()
        .await?;
    Ok(found.into_iter().flatten().collect())
}

/// The tags of one resource.
pub async fn of(client: &Client, arn: &str) -> Result<Tags> {
    let call = client.list_tags_for_resource().resource_name(arn).send();
    let answer = call.await.map_err(failed("elasticache:ListTagsForResource"))?;
    Ok(tags::collect(answer.tag_list().iter().map(|tag| (tag.key(), tag.value()))))
}

/// What a create found under its name: the first attempt of the same create, or somebody's.
pub async fn first_attempt(
    client: &Client,
    request: &Create<'_>,
    name: &str,
    arn: Option<String>,
    exists: ProviderError,
) -> Result<Identifier> {
    let Some(arn) = arn else { return Err(exists) };
    let tags = of(client, &arn).await?;
    if is_ours(&tags, request.stack, request.address) { Ok(Identifier::new(name)) } else { Err(exists) }
}

/// Writes and removes what differs: at most one call each.
pub async fn update(client: &Client, arn: Option<&str>, delta: &Delta) -> Result<()> {
    const ADD: &str = "elasticache:AddTagsToResource";
    let arn = arn.ok_or_else(|| missing(ADD, "ARN"))?;
    if !delta.tags_set.is_empty() {
        let tags = Some(sdk_tags(&delta.tags_set));
        client.add_tags_to_resource().resource_name(arn).set_tags(tags).send().await.map_err(failed(ADD))?;
    }
    if !delta.tags_removed.is_empty() {
        let keys = Some(delta.tags_removed.clone());
        let call = client.remove_tags_from_resource().resource_name(arn).set_tag_keys(keys).send();
        call.await.map_err(failed("elasticache:RemoveTagsFromResource"))?;
    }
    Ok(())
}
