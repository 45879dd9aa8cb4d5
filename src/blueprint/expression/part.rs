//! Places in a Kubernetes object: what the blueprint does not write there the cluster may set.

use std::sync::Arc;

use super::value::Instance;
use crate::model::{Json, PropertyPath};

/// A place in a Kubernetes object.
#[derive(Clone, Debug)]
pub struct ObjectPart {
    /// The object.
    pub of: Arc<Instance>,
    /// The way to it; never empty.
    pub path: Vec<Segment>,
}

/// One step into a value.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Segment {
    /// A member of an object; its name may hold dots.
    Name(Arc<str>),
    /// An element of a list.
    At(usize),
}

impl ObjectPart {
    /// A top-level name of an object; `None` for what is no Kubernetes object.
    pub fn top(of: &Arc<Instance>, name: &str) -> Option<Self> {
        let path = vec![Segment::Name(Arc::from(name))];
        of.resource_type.is_kubernetes().then(|| Self { of: of.clone(), path })
    }

    /// One step deeper.
    #[must_use]
    pub fn then(&self, segment: Segment) -> Self {
        let path = self.path.iter().cloned().chain([segment]).collect();
        Self { of: self.of.clone(), path }
    }

    /// The name of the top-level property.
    pub fn attribute(&self) -> &str {
        match self.path.first() {
            Some(Segment::Name(name)) => name,
            _ => "",
        }
    }

    /// The path as it is written in messages and schemas.
    pub fn property_path(&self) -> PropertyPath {
        self.path.iter().fold(PropertyPath::root(), |path, segment| match segment {
            Segment::Name(name) => path.property(name),
            Segment::At(at) => path.index(*at),
        })
    }

    /// What stands there, in the value of the top-level property.
    pub fn look_up<'j>(&self, attribute: &'j Json) -> Option<&'j Json> {
        self.path[1..].iter().try_fold(attribute, |value, segment| match segment {
            Segment::Name(name) => value.get(&**name),
            Segment::At(at) => value.get(at),
        })
    }
}
