//! From what is known of a cluster to the client's configuration.

use std::net::IpAddr;
use std::path::{Path, PathBuf};
use std::time::Duration;

use ipnet::IpNet;
use kube::Config;
use kube::config::{Cluster, Context, KubeConfigOptions, Kubeconfig, NamedCluster, NamedContext};

use super::clusters::EksCluster;
use crate::model::ClusterAccess;
use crate::providers::{ErrorKind, ProviderError, Result};

/// How long a connection may take. A server that is there answers within milliseconds.
const CONNECT: Duration = Duration::from_secs(5);

/// A configuration, and words that say where it is from.
pub(super) struct Configured {
    pub(super) config: Config,
    /// `context "production" of /home/ann/.kube/config`.
    pub(super) origin: String,
}

/// From a context of a kubeconfig.
pub(super) async fn of_kubeconfig(name: &str, access: &ClusterAccess) -> Result<Configured> {
    let path = access.kubeconfig.as_deref().map(at_home);
    let place = match &path {
        Some(path) => path.display().to_string(),
        None => "the kubeconfig".to_owned(),
    };
    let wrong = |words: String| invalid(name, format!("{place}: {words}"));
    let read = match &path {
        Some(path) => Kubeconfig::read_from(path),
        None => Kubeconfig::read(),
    };
    let kubeconfig = read.map_err(|error| wrong(error.to_string()))?;
    let context = access.context.clone().or_else(|| kubeconfig.current_context.clone()).ok_or_else(|| {
        wrong("it has no current context; name one by `context:` under `clusters:`".to_owned())
    })?;
    let known: Vec<&str> = kubeconfig.contexts.iter().map(|known| known.name.as_str()).collect();
    if !known.contains(&context.as_str()) {
        return Err(wrong(format!("it has no context \"{context}\" (it has {})", known.join(", "))));
    }
    let origin = format!("context \"{context}\" of {place}");
    let options = KubeConfigOptions { context: Some(context), ..KubeConfigOptions::default() };
    let has_proxy = has_proxy(&kubeconfig);
    let config = Config::from_custom_kubeconfig(kubeconfig, &options)
        .await
        .map_err(|error| wrong(error.to_string()))?;
    Ok(Configured { config: tuned(config, has_proxy), origin })
}

/// From what AWS tells of a cluster that the stack made.
pub(super) async fn of_eks(name: &str, eks: &EksCluster) -> Result<Configured> {
    let kubeconfig = Kubeconfig {
        clusters: vec![NamedCluster {
            name: eks.name.clone(),
            cluster: Some(Cluster {
                server: Some(eks.endpoint.clone()),
                certificate_authority_data: eks.certificate_authority.clone(),
                ..Cluster::default()
            }),
            ..NamedCluster::default()
        }],
        contexts: vec![NamedContext {
            name: eks.name.clone(),
            context: Some(Context { cluster: eks.name.clone(), ..Context::default() }),
            ..NamedContext::default()
        }],
        current_context: Some(eks.name.clone()),
        ..Kubeconfig::default()
    };
    let options = KubeConfigOptions::default();
    let config = Config::from_custom_kubeconfig(kubeconfig, &options)
        .await
        .map_err(|error| invalid(name, format!("the endpoint of the EKS cluster {}: {error}", eks.name)))?;
    let origin = format!("the endpoint of the EKS cluster {}", eks.name);
    Ok(Configured { config: tuned(config, false), origin })
}

fn invalid(name: &str, words: String) -> ProviderError {
    let message = format!("the cluster {name} can't be reached: {words}");
    ProviderError::new(ErrorKind::Invalid, "kubernetes:connect", message)
}

fn tuned(mut config: Config, has_proxy: bool) -> Config {
    config.connect_timeout = Some(CONNECT);
    // The executor paces and retries; a second layer would hide throttling from it.
    config.default_retry = false;
    let host = config.cluster_url.host().unwrap_or_default();
    let no_proxy = std::env::var("NO_PROXY").or_else(|_| std::env::var("no_proxy")).unwrap_or_default();
    if !has_proxy && is_direct(host, &no_proxy) {
        config.proxy_url = None;
    }
    config
}

fn has_proxy(kubeconfig: &Kubeconfig) -> bool {
    let proxies = |cluster: &NamedCluster| cluster.cluster.as_ref().is_some_and(|c| c.proxy_url.is_some());
    kubeconfig.clusters.iter().any(proxies)
}

/// Whether a host is reached without the environment's proxy: this machine itself, or what `NO_PROXY` lists.
fn is_direct(host: &str, no_proxy: &str) -> bool {
    let host = host.trim_matches(['[', ']']);
    let address: Option<IpAddr> = host.parse().ok();
    let covers = |entry: &str| {
        let entry = entry.trim().trim_start_matches('.');
        let net: Option<IpNet> = entry.parse().ok();
        entry == "*"
            || (!entry.is_empty() && (host == entry || host.ends_with(&format!(".{entry}"))))
            || net.zip(address).is_some_and(|(net, address)| net.contains(&address))
    };
    host == "localhost"
        || address.is_some_and(|address| address.is_loopback())
        || no_proxy.split(',').any(covers)
}

/// A path with the home folder in place of `~`.
fn at_home(path: &Path) -> PathBuf {
    match (path.strip_prefix("~"), std::env::var_os("HOME")) {
        (Ok(rest), Some(home)) => PathBuf::from(home).join(rest),
        _ => path.to_path_buf(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn some_hosts_need_no_proxy() {
        assert!(is_direct("127.0.0.1", "") && is_direct("localhost", "") && is_direct("[::1]", ""));
        assert!(is_direct("10.1.2.3", "example.com,10.0.0.0/8"));
        assert!(is_direct("k.example.com", ".example.com") && is_direct("k.example.com", "example.com"));
        assert!(!is_direct("k.example.com", "ample.com") && !is_direct("k.example.com", ""));
    }

    #[tokio::test]
    async fn a_wrong_context_is_named_beside_the_right_ones() {
        let file = tempfile::NamedTempFile::new().unwrap();
        let text = "{apiVersion: v1, kind: Config, contexts: [{name: blue, context: {cluster: c}}]}";
        std::fs::write(file.path(), text).unwrap();
        let access = |context: Option<&str>| ClusterAccess {
            kubeconfig: Some(file.path().to_path_buf()),
            context: context.map(str::to_owned),
        };
        let error = of_kubeconfig("tools", &access(Some("green"))).await.err().unwrap().message;
        assert!(error.contains("no context \"green\" (it has blue)"), "{error}");
        let error = of_kubeconfig("tools", &access(None)).await.err().unwrap().message;
        assert!(error.contains("no current context"), "{error}");
    }

    #[tokio::test]
    async fn an_eks_cluster_needs_no_kubeconfig() {
        let eks = EksCluster {
            name: "platform".to_owned(),
            endpoint: "https://abc.gr7.eu-west-1.eks.amazonaws.com".to_owned(),
            certificate_authority: None,
            region: crate::model::Region::new("eu-west-1"),
        };
        let configured = of_eks("eu-west-1/platform.cluster", &eks).await.unwrap();
        assert_eq!(configured.config.cluster_url.host(), Some("abc.gr7.eu-west-1.eks.amazonaws.com"));
        assert_eq!(configured.config.connect_timeout, Some(CONNECT));
    }
}
