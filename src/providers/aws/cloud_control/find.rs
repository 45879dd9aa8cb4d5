//! What is live of a type: by identity, by tag, and by Cloud Control's record of recent requests.

use std::collections::HashMap;
use std::sync::Arc;

use aws_sdk_cloudcontrol::Client;
use aws_sdk_cloudcontrol::error::ProvideErrorMetadata;
use aws_sdk_cloudcontrol::types::ResourceDescription;
use futures::{StreamExt, TryStreamExt, stream};

use super::super::{failed, tags, tags::Tags};
use super::recent::{self, Latest};
use super::{CloudControl, arn, identity, state};
use crate::model::{Address, Identifier, JsonMap, Live, Ownership, Scope, StackName, Status};
use crate::providers::{ErrorKind, ProviderError, Query, Result, Tagged, Wanted, at};

/// Reads at the same time: Cloud Control has no bulk read that tells all properties.
const READS: usize = 8;

impl CloudControl {
    /// All that `query` asks for.
    pub(super) async fn find(&self, query: &Query<'_>) -> Result<Vec<Live>> {
        let requests = self.recent.requests(&self.aws, query.scope).await?;
        let latest = recent::by_identifier(&requests, &self.resource_type);
        let mut found: HashMap<Identifier, Live> = HashMap::new();
        self.read_all(query, self.certain(query, &latest), &mut found).await?;
        self.read_tagged(query, &mut found).await?;
        if !self.schema.is_taggable() {
            self.read_untaggable(query, &mut found).await?;
        }
        if let Some(ties) = self.schema.facts().ties {
            self.read_ties(query, ties, &mut found).await?;
        }
        for (identifier, latest) in latest {
            if let Some(live) = found.get_mut(&identifier) {
                live.status = status(latest);
            }
        }
        let wanted: Vec<_> = query.wanted.iter().map(|wanted| self.identities(wanted)).collect();
        let mut found: Vec<Live> = found
            .into_values()
            .filter(|live| {
                live.ownership != Ownership::Foreign
                    || wanted.iter().flatten().any(|id| *id == live.identifier)
            })
            .collect();
        found.sort_by(|a, b| a.identifier.cmp(&b.identifier));
        Ok(found)
    }

    /// Identifiers that need no guessing: of what is wanted, and of what was made or changed lately.
    fn certain(&self, query: &Query<'_>, latest: &[(Identifier, Latest)]) -> Vec<Identifier> {
        let wanted = query.wanted.iter().flat_map(|wanted| self.identities(wanted));
        let made = latest.iter().filter(|(_, latest)| *latest != Latest::Deleted).map(|(id, _)| id.clone());
        // What can't be tagged can't be told from what others made.
        let made = made.filter(|_| self.schema.is_taggable());
        let mut all: Vec<_> = wanted.chain(made).collect();
        all.sort();
        all.dedup();
        all
    }

    fn identities(&self, wanted: &Wanted) -> Vec<Identifier> {
        wanted.adopt.clone().into_iter().chain(self.schema.identifier(&wanted.properties)).collect()
    }

    async fn read_all(
        &self,
        query: &Query<'_>,
        identifiers: Vec<Identifier>,
        found: &mut HashMap<Identifier, Live>,
    ) -> Result<()> {
        let missing: Vec<_> = identifiers.into_iter().filter(|id| !found.contains_key(id)).collect();
        let read: Vec<Option<Live>> = stream::iter(missing)
            .map(|id| async move { self.glance(query.scope, query.stack, &id).await })
            .buffered(READS)
            .try_collect()
            .await?;
        found.extend(read.into_iter().flatten().map(|live| (live.identifier.clone(), live)));
        Ok(())
    }

    /// The hits of the tag search that no identity has led to yet. One that can't be read was deleted lately.
    async fn read_tagged(&self, query: &Query<'_>, found: &mut HashMap<Identifier, Live>) -> Result<()> {
        let hits: Vec<&Tagged> = query
            .tagged
            .iter()
            .filter(|hit| hit.resource_type().as_ref() == Some(&self.resource_type))
            .filter(|hit| !found.values().any(|live| is_same(live, hit)))
            .collect();
        let reads: Vec<_> = hits.iter().map(|hit| self.read_hit(query, hit)).collect();
        let read: Vec<Option<Live>> = stream::iter(reads).buffered(READS).try_collect().await?;
        let unread = hits.iter().zip(&read).filter(|(_, live)| live.is_none()).map(|(hit, _)| *hit).collect();
        found.extend(read.into_iter().flatten().map(|live| (live.identifier.clone(), live)));
        self.read_listed(query, unread, found).await
    }

