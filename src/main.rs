//! The `stackctl` binary: parse arguments, run one command, turn an error into an exit code.

use std::io::Write;
use std::process::ExitCode;
use std::thread::JoinHandle;

use clap::Parser;
use stackctl::cli::Cli;

/// What the command may take: blueprints are compiled along their references, and expressions along their brackets,
/// recursively.
const STACK_BYTES: usize = 256 << 20;

fn main() -> ExitCode {
    match std::thread::Builder::new().stack_size(STACK_BYTES).spawn(command).map(JoinHandle::join) {
        Ok(Ok(code)) => code,
        Ok(Err(panic)) => std::panic::resume_unwind(panic),
        // A system that gives no such thread has one with a smaller stack at least.
        Err(_) => command(),
    }
}

fn command() -> ExitCode {
    let cli = match Cli::try_parse() {
        Ok(cli) => cli,
        Err(error) => {
            let _ = error.print();
            // The parser's own code for a mistake is 2, which says "there are changes" here.
            return if error.use_stderr() { ExitCode::FAILURE } else { ExitCode::SUCCESS };
        }
    };
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
