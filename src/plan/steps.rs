//! The steps of changes and what each needs: dependencies forwards for what is made, backwards for what goes.

use std::collections::{BTreeMap, HashMap, HashSet, VecDeque};
use std::sync::Arc;

use crate::catalog::Catalog;
use crate::identity::Rules;
use crate::model::{Action, Address, Change, Desired, Live, ReplaceOrder, ResourceType, Status, Step};

use super::exclusive::collisions;
use super::objects;
use super::references::references;

/// The place of addresses that are in no region.
const GLOBAL: &str = "global";

/// A step before it has its place.
#[derive(Clone, Debug)]
pub(super) struct Node {
    /// The index of its change.
    pub change: usize,
    /// What is done.
    pub step: Step,
    /// Usual duration, in seconds.
    pub weight: u32,
}

/// Why a step needs another.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Why {
    /// What it needs has to be there before: written or inferred in the blueprint.
    Dependency,
    /// The two halves of a replacement.
    Halves,
    /// What uses it has to let go of it first, says the blueprint.
    Release,
    /// What uses it has to let go of it first, say the ids in live properties; a guess that may be dropped.
    Reference,
    /// What a stage retires goes after all that its region gains.
    Retire,
}

/// That `node` needs `needed`.
#[derive(Clone, Copy, Debug)]
pub(super) struct Need {
    /// The later one.
    pub node: usize,
    /// The earlier one.
    pub needed: usize,
    /// Why.
    pub why: Why,
}

/// All steps of a list of changes and their needs.
pub(super) struct Graph {
    /// The steps.
    pub nodes: Vec<Node>,
    /// Their needs.
    pub needs: Vec<Need>,
    /// Which change depends on which.
    pub edges: Vec<(usize, usize)>,
    make: Vec<Option<usize>>,
    gone: Vec<Option<usize>>,
}

impl Graph {
    /// The steps of `changes`. `hints` are desired resources of a blueprint that is being destroyed.
    pub fn new(catalog: &Catalog, changes: &mut [Change], hints: &[Arc<Desired>]) -> Self {
        let index: HashMap<Address, usize> =
            changes.iter().enumerate().map(|(at, change)| (change.address.clone(), at)).collect();
        let edges = dependencies(changes, &index);
        let collisions = collisions(catalog, changes);
        for (_, leaver) in &collisions {
            if changes[*leaver].action == Action::Replace {
                changes[*leaver].replace_order = Some(ReplaceOrder::DeleteFirst);
            }
        }
        pass_on_delete_first(changes, &edges);
        let (nodes, make, gone) = nodes(catalog, changes);
        let mut graph = Self { nodes, needs: Vec::new(), edges, make, gone };
        graph.blueprint_needs(changes);
        for (comer, leaver) in collisions.into_iter().filter(|(comer, leaver)| comer != leaver) {
            graph.need(graph.make[comer], graph.gone[leaver], Why::Release);
        }
        for (user, used) in objects::releases(changes, &index) {
            graph.need(graph.gone[used], graph.gone[user], Why::Release);
        }
        graph.live_needs(catalog, changes);
        graph.hinted_needs(&index, hints);
        graph
    }

    fn need(&mut self, node: Option<usize>, needed: Option<usize>, why: Why) {
        if let (Some(node), Some(needed)) = (node, needed) {
            self.needs.push(Need { node, needed, why });
        }
    }

    fn blueprint_needs(&mut self, changes: &[Change]) {
        for (at, change) in changes.iter().enumerate() {
            match change.replace_order {
                Some(ReplaceOrder::CreateFirst) => self.need(self.gone[at], self.make[at], Why::Halves),
                Some(ReplaceOrder::DeleteFirst) => self.need(self.make[at], self.gone[at], Why::Halves),
                None => {}
            }
        }
        for (user, used) in self.edges.clone() {
            self.need(self.make[user], self.make[used], Why::Dependency);
            if self.gone[used].is_none() {
                continue;
            }
            if changes[used].replace_order == Some(ReplaceOrder::CreateFirst) {
                self.need(self.gone[used], self.make[user], Why::Release);
            }
            self.need(self.gone[used], self.gone[user], Why::Release);
        }
    }

