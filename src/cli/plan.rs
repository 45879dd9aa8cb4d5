//! `stackctl plan`: what has to change to reach a stage.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::ExitCode;

use clap::ValueHint;
use miette::{IntoDiagnostic, WrapErr};

use super::Common;
use super::session::{Session, block_on};
use super::telling::{detailed, print_plan, refuse_problems, warn_of};
use crate::pipeline::{Goal, Planned};
use crate::plan::{Asked, SavedPlan};

/// The arguments.
#[derive(Debug, clap::Args)]
pub struct Args {
    /// `stage-3`, `growth` or a file [default: the stage in stackctl.yaml]
    stage: Option<String>,
    /// Exit with 2 if there are changes, 0 if there are none, 1 if not all could be looked at
    #[arg(long)]
    detailed_exitcode: bool,
    /// Save the plan; `stackctl apply FILE` carries out exactly this one, or refuses
    #[arg(long, value_name = "FILE", value_hint = ValueHint::FilePath)]
    out: Option<PathBuf>,
    /// Show every property, and whole values
    #[arg(long)]
    full: bool,
    /// Plan the deletion of everything the stack owns
    #[arg(long)]
    destroy: bool,
}

/// Prints the plan.
pub fn run(args: &Args, common: &Common) -> miette::Result<ExitCode> {
    let (planned, blueprint) = block_on(async {
        let session = Session::open(common).await?;
        let compiled = session.compile(args.stage.as_deref())?;
        warn_of(&compiled);
        session.note_other_stage(args.stage.as_deref(), &compiled).await?;
        let goal = if args.destroy { Goal::Nothing(&compiled) } else { Goal::Stage(&compiled) };
        let planned = session.plan(goal).await?;
        Ok((planned, session.project.relative(&compiled.stage.file)))
    })?;
    print_plan(&planned.plan, &planned.problems, &planned.unsearched, common, args.full)?;
    refuse_problems(&planned.problems)?;
    if let Some(file) = &args.out {
        save(&planned, blueprint, file, common)?;
    }
    Ok(if args.detailed_exitcode { detailed(&planned) } else { ExitCode::SUCCESS })
}

fn save(planned: &Planned, blueprint: String, file: &Path, common: &Common) -> miette::Result<()> {
    let (vars, allow_destroy) = (common.vars.clone(), common.allow_destroy.clone());
    let asked = Asked { blueprint: Some(blueprint), vars, allow_destroy };
    let text = SavedPlan::new(&planned.plan, asked).to_json().into_diagnostic()?;
    fs::write(file, text).into_diagnostic().wrap_err_with(|| format!("can't save {}", file.display()))?;
    warn_line!("Saved. To carry out exactly this: stackctl apply {}", file.display());
    Ok(())
}
