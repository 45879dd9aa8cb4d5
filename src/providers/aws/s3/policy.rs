//! `AWS::S3::BucketPolicy`: the one policy of a bucket.

use std::collections::BTreeMap;
use std::sync::Arc;

use async_trait::async_trait;
use aws_sdk_s3::Client;
use futures::future::try_join_all;

use super::super::error::gone_is_fine;
use super::super::tags::Tags;
use super::super::{Aws, Shape, Writer, supported};
use super::{SERVICE, failed, not_visible_yet, optional};
use crate::model::{Address, Identifier, Json, JsonMap, Live, Ownership, ResourceType, Scope, Status};
use crate::providers::{
    Create, Delete, ErrorKind, Handler, Pending, PendingItem, ProviderError, Query, Readiness, Result, Update,
};

const PUT: &str = "s3:PutBucketPolicy";

/// The handler of `AWS::S3::BucketPolicy`.
pub struct BucketPolicy {
    aws: Arc<Aws>,
}

impl BucketPolicy {
    /// A handler on a session.
    pub fn new(aws: &Arc<Aws>) -> Self {
        Self { aws: aws.clone() }
    }

    fn client(&self, scope: &Scope) -> Client {
        self.aws.client(scope, Client::new)
    }

    async fn put(&self, scope: &Scope, properties: &JsonMap) -> Result<Identifier> {
        supported::only(properties, &["Bucket", "PolicyDocument"], PUT)?;
        let wanted = Shape(properties);
        let bucket = wanted.text("Bucket").unwrap_or_default();
        self.client(scope)
            .put_bucket_policy()
            .bucket(&bucket)
            .set_policy(wanted.document("PolicyDocument"))
            .send()
            .await
            .map_err(|error| not_visible_yet(failed(PUT)(error).referring()))?;
        Ok(Identifier::new(bucket))
    }
}

#[async_trait]
impl Handler for BucketPolicy {
    fn resource_type(&self) -> ResourceType {
        "AWS::S3::BucketPolicy".into()
    }

    fn service(&self) -> &'static str {
        SERVICE
    }

    fn parents(&self) -> &'static [&'static str] {
        &["AWS::S3::Bucket"]
    }

    /// By the bucket, which has one policy.
    fn deduplicates(&self) -> bool {
        true
    }

    async fn list(&self, query: &Query<'_>) -> Result<Vec<Live>> {
        let client = self.client(query.scope);
        let wanted = query.wanted.iter().filter_map(|wanted| Shape(&wanted.properties).text("Bucket"));
        let mut buckets: BTreeMap<String, Option<Address>> = wanted.map(|bucket| (bucket, None)).collect();
        let owned = query.parents.iter().filter(|parent| parent.resource_type.short() == "Bucket");
        buckets.extend(owned.map(|parent| (parent.identifier.to_string(), parent.address().cloned())));
        let reads = buckets.into_iter().map(|(bucket, owner)| read(&client, query.scope, bucket, owner));
        Ok(try_join_all(reads).await?.into_iter().flatten().collect())
    }

    async fn create(&self, request: &Create<'_>) -> Result<Identifier> {
        self.put(request.scope, request.properties).await
    }

    async fn update(&self, request: &Update<'_>) -> Result<()> {
        self.put(request.scope, request.properties).await.map(drop)
    }

    async fn delete(&self, request: &Delete<'_>) -> Result<()> {
        let bucket = request.live.identifier.as_str();
        let gone = self.client(request.scope).delete_bucket_policy().bucket(bucket).send().await;
        gone_is_fine(gone.map_err(failed("s3:DeleteBucketPolicy")))
    }

    async fn ready(&self, request: &Pending<'_>) -> Result<Vec<Readiness>> {
        let client = self.client(request.scope);
        let answer = |item: PendingItem| {
            let client = client.clone();
            async move {
                let found = read(&client, request.scope, item.identifier.to_string(), None).await?;
                Ok::<_, ProviderError>(match found {
                    None => Readiness::Gone,
                    Some(_) if item.deleting => Readiness::Waiting("deleting".to_owned()),
                    Some(live) => Readiness::Ready(Box::new(live)),
                })
            }
        };
        try_join_all(request.items.iter().cloned().map(answer)).await
    }
}

async fn read(
    client: &Client,
    scope: &Scope,
    bucket: String,
    owner: Option<Address>,
) -> Result<Option<Live>> {
    let answer =
        client.get_bucket_policy().bucket(&bucket).send().await.map_err(failed("s3:GetBucketPolicy"));
    let Some(text) = optional(answer)?.and_then(|answer| answer.policy) else { return Ok(None) };
    let document: Json = serde_json::from_str(&text).map_err(|error| {
        let message = format!("the policy of `{bucket}` is no JSON: {error}");
        ProviderError::new(ErrorKind::Transient, "s3:GetBucketPolicy", message)
    })?;
    Ok(Some(Live {
        resource_type: "AWS::S3::BucketPolicy".into(),
        scope: scope.clone(),
        identifier: Identifier::new(&bucket),
        properties: Writer::new().set("Bucket", bucket.as_str()).set("PolicyDocument", document).build(),
        tags: Tags::new(),
        ownership: Ownership::Child { parent: owner, name: bucket },
        status: Status::Ready,
    }))
}
