//! `LifecycleConfiguration`: where objects go with age, and when they end.

use async_trait::async_trait;
use aws_sdk_s3::primitives::DateTime;
use aws_sdk_s3::types::{
    AbortIncompleteMultipartUpload, BucketLifecycleConfiguration, ExpirationStatus, LifecycleExpiration,
    LifecycleRule, LifecycleRuleAndOperator, LifecycleRuleFilter, NoncurrentVersionExpiration,
    NoncurrentVersionTransition, Tag, Transition, TransitionDefaultMinimumObjectSize, TransitionStorageClass,
};
use aws_smithy_types::date_time::Format;

use super::super::super::error::unbuilt;
use super::super::super::{Shape, Writer};
use super::super::filter;
use super::{At, PUT, Setting, failed, optional};
use crate::model::Json;
use crate::providers::{ErrorKind, ProviderError, Result};

/// `LifecycleConfiguration`.
pub struct Lifecycle;

#[async_trait]
impl Setting for Lifecycle {
    fn property(&self) -> &'static str {
        "LifecycleConfiguration"
    }

    async fn read(&self, at: &At<'_>) -> Result<Option<Json>> {
        let call = at.client.get_bucket_lifecycle_configuration().bucket(at.bucket).send().await;
        let found = optional(call.map_err(failed("s3:GetBucketLifecycleConfiguration")))?;
        Ok(found.filter(|found| !found.rules().is_empty()).map(|found| {
            let size = found.transition_default_minimum_object_size();
            Writer::new()
                .list("Rules", found.rules().iter().map(shape))
                .put(
                    "TransitionDefaultMinimumObjectSize",
                    size.map(TransitionDefaultMinimumObjectSize::as_str),
                )
                .into()
        }))
    }

    async fn write(&self, at: &At<'_>, bucket: Shape<'_>) -> Result<()> {
        let Some(wanted) = bucket.object(self.property()) else { return Ok(()) };
        let rules = wanted.objects("Rules").into_iter().map(rule).collect::<Result<Vec<_>>>()?;
        let configuration =
            BucketLifecycleConfiguration::builder().set_rules(Some(rules)).build().map_err(unbuilt(PUT))?;
        let size =
            wanted.str("TransitionDefaultMinimumObjectSize").map(TransitionDefaultMinimumObjectSize::from);
        let call = at
            .client
            .put_bucket_lifecycle_configuration()
            .bucket(at.bucket)
            .set_transition_default_minimum_object_size(size)
            .lifecycle_configuration(configuration);
        call.send().await.map(drop).map_err(failed("s3:PutBucketLifecycleConfiguration"))
    }

    async fn reset(&self, at: &At<'_>, _live: Shape<'_>) -> Result<()> {
        let call = at.client.delete_bucket_lifecycle().bucket(at.bucket);
        call.send().await.map(drop).map_err(failed("s3:DeleteBucketLifecycle"))
    }
}

/// A rule's conditions, which CloudFormation writes beside each other and the API in a filter.
#[derive(Default)]
struct Conditions {
    prefix: Option<String>,
    tags: Vec<Tag>,
    larger: Option<i64>,
    smaller: Option<i64>,
}

impl Conditions {
    fn of(wanted: Shape<'_>) -> Result<Self> {
        Ok(Self {
            prefix: wanted.text("Prefix"),
            tags: filter::tags(&wanted.objects("TagFilters"))?,
            larger: wanted.int("ObjectSizeGreaterThan"),
            smaller: wanted.int("ObjectSizeLessThan"),
        })
    }

    fn read(rule: &LifecycleRule) -> Self {
        let Some(filter) = rule.filter() else {
            return Self { prefix: old_prefix(rule), ..Self::default() };
        };
        match filter.and() {
            Some(and) => Self {
                prefix: and.prefix().map(str::to_owned),
                tags: and.tags().to_vec(),
                larger: and.object_size_greater_than(),
                smaller: and.object_size_less_than(),
            },
            None => Self {
                prefix: filter.prefix().map(str::to_owned),
                tags: filter.tag().cloned().into_iter().collect(),
                larger: filter.object_size_greater_than(),
                smaller: filter.object_size_less_than(),
            },
        }
    }

    /// Several conditions have to be joined; one may not be.
    fn filter(self) -> LifecycleRuleFilter {
        let count = usize::from(self.prefix.is_some())
            + self.tags.len()
            + usize::from(self.larger.is_some())
            + usize::from(self.smaller.is_some());
        let filter = LifecycleRuleFilter::builder();
        match count {
            0 => filter.prefix("").build(),
            1 => filter
                .set_prefix(self.prefix)
                .set_tag(self.tags.into_iter().next())
                .set_object_size_greater_than(self.larger)
                .set_object_size_less_than(self.smaller)
                .build(),
            _ => {
                let and = LifecycleRuleAndOperator::builder()
                    .set_prefix(self.prefix)
                    .set_tags((!self.tags.is_empty()).then_some(self.tags))
                    .set_object_size_greater_than(self.larger)
                    .set_object_size_less_than(self.smaller);
                filter.and(and.build()).build()
            }
        }
    }
}

