//! Applies a plan under the ledger's lock, and writes down what came of it.

use std::collections::BTreeSet;
use std::convert::Infallible;

use tokio::sync::mpsc;

use super::hints::Hints;
use super::{PipelineError, Planned, World};
use crate::apply::{Apply, Listener, Report, Stop, relay};
use crate::catalog::Catalog;
use crate::ledger::{Lease, Ledger, Recorder};
use crate::model::{Region, ResourceType};

/// What an apply is given.
pub struct CarryOut<'a> {
    /// The cloud.
    pub world: &'a World,
    /// The stack's ledger.
    pub ledger: &'a Ledger,
    /// The lock, taken before the plan was computed.
    pub lease: &'a Lease,
    /// What is to be done.
    pub planned: &'a Planned,
    /// Address globs of what may be destroyed with the data it holds.
    pub allow_destroy: &'a [String],
    /// How it can be stopped.
    pub stop: Stop,
    /// Who listens.
    pub listener: &'a mut (dyn Listener + Send),
}

/// Carries a plan out. Whatever happens, the ledger tells of it, and losing the ledger's lock stops the apply.
///
/// # Errors
/// When the ledger can't be written before anything is begun. What fails later is in the report.
pub async fn carry_out(request: CarryOut<'_>) -> Result<Report, PipelineError> {
    let CarryOut { world, ledger, lease, planned, allow_destroy, stop, listener } = request;
    let book = ledger.enter_regions(regions(planned)).await?;
    let provider = world.provider();
    let needed = |of: &ResourceType| provider.handler(of).is_ok_and(|handler| handler.needs_hints());
    let mut hints = Hints::new(needed, &planned.plan.changes, &planned.hints);
    hints.leave(ledger).await?;
    let notices = ledger.notices(&lease.info().nonce).await?;
    let (events, heard) = mpsc::unbounded_channel();
    let apply = Apply {
        plan: &planned.plan,
        provider,
        catalog: Catalog::embedded(),
        known: planned.known.clone(),
        announcements: &notices,
        finished_applies: book.finished_applies,
        allow_destroy,
        settings: world.settings(),
        stop: stop.clone(),
        events,
    };
    let mut recorder = Recorder::new(lease.info());
    let listeners: &mut [&mut (dyn Listener + Send)] = &mut [&mut recorder, &mut hints, listener];
    let work = async { tokio::join!(apply.run(), relay(heard, listeners)).0 };
    let report = tokio::select! {
        report = work => report,
        never = guard(lease, &stop) => match never {},
    };
    world.save()?;
    hints.leave(ledger).await?;
    let complete = report.is_complete();
    if !report.outcome.interrupted {
        let stage = planned.plan.head.stage.as_ref().map(|stage| format!("stage-{}", stage.number));
        ledger.finish_apply(stage.as_deref().filter(|_| complete)).await?;
    }
    notices.close().await?;
    ledger.record(&recorder.finish(world.provider().api_calls())).await?;
    Ok(report)
}

/// Winds the apply down when somebody else took the lock.
async fn guard(lease: &Lease, stop: &Stop) -> Infallible {
    lease.lost().await;
    stop.request();
    std::future::pending().await
}

fn regions(planned: &Planned) -> BTreeSet<Region> {
    planned.plan.changes.iter().filter_map(|change| change.scope.region().cloned()).collect()
}
