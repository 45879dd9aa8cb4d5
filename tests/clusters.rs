//! The clusters that other tests stand on: three control planes at once, whose controllers work and whose simulated
//! nodes say what real ones would.
#![cfg(feature = "kubernetes")]

// What only the tests of stackctl itself need.
#[allow(dead_code)]
#[path = "common/kubernetes.rs"]
mod kubernetes;

use std::time::{Duration, Instant};

use kubernetes::{Cluster, Clusters};
use serde_json::{Value as Json, json};

/// The longest that anything here may take; two cores may be busy with other tests.
const PATIENCE: Duration = Duration::from_secs(90);

fn clusters() -> Option<&'static Clusters> {
    kubernetes::start(3)
}

/// A namespace of its own for each test.
fn namespace(cluster: &Cluster, name: &str) {
    cluster.kubectl(&["create", "namespace", name], "");
}

fn deployment(name: &str, image: &str, replicas: u32) -> String {
    let labels = json!({"app": name});
    json!({
        "apiVersion": "apps/v1",
        "kind": "Deployment",
        "metadata": {"name": name},
        "spec": {
            "replicas": replicas,
            "selector": {"matchLabels": labels},
            "template": {
                "metadata": {"labels": labels},
                "spec": {"containers": [{"name": "app", "image": image}]},
            },
        },
    })
    .to_string()
}

/// Asks until the answer satisfies.
fn eventually<T>(what: &str, mut ask: impl FnMut() -> Option<T>) -> T {
    let start = Instant::now();
    loop {
        if let Some(answer) = ask() {
            return answer;
        }
        assert!(start.elapsed() < PATIENCE, "{what}: not within {PATIENCE:?}");
        std::thread::sleep(Duration::from_millis(200));
    }
}

/// The reason why the first Pod's first container waits.
fn waiting_reason(pods: &Json) -> Option<&str> {
    pods.pointer("/items/0/status/containerStatuses/0/state/waiting/reason")?.as_str()
}

#[test]
fn a_deployment_becomes_available_in_each_of_three_clusters() {
    let Some(clusters) = clusters() else { return };
    for cluster in &clusters.all {
        namespace(cluster, "available");
        cluster.kubectl(&["apply", "-n", "available", "-f", "-"], &deployment("api", "shop/api:1", 3));
    }
    for cluster in &clusters.all {
        let wait =
            ["wait", "-n", "available", "deployment/api", "--for=condition=Available", "--timeout=90s"];
        cluster.kubectl(&wait, "");
        let live = cluster.get(&["-n", "available", "deployment/api"]);
        assert_eq!(live["status"]["availableReplicas"], 3, "{}: {live:#}", cluster.name);
        let pods = cluster.get(&["-n", "available", "pods"]);
        let nodes: std::collections::BTreeSet<_> =
            pods["items"].as_array().unwrap().iter().map(|pod| pod["spec"]["nodeName"].to_string()).collect();
        assert_eq!(nodes.len(), 3, "a Pod on each node");
    }
}

#[test]
fn an_image_that_cannot_be_pulled_is_told_in_the_pod_and_in_an_event() {
    let Some(clusters) = clusters() else { return };
    let cluster = &clusters.all[0];
    namespace(cluster, "pull");
    cluster.kubectl(&["apply", "-n", "pull", "-f", "-"], &deployment("api", "shop/api:missing", 1));
    eventually("ImagePullBackOff", || {
        (waiting_reason(&cluster.get(&["-n", "pull", "pods"])) == Some("ImagePullBackOff")).then_some(())
    });
    let events = cluster.get(&["-n", "pull", "events", "--field-selector", "type=Warning"]).to_string();
    assert!(events.contains("Failed to pull image \\\"shop/api:missing\\\""), "{events}");
    let live = cluster.get(&["-n", "pull", "deployment/api"]);
    assert_eq!(live["status"]["unavailableReplicas"], 1, "{live:#}");
}

#[test]
fn a_container_that_ends_at_once_is_in_a_crash_loop() {
    let Some(clusters) = clusters() else { return };
    let cluster = &clusters.all[1];
    namespace(cluster, "crash");
    cluster.kubectl(&["apply", "-n", "crash", "-f", "-"], &deployment("api", "shop/api:crash", 1));
    let pods = eventually("CrashLoopBackOff", || {
        let pods = cluster.get(&["-n", "crash", "pods"]);
        (waiting_reason(&pods) == Some("CrashLoopBackOff")).then_some(pods)
    });
    let status = &pods["items"][0]["status"]["containerStatuses"][0];
    assert_eq!(status["restartCount"], 1, "{status:#}");
    assert_eq!(status["lastState"]["terminated"]["exitCode"], 1, "{status:#}");
}

