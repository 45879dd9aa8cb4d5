//! AWS as a [`Provider`]: the handlers by type, the tag search, lookups, secrets.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, PoisonError};
#[cfg(feature = "kubernetes")]
use std::time::SystemTime;

use async_trait::async_trait;
use aws_sdk_resourcegroupstagging as tagging;
use tagging::types::{ResourceTagMapping, TagFilter};

use super::cloud_control::{self, CloudControl, Recent};
use super::{Aws, EksToken, ec2, eks, failed, lookup, registry, secrets};
use crate::catalog::{Catalog, ties};
use crate::model::{
    JsonMap, Live, Lookup, Region, ResourceType, Scope, SecretRef, StackName, TAG_ADDRESS, TAG_STACK,
};
#[cfg(feature = "kubernetes")]
use crate::providers::kubernetes::{ClusterToken, TokenSource};
use crate::providers::{ErrorKind, Handler, Provider, ProviderError, Query, Result, Tagged, Wanted};

/// Global Accelerator is global, but all its APIs, the tag search too, answer in this region alone.
const ACCELERATOR_REGION: &str = "us-west-2";

/// AWS, with the credentials of the environment.
pub struct AwsProvider {
    aws: Arc<Aws>,
    native: BTreeMap<ResourceType, Arc<dyn Handler>>,
    fallback: Mutex<BTreeMap<ResourceType, Arc<CloudControl>>>,
    recent: Arc<Recent>,
}

impl AwsProvider {
    /// Connects; makes no call.
    pub async fn connect() -> Self {
        let aws = Aws::connect().await;
        let native =
            registry::handlers(&aws).into_iter().map(|handler| (handler.resource_type(), handler)).collect();
        Self { aws, native, fallback: Mutex::default(), recent: Arc::default() }
    }

    /// A bearer token for the API server of an EKS cluster, with the credentials of the environment.
    pub async fn eks_token(&self, region: &Region, cluster: &str) -> Result<EksToken> {
        eks::issue(&self.aws, region, cluster).await
    }

    /// The Cloud Control handler of a type; always the same one, for it remembers its running requests.
    fn cloud_control(&self, resource_type: &ResourceType) -> Result<Arc<CloudControl>> {
        let mut known = self.fallback.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(handler) = known.get(resource_type) {
            return Ok(handler.clone());
        }
        let catalog = Catalog::embedded();
        let schema = catalog.get(resource_type.as_str()).ok_or_else(|| unknown(catalog, resource_type))?;
        let handler = Arc::new(CloudControl::new(&self.aws, resource_type, schema, &self.recent));
        known.insert(resource_type.clone(), handler.clone());
        Ok(handler)
    }

    async fn search(&self, scope: &Scope, stack: &StackName, service: Option<&str>) -> Result<Vec<Tagged>> {
        let filter = TagFilter::builder().key(TAG_STACK).values(stack.as_str()).build();
        self.aws
            .client(scope, tagging::Client::new)
            .get_resources()
            .tag_filters(filter)
            .set_resource_type_filters(service.map(|service| vec![service.to_owned()]))
            .resources_per_page(100)
            .into_paginator()
            .items()
            .send()
            .try_collect()
            .await
            .map_err(failed("tagging:GetResources"))
            .map(|found| found.into_iter().filter_map(tagged).collect())
    }

    /// Asks a native handler for what has this identity.
    async fn lookup_native(
        &self,
        handler: &Arc<dyn Handler>,
        lookup: &Lookup,
        by: &JsonMap,
    ) -> Result<Vec<Live>> {
        let adopt =
            Catalog::embedded().get(lookup.resource_type.as_str()).and_then(|schema| schema.identifier(by));
        let wanted =
            [Wanted { address: lookup.address.clone(), properties: by.clone(), unknown: Vec::new(), adopt }];
        let query =
            Query { scope: &lookup.scope, stack: &nobody(), wanted: &wanted, parents: &[], tagged: &[] };
        handler.list(&query).await
    }
}

