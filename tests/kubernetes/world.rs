//! What every test starts with: a provider, a stack and a namespace of its own in one of three real clusters.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;
use std::time::{Duration, Instant};

use serde_json::{Value as Json, json};
use stackctl::model::{
    Address, Cluster, ClusterAccess, Forecast, Identifier, JsonMap, Lifecycle, Live, Region, Scope,
    StackName, TAG_ADDRESS, TAG_OWNS, TAG_STACK, Token, short_hash,
};
use stackctl::providers::kubernetes::KubernetesProvider;
use stackctl::providers::{
    Create, Delete, Delta, Handler, Pending, PendingItem, Provider, ProviderError, Query, Readiness, Update,
    Wanted,
};

use crate::clusters::{self, Clusters};

/// The longest that anything here may take; two cores may be busy with other tests.
const PATIENCE: Duration = Duration::from_secs(90);

/// The clusters; `None` after having said why the test is skipped.
pub fn clusters() -> Option<&'static Clusters> {
    clusters::start(3)
}

/// A stack in a cluster.
pub struct World {
    pub provider: KubernetesProvider,
    pub stack: StackName,
    pub scope: Scope,
    pub cluster: &'static clusters::Cluster,
    /// A namespace that no other test uses.
    pub namespace: String,
}

impl World {
    /// In the first cluster.
    pub fn new(name: &str) -> Option<Self> {
        let world = Self::of(&clusters()?.all[0], name);
        world.cluster.kubectl(&["create", "namespace", name], "");
        Some(world)
    }

    /// In a cluster, without a namespace.
    pub fn of(cluster: &'static clusters::Cluster, name: &str) -> Self {
        Self {
            provider: provider(),
            stack: StackName::new(name),
            scope: scope(cluster),
            cluster,
            namespace: name.to_owned(),
        }
    }

    /// The same stack in another run of the program: nothing is remembered.
    pub fn again(&self) -> Self {
        Self { namespace: self.namespace.clone(), ..Self::of(self.cluster, self.stack.as_str()) }
    }

    pub fn handler(&self, manifest: &Json) -> Arc<dyn Handler> {
        let text = |key: &str| manifest[key].as_str().expect("apiVersion and kind");
        self.handler_of(&format!("{}/{}", text("apiVersion"), text("kind")))
    }

    pub fn handler_of(&self, resource_type: &str) -> Arc<dyn Handler> {
        self.provider.handler(&resource_type.into()).unwrap()
    }

    /// A manifest in the test's namespace.
    pub fn manifest(&self, api_version: &str, kind: &str, name: &str, rest: Json) -> Json {
        let mut manifest = json!({
            "apiVersion": api_version, "kind": kind, "metadata": {"name": name, "namespace": self.namespace},
        });
        manifest.as_object_mut().unwrap().extend(rest.as_object().unwrap().clone());
        manifest
    }

    pub fn config_map(&self, name: &str, data: Json) -> Json {
        self.manifest("v1", "ConfigMap", name, json!({"data": data}))
    }

    /// A Deployment that the simulated nodes run.
    pub fn deployment(&self, name: &str, image: &str, replicas: u32) -> Json {
        let labels = json!({"app": name});
        let containers = json!([{"name": "app", "image": image}]);
        let template = json!({"metadata": {"labels": labels}, "spec": {"containers": containers}});
        let spec = json!({"replicas": replicas, "selector": {"matchLabels": labels}, "template": template});
        self.manifest("apps/v1", "Deployment", name, json!({"spec": spec}))
    }

    pub async fn create(&self, address: &str, manifest: &Json) -> Result<Identifier, ProviderError> {
        self.create_as(address, manifest, &Lifecycle::default()).await
    }

    pub async fn create_as(
        &self,
        address: &str,
        manifest: &Json,
        lifecycle: &Lifecycle,
    ) -> Result<Identifier, ProviderError> {
        let address: Address = address.parse().unwrap();
        let request = Create {
            scope: &self.scope,
            stack: &self.stack,
            address: &address,
            properties: &object(manifest),
            tags: &self.tags(address.as_str(), manifest),
            token: &Token::new("t"),
            lifecycle,
        };
        self.handler(manifest).create(&request).await
    }

