//! Drawings of a stage's dependencies: Graphviz, Mermaid and SVG.
//!
//! A drawing shows each resource once (instances of one `forEach` are one node with a count) and leaves out edges that
//! others imply, so that it stays readable for a whole stage.

mod dot;
mod fold;
mod layers;
mod mermaid;
mod reduce;
mod svg;

use std::collections::{BTreeMap, BTreeSet};

use crate::model::{Address, Desired, Lookup, ResourceType};

pub use dot::dot;
pub use mermaid::mermaid;
pub use svg::svg;

/// What is drawn: nodes in the order of the blueprint, edges from what is needed to what needs it.
#[derive(Clone, Debug, Default)]
pub struct Drawing {
    nodes: Vec<Node>,
    edges: BTreeSet<(usize, usize)>,
}

#[derive(Clone, Debug)]
struct Node {
    place: String,
    component: String,
    label: String,
    resource_type: ResourceType,
    count: usize,
    looked_up: bool,
    /// How many resources stand behind it, where it is a component; else 0.
    folded: usize,
}

impl Drawing {
    /// Of a compiled stage.
    pub fn of(desired: &[Desired], lookups: &[Lookup]) -> Self {
        let mut drawing = Self::default();
        let mut index = BTreeMap::new();
        for lookup in lookups {
            drawing.add(&mut index, &lookup.address, &lookup.resource_type, true);
        }
        for resource in desired {
            drawing.add(&mut index, &resource.address, &resource.resource_type, false);
        }
        for resource in desired {
            let to = index[&group(&resource.address)];
            let needs = resource.depends_on.iter().filter_map(|address| index.get(&group(address)));
            drawing.edges.extend(needs.filter(|from| **from != to).map(|from| (*from, to)));
        }
        drawing.edges = reduce::transitive_reduction(drawing.nodes.len(), &drawing.edges);
        drawing
    }

    fn add(
        &mut self,
        index: &mut BTreeMap<(String, String), usize>,
        address: &Address,
        resource_type: &ResourceType,
        looked_up: bool,
    ) {
        let next = self.nodes.len();
        let at = *index.entry(group(address)).or_insert(next);
        if at < next {
            self.nodes[at].count += 1;
            return;
        }
        self.nodes.push(Node {
            place: address.place().to_owned(),
            component: address.component().to_owned(),
            label: address.resource().to_owned(),
            resource_type: resource_type.clone(),
            count: 1,
            looked_up,
            folded: 0,
        });
    }

    /// Node positions by place and component, in the order of first appearance.
    fn groups(&self) -> Vec<((&str, &str), Vec<usize>)> {
        let mut groups: Vec<((&str, &str), Vec<usize>)> = Vec::new();
        for (at, node) in self.nodes.iter().enumerate() {
            let name = (node.place.as_str(), node.component.as_str());
            match groups.iter_mut().find(|(known, _)| *known == name) {
                Some((_, members)) => members.push(at),
                None => groups.push((name, vec![at])),
            }
        }
        groups
    }
}

impl Node {
    /// What it is: `EC2::Subnet`, `46 resources`.
    fn kind(&self) -> String {
        match self.folded {
            0 => self.resource_type.as_str().trim_start_matches("AWS::").to_owned(),
            1 => "1 resource".to_owned(),
            count => format!("{count} resources"),
        }
    }

    /// Its address in its place.
    fn path(&self) -> String {
        if self.component.is_empty() {
            self.label.clone()
        } else {
            format!("{}.{}", self.component, self.label)
        }
    }

    /// What it shares with its like: its component.
    fn family(&self) -> &str {
        if self.folded > 0 { &self.label } else { &self.component }
    }

    fn title(&self) -> String {
        if self.count > 1 { format!("{} x{}", self.label, self.count) } else { self.label.clone() }
    }
}

fn group(address: &Address) -> (String, String) {
    (address.place().to_owned(), address.path().to_owned())
}

#[cfg(test)]
mod tests;
