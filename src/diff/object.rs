//! Kubernetes objects: others write parts of them, so the comparison has two stages.
//!
//! What the manifest sets is looked for in the live object; where all of it is found and the manifest is the one that
//! was sent last, nothing differs; nor does it where the server keeps the values in another form, and nobody has touched
//! what was sent last. Where not, only the server can tell (it fills in defaults, rewrites quantities, knows
//! whose a field is): the object is [uncertain](super::Diff::uncertain) until a [`Forecast`] says what would come of the
//! apply, which is then compared with what is live.

use crate::identity::{
    MANAGED_BY, MANAGER, Owned, Owns, REPLICAS, Rules, manifest_digest, written_by_people,
};
use crate::model::{
    Desired, Forecast, Json, Live, Map, PathChange, PropertyPath, ResourceType, Shown, StackName, TAG_DIGEST,
    Value,
};

use super::compare::{Comparison, Difference, Kind, Removals, show_live};
use super::evaluate::Evaluation;
use super::{Problem, fields};

/// Where an object's name stands: another name is another object.
const IDENTITY: [&str; 2] = ["metadata.name", "metadata.namespace"];
/// What a Secret hides.
const HIDDEN: [&str; 2] = ["data", "stringData"];

/// Compares a manifest, resolved as far as it is known, with the live object, or with what the server says would
/// become of it.
pub(super) fn evaluate(
    rules: &Rules,
    stack: &StackName,
    desired: &Desired,
    resolved: &Map,
    live: &Live,
    forecast: Option<&Forecast>,
) -> Evaluation {
    let owns = Owns::read(&live.tags);
    let owned = Owned::of(rules, resolved, std::iter::empty(), &[]);
    let mut evaluation = Evaluation::default();
    evaluation.compare_ownership(stack, desired, live, &owned);
    let ignore = &desired.lifecycle.ignore;
    let digest = manifest_digest(resolved, ignore).map(|digest| digest.to_string());
    let is_sent_last = digest.is_some() && live.tags.get(TAG_DIGEST) == digest.as_ref();
    if let Some(digest) = digest {
        evaluation.compare_own_tag(TAG_DIGEST, digest, live);
    }
    evaluation.properties = match forecast {
        Some(Forecast::Becomes { object, overruled }) => {
            evaluation.notes.extend(overruled.iter().map(|manager| format!("`{manager}` had changed it")));
            let comparison =
                Comparison { rules, owns: None, removals: Removals::Whole, ignore, untold: None };
            let object = Json::Object(written_by_people(object));
            match Value::from(&object) {
                Value::Map(object) => comparison.properties(&object, &written_by_people(&live.properties)),
                _ => Vec::new(),
            }
            .into_iter()
            // The server takes it: whatever is said of the kind, it can be changed in place.
            .map(|mut difference: Difference| {
                difference.shown.forces_replacement = false;
                if let (Some(owns), Some(Shown::Value(live))) = (&owns, &difference.shown.before) {
                    let path = difference.shown.path.generalised();
                    difference.shown.before = Some(show_live(owns, &path, live));
                }
                difference
            })
            .collect()
        }
        _ => {
            let removals = match &owns {
                Some(owns) if !owns.is_within(&owned.owns) => Removals::Owned(owns, &owned),
                _ => Removals::Never,
            };
            let comparison = Comparison { rules, owns: owns.as_ref(), removals, ignore, untold: None };
            let mut found = comparison.properties(resolved, &live.properties);
            let untouched = || {
                // The count of replicas is in no digest.
                is_sent_last
                    && found.iter().all(|difference| difference.shown.path.as_str() != REPLICAS)
                    && fields::are_ours(resolved, &live.properties, ignore)
            };
            if !found.is_empty() && untouched() {
                found.clear();
            }
            found
        }
    };
    evaluation.properties.extend(relabelled(live));
    mark(&mut evaluation, forecast);
    evaluation.properties.iter_mut().for_each(|difference| veil(&live.resource_type, &mut difference.shown));
    evaluation
}

