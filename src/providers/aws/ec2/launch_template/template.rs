//! The template: a name, tags, and versions of its data.
//!
//! A change of the data is a new version, which becomes the default one. What is reported is the default version's data;
//! where a later version says something else, a change that stopped half-way or was made by hand, it is the one of the
//! two that the blueprint does not say, so that it shows.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use async_trait::async_trait;
use aws_sdk_ec2::Client;
use aws_sdk_ec2::types::{
    Filter, LaunchTemplate as Found, LaunchTemplateVersion as Version, RequestLaunchTemplateData,
    ResourceType as TaggedKind,
};
use futures::future::try_join_all;

use super::super::super::error::gone_is_fine;
use super::super::super::identity::owning;
use super::super::super::supported::only;
use super::super::super::{Aws, Shape, Writer, failed, missing};
use super::super::bulk::Reader;
use super::super::{SERVICE, tagging};
use super::convert::{FromJson, ToJson};
use crate::model::{Digest, Identifier, Json, JsonMap, Live, Ownership, ResourceType, Status};
use crate::providers::{
    Create, Delete, ErrorKind, Handler, Pending, Query, Readiness, Result, Update, Wanted, readiness,
};

const TYPE: &str = "AWS::EC2::LaunchTemplate";
const CREATE: &str = "ec2:CreateLaunchTemplate";
const CREATE_VERSION: &str = "ec2:CreateLaunchTemplateVersion";
const DESCRIBE_VERSIONS: &str = "ec2:DescribeLaunchTemplateVersions";
/// `TagSpecifications` tags the template itself: the blueprint's tags come with the request.
const SUPPORTED: &[&str] =
    &["LaunchTemplateData", "LaunchTemplateName", "TagSpecifications", "VersionDescription"];

/// The pages of launch templates and their versions are shorter than others.
const TEMPLATES_A_PAGE: i32 = 200;
/// Versions that stay for those that still run them, besides the default one. EC2 keeps up to 10,000 and forgets none.
const KEPT_VERSIONS: i64 = 20;

/// The handler of `AWS::EC2::LaunchTemplate`.
pub struct LaunchTemplate {
    aws: Arc<Aws>,
}

impl LaunchTemplate {
    /// A handler on a session.
    pub fn new(aws: &Arc<Aws>) -> Self {
        Self { aws: aws.clone() }
    }
}

async fn find(client: &Client, filter: Filter) -> Result<Vec<Found>> {
    client
        .describe_launch_templates()
        .filters(filter)
        .max_results(TEMPLATES_A_PAGE)
        .into_paginator()
        .items()
        .send()
        .try_collect()
        .await
        .map_err(failed("ec2:DescribeLaunchTemplates"))
}

/// The default and the latest version of each template, by its id.
type Versions = BTreeMap<String, Vec<Version>>;

async fn versions_of(client: &Client, template: Option<&str>) -> Result<Vec<Version>> {
    client
        .describe_launch_template_versions()
        .set_launch_template_id(template.map(str::to_owned))
        .versions("$Default")
        .versions("$Latest")
        .max_results(TEMPLATES_A_PAGE)
        .into_paginator()
        .items()
        .send()
        .try_collect()
        .await
        .map_err(failed(DESCRIBE_VERSIONS))
}

/// Reads the versions of several templates in one paged call over all of the region. The call leaves out a template whose
/// version it can't show, and where it is refused as a whole (it needs a permission on all templates), each template is
/// asked for.
async fn versions(client: &Client, templates: &[Found]) -> Result<Versions> {
    let ids: BTreeSet<&str> = templates.iter().filter_map(Found::launch_template_id).collect();
    let mut versions = Versions::new();
    let mut keep = |found: Vec<Version>| {
        for version in found {
            let id = version.launch_template_id().unwrap_or_default();
            if ids.contains(id) {
                versions.entry(id.to_owned()).or_default().push(version);
            }
        }
    };
    if ids.len() > 1 {
        match versions_of(client, None).await {
            Ok(found) => keep(found),
            Err(error) if error.kind.is_retryable() => return Err(error),
            Err(_) => {}
        }
    }
    let unseen: Vec<&str> = ids.iter().copied().filter(|id| !versions.contains_key(*id)).collect();
    let asked = try_join_all(unseen.into_iter().map(|id| async move {
        match versions_of(client, Some(id)).await {
            Err(error) if error.kind == ErrorKind::NotFound => Ok(Vec::new()),
            answer => answer,
        }
    }))
    .await?;
    for version in asked.into_iter().flatten() {
        versions
            .entry(version.launch_template_id().unwrap_or_default().to_owned())
            .or_default()
            .push(version);
    }
    Ok(versions)
}

