//! Kubernetes objects as they are declared: in which cluster, and out of a manifest, files or a chart.

use std::sync::Arc;

use super::diagnostics::{Finding, Findings};
use super::document::{TypeName, What, text_at};
use super::yaml::Node;
use crate::model::ResourceType;

/// Where a declaration's objects are written; it has one of these.
const SOURCES: [&str; 3] = ["manifest", "path", "helm"];
/// Keys of AWS resources that say nothing of an object.
const OF_AWS: [&str; 5] = ["type", "properties", "lookup", "exclusive", "updatePolicy"];

/// Whether a declaration is about Kubernetes objects.
pub fn is_object(node: &Node) -> bool {
    SOURCES.iter().chain(&["cluster"]).any(|key| node.get(key).is_some())
}

/// What a declaration of Kubernetes objects is; what is wrong with it goes to `findings`.
pub fn what(node: &Node, findings: &Findings) -> Option<What> {
    foreign_keys(node, findings);
    if node.get("cluster").is_none() {
        let help = "an `AWS::EKS::Cluster` of the stack (`\"${platform.cluster}\"`), or a name under \
                    `clusters:` in stackctl.yaml";
        findings.add(
            Finding::new(
                "missing_required",
                node.span,
                "`cluster` is missing here: in which one is it made?",
            )
            .help(help),
        );
        return None;
    }
    let written: Vec<&str> = SOURCES.into_iter().filter(|key| node.get(key).is_some()).collect();
    match written.as_slice() {
        ["manifest"] => kind(node.get("manifest")?, findings).map(What::Object),
        [_] => Some(What::Rendered),
        [] => {
            let message = "what is made in the cluster? `manifest`, `path` or `helm` is missing here";
            findings.add(Finding::new("missing_required", node.span, message));
            None
        }
        [.., last] => {
            let at = node.get(last).map_or(node.span, |node| node.span);
            let message = "a resource has one of `manifest`, `path` and `helm`";
            findings.add(Finding::new("exclusive", at, message).help("make two resources of it"));
            None
        }
    }
}

fn foreign_keys(node: &Node, findings: &Findings) {
    for entry in node.entries().into_iter().flatten().filter(|entry| OF_AWS.contains(&&*entry.key)) {
        let help = match &*entry.key {
            "type" => "the type of an object is its manifest's `apiVersion` and `kind`",
            "properties" => "an object is written under `manifest`",
            _ => "Kubernetes objects have no such key",
        };
        let message = format!("`{}` is for AWS resources", entry.key);
        findings.add(Finding::new("unknown_key", entry.key_span, message).help(help));
    }
}

/// The type of an object by its `apiVersion` and `kind`, which stand there as they are; the place is the kind's.
pub fn kind(manifest: &Node, findings: &Findings) -> Option<TypeName> {
    if manifest.entries().is_none() {
        let message = format!("a manifest is a mapping, this is {}", manifest.describe());
        findings.add(Finding::new("wrong_type", manifest.span, message));
        return None;
    }
    let literal = |key: &str| -> Option<(Arc<str>, _)> {
        let (text, span) = text_at(manifest, key, findings)?;
        let plain = !text.is_empty() && !text.contains("${") && !text.contains(char::is_whitespace);
        if !plain || (key == "kind" && text.contains('/')) || text.matches('/').count() > 1 {
            let message = format!("`{key}` can't be `{text}`");
            let help = "it is written as it is, such as `apps/v1` and `Deployment`, without an expression";
            findings.add(Finding::new("wrong_type", span, message).help(help));
            return None;
        }
        Some((text, span))
    };
    let (api_version, kind) = (literal("apiVersion"), literal("kind"));
    let ((api_version, _), (kind, span)) = (api_version?, kind?);
    let name = ResourceType::kubernetes(&api_version, &kind);
    Some(TypeName { name: Arc::from(name.as_str()), span })
}
