//! `stackctl output`: what applications need of a stage, read live.

use std::process::ExitCode;

use miette::{IntoDiagnostic, miette};

use super::Common;
use super::session::{Session, block_on};
use crate::model::Json;
use crate::pipeline::Goal;
use crate::report::outputs;

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
    let outputs = block_on(async {
        let session = Session::open(common).await?;
        let compiled = session.compile(args.stage.as_deref())?;
        let planned = session.plan(Goal::Stage(&compiled)).await?;
        outputs::evaluate(&compiled.outputs, &planned.known).into_diagnostic()
    })?;
    let Some(name) = &args.name else {
        if common.json {
            tell_line!("{}", Json::Object(outputs::json(&outputs)));
        } else {
            tell!("{}", outputs::text(&outputs));
        }
        return Ok(ExitCode::SUCCESS);
    };
    let output = outputs.iter().find(|output| output.name == *name).ok_or_else(|| {
        let names: Vec<&str> = outputs.iter().map(|output| output.name.as_str()).collect();
        miette!("there is no output `{name}`; there are: {}", names.join(", "))
    })?;
    match &output.value {
        outputs::Answer::Value(value) if common.json => tell_line!("{value}"),
        outputs::Answer::Value(_) => tell_line!("{}", outputs::shown(&output.value)),
        outputs::Answer::NotYet => return Err(miette!("`{name}` is not known yet: apply the stage first")),
        outputs::Answer::Sensitive => return Err(miette!("`{name}` is made of a secret and is not shown")),
    }
    Ok(ExitCode::SUCCESS)
}
