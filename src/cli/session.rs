//! What every command that asks the cloud starts with: the project, the cloud, the account, the ledger.

use std::collections::BTreeSet;
use std::future::Future;

use miette::{IntoDiagnostic, WrapErr};

use super::Common;
use crate::blueprint::{Compiled, Project};
use crate::ledger::{Ledger, Location};
use crate::model::{Address, Region};
use crate::pipeline::{Goal, PipelineError, PlanRequest, Planned, World, plan};
use crate::plan::Filter;

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
        let account = world.provider().account().await.into_diagnostic().wrap_err("can't reach AWS")?;
        let bound = project.account().filter(|bound| *bound != account && !world.is_simulated());
        if let Some(bound) = bound {
            let (stack, bound, found) = (project.stack().to_string(), bound.to_owned(), account);
            return Err(PipelineError::Account { stack, bound, found }).into_diagnostic();
        }
        let place = match common.ledger.as_deref().or(project.ledger()) {
            Some(place) => place.parse().into_diagnostic()?,
            None => Location::default(),
        };
        let ledger = world.ledger(&place, project.stack()).await.into_diagnostic()?;
        Ok(Self { common, project, world, account, ledger })
    }

    /// A stage's blueprint, compiled; the one in stackctl.yaml where none is named.
    pub fn compile(&self, stage: Option<&str>) -> miette::Result<Compiled> {
        Ok(self.project.compile_for(stage, &self.common.vars, &self.account)?)
    }

    /// Reads what is live and says what has to change.
    pub async fn plan(&self, goal: Goal<'_>) -> miette::Result<Planned> {
        self.plan_only(goal, self.common.filter()).await
    }

    /// The same, limited to what a filter selects.
    pub async fn plan_only(&self, goal: Goal<'_>, filter: Filter) -> miette::Result<Planned> {
        let book = self.ledger.book().await.into_diagnostic()?;
        let everywhere = self.project.stages().iter().flat_map(|head| head.regions.iter().cloned());
        let regions: BTreeSet<Region> = everywhere.chain(book.regions).collect();
        let env = self.common.env.clone();
        let names = self.project.clusters().into_keys();
        // An address is a way to a cluster that the stack makes, and finds by itself.
        let clusters = names.filter(|name| name.parse::<Address>().is_err()).collect();
        let hints = self.ledger.hints().await.into_diagnostic()?;
        let account = self.account.clone();
        let request = PlanRequest { goal, env, account, regions, clusters, hints, filter };
        plan(&self.world, &request).await.into_diagnostic()
    }
}

/// Runs a command that waits for the network.
pub fn block_on<T>(command: impl Future<Output = miette::Result<T>>) -> miette::Result<T> {
    let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build().into_diagnostic()?;
    let result = runtime.block_on(command);
    // What still runs in the background (a lease's renewal) must not hold the process up.
    runtime.shutdown_background();
    result
}
