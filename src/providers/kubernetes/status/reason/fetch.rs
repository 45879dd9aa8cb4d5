//! Reads pods, ReplicaSets and events of the namespaces in which something waits: at most three lists a namespace,
//! however many wait there.

use std::collections::BTreeMap;

use futures::future::join_all;
use jiff::Timestamp;
use kube::Client;
use kube::core::Request;
use kube::core::params::ListParams;
use serde::Deserialize;

use super::super::object::Object;
use super::{Evidence, is_claim};
use crate::model::{JsonMap, Live, Status};

/// Objects of a page; the API server's own clients use the same.
const PAGE: u32 = 500;
/// Pages of a list at most: the reason is worth some calls, not any number of them.
const MOST_PAGES: usize = 20;
/// Where the events of objects without a namespace are written.
const DEFAULT_NAMESPACE: &str = "default";

/// Puts the reasons into the statuses of those that wait or failed: the words of [`Status::Pending`] say why;
/// [`Status::Failed`] where waiting is hopeless; [`Status::Ready`] for a claim that waits for its first consumer.
///
/// What can't be read (the credentials may not list pods or events) is not explained, and no error: readiness does not
/// depend on it.
pub async fn explain(client: &Client, found: &mut [Live]) {
    let mut wanted: BTreeMap<String, Needs> = BTreeMap::new();
    for live in found.iter().filter(|live| waits(live)) {
        wanted.entry(namespace(live)).or_default().add(live);
    }
    let reads = wanted
        .iter()
        .map(async |(namespace, needs)| (namespace.clone(), needs.read(client, namespace).await));
    let evidence: BTreeMap<_, _> = join_all(reads).await.into_iter().collect();
    let now = Timestamp::now();
    for live in found.iter_mut().filter(|live| waits(live)) {
        if let Some(evidence) = evidence.get(&namespace(live)) {
            live.status = evidence.judge(&live.properties, &live.status, now);
        }
    }
}

fn waits(live: &Live) -> bool {
    matches!(live.status, Status::Pending(_) | Status::Failed(_))
}

fn namespace(live: &Live) -> String {
    match Object::new(&live.properties).str("metadata.namespace") {
        "" => DEFAULT_NAMESPACE.to_owned(),
        namespace => namespace.to_owned(),
    }
}

/// What has to be read of a namespace for those that wait there. Events always: all kinds have them.
#[derive(Default)]
struct Needs {
    pods: bool,
    replica_sets: bool,
    /// A claim's only sign that it waits for a consumer is an event that is no warning.
    all_events: bool,
}

impl Needs {
    fn add(&mut self, live: &Live) {
        let object = Object::new(&live.properties);
        let replicated = object.kind() == "Deployment";
        self.replica_sets |= replicated;
        self.pods |= replicated
            || matches!(
                object.kind(),
                "ReplicaSet" | "ReplicationController" | "StatefulSet" | "DaemonSet" | "Job"
            );
        self.all_events |= is_claim(object);
    }

    async fn read(&self, client: &Client, namespace: &str) -> Evidence {
        let pods = format!("/api/v1/namespaces/{namespace}/pods");
        let replica_sets = format!("/apis/apps/v1/namespaces/{namespace}/replicasets");
        let events = format!("/api/v1/namespaces/{namespace}/events");
        let warnings = ListParams::default().fields("type=Warning");
        let of_events = if self.all_events { ListParams::default() } else { warnings };
        let (pods, replica_sets, events) = futures::join!(
            list_if(self.pods, client, &pods, ListParams::default()),
            list_if(self.replica_sets, client, &replica_sets, ListParams::default()),
            list_if(true, client, &events, of_events),
        );
        Evidence { pods, replica_sets, events }
    }
}

async fn list_if(wanted: bool, client: &Client, path: &str, parameters: ListParams) -> Vec<JsonMap> {
    let mut found = Vec::new();
    if !wanted {
        return found;
    }
    if let Err(error) = list(client, path, parameters, &mut found).await {
        tracing::debug!(path, %error, "the reasons of what waits can't be read");
    }
    found
}

#[derive(Deserialize)]
struct Page {
    #[serde(default)]
    metadata: PageMetadata,
    items: Vec<JsonMap>,
}

#[derive(Default, Deserialize)]
struct PageMetadata {
    #[serde(default, rename = "continue")]
    next: Option<String>,
}

async fn list(
    client: &Client,
    path: &str,
    parameters: ListParams,
    found: &mut Vec<JsonMap>,
) -> kube::Result<()> {
    let mut parameters = parameters.limit(PAGE);
    for _ in 0..MOST_PAGES {
        let request = Request::new(path).list(&parameters).map_err(kube::Error::BuildRequest)?;
        let page: Page = client.request(request).await?;
        found.extend(page.items);
        match page.metadata.next.filter(|token| !token.is_empty()) {
            Some(token) => parameters = parameters.continue_token(&token),
            None => break,
        }
    }
    Ok(())
}
