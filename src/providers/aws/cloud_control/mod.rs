//! Every type that has no handler of its own: AWS's Cloud Control API speaks CloudFormation's shapes already.
//!
//! Its creates, updates and deletes are requests that run for a while. A request is known by a token; while
//! it has not told the new resource's identifier, the token stands in for it, so nothing has to be remembered
//! across processes.

mod arn;
mod find;
mod identity;
mod patch;
mod recent;
mod request;
mod state;
mod survey;
mod ties;

use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};

use async_trait::async_trait;
use aws_sdk_cloudcontrol::Client;
use aws_sdk_cloudcontrol::error::ProvideErrorMetadata;
use aws_sdk_cloudcontrol::types::ProgressEvent;
use futures::{StreamExt, TryStreamExt, stream};

use super::sent::Sent;
use super::{Aws, failed, missing};
use crate::catalog::TypeSchema;
use crate::model::{Identifier, Json, Live, ResourceType, Scope};
use crate::providers::{
    Create, Delete, ErrorKind, Handler, Pending, PendingItem, ProviderError, Query, Readiness, Result, Update,
};

use recent::Latest;
pub use recent::Recent;
use request::Outcome;
pub use survey::revealed;

/// Stands before a request's token where the resource's identifier is not known yet.
const UNNAMED: &str = "request:";
/// How many failed creates of the same token are looked past.
const ATTEMPTS: usize = 10;
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

/// A request that was sent, and how to send it again.
#[derive(Clone)]
struct Running {
    token: String,
    again: Option<Again>,
}

/// A request that may be repeated when it fails for a reason that passes.
#[derive(Clone)]
enum Again {
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
        again: Option<Again>,
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
                self.remember(scope, identifier, Some(Running { token, again }));
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

