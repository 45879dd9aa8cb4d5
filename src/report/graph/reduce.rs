//! Leaves out edges that a longer way implies.

use std::collections::BTreeSet;

/// The transitive reduction of an acyclic graph of `count` nodes (Aho, Garey, Ullman 1972); where folding made a
/// cycle, its edges stay.
pub fn transitive_reduction(count: usize, edges: &BTreeSet<(usize, usize)>) -> BTreeSet<(usize, usize)> {
    let mut next = vec![Vec::new(); count];
    for (from, to) in edges {
        next[*from].push(*to);
    }
    let mut kept = BTreeSet::new();
    for (from, ends) in next.iter().enumerate() {
        let ways: Vec<(usize, Vec<bool>)> =
            ends.iter().map(|via| (*via, reached(&next, *via, from))).collect();
        let implied = |to: usize| ways.iter().any(|(via, reached)| *via != to && reached[to]);
        kept.extend(ends.iter().filter(|to| !implied(**to)).map(|to| (from, *to)));
    }
    kept
}

/// Which nodes can be reached from one without passing another.
fn reached(next: &[Vec<usize>], start: usize, avoid: usize) -> Vec<bool> {
    let mut seen = vec![false; next.len()];
    (seen[start], seen[avoid]) = (true, true);
    let mut open = vec![start];
    while let Some(node) = open.pop() {
        for to in &next[node] {
            if !std::mem::replace(&mut seen[*to], true) {
                open.push(*to);
            }
        }
    }
    seen
}
