//! The `stackctl` binary: parse arguments, run one command, turn an error into an exit code.

use std::io::Write;
use std::process::ExitCode;

use clap::Parser;
use stackctl::cli::Cli;

fn main() -> ExitCode {
    let cli = Cli::parse();
    cli.prepare();
    match cli.run() {
        Ok(code) => code,
        Err(report) => {
            // Nobody may be there to read it.
            let _ = writeln!(std::io::stderr(), "{report:?}");
            ExitCode::FAILURE
        }
    }
}
