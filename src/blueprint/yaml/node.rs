//! The tree of a YAML document.

use std::sync::Arc;

use super::super::diagnostics::Span;
use crate::model::Json;

/// A YAML node and where it stands.
#[derive(Clone, Debug)]
pub struct Node {
    /// Where.
    pub span: Span,
    /// What.
    pub kind: Kind,
}

/// The three shapes of a node.
#[derive(Clone, Debug)]
pub enum Kind {
    /// A text, number, flag or null.
    Scalar(Scalar),
    /// A sequence.
    List(Vec<Node>),
    /// A mapping in the order of the file; its keys are different from each other.
    Map(Vec<Entry>),
}

/// A key with its value.
#[derive(Clone, Debug)]
pub struct Entry {
    /// The key's text.
    pub key: Arc<str>,
    /// Where the key stands.
    pub key_span: Span,
    /// The value.
    pub value: Node,
}

/// A scalar as written and as YAML's core schema reads it.
#[derive(Clone, Debug)]
pub struct Scalar {
    /// As written, quotes and folding resolved: `0123`.
    pub text: Arc<str>,
    /// Whether it is a block (`|`, `>`), whose last line break is no part of an expression.
    pub block: bool,
    /// What it means.
    pub plain: Plain,
}

/// The meaning of a scalar by YAML's core schema.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Plain {
    /// `null`, `~` or nothing.
    Null,
    /// `true`, `false`.
    Bool(bool),
    /// A whole number.
    Int(i64),
    /// Any other number.
    Float(f64),
    /// A text.
    Text,
}

impl Scalar {
    /// What YAML makes of a number or a flag that is written otherwise than JSON writes it: 16.1 of `16.10`.
    pub fn misread(&self) -> Option<String> {
        let read = match self.plain {
            Plain::Bool(flag) => flag.to_string(),
            Plain::Int(number) => number.to_string(),
            Plain::Float(number) => Json::from(number).to_string(),
            Plain::Null | Plain::Text => return None,
        };
        (read != *self.text).then_some(read)
    }
}

impl Node {
    /// The entries of a mapping.
    pub fn entries(&self) -> Option<&[Entry]> {
        match &self.kind {
            Kind::Map(entries) => Some(entries),
            _ => None,
        }
    }

    /// The value under a key of a mapping.
    pub fn get(&self, key: &str) -> Option<&Self> {
        self.entries()?.iter().find(|entry| &*entry.key == key).map(|entry| &entry.value)
    }

    /// Whether it is an explicit or implicit null.
    pub fn is_null(&self) -> bool {
        matches!(&self.kind, Kind::Scalar(scalar) if scalar.plain == Plain::Null)
    }

    /// Whether it is a list of nothing.
    pub fn is_empty_list(&self) -> bool {
        matches!(&self.kind, Kind::List(items) if items.is_empty())
    }

    /// Whether it is a number that is written otherwise than YAML reads it.
    pub fn is_misread_number(&self) -> bool {
        let Kind::Scalar(scalar) = &self.kind else { return false };
        matches!(scalar.plain, Plain::Int(_) | Plain::Float(_)) && scalar.misread().is_some()
    }

    /// The node in a word, for messages: `a list`.
    pub fn describe(&self) -> &'static str {
        match &self.kind {
            Kind::List(_) => "a list",
            Kind::Map(_) => "a mapping",
            Kind::Scalar(scalar) => match scalar.plain {
                Plain::Null => "nothing",
                Plain::Bool(_) => "a boolean",
                Plain::Int(_) => "an integer",
                Plain::Float(_) => "a number",
                Plain::Text => "a text",
            },
        }
    }
}
