//! AWS's side of the wire in a test, for what no emulator shows: answers by a closure, calls on record.

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

use super::Aws;
use super::tags::Tags;
use crate::model::{
    Address, Identifier, Json, JsonMap, Lifecycle, Live, Ownership, PropertyPath, Region, Scope, StackName,
    Status, Token,
};
use crate::providers::{
    Create, Delete, Delta, Handler, Pending, PendingItem, Query, Readiness, Result, Tagged, Update,
};

/// A call: what it asks for, and its body.
#[derive(Clone)]
pub struct Call {
    /// `POST /clusters/shop/updates`; the operation alone where the protocol names it in a header.
    pub line: String,
    /// The body, as it was sent.
    pub body: String,
}

impl Call {
    /// The action of a call of the query protocol: `DescribeVpcs`.
    pub fn action(&self) -> &str {
        self.parameter("Action").unwrap_or_default()
    }

    /// A parameter of a call of the query protocol, percent-encoded.
    pub fn parameter(&self, name: &str) -> Option<&str> {
        self.body.split('&').find_map(|pair| pair.strip_prefix(name)?.strip_prefix('='))
    }
}

/// What comes back for a call.
pub struct Answer {
    status: u16,
    body: String,
    /// Whether the body lies in the element that the query protocols name after the action.
    of_action: bool,
    /// `x-amzn-errortype`, by which the JSON protocols name an error.
    code: Option<String>,
}

impl Answer {
    /// An answer in JSON; an error where it has a `code`.
    pub fn json(status: u16, body: &Json) -> Self {
        let code = body["code"].as_str().map(str::to_owned);
        Self { status, body: body.to_string(), of_action: false, code }
    }

    /// An answer of the query protocols: what stands in its outermost element; nothing, if it says nothing.
    pub fn query(body: &str) -> Self {
        Self { of_action: true, ..Self::xml(200, body) }
    }

    /// An answer in XML.
    pub fn xml(status: u16, body: &str) -> Self {
        Self { status, body: body.to_owned(), of_action: false, code: None }
    }

    /// An error as most services answer it that speak XML.
    pub fn error(code: &str, message: &str) -> Self {
        let error = format!("<Error><Code>{code}</Code><Message>{message}</Message></Error>");
        Self::xml(400, &format!("<ErrorResponse>{error}</ErrorResponse>"))
    }

    /// An error as EC2 answers it.
    pub fn ec2_error(code: &str) -> Self {
        let error = format!("<Error><Code>{code}</Code><Message>no</Message></Error>");
        Self::xml(400, &format!("<Response><Errors>{error}</Errors></Response>"))
    }
}

type Answers = dyn Fn(&Call) -> Answer + Send + Sync;

/// A session whose every call the closure answers; and the calls made on it.
pub fn session(
    answer: impl Fn(&Call) -> Answer + Send + Sync + 'static,
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

/// The actions of the calls so far, in order.
pub fn actions(calls: &Mutex<Vec<Call>>) -> Vec<String> {
    calls.lock().unwrap().iter().map(|call| call.action().to_owned()).collect()
}

struct Wire {
    answer: Arc<Answers>,
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
        let body = request.body().bytes().map(|bytes| String::from_utf8_lossy(bytes).into_owned());
        let target = request.headers().get("x-amz-target").and_then(|target| target.split('.').next_back());
        let line = target.map_or_else(|| format!("{} {path}", request.method()), str::to_owned);
        let call = Call { line, body: body.unwrap_or_default() };
        let answer = (self.answer)(&call);
        let body = match (call.action(), answer.body.as_str()) {
            (_, body) if !answer.of_action => body.to_owned(),
            (action, "") => format!("<{action}Response><{action}Result/></{action}Response>"),
            (action, body) => format!("<{action}Response>{body}</{action}Response>"),
        };
        self.calls.lock().unwrap().push(call);
        let mut response = HttpResponse::new(answer.status.try_into().unwrap(), SdkBody::from(body));
        if let Some(code) = answer.code {
            response.headers_mut().insert("x-amzn-errortype", code);
        }
        HttpConnectorFuture::ready(Ok(response))
    }
}

/// The stack of all that the tests make.
fn stack() -> StackName {
    StackName::new("shop")
}

fn address() -> Address {
    Address::new("eu-west-1", "platform", None)
}

/// A live resource of the stack `shop`.
pub fn live(resource_type: &str, identifier: &str, properties: &Json) -> Live {
    Live {
        resource_type: resource_type.into(),
        scope: Scope::Region(Region::new("eu-west-1")),
        identifier: Identifier::new(identifier),
        properties: properties.as_object().unwrap().clone(),
        tags: Tags::new(),
        ownership: Ownership::Tagged(address()),
        status: Status::Ready,
    }
}

/// What differs: paths that are set, and paths that are removed.
pub fn delta(set: &[&str], removed: &[&str]) -> Delta {
    let paths = |texts: &[&str]| texts.iter().map(|text| PropertyPath::from(*text)).collect();
    Delta { set: paths(set), removed: paths(removed), ..Delta::default() }
}

/// A bulk read of which the tag search has found these ARNs, and nothing is wanted.
pub async fn list(handler: &dyn Handler, tagged: &[&str]) -> Result<Vec<Live>> {
    let hit = |arn: &&str| Tagged { arn: (*arn).to_owned(), tags: Tags::new() };
    let tagged: Vec<Tagged> = tagged.iter().map(hit).collect();
    let scope = Scope::Region(Region::new("eu-west-1"));
    let query = Query { scope: &scope, stack: &stack(), wanted: &[], parents: &[], tagged: &tagged };
    handler.list(&query).await
}

/// Makes one resource through a handler.
pub async fn create(handler: &dyn Handler, properties: &Json) -> Result<Identifier> {
    let request = Create {
        scope: &Scope::Region(Region::new("eu-west-1")),
        stack: &stack(),
        address: &address(),
        properties: properties.as_object().unwrap(),
        tags: &Tags::from([("team".to_owned(), "web".to_owned())]),
        token: &Token::new("token"),
        lifecycle: &Lifecycle::default(),
    };
    handler.create(&request).await
}

/// Sends one change through a handler.
pub async fn update(handler: &dyn Handler, live: &Live, properties: &JsonMap, delta: &Delta) -> Result<()> {
    let request = Update {
        scope: &live.scope,
        stack: &stack(),
        address: &address(),
        live,
        properties,
        tags: &Tags::new(),
        delta,
        token: &Token::new("token"),
        lifecycle: &Lifecycle::default(),
    };
    handler.update(&request).await
}

/// Deletes one resource through a handler.
pub async fn delete(handler: &dyn Handler, live: &Live) -> Result<()> {
    handler.delete(&Delete { scope: &live.scope, stack: &stack(), live, force: false }).await
}

/// Asks once how far a resource is.
pub async fn look(handler: &dyn Handler, live: &Live) -> Readiness {
    let items = [PendingItem {
        identifier: live.identifier.clone(),
        address: address(),
        properties: live.properties.clone(),
        deleting: false,
    }];
    let request = Pending { scope: &live.scope, stack: &stack(), items: &items };
    handler.ready(&request).await.unwrap().remove(0)
}
