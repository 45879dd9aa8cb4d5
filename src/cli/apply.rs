//! `stackctl apply`: carries out the changes to reach a stage, or a saved plan.

use std::fs;
use std::path::Path;
use std::process::ExitCode;

use miette::{IntoDiagnostic, WrapErr, bail};

use super::Common;
use super::condition::Condition;
use super::running::{Running, Wishes};
use super::session::{Session, block_on};
use super::telling::warn_of;
use crate::pipeline::Goal;
use crate::plan::SavedPlan;

/// The arguments.
#[derive(Debug, clap::Args)]
pub struct Args {
    /// `stage-3`, `growth`, a blueprint, or a saved plan [default: the stage in stackctl.yaml]
    stage: Option<String>,
    /// How it is carried out.
    #[command(flatten)]
    wishes: Wishes,
}

/// Plans, asks, applies, and prints the outputs.
pub fn run(args: &Args, common: &Common) -> miette::Result<ExitCode> {
    match args.stage.as_deref() {
        Some(file) if is_saved_plan(file) => apply_saved(file, &args.wishes, common),
        stage => block_on(async {
            let session = Session::open(common).await?;
            let compiled = session.compile(stage)?;
            warn_of(&compiled);
            session.note_other_stage(stage, &compiled).await?;
            let running = Running::begin(&session, common, &args.wishes).await?;
            let outcome = running.carry_out(Goal::Stage(&compiled), common.filter(), Condition::None).await;
            running.end(outcome).await
        }),
    }
}

/// By its name, or by its form: a saved plan may have any name, and a blueprint is no JSON with a format.
fn is_saved_plan(name: &str) -> bool {
    let by_name = Path::new(name).extension().is_some_and(|extension| extension.eq_ignore_ascii_case("json"));
    let has_form = |text: String| text.starts_with('{') && text.contains("\"format_version\"");
    by_name || fs::read_to_string(name).is_ok_and(has_form)
}

/// A saved plan brings its stage, environment, variables, selection and consent along.
fn apply_saved(file: &str, wishes: &Wishes, common: &Common) -> miette::Result<ExitCode> {
    let text = fs::read_to_string(file).into_diagnostic().wrap_err_with(|| format!("can't read {file}"))?;
    let saved = SavedPlan::parse(&text).into_diagnostic().wrap_err_with(|| file.to_owned())?;
    refuse_other_wishes(file, &saved, common)?;
    let mut common = common.clone();
    common.env.clone_from(&saved.env);
    common.vars.clone_from(&saved.asked.vars);
    common.allow_destroy.extend(saved.asked.allow_destroy.iter().cloned());
    block_on(async {
        let session = Session::open(&common).await?;
        let blueprint = saved.asked.blueprint.as_deref().map(|file| session.project.placed(Path::new(file)));
        let blueprint = blueprint.map(|file| file.display().to_string());
        let stage = blueprint.or_else(|| saved.stage.as_ref().map(|stage| format!("stage-{}", stage.number)));
        let compiled = session.compile(stage.as_deref())?;
        warn_of(&compiled);
        let goal = if saved.stage.is_none() { Goal::Nothing(&compiled) } else { Goal::Stage(&compiled) };
        let running = Running::begin(&session, &common, wishes).await?;
        let outcome = running.carry_out(goal, saved.filter.clone(), Condition::SameAs(file, &saved)).await;
        running.end(outcome).await
    })
}

/// A plan is carried out as it was saved, or not at all.
fn refuse_other_wishes(file: &str, saved: &SavedPlan, common: &Common) -> miette::Result<()> {
    if common.env.is_some() && common.env != saved.env {
        bail!("{file} was made for {}; leave --env away", saved.env.as_deref().unwrap_or("no environment"));
    }
    let given = [
        ("--var", !common.vars.is_empty()),
        ("--region", !common.regions.is_empty()),
        ("--target", !common.target.is_empty()),
        ("--exclude", !common.exclude.is_empty()),
    ];
    match given.iter().find(|(_, given)| *given) {
        Some((flag, _)) => {
            bail!("{file} is carried out as it was saved; leave {flag} away, or plan again with it")
        }
        None => Ok(()),
    }
}
