//! `AWS::IAM::OIDCProvider`: who else may vouch for an identity, such as the issuer of an EKS cluster.
//!
//! `ListOpenIDConnectProviders` tells ARNs alone and nothing in them says whose they are, so each is read: an account has
//! 100 at most (IAM's quotas).

use std::sync::Arc;

use async_trait::async_trait;
use aws_sdk_iam::Client;
use aws_sdk_iam::operation::get_open_id_connect_provider::GetOpenIdConnectProviderOutput as Found;
use futures::{StreamExt, TryStreamExt, stream};

use super::super::change::Membership;
use super::super::error::gone_is_fine;
use super::super::identity::{is_ours, owning, wanted_for};
use super::super::tags::{self, Tags};
use super::super::{Aws, Shape, Writer, failed, missing, supported};
use super::{SERVICE, tagging};
use crate::model::{Identifier, Live, Ownership, ResourceType, Scope, StackName, Status};
use crate::providers::{
    Create, Delete, ErrorKind, Handler, Pending, ProviderError, Query, Readiness, Result, Update, readiness,
};

const TYPE: &str = "AWS::IAM::OIDCProvider";
const URL: &str = "Url";
const CREATE: &str = "iam:CreateOpenIDConnectProvider";
const THUMBPRINT: &str = "iam:UpdateOpenIDConnectProviderThumbprint";

const SUPPORTED: [&str; 4] = ["ClientIdList", "Tags", "ThumbprintList", URL];

/// Reads at the same time.
const AT_ONCE: usize = 8;

/// The handler of `AWS::IAM::OIDCProvider`.
pub struct OidcProvider {
    aws: Arc<Aws>,
}

impl OidcProvider {
    /// A handler on a session.
    pub fn new(aws: &Arc<Aws>) -> Self {
        Self { aws: aws.clone() }
    }

    fn client(&self, scope: &Scope) -> Client {
        self.aws.client(scope, Client::new)
    }
}

#[async_trait]
impl Handler for OidcProvider {
    fn resource_type(&self) -> ResourceType {
        TYPE.into()
    }

    fn service(&self) -> &'static str {
        SERVICE
    }

    /// By the URL: an account has one provider for each.
    fn deduplicates(&self) -> bool {
        true
    }

    async fn list(&self, query: &Query<'_>) -> Result<Vec<Live>> {
        let client = self.client(query.scope);
        let found = read(&client, arns(&client).await?).await?;
        let lives = found.into_iter().map(|(arn, found)| live(query.scope, query.stack, &arn, &found));
        Ok(lives.filter_map(|live| sought(query, live)).collect())
    }

    async fn create(&self, request: &Create<'_>) -> Result<Identifier> {
        supported::only(request.properties, &SUPPORTED, CREATE)?;
        let client = self.client(request.scope);
        let wanted = Shape(request.properties);
        let url = wanted
            .text(URL)
            .ok_or_else(|| ProviderError::new(ErrorKind::Invalid, CREATE, "an OIDC provider needs a Url"))?;
        let tags = owning(request.tags, request.stack, request.address);
        let made = client
            .create_open_id_connect_provider()
            .url(&url)
            .set_client_id_list(wanted.strings_if_set("ClientIdList"))
            .set_thumbprint_list(wanted.strings_if_set("ThumbprintList"))
            .set_tags(Some(tagging::sdk_tags(&tags)))
            .send()
            .await;
        match made.map_err(failed(CREATE)) {
            Ok(made) => {
                let arn = made.open_id_connect_provider_arn();
                arn.map(Identifier::new).ok_or_else(|| missing(CREATE, "OpenIDConnectProviderArn"))
            }
            Err(error) if error.kind == ErrorKind::AlreadyExists => {
                first_attempt(&client, request, &url).await?.ok_or(error)
            }
            Err(error) => Err(error),
        }
    }

    async fn update(&self, request: &Update<'_>) -> Result<()> {
        supported::only(request.properties, &SUPPORTED, THUMBPRINT)?;
        let client = self.client(request.scope);
        let arn = request.live.identifier.as_str();
        if request.delta.touches("ClientIdList") {
            set_clients(&client, arn, &Membership::of(request, "ClientIdList")).await?;
        }
        if request.delta.touches("ThumbprintList") {
            set_thumbprints(&client, arn, Shape(request.properties)).await?;
        }
        update_tags(&client, request, arn).await
    }

    async fn delete(&self, request: &Delete<'_>) -> Result<()> {
        let client = self.client(request.scope);
        let arn = request.live.identifier.as_str();
        let gone = client.delete_open_id_connect_provider().open_id_connect_provider_arn(arn).send().await;
        gone_is_fine(gone.map_err(failed("iam:DeleteOpenIDConnectProvider")))
    }

    async fn ready(&self, request: &Pending<'_>) -> Result<Vec<Readiness>> {
        let client = self.client(request.scope);
        let arns = request.items.iter().map(|item| item.identifier.as_str().to_owned());
        let found = read(&client, arns.collect()).await?;
        let lives = found.into_iter().map(|(arn, found)| live(request.scope, request.stack, &arn, &found));
        Ok(readiness(request.items, lives.collect()))
    }
}

