//! What carries no tags: known by its identity, by the ledger's hint, by the stack's name prefix, or, where AWS chooses the
//! identifier, by all that can't be changed.

use std::collections::HashMap;
use std::sync::Arc;

use aws_sdk_cloudcontrol::types::ResourceDescription;
use futures::{StreamExt, TryStreamExt, stream};

use super::super::tags;
use super::CloudControl;
use super::find::READS;
use crate::model::{Identifier, Json, JsonMap, Live, Ownership, Scope};
use crate::providers::{ErrorKind, ProviderError, Query, Result, Tagged, Wanted, at};

impl CloudControl {
    /// Adds what no identity has led to.
    pub(super) async fn read_untaggable(
        &self,
        query: &Query<'_>,
        found: &mut HashMap<Identifier, Live>,
    ) -> Result<()> {
        self.read_hinted(query, found).await?;
        let is_found = |wanted: &Wanted| {
            self.identities(wanted).iter().any(|id| found.contains_key(id))
                || found.values().any(|live| live.address() == Some(&wanted.address))
        };
        let open: Vec<&Wanted> = query.wanted.iter().filter(|wanted| !is_found(wanted)).collect();
        if open.is_empty() && self.schema.facts().name.is_none() {
            return Ok(());
        }
        let prefix = format!("{}-", query.stack);
        let ours = |listed: &ResourceDescription| {
            listed.identifier().is_some_and(|id| id.starts_with(&prefix))
                || !open.is_empty()
                || listed.properties().is_some_and(|text| text.contains(&format!("\"{prefix}")))
        };
        let listed = self.list_for(query.scope, &open).await?;
        let identifiers = listed.iter().filter(|listed| ours(listed));
        let identifiers = identifiers.filter_map(|listed| listed.identifier().map(Identifier::new));
        let mut read = HashMap::new();
        let unread = identifiers.filter(|identifier| !found.contains_key(identifier)).collect();
        self.read_all(query, unread, &mut read).await?;
        let mut read: Vec<Live> = read.into_values().collect();
        read.sort_by(|one, other| one.identifier.cmp(&other.identifier));
        self.recognise(&open, &mut read);
        let is_ours = |live: &Live| {
            live.address().is_some()
                || self.name(live).starts_with(&prefix)
                || open.iter().any(|wanted| self.is_natural_match(wanted, live))
        };
        found.extend(read.into_iter().filter(is_ours).map(|live| (live.identifier.clone(), live)));
        Ok(())
    }

    /// What the ledger has hints of. What the blueprint has by identity needs none.
    async fn read_hinted(&self, query: &Query<'_>, found: &mut HashMap<Identifier, Live>) -> Result<()> {
        let hints =
            query.tagged.iter().filter(|hit| hit.resource_type().as_ref() == Some(&self.resource_type));
        let hints: Vec<&Tagged> =
            hints.filter(|hit| !found.contains_key(&Identifier::new(hit.arn.as_str()))).collect();
        let reads: Vec<_> = hints.iter().map(|hint| self.read_hint(query, hint)).collect();
        let read: Vec<Option<Live>> = stream::iter(reads).buffered(READS).try_collect().await?;
        found.extend(read.into_iter().flatten().map(|live| (live.identifier.clone(), live)));
        Ok(())
    }

    async fn read_hint(&self, query: &Query<'_>, hint: &Tagged) -> Result<Option<Live>> {
        let Some(address) = tags::address(&hint.tags) else { return Ok(None) };
        let identifier = Identifier::new(hint.arn.as_str());
        match self.glance(query.scope, query.stack, &identifier).await {
            Ok(Some(live)) => Ok(Some(Live { ownership: Ownership::Tagged(address), ..live })),
            Ok(None) => Ok(None),
            // Gone with its parent.
            Err(error) if matches!(error.kind, ErrorKind::NotFound | ErrorKind::Invalid) => Ok(None),
            Err(error) => Err(error),
        }
    }

    /// What the type's list tells that may be one of these: everything, or what hangs under their parents.
    async fn list_for(&self, scope: &Scope, open: &[&Wanted]) -> Result<Vec<ResourceDescription>> {
        let mut models: Vec<Option<String>> = Vec::new();
        if self.schema.listed_by().is_empty() {
            models.push(None);
        }
        for wanted in open.iter().filter(|_| !self.schema.listed_by().is_empty()) {
            let model = self.model(&wanted.properties);
            // A parent that is not known yet is not there, nor is what hangs under it.
            if (model.is_some() || !self.waits_for_parent(wanted)) && !models.contains(&model) {
                models.push(model);
            }
        }
        let mut all = Vec::new();
        for model in models {
            match self.list_all(scope, model.as_deref()).await {
                Ok(listed) => all.extend(listed),
                // The parent is gone.
                Err(error) if error.kind == ErrorKind::NotFound => {}
                Err(error) if matches!(error.kind, ErrorKind::Invalid | ErrorKind::Unsupported) => {
                    if let Some(lost) = open.iter().find(|wanted| self.is_told_by_list(wanted)) {
                        return Err(self.unlisted(lost, error));
                    }
                }
                Err(error) => return Err(error),
            }
        }
        Ok(all)
    }

