//! `stackctl show`: a stage and what it is made of; or one resource, live.

use std::process::ExitCode;

use miette::miette;

use super::Common;
use super::session::{Session, block_on};
use super::telling::ADDRESSES;
use crate::pipeline::{Goal, meant};
use crate::report::{resource, stages};

/// The arguments.
#[derive(Debug, clap::Args)]
pub struct Args {
    /// `stage-3`, `growth`, a file, or the address of a resource [default: the stage in stackctl.yaml]
    what: Option<String>,
    /// The stage, where WHAT is an address
    #[arg(long)]
    stage: Option<String>,
}

/// Prints a stage (offline) or a resource (read live).
pub fn run(args: &Args, common: &Common) -> miette::Result<ExitCode> {
    match args.what.as_deref() {
        Some(address) if is_address(address) => show_resource(address, args.stage.as_deref(), common),
        stage => {
            let compiled = common.project()?.compile(stage.or(args.stage.as_deref()), &common.vars)?;
            if common.json {
                tell_line!("{}", stages::json(&compiled));
            } else {
                tell!("{}", stages::stage(&compiled));
            }
            Ok(ExitCode::SUCCESS)
        }
    }
}

/// A place, a slash, no file of that name: `us-east-1/network.vpc`.
fn is_address(what: &str) -> bool {
    let path = std::path::Path::new(what);
    let is_blueprint = path.extension().is_some_and(|extension| extension == "yaml" || extension == "yml");
    what.contains('/') && !is_blueprint && !path.exists()
}

fn show_resource(address: &str, stage: Option<&str>, common: &Common) -> miette::Result<ExitCode> {
    let shown = block_on(async {
        let session = Session::open(common).await?;
        let compiled = session.compile(stage)?;
        let planned = session.plan(Goal::Stage(&compiled)).await?;
        let found = planned.plan.changes.iter().find(|change| change.address.as_str() == address);
        let lookup = planned.lookups.iter().find(|(name, _)| name.as_str() == address);
        match (found, lookup) {
            (Some(change), _) if common.json => Ok(resource::json(change).to_string() + "\n"),
            (Some(change), _) => Ok(resource::text(change)),
            (None, Some((_, live))) => Ok(resource::live_text(address, live, None)),
            (None, None) => {
                let problem = planned.problems.iter().find(|problem| problem.address().as_str() == address);
                if let Some(problem) = problem {
                    return Err(miette!("{problem}"));
                }
                let changes = planned.plan.changes.iter().map(|change| &change.address);
                let known = changes.chain(planned.lookups.keys());
                let help = meant(address, known).unwrap_or_else(|| ADDRESSES.to_owned());
                Err(miette!(
                    help = help,
                    "`{address}` is neither in stage {} nor live",
                    compiled.stage.number
                ))
            }
        }
    })?;
    tell!("{shown}");
    Ok(ExitCode::SUCCESS)
}
