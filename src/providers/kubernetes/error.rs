//! What can go wrong in a call to an API server, sorted by what the executor does about it.

use kube::core::Status;
use kube::core::response::StatusCause;

use crate::providers::{ErrorKind, ProviderError};

/// Values in messages that are longer than this are left out.
const SHOWN_VALUE: usize = 60;

/// The resource of namespaces: any other object may be missing because its namespace is.
const NAMESPACES: &str = "namespaces";

/// Groups whose kinds are compiled into the API server: what of them is not served won't be by waiting.
const BUILT_IN: [&str; 6] = ["", "apps", "autoscaling", "batch", "extensions", "policy"];

/// A failed call.
#[derive(Clone, Debug)]
pub enum Failure {
    /// The API server refused it.
    Refused {
        /// `kubernetes:PATCH apps/v1 deployments shop/api`.
        operation: String,
        /// Its answer.
        status: Box<Status>,
    },
    /// There was no answer, or none was asked for.
    Unanswered(ProviderError),
}

impl Failure {
    /// The API server's refusal, if it was one with this HTTP status.
    pub fn refusal(&self, code: u16) -> Option<&Status> {
        match self {
            Self::Refused { status, .. } if status.code == code => Some(status),
            _ => None,
        }
    }

    /// Whether the object of this resource (`deployments`) does not exist; not its resource type, nor its namespace.
    pub fn is_object_missing(&self, resource: &str) -> bool {
        self.refusal(404).is_some_and(|status| {
            status.details.as_ref().is_some_and(|details| !details.name.is_empty())
                && (resource == NAMESPACES || !is_namespace_missing(status))
        })
    }

    /// Whether the API server knows no such resource type: its path is not served (any more, or not yet).
    pub fn is_type_missing(&self) -> bool {
        self.refusal(404).is_some_and(|status| {
            status.details.as_ref().is_none_or(|details| details.name.is_empty())
                && !is_namespace_missing(status)
        })
    }
}

fn is_namespace_missing(status: &Status) -> bool {
    status.message.starts_with("namespaces \"")
        || status.details.as_ref().is_some_and(|details| details.kind == NAMESPACES)
}

impl From<Failure> for ProviderError {
    fn from(failure: Failure) -> Self {
        match failure {
            Failure::Unanswered(error) => error,
            Failure::Refused { operation, status } => {
                Self { kind: classify(&status), code: code(&status), message: message(&status), operation }
            }
        }
    }
}

/// The API server's word for what is wrong: `Invalid`; the HTTP status where it has none.
fn code(status: &Status) -> String {
    if status.reason.is_empty() { format!("HTTP {}", status.code) } else { status.reason.clone() }
}

fn classify(status: &Status) -> ErrorKind {
    let says = |words: &str| status.message.contains(words);
    match status.code {
        429 => ErrorKind::Throttled,
        // An access entry of a new cluster is not known at once.
        401 => ErrorKind::NotYet,
        403 if says("because it is being terminated") || says("error looking up service account") => {
            ErrorKind::NotYet
        }
        403 if says(" cannot ") => ErrorKind::Denied,
        404 if is_namespace_missing(status) || says("could not find the requested resource") => {
            ErrorKind::NotYet
        }
        404 => ErrorKind::NotFound,
        409 if status.reason == "AlreadyExists" => ErrorKind::AlreadyExists,
        // Another write came between; the next try reads afresh.
        409 if says("please apply your changes to the latest version") || says("object is being deleted") => {
            ErrorKind::InUse
        }
        // Server-side apply answers so to what no schema has, on servers before 1.22.
        500 if says("failed to create typed patch object") || says("field not declared in schema") => {
            ErrorKind::Invalid
        }
        code if code >= 500 => ErrorKind::Transient,
        _ => ErrorKind::Invalid,
    }
}

/// Whether kinds of this group are compiled into the API server.
pub fn is_built_in(group: &str) -> bool {
    let core_of = |suffix: &str| {
        matches!(
            suffix,
            "admissionregistration"
                | "apiextensions"
                | "apiregistration"
                | "authentication"
                | "authorization"
                | "certificates"
                | "coordination"
                | "discovery"
                | "events"
                | "flowcontrol.apiserver"
                | "internal.apiserver"
                | "networking"
                | "node"
                | "rbac.authorization"
                | "resource"
                | "scheduling"
                | "storage"
                | "storagemigration"
        )
    };
    BUILT_IN.contains(&group) || group.strip_suffix(".k8s.io").is_some_and(core_of)
}

/// The API server's message. What it quotes of the object is cut out: it may be a whole pod template, secrets included.
pub fn message(status: &Status) -> String {
    let causes: &[StatusCause] = status.details.as_ref().map_or(&[], |details| &details.causes);
    let is_secret = status.details.as_ref().is_some_and(|details| details.kind == "Secret");
    if status.reason != "Invalid" || causes.is_empty() {
        return without_unstructured(status.message.trim());
    }
    let causes: Vec<String> = causes
        .iter()
        .map(|cause| {
            let words = without_value(&cause.message, is_secret);
            if cause.field.is_empty() || cause.field == "<nil>" {
                words
            } else {
                format!("{}: {words}", cause.field)
            }
        })
        .collect();
    causes.join("; ")
}

/// `expected string, got &value.valueUnstructured{Value:1234}` of a server-side apply without the value.
fn without_unstructured(message: &str) -> String {
    const QUOTED: &str = ", got &value.valueUnstructured{";
    message.find(QUOTED).map_or(message, |at| &message[..at]).to_owned()
}

