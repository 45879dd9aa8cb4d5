//! `ReplicationConfiguration`.

use async_trait::async_trait;
use aws_sdk_s3::types::{
    AccessControlTranslation, DeleteMarkerReplication, DeleteMarkerReplicationStatus, Destination,
    EncryptionConfiguration, Metrics, MetricsStatus, OwnerOverride, ReplicaModifications,
    ReplicaModificationsStatus, ReplicationConfiguration, ReplicationRule, ReplicationRuleAndOperator,
    ReplicationRuleFilter, ReplicationRuleStatus, ReplicationTime, ReplicationTimeStatus,
    ReplicationTimeValue, SourceSelectionCriteria, SseKmsEncryptedObjects, SseKmsEncryptedObjectsStatus,
    StorageClass,
};
use serde_json::json;

use super::super::super::error::unbuilt;
use super::super::super::{Shape, Writer};
use super::super::filter;
use super::{At, PUT, Setting, failed, not_visible_yet, optional};
use crate::model::Json;
use crate::providers::{ProviderError, Result};

/// `ReplicationConfiguration`.
pub struct Replication;

#[async_trait]
impl Setting for Replication {
    fn property(&self) -> &'static str {
        "ReplicationConfiguration"
    }

    async fn read(&self, at: &At<'_>) -> Result<Option<Json>> {
        let call = at.client.get_bucket_replication().bucket(at.bucket).send().await;
        let found = optional(call.map_err(failed("s3:GetBucketReplication")))?;
        Ok(found.and_then(|found| found.replication_configuration).map(|found| {
            Writer::new().set("Role", found.role()).list("Rules", found.rules().iter().map(shape)).into()
        }))
    }

    /// The destination's versioning and the role may not be visible yet.
    async fn write(&self, at: &At<'_>, bucket: Shape<'_>) -> Result<()> {
        let Some(wanted) = bucket.object(self.property()) else { return Ok(()) };
        let rules = wanted.objects("Rules").into_iter().map(rule).collect::<Result<Vec<_>>>()?;
        let configuration = ReplicationConfiguration::builder()
            .set_role(wanted.text("Role"))
            .set_rules(Some(rules))
            .build()
            .map_err(unbuilt(PUT))?;
        let call = at.client.put_bucket_replication().bucket(at.bucket);
        let call = call.replication_configuration(configuration).send().await;
        call.map(drop)
            .map_err(failed("s3:PutBucketReplication"))
            .map_err(ProviderError::referring)
            .map_err(not_visible_yet)
    }

    async fn reset(&self, at: &At<'_>, _live: Shape<'_>) -> Result<()> {
        let call = at.client.delete_bucket_replication().bucket(at.bucket);
        call.send().await.map(drop).map_err(failed("s3:DeleteBucketReplication"))
    }
}

fn shape(rule: &ReplicationRule) -> Writer {
    let criteria = rule.source_selection_criteria().map_or_else(Writer::new, |criteria| {
        let kms = criteria.sse_kms_encrypted_objects().map(|kms| json!({"Status": kms.status().as_str()}));
        let replicas =
            criteria.replica_modifications().map(|replicas| json!({"Status": replicas.status().as_str()}));
        Writer::new().put("SseKmsEncryptedObjects", kms).put("ReplicaModifications", replicas)
    });
    let markers = rule.delete_marker_replication().and_then(DeleteMarkerReplication::status);
    #[allow(deprecated)]
    let prefix = rule.prefix();
    Writer::new()
        .put("Id", rule.id())
        .put("Priority", rule.priority().filter(|_| rule.filter().is_some()))
        .put("Prefix", prefix.filter(|_| rule.filter().is_none()))
        .put("Filter", rule.filter().map(filter_shape))
        .set("Status", rule.status().as_str())
        .nest("SourceSelectionCriteria", criteria)
        .nest(
            "DeleteMarkerReplication",
            Writer::new().put("Status", markers.map(DeleteMarkerReplicationStatus::as_str)),
        )
        .put("Destination", rule.destination().map(destination_shape))
}

fn filter_shape(found: &ReplicationRuleFilter) -> Writer {
    let and = found.and().map_or_else(Writer::new, |and| {
        Writer::new().put("Prefix", and.prefix()).list("TagFilters", filter::shape(and.tags()))
    });
    let tag = found.tag().map(|tag| json!({"Key": tag.key(), "Value": tag.value()}));
    Writer::new().put("Prefix", found.prefix()).put("TagFilter", tag).nest("And", and)
}

fn destination_shape(found: &Destination) -> Writer {
    let minutes = |value: Option<&ReplicationTimeValue>| {
        Writer::new().put("Minutes", value.and_then(ReplicationTimeValue::minutes))
    };
    let metrics = found.metrics().map_or_else(Writer::new, |metrics| {
        Writer::new()
            .set("Status", metrics.status().as_str())
            .nest("EventThreshold", minutes(metrics.event_threshold()))
    });
    let time = found.replication_time().map_or_else(Writer::new, |time| {
        Writer::new().set("Status", time.status().as_str()).nest("Time", minutes(time.time()))
    });
    let owner =
        found.access_control_translation().map(|translation| json!({"Owner": translation.owner().as_str()}));
    let key = found.encryption_configuration().and_then(EncryptionConfiguration::replica_kms_key_id);
    Writer::new()
        .set("Bucket", found.bucket())
        .put("Account", found.account())
        .put("StorageClass", found.storage_class().map(StorageClass::as_str))
        .put("AccessControlTranslation", owner)
        .nest("EncryptionConfiguration", Writer::new().put("ReplicaKmsKeyID", key))
        .nest("Metrics", metrics)
        .nest("ReplicationTime", time)
}

