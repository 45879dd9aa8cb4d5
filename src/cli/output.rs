//! `stackctl output`: what applications need of a stage, read live.

use std::process::ExitCode;

use miette::{IntoDiagnostic, miette};

use super::Common;
use super::session::{Session, block_on};
use super::telling::refuse_problems;
use crate::blueprint::suggestion;
use crate::model::Json;
use crate::pipeline::Goal;
use crate::report::outputs::{self, Answer, Known};

/// The arguments.
#[derive(Debug, clap::Args)]
pub struct Args {
    /// One output alone, its value as it is
    name: Option<String>,
    /// `stage-3`, `growth` or a file [default: the stage in stackctl.yaml]
    #[arg(long)]
    stage: Option<String>,
}

/// Prints all outputs, or one.
pub fn run(args: &Args, common: &Common) -> miette::Result<ExitCode> {
    let (outputs, problems) = block_on(async {
        let session = Session::open(common).await?;
        let compiled = session.compile(args.stage.as_deref())?;
        session.note_other_stage(args.stage.as_deref(), &compiled).await?;
        let planned = session.plan(Goal::Stage(&compiled)).await?;
        let outputs = outputs::evaluate(&compiled.outputs, &planned.known).into_diagnostic()?;
        Ok((outputs, planned.problems))
    })?;
    let asked_for = |output: &&Known| args.name.as_ref().is_none_or(|name| output.name == *name);
    if outputs.iter().filter(asked_for).any(|output| output.value == Answer::NotYet) {
        // What could not be read is no output that is not there yet.
        refuse_problems(&problems)?;
    }
    let Some(name) = &args.name else {
        if common.json {
            tell_line!("{}", Json::Object(outputs::json(&outputs)));
        } else {
            tell!("{}", outputs::text(&outputs));
        }
        return Ok(ExitCode::SUCCESS);
    };
    let output = outputs.iter().find(|output| output.name == *name).ok_or_else(|| {
        let known = outputs.iter().map(|output| output.name.as_str());
        let help = suggestion(name, known).unwrap_or_else(|| "`stackctl output` lists them".to_owned());
        miette!(help = help, "there is no output `{name}`")
    })?;
    match &output.value {
        Answer::Value(value) if common.json => tell_line!("{value}"),
        Answer::Value(_) => tell_line!("{}", outputs::shown(&output.value)),
        Answer::NotYet => return Err(miette!("`{name}` is not known yet: apply the stage first")),
        Answer::Sensitive => return Err(miette!("`{name}` is made of a secret and is not shown")),
    }
    Ok(ExitCode::SUCCESS)
}
