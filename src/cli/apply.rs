//! `stackctl apply`: carries out the changes to reach a stage, or a saved plan.

use std::fs;
use std::process::ExitCode;

use miette::{IntoDiagnostic, WrapErr, bail};

use super::Common;
use super::running::{Running, Wishes};
use super::session::{Session, block_on};
use super::telling::warn_of;
use crate::pipeline::Goal;
use crate::plan::SavedPlan;

/// The arguments.
#[derive(Debug, clap::Args)]
pub struct Args {
    /// `stage-3`, `growth`, a blueprint, or a saved plan (`.json`) [default: the stage in stackctl.yaml]
    stage: Option<String>,
    /// How it is carried out.
    #[command(flatten)]
    wishes: Wishes,
}

/// Plans, asks, applies, and prints the outputs.
pub fn run(args: &Args, common: &Common) -> miette::Result<ExitCode> {
    match args.stage.as_deref() {
        Some(file) if is_saved_plan(file) => apply_saved(file, &args.wishes, common),
        stage => block_on(apply(stage, None, &args.wishes, common)),
    }
}

fn is_saved_plan(name: &str) -> bool {
    std::path::Path::new(name).extension().is_some_and(|extension| extension.eq_ignore_ascii_case("json"))
}

/// A saved plan brings its stage, environment, selection and consent along.
fn apply_saved(file: &str, wishes: &Wishes, common: &Common) -> miette::Result<ExitCode> {
    let text = fs::read_to_string(file).into_diagnostic().wrap_err_with(|| format!("can't read {file}"))?;
    let saved = SavedPlan::parse(&text).into_diagnostic().wrap_err_with(|| file.to_owned())?;
    if common.env.is_some() && common.env != saved.env {
        bail!("{file} was made for {}; leave --env away", saved.env.as_deref().unwrap_or("no environment"));
    }
    let mut common = common.clone();
    common.env.clone_from(&saved.env);
    common.regions = saved.filter.regions.iter().map(ToString::to_string).collect();
    common.target.clone_from(&saved.filter.targets);
    common.exclude.clone_from(&saved.filter.excludes);
    common.allow_destroy.extend(saved.allow_destroy.iter().cloned());
    let stage = saved.stage.as_ref().map(|stage| format!("stage-{}", stage.number));
    block_on(apply(stage.as_deref(), Some((file, &saved)), wishes, &common))
}

async fn apply(
    stage: Option<&str>,
    saved: Option<(&str, &SavedPlan)>,
    wishes: &Wishes,
    common: &Common,
) -> miette::Result<ExitCode> {
    let session = Session::open(common).await?;
    let compiled = session.compile(stage)?;
    warn_of(&compiled);
    let goal = match saved {
        Some((_, saved)) if saved.stage.is_none() => Goal::Nothing(&compiled),
        _ => Goal::Stage(&compiled),
    };
    let name = match saved {
        Some((file, _)) => format!("apply {file}"),
        None => format!("apply stage-{}", compiled.stage.number),
    };
    let running = Running::begin(&session, common, wishes, &name).await?;
    let outcome = running.carry_out(goal, common.filter(), saved).await;
    running.end(outcome).await
}
