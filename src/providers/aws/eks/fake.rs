//! EKS's side of the wire in a test, for what takes EKS minutes: answers by a closure, calls on record.

use std::fmt;
use std::sync::{Arc, Mutex};

use aws_config::{BehaviorVersion, SdkConfig};
use aws_credential_types::Credentials;
use aws_credential_types::provider::SharedCredentialsProvider;
use aws_smithy_runtime_api::client::http::{
    HttpConnector, HttpConnectorFuture, SharedHttpConnector, http_client_fn,
};
use aws_smithy_runtime_api::client::orchestrator::{HttpRequest, HttpResponse};
use aws_smithy_types::body::SdkBody;
use aws_smithy_types::retry::RetryConfig;
use serde_json::json;

use super::super::Aws;
use super::super::tags::Tags;
use crate::model::{
    Address, Identifier, Json, JsonMap, Lifecycle, Live, Ownership, PropertyPath, Region, Scope, StackName,
    Status, Token,
};
use crate::providers::{Delta, Handler, Pending, PendingItem, Readiness, Result, Update};

/// A call: what it asks for, and its body.
pub struct Call {
    /// `POST /clusters/shop/updates`; the operation alone where the protocol names it.
    pub line: String,
    /// The JSON body; null where there is none.
    pub body: Json,
}

type Answer = dyn Fn(&Call) -> (u16, Json) + Send + Sync;

/// A session whose every call the closure answers; and the calls made on it.
pub fn session(
    answer: impl Fn(&Call) -> (u16, Json) + Send + Sync + 'static,
) -> (Arc<Aws>, Arc<Mutex<Vec<Call>>>) {
    let calls = Arc::new(Mutex::new(Vec::new()));
    let wire = SharedHttpConnector::new(Wire { answer: Arc::new(answer), calls: calls.clone() });
    let config = SdkConfig::builder()
        .behavior_version(BehaviorVersion::latest())
        .credentials_provider(SharedCredentialsProvider::new(Credentials::new(
            "AKID", "secret", None, None, "test",
        )))
        .retry_config(RetryConfig::disabled())
        .http_client(http_client_fn(move |_, _| wire.clone()))
        .build();
    (Aws::with(config), calls)
}

struct Wire {
    answer: Arc<Answer>,
    calls: Arc<Mutex<Vec<Call>>>,
}

impl fmt::Debug for Wire {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Wire")
    }
}

impl HttpConnector for Wire {
    fn call(&self, request: HttpRequest) -> HttpConnectorFuture {
        let uri = request.uri().split_once("amazonaws.com").map_or("", |(_, path)| path);
        let path = uri.split('?').next().unwrap_or_default();
        let body = request.body().bytes().and_then(|bytes| serde_json::from_slice(bytes).ok());
        let target = request.headers().get("x-amz-target").and_then(|target| target.split('.').next_back());
        let line = target.map_or_else(|| format!("{} {path}", request.method()), str::to_owned);
        let call = Call { line, body: body.unwrap_or(Json::Null) };
        let (status, answer) = (self.answer)(&call);
        self.calls.lock().unwrap().push(call);
        let mut response = HttpResponse::new(status.try_into().unwrap(), SdkBody::from(answer.to_string()));
        if let Some(code) = answer["code"].as_str() {
            response.headers_mut().insert("x-amzn-errortype", code.to_owned());
        }
        HttpConnectorFuture::ready(Ok(response))
    }
}

/// An error as EKS answers it.
pub fn error(status: u16, code: &str, message: &str) -> (u16, Json) {
    (status, json!({"code": code, "message": message}))
}

/// A live resource of the stack `shop`.
pub fn live(resource_type: &str, identifier: &str, properties: &Json) -> Live {
    Live {
        resource_type: resource_type.into(),
        scope: Scope::Region(Region::new("eu-west-1")),
        identifier: Identifier::new(identifier),
        properties: properties.as_object().unwrap().clone(),
        tags: Tags::new(),
        ownership: Ownership::Tagged(Address::new("eu-west-1", "platform", None)),
        status: Status::Ready,
    }
}

/// What differs: paths that are set, and paths that are removed.
pub fn delta(set: &[&str], removed: &[&str]) -> Delta {
    let paths = |texts: &[&str]| texts.iter().map(|text| PropertyPath::from(*text)).collect();
    Delta { set: paths(set), removed: paths(removed), ..Delta::default() }
}

/// Sends one change through a handler.
pub async fn update(handler: &dyn Handler, live: &Live, properties: &JsonMap, delta: &Delta) -> Result<()> {
    let request = Update {
        scope: &live.scope,
        stack: &StackName::new("shop"),
        address: &Address::new("eu-west-1", "platform", None),
        live,
        properties,
        tags: &Tags::new(),
        delta,
        token: &Token::new("token"),
        lifecycle: &Lifecycle::default(),
    };
    handler.update(&request).await
}

/// Asks once how far a resource is.
pub async fn look(handler: &dyn Handler, live: &Live) -> Readiness {
    let items = [PendingItem {
        identifier: live.identifier.clone(),
        address: Address::new("eu-west-1", "platform", None),
        properties: live.properties.clone(),
        deleting: false,
    }];
    let request = Pending { scope: &live.scope, stack: &StackName::new("shop"), items: &items };
    handler.ready(&request).await.unwrap().remove(0)
}
