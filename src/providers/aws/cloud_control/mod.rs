//! Every type that has no handler of its own: AWS's Cloud Control API speaks CloudFormation's shapes already.
//!
//! Its creates, updates and deletes are requests that run for a while. A request is known by a token; while
//! it has not told the new resource's identifier, the token stands in for it, so nothing has to be remembered
//! across processes.

mod arn;
mod create;
mod find;
mod identity;
mod patch;
mod progress;
mod recent;
mod request;
mod state;
mod survey;
mod ties;
mod untagged;

use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};

use async_trait::async_trait;
use aws_sdk_cloudcontrol::Client;
use aws_sdk_cloudcontrol::error::ProvideErrorMetadata;
use aws_sdk_cloudcontrol::types::ProgressEvent;
use futures::{StreamExt, TryStreamExt, stream};
use tokio::time::Instant;

use super::sent::Sent;
use super::{Aws, failed, missing};
use crate::catalog::TypeSchema;
use crate::model::{Identifier, Json, Live, ResourceType, Scope};
use crate::providers::{
    Create, Delete, ErrorKind, Handler, Pending, ProviderError, Query, Readiness, Result, Update,
};

use create::Attempt;
pub use recent::Recent;
use request::Outcome;
pub use survey::revealed;

/// Stands before a request's token where the resource's identifier is not known yet.
const UNNAMED: &str = "request:";
/// Status calls at the same time.
const STATUS_CALLS: usize = 8;

/// The handler of one type by Cloud Control.
pub struct CloudControl {
    aws: Arc<Aws>,
    resource_type: ResourceType,
    schema: Arc<TypeSchema>,
    recent: Arc<Recent>,
    running: Mutex<HashMap<(Scope, Identifier), Running>>,
    sent: Sent,
}

/// A request that was sent, and how to send it again when it fails for a reason that passes.
#[derive(Clone)]
struct Running {
    token: String,
    again: Again,
    /// How often it was sent again.
    repeats: u32,
    /// When it is to be sent again, once it has failed.
    due: Option<Instant>,
}

/// What is sent again.
#[derive(Clone)]
enum Again {
    Create(Attempt),
    Update(Vec<Json>),
    Delete,
}

impl CloudControl {
    /// A handler of a type on a session; all of a provider's handlers share the record of recent requests.
    pub fn new(
        aws: &Arc<Aws>,
        resource_type: &ResourceType,
        schema: Arc<TypeSchema>,
        recent: &Arc<Recent>,
    ) -> Self {
        Self {
            aws: aws.clone(),
            resource_type: resource_type.clone(),
            schema,
            recent: recent.clone(),
            running: Mutex::default(),
            sent: Sent::default(),
        }
    }

    fn client(&self, scope: &Scope) -> Client {
        self.aws.client(scope, Client::new)
    }

    fn remember(&self, scope: &Scope, identifier: &Identifier, running: Option<Running>) {
        let mut all = self.running.lock().unwrap_or_else(PoisonError::into_inner);
        let key = (scope.clone(), identifier.clone());
        match running {
            Some(running) => drop(all.insert(key, running)),
            None => drop(all.remove(&key)),
        }
    }

    fn running(&self, scope: &Scope, identifier: &Identifier) -> Option<Running> {
        let all = self.running.lock().unwrap_or_else(PoisonError::into_inner);
        all.get(&(scope.clone(), identifier.clone())).cloned()
    }

    /// Takes a request's first answer: a failure is an error, anything else is waited for.
    async fn accept(
        &self,
        scope: &Scope,
        identifier: &Identifier,
        event: &ProgressEvent,
        again: Again,
    ) -> Result<()> {
        self.recent.forget(scope).await;
        match request::outcome(event) {
            Outcome::Failed(error) => Err(error),
            Outcome::Done => {
                self.remember(scope, identifier, None);
                Ok(())
            }
            Outcome::Running(_) => {
                let token = event.request_token().unwrap_or_default().to_owned();
                self.remember(scope, identifier, Some(Running { token, again, repeats: 0, due: None }));
                Ok(())
            }
        }
    }