#[async_trait]
impl Provider for AwsProvider {
    fn handler(&self, resource_type: &ResourceType) -> Result<Arc<dyn Handler>> {
        match self.native.get(resource_type) {
            Some(handler) => Ok(handler.clone()),
            None => self.cloud_control(resource_type).map(|handler| handler as Arc<dyn Handler>),
        }
    }

    async fn searched_types(&self, scope: &Scope) -> Result<Vec<ResourceType>> {
        let catalog = Catalog::embedded();
        let is_global =
            |of: &ResourceType| catalog.get(of.as_str()).is_some_and(|schema| schema.facts().global);
        let here = |of: &&ResourceType| is_global(of) == (*scope == Scope::Global);
        let ties: Vec<ResourceType> = ties().map(ResourceType::new).collect();
        Ok(self.native.keys().chain(&ties).filter(here).cloned().collect())
    }

    async fn tagged(&self, scope: &Scope, stack: &StackName) -> Result<Vec<Tagged>> {
        let mut found = self.search(scope, stack, None).await?;
        if *scope == Scope::Global {
            let there = Scope::Region(Region::new(ACCELERATOR_REGION));
            found.extend(self.search(&there, stack, Some("globalaccelerator")).await?);
        }
        let lately = cloud_control::revealed(&self.aws, &self.recent, scope, stack).await;
        let lately = match lately {
            // Who may not use Cloud Control has made nothing with it; the tag search alone is right, if late.
            Err(error) if matches!(error.kind, ErrorKind::Denied | ErrorKind::Unsupported) => Vec::new(),
            lately => lately?,
        };
        for lately in lately {
            let address = lately.tags.get(TAG_ADDRESS);
            let is_native = lately.resource_type().is_some_and(|found| self.native.contains_key(&found));
            if !is_native && !found.iter().any(|hit| hit.tags.get(TAG_ADDRESS) == address) {
                found.push(lately);
            }
        }
        Ok(found)
    }

    async fn lookup(&self, lookup: &Lookup, by: &JsonMap) -> Result<Live> {
        if lookup.resource_type.as_str() == "AWS::SSM::Parameter" {
            return lookup::parameter(&self.aws, lookup, by).await;
        }
        if let Some(found) = ec2::lookup::find(&self.aws, lookup, by).await {
            return lookup::only(lookup, by, found?);
        }
        let found = if let Some(handler) = self.native.get(&lookup.resource_type) {
            self.lookup_native(handler, lookup, by).await?
        } else {
            let handler = self.cloud_control(&lookup.resource_type)?;
            handler.matching(&lookup.scope, &nobody(), by).await?
        };
        lookup::only(lookup, by, found)
    }

    async fn account(&self) -> Result<String> {
        self.aws.account().await
    }

    async fn secret(&self, secret: &SecretRef, scope: &Scope) -> Result<String> {
        secrets::resolve(&self.aws, secret, scope).await
    }

    fn api_calls(&self) -> BTreeMap<String, u64> {
        self.aws.calls()
    }
}

#[cfg(feature = "kubernetes")]
#[async_trait]
impl TokenSource for AwsProvider {
    async fn token(&self, region: &Region, cluster: &str) -> Result<ClusterToken> {
        let EksToken { text, expires } = self.eks_token(region, cluster).await?;
        let valid_for = expires.duration_since(SystemTime::now()).unwrap_or_default();
        Ok(ClusterToken { text, valid_for })
    }
}

/// The stack of a lookup: what it finds is nobody's. No stack can have this name.
fn nobody() -> StackName {
    StackName::new("-")
}

fn unknown(catalog: &Catalog, resource_type: &ResourceType) -> ProviderError {
    let message = match catalog.nearest(resource_type.as_str()) {
        Some(near) => format!("AWS has no resource type {resource_type}, did you mean {near}?"),
        None => format!("AWS has no resource type {resource_type}"),
    };
    ProviderError::new(ErrorKind::Unsupported, "handler", message)
}

fn tagged(found: ResourceTagMapping) -> Option<Tagged> {
    let tags = super::tags::collect(found.tags().iter().map(|tag| (Some(tag.key()), Some(tag.value()))));
    Some(Tagged { arn: found.resource_arn?, tags })
}
