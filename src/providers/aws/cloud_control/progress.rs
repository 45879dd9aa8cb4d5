//! How far requests are, and sending those again that failed for a reason that passes.
//!
//! Cloud Control takes almost every request and tells only later what its handler made of it: that the role is not known
//! yet, that a service was asked too fast.

use std::time::Duration;

use aws_sdk_cloudcontrol::types::ProgressEvent;
use tokio::time::Instant;

use super::super::{failed, missing};
use super::request::{self, Outcome};
use super::{Again, CloudControl, Running, UNNAMED};
use crate::model::{Identifier, Scope};
use crate::providers::{ErrorKind, Pending, PendingItem, ProviderError, Readiness, Result};

/// The pause before a request is sent again; it doubles with each.
const FIRST_PAUSE: Duration = Duration::from_secs(2);
/// The longest pause.
const LONGEST_PAUSE: Duration = Duration::from_secs(30);

impl CloudControl {
    /// How far one that waits is.
    pub(super) async fn progress(&self, request: &Pending<'_>, item: &PendingItem) -> Result<Readiness> {
        let running = self.running(request.scope, &item.identifier);
        let unnamed = item.identifier.as_str().strip_prefix(UNNAMED);
        let token = running.as_ref().map(|running| running.token.as_str()).or(unnamed);
        let Some(token) = token else {
            return self.settled(request, item, &item.identifier).await;
        };
        let event = self.status(request.scope, token).await?;
        match request::outcome(&event) {
            Outcome::Running(words) => Ok(Readiness::Waiting(words)),
            Outcome::Failed(error) => self.failed(request, item, running, &event, error).await,
            Outcome::Done => {
                self.remember(request.scope, &item.identifier, None);
                let identifier = event.identifier().map_or_else(|| item.identifier.clone(), Identifier::new);
                self.settled(request, item, &identifier).await
            }
        }
    }

    async fn settled(
        &self,
        request: &Pending<'_>,
        item: &PendingItem,
        identifier: &Identifier,
    ) -> Result<Readiness> {
        let live = self.get(request.scope, request.stack, identifier).await?;
        Ok(match live {
            None => Readiness::Gone,
            Some(_) if item.deleting => Readiness::Waiting("deleting".to_owned()),
            Some(live) => Readiness::Ready(Box::new(live)),
        })
    }

    /// Answers for a request that has failed: for good, or only until it is due again.
    async fn failed(
        &self,
        request: &Pending<'_>,
        item: &PendingItem,
        running: Option<Running>,
        event: &ProgressEvent,
        error: ProviderError,
    ) -> Result<Readiness> {
        if item.deleting && error.kind == ErrorKind::NotFound {
            self.remember(request.scope, &item.identifier, None);
            return Ok(Readiness::Gone);
        }
        let error = if item.deleting { error } else { error.using_role() };
        let Some(running) = running.filter(|_| error.kind.is_retryable()) else {
            return Ok(self.given_up(request.scope, item, error.to_string()));
        };
        let words = format!("{}: {}; it is sent again", error.code, error.message);
        match running.due {
            None => {
                let due = Instant::now() + pause(running.repeats);
                let running = Running { due: Some(due), ..running };
                self.remember(request.scope, &item.identifier, Some(running));
                Ok(Readiness::Waiting(words))
            }
            Some(due) if Instant::now() < due => Ok(Readiness::Waiting(words)),
            Some(_) => {
                if let Some(made) = self.made_nonetheless(request, item, &running, event).await? {
                    let words =
                        format!("{error}; {made} was made nonetheless: the next apply goes on from there");
                    return Ok(self.given_up(request.scope, item, words));
                }
                self.repeat(request.scope, item, running, &error, words).await
            }
        }
    }

    /// Sends a request again.
    async fn repeat(
        &self,
        scope: &Scope,
        item: &PendingItem,
        running: Running,
        error: &ProviderError,
        words: String,
    ) -> Result<Readiness> {
        let mut again = running.again.clone();
        let sent = match &mut again {
            Again::Create(attempt) => match attempt.next() {
                Some(next) => {
                    *attempt = next;
                    self.send_create(scope, attempt).await.map(Some)
                }
                None => return Ok(self.given_up(scope, item, error.to_string())),
            },
            Again::Update(patch) => self.send_update(scope, &item.identifier, patch).await.map(Some),
            Again::Delete => self.send_delete(scope, &item.identifier).await,
        };
        let repeats = running.repeats + 1;
        match sent {
            Ok(Some(event)) => {
                let token = event.request_token().unwrap_or_default().to_owned();
                self.remember(scope, &item.identifier, Some(Running { token, again, repeats, due: None }));
                Ok(Readiness::Waiting(words))
            }
            Ok(None) => {
                self.remember(scope, &item.identifier, None);
                Ok(Readiness::Gone)
            }
            // What was not even taken leaves the failed request the latest: it is due once more.
            Err(refused) if refused.kind.is_retryable() => {
                self.remember(scope, &item.identifier, Some(Running { repeats, due: None, ..running }));
                Ok(Readiness::Waiting(words))
            }
            Err(refused) => Ok(self.given_up(scope, item, refused.to_string())),
        }
    }

