//! YAML's tags: those of the core schema say how a node is read, all others would be lost.

use saphyr_parser::Tag;

use super::super::cloudformation;
use super::super::diagnostics::Finding;
use super::node::{Kind, Node, Plain};
use super::scalar;

/// The node as its tag says that it is meant.
///
/// # Errors
/// When the tag means nothing here, or something else than what stands there.
pub(super) fn tagged(tag: &Tag, node: Node) -> Result<Node, Finding> {
    if !tag.is_yaml_core_schema() {
        // `! text` is how YAML spells a text without quotes.
        return if tag.suffix.is_empty() || tag.suffix == "!" {
            Ok(as_text(node))
        } else {
            Err(foreign(tag, &node))
        };
    }
    let name = format!("!!{}", tag.suffix);
    let node = match (tag.suffix.as_str(), &node.kind) {
        ("str", Kind::Scalar(_)) => return Ok(as_text(node)),
        ("seq", Kind::List(_)) | ("map", Kind::Map(_)) => return Ok(node),
        ("int" | "float" | "bool" | "null", Kind::Scalar(_)) => read(node)?,
        ("str" | "seq" | "map" | "int" | "float" | "bool" | "null", _) => return Err(unfit(&name, &node)),
        _ => {
            let message = format!("blueprints know no `{name}`");
            return Err(Finding::new("yaml_tag", node.span, message).help("write the value without the tag"));
        }
    };
    let Kind::Scalar(found) = &node.kind else { return Ok(node) };
    let fits = matches!(
        (tag.suffix.as_str(), found.plain),
        ("int", Plain::Int(_))
            | ("float", Plain::Float(_) | Plain::Int(_))
            | ("bool", Plain::Bool(_))
            | ("null", Plain::Null)
    );
    if fits { Ok(node) } else { Err(unfit(&name, &node)) }
}

/// A scalar as a text, whatever it looks like.
fn as_text(mut node: Node) -> Node {
    if let Kind::Scalar(found) = &mut node.kind {
        found.plain = Plain::Text;
    }
    node
}

/// A scalar as if it stood there without quotes.
fn read(mut node: Node) -> Result<Node, Finding> {
    if let Kind::Scalar(found) = &mut node.kind {
        found.plain = scalar::plain(&found.text, node.span)?;
    }
    Ok(node)
}

fn unfit(name: &str, node: &Node) -> Finding {
    Finding::new("yaml_tag", node.span, format!("`{name}` stands before {}", node.describe()))
}

fn foreign(tag: &Tag, node: &Node) -> Finding {
    let name = &tag.suffix;
    if !cloudformation::is_tag(name) {
        let message = format!("blueprints know no tag `!{name}`");
        return Finding::new("yaml_tag", node.span, message)
            .help("put it in quotes if it is a part of the text");
    }
    let message = format!("`!{name}` is CloudFormation's");
    Finding::new("yaml_tag", node.span, message).help(cloudformation::instead_of(name, node))
}
