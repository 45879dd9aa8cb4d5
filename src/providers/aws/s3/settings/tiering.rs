//! `IntelligentTieringConfigurations`: several of them, each by its id.

use async_trait::async_trait;
use aws_sdk_s3::types::{
    IntelligentTieringAccessTier, IntelligentTieringAndOperator, IntelligentTieringConfiguration,
    IntelligentTieringFilter, IntelligentTieringStatus, Tiering as Tier,
};

use super::super::super::error::{gone_is_fine, unbuilt};
use super::super::super::{Shape, Writer};
use super::super::filter;
use super::{At, PUT, Setting, failed, optional};
use crate::model::Json;
use crate::providers::Result;

/// `IntelligentTieringConfigurations`.
pub struct Tiering;

#[async_trait]
impl Setting for Tiering {
    fn property(&self) -> &'static str {
        "IntelligentTieringConfigurations"
    }

    async fn read(&self, at: &At<'_>) -> Result<Option<Json>> {
        let found = all(at).await?;
        Ok((!found.is_empty()).then(|| found.iter().map(|found| Json::from(shape(found))).collect()))
    }

    async fn write(&self, at: &At<'_>, bucket: Shape<'_>) -> Result<()> {
        let wanted = bucket.objects(self.property());
        for configuration in &wanted {
            let configuration = tiering(*configuration)?;
            let call = at.client.put_bucket_intelligent_tiering_configuration().bucket(at.bucket);
            let call = call.id(configuration.id()).intelligent_tiering_configuration(configuration.clone());
            call.send().await.map_err(failed("s3:PutBucketIntelligentTieringConfiguration"))?;
        }
        let kept: Vec<_> = wanted.iter().filter_map(|wanted| wanted.str("Id")).collect();
        let gone = all(at).await?.into_iter().filter(|found| !kept.contains(&found.id()));
        remove(at, gone.collect()).await
    }

    async fn reset(&self, at: &At<'_>, _live: Shape<'_>) -> Result<()> {
        remove(at, all(at).await?).await
    }
}

async fn all(at: &At<'_>) -> Result<Vec<IntelligentTieringConfiguration>> {
    let mut found = Vec::new();
    let mut token = None;
    loop {
        let call = at.client.list_bucket_intelligent_tiering_configurations().bucket(at.bucket);
        let call = call.set_continuation_token(token).send().await;
        let page = optional(call.map_err(failed("s3:ListBucketIntelligentTieringConfigurations")))?;
        let Some(page) = page else { return Ok(found) };
        found.extend(page.intelligent_tiering_configuration_list.unwrap_or_default());
        token = page.next_continuation_token;
        if token.is_none() {
            return Ok(found);
        }
    }
}

async fn remove(at: &At<'_>, configurations: Vec<IntelligentTieringConfiguration>) -> Result<()> {
    for configuration in configurations {
        let call = at.client.delete_bucket_intelligent_tiering_configuration().bucket(at.bucket);
        let call = call.id(configuration.id()).send().await;
        gone_is_fine(call.map_err(failed("s3:DeleteBucketIntelligentTieringConfiguration")))?;
    }
    Ok(())
}

fn shape(found: &IntelligentTieringConfiguration) -> Writer {
    let filter = found.filter();
    let and = filter.and_then(IntelligentTieringFilter::and);
    let prefix =
        filter.and_then(IntelligentTieringFilter::prefix).or_else(|| and.and_then(|and| and.prefix()));
    let tags = filter.and_then(IntelligentTieringFilter::tag).into_iter();
    let tags = tags.chain(and.map(IntelligentTieringAndOperator::tags).unwrap_or_default());
    let tiers = found
        .tierings()
        .iter()
        .map(|tier| Writer::new().set("AccessTier", tier.access_tier().as_str()).set("Days", tier.days()));
    Writer::new()
        .set("Id", found.id())
        .set("Status", found.status().as_str())
        .put("Prefix", prefix)
        .list("TagFilters", filter::shape(tags))
        .list("Tierings", tiers)
}

fn tiering(wanted: Shape<'_>) -> Result<IntelligentTieringConfiguration> {
    let tiers = wanted.objects("Tierings").into_iter().map(|tier| {
        Tier::builder()
            .set_access_tier(tier.str("AccessTier").map(IntelligentTieringAccessTier::from))
            .set_days(tier.i32("Days"))
            .build()
            .map_err(unbuilt(PUT))
    });
    IntelligentTieringConfiguration::builder()
        .set_id(wanted.text("Id"))
        .set_status(wanted.str("Status").map(IntelligentTieringStatus::from))
        .set_filter(conditions(wanted)?)
        .set_tierings(Some(tiers.collect::<Result<_>>()?))
        .build()
        .map_err(unbuilt(PUT))
}

fn conditions(wanted: Shape<'_>) -> Result<Option<IntelligentTieringFilter>> {
    let prefix = wanted.text("Prefix");
    let tags = filter::tags(&wanted.objects("TagFilters"))?;
    let filter = IntelligentTieringFilter::builder();
    Ok(match usize::from(prefix.is_some()) + tags.len() {
        0 => None,
        1 => Some(filter.set_prefix(prefix).set_tag(tags.into_iter().next()).build()),
        _ => {
            let and = IntelligentTieringAndOperator::builder().set_prefix(prefix);
            Some(filter.and(and.set_tags((!tags.is_empty()).then_some(tags)).build()).build())
        }
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn what_is_written_is_read_back() {
        let wanted = json!({"Id": "cold", "Status": "Enabled", "Prefix": "raw/",
            "TagFilters": [{"Key": "k", "Value": "v"}],
            "Tierings": [{"AccessTier": "ARCHIVE_ACCESS", "Days": 90}]});
        assert_eq!(Json::from(shape(&tiering(Shape(wanted.as_object().unwrap())).unwrap())), wanted);
    }
}