    fn given_up(&self, scope: &Scope, item: &PendingItem, words: String) -> Readiness {
        self.remember(scope, &item.identifier, None);
        Readiness::Failed(words)
    }

    /// What a failed create has made before it failed: another one would make a second.
    async fn made_nonetheless(
        &self,
        request: &Pending<'_>,
        item: &PendingItem,
        running: &Running,
        event: &ProgressEvent,
    ) -> Result<Option<Identifier>> {
        let Again::Create(_) = running.again else { return Ok(None) };
        let told = event.identifier().map(Identifier::new);
        let named = self.schema.identifier(&item.properties).filter(|named| told.as_ref() != Some(named));
        for identifier in told.into_iter().chain(named) {
            match self.get(request.scope, request.stack, &identifier).await {
                Ok(Some(live)) if !self.schema.is_taggable() || live.address() == Some(&item.address) => {
                    return Ok(Some(identifier));
                }
                Ok(_) => {}
                Err(error) if matches!(error.kind, ErrorKind::Invalid | ErrorKind::NotFound) => {}
                Err(error) => return Err(error),
            }
        }
        Ok(None)
    }

    async fn status(&self, scope: &Scope, token: &str) -> Result<ProgressEvent> {
        self.client(scope)
            .get_resource_request_status()
            .request_token(token)
            .send()
            .await
            .map_err(failed("cloudcontrol:GetResourceRequestStatus"))?
            .progress_event
            .ok_or_else(|| missing("cloudcontrol:GetResourceRequestStatus", "ProgressEvent"))
    }
}

