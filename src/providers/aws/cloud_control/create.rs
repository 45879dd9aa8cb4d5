//! Creates: a row of tokens, since Cloud Control answers a repeated one with the first request, a failed one too.

use std::sync::Arc;

use aws_sdk_cloudcontrol::error::ProvideErrorMetadata;
use aws_sdk_cloudcontrol::types::ProgressEvent;

use super::super::{failed, missing};
use super::recent::{self, Latest};
use super::request::{self, Outcome};
use super::{CloudControl, state};
use crate::model::{Identifier, Json, Scope};
use crate::providers::{Create, ErrorKind, ProviderError, Result};

/// How many creates a row has: those of some minutes, as they follow each other in `progress`.
const ATTEMPTS: u32 = 12;

/// One create of a row.
#[derive(Clone)]
pub(super) struct Attempt {
    document: Arc<str>,
    token: Arc<str>,
    number: u32,
}

impl Attempt {
    /// The one after a failed one; none at the row's end.
    pub fn next(&self) -> Option<Self> {
        (self.number < ATTEMPTS).then(|| Self { number: self.number + 1, ..self.clone() })
    }

    fn client_token(&self) -> String {
        match self.number {
            1 => self.token.to_string(),
            number => format!("{}-{number}", self.token),
        }
    }
}

impl CloudControl {
    /// The first create of a request's row.
    pub(super) fn first(&self, request: &Create<'_>) -> Attempt {
        let document = state::document(&self.schema, &self.resource_type, request.properties, request.tags);
        let document = Json::Object(document).to_string().into();
        Attempt { document, token: request.token.as_str().into(), number: 1 }
    }

    /// Sends a create, the next of its row for each that has failed before. `attempt` tells which one it was.
    pub(super) async fn send_create(&self, scope: &Scope, attempt: &mut Attempt) -> Result<ProgressEvent> {
        loop {
            let call = self
                .client(scope)
                .create_resource()
                .type_name(self.resource_type.as_str())
                .desired_state(&*attempt.document)
                .client_token(attempt.client_token());
            let event = match call.send().await {
                Ok(answer) => {
                    let event = answer.progress_event;
                    Some(event.ok_or_else(|| missing("cloudcontrol:CreateResource", "ProgressEvent"))?)
                }
                // The token belongs to an attempt with other properties, and no resource came of it: the plan
                // would have found one.
                Err(error) if error.code() == Some("ClientTokenConflictException") => None,
                Err(error) => return Err(self.explain(failed("cloudcontrol:CreateResource")(error))),
            };
            let is_past =
                event.as_ref().is_none_or(|event| matches!(request::outcome(event), Outcome::Failed(_)));
            match (event, attempt.next()) {
                (_, Some(next)) if is_past => *attempt = next,
                (Some(event), _) => return Ok(event),
                (None, _) => return Err(self.no_more_attempts()),
            }
        }
    }

    fn no_more_attempts(&self) -> ProviderError {
        ProviderError::new(
            ErrorKind::Invalid,
            format!("cloudcontrol:CreateResource {}", self.resource_type),
            format!("{ATTEMPTS} creates have failed; AWS takes a new one in 36 hours"),
        )
    }

    /// What an earlier create for this address has made, whether or not the service still knows its token.
    pub(super) async fn first_attempt(&self, request: &Create<'_>) -> Result<Option<Identifier>> {
        self.recent.forget(request.scope).await;
        let requests = self.recent.requests(&self.aws, request.scope).await?;
        let named = self.schema.identifier(request.properties);
        for (identifier, latest) in recent::by_identifier(&requests, &self.resource_type) {
            if matches!(latest, Latest::Deleted | Latest::Deleting) {
                continue;
            }
            let Some(live) = self.get(request.scope, request.stack, &identifier).await? else { continue };
            let untagged = !self.schema.is_taggable() && named.as_ref() == Some(&identifier);
            if untagged || live.address() == Some(request.address) {
                return Ok(Some(identifier));
            }
        }
        Ok(None)
    }
}
