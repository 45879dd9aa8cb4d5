//! Tokens for the API servers of EKS clusters: `k8s-aws-v1.` and the URL of a presigned STS `GetCallerIdentity`.
//!
//! The cluster calls the URL, with its own name in the header `x-k8s-aws-id` that was signed along, and so learns who
//! asks. It does so up to 15 minutes after the signature, whatever `X-Amz-Expires` says ("aws-iam-authenticator", README,
//! "API Authorization from Outside a Cluster").

use std::fmt;
use std::time::{Duration, SystemTime};

use aws_config::SdkConfig;
use aws_credential_types::Credentials;
use aws_credential_types::provider::ProvideCredentials;
use aws_sdk_sts::config::endpoint::{DefaultResolver, Params, ResolveEndpoint};
use aws_sigv4::http_request::{SignableBody, SignableRequest, SignatureLocation, SigningSettings, sign};
use aws_sigv4::sign::v4;
use aws_types::service_config::ServiceConfigKey;
use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;

use super::super::Aws;
use crate::model::Region;
use crate::providers::{ErrorKind, ProviderError, Result};

const OPERATION: &str = "sts:GetCallerIdentity";
const PREFIX: &str = "k8s-aws-v1.";
/// The header that names the cluster.
const CLUSTER_HEADER: &str = "x-k8s-aws-id";
const QUERY: &str = "Action=GetCallerIdentity&Version=2011-06-15";
/// What `X-Amz-Expires` says; clusters refuse more than 15 minutes.
const URL_LIFE: Duration = Duration::from_mins(1);
/// Clusters take a token for 15 minutes; one less for clocks that differ.
const TOKEN_LIFE: Duration = Duration::from_mins(14);

/// A bearer token for one cluster.
#[derive(Clone, PartialEq, Eq)]
pub struct EksToken {
    /// The token.
    pub text: String,
    /// Until when it is good: 14 minutes, or as long as the credentials it was made with.
    pub expires: SystemTime,
}

impl fmt::Debug for EksToken {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("EksToken").field("text", &"(sensitive)").field("expires", &self.expires).finish()
    }
}

/// Makes a token for a cluster; makes no call but those that find the credentials.
pub async fn issue(aws: &Aws, region: &Region, cluster: &str) -> Result<EksToken> {
    let config = aws.config_in(region);
    let credentials = credentials(&config).await?;
    let endpoint = endpoint(&config, region).await?;
    let now = SystemTime::now();
    let url = presign(&endpoint, region, cluster, &credentials, now)?;
    let life = now + TOKEN_LIFE;
    let expires = credentials.expiry().map_or(life, |expiry| expiry.min(life));
    Ok(EksToken { text: format!("{PREFIX}{}", URL_SAFE_NO_PAD.encode(url)), expires })
}

async fn credentials(config: &SdkConfig) -> Result<Credentials> {
    let denied = |message: String| ProviderError::new(ErrorKind::Denied, OPERATION, message);
    let provider = config
        .credentials_provider()
        .ok_or_else(|| denied("there are no AWS credentials to make a token with".to_owned()))?;
    provider.provide_credentials().await.map_err(|error| {
        let reason = aws_smithy_types::error::display::DisplayErrorContext(error);
        denied(format!("no AWS credentials could be had to make a token with: {reason}"))
    })
}

/// The regional endpoint of STS, as the SDK's own client finds it: `AWS_ENDPOINT_URL_STS`, the profile, `AWS_ENDPOINT_URL`,
/// AWS's own.
async fn endpoint(config: &SdkConfig, region: &Region) -> Result<String> {
    let invalid = |reason: String| {
        let message = format!("STS has no usable endpoint in {region}: {reason}");
        ProviderError::new(ErrorKind::Invalid, OPERATION, message)
    };
    let params = Params::builder()
        .region(region.as_str())
        .use_global_endpoint(false)
        .use_fips(config.use_fips().unwrap_or(false))
        .use_dual_stack(config.use_dual_stack().unwrap_or(false))
        .set_endpoint(custom_endpoint(config))
        .build()
        .map_err(|error| invalid(error.to_string()))?;
    let resolver = DefaultResolver::new();
    let found = ResolveEndpoint::resolve_endpoint(&resolver, &params).await;
    found.map(|endpoint| endpoint.url().to_owned()).map_err(|error| invalid(error.to_string()))
}

