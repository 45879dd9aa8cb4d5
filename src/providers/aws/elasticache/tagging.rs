//! ElastiCache's tags: by ARN, one resource a call.

use std::collections::HashMap;

use aws_sdk_elasticache::Client;
use aws_sdk_elasticache::types::Tag;
use futures::{StreamExt, TryStreamExt, stream};

use super::super::identity::{is_ours, owning};
use super::super::tags::{self, Tags};
use super::super::{Shape, failed, missing};
use crate::identity::belongs_to_stack;
use crate::model::Identifier;
use crate::providers::{Create, Delta, ErrorKind, ProviderError, Query, Result, Wanted};

/// Reads at the same time.
const CALLS: usize = 8;

/// Tags for a create or a change.
pub fn sdk_tags(tags: &Tags) -> Vec<Tag> {
    tags.iter().map(|(key, value)| Tag::builder().key(key).value(value).build()).collect()
}

/// The tags of candidates, by ARN. ElastiCache refuses to tell those of a group that is not `available`; then the
/// tag search's word stands in, or the group's name where that was made for something wanted.
pub async fn read(client: &Client, query: &Query<'_>, arns: Vec<String>) -> Result<HashMap<String, Tags>> {
    let found: Vec<Option<(String, Tags)>> = stream::iter(arns)
        .map(async |arn| match of(client, &arn).await {
            Ok(tags) => Ok(Some((arn, tags))),
            Err(error) if error.kind == ErrorKind::NotFound => Ok(None),
            Err(error) if error.kind == ErrorKind::InUse => {
                let hit = query.tagged.iter().find(|hit| hit.arn == arn).map(|hit| hit.tags.clone());
                let tags = hit.or_else(|| by_name(query, &arn)).ok_or(error)?;
                Ok(Some((arn, tags)))
            }
            Err(error) => Err(error),
        })
        .buffered(CALLS)
        .try_collect()
        .await?;
    Ok(found.into_iter().flatten().collect())
}

/// The ownership that the name of a replication group tells, where it is one that was generated for this stack: a group
/// takes ten minutes and more to become available.
fn by_name(query: &Query<'_>, arn: &str) -> Option<Tags> {
    let (_, id) = arn.rsplit_once(":replicationgroup:")?;
    let has_name = |wanted: &&Wanted| {
        Shape(&wanted.properties).str("ReplicationGroupId").is_some_and(|name| name.eq_ignore_ascii_case(id))
    };
    let wanted = query.wanted.iter().find(has_name).filter(|_| belongs_to_stack(query.stack, id))?;
    Some(owning(&Tags::new(), query.stack, &wanted.address))
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

#[cfg(test)]
mod tests {
    use super::*;
    use crate::identity::generated_name;
    use crate::model::{Address, Digest, Map, Region, Scope, StackName};
    use serde_json::json;

    #[test]
    fn a_group_that_is_being_made_is_owned_by_its_generated_name() {
        let (scope, stack) = (Scope::Region(Region::new("eu-west-1")), StackName::new("shop"));
        let address = Address::new("eu-west-1", "sessions", None);
        let schema = crate::catalog::Catalog::embedded().get("AWS::ElastiCache::ReplicationGroup").unwrap();
        let rule = schema.facts().name.unwrap();
        let name = generated_name(&stack, &rule, &address, Digest::of(b""), &Map::new());
        let arn = |name: &str| format!("arn:aws:elasticache:eu-west-1:111122223333:replicationgroup:{name}");
        let told = |given: &str, sought: &str| {
            let properties = json!({"ReplicationGroupId": given}).as_object().unwrap().clone();
            let wanted = [Wanted { address: address.clone(), properties, unknown: Vec::new(), adopt: None }];
            let query = Query { scope: &scope, stack: &stack, wanted: &wanted, parents: &[], tagged: &[] };
            by_name(&query, &arn(sought)).and_then(|tags| tags::owner(&tags, &stack))
        };
        assert_eq!(told(&name, &name), Some(address.clone()));
        assert_eq!(told("sessions", "sessions"), None, "a name of someone's choosing tells nothing");
        assert_eq!(told(&name, "another"), None);
    }
}
