//! What the tag search can't see yet: resources of any type that Cloud Control made in the last hours.

use std::sync::Arc;
use std::time::{Duration, SystemTime};

use aws_sdk_cloudcontrol::types::ProgressEvent;
use futures::{StreamExt, TryStreamExt, stream};

use super::recent::{self, Latest};
use super::{CloudControl, Recent};
use crate::catalog::Catalog;
use crate::model::{Identifier, Live, ResourceType, Scope, StackName};
use crate::providers::aws::Aws;
use crate::providers::{ErrorKind, ProviderError, Result, Tagged};

/// The tag search is documented to lag by minutes; a generous bound keeps the reads of a busy account few.
const LAG: Duration = Duration::from_hours(6);
/// Reads at the same time.
const READS: usize = 8;

/// Resources of the stack that Cloud Control made lately in this scope, as if the tag search had found them.
pub async fn revealed(
    aws: &Arc<Aws>,
    recent: &Arc<Recent>,
    scope: &Scope,
    stack: &StackName,
) -> Result<Vec<Tagged>> {
    let requests = recent.requests(aws, scope).await?;
    let lately: Vec<ProgressEvent> = requests.iter().filter(|event| is_late(event)).cloned().collect();
    let mut types: Vec<&str> = lately.iter().filter_map(ProgressEvent::type_name).collect();
    types.sort_unstable();
    types.dedup();
    let mut found = Vec::new();
    for resource_type in types.into_iter().map(ResourceType::new) {
        let Some(schema) = Catalog::embedded().get(resource_type.as_str()) else { continue };
        if schema.facts().global == scope.region().is_some() || !schema.is_taggable() {
            continue;
        }
        let handler = CloudControl::new(aws, &resource_type, schema, recent);
        let made = recent::by_identifier(&lately, &resource_type);
        let made = made.into_iter().filter(|(_, latest)| *latest != Latest::Deleted).map(|(id, _)| id);
        found.extend(read(&handler, scope, stack, made.collect()).await?);
    }
    Ok(found)
}

async fn read(
    handler: &CloudControl,
    scope: &Scope,
    stack: &StackName,
    identifiers: Vec<Identifier>,
) -> Result<Vec<Tagged>> {
    let read: Vec<Option<Live>> = stream::iter(identifiers)
        .map(|id| async move {
            match handler.glance(scope, stack, &id).await {
                Err(error) if is_of_others(&error) => Ok(None),
                read => read,
            }
        })
        .buffered(READS)
        .try_collect()
        .await?;
    let ours = read.into_iter().flatten().filter(|live| live.address().is_some());
    Ok(ours.map(|live| Tagged { arn: live.identifier.to_string(), tags: live.tags }).collect())
}

/// What others made by Cloud Control and only they may read, or not even they: what is ours, the tag search finds too.
pub(super) fn is_of_others(error: &ProviderError) -> bool {
    matches!(error.kind, ErrorKind::Denied | ErrorKind::Unsupported | ErrorKind::Invalid)
}

fn is_late(event: &ProgressEvent) -> bool {
    let time = event.event_time().and_then(|time| SystemTime::try_from(*time).ok());
    time.is_none_or(|time| time.elapsed().is_ok_and(|age| age < LAG) || time > SystemTime::now())
}
