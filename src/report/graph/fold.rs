//! Folds a drawing that would be too large to read: a node for each component of the stage, whatever is in it.

use std::collections::{BTreeMap, BTreeSet};

use super::{Drawing, Node, reduce};

/// How many nodes a person can read in one picture.
const READABLE: usize = 80;

impl Drawing {
    /// The drawing itself where it can be read; else each component as one node.
    #[must_use]
    pub fn folded(self) -> Self {
        if self.nodes.len() <= READABLE { self } else { self.by_component() }
    }

    fn by_component(&self) -> Self {
        let mut index: BTreeMap<(&str, &str), usize> = BTreeMap::new();
        let mut folded = Self::default();
        let mut place_of = Vec::with_capacity(self.nodes.len());
        for node in &self.nodes {
            let next = folded.nodes.len();
            let at = *index.entry((&node.place, node.outermost())).or_insert(next);
            place_of.push(at);
            if at == next {
                folded.nodes.push(node.outside());
            } else {
                folded.nodes[at].take_in(node);
            }
        }
        let edges = self.edges.iter().map(|(from, to)| (place_of[*from], place_of[*to]));
        let edges: BTreeSet<(usize, usize)> = edges.filter(|(from, to)| from != to).collect();
        folded.edges = reduce::transitive_reduction(folded.nodes.len(), &edges);
        folded
    }
}

impl Node {
    /// The stage's own component that it is in; by its own name where it is in none.
    fn outermost(&self) -> &str {
        match self.component.as_str() {
            "" => &self.label,
            component => component.split(['.', '[']).next().unwrap_or(component),
        }
    }

    /// Its component in its stead.
    fn outside(&self) -> Self {
        let mut outside = self.clone();
        if !self.component.is_empty() {
            self.outermost().clone_into(&mut outside.label);
            outside.component = String::new();
            outside.count = 1;
            outside.folded = self.count;
        }
        outside
    }

    fn take_in(&mut self, node: &Self) {
        self.folded += node.count;
        self.looked_up &= node.looked_up;
    }
}
