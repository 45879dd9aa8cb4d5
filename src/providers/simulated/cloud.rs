//! The simulated cloud as a whole: its state behind one lock, and what every call to it goes through.

use std::collections::{BTreeMap, HashMap};
use std::io;
use std::path::Path;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use serde::{Deserialize, Serialize};
use thiserror::Error;
use tokio::sync::watch;

use super::behaviour::{Behaviour, Rate};
use super::clock::{Clock, millis};
use super::faults::{Failure, Faults, Operation};
use super::held::Held;
use super::invent::Inventor;
use super::store::{Saved, Store};
use crate::catalog::Catalog;
use crate::model::{Address, Identifier, JsonMap, Live, Ownership, ResourceType, Scope, StackName};
use crate::providers::{ErrorKind, ProviderError, Result};

/// An in-memory cloud. Clones share the same state, as two processes share one account.
#[derive(Clone, Debug)]
pub struct Cloud {
    pub(super) inner: Arc<Inner>,
}

#[derive(Debug)]
pub(super) struct Inner {
    pub(super) account: String,
    pub(super) behaviour: Behaviour,
    pub(super) clock: Clock,
    state: Mutex<State>,
    dead: watch::Sender<bool>,
}

/// What the lock guards.
#[derive(Debug)]
pub(super) struct State {
    pub(super) store: Store,
    faults: Faults,
    calls: BTreeMap<String, u64>,
    buckets: HashMap<(String, Scope), Bucket>,
    log: Vec<Deed>,
}

#[derive(Clone, Copy, Debug)]
struct Bucket {
    tokens: f64,
    at_ms: u64,
}

/// Something that the cloud did.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Deed {
    /// When, in milliseconds of the cloud's clock.
    pub at_ms: u64,
    /// What: it was made, changed, tagged, began to go.
    pub kind: DeedKind,
    /// To which type of resource.
    pub resource_type: ResourceType,
    /// To which.
    pub identifier: Identifier,
    /// The address in its tags, or in the request where it can have none.
    pub address: Option<Address>,
}

/// A kind of deed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub enum DeedKind {
    /// A resource was made.
    Created,
    /// A resource was changed.
    Updated,
    /// A resource's tags were changed.
    Tagged,
    /// A resource began to go.
    Deleted,
}

/// A saved cloud that can't be read or written.
#[derive(Debug, Error)]
#[error(
    "the simulated cloud in `{file}` can't be {verb}: {source}; remove the file to begin with an empty one"
)]
pub struct SavedCloudError {
    file: String,
    verb: &'static str,
    source: io::Error,
}

/// What a call is about.
pub(super) struct Call<'a> {
    pub(super) operation: Operation,
    pub(super) resource_type: &'a ResourceType,
    pub(super) scope: &'a Scope,
    pub(super) address: Option<&'a Address>,
}

impl Cloud {
    /// An empty cloud.
    pub fn new(behaviour: Behaviour) -> Self {
        Self::with(behaviour, Saved::default())
    }

    fn with(behaviour: Behaviour, saved: Saved) -> Self {
        let clock = Clock::new(saved.now_ms, behaviour.speed);
        let state = State {
            store: Store::restore(saved),
            faults: Faults::none(),
            calls: BTreeMap::new(),
            buckets: HashMap::new(),
            log: Vec::new(),
        };
        let inner = Inner {
            account: "123456789012".to_owned(),
            behaviour,
            clock,
            state: Mutex::new(state),
            dead: watch::Sender::new(false),
        };
        Self { inner: Arc::new(inner) }
    }

    /// The cloud that was [saved](Self::save) in a file, or an empty one where there is no file.
    pub fn load(behaviour: Behaviour, file: &Path) -> std::result::Result<Self, SavedCloudError> {
        let fail = |source| SavedCloudError { file: file.display().to_string(), verb: "read", source };
        let saved = match std::fs::read(file) {
            Ok(bytes) => serde_json::from_slice(&bytes).map_err(|error| fail(error.into()))?,
            Err(error) if error.kind() == io::ErrorKind::NotFound => Saved::default(),
            Err(error) => return Err(fail(error)),
        };
        Ok(Self::with(behaviour, saved))
    }

    /// Writes all resources to a file, through a second one, so that it is never half written.
    pub fn save(&self, file: &Path) -> std::result::Result<(), SavedCloudError> {
        let fail = |source| SavedCloudError { file: file.display().to_string(), verb: "written", source };
        let saved = self.lock().store.save(self.now());
        let bytes = serde_json::to_vec(&saved).map_err(|error| fail(error.into()))?;
        let draft = file.with_extension("draft");
        std::fs::write(&draft, bytes).and_then(|()| std::fs::rename(&draft, file)).map_err(fail)
    }

