//! The command line: one file a command. A command turns arguments into calls of the pipeline and hands what comes
//! back to a report; it has no logic of its own.

#[macro_use]
mod out;

mod apply;
mod common;
mod completions;
mod destroy;
mod diff;
mod drift;
mod explain;
mod graph;
mod import;
mod init;
mod output;
mod plan;
mod running;
mod schema;
mod session;
mod show;
mod stages;
mod telling;
mod unlock;
mod validate;

use std::process::ExitCode;

use clap::{Parser, Subcommand};

pub use common::Common;

/// Takes a company's infrastructure from one growth stage to the next, with no state file: the cloud is the state.
#[derive(Debug, Parser)]
#[command(name = "stackctl", version, propagate_version = true, max_term_width = 110)]
pub struct Cli {
    /// Flags that all commands know.
    #[command(flatten)]
    pub common: Common,
    /// What to do.
    #[command(subcommand)]
    pub command: Command,
}

/// The commands.
#[derive(Debug, Subcommand)]
pub enum Command {
    /// Write a first stackctl.yaml and blueprint
    Init(init::Args),
    /// Check blueprints offline: every property, reference and kind of id
    Validate(validate::Args),
    /// Show what has to change to reach a stage
    Plan(plan::Args),
    /// Carry out the changes to reach a stage, or a saved plan
    Apply(apply::Args),
    /// Delete everything the stack owns
    Destroy(destroy::Args),
    /// Show what was changed behind the blueprint's back; exit code 2 if anything was
    Drift(drift::Args),
    /// Compare two stages' blueprints, offline
    Diff(diff::Args),
    /// Show a stage: its resources, or one resource with all that is known of it
    Show(show::Args),
    /// Print the stage's outputs, read live
    Output(output::Args),
    /// Draw the dependencies of a stage
    Graph(graph::Args),
    /// List the stages: audience, objectives, budget, what is bought elsewhere
    Stages(stages::Args),
    /// Take over a resource that exists
    Import(import::Args),
    /// Take the lock away from an apply that died
    Unlock(unlock::Args),
    /// Print a JSON Schema: of blueprints, components, stackctl.yaml, or of stackctl's own output
    Schema(schema::Args),
    /// Print what the catalog knows of a resource type or property, offline
    Explain(explain::Args),
    /// Print a completion script for a shell
    Completions(completions::Args),
}

impl Cli {
    /// Sets up logging and colours; makes no call and reads no file.
    pub fn prepare(&self) {
        self.common.prepare();
    }

    /// Runs the command.
    ///
    /// # Errors
    /// A report for a person; the exit code is then 1.
    pub fn run(&self) -> miette::Result<ExitCode> {
        let common = &self.common;
        match &self.command {
            Command::Init(args) => init::run(args),
            Command::Validate(args) => validate::run(args, common),
            Command::Plan(args) => plan::run(args, common),
            Command::Apply(args) => apply::run(args, common),
            Command::Destroy(args) => destroy::run(args, common),
            Command::Drift(args) => drift::run(args, common),
            Command::Diff(args) => diff::run(args, common),
            Command::Show(args) => show::run(args, common),
            Command::Output(args) => output::run(args, common),
            Command::Graph(args) => graph::run(args, common),
            Command::Stages(args) => stages::run(args, common),
            Command::Import(args) => import::run(args, common),
            Command::Unlock(args) => unlock::run(args, common),
            Command::Schema(args) => schema::run(args),
            Command::Explain(args) => explain::run(args),
            Command::Completions(args) => completions::run(args),
        }
    }
}

#[cfg(test)]
mod tests {
    use clap::CommandFactory;

    #[test]
    fn the_command_line_is_consistent() {
        super::Cli::command().debug_assert();
    }
}
