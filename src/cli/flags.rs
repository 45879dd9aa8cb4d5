//! The flags of commands, in groups. A command takes those that mean something to it, so that none is taken and ignored.

use std::path::PathBuf;

use clap::{Args, ValueHint};

use super::Common;

/// A group of flags, and what it says.
pub trait Flags {
    /// Writes what was given into what commands read.
    fn put(&self, common: &mut Common);
}

/// A command's own arguments beside the flags that it shares with others.
#[derive(Debug, Args)]
#[group(skip)]
pub struct With<A: Args, F: Args> {
    /// Its own.
    #[command(flatten)]
    pub args: A,
    /// Those that it shares.
    #[command(flatten)]
    pub flags: F,
}

/// Two groups.
#[derive(Debug, Args)]
#[group(skip)]
pub struct Both<A: Args, B: Args> {
    /// The one.
    #[command(flatten)]
    one: A,
    /// The other.
    #[command(flatten)]
    other: B,
}

/// For commands that read blueprints and print for programs, too.
pub type Told = Both<InProject, InJson>;
/// For commands that ask the cloud.
pub type Asking = Both<Told, InCloud>;
/// For commands that plan.
pub type Planning = Both<Asking, Selecting>;
/// For commands that change something.
pub type Changing = Both<Planning, Consenting>;

impl<A: Args + Flags, B: Args + Flags> Flags for Both<A, B> {
    fn put(&self, common: &mut Common) {
        self.one.put(common);
        self.other.put(common);
    }
}

/// Of which project.
#[derive(Debug, Args)]
#[command(next_help_heading = "Common options")]
pub struct InProject {
    /// The folder with stackctl.yaml [default: `.`, then `blueprints/`]
    #[arg(long, value_hint = ValueHint::DirPath, env = "STACKCTL_DIR")]
    dir: Option<PathBuf>,

    /// The environment of stackctl.yaml; each is a stack of its own
    #[arg(long, env = "STACKCTL_ENV", value_name = "NAME")]
    env: Option<String>,

    /// Sets a variable of stackctl.yaml (repeatable)
    #[arg(long = "var", value_name = "NAME=VALUE")]
    vars: Vec<String>,
}

impl Flags for InProject {
    fn put(&self, common: &mut Common) {
        common.dir.clone_from(&self.dir);
        common.env.clone_from(&self.env);
        common.vars.clone_from(&self.vars);
    }
}

/// In which form.
#[derive(Debug, Args)]
#[command(next_help_heading = "Common options")]
pub struct InJson {
    /// Print JSON
    #[arg(long)]
    json: bool,
}

impl Flags for InJson {
    fn put(&self, common: &mut Common) {
        common.json = self.json;
    }
}

/// In which cloud.
#[derive(Debug, Args)]
#[command(next_help_heading = "Common options")]
pub struct InCloud {
    /// Where the lock and the history are kept: a folder or s3://bucket/prefix [default: stackctl.yaml's, else .stackctl
    /// beside it]
    #[arg(long, value_name = "PLACE", env = "STACKCTL_LEDGER")]
    ledger: Option<String>,

    /// Use an in-memory cloud: no network, no credentials; with a file, it is kept there between runs
    #[arg(long, value_name = "FILE", num_args = 0..=1, require_equals = true)]
    #[allow(clippy::option_option)] // Absent, bare, and with a file are three different wishes.
    simulate: Option<Option<PathBuf>>,
}

impl Flags for InCloud {
    fn put(&self, common: &mut Common) {
        common.ledger.clone_from(&self.ledger);
        common.simulate.clone_from(&self.simulate);
    }
}

/// Of what alone.
#[derive(Debug, Args)]
#[command(next_help_heading = "Common options")]
pub struct Selecting {
    /// Only what is in this region (repeatable)
    #[arg(long = "region", value_name = "REGION")]
    regions: Vec<String>,

    /// Only addresses that match this glob (repeatable)
    #[arg(long, value_name = "GLOB")]
    target: Vec<String>,

    /// No addresses that match this glob (repeatable)
    #[arg(long, value_name = "GLOB")]
    exclude: Vec<String>,
}

impl Flags for Selecting {
    fn put(&self, common: &mut Common) {
        common.regions.clone_from(&self.regions);
        common.target.clone_from(&self.target);
        common.exclude.clone_from(&self.exclude);
    }
}

/// At which price.
#[derive(Debug, Args)]
#[command(next_help_heading = "Common options")]
pub struct Consenting {
    /// Consent to delete or replace what holds data or is protected (repeatable)
    #[arg(long, value_name = "GLOB")]
    allow_destroy: Vec<String>,
}

impl Flags for Consenting {
    fn put(&self, common: &mut Common) {
        common.allow_destroy.clone_from(&self.allow_destroy);
    }
}
