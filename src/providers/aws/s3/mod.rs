//! Amazon S3: buckets with each of their configurations, and bucket policies.

mod bucket;
mod empty;
mod filter;
mod policy;
mod settings;
mod tagging;

pub use bucket::Bucket;
pub use policy::BucketPolicy;

use super::error::failed;
use crate::providers::{ErrorKind, ProviderError, Result};

/// The word that calls are signed for.
const SERVICE: &str = "s3";

/// What a bucket has not: a configuration that was never set is an error in this API, and some regions and
/// S3's relatives don't know all of them.
fn optional<T>(answer: Result<T>) -> Result<Option<T>> {
    match answer {
        Ok(found) => Ok(Some(found)),
        Err(error) if error.kind == ErrorKind::NotFound => Ok(None),
        Err(error)
            if matches!(
                error.code.as_str(),
                "NotImplemented" | "MethodNotAllowed" | "UnsupportedArgument"
            ) =>
        {
            Ok(None)
        }
        Err(error) => Err(error),
    }
}

/// A principal or a destination that was just made is refused as invalid for some seconds.
fn not_visible_yet(mut error: ProviderError) -> ProviderError {
    const WORDS: [&str; 3] = ["invalid principal", "unable to validate the following destination", "role"];
    let text = error.message.to_ascii_lowercase();
    // A log bucket's policy comes after the bucket, so after those that log to it, too.
    let is_log_target = error.code == "InvalidTargetBucketForLogging";
    if is_log_target || error.kind == ErrorKind::Invalid && WORDS.iter().any(|words| text.contains(words)) {
        error.kind = ErrorKind::NotYet;
    }
    error
}
