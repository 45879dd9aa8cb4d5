//! Turns the SDK's errors into [`ProviderError`]s, sorted by what to do about them.

use aws_smithy_runtime_api::client::orchestrator::HttpResponse;
use aws_smithy_runtime_api::client::result::SdkError;
use aws_smithy_types::error::display::DisplayErrorContext;
use aws_smithy_types::error::metadata::ProvideErrorMetadata;
use aws_smithy_types::error::operation::BuildError;

use crate::providers::{ErrorKind, ProviderError};

/// For `map_err`: names the call and sorts the error. `failed("ec2:CreateVpc")`.
pub fn failed<E>(operation: &'static str) -> impl Fn(SdkError<E, HttpResponse>) -> ProviderError
where
    E: ProvideErrorMetadata + std::error::Error + Send + Sync + 'static,
{
    move |error| match &error {
        SdkError::ServiceError(context) => {
            let code = context.err().code().unwrap_or("Unknown");
            let message = context.err().message().unwrap_or_default();
            let status = context.raw().status().as_u16();
            ProviderError {
                kind: classify(code, message, status),
                operation: operation.to_owned(),
                code: code.to_owned(),
                message: message.to_owned(),
            }
        }
        SdkError::ConstructionFailure(_) => unsent(operation, ErrorKind::Invalid, &error),
        // The credentials chain fails here too, without a kind: no try will mend that. A connection that breaks while
        // an answer is awaited has one.
        SdkError::DispatchFailure(dispatch)
            if !dispatch.is_io() && !dispatch.is_timeout() && dispatch.as_other().is_none() =>
        {
            unsent(operation, ErrorKind::Denied, &error)
        }
        _ => unsent(operation, ErrorKind::Transient, &error),
    }
}

/// For `map_err` on the SDK's builders: a part of the request lacks something that the API requires.
pub fn unbuilt(operation: &'static str) -> impl Fn(BuildError) -> ProviderError {
    move |error| ProviderError::new(ErrorKind::Invalid, operation, causes(&error))
}

/// An error that came inside a successful answer, about one of the things that the call was about.
pub fn refused(operation: &'static str, code: Option<&str>, message: Option<&str>) -> ProviderError {
    let (code, message) = (code.unwrap_or("Unknown"), message.unwrap_or_default());
    ProviderError {
        kind: classify(code, message, 400),
        operation: operation.to_owned(),
        code: code.to_owned(),
        message: message.to_owned(),
    }
}

/// A response that lacks what the API documents as always present.
pub fn missing(operation: &'static str, what: &str) -> ProviderError {
    ProviderError {
        kind: ErrorKind::Transient,
        operation: operation.to_owned(),
        code: "IncompleteResponse".to_owned(),
        message: format!("the response has no {what}"),
    }
}

fn unsent(
    operation: &'static str,
    kind: ErrorKind,
    error: &(dyn std::error::Error + 'static),
) -> ProviderError {
    tracing::debug!("{operation}: {}", DisplayErrorContext(error));
    ProviderError {
        kind,
        operation: operation.to_owned(),
        code: if kind == ErrorKind::Transient { "NoResponse" } else { "NotSent" }.to_owned(),
        message: causes(error),
    }
}

/// An error and what caused it, in their own words, each once: the SDK's own rendering adds what only its authors read.
fn causes(error: &(dyn std::error::Error + 'static)) -> String {
    let mut text = String::new();
    for cause in std::iter::successors(Some(error), |error| error.source()) {
        let words = cause.to_string();
        // What the SDK says of a kind that it doesn't know.
        if words == "other" || text.contains(&words) {
            continue;
        }
        if !text.is_empty() {
            text.push_str(": ");
        }
        text.push_str(&words);
    }
    text
}

/// Sorts by code, then by HTTP status. The codes are those of the services' API references.
fn classify(code: &str, message: &str, status: u16) -> ErrorKind {
    const THROTTLED: [&str; 8] = [
        "RequestLimitExceeded",
        "SlowDown",
        "PriorRequestNotComplete",
        "BandwidthLimitExceeded",
        "ProvisionedThroughputExceededException",
        "TooManyRequestsException",
        "EC2ThrottledException",
        "LimitExceededException",
    ];
    const DENIED: [&str; 10] = [
        "UnauthorizedOperation",
        "AuthFailure",
        "ExpiredToken",
        "ExpiredTokenException",
        "InvalidClientTokenId",
        "UnrecognizedClientException",
        "SignatureDoesNotMatch",
        "OptInRequired",
        "InvalidAccessKeyId",
        "MissingAuthenticationToken",
    ];
    // ElastiCache, while one change is under way.
    const IN_TRANSITION: [&str; 3] =
        ["InvalidReplicationGroupState", "InvalidCacheClusterState", "InvalidCacheParameterGroupState"];
    let has = |part: &str| code.contains(part);
    if has("Throttl") || THROTTLED.contains(&code) && !message.contains("maximum") || status == 429 {
        ErrorKind::Throttled
    } else if has("AccessDenied") || DENIED.contains(&code) || status == 401 {
        ErrorKind::Denied
    } else if has("AlreadyExist") || has("Duplicate") || code == "BucketAlreadyOwnedByYou" {
        ErrorKind::AlreadyExists
    } else if has("DependencyViolation")
        || has("InUse")
        || has("DeleteConflict")
        || has("NotEmpty")
        || has("OperationInProgress")
        || has("ScalingActivityInProgress")
        || has("ConflictException")
        || has("ConcurrentModification")
        || has("ConcurrentOperation")
        || has("TemporarilyUnmodifiable")
        || has("OperationAborted")
        || has("IncorrectState")
        || has("IncorrectInstanceState")
        || has("InstanceRefreshInProgress")
        || has("ResourceContention")
        || IN_TRANSITION.contains(&code)
    {
        ErrorKind::InUse
    } else if has("NotFound") || has("NoSuch") || has("DoesNotExist") || status == 404 {
        ErrorKind::NotFound
    } else if status >= 500 || has("RequestTimeout") || has("InternalError") || has("Unavailable") {
        ErrorKind::Transient
    } else {
        ErrorKind::Invalid
    }
}

/// What a call means for the thing it is about, where the code alone can't tell.
impl ProviderError {
    /// In a create or update: what is "not found" is something the resource refers to. It was ready, so it is only not
    /// visible yet.
    #[must_use]
    pub fn referring(mut self) -> Self {
        if self.kind == ErrorKind::NotFound {
            self.kind = ErrorKind::NotYet;
        }
        self
    }

    /// In a create, of a call after the one that made the resource: it is there, but not complete. Where that passes
    /// (not visible yet, too fast), the outcome is unknown rather than "nothing was made": the executor reads for the
    /// resource and completes it, and never makes another.
    #[must_use]
    pub fn once_made(mut self) -> Self {
        if self.kind == ErrorKind::NotFound || self.kind.is_retryable() {
            self.kind = ErrorKind::Transient;
        }
        self
    }

    /// A role or instance profile just made is refused as invalid for some seconds, by services that try to assume it;
    /// by Step Functions as denied, in words that no denial of the caller has.
    #[must_use]
    pub fn using_role(mut self) -> Self {
        let text = self.message.to_ascii_lowercase();
        let says = |words: &[&str]| words.iter().any(|word| text.contains(word));
        let of_role = match self.kind {
            ErrorKind::Invalid => says(&["role", "instance profile", "assume"]),
            ErrorKind::Denied => says(&["authorized to assume", "iam role is not authorized"]),
            _ => false,
        };
        if of_role {
            self.kind = ErrorKind::NotYet;
        }
        self
    }
}

/// Treats "not found" as done: for deletes.
pub fn gone_is_fine<T>(result: Result<T, ProviderError>) -> Result<(), ProviderError> {
    match result {
        Ok(_) => Ok(()),
        Err(error) if error.kind == ErrorKind::NotFound => Ok(()),
        Err(error) => Err(error),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn codes_of_aws_are_sorted() {
        for (code, status, kind) in [
            ("Throttling", 400, ErrorKind::Throttled),
            ("RequestLimitExceeded", 503, ErrorKind::Throttled),
            ("InvalidVpcID.NotFound", 400, ErrorKind::NotFound),
            ("NoSuchEntity", 404, ErrorKind::NotFound),
            ("DependencyViolation", 400, ErrorKind::InUse),
            ("EntityAlreadyExists", 409, ErrorKind::AlreadyExists),
            ("InvalidGroup.Duplicate", 400, ErrorKind::AlreadyExists),
            ("InvalidReplicationGroupState", 400, ErrorKind::InUse),
            ("InstanceRefreshInProgress", 400, ErrorKind::InUse),
            ("ConcurrentOperationException", 409, ErrorKind::InUse),
            ("EntityTemporarilyUnmodifiable", 409, ErrorKind::InUse),
            ("AccessDeniedException", 400, ErrorKind::Denied),
            ("InternalFailure", 500, ErrorKind::Transient),
            ("ValidationError", 400, ErrorKind::Invalid),
        ] {
            assert_eq!(classify(code, "", status), kind, "{code}");
        }
    }

    #[test]
    fn a_role_that_is_not_usable_yet_is_not_a_caller_that_may_not() {
        let kind = |kind, message: &str| ProviderError::new(kind, "create", message).using_role().kind;
        for (as_told, message) in [
            (ErrorKind::Invalid, "The role defined for the function cannot be assumed by Lambda."),
            (
                ErrorKind::Denied,
                "Neither the global service principal states.amazonaws.com, nor the regional one is authorized to \
                 assume the provided role.",
            ),
            (ErrorKind::Denied, "The state machine IAM Role is not authorized to access the Log Destination"),
        ] {
            assert_eq!(kind(as_told, message), ErrorKind::NotYet, "{message}");
        }
        let caller = "User: arn:aws:sts::1:assumed-role/ci/me is not authorized to perform: iam:PassRole";
        assert_eq!(kind(ErrorKind::Denied, caller), ErrorKind::Denied);
    }

    #[test]
    fn each_cause_is_told_once_and_in_its_own_words() {
        #[derive(Debug, thiserror::Error)]
        #[error("{0}")]
        struct Cause(&'static str, #[source] Option<Box<Cause>>);
        let cause = |words, source: Option<Cause>| Cause(words, source.map(Box::new));
        let refused = cause("tcp connect error", Some(cause("Connection refused (os error 111)", None)));
        let error =
            cause("dispatch failure", Some(cause("other", Some(cause("dispatch failure", Some(refused))))));
        assert_eq!(
            unsent("sts:GetCallerIdentity", ErrorKind::Transient, &error).message,
            "dispatch failure: tcp connect error: Connection refused (os error 111)"
        );
    }

    #[test]
    fn what_is_made_but_not_complete_is_not_made_again() {
        let error = |kind| ProviderError::new(kind, "ec2:ModifyVpcAttribute", "no").once_made().kind;
        for kind in [ErrorKind::Throttled, ErrorKind::NotFound, ErrorKind::NotYet, ErrorKind::InUse] {
            assert_eq!(error(kind), ErrorKind::Transient, "{kind:?}");
        }
        assert_eq!(error(ErrorKind::Denied), ErrorKind::Denied);
    }
}
