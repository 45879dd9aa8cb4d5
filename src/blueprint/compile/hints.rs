//! Dependencies that are good to have: what a Kubernetes manifest names is made before it, and the hooks of a chart
//! before or after its other objects, unless that would go in a circle.

use std::collections::HashMap;
use std::rc::Rc;

use petgraph::algo::{has_path_connecting, is_cyclic_directed};
use petgraph::graph::{DiGraph, NodeIndex};

use super::needs::{Identity, Made};
use super::render::{Chart, Moment};
use crate::kubernetes;
use crate::model::{Address, Desired};

/// Adds what the manifests name, where the blueprint has it.
pub(super) fn follow(made: &mut [Made]) {
    let desired: Vec<&Desired> = made.iter().map(|(_, desired)| desired).collect();
    let hints = hooks(made).into_iter().chain(hints(&desired)).collect();
    let hints = followed(&desired, hints);
    for (user, used) in hints {
        let used = made[used].1.address.clone();
        made[user].1.depends_on.insert(used);
    }
}

/// Which object names which, by their positions: (user, used).
fn hints(desired: &[&Desired]) -> Vec<(usize, usize)> {
    let positions: HashMap<Identity, usize> = desired
        .iter()
        .enumerate()
        .filter_map(|(position, desired)| Some((Identity::of(desired)?, position)))
        .collect();
    let mut hints = Vec::new();
    for (user, desired) in desired.iter().enumerate() {
        let Some(cluster) = desired.scope.cluster() else { continue };
        for need in kubernetes::needs(&desired.properties, None) {
            // Whether a custom resource's kind has namespaces is the cluster's to say.
            let mut places = [need.namespace, None].into_iter();
            let used = places.find_map(|namespace| {
                let (group, kind, name) = (need.group.clone(), need.kind.clone(), need.name.clone());
                positions.get(&Identity { cluster: cluster.name.clone(), group, kind, namespace, name })
            });
            hints.extend(used.filter(|used| **used != user).map(|used| (user, *used)));
        }
    }
    hints
}

/// Each object of a chart uses those that are made at an earlier moment.
fn hooks(made: &[Made]) -> Vec<(usize, usize)> {
    let mut charts: HashMap<*const Chart, Vec<(usize, Moment)>> = HashMap::new();
    for (position, (declared, _)) in made.iter().enumerate() {
        if let Some(rendered) = &declared.rendered {
            charts.entry(Rc::as_ptr(&rendered.chart)).or_default().push((position, rendered.moment));
        }
    }
    let mut hints = Vec::new();
    for objects in charts.values() {
        for (user, moment) in objects {
            let earlier = objects.iter().filter(|(_, other)| other < moment);
            hints.extend(earlier.map(|(used, _)| (*user, *used)));
        }
    }
    hints.sort_unstable();
    hints
}

/// Which of the hints leave the dependencies without a circle, the earlier ones before the later.
///
/// Two objects that name each other both work in the end, so a hint against the order that the blueprint itself asks for
/// is dropped, not reported.
fn followed(desired: &[&Desired], hints: Vec<(usize, usize)>) -> Vec<(usize, usize)> {
    let mut graph = dependencies(desired);
    let mut with_all = graph.clone();
    for (user, used) in &hints {
        with_all.update_edge(NodeIndex::new(*user), NodeIndex::new(*used), ());
    }
    if !is_cyclic_directed(&with_all) {
        return hints;
    }
    if is_cyclic_directed(&graph) {
        // The blueprint's own circle is reported; hints would only blur it.
        return Vec::new();
    }
    let follows = |(user, used): &(usize, usize)| {
        let (user, used) = (NodeIndex::new(*user), NodeIndex::new(*used));
        let free = !has_path_connecting(&graph, used, user, None);
        if free {
            graph.update_edge(user, used, ());
        }
        free
    };
    hints.into_iter().filter(follows).collect()
}

/// What the blueprint asks for, from each user to what it uses.
fn dependencies(desired: &[&Desired]) -> DiGraph<(), ()> {
    let positions: HashMap<&Address, usize> =
        desired.iter().enumerate().map(|(position, desired)| (&desired.address, position)).collect();
    let mut graph = DiGraph::new();
    for _ in desired {
        graph.add_node(());
    }
    for (user, desired) in desired.iter().enumerate() {
        for used in desired.depends_on.iter().filter_map(|address| positions.get(address)) {
            graph.update_edge(NodeIndex::new(user), NodeIndex::new(*used), ());
        }
    }
    graph
}
