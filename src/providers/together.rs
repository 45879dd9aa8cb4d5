//! AWS and Kubernetes as one [`Provider`]: each type and scope goes to the one that knows it.

use std::collections::BTreeMap;
use std::sync::Arc;

use async_trait::async_trait;

use super::{Handler, Provider, Result, Tagged};
use crate::model::{Address, JsonMap, Live, Lookup, ResourceType, Scope, SecretRef, StackName};

/// Two providers side by side.
pub struct Together {
    aws: Arc<dyn Provider>,
    kubernetes: Arc<dyn Provider>,
}

impl Together {
    /// Both; makes no call.
    pub fn new(aws: Arc<dyn Provider>, kubernetes: Arc<dyn Provider>) -> Self {
        Self { aws, kubernetes }
    }

    fn of_type(&self, resource_type: &ResourceType) -> &dyn Provider {
        if resource_type.is_kubernetes() { &*self.kubernetes } else { &*self.aws }
    }

    fn of_scope(&self, scope: &Scope) -> &dyn Provider {
        if scope.cluster().is_some() { &*self.kubernetes } else { &*self.aws }
    }
}

#[async_trait]
impl Provider for Together {
    fn handler(&self, resource_type: &ResourceType) -> Result<Arc<dyn Handler>> {
        self.of_type(resource_type).handler(resource_type)
    }

    async fn searched_types(&self, scope: &Scope) -> Result<Vec<ResourceType>> {
        self.of_scope(scope).searched_types(scope).await
    }

    fn learn(&self, address: &Address, live: &Live) {
        self.aws.learn(address, live);
        self.kubernetes.learn(address, live);
    }

    async fn tagged(&self, scope: &Scope, stack: &StackName) -> Result<Vec<Tagged>> {
        self.of_scope(scope).tagged(scope, stack).await
    }

    async fn lookup(&self, lookup: &Lookup, by: &JsonMap) -> Result<Live> {
        self.of_scope(&lookup.scope).lookup(lookup, by).await
    }

    async fn account(&self) -> Result<String> {
        self.aws.account().await
    }

    async fn secret(&self, secret: &SecretRef, scope: &Scope) -> Result<String> {
        self.aws.secret(secret, scope).await
    }

    fn api_calls(&self) -> BTreeMap<String, u64> {
        let mut calls = self.aws.api_calls();
        for (service, count) in self.kubernetes.api_calls() {
            *calls.entry(service).or_default() += count;
        }
        calls
    }
}
