//! All resources of the simulated cloud, with the indexes that its answers need.

use std::collections::{BTreeMap, BTreeSet, HashMap, HashSet};

use serde::{Deserialize, Serialize};

use super::held::Held;
use crate::catalog::Catalog;
use crate::model::{
    Address, Digest, Identifier, Ownership, ResourceType, Scope, StackName, TAG_ADDRESS, TAG_STACK,
};

/// A resource's number in the store.
pub(super) type Id = u64;

/// What a token was spent on.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(super) struct Spent {
    pub(super) resource_type: ResourceType,
    pub(super) scope: Scope,
    pub(super) token: String,
    pub(super) identifier: Identifier,
    pub(super) request: Digest,
}

/// What a saved cloud consists of.
#[derive(Debug, Default, Serialize, Deserialize)]
pub(super) struct Saved {
    pub(super) now_ms: u64,
    pub(super) made: u64,
    pub(super) resources: Vec<Held>,
    pub(super) tokens: Vec<Spent>,
}

/// The resources and their indexes.
#[derive(Debug, Default)]
pub(super) struct Store {
    held: BTreeMap<Id, Held>,
    made: u64,
    places: HashMap<ResourceType, BTreeMap<Scope, BTreeSet<Id>>>,
    identities: HashMap<(ResourceType, Scope, Identifier), Id>,
    names: HashMap<(ResourceType, Scope, String), Id>,
    handles: HashMap<String, BTreeSet<Id>>,
    mentions: HashMap<String, BTreeSet<Id>>,
    tokens: HashMap<(ResourceType, Scope, String), Spent>,
    leaving: BTreeSet<(u64, Id)>,
    /// Handles of what is gone: a request that mentions one is wrong.
    ghosts: HashSet<String>,
}

impl Store {
    pub(super) fn restore(saved: Saved) -> Self {
        let mut store = Self { made: saved.made, ..Self::default() };
        for held in saved.resources {
            store.insert(held);
        }
        for spent in saved.tokens {
            store.spend(spent);
        }
        store
    }

    pub(super) fn save(&self, now_ms: u64) -> Saved {
        Saved {
            now_ms,
            made: self.made,
            resources: self.held.values().cloned().collect(),
            tokens: self.tokens.values().cloned().collect(),
        }
    }

    /// A number that was never given before.
    pub(super) fn next_number(&mut self) -> u64 {
        self.made += 1;
        self.made
    }

    pub(super) fn insert(&mut self, held: Held) {
        let id = self.held.last_key_value().map_or(0, |(last, _)| last + 1);
        self.places
            .entry(held.resource_type.clone())
            .or_default()
            .entry(held.scope.clone())
            .or_default()
            .insert(id);
        self.identities.insert(identity(&held), id);
        self.names.extend(name_key(&held).map(|key| (key, id)));
        self.index(id, &held);
        if let Some(gone) = held.gone_ms {
            self.leaving.insert((gone, id));
        }
        self.held.insert(id, held);
    }

    fn index(&mut self, id: Id, held: &Held) {
        for handle in held.handles() {
            self.ghosts.remove(&handle);
            self.handles.entry(handle).or_default().insert(id);
        }
        for text in held.mentions() {
            self.mentions.entry(text).or_default().insert(id);
        }
    }

    fn unindex(&mut self, id: Id, held: &Held) {
        for handle in held.handles() {
            remove(&mut self.handles, &handle, id);
        }
        for text in held.mentions() {
            remove(&mut self.mentions, &text, id);
        }
    }

    /// Forgets what is gone by now.
    pub(super) fn purge(&mut self, now: u64) {
        while let Some(&(gone, id)) = self.leaving.first()
            && gone <= now
        {
            self.leaving.pop_first();
            let Some(held) = self.held.remove(&id) else { continue };
            self.unindex(id, &held);
            self.ghosts.extend(held.handles().into_iter().filter(|text| !self.handles.contains_key(text)));
            self.identities.remove(&identity(&held));
            if let Some(key) = name_key(&held) {
                self.names.remove(&key);
            }
            if let Some(ids) =
                self.places.get_mut(&held.resource_type).and_then(|scopes| scopes.get_mut(&held.scope))
            {
                ids.remove(&id);
            }
        }
    }

    pub(super) fn find(
        &self,
        resource_type: &ResourceType,
        scope: &Scope,
        identifier: &Identifier,
    ) -> Option<(Id, &Held)> {
        let id = *self.identities.get(&(resource_type.clone(), scope.clone(), identifier.clone()))?;
        Some((id, self.held.get(&id)?))
    }

    /// The resource that has a unique name already, or the same identifier.
    pub(super) fn taken(&self, new: &Held) -> Option<(Id, &Held)> {
        let named = name_key(new).and_then(|key| self.names.get(&key));
        let id = *named.or_else(|| self.identities.get(&identity(new)))?;
        Some((id, self.held.get(&id)?))
    }

    /// Changes a resource and what is known of its references.
    pub(super) fn change(&mut self, id: Id, change: impl FnOnce(&mut Held)) {
        let Some(mut held) = self.held.remove(&id) else { return };
        self.unindex(id, &held);
        change(&mut held);
        self.index(id, &held);
        if let Some(gone) = held.gone_ms {
            self.leaving.insert((gone, id));
        }
        self.held.insert(id, held);
    }