/// Rules written before filters existed.
fn old_prefix(rule: &LifecycleRule) -> Option<String> {
    #[allow(deprecated)]
    let prefix = rule.prefix();
    prefix.map(str::to_owned)
}

fn shape(rule: &LifecycleRule) -> Writer {
    let conditions = Conditions::read(rule);
    let expiration = rule.expiration();
    Writer::new()
        .put("Id", rule.id())
        .set("Status", rule.status().as_str())
        .put("Prefix", conditions.prefix.filter(|prefix| !prefix.is_empty()))
        .list("TagFilters", filter::shape(&conditions.tags))
        .put("ObjectSizeGreaterThan", conditions.larger.map(|size| size.to_string()))
        .put("ObjectSizeLessThan", conditions.smaller.map(|size| size.to_string()))
        .put("ExpirationInDays", expiration.and_then(LifecycleExpiration::days).filter(|days| *days > 0))
        .put("ExpirationDate", expiration.and_then(LifecycleExpiration::date).and_then(date_text))
        .put(
            "ExpiredObjectDeleteMarker",
            expiration.and_then(LifecycleExpiration::expired_object_delete_marker).filter(|on| *on),
        )
        .list("Transitions", rule.transitions().iter().map(transition_shape))
        .list(
            "NoncurrentVersionTransitions",
            rule.noncurrent_version_transitions().iter().map(noncurrent_shape),
        )
        .nest(
            "NoncurrentVersionExpiration",
            rule.noncurrent_version_expiration().map_or_else(Writer::new, |expiration| {
                Writer::new()
                    .put("NoncurrentDays", expiration.noncurrent_days())
                    .put("NewerNoncurrentVersions", expiration.newer_noncurrent_versions())
            }),
        )
        .nest(
            "AbortIncompleteMultipartUpload",
            rule.abort_incomplete_multipart_upload().map_or_else(Writer::new, |abort| {
                Writer::new().put("DaysAfterInitiation", abort.days_after_initiation())
            }),
        )
}

fn transition_shape(transition: &Transition) -> Writer {
    Writer::new()
        .put("StorageClass", transition.storage_class().map(class_text))
        .put("TransitionInDays", transition.days())
        .put("TransitionDate", transition.date().and_then(date_text))
}

fn noncurrent_shape(transition: &NoncurrentVersionTransition) -> Writer {
    Writer::new()
        .put("StorageClass", transition.storage_class().map(class_text))
        .put("TransitionInDays", transition.noncurrent_days())
        .put("NewerNoncurrentVersions", transition.newer_noncurrent_versions())
}

fn class_text(class: &TransitionStorageClass) -> &str {
    class.as_str()
}

/// CloudFormation's older name of a class that the API has under another one.
fn class(wanted: Shape<'_>) -> Option<TransitionStorageClass> {
    wanted.str("StorageClass").map(|name| match name {
        "GlacierInstantRetrieval" => TransitionStorageClass::GlacierIr,
        "Glacier" => TransitionStorageClass::Glacier,
        "DeepArchive" => TransitionStorageClass::DeepArchive,
        "IntelligentTiering" => TransitionStorageClass::IntelligentTiering,
        "StandardIA" => TransitionStorageClass::StandardIa,
        "OneZoneIA" => TransitionStorageClass::OnezoneIa,
        name => TransitionStorageClass::from(name),
    })
}

fn rule(wanted: Shape<'_>) -> Result<LifecycleRule> {
    let transitions = both(wanted, "Transitions", "Transition").into_iter().map(transition);
    let transitions = transitions.collect::<Result<Vec<_>>>()?;
    let noncurrent: Vec<_> = both(wanted, "NoncurrentVersionTransitions", "NoncurrentVersionTransition")
        .into_iter()
        .map(noncurrent_transition)
        .collect();
    let abort = wanted.object("AbortIncompleteMultipartUpload").map(|abort| {
        AbortIncompleteMultipartUpload::builder()
            .set_days_after_initiation(abort.i32("DaysAfterInitiation"))
            .build()
    });
    LifecycleRule::builder()
        .set_id(wanted.text("Id"))
        .set_status(wanted.str("Status").map(ExpirationStatus::from))
        .filter(Conditions::of(wanted)?.filter())
        .set_expiration(expiration(wanted)?)
        .set_transitions((!transitions.is_empty()).then_some(transitions))
        .set_noncurrent_version_transitions((!noncurrent.is_empty()).then_some(noncurrent))
        .set_noncurrent_version_expiration(noncurrent_expiration(wanted))
        .set_abort_incomplete_multipart_upload(abort)
        .build()
        .map_err(unbuilt(PUT))
}

