//! What keeps a command from getting as far as a plan or an apply.

use std::path::PathBuf;

use thiserror::Error;

use crate::ledger::LedgerError;
use crate::plan::PlanError;
use crate::providers::ProviderError;

/// Why a step of the pipeline could not be taken.
#[derive(Debug, Error)]
pub enum PipelineError {
    /// The cloud could not be asked at all.
    #[error("{0}")]
    Provider(Box<ProviderError>),
    /// `stackctl.yaml` binds the stack to another account.
    #[error(
        "these credentials belong to the account {found}, and stackctl.yaml binds the stack `{stack}` to {bound}; \
         nothing was read or changed"
    )]
    Account {
        /// The stack.
        stack: String,
        /// The account in stackctl.yaml.
        bound: String,
        /// The account of the credentials.
        found: String,
    },
    /// The ledger can't be used.
    #[error(transparent)]
    Ledger(Box<LedgerError>),
    /// Somebody else got the lock between the plan and the apply.
    #[error("{0}; nothing was changed: plan again")]
    Lost(Box<LedgerError>),
    /// The changes can't be put in order, or the selection is incomplete.
    #[error(transparent)]
    Plan(#[from] PlanError),
    /// The simulated cloud's file can't be used.
    #[error("the simulated cloud in {}: {message}", .file.display())]
    Simulation {
        /// Which file.
        file: PathBuf,
        /// What went wrong.
        message: String,
    },
    /// This binary has no AWS in it.
    #[error(
        "this stackctl was built without the `aws` feature; use --simulate, or build it with `cargo build`"
    )]
    WithoutAws,
}

impl From<ProviderError> for PipelineError {
    fn from(error: ProviderError) -> Self {
        Self::Provider(Box::new(error))
    }
}

impl From<LedgerError> for PipelineError {
    fn from(error: LedgerError) -> Self {
        match error {
            LedgerError::Lost { .. } => Self::Lost(Box::new(error)),
            other => Self::Ledger(Box::new(other)),
        }
    }
}
