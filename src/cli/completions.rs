//! `stackctl completions`: a completion script for a shell.

use std::process::ExitCode;

use clap::CommandFactory;
use clap_complete::Shell;

/// The arguments.
#[derive(Debug, clap::Args)]
pub struct Args {
    /// For which shell
    shell: Shell,
}

/// Prints the script.
pub fn run(args: &Args) -> miette::Result<ExitCode> {
    let mut script = Vec::new();
    clap_complete::generate(args.shell, &mut super::Cli::command(), "stackctl", &mut script);
    tell!("{}", String::from_utf8_lossy(&script));
    Ok(ExitCode::SUCCESS)
}