/// A list, and the single object that CloudFormation had before it.
fn both<'a>(wanted: Shape<'a>, list: &str, single: &str) -> Vec<Shape<'a>> {
    wanted.objects(list).into_iter().chain(wanted.object(single)).collect()
}

fn expiration(wanted: Shape<'_>) -> Result<Option<LifecycleExpiration>> {
    let days = wanted.i32("ExpirationInDays");
    let date = date(wanted, "ExpirationDate")?;
    let marker = wanted.bool("ExpiredObjectDeleteMarker");
    let any = days.is_some() || date.is_some() || marker.is_some();
    Ok(any.then(|| {
        LifecycleExpiration::builder()
            .set_days(days)
            .set_date(date)
            .set_expired_object_delete_marker(marker)
            .build()
    }))
}

fn transition(wanted: Shape<'_>) -> Result<Transition> {
    Ok(Transition::builder()
        .set_storage_class(class(wanted))
        .set_days(wanted.i32("TransitionInDays"))
        .set_date(date(wanted, "TransitionDate")?)
        .build())
}

fn noncurrent_transition(wanted: Shape<'_>) -> NoncurrentVersionTransition {
    NoncurrentVersionTransition::builder()
        .set_storage_class(class(wanted))
        .set_noncurrent_days(wanted.i32("TransitionInDays"))
        .set_newer_noncurrent_versions(wanted.i32("NewerNoncurrentVersions"))
        .build()
}

fn noncurrent_expiration(wanted: Shape<'_>) -> Option<NoncurrentVersionExpiration> {
    let newer = wanted.object("NoncurrentVersionExpiration");
    let days = newer
        .and_then(|newer| newer.i32("NoncurrentDays"))
        .or_else(|| wanted.i32("NoncurrentVersionExpirationInDays"))?;
    Some(
        NoncurrentVersionExpiration::builder()
            .noncurrent_days(days)
            .set_newer_noncurrent_versions(newer.and_then(|newer| newer.i32("NewerNoncurrentVersions")))
            .build(),
    )
}

fn date(wanted: Shape<'_>, property: &str) -> Result<Option<DateTime>> {
    let Some(text) = wanted.text(property) else { return Ok(None) };
    // CloudFormation takes a day alone, too.
    let full = if text.contains('T') { text.clone() } else { format!("{text}T00:00:00Z") };
    DateTime::from_str(&full, Format::DateTimeWithOffset).map(Some).map_err(|error| {
        ProviderError::new(ErrorKind::Invalid, PUT, format!("{property} `{text}` is no date: {error}"))
    })
}

fn date_text(date: &DateTime) -> Option<String> {
    date.fmt(Format::DateTime).ok()
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn round_trip(wanted: &Json) -> Json {
        shape(&rule(Shape(wanted.as_object().unwrap())).unwrap()).into()
    }

    #[test]
    fn what_is_written_is_read_back() {
        for wanted in [
            json!({"Id": "archive", "Status": "Enabled", "Prefix": "raw/",
                "Transitions": [{"StorageClass": "GLACIER_IR", "TransitionInDays": 30},
                    {"StorageClass": "DEEP_ARCHIVE", "TransitionInDays": 180}],
                "ExpirationInDays": 3650}),
            json!({"Status": "Enabled", "Prefix": "a/", "TagFilters": [{"Key": "k", "Value": "v"}],
                "ObjectSizeGreaterThan": "1024",
                "NoncurrentVersionTransitions": [{"StorageClass": "GLACIER", "TransitionInDays": 7,
                    "NewerNoncurrentVersions": 2}],
                "NoncurrentVersionExpiration": {"NoncurrentDays": 90}}),
            json!({"Status": "Disabled", "AbortIncompleteMultipartUpload": {"DaysAfterInitiation": 7}}),
            json!({"Status": "Enabled", "ExpirationDate": "2027-01-01T00:00:00Z"}),
        ] {
            assert_eq!(round_trip(&wanted), wanted);
        }
    }

    #[test]
    fn the_older_spellings_are_understood() {
        let wanted = json!({"Status": "Enabled", "ExpirationDate": "2027-01-01",
            "Transition": {"StorageClass": "Glacier", "TransitionInDays": 1}, "NoncurrentVersionExpirationInDays": 9});
        assert_eq!(
            round_trip(&wanted),
            json!({"Status": "Enabled", "ExpirationDate": "2027-01-01T00:00:00Z",
                "Transitions": [{"StorageClass": "GLACIER", "TransitionInDays": 1}],
                "NoncurrentVersionExpiration": {"NoncurrentDays": 9}})
        );
        let wrong = json!({"Status": "Enabled", "ExpirationDate": "soon"});
        let error = rule(Shape(wrong.as_object().unwrap())).unwrap_err().to_string();
        assert!(error.contains("ExpirationDate `soon` is no date"), "{error}");
    }
}
