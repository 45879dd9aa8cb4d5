//! The order of steps: each after what it needs, the longest remaining path first.

use std::cmp::Reverse;
use std::collections::BinaryHeap;

use petgraph::algo::tarjan_scc;
use petgraph::graph::{DiGraph, NodeIndex};

use super::steps::{Graph, Need, Why};

/// The order in which steps may be done, and each step's longest remaining path in seconds.
pub(super) struct Order {
    /// Indexes of nodes.
    pub sequence: Vec<usize>,
    /// By node.
    pub remaining: Vec<u32>,
}

/// Sorts the steps of a graph without [circles](open_circles).
pub(super) fn order(graph: &mut Graph) -> Order {
    graph.needs.sort_unstable_by_key(|need| (need.node, need.needed));
    graph.needs.dedup_by_key(|need| (need.node, need.needed));
    let any = sequence(graph, &vec![0; graph.nodes.len()]);
    let mut remaining: Vec<u32> = graph.nodes.iter().map(|node| node.weight).collect();
    let waiting = waiting(graph);
    for at in any.iter().rev() {
        let behind = waiting[*at].iter().map(|later| remaining[*later]).max().unwrap_or(0);
        remaining[*at] = graph.nodes[*at].weight.saturating_add(behind);
    }
    let sequence = sequence(graph, &remaining);
    Order { sequence, remaining }
}

/// Circles that guesses about live resources make are opened by dropping those guesses.
///
/// # Errors
/// With the nodes of a circle that only the blueprint's own dependencies make.
pub(super) fn open_circles(graph: &mut Graph) -> Result<(), Vec<usize>> {
    let Some(component) = circles(graph) else { return Ok(()) };
    let inside = |need: &Need| component[need.node] == component[need.needed];
    graph.needs.retain(|need| need.why != Why::Reference || !inside(need));
    match circles(graph) {
        None => Ok(()),
        Some(component) => {
            let mut sizes = vec![0; graph.nodes.len()];
            component.iter().for_each(|of| sizes[*of] += 1);
            Err((0..graph.nodes.len()).filter(|at| sizes[component[*at]] > 1).collect())
        }
    }
}

/// By node, the strongly connected component that it is in; none where each is alone.
fn circles(graph: &Graph) -> Option<Vec<usize>> {
    let mut digraph: DiGraph<(), (), u32> = DiGraph::with_capacity(graph.nodes.len(), graph.needs.len());
    let places: Vec<NodeIndex> = graph.nodes.iter().map(|_| digraph.add_node(())).collect();
    for need in &graph.needs {
        digraph.add_edge(places[need.node], places[need.needed], ());
    }
    let components = tarjan_scc(&digraph);
    if components.iter().all(|members| members.len() == 1) {
        return None;
    }
    let mut of = vec![0; graph.nodes.len()];
    for (component, members) in components.iter().enumerate() {
        members.iter().for_each(|member| of[member.index()] = component);
    }
    Some(of)
}

/// By node, those that need it.
fn waiting(graph: &Graph) -> Vec<Vec<usize>> {
    let mut waiting = vec![Vec::new(); graph.nodes.len()];
    for need in &graph.needs {
        waiting[need.needed].push(need.node);
    }
    waiting
}

/// A topological order; among the free ones, the highest priority first, then the order of the changes.
fn sequence(graph: &Graph, priority: &[u32]) -> Vec<usize> {
    let waiting = waiting(graph);
    let mut open = vec![0_usize; graph.nodes.len()];
    graph.needs.iter().for_each(|need| open[need.node] += 1);
    let entry = |at: usize| (priority[at], Reverse((graph.nodes[at].change, at)));
    let mut free: BinaryHeap<_> = (0..open.len()).filter(|at| open[*at] == 0).map(entry).collect();
    let mut sequence = Vec::with_capacity(open.len());
    while let Some((_, Reverse((_, at)))) = free.pop() {
        sequence.push(at);
        for later in &waiting[at] {
            open[*later] -= 1;
            if open[*later] == 0 {
                free.push(entry(*later));
            }
        }
    }
    sequence
}
