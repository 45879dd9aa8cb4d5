//! What all steps of an apply share: what is known so far, handlers, secrets, pace, and where events go.

use std::collections::{BTreeMap, HashMap, HashSet};
use std::sync::{Arc, Mutex, PoisonError, RwLock, RwLockReadGuard};
use std::time::Duration;

use tokio::sync::mpsc::UnboundedSender;
use tokio::time::Instant;

use super::announce::Announcements;
use super::error::StepError;
use super::event::Event;
use super::pace::{Lane, Paces};
use super::poll::Polls;
use super::retry::{Next, Tries};
use super::settings::Settings;
use crate::catalog::Catalog;
use crate::identity::{KnownAttributes, Prepared, needed_secrets, prepare};
use crate::model::{Action, Address, Change, Desired, Live, ResourceType, Scope, SecretRef, StackName};
use crate::plan::{Plan, PlanStep, objects};
use crate::providers::{Handler, Provider, ProviderError};

/// Shared by all steps.
pub(super) struct Context<'a> {
    pub(super) plan: &'a Plan,
    pub(super) provider: &'a dyn Provider,
    pub(super) catalog: &'a Catalog,
    pub(super) announcements: &'a dyn Announcements,
    pub(super) finished_applies: u64,
    pub(super) allow_destroy: &'a [String],
    pub(super) settings: Settings,
    pub(super) paces: Paces,
    pub(super) polls: Polls,
    pub(super) known: RwLock<KnownAttributes>,
    dying_namespaces: HashSet<(&'a Scope, &'a str)>,
    handlers: Mutex<HashMap<ResourceType, Arc<dyn Handler>>>,
    secrets: Mutex<BTreeMap<SecretRef, String>>,
    events: UnboundedSender<Event>,
    began: Instant,
}

/// One step with the change it belongs to.
#[derive(Clone, Copy)]
pub(super) struct Task<'a> {
    pub(super) step: &'a PlanStep,
    pub(super) change: &'a Change,
    /// Whether the first call's turn has been taken by the scheduler.
    pub(super) paced: bool,
}

impl<'a> Task<'a> {
    pub(super) fn desired(&self) -> Result<&'a Arc<Desired>, StepError> {
        self.change.desired.as_ref().ok_or(StepError::Incomplete("desired side"))
    }

    pub(super) fn live(&self) -> Result<&'a Arc<Live>, StepError> {
        self.change.live.as_ref().ok_or(StepError::Incomplete("live side"))
    }

    /// How long it usually takes.
    pub(super) fn usual(&self) -> Duration {
        Duration::from_secs(u64::from(self.step.weight_seconds))
    }

    /// Keeps the jitter of steps apart.
    pub(super) fn salt(&self) -> u64 {
        u64::from(self.step.id.0)
    }
}

impl<'a> Context<'a> {
    pub(super) fn new(apply: super::Apply<'a>) -> Self {
        let mut known = apply.known;
        for change in &apply.plan.changes {
            // What is to be made is not known yet, whatever was read of an earlier one.
            match &change.live {
                Some(live) if !makes_new(change) => known.learn(change.address.clone(), live.clone()),
                _ => known.forget(&change.address),
            }
        }
        Self {
            plan: apply.plan,
            provider: apply.provider,
            catalog: apply.catalog,
            announcements: apply.announcements,
            finished_applies: apply.finished_applies,
            allow_destroy: apply.allow_destroy,
            paces: Paces::new(apply.settings.pace),
            polls: Polls::new(apply.settings.poll),
            settings: apply.settings,
            known: RwLock::new(known),
            dying_namespaces: dying_namespaces(apply.plan),
            handlers: Mutex::default(),
            secrets: Mutex::default(),
            events: apply.events,
            began: Instant::now(),
        }
    }