    pub(super) fn all(&self) -> impl Iterator<Item = &Held> {
        self.held.values()
    }

    pub(super) fn of_type(
        &self,
        resource_type: &ResourceType,
        scope: &Scope,
    ) -> impl Iterator<Item = (Id, &Held)> {
        let ids = self.places.get(resource_type).and_then(|scopes| scopes.get(scope));
        ids.into_iter().flatten().filter_map(|id| Some((*id, self.held.get(id)?)))
    }

    /// The first resource of any type with this identifier.
    pub(super) fn named(&self, identifier: &Identifier) -> Option<Id> {
        self.held.iter().find(|(_, held)| held.identifier == *identifier).map(|(id, _)| *id)
    }

    /// The types of which a scope holds at least one.
    pub(super) fn types(&self, scope: &Scope) -> Vec<ResourceType> {
        let present =
            |scopes: &BTreeMap<Scope, BTreeSet<Id>>| scopes.get(scope).is_some_and(|ids| !ids.is_empty());
        let mut types: Vec<_> =
            self.places.iter().filter(|(_, scopes)| present(scopes)).map(|(name, _)| name.clone()).collect();
        types.sort();
        types
    }

    /// Those that a text refers to.
    pub(super) fn called(&self, text: &str) -> impl Iterator<Item = (Id, &Held)> {
        self.handles.get(text).into_iter().flatten().filter_map(|id| Some((*id, self.held.get(id)?)))
    }

    /// Whether a text is the id of something that is gone.
    pub(super) fn is_ghost(&self, text: &str) -> bool {
        self.ghosts.contains(text)
    }

    /// Those that refer to a resource.
    pub(super) fn users(&self, id: Id) -> impl Iterator<Item = &Held> {
        let handles = self.held.get(&id).map(Held::handles).unwrap_or_default();
        let ids: BTreeSet<Id> =
            handles.iter().filter_map(|handle| self.mentions.get(handle)).flatten().copied().collect();
        ids.into_iter().filter(move |user| *user != id).filter_map(|user| self.held.get(&user))
    }

    pub(super) fn spent(&self, resource_type: &ResourceType, scope: &Scope, token: &str) -> Option<&Spent> {
        self.tokens.get(&(resource_type.clone(), scope.clone(), token.to_owned()))
    }

    pub(super) fn spend(&mut self, spent: Spent) {
        let key = (spent.resource_type.clone(), spent.scope.clone(), spent.token.clone());
        self.tokens.insert(key, spent);
    }

    /// Whose a resource is: by its tags; where it can't have any by what it refers to; else by its name's prefix.
    pub(super) fn ownership(&self, id: Id, stack: &StackName) -> Ownership {
        self.ownership_within(id, stack, 4)
    }

    fn ownership_within(&self, id: Id, stack: &StackName, depth: u8) -> Ownership {
        let Some(held) = self.held.get(&id) else { return Ownership::Foreign };
        if held.tags.get(TAG_STACK).is_some_and(|owner| owner == stack.as_str()) {
            let address = held.tags.get(TAG_ADDRESS).and_then(|text| Address::from_tag(text).ok());
            return address.map_or(Ownership::Foreign, Ownership::Tagged);
        }
        let taggable =
            Catalog::embedded().get(held.resource_type.as_str()).is_none_or(|schema| schema.is_taggable());
        if taggable || depth == 0 {
            return Ownership::Foreign;
        }
        // What is part of its identifier comes first: a route hangs under its table, not under its gateway.
        let mentions = held.mentions();
        let texts = held.identifier.as_str().split('|').chain(mentions.iter().map(String::as_str));
        let parents = texts.flat_map(|text| self.called(text)).filter(|(other, _)| *other != id);
        for (other, parent) in parents {
            let address = match self.ownership_within(other, stack, depth - 1) {
                Ownership::Tagged(address) => Some(address),
                Ownership::Child { parent, .. } => parent,
                Ownership::Foreign => continue,
            };
            return Ownership::Child { parent: address, name: name_under(held, parent) };
        }
        if held.foreign {
            return Ownership::Foreign;
        }
        let prefix = format!("{stack}-");
        let own = held.identifier.as_str().to_owned();
        let name = held.mentions().into_iter().chain([own]).find(|text| text.starts_with(&prefix));
        name.map_or(Ownership::Foreign, |name| Ownership::Child { parent: None, name })
    }
}

/// What tells a child from its siblings: its identifier without its parent's.
fn name_under(held: &Held, parent: &Held) -> String {
    let parts: Vec<&str> =
        held.identifier.as_str().split('|').filter(|part| *part != parent.identifier.as_str()).collect();
    parts.join("|")
}

fn identity(held: &Held) -> (ResourceType, Scope, Identifier) {
    (held.resource_type.clone(), held.scope.clone(), held.identifier.clone())
}

fn name_key(held: &Held) -> Option<(ResourceType, Scope, String)> {
    Some((held.resource_type.clone(), held.scope.clone(), held.name.clone()?))
}

fn remove(index: &mut HashMap<String, BTreeSet<Id>>, key: &str, id: Id) {
    if let Some(ids) = index.get_mut(key) {
        ids.remove(&id);
        if ids.is_empty() {
            index.remove(key);
        }
    }
}
