//! The ledger's store on S3, with region, endpoint and credentials found as every AWS tool finds them.

use std::sync::Arc;

use async_trait::async_trait;
use aws_config::{BehaviorVersion, SdkConfig};
use aws_credential_types::provider::{ProvideCredentials, SharedCredentialsProvider};
use object_store::aws::{AmazonS3Builder, AwsCredential, S3ConditionalPut, resolve_bucket_region};
use object_store::{ClientOptions, CredentialProvider, ObjectStore, Result};

/// Opens a bucket.
pub(super) async fn open(bucket: &str) -> Result<Arc<dyn ObjectStore>> {
    let config = aws_config::load_defaults(BehaviorVersion::latest()).await;
    let endpoint = endpoint(&config);
    let mut builder = AmazonS3Builder::new()
        .with_bucket_name(bucket)
        .with_region(region(bucket, &config, endpoint.is_none()).await)
        .with_conditional_put(S3ConditionalPut::ETagMatch);
    if let Some(endpoint) = endpoint {
        builder = builder
            .with_allow_http(endpoint.starts_with("http://"))
            .with_virtual_hosted_style_request(false)
            .with_endpoint(endpoint);
    }
    if let Some(provider) = config.credentials_provider() {
        builder = builder.with_credentials(Arc::new(Credentials(provider)));
    }
    Ok(Arc::new(builder.build()?))
}

/// The endpoint that the SDK itself would use for S3 where it is not AWS's own.
fn endpoint(config: &SdkConfig) -> Option<String> {
    let own = std::env::var("AWS_ENDPOINT_URL_S3").ok().filter(|url| !url.is_empty());
    own.or_else(|| config.endpoint_url().map(str::to_owned))
}

/// The bucket's region: S3 says it to anyone; with another endpoint, or offline, it is the configured one.
async fn region(bucket: &str, config: &SdkConfig, ask: bool) -> String {
    if ask && let Ok(region) = resolve_bucket_region(bucket, &ClientOptions::new()).await {
        return region;
    }
    config.region().map_or_else(|| "us-east-1".to_owned(), ToString::to_string)
}

/// The SDK's credentials chain, for `object_store`.
#[derive(Debug)]
struct Credentials(SharedCredentialsProvider);

#[async_trait]
impl CredentialProvider for Credentials {
    type Credential = AwsCredential;

    async fn get_credential(&self) -> Result<Arc<AwsCredential>> {
        let found = self.0.provide_credentials().await;
        let found =
            found.map_err(|error| object_store::Error::Generic { store: "S3", source: Box::new(error) })?;
        Ok(Arc::new(AwsCredential {
            key_id: found.access_key_id().to_owned(),
            secret_key: found.secret_access_key().to_owned(),
            token: found.session_token().map(str::to_owned),
        }))
    }
}
