//! AWS as a [`Provider`]: the handlers by type, the tag search, lookups, secrets.

use std::collections::BTreeMap;
use std::sync::Arc;

use async_trait::async_trait;

use super::{Aws, failed, registry};
use crate::model::{JsonMap, Live, Lookup, ResourceType, Scope, SecretRef, StackName, TAG_STACK};
use crate::providers::{ErrorKind, Handler, Provider, ProviderError, Result, Tagged};

/// AWS, with the credentials of the environment.
pub struct AwsProvider {
    aws: Arc<Aws>,
    handlers: BTreeMap<ResourceType, Arc<dyn Handler>>,
}

impl AwsProvider {
    /// Connects; makes no call.
    pub async fn connect() -> Self {
        let aws = Aws::connect().await;
        let handlers =
            registry::handlers(&aws).into_iter().map(|handler| (handler.resource_type(), handler)).collect();
        Self { aws, handlers }
    }
}

#[async_trait]
impl Provider for AwsProvider {
    fn handler(&self, resource_type: &ResourceType) -> Result<Arc<dyn Handler>> {
        self.handlers.get(resource_type).cloned().ok_or_else(|| {
            ProviderError::new(ErrorKind::Unsupported, "handler", format!("{resource_type} has no handler"))
        })
    }

    fn searched_types(&self) -> Vec<ResourceType> {
        self.handlers.keys().cloned().collect()
    }

    async fn tagged(&self, scope: &Scope, stack: &StackName) -> Result<Vec<Tagged>> {
        let client = self.aws.client(scope, aws_sdk_resourcegroupstagging::Client::new);
        let filter = aws_sdk_resourcegroupstagging::types::TagFilter::builder()
            .key(TAG_STACK)
            .values(stack.as_str())
            .build();
        client
            .get_resources()
            .tag_filters(filter)
            .resources_per_page(100)
            .into_paginator()
            .items()
            .send()
            .try_collect()
            .await
            .map_err(failed("tagging:GetResources"))
            .map(|found| found.into_iter().filter_map(tagged).collect())
    }

    async fn lookup(&self, lookup: &Lookup, _by: &JsonMap) -> Result<Live> {
        Err(ProviderError::new(
            ErrorKind::Unsupported,
            "lookup",
            format!("{} can't be looked up", lookup.resource_type),
        ))
    }

    async fn account(&self) -> Result<String> {
        let client = self.aws.client(&Scope::Global, aws_sdk_sts::Client::new);
        let identity = client.get_caller_identity().send().await.map_err(failed("sts:GetCallerIdentity"))?;
        Ok(identity.account().unwrap_or_default().to_owned())
    }

    async fn secret(&self, secret: &SecretRef, _scope: &Scope) -> Result<String> {
        Err(ProviderError::new(ErrorKind::Unsupported, "secret", secret.0.to_string()))
    }

    fn api_calls(&self) -> BTreeMap<String, u64> {
        self.aws.calls()
    }
}

fn tagged(found: aws_sdk_resourcegroupstagging::types::ResourceTagMapping) -> Option<Tagged> {
    let tags = super::tags::collect(found.tags().iter().map(|tag| (Some(tag.key()), Some(tag.value()))));
    Some(Tagged { arn: found.resource_arn?, tags })
}
