//! Patient reads. A call that changes nothing may be repeated at will, so the SDK repeats it where it fails: one
//! throttled page or resource does not cost the whole bulk read. All other calls are made once; the executor, which
//! knows what a repeated change means, repeats those.

use std::time::Duration;

use aws_smithy_runtime_api::box_error::BoxError;
use aws_smithy_runtime_api::client::interceptors::Intercept;
use aws_smithy_runtime_api::client::interceptors::context::BeforeSerializationInterceptorContextRef;
use aws_smithy_runtime_api::client::orchestrator::Metadata;
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

    fn read_before_execution(
        &self,
        _: &BeforeSerializationInterceptorContextRef<'_>,
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
    use super::*;

    #[test]
    fn only_reads_are_repeated() {
        for read in ["DescribeVpcs", "GetResource", "ListResourceRequests", "HeadBucket", "GetResources"] {
            assert_eq!(attempts(read), ATTEMPTS, "{read}");
        }
        for change in ["CreateVpc", "UpdateResource", "TagResources", "PutBucketPolicy", "RunInstances"] {
            assert_eq!(attempts(change), 1, "{change}");
        }
    }
}
