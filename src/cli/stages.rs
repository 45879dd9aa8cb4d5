//! `stackctl stages`: the stages, a line each.

use std::process::ExitCode;

use super::Common;
use crate::model::Json;
use crate::report::stages;

/// The arguments.
#[derive(Debug, clap::Args)]
pub struct Args {}

/// Prints the overview.
pub fn run(_args: &Args, common: &Common) -> miette::Result<ExitCode> {
    let project = common.project()?;
    let compiled = project
        .stages()
        .iter()
        .map(|head| project.compile(Some(&head.file), &common.vars))
        .collect::<Result<Vec<_>, _>>()?;
    if common.json {
        tell_line!("{}", Json::Array(compiled.iter().map(stages::json).collect()));
    } else {
        tell!("{}", stages::overview(&compiled, project.current_stage()));
    }
    Ok(ExitCode::SUCCESS)
}
