//! Cloud Control's requests: how far one is, and what its failure means.

use aws_sdk_cloudcontrol::types::{HandlerErrorCode, Operation, OperationStatus, ProgressEvent};

use crate::providers::{ErrorKind, ProviderError};

/// How far a request is.
#[derive(Debug)]
pub enum Outcome {
    /// Not done; in Cloud Control's words.
    Running(String),
    /// Done.
    Done,
    /// It won't be done.
    Failed(ProviderError),
}

/// Reads an event.
pub fn outcome(event: &ProgressEvent) -> Outcome {
    match event.operation_status() {
        Some(OperationStatus::Success) => Outcome::Done,
        Some(OperationStatus::Failed | OperationStatus::CancelComplete) => Outcome::Failed(failure(event)),
        other => {
            let word =
                other.map_or("PENDING", OperationStatus::as_str).to_ascii_lowercase().replace('_', " ");
            Outcome::Running(match event.status_message() {
                Some(message) if !message.is_empty() => format!("{word}: {message}"),
                _ => word,
            })
        }
    }
}

fn failure(event: &ProgressEvent) -> ProviderError {
    let code = event.error_code();
    let operation = match event.operation() {
        Some(Operation::Create) => "CreateResource",
        Some(Operation::Delete) => "DeleteResource",
        _ => "UpdateResource",
    };
    ProviderError {
        kind: code.map_or(ErrorKind::Invalid, kind),
        operation: format!("cloudcontrol:{operation} {}", event.type_name().unwrap_or_default()),
        code: code.map_or("Cancelled", HandlerErrorCode::as_str).to_owned(),
        message: event.status_message().unwrap_or("no reason was given").to_owned(),
    }
}

/// Sorts a resource handler's error code, as the CloudFormation CLI's guide describes them.
fn kind(code: &HandlerErrorCode) -> ErrorKind {
    use HandlerErrorCode as Code;
    match code {
        Code::AlreadyExists => ErrorKind::AlreadyExists,
        Code::NotFound => ErrorKind::NotFound,
        Code::Throttling => ErrorKind::Throttled,
        Code::ResourceConflict => ErrorKind::InUse,
        Code::InternalFailure | Code::ServiceInternalError | Code::NetworkFailure | Code::ServiceTimeout => {
            ErrorKind::Transient
        }
        Code::AccessDenied | Code::InvalidCredentials | Code::UnauthorizedTaggingOperation => {
            ErrorKind::Denied
        }
        Code::NotUpdatable => ErrorKind::Unsupported,
        // `GeneralServiceException` is whatever the handler could not name, `NotStabilized` a resource that
        // failed.
        _ => ErrorKind::Invalid,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn event(status: OperationStatus) -> aws_sdk_cloudcontrol::types::builders::ProgressEventBuilder {
        ProgressEvent::builder()
            .type_name("AWS::SQS::Queue")
            .operation(Operation::Create)
            .operation_status(status)
    }

    #[test]
    fn a_running_request_says_so_in_its_own_words() {
        let Outcome::Running(words) = outcome(&event(OperationStatus::InProgress).build()) else { panic!() };
        assert_eq!(words, "in progress");
    }

    #[test]
    fn a_failed_request_is_sorted_by_its_code() {
        let failed = event(OperationStatus::Failed)
            .error_code(HandlerErrorCode::ResourceConflict)
            .status_message("queue was deleted recently")
            .build();
        let Outcome::Failed(error) = outcome(&failed) else { panic!() };
        assert_eq!(error.kind, ErrorKind::InUse);
        assert_eq!(
            error.to_string(),
            "cloudcontrol:CreateResource AWS::SQS::Queue: ResourceConflict: queue was deleted recently"
        );
    }
}
