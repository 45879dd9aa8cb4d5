//! Applies a plan under the ledger's lock, and writes down what came of it.

use std::collections::BTreeSet;
use std::convert::Infallible;

use tokio::sync::mpsc;

use super::hints::Hints;
use super::recording::Recording;
use super::{PipelineError, Planned, World};
use crate::apply::{Apply, Listener, Report, Stop, relay};
use crate::catalog::Catalog;
use crate::ledger::{Lease, Ledger};
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
/// When the lock was lost, or the ledger can't be written, before anything is begun. What fails later is in the report; what
/// the ledger fails at then is a warning beside it.
pub async fn carry_out(request: CarryOut<'_>) -> Result<Report, PipelineError> {
    let CarryOut { world, ledger, lease, planned, allow_destroy, stop, listener } = request;
    lease.check().await?;
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
    let recording = Recording::new(ledger, lease.info());
    let mut recorder = &recording;
    let listeners: &mut [&mut (dyn Listener + Send)] = &mut [&mut recorder, &mut hints, listener];
    let work = async { tokio::join!(apply.run(), relay(heard, listeners), recording.keep()).0 };
    let report = tokio::select! {
        report = work => report,
        never = guard(lease, &stop) => match never {},
    };
    let saved = world.save();
    let hinted = hints.leave(ledger).await;
    let counted = if report.outcome.interrupted { Ok(()) } else { ledger.finish_apply().await.map(drop) };
    let recorded = recording.end(world.provider().api_calls()).await;
    for error in [hinted, counted, notices.close().await, recorded].into_iter().filter_map(Result::err) {
        tracing::warn!("what the apply did is not all written down: {error}");
    }
    saved?;
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
