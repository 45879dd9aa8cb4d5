//! What is live of a type: by identity, by tag, and by Cloud Control's record of recent requests.

use std::collections::HashMap;
use std::sync::Arc;

use aws_sdk_cloudcontrol::Client;
use aws_sdk_cloudcontrol::error::ProvideErrorMetadata;
use aws_sdk_cloudcontrol::types::ResourceDescription;
use futures::{StreamExt, TryStreamExt, stream};

use super::super::{failed, tags, tags::Tags};
use super::recent::{self, Latest};
use super::survey::is_of_others;
use super::{CloudControl, arn, identity, state};
use crate::model::{Address, Identifier, JsonMap, Live, Ownership, Scope, StackName, Status};
use crate::providers::{ErrorKind, ProviderError, Query, Result, Tagged, Wanted};

/// Reads at the same time: Cloud Control has no bulk read that tells all properties.
pub(super) const READS: usize = 8;

impl CloudControl {
    /// All that `query` asks for.
    pub(super) async fn find(&self, query: &Query<'_>) -> Result<Vec<Live>> {
        let requests = self.recent.requests(&self.aws, query.scope).await?;
        let latest = recent::by_identifier(&requests, &self.resource_type);
        let mut found: HashMap<Identifier, Live> = HashMap::new();
        self.read_all(query, self.wanted(query), &mut found).await?;
        self.read_recent(query, &latest, &mut found).await?;
        if self.schema.is_taggable() {
            self.read_tagged(query, &mut found).await?;
        } else {
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

    /// The identifiers of what is wanted.
    fn wanted(&self, query: &Query<'_>) -> Vec<Identifier> {
        let mut all: Vec<_> = query.wanted.iter().flat_map(|wanted| self.identities(wanted)).collect();
        all.sort();
        all.dedup();
        all
    }

    /// What was made or changed lately, by whomever. What can't be tagged can't be told from what others made.
    async fn read_recent(
        &self,
        query: &Query<'_>,
        latest: &[(Identifier, Latest)],
        found: &mut HashMap<Identifier, Live>,
    ) -> Result<()> {
        if !self.schema.is_taggable() {
            return Ok(());
        }
        let made = latest.iter().filter(|(_, latest)| *latest != Latest::Deleted).map(|(id, _)| id.clone());
        let made: Vec<Identifier> = made.filter(|id| !found.contains_key(id)).collect();
        let read: Vec<Option<Live>> = stream::iter(made)
            .map(|id| async move {
                match self.glance(query.scope, query.stack, &id).await {
                    Err(error) if is_of_others(&error) => Ok(None),
                    read => read,
                }
            })
            .buffered(READS)
            .try_collect()
            .await?;
        found.extend(read.into_iter().flatten().map(|live| (live.identifier.clone(), live)));
        Ok(())
    }

    pub(super) fn identities(&self, wanted: &Wanted) -> Vec<Identifier> {
        wanted.adopt.clone().into_iter().chain(self.schema.identifier(&wanted.properties)).collect()
    }

    pub(super) async fn read_all(
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
        let listed = self.list_all(query.scope, None).await?;
        let identifiers = listed
            .iter()
            .filter(|listed| named(listed))
            .filter_map(|listed| listed.identifier().map(Identifier::new));
        self.read_all(query, identifiers.collect(), found).await
    }

    /// All of the type whose properties hold `by`, whoever owns them: for lookups.
    pub async fn matching(&self, scope: &Scope, stack: &StackName, by: &JsonMap) -> Result<Vec<Live>> {
        let identifiers = if let Some(identifier) = self.schema.identifier(by) {
            vec![identifier]
        } else {
            let listed = self.list_all(scope, self.model(by).as_deref()).await?;
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

    /// All of the type, whoever owns them, with such properties as its list tells; those under the parent that a
    /// [`model`](Self::model) names.
    pub(super) async fn list_all(
        &self,
        scope: &Scope,
        model: Option<&str>,
    ) -> Result<Vec<ResourceDescription>> {
        let client: Client = self.client(scope);
        let mut pages = client
            .list_resources()
            .type_name(self.resource_type.as_str())
            .set_resource_model(model.map(str::to_owned))
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
