//! The step that makes a resource, once.

use std::sync::Arc;

use jiff::Timestamp;
use tokio::time::Instant;

use super::announce::Announcement;
use super::context::{Context, Task};
use super::error::StepError;
use super::settle::find_own;
use super::update::converge;
use super::wait::Wait;
use crate::identity::{Prepared, token};
use crate::model::{Action, Desired, Digest, Identifier, Live, Token};
use crate::providers::{Create, ErrorKind, Handler};

/// Error codes of APIs that remember a token with other parameters: the first attempt went through.
const TOKEN_SPENT: [&str; 3] =
    ["IdempotentParameterMismatch", "ClientTokenConflictException", "IdempotentParameterMismatchException"];

/// Makes the resource of a create or of the new half of a replacement, and waits until it is ready.
pub(super) async fn create(cx: &Context<'_>, task: Task<'_>) -> Result<Identifier, StepError> {
    let desired = task.desired()?;
    let handler = cx.handler(&desired.resource_type).map_err(|error| StepError::Refused { error })?;
    let prepared = cx.prepare(desired, None).await?;
    let maker = Maker { cx, task, desired, handler: &handler, prepared: &prepared };
    let live = maker.make_until_ready().await?;
    cx.announcements.settle(&task.change.address);
    let identifier = live.identifier.clone();
    cx.learn(&task.change.address, live);
    Ok(identifier)
}

struct Maker<'a> {
    cx: &'a Context<'a>,
    task: Task<'a>,
    desired: &'a Desired,
    handler: &'a Arc<dyn Handler>,
    prepared: &'a Prepared,
}

/// What came of the calls.
enum Made {
    /// It was made, by this process or an earlier try that its token or name led back to.
    Now(Identifier),
    /// An attempt of unknown outcome turns out to have made it.
    Before(Box<Live>),
}

impl Maker<'_> {
    async fn make_until_ready(&self) -> Result<Live, StepError> {
        let earlier = self.cx.announcements.open(&self.task.change.address);
        let token = earlier.map_or_else(|| self.token(0), |earlier| Token::new(earlier.token));
        let made = self.make(&token).await?;
        match self.finish(made).await {
            // AWS remembers tokens for hours: this one led to a resource that was deleted since. Another token does not.
            Err(StepError::Vanished { .. }) if self.handler.deduplicates() && !self.is_object() => {
                // One that no run has used; announced, so that the run after a crash uses it too.
                let token = self.token(Timestamp::now().as_nanosecond());
                self.announce(&token).await?;
                let made = self.send(&token).await?;
                self.finish(made).await
            }
            other => other,
        }
    }

    /// An object has no token: one that is gone again (a finished Job) was deleted by others, and would run twice.
    fn is_object(&self) -> bool {
        self.desired.resource_type.is_kubernetes()
    }

    async fn finish(&self, made: Made) -> Result<Live, StepError> {
        let Self { cx, task, handler, .. } = *self;
        match made {
            Made::Now(identifier) => {
                let wait = Wait { cx, task, handler, identifier: &identifier };
                wait.ready(&self.prepared.properties).await
            }
            Made::Before(live) => {
                let wait = Wait { cx, task, handler, identifier: &live.identifier };
                let live = wait.ready(&self.prepared.properties).await?;
                // The earlier attempt may have been made from another blueprint.
                converge(cx, task, handler, Arc::new(live)).await
            }
        }
    }

    /// The same for every attempt until an apply has come to its end; another one for the successor of a resource.
    fn token(&self, salt: i128) -> Token {
        let change = self.task.change;
        let replaced = change.live.as_ref().filter(|_| change.action == Action::Replace);
        let replaced = replaced.map_or("", |live| live.identifier.as_str());
        let what = match (replaced, salt) {
            ("", 0) => self.prepared.create_only,
            _ => Digest::of(format!("{}/{replaced}/{salt}", self.prepared.create_only).as_bytes()),
        };
        token(self.cx.stack(), &change.address, what, self.cx.finished_applies)
    }

    async fn make(&self, token: &Token) -> Result<Made, StepError> {
        if let Some(made) = self.settle_earlier().await? {
            return Ok(made);
        }
        if !self.handler.deduplicates() {
            self.announce(token).await?;
        }
        self.send(token).await
    }

    /// Asks until it is made, or certainly is not.
    async fn send(&self, token: &Token) -> Result<Made, StepError> {
        let request = Create {
            scope: &self.desired.scope,
            stack: self.cx.stack(),
            address: &self.desired.address,
            properties: &self.prepared.properties,
            tags: &self.prepared.tags,
            token,
            lifecycle: &self.desired.lifecycle,
        };
        let since = Instant::now();
        let mut tries = self.cx.tries(self.task, self.handler.as_ref());
        let mut began = None;
        loop {
            let paced = self.task.paced && tries.made() == 0;
            let mut error = match tries.attempt(paced, self.handler.create(&request)).await {
                Ok(identifier) => return Ok(Made::Now(identifier)),
                Err(error) => error,
            };
            if matches!(error.kind, ErrorKind::Transient | ErrorKind::NotYet) {
                began.get_or_insert_with(Instant::now);
            } else if error.kind == ErrorKind::AlreadyExists && self.may_be_own(began) {
                error.kind = ErrorKind::NotYet;
            }
            if TOKEN_SPENT.contains(&error.code.as_str()) || self.may_be_made(error.kind) {
                if let Some(live) = self.find().await? {
                    return Ok(Made::Before(Box::new(live)));
                }
            } else if !error.kind.is_retryable() {
                // The answer is certain: nothing was made.
                self.cx.announcements.settle(&self.task.change.address);
            }
            let unknown = error.kind == ErrorKind::Transient;
            let again = self.cx.again(self.task, &mut tries, error, since).await;
            if unknown && again.is_err() {
                // This run ends without the answer; the next one has to ask for it before it makes another.
                self.announce(token).await?;
            }
            again?;
        }
    }

    /// Whether a failed try may have made something that another try would make again.
    fn may_be_made(&self, kind: ErrorKind) -> bool {
        kind == ErrorKind::Transient && !self.handler.deduplicates()
    }

    /// Whether what exists already may be what an earlier try made: names are unique at once, while what shows whose it is
    /// lags behind.
    fn may_be_own(&self, began: Option<Instant>) -> bool {
        let lags = |began: Instant| began.elapsed() < self.cx.settings.poll.invisible;
        self.handler.deduplicates() && began.is_some_and(lags)
    }

    /// Finds out about a create that an earlier run announced and never learnt the outcome of.
    async fn settle_earlier(&self) -> Result<Option<Made>, StepError> {
        if self.cx.announcements.open(&self.task.change.address).is_none() {
            return Ok(None);
        }
        Ok(self.find().await?.map(|live| Made::Before(Box::new(live))))
    }

    async fn announce(&self, token: &Token) -> Result<(), StepError> {
        let announcement = Announcement {
            address: self.task.change.address.clone(),
            resource_type: self.task.change.resource_type.clone(),
            token: token.as_str().to_owned(),
            at: Timestamp::now(),
        };
        Ok(self.cx.announcements.announce(announcement).await?)
    }

    async fn find(&self) -> Result<Option<Live>, StepError> {
        let window = self.cx.settings.settle;
        find_own(self.cx, self.task, self.handler.as_ref(), self.prepared, window).await
    }
}
