//! One connection to one cluster: requests in, JSON out, given up on in time.

use std::error::Error;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use bytes::Bytes;
use http::header::{ACCEPT, CONTENT_TYPE};
use http::{Method, Request, StatusCode};
use kube::Client;
use kube::client::{AuthError, Body, ClientBuilder};
use kube::core::Status;
use serde::de::DeserializeOwned;
use tokio::sync::Semaphore;
use tokio::time::timeout;

use super::client::{Calls, Renewed, equipped};
use super::config::Configured;
use super::discovery::Served;
use super::error::Failure;
use crate::providers::{ErrorKind, ProviderError, Result};

/// How long a whole answer may take.
const ANSWER: Duration = Duration::from_secs(30);
/// How many requests are under way at once; an API server shares its own lanes among all its clients.
const LANES: usize = 16;
/// Of plugins' error output, this much is shown.
const SHOWN_OUTPUT: usize = 300;

/// A cluster's API server.
pub struct Connection {
    name: String,
    server: String,
    origin: String,
    client: Client,
    token: Option<Arc<Renewed>>,
    lanes: Semaphore,
    /// Whether it has answered yet.
    met: AtomicBool,
    pub(super) served: Served,
}

/// One request.
pub(super) struct Call {
    pub(super) method: Method,
    /// Path and query.
    pub(super) path: String,
    /// Content type and body.
    pub(super) content: Option<(&'static str, Vec<u8>)>,
    pub(super) accept: &'static str,
    /// For people: `LIST apps/v1 deployments`.
    pub(super) label: String,
}

impl Call {
    /// A read of JSON.
    pub(super) fn get(path: impl Into<String>, label: impl Into<String>) -> Self {
        Self {
            method: Method::GET,
            path: path.into(),
            content: None,
            accept: "application/json",
            label: label.into(),
        }
    }
}

impl Connection {
    /// Prepares the client. A credentials plugin of a kubeconfig runs now; no request is made.
    pub(super) async fn open(
        name: &str,
        configured: Configured,
        token: Option<Renewed>,
        calls: Calls,
    ) -> Result<Self> {
        let Configured { config, origin } = configured;
        let server = config.cluster_url.to_string().trim_end_matches('/').to_owned();
        // A plugin blocks until it has an answer.
        let built =
            tokio::task::spawn_blocking(move || ClientBuilder::try_from(config).map(ClientBuilder::build));
        let unbuilt = |words: String| {
            let message = format!("the cluster {name} ({origin}) can't be reached: {words}");
            ProviderError::new(ErrorKind::Denied, "kubernetes:connect", message)
        };
        let client = match built.await {
            Ok(Ok(client)) => client,
            Ok(Err(error)) => return Err(unbuilt(credentials_words(&error))),
            Err(error) => return Err(unbuilt(error.to_string())),
        };
        let token = token.map(Arc::new);
        let client = equipped(client, token.clone(), calls);
        let (lanes, met) = (Semaphore::new(LANES), AtomicBool::new(false));
        let name = name.to_owned();
        Ok(Self { name, server, origin, client, token, lanes, met, served: Served::default() })
    }

    /// The client: its requests carry the credentials and are counted.
    pub(super) fn client(&self) -> &Client {
        &self.client
    }

    /// Makes a request and reads the answer.
    pub(super) async fn ask<T: DeserializeOwned>(&self, call: Call) -> std::result::Result<T, Failure> {
        let operation = format!("kubernetes:{}", call.label);
        let bytes = self.send(call, &operation).await?;
        serde_json::from_slice(&bytes).map_err(|error| {
            let message = format!("{} answered what can't be read: {error}", self.server);
            Failure::Unanswered(ProviderError::new(ErrorKind::Transient, operation, message))
        })
    }

    async fn send(&self, call: Call, operation: &str) -> std::result::Result<Bytes, Failure> {
        let request = request(call, operation).map_err(Failure::Unanswered)?;
        // The semaphore is never closed.
        let _lane = self.lanes.acquire().await.ok();
        let answer = timeout(ANSWER, async {
            let response = self.client.send(request).await?;
            let code = response.status();
            Ok((code, response.into_body().collect_bytes().await?))
        });
        let (code, body) = match answer.await {
            Ok(Ok(answered)) => answered,
            Ok(Err(error)) => return Err(Failure::Unanswered(self.lost(operation, &error))),
            Err(_) => return Err(Failure::Unanswered(self.silent(operation))),
        };
        self.met.store(true, Ordering::Relaxed);
        if code.is_success() {
            return Ok(body);
        }
        if let (StatusCode::UNAUTHORIZED, Some(token)) = (code, &self.token) {
            token.forget().await;
        }
        Err(Failure::Refused { operation: operation.to_owned(), status: Box::new(self.refusal(code, &body)) })
    }

