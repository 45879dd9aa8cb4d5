//! `AWS::ElastiCache::SubnetGroup`.

use std::collections::HashMap;
use std::sync::Arc;

use async_trait::async_trait;
use aws_sdk_elasticache::Client;
use aws_sdk_elasticache::types::{CacheSubnetGroup, Subnet};

use super::super::error::gone_is_fine;
use super::super::identity::Candidates;
use super::super::tags::Tags;
use super::super::{Aws, Shape, Writer, failed, supported, tags};
use super::{PAGE, SERVICE, tagging};
use crate::model::{Identifier, Live, ResourceType, Scope, StackName, Status};
use crate::providers::{
    Create, Delete, ErrorKind, Handler, Pending, ProviderError, Query, Readiness, Result, Update, readiness,
};

const TYPE: &str = "AWS::ElastiCache::SubnetGroup";
const NAME: &str = "CacheSubnetGroupName";
const CREATE: &str = "elasticache:CreateCacheSubnetGroup";
const DESCRIBE: &str = "elasticache:DescribeCacheSubnetGroups";
const MODIFY: &str = "elasticache:ModifyCacheSubnetGroup";

const SUPPORTED: [&str; 3] = [NAME, "Description", "SubnetIds"];

/// The handler of `AWS::ElastiCache::SubnetGroup`.
pub struct SubnetGroup {
    aws: Arc<Aws>,
}

impl SubnetGroup {
    /// A handler on a session.
    pub fn new(aws: &Arc<Aws>) -> Self {
        Self { aws: aws.clone() }
    }

    fn client(&self, scope: &Scope) -> Client {
        self.aws.client(scope, Client::new)
    }
}

#[async_trait]
impl Handler for SubnetGroup {
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
        let lives = found.iter().map(|group| live(query.scope, query.stack, group, take(&mut tags, group)));
        Ok(lives.filter(|live| candidates.keeps(live, live.identifier.as_str())).collect())
    }

    async fn create(&self, request: &Create<'_>) -> Result<Identifier> {
        supported::only(request.properties, &SUPPORTED, CREATE)?;
        let client = self.client(request.scope);
        let wanted = Shape(request.properties);
        let name = wanted.text(NAME).ok_or_else(|| {
            ProviderError::new(ErrorKind::Invalid, CREATE, "a subnet group needs a CacheSubnetGroupName")
        })?;
        let made = client
            .create_cache_subnet_group()
            .cache_subnet_group_name(&name)
            .set_cache_subnet_group_description(wanted.text("Description"))
            .set_subnet_ids(wanted.strings_if_set("SubnetIds"))
            .set_tags(Some(tagging::sdk_tags(request.tags)))
            .send()
            .await;
        // ElastiCache keeps names in lower case.
        let name = name.to_ascii_lowercase();
        match made.map_err(|error| visible(failed(CREATE)(error))) {
            Ok(_) => Ok(Identifier::new(name)),
            Err(error) if error.kind == ErrorKind::AlreadyExists => {
                let arn = one(&client, &name).await?.and_then(|group| group.arn);
                tagging::first_attempt(&client, request, &name, arn, error).await
            }
            Err(error) => Err(error),
        }
    }

    async fn update(&self, request: &Update<'_>) -> Result<()> {
        supported::only(request.properties, &SUPPORTED, MODIFY)?;
        let client = self.client(request.scope);
        let name = request.live.identifier.as_str();
        let wanted = Shape(request.properties);
        if request.delta.touches_any(&["Description", "SubnetIds"]) {
            let call = client
                .modify_cache_subnet_group()
                .cache_subnet_group_name(name)
                .set_cache_subnet_group_description(wanted.text("Description"))
                .set_subnet_ids(wanted.strings_if_set("SubnetIds"));
            call.send().await.map_err(|error| visible(failed(MODIFY)(error)))?;
        }
        if request.delta.touches_tags() {
            let group = one(&client, name).await?;
            tagging::update(&client, group.as_ref().and_then(CacheSubnetGroup::arn), request.delta).await?;
        }
        Ok(())
    }

    async fn delete(&self, request: &Delete<'_>) -> Result<()> {
        let client = self.client(request.scope);
        let call =
            client.delete_cache_subnet_group().cache_subnet_group_name(request.live.identifier.as_str());
        gone_is_fine(call.send().await.map_err(failed("elasticache:DeleteCacheSubnetGroup")))
    }

    async fn ready(&self, request: &Pending<'_>) -> Result<Vec<Readiness>> {
        let found = all(&self.client(request.scope)).await?;
        let lives = found.iter().map(|group| live(request.scope, request.stack, group, Tags::new()));
        Ok(readiness(request.items, lives.collect()))
    }
}