    pub(super) fn stack(&self) -> &'a StackName {
        &self.plan.head.stack
    }

    /// Milliseconds since the apply began.
    pub(super) fn at_ms(&self) -> u64 {
        u64::try_from(self.began.elapsed().as_millis()).unwrap_or(u64::MAX)
    }

    pub(super) fn emit(&self, event: Event) {
        // An apply goes on when nobody listens any more.
        let _ = self.events.send(event);
    }

    pub(super) fn handler(&self, resource_type: &ResourceType) -> Result<Arc<dyn Handler>, ProviderError> {
        let mut handlers = self.handlers.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(handler) = handlers.get(resource_type) {
            return Ok(handler.clone());
        }
        let handler = self.provider.handler(resource_type)?;
        handlers.insert(resource_type.clone(), handler.clone());
        Ok(handler)
    }

    pub(super) fn known(&self) -> RwLockReadGuard<'_, KnownAttributes> {
        self.known.read().unwrap_or_else(PoisonError::into_inner)
    }

    /// What a resource is now; those that refer to it see it from here on.
    pub(super) fn learn(&self, address: &Address, live: Live) {
        self.provider.learn(address, &live);
        let mut known = self.known.write().unwrap_or_else(PoisonError::into_inner);
        known.learn(address.clone(), Arc::new(live));
    }

    /// Whether an object lies in a namespace that this plan deletes: the namespace's end is its own.
    pub(super) fn goes_with_its_namespace(&self, live: &Live) -> bool {
        let Some(namespace) = objects::namespace(live) else { return false };
        live.resource_type.is_kubernetes() && self.dying_namespaces.contains(&(&live.scope, namespace))
    }

    /// The live resources of types that a handler reads under.
    pub(super) fn parents(&self, types: &[&str], scope: &Scope) -> Vec<Live> {
        let known = self.known();
        let relevant =
            |change: &&Change| change.scope == *scope && types.contains(&change.resource_type.as_str());
        let lives =
            self.plan.changes.iter().filter(relevant).filter_map(|change| known.live(&change.address));
        lives.map(|live| Live::clone(live)).collect()
    }

    /// Everything a handler needs, with all references resolved to what is known now.
    pub(super) async fn prepare(
        &self,
        desired: &Desired,
        live: Option<&Live>,
    ) -> Result<Prepared, StepError> {
        let needed = needed_secrets(desired, &*self.known())?;
        for secret in needed {
            self.read_secret(&secret, &desired.scope).await?;
        }
        let secrets = self.secrets.lock().unwrap_or_else(PoisonError::into_inner);
        Ok(prepare(self.catalog, self.stack(), desired, live, &*self.known(), &secrets)?)
    }

    async fn read_secret(&self, secret: &SecretRef, scope: &Scope) -> Result<(), StepError> {
        if self.secrets.lock().unwrap_or_else(PoisonError::into_inner).contains_key(secret) {
            return Ok(());
        }
        let lane: Lane = ("secretsmanager", scope.clone());
        let mut tries = Tries::new(&self.settings, &self.paces, lane, 0);
        let text = loop {
            match tries.attempt(false, self.provider.secret(secret, scope)).await {
                Ok(text) => break text,
                Err(error) => match tries.after(error.kind) {
                    Next::Again(pause) => tokio::time::sleep(pause).await,
                    Next::GiveUp => return Err(StepError::Refused { error }),
                },
            }
        };
        self.secrets.lock().unwrap_or_else(PoisonError::into_inner).insert(secret.clone(), text);
        Ok(())
    }

    /// Tries of a call of a step.
    pub(super) fn tries(&self, task: Task<'_>, handler: &dyn Handler) -> Tries<'_> {
        let lane = (handler.service(), task.change.scope.clone());
        Tries::new(&self.settings, &self.paces, lane, task.salt())
    }

    /// After a failed try: pauses and tells the listeners, or gives up with the step's error.
    pub(super) async fn again(
        &self,
        task: Task<'_>,
        tries: &mut Tries<'_>,
        error: ProviderError,
        since: Instant,
    ) -> Result<(), StepError> {
        match tries.after(error.kind) {
            Next::Again(pause) => {
                self.emit(Event::Retrying {
                    address: task.change.address.clone(),
                    error: error.to_string(),
                    attempt: tries.made(),
                    after_ms: u64::try_from(pause.as_millis()).unwrap_or(u64::MAX),
                    at_ms: self.at_ms(),
                });
                tokio::time::sleep(pause).await;
                Ok(())
            }
            Next::GiveUp => Err(given_up(error, tries.made(), since)),
        }
    }
}

/// The error of a step whose call is not tried again.
pub(super) fn given_up(error: ProviderError, tries: u32, since: Instant) -> StepError {
    if error.kind.is_retryable() {
        StepError::GaveUp { error, tries, within: since.elapsed() }
    } else {
        StepError::Refused { error }
    }
}

/// Whether a change makes a resource that was not there.
fn makes_new(change: &Change) -> bool {
    use crate::model::Action;
    matches!(change.action, Action::Create | Action::Replace)
}

/// The namespaces that a plan deletes.
fn dying_namespaces(plan: &Plan) -> HashSet<(&Scope, &str)> {
    let deleted = plan.changes.iter().filter(|change| change.action == Action::Delete);
    let namespaces = deleted.filter(|change| change.resource_type.as_str() == "v1/Namespace");
    namespaces.filter_map(|change| Some((&change.scope, objects::name(change.live.as_deref()?)?))).collect()
}