    /// What the API server says of a refusal; what a proxy says where it is no JSON.
    fn refusal(&self, code: StatusCode, body: &[u8]) -> Status {
        let mut status = serde_json::from_slice::<Status>(body).unwrap_or_else(|_| {
            let text: String = String::from_utf8_lossy(body).trim().chars().take(SHOWN_OUTPUT).collect();
            Status::failure(&text, "")
        });
        status.code = code.as_u16();
        if code == StatusCode::UNAUTHORIZED {
            status.message = format!("{} does not know the credentials of {}", self.server, self.origin);
        }
        status
    }

    /// No answer, or half of one.
    fn lost(&self, operation: &str, error: &kube::Error) -> ProviderError {
        let chain = chain(error);
        if let Some(error) = chain.iter().find_map(|link| link.downcast_ref::<ProviderError>()) {
            return error.clone();
        }
        if chain.iter().any(|link| link.is::<AuthError>()) {
            let message = format!("{} ({}): {}", self.name, self.origin, credentials_words(error));
            return ProviderError::new(ErrorKind::Denied, operation, message);
        }
        let cause = chain.last().map(ToString::to_string).unwrap_or_default();
        // No try mends a certificate.
        if cause.contains("certificate") {
            let words = "check the certificate authority in its configuration";
            return self.unreached(ErrorKind::Invalid, operation, &format!("{cause}; {words}"));
        }
        self.unreached(self.unmet(), operation, &format!("{cause}; {}", self.advice()))
    }

    fn silent(&self, operation: &str) -> ProviderError {
        let words = format!("no answer in {} s; {}", ANSWER.as_secs(), self.advice());
        self.unreached(self.unmet(), operation, &words)
    }

    fn unreached(&self, kind: ErrorKind, operation: &str, words: &str) -> ProviderError {
        let message = format!(
            "the cluster {} at {} ({}) can't be reached: {words}",
            self.name, self.server, self.origin
        );
        ProviderError { kind, operation: operation.to_owned(), code: "Unreachable".to_owned(), message }
    }

    /// A server that has never answered may not be up yet, or be out of reach: a plan says so at once, an apply waits.
    fn unmet(&self) -> ErrorKind {
        if self.met.load(Ordering::Relaxed) { ErrorKind::Transient } else { ErrorKind::NotYet }
    }

    fn advice(&self) -> String {
        let from_here = "check that the server runs and can be reached from here";
        if self.token.is_some() {
            format!(
                "{from_here}; a private endpoint needs a tunnel, named under `clusters:` in stackctl.yaml"
            )
        } else {
            from_here.to_owned()
        }
    }

    /// What to call the cluster.
    pub(super) fn name(&self) -> &str {
        &self.name
    }
}

fn request(call: Call, operation: &str) -> Result<Request<Body>> {
    let mut request = Request::builder().method(call.method).uri(call.path).header(ACCEPT, call.accept);
    let body = match call.content {
        Some((content_type, body)) => {
            request = request.header(CONTENT_TYPE, content_type);
            Body::from(body)
        }
        None => Body::empty(),
    };
    request.body(body).map_err(|error| ProviderError::new(ErrorKind::Invalid, operation, error.to_string()))
}

/// An error and what caused it, the outermost first.
fn chain(error: &kube::Error) -> Vec<&(dyn Error + 'static)> {
    let first: &(dyn Error + 'static) = error;
    std::iter::successors(Some(first), |link: &&'_ (dyn Error + 'static)| (*link).source()).collect()
}

/// What is wrong with the credentials, without what a plugin printed as its answer.
fn credentials_words(error: &kube::Error) -> String {
    let chain = chain(error);
    let plugin = chain.iter().find_map(|link| link.downcast_ref::<AuthError>());
    match plugin {
        Some(AuthError::AuthExecRun { cmd, out }) => {
            let said = String::from_utf8_lossy(&out.stderr);
            let said: String = said.trim().chars().take(SHOWN_OUTPUT).collect();
            format!("the credentials plugin `{cmd}` failed ({}): {said}", out.status)
        }
        Some(AuthError::AuthExecStart(error)) => format!("the credentials plugin can't be run: {error}"),
        Some(AuthError::AuthExecParse(_)) => "the credentials plugin printed no ExecCredential".to_owned(),
        Some(other) => other.to_string(),
        None => error.to_string(),
    }
}