    async fn read_hit(&self, query: &Query<'_>, hit: &Tagged) -> Result<Option<Live>> {
        let address = tags::address(&hit.tags);
        let known = address.as_ref().and_then(|address| wanted_at(query, address));
        let parts = self.schema.primary_identifier();
        for candidate in identity::candidates(self.resource_type.as_str(), &parts, &hit.arn, known) {
            match self.glance(query.scope, query.stack, &candidate).await {
                Ok(Some(live)) if tags::address(&live.tags) == address => {
                    return Ok(Some(live));
                }
                // A guess in the wrong form is refused as invalid.
                Ok(_) => {}
                Err(error) if error.kind == ErrorKind::Invalid => {}
                Err(error) => return Err(error),
            }
        }
        Ok(None)
    }

    /// For hits whose ARN does not lead to an identifier: those of all of the type that the ARN names.
    async fn read_listed(
        &self,
        query: &Query<'_>,
        unread: Vec<&Tagged>,
        found: &mut HashMap<Identifier, Live>,
    ) -> Result<()> {
        if unread.is_empty() {
            return Ok(());
        }
        let named = |listed: &ResourceDescription| {
            unread.iter().any(|hit| {
                let id = listed.identifier().unwrap_or_default();
                id.split('|').all(|part| hit.arn.contains(part))
                    || listed.properties().is_some_and(|text| text.contains(&hit.arn))
            })
        };
        let listed = self.list_all(query.scope).await?;
        let identifiers = listed
            .iter()
            .filter(|listed| named(listed))
            .filter_map(|listed| listed.identifier().map(Identifier::new));
        self.read_all(query, identifiers.collect(), found).await
    }

    /// Resources without tags: those that carry the stack's name prefix, and those that equal a wanted one in
    /// all that can't be changed, where AWS chooses the identifier.
    async fn read_untaggable(&self, query: &Query<'_>, found: &mut HashMap<Identifier, Live>) -> Result<()> {
        // What its identity did not lead to may be known by another one.
        let is_found = |wanted: &Wanted| self.identities(wanted).iter().any(|id| found.contains_key(id));
        let nameless: Vec<&Wanted> = query.wanted.iter().filter(|wanted| !is_found(wanted)).collect();
        let named = self.schema.facts().name.is_some();
        if nameless.is_empty() && !named {
            return Ok(());
        }
        let prefix = format!("{}-", query.stack);
        let listed = match self.list_all(query.scope).await {
            Ok(listed) => listed,
            // Some types are only listed under a parent, some not at all.
            Err(error) if matches!(error.kind, ErrorKind::Invalid | ErrorKind::Unsupported) => return Ok(()),
            Err(error) => return Err(error),
        };
        let ours = |listed: &ResourceDescription| {
            listed.identifier().is_some_and(|id| id.starts_with(&prefix))
                || !nameless.is_empty()
                || listed.properties().is_some_and(|text| text.contains(&format!("\"{prefix}")))
        };
        let identifiers = listed
            .iter()
            .filter(|listed| ours(listed))
            .filter_map(|listed| listed.identifier().map(Identifier::new));
        let mut read = HashMap::new();
        self.read_all(query, identifiers.collect(), &mut read).await?;
        for (identifier, mut live) in read {
            let is_wanted = nameless.iter().any(|wanted| self.is_natural_match(wanted, &live));
            if let Some(wanted) = nameless.iter().find(|wanted| self.has_name_of(wanted, &live)) {
                live.ownership = Ownership::Tagged(wanted.address.clone());
            }
            if is_wanted || live.address().is_some() || self.name(&live).starts_with(&prefix) {
                found.entry(identifier).or_insert(live);
            }
        }
        Ok(())
    }