    /// What a list under a parent is asked with, where these properties name one.
    pub(super) fn model(&self, properties: &JsonMap) -> Option<String> {
        let part = |name: &Arc<str>| Some((name.to_string(), properties.get(&**name)?.clone()));
        let model = self.schema.listed_by().iter().find_map(|names| names.iter().map(part).collect());
        model.map(|model: JsonMap| Json::Object(model).to_string())
    }

    fn waits_for_parent(&self, wanted: &Wanted) -> bool {
        let mut names = self.schema.listed_by().iter().flatten();
        names.any(|name| wanted.unknown.iter().any(|unknown| **unknown == **name))
    }

    /// Whether the list alone can tell that it is there. What has no list at all has its hint, once it is made.
    fn is_told_by_list(&self, wanted: &Wanted) -> bool {
        self.schema.has_handler("list")
            && self.identities(wanted).is_empty()
            && !wanted.unknown.iter().any(|name| self.schema.is_create_only(name))
    }

    fn unlisted(&self, wanted: &Wanted, mut error: ProviderError) -> ProviderError {
        let ways: Vec<String> = self.schema.listed_by().iter().map(|names| names.join(" and ")).collect();
        let by = if ways.is_empty() { String::new() } else { format!(" (listed by {})", ways.join(" or ")) };
        error.message = format!(
            "{}: it can't be known whether {} is there{by}, and another one would be made",
            error.message, wanted.address
        );
        error
    }

    /// Says of listed resources which wanted one each is: by name, or by all that can't be changed where AWS chooses
    /// the identifier.
    fn recognise(&self, open: &[&Wanted], read: &mut [Live]) {
        for wanted in open {
            let is_it = |live: &&mut Live| {
                live.address().is_none()
                    && (self.has_name_of(wanted, live)
                        || (self.identities(wanted).is_empty() && self.is_natural_match(wanted, live)))
            };
            if let Some(live) = read.iter_mut().find(is_it) {
                live.ownership = Ownership::Tagged(wanted.address.clone());
            }
        }
    }

