//! The one handler that serves every type of the simulated cloud.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::{Arc, Mutex, OnceLock, PoisonError};

use async_trait::async_trait;

use super::adopted;
use super::clock::millis;
use super::cloud::{Call, Cloud, DeedKind, Moment, State, error, owned, report, service_word};
use super::faults::Operation;
use super::held::Held;
use super::invent::Inventor;
use super::merge::merge;
use super::references;
use super::store::Spent;
use crate::catalog::{Catalog, TypeSchema};
use crate::model::{
    Address, Digest, Identifier, Json, JsonMap, Live, Ownership, ResourceType, Scope, TAG_ADDRESS, TAG_STACK,
};
use crate::providers::{
    Create, Delete, ErrorKind, Handler, Pending, PendingItem, ProviderError, Query, Readiness, Result,
    Update, Wanted,
};

/// How many resources one page of a list holds.
const PAGE: usize = 1000;

/// Lists, makes, changes and deletes resources of one type in a [`Cloud`].
pub(super) struct Simulated {
    pub(super) cloud: Cloud,
    resource_type: ResourceType,
    schema: Option<Arc<TypeSchema>>,
    service: &'static str,
}

impl Simulated {
    pub(super) fn new(cloud: Cloud, resource_type: ResourceType) -> Self {
        let schema = Catalog::embedded().get(resource_type.as_str());
        let service = interned(service_word(&resource_type));
        Self { cloud, resource_type, schema, service }
    }