    /// What an earlier create for this address has made, whether or not the service still knows its token.
    async fn first_attempt(&self, request: &Create<'_>) -> Result<Option<Identifier>> {
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

    /// Cloud Control answers a repeated token with the first request, a failed one too. So a create after a
    /// failed one needs the next token of a fixed row.
    async fn send_create(&self, request: &Create<'_>) -> Result<ProgressEvent> {
        let document = state::document(&self.schema, &self.resource_type, request.properties, request.tags);
        let document = Json::Object(document).to_string();
        for attempt in 1..=ATTEMPTS {
            let token = match attempt {
                1 => request.token.as_str().to_owned(),
                _ => format!("{}-{attempt}", request.token.as_str()),
            };
            let call = self
                .client(request.scope)
                .create_resource()
                .type_name(self.resource_type.as_str())
                .desired_state(&document)
                .client_token(token);
            let event = match call.send().await {
                Ok(answer) => answer.progress_event,
                // The token belongs to an attempt with other properties, and no resource came of it: the plan
                // would have found one.
                Err(error) if error.code() == Some("ClientTokenConflictException") => continue,
                Err(error) => return Err(self.explain(failed("cloudcontrol:CreateResource")(error))),
            };
            let event = event.ok_or_else(|| missing("cloudcontrol:CreateResource", "ProgressEvent"))?;
            if !matches!(request::outcome(&event), Outcome::Failed(_)) || attempt == ATTEMPTS {
                return Ok(event);
            }
        }
        Err(ProviderError::new(
            ErrorKind::Invalid,
            format!("cloudcontrol:CreateResource {}", self.resource_type),
            format!("{ATTEMPTS} creates have failed; AWS takes a new one in 36 hours"),
        ))
    }

    /// How far one that waits is.
    async fn progress(&self, request: &Pending<'_>, item: &PendingItem) -> Result<Readiness> {
        let running = self.running(request.scope, &item.identifier);
        let unnamed = item.identifier.as_str().strip_prefix(UNNAMED);
        let token = running.as_ref().map(|running| running.token.as_str()).or(unnamed);
        let Some(token) = token else {
            return self.settled(request, item, &item.identifier).await;
        };
        let event = self.status(request.scope, token).await?;
        match request::outcome(&event) {
            Outcome::Running(words) => Ok(Readiness::Waiting(words)),
            Outcome::Failed(error) => self.retried(request.scope, item, running, error).await,
            Outcome::Done => {
                self.remember(request.scope, &item.identifier, None);
                let identifier = event.identifier().map_or_else(|| item.identifier.clone(), Identifier::new);
                self.settled(request, item, &identifier).await
            }
        }
    }

    async fn settled(
        &self,
        request: &Pending<'_>,
        item: &PendingItem,
        identifier: &Identifier,
    ) -> Result<Readiness> {
        let live = self.get(request.scope, request.stack, identifier).await?;
        Ok(match live {
            None => Readiness::Gone,
            Some(_) if item.deleting => Readiness::Waiting("deleting".to_owned()),
            Some(live) => Readiness::Ready(Box::new(live)),
        })
    }

    /// Sends an update or a delete again that failed for a reason that passes, once a poll.
    async fn retried(
        &self,
        scope: &Scope,
        item: &PendingItem,
        running: Option<Running>,
        error: ProviderError,
    ) -> Result<Readiness> {
        self.remember(scope, &item.identifier, None);
        if item.deleting && error.kind == ErrorKind::NotFound {
            return Ok(Readiness::Gone);
        }
        let again = running.and_then(|running| running.again).filter(|_| error.kind.is_retryable());
        let event = match &again {
            None => return Ok(Readiness::Failed(error.to_string())),
            Some(Again::Update(patch)) => self.send_update(scope, &item.identifier, patch).await?,
            Some(Again::Delete) => match self.send_delete(scope, &item.identifier).await? {
                Some(event) => event,
                None => return Ok(Readiness::Gone),
            },
        };
        let token = event.request_token().unwrap_or_default().to_owned();
        self.remember(scope, &item.identifier, Some(Running { token, again }));
        Ok(Readiness::Waiting(format!("{}: {}; sent again", error.code, error.message)))
    }

    async fn status(&self, scope: &Scope, token: &str) -> Result<ProgressEvent> {
        self.client(scope)
            .get_resource_request_status()
            .request_token(token)
            .send()
            .await
            .map_err(failed("cloudcontrol:GetResourceRequestStatus"))?
            .progress_event
            .ok_or_else(|| missing("cloudcontrol:GetResourceRequestStatus", "ProgressEvent"))
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

    fn updates_as_one(&self) -> bool {
        true
    }

    fn parents(&self) -> &'static [&'static str] {
        self.schema.facts().ties.map_or(&[], |ties| ties.types)
    }

    /// By the client token.
    fn deduplicates(&self) -> bool {
        true
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
        let event = match self.send_create(request).await {
            Ok(event) => event,
            Err(error) if error.kind == ErrorKind::AlreadyExists => {
                return self.first_attempt(request).await?.ok_or(error);
            }
            Err(error) => return Err(error.using_role()),
        };
        let token = event.request_token().unwrap_or_default();
        let identifier =
            Identifier::new(event.identifier().map_or_else(|| format!("{UNNAMED}{token}"), str::to_owned));
        self.accept(request.scope, &identifier, &event, None).await.map_err(ProviderError::using_role)?;
        Ok(identifier)
    }

    async fn update(&self, request: &Update<'_>) -> Result<()> {
        let write_only = |path: &str| self.schema.is_write_only(path);
        let mut patch =
            patch::patch(&request.live.properties, request.properties, request.delta, &write_only);
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
        self.accept(request.scope, identifier, &event, Some(Again::Update(patch))).await
    }

    async fn delete(&self, request: &Delete<'_>) -> Result<()> {
        let identifier = &request.live.identifier;
        match self.send_delete(request.scope, identifier).await? {
            None => Ok(()),
            Some(event) => super::error::gone_is_fine(
                self.accept(request.scope, identifier, &event, Some(Again::Delete)).await,
            ),
        }
    }

    async fn ready(&self, request: &Pending<'_>) -> Result<Vec<Readiness>> {
        let calls: Vec<_> = request.items.iter().map(|item| self.progress(request, item)).collect();
        stream::iter(calls).buffered(STATUS_CALLS).try_collect().await
    }
}