fn custom_endpoint(config: &SdkConfig) -> Option<String> {
    let general = || config.endpoint_url().map(str::to_owned);
    if config.get_origin("endpoint_url").is_client_config() {
        return general();
    }
    let key =
        ServiceConfigKey::builder().service_id("STS").env("AWS_ENDPOINT_URL").profile("endpoint_url").build();
    let of_service = config.service_config().zip(key.ok()).and_then(|(load, key)| load.load_config(key));
    of_service.or_else(general)
}

fn presign(
    endpoint: &str,
    region: &Region,
    cluster: &str,
    credentials: &Credentials,
    now: SystemTime,
) -> Result<String> {
    let unsigned = |error: &dyn fmt::Display| {
        let message = format!("the URL can't be signed: {error}");
        ProviderError::new(ErrorKind::Invalid, OPERATION, message)
    };
    let mut settings = SigningSettings::default();
    settings.signature_location = SignatureLocation::QueryParams;
    settings.expires_in = Some(URL_LIFE);
    let identity = credentials.clone().into();
    let params = v4::SigningParams::builder()
        .identity(&identity)
        .region(region.as_str())
        .name("sts")
        .time(now)
        .settings(settings)
        .build()
        .map_err(|error| unsigned(&error))?
        .into();
    let url = format!("{}/?{QUERY}", endpoint.trim_end_matches('/'));
    let headers = std::iter::once((CLUSTER_HEADER, cluster));
    let request = SignableRequest::new("GET", url.as_str(), headers, SignableBody::Bytes(&[]))
        .map_err(|error| unsigned(&error))?;
    let (signed, _) = sign(request, &params).map_err(|error| unsigned(&error))?.into_parts();
    let signed = signed.params().iter().map(|(name, value)| format!("&{name}={}", percent_encoded(value)));
    Ok(url.clone() + &signed.collect::<String>())
}

/// A value of a query, as SigV4 wants it: everything but unreserved characters is encoded.
fn percent_encoded(text: &str) -> String {
    let encode = |byte: u8| match byte {
        b'A'..=b'Z' | b'a'..=b'z' | b'0'..=b'9' | b'-' | b'_' | b'.' | b'~' => char::from(byte).to_string(),
        other => format!("%{other:02X}"),
    };
    text.bytes().map(encode).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn signed(token: Option<&str>) -> String {
        let credentials = Credentials::new("AKID", "secret", token.map(str::to_owned), None, "test");
        let now = SystemTime::UNIX_EPOCH + Duration::from_secs(1_700_000_000);
        let region = Region::new("eu-west-1");
        presign("https://sts.eu-west-1.amazonaws.com", &region, "shop", &credentials, now).unwrap()
    }

    #[test]
    fn the_cluster_is_signed_and_the_url_is_regional() {
        let url = signed(None);
        let start = "https://sts.eu-west-1.amazonaws.com/?Action=GetCallerIdentity&Version=2011-06-15&";
        assert!(url.starts_with(start), "{url}");
        for part in [
            "X-Amz-Algorithm=AWS4-HMAC-SHA256",
            "X-Amz-Credential=AKID%2F20231114%2Feu-west-1%2Fsts%2Faws4_request",
            "X-Amz-Date=20231114T221320Z",
            "X-Amz-Expires=60",
            "X-Amz-SignedHeaders=host%3Bx-k8s-aws-id",
        ] {
            assert!(url.split('&').any(|found| found == part), "{part} in {url}");
        }
    }

    #[test]
    fn a_session_token_goes_along() {
        assert!(signed(Some("a+b/c=")).contains("&X-Amz-Security-Token=a%2Bb%2Fc%3D"));
    }

    #[test]
    fn a_token_is_not_shown() {
        let token = EksToken { text: "k8s-aws-v1.abc".to_owned(), expires: SystemTime::UNIX_EPOCH };
        assert!(!format!("{token:?}").contains("abc"));
    }

    #[tokio::test]
    async fn the_endpoint_is_that_of_the_region() {
        let config = SdkConfig::builder().build();
        let regional = endpoint(&config, &Region::new("ap-south-1")).await.unwrap();
        assert_eq!(regional, "https://sts.ap-south-1.amazonaws.com");
        let china = endpoint(&config, &Region::new("cn-north-1")).await.unwrap();
        assert_eq!(china, "https://sts.cn-north-1.amazonaws.com.cn");
        let custom = config.into_builder().endpoint_url("http://127.0.0.1:4566").build();
        assert!(
            endpoint(&custom, &Region::new("ap-south-1")).await.unwrap().starts_with("http://127.0.0.1:4566")
        );
    }
}