async fn all(client: &Client) -> Result<Vec<CacheSubnetGroup>> {
    let pages = client.describe_cache_subnet_groups().max_records(PAGE).into_paginator().items().send();
    pages.try_collect().await.map_err(failed(DESCRIBE))
}

async fn one(client: &Client, name: &str) -> Result<Option<CacheSubnetGroup>> {
    let found = client.describe_cache_subnet_groups().cache_subnet_group_name(name).send().await;
    let groups = found.map_err(failed(DESCRIBE))?.cache_subnet_groups.unwrap_or_default();
    Ok(groups.into_iter().next())
}

/// A subnet just made is called invalid until ElastiCache sees it; the same words also tell of subnets in two VPCs, so
/// that mistake shows after some minutes only.
fn visible(mut error: ProviderError) -> ProviderError {
    if error.code == "InvalidSubnet" {
        error.kind = ErrorKind::NotYet;
    }
    error
}

fn name(group: &CacheSubnetGroup) -> &str {
    group.cache_subnet_group_name().unwrap_or_default()
}

fn arn(group: &CacheSubnetGroup) -> &str {
    group.arn().unwrap_or_default()
}

fn take(tags: &mut HashMap<String, Tags>, group: &CacheSubnetGroup) -> Tags {
    tags.remove(arn(group)).unwrap_or_default()
}

fn live(scope: &Scope, stack: &StackName, group: &CacheSubnetGroup, tags: Tags) -> Live {
    let mut subnets: Vec<&str> = group.subnets().iter().filter_map(Subnet::subnet_identifier).collect();
    subnets.sort_unstable();
    Live {
        resource_type: TYPE.into(),
        scope: scope.clone(),
        identifier: Identifier::new(name(group)),
        properties: Writer::new()
            .set(NAME, name(group))
            .put("Description", group.cache_subnet_group_description())
            .list("SubnetIds", subnets)
            .build(),
        ownership: tags::ownership(&tags, stack),
        tags,
        status: Status::Ready,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::Json;
    use serde_json::json;

    #[test]
    fn a_group_is_read_in_a_stable_order() {
        let subnet = |id: &str| Subnet::builder().subnet_identifier(id).build();
        let group = CacheSubnetGroup::builder()
            .cache_subnet_group_name("shop-cache")
            .cache_subnet_group_description("cache")
            .subnets(subnet("subnet-2"))
            .subnets(subnet("subnet-1"))
            .build();
        let live = live(&Scope::Global, &StackName::new("shop"), &group, Tags::new());
        let expected =
            json!({NAME: "shop-cache", "Description": "cache", "SubnetIds": ["subnet-1", "subnet-2"]});
        assert_eq!(Json::Object(live.properties), expected);
    }

    #[test]
    fn a_subnet_that_is_not_visible_yet_is_waited_for() {
        let error = |code: &str, message: &str| ProviderError {
            code: code.to_owned(),
            ..ProviderError::new(ErrorKind::Invalid, CREATE, message)
        };
        assert_eq!(visible(error("InvalidSubnet", "the subnet is invalid")).kind, ErrorKind::NotYet);
        assert_eq!(visible(error("InvalidParameterValue", "a bad name")).kind, ErrorKind::Invalid);
    }
}
