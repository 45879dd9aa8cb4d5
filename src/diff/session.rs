//! One run of the diff: the desired resources in dependency order, then what is left over.

use std::collections::{BTreeMap, BTreeSet, HashMap, HashSet};
use std::sync::Arc;

use crate::identity::{KnownAttributes, Rules, belongs_to_stack, name_of, resolve_all};
use crate::model::{
    Action, Address, Attributes as _, Change, Desired, EvaluateError, Forecast, JsonMap, Live, Map,
    Ownership, ReadFailure, Reference, Status, Value,
};

use super::decide::{self, Wanted};
use super::evaluate::{Evaluation, Tags, evaluate};
use super::matching::{How, Matching};
use super::rules::RulesByType;
use super::successor::{Untagged, may_succeed, successions};
use super::{Diff, Input, Problem, adoption, inline, left_alone, mutual, object, verdict, version};

/// What has been decided so far.
pub(super) struct Session<'a> {
    input: &'a Input<'a>,
    rules: RulesByType<'a>,
    matching: Matching,
    known: KnownAttributes,
    changes: Vec<Change>,
    /// Creates of what has no tags: they may follow an orphan.
    untagged: Vec<Untagged>,
    problems: Vec<Problem>,
    blocked: HashSet<Address>,
    actions: HashMap<Address, Action>,
    uncertain: Vec<Address>,
}

impl<'a> Session<'a> {
    /// Nothing decided yet; the lookups known.
    pub fn new(input: &'a Input<'a>) -> Self {
        let mut rules = RulesByType::new(input.catalog);
        let live = inline::settle(&mut rules, input.desired, input.lookups, input.live);
        let live = mutual::settle(&mut rules, input.desired, input.lookups, live);
        let matching = Matching::new(live, input.desired);
        let mut known = KnownAttributes::default();
        for (address, live) in input.lookups {
            known.learn(address.clone(), live.clone());
        }
        let mut session = Self {
            input,
            rules,
            matching,
            known,
            changes: Vec::with_capacity(input.desired.len()),
            untagged: Vec::new(),
            problems: Vec::new(),
            blocked: HashSet::new(),
            actions: HashMap::with_capacity(input.desired.len()),
            uncertain: Vec::new(),
        };
        for (address, error) in input.failed_lookups {
            session.blocked.insert(address.clone());
            session.problems.push(Problem::Lookup { address: address.clone(), error: error.clone() });
        }
        session
    }

    /// Decides everything.
    pub fn run(mut self) -> Diff {
        for desired in in_dependency_order(self.input.desired) {
            if let Err(problem) = self.decide(desired) {
                self.blocked.insert(desired.address.clone());
                self.problems.push(problem);
            }
        }
        self.orphans();
        self.changes.sort_by(|one, other| one.address.cmp(&other.address));
        self.problems.sort_by(|one, other| one.address().cmp(other.address()));
        Diff { changes: self.changes, problems: self.problems, known: self.known, uncertain: self.uncertain }
    }

    fn decide(&mut self, desired: &Arc<Desired>) -> Result<(), Problem> {
        let unserved = self.check_readable(desired)?;
        let rules = self.rules.of(&desired.resource_type);
        let (resolved, tags) = resolve(desired, &self.known)
            .map_err(|error| Problem::Expression { address: desired.address.clone(), error })?;
        let stack = self.input.stack;
        let name_of_new = || {
            let create_only = rules.create_only_digest(&resolved);
            name_of(&rules, stack, desired, None, &resolved, create_only)
        };
        let kept;
        let mut wanted = Wanted { desired, resolved: &resolved, tags: &tags, name: None };
        // Most resources are found by their tag and stay: only for the others the name of a new one matters.
        if !self.matching.is_tagged(desired) {
            wanted.name = name_of_new();
        }
        let change = match self.best_match(&rules, &wanted)? {
            Some((index, how)) => {
                let live = self.matching.live(index);
                kept = left_alone::settled(&rules, desired, &resolved, live, &self.known)?;
                if let Some((desired, resolved)) = &kept {
                    wanted = Wanted { desired, resolved, ..wanted };
                }
                let mut evaluation = self.evaluate(&rules, &wanted, self.matching.live(index));
                adoption::check(&rules, desired, self.matching.live(index), &how, &evaluation)?;
                self.consult(&rules, &wanted, &mut evaluation)?;
                if let Some(problem) = version::refusal(desired, &evaluation) {
                    return Err(problem);
                }
                if wanted.name.is_none() && decide::is_replaced(self.matching.live(index), &evaluation) {
                    wanted.name = name_of_new();
                }
                self.matched(&rules, &wanted, index, &how, evaluation)
            }
            None => Change { reason: unserved, ..decide::create(&wanted, &rules) },
        };
        self.learn(&rules, &change, wanted.name.as_deref());
        self.actions.insert(desired.address.clone(), change.action);
        if change.action == Action::Create && may_succeed(&rules) {
            let (change, name) = (self.changes.len(), wanted.name);
            self.untagged.push(Untagged { change, desired: desired.clone(), resolved, tags, name });
        }
        self.changes.push(change);
        Ok(())
    }

