//! `AWS::ElastiCache::ParameterGroup`.
//!
//! `Properties` is what `DescribeCacheParameters` reports with the source `user`, read for candidates alone.

use std::sync::Arc;

use async_trait::async_trait;
use aws_sdk_elasticache::Client;
use aws_sdk_elasticache::types::{CacheParameterGroup, Parameter, ParameterNameValue};
use futures::{StreamExt, TryStreamExt, stream};

use super::super::error::gone_is_fine;
use super::super::identity::Candidates;
use super::super::tags::Tags;
use super::super::{Aws, Shape, Writer, failed, supported, tags};
use super::{PAGE, SERVICE, tagging};
use crate::model::{Identifier, Json, JsonMap, Live, ResourceType, Scope, StackName, Status};
use crate::providers::{
    Create, Delete, ErrorKind, Handler, Pending, ProviderError, Query, Readiness, Result, Update, readiness,
};

const TYPE: &str = "AWS::ElastiCache::ParameterGroup";
const NAME: &str = "CacheParameterGroupName";
const CREATE: &str = "elasticache:CreateCacheParameterGroup";
const DESCRIBE: &str = "elasticache:DescribeCacheParameterGroups";
const PARAMETERS: &str = "elasticache:DescribeCacheParameters";
const MODIFY: &str = "elasticache:ModifyCacheParameterGroup";
const RESET: &str = "elasticache:ResetCacheParameterGroup";

/// The most parameters of one change.
const BATCH: usize = 20;
/// Reads of parameters at the same time.
const CALLS: usize = 4;

const SUPPORTED: [&str; 4] = ["CacheParameterGroupFamily", NAME, "Description", "Properties"];

/// The handler of `AWS::ElastiCache::ParameterGroup`.
pub struct ParameterGroup {
    aws: Arc<Aws>,
}

impl ParameterGroup {
    /// A handler on a session.
    pub fn new(aws: &Arc<Aws>) -> Self {
        Self { aws: aws.clone() }
    }

    fn client(&self, scope: &Scope) -> Client {
        self.aws.client(scope, Client::new)
    }
}

#[async_trait]
impl Handler for ParameterGroup {
    fn resource_type(&self) -> ResourceType {
        TYPE.into()
    }

    fn service(&self) -> &'static str {
        SERVICE
    }

    /// By the name.
    fn deduplicates(&self) -> bool {
        true
    }

    async fn list(&self, query: &Query<'_>) -> Result<Vec<Live>> {
        let client = self.client(query.scope);
        let candidates = Candidates::of(query, NAME);
        let mut found = all(&client).await?;
        found.retain(|group| candidates.covers(name(group), &[name(group), arn(group)]));
        let arns = found.iter().map(|group| arn(group).to_owned()).collect();
        let mut tags = tagging::read(&client, query, arns).await?;
        let mut lives = Vec::new();
        for group in &found {
            let tags = tags.remove(arn(group)).unwrap_or_default();
            let live = live(query.scope, query.stack, group, tags);
            if candidates.keeps(&live, name(group)) {
                lives.push(live);
            }
        }
        with_parameters(&client, lives).await
    }

    async fn create(&self, request: &Create<'_>) -> Result<Identifier> {
        supported::only(request.properties, &SUPPORTED, CREATE)?;
        let client = self.client(request.scope);
        let wanted = Shape(request.properties);
        let name = wanted.text(NAME).ok_or_else(|| {
            ProviderError::new(
                ErrorKind::Invalid,
                CREATE,
                "a parameter group needs a CacheParameterGroupName",
            )
        })?;
        let call = client
            .create_cache_parameter_group()
            .cache_parameter_group_name(&name)
            .set_cache_parameter_group_family(wanted.text("CacheParameterGroupFamily"))
            .set_description(wanted.text("Description"))
            .set_tags(Some(tagging::sdk_tags(request.tags)));
        // ElastiCache keeps names in lower case.
        let name = name.to_ascii_lowercase();
        let identifier = match call.send().await.map_err(failed(CREATE)) {
            Ok(_) => Identifier::new(&name),
            Err(error) if error.kind == ErrorKind::AlreadyExists => {
                let arn = one(&client, &name).await?.and_then(|group| group.arn);
                tagging::first_attempt(&client, request, &name, arn, error).await?
            }
            Err(error) => return Err(error),
        };
        modify(&client, &name, changes(&JsonMap::new(), request.properties).0).await?;
        Ok(identifier)
    }

    async fn update(&self, request: &Update<'_>) -> Result<()> {
        supported::only(request.properties, &SUPPORTED, MODIFY)?;
        let client = self.client(request.scope);
        let name = request.live.identifier.as_str();
        if request.delta.touches("Properties") {
            let (set, reset) = changes(&request.live.properties, request.properties);
            modify(&client, name, set).await?;
            self::reset(&client, name, reset).await?;
        }
        if request.delta.touches_tags() {
            let group = one(&client, name).await?;
            tagging::update(&client, group.as_ref().and_then(CacheParameterGroup::arn), request.delta)
                .await?;
        }
        Ok(())
    }

    async fn delete(&self, request: &Delete<'_>) -> Result<()> {
        let client = self.client(request.scope);
        let name = request.live.identifier.as_str();
        let gone = client.delete_cache_parameter_group().cache_parameter_group_name(name).send().await;
        gone_is_fine(gone.map_err(failed("elasticache:DeleteCacheParameterGroup")))
    }

    async fn ready(&self, request: &Pending<'_>) -> Result<Vec<Readiness>> {
        let client = self.client(request.scope);
        let found = all(&client).await?;
        let waits = |group: &&CacheParameterGroup| {
            request.items.iter().any(|item| item.identifier.as_str() == name(group))
        };
        let lives = found.iter().filter(waits).map(|g| live(request.scope, request.stack, g, Tags::new()));
        Ok(readiness(request.items, with_parameters(&client, lives.collect()).await?))
    }
}

