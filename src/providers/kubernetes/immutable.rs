//! Refusals that say: this field can't be changed in place.
//!
//! No API tells so in advance, and there is no code for it: the words are those of the validations in
//! `k8s.io/kubernetes/pkg/apis` and of rules in definitions of custom resources.

use kube::core::Status;
use kube::core::response::StatusCause;

use super::error::{message, without_value};
use crate::model::{Forecast, PropertyPath};

/// What validations say of such fields.
const WORDS: [&str; 8] = [
    "immutable",
    "may not change once set",
    "may not be changed",
    "may not change fields other than",
    "cannot change",
    "can not be changed",
    "cannot be changed",
    "cannot be updated",
];

/// What a refused dry run means: a replacement where every cause says that a field can't be changed, else a mistake.
pub fn forecast(status: &Status) -> Forecast {
    let causes: &[StatusCause] = status.details.as_ref().map_or(&[], |details| &details.causes);
    if status.reason != "Invalid" || causes.is_empty() || !causes.iter().all(is_immutable) {
        return Forecast::Refused(message(status));
    }
    let mut paths: Vec<PropertyPath> = causes
        .iter()
        .filter(|cause| !cause.field.is_empty())
        .map(|cause| cause.field.as_str().into())
        .collect();
    paths.sort_unstable();
    paths.dedup();
    Forecast::Immutable { paths, message: message(status) }
}

fn is_immutable(cause: &StatusCause) -> bool {
    let words = without_value(&cause.message, true).to_lowercase();
    // Forbidden: updates to statefulset spec for fields other than 'replicas', ... are forbidden
    let forbidden = words.contains("updates to ") && words.contains("forbidden");
    forbidden || WORDS.iter().any(|known| words.contains(known))
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::{Value as Json, json};

    fn refused(causes: &[(&str, &str)]) -> Forecast {
        let causes: Vec<Json> = causes
            .iter()
            .map(
                |(field, message)| json!({"reason": "FieldValueInvalid", "field": field, "message": message}),
            )
            .collect();
        let status =
            json!({"code": 422, "reason": "Invalid", "message": "is invalid", "details": {"causes": causes}});
        forecast(&serde_json::from_value(status).unwrap())
    }

    #[test]
    fn the_validations_words_are_known() {
        let each = [
            (
                "spec.selector",
                "Invalid value: v1.LabelSelector{MatchLabels:map[string]string{\"a\":\"b\"}}: field is immutable",
            ),
            (
                "spec",
                "Forbidden: updates to statefulset spec for fields other than 'replicas', 'template', and 'updateStrategy' are forbidden",
            ),
            ("spec.clusterIPs[0]", "Invalid value: []string{\"None\"}: may not change once set"),
            (
                "spec",
                "Forbidden: spec is immutable after creation except resources.requests for bound claims",
            ),
            (
                "roleRef",
                "Invalid value: rbac.RoleRef{APIGroup:\"\", Kind:\"Role\", Name:\"b\"}: cannot change roleRef",
            ),
            ("spec", "Forbidden: pod updates may not change fields other than `spec.containers[*].image`"),
            ("provisioner", "Forbidden: updates to provisioner are forbidden."),
            ("value", "Forbidden: may not be changed in an update."),
        ];
        for (field, words) in each {
            let expected = vec![PropertyPath::from(field)];
            match refused(&[(field, words)]) {
                Forecast::Immutable { paths, message } => {
                    assert_eq!(paths, expected);
                    assert!(!message.contains('{'), "{message}");
                }
                other => panic!("{words}: {other:?}"),
            }
        }
    }

    #[test]
    fn a_mistake_beside_it_is_a_mistake() {
        let immutable = ("spec.selector", "Invalid value: \"x\": field is immutable");
        let wrong = ("spec.replicas", "Invalid value: -1: must be greater than or equal to 0");
        let words = match refused(&[immutable, wrong]) {
            Forecast::Refused(words) => words,
            other => panic!("{other:?}"),
        };
        assert!(words.contains("spec.replicas: Invalid value: -1"), "{words}");
        assert!(matches!(
            refused(&[("a", "Invalid value: \"immutable\": must not be so")]),
            Forecast::Refused(_)
        ));
    }
}