    async fn send_update(
        &self,
        scope: &Scope,
        identifier: &Identifier,
        patch: &[Json],
    ) -> Result<ProgressEvent> {
        self.client(scope)
            .update_resource()
            .type_name(self.resource_type.as_str())
            .identifier(identifier.as_str())
            .patch_document(Json::from(patch).to_string())
            .send()
            .await
            .map_err(|error| self.explain(failed("cloudcontrol:UpdateResource")(error)))?
            .progress_event
            .ok_or_else(|| missing("cloudcontrol:UpdateResource", "ProgressEvent"))
    }

    /// Starts a delete; `None` where there is nothing to delete.
    async fn send_delete(&self, scope: &Scope, identifier: &Identifier) -> Result<Option<ProgressEvent>> {
        let answer = self
            .client(scope)
            .delete_resource()
            .type_name(self.resource_type.as_str())
            .identifier(identifier.as_str())
            .send()
            .await;
        match answer {
            Ok(answer) => Ok(answer.progress_event),
            Err(error) if error.code() == Some("ResourceNotFoundException") => Ok(None),
            Err(error) => Err(self.explain(failed("cloudcontrol:DeleteResource")(error))),
        }
    }
}

#[async_trait]
impl Handler for CloudControl {
    fn resource_type(&self) -> ResourceType {
        self.resource_type.clone()
    }

    fn service(&self) -> &'static str {
        "cloudcontrolapi"
    }

    fn parents(&self) -> &'static [&'static str] {
        self.schema.facts().ties.map_or(&[], |ties| ties.types)
    }

    /// By the client token.
    fn deduplicates(&self) -> bool {
        true
    }

    /// What ties others together is found by these.
    fn needs_hints(&self) -> bool {
        !self.schema.is_taggable() && self.schema.facts().ties.is_none()
    }

    async fn list(&self, query: &Query<'_>) -> Result<Vec<Live>> {
        self.find(query).await
    }

    async fn create(&self, request: &Create<'_>) -> Result<Identifier> {
        if self.sent.is_repeated(request.token.as_str())
            && let Some(first) = self.first_attempt(request).await?
        {
            return Ok(first);
        }
        let mut attempt = self.first(request);
        let event = match self.send_create(request.scope, &mut attempt).await {
            Ok(event) => event,
            Err(error) if error.kind == ErrorKind::AlreadyExists => {
                return self.first_attempt(request).await?.ok_or(error);
            }
            Err(error) => return Err(error.using_role()),
        };
        let token = event.request_token().unwrap_or_default();
        let identifier =
            Identifier::new(event.identifier().map_or_else(|| format!("{UNNAMED}{token}"), str::to_owned));
        let accepted = self.accept(request.scope, &identifier, &event, Again::Create(attempt)).await;
        accepted.map_err(ProviderError::using_role)?;
        Ok(identifier)
    }

    async fn update(&self, request: &Update<'_>) -> Result<()> {
        let paths = patch::Paths {
            write_only: &|path| self.schema.is_write_only(path),
            create_only: &|path| self.schema.is_create_only(path),
        };
        let mut patch = patch::patch(&request.live.properties, request.properties, request.delta, paths);
        if let Some(property) = state::tag_property(&self.schema).filter(|_| request.delta.touches_tags()) {
            let tags = state::tags_after(&request.live.tags, request.delta, &self.resource_type);
            let value = state::tag_value(&self.schema, &tags);
            patch.push(serde_json::json!({"op": "add", "path": format!("/{property}"), "value": value}));
        }
        if patch.is_empty() {
            return Ok(());
        }
        let identifier = &request.live.identifier;
        let event = self.send_update(request.scope, identifier, &patch).await?;
        let accepted = self.accept(request.scope, identifier, &event, Again::Update(patch)).await;
        accepted.map_err(ProviderError::using_role)
    }

    async fn delete(&self, request: &Delete<'_>) -> Result<()> {
        let identifier = &request.live.identifier;
        match self.send_delete(request.scope, identifier).await? {
            None => Ok(()),
            Some(event) => super::error::gone_is_fine(
                self.accept(request.scope, identifier, &event, Again::Delete).await,
            ),
        }
    }

    async fn ready(&self, request: &Pending<'_>) -> Result<Vec<Readiness>> {
        let calls: Vec<_> = request.items.iter().map(|item| self.progress(request, item)).collect();
        stream::iter(calls).buffered(STATUS_CALLS).try_collect().await
    }
}