    /// What a resource is called where its type has names; its identifier otherwise.
    fn name<'l>(&self, live: &'l Live) -> &'l str {
        let name = self.schema.facts().name.and_then(|rule| at(&live.properties, rule.property)?.as_str());
        name.unwrap_or(live.identifier.as_str())
    }

    fn has_name_of(&self, wanted: &Wanted, live: &Live) -> bool {
        let Some(rule) = self.schema.facts().name else { return false };
        let name = at(&wanted.properties, rule.property);
        name.is_some() && name == at(&live.properties, rule.property)
    }

    /// Whether every create-only property that is wanted is so in the live resource, and there is one.
    fn is_natural_match(&self, wanted: &Wanted, live: &Live) -> bool {
        let mut fixed =
            wanted.properties.iter().filter(|(name, _)| self.schema.is_create_only(name)).peekable();
        fixed.peek().is_some() && fixed.all(|(name, value)| live.properties.get(name) == Some(value))
    }

    /// All of the type whose properties hold `by`, whoever owns them: for lookups.
    pub async fn matching(&self, scope: &Scope, stack: &StackName, by: &JsonMap) -> Result<Vec<Live>> {
        let identifiers = if let Some(identifier) = self.schema.identifier(by) {
            vec![identifier]
        } else {
            let listed = self.list_all(scope).await?;
            listed.iter().filter_map(|listed| listed.identifier().map(Identifier::new)).collect()
        };
        let read: Vec<Option<Live>> = stream::iter(identifiers)
            .map(|id| async move { self.get(scope, stack, &id).await })
            .buffered(READS)
            .try_collect()
            .await?;
        Ok(read.into_iter().flatten().collect())
    }

    /// One resource, or `None` where there is none.
    pub(super) async fn get(
        &self,
        scope: &Scope,
        stack: &StackName,
        identifier: &Identifier,
    ) -> Result<Option<Live>> {
        let text = self.describe(scope, identifier).await?;
        text.map(|text| self.parse(scope, stack, identifier, &text)).transpose()
    }

    /// The same for an observation: what it has read already is not read again.
    pub(super) async fn glance(
        &self,
        scope: &Scope,
        stack: &StackName,
        identifier: &Identifier,
    ) -> Result<Option<Live>> {
        let key = (self.resource_type.clone(), identifier.clone());
        let text = if let Some(read) = self.recent.resource(scope, &key).await {
            read
        } else {
            let read: Option<Arc<str>> = self.describe(scope, identifier).await?.map(Arc::from);
            self.recent.keep(scope, key, read.clone()).await;
            read
        };
        text.map(|text| self.parse(scope, stack, identifier, &text)).transpose()
    }

    /// One resource's properties as text.
    async fn describe(&self, scope: &Scope, identifier: &Identifier) -> Result<Option<String>> {
        let answer = self
            .client(scope)
            .get_resource()
            .type_name(self.resource_type.as_str())
            .identifier(identifier.as_str())
            .send()
            .await;
        match answer {
            Ok(answer) => Ok(answer.resource_description.and_then(|described| described.properties)),
            Err(error) if error.code() == Some("ResourceNotFoundException") => Ok(None),
            Err(error) => Err(self.explain(failed("cloudcontrol:GetResource")(error))),
        }
    }

    fn parse(&self, scope: &Scope, stack: &StackName, identifier: &Identifier, text: &str) -> Result<Live> {
        let (properties, tags) = state::parse(&self.schema, identifier, text)?;
        Ok(self.live(scope, stack, identifier, properties, tags))
    }

    fn live(
        &self,
        scope: &Scope,
        stack: &StackName,
        identifier: &Identifier,
        properties: JsonMap,
        tags: Tags,
    ) -> Live {
        let mut live = Live {
            resource_type: self.resource_type.clone(),
            scope: scope.clone(),
            identifier: identifier.clone(),
            properties,
            ownership: tags::ownership(&tags, stack),
            tags,
            status: Status::Ready,
        };
        if !self.schema.is_taggable() {
            live.ownership = Ownership::Child { parent: None, name: self.name(&live).to_owned() };
        }
        arn::complete(&mut live, self.aws.known_account());
        live
    }

    /// All of the type, whoever owns them, with such properties as its list tells.
    pub(super) async fn list_all(&self, scope: &Scope) -> Result<Vec<ResourceDescription>> {
        let client: Client = self.client(scope);
        let mut pages = client
            .list_resources()
            .type_name(self.resource_type.as_str())
            .max_results(100)
            .into_paginator()
            .send();
        let mut all = Vec::new();
        while let Some(page) = pages.next().await {
            let page = page.map_err(|error| self.explain(failed("cloudcontrol:ListResources")(error)))?;
            all.extend(page.resource_descriptions.unwrap_or_default());
        }
        Ok(all)
    }

    /// Says which type Cloud Control doesn't handle.
    pub(super) fn explain(&self, mut error: ProviderError) -> ProviderError {
        let code = error.code.as_str();
        if matches!(code, "TypeNotFoundException" | "UnsupportedActionException" | "PrivateTypeException") {
            error.kind = ErrorKind::Unsupported;
        }
        error.operation = format!("{} {}", error.operation, self.resource_type);
        error
    }
}

fn status(latest: Latest) -> Status {
    match latest {
        Latest::Settled | Latest::Deleted => Status::Ready,
        Latest::Changing => Status::Pending("in progress".to_owned()),
        Latest::Deleting => Status::Deleting,
    }
}

/// Whether a hit of the tag search is this resource: nothing else of a type has its address.
fn is_same(live: &Live, hit: &Tagged) -> bool {
    live.address() == tags::address(&hit.tags).as_ref()
        && (live.identifier.as_str() == hit.arn
            || live.properties.values().any(|value| value.as_str() == Some(hit.arn.as_str())))
}

fn wanted_at<'a>(query: &Query<'a>, address: &Address) -> Option<&'a JsonMap> {
    query.wanted.iter().find(|wanted| wanted.address == *address).map(|wanted| &wanted.properties)
}
