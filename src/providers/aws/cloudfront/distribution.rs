//! `AWS::CloudFront::Distribution`.

use std::collections::HashSet;
use std::sync::Arc;
use std::time::{Duration, SystemTime};

use async_trait::async_trait;
use aws_sdk_cloudfront::Client;
use aws_sdk_cloudfront::types::{
    Aliases, Distribution as Found, DistributionConfig, DistributionConfigWithTags, DistributionSummary,
};
use futures::{StreamExt, TryStreamExt, stream};

use super::super::error::gone_is_fine;
use super::super::sent::Sent;
use super::super::tags::{self, Tags};
use super::super::{Aws, Shape, Writer, failed, missing, supported};
use super::{SERVICE, config, tagging};
use crate::model::{Identifier, JsonMap, Live, Ownership, ResourceType, Scope, StackName, Status};
use crate::providers::{
    Create, Delete, ErrorKind, Handler, Pending, PendingItem, ProviderError, Query, Readiness, Result, Update,
};

const CREATE: &str = "cloudfront:CreateDistributionWithTags";
const DELETE: &str = "cloudfront:DeleteDistribution";
/// Reads at the same time.
const READS: usize = 4;
/// The tag search is silent about what is younger than some minutes; in a day it knows.
const YOUNG: Duration = Duration::from_hours(24);

/// The handler of `AWS::CloudFront::Distribution`.
pub struct Distribution {
    aws: Arc<Aws>,
    sent: Sent,
}

impl Distribution {
    /// A handler on a session.
    pub fn new(aws: &Arc<Aws>) -> Self {
        Self { aws: aws.clone(), sent: Sent::default() }
    }

    fn client(&self, scope: &Scope) -> Client {
        self.aws.client(scope, Client::new)
    }
}

#[async_trait]
impl Handler for Distribution {
    fn resource_type(&self) -> ResourceType {
        "AWS::CloudFront::Distribution".into()
    }

    fn service(&self) -> &'static str {
        SERVICE
    }

    /// By the caller reference.
    fn deduplicates(&self) -> bool {
        true
    }

    /// The list has no tags, and lacks a few properties: both are read for those that may concern the stack.
    async fn list(&self, query: &Query<'_>) -> Result<Vec<Live>> {
        let client = self.client(query.scope);
        let candidates = Candidates::of(query);
        let found = all(&client).await?.into_iter().filter(|summary| candidates.covers(summary));
        let reads: Vec<_> = found.map(|summary| read(&client, query, &candidates, summary)).collect();
        let lives: Vec<Option<Live>> = stream::iter(reads).buffered(READS).try_collect().await?;
        Ok(lives.into_iter().flatten().collect())
    }

    async fn create(&self, request: &Create<'_>) -> Result<Identifier> {
        supported::only(request.properties, &["DistributionConfig"], CREATE)?;
        let client = self.client(request.scope);
        if self.sent.is_repeated(request.token.as_str())
            && let Some(first) = by_reference(&client, request.token.as_str()).await?
        {
            return Ok(Identifier::new(first));
        }
        let wanted = config::of(request.properties);
        let with_tags = DistributionConfigWithTags::builder()
            .distribution_config(config::write(Shape(&wanted), request.token.as_str())?)
            .tags(tagging::sdk(request.tags)?)
            .build();
        let made =
            client.create_distribution_with_tags().distribution_config_with_tags(with_tags).send().await;
        match made.map_err(failed(CREATE)) {
            Ok(made) => {
                let distribution = made.distribution.ok_or_else(|| missing(CREATE, "Distribution"))?;
                Ok(Identifier::new(distribution.id()))
            }
            // The reference is ours alone: this is our own first attempt, perhaps with other settings.
            Err(error) if error.code == "DistributionAlreadyExists" => {
                let first = by_reference(&client, request.token.as_str()).await?;
                first.map(Identifier::new).ok_or(error)
            }
            Err(error) => Err(error.referring()),
        }
    }

    async fn update(&self, request: &Update<'_>) -> Result<()> {
        supported::only(request.properties, &["DistributionConfig"], config::UPDATE)?;
        let client = self.client(request.scope);
        let id = request.live.identifier.as_str();
        let (found, etag) = get(&client, id).await?;
        if request.delta.touches_properties() {
            let current =
                found.distribution_config().ok_or_else(|| missing(config::UPDATE, "DistributionConfig"))?;
            let wanted = config::merged(
                &config::shape(current).build(),
                &config::of(request.properties),
                request.delta,
            );
            let all = config::write(Shape(&wanted), current.caller_reference())?;
            update(&client, id, &etag, all).await.map_err(ProviderError::referring)?;
        }
        tagging::update(&client, found.arn(), request.delta).await
    }

    /// In steps, each of which the next call finds done: off, everywhere, gone.
    async fn delete(&self, request: &Delete<'_>) -> Result<()> {
        let client = self.client(request.scope);
        let id = request.live.identifier.as_str();
        let (found, etag) = match get(&client, id).await {
            Err(error) if error.kind == ErrorKind::NotFound => return Ok(()),
            found => found?,
        };
        let mut current = found.distribution_config.ok_or_else(|| missing(DELETE, "DistributionConfig"))?;
        if current.enabled {
            current.enabled = false;
            update(&client, id, &etag, current).await?;
            return Err(still_on(id));
        }
        if found.status == "InProgress" {
            return Err(still_on(id));
        }
        let gone = client.delete_distribution().id(id).if_match(&etag).send().await;
        gone_is_fine(gone.map_err(failed(DELETE)).map_err(stale))
    }

    async fn ready(&self, request: &Pending<'_>) -> Result<Vec<Readiness>> {
        let client = self.client(request.scope);
        let found = all(&client).await?;
        Ok(request.items.iter().map(|item| ready(request, item, &found)).collect())
    }
}

