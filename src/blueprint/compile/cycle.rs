//! Resources that wait for each other: found over the finished dependencies, named with the way around.

use std::collections::hash_map::Entry;
use std::collections::{BTreeSet, HashMap, VecDeque};
use std::rc::Rc;

use petgraph::algo::kosaraju_scc;
use petgraph::graph::{DiGraph, NodeIndex};

use super::super::diagnostics::{Finding, Span};
use super::super::expression::Val;
use super::super::yaml::{Kind, Node};
use super::Compiler;
use super::frame::Declared;
use super::resource::collect;
use crate::model::{Address, Desired, Value};

type Made = (Rc<Declared>, Desired);
type Needs = DiGraph<(), ()>;

impl Compiler<'_> {
    /// Reports the shortest way around of each group of resources that wait for each other.
    pub(super) fn check_cycles(&self, made: &[Made]) {
        for (declared, desired) in made.iter().filter(|(_, desired)| waits_for_itself(desired)) {
            let address = &desired.address;
            self.around.findings.add(finding(&[short(address)], place(declared, address)));
        }
        let graph = graph(made);
        for group in kosaraju_scc(&graph).into_iter().filter(|group| group.len() > 1) {
            let way = around(&graph, &group);
            let [first, second, ..] = way.as_slice() else { continue };
            let names: Vec<String> = way.iter().map(|at| short(&made[at.index()].1.address)).collect();
            let place = place(&made[first.index()].0, &made[second.index()].1.address);
            self.around.findings.add(finding(&names, place));
        }
    }
}

/// What is said of a way around, each step named once.
pub(super) fn finding(way: &[String], span: Span) -> Finding {
    // A component's parameter, and the output that hands it on, often have one name.
    let mut way: Vec<&String> = way.iter().collect();
    way.dedup();
    if way.len() > 1 && way.first() == way.last() {
        way.pop();
    }
    let message = match way.as_slice() {
        [one] => format!("a reference cycle: `{one}` needs itself"),
        _ => {
            let steps: Vec<String> = way.iter().chain(way.first()).map(|step| format!("`{step}`")).collect();
            format!("a reference cycle: {}", steps.join(" needs "))
        }
    };
    let help = "take one of these references out, or put it into a resource of its own, \
                as a rule stands beside its security group";
    Finding::new("reference_cycle", span, message).help(help)
}

/// `network.subnet[a]`.
pub(super) fn short(address: &Address) -> String {
    address.as_str().split_once('/').map_or_else(String::new, |(_, rest)| rest.to_owned())
}

fn waits_for_itself(desired: &Desired) -> bool {
    let mut found = false;
    let mut look =
        |value: &Value| value.references(&mut |reference| found |= reference.address == desired.address);
    desired.properties.values().for_each(&mut look);
    desired.tags.values().for_each(&mut look);
    found
}

fn graph(made: &[Made]) -> Needs {
    let places: HashMap<&Address, usize> =
        made.iter().enumerate().map(|(at, (_, desired))| (&desired.address, at)).collect();
    let mut graph = Needs::with_capacity(made.len(), made.len());
    for _ in made {
        graph.add_node(());
    }
    for (at, (_, desired)) in made.iter().enumerate() {
        for needed in desired.depends_on.iter().filter_map(|address| places.get(address)) {
            graph.add_edge(NodeIndex::new(at), NodeIndex::new(*needed), ());
        }
    }
    graph
}

/// The shortest way from a group's first resource back to it.
fn around(graph: &Needs, group: &[NodeIndex]) -> Vec<NodeIndex> {
    let inside: BTreeSet<NodeIndex> = group.iter().copied().collect();
    let Some(start) = inside.first().copied() else { return Vec::new() };
    let mut came_from: HashMap<NodeIndex, NodeIndex> = HashMap::new();
    let mut next = VecDeque::from([start]);
    while let Some(at) = next.pop_front() {
        for needed in graph.neighbors(at).filter(|needed| inside.contains(needed)) {
            if needed == start {
                let mut way: Vec<NodeIndex> =
                    std::iter::successors(Some(at), |step| came_from.get(step).copied()).collect();
                way.reverse();
                return way;
            }
            if let Entry::Vacant(unseen) = came_from.entry(needed) {
                unseen.insert(at);
                next.push_back(needed);
            }
        }
    }
    Vec::new()
}

/// Where a resource says that it needs another one.
fn place(declared: &Declared, needed: &Address) -> Span {
    let declaration = declared.declaration();
    let properties = declared.instance.properties.iter().filter_map(|(name, cell)| {
        let value = cell.get()?.ok()?;
        mentions(&value, needed).then(|| Some(spot(declared.property(name)?, &value, needed)))?
    });
    let mut places = properties.chain(declaration.node.get("dependsOn").map(|node| node.span));
    places.next().unwrap_or(declaration.span)
}

fn mentions(value: &Val, needed: &Address) -> bool {
    let mut needs = BTreeSet::new();
    collect(value, &mut needs);
    needs.contains(needed)
}

/// The innermost node whose value needs it.
fn spot(node: &Node, value: &Val, needed: &Address) -> Span {
    let inner = match (&node.kind, value.untraced()) {
        (Kind::Map(entries), Val::Map(map)) => entries.iter().find_map(|entry| {
            let value = map.get(&entry.key)?;
            mentions(value, needed).then_some((&entry.value, value))
        }),
        (Kind::List(nodes), Val::List(items)) => {
            nodes.iter().zip(items.iter()).find(|(_, item)| mentions(item, needed))
        }
        _ => None,
    };
    inner.map_or(node.span, |(node, value)| spot(node, value, needed))
}
