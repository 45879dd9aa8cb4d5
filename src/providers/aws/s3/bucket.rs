//! `AWS::S3::Bucket`.

use std::sync::Arc;

use async_trait::async_trait;
use aws_sdk_s3::Client;
use aws_sdk_s3::types::{
    BucketCannedAcl, BucketLocationConstraint, CreateBucketConfiguration, ObjectOwnership,
};
use futures::future::try_join_all;
use futures::{StreamExt, TryStreamExt, stream};

use super::super::error::gone_is_fine;
use super::super::identity::{Candidates, is_compared, is_ours};
use super::super::sent::Sent;
use super::super::tags::{self, Tags};
use super::super::{Aws, Shape, supported};
use super::settings::{self, SETTINGS};
use super::{SERVICE, empty, failed, tagging};
use crate::model::{Identifier, Json, JsonMap, Live, Region, ResourceType, Scope, StackName, Status};
use crate::providers::{
    Create, Delete, ErrorKind, Handler, Pending, PendingItem, ProviderError, Query, Readiness, Result, Update,
};

const CREATE: &str = "s3:CreateBucket";
/// Calls at the same time for one bucket: each of its configurations has its own.
const READS: usize = 8;
/// Buckets have no constraint here: it is S3's first region.
const FIRST_REGION: &str = "us-east-1";

/// The handler of `AWS::S3::Bucket`.
pub struct Bucket {
    aws: Arc<Aws>,
    /// Names whose create was sent: such a bucket is ours, its tags written or not.
    sent: Sent,
}

impl Bucket {
    /// A handler on a session.
    pub fn new(aws: &Arc<Aws>) -> Self {
        Self { aws: aws.clone(), sent: Sent::default() }
    }

    fn client(&self, scope: &Scope) -> Client {
        self.aws.client(scope, Client::new)
    }

    /// Whether the bucket is there already by our own first attempt; an error where it is another's.
    ///
    /// S3 can't be asked to tell: in its first region a second create of one's own bucket succeeds.
    async fn is_there(&self, client: &Client, request: &Create<'_>, bucket: &str) -> Result<bool> {
        let repeated = self.sent.is_repeated(bucket);
        let tags = match tagging::read(client, bucket).await {
            // Another account's: the create says so in better words.
            Err(error) if error.kind == ErrorKind::Denied => return Ok(false),
            tags => tags?,
        };
        match tags {
            None => Ok(false),
            Some(tags) if is_ours(&tags, request.stack, request.address) => Ok(true),
            Some(tags) if repeated && tags.is_empty() => Ok(true),
            Some(_) => {
                let message = format!("the bucket `{bucket}` exists and is not this stack's");
                Err(ProviderError::new(ErrorKind::AlreadyExists, CREATE, message))
            }
        }
    }
}

#[async_trait]
impl Handler for Bucket {
    fn resource_type(&self) -> ResourceType {
        "AWS::S3::Bucket".into()
    }

    fn service(&self) -> &'static str {
        SERVICE
    }

    /// By the name, unique in the world.
    fn deduplicates(&self) -> bool {
        true
    }

    async fn list(&self, query: &Query<'_>) -> Result<Vec<Live>> {
        let client = self.client(query.scope);
        let candidates = Candidates::of(query, "BucketName");
        let found = all(&client, query.scope).await?;
        let found = found.into_iter().filter(|name| {
            candidates.covers(name, &[name, &format!("arn:{}:s3:::{name}", partition(query.scope))])
        });
        let lives = try_join_all(found.map(|name| read(&client, query, &candidates, name))).await?;
        Ok(lives.into_iter().flatten().collect())
    }

    async fn create(&self, request: &Create<'_>) -> Result<Identifier> {
        supported::only(request.properties, &supported_properties(), CREATE)?;
        let wanted = Shape(request.properties);
        let client = self.client(request.scope);
        let bucket = wanted.text("BucketName").unwrap_or_default();
        if !self.is_there(&client, request, &bucket).await? {
            create(&client, request, &bucket, wanted).await?;
        }
        // Where `CreateBucket` does not take tags yet, it ignores them.
        let tagged = tagging::write(&client, &bucket, tagging::sdk_tags(request.tags)?).await;
        tagged.map_err(ProviderError::referring)?;
        let at = settings::At { client: &client, bucket: &bucket };
        for setting in SETTINGS.iter().filter(|setting| wanted.get(setting.property()).is_some()) {
            setting.write(&at, wanted).await.map_err(ProviderError::referring)?;
        }
        Ok(Identifier::new(bucket))
    }

    async fn update(&self, request: &Update<'_>) -> Result<()> {
        supported::only(request.properties, &supported_properties(), "s3:PutBucketConfiguration")?;
        let wanted = Shape(request.properties);
        let client = self.client(request.scope);
        let bucket = request.live.identifier.as_str();
        let at = settings::At { client: &client, bucket };
        for setting in SETTINGS.iter().filter(|setting| request.delta.touches(setting.property())) {
            let written = match wanted.get(setting.property()) {
                Some(_) => setting.write(&at, wanted).await,
                None => setting.reset(&at, Shape(&request.live.properties)).await,
            };
            written.map_err(ProviderError::referring)?;
        }
        if request.delta.touches("AccessControl") {
            let acl = canned_acl(wanted).unwrap_or(BucketCannedAcl::Private);
            client
                .put_bucket_acl()
                .bucket(bucket)
                .acl(acl)
                .send()
                .await
                .map_err(failed("s3:PutBucketAcl"))?;
        }
        tagging::update(&client, bucket, request.delta).await
    }

    async fn delete(&self, request: &Delete<'_>) -> Result<()> {
        let client = self.client(request.scope);
        let bucket = request.live.identifier.as_str();
        match delete(&client, bucket).await {
            Err(error) if error.code == "BucketNotEmpty" && request.force => {
                empty::empty(&client, bucket).await?;
                delete(&client, bucket).await
            }
            Err(error) if error.code == "BucketNotEmpty" => Err(ProviderError {
                kind: ErrorKind::Invalid,
                message: format!(
                    "the bucket `{bucket}` is not empty: empty it, or consent to its content's loss"
                ),
                ..error
            }),
            other => other,
        }
    }

    /// A bucket serves as soon as it is there.
    async fn ready(&self, request: &Pending<'_>) -> Result<Vec<Readiness>> {
        let client = self.client(request.scope);
        let answers = request.items.iter().map(|item| ready(&client, request.scope, request.stack, item));
        try_join_all(answers).await
    }
}

