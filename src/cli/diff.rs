//! `stackctl diff`: two stages' blueprints side by side, offline.

use std::process::ExitCode;

use miette::IntoDiagnostic;

use super::Common;
use super::telling::print_plan;
use crate::pipeline::compare;

/// The arguments.
#[derive(Debug, clap::Args)]
pub struct Args {
    /// From: `stage-2`, `launch` or a file
    before: String,
    /// To: `stage-3`, `growth` or a file
    after: String,
    /// Show every property, and whole values
    #[arg(long)]
    full: bool,
    /// Exit with 2 if they differ, 0 if they don't
    #[arg(long)]
    detailed_exitcode: bool,
}

/// Prints what moving from one to the other means.
pub fn run(args: &Args, common: &Common) -> miette::Result<ExitCode> {
    let project = common.project()?;
    let before = project.compile(Some(&args.before), &common.vars)?;
    let after = project.compile(Some(&args.after), &common.vars)?;
    let plan = compare(&before, &after, common.filter()).into_diagnostic()?;
    print_plan(&plan, &[], &[], common, args.full)?;
    Ok(if !plan.is_empty() && args.detailed_exitcode { ExitCode::from(2) } else { ExitCode::SUCCESS })
}