/// The version to report: the default one, or the latest where the default is as wanted and the latest is not.
fn telling<'a>(versions: &'a [Version], wanted: Option<&Json>) -> Option<&'a Version> {
    let default = versions.iter().find(|version| version.default_version() == Some(true));
    let latest = versions.iter().max_by_key(|version| version.version_number());
    let says = |version: &Version| version.launch_template_data().and_then(ToJson::to_json);
    match (default, latest) {
        (Some(default), Some(latest)) if wanted.is_some() && says(default).as_ref() == wanted => {
            Some(if says(latest) == says(default) { default } else { latest })
        }
        (default, latest) => default.or(latest),
    }
}

fn properties(template: &Found, version: Option<&Version>) -> Writer {
    let number = |number: Option<i64>| number.map(|number| number.to_string());
    let description = version.and_then(Version::version_description).filter(|text| !text.is_empty());
    let data = version.and_then(Version::launch_template_data).and_then(ToJson::to_json);
    Writer::new()
        .put("LaunchTemplateId", template.launch_template_id())
        .put("LaunchTemplateName", template.launch_template_name())
        .put("LatestVersionNumber", number(template.latest_version_number()))
        .put("DefaultVersionNumber", number(template.default_version_number()))
        .put("VersionDescription", description)
        .put("LaunchTemplateData", data)
}

/// Templates as live resources; `wanted` says how the blueprint writes a template's data.
async fn with_data<'w>(
    reader: &Reader<'_>,
    templates: &[Found],
    wanted: impl Fn(&Found) -> Option<&'w Json>,
) -> Result<Vec<Live>> {
    let versions = versions(&reader.client, templates).await?;
    let live = |template: &Found| {
        let id = template.launch_template_id()?;
        let version = versions.get(id).and_then(|versions| telling(versions, wanted(template)));
        Some(reader.live(id, template.tags(), properties(template, version), Status::Ready))
    };
    Ok(templates.iter().filter_map(live).collect())
}

/// The data for a request.
fn data(properties: &JsonMap, operation: &'static str) -> Result<RequestLaunchTemplateData> {
    let empty = Json::Object(JsonMap::new());
    let data = Shape(properties).get("LaunchTemplateData").unwrap_or(&empty);
    RequestLaunchTemplateData::from_json(data)
        .map_err(|unfit| unfit.inside("LaunchTemplateData").into_error(operation))
}

/// Whether a wanted resource is about a template: by its tags, by its name, or because it adopts it.
fn is_about(wanted: &Wanted, owner: &Ownership, template: &Found) -> bool {
    *owner == Ownership::Tagged(wanted.address.clone())
        || wanted.adopt.as_ref().is_some_and(|id| template.launch_template_id() == Some(id.as_str()))
        || Shape(&wanted.properties)
            .str("LaunchTemplateName")
            .is_some_and(|name| template.launch_template_name() == Some(name))
}

impl LaunchTemplate {
    async fn read(&self, reader: &Reader<'_>, query: &Query<'_>) -> Result<Vec<Found>> {
        let names =
            query.wanted.iter().filter_map(|wanted| Shape(&wanted.properties).text("LaunchTemplateName"));
        let mut filters = tagging::by_values("launch-template-name", names);
        filters.push(tagging::owned(query.stack));
        let by_filter = try_join_all(filters.into_iter().map(|filter| find(&reader.client, filter)));
        let adopted = query.wanted.iter().filter_map(|wanted| wanted.adopt.as_ref());
        let by_id = try_join_all(adopted.map(|id| by_id(&reader.client, id.as_str())));
        let (by_filter, by_id) = futures::try_join!(by_filter, by_id)?;
        let mut found = by_filter.concat();
        found.extend(by_id.into_iter().flatten());
        let mut seen = BTreeSet::new();
        found.retain(|template| {
            let owner = reader.owner(template.tags());
            let concerns = owner != Ownership::Foreign
                || query.wanted.iter().any(|wanted| is_about(wanted, &owner, template));
            concerns && template.launch_template_id().is_some_and(|id| seen.insert(id.to_owned()))
        });
        Ok(found)
    }
}