fn supported_properties() -> Vec<&'static str> {
    let own = ["BucketName", "AccessControl"];
    SETTINGS.iter().map(|setting| setting.property()).chain(own).collect()
}

async fn ready(client: &Client, scope: &Scope, stack: &StackName, item: &PendingItem) -> Result<Readiness> {
    let bucket = item.identifier.as_str();
    let Some(tags) = tagging::read(client, bucket).await? else { return Ok(Readiness::Gone) };
    if item.deleting {
        return Ok(Readiness::Waiting("deleting".to_owned()));
    }
    let mut properties = item.properties.clone();
    properties.extend(attributes(scope, bucket));
    Ok(Readiness::Ready(Box::new(live(scope, stack, bucket, properties, tags))))
}

/// The names of all buckets of a region, a thousand a page.
async fn all(client: &Client, scope: &Scope) -> Result<Vec<String>> {
    let region = scope.region().map(ToString::to_string);
    let mut pages =
        client.list_buckets().max_buckets(1000).set_bucket_region(region.clone()).into_paginator().send();
    let mut names = Vec::new();
    while let Some(page) = pages.next().await {
        let page = page.map_err(failed("s3:ListBuckets"))?;
        let here = page
            .buckets
            .unwrap_or_default()
            .into_iter()
            .filter(|bucket| bucket.bucket_region.is_none() || bucket.bucket_region == region);
        names.extend(here.filter_map(|bucket| bucket.name));
    }
    Ok(names)
}

/// A bucket with its tags and, if it belongs into the answer, those configurations that will be compared.
async fn read(
    client: &Client,
    query: &Query<'_>,
    candidates: &Candidates<'_>,
    bucket: String,
) -> Result<Option<Live>> {
    let Some(tags) = tagging::read(client, &bucket).await? else { return Ok(None) };
    let mut live = live(query.scope, query.stack, &bucket, attributes(query.scope, &bucket), tags);
    if !candidates.keeps(&live, &bucket) {
        return Ok(None);
    }
    let at = settings::At { client, bucket: &bucket };
    let name = Some(("BucketName", bucket.as_str()));
    let compared: Vec<_> =
        SETTINGS.iter().filter(|setting| is_compared(query, &live, name, setting.property())).collect();
    let reads: Vec<_> = compared.iter().map(|setting| setting.read(&at)).collect();
    let found: Vec<Option<Json>> = stream::iter(reads).buffered(READS).try_collect().await?;
    for (setting, value) in compared.iter().zip(found) {
        live.properties.extend(value.map(|value| (setting.property().to_owned(), value)));
    }
    Ok(Some(live))
}

fn live(scope: &Scope, stack: &StackName, bucket: &str, properties: JsonMap, tags: Tags) -> Live {
    Live {
        resource_type: "AWS::S3::Bucket".into(),
        scope: scope.clone(),
        identifier: Identifier::new(bucket),
        properties,
        ownership: tags::ownership(&tags, stack),
        tags,
        status: Status::Ready,
    }
}

