//! Patient reads. A call that changes nothing may be repeated at will, so the SDK repeats it where it fails: one
//! throttled page or resource does not cost the whole bulk read. All other calls are made once; the executor, which
//! knows what a repeated change means, repeats those.

use std::time::Duration;

use aws_smithy_runtime_api::box_error::BoxError;
use aws_smithy_runtime_api::client::interceptors::Intercept;
use aws_smithy_runtime_api::client::interceptors::context::BeforeSerializationInterceptorContextRef;
use aws_smithy_runtime_api::client::orchestrator::Metadata;
use aws_smithy_runtime_api::client::runtime_components::RuntimeComponents;
use aws_smithy_types::config_bag::ConfigBag;
use aws_smithy_types::retry::RetryConfig;

/// The most attempts of a read. With full jitter under a doubling bound they last half a minute on average, a minute at
/// most; what observes repeats a read that is still throttled then.
const ATTEMPTS: u32 = 12;
/// The most attempts of a run's first call: whoever has no network wants to hear of it in seconds.
const FIRST_CALL_ATTEMPTS: u32 = 6;
/// The bound of the first pause; it doubles with each.
const FIRST_PAUSE: Duration = Duration::from_millis(200);
/// The bound that is never exceeded.
const LONGEST_PAUSE: Duration = Duration::from_secs(10);

/// The verbs of AWS's operations that change nothing.
const READS: [&str; 5] = ["BatchGet", "Describe", "Get", "Head", "List"];
/// `stackctl` asks for the account before all else.
const FIRST_CALL: &str = "GetCallerIdentity";

/// A service's client of the SDK.
pub trait Service: Clone + Send + Sync + 'static {
    /// The same client with patience for reads.
    #[must_use]
    fn patient(self) -> Self;
}

/// Names the SDKs in use: the SDK has no type that stands for all clients.
macro_rules! services {
    ($($sdk:ident),+ $(,)?) => {$(
        impl Service for $sdk::Client {
            fn patient(self) -> Self {
                use $sdk::config::retry::{RetryPartition, TokenBucket};
                // The SDK's quota of retries protects services from fleets. One tool that backs off is no fleet, and
                // an account throttled by its other users must not make it give up.
                let unmetered = RetryPartition::custom("stackctl").token_bucket(TokenBucket::unlimited()).build();
                let config = self.config().to_builder().retry_partition(unmetered).interceptor(PatientReads);
                Self::from_conf(config.build())
            }
        }
    )+};
}

services!(
    aws_sdk_autoscaling,
    aws_sdk_cloudcontrol,
    aws_sdk_cloudfront,
    aws_sdk_ec2,
    aws_sdk_eks,
    aws_sdk_elasticache,
    aws_sdk_elasticloadbalancingv2,
    aws_sdk_iam,
    aws_sdk_resourcegroupstagging,
    aws_sdk_route53,
    aws_sdk_s3,
    aws_sdk_secretsmanager,
    aws_sdk_ssm,
    aws_sdk_sts,
);

/// Tells each operation how often it may be tried, by its name.
#[derive(Debug)]
struct PatientReads;

impl Intercept for PatientReads {
    fn name(&self) -> &'static str {
        "PatientReads"
    }

    /// The first hook that knows the operation; the SDK asks for the retries after it.
    fn read_before_serialization(
        &self,
        _: &BeforeSerializationInterceptorContextRef<'_>,
        _: &RuntimeComponents,
        config: &mut ConfigBag,
    ) -> Result<(), BoxError> {
        let attempts = config.load::<Metadata>().map_or(1, |operation| attempts(operation.name()));
        let retries = RetryConfig::standard()
            .with_max_attempts(attempts)
            .with_initial_backoff(FIRST_PAUSE)
            .with_max_backoff(LONGEST_PAUSE);
        config.interceptor_state().store_put(retries);
        Ok(())
    }
}

fn attempts(operation: &str) -> u32 {
    let is_read = READS.iter().any(|verb| operation.starts_with(verb));
    match operation {
        FIRST_CALL => FIRST_CALL_ATTEMPTS,
        _ if is_read => ATTEMPTS,
        _ => 1,
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;
    use std::sync::atomic::{AtomicU32, Ordering};

    use aws_config::{BehaviorVersion, Region, SdkConfig};
    use aws_credential_types::Credentials;
    use aws_credential_types::provider::SharedCredentialsProvider;
    use aws_smithy_runtime_api::client::http::{
        HttpConnector, HttpConnectorFuture, HttpConnectorSettings, SharedHttpConnector, http_client_fn,
    };
    use aws_smithy_runtime_api::client::orchestrator::{HttpRequest, HttpResponse};
    use aws_smithy_types::body::SdkBody;

    use super::*;

    /// A service that is always too busy, and counts who asks.
    #[derive(Clone, Debug, Default)]
    struct Busy(Arc<AtomicU32>);

    impl HttpConnector for Busy {
        fn call(&self, _: HttpRequest) -> HttpConnectorFuture {
            self.0.fetch_add(1, Ordering::Relaxed);
            let status = 503.try_into().expect("an HTTP status");
            HttpConnectorFuture::ready(Ok(HttpResponse::new(status, SdkBody::empty())))
        }
    }

    impl Busy {
        fn client(&self) -> aws_sdk_ec2::Client {
            let connector = SharedHttpConnector::new(self.clone());
            let config = SdkConfig::builder()
                .behavior_version(BehaviorVersion::latest())
                .region(Region::new("eu-west-1"))
                .credentials_provider(SharedCredentialsProvider::new(Credentials::new(
                    "id", "key", None, None, "test",
                )))
                .retry_config(RetryConfig::disabled())
                .http_client(http_client_fn(move |_: &HttpConnectorSettings, _| connector.clone()))
                .build();
            aws_sdk_ec2::Client::new(&config).patient()
        }
    }

    #[tokio::test(start_paused = true)]
    async fn reads_are_repeated_and_changes_are_not() {
        let (reads, changes) = (Busy::default(), Busy::default());
        let began = tokio::time::Instant::now();
        reads.client().describe_vpcs().send().await.unwrap_err();
        assert_eq!(reads.0.load(Ordering::Relaxed), ATTEMPTS);
        assert!(began.elapsed() < Duration::from_mins(2));
        changes.client().create_vpc().cidr_block("10.0.0.0/16").send().await.unwrap_err();
        assert_eq!(changes.0.load(Ordering::Relaxed), 1);
    }

    #[test]
    fn reads_are_told_by_their_verbs() {
        for read in ["DescribeVpcs", "GetResource", "ListResourceRequests", "HeadBucket", "GetResources"] {
            assert_eq!(attempts(read), ATTEMPTS, "{read}");
        }
        for change in ["CreateVpc", "UpdateResource", "TagResources", "PutBucketPolicy", "RunInstances"] {
            assert_eq!(attempts(change), 1, "{change}");
        }
    }
}