    fn call<'a>(&'a self, operation: Operation, scope: &'a Scope, address: Option<&'a Address>) -> Call<'a> {
        Call { operation, resource_type: &self.resource_type, scope, address }
    }

    fn is_wanted(&self, held: &Held, wanted: &BTreeSet<Identifier>, names: &BTreeSet<String>) -> bool {
        let name = self.name_in(&held.properties);
        wanted.contains(&held.identifier) || name.is_some_and(|name| names.contains(name))
    }

    /// The unique name among properties, for types that have one.
    fn name_in<'a>(&self, properties: &'a JsonMap) -> Option<&'a str> {
        let mut path = self.schema.as_ref()?.facts().name?.property.split('.');
        let first = properties.get(path.next()?)?;
        path.try_fold(first, |value, name| value.get(name))?.as_str()
    }

    /// What has no tags says by its name whose it is.
    fn claim_by_name(&self, found: &mut [Live], wanted: &[Wanted]) {
        for live in found.iter_mut().filter(|live| matches!(live.ownership, Ownership::Child { .. })) {
            let Some(name) = self.name_in(&live.properties) else { continue };
            if let Some(one) = wanted.iter().find(|one| self.name_in(&one.properties) == Some(name)) {
                live.ownership = Ownership::Tagged(one.address.clone());
            }
        }
    }

    /// What must be unique in its place: the name; names of groups are unique in their network.
    fn unique_name(&self, properties: &JsonMap) -> Option<String> {
        let name = self.name_in(properties)?;
        let network = properties.get("VpcId").and_then(Json::as_str).unwrap_or_default();
        Some(format!("{network}/{name}"))
    }

    fn identities(&self, wanted: &[Wanted]) -> (BTreeSet<Identifier>, BTreeSet<String>) {
        let mut ids = BTreeSet::new();
        let mut names = BTreeSet::new();
        for one in wanted {
            let computed = self.schema.as_ref().and_then(|schema| schema.identifier(&one.properties));
            ids.extend(one.adopt.iter().cloned().chain(computed));
            names.extend(self.name_in(&one.properties).map(str::to_owned));
        }
        (ids, names)
    }

    fn make(
        &self,
        state: &mut State,
        call: &Call<'_>,
        request: &Create<'_>,
        moment: &Moment<'_>,
    ) -> Result<Identifier> {
        let digest = Digest::of_json(&Json::Object(request.properties.clone()));
        let takes_token = self.cloud.inner.behaviour.takes_token(self.resource_type.as_str());
        if takes_token
            && let Some(spent) = state.store.spent(&self.resource_type, request.scope, request.token.as_str())
        {
            // AWS remembers a token's result for hours, whatever became of it.
            return if spent.request == digest {
                Ok(spent.identifier.clone())
            } else {
                let message = "the client token was used with other parameters";
                Err(error(call, ErrorKind::Invalid, "IdempotentParameterMismatch", message))
            };
        }
        references::check(state, call, request.properties, self.name_in(request.properties), moment.now)?;
        let held = self.conceive(state, request, moment);
        if let Some(existing) = self.taken(state, call, request, &held)? {
            return Ok(existing);
        }
        let identifier = held.identifier.clone();
        let deed = (self.resource_type.clone(), identifier.clone());
        state.store.insert(held);
        state.record(moment.now, DeedKind::Created, deed, Some(request.address));
        if takes_token {
            state.store.spend(Spent {
                resource_type: self.resource_type.clone(),
                scope: request.scope.clone(),
                token: request.token.as_str().to_owned(),
                identifier: identifier.clone(),
                request: digest,
            });
        }
        Ok(identifier)
    }

    fn conceive(&self, state: &mut State, request: &Create<'_>, moment: &Moment<'_>) -> Held {
        let behaviour = &self.cloud.inner.behaviour;
        let schema = self.schema.as_deref();
        let seed = Inventor::seed(state.store.next_number());
        let account = &self.cloud.inner.account;
        let inventor =
            Inventor { resource_type: &self.resource_type, scope: request.scope, account, seed: &seed };
        let mut properties = request.properties.clone();
        // What can't carry our tags is compared whole: there the cloud must not choose for itself.
        if let (true, Some(schema)) = (behaviour.fills_in, schema.filter(|schema| schema.is_taggable())) {
            Inventor::fill_in(schema, &mut properties);
        }
        let identifier = inventor.complete(schema, &mut properties);
        let taggable = schema.is_none_or(TypeSchema::is_taggable);
        let visible_ms = moment.now + millis(behaviour.visible_after);
        let ready_ms = Cloud::done_at(moment.now, &self.resource_type, behaviour.create).max(visible_ms);
        let role = self.resource_type.as_str() == "AWS::IAM::Role";
        let usable_ms = ready_ms + if role { millis(behaviour.role_usable_after) } else { 0 };
        Held {
            resource_type: self.resource_type.clone(),
            scope: request.scope.clone(),
            identifier,
            seed,
            name: self.unique_name(&properties),
            properties,
            tags: if taggable { request.tags.clone() } else { BTreeMap::new() },
            foreign: false,
            visible_ms,
            searchable_ms: moment.now + millis(behaviour.searchable_after),
            ready_ms,
            usable_ms,
            gone_ms: None,
            broken: moment.broken.map(str::to_owned),
        }
    }

    /// Whether the identity is taken: by this request's own first attempt, or by something else.
    fn taken(
        &self,
        state: &State,
        call: &Call<'_>,
        request: &Create<'_>,
        held: &Held,
    ) -> Result<Option<Identifier>> {
        let Some((id, other)) = state.store.taken(held) else { return Ok(None) };
        if other.gone_ms.is_some() {
            let message = format!("'{}' is still being deleted", held.identifier);
            return Err(error(call, ErrorKind::InUse, "OperationAborted", message));
        }
        let address = other.tags.get(TAG_ADDRESS).and_then(|text| Address::from_tag(text).ok());
        let of_stack = other.tags.get(TAG_STACK).is_some_and(|name| name == request.stack.as_str());
        let ours = of_stack && address.as_ref() == Some(request.address);
        let untaggable = self.schema.as_ref().is_some_and(|schema| !schema.is_taggable());
        let child = untaggable && state.store.ownership(id, request.stack) != Ownership::Foreign;
        if (ours || child) && self.same_create(other, held) {
            return Ok(Some(other.identifier.clone()));
        }
        let message = format!("'{}' already exists", held.identifier);
        Err(error(call, ErrorKind::AlreadyExists, "AlreadyExists", message))
    }

    /// Whether two have the same create-only properties.
    fn same_create(&self, one: &Held, other: &Held) -> bool {
        let Some(schema) = &self.schema else { return true };
        let fixed = |name: &&String| schema.is_create_only(name) && !schema.is_read_only(name);
        other
            .properties
            .keys()
            .filter(fixed)
            .all(|name| one.properties.get(name) == other.properties.get(name))
    }

    fn answer(&self, state: &State, item: &PendingItem, request: &Pending<'_>, now: u64) -> Readiness {
        let found = state.store.find(&self.resource_type, request.scope, &item.identifier);
        let Some((id, held)) = found.filter(|(_, held)| held.visible_ms <= now) else {
            return Readiness::Gone;
        };
        match (held.gone_ms, &held.broken) {
            (Some(_), _) => Readiness::Waiting("deleting".to_owned()),
            (None, _) if item.deleting => Readiness::Waiting("still there".to_owned()),
            (None, Some(words)) => Readiness::Failed(words.clone()),
            (None, None) if now < held.ready_ms => Readiness::Waiting("pending".to_owned()),
            (None, None) => {
                Readiness::Ready(Box::new(report(held, state.store.ownership(id, request.stack), now)))
            }
        }
    }

    fn change(
        &self,
        state: &mut State,
        call: &Call<'_>,
        request: &Update<'_>,
        moment: &Moment<'_>,
    ) -> Result<()> {
        let (id, held) = self.visible(state, call, &request.live.identifier, moment.now)?;
        if moment.now < held.ready_ms {
            return Err(error(
                call,
                ErrorKind::NotYet,
                "IncorrectState",
                format!("'{}' is pending", held.identifier),
            ));
        }
        if let Some(schema) = &self.schema
            && let Some(path) = request.delta.set.iter().chain(&request.delta.removed).find(|path| {
                schema.is_create_only(&path.generalised()) || schema.is_read_only(&path.generalised())
            })
        {
            let message = format!("property {path} can't be changed after the resource is made");
            return Err(error(call, ErrorKind::Invalid, "NotUpdatable", message));
        }
        references::check(state, call, request.properties, self.name_in(request.properties), moment.now)?;
        let behaviour = &self.cloud.inner.behaviour;
        let ready = Cloud::done_at(moment.now, &self.resource_type, behaviour.update);
        let deed = (self.resource_type.clone(), held.identifier.clone());
        state.store.change(id, |held| {
            merge(&mut held.properties, request.properties, request.delta);
            held.ready_ms = ready;
            held.broken = moment.broken.map(str::to_owned);
        });
        state.record(moment.now, DeedKind::Updated, deed, Some(request.address));
        Ok(())
    }

    fn retag(&self, state: &mut State, call: &Call<'_>, request: &Update<'_>, now: u64) -> Result<()> {
        let (id, held) = self.visible(state, call, &request.live.identifier, now)?;
        if self.schema.as_ref().is_some_and(|schema| !schema.tags_updatable()) {
            let message = format!("the tags of a {} can't be changed", self.resource_type);
            return Err(error(call, ErrorKind::Invalid, "NotUpdatable", message));
        }
        let deed = (self.resource_type.clone(), held.identifier.clone());
        state.store.change(id, |held| held.tags = request.delta.tags_after(&held.tags));
        state.record(now, DeedKind::Tagged, deed, Some(request.address));
        Ok(())
    }

    fn visible<'a>(
        &self,
        state: &'a State,
        call: &Call<'_>,
        identifier: &Identifier,
        now: u64,
    ) -> Result<(u64, &'a Held)> {
        state
            .store
            .find(&self.resource_type, call.scope, identifier)
            .filter(|(_, held)| held.visible_ms <= now && held.gone_ms.is_none())
            .ok_or_else(|| {
                error(call, ErrorKind::NotFound, "NotFound", format!("'{identifier}' does not exist"))
            })
    }

    fn remove(&self, state: &mut State, call: &Call<'_>, request: &Delete<'_>, now: u64) -> Result<()> {
        let identifier = &request.live.identifier;
        let Some((id, held)) = state.store.find(&self.resource_type, request.scope, identifier) else {
            return Ok(());
        };
        if held.gone_ms.is_some() {
            return Ok(());
        }
        if let Some(user) = state.store.users(id).next() {
            let message = format!("'{identifier}' is used by {} '{}'", user.resource_type, user.identifier);
            return Err(error(call, ErrorKind::InUse, "DependencyViolation", message));
        }
        let gone = Cloud::done_at(now, &self.resource_type, self.cloud.inner.behaviour.delete);
        let deed = (self.resource_type.clone(), identifier.clone());
        state.store.change(id, |held| held.gone_ms = Some(gone));
        state.record(now, DeedKind::Deleted, deed, request.live.address());
        state.store.purge(now);
        Ok(())
    }
}

