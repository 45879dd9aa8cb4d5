//! Leaves out edges that a longer way implies.

use std::collections::BTreeSet;

/// The transitive reduction of an acyclic graph of `count` nodes (Aho, Garey, Ullman 1972); where folding made a
/// cycle, its edges stay.
pub fn transitive_reduction(count: usize, edges: &BTreeSet<(usize, usize)>) -> BTreeSet<(usize, usize)> {
    let mut next = vec![Vec::new(); count];
    for (from, to) in edges {
        next[*from].push(*to);
    }
    let implied = |from: usize, to: usize| {
        next[from].iter().filter(|via| **via != to).any(|via| reaches(&next, *via, to, from))
    };
    edges.iter().copied().filter(|(from, to)| !implied(*from, *to)).collect()
}

fn reaches(next: &[Vec<usize>], start: usize, goal: usize, avoid: usize) -> bool {
    let mut seen = BTreeSet::from([start, avoid]);
    let mut open = vec![start];
    while let Some(node) = open.pop() {
        if node == goal {
            return true;
        }
        open.extend(next[node].iter().copied().filter(|to| seen.insert(*to)));
    }
    false
}
