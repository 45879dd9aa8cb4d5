//! The step that changes a resource in place, adopts it, or only waits for it.

use std::sync::Arc;

use tokio::time::Instant;

use super::context::{Context, Task};
use super::error::StepError;
use super::parts::in_parts;
use super::wait::Wait;
use crate::diff::delta;
use crate::identity::{Prepared, token};
use crate::model::{Action, Digest, Identifier, Json, JsonMap, Live, Token};
use crate::providers::{Delta, Handler, Update};

/// Brings a live resource to what is desired and waits until it is ready.
pub(super) async fn update(cx: &Context<'_>, task: Task<'_>) -> Result<Identifier, StepError> {
    let live = task.live()?.clone();
    let handler = cx.handler(&task.change.resource_type).map_err(|error| StepError::Refused { error })?;
    let live = if task.change.action == Action::None {
        let wait = Wait { cx, task, handler: &handler, identifier: &live.identifier };
        wait.ready(&live.properties).await?
    } else {
        converge(cx, task, &handler, live).await?
    };
    let identifier = live.identifier.clone();
    cx.learn(&task.change.address, live);
    Ok(identifier)
}

/// Compares once more, now that all is known, and changes what differs; nothing where nothing does.
pub(super) async fn converge(
    cx: &Context<'_>,
    task: Task<'_>,
    handler: &Arc<dyn Handler>,
    live: Arc<Live>,
) -> Result<Live, StepError> {
    let desired = task.desired()?;
    let prepared = cx.prepare(desired, Some(&live)).await?;
    let delta = delta(cx.catalog, cx.stack(), desired, &prepared, &live);
    if !delta.touches_properties() && !delta.touches_tags() {
        return Ok(Live::clone(&live));
    }
    check_in_place(cx, task, &delta)?;
    let mut now = Live::clone(&live);
    let mut parts = in_parts(delta, &live, handler.updates_as_one()).into_iter().peekable();
    while let Some(part) = parts.next() {
        send(cx, task, handler, &now, &prepared, &part).await?;
        let tags = part.tags_after(&now.tags);
        if !part.touches_properties() && parts.peek().is_some() {
            // Tags are there at once, and what is ill may need the rest to get well.
            now = Live { tags, ..now };
            continue;
        }
        let wait = Wait { cx, task, handler, identifier: &live.identifier };
        now = Live { tags, ..wait.ready(&prepared.properties).await? };
    }
    Ok(now)
}

/// The plan showed an update: what would replace the resource is not done in its name. An API server of Kubernetes was
/// asked for the plan, and refuses by itself what it can't change.
fn check_in_place(cx: &Context<'_>, task: Task<'_>, delta: &Delta) -> Result<(), StepError> {
    if task.change.resource_type.is_kubernetes() {
        return Ok(());
    }
    let Some(schema) = cx.catalog.get(task.change.resource_type.as_str()) else { return Ok(()) };
    let mut paths = delta.set.iter().chain(&delta.removed);
    match paths.find(|path| schema.is_create_only(&path.generalised())) {
        Some(path) => Err(StepError::NeedsReplacement { path: path.clone() }),
        None => Ok(()),
    }
}

async fn send(
    cx: &Context<'_>,
    task: Task<'_>,
    handler: &Arc<dyn Handler>,
    live: &Live,
    prepared: &Prepared,
    delta: &Delta,
) -> Result<(), StepError> {
    let desired = task.desired()?;
    let request = Update {
        scope: &desired.scope,
        stack: cx.stack(),
        address: &desired.address,
        live,
        properties: &prepared.properties,
        tags: &prepared.tags,
        delta,
        token: &update_token(cx, task, prepared),
        lifecycle: &desired.lifecycle,
    };
    let since = Instant::now();
    let mut tries = cx.tries(task, handler.as_ref());
    loop {
        let paced = task.paced && tries.made() == 0;
        match tries.attempt(paced, handler.update(&request)).await {
            Ok(()) => return Ok(()),
            Err(error) => cx.again(task, &mut tries, error, since).await?,
        }
    }
}

/// The same for every attempt to bring the resource to these properties.
fn update_token(cx: &Context<'_>, task: Task<'_>, prepared: &Prepared) -> Token {
    let tags: JsonMap =
        prepared.tags.iter().map(|(key, text)| (key.clone(), Json::from(text.as_str()))).collect();
    let what = Json::from(vec![Json::Object(prepared.properties.clone()), Json::Object(tags)]);
    token(cx.stack(), &task.change.address, Digest::of_json(&what), cx.finished_applies)
}