/// A service's word for the life of the process; there are as many as AWS has services.
fn interned(word: String) -> &'static str {
    static WORDS: OnceLock<Mutex<BTreeSet<&'static str>>> = OnceLock::new();
    let mut words = WORDS.get_or_init(Mutex::default).lock().unwrap_or_else(PoisonError::into_inner);
    if let Some(known) = words.get(word.as_str()) {
        return known;
    }
    let word: &'static str = word.leak();
    words.insert(word);
    word
}

#[async_trait]
impl Handler for Simulated {
    fn resource_type(&self) -> ResourceType {
        self.resource_type.clone()
    }

    fn service(&self) -> &'static str {
        self.service
    }

    fn parents(&self) -> &'static [&'static str] {
        adopted::parents_of(&self.resource_type)
    }

    fn deduplicates(&self) -> bool {
        let named =
            self.schema.as_ref().is_none_or(|schema| schema.facts().name.is_some() || !schema.is_taggable());
        named || self.cloud.inner.behaviour.takes_token(self.resource_type.as_str())
    }

    async fn list(&self, query: &Query<'_>) -> Result<Vec<Live>> {
        let (ids, names) = self.identities(query.wanted);
        let call = self.call(Operation::List, query.scope, None);
        let list = |state: &mut State, moment: &Moment<'_>| {
            let wanted = |held: &Held| self.is_wanted(held, &ids, &names);
            let mut found = owned(state, &self.resource_type, query.scope, query.stack, moment.now, wanted);
            self.claim_by_name(&mut found, query.wanted);
            let (of, scope) = (&self.resource_type, query.scope);
            let children = adopted::children(state, of, scope, query.stack, query.parents, moment.now);
            found.retain(|live| children.iter().all(|child| child.identifier != live.identifier));
            found.extend(children);
            let more = found.len().saturating_sub(1) / PAGE;
            Cloud::count_more(state, &self.resource_type, more as u64);
            Ok(found)
        };
        self.cloud.call(call, list).await
    }

    async fn create(&self, request: &Create<'_>) -> Result<Identifier> {
        let call = || self.call(Operation::Create, request.scope, Some(request.address));
        self.cloud.call(call(), |state, moment| self.make(state, &call(), request, moment)).await
    }

    /// Properties and tags are two calls, as most services have it: a process may die between them.
    async fn update(&self, request: &Update<'_>) -> Result<()> {
        let call = || self.call(Operation::Update, request.scope, Some(request.address));
        if request.delta.touches_properties() {
            self.cloud.call(call(), |state, moment| self.change(state, &call(), request, moment)).await?;
        }
        if request.delta.touches_tags() {
            self.cloud.call(call(), |state, moment| self.retag(state, &call(), request, moment.now)).await?;
        }
        Ok(())
    }

    async fn delete(&self, request: &Delete<'_>) -> Result<()> {
        let call = || self.call(Operation::Delete, request.scope, request.live.address());
        self.cloud.call(call(), |state, moment| self.remove(state, &call(), request, moment.now)).await
    }

    async fn ready(&self, request: &Pending<'_>) -> Result<Vec<Readiness>> {
        let call = self.call(Operation::Ready, request.scope, None);
        let poll = |state: &mut State, moment: &Moment<'_>| {
            Ok(request.items.iter().map(|item| self.answer(state, item, request, moment.now)).collect())
        };
        self.cloud.call(call, poll).await
    }
}

/// For a type that no cloud has: an error that says so.
pub(super) fn unknown(resource_type: &ResourceType) -> ProviderError {
    ProviderError::new(
        ErrorKind::Unsupported,
        format!("simulated:{resource_type}"),
        format!("AWS publishes no resource type {resource_type}"),
    )
}
