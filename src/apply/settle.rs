//! Finding out whether a create of unknown outcome made something: the resource is read for until it shows, or until it
//! would have.

use std::sync::Arc;
use std::time::Duration;

use tokio::time::Instant;

use super::context::{Context, Task};
use super::error::StepError;
use crate::catalog::TypeSchema;
use crate::identity::Prepared;
use crate::model::{JsonMap, Live, Ownership, Status};
use crate::providers::{Handler, ProviderError, Query, Wanted};

/// Between two reads.
const PAUSE: Duration = Duration::from_secs(5);

/// Reads, for so long at most, for the resource that a create of this step may have made.
pub(super) async fn find_own(
    cx: &Context<'_>,
    task: Task<'_>,
    handler: &dyn Handler,
    prepared: &Prepared,
    window: Duration,
) -> Result<Option<Live>, StepError> {
    let since = Instant::now();
    let mut tries = cx.tries(task, handler);
    loop {
        match read(cx, task, handler, prepared).await {
            Ok(Some(live)) => return Ok(Some(live)),
            Ok(None) if since.elapsed() >= window => return Ok(None),
            Ok(None) => {
                let left = window.saturating_sub(since.elapsed());
                tokio::time::sleep(PAUSE.min(left).min(window / 4)).await;
            }
            Err(error) => cx.again(task, &mut tries, error, since).await?,
        }
    }
}

/// One read: by identity, by the type's own list and by the tag search.
async fn read(
    cx: &Context<'_>,
    task: Task<'_>,
    handler: &dyn Handler,
    prepared: &Prepared,
) -> Result<Option<Live>, ProviderError> {
    let change = task.change;
    let lane = (handler.service(), change.scope.clone());
    let tagged = cx.provider.tagged(&change.scope, cx.stack()).await?;
    let wanted = [Wanted {
        address: change.address.clone(),
        properties: prepared.properties.clone(),
        unknown: Vec::new(),
        adopt: None,
    }];
    let parents = cx.parents(handler.parents(), &change.scope);
    let query = Query {
        scope: &change.scope,
        stack: cx.stack(),
        wanted: &wanted,
        parents: &parents,
        tagged: &tagged,
    };
    cx.paces.turn(&lane).await;
    let found = handler.list(&query).await?;
    Ok(found.into_iter().find(|live| is_own(cx, task, prepared, live)))
}

/// Whether a live resource is what this step makes, and neither the one it replaces nor another that the plan has read
/// under the address: what an apply of an earlier blueprint left, and this plan takes away.
fn is_own(cx: &Context<'_>, task: Task<'_>, prepared: &Prepared, live: &Live) -> bool {
    let mut read = cx.plan.changes.iter().filter_map(|change| change.live.as_ref());
    let is_old = |old: &Arc<Live>| {
        old.identifier == live.identifier
            && old.resource_type == live.resource_type
            && old.scope == live.scope
    };
    if read.any(is_old) || live.status == Status::Deleting {
        return false;
    }
    match &live.ownership {
        Ownership::Tagged(address) => *address == task.change.address,
        Ownership::Child { .. } => {
            let schema = cx.catalog.get(task.change.resource_type.as_str());
            schema.is_some_and(|schema| is_child(&schema, &prepared.properties, live))
        }
        Ownership::Foreign => false,
    }
}

/// Whether a live resource without tags is the one with these properties: by its identifier, or, where the cloud chooses
/// that (an association's id), by all that can't be changed.
fn is_child(schema: &TypeSchema, properties: &JsonMap, live: &Live) -> bool {
    if let Some(identifier) = schema.identifier(properties) {
        return identifier == live.identifier;
    }
    let mut fixed = properties.iter().filter(|(name, _)| schema.is_create_only(name)).peekable();
    fixed.peek().is_some() && fixed.all(|(name, value)| live.properties.get(name) == Some(value))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::catalog::Catalog;
    use crate::model::{Identifier, Json, Scope};
    use serde_json::json;

    fn is_found(resource_type: &str, wanted: &Json, identifier: &str, live: &Json) -> bool {
        let object = |json: &Json| json.as_object().cloned().unwrap();
        let live = Live {
            resource_type: resource_type.into(),
            scope: Scope::Global,
            identifier: Identifier::new(identifier),
            properties: object(live),
            tags: std::collections::BTreeMap::new(),
            ownership: Ownership::Child { parent: None, name: String::new() },
            status: Status::Ready,
        };
        is_child(&Catalog::embedded().get(resource_type).unwrap(), &object(wanted), &live)
    }

    #[test]
    fn what_has_no_tags_is_told_by_its_identifier_or_by_all_that_is_fixed() {
        const POLICY: &str = "AWS::S3::BucketPolicy";
        const ASSOCIATION: &str = "AWS::EC2::SubnetRouteTableAssociation";
        let policy = json!({"Bucket": "media", "PolicyDocument": {}});
        assert!(is_found(POLICY, &policy, "media", &policy));
        assert!(!is_found(POLICY, &policy, "other", &policy));

        let of = |subnet: &str| json!({"RouteTableId": "rtb-1", "SubnetId": subnet});
        assert!(is_found(ASSOCIATION, &of("subnet-1"), "rtbassoc-1", &of("subnet-1")));
        assert!(!is_found(ASSOCIATION, &of("subnet-1"), "rtbassoc-1", &of("subnet-2")));
    }
}