async fn arns(client: &Client) -> Result<Vec<String>> {
    let answer = client.list_open_id_connect_providers().send().await;
    let answer = answer.map_err(failed("iam:ListOpenIDConnectProviders"))?;
    let found = answer.open_id_connect_provider_list.unwrap_or_default();
    Ok(found.into_iter().filter_map(|provider| provider.arn).collect())
}

/// Providers by ARN; what went away since it was listed is left out.
async fn read(client: &Client, arns: Vec<String>) -> Result<Vec<(String, Found)>> {
    let found: Vec<Option<(String, Found)>> = stream::iter(arns)
        .map(async |arn| Ok::<_, ProviderError>(one(client, &arn).await?.map(|found| (arn, found))))
        .buffered(AT_ONCE)
        .try_collect()
        .await?;
    Ok(found.into_iter().flatten().collect())
}

async fn one(client: &Client, arn: &str) -> Result<Option<Found>> {
    let answer = client.get_open_id_connect_provider().open_id_connect_provider_arn(arn).send().await;
    match answer.map_err(failed("iam:GetOpenIDConnectProvider")) {
        Ok(found) => Ok(Some(found)),
        Err(error) if error.kind == ErrorKind::NotFound => Ok(None),
        Err(error) => Err(error),
    }
}

fn live(scope: &Scope, stack: &StackName, arn: &str, found: &Found) -> Live {
    let tags: Tags = tagging::read(found.tags());
    Live {
        resource_type: TYPE.into(),
        scope: scope.clone(),
        identifier: Identifier::new(arn),
        properties: Writer::new()
            .set("Arn", arn)
            .put(URL, found.url().map(with_scheme))
            .list("ClientIdList", found.client_id_list().to_vec())
            .list("ThumbprintList", found.thumbprint_list().to_vec())
            .build(),
        ownership: tags::ownership(&tags, stack),
        tags,
        status: Status::Ready,
    }
}

/// IAM leaves the scheme out of what it tells.
fn with_scheme(url: &str) -> String {
    if url.contains("://") { url.to_owned() } else { format!("https://{url}") }
}

/// What makes a provider the same: the URL without its scheme, which is also the end of the ARN.
fn issuer(url: &str) -> &str {
    url.split_once("://").map_or(url, |(_, rest)| rest).trim_end_matches('/')
}

/// A provider that is owned, adopted, or of a wanted URL, with the URL as it is written there.
fn sought(query: &Query<'_>, mut live: Live) -> Option<Live> {
    let url = live.str(URL).unwrap_or_default().to_owned();
    let same_url = query.wanted.iter().find_map(|wanted| {
        Shape(&wanted.properties).str(URL).filter(|wanted| issuer(wanted) == issuer(&url))
    });
    let wanted = wanted_for(query, &live.tags, live.identifier.as_str(), None);
    if live.ownership == Ownership::Foreign && wanted.is_none() && same_url.is_none() {
        return None;
    }
    if let Some(written) = same_url {
        live.properties.insert(URL.to_owned(), written.into());
    }
    Some(live)
}