    /// Arms what shall go wrong; replaces what was armed before.
    pub fn arm(&self, faults: Faults) {
        self.lock().faults = faults;
        self.inner.dead.send_replace(false);
    }

    /// Returns when a fault has killed the process that called the cloud. The next process is alive again.
    pub async fn crashed(&self) {
        let mut dead = self.inner.dead.subscribe();
        // The sender lives in `self`, so the channel can't be closed while this waits.
        let _ = dead.wait_for(|dead| *dead).await;
        self.inner.dead.send_replace(false);
    }

    /// Everything that lives in the cloud, without any delay, as its console would show it.
    pub fn everything(&self) -> Vec<Live> {
        let now = self.now();
        let mut state = self.lock();
        state.store.purge(now);
        state.store.all().map(|held| report(held, Ownership::Foreign, now)).collect()
    }

    /// What the cloud did since it was made or loaded, oldest first.
    pub fn deeds(&self) -> Vec<Deed> {
        self.lock().log.clone()
    }

    /// Milliseconds of the cloud's clock.
    pub fn now(&self) -> u64 {
        self.inner.clock.now()
    }

    /// Lets all delays of the past run out, so that the next read sees everything.
    pub async fn settle(&self) {
        let behaviour = &self.inner.behaviour;
        let longest =
            behaviour.visible_after.max(behaviour.searchable_after).max(behaviour.role_usable_after);
        self.inner.clock.pass(longest + Duration::from_millis(1)).await;
    }

    /// Makes a resource by hand, outside of stackctl: what someone clicked together.
    pub fn place(
        &self,
        resource_type: &ResourceType,
        scope: &Scope,
        properties: JsonMap,
        tags: BTreeMap<String, String>,
    ) -> Identifier {
        self.place_held(resource_type, scope, properties, tags).identifier
    }

    pub(super) fn place_held(
        &self,
        resource_type: &ResourceType,
        scope: &Scope,
        mut properties: JsonMap,
        tags: BTreeMap<String, String>,
    ) -> Held {
        let mut state = self.lock();
        let seed = Inventor::seed(state.store.next_number());
        let inventor = Inventor { resource_type, scope, account: &self.inner.account, seed: &seed };
        let schema = Catalog::embedded().get(resource_type.as_str());
        let identifier = inventor.complete(schema.as_deref(), &mut properties);
        let held = Held {
            resource_type: resource_type.clone(),
            scope: scope.clone(),
            identifier,
            seed,
            name: None,
            properties,
            tags,
            foreign: true,
            visible_ms: 0,
            searchable_ms: 0,
            ready_ms: 0,
            usable_ms: 0,
            gone_ms: None,
            broken: None,
        };
        state.store.insert(held.clone());
        held
    }

    /// Changes a resource by hand: drift. Returns whether it exists.
    pub fn tamper(&self, identifier: &Identifier, change: impl FnOnce(&mut JsonMap)) -> bool {
        let mut state = self.lock();
        let Some(id) = state.store.named(identifier) else { return false };
        state.store.change(id, |held| change(&mut held.properties));
        true
    }

    /// Deletes a resource by hand, whatever uses it. Returns whether it existed.
    pub fn vanish(&self, identifier: &Identifier) -> bool {
        let now = self.now();
        let mut state = self.lock();
        let Some(id) = state.store.named(identifier) else { return false };
        state.store.change(id, |held| held.gone_ms = Some(now));
        state.store.purge(now);
        true
    }

    /// Calls made so far, by service.
    pub(super) fn calls(&self) -> BTreeMap<String, u64> {
        self.lock().calls.clone()
    }

