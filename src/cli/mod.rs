//! The command line: one file a command. A command turns arguments into calls of the pipeline and hands what comes
//! back to a report; it has no logic of its own.

#[macro_use]
mod out;

mod apply;
mod common;
mod completions;
mod condition;
mod destroy;
mod diff;
mod drift;
mod explain;
mod flags;
mod graph;
mod import;
mod init;
mod invocation;
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

use flags::{Asking, Both, Changing, Flags, InCloud, InProject, Planning, Selecting, Told, With};

/// Takes a company's infrastructure from one growth stage to the next, with no state file: the cloud is the state.
#[derive(Debug, Parser)]
#[command(name = "stackctl", version, propagate_version = true, max_term_width = 110)]
pub struct Cli {
    /// Print more: -v what is called, -vv all that is sent
    #[arg(short, long, global = true, action = clap::ArgAction::Count)]
    pub verbose: u8,
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
    Validate(With<validate::Args, Told>),
    /// Show what has to change to reach a stage
    Plan(With<plan::Args, Changing>),
    /// Carry out the changes to reach a stage, or a saved plan
    Apply(With<apply::Args, Changing>),
    /// Delete everything the stack owns
    Destroy(With<destroy::Args, Changing>),
    /// Show what was changed behind the blueprint's back; exit code 2 if anything was
    Drift(With<drift::Args, Planning>),
    /// Compare two stages' blueprints, offline
    Diff(With<diff::Args, Both<Told, Selecting>>),
    /// Show a stage: its resources, or one resource with all that is known of it
    Show(With<show::Args, Asking>),
    /// Print the stage's outputs, read live
    Output(With<output::Args, Planning>),
    /// Draw the dependencies of a stage
    Graph(With<graph::Args, Both<InProject, Selecting>>),
    /// List the stages: audience, objectives, budget, what is bought elsewhere
    Stages(With<stages::Args, Told>),
    /// Take over a resource that exists
    Import(With<import::Args, Asking>),
    /// Take the lock away from an apply that died
    Unlock(With<unlock::Args, Both<InProject, InCloud>>),
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
        common::prepare(self.verbose);
    }

    /// What the flags of a command say.
    fn common(&self, flags: &impl Flags) -> Common {
        let mut common = Common { verbose: self.verbose, ..Common::default() };
        flags.put(&mut common);
        common
    }

    /// Runs the command.
    ///
    /// # Errors
    /// A report for a person; the exit code is then 1.
    pub fn run(&self) -> miette::Result<ExitCode> {
        match &self.command {
            Command::Init(args) => init::run(args),
            Command::Validate(with) => validate::run(&with.args, &self.common(&with.flags)),
            Command::Plan(with) => plan::run(&with.args, &self.common(&with.flags)),
            Command::Apply(with) => apply::run(&with.args, &self.common(&with.flags)),
            Command::Destroy(with) => destroy::run(&with.args, &self.common(&with.flags)),
            Command::Drift(with) => drift::run(&with.args, &self.common(&with.flags)),
            Command::Diff(with) => diff::run(&with.args, &self.common(&with.flags)),
            Command::Show(with) => show::run(&with.args, &self.common(&with.flags)),
            Command::Output(with) => output::run(&with.args, &self.common(&with.flags)),
            Command::Graph(with) => graph::run(&with.args, &self.common(&with.flags)),
            Command::Stages(with) => stages::run(&with.args, &self.common(&with.flags)),
            Command::Import(with) => import::run(&with.args, &self.common(&with.flags)),
            Command::Unlock(with) => unlock::run(&with.args, &self.common(&with.flags)),
            Command::Schema(args) => schema::run(args),
            Command::Explain(args) => explain::run(args),
            Command::Completions(args) => completions::run(args),
        }
    }
}

#[cfg(test)]
mod tests {
    use clap::{CommandFactory, Parser};

    #[test]
    fn a_flag_that_says_nothing_to_a_command_is_refused() {
        for line in [
            "stackctl graph --json",
            "stackctl explain AWS::EC2::VPC --json",
            "stackctl init shop --dir here",
            "stackctl show --region us-east-1",
            "stackctl stages --region us-east-1",
            "stackctl completions bash --allow-destroy x",
        ] {
            assert!(super::Cli::try_parse_from(line.split(' ')).is_err(), "{line}");
        }
    }

    #[test]
    fn the_command_line_is_consistent() {
        super::Cli::command().debug_assert();
    }
}
