//! `AWS::CloudFront::OriginAccessControl`: it has no tags, so its name tells whose it is.

use std::sync::Arc;

use async_trait::async_trait;
use aws_sdk_cloudfront::Client;
use aws_sdk_cloudfront::types::{
    OriginAccessControlConfig, OriginAccessControlOriginTypes, OriginAccessControlSigningBehaviors,
    OriginAccessControlSigningProtocols, OriginAccessControlSummary,
};

use super::super::error::{gone_is_fine, unbuilt};
use super::super::sent::Sent;
use super::super::tags::Tags;
use super::super::{Aws, Shape, Writer, failed, missing, supported};
use super::{SERVICE, owner_by_name};
use crate::model::{Identifier, JsonMap, Live, Ownership, ResourceType, Scope, Status};
use crate::providers::{
    Create, Delete, ErrorKind, Handler, Pending, Query, Readiness, Result, Update, readiness,
};

const CONFIG: &str = "OriginAccessControlConfig";
const CREATE: &str = "cloudfront:CreateOriginAccessControl";
const UPDATE: &str = "cloudfront:UpdateOriginAccessControl";
const DELETE: &str = "cloudfront:DeleteOriginAccessControl";

/// The handler of `AWS::CloudFront::OriginAccessControl`.
pub struct OriginAccessControl {
    aws: Arc<Aws>,
    sent: Sent,
}

impl OriginAccessControl {
    /// A handler on a session.
    pub fn new(aws: &Arc<Aws>) -> Self {
        Self { aws: aws.clone(), sent: Sent::default() }
    }

    fn client(&self, scope: &Scope) -> Client {
        self.aws.client(scope, Client::new)
    }
}

#[async_trait]
impl Handler for OriginAccessControl {
    fn resource_type(&self) -> ResourceType {
        "AWS::CloudFront::OriginAccessControl".into()
    }

    fn service(&self) -> &'static str {
        SERVICE
    }

    /// By the name.
    fn deduplicates(&self) -> bool {
        true
    }

    async fn list(&self, query: &Query<'_>) -> Result<Vec<Live>> {
        let found = all(&self.client(query.scope)).await?;
        Ok(found
            .iter()
            .filter_map(|found| {
                let ownership = owner_by_name(query, CONFIG, found.id(), found.name())?;
                Some(live(query.scope, found, ownership))
            })
            .collect())
    }

    async fn create(&self, request: &Create<'_>) -> Result<Identifier> {
        let config = write(request.properties)?;
        let client = self.client(request.scope);
        if self.sent.is_repeated(request.token.as_str())
            && let Some(first) = by_name(&client, config.name()).await?
        {
            return Ok(first);
        }
        let made = client.create_origin_access_control().origin_access_control_config(config.clone());
        match made.send().await.map_err(failed(CREATE)) {
            Ok(made) => {
                let made =
                    made.origin_access_control.ok_or_else(|| missing(CREATE, "OriginAccessControl"))?;
                Ok(Identifier::new(made.id()))
            }
            // The plan found none of this name, so this is our own first attempt.
            Err(error) if error.kind == ErrorKind::AlreadyExists => {
                by_name(&client, config.name()).await?.ok_or(error)
            }
            Err(error) => Err(error),
        }
    }

    async fn update(&self, request: &Update<'_>) -> Result<()> {
        let client = self.client(request.scope);
        let id = request.live.identifier.as_str();
        client
            .update_origin_access_control()
            .id(id)
            .if_match(etag(&client, id).await?)
            .origin_access_control_config(write(request.properties)?)
            .send()
            .await
            .map(drop)
            .map_err(failed(UPDATE))
    }

    async fn delete(&self, request: &Delete<'_>) -> Result<()> {
        let client = self.client(request.scope);
        let id = request.live.identifier.as_str();
        let etag = match etag(&client, id).await {
            Err(error) if error.kind == ErrorKind::NotFound => return Ok(()),
            etag => etag?,
        };
        let gone = client.delete_origin_access_control().id(id).if_match(etag).send().await;
        gone_is_fine(gone.map_err(failed(DELETE)))
    }

    async fn ready(&self, request: &Pending<'_>) -> Result<Vec<Readiness>> {
        let found = all(&self.client(request.scope)).await?;
        let lives = found.iter().map(|found| {
            live(request.scope, found, Ownership::Child { parent: None, name: found.name().to_owned() })
        });
        Ok(readiness(request.items, lives.collect()))
    }
}

async fn all(client: &Client) -> Result<Vec<OriginAccessControlSummary>> {
    let mut pages = client.list_origin_access_controls().into_paginator().send();
    let mut found = Vec::new();
    while let Some(page) = pages.next().await {
        let page = page.map_err(failed("cloudfront:ListOriginAccessControls"))?;
        found.extend(page.origin_access_control_list.and_then(|list| list.items).unwrap_or_default());
    }
    Ok(found)
}

async fn by_name(client: &Client, wanted: &str) -> Result<Option<Identifier>> {
    let found = all(client).await?;
    Ok(found.iter().find(|found| found.name() == wanted).map(|found| Identifier::new(found.id())))
}

async fn etag(client: &Client, id: &str) -> Result<String> {
    const GET: &str = "cloudfront:GetOriginAccessControl";
    let answer = client.get_origin_access_control().id(id).send().await.map_err(failed(GET))?;
    answer.e_tag.ok_or_else(|| missing(GET, "ETag"))
}

fn live(scope: &Scope, found: &OriginAccessControlSummary, ownership: Ownership) -> Live {
    Live {
        resource_type: "AWS::CloudFront::OriginAccessControl".into(),
        scope: scope.clone(),
        identifier: Identifier::new(found.id()),
        properties: Writer::new().set("Id", found.id()).nest(CONFIG, shape(found)).build(),
        tags: Tags::new(),
        ownership,
        status: Status::Ready,
    }
}

fn shape(found: &OriginAccessControlSummary) -> Writer {
    Writer::new()
        .set("Name", found.name())
        .put("Description", Some(found.description()).filter(|text| !text.is_empty()))
        .set("OriginAccessControlOriginType", found.origin_access_control_origin_type().as_str())
        .set("SigningBehavior", found.signing_behavior().as_str())
        .set("SigningProtocol", found.signing_protocol().as_str())
}

fn write(properties: &JsonMap) -> Result<OriginAccessControlConfig> {
    supported::only(properties, &[CONFIG], UPDATE)?;
    let empty = JsonMap::new();
    let wanted = Shape(properties).object(CONFIG).unwrap_or(Shape(&empty));
    let signing = wanted.str("SigningProtocol").map(OriginAccessControlSigningProtocols::from);
    OriginAccessControlConfig::builder()
        .set_name(wanted.text("Name"))
        .description(wanted.text("Description").unwrap_or_default())
        .set_origin_access_control_origin_type(
            wanted.str("OriginAccessControlOriginType").map(OriginAccessControlOriginTypes::from),
        )
        .set_signing_behavior(wanted.str("SigningBehavior").map(OriginAccessControlSigningBehaviors::from))
        .set_signing_protocol(signing)
        .build()
        .map_err(unbuilt(UPDATE))
}