/// One template by its id, for which `DescribeLaunchTemplates` has no filter.
async fn by_id(client: &Client, id: &str) -> Result<Option<Found>> {
    let answer = client.describe_launch_templates().launch_template_ids(id).send().await;
    match answer.map_err(failed("ec2:DescribeLaunchTemplates")) {
        Err(error) if error.kind == ErrorKind::NotFound => Ok(None),
        answer => Ok(answer?.launch_templates.unwrap_or_default().into_iter().next()),
    }
}

/// Makes a new version the default, after making it.
async fn renew(client: &Client, request: &Update<'_>) -> Result<()> {
    let id = request.live.identifier.as_str();
    // The same change is the same request; the next one, of the same apply perhaps, is not.
    let wanted = Json::Object(request.properties.clone());
    let token = Digest::of(format!("{}{}", request.token.as_str(), Digest::of_json(&wanted)).as_bytes());
    let made = client
        .create_launch_template_version()
        .launch_template_id(id)
        .client_token(token.to_string())
        .set_version_description(Shape(request.properties).text("VersionDescription"))
        .launch_template_data(data(request.properties, CREATE_VERSION)?)
        .send()
        .await
        .map_err(|error| failed(CREATE_VERSION)(error).referring())?;
    let number = made.launch_template_version().and_then(Version::version_number);
    let number = number.ok_or_else(|| missing(CREATE_VERSION, "VersionNumber"))?;
    client
        .modify_launch_template()
        .launch_template_id(id)
        .default_version(number.to_string())
        .send()
        .await
        .map_err(failed("ec2:ModifyLaunchTemplate"))?;
    prune(client, id, number).await
}

/// Forgets one old version for each new one, so that there are never more than a few.
async fn prune(client: &Client, id: &str, newest: i64) -> Result<()> {
    let oldest = newest - KEPT_VERSIONS;
    if oldest < 1 {
        return Ok(());
    }
    let gone = client.delete_launch_template_versions().launch_template_id(id).versions(oldest.to_string());
    // A version that is gone already is named in the answer, which is a success.
    gone_is_fine(gone.send().await.map_err(failed("ec2:DeleteLaunchTemplateVersions")))
}

#[async_trait]
impl Handler for LaunchTemplate {
    fn resource_type(&self) -> ResourceType {
        TYPE.into()
    }

