//! Tags of zones and health checks.

use std::collections::HashMap;

use aws_sdk_route53::Client;
use aws_sdk_route53::types::{ResourceTagSet, Tag, TagResourceType};
use futures::future::try_join_all;
use futures::{StreamExt, TryStreamExt, stream};

use super::super::{failed, tags, tags::Tags};
use crate::providers::{Delta, ErrorKind, ProviderError, Result};

/// The most ids of one `ListTagsForResources` and the most tags of one `ChangeTagsForResource`.
const BATCH: usize = 10;
/// Batches at the same time; the whole service takes five calls a second.
const CALLS: usize = 2;

/// The tags of all these, ten a call.
pub async fn read(
    client: &Client,
    kind: &TagResourceType,
    ids: Vec<String>,
) -> Result<HashMap<String, Tags>> {
    let batches: Vec<Vec<String>> = ids.chunks(BATCH).map(<[String]>::to_vec).collect();
    let sets: Vec<Vec<ResourceTagSet>> = stream::iter(batches)
        .map(|batch| read_batch(client, kind, batch))
        .buffered(CALLS)
        .try_collect()
        .await?;
    Ok(sets
        .iter()
        .flatten()
        .filter_map(|set| {
            let pairs = set.tags().iter().map(|tag| (tag.key(), tag.value()));
            Some((set.resource_id()?.to_owned(), tags::collect(pairs)))
        })
        .collect())
}

/// A batch is refused as a whole when one of it is gone by now; then each is asked for by itself.
async fn read_batch(
    client: &Client,
    kind: &TagResourceType,
    batch: Vec<String>,
) -> Result<Vec<ResourceTagSet>> {
    let call = client.list_tags_for_resources().resource_type(kind.clone());
    let answer = call.set_resource_ids(Some(batch.clone())).send().await;
    match answer.map_err(failed("route53:ListTagsForResources")) {
        Ok(answer) => Ok(answer.resource_tag_sets),
        Err(error) if error.kind.is_retryable() || error.kind == ErrorKind::Denied => Err(error),
        Err(_) => {
            let reads = batch.iter().map(|id| read_one(client, kind, id));
            Ok(try_join_all(reads).await?.into_iter().flatten().collect())
        }
    }
}

async fn read_one(client: &Client, kind: &TagResourceType, id: &str) -> Result<Option<ResourceTagSet>> {
    let answer = client.list_tags_for_resource().resource_type(kind.clone()).resource_id(id).send().await;
    match answer.map_err(failed("route53:ListTagsForResource")) {
        Err(error) if error.kind == ErrorKind::NotFound => Ok(None),
        answer => Ok(answer?.resource_tag_set),
    }
}

/// Writes the tags of a resource that was just made. Where they are refused for good, `undo` takes it away again: nothing
/// else says whose it is, and each further apply would make one more.
pub async fn write_or(
    client: &Client,
    kind: &TagResourceType,
    id: &str,
    tags: &Tags,
    undo: impl Future<Output = Result<()>>,
) -> Result<()> {
    let delta = Delta { tags_set: tags.clone(), ..Delta::default() };
    let Err(mut error) = update(client, kind, id, &delta).await.map_err(ProviderError::referring) else {
        return Ok(());
    };
    if !error.kind.is_retryable() {
        let end = match undo.await {
            Ok(()) => "was deleted again".to_owned(),
            Err(other) => format!("is there without tags, for it can't be deleted either: {}", other.message),
        };
        error.message = format!("{} ({id}, just made, {end})", error.message);
    }
    Err(error)
}

/// Writes and removes what differs.
pub async fn update(client: &Client, kind: &TagResourceType, id: &str, delta: &Delta) -> Result<()> {
    let set: Vec<Tag> =
        delta.tags_set.iter().map(|(key, value)| Tag::builder().key(key).value(value).build()).collect();
    let change = || client.change_tags_for_resource().resource_type(kind.clone()).resource_id(id);
    let sets = set.chunks(BATCH).map(|batch| change().set_add_tags(Some(batch.to_vec())));
    let removals =
        delta.tags_removed.chunks(BATCH).map(|batch| change().set_remove_tag_keys(Some(batch.to_vec())));
    for call in sets.chain(removals) {
        call.send().await.map_err(failed("route53:ChangeTagsForResource"))?;
    }
    Ok(())
}