#[test]
fn jobs_load_balancers_and_claims_come_to_what_they_are_for() {
    let Some(clusters) = clusters() else { return };
    let cluster = &clusters.all[2];
    namespace(cluster, "rest");
    let pod = json!({"containers": [{"name": "app", "image": "shop/migrate:1"}], "restartPolicy": "Never"});
    let objects = json!({"apiVersion": "v1", "kind": "List", "items": [
        {"apiVersion": "batch/v1", "kind": "Job", "metadata": {"name": "migrate"}, "spec": {"template": {"spec": pod}}},
        {"apiVersion": "v1", "kind": "Service", "metadata": {"name": "edge"},
         "spec": {"type": "LoadBalancer", "ports": [{"port": 443}], "selector": {"app": "edge"}}},
        {"apiVersion": "v1", "kind": "PersistentVolumeClaim", "metadata": {"name": "data"},
         "spec": {"accessModes": ["ReadWriteOnce"], "resources": {"requests": {"storage": "1Gi"}}}},
    ]});
    cluster.kubectl(&["apply", "-n", "rest", "-f", "-"], &objects.to_string());
    cluster.kubectl(&["wait", "-n", "rest", "job/migrate", "--for=condition=Complete", "--timeout=90s"], "");
    eventually("a load balancer's name", || {
        let service = cluster.get(&["-n", "rest", "service/edge"]);
        service.pointer("/status/loadBalancer/ingress/0/hostname").map(|_| ())
    });
    let claim = eventually("a bound claim", || {
        let claim = cluster.get(&["-n", "rest", "pvc/data"]);
        (claim["status"]["phase"] == "Bound").then_some(claim)
    });
    cluster.kubectl(&["delete", "-n", "rest", "pvc/data", "--timeout=60s"], "");
    let volume = claim["spec"]["volumeName"].as_str().unwrap();
    eventually("its volume is gone", || {
        let answer = cluster.try_kubectl(&["get", "pv", volume], "");
        String::from_utf8_lossy(&answer.stderr).contains("NotFound").then_some(())
    });
}

#[test]
fn a_namespace_goes_with_all_that_is_in_it() {
    let Some(clusters) = clusters() else { return };
    let cluster = &clusters.all[0];
    namespace(cluster, "brief");
    cluster.kubectl(&["apply", "-n", "brief", "-f", "-"], &deployment("api", "shop/api:1", 2));
    cluster.kubectl(&["rollout", "status", "-n", "brief", "deployment/api", "--timeout=90s"], "");
    cluster.kubectl(&["delete", "namespace", "brief", "--timeout=90s"], "");
    let gone = cluster.try_kubectl(&["get", "namespace", "brief"], "");
    assert!(String::from_utf8_lossy(&gone.stderr).contains("NotFound"), "{gone:?}");
}

#[test]
fn each_kind_of_workload_becomes_ready() {
    let Some(clusters) = clusters() else { return };
    let cluster = &clusters.all[2];
    namespace(cluster, "kinds");
    let labels = json!({"app": "kinds"});
    let spec = |more: Json| {
        let template = json!({
            "metadata": {"labels": labels},
            "spec": {"containers": [{"name": "app", "image": "shop/app:1"}]},
        });
        let mut spec = json!({"selector": {"matchLabels": labels}, "template": template});
        spec.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
        spec
    };
    let claim = json!({
        "metadata": {"name": "data"},
        "spec": {"accessModes": ["ReadWriteOnce"], "resources": {"requests": {"storage": "1Gi"}}},
    });
    let stateful = json!({"replicas": 2, "serviceName": "db", "volumeClaimTemplates": [claim]});
    let objects = json!({"apiVersion": "v1", "kind": "List", "items": [
        {"apiVersion": "apps/v1", "kind": "DaemonSet", "metadata": {"name": "agent"}, "spec": spec(json!({}))},
        {"apiVersion": "apps/v1", "kind": "StatefulSet", "metadata": {"name": "db"}, "spec": spec(stateful)},
    ]});
    cluster.kubectl(&["apply", "-n", "kinds", "-f", "-"], &objects.to_string());
    for workload in ["daemonset/agent", "statefulset/db"] {
        cluster.kubectl(&["rollout", "status", "-n", "kinds", workload, "--timeout=90s"], "");
    }
    let agents = cluster.get(&["-n", "kinds", "daemonset/agent"]);
    assert_eq!(agents["status"]["numberReady"], 3, "one a node: {agents:#}");
}

#[tokio::test]
async fn the_client_that_stackctl_uses_trusts_the_certificates() {
    use kube::config::{Config, KubeConfigOptions, Kubeconfig};
    let Some(clusters) = clusters() else { return };
    for cluster in &clusters.all {
        let kubeconfig = Kubeconfig::read_from(&clusters.kubeconfig).unwrap();
        let options =
            KubeConfigOptions { context: Some(cluster.name.clone()), ..KubeConfigOptions::default() };
        let config = Config::from_custom_kubeconfig(kubeconfig, &options).await.unwrap();
        let client = kube::Client::try_from(config).unwrap();
        let version = client.apiserver_version().await.unwrap();
        assert_eq!(version.git_version, format!("v{}", clusters.version));
    }
}

#[test]
fn requests_are_counted_by_user_agent_and_a_stranger_may_do_nothing() {
    let Some(clusters) = clusters() else { return };
    let cluster = &clusters.all[1];
    let before = cluster.requests("kubectl").len();
    cluster.get(&["configmaps", "-n", "kube-system"]);
    let requests = cluster.requests("kubectl");
    assert!(requests.len() > before, "kubectl's list is in the audit log");
    assert!(cluster.requests("kube-controller-manager").is_empty(), "the cluster's own requests are not");
    let outsider = cluster.outsider.to_str().unwrap();
    let denied = cluster.try_kubectl(&["--kubeconfig", outsider, "get", "pods"], "");
    assert!(String::from_utf8_lossy(&denied.stderr).contains("Forbidden"), "{denied:?}");
}