    fn service(&self) -> &'static str {
        SERVICE
    }

    fn deduplicates(&self) -> bool {
        true
    }

    async fn list(&self, query: &Query<'_>) -> Result<Vec<Live>> {
        let reader = Reader::new(&self.aws, TYPE, query.scope, query.stack);
        let found = self.read(&reader, query).await?;
        let wanted = |template: &Found| {
            let owner = reader.owner(template.tags());
            let wanted = query.wanted.iter().find(|wanted| is_about(wanted, &owner, template))?;
            wanted.properties.get("LaunchTemplateData")
        };
        with_data(&reader, &found, wanted).await
    }

    async fn create(&self, request: &Create<'_>) -> Result<Identifier> {
        only(request.properties, SUPPORTED, CREATE)?;
        let wanted = Shape(request.properties);
        let client = self.aws.client(request.scope, Client::new);
        let tags = owning(request.tags, request.stack, request.address);
        let made = client
            .create_launch_template()
            .set_launch_template_name(wanted.text("LaunchTemplateName"))
            .set_version_description(wanted.text("VersionDescription"))
            .launch_template_data(data(request.properties, CREATE)?)
            .client_token(request.token.as_str())
            .tag_specifications(tagging::specification(TaggedKind::LaunchTemplate, &tags))
            .send()
            .await
            .map_err(|error| failed(CREATE)(error).referring().using_role());
        match made {
            Err(error) if error.kind == ErrorKind::AlreadyExists => {
                let name = tagging::by_values("launch-template-name", wanted.text("LaunchTemplateName"));
                let found = try_join_all(name.into_iter().map(|name| find(&client, name))).await?.concat();
                let is_ours =
                    |template: &&Found| tagging::is_ours(template.tags(), request.stack, request.address);
                let id = found.iter().find(is_ours).and_then(Found::launch_template_id);
                id.map(Identifier::new).ok_or(error)
            }
            made => {
                let id = made?.launch_template.and_then(|template| template.launch_template_id);
                id.map(Identifier::new).ok_or_else(|| missing(CREATE, "LaunchTemplateId"))
            }
        }
    }

    async fn update(&self, request: &Update<'_>) -> Result<()> {
        only(request.properties, SUPPORTED, CREATE_VERSION)?;
        let client = self.aws.client(request.scope, Client::new);
        if request.delta.touches_any(&["LaunchTemplateData", "VersionDescription"]) {
            renew(&client, request).await?;
        }
        tagging::update(&client, request.live.identifier.as_str(), request.delta).await
    }

    async fn delete(&self, request: &Delete<'_>) -> Result<()> {
        let client = self.aws.client(request.scope, Client::new);
        let id = request.live.identifier.as_str();
        let gone = client.delete_launch_template().launch_template_id(id).send().await;
        gone_is_fine(gone.map_err(failed("ec2:DeleteLaunchTemplate")))
    }

    /// There is no filter for ids: those that wait are found among all that the stack owns, and what a server is slow to
    /// show there, by id.
    async fn ready(&self, request: &Pending<'_>) -> Result<Vec<Readiness>> {
        let reader = Reader::new(&self.aws, TYPE, request.scope, request.stack);
        let mut found = find(&reader.client, tagging::owned(request.stack)).await?;
        found.retain(|template| {
            request.items.iter().any(|item| template.launch_template_id() == Some(item.identifier.as_str()))
        });
        let data = |template: &Found| {
            let id = template.launch_template_id()?;
            let item = request.items.iter().find(|item| item.identifier.as_str() == id)?;
            item.properties.get("LaunchTemplateData")
        };
        Ok(readiness(request.items, with_data(&reader, &found, data).await?))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use aws_sdk_ec2::types::ResponseLaunchTemplateData;
    use serde_json::json;

    fn version(number: i64, default: bool, image: &str) -> Version {
        Version::builder()
            .launch_template_id("lt-1")
            .version_number(number)
            .default_version(default)
            .launch_template_data(ResponseLaunchTemplateData::builder().image_id(image).build())
            .build()
    }

    #[test]
    fn the_version_that_is_not_as_wanted_is_reported() {
        let stopped = [version(1, true, "ami-old"), version(2, false, "ami-new")];
        let number = |wanted: &str| {
            telling(&stopped, Some(&json!({"ImageId": wanted}))).and_then(Version::version_number)
        };
        assert_eq!(number("ami-new"), Some(1), "made but not yet the default");
        assert_eq!(number("ami-old"), Some(2), "someone made another");
        assert_eq!(number("ami-other"), Some(1), "the default counts");
        assert_eq!(telling(&stopped, None).and_then(Version::version_number), Some(1));
    }

    #[test]
    fn a_template_is_read_in_cloudformations_words() {
        let template = Found::builder()
            .launch_template_id("lt-1")
            .launch_template_name("shop-web")
            .latest_version_number(3)
            .default_version_number(3)
            .build();
        assert_eq!(
            Json::Object(properties(&template, Some(&version(3, true, "ami-1"))).build()),
            json!({
                "LaunchTemplateId": "lt-1",
                "LaunchTemplateName": "shop-web",
                "LatestVersionNumber": "3",
                "DefaultVersionNumber": "3",
                "LaunchTemplateData": {"ImageId": "ami-1"},
            })
        );
    }
}
