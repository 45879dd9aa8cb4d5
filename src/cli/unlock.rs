//! `stackctl unlock`: takes the lock away from an apply that died.

use std::process::ExitCode;

use miette::{IntoDiagnostic, bail};

use super::Common;
use super::session::block_on;
use crate::pipeline::ledger;

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
        let place = common.ledger_of(&project).into_diagnostic()?;
        let ledger = ledger(common.simulation().as_ref(), &place, project.stack()).await.into_diagnostic()?;
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
        if holder.may_be_alive() {
            warn_line!(
                "Its lease had not ended: if it still runs, it finishes what it began and starts nothing new."
            );
        }
        Ok(ExitCode::SUCCESS)
    })
}
