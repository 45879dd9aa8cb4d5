//! `stackctl validate`: every stage's blueprint, or one, checked with no network.

use std::process::ExitCode;

use super::Common;
use super::telling::warn_of;
use crate::blueprint::Diagnostics;
use crate::model::Json;

/// The arguments.
#[derive(Debug, clap::Args)]
pub struct Args {
    /// `stage-3`, `growth` or a file [default: all stages]
    stage: Option<String>,
}

/// Prints what was checked, or all mistakes of all files.
pub fn run(args: &Args, common: &Common) -> miette::Result<ExitCode> {
    let checked = common.project().and_then(|project| {
        let names = match &args.stage {
            Some(stage) => vec![stage.clone()],
            None => project.stages().iter().map(|head| head.file.clone()).collect(),
        };
        let mut found = Diagnostics::default();
        let mut stages = Vec::new();
        for name in names {
            match project.compile(Some(&name), &common.vars) {
                Ok(compiled) => stages.push(compiled),
                Err(diagnostics) => found.merge(diagnostics),
            }
        }
        if found.is_empty() { Ok(stages) } else { Err(found) }
    });
    match checked {
        Ok(stages) if common.json => {
            stages.iter().for_each(warn_of);
            let stages: Vec<Json> = stages
                .iter()
                .map(|s| serde_json::json!({"stage": s.stage.number, "name": s.stage.name, "resources": s.desired.len()}))
                .collect();
            tell_line!("{}", serde_json::json!({"valid": true, "stages": stages, "diagnostics": []}));
            Ok(ExitCode::SUCCESS)
        }
        Ok(stages) => {
            for compiled in stages {
                warn_of(&compiled);
                let head = &compiled.stage;
                tell_line!(
                    "ok  {}  stage {} ({}), {} resource{}",
                    head.file,
                    head.number,
                    head.name,
                    compiled.desired.len(),
                    if compiled.desired.len() == 1 { "" } else { "s" }
                );
            }
            Ok(ExitCode::SUCCESS)
        }
        Err(diagnostics) if common.json => {
            tell_line!(
                "{}",
                serde_json::json!({"valid": false, "stages": [], "diagnostics": diagnostics.to_json()})
            );
            Ok(ExitCode::FAILURE)
        }
        Err(diagnostics) => Err(diagnostics.into()),
    }
}
