//! The step that deletes a resource, or the old half of a replacement.

use tokio::time::Instant;

use super::context::{Context, Task};
use super::error::StepError;
use super::wait::Wait;
use crate::model::Identifier;
use crate::providers::{Delete, ErrorKind};

/// Deletes and waits until it is gone.
pub(super) async fn delete(cx: &Context<'_>, task: Task<'_>) -> Result<Identifier, StepError> {
    let live = task.live()?;
    let force = consent(cx, task)?;
    let handler = cx.handler(&task.change.resource_type).map_err(|error| StepError::Refused { error })?;
    let request = Delete { scope: &live.scope, stack: cx.stack(), live, force };
    let since = Instant::now();
    let mut tries = cx.tries(task, handler.as_ref());
    loop {
        let paced = task.paced && tries.made() == 0;
        match tries.attempt(paced, handler.delete(&request)).await {
            Ok(()) => break,
            Err(error) if error.kind == ErrorKind::NotFound => break,
            Err(error) => cx.again(task, &mut tries, error, since).await?,
        }
    }
    if !cx.goes_with_its_namespace(live) {
        Wait { cx, task, handler: &handler, identifier: &live.identifier }.gone().await?;
    }
    Ok(live.identifier.clone())
}

/// Whether what it holds may be destroyed with it. The caller has refused plans without consent; this is the last gate.
fn consent(cx: &Context<'_>, task: Task<'_>) -> Result<bool, StepError> {
    if task.change.consent.is_none() {
        return Ok(false);
    }
    let address = &task.change.address;
    if cx.allow_destroy.iter().any(|glob| address.matches(glob)) {
        Ok(true)
    } else {
        Err(StepError::NoConsent { address: address.to_string() })
    }
}
