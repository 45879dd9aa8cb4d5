//! The clusters of a run: how each is reached, and one connection to each, made when it is first needed.

use std::collections::{BTreeMap, HashMap};
use std::sync::{Arc, Mutex, PoisonError};

use tokio::sync::OnceCell;

use super::TokenSource;
use super::client::{Calls, Renewed};
use super::config::{of_eks, of_kubeconfig};
use super::connection::Connection;
use crate::model::{Address, ClusterAccess, Live, Region, Scope};
use crate::providers::{ErrorKind, ProviderError, Result};

/// What of an `AWS::EKS::Cluster` leads to its API server.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct EksCluster {
    /// `Name`.
    pub(super) name: String,
    /// `Endpoint`.
    pub(super) endpoint: String,
    /// `CertificateAuthorityData`: PEM in base64.
    pub(super) certificate_authority: Option<String>,
    /// Where it is.
    pub(super) region: Region,
}

/// All clusters, by name: the address of an EKS cluster, or a key of `clusters:` in `stackctl.yaml`.
pub(super) struct Clusters {
    accesses: BTreeMap<String, ClusterAccess>,
    tokens: Option<Arc<dyn TokenSource>>,
    learned: Mutex<HashMap<String, EksCluster>>,
    connections: Mutex<HashMap<String, Arc<OnceCell<Arc<Connection>>>>>,
    calls: Calls,
}

impl Clusters {
    pub(super) fn new(
        accesses: BTreeMap<String, ClusterAccess>,
        tokens: Option<Arc<dyn TokenSource>>,
    ) -> Self {
        let (learned, connections) = (Mutex::default(), Mutex::default());
        Self { accesses, tokens, learned, connections, calls: Calls::default() }
    }

    /// Requests made so far, to all clusters.
    pub(super) fn calls(&self) -> u64 {
        self.calls.so_far()
    }

    /// Remembers how a live EKS cluster is reached. One that was made anew is connected to anew.
    pub(super) fn learn(&self, address: &Address, live: &Live) {
        let (Some(name), Some(endpoint), Some(region)) =
            (live.str("Name"), live.str("Endpoint"), live.scope.region())
        else {
            return;
        };
        let certificate_authority = live.str("CertificateAuthorityData").map(str::to_owned);
        let found = EksCluster {
            name: name.to_owned(),
            endpoint: endpoint.to_owned(),
            certificate_authority: certificate_authority.filter(|data| !data.is_empty()),
            region: region.clone(),
        };
        let mut learned = self.learned.lock().unwrap_or_else(PoisonError::into_inner);
        let before = learned.insert(address.to_string(), found.clone());
        if before.is_some_and(|before| before != found) && !self.accesses.contains_key(address.as_str()) {
            let mut connections = self.connections.lock().unwrap_or_else(PoisonError::into_inner);
            connections.remove(address.as_str());
        }
    }

    /// The connection to a scope's cluster.
    ///
    /// # Errors
    /// Where the cluster is not known, or its configuration is wrong. Makes no call but those of a credentials plugin.
    pub(super) async fn connection(&self, scope: &Scope) -> Result<Arc<Connection>> {
        let cluster = scope.cluster().ok_or_else(|| no_cluster(scope))?;
        let cell = {
            let mut connections = self.connections.lock().unwrap_or_else(PoisonError::into_inner);
            connections.entry(cluster.name.to_string()).or_default().clone()
        };
        cell.get_or_try_init(|| self.connect(&cluster.name)).await.cloned()
    }

    async fn connect(&self, name: &str) -> Result<Arc<Connection>> {
        let learned = self.learned.lock().unwrap_or_else(PoisonError::into_inner).get(name).cloned();
        let (configured, token) = match (self.accesses.get(name), learned) {
            (Some(access), _) => (of_kubeconfig(name, access).await?, None),
            (None, Some(eks)) => (of_eks(name, &eks).await?, Some(self.tokens_of(eks)?)),
            (None, None) => return Err(unknown(name, self.accesses.keys())),
        };
        Connection::open(name, configured, token, self.calls.clone()).await.map(Arc::new)
    }

