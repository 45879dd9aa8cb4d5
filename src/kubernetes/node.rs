//! Walking down a manifest of which any part may be missing, deferred or of another shape.

use std::sync::Arc;

use crate::model::{Map, Value};

/// A place in a manifest; nothing where the manifest has no such place.
#[derive(Clone, Copy)]
pub(super) enum Node<'v> {
    /// A value.
    Value(&'v Value),
    /// The manifest, or an object inside.
    Map(&'v Map),
    /// Nothing is here.
    Nothing,
}

impl<'v> Node<'v> {
    /// An entry of an object.
    pub(super) fn get(self, key: &str) -> Self {
        self.map().and_then(|map| map.get(key)).map_or(Self::Nothing, Self::Value)
    }

    /// What lies at dotted keys, none of which has a dot itself.
    pub(super) fn at(self, path: &str) -> Self {
        path.split('.').fold(self, Self::get)
    }

    pub(super) fn map(self) -> Option<&'v Map> {
        match self {
            Self::Map(map) | Self::Value(Value::Map(map)) => Some(map),
            _ => None,
        }
    }

    /// The elements of a list; nothing of what is not one.
    pub(super) fn items(self) -> impl Iterator<Item = Self> {
        let items = match self {
            Self::Value(Value::List(items)) => items.as_slice(),
            _ => &[],
        };
        items.iter().map(Self::Value)
    }

    /// A text that is known and not empty.
    pub(super) fn text(self) -> Option<&'v Arc<str>> {
        match self {
            Self::Value(Value::String(text)) if !text.is_empty() => Some(text),
            _ => None,
        }
    }

    /// Whether it is this text.
    pub(super) fn is(self, text: &str) -> bool {
        self.text().is_some_and(|own| **own == *text)
    }
}
