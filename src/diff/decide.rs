//! From one matched pair, or one side alone, to its change.

use std::collections::BTreeSet;
use std::sync::Arc;

use crate::identity::{Rules, Veil, live_name, upgraded, written_by_people, written_name};
use crate::model::{
    Action, Address, Change, Consent, Desired, Json, JsonMap, Live, Map, PathChange, PropertyPath,
    ReplaceOrder, ReplacePolicy, Shown, Status, TAG_PROTECT, Value,
};

use super::compare::show;
use super::evaluate::{Evaluation, Tags};
use super::matching::{How, identity};
use super::object;

/// A desired resource, as far as it is known.
pub(super) struct Wanted<'a> {
    /// As its blueprint says.
    pub desired: &'a Arc<Desired>,
    /// Its properties, resolved.
    pub resolved: &'a Map,
    /// Its tags, resolved.
    pub tags: &'a Tags,
    /// The name that stackctl generates for a new one.
    pub name: Option<String>,
}

/// It is not there yet.
pub(super) fn create(wanted: &Wanted<'_>, rules: &Rules) -> Change {
    let mut paths = Vec::new();
    for (name, value) in
        wanted.resolved.iter().filter(|(name, _)| !rules.is_kubernetes() || !object::says_its_type(name))
    {
        added(&PropertyPath::root().property(name), value, &mut paths);
    }
    if let (Some(name), Some(rule)) = (&wanted.name, rules.facts().name) {
        paths.push(addition(PropertyPath::from(rule.property), Shown::Value(name.as_str().into())));
    }
    for (key, text) in wanted.tags {
        let after = text.as_deref().map_or(Shown::KnownAfterApply, |text| Shown::Value(text.into()));
        paths.push(addition(PropertyPath::root().property("Tags").property(key), after));
    }
    paths.iter_mut().for_each(|path| object::veil(&wanted.desired.resource_type, path));
    Change { paths, ..change(wanted, Action::Create) }
}

/// It is there; `follows` says which of the resources that it refers to are not yet what they will be.
pub(super) fn matched(
    wanted: &Wanted<'_>,
    rules: &Rules,
    live: &Arc<Live>,
    how: &How,
    evaluation: Evaluation,
    follows: &[String],
) -> Change {
    let failed = match &live.status {
        Status::Failed(words) if !rules.is_kubernetes() => Some(format!("it failed: {words}")),
        _ => None,
    };
    let action = if is_replaced(live, &evaluation) {
        Action::Replace
    } else if *how == How::Adopted && !evaluation.is_visible() && evaluation.ownership {
        Action::Adopt
    } else if evaluation.is_empty() {
        Action::None
    } else {
        Action::Update
    };
    let mut reasons: Vec<String> = failed.into_iter().chain(recognised(how, live)).collect();
    if let Some(version) = upgraded(wanted.desired, &live.properties) {
        reasons.push(format!("AWS has upgraded it to {version}, which stays: write Version \"{version}\""));
    }
    if !follows.is_empty() && matches!(action, Action::Update | Action::Replace) {
        reasons.push(format!("follows {}", follows.join(", ")));
    }
    reasons.extend(update_reasons(action, live, how, &evaluation));
    reasons.extend(evaluation.notes.iter().filter(|_| action != Action::None).cloned());
    let replaced = action == Action::Replace;
    Change {
        untold: if replaced { Vec::new() } else { evaluation.untold.clone() },
        paths: evaluation.into_paths(),
        reason: (!reasons.is_empty()).then(|| reasons.join("; ")),
        live: Some(live.clone()),
        replace_order: replaced.then(|| replace_order(wanted, rules, live)),
        consent: if replaced { consent(rules, live, wanted.desired.lifecycle.protect) } else { None },
        ..change(wanted, action)
    }
}

/// Whether it can't stay: it failed, or a difference can't be mended in place. A Kubernetes object that failed is
/// mended by another manifest; its controller takes it from there.
pub(super) fn is_replaced(live: &Live, evaluation: &Evaluation) -> bool {
    let failed = matches!(live.status, Status::Failed(_)) && !live.resource_type.is_kubernetes();
    failed || evaluation.forces_replacement()
}

/// It is in no blueprint.
pub(super) fn delete(
    rules: &Rules,
    live: &Arc<Live>,
    address: Address,
    reason: String,
    protected: bool,
) -> Change {
    let veil = Veil::of(rules, live, None);
    let settable: JsonMap = if rules.is_kubernetes() {
        written_by_people(&live.properties)
    } else {
        let settable = live.properties.iter().filter(|(name, _)| !rules.is_attribute(name));
        settable.map(|(name, value)| (name.clone(), value.clone())).collect()
    };
    let paths = settable.iter().map(|(name, value)| {
        let mut path = PathChange {
            path: PropertyPath::root().property(name),
            before: Some(veil.show(name, value)),
            after: None,
            forces_replacement: false,
        };
        object::veil(&live.resource_type, &mut path);
        path
    });
    Change {
        address,
        resource_type: live.resource_type.clone(),
        scope: live.scope.clone(),
        action: Action::Delete,
        paths: paths.collect(),
        reason: Some(reason),
        untold: Vec::new(),
        desired: None,
        live: Some(live.clone()),
        replace_order: None,
        consent: consent(rules, live, protected || live.tags.contains_key(TAG_PROTECT)),
    }
}