    fn live_needs(&mut self, catalog: &Catalog, changes: &[Change]) {
        if self.gone.iter().all(Option::is_none) {
            return;
        }
        let with_live: Vec<(usize, &Live)> = changes
            .iter()
            .enumerate()
            .filter_map(|(at, change)| Some((at, change.live.as_deref()?)))
            .collect();
        let live: Vec<&Live> = with_live.iter().map(|(_, live)| *live).collect();
        for (user, used) in references(catalog, &live) {
            let (user, used) = (with_live[user].0, with_live[used].0);
            let Some(gone) = self.gone[used] else { continue };
            if self.gone[user].is_some() {
                self.need(Some(gone), self.gone[user], Why::Reference);
                if changes[used].action == Action::Delete && changes[user].action == Action::Delete {
                    self.edges.push((user, used));
                }
            } else if changes[used].replace_order != Some(ReplaceOrder::DeleteFirst) {
                self.need(Some(gone), self.make[user], Why::Reference);
            }
        }
    }

    /// What a blueprint knows of the order in which it is taken down: an attachment after what it serves.
    fn hinted_needs(&mut self, index: &HashMap<Address, usize>, hints: &[Arc<Desired>]) {
        for desired in hints {
            let Some(user) = index.get(&desired.address) else { continue };
            for used in desired.depends_on.iter().filter_map(|address| index.get(address)) {
                self.need(self.gone[*used], self.gone[*user], Why::Reference);
            }
        }
    }

    /// Keeps only the steps of the selected changes.
    pub fn retain(&mut self, selected: &[bool]) {
        let keep: Vec<bool> = self.nodes.iter().map(|node| selected[node.change]).collect();
        let mut place = vec![0; keep.len()];
        let mut next = 0;
        for (at, keep) in keep.iter().enumerate() {
            place[at] = next;
            next += usize::from(*keep);
        }
        let mut at = 0..;
        self.nodes.retain(|_| at.next().is_some_and(|at| keep[at]));
        self.needs.retain(|need| keep[need.node] && keep[need.needed]);
        for need in &mut self.needs {
            need.node = place[need.node];
            need.needed = place[need.needed];
        }
    }

    /// What a stage retires goes last in its place, clusters included; what is global, after everything. The place is the
    /// address's: a region's records and roles are its own, though AWS keeps them for all. What has to go before something
    /// can be made is not retired but in the way.
    pub fn retire_last(&mut self, changes: &[Change]) {
        let in_the_way = self.needed_by_makes();
        let is_retired = |at: usize, node: &Node| {
            node.step == Step::Delete
                && changes[node.change].action == Action::Delete
                && !in_the_way.contains(&at)
        };
        let retired: Vec<usize> = self
            .nodes
            .iter()
            .enumerate()
            .filter(|(at, node)| is_retired(*at, node))
            .map(|(at, _)| at)
            .collect();
        let mut first: BTreeMap<&str, Vec<usize>> = BTreeMap::new();
        for at in self.first_of(&retired, changes) {
            first.entry(changes[self.nodes[at].change].address.place()).or_default().push(at);
        }
        for (place, first) in first {
            let makes = self.last_makes(changes, place);
            self.all_after_all(&first, &makes);
        }
    }

    /// Many after many: through one step between them, since pairs would be their product.
    fn all_after_all(&mut self, later: &[usize], earlier: &[usize]) {
        let need = |node, needed| Need { node, needed, why: Why::Retire };
        if later.len() < 2 || earlier.len() < 2 {
            let pairs = later.iter().flat_map(|later| earlier.iter().map(|earlier| need(*later, *earlier)));
            return self.needs.extend(pairs);
        }
        let barrier = self.nodes.len();
        self.nodes.push(Node { change: self.nodes[later[0]].change, step: Step::Barrier, weight: 0 });
        self.needs.extend(earlier.iter().map(|earlier| need(barrier, *earlier)));
        self.needs.extend(later.iter().map(|later| need(*later, barrier)));
    }

    /// Those of the retired that wait for no other retired of their place: the rest waits for them anyway.
    fn first_of(&self, retired: &[usize], changes: &[Change]) -> Vec<usize> {
        let place = |at: usize| changes[self.nodes[at].change].address.place();
        let all: HashSet<usize> = retired.iter().copied().collect();
        let later: HashSet<usize> = self
            .needs
            .iter()
            .filter(|need| all.contains(&need.node) && all.contains(&need.needed))
            .filter(|need| place(need.node) == place(need.needed))
            .map(|need| need.node)
            .collect();
        retired.iter().copied().filter(|at| !later.contains(at)).collect()
    }

