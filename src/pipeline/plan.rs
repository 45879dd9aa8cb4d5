//! From a goal to an ordered plan: observe, compare, order.

use std::collections::{BTreeMap, BTreeSet, HashMap, HashSet};
use std::sync::Arc;

use super::hints::LeftHints;
use super::unsearched::sort_out;
use super::{PipelineError, World, selection};
use crate::blueprint::Compiled;
use crate::catalog::Catalog;
use crate::diff::{self, Diff, Problem};
use crate::identity::{KnownAttributes, leave_to_others};
use crate::model::{
    Address, Change, Cluster, Desired, Digest, Forecasts, Hint, Live, ReadFailure, Region, Scope,
};
use crate::observe::{self, Observed};
use crate::plan::{Filter, Fingerprint, Plan, PlanError, PlanHead, PlanInput, StageRef, Stats};

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
    /// Regions that the stack is known to have been in: one of these that can't be searched may hold something.
    pub entered: BTreeSet<Region>,
    /// Clusters that the stack does not make, by name, to search for what it owns; beside those of the goal.
    pub clusters: BTreeSet<String>,
    /// What the ledger says was made without tags.
    pub hints: BTreeSet<Hint>,
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
    /// What could not be read and has nothing desired: what the stack has left there is not in the plan.
    pub unsearched: Vec<ReadFailure>,
    /// The attributes that are known before anything is applied.
    pub known: KnownAttributes,
    /// What lookups found.
    pub lookups: BTreeMap<Address, Arc<Live>>,
    /// What is live.
    pub live: Vec<Arc<Live>>,
    /// The ledger's hints.
    pub hints: LeftHints,
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
    let mut diff = compare(world, compiled, &desired, &observed, &protected).await;
    if let Goal::Nothing(_) = request.goal {
        // That a destroy has no blueprint is no reason that a person needs.
        diff.changes.iter_mut().for_each(|change| change.reason = None);
    }
    let unsearched = sort_out(request, &observed.failures, desired.iter().map(Arc::as_ref), &diff.changes);
    let problems: Vec<Problem> = diff.problems.into_iter().chain(unsearched.problems).collect();
    known_selection(request, &described, &diff.changes, &problems)?;
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
    let problems = problems.into_iter().filter(|problem| request.filter.selects(problem.address()));
    Ok(Planned {
        plan,
        problems: problems.collect(),
        unsearched: unsearched.gaps,
        known: diff.known,
        hints: LeftHints { left: request.hints.clone(), valid: valid_hints(request, &observed) },
        lookups: observed.lookups,
        live: observed.live,
    })
}

/// That the filter names what is in the blueprint, live, or a region of the stack.
fn known_selection(
    request: &PlanRequest<'_>,
    described: &[Arc<Desired>],
    changes: &[Change],
    problems: &[Problem],
) -> Result<(), PlanError> {
    let stage = &request.goal.compiled().stage.regions;
    let regions = request.regions.iter().chain(&request.entered).chain(stage).cloned().collect();
    let described = described.iter().map(|desired| &desired.address);
    let live = changes.iter().map(|change| &change.address);
    let addresses = described.chain(live).chain(problems.iter().map(Problem::address)).collect();
    selection::known(&request.filter, &regions, &addresses)
}

/// What is gone needs no hint any more.
fn valid_hints(request: &PlanRequest<'_>, observed: &Observed) -> BTreeSet<Hint> {
    let unread = |hint: &Hint| {
        observed.failures.iter().any(|failure| failure.covers(&hint.scope, &hint.resource_type))
    };
    let live: HashSet<_> =
        observed.live.iter().map(|live| (&live.resource_type, &live.scope, &live.identifier)).collect();
    let is_live = |hint: &Hint| live.contains(&(&hint.resource_type, &hint.scope, &hint.identifier));
    request.hints.iter().filter(|hint| is_live(hint) || unread(hint)).cloned().collect()
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
    let regions = request.regions.iter().chain(&request.entered).chain(&compiled.stage.regions);
    let regions = regions.cloned().map(Scope::Region);
    let hinted = request.hints.iter().map(|hint| hint.scope.clone());
    let scopes: BTreeSet<Scope> =
        regions.chain([Scope::Global]).chain(clusters(request)).chain(hinted).collect();
    let scopes: Vec<Scope> = scopes.into_iter().collect();
    let lookups = match request.goal {
        Goal::Stage(compiled) => compiled.lookups.as_slice(),
        Goal::Nothing(_) => &[],
    };
    let clusters_of = regions_of_clusters(&request.filter, desired);
    let hints: Vec<Hint> = request.hints.iter().cloned().collect();
    let request = observe::Request {
        catalog: Catalog::embedded(),
        stack: &compiled.stack,
        desired,
        lookups,
        hints: &hints,
        scopes: &scopes,
        clusters_of: clusters_of.as_ref(),
    };
    observe::observe(world.provider(), &request).await
}

/// The clusters of the goal's objects, which a destroy searches too; and those that no object is in any more. What is in
/// these is in no region: the stage's first has it.
fn clusters(request: &PlanRequest<'_>) -> BTreeSet<Scope> {
    let compiled = request.goal.compiled();
    let used = compiled.desired.iter().map(|desired| &desired.scope);
    let mut scopes: BTreeSet<Scope> = used.filter(|scope| scope.cluster().is_some()).cloned().collect();
    let names: BTreeSet<Arc<str>> =
        scopes.iter().filter_map(Scope::cluster).map(|cluster| cluster.name.clone()).collect();
    let unused = request.clusters.iter().filter(|name| !names.contains(name.as_str()));
    if let Some(first) = compiled.stage.regions.first() {
        scopes.extend(unused.map(|name| Scope::Cluster(Cluster::named(name, first.clone()))));
    }
    scopes
}

/// The regions whose clusters matter to what a filter selects: its own, and those of what the selected needs.
fn regions_of_clusters(filter: &Filter, desired: &[Arc<Desired>]) -> Option<BTreeSet<Region>> {
    if filter.regions.is_empty() {
        return None;
    }
    let by_address: HashMap<&Address, &Arc<Desired>> =
        desired.iter().map(|one| (&one.address, one)).collect();
    let mut open: Vec<&Arc<Desired>> = desired.iter().filter(|one| filter.selects(&one.address)).collect();
    let mut seen: HashSet<&Address> = open.iter().map(|one| &one.address).collect();
    let mut regions: BTreeSet<Region> = filter.regions.iter().cloned().collect();
    while let Some(one) = open.pop() {
        if one.scope.cluster().is_some() {
            regions.extend(one.scope.region().cloned());
        }
        let needs = one.depends_on.iter().filter_map(|address| by_address.get(address));
        open.extend(needs.filter(|need| seen.insert(&need.address)));
    }
    Some(regions)
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