fn rule(wanted: Shape<'_>) -> Result<ReplicationRule> {
    let markers = wanted.object("DeleteMarkerReplication").map(|markers| {
        DeleteMarkerReplication::builder()
            .set_status(markers.str("Status").map(DeleteMarkerReplicationStatus::from))
            .build()
    });
    #[allow(deprecated)]
    let builder = ReplicationRule::builder().set_prefix(wanted.text("Prefix"));
    builder
        .set_id(wanted.text("Id"))
        .set_priority(wanted.i32("Priority"))
        .set_filter(wanted.object("Filter").map(rule_filter).transpose()?)
        .set_status(wanted.str("Status").map(ReplicationRuleStatus::from))
        .set_source_selection_criteria(wanted.object("SourceSelectionCriteria").map(criteria).transpose()?)
        .set_delete_marker_replication(markers)
        .set_destination(wanted.object("Destination").map(destination).transpose()?)
        .build()
        .map_err(unbuilt(PUT))
}

fn rule_filter(wanted: Shape<'_>) -> Result<ReplicationRuleFilter> {
    let and = wanted.object("And").map(|and| -> Result<_> {
        let tags = filter::tags(&and.objects("TagFilters"))?;
        Ok(ReplicationRuleAndOperator::builder().set_prefix(and.text("Prefix")).set_tags(Some(tags)).build())
    });
    Ok(ReplicationRuleFilter::builder()
        .set_prefix(wanted.text("Prefix"))
        .set_tag(wanted.object("TagFilter").map(filter::tag).transpose()?)
        .set_and(and.transpose()?)
        .build())
}

fn criteria(wanted: Shape<'_>) -> Result<SourceSelectionCriteria> {
    let status = |name: &str| wanted.object(name).and_then(|inner| inner.str("Status"));
    let kms = status("SseKmsEncryptedObjects").map(|status| {
        SseKmsEncryptedObjects::builder().status(SseKmsEncryptedObjectsStatus::from(status)).build()
    });
    let replicas = status("ReplicaModifications").map(|status| {
        ReplicaModifications::builder().status(ReplicaModificationsStatus::from(status)).build()
    });
    Ok(SourceSelectionCriteria::builder()
        .set_sse_kms_encrypted_objects(kms.transpose().map_err(unbuilt(PUT))?)
        .set_replica_modifications(replicas.transpose().map_err(unbuilt(PUT))?)
        .build())
}

fn destination(wanted: Shape<'_>) -> Result<Destination> {
    let minutes = |inner: Shape<'_>, name: &str| {
        inner
            .object(name)
            .map(|value| ReplicationTimeValue::builder().set_minutes(value.i32("Minutes")).build())
    };
    let metrics = wanted.object("Metrics").map(|metrics| {
        Metrics::builder()
            .set_status(metrics.str("Status").map(MetricsStatus::from))
            .set_event_threshold(minutes(metrics, "EventThreshold"))
            .build()
    });
    let time = wanted.object("ReplicationTime").map(|time| {
        ReplicationTime::builder()
            .set_status(time.str("Status").map(ReplicationTimeStatus::from))
            .set_time(minutes(time, "Time"))
            .build()
    });
    let owner = wanted.object("AccessControlTranslation").map(|translation| {
        AccessControlTranslation::builder()
            .set_owner(translation.str("Owner").map(OwnerOverride::from))
            .build()
    });
    let encryption = wanted.object("EncryptionConfiguration").map(|encryption| {
        EncryptionConfiguration::builder().set_replica_kms_key_id(encryption.text("ReplicaKmsKeyID")).build()
    });
    Destination::builder()
        .set_bucket(wanted.text("Bucket"))
        .set_account(wanted.text("Account"))
        .set_storage_class(wanted.str("StorageClass").map(StorageClass::from))
        .set_access_control_translation(owner.transpose().map_err(unbuilt(PUT))?)
        .set_encryption_configuration(encryption)
        .set_metrics(metrics.transpose().map_err(unbuilt(PUT))?)
        .set_replication_time(time.transpose().map_err(unbuilt(PUT))?)
        .build()
        .map_err(unbuilt(PUT))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_written_is_read_back() {
        let wanted = json!({
            "Id": "all", "Priority": 1, "Filter": {"Prefix": "media/"}, "Status": "Enabled",
            "SourceSelectionCriteria": {"SseKmsEncryptedObjects": {"Status": "Enabled"}},
            "DeleteMarkerReplication": {"Status": "Disabled"},
            "Destination": {"Bucket": "arn:aws:s3:::copy", "StorageClass": "STANDARD_IA",
                "EncryptionConfiguration": {"ReplicaKmsKeyID": "k"},
                "Metrics": {"Status": "Enabled", "EventThreshold": {"Minutes": 15}},
                "ReplicationTime": {"Status": "Enabled", "Time": {"Minutes": 15}}},
        });
        assert_eq!(Json::from(shape(&rule(Shape(wanted.as_object().unwrap())).unwrap())), wanted);
    }
}