    /// Notes who is to be asked for a forecast, or heeds the one there is.
    fn consult(
        &mut self,
        rules: &Rules,
        wanted: &Wanted<'_>,
        evaluation: &mut Evaluation,
    ) -> Result<(), Problem> {
        if !rules.is_kubernetes() {
            return Ok(());
        }
        let address = &wanted.desired.address;
        let forecast = self.input.forecasts.get(address);
        if let Some(problem) = object::refusal(wanted.desired, forecast) {
            let awaited = self.awaited(wanted.desired);
            let (Some(first), Some(Forecast::Refused(message))) = (awaited, forecast) else {
                return Err(problem);
            };
            evaluation.notes.push(format!("the server can't tell before {first} has changed: {message}"));
        }
        if forecast.is_none() && object::is_uncertain(wanted.resolved, evaluation) {
            self.uncertain.push(address.clone());
        }
        Ok(())
    }

    /// What may bring an object's kind or judge it, and is made or changed before it.
    fn awaited<'d>(&self, desired: &'d Desired) -> Option<&'d Address>
    where
        'a: 'd,
    {
        verdict::awaited(desired, self.input.desired, &self.actions)
    }

    /// What can't be read, or hangs on something that can't be planned, can't be planned either. What waits for its kind
    /// is not there; the words say so.
    fn check_readable(&self, desired: &Desired) -> Result<Option<String>, Problem> {
        let failure = |failure: &&ReadFailure| failure.covers(&desired.scope, &desired.resource_type);
        let failure = self.input.failures.iter().find(failure);
        let awaited = failure.filter(|failure| failure.unserved).and_then(|_| self.awaited(desired));
        let unserved = awaited.map(|first| format!("its kind is not served yet: it waits for {first}"));
        if let Some(failure) = failure.filter(|_| unserved.is_none()) {
            return Err(Problem::Unreadable {
                address: desired.address.clone(),
                resource_type: desired.resource_type.clone(),
                scope: desired.scope.clone(),
                error: if failure.unserved {
                    format!("{}; or name what brings it in `dependsOn`", failure.error)
                } else {
                    failure.error.clone()
                },
            });
        }
        if self.blocked.is_empty() {
            return Ok(unserved);
        }
        match desired.depends_on.iter().find(|dependency| self.blocked.contains(*dependency)) {
            Some(dependency) => {
                Err(Problem::Blocked { address: desired.address.clone(), dependency: dependency.clone() })
            }
            None => Ok(unserved),
        }
    }

    /// Of several candidates (an interrupted replacement leaves two), the one that serves and differs least.
    fn best_match(&mut self, rules: &Rules, wanted: &Wanted<'_>) -> Result<Option<(usize, How)>, Problem> {
        let candidates =
            self.matching.candidates(rules, wanted.desired, wanted.resolved, wanted.name.as_deref())?;
        let best = if candidates.len() < 2 {
            candidates.into_iter().next()
        } else {
            candidates.into_iter().min_by_key(|(index, _)| {
                let live = self.matching.live(*index);
                let distance = self.evaluate(rules, wanted, live).distance();
                (matches!(live.status, Status::Failed(_)), distance, live.identifier.clone())
            })
        };
        if let Some((index, _)) = &best {
            self.matching.claim(*index);
        }
        Ok(best)
    }

    fn matched(
        &self,
        rules: &Rules,
        wanted: &Wanted<'_>,
        index: usize,
        how: &How,
        evaluation: Evaluation,
    ) -> Change {
        let live = self.matching.live(index);
        let follows =
            if evaluation.is_empty() { Vec::new() } else { self.unsettled(wanted.resolved, wanted.desired) };
        decide::matched(wanted, rules, live, how, evaluation, &follows)
    }

    fn evaluate(&self, rules: &Rules, wanted: &Wanted<'_>, live: &Live) -> Evaluation {
        let forecast = self.input.forecasts.get(&wanted.desired.address);
        evaluate(rules, self.input.stack, wanted.desired, wanted.resolved, wanted.tags, live, forecast)
    }

    /// The resources that unknown values wait for, with what happens to them: `eu-west-1/net.vpc (replace)`.
    fn unsettled(&self, resolved: &Map, desired: &Desired) -> Vec<String> {
        let mut waits = BTreeSet::new();
        let mut visit = |reference: &Reference| {
            if self.known.attribute(reference).is_none() {
                waits.insert(reference.address.clone());
            }
        };
        resolved.values().chain(desired.tags.values()).for_each(|value| value.references(&mut visit));
        let with_action = |address: Address| match self.actions.get(&address) {
            Some(Action::Create) => format!("{address} (create)"),
            Some(Action::Replace) => format!("{address} (replace)"),
            Some(Action::Update) => format!("{address} (update)"),
            _ => address.to_string(),
        };
        waits.into_iter().map(with_action).collect()
    }

    /// What those that depend on it may know of it before the apply.
    fn learn(&mut self, rules: &Rules, change: &Change, name: Option<&str>) {
        let address = change.address.clone();
        match (&change.live, change.action) {
            (Some(live), Action::Update) if change.paths.iter().any(|path| path.path.top() != "Tags") => {
                self.known.learn_except(address, live.clone(), rules.facts().volatile);
            }
            // What a controller still works at is not what it will be.
            (Some(live), Action::Update | Action::Adopt | Action::None)
                if rules.is_kubernetes() && live.status != Status::Ready =>
            {
                self.known.learn_except(address, live.clone(), &["status"]);
            }
            (Some(live), Action::Update | Action::Adopt | Action::None) => {
                self.known.learn(address, live.clone());
            }
            _ => {
                let ahead: JsonMap = decide::ahead(rules, name);
                self.known.learn_ahead(address, ahead);
            }
        }
    }

    /// Where an orphan and a create without tags are one resource with another key, they become one replacement.
    fn succeed(&mut self, desired: &HashMap<&Address, &Arc<Desired>>, left: &mut Vec<Arc<Live>>) {
        let untagged = std::mem::take(&mut self.untagged);
        if untagged.is_empty() {
            return;
        }
        let (orphans, rest): (Vec<_>, Vec<_>) =
            left.drain(..).partition(|live| self.orphan(desired, live).is_some());
        let (input, rules) = (self.input, &mut self.rules);
        let evaluated = |create: &Untagged, live: &Live| {
            let rules = rules.of(&create.desired.resource_type);
            evaluate(&rules, input.stack, &create.desired, &create.resolved, &create.tags, live, None)
        };
        let mut gone = vec![false; orphans.len()];
        for found in successions(&untagged, &orphans, evaluated) {
            let (create, live) = (&untagged[found.create], &orphans[found.orphan]);
            gone[found.orphan] = true;
            let follows = self.unsettled(&create.resolved, &create.desired);
            let rules = self.rules.of(&create.desired.resource_type);
            let change =
                decide::matched(&create.wanted(), &rules, live, &How::Key, found.evaluation, &follows);
            self.changes[create.change] = change;
        }
        let kept = orphans.into_iter().zip(gone).filter(|(_, gone)| !gone).map(|(live, _)| live);
        left.extend(kept.chain(rest));
    }

    /// What the stack owns and nothing claims goes.
    fn orphans(&mut self) {
        let desired: HashMap<&Address, &Arc<Desired>> =
            self.input.desired.iter().map(|desired| (&desired.address, desired)).collect();
        let by_identity = |one: &Arc<Live>, other: &Arc<Live>| {
            (&one.resource_type, &one.identifier).cmp(&(&other.resource_type, &other.identifier))
        };
        let mut left: Vec<_> = self.matching.unclaimed().cloned().collect();
        left.sort_by(by_identity);
        self.succeed(&desired, &mut left);
        left.sort_by(by_identity);
        let mut taken: HashSet<Address> = HashSet::new();
        for live in left {
            let Some((address, reason)) = self.orphan(&desired, &live) else { continue };
            let address = if desired.contains_key(&address) || taken.contains(&address) {
                Address::child(&address, "previous", live.identifier.as_str())
            } else {
                address
            };
            taken.insert(address.clone());
            let rules = self.rules.of(&live.resource_type);
            let protected = self.input.protected.contains(&address);
            self.changes.push(decide::delete(&rules, &live, address, reason, protected));
        }
    }

    /// The address and the reason of an orphan; none for what is left alone.
    fn orphan(&self, desired: &HashMap<&Address, &Arc<Desired>>, live: &Live) -> Option<(Address, String)> {
        if self.may_be_blocked(live) {
            return None;
        }
        let kind = live.resource_type.short();
        match &live.ownership {
            Ownership::Foreign => None,
            Ownership::Tagged(address) => {
                Some((address.clone(), why_orphan(desired.get(address).copied(), live)))
            }
            Ownership::Child { parent: Some(parent), name } => {
                let shared = desired.get(parent).is_some_and(|desired| desired.lifecycle.shared_children);
                if shared || self.blocked.contains(parent) {
                    return None;
                }
                Some((Address::child(parent, kind, name), "not in the blueprint".to_owned()))
            }
            Ownership::Child { parent: None, name } => {
                // A name's beginning alone does not tell `shop` from `shop-staging`; the generated part does.
                let ours = belongs_to_stack(self.input.stack, name);
                let place = Address::new(&live.scope.to_string(), "", None);
                ours.then(|| (Address::child(&place, kind, name), "not in the blueprint".to_owned()))
            }
        }
    }

    /// Whether a desired resource that could not be planned may be this one, perhaps under another address: then it
    /// is not known to be an orphan, and nothing is deleted on a guess.
    fn may_be_blocked(&self, live: &Live) -> bool {
        !self.blocked.is_empty()
            && self.input.desired.iter().any(|desired| {
                desired.resource_type == live.resource_type
                    && desired.scope == live.scope
                    && self.blocked.contains(&desired.address)
            })
    }
}