/// `Invalid value: core.PodTemplateSpec{...}: field is immutable` without what is quoted, unless that is short and plain.
pub fn without_value(message: &str, is_secret: bool) -> String {
    let prefixes = ["Invalid value: ", "Unsupported value: ", "Duplicate value: ", "Too long: "];
    let Some(rest) = prefixes.iter().find_map(|prefix| message.strip_prefix(prefix)) else {
        return message.to_owned();
    };
    let (value, words) = split_value(rest);
    let is_plain = value.len() <= SHOWN_VALUE && !value.contains('{');
    if is_plain && !is_secret { message.to_owned() } else { words.to_owned() }
}

/// The quoted value and what is said about it. A plain text ends at its closing quote; all else at the last `: `.
fn split_value(rest: &str) -> (&str, &str) {
    let quoted = rest.strip_prefix('"');
    let end = quoted.and_then(|text| text.find("\": ")).map(|at| at + 2);
    match end.or_else(|| rest.rfind(": ")) {
        Some(at) => (&rest[..at], &rest[at + 2..]),
        None => (rest, "invalid value"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn refused(answer: serde_json::Value) -> ProviderError {
        let status = Box::new(serde_json::from_value(answer).unwrap());
        Failure::Refused { operation: "kubernetes:PATCH v1 pods shop/api".to_owned(), status }.into()
    }

    #[test]
    fn a_value_of_the_wrong_type_is_not_quoted() {
        let words = "failed to create typed patch object (shop/db; /v1, Kind=Secret): .stringData.pin: expected string";
        let quoted = format!("{words}, got &value.valueUnstructured{{Value:1234}}");
        let error = refused(json!({"code": 500, "reason": "InternalError", "message": quoted}));
        assert!(error.message.contains(".stringData.pin: expected string"), "{}", error.message);
        assert!(!error.message.contains("1234"), "{}", error.message);
    }

    #[test]
    fn refusals_are_sorted_by_what_to_do() {
        let kind = |code: u16, reason: &str, message: &str| {
            refused(json!({"code": code, "reason": reason, "message": message})).kind
        };
        assert_eq!(kind(429, "TooManyRequests", "too many requests"), ErrorKind::Throttled);
        assert_eq!(kind(404, "NotFound", "namespaces \"shop\" not found"), ErrorKind::NotYet);
        assert_eq!(
            kind(404, "NotFound", "the server could not find the requested resource"),
            ErrorKind::NotYet
        );
        assert_eq!(kind(404, "NotFound", "configmaps \"x\" not found"), ErrorKind::NotFound);
        let denied = "pods is forbidden: User \"x\" cannot list resource \"pods\" in API group \"\"";
        assert_eq!(kind(403, "Forbidden", denied), ErrorKind::Denied);
        assert_eq!(kind(403, "Forbidden", "pods \"x\" is forbidden: exceeded quota"), ErrorKind::Invalid);
        let webhook = "Internal error occurred: failed calling webhook \"x.y.z\": connection refused";
        assert_eq!(kind(500, "InternalError", webhook), ErrorKind::Transient);
        let schema = "failed to create typed patch object: .spec.foo: field not declared in schema";
        assert_eq!(kind(500, "", schema), ErrorKind::Invalid);
        assert_eq!(kind(422, "Invalid", "x"), ErrorKind::Invalid);
    }

    #[test]
    fn a_missing_object_is_told_from_a_missing_type() {
        let failure = |details: serde_json::Value| Failure::Refused {
            operation: String::new(),
            status: serde_json::from_value(json!({"code": 404, "reason": "NotFound", "details": details}))
                .map(Box::new)
                .unwrap(),
        };
        let object = failure(json!({"name": "api", "kind": "configmaps"}));
        assert!(object.is_object_missing("configmaps") && !object.is_type_missing());
        let resource = failure(json!({}));
        assert!(resource.is_type_missing() && !resource.is_object_missing("configmaps"));
        let namespace = failure(json!({"name": "shop", "kind": "namespaces"}));
        assert!(!namespace.is_type_missing() && !namespace.is_object_missing("configmaps"));
        assert!(namespace.is_object_missing("namespaces"), "a namespace itself");
    }

    #[test]
    fn messages_do_not_quote_objects() {
        let cause = "Invalid value: core.PodTemplateSpec{Env: \"hunter2\"}: field is immutable";
        let error = refused(json!({
            "code": 422, "reason": "Invalid",
            "message": format!("Job.batch \"x\" is invalid: spec.template: {cause}"),
            "details": {"kind": "Job", "name": "x", "causes": [
                {"reason": "FieldValueInvalid", "message": cause, "field": "spec.template"},
                {"reason": "FieldValueInvalid", "message": "Invalid value: \"A b\": must be lower case", "field": "metadata.name"},
            ]},
        }));
        assert_eq!(
            error.message,
            "spec.template: field is immutable; metadata.name: Invalid value: \"A b\": must be lower case"
        );
        assert_eq!(without_value("Invalid value: \"hunter2\": no", true), "no");
        assert_eq!(without_value("Required value", true), "Required value");
    }

    #[test]
    fn groups_of_definitions_are_not_built_in() {
        assert!(is_built_in("") && is_built_in("apps") && is_built_in("networking.k8s.io"));
        assert!(!is_built_in("gateway.networking.k8s.io") && !is_built_in("shop.example.com"));
    }
}
