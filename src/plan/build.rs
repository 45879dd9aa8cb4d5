//! Puts a plan together: selects, links, orders.

use std::sync::Arc;

use thiserror::Error;

use crate::catalog::Catalog;
use crate::model::{Action, Change, Desired, Shown};

use super::order::{Order, open_circles, order};
use super::steps::{Graph, Need, Why};
use super::{Filter, Fingerprint, Missing, Plan, PlanHead, PlanStep, Stats, StepId};

/// What a plan is made of.
pub struct PlanInput<'a> {
    /// Of which stack, towards which stage.
    pub head: PlanHead,
    /// The types' facts.
    pub catalog: &'a Catalog,
    /// The diff's changes, sorted by address.
    pub changes: Vec<Change>,
    /// For a destroy: the resources of the current stage's blueprint, whose dependencies tell in which order to take
    /// them down; otherwise empty.
    pub hints: &'a [Arc<Desired>],
    /// What the plan is limited to.
    pub filter: Filter,
    /// Of what the changes were computed.
    pub fingerprint: Fingerprint,
    /// Counts for people.
    pub stats: Stats,
}

/// Why there is no plan.
#[derive(Clone, Debug, Error, PartialEq, Eq)]
pub enum PlanError {
    /// The filter leaves out what selected changes need.
    #[error(
        "the selection leaves out what it needs:\n{}\nselect these too, or apply them first",
        .0.iter().map(|missing| format!("  {missing}")).collect::<Vec<_>>().join("\n")
    )]
    Outside(Vec<Missing>),
    /// The filter names what is neither in the blueprint nor live: a slip of the pen, or what is gone already.
    #[error(
        "nothing of this stage or stack matches:\n{}\n`stackctl show` lists the regions and addresses that there are",
        .0.iter().map(|name| format!("  {name}")).collect::<Vec<_>>().join("\n")
    )]
    Unmatched(Vec<String>),
    /// Changes wait for each other.
    #[error("these changes wait for each other: {}", .0.join(", "))]
    Circle(Vec<String>),
}

/// Builds a plan.
pub(super) fn build(input: PlanInput<'_>) -> Result<Plan, PlanError> {
    let PlanInput { head, catalog, mut changes, hints, filter, fingerprint, stats } = input;
    let mut graph = Graph::new(catalog, &mut changes, hints);
    let selected: Vec<bool> = changes.iter().map(|change| filter.selects(&change.address)).collect();
    if selected.contains(&false) {
        let missing = missing(&graph, &changes, &selected);
        if !missing.is_empty() {
            return Err(PlanError::Outside(missing));
        }
        graph.retain(&selected);
    }
    // In a circle of live references nobody is the first to go: it is opened before it is told what the first wait for.
    open_circles(&mut graph).map_err(|circle| named(circle, &graph, &changes))?;
    graph.retire_last(&changes);
    let order = order(&mut graph);
    let steps = steps(&graph, &order, &changes);
    let mut plan = Plan { head, changes, steps, edges: graph.edges, fingerprint, filter, stats };
    if selected.contains(&false) {
        plan.keep(&selected);
    }
    Ok(plan)
}

fn named(circle: Vec<usize>, graph: &Graph, changes: &[Change]) -> PlanError {
    let mut names: Vec<_> =
        circle.into_iter().map(|at| changes[graph.nodes[at].change].address.to_string()).collect();
    names.sort_unstable();
    names.dedup();
    PlanError::Circle(names)
}

fn steps(graph: &Graph, order: &Order, changes: &[Change]) -> Vec<PlanStep> {
    let mut place = vec![StepId(0); graph.nodes.len()];
    for (at, node) in order.sequence.iter().enumerate() {
        place[*node] = StepId(u32::try_from(at).unwrap_or(u32::MAX));
    }
    let mut needs = vec![Vec::new(); graph.nodes.len()];
    for need in &graph.needs {
        needs[need.node].push(place[need.needed]);
    }
    let step = |at: &usize| {
        let node = &graph.nodes[*at];
        let mut needs = std::mem::take(&mut needs[*at]);
        needs.sort_unstable();
        PlanStep {
            id: place[*at],
            address: changes[node.change].address.clone(),
            change: node.change,
            step: node.step,
            needs,
            weight_seconds: node.weight,
            remaining_seconds: order.remaining[*at],
        }
    };
    order.sequence.iter().map(step).collect()
}

/// What selected steps need of those that are not.
fn missing(graph: &Graph, changes: &[Change], selected: &[bool]) -> Vec<Missing> {
    let mut missing: Vec<Missing> = graph
        .needs
        .iter()
        .filter(|need| is_needed(need, graph, changes))
        .map(|need| (graph.nodes[need.node].change, graph.nodes[need.needed].change))
        .filter(|(node, needed)| selected[*node] && !selected[*needed])
        .map(|(node, needed)| Missing {
            address: changes[node].address.clone(),
            action: changes[node].action,
            needs: changes[needed].address.clone(),
            needed: changes[needed].action,
        })
        .collect();
    missing.sort_unstable();
    missing.dedup();
    missing
}

/// An update in place of what something depends on is no need, unless a value comes out of it.
fn is_needed(need: &Need, graph: &Graph, changes: &[Change]) -> bool {
    let (node, needed) = (&changes[graph.nodes[need.node].change], &changes[graph.nodes[need.needed].change]);
    let waits = || node.paths.iter().any(|path| path.after == Some(Shown::KnownAfterApply));
    match (need.why, needed.action) {
        (Why::Dependency, Action::Update) => waits(),
        (Why::Retire, _) | (Why::Dependency, Action::Adopt | Action::None) => false,
        _ => true,
    }
}

impl Plan {
    /// Drops the changes that are not selected; their steps are gone already.
    fn keep(&mut self, selected: &[bool]) {
        let mut place = vec![0; selected.len()];
        let mut next = 0;
        for (at, keep) in selected.iter().enumerate() {
            place[at] = next;
            next += usize::from(*keep);
        }
        let mut at = 0..;
        self.changes.retain(|_| at.next().is_some_and(|at| selected[at]));
        self.steps.iter_mut().for_each(|step| step.change = place[step.change]);
        self.edges.retain(|(user, used)| selected[*user] && selected[*used]);
        self.edges.iter_mut().for_each(|(user, used)| (*user, *used) = (place[*user], place[*used]));
    }
}
