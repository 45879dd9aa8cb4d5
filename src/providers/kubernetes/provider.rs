//! Kubernetes as a [`Provider`]: a handler for any type, the kinds that clusters serve, lookups by name.

use std::collections::BTreeMap;
use std::sync::Arc;

use async_trait::async_trait;

use super::TokenSource;
use super::clusters::Clusters;
use super::handler::ObjectHandler;
use crate::model::{
    Address, ClusterAccess, JsonMap, Live, Lookup, ResourceType, Scope, SecretRef, StackName,
};
use crate::providers::{ErrorKind, Handler, Provider, ProviderError, Query, Result, Tagged, Wanted};

/// The type whose live resources lead to clusters.
const EKS_CLUSTER: &str = "AWS::EKS::Cluster";

/// All clusters of a stack.
pub struct KubernetesProvider {
    clusters: Arc<Clusters>,
}

impl KubernetesProvider {
    /// With the entries of `clusters:` in `stackctl.yaml`, and a source of tokens for the clusters that the stack makes.
    /// Connects to nothing yet.
    pub fn new(accesses: BTreeMap<String, ClusterAccess>, tokens: Option<Arc<dyn TokenSource>>) -> Self {
        Self { clusters: Arc::new(Clusters::new(accesses, tokens)) }
    }
}

#[async_trait]
impl Provider for KubernetesProvider {
    fn handler(&self, resource_type: &ResourceType) -> Result<Arc<dyn Handler>> {
        if resource_type.object().is_none() {
            let message = format!("{resource_type} is no Kubernetes type like apps/v1/Deployment");
            return Err(ProviderError::new(ErrorKind::Unsupported, "handler", message));
        }
        Ok(Arc::new(ObjectHandler::new(self.clusters.clone(), resource_type.clone())))
    }

    /// Each kind that the cluster serves and that a stack may own objects of, in the version that its group prefers.
    async fn searched_types(&self, scope: &Scope) -> Result<Vec<ResourceType>> {
        self.clusters.connection(scope).await?.searched().await
    }

    fn learn(&self, address: &Address, live: &Live) {
        if live.resource_type.as_str() == EKS_CLUSTER {
            self.clusters.learn(address, live);
        }
    }

    /// Objects are found by their label, kind by kind.
    async fn tagged(&self, _: &Scope, _: &StackName) -> Result<Vec<Tagged>> {
        Ok(Vec::new())
    }

    /// The object of a `name` and, where its kind has them, a `namespace`; or of a manifest's `metadata`.
    async fn lookup(&self, lookup: &Lookup, by: &JsonMap) -> Result<Live> {
        let operation = format!("lookup of {}", lookup.address);
        let metadata = by.get("metadata").and_then(|metadata| metadata.as_object()).unwrap_or(by);
        if metadata.get("name").and_then(|name| name.as_str()).is_none() {
            let message = format!(
                "a {} is looked up by its `name`, and its `namespace` if it has one",
                lookup.resource_type
            );
            return Err(ProviderError::new(ErrorKind::Invalid, operation, message));
        }
        let mut properties = JsonMap::new();
        properties.insert("metadata".to_owned(), metadata.clone().into());
        let wanted =
            [Wanted { address: lookup.address.clone(), properties, unknown: Vec::new(), adopt: None }];
        let stack = nobody();
        let query = Query { scope: &lookup.scope, stack: &stack, wanted: &wanted, parents: &[], tagged: &[] };
        let found = self.handler(&lookup.resource_type)?.list(&query).await?;
        found.into_iter().next().ok_or_else(|| {
            let message = format!("there is no such {} in {}", lookup.resource_type, lookup.scope);
            ProviderError::new(ErrorKind::NotFound, operation, message)
        })
    }

    async fn account(&self) -> Result<String> {
        Err(ProviderError::new(ErrorKind::Unsupported, "account", "a cluster has no AWS account"))
    }

    async fn secret(&self, _: &SecretRef, _: &Scope) -> Result<String> {
        Err(ProviderError::new(ErrorKind::Unsupported, "secret", "a cluster resolves no secrets"))
    }

    fn api_calls(&self) -> BTreeMap<String, u64> {
        match self.clusters.calls() {
            0 => BTreeMap::new(),
            calls => BTreeMap::from([("kubernetes".to_owned(), calls)]),
        }
    }
}

/// The stack of a lookup: what it finds is nobody's. No stack can have this name.
fn nobody() -> StackName {
    StackName::new("-")
}
