//! Conflicts of server-side apply: which fields others manage, and whether it was a hand edit of what stackctl had set.

use kube::core::Status;

use super::ownership::is_stamp;
use crate::identity::Owns;
use crate::model::{FieldConflict, PropertyPath};

/// A field that another manager has.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Conflict {
    /// Who, and where.
    pub field: FieldConflict,
    /// Whether it was written by an update (`kubectl edit`, a controller), not by another server-side apply.
    pub by_update: bool,
}

impl Conflict {
    /// Whether it is at or below one of these paths.
    pub fn is_at(&self, paths: &[PropertyPath]) -> bool {
        let own = recorded(self.field.path.as_str());
        let holds = |path: &PropertyPath| {
            own.strip_prefix(&path.generalised()).is_some_and(|rest| rest.is_empty() || rest.starts_with('.'))
        };
        paths.iter().any(holds)
    }
}

/// The conflicts of a refused apply; `None` where it was refused for something else.
pub fn of(status: &Status) -> Option<Vec<Conflict>> {
    let causes = &status.details.as_ref()?.causes;
    let conflicts: Vec<Conflict> = causes
        .iter()
        .filter(|cause| cause.reason == "FieldManagerConflict")
        .map(|cause| {
            let (manager, by_update) = manager(&cause.message);
            let path = cause.field.trim_start_matches('.');
            Conflict { field: FieldConflict { manager, path: PropertyPath::from(path) }, by_update }
        })
        .collect();
    (!conflicts.is_empty()).then_some(conflicts)
}

/// Whether all of them are hand edits of what the last apply set, stackctl's own label and annotations among it: drift,
/// which an apply mends.
pub fn is_drift(conflicts: &[Conflict], owns: Option<&Owns>) -> bool {
    let Some(owns) = owns else { return false };
    let was_set = |path: &str| is_stamp(path) || owns.count(&recorded(path)) > 0;
    conflicts.iter().all(|conflict| conflict.by_update && was_set(conflict.field.path.as_str()))
}

/// Their managers, each once.
pub fn managers(conflicts: &[Conflict]) -> Vec<String> {
    let mut names: Vec<String> = conflicts.iter().map(|conflict| conflict.field.manager.clone()).collect();
    names.sort_unstable();
    names.dedup();
    names
}

/// For people: `kubectl-edit manages spec.replicas; helm manages metadata.labels.tier`.
pub fn words(conflicts: &[FieldConflict]) -> String {
    let words: Vec<String> =
        conflicts.iter().map(|conflict| format!("{} manages {}", conflict.manager, conflict.path)).collect();
    words.join("; ")
}

/// `conflict with "kubectl-edit" using apps/v1 at 2026-11-24T03:00:00Z`; an `Apply` manager has no `using`
/// (structured-merge-diff and the API server's `printManager`).
fn manager(message: &str) -> (String, bool) {
    let rest = message.strip_prefix("conflict with ").unwrap_or(message);
    let quoted = rest.strip_prefix('"').and_then(|rest| rest.split_once('"'));
    let (name, rest) = quoted.unwrap_or((rest, ""));
    (name.to_owned(), rest.contains(" using "))
}

/// A path as the ownership record holds it: `spec.containers[name="api"].image` is `spec.containers.*.image`; an element
/// of a set of texts is in the record as its list.
fn recorded(path: &str) -> String {
    let mut out = String::with_capacity(path.len());
    let (mut inside, mut quoted) = (false, false);
    for c in path.chars() {
        match c {
            '[' if !inside => {
                inside = true;
                out.push_str(".*");
            }
            '"' if inside => quoted = !quoted,
            ']' if inside && !quoted => inside = false,
            _ if inside => {}
            c => out.push(c),
        }
    }
    while let Some(shorter) = out.strip_suffix(".*") {
        out.truncate(shorter.len());
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::{TAG_OWNS, short_hash};
    use serde_json::json;
    use std::collections::BTreeMap;

    fn conflicts() -> Vec<Conflict> {
        let cause = |field: &str, message: &str| json!({"reason": "FieldManagerConflict", "field": field, "message": message});
        let status = json!({"code": 409, "reason": "Conflict", "details": {"causes": [
            cause(".spec.replicas", "conflict with \"kubectl\" with subresource \"scale\" using apps/v1"),
            cause(".spec.template.spec.containers[name=\"a]b\"].image", "conflict with \"kubectl-edit\" using apps/v1 at 2026-11-24T03:00:00Z"),
        ]}});
        of(&serde_json::from_value(status).unwrap()).unwrap()
    }

    fn owns(paths: &[&str]) -> Owns {
        let mut hashes: Vec<String> = paths.iter().map(|path| short_hash(path)).collect();
        hashes.sort();
        Owns::read(&BTreeMap::from([(TAG_OWNS.to_owned(), hashes.concat())])).unwrap()
    }

    #[test]
    fn managers_and_paths_are_read_from_the_causes() {
        let found = conflicts();
        let seen: Vec<_> = found.iter().map(|c| (c.field.manager.as_str(), c.by_update)).collect();
        assert_eq!(seen, [("kubectl", true), ("kubectl-edit", true)]);
        assert_eq!(manager("conflict with \"argocd\""), ("argocd".to_owned(), false));
        assert_eq!(managers(&found), ["kubectl", "kubectl-edit"]);
        let other = json!({"code": 409, "reason": "Conflict", "message": "the object has been modified"});
        assert_eq!(of(&serde_json::from_value(other).unwrap()), None);
    }

    #[test]
    fn what_the_last_apply_set_is_drift_and_all_else_is_theirs() {
        let both = owns(&["spec.replicas", "spec.template.spec.containers.*.image"]);
        assert!(is_drift(&conflicts(), Some(&both)));
        assert!(!is_drift(&conflicts(), Some(&owns(&["spec.replicas"]))));
        assert!(!is_drift(&conflicts(), None));
        let mut applied = conflicts();
        applied[0].by_update = false;
        assert!(!is_drift(&applied, Some(&both)), "another server-side apply means it");
        let mut label = conflicts();
        label[0].field.path = "metadata.labels.app.kubernetes.io/managed-by".into();
        assert!(
            is_drift(&label[..1], Some(&owns(&["spec.paused"]))),
            "no manifest sets it, every apply does"
        );
    }

    #[test]
    fn what_is_ignored_is_told_by_its_path() {
        let at = |path: &str| conflicts().iter().map(|one| one.is_at(&[path.into()])).collect::<Vec<_>>();
        assert_eq!(at("spec.replicas"), [true, false]);
        assert_eq!(at("spec.template.spec.containers[0].image"), [false, true]);
        assert_eq!(at("spec.template"), [false, true]);
        assert_eq!(at("spec.rep"), [false, false]);
    }

    #[test]
    fn paths_as_the_record_has_them() {
        assert_eq!(
            recorded("metadata.labels.app.kubernetes.io/name"),
            "metadata.labels.app.kubernetes.io/name"
        );
        assert_eq!(recorded("spec.ports[port=80,protocol=\"TCP\"].name"), "spec.ports.*.name");
        assert_eq!(recorded("metadata.finalizers[=\"x/y\"]"), "metadata.finalizers");
    }
}