    /// Creates, and waits until it is ready.
    pub async fn make(&self, address: &str, manifest: &Json) -> Live {
        let identifier = self.create(address, manifest).await.unwrap();
        self.until_ready(address, manifest, &identifier).await
    }

    pub async fn until_ready(&self, address: &str, manifest: &Json, identifier: &Identifier) -> Live {
        self.until(address, manifest, identifier, false, |answer| match answer {
            Readiness::Ready(live) => Some(*live),
            Readiness::Failed(words) => panic!("{words}"),
            _ => None,
        })
        .await
    }

    /// Asks for the readiness until it satisfies.
    pub async fn until<T>(
        &self,
        address: &str,
        manifest: &Json,
        identifier: &Identifier,
        deleting: bool,
        satisfied: impl Fn(Readiness) -> Option<T>,
    ) -> T {
        let start = Instant::now();
        loop {
            let answer = self.ready(address, manifest, identifier, deleting).await;
            if let Some(found) = satisfied(answer.clone()) {
                return found;
            }
            assert!(start.elapsed() < PATIENCE, "{address}: {answer:?} after {PATIENCE:?}");
            tokio::time::sleep(Duration::from_millis(200)).await;
        }
    }

    async fn ready(
        &self,
        address: &str,
        manifest: &Json,
        identifier: &Identifier,
        deleting: bool,
    ) -> Readiness {
        let items = [PendingItem {
            identifier: identifier.clone(),
            address: address.parse().unwrap(),
            properties: if deleting { JsonMap::new() } else { object(manifest) },
            deleting,
        }];
        let request = Pending { scope: &self.scope, stack: &self.stack, items: &items };
        self.handler(manifest).ready(&request).await.unwrap().remove(0)
    }

    /// All of a type that the stack owns, and what has the names of these manifests.
    pub async fn list(&self, resource_type: &str, wanted: &[&Json]) -> Result<Vec<Live>, ProviderError> {
        let wanted: Vec<Wanted> = wanted
            .iter()
            .map(|manifest| Wanted {
                address: "eu-west-1/wanted".parse().unwrap(),
                properties: object(manifest),
                unknown: Vec::new(),
                adopt: None,
            })
            .collect();
        let query =
            Query { scope: &self.scope, stack: &self.stack, wanted: &wanted, parents: &[], tagged: &[] };
        self.handler_of(resource_type).list(&query).await
    }

    /// What a bulk read finds under an identifier.
    pub async fn read(&self, manifest: &Json) -> Live {
        let handler = self.handler(manifest);
        let found = self.list(handler.resource_type().as_str(), &[manifest]).await.unwrap();
        let name = manifest["metadata"]["name"].as_str().unwrap();
        let namespace = manifest["metadata"]["namespace"].as_str();
        let is_it = |live: &Live| {
            let metadata = &live.properties["metadata"];
            metadata["name"] == name && namespace.is_none_or(|namespace| metadata["namespace"] == namespace)
        };
        found.into_iter().find(is_it).unwrap_or_else(|| panic!("{name} is not found"))
    }

    pub async fn forecast(&self, live: &Live, manifest: &Json, force: bool) -> Forecast {
        let lifecycle = Lifecycle { force, ..Lifecycle::default() };
        self.with_update(live, manifest, &lifecycle, async |handler, request| {
            handler.forecast(&request).await
        })
        .await
        .unwrap()
    }

    pub async fn update(&self, live: &Live, manifest: &Json, force: bool) -> Result<(), ProviderError> {
        let lifecycle = Lifecycle { force, ..Lifecycle::default() };
        self.with_update(live, manifest, &lifecycle, async |handler, request| handler.update(&request).await)
            .await
    }

    pub async fn update_as(
        &self,
        live: &Live,
        manifest: &Json,
        lifecycle: &Lifecycle,
    ) -> Result<(), ProviderError> {
        self.with_update(live, manifest, lifecycle, async |handler, request| handler.update(&request).await)
            .await
    }