    /// What a resource is called where its type has names; its identifier otherwise.
    pub(super) fn name<'l>(&self, live: &'l Live) -> &'l str {
        let name = self.schema.facts().name.and_then(|rule| at(&live.properties, rule.property)?.as_str());
        name.unwrap_or(live.identifier.as_str())
    }

    fn has_name_of(&self, wanted: &Wanted, live: &Live) -> bool {
        let Some(rule) = self.schema.facts().name else { return false };
        let name = at(&wanted.properties, rule.property);
        name.is_some() && name == at(&live.properties, rule.property)
    }

    /// Whether every create-only property that is wanted is so in the live resource, and there is one.
    fn is_natural_match(&self, wanted: &Wanted, live: &Live) -> bool {
        let is_fixed = |name: &str| self.schema.is_create_only(name) && !self.schema.is_write_only(name);
        let is_same = |name: &str, value: &Json| match live.properties.get(name) {
            Some(live) if live == value => true,
            Some(Json::String(live)) => {
                value.as_str().is_some_and(|value| self.schema.is_spelling_of(name, value, live))
            }
            _ => false,
        };
        let mut fixed = wanted.properties.iter().filter(|(name, _)| is_fixed(name)).peekable();
        !wanted.unknown.iter().any(|name| is_fixed(name))
            && fixed.peek().is_some()
            && fixed.all(|(name, value)| is_same(name, value))
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Mutex;

    use serde_json::json;

    use super::super::super::eks::fake::{self, Call, error};
    use super::super::Recent;
    use super::*;
    use crate::catalog::Catalog;
    use crate::model::{Address, Hint, Region, StackName};

    const PERMISSION: &str = "AWS::Lambda::Permission";

    fn address() -> Address {
        Address::new("eu-west-1", "mayInvoke", None)
    }

    fn wanted() -> Wanted {
        let properties = json!({
            "FunctionName": "resize", "Action": "lambda:InvokeFunction", "Principal": "s3.amazonaws.com",
        });
        Wanted {
            address: address(),
            properties: properties.as_object().unwrap().clone(),
            unknown: Vec::new(),
            adopt: None,
        }
    }

    /// A function's permissions: `listed` answers for what they are listed by.
    async fn find(
        wanted: &[Wanted],
        hints: &[Hint],
        listed: impl Fn(&Json) -> (u16, Json) + Send + Sync + 'static,
    ) -> (Result<Vec<Live>>, Arc<Mutex<Vec<Call>>>) {
        let (aws, calls) = fake::session(move |call| match call.line.as_str() {
            "ListResourceRequests" => (200, json!({"ResourceRequestStatusSummaries": []})),
            "ListResources" => listed(&call.body["ResourceModel"]),
            _ => {
                let id = call.body["Identifier"].as_str().unwrap().split_once('|').unwrap().1.to_owned();
                let properties = json!({
                    "FunctionName": "resize", "Id": id, "Action": "lambda:InvokeFunction",
                    "Principal": if id == "theirs" { "sns.amazonaws.com" } else { "s3.amazonaws.com" },
                });
                let described =
                    json!({"Identifier": call.body["Identifier"], "Properties": properties.to_string()});
                (200, json!({"ResourceDescription": described}))
            }
        });
        let schema = Catalog::embedded().get(PERMISSION).unwrap();
        let handler = CloudControl::new(&aws, &PERMISSION.into(), schema, &Arc::new(Recent::default()));
        let stack = StackName::new("shop");
        let tagged: Vec<Tagged> = hints.iter().map(|hint| Tagged::hinted(hint, &stack)).collect();
        let scope = Scope::Region(Region::new("eu-west-1"));
        let query = Query { scope: &scope, stack: &stack, wanted, parents: &[], tagged: &tagged };
        (handler.find(&query).await, calls)
    }

    fn listed(identifiers: &[&str]) -> (u16, Json) {
        let all: Vec<Json> = identifiers.iter().map(|id| json!({"Identifier": id})).collect();
        (200, json!({"ResourceDescriptions": all}))
    }

    fn models(calls: &Mutex<Vec<Call>>) -> Vec<String> {
        let calls = calls.lock().unwrap();
        let lists = calls.iter().filter(|call| call.line == "ListResources");
        lists.filter_map(|call| Some(call.body["ResourceModel"].as_str()?.to_owned())).collect()
    }

    #[tokio::test]
    async fn what_is_listed_under_a_parent_is_found_there() {
        let (found, calls) = find(&[wanted()], &[], |model| match model.as_str() {
            Some(_) => listed(&["resize|theirs", "resize|ours"]),
            None => error(400, "InvalidRequestException", "Missing or invalid ResourceModel property"),
        })
        .await;
        let found: Vec<_> =
            found.unwrap().into_iter().map(|live| (live.identifier, live.ownership)).collect();
        assert_eq!(found, [(Identifier::new("resize|ours"), Ownership::Tagged(address()))]);
        assert_eq!(models(&calls), [r#"{"FunctionName":"resize"}"#]);
    }

    #[tokio::test]
    async fn a_parent_that_is_not_there_has_none() {
        let mut deferred = wanted();
        deferred.properties.remove("FunctionName");
        deferred.unknown.push("FunctionName".to_owned());
        let (found, calls) = find(&[deferred], &[], |_| panic!("there is nothing to list by")).await;
        assert!(found.unwrap().is_empty());
        assert!(models(&calls).is_empty());
        let gone = |_: &Json| error(404, "ResourceNotFoundException", "no such function");
        assert!(find(&[wanted()], &[], gone).await.0.unwrap().is_empty());
    }

    #[tokio::test]
    async fn a_refused_list_does_not_say_that_there_is_none() {
        let refused = |_: &Json| error(400, "InvalidRequestException", "no");
        let error = find(&[wanted()], &[], refused).await.0.unwrap_err();
        assert_eq!(
            error.message,
            "no: it can't be known whether eu-west-1/mayInvoke is there (listed by FunctionName), and another one \
             would be made"
        );
    }

    #[tokio::test]
    async fn what_left_the_blueprint_is_found_by_its_hint() {
        let hint = Hint {
            resource_type: PERMISSION.into(),
            scope: Scope::Region(Region::new("eu-west-1")),
            identifier: Identifier::new("resize|ours"),
            address: address(),
        };
        let (found, _) = find(&[], std::slice::from_ref(&hint), |_| panic!("nothing is wanted")).await;
        assert_eq!(found.unwrap()[0].address(), Some(&address()));
        let (found, calls) = find(&[wanted()], &[hint], |_| panic!("it is known")).await;
        assert_eq!(found.unwrap().len(), 1);
        assert!(models(&calls).is_empty());
    }
}