    /// The creates and updates of a place that no other one of it waits for; of all places for what is global.
    fn last_makes(&self, changes: &[Change], place: &str) -> Vec<usize> {
        let is_make = |at: usize| {
            let node = &self.nodes[at];
            let is_here = place == GLOBAL || changes[node.change].address.place() == place;
            is_making(node) && is_here
        };
        let waited_for: HashSet<usize> =
            self.needs.iter().filter(|need| is_make(need.node)).map(|need| need.needed).collect();
        (0..self.nodes.len()).filter(|at| is_make(*at) && !waited_for.contains(at)).collect()
    }

    fn needed_by_makes(&self) -> HashSet<usize> {
        let mut needs: HashMap<usize, Vec<usize>> = HashMap::new();
        for need in &self.needs {
            needs.entry(need.node).or_default().push(need.needed);
        }
        let mut seen = HashSet::new();
        let makes = (0..self.nodes.len()).filter(|at| is_making(&self.nodes[*at]));
        let mut queue: VecDeque<usize> = makes.collect();
        while let Some(at) = queue.pop_front() {
            for needed in needs.get(&at).into_iter().flatten() {
                if seen.insert(*needed) {
                    queue.push_back(*needed);
                }
            }
        }
        seen
    }
}

fn is_making(node: &Node) -> bool {
    matches!(node.step, Step::Create | Step::Update)
}

fn dependencies(changes: &[Change], index: &HashMap<Address, usize>) -> Vec<(usize, usize)> {
    let mut edges = Vec::new();
    for (user, change) in changes.iter().enumerate() {
        let Some(desired) = &change.desired else { continue };
        edges.extend(desired.depends_on.iter().filter_map(|address| Some((user, *index.get(address)?))));
    }
    edges
}

/// What depends on something that goes before its successor is there can't outlive it: it goes first, too.
fn pass_on_delete_first(changes: &mut [Change], edges: &[(usize, usize)]) {
    let mut users: HashMap<usize, Vec<usize>> = HashMap::new();
    for (user, used) in edges {
        users.entry(*used).or_default().push(*user);
    }
    let is_delete_first = |change: &Change| change.replace_order == Some(ReplaceOrder::DeleteFirst);
    let mut queue: VecDeque<usize> = (0..changes.len()).filter(|at| is_delete_first(&changes[*at])).collect();
    while let Some(used) = queue.pop_front() {
        for user in users.get(&used).into_iter().flatten() {
            if changes[*user].replace_order == Some(ReplaceOrder::CreateFirst) {
                changes[*user].replace_order = Some(ReplaceOrder::DeleteFirst);
                queue.push_back(*user);
            }
        }
    }
}

type Places = Vec<Option<usize>>;

fn nodes(catalog: &Catalog, changes: &[Change]) -> (Vec<Node>, Places, Places) {
    let mut seconds: HashMap<ResourceType, (u32, u32)> = HashMap::new();
    let (mut nodes, mut make, mut gone) = (Vec::new(), vec![None; changes.len()], vec![None; changes.len()]);
    for (change, of) in changes.iter().enumerate() {
        let (create, update) = *seconds.entry(of.resource_type.clone()).or_insert_with(|| {
            let rules = Rules::of(catalog, &of.resource_type);
            (rules.facts().create_seconds, rules.facts().update_seconds())
        });
        let mut add = |step, weight: u32| {
            nodes.push(Node { change, step, weight: weight.max(1) });
            Some(nodes.len() - 1)
        };
        match of.action {
            Action::Create => make[change] = add(Step::Create, create),
            Action::Update => make[change] = add(Step::Update, update),
            Action::Adopt => make[change] = add(Step::Update, 1),
            Action::Delete => gone[change] = add(Step::Delete, create / 2),
            Action::Replace => {
                make[change] = add(Step::Create, create);
                gone[change] = add(Step::Delete, create / 2);
            }
            Action::None => {
                let on_its_way =
                    of.live.as_ref().is_some_and(|live| matches!(live.status, Status::Pending(_)));
                if on_its_way {
                    make[change] = add(Step::Update, create);
                }
            }
        }
    }
    (nodes, make, gone)
}
