//! What has no tags and gets another natural key: the new resource takes the place of the old one.
//!
//! A route is its table and its destination, a record its zone, name and type. When one of these changes, no tag says
//! that the live one was the same address; without this step it would show as an orphan beside an unrelated create.
//! The two belong together when all that is known of both is the same but one part of the key. A wrong guess does no
//! harm: the old one goes and the new one is made either way, but one after the other and told as one change.

use std::collections::HashMap;
use std::sync::Arc;

use crate::identity::Rules;
use crate::model::{Desired, Live, Map, ResourceType, Scope, Shown};

use super::decide::Wanted;
use super::evaluate::{Evaluation, Tags};

/// More pairs than this of one type and scope are not looked at: a plan stays near-linear, and shows creates and
/// deletes there.
const MOST_PAIRS: usize = 100_000;

/// A create of a type without tags, as it was decided.
pub(super) struct Untagged {
    /// The index of its change.
    pub change: usize,
    /// As its blueprint says.
    pub desired: Arc<Desired>,
    /// Its properties, resolved.
    pub resolved: Map,
    /// Its tags, resolved: none of them can be written.
    pub tags: Tags,
    /// The name that stackctl generates for it.
    pub name: Option<String>,
}

impl Untagged {
    /// As the decision wants it.
    pub fn wanted(&self) -> Wanted<'_> {
        Wanted { desired: &self.desired, resolved: &self.resolved, tags: &self.tags, name: self.name.clone() }
    }
}

/// A create and the orphan that it succeeds.
pub(super) struct Succession {
    /// The place of the create.
    pub create: usize,
    /// The place of the orphan.
    pub orphan: usize,
    /// What differs.
    pub evaluation: Evaluation,
}

/// Creates and orphans of one type in one scope.
type Sides = (Vec<usize>, Vec<usize>);

/// Which create succeeds which orphan, each at most once; those that differ least come first.
pub(super) fn successions(
    creates: &[Untagged],
    orphans: &[Arc<Live>],
    mut evaluate: impl FnMut(&Untagged, &Live) -> Evaluation,
) -> Vec<Succession> {
    let mut by_type: HashMap<(&ResourceType, &Scope), Sides> = HashMap::new();
    for (at, create) in creates.iter().enumerate() {
        let key = (&create.desired.resource_type, &create.desired.scope);
        by_type.entry(key).or_default().0.push(at);
    }
    for (at, orphan) in orphans.iter().enumerate() {
        if let Some(found) = by_type.get_mut(&(&orphan.resource_type, &orphan.scope)) {
            found.1.push(at);
        }
    }
    let mut pairs = Vec::new();
    for (creates_of, orphans_of) in by_type.values() {
        if creates_of.len() * orphans_of.len() > MOST_PAIRS {
            continue;
        }
        for create in creates_of.iter().copied() {
            for orphan in orphans_of.iter().copied() {
                let evaluation = evaluate(&creates[create], &orphans[orphan]);
                if let Some(known) = known_differences(&evaluation) {
                    pairs.push((known, Succession { create, orphan, evaluation }));
                }
            }
        }
    }
    pairs.sort_by_key(|(known, pair)| (*known, pair.evaluation.distance(), pair.create, pair.orphan));
    let (mut made, mut gone) = (vec![false; creates.len()], vec![false; orphans.len()]);
    let mut chosen = Vec::new();
    for (_, pair) in pairs {
        if !made[pair.create] && !gone[pair.orphan] {
            made[pair.create] = true;
            gone[pair.orphan] = true;
            chosen.push(pair);
        }
    }
    chosen
}

/// How many known values differ, where that is one part of the key at most; `None` where the two are unrelated.
fn known_differences(evaluation: &Evaluation) -> Option<usize> {
    let is_known = |shown: &Option<Shown>| *shown != Some(Shown::KnownAfterApply);
    let known: Vec<_> =
        evaluation.properties.iter().map(|one| &one.shown).filter(|shown| is_known(&shown.after)).collect();
    let related = evaluation.forces_replacement()
        && known.len() <= 1
        && known.iter().all(|shown| shown.forces_replacement);
    related.then_some(known.len())
}

/// Whether a create may have had another key before. Kubernetes objects carry their address.
pub(super) fn may_succeed(rules: &Rules) -> bool {
    !rules.is_taggable() && !rules.is_kubernetes()
}
