//! Where names mean something: the stage in one place, or one use of a component.

use std::cell::{OnceCell, RefCell};
use std::collections::HashMap;
use std::rc::Rc;
use std::sync::Arc;

use super::super::diagnostics::Span;
use super::super::document::{Declaration, Document, What};
use super::super::expression::{ComponentInstance, Instance, Poisoned, Val};
use super::super::yaml::Node;
use super::render::Rendered;
use crate::model::Region;

/// Where a frame's resources are made.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Place {
    /// Once for the stack.
    Stack,
    /// In a region.
    Region(Region),
}

impl Place {
    /// The first part of addresses.
    pub fn word(&self) -> &str {
        match self {
            Self::Stack => "global",
            Self::Region(region) => region.as_str(),
        }
    }
}

/// The stage in one place, or one use of a component.
pub struct Frame {
    /// Its place in the compiler's table.
    pub index: usize,
    /// Where its resources are made.
    pub place: Place,
    /// The components around it, each followed by a dot: `web.alb.`.
    pub path: String,
    /// How many components lie around it.
    pub depth: usize,
    /// Whether it is the stage itself.
    pub root: bool,
    /// What is declared in it.
    pub document: Rc<Document>,
    /// The arguments it was given by name, with the names around them.
    pub arguments: Vec<(Arc<str>, Node)>,
    /// Where the arguments are written.
    pub caller: Option<Rc<Scope>>,
    /// Its parameters' values.
    pub parameters: Vec<OnceCell<Result<Val, Poisoned>>>,
    /// What its declarations became.
    pub bound: Vec<OnceCell<Result<Val, Poisoned>>>,
    /// Places of declarations by id.
    pub by_id: HashMap<Arc<str>, usize>,
    /// All resources under it, its components' too.
    pub resources: RefCell<Vec<Arc<Instance>>>,
    /// As expressions see it.
    pub instance: OnceCell<Arc<ComponentInstance>>,
}

/// The names an expression stands among: a frame's, and the variables of a `forEach`.
pub struct Scope {
    /// The frame.
    pub frame: Rc<Frame>,
    /// Variables, later ones first in meaning.
    pub variables: Vec<(Arc<str>, Val)>,
}

/// A resource, or what is looked up, with the place it is written at.
pub struct Declared {
    /// As expressions see it.
    pub instance: Arc<Instance>,
    /// The names its properties are written among.
    pub scope: Rc<Scope>,
    /// Which of the frame's declarations it is.
    pub declaration: usize,
    /// What a file or a chart says of it; none for what stands in the blueprint itself.
    pub rendered: Option<Rc<Rendered>>,
}

impl Frame {
    /// The stage in one place.
    pub fn root(place: Place, document: Rc<Document>) -> Self {
        Self { root: true, ..Self::new(place, String::new(), document) }
    }

    /// One use of a component.
    pub fn new(place: Place, path: String, document: Rc<Document>) -> Self {
        Self {
            index: 0,
            place,
            path,
            depth: 0,
            root: false,
            arguments: Vec::new(),
            caller: None,
            parameters: document.parameters.iter().map(|_| OnceCell::new()).collect(),
            bound: document.declarations.iter().map(|_| OnceCell::new()).collect(),
            by_id: document.declarations.iter().enumerate().map(|(at, one)| (one.id.clone(), at)).collect(),
            resources: RefCell::default(),
            instance: OnceCell::new(),
            document,
        }
    }
}

impl Scope {
    /// A frame's names alone.
    pub fn of(frame: &Rc<Frame>) -> Rc<Self> {
        Rc::new(Self { frame: frame.clone(), variables: Vec::new() })
    }

    /// With more variables.
    pub fn with(&self, more: impl IntoIterator<Item = (Arc<str>, Val)>) -> Rc<Self> {
        let variables = self.variables.iter().cloned().chain(more).collect();
        Rc::new(Self { frame: self.frame.clone(), variables })
    }
}

impl Declared {
    /// As it is written.
    pub fn declaration(&self) -> &Declaration {
        &self.scope.frame.document.declarations[self.declaration]
    }

    /// Where its properties are written.
    pub fn body(&self) -> Option<&Node> {
        if let Some(rendered) = &self.rendered {
            return Some(&rendered.node);
        }
        let declaration = self.declaration();
        declaration.node.get(match declaration.what {
            What::Lookup(_) => "lookup",
            What::Object(_) => "manifest",
            _ => "properties",
        })
    }

    /// The node of a property that is written.
    pub fn property(&self, name: &str) -> Option<&Node> {
        self.body()?.get(name)
    }

    /// The place of the whole resource.
    pub fn span(&self) -> Span {
        self.rendered.as_ref().map_or(self.declaration().span, |rendered| rendered.node.span)
    }
}
