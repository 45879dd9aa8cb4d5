//! `stackctl schema`: JSON Schemas, for editors and for programs that read stackctl's output.

use std::process::ExitCode;

use clap::ValueEnum;

/// The arguments.
#[derive(Debug, clap::Args)]
pub struct Args {
    /// Of what
    #[arg(value_enum, default_value_t = Of::Blueprint)]
    of: Of,
}

#[derive(Clone, Copy, Debug, ValueEnum)]
enum Of {
    /// A stage's blueprint
    Blueprint,
    /// A component
    Component,
    /// stackctl.yaml
    Stackctl,
    /// What `plan --json` prints
    Plan,
    /// What `plan --out` writes
    SavedPlan,
}

/// Prints the schema.
pub fn run(args: &Args) -> miette::Result<ExitCode> {
    tell!(
        "{}",
        match args.of {
            Of::Blueprint => include_str!("../../schemas/blueprint.schema.json"),
            Of::Component => include_str!("../../schemas/component.schema.json"),
            Of::Stackctl => include_str!("../../schemas/stackctl.schema.json"),
            Of::Plan => include_str!("../../schemas/plan.schema.json"),
            Of::SavedPlan => include_str!("../../schemas/saved-plan.schema.json"),
        }
    );
    Ok(ExitCode::SUCCESS)
}
