//! Ways to a cluster: a kubeconfig, a plugin, an EKS endpoint with tokens; and what is said where there is none.

use std::collections::BTreeMap;
use std::path::PathBuf;
use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering};
use std::time::Duration;

use async_trait::async_trait;
use serde_json::{Value as Json, json};
use stackctl::model::{
    Address, Cluster, ClusterAccess, Identifier, Live, Ownership, Region, Scope, StackName, Status,
};
use stackctl::providers::kubernetes::{ClusterToken, KubernetesProvider, TokenSource};
use stackctl::providers::{ErrorKind, Provider, Query, Result};

use crate::world::clusters;

/// The parts of a cluster's own kubeconfig: server, authority, token.
fn parts(file: &PathBuf) -> (String, String, String) {
    let text = std::fs::read_to_string(file).unwrap();
    // It is written as JSON, which YAML contains.
    let config: Json = serde_json::from_str(&text).unwrap();
    let cluster = &config["clusters"][0]["cluster"];
    let text = |value: &Json| value.as_str().unwrap().to_owned();
    (
        text(&cluster["server"]),
        text(&cluster["certificate-authority-data"]),
        text(&config["users"][0]["user"]["token"]),
    )
}

fn only(name: &str, kubeconfig: PathBuf) -> KubernetesProvider {
    let access = ClusterAccess { kubeconfig: Some(kubeconfig), context: None };
    KubernetesProvider::new(BTreeMap::from([(name.to_owned(), access)]), None)
}

fn named(name: &str) -> Scope {
    Scope::Cluster(Cluster::named(name, Region::new("eu-west-1")))
}

async fn config_maps(provider: &KubernetesProvider, scope: &Scope) -> Result<Vec<Live>> {
    let stack = StackName::new("nobody");
    let query = Query { scope, stack: &stack, wanted: &[], parents: &[], tagged: &[] };
    provider.handler(&"v1/ConfigMap".into()).unwrap().list(&query).await
}

struct Tokens {
    text: String,
    made: AtomicU32,
}

#[async_trait]
impl TokenSource for Tokens {
    async fn token(&self, region: &Region, cluster: &str) -> Result<ClusterToken> {
        assert_eq!((region.as_str(), cluster), ("eu-west-1", "platform"));
        // The first one is refused, as if the access entry were not known yet.
        let text = if self.made.fetch_add(1, Ordering::Relaxed) == 0 {
            "stale".to_owned()
        } else {
            self.text.clone()
        };
        Ok(ClusterToken { text, valid_for: Duration::from_mins(15) })
    }
}

#[tokio::test]
async fn an_eks_cluster_is_reached_by_what_aws_tells_of_it() {
    let Some(clusters) = clusters() else { return };
    let (server, authority, token) = parts(&clusters.all[0].kubeconfig);
    let tokens = Arc::new(Tokens { text: token, made: AtomicU32::new(0) });
    let provider = KubernetesProvider::new(BTreeMap::new(), Some(tokens.clone()));
    let address: Address = "eu-west-1/platform.cluster".parse().unwrap();
    let scope = Scope::Cluster(Cluster::of_stack(&address));
    assert_eq!(
        config_maps(&provider, &scope).await.unwrap_err().kind,
        ErrorKind::Invalid,
        "it is not known yet"
    );
    let properties = json!({"Name": "platform", "Endpoint": server, "CertificateAuthorityData": authority});
    let live = Live {
        resource_type: "AWS::EKS::Cluster".into(),
        scope: Scope::Region(Region::new("eu-west-1")),
        identifier: Identifier::new("platform"),
        properties: properties.as_object().unwrap().clone(),
        tags: BTreeMap::new(),
        ownership: Ownership::Tagged(address.clone()),
        status: Status::Ready,
    };
    provider.learn(&address, &live);
    let error = config_maps(&provider, &scope).await.unwrap_err();
    assert_eq!(error.kind, ErrorKind::NotYet, "{error}");
    assert!(error.message.contains("does not know the credentials"), "{error}");
    config_maps(&provider, &scope).await.unwrap();
    config_maps(&provider, &scope).await.unwrap();
    assert_eq!(tokens.made.load(Ordering::Relaxed), 2, "a token is made once, and anew when it is refused");
}

