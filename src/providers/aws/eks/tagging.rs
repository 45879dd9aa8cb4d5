//! EKS's tags: a map, written and read by ARN.

use std::collections::HashMap;

use aws_sdk_eks::Client;

use super::super::identity::is_ours;
use super::super::tags::{self, Tags};
use super::super::{failed, missing};
use crate::providers::{Create, Delta, ErrorKind, Result};

/// Tags for a create.
pub fn sdk_tags(tags: &Tags) -> HashMap<String, String> {
    tags.iter().map(|(key, value)| (key.clone(), value.clone())).collect()
}

/// Tags as a describe tells them.
pub fn read(found: Option<&HashMap<String, String>>) -> Tags {
    let pairs = found.into_iter().flatten();
    tags::collect(pairs.map(|(key, value)| (Some(key.as_str()), Some(value.as_str()))))
}

/// The tags of one resource, from where `TagResource` writes them: the copy in a describe is not promised to follow.
/// None for what the tag API does not know: then the describe's are all there are.
pub async fn of(client: &Client, arn: &str) -> Result<Option<Tags>> {
    let answer = client.list_tags_for_resource().resource_arn(arn).send().await;
    match answer.map_err(failed("eks:ListTagsForResource")) {
        Ok(answer) => Ok(Some(read(answer.tags()))),
        Err(error) if matches!(error.kind, ErrorKind::NotFound | ErrorKind::Invalid) => Ok(None),
        Err(error) => Err(error),
    }
}

/// Whether what a create found under its name is its own first attempt, by the tags that it was made with.
pub fn is_first_attempt(request: &Create<'_>, tags: Option<&HashMap<String, String>>) -> bool {
    is_ours(&read(tags), request.stack, request.address)
}

/// Writes and removes what differs: at most one call each.
pub async fn update(client: &Client, arn: Option<&str>, delta: &Delta) -> Result<()> {
    const TAG: &str = "eks:TagResource";
    if !delta.touches_tags() {
        return Ok(());
    }
    let arn = arn.ok_or_else(|| missing(TAG, "ARN"))?;
    if !delta.tags_set.is_empty() {
        let tags = Some(sdk_tags(&delta.tags_set));
        client.tag_resource().resource_arn(arn).set_tags(tags).send().await.map_err(failed(TAG))?;
    }
    if !delta.tags_removed.is_empty() {
        let keys = Some(delta.tags_removed.clone());
        let gone = client.untag_resource().resource_arn(arn).set_tag_keys(keys).send().await;
        gone.map_err(failed("eks:UntagResource"))?;
    }
    Ok(())
}
