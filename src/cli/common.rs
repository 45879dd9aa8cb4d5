//! The flags that all commands know, and what they set up.

use std::io::{IsTerminal, stderr, stdout};
use std::path::PathBuf;

use clap::{Args, ValueHint};

use crate::blueprint::{Diagnostics, Project};
use crate::ledger::{LedgerError, Location};
use crate::model::Region;
use crate::pipeline::Simulation;
use crate::plan::Filter;

/// Flags that all commands know.
#[derive(Clone, Debug, Default, Args)]
#[command(next_help_heading = "Common options")]
#[allow(clippy::struct_excessive_bools)] // Flags of a command line are independent of one another.
pub struct Common {
    /// The folder with stackctl.yaml [default: `.`, then `blueprints/`]
    #[arg(long, global = true, value_hint = ValueHint::DirPath, env = "STACKCTL_DIR")]
    pub dir: Option<PathBuf>,

    /// The environment of stackctl.yaml; each is a stack of its own
    #[arg(long, global = true, env = "STACKCTL_ENV", value_name = "NAME")]
    pub env: Option<String>,

    /// Sets a variable of stackctl.yaml
    #[arg(long = "var", global = true, value_name = "NAME=VALUE")]
    pub vars: Vec<String>,

    /// Only changes in this region (repeatable)
    #[arg(long = "region", global = true, value_name = "REGION")]
    pub regions: Vec<String>,

    /// Only changes of addresses that match this glob (repeatable)
    #[arg(long, global = true, value_name = "GLOB")]
    pub target: Vec<String>,

    /// No changes of addresses that match this glob (repeatable)
    #[arg(long, global = true, value_name = "GLOB")]
    pub exclude: Vec<String>,

    /// Consent to delete or replace what holds data or is protected (repeatable)
    #[arg(long, global = true, value_name = "GLOB")]
    pub allow_destroy: Vec<String>,

    /// Where the lock and the history are kept: a folder or s3://bucket/prefix [default: stackctl.yaml's, else .stackctl
    /// beside it]
    #[arg(long, global = true, value_name = "PLACE", env = "STACKCTL_LEDGER")]
    pub ledger: Option<String>,

    /// Use an in-memory cloud: no network, no credentials; with a file, it is kept there between runs
    #[arg(long, global = true, value_name = "FILE", num_args = 0..=1, require_equals = true)]
    #[allow(clippy::option_option)] // Absent, bare, and with a file are three different wishes.
    pub simulate: Option<Option<PathBuf>>,

    /// Print JSON
    #[arg(long, global = true)]
    pub json: bool,

    /// Print more: -v what is called, -vv all that is sent
    #[arg(short, long, global = true, action = clap::ArgAction::Count)]
    pub verbose: u8,
}

impl Common {
    /// Sets up logging.
    pub fn prepare(&self) {
        let level = match self.verbose {
            // What a Kubernetes client logs of refusals is told as an error, too.
            0 => "warn,kube_client=off",
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

/// Whether text for a person on standard output may have colours.
pub fn colored() -> bool {
    stdout().is_terminal() && !no_color()
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
