//! From a goal to an ordered plan: observe, compare, order.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use super::{PipelineError, World};
use crate::blueprint::Compiled;
use crate::catalog::Catalog;
use crate::diff::{self, Diff, Problem};
use crate::identity::{KnownAttributes, leave_to_others};
use crate::model::{Address, Desired, Digest, Forecasts, Live, Region, Scope, StackName};
use crate::observe::{self, Observed};
use crate::plan::{Filter, Fingerprint, Plan, PlanHead, PlanInput, StageRef, Stats};

/// Where the stack is to get to.
#[derive(Clone, Copy, Debug)]
pub enum Goal<'a> {
    /// To a stage.
    Stage(&'a Compiled),
    /// To nothing: a destroy. The stage it is at tells what is protected and which resource hangs on which.
    Nothing(&'a Compiled),
}

/// What is asked of a plan.
#[derive(Clone, Debug)]
pub struct PlanRequest<'a> {
    /// Where to get to.
    pub goal: Goal<'a>,
    /// The environment of stackctl.yaml, if one is chosen.
    pub env: Option<String>,
    /// The account of the credentials.
    pub account: String,
    /// Regions to search for what the stack owns, beside those of the goal.
    pub regions: BTreeSet<Region>,
    /// What the plan is limited to.
    pub filter: Filter,
}

/// A plan, and what it was made from.
#[derive(Debug)]
pub struct Planned {
    /// What is to be done.
    pub plan: Plan,
    /// What could not be planned; an apply refuses to begin while there is any.
    pub problems: Vec<Problem>,
    /// The attributes that are known before anything is applied.
    pub known: KnownAttributes,
    /// What lookups found.
    pub lookups: BTreeMap<Address, Arc<Live>>,
    /// What is live.
    pub live: Vec<Arc<Live>>,
}

impl Goal<'_> {
    fn compiled(&self) -> &Compiled {
        match self {
            Self::Stage(compiled) | Self::Nothing(compiled) => compiled,
        }
    }
}

/// Reads what is live and says what has to change.
///
/// # Errors
/// When changes can't be ordered, or the filter leaves out what is needed. What can't be read is a problem of its own
/// resources, see [`Planned::problems`].
pub async fn plan(world: &World, request: &PlanRequest<'_>) -> Result<Planned, PipelineError> {
    let compiled = request.goal.compiled();
    let described: Vec<Arc<Desired>> = compiled.desired.iter().cloned().map(Arc::new).collect();
    let desired: &[Arc<Desired>] = match request.goal {
        Goal::Stage(_) => &described,
        Goal::Nothing(_) => &[],
    };
    let observed = observe(world, request, desired).await;
    let desired = leave_to_others(desired, &observed.live);
    let protected = match request.goal {
        Goal::Stage(_) => BTreeSet::new(),
        Goal::Nothing(_) => protected(&described),
    };
    let diff = compare(world, compiled, &desired, &observed, &protected).await;
    let hints = if desired.is_empty() { described } else { Vec::new() };
    let plan = Plan::build(PlanInput {
        head: head(request),
        catalog: Catalog::embedded(),
        changes: diff.changes,
        hints: &hints,
        filter: request.filter.clone(),
        fingerprint: fingerprint(request, &observed.live),
        stats: Stats { api_calls: world.provider().api_calls() },
    })?;
    let problems =
        diff.problems.into_iter().filter(|problem| request.filter.selects(problem.address())).collect();
    Ok(Planned { plan, problems, known: diff.known, lookups: observed.lookups, live: observed.live })
}

/// Compares, asks for forecasts where only the provider can tell, and compares again.
async fn compare(
    world: &World,
    compiled: &Compiled,
    desired: &[Arc<Desired>],
    observed: &Observed,
    protected: &BTreeSet<Address>,
) -> Diff {
    let catalog = Catalog::embedded();
    let with = |forecasts: &Forecasts| {
        diff::diff(&diff::Input {
            catalog,
            stack: &compiled.stack,
            desired,
            live: &observed.live,
            forecasts,
            lookups: &observed.lookups,
            failed_lookups: &observed.failed_lookups,
            failures: &observed.failures,
            protected,
        })
    };
    let first = with(&Forecasts::new());
    if first.uncertain.is_empty() {
        return first;
    }
    let Diff { changes, uncertain, known, .. } = &first;
    let provider = world.provider();
    let forecasts = observe::forecasts(provider, catalog, &compiled.stack, changes, uncertain, known).await;
    with(&forecasts)
}

async fn observe(world: &World, request: &PlanRequest<'_>, desired: &[Arc<Desired>]) -> Observed {
    let compiled = request.goal.compiled();
    let regions = request.regions.iter().chain(&compiled.stage.regions).cloned().map(Scope::Region);
    let scopes: BTreeSet<Scope> = regions.chain([Scope::Global]).collect();
    let scopes: Vec<Scope> = scopes.into_iter().collect();
    let lookups = match request.goal {
        Goal::Stage(compiled) => compiled.lookups.as_slice(),
        Goal::Nothing(_) => &[],
    };
    let stack: &StackName = &compiled.stack;
    let request = observe::Request { catalog: Catalog::embedded(), stack, desired, lookups, scopes: &scopes };
    observe::observe(world.provider(), &request).await
}

fn protected(desired: &[Arc<Desired>]) -> BTreeSet<Address> {
    let protected = desired.iter().filter(|resource| resource.lifecycle.protect);
    protected.map(|resource| resource.address.clone()).collect()
}

fn head(request: &PlanRequest<'_>) -> PlanHead {
    let compiled = request.goal.compiled();
    let stage = match request.goal {
        Goal::Stage(compiled) => {
            Some(StageRef { number: compiled.stage.number, name: compiled.stage.name.clone() })
        }
        Goal::Nothing(_) => None,
    };
    PlanHead { stack: compiled.stack.clone(), env: request.env.clone(), stage }
}

fn fingerprint(request: &PlanRequest<'_>, live: &[Arc<Live>]) -> Fingerprint {
    let blueprint = match request.goal {
        Goal::Stage(compiled) => compiled.digest,
        Goal::Nothing(_) => Digest::default(),
    };
    Fingerprint::new(Catalog::embedded(), blueprint, &request.account, live)
}
