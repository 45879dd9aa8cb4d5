//! `stackctl unlock`: takes the lock away from an apply that died.

use std::process::ExitCode;

use miette::{IntoDiagnostic, bail};

use super::Common;
use super::session::block_on;
use crate::ledger::{Ledger, Location};

/// The arguments.
#[derive(Debug, clap::Args)]
pub struct Args {
    /// Don't ask whether the holder is really gone
    #[arg(short, long)]
    yes: bool,
}

/// Says who holds the lock and, with `--yes`, removes it.
pub fn run(args: &Args, common: &Common) -> miette::Result<ExitCode> {
    block_on(async {
        let project = common.project()?;
        let place = match common.ledger.as_deref().or(project.ledger()) {
            Some(place) => place.parse().into_diagnostic()?,
            None => Location::default(),
        };
        let ledger = Ledger::open(&place, project.stack()).await.into_diagnostic()?;
        let Some(holder) = ledger.holder().await.into_diagnostic()? else {
            tell_line!("The stack {} is not locked.", project.stack());
            return Ok(ExitCode::SUCCESS);
        };
        if !args.yes {
            bail!(
                "the stack {} is locked by {holder}; if that is gone for good: stackctl unlock --yes",
                project.stack()
            );
        }
        ledger.unlock().await.into_diagnostic()?;
        tell_line!("Unlocked; it was locked by {holder}. The next apply settles what that one left open.");
        Ok(ExitCode::SUCCESS)
    })
}
