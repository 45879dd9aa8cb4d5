//! What the flags that commands share said, and what they set up.

use std::io::{IsTerminal, stderr, stdout};
use std::path::PathBuf;

use miette::MietteHandlerOpts;

use crate::blueprint::{Diagnostics, Project};
use crate::ledger::{LedgerError, Location};
use crate::model::Region;
use crate::pipeline::Simulation;
use crate::plan::Filter;

/// What the flags said that several commands know; `flags.rs` has which of them knows which.
#[derive(Clone, Debug, Default)]
pub struct Common {
    /// `--dir`.
    pub dir: Option<PathBuf>,
    /// `--env`.
    pub env: Option<String>,
    /// Each `--var`.
    pub vars: Vec<String>,
    /// Each `--region`.
    pub regions: Vec<String>,
    /// Each `--target`.
    pub target: Vec<String>,
    /// Each `--exclude`.
    pub exclude: Vec<String>,
    /// Each `--allow-destroy`.
    pub allow_destroy: Vec<String>,
    /// `--ledger`.
    pub ledger: Option<String>,
    /// `--simulate`, and its file.
    #[allow(clippy::option_option)] // Absent, bare, and with a file are three different wishes.
    pub simulate: Option<Option<PathBuf>>,
    /// `--json`.
    pub json: bool,
    /// How often `-v` was given.
    pub verbose: u8,
}

impl Common {
    /// The project in `--dir`, with the environment asked for.
    ///
    /// # Errors
    /// All mistakes of stackctl.yaml.
    pub fn project(&self) -> Result<Project, Diagnostics> {
        Project::open(self.dir.as_deref(), self.env.as_deref())
    }

    /// Where a project's ledger is. What stackctl.yaml says is relative to that: the folder that a command is run in makes no
    /// second ledger.
    ///
    /// # Errors
    /// A text that names no place.
    #[expect(clippy::result_large_err, reason = "asked once a command")]
    pub fn ledger_of(&self, project: &Project) -> Result<Location, LedgerError> {
        if let Some(given) = &self.ledger {
            return given.parse();
        }
        let written = project.ledger().map_or_else(|| Ok(Location::default()), str::parse)?;
        Ok(match written {
            Location::Folder(path) => Location::Folder(project.placed(&path)),
            shared @ Location::S3 { .. } => shared,
        })
    }

    /// What the command is limited to.
    pub fn filter(&self) -> Filter {
        Filter {
            regions: self.regions.iter().map(Region::new).collect(),
            targets: self.target.clone(),
            excludes: self.exclude.clone(),
        }
    }

    /// The wish for a simulated cloud.
    pub fn simulation(&self) -> Option<Simulation> {
        self.simulate.clone().map(|file| Simulation { file })
    }
}

/// Sets up logging, and how errors look.
pub fn prepare(verbose: u8) {
    if !stderr().is_terminal() {
        // Whoever looks for an address or an ARN in a log looks for it in one piece.
        let _ = miette::set_hook(Box::new(|_| Box::new(MietteHandlerOpts::new().wrap_lines(false).build())));
    }
    let level = match verbose {
        // What these log of refusals and of places without credentials is told as an error, too.
        0 => "warn,kube_client=off,aws_config=error,aws_credential_types=error",
        1 => "stackctl=debug",
        _ => "debug",
    };
    let filter = tracing_subscriber::EnvFilter::try_from_env("STACKCTL_LOG")
        .unwrap_or_else(|_| tracing_subscriber::EnvFilter::new(level));
    tracing_subscriber::fmt()
        .with_env_filter(filter)
        .with_writer(stderr)
        .with_ansi(stderr().is_terminal() && !no_color())
        .with_target(false)
        .without_time()
        .init();
}

/// Whether text for a person on standard output may have colours.
pub fn colored() -> bool {
    stdout().is_terminal() && !no_color()
}

/// How wide the terminal on standard output is; none where there is none, and nobody counts columns.
pub fn columns() -> Option<usize> {
    let (terminal_size::Width(columns), _) = terminal_size::terminal_size_of(stdout())?;
    Some(usize::from(columns))
}

/// <https://no-color.org>: set and not empty.
fn no_color() -> bool {
    std::env::var_os("NO_COLOR").is_some_and(|value| !value.is_empty())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_ledger_lies_beside_stackctl_yaml() {
        let dir = tempfile::tempdir().unwrap();
        let place = |yaml: &str, flag: Option<&str>| {
            std::fs::write(dir.path().join("stackctl.yaml"), yaml).unwrap();
            let (folder, ledger) = (Some(dir.path().to_owned()), flag.map(str::to_owned));
            let common = Common { dir: folder, ledger, ..Common::default() };
            common.ledger_of(&common.project().unwrap()).unwrap().to_string()
        };
        let beside = |name: &str| dir.path().join(name).display().to_string();
        assert_eq!(place("stack: shop\n", None), beside(".stackctl"));
        assert_eq!(place("stack: shop\nledger: ../ledger\n", None), beside("../ledger"));
        assert_eq!(place("stack: shop\nledger: s3://team/x\n", None), "s3://team/x");
        assert_eq!(place("stack: shop\n", Some("here")), "here", "a flag is relative to where it is typed");
    }
}
