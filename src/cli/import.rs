//! `stackctl import`: takes over a resource that exists, by writing the stack's tags on it. What else differs is left to the
//! next plan, which shows it before it changes it.

use std::process::ExitCode;

use miette::miette;

use super::Common;
use super::condition::Condition;
use super::running::{Running, Wishes};
use super::session::{Session, block_on};
use super::telling::ADDRESSES;
use crate::model::{Address, Identifier};
use crate::pipeline::{Goal, meant};
use crate::plan::Filter;

/// The arguments.
#[derive(Debug, clap::Args)]
pub struct Args {
    /// The address in the blueprint, such as `us-east-1/network.vpc`
    address: Address,
    /// The physical id, such as `vpc-0a1b2c3d`
    identifier: String,
    /// `stage-3`, `growth` or a file [default: the stage in stackctl.yaml]
    stage: Option<String>,
    /// How it is carried out.
    #[command(flatten)]
    wishes: Wishes,
}

/// Plans the one address with its adoption, asks, applies.
pub fn run(args: &Args, common: &Common) -> miette::Result<ExitCode> {
    block_on(async {
        let session = Session::open(common).await?;
        let mut compiled = session.compile(args.stage.as_deref())?;
        let Some(at) = compiled.desired.iter().position(|desired| desired.address == args.address) else {
            let known = compiled.desired.iter().map(|desired| &desired.address);
            let help = meant(args.address.as_str(), known).unwrap_or_else(|| ADDRESSES.to_owned());
            let number = compiled.stage.number;
            return Err(miette!(help = help, "stage {number} has no resource at `{}`", args.address));
        };
        compiled.desired[at].lifecycle.adopt = Some(Identifier::new(&args.identifier));
        compiled.desired[at].lifecycle.tags_only = true;
        // The address as it stands; a glob would read its brackets the same way.
        let filter = Filter { targets: vec![args.address.to_string()], ..Filter::default() };
        let running = Running::begin(&session, common, &args.wishes).await?;
        let outcome = running.carry_out(Goal::Stage(&compiled), filter, Condition::None).await;
        running.end(outcome).await
    })
}