fn why_orphan(desired: Option<&Arc<Desired>>, live: &Live) -> String {
    match desired {
        Some(desired) if desired.resource_type != live.resource_type => {
            format!("the blueprint has a {} in its place", desired.resource_type)
        }
        Some(desired) if desired.scope != live.scope => format!("it is now in {}", desired.scope),
        Some(_) => "left over by an apply that did not finish".to_owned(),
        None => "not in the blueprint".to_owned(),
    }
}

fn resolve(desired: &Desired, known: &KnownAttributes) -> Result<(Map, Tags), EvaluateError> {
    let resolved = resolve_all(&desired.properties, known)?;
    let mut tags: BTreeMap<&String, Value> = BTreeMap::new();
    for (key, value) in &desired.tags {
        tags.insert(key, value.resolve(known)?);
    }
    Ok((resolved, decide::tag_texts(tags.into_iter())))
}

/// Each after all that it depends on; otherwise by address.
fn in_dependency_order(desired: &[Arc<Desired>]) -> Vec<&Arc<Desired>> {
    let mut sorted: Vec<_> = desired.iter().collect();
    sorted.sort_by(|one, other| one.address.cmp(&other.address));
    let index: HashMap<&Address, usize> =
        sorted.iter().enumerate().map(|(at, desired)| (&desired.address, at)).collect();
    let mut done = vec![false; sorted.len()];
    let mut order = Vec::with_capacity(sorted.len());
    for start in 0..sorted.len() {
        // Depth first with a stack of our own: chains may be long. An entry is seen twice, before and after its own.
        let mut stack = vec![(start, false)];
        while let Some((at, expanded)) = stack.pop() {
            if expanded {
                order.push(sorted[at]);
            } else if !std::mem::replace(&mut done[at], true) {
                stack.push((at, true));
                let needs = sorted[at].depends_on.iter().rev().filter_map(|address| index.get(address));
                stack.extend(needs.filter(|need| !done[**need]).map(|need| (*need, false)));
            }
        }
    }
    order
}
