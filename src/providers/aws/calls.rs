//! Counts API calls by service, below the SDK, so that nothing that crosses the wire is left out.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, PoisonError};

use aws_smithy_http_client::tls::{self, rustls_provider::CryptoMode};
use aws_smithy_runtime_api::client::http::{
    HttpClient, HttpConnector, HttpConnectorFuture, HttpConnectorSettings, SharedHttpClient,
    SharedHttpConnector,
};
use aws_smithy_runtime_api::client::orchestrator::HttpRequest;
use aws_smithy_runtime_api::client::runtime_components::RuntimeComponents;

/// A counter for each service, in the word that requests are signed for (`ec2`, `elasticloadbalancing`).
#[derive(Clone, Debug, Default)]
pub struct CallCounts(Arc<Mutex<BTreeMap<String, u64>>>);

impl CallCounts {
    /// The counts so far.
    pub fn snapshot(&self) -> BTreeMap<String, u64> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }

    fn count(&self, request: &HttpRequest) {
        let service = request.headers().get("authorization").and_then(signing_service).unwrap_or("other");
        let mut counts = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        match counts.get_mut(service) {
            Some(count) => *count += 1,
            None => drop(counts.insert(service.to_owned(), 1)),
        }
    }
}

/// The service in a SigV4 header: `AWS4-HMAC-SHA256 Credential=<key>/<date>/<region>/<service>/aws4_request, ...`.
fn signing_service(authorization: &str) -> Option<&str> {
    authorization.split_once("Credential=")?.1.split(',').next()?.rsplit('/').nth(1)
}

/// The SDK's own HTTPS client, with each request counted.
#[derive(Debug)]
pub struct CountingClient {
    inner: SharedHttpClient,
    counts: CallCounts,
}

impl CountingClient {
    /// A client with a connection pool of its own.
    pub fn new(counts: CallCounts) -> Self {
        let inner = aws_smithy_http_client::Builder::new()
            .tls_provider(tls::Provider::Rustls(CryptoMode::AwsLc))
            .build_https();
        Self { inner, counts }
    }
}

impl HttpClient for CountingClient {
    fn http_connector(
        &self,
        settings: &HttpConnectorSettings,
        components: &RuntimeComponents,
    ) -> SharedHttpConnector {
        SharedHttpConnector::new(CountingConnector {
            inner: self.inner.http_connector(settings, components),
            counts: self.counts.clone(),
        })
    }
}

#[derive(Debug)]
struct CountingConnector {
    inner: SharedHttpConnector,
    counts: CallCounts,
}

impl HttpConnector for CountingConnector {
    fn call(&self, request: HttpRequest) -> HttpConnectorFuture {
        self.counts.count(&request);
        self.inner.call(request)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_service_is_read_from_the_signature() {
        let header =
            "AWS4-HMAC-SHA256 Credential=AKID/20261123/eu-west-1/ec2/aws4_request, SignedHeaders=host";
        assert_eq!(signing_service(header), Some("ec2"));
        assert_eq!(signing_service("Bearer token"), None);
    }
}
