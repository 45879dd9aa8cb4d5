//! One session with AWS: credentials, one connection pool, and a client for each service and region.

use std::any::{Any, TypeId};
use std::collections::{BTreeMap, HashMap};
use std::sync::{Arc, Mutex, OnceLock, PoisonError};
use std::time::Duration;

use aws_config::{BehaviorVersion, SdkConfig};
use aws_smithy_types::retry::RetryConfig;
use aws_smithy_types::timeout::TimeoutConfig;

use super::calls::{CallCounts, CountingClient};
use super::failed;
use super::patience::Service;
use crate::model::{Region, Scope};
use crate::providers::Result;

/// The endpoints of the partition-wide services answer in this region.
const GLOBAL_REGION: &str = "us-east-1";

/// A session with AWS, shared by all handlers.
pub struct Aws {
    config: SdkConfig,
    counts: CallCounts,
    clients: Mutex<HashMap<(TypeId, Region), Arc<dyn Any + Send + Sync>>>,
    account: OnceLock<String>,
}

impl Aws {
    /// Reads credentials, profile and endpoints where every AWS tool reads them. Makes no call.
    pub async fn connect() -> Arc<Self> {
        let counts = CallCounts::default();
        let config = aws_config::defaults(BehaviorVersion::latest())
            .http_client(CountingClient::new(counts.clone()))
            // The executor paces and retries changes; a second layer would hide throttling from it. Each client
            // is made patient with reads.
            .retry_config(RetryConfig::disabled())
            .timeout_config(
                TimeoutConfig::builder()
                    .connect_timeout(Duration::from_secs(10))
                    .operation_attempt_timeout(Duration::from_mins(1))
                    .build(),
            )
            .load()
            .await;
        Arc::new(Self { config, counts, clients: Mutex::default(), account: OnceLock::new() })
    }

    /// A session that no call is made on: no credentials, no region.
    #[cfg(test)]
    pub(super) fn detached() -> Arc<Self> {
        let config = SdkConfig::builder().behavior_version(BehaviorVersion::latest()).build();
        Arc::new(Self {
            config,
            counts: CallCounts::default(),
            clients: Mutex::default(),
            account: OnceLock::new(),
        })
    }

    /// A session with a configuration of the test's own.
    #[cfg(test)]
    pub(super) fn with(config: SdkConfig) -> Arc<Self> {
        Arc::new(Self {
            config,
            counts: CallCounts::default(),
            clients: Mutex::default(),
            account: OnceLock::new(),
        })
    }

    /// The account of the credentials; asked for once.
    pub async fn account(&self) -> Result<String> {
        if let Some(known) = self.account.get() {
            return Ok(known.clone());
        }
        let client = self.client(&Scope::Global, aws_sdk_sts::Client::new);
        let identity = client.get_caller_identity().send().await.map_err(failed("sts:GetCallerIdentity"))?;
        let account = identity.account().unwrap_or_default().to_owned();
        Ok(self.account.get_or_init(|| account).clone())
    }

    /// The account, if it has been asked for.
    pub(super) fn known_account(&self) -> Option<&str> {
        self.account.get().map(String::as_str)
    }

    /// The client of a service in a scope: `aws.client(scope, aws_sdk_ec2::Client::new)`.
    pub fn client<C: Service>(&self, scope: &Scope, new: fn(&SdkConfig) -> C) -> C {
        let region = region(scope);
        let make = || new(&self.config_in(&region)).patient();
        let mut clients = self.clients.lock().unwrap_or_else(PoisonError::into_inner);
        let entry = clients.entry((TypeId::of::<C>(), region.clone())).or_insert_with(|| Arc::new(make()));
        // The key holds the type, so the entry is of that type.
        entry.downcast_ref::<C>().cloned().unwrap_or_else(make)
    }

    /// The SDK's configuration for a region.
    pub fn config_in(&self, region: &Region) -> SdkConfig {
        let region = aws_config::Region::new(region.as_str().to_owned());
        self.config.clone().into_builder().region(region).build()
    }

    /// Calls made so far, by service.
    pub fn calls(&self) -> BTreeMap<String, u64> {
        self.counts.snapshot()
    }
}

/// Where the API of a scope answers.
pub fn region(scope: &Scope) -> Region {
    scope.region().cloned().unwrap_or_else(|| Region::new(GLOBAL_REGION))
}