    fn tokens_of(&self, eks: EksCluster) -> Result<Renewed> {
        let source = self.tokens.clone().ok_or_else(|| {
            let message =
                format!("there are no AWS credentials to make a token for the cluster {}", eks.name);
            ProviderError::new(ErrorKind::Denied, "kubernetes:connect", message)
        })?;
        Ok(Renewed::new(source, eks.region, eks.name))
    }
}

fn no_cluster(scope: &Scope) -> ProviderError {
    let message = format!("a Kubernetes object is in a cluster, {scope} is none");
    ProviderError::new(ErrorKind::Unsupported, "kubernetes:connect", message)
}

/// Neither made by the stack and live, nor named in `stackctl.yaml`.
fn unknown<'a>(name: &str, known: impl Iterator<Item = &'a String>) -> ProviderError {
    let known: Vec<&str> = known.map(String::as_str).collect();
    let known = match known.as_slice() {
        [] => "there are none".to_owned(),
        known => format!("there are {}", known.join(", ")),
    };
    let message = if name.parse::<Address>().is_ok() {
        format!("the cluster {name} is not live, or has no endpoint yet")
    } else {
        format!("stackctl.yaml names no cluster \"{name}\" under `clusters:` ({known})")
    };
    ProviderError::new(ErrorKind::Invalid, "kubernetes:connect", message)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::{Cluster, Identifier, Ownership, Status};
    use crate::providers::kubernetes::ClusterToken;
    use serde_json::json;

    struct Fixed;

    #[async_trait::async_trait]
    impl TokenSource for Fixed {
        async fn token(&self, _: &Region, _: &str) -> Result<ClusterToken> {
            Ok(ClusterToken { text: "t".to_owned(), valid_for: std::time::Duration::from_mins(15) })
        }
    }

    fn live(endpoint: &str) -> Live {
        Live {
            resource_type: "AWS::EKS::Cluster".into(),
            scope: Scope::Region(Region::new("eu-west-1")),
            identifier: Identifier::new("platform"),
            properties: json!({"Name": "platform", "Endpoint": endpoint}).as_object().unwrap().clone(),
            tags: BTreeMap::new(),
            ownership: Ownership::Foreign,
            status: Status::Ready,
        }
    }

    #[tokio::test]
    async fn a_cluster_is_connected_to_once_and_anew_when_it_is_made_anew() {
        let clusters = Clusters::new(BTreeMap::new(), Some(Arc::new(Fixed)));
        let address: Address = "eu-west-1/platform.cluster".parse().unwrap();
        let scope = Scope::Cluster(Cluster::of_stack(&address));
        let error = clusters.connection(&scope).await.err().unwrap();
        assert!(error.message.contains("is not live"), "{error}");
        clusters.learn(&address, &live("https://one.example.com"));
        let first = clusters.connection(&scope).await.unwrap();
        clusters.learn(&address, &live("https://one.example.com"));
        assert!(Arc::ptr_eq(&first, &clusters.connection(&scope).await.unwrap()));
        clusters.learn(&address, &live("https://two.example.com"));
        assert!(!Arc::ptr_eq(&first, &clusters.connection(&scope).await.unwrap()));
        assert_eq!(clusters.calls(), 0);
    }

    #[tokio::test]
    async fn a_name_that_nobody_knows_is_refused_with_those_there_are() {
        let accesses = BTreeMap::from([("tools".to_owned(), ClusterAccess::default())]);
        let clusters = Clusters::new(accesses, None);
        let scope = Scope::Cluster(Cluster::named("tolls", Region::new("eu-west-1")));
        let error = clusters.connection(&scope).await.err().unwrap();
        assert!(error.message.contains("\"tolls\"") && error.message.contains("tools"), "{error}");
    }
}