fn pause(repeats: u32) -> Duration {
    FIRST_PAUSE.saturating_mul(2_u32.saturating_pow(repeats)).min(LONGEST_PAUSE)
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;
    use std::sync::{Arc, Mutex};

    use serde_json::json;
    use tokio::time::advance;

    use super::super::super::eks::fake::{self, Call, delta, error, look};
    use super::super::Recent;
    use super::*;
    use crate::catalog::Catalog;
    use crate::model::{Address, Json, Lifecycle, Live, Region, StackName, TAG_ADDRESS, TAG_STACK, Token};
    use crate::providers::aws::Aws;
    use crate::providers::{Create, Handler};

    const FUNCTION: &str = "AWS::Lambda::Function";
    const NOT_ASSUMED: &str = "The role defined for the function cannot be assumed by Lambda.";

    fn handler(aws: &Arc<Aws>) -> CloudControl {
        let schema = Catalog::embedded().get(FUNCTION).unwrap();
        CloudControl::new(aws, &FUNCTION.into(), schema, &Arc::new(Recent::default()))
    }

    fn function() -> Live {
        fake::live(FUNCTION, "shop-resize", &json!({"FunctionName": "shop-resize", "MemorySize": 512}))
    }

    /// As Cloud Control tells of a request.
    fn event(token: &str, status: &str, failure: Option<(&str, &str)>) -> (u16, Json) {
        let (code, message) = failure.unzip();
        let event = json!({
            "TypeName": FUNCTION, "Identifier": "shop-resize", "RequestToken": token, "Operation": "CREATE",
            "OperationStatus": status, "ErrorCode": code, "StatusMessage": message,
        });
        (200, json!({"ProgressEvent": event}))
    }

    fn described() -> (u16, Json) {
        let tags = json!([
            {"Key": TAG_STACK, "Value": "shop"}, {"Key": TAG_ADDRESS, "Value": "eu-west-1/platform"},
        ]);
        let properties = json!({"FunctionName": "shop-resize", "Tags": tags}).to_string();
        (200, json!({"ResourceDescription": {"Identifier": "shop-resize", "Properties": properties}}))
    }

    async fn create(handler: &CloudControl) -> Identifier {
        let live = function();
        let request = Create {
            scope: &Scope::Region(Region::new("eu-west-1")),
            stack: &StackName::new("shop"),
            address: &Address::new("eu-west-1", "platform", None),
            properties: &live.properties,
            tags: &BTreeMap::new(),
            token: &Token::new("token"),
            lifecycle: &Lifecycle::default(),
        };
        handler.create(&request).await.unwrap()
    }

    fn made(calls: &Mutex<Vec<Call>>, line: &str) -> Vec<Json> {
        let calls = calls.lock().unwrap();
        calls.iter().filter(|call| call.line == line).map(|call| call.body.clone()).collect()
    }

    async fn wait(handler: &CloudControl, seconds: u64) -> String {
        advance(Duration::from_secs(seconds)).await;
        match look(handler, &function()).await {
            Readiness::Waiting(words) => words,
            other => panic!("{other:?}"),
        }
    }

    #[tokio::test(start_paused = true)]
    async fn a_function_whose_role_is_not_known_yet_is_made_again() {
        let (aws, calls) =
            fake::session(|call| match (call.line.as_str(), call.body["RequestToken"].as_str()) {
                ("CreateResource", _) => {
                    event(call.body["ClientToken"].as_str().unwrap(), "IN_PROGRESS", None)
                }
                (_, Some("token")) => event("token", "FAILED", Some(("InvalidRequest", NOT_ASSUMED))),
                (_, Some("token-2")) => event("token-2", "FAILED", Some(("Throttling", "Rate exceeded"))),
                (_, Some(token)) => event(token, "SUCCESS", None),
                _ => error(400, "ResourceNotFoundException", "no such function"),
            });
        let handler = handler(&aws);
        create(&handler).await;
        let words = format!("InvalidRequest: {NOT_ASSUMED}; it is sent again");
        assert_eq!(wait(&handler, 0).await, words);
        assert_eq!(wait(&handler, 1).await, words, "not at once");
        assert_eq!(wait(&handler, 1).await, words);
        assert!(wait(&handler, 0).await.starts_with("Throttling: Rate exceeded"));
        assert!(wait(&handler, 3).await.starts_with("Throttling: Rate exceeded"), "later each time");
        assert_eq!(made(&calls, "CreateResource").len(), 2);
        wait(&handler, 1).await;
        let tokens: Vec<Json> =
            made(&calls, "CreateResource").iter().map(|sent| sent["ClientToken"].clone()).collect();
        assert_eq!(tokens, ["token", "token-2", "token-3"]);
        assert_eq!(look(&handler, &function()).await, Readiness::Gone, "made; not visible yet");
    }

    #[tokio::test(start_paused = true)]
    async fn what_will_not_pass_fails_at_once() {
        let (aws, calls) = fake::session(|call| match call.line.as_str() {
            "CreateResource" => event("token", "IN_PROGRESS", None),
            _ => event("token", "FAILED", Some(("InvalidRequest", "Memory size is too large"))),
        });
        let handler = handler(&aws);
        create(&handler).await;
        assert!(matches!(look(&handler, &function()).await, Readiness::Failed(_)));
        assert_eq!(made(&calls, "CreateResource").len(), 1);
    }

    #[tokio::test(start_paused = true)]
    async fn what_was_made_before_it_failed_is_not_made_twice() {
        let (aws, calls) = fake::session(|call| match call.line.as_str() {
            "CreateResource" => event("token", "IN_PROGRESS", None),
            "GetResource" => described(),
            _ => event("token", "FAILED", Some(("ServiceInternalError", "try again"))),
        });
        let handler = handler(&aws);
        create(&handler).await;
        wait(&handler, 0).await;
        advance(Duration::from_secs(2)).await;
        let Readiness::Failed(words) = look(&handler, &function()).await else { panic!("it was made") };
        assert!(
            words.ends_with("shop-resize was made nonetheless: the next apply goes on from there"),
            "{words}"
        );
        assert_eq!(made(&calls, "CreateResource").len(), 1);
    }

    #[tokio::test(start_paused = true)]
    async fn an_update_that_is_refused_when_sent_again_is_not_done() {
        let sent = Mutex::new(0);
        let (aws, _) = fake::session(move |call| match call.line.as_str() {
            "UpdateResource" => {
                let mut sent = sent.lock().unwrap();
                *sent += 1;
                match *sent {
                    1 => event("1", "IN_PROGRESS", None),
                    2 => error(400, "ThrottlingException", "Rate exceeded"),
                    _ => event("3", "IN_PROGRESS", None),
                }
            }
            "GetResource" => described(),
            _ if call.body["RequestToken"] == "1" => {
                event("1", "FAILED", Some(("ResourceConflict", "An update is in progress")))
            }
            _ => event("3", "SUCCESS", None),
        });
        let handler = handler(&aws);
        let mut wanted = function().properties;
        wanted.insert("MemorySize".to_owned(), json!(1024));
        fake::update(&handler, &function(), &wanted, &delta(&["MemorySize"], &[])).await.unwrap();
        for seconds in [0, 2, 0, 4] {
            wait(&handler, seconds).await;
        }
        assert!(matches!(look(&handler, &function()).await, Readiness::Ready(_)));
    }
}