    pub(super) fn lock(&self) -> MutexGuard<'_, State> {
        self.inner.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// One call: takes its time, counts, may be throttled, may fail on demand; else does what it is for.
    pub(super) async fn call<T: Send>(
        &self,
        call: Call<'_>,
        act: impl FnOnce(&mut State, &Moment<'_>) -> Result<T> + Send,
    ) -> Result<T> {
        self.inner.clock.pass(self.inner.behaviour.call).await;
        let done = self.perform(&call, act);
        match done {
            Performed::Answered(result) => result,
            Performed::Died => {
                self.inner.dead.send_replace(true);
                std::future::pending().await
            }
        }
    }

    fn perform<T>(
        &self,
        call: &Call<'_>,
        act: impl FnOnce(&mut State, &Moment<'_>) -> Result<T>,
    ) -> Performed<T> {
        let now = self.now();
        let service = service_word(call.resource_type);
        let mut state = self.lock();
        state.store.purge(now);
        *state.calls.entry(service.clone()).or_default() += 1;
        if let Some(rate) = self.inner.behaviour.rate
            && !state.admit(&service, call.scope, rate, now)
        {
            return Performed::Answered(Err(error(
                call,
                ErrorKind::Throttled,
                "Throttling",
                "rate exceeded",
            )));
        }
        let failure = state.faults.strike(call.operation, call.resource_type.as_str(), call.address);
        let broken = match &failure {
            Some(Failure::NeverReady(words)) => Some(words.as_str()),
            _ => None,
        };
        let moment = Moment { now, broken };
        match failure {
            Some(Failure::Refused(kind)) => {
                Performed::Answered(Err(error(call, kind, "InjectedFault", "refused on demand")))
            }
            Some(Failure::CrashBefore) => Performed::Died,
            Some(Failure::CrashAfter) => {
                drop(act(&mut state, &moment));
                Performed::Died
            }
            Some(Failure::AnswerLost) => {
                let lost = error(call, ErrorKind::Transient, "ConnectionReset", "connection reset by peer");
                Performed::Answered(act(&mut state, &moment).and(Err(lost)))
            }
            Some(Failure::NeverReady(_)) | None => Performed::Answered(act(&mut state, &moment)),
        }
    }

    /// Further calls that one operation needs: pages of a list.
    pub(super) fn count_more(state: &mut State, resource_type: &ResourceType, more: u64) {
        if more > 0 {
            *state.calls.entry(service_word(resource_type)).or_default() += more;
        }
    }

    /// When something that begins now and takes a share of the type's usual create time is done.
    pub(super) fn done_at(now: u64, resource_type: &ResourceType, share: f64) -> u64 {
        let seconds =
            Catalog::embedded().get(resource_type.as_str()).map_or(1, |schema| schema.facts().create_seconds);
        now + millis(Duration::from_secs(u64::from(seconds)).mul_f64(share))
    }
}

enum Performed<T> {
    Answered(Result<T>),
    Died,
}

/// The circumstances of a call.
pub(super) struct Moment<'a> {
    pub(super) now: u64,
    /// Why what the call makes never becomes ready.
    pub(super) broken: Option<&'a str>,
}

impl State {
    fn admit(&mut self, service: &str, scope: &Scope, rate: Rate, now: u64) -> bool {
        let full = Bucket { tokens: rate.burst, at_ms: now };
        let bucket = self.buckets.entry((service.to_owned(), scope.clone())).or_insert(full);
        let elapsed = Duration::from_millis(now.saturating_sub(bucket.at_ms)).as_secs_f64();
        bucket.tokens = elapsed.mul_add(rate.per_second, bucket.tokens).min(rate.burst);
        bucket.at_ms = now;
        let admitted = bucket.tokens >= 1.0;
        if admitted {
            bucket.tokens -= 1.0;
        }
        admitted
    }

    pub(super) fn record(
        &mut self,
        now: u64,
        kind: DeedKind,
        held: (ResourceType, Identifier),
        address: Option<&Address>,
    ) {
        let (resource_type, identifier) = held;
        self.log.push(Deed { at_ms: now, kind, resource_type, identifier, address: address.cloned() });
    }
}

pub(super) fn report(held: &Held, ownership: Ownership, now: u64) -> Live {
    let schema = Catalog::embedded().get(held.resource_type.as_str());
    held.report(schema.as_deref(), ownership, now)
}

/// What the stack owns of a type, and what has one of the identities that are asked for.
pub(super) fn owned<'a>(
    state: &'a State,
    resource_type: &ResourceType,
    scope: &Scope,
    stack: &StackName,
    now: u64,
    is_wanted: impl Fn(&Held) -> bool + 'a,
) -> Vec<Live> {
    let visible = state.store.of_type(resource_type, scope).filter(|(_, held)| held.visible_ms <= now);
    visible
        .filter_map(|(id, held)| {
            let ownership = state.store.ownership(id, stack);
            (ownership != Ownership::Foreign || is_wanted(held)).then(|| report(held, ownership, now))
        })
        .collect()
}

/// The service's name as the counts show it.
pub(super) fn service_word(resource_type: &ResourceType) -> String {
    resource_type.service().to_lowercase()
}

pub(super) fn error(
    call: &Call<'_>,
    kind: ErrorKind,
    code: &str,
    message: impl Into<String>,
) -> ProviderError {
    let verb = match call.operation {
        Operation::List | Operation::Ready => "Describe",
        Operation::Create => "Create",
        Operation::Update => "Modify",
        Operation::Delete => "Delete",
        Operation::Search => "GetResources",
    };
    ProviderError {
        kind,
        operation: format!("{}:{verb}{}", service_word(call.resource_type), call.resource_type.short()),
        code: code.to_owned(),
        message: message.into(),
    }
}
