//! Where a ledger is: a folder or an S3 prefix.

use std::fmt;
use std::path::PathBuf;
use std::str::FromStr;
use std::sync::Arc;

use object_store::ObjectStore;
use object_store::local::LocalFileSystem;
use object_store::path::Path;

use super::{LedgerError, Result};

/// The place of a ledger, as `--ledger` and `stackctl.yaml` name it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Location {
    /// A folder on this machine.
    Folder(PathBuf),
    /// `s3://bucket/prefix`.
    S3 {
        /// The bucket.
        bucket: String,
        /// The prefix of all keys; may be empty.
        prefix: String,
    },
}

impl Default for Location {
    fn default() -> Self {
        Self::Folder(PathBuf::from(".stackctl"))
    }
}

impl Location {
    /// Opens the store, and says under which prefix the ledger lies in it.
    pub(super) async fn store(&self) -> Result<(Arc<dyn ObjectStore>, Path)> {
        match self {
            Self::Folder(folder) => {
                let fail = |reason: String| LedgerError::Location { text: self.to_string(), reason };
                std::fs::create_dir_all(folder).map_err(|error| fail(error.to_string()))?;
                let store =
                    LocalFileSystem::new_with_prefix(folder).map_err(|error| fail(error.to_string()))?;
                Ok((Arc::new(store), Path::default()))
            }
            Self::S3 { bucket, prefix } => self.s3(bucket, prefix).await,
        }
    }

    #[cfg(feature = "aws")]
    async fn s3(&self, bucket: &str, prefix: &str) -> Result<(Arc<dyn ObjectStore>, Path)> {
        let opened = super::s3::open(bucket).await;
        let store = opened
            .map_err(|error| LedgerError::Location { text: self.to_string(), reason: error.to_string() })?;
        Ok((store, Path::from(prefix)))
    }

    #[cfg(not(feature = "aws"))]
    #[allow(clippy::unused_async)]
    async fn s3(&self, _bucket: &str, _prefix: &str) -> Result<(Arc<dyn ObjectStore>, Path)> {
        let reason = "this binary was built without the `aws` feature".to_owned();
        Err(LedgerError::Location { text: self.to_string(), reason })
    }
}

impl FromStr for Location {
    type Err = LedgerError;

    fn from_str(text: &str) -> Result<Self> {
        let fail = |reason: &str| LedgerError::Location { text: text.to_owned(), reason: reason.to_owned() };
        if let Some(rest) = text.strip_prefix("s3://") {
            let (bucket, prefix) = rest.split_once('/').unwrap_or((rest, ""));
            if bucket.is_empty() {
                return Err(fail("the bucket is missing"));
            }
            return Ok(Self::S3 { bucket: bucket.to_owned(), prefix: prefix.trim_matches('/').to_owned() });
        }
        match text.split_once("://") {
            Some(_) => Err(fail("only `s3://` is known")),
            None if text.is_empty() => Err(fail("it is empty")),
            None => Ok(Self::Folder(PathBuf::from(text))),
        }
    }
}

impl fmt::Display for Location {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Folder(folder) => write!(f, "{}", folder.display()),
            Self::S3 { bucket, prefix } if prefix.is_empty() => write!(f, "s3://{bucket}"),
            Self::S3 { bucket, prefix } => write!(f, "s3://{bucket}/{prefix}"),
        }
    }
}
