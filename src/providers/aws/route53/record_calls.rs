//! The reads behind records: zones by name, and a zone's records, all of them or some.

use aws_sdk_route53::Client;
use aws_sdk_route53::types::{ResourceRecordSet, RrType, TagResourceType};

use super::super::failed;
use super::record_shape::Key;
use super::{name, tagging};
use crate::model::{StackName, TAG_STACK};
use crate::providers::{ErrorKind, Result};

/// The ids of the zones of this name.
pub async fn by_name(client: &Client, zone_name: &str) -> Result<Vec<String>> {
    let answer = client
        .list_hosted_zones_by_name()
        .dns_name(name::normal(zone_name))
        .send()
        .await
        .map_err(failed("route53:ListHostedZonesByName"))?;
    let same = answer.hosted_zones().iter().filter(|zone| name::is_same(zone.name(), zone_name));
    Ok(same.map(|zone| name::id(zone.id()).to_owned()).collect())
}

/// All records of a zone, 300 a page.
pub async fn all(client: &Client, zone: &str) -> Result<Vec<ResourceRecordSet>> {
    let mut records = Vec::new();
    let mut call = client.list_resource_record_sets().hosted_zone_id(zone);
    loop {
        let page = match call.send().await.map_err(failed("route53:ListResourceRecordSets")) {
            // A looked-up zone that is gone holds nothing.
            Err(error) if error.kind == ErrorKind::NotFound => return Ok(records),
            page => page?,
        };
        records.extend(page.resource_record_sets);
        if !page.is_truncated {
            return Ok(records);
        }
        call = client
            .list_resource_record_sets()
            .hosted_zone_id(zone)
            .set_start_record_name(page.next_record_name)
            .set_start_record_type(page.next_record_type)
            .set_start_record_identifier(page.next_record_identifier);
    }
}

/// The records of one name: at most 100 of a type can be routed, and the list begins at the name.
pub async fn named(client: &Client, zone: &str, record_name: &str) -> Result<Vec<ResourceRecordSet>> {
    let answer =
        client.list_resource_record_sets().hosted_zone_id(zone).start_record_name(record_name).send().await;
    let found = answer.map_err(failed("route53:ListResourceRecordSets"))?.resource_record_sets;
    Ok(found.into_iter().filter(|record| name::is_same(record.name(), record_name)).collect())
}

/// One record, if it is there.
pub async fn one(client: &Client, zone: &str, key: &Key) -> Result<Option<ResourceRecordSet>> {
    let answer = client
        .list_resource_record_sets()
        .hosted_zone_id(zone)
        .start_record_name(&key.name)
        .start_record_type(RrType::from(key.kind.as_str()))
        .set_start_record_identifier(key.set.clone())
        .send()
        .await
        .map_err(failed("route53:ListResourceRecordSets"))?;
    Ok(answer.resource_record_sets.into_iter().find(|record| Key::of(record) == *key))
}

/// Whether a zone's tags say that it is the stack's.
pub async fn is_owned(client: &Client, zone: &str, stack: &StackName) -> Result<bool> {
    let tags = tagging::read(client, &TagResourceType::Hostedzone, vec![zone.to_owned()]).await?;
    Ok(tags.get(zone).and_then(|tags| tags.get(TAG_STACK)).is_some_and(|owner| owner == stack.as_str()))
}
