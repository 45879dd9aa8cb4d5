//! Scalars without quotes that YAML reads as something else than what is written: `16.10` is the number 16.1, and
//! `012345678901` loses its zero. Where a text belongs, that is another text.

use super::diagnostics::{Finding, Findings};
use super::yaml::{Kind, Node, Plain, Scalar};
use crate::model::PropertyPath;

/// What a value is by what is known of its place.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Place {
    /// A text and nothing else.
    Text,
    /// Whatever is written: a document, a map of anything.
    Any,
    /// A number, a flag, or something else that is checked elsewhere.
    Other,
}

/// Reports what is misread in a node and below it.
pub fn check(node: &Node, path: &PropertyPath, place: &dyn Fn(&PropertyPath) -> Place, findings: &Findings) {
    match &node.kind {
        Kind::Scalar(scalar) => {
            if let Some(read) = scalar.misread()
                && let Some(help) = help(scalar, &read, place(path))
            {
                let kind = if matches!(scalar.plain, Plain::Bool(_)) { "boolean" } else { "number" };
                let message = format!("`{}` is the {kind} `{read}` in YAML", scalar.text);
                findings.add(Finding::new("misread", node.span, message).help(help));
            }
        }
        Kind::List(items) => {
            for (at, item) in items.iter().enumerate() {
                check(item, &path.index(at), place, findings);
            }
        }
        Kind::Map(entries) => {
            for entry in entries {
                check(&entry.value, &path.property(&entry.key), place, findings);
            }
        }
    }
}

/// The same for a value that is of this kind itself, and of any kind below.
pub fn check_value(node: &Node, place: Place, findings: &Findings) {
    let of = |path: &PropertyPath| if path.as_str().is_empty() { place } else { Place::Any };
    check(node, &PropertyPath::root(), &of, findings);
}

/// How to say what is meant; none where it is said.
fn help(scalar: &Scalar, read: &str, place: Place) -> Option<String> {
    match (place, &scalar.plain) {
        (Place::Text, _) => Some("write it in quotes".to_owned()),
        (Place::Any, Plain::Int(_) | Plain::Float(_)) => {
            Some(format!("write it in quotes if it is a text, `{read}` if it is a number"))
        }
        _ => None,
    }
}
