//! Waiting for a resource to be ready, or gone.

use std::sync::Arc;

use tokio::time::Instant;

use super::context::{Context, Task, given_up};
use super::error::StepError;
use super::event::Event;
use super::retry::Next;
use super::watch::Watch;
use crate::model::{Identifier, JsonMap, Live, Value};
use crate::providers::{Handler, Pending, PendingItem, ProviderError, Readiness};

/// One that a step waits for.
pub(super) struct Wait<'a> {
    pub(super) cx: &'a Context<'a>,
    pub(super) task: Task<'a>,
    pub(super) handler: &'a Arc<dyn Handler>,
    pub(super) identifier: &'a Identifier,
}

impl Wait<'_> {
    /// Until it can be used; `properties` is what it was made with or changed to.
    pub(super) async fn ready(&self, properties: &JsonMap) -> Result<Live, StepError> {
        let mut watch = Watch::new();
        loop {
            let words = match self.look(properties, false, &mut watch).await? {
                Readiness::Ready(live) => match self.unmet(&live)? {
                    None => return Ok(*live),
                    Some(condition) => condition,
                },
                Readiness::Waiting(words) => words,
                Readiness::Failed(words) => {
                    return Err(StepError::Failed { identifier: self.identifier.clone(), words });
                }
                Readiness::Gone if watch.since.elapsed() >= self.cx.settings.poll.invisible => {
                    return Err(StepError::Vanished { identifier: self.identifier.clone() });
                }
                Readiness::Gone => "not visible yet".to_owned(),
            };
            self.tell(&words, &mut watch);
            self.check_patience(&watch, false, words)?;
        }
    }

    /// Until it is gone.
    pub(super) async fn gone(&self) -> Result<(), StepError> {
        let mut watch = Watch::new();
        loop {
            let words = match self.look(&JsonMap::new(), true, &mut watch).await? {
                Readiness::Gone => return Ok(()),
                Readiness::Waiting(words) => words,
                Readiness::Ready(_) => "still there".to_owned(),
                Readiness::Failed(words) => {
                    return Err(StepError::Failed { identifier: self.identifier.clone(), words });
                }
            };
            self.tell(&words, &mut watch);
            self.check_patience(&watch, true, words)?;
        }
    }

    /// One answer; failures of the poll itself are tried again.
    async fn look(
        &self,
        properties: &JsonMap,
        deleting: bool,
        watch: &mut Watch,
    ) -> Result<Readiness, StepError> {
        let Self { cx, task, handler, identifier } = self;
        let since = Instant::now();
        let mut tries = cx.tries(*task, handler.as_ref());
        loop {
            let item = PendingItem {
                identifier: (*identifier).clone(),
                address: task.change.address.clone(),
                properties: properties.clone(),
                deleting,
            };
            let pause = cx.polls.pause(task.usual(), watch.looks == 0);
            watch.looks += 1;
            let key = (task.change.resource_type.clone(), task.change.scope.clone());
            match cx.polls.look(key, item, pause, |items| self.ask(items)).await {
                Ok(answer) => return Ok(answer),
                // One failed poll fails for all that share it: nobody wants to hear of it from each of them.
                Err(error) => match tries.after(error.kind) {
                    Next::Again(pause) => tokio::time::sleep(pause).await,
                    Next::GiveUp => return Err(given_up(error, watch.looks, since)),
                },
            }
        }
    }

    /// The batched call for all that wait for the same handler in the same scope.
    async fn ask(&self, items: Vec<PendingItem>) -> Result<Vec<Readiness>, ProviderError> {
        let request = Pending { scope: &self.task.change.scope, stack: self.cx.stack(), items: &items };
        self.cx.tries(self.task, self.handler.as_ref()).attempt(false, self.handler.ready(&request)).await
    }

    /// The first `readyWhen` condition that is not true.
    fn unmet(&self, live: &Live) -> Result<Option<String>, StepError> {
        let Some(desired) = &self.task.change.desired else { return Ok(None) };
        if desired.lifecycle.ready_when.is_empty() {
            return Ok(None);
        }
        // Nothing that refers to it has begun, so what it says of itself may be known early.
        self.cx.learn(&self.task.change.address, live.clone());
        let known = self.cx.known();
        for condition in &desired.lifecycle.ready_when {
            if !matches!(condition.resolve(&*known)?, Value::Bool(true)) {
                return Ok(Some(format!("readyWhen `{}` is not true", source(condition))));
            }
        }
        Ok(None)
    }

    /// Tells the listeners when it waits for something else than before.
    fn tell(&self, words: &str, watch: &mut Watch) {
        if watch.hear(words) {
            self.cx.emit(Event::Waiting {
                address: self.task.change.address.clone(),
                identifier: self.identifier.clone(),
                reason: words.to_owned(),
                at_ms: self.cx.at_ms(),
            });
        }
    }

    fn check_patience(&self, watch: &Watch, deleting: bool, words: String) -> Result<(), StepError> {
        let poll = &self.cx.settings.poll;
        let lifecycle = self.task.change.desired.as_ref().map(|desired| &desired.lifecycle);
        let still = lifecycle.map(|lifecycle| self.handler.stillness(lifecycle)).unwrap_or_default();
        let patience = self.task.usual().mul_f64(poll.patience).max(poll.patience_least) + still;
        if !watch.is_hopeless(patience, poll.patience_most.max(patience * 6)) {
            return Ok(());
        }
        let waited = watch.since.elapsed();
        Err(StepError::TooSlow { identifier: self.identifier.clone(), deleting, waited, words })
    }
}

fn source(condition: &Value) -> String {
    match condition {
        Value::Deferred(deferred) => deferred.source.to_string(),
        other => other.to_json().map(|json| json.to_string()).unwrap_or_default(),
    }
}
