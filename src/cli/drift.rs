//! `stackctl drift`: what was changed behind the blueprint's back.
//!
//! With no state file there is one truth beside the blueprint: the cloud. So drift is the plan of the stage the stack is
//! at; nothing is changed.

use std::process::ExitCode;

use super::Common;
use super::session::{Session, block_on};
use super::telling::{detailed, print_plan, refuse_problems};
use crate::pipeline::Goal;

/// The arguments.
#[derive(Debug, clap::Args)]
pub struct Args {
    /// The stage the stack is at [default: the stage in stackctl.yaml]
    stage: Option<String>,
    /// Show every property, and whole values
    #[arg(long)]
    full: bool,
    /// Exit with 2 if there is drift, 0 if there is none: `drift` always does
    #[arg(long)]
    detailed_exitcode: bool,
}

/// Prints the drift; exit code 2 if there is any, 1 if not all could be looked at.
pub fn run(args: &Args, common: &Common) -> miette::Result<ExitCode> {
    let planned = block_on(async {
        let session = Session::open(common).await?;
        let compiled = session.compile(args.stage.as_deref())?;
        session.note_other_stage(args.stage.as_deref(), &compiled).await?;
        session.plan(Goal::Stage(&compiled)).await
    })?;
    print_plan(&planned.plan, &planned.problems, &planned.unsearched, common, args.full)?;
    refuse_problems(&planned.problems)?;
    Ok(detailed(&planned))
}
