//! The client of a cluster: below everything that uses it, requests are counted and get their token.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use http::Request;
use http::header::{AUTHORIZATION, HeaderValue, USER_AGENT};
use kube::Client;
use kube::client::Body;
use tokio::sync::Mutex;
use tokio::time::Instant;
use tower::BoxError;

use super::token::{ClusterToken, TokenSource};
use crate::model::Region;
use crate::providers::{ErrorKind, ProviderError, Result};

/// A token is renewed this long before it ends: a request that is under way then still has one that counts.
const MARGIN: Duration = Duration::from_mins(2);

/// What an API server's audit log says of requests.
const AGENT: &str = concat!("stackctl/", env!("CARGO_PKG_VERSION"));

/// Requests made so far, to all clusters.
#[derive(Clone, Debug, Default)]
pub(super) struct Calls(Arc<AtomicU64>);

impl Calls {
    pub(super) fn so_far(&self) -> u64 {
        self.0.load(Ordering::Relaxed)
    }
}

/// A client that counts what it sends, with a token where the configuration has no credentials of its own.
pub(super) fn equipped(inner: Client, token: Option<Arc<Renewed>>, calls: Calls) -> Client {
    let namespace = inner.default_namespace().to_owned();
    let service = tower::service_fn(move |mut request: Request<Body>| {
        let (inner, token, calls) = (inner.clone(), token.clone(), calls.clone());
        async move {
            request.headers_mut().insert(USER_AGENT, HeaderValue::from_static(AGENT));
            if let Some(token) = token {
                request.headers_mut().insert(AUTHORIZATION, token.header().await?);
            }
            calls.0.fetch_add(1, Ordering::Relaxed);
            inner.send(request).await.map_err(BoxError::from)
        }
    });
    Client::new(service, namespace)
}

/// A token that is made when it is first needed, and anew before it ends.
pub(super) struct Renewed {
    source: Arc<dyn TokenSource>,
    region: Region,
    cluster: String,
    held: Mutex<Option<(HeaderValue, Instant)>>,
}

impl Renewed {
    pub(super) fn new(source: Arc<dyn TokenSource>, region: Region, cluster: String) -> Self {
        Self { source, region, cluster, held: Mutex::default() }
    }

    async fn header(&self) -> Result<HeaderValue> {
        let mut held = self.held.lock().await;
        if let Some((value, _)) = held.as_ref().filter(|(_, until)| Instant::now() < *until) {
            return Ok(value.clone());
        }
        let ClusterToken { text, valid_for } = self.source.token(&self.region, &self.cluster).await?;
        let mut value = HeaderValue::try_from(format!("Bearer {text}")).map_err(|_| {
            ProviderError::new(ErrorKind::Denied, "kubernetes:connect", "the token is no text for a header")
        })?;
        value.set_sensitive(true);
        *held = Some((value.clone(), Instant::now() + valid_for.saturating_sub(MARGIN)));
        Ok(value)
    }

    /// The server refused it: the next request has another.
    pub(super) async fn forget(&self) {
        *self.held.lock().await = None;
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::sync::atomic::AtomicU32;

    #[derive(Default)]
    struct Counted(AtomicU32);

    #[async_trait::async_trait]
    impl TokenSource for Counted {
        async fn token(&self, _: &Region, _: &str) -> Result<ClusterToken> {
            let made = self.0.fetch_add(1, Ordering::Relaxed) + 1;
            Ok(ClusterToken { text: format!("token-{made}"), valid_for: Duration::from_mins(15) })
        }
    }

    #[tokio::test(start_paused = true)]
    async fn a_token_is_renewed_before_it_ends() {
        let token = Renewed::new(Arc::new(Counted::default()), Region::new("eu-west-1"), "x".to_owned());
        assert_eq!(token.header().await.unwrap(), "Bearer token-1");
        tokio::time::advance(Duration::from_mins(12)).await;
        assert_eq!(token.header().await.unwrap(), "Bearer token-1");
        tokio::time::advance(Duration::from_mins(1)).await;
        assert_eq!(token.header().await.unwrap(), "Bearer token-2", "two minutes before the first one ends");
        token.forget().await;
        assert_eq!(token.header().await.unwrap(), "Bearer token-3");
        assert!(token.header().await.unwrap().is_sensitive());
    }

    #[tokio::test]
    async fn requests_are_counted_and_carry_the_token() {
        let echo = tower::service_fn(|request: Request<Body>| async move {
            let seen = request.headers().get(AUTHORIZATION).cloned().expect("the token");
            Ok::<_, BoxError>(http::Response::builder().header("seen", seen).body(Body::empty()).unwrap())
        });
        let token = Renewed::new(Arc::new(Counted::default()), Region::new("eu-west-1"), "x".to_owned());
        let calls = Calls::default();
        let client = equipped(Client::new(echo, "default"), Some(Arc::new(token)), calls.clone());
        for _ in 0..3 {
            let answer = client.send(Request::new(Body::empty())).await.unwrap();
            assert_eq!(answer.headers()["seen"], "Bearer token-1");
        }
        assert_eq!(calls.so_far(), 3);
    }
}
