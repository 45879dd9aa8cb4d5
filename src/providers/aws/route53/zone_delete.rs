//! Deleting a zone, with the records in it that are AWS's own.

use aws_sdk_route53::Client;
use aws_sdk_route53::types::{Change, ChangeAction, ChangeBatch, RrType};

use super::super::error::{gone_is_fine, unbuilt};
use super::super::failed;
use super::record_calls;
use super::record_shape::validates_certificate;
use crate::providers::Result;

/// Deletes a zone; records that others wrote into it keep it.
pub async fn delete(client: &Client, id: &str) -> Result<()> {
    match bare(client, id).await {
        Err(error) if error.code == "HostedZoneNotEmpty" => {
            if !delete_validations(client, id).await? {
                return Err(error);
            }
            bare(client, id).await
        }
        gone => gone,
    }
}

/// Deletes a zone without records but its own.
pub async fn bare(client: &Client, id: &str) -> Result<()> {
    let gone = client.delete_hosted_zone().id(id).send().await;
    gone_is_fine(gone.map_err(failed("route53:DeleteHostedZone")))
}

/// Deletes the records by which certificates are validated, where there are no others but the zone's own; whether it did.
async fn delete_validations(client: &Client, id: &str) -> Result<bool> {
    const CALL: &str = "route53:ChangeResourceRecordSets";
    let mut records = record_calls::all(client, id).await?;
    records.retain(|record| !matches!(record.r#type(), RrType::Ns | RrType::Soa));
    if records.is_empty() || !records.iter().all(validates_certificate) {
        return Ok(false);
    }
    let change = |record| {
        let change = Change::builder().action(ChangeAction::Delete).resource_record_set(record);
        change.build().map_err(unbuilt(CALL))
    };
    let changes = records.into_iter().map(change).collect::<Result<_>>()?;
    let batch = ChangeBatch::builder().set_changes(Some(changes)).build().map_err(unbuilt(CALL))?;
    let sent = client.change_resource_record_sets().hosted_zone_id(id).change_batch(batch).send().await;
    sent.map_err(failed(CALL))?;
    Ok(true)
}

#[cfg(test)]
mod tests {
    use std::sync::atomic::{AtomicBool, Ordering};

    use super::super::super::fake::{self, Answer};
    use super::super::HostedZone;
    use crate::providers::{ErrorKind, Result};
    use serde_json::json;

    fn changed(root: &str) -> Answer {
        let info = "<Id>C1</Id><Status>PENDING</Status><SubmittedAt>2026-01-01T00:00:00Z</SubmittedAt>";
        Answer::xml(200, &format!("<{root}><ChangeInfo>{info}</ChangeInfo></{root}>"))
    }

    /// Deletes a zone with one alias name of this value; how it ended and how many calls it took.
    async fn delete(value: &str) -> (Result<()>, usize) {
        const ROOT: &str = "ListResourceRecordSetsResponse";
        let value = format!(
            "<ResourceRecords><ResourceRecord><Value>{value}</Value></ResourceRecord></ResourceRecords>"
        );
        let record =
            format!("<ResourceRecordSet><Name>_x.a.com.</Name><Type>CNAME</Type>{value}</ResourceRecordSet>");
        let page = "<IsTruncated>false</IsTruncated><MaxItems>300</MaxItems>";
        let records = format!("<{ROOT}><ResourceRecordSets>{record}</ResourceRecordSets>{page}</{ROOT}>");
        let is_empty = AtomicBool::new(false);
        let (aws, calls) = fake::session(move |call| match call.line.split(' ').next() {
            Some("GET") => Answer::xml(200, &records),
            Some("DELETE") if is_empty.load(Ordering::Relaxed) => changed("DeleteHostedZoneResponse"),
            Some("DELETE") => Answer::error("HostedZoneNotEmpty", "it holds records"),
            _ => {
                is_empty.store(true, Ordering::Relaxed);
                changed("ChangeResourceRecordSetsResponse")
            }
        });
        let zone = fake::live("AWS::Route53::HostedZone", "Z1", &json!({}));
        let deleted = fake::delete(&HostedZone::new(&aws), &zone).await;
        let calls = calls.lock().unwrap().len();
        (deleted, calls)
    }

    #[tokio::test]
    async fn a_zone_takes_the_records_of_its_certificates_with_it() {
        let (deleted, calls) = delete("_y.acm-validations.aws.").await;
        deleted.unwrap();
        assert_eq!(calls, 4);
        let (refused, calls) = delete("app.example.net.").await;
        assert_eq!(refused.unwrap_err().kind, ErrorKind::InUse);
        assert_eq!(calls, 2);
    }
}