/// The label by which objects of the stack are found, where others have written or removed it. Only a server keeps one.
fn relabelled(live: &Live) -> Option<Difference> {
    live.address()?;
    let metadata = live.properties.get("metadata")?;
    metadata.get("managedFields")?;
    let label = metadata.get("labels").and_then(|labels| labels.get(MANAGED_BY));
    if label.and_then(Json::as_str) == Some(MANAGER) {
        return None;
    }
    let shown = PathChange {
        path: PropertyPath::from("metadata.labels").property(MANAGED_BY),
        before: label.cloned().map(Shown::Value),
        after: Some(Shown::Value(MANAGER.into())),
        forces_replacement: false,
    };
    Some(Difference { shown, kind: Kind::Set, may_replace: false })
}

/// Marks what can't be changed in place.
fn mark(evaluation: &mut Evaluation, forecast: Option<&Forecast>) {
    for difference in &mut evaluation.properties {
        difference.shown.forces_replacement |= IDENTITY.contains(&difference.shown.path.as_str());
    }
    if let Some(Forecast::Unconfirmed(message)) = forecast {
        evaluation.notes.push(format!("not confirmed by the server: {message}"));
    }
    let Some(Forecast::Immutable { paths, message }) = forecast else { return };
    evaluation.notes.push(message.clone());
    let mut found = false;
    for difference in &mut evaluation.properties {
        if paths.is_empty() || paths.iter().any(|path| overlap(path.as_str(), difference.shown.path.as_str()))
        {
            difference.shown.forces_replacement = true;
            found = true;
        }
    }
    if !found {
        let path = paths.first().cloned().unwrap_or_else(|| PropertyPath::from("spec"));
        let shown =
            PathChange { path, before: None, after: Some(Shown::KnownAfterApply), forces_replacement: true };
        evaluation.properties.push(Difference { shown, kind: Kind::Set, may_replace: false });
    }
}

/// Whether one of two paths lies at or below the other. Servers write some with a capital (`Value` of a PriorityClass).
fn overlap(one: &str, other: &str) -> bool {
    let (one, other) = (&one.to_lowercase(), &other.to_lowercase());
    let below = |short: &str, long: &str| {
        long.strip_prefix(short).is_some_and(|rest| rest.is_empty() || rest.starts_with(['.', '[']))
    };
    below(one, other) || below(other, one)
}

/// What a forecast says that no plan can get over.
pub(super) fn refusal(desired: &Desired, forecast: Option<&Forecast>) -> Option<Problem> {
    let address = desired.address.clone();
    match forecast? {
        Forecast::Conflict(conflicts) => Some(Problem::Conflict { address, conflicts: conflicts.clone() }),
        Forecast::Refused(message) => Some(Problem::Refused { address, message: message.clone() }),
        Forecast::Becomes { .. } | Forecast::Immutable { .. } | Forecast::Unconfirmed(_) => None,
    }
}

/// Whether a forecast can be made and is needed: all is known, and there is a difference that keeps the object. What
/// is said of a kind's immutable fields is not enough: a value may be the same in another form.
pub(super) fn is_uncertain(resolved: &Map, evaluation: &Evaluation) -> bool {
    let is_another = |difference: &Difference| IDENTITY.contains(&difference.shown.path.as_str());
    !evaluation.is_empty()
        && !evaluation.properties.iter().any(is_another)
        && Value::Map(resolved.clone()).to_json().is_some()
}

/// Whether a property says what the type of an object says already.
pub(super) fn says_its_type(property: &str) -> bool {
    matches!(property, "apiVersion" | "kind")
}

/// Hides the content of a Secret.
pub(super) fn veil(resource_type: &ResourceType, change: &mut PathChange) {
    let is_secret = resource_type.object().is_some_and(|of| of.group.is_empty() && of.kind == "Secret");
    if is_secret && HIDDEN.contains(&change.path.top()) {
        for shown in [&mut change.before, &mut change.after].into_iter().flatten() {
            *shown = Shown::Sensitive;
        }
    }
}
