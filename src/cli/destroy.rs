//! `stackctl destroy`: an apply of nothing.

use std::process::ExitCode;

use super::Common;
use super::condition::Condition;
use super::running::{Running, Wishes};
use super::session::{Session, block_on};
use crate::pipeline::Goal;

/// The arguments.
#[derive(Debug, clap::Args)]
pub struct Args {
    /// The stage the stack is at: tells what is protected [default: the stage in stackctl.yaml]
    stage: Option<String>,
    /// How it is carried out.
    #[command(flatten)]
    wishes: Wishes,
}

/// Plans the deletion of everything the stack owns, asks, deletes.
pub fn run(args: &Args, common: &Common) -> miette::Result<ExitCode> {
    block_on(async {
        let session = Session::open(common).await?;
        let compiled = session.compile(args.stage.as_deref())?;
        let running = Running::begin(&session, common, &args.wishes).await?;
        let outcome = running.carry_out(Goal::Nothing(&compiled), common.filter(), Condition::None).await;
        running.end(outcome).await
    })
}
