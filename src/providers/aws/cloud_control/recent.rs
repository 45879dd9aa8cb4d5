//! Cloud Control's own record of the requests of the last days, one paged call a region.
//!
//! The tag search lags minutes behind a create. This record does not: it names what was just made and what is
//! on its way, so a plan right after an apply sees all of it. What is read of resources along with it is kept as long, so
//! that nothing is read twice in one observation.

use std::collections::HashMap;
use std::sync::Arc;
use std::time::{Duration, Instant};

use aws_sdk_cloudcontrol::Client;
use aws_sdk_cloudcontrol::types::{Operation, OperationStatus, ProgressEvent, ResourceRequestStatusFilter};
use tokio::sync::Mutex;

use super::super::session::region;
use super::super::{Aws, failed};
use crate::model::{Identifier, Region, ResourceType, Scope};
use crate::providers::Result;

/// How long one reading serves all types of a region: an observation reads them at the same time.
const FRESH: Duration = Duration::from_secs(10);

/// What is known of each region.
#[derive(Default)]
pub struct Recent {
    read: Mutex<HashMap<Region, Slot>>,
}

type Slot = Arc<Mutex<Option<Reading>>>;
type Key = (ResourceType, Identifier);
/// A resource's properties as text; none where there is no resource.
type Description = Option<Arc<str>>;

struct Reading {
    at: Instant,
    requests: Arc<Vec<ProgressEvent>>,
    resources: HashMap<Key, Description>,
}

impl Reading {
    fn is_fresh(&self) -> bool {
        self.at.elapsed() < FRESH
    }
}

impl Recent {
    /// The requests that run or succeeded, oldest first.
    pub async fn requests(&self, aws: &Aws, scope: &Scope) -> Result<Arc<Vec<ProgressEvent>>> {
        let slot = self.slot(scope).await;
        let mut reading = slot.lock().await;
        if let Some(fresh) = reading.as_ref().filter(|reading| reading.is_fresh()) {
            return Ok(fresh.requests.clone());
        }
        let requests = Arc::new(read(&aws.client(scope, Client::new)).await?);
        *reading =
            Some(Reading { at: Instant::now(), requests: requests.clone(), resources: HashMap::new() });
        Ok(requests)
    }

    /// What was just read of a resource.
    pub async fn resource(&self, scope: &Scope, key: &Key) -> Option<Description> {
        let slot = self.slot(scope).await;
        let reading = slot.lock().await;
        reading.as_ref().filter(|reading| reading.is_fresh())?.resources.get(key).cloned()
    }

    /// Keeps what was read of a resource, as long as what else was read.
    pub async fn keep(&self, scope: &Scope, key: Key, description: Description) {
        let slot = self.slot(scope).await;
        if let Some(reading) = slot.lock().await.as_mut() {
            reading.resources.insert(key, description);
        }
    }

    /// A request was sent: the next reading asks again.
    pub async fn forget(&self, scope: &Scope) {
        *self.slot(scope).await.lock().await = None;
    }

    async fn slot(&self, scope: &Scope) -> Slot {
        self.read.lock().await.entry(region(scope)).or_default().clone()
    }
}

async fn read(client: &Client) -> Result<Vec<ProgressEvent>> {
    let filter = ResourceRequestStatusFilter::builder()
        .set_operation_statuses(Some(vec![
            OperationStatus::Pending,
            OperationStatus::InProgress,
            OperationStatus::Success,
        ]))
        .build();
    let mut pages = client
        .list_resource_requests()
        .resource_request_status_filter(filter)
        .max_results(100)
        .into_paginator()
        .send();
    let mut requests = Vec::new();
    while let Some(page) = pages.next().await {
        let page = page.map_err(failed("cloudcontrol:ListResourceRequests"))?;
        requests.extend(page.resource_request_status_summaries.unwrap_or_default());
    }
    requests.sort_by_key(|event| event.event_time().map(|time| (time.secs(), time.subsec_nanos())));
    Ok(requests)
}

/// What requests say of the resources of one type, each by its latest request.
pub fn by_identifier(requests: &[ProgressEvent], resource_type: &ResourceType) -> Vec<(Identifier, Latest)> {
    let mut latest: Vec<(Identifier, Latest)> = Vec::new();
    for event in requests.iter().filter(|event| event.type_name() == Some(resource_type.as_str())) {
        let Some(identifier) = event.identifier().map(Identifier::new) else { continue };
        latest.retain(|(known, _)| *known != identifier);
        latest.push((identifier, Latest::of(event)));
    }
    latest
}

/// The latest request about a resource.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Latest {
    /// It was made or changed.
    Settled,
    /// It is being made or changed.
    Changing,
    /// It is being deleted.
    Deleting,
    /// It is gone.
    Deleted,
}

impl Latest {
    fn of(event: &ProgressEvent) -> Self {
        let done = event.operation_status() == Some(&OperationStatus::Success);
        match (event.operation() == Some(&Operation::Delete), done) {
            (true, true) => Self::Deleted,
            (true, false) => Self::Deleting,
            (false, true) => Self::Settled,
            (false, false) => Self::Changing,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn event(id: &str, operation: Operation, status: OperationStatus) -> ProgressEvent {
        ProgressEvent::builder()
            .type_name("AWS::SQS::Queue")
            .identifier(id)
            .operation(operation)
            .operation_status(status)
            .build()
    }

    #[test]
    fn the_latest_request_about_a_resource_counts() {
        let requests = [
            event("a", Operation::Create, OperationStatus::Success),
            event("b", Operation::Create, OperationStatus::Success),
            event("a", Operation::Delete, OperationStatus::Success),
            event("b", Operation::Update, OperationStatus::InProgress),
        ];
        let latest = by_identifier(&requests, &"AWS::SQS::Queue".into());
        assert_eq!(
            latest,
            [(Identifier::new("a"), Latest::Deleted), (Identifier::new("b"), Latest::Changing)]
        );
        assert!(by_identifier(&requests, &"AWS::SNS::Topic".into()).is_empty());
    }
}