fn ready(request: &Pending<'_>, item: &PendingItem, found: &[DistributionSummary]) -> Readiness {
    let Some(summary) = found.iter().find(|summary| summary.id() == item.identifier.as_str()) else {
        return Readiness::Gone;
    };
    if item.deleting || summary.status() == "InProgress" {
        return Readiness::Waiting(format!("{}: on its way to the edge", summary.status()));
    }
    let mut properties = item.properties.clone();
    properties.extend(Writer::new().set("Id", summary.id()).set("DomainName", summary.domain_name()).build());
    let live = live(request.scope, request.stack, summary.id(), summary.status(), properties, Tags::new());
    Readiness::Ready(Box::new(live))
}

/// A delete takes the switch off first; the executor comes back.
fn still_on(id: &str) -> ProviderError {
    ProviderError {
        kind: ErrorKind::InUse,
        operation: DELETE.to_owned(),
        code: "DistributionNotDisabled".to_owned(),
        message: format!("{id} is being switched off at all edge locations"),
    }
}

/// Someone else changed it between reading and writing: reading again mends it.
fn stale(mut error: ProviderError) -> ProviderError {
    if matches!(
        error.code.as_str(),
        "PreconditionFailed" | "InvalidIfMatchVersion" | "DistributionNotDisabled"
    ) {
        error.kind = ErrorKind::InUse;
    }
    error
}

/// What in the list of all may concern the stack.
struct Candidates<'a> {
    ids: HashSet<&'a str>,
    aliases: HashSet<String>,
    young_since: SystemTime,
}

impl<'a> Candidates<'a> {
    fn of(query: &Query<'a>) -> Self {
        let adopted = query.wanted.iter().filter_map(|wanted| wanted.adopt.as_ref()).map(Identifier::as_str);
        let looked_up = query.wanted.iter().filter_map(|wanted| Shape(&wanted.properties).str("Id"));
        let tagged = query.tagged.iter().map(|hit| hit.arn.as_str());
        let aliases = query.wanted.iter().flat_map(|wanted| {
            Shape(&wanted.properties)
                .object("DistributionConfig")
                .map(|c| c.strings("Aliases"))
                .unwrap_or_default()
        });
        Self {
            ids: adopted.chain(looked_up).chain(tagged).collect(),
            aliases: aliases.collect(),
            young_since: SystemTime::now().checked_sub(YOUNG).unwrap_or(SystemTime::UNIX_EPOCH),
        }
    }

