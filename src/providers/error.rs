//! What can go wrong in a provider's call, sorted by what the executor does about it.

use thiserror::Error;

/// The [code](ProviderError::code) for a Kubernetes type that a cluster does not serve; a definition may bring it.
pub const UNKNOWN_KIND: &str = "UnknownKind";

/// A failed call.
#[derive(Clone, Debug, Error)]
#[error("{operation}: {code}: {message}")]
pub struct ProviderError {
    /// What to do about it.
    pub kind: ErrorKind,
    /// The call, in the provider's word (`ec2:CreateVpc`).
    pub operation: String,
    /// The provider's error code (`InvalidVpcID.NotFound`).
    pub code: String,
    /// The provider's message, with the request id where there is one.
    pub message: String,
}

/// What the executor does about a failed call.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum ErrorKind {
    /// Too fast: slow down this service and region, try again.
    Throttled,
    /// The network or the service failed (5xx, reset, timeout): try again; a create is safe to repeat by its token.
    Transient,
    /// Something it needs is not visible or usable yet (a role just made): try again for some minutes.
    NotYet,
    /// Something still uses it (a network interface that outlives its owner): try again for some minutes.
    InUse,
    /// The resource itself does not exist.
    NotFound,
    /// Something of this name exists and is not ours.
    AlreadyExists,
    /// The credentials may not do it.
    Denied,
    /// The request is wrong; trying again won't help.
    Invalid,
    /// This provider can't do it.
    Unsupported,
}

impl ErrorKind {
    /// Whether the same call may succeed later.
    pub fn is_retryable(self) -> bool {
        matches!(self, Self::Throttled | Self::Transient | Self::NotYet | Self::InUse)
    }
}

impl ProviderError {
    /// An error of stackctl's own about a call that was not made.
    pub fn new(kind: ErrorKind, operation: impl Into<String>, message: impl Into<String>) -> Self {
        let code = match kind {
            ErrorKind::Unsupported => "Unsupported",
            ErrorKind::NotFound => "NotFound",
            ErrorKind::AlreadyExists => "AlreadyExists",
            _ => "InvalidRequest",
        };
        Self { kind, operation: operation.into(), code: code.to_owned(), message: message.into() }
    }
}