    async fn with_update<T>(
        &self,
        live: &Live,
        manifest: &Json,
        lifecycle: &Lifecycle,
        call: impl AsyncFn(Arc<dyn Handler>, Update<'_>) -> T,
    ) -> T {
        let address = live.address().cloned().unwrap_or_else(|| "eu-west-1/taken".parse().unwrap());
        let request = Update {
            scope: &self.scope,
            stack: &self.stack,
            address: &address,
            live,
            properties: &object(manifest),
            tags: &self.tags(address.as_str(), manifest),
            delta: &Delta::default(),
            token: &Token::new("t"),
            lifecycle,
        };
        call(self.handler(manifest), request).await
    }

    pub async fn delete(&self, live: &Live) -> Result<(), ProviderError> {
        let request = Delete { scope: &self.scope, stack: &self.stack, live, force: false };
        self.handler_of(live.resource_type.as_str()).delete(&request).await
    }

    /// Deletes, and waits until it is gone.
    pub async fn remove(&self, address: &str, live: &Live) {
        self.delete(live).await.unwrap();
        let manifest = Json::Object(live.properties.clone());
        let gone = |answer| matches!(answer, Readiness::Gone).then_some(());
        self.until(address, &manifest, &live.identifier, true, gone).await;
    }

    /// Stackctl's own, as the engine writes them.
    fn tags(&self, address: &str, manifest: &Json) -> BTreeMap<String, String> {
        let mut hashes = BTreeSet::new();
        record(manifest, "", &mut hashes);
        let owns: String = hashes.into_iter().collect();
        let tags = [(TAG_STACK, self.stack.as_str()), (TAG_ADDRESS, address), (TAG_OWNS, &owns)];
        tags.into_iter().map(|(key, value)| (key.to_owned(), value.to_owned())).collect()
    }

    /// `kubectl` in the test's namespace.
    pub fn kubectl(&self, arguments: &[&str]) -> String {
        self.kubectl_with(arguments, "")
    }

    pub fn kubectl_with(&self, arguments: &[&str], input: &str) -> String {
        let namespaced: Vec<&str> =
            ["-n", self.namespace.as_str()].into_iter().chain(arguments.iter().copied()).collect();
        self.cluster.kubectl(&namespaced, input)
    }
}

/// The hashes of a manifest's paths, as `stackctl:owns` holds them.
fn record(value: &Json, path: &str, hashes: &mut BTreeSet<String>) {
    match value {
        Json::Object(map) => {
            for (key, value) in map {
                let path = if path.is_empty() { key.clone() } else { format!("{path}.{key}") };
                hashes.insert(short_hash(&path));
                record(value, &path, hashes);
            }
        }
        Json::Array(items) => items.iter().for_each(|item| record(item, &format!("{path}.*"), hashes)),
        _ => {}
    }
}

/// Reaches all three clusters by the names of their contexts.
fn provider() -> KubernetesProvider {
    let clusters = clusters().expect("the caller has asked");
    let access = |cluster: &clusters::Cluster| {
        let (kubeconfig, context) = (Some(clusters.kubeconfig.clone()), Some(cluster.name.clone()));
        (cluster.name.clone(), ClusterAccess { kubeconfig, context })
    };
    KubernetesProvider::new(clusters.all.iter().map(access).collect(), None)
}

pub fn scope(cluster: &clusters::Cluster) -> Scope {
    Scope::Cluster(Cluster::named(&cluster.name, Region::new(&cluster.name)))
}

pub fn object(json: &Json) -> JsonMap {
    json.as_object().expect("an object").clone()
}

/// An object as it is compared: without what changes with every write.
pub fn settled(object: &JsonMap) -> Json {
    let mut object = object.clone();
    if let Some(Json::Object(metadata)) = object.get_mut("metadata") {
        for key in ["managedFields", "resourceVersion", "generation"] {
            metadata.remove(key);
        }
    }
    object.remove("status");
    Json::Object(object)
}