fn change(wanted: &Wanted<'_>, action: Action) -> Change {
    Change {
        address: wanted.desired.address.clone(),
        resource_type: wanted.desired.resource_type.clone(),
        scope: wanted.desired.scope.clone(),
        action,
        paths: Vec::new(),
        reason: None,
        untold: Vec::new(),
        desired: Some(wanted.desired.clone()),
        live: None,
        replace_order: None,
        consent: None,
    }
}

fn recognised(how: &How, live: &Live) -> Option<String> {
    match how {
        How::Tag | How::Identity => None,
        How::Adopted => Some(format!("takes over {}", live.identifier)),
        How::Moved(from) => Some(format!("was {from}")),
        How::Key => Some(format!("takes the place of {}", live.identifier)),
        How::Interrupted => Some("was made by an apply that did not finish".to_owned()),
    }
}

fn update_reasons(action: Action, live: &Live, how: &How, evaluation: &Evaluation) -> Vec<String> {
    let mut reasons = Vec::new();
    if let (Action::None, Status::Pending(words)) = (action, &live.status) {
        reasons.push(format!("still {words}"));
    }
    if action != Action::Update {
        return reasons;
    }
    if !evaluation.is_visible() && *how == How::Tag {
        reasons.push("its ownership record changes".to_owned());
    }
    let may_replace: BTreeSet<_> = evaluation.may_replace();
    if !may_replace.is_empty() {
        let names: Vec<_> = may_replace.into_iter().collect();
        reasons.push(format!("AWS may replace it for {}", names.join(", ")));
    }
    reasons
}

fn consent(rules: &Rules, live: &Live, protected: bool) -> Option<Consent> {
    if protected {
        Some(Consent::Protected)
    } else if rules.facts().holds_data || takes_its_claims(live) {
        Some(Consent::HoldsData)
    } else {
        None
    }
}

/// Whether a StatefulSet's volume claims, with the data in them, go with it.
fn takes_its_claims(live: &Live) -> bool {
    let kept = live
        .properties
        .get("spec")
        .and_then(|spec| spec.pointer("/persistentVolumeClaimRetentionPolicy/whenDeleted"));
    live.resource_type.is_kubernetes() && kept.and_then(Json::as_str) == Some("Delete")
}

/// The new one first, unless the two can't be side by side: the type can't, or both would have the same identity.
fn replace_order(wanted: &Wanted<'_>, rules: &Rules, live: &Live) -> ReplaceOrder {
    let facts = rules.facts();
    let same_name = facts.name.is_some_and(|rule| {
        let name =
            wanted.name.as_deref().or_else(|| written_name(&rule, wanted.resolved).and_then(Value::as_str));
        name.is_some() && name == live_name(&rule, &live.properties)
    });
    let same_identity = || {
        let schema = rules.schema().filter(|_| !rules.is_kubernetes());
        let of_live = schema.and_then(|schema| schema.identifier(&live.properties));
        let of_live = of_live.unwrap_or_else(|| live.identifier.clone());
        match identity(rules, wanted.resolved, wanted.name.as_deref()) {
            Some(of_new) => of_new == of_live,
            // An object's name is all there is of it; while it is not known it may be the same.
            None => rules.is_kubernetes(),
        }
    };
    let delete_first = wanted.desired.lifecycle.replace == ReplacePolicy::DeleteFirst
        || !facts.create_first
        || same_name
        || same_identity();
    if delete_first { ReplaceOrder::DeleteFirst } else { ReplaceOrder::CreateFirst }
}

/// What a create sets: whole where it is known, leaf by leaf where a part of it is not.
fn added(path: &PropertyPath, value: &Value, out: &mut Vec<PathChange>) {
    match (value, show(value)) {
        (Value::Null, _) => {}
        (_, shown @ Shown::Value(_)) => out.push(addition(path.clone(), shown)),
        (Value::Map(map), _) => map.iter().for_each(|(name, item)| added(&path.property(name), item, out)),
        (Value::List(items), _) => {
            items.iter().enumerate().for_each(|(at, item)| added(&path.index(at), item, out));
        }
        (_, shown) => out.push(addition(path.clone(), shown)),
    }
}

fn addition(path: PropertyPath, after: Shown) -> PathChange {
    PathChange { path, before: None, after: Some(after), forces_replacement: false }
}

/// The tags of a desired resource, as texts.
pub(super) fn tag_texts<'v>(tags: impl Iterator<Item = (&'v String, Value)>) -> Tags {
    tags.filter(|(_, value)| !matches!(value, Value::Null))
        .map(|(key, value)| (key.clone(), crate::identity::tag_text(&value)))
        .collect()
}

/// The generated name as an attribute that is known ahead of the create; not where it is a part of an object.
pub(super) fn ahead(rules: &Rules, name: Option<&str>) -> JsonMap {
    match (name, rules.facts().name) {
        (Some(name), Some(rule)) if !rule.property.contains('.') => {
            std::iter::once((rule.property.to_owned(), Json::from(name))).collect()
        }
        _ => JsonMap::new(),
    }
}
