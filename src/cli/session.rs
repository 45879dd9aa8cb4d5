//! What every command that asks the cloud starts with: the project, the cloud, the account, the ledger.

use std::collections::BTreeSet;
use std::future::Future;

use miette::{IntoDiagnostic, Report, miette};

use super::Common;
use crate::blueprint::{Compiled, Project};
use crate::ledger::Ledger;
use crate::model::{Address, Region};
use crate::pipeline::{Goal, PipelineError, PlanRequest, Planned, World, plan};
use crate::plan::Filter;
use crate::providers::{ErrorKind, ProviderError};
use crate::report::Waiting;

/// A project beside the cloud that it is about.
pub struct Session<'a> {
    common: &'a Common,
    /// The blueprints.
    pub project: Project,
    /// The cloud.
    pub world: World,
    /// The account of the credentials.
    pub account: String,
    /// The stack's ledger.
    pub ledger: Ledger,
}

impl<'a> Session<'a> {
    /// Opens the project, then the cloud; refuses credentials of an account that the stack is not bound to.
    pub async fn open(common: &'a Common) -> miette::Result<Self> {
        let project = common.project()?;
        let world = World::open(common.simulation(), project.clusters()).await.into_diagnostic()?;
        let account = world.provider().account().await.map_err(|error| unreached(&error))?;
        let bound = project.account().filter(|bound| *bound != account && !world.is_simulated());
        if let Some(bound) = bound {
            let (stack, bound, found) = (project.stack().to_string(), bound.to_owned(), account);
            return Err(PipelineError::Account { stack, bound, found }).into_diagnostic();
        }
        let place = common.ledger_of(&project).into_diagnostic()?;
        let ledger = world.ledger(&place, project.stack()).await.into_diagnostic()?;
        Ok(Self { common, project, world, account, ledger })
    }

    /// A stage's blueprint, compiled; the one in stackctl.yaml where none is named.
    pub fn compile(&self, stage: Option<&str>) -> miette::Result<Compiled> {
        Ok(self.project.compile_for(stage, &self.common.vars, &self.account)?)
    }

    /// Says so where no stage is named and another one than stackctl.yaml's was applied last.
    pub async fn note_other_stage(&self, named: Option<&str>, compiled: &Compiled) -> miette::Result<()> {
        if named.is_some() {
            return Ok(());
        }
        let last = self.ledger.history(1).await.into_diagnostic()?.pop().and_then(|record| record.stage);
        let written = format!("stage-{}", compiled.stage.number);
        if let Some(last) = last.filter(|last| *last != written) {
            warn_line!(
                "Note: {last} was applied last, and stackctl.yaml says {written}; this is about {written}."
            );
        }
        Ok(())
    }

    /// Reads what is live and says what has to change.
    pub async fn plan(&self, goal: Goal<'_>) -> miette::Result<Planned> {
        self.plan_only(goal, self.common.filter()).await
    }

    /// The same, limited to what a filter selects.
    pub async fn plan_only(&self, goal: Goal<'_>, filter: Filter) -> miette::Result<Planned> {
        let book = self.ledger.book().await.into_diagnostic()?;
        let everywhere = self.project.stages().iter().flat_map(|head| head.regions.iter().cloned());
        let (regions, entered): (BTreeSet<Region>, _) = (everywhere.collect(), book.regions);
        let env = self.common.env.clone();
        let names = self.project.clusters().into_keys();
        // An address is a way to a cluster that the stack makes, and finds by itself.
        let clusters = names.filter(|name| name.parse::<Address>().is_err()).collect();
        let hints = self.ledger.hints().await.into_diagnostic()?;
        let account = self.account.clone();
        let request = PlanRequest { goal, env, account, regions, entered, clusters, hints, filter };
        let _shown = Waiting::on_stderr("reading what is live");
        plan(&self.world, &request).await.into_diagnostic()
    }
}

/// Why the account can't be told, for somebody who may only have begun.
fn unreached(error: &ProviderError) -> Report {
    let ProviderError { kind, code, message, .. } = error;
    match kind {
        ErrorKind::Denied if code == "NotSent" => miette!(
            help =
                "set AWS_PROFILE or run `aws sso login`; `--simulate` needs neither an account nor a network",
            "no AWS credentials were found: {}",
            // Below it stands where the SDK looked, a line each.
            message.lines().next().unwrap_or_default().trim_end_matches(" Attempted:")
        ),
        ErrorKind::Denied => miette!(
            help = "they may have expired: run `aws sso login`, or set others",
            "AWS refuses these credentials: {code}: {message}"
        ),
        _ => miette!(help = "`--simulate` needs no network", "can't reach AWS: {error}"),
    }
}

/// What a thread may take: expressions that waited for attributes are computed along their brackets, recursively.
const STACK_BYTES: usize = 64 << 20;

/// Runs a command that waits for the network.
pub fn block_on<T>(command: impl Future<Output = miette::Result<T>>) -> miette::Result<T> {
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .enable_all()
        .thread_stack_size(STACK_BYTES)
        .build()
        .into_diagnostic()?;
    let result = runtime.block_on(command);
    // What still runs in the background (a lease's renewal) must not hold the process up.
    runtime.shutdown_background();
    result
}
