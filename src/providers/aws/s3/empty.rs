//! Empties a bucket: all versions, delete markers and unfinished uploads, a thousand a call.

use aws_sdk_s3::Client;
use aws_sdk_s3::types::{Delete, ObjectIdentifier};

use super::super::error::{gone_is_fine, unbuilt};
use super::failed;
use crate::providers::{ErrorKind, ProviderError, Result};

const DELETE: &str = "s3:DeleteObjects";

/// Deletes everything that the bucket holds.
pub async fn empty(client: &Client, bucket: &str) -> Result<()> {
    abort_uploads(client, bucket).await?;
    // Each page is read anew from the start: what the last one listed is gone.
    loop {
        let page = client
            .list_object_versions()
            .bucket(bucket)
            .max_keys(1000)
            .send()
            .await
            .map_err(failed("s3:ListObjectVersions"))?;
        let versions = page.versions().iter().map(|version| (version.key(), version.version_id()));
        let markers = page.delete_markers().iter().map(|marker| (marker.key(), marker.version_id()));
        let objects = versions
            .chain(markers)
            .filter_map(|(key, version)| {
                let builder =
                    ObjectIdentifier::builder().key(key?).set_version_id(version.map(str::to_owned));
                Some(builder.build().map_err(unbuilt(DELETE)))
            })
            .collect::<Result<Vec<_>>>()?;
        if objects.is_empty() {
            return Ok(());
        }
        delete(client, bucket, objects).await?;
    }
}

async fn delete(client: &Client, bucket: &str, objects: Vec<ObjectIdentifier>) -> Result<()> {
    let batch = Delete::builder().set_objects(Some(objects)).quiet(true).build().map_err(unbuilt(DELETE))?;
    let answer = client.delete_objects().bucket(bucket).delete(batch).send().await.map_err(failed(DELETE))?;
    // An object under a retention lock stays: trying again won't help.
    answer.errors().first().map_or(Ok(()), |error| {
        let key = error.key().unwrap_or_default();
        let message = format!("`{key}` in `{bucket}`: {}", error.message().unwrap_or("it can't be deleted"));
        let code = error.code().unwrap_or("Unknown").to_owned();
        let kind = if code == "InternalError" || code == "SlowDown" {
            ErrorKind::Transient
        } else {
            ErrorKind::Invalid
        };
        Err(ProviderError { kind, operation: DELETE.to_owned(), code, message })
    })
}

async fn abort_uploads(client: &Client, bucket: &str) -> Result<()> {
    let mut pages = client.list_multipart_uploads().bucket(bucket).send().await;
    loop {
        let page = pages.map_err(failed("s3:ListMultipartUploads"))?;
        for upload in page.uploads() {
            let call = client
                .abort_multipart_upload()
                .bucket(bucket)
                .set_key(upload.key().map(str::to_owned))
                .set_upload_id(upload.upload_id().map(str::to_owned));
            gone_is_fine(call.send().await.map_err(failed("s3:AbortMultipartUpload")))?;
        }
        if !page.is_truncated().unwrap_or(false) {
            return Ok(());
        }
        pages = client
            .list_multipart_uploads()
            .bucket(bucket)
            .set_key_marker(page.next_key_marker)
            .set_upload_id_marker(page.next_upload_id_marker)
            .send()
            .await;
    }
}