async fn all(client: &Client) -> Result<Vec<CacheParameterGroup>> {
    let pages = client.describe_cache_parameter_groups().max_records(PAGE).into_paginator().items().send();
    pages.try_collect().await.map_err(failed(DESCRIBE))
}

async fn one(client: &Client, name: &str) -> Result<Option<CacheParameterGroup>> {
    let found = client.describe_cache_parameter_groups().cache_parameter_group_name(name).send().await;
    let groups = found.map_err(failed(DESCRIBE))?.cache_parameter_groups.unwrap_or_default();
    Ok(groups.into_iter().next())
}

/// Adds the parameters that somebody set; a group that went away since is left out.
async fn with_parameters(client: &Client, lives: Vec<Live>) -> Result<Vec<Live>> {
    let found: Vec<Option<Live>> = stream::iter(lives)
        .map(async |mut live| match parameters(client, live.identifier.as_str()).await {
            Ok(set) => {
                if !set.is_empty() {
                    live.properties.insert("Properties".to_owned(), Json::Object(set));
                }
                Ok(Some(live))
            }
            Err(error) if error.kind == ErrorKind::NotFound => Ok(None),
            Err(error) => Err(error),
        })
        .buffered(CALLS)
        .try_collect()
        .await?;
    Ok(found.into_iter().flatten().collect())
}

async fn parameters(client: &Client, name: &str) -> Result<JsonMap> {
    let mut set = JsonMap::new();
    let call = client.describe_cache_parameters().cache_parameter_group_name(name).source("user");
    let mut pages = call.max_records(PAGE).into_paginator().send();
    while let Some(page) = pages.next().await {
        set.extend(user_set(page.map_err(failed(PARAMETERS))?.parameters()));
    }
    Ok(set)
}

fn user_set(found: &[Parameter]) -> impl Iterator<Item = (String, Json)> {
    found.iter().filter(|parameter| parameter.source().is_none_or(|source| source == "user")).filter_map(
        |parameter| Some((parameter.parameter_name()?.to_owned(), parameter.parameter_value()?.into())),
    )
}

/// What has to be set, with values, and what has to be reset.
fn changes(live: &JsonMap, desired: &JsonMap) -> (Vec<(String, String)>, Vec<String>) {
    let empty = JsonMap::new();
    let of = |map| Shape(map).object("Properties").unwrap_or(Shape(&empty));
    let (live, desired) = (of(live), of(desired));
    let names = |shape: Shape<'_>| shape.0.keys().cloned().collect::<Vec<_>>();
    let set = names(desired).into_iter().filter_map(|name| {
        let value = desired.text(&name)?;
        (live.text(&name).as_ref() != Some(&value)).then_some((name, value))
    });
    let reset = names(live).into_iter().filter(|name| desired.get(name).is_none());
    (set.collect(), reset.collect())
}

async fn modify(client: &Client, name: &str, set: Vec<(String, String)>) -> Result<()> {
    for batch in set.chunks(BATCH) {
        let values = batch.iter().map(|(name, value)| {
            ParameterNameValue::builder().parameter_name(name).parameter_value(value).build()
        });
        let call = client.modify_cache_parameter_group().cache_parameter_group_name(name);
        call.set_parameter_name_values(Some(values.collect())).send().await.map_err(failed(MODIFY))?;
    }
    Ok(())
}

async fn reset(client: &Client, name: &str, names: Vec<String>) -> Result<()> {
    for batch in names.chunks(BATCH) {
        let values = batch.iter().map(|name| ParameterNameValue::builder().parameter_name(name).build());
        let call = client.reset_cache_parameter_group().cache_parameter_group_name(name);
        call.set_parameter_name_values(Some(values.collect())).send().await.map_err(failed(RESET))?;
    }
    Ok(())
}

fn name(group: &CacheParameterGroup) -> &str {
    group.cache_parameter_group_name().unwrap_or_default()
}

fn arn(group: &CacheParameterGroup) -> &str {
    group.arn().unwrap_or_default()
}

fn live(scope: &Scope, stack: &StackName, group: &CacheParameterGroup, tags: Tags) -> Live {
    Live {
        resource_type: TYPE.into(),
        scope: scope.clone(),
        identifier: Identifier::new(name(group)),
        properties: Writer::new()
            .set(NAME, name(group))
            .put("CacheParameterGroupFamily", group.cache_parameter_group_family())
            .put("Description", group.description())
            .build(),
        ownership: tags::ownership(&tags, stack),
        tags,
        status: Status::Ready,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn map(json: &Json) -> JsonMap {
        json.as_object().unwrap().clone()
    }

    #[test]
    fn what_differs_is_set_and_what_is_gone_is_reset() {
        let live = map(
            &json!({"Properties": {"timeout": "0", "maxmemory-policy": "noeviction", "databases": "16"}}),
        );
        let desired = map(&json!({"Properties": {"timeout": 30, "databases": 16}}));
        let (set, reset) = changes(&live, &desired);
        assert_eq!(set, [("timeout".to_owned(), "30".to_owned())]);
        assert_eq!(reset, ["maxmemory-policy"]);
    }

    #[test]
    fn parameters_of_the_system_do_not_count() {
        let parameter = |name: &str, source: &str| {
            Parameter::builder().parameter_name(name).parameter_value("1").source(source).build()
        };
        let found = [parameter("timeout", "user"), parameter("databases", "system")];
        assert_eq!(user_set(&found).collect::<JsonMap>(), map(&json!({"timeout": "1"})));
    }
}