    fn covers(&self, summary: &DistributionSummary) -> bool {
        let changed = SystemTime::try_from(*summary.last_modified_time());
        self.names(summary.id(), aliases(summary))
            || self.ids.contains(summary.arn())
            || changed.is_ok_and(|changed| changed > self.young_since)
    }

    /// Whether it has the identity of something wanted.
    fn names(&self, id: &str, aliases: &[String]) -> bool {
        self.ids.contains(id) || aliases.iter().any(|alias| self.aliases.contains(alias))
    }
}

fn aliases(summary: &DistributionSummary) -> &[String] {
    summary.aliases().map(Aliases::items).unwrap_or_default()
}

async fn all(client: &Client) -> Result<Vec<DistributionSummary>> {
    let mut pages = client.list_distributions().into_paginator().send();
    let mut found = Vec::new();
    while let Some(page) = pages.next().await {
        let page = page.map_err(failed("cloudfront:ListDistributions"))?;
        found.extend(page.distribution_list.and_then(|list| list.items).unwrap_or_default());
    }
    Ok(found)
}

async fn read(
    client: &Client,
    query: &Query<'_>,
    candidates: &Candidates<'_>,
    summary: DistributionSummary,
) -> Result<Option<Live>> {
    let tags = match tagging::read(client, summary.arn()).await {
        Err(error) if error.kind == ErrorKind::NotFound => return Ok(None),
        tags => tags?,
    };
    let is_owned = tags::ownership(&tags, query.stack) != Ownership::Foreign;
    if !is_owned && !candidates.names(summary.id(), aliases(&summary)) {
        return Ok(None);
    }
    let found = match get(client, summary.id()).await {
        Err(error) if error.kind == ErrorKind::NotFound => return Ok(None),
        found => found?.0,
    };
    let properties = Writer::new()
        .set("Id", found.id())
        .set("DomainName", found.domain_name())
        .put("DistributionConfig", found.distribution_config().map(config::shape));
    Ok(Some(live(query.scope, query.stack, found.id(), found.status(), properties.build(), tags)))
}

fn live(scope: &Scope, stack: &StackName, id: &str, status: &str, properties: JsonMap, tags: Tags) -> Live {
    Live {
        resource_type: "AWS::CloudFront::Distribution".into(),
        scope: scope.clone(),
        identifier: Identifier::new(id),
        properties,
        ownership: tags::ownership(&tags, stack),
        tags,
        status: match status {
            "InProgress" => Status::Pending(status.to_owned()),
            _ => Status::Ready,
        },
    }
}

async fn get(client: &Client, id: &str) -> Result<(Found, String)> {
    const GET: &str = "cloudfront:GetDistribution";
    let answer = client.get_distribution().id(id).send().await.map_err(failed(GET))?;
    let etag = answer.e_tag.ok_or_else(|| missing(GET, "ETag"))?;
    Ok((answer.distribution.ok_or_else(|| missing(GET, "Distribution"))?, etag))
}

async fn update(client: &Client, id: &str, etag: &str, all: DistributionConfig) -> Result<()> {
    let call = client.update_distribution().id(id).if_match(etag).distribution_config(all);
    call.send().await.map(drop).map_err(failed(config::UPDATE)).map_err(stale)
}

/// The distribution that was made with this caller reference; the list does not tell it.
async fn by_reference(client: &Client, reference: &str) -> Result<Option<String>> {
    for summary in all(client).await? {
        let (found, _) = get(client, summary.id()).await?;
        if found.distribution_config().is_some_and(|config| config.caller_reference() == reference) {
            return Ok(Some(found.id));
        }
    }
    Ok(None)
}