async fn create(client: &Client, request: &Create<'_>, bucket: &str, wanted: Shape<'_>) -> Result<()> {
    let constraint = request
        .scope
        .region()
        .map(Region::as_str)
        .filter(|region| *region != FIRST_REGION)
        .map(BucketLocationConstraint::from);
    let configuration = CreateBucketConfiguration::builder()
        .set_location_constraint(constraint)
        .set_tags(Some(tagging::sdk_tags(request.tags)?))
        .build();
    // An access control list needs another ownership than S3's default at once.
    let ownership = wanted
        .object("OwnershipControls")
        .and_then(|controls| controls.objects("Rules").first().and_then(|rule| rule.text("ObjectOwnership")));
    let locked =
        wanted.bool("ObjectLockEnabled").or_else(|| wanted.get("ObjectLockConfiguration").map(|_| true));
    let made = client
        .create_bucket()
        .bucket(bucket)
        .create_bucket_configuration(configuration)
        .set_acl(canned_acl(wanted))
        .set_object_ownership(ownership.as_deref().map(ObjectOwnership::from))
        .set_object_lock_enabled_for_bucket(locked)
        .send()
        .await;
    match made.map_err(failed(CREATE)) {
        Err(error) if error.code == "BucketAlreadyOwnedByYou" => Ok(()),
        made => made.map(drop),
    }
}

async fn delete(client: &Client, bucket: &str) -> Result<()> {
    gone_is_fine(client.delete_bucket().bucket(bucket).send().await.map_err(failed("s3:DeleteBucket")))
}

/// `PublicRead` of CloudFormation is `public-read` of the API.
fn canned_acl(wanted: Shape<'_>) -> Option<BucketCannedAcl> {
    let written = wanted.str("AccessControl")?;
    let mut kebab = String::with_capacity(written.len() + 4);
    for letter in written.chars() {
        if letter.is_ascii_uppercase() && !kebab.is_empty() {
            kebab.push('-');
        }
        kebab.push(letter.to_ascii_lowercase());
    }
    Some(BucketCannedAcl::from(kebab.as_str()))
}

fn partition(scope: &Scope) -> &'static str {
    match scope.region().map_or("", |region| region.as_str()) {
        region if region.starts_with("cn-") => "aws-cn",
        region if region.starts_with("us-gov-") => "aws-us-gov",
        _ => "aws",
    }
}

/// The read-only attributes: all of them follow from name and region.
fn attributes(scope: &Scope, bucket: &str) -> JsonMap {
    /// Regions whose website endpoints have a dash before the region; all later ones have a dot.
    const DASHED: [&str; 9] = [
        "us-east-1",
        "us-west-1",
        "us-west-2",
        "ap-southeast-1",
        "ap-southeast-2",
        "ap-northeast-1",
        "eu-west-1",
        "sa-east-1",
        "us-gov-west-1",
    ];
    let region = scope.region().map_or(FIRST_REGION, |region| region.as_str());
    let partition = partition(scope);
    let suffix = if partition == "aws-cn" { "amazonaws.com.cn" } else { "amazonaws.com" };
    let dash = if DASHED.contains(&region) { '-' } else { '.' };
    let attributes = [
        ("BucketName", bucket.to_owned()),
        ("Arn", format!("arn:{partition}:s3:::{bucket}")),
        ("DomainName", format!("{bucket}.s3.{suffix}")),
        ("RegionalDomainName", format!("{bucket}.s3.{region}.{suffix}")),
        ("DualStackDomainName", format!("{bucket}.s3.dualstack.{region}.{suffix}")),
        ("WebsiteURL", format!("http://{bucket}.s3-website{dash}{region}.{suffix}")),
    ];
    attributes.into_iter().map(|(name, text)| (name.to_owned(), Json::from(text))).collect()
}

#[cfg(test)]
mod tests {
    use super::super::super::fake::{self, Answer};
    use super::*;
    use serde_json::json;

    #[test]
    fn attributes_follow_from_name_and_region() {
        let found = attributes(&Scope::Region(Region::new("eu-central-1")), "media");
        assert_eq!(found["Arn"], "arn:aws:s3:::media");
        assert_eq!(found["RegionalDomainName"], "media.s3.eu-central-1.amazonaws.com");
        assert_eq!(found["WebsiteURL"], "http://media.s3-website.eu-central-1.amazonaws.com");
        let china = attributes(&Scope::Region(Region::new("cn-north-1")), "media");
        assert_eq!(china["Arn"], "arn:aws-cn:s3:::media");
        assert_eq!(china["DomainName"], "media.s3.amazonaws.com.cn");
    }

    #[test]
    fn canned_acls_are_translated() {
        let acl = |name: &str| canned_acl(Shape(json!({"AccessControl": name}).as_object().unwrap()));
        assert_eq!(acl("LogDeliveryWrite"), Some(BucketCannedAcl::from("log-delivery-write")));
        assert_eq!(acl("PublicRead"), Some(BucketCannedAcl::PublicRead));
    }

    #[tokio::test]
    async fn a_bucket_just_made_that_is_not_visible_everywhere_is_waited_for() {
        let (aws, _) = fake::session(|call| {
            let writes = call.line.starts_with("PUT") && !call.body.contains("CreateBucketConfiguration");
            if writes || call.line.starts_with("GET") {
                Answer::xml(404, "<Error><Code>NoSuchBucket</Code></Error>")
            } else {
                Answer::xml(200, "")
            }
        });
        let refused = fake::create(&Bucket::new(&aws), &json!({"BucketName": "media"})).await.unwrap_err();
        assert_eq!((refused.kind, refused.operation.as_str()), (ErrorKind::NotYet, "s3:PutBucketTagging"));
    }
}