/// The provider that an earlier attempt of this create made; none if it is another's.
async fn first_attempt(client: &Client, request: &Create<'_>, url: &str) -> Result<Option<Identifier>> {
    let arns = arns(client).await?;
    let of_url = |arn: &&String| arn.split_once(":oidc-provider/").is_some_and(|(_, end)| end == issuer(url));
    let Some(arn) = arns.iter().find(of_url) else { return Ok(None) };
    let tags = one(client, arn).await?.map(|found| tagging::read(found.tags())).unwrap_or_default();
    Ok(is_ours(&tags, request.stack, request.address).then(|| Identifier::new(arn)))
}

async fn set_clients(client: &Client, arn: &str, change: &Membership) -> Result<()> {
    for id in &change.added {
        let call = client
            .add_client_id_to_open_id_connect_provider()
            .open_id_connect_provider_arn(arn)
            .client_id(id);
        call.send().await.map_err(failed("iam:AddClientIDToOpenIDConnectProvider"))?;
    }
    for id in &change.removed {
        let call = client
            .remove_client_id_from_open_id_connect_provider()
            .open_id_connect_provider_arn(arn)
            .client_id(id);
        let gone = call.send().await;
        gone_is_fine(gone.map_err(failed("iam:RemoveClientIDFromOpenIDConnectProvider")))?;
    }
    Ok(())
}

/// IAM fetches thumbprints at a create without any, and never again.
async fn set_thumbprints(client: &Client, arn: &str, wanted: Shape<'_>) -> Result<()> {
    let Some(list) = wanted.strings_if_set("ThumbprintList") else {
        let message = "ThumbprintList can't be taken back, only changed: write the thumbprints it shall have";
        return Err(ProviderError::new(ErrorKind::Unsupported, THUMBPRINT, message));
    };
    let call = client
        .update_open_id_connect_provider_thumbprint()
        .open_id_connect_provider_arn(arn)
        .set_thumbprint_list(Some(list));
    call.send().await.map(drop).map_err(failed(THUMBPRINT))
}

async fn update_tags(client: &Client, request: &Update<'_>, arn: &str) -> Result<()> {
    let delta = request.delta;
    if !delta.tags_set.is_empty() {
        let tags = tagging::sdk_tags(&delta.tags_set);
        let call =
            client.tag_open_id_connect_provider().open_id_connect_provider_arn(arn).set_tags(Some(tags));
        call.send().await.map_err(failed("iam:TagOpenIDConnectProvider"))?;
    }
    if !delta.tags_removed.is_empty() {
        let keys = delta.tags_removed.clone();
        let call = client
            .untag_open_id_connect_provider()
            .open_id_connect_provider_arn(arn)
            .set_tag_keys(Some(keys));
        call.send().await.map_err(failed("iam:UntagOpenIDConnectProvider"))?;
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::Address;
    use crate::providers::Wanted;
    use serde_json::json;

    #[test]
    fn a_url_is_the_same_with_and_without_its_scheme() {
        assert_eq!(
            with_scheme("oidc.eks.eu-west-1.amazonaws.com/id/A"),
            "https://oidc.eks.eu-west-1.amazonaws.com/id/A"
        );
        assert_eq!(with_scheme("http://localhost/id/A"), "http://localhost/id/A");
        assert_eq!(issuer("https://example.com/id/A/"), issuer("example.com/id/A"));
    }

    #[test]
    fn what_nobody_wants_and_nobody_owns_is_left_out() {
        let stack = StackName::new("shop");
        let found = |url: &str| {
            let found = Found::builder().url(url).client_id_list("sts.amazonaws.com").build();
            live(&Scope::Global, &stack, &format!("arn:aws:iam::1:oidc-provider/{url}"), &found)
        };
        let properties = json!({"Url": "https://example.com/id/A"});
        let wanted = [Wanted {
            address: Address::new("global", "irsa", None),
            properties: properties.as_object().unwrap().clone(),
            unknown: Vec::new(),
            adopt: None,
        }];
        let query =
            Query { scope: &Scope::Global, stack: &stack, wanted: &wanted, parents: &[], tagged: &[] };
        let kept = sought(&query, found("example.com/id/A")).unwrap();
        assert_eq!(kept.str("Url"), Some("https://example.com/id/A"));
        assert_eq!(kept.properties["ClientIdList"], json!(["sts.amazonaws.com"]));
        assert!(sought(&query, found("example.com/id/B")).is_none());
    }
}
