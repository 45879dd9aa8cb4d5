//! Which changes are made together: those of resources that have nothing to do with each other.

use std::collections::{HashMap, HashSet};

use super::cases::{Case, Expected};
use crate::workspace::PlannedChange;

/// The id and the type of a resource. Two components may have the same; then both count as one, which only
/// makes more rounds.
pub type Resource = (String, String);

/// The resource of a planned change.
pub fn resource(change: &PlannedChange) -> Resource {
    let path = change.address.split('[').next().unwrap_or_default();
    let id = path.rsplit(['.', '/']).next().unwrap_or_default();
    (id.to_owned(), change.resource_type.clone())
}

/// What depends on what, directly or not, as `stackctl graph` draws it.
pub struct Dependencies {
    all: HashSet<Resource>,
    users: HashMap<Resource, HashSet<Resource>>,
}

impl Dependencies {
    /// Reads Graphviz: `n2 [label="privateSubnet x3\nAWS::EC2::Subnet"];`, `n1 -> n2;` where n2 uses n1.
    ///
    /// # Panics
    /// When there is not one dependency: the drawing looks different now.
    pub fn read(dot: &str) -> Self {
        let mut nodes: HashMap<&str, Resource> = HashMap::new();
        let mut edges: Vec<(&str, &str)> = Vec::new();
        for line in dot.lines().map(str::trim) {
            if let Some((node, label)) = line.split_once(" [label=\"") {
                let label = label.split('"').next().unwrap_or_default();
                if let Some((name, resource_type)) = label.split_once("\\n") {
                    let id = name.split(' ').next().unwrap_or_default();
                    nodes.insert(node, (id.to_owned(), resource_type.to_owned()));
                }
            } else if let Some((used, user)) = line.trim_end_matches(';').split_once(" -> ") {
                edges.push((used, user));
            }
        }
        assert!(!edges.is_empty(), "no dependency in\n{dot}");
        let mut users: HashMap<Resource, HashSet<Resource>> = HashMap::new();
        for (used, user) in edges {
            users.entry(nodes[used].clone()).or_default().insert(nodes[user].clone());
        }
        Self { all: nodes.into_values().collect(), users }
    }

    /// Whether there is such a resource.
    pub fn has(&self, id: &str, resource_type: &str) -> bool {
        self.all.contains(&(id.to_owned(), resource_type.to_owned()))
    }

    /// Whether `user` changes when `used` is replaced.
    pub fn reach(&self, used: &Resource, user: &Resource) -> bool {
        let mut seen = HashSet::new();
        let mut open = vec![used];
        while let Some(resource) = open.pop() {
            for next in self.users.get(resource).into_iter().flatten() {
                if next == user {
                    return true;
                }
                if seen.insert(next) {
                    open.push(next);
                }
            }
        }
        false
    }
}

/// The cases in as few rounds as come by themselves, each in the first one that it fits in.
pub fn rounds(cases: Vec<Case>, dependencies: &Dependencies) -> Vec<Vec<Case>> {
    let mut rounds: Vec<Vec<Case>> = Vec::new();
    for case in cases {
        match rounds.iter_mut().find(|round| round.iter().all(|other| apart(&case, other, dependencies))) {
            Some(round) => round.push(case),
            None => rounds.push(vec![case]),
        }
    }
    rounds
}

fn apart(one: &Case, other: &Case, dependencies: &Dependencies) -> bool {
    let (a, b) = (one.resource(), other.resource());
    let disturbs = |case: &Case, used: &Resource, user: &Resource| {
        case.expected != Expected::Update && dependencies.reach(used, user)
    };
    a != b && !disturbs(one, &a, &b) && !disturbs(other, &b, &a)
}

#[test]
fn what_a_replacement_disturbs_is_in_another_round() {
    let dot = "n0 [label=\"vpc\\nAWS::EC2::VPC\"];\nn1 [label=\"subnet x3\\nAWS::EC2::Subnet\"];\n\
        n2 [label=\"rule\\nAWS::Events::Rule\"];\nn0 -> n1;\nn1 -> n2;";
    let dependencies = Dependencies::read(dot);
    let resource = |id: &str, of: &str| (id.to_owned(), of.to_owned());
    let (vpc, rule) = (resource("vpc", "AWS::EC2::VPC"), resource("rule", "AWS::Events::Rule"));
    assert!(dependencies.reach(&vpc, &rule) && !dependencies.reach(&rule, &vpc));
}