#[tokio::test]
async fn a_credentials_plugin_is_run() {
    let Some(clusters) = clusters() else { return };
    let (server, authority, token) = parts(&clusters.all[0].kubeconfig);
    let folder = tempfile::tempdir().unwrap();
    let config = |script: &str| {
        json!({
            "apiVersion": "v1", "kind": "Config", "current-context": "x",
            "contexts": [{"name": "x", "context": {"cluster": "x", "user": "x"}}],
            "clusters": [{"name": "x", "cluster": {"server": server, "certificate-authority-data": authority}}],
            "users": [{"name": "x", "user": {"exec": {
                "apiVersion": "client.authentication.k8s.io/v1", "command": "sh", "args": ["-c", script],
                "interactiveMode": "Never",
            }}}],
        })
    };
    let credential = json!({
        "apiVersion": "client.authentication.k8s.io/v1", "kind": "ExecCredential", "status": {"token": token},
    });
    let file = folder.path().join("works");
    std::fs::write(&file, config(&format!("echo '{credential}'")).to_string()).unwrap();
    config_maps(&only("tools", file), &named("tools")).await.unwrap();
    let file = folder.path().join("fails");
    std::fs::write(&file, config("echo 'the session has expired: log in' >&2; exit 3").to_string()).unwrap();
    let error = config_maps(&only("tools", file), &named("tools")).await.unwrap_err();
    assert_eq!(error.kind, ErrorKind::Denied);
    assert!(error.message.contains("the session has expired: log in"), "{error}");
}

#[tokio::test]
async fn one_who_may_do_nothing_is_told_what() {
    let Some(clusters) = clusters() else { return };
    let provider = only("tools", clusters.all[0].outsider.clone());
    let error = config_maps(&provider, &named("tools")).await.unwrap_err();
    assert_eq!(error.kind, ErrorKind::Denied, "{error}");
    assert!(error.to_string().starts_with("kubernetes:LIST v1 configmaps: Forbidden: "), "{error}");
}

#[tokio::test]
async fn a_server_that_does_not_answer_is_named_with_what_to_check() {
    let folder = tempfile::tempdir().unwrap();
    // Bound and let go of: nobody listens there.
    let port = std::net::TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port();
    let config = json!({
        "apiVersion": "v1", "kind": "Config", "current-context": "x",
        "contexts": [{"name": "x", "context": {"cluster": "x"}}],
        "clusters": [{"name": "x", "cluster": {"server": format!("https://127.0.0.1:{port}")}}],
    });
    let file = folder.path().join("config");
    std::fs::write(&file, config.to_string()).unwrap();
    let provider = only("tools", file.clone());
    let error = provider.searched_types(&named("tools")).await.unwrap_err();
    assert_eq!(error.kind, ErrorKind::NotYet);
    for part in
        ["the cluster tools", &format!("https://127.0.0.1:{port}"), "context \"x\"", "refused", "check"]
    {
        assert!(error.message.contains(part), "{part}: {error}");
    }
}

#[tokio::test]
async fn a_server_with_another_certificate_is_not_trusted() {
    let Some(clusters) = clusters() else { return };
    let (server, _, _) = parts(&clusters.all[0].kubeconfig);
    let (_, other, _) = parts(&clusters.all[1].kubeconfig);
    let folder = tempfile::tempdir().unwrap();
    let config = json!({
        "apiVersion": "v1", "kind": "Config", "current-context": "x",
        "contexts": [{"name": "x", "context": {"cluster": "x"}}],
        "clusters": [{"name": "x", "cluster": {"server": server, "certificate-authority-data": other}}],
    });
    let file = folder.path().join("config");
    std::fs::write(&file, config.to_string()).unwrap();
    let error = only("tools", file).searched_types(&named("tools")).await.unwrap_err();
    assert_eq!(error.kind, ErrorKind::Invalid, "no try mends it: {error}");
    assert!(error.message.contains("certificate"), "{error}");
}
