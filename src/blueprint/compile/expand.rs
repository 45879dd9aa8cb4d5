//! Expands declarations: `includeWhen`, `forEach`, components opened, resources numbered.

use std::rc::Rc;
use std::sync::Arc;

use super::super::diagnostics::{Finding, Span};
use super::super::document::{Declaration, TypeName, What, mapping_of};
use super::super::expression::{Absent, Cell, ComponentInstance, Group, Instance, Poisoned, Use, Val};
use super::super::yaml::{Kind, Node};
use super::frame::{Declared, Frame, Place, Scope};
use super::names::variables;
use super::render::Rendered;
use super::{Compiler, Step};
use crate::model::{Address, ResourceType};

/// A component in a component and so on ends here: it is one that uses itself.
const DEEPEST: usize = 16;

/// One round of a `forEach`: the variables, and what tells it from the others.
struct Round {
    variables: Vec<(Arc<str>, Val)>,
    key: Option<String>,
}

/// A resource that is about to be declared.
pub(super) struct New<'n> {
    /// Where its declaration stands.
    pub frame: &'n Rc<Frame>,
    /// Which one it is.
    pub at: usize,
    /// The names its properties are written among.
    pub scope: Rc<Scope>,
    /// What tells it from others of the same declaration.
    pub key: Option<&'n str>,
    /// Its type.
    pub type_name: &'n TypeName,
    /// What a file or a chart says of it.
    pub rendered: Option<Rc<Rendered>>,
}

impl Compiler<'_> {
    /// Expands all declarations of a frame that are made there, and its components'.
    pub(super) fn open(&self, frame: &Rc<Frame>) {
        for at in 0..frame.document.declarations.len() {
            if self.is_made_in(frame, at) {
                // Mistakes are reported where they are found.
                let _ = self.bind(frame, at);
            }
        }
    }

    /// Computes all parameters, those too that nothing refers to: their values may be wrong. Not before everything is
    /// expanded, since a parameter may need what its own component stands among.
    pub(super) fn compute_parameters(&self) {
        let frames = self.frames.borrow().clone();
        for frame in &frames {
            for at in 0..frame.document.parameters.len() {
                let _ = self.parameter(frame, at);
            }
        }
    }

    /// What a declared name means in a frame.
    pub(super) fn declared_name(&self, frame: &Rc<Frame>, name: &str) -> Result<Val, Poisoned> {
        let at = frame.by_id[name];
        if self.is_made_in(frame, at) {
            return self.bind(frame, at);
        }
        let roots = self.roots.borrow().clone();
        if frame.place == Place::Stack {
            let regions = roots.iter().filter(|root| root.place != Place::Stack);
            let values = regions.map(|root| Ok((Arc::from(root.place.word()), self.bind(root, at)?)));
            return Ok(Val::map(values.collect::<Result<Vec<_>, Poisoned>>()?));
        }
        let stack = roots.iter().find(|root| root.place == Place::Stack).ok_or(Poisoned)?;
        self.bind(stack, at)
    }

    /// What a declaration became.
    fn bind(&self, frame: &Rc<Frame>, at: usize) -> Result<Val, Poisoned> {
        if let Some(known) = frame.bound[at].get() {
            return known.clone();
        }
        let declaration = &frame.document.declarations[at];
        let step = Step::Declaration { frame: frame.index, at };
        let value = self.once(step, declaration.span, || self.expand(frame, at));
        frame.bound[at].get_or_init(|| value).clone()
    }

    fn expand(&self, frame: &Rc<Frame>, at: usize) -> Result<Val, Poisoned> {
        let declaration = &frame.document.declarations[at];
        self.check_per(frame, declaration);
        let scope = Scope::of(frame);
        if !self.is_included(&scope, declaration)? {
            let why = format!("`{}` is left out here by its `includeWhen`", declaration.id);
            return Ok(Val::Absent(Arc::new(Absent(why))));
        }
        let Some(over) = declaration.node.get("forEach") else {
            return self.make(frame, at, scope, None);
        };
        let mut group =
            Group { id: declaration.id.clone(), items: Vec::new(), keys: std::collections::HashMap::new() };
        for round in self.rounds(&scope, declaration, over)? {
            let scope = scope.with(round.variables);
            let key = match declaration.node.get("key") {
                Some(node) => Some(self.key(&scope, node)?),
                None => round.key,
            };
            let name: Arc<str> = Arc::from(key.clone().unwrap_or_default());
            if group.keys.insert(name.clone(), group.items.len()).is_some() {
                let message = format!("`forEach` makes `{}[{name}]` twice", declaration.id);
                let help = "its keys have to differ; set them with `key:`";
                self.around.findings.add(Finding::new("duplicate_id", over.span, message).help(help));
                return Err(Poisoned);
            }
            group.items.push(self.make(frame, at, scope, key)?);
        }
        Ok(Val::Group(Arc::new(group)))
    }

    fn is_included(&self, scope: &Rc<Scope>, declaration: &Declaration) -> Result<bool, Poisoned> {
        let conditions: Vec<&Node> = match declaration.node.get("includeWhen") {
            None => return Ok(true),
            Some(Node { kind: Kind::List(items), .. }) => items.iter().collect(),
            Some(one) => vec![one],
        };
        for node in conditions {
            self.check_asked_once(declaration, node)?;
            match self.value(scope, node)?.untraced() {
                Val::Bool(true) => {}
                Val::Bool(false) => return Ok(false),
                other => {
                    return Err(self.unfit(
                        node.span,
                        "`includeWhen` has to be true or false before anything is made",
                        other,
                    ));
                }
            }
        }
        Ok(true)
    }

    /// Reports a condition over the variables of its own `forEach`, which come after it.
    fn check_asked_once(&self, declaration: &Declaration, node: &Node) -> Result<(), Poisoned> {
        let Kind::Scalar(scalar) = &node.kind else { return Ok(()) };
        let Some(template) = self.template(node, scalar)? else { return Ok(()) };
        let (variables, mut outcome) = (variables(declaration), Ok(()));
        template.uses(&mut |found, at| {
            let (Use::Name(name) | Use::Field(name, _)) = found;
            if variables.iter().any(|variable| **variable == **name) {
                let message =
                    format!("`includeWhen` is asked once, before `forEach`: there is no `{name}` yet");
                let help = "leave elements out of the list: `forEach: {x: \"${list.filter(x, ...)}\"}`";
                let span = self.within(node.span, &template.source, at);
                self.around.findings.add(Finding::new("unknown_reference", span, message).help(help));
                outcome = Err(Poisoned);
            }
        });
        outcome
    }

    fn unfit(&self, span: Span, what: &str, found: &Val) -> Poisoned {
        let message = format!("{what}, this is {}", found.describe());
        self.around.findings.add(Finding::new("wrong_type", span, message));
        Poisoned
    }

    fn key(&self, scope: &Rc<Scope>, node: &Node) -> Result<String, Poisoned> {
        let value = self.value(scope, node)?;
        key_text(value.untraced())
            .ok_or_else(|| self.unfit(node.span, "`key` has to be a known text", &value))
    }

    /// Every combination of the variables, the last one running fastest.
    fn rounds(
        &self,
        scope: &Rc<Scope>,
        declaration: &Declaration,
        over: &Node,
    ) -> Result<Vec<Round>, Poisoned> {
        let mut rounds = vec![Round { variables: Vec::new(), key: None }];
        let place = scope.frame.place.clone();
        for entry in mapping_of(&declaration.node, "forEach", self.around.findings) {
            let mut next = Vec::new();
            for round in &rounds {
                let scope = scope.with(round.variables.iter().cloned());
                let value = self.value(&scope, &entry.value)?;
                for (at, (key, item)) in self.elements(&value, entry.value.span)?.into_iter().enumerate() {
                    let key = within(&place, key);
                    next.push(round.and(&entry.key, at, &key, item));
                }
            }
            rounds = next;
        }
        if over.entries().is_none() {
            return Err(Poisoned);
        }
        Ok(rounds)
    }

    /// A list's or map's elements with a text for each.
    fn elements(&self, value: &Val, span: Span) -> Result<Vec<(String, Val)>, Poisoned> {
        let value = value.untraced();
        if let Val::Map(map) = value {
            return Ok(map.iter().map(|(key, item)| (key.to_string(), item.clone())).collect());
        }
        let Some(items) = value.elements() else {
            return Err(self.unfit(
                span,
                "`forEach` runs over a list or a map that is known before anything is made",
                value,
            ));
        };
        let keyed = items
            .iter()
            .enumerate()
            .map(|(at, item)| (key_text(item.untraced()).unwrap_or_else(|| at.to_string()), item.clone()));
        Ok(keyed.collect())
    }

    fn make(
        &self,
        frame: &Rc<Frame>,
        at: usize,
        scope: Rc<Scope>,
        key: Option<String>,
    ) -> Result<Val, Poisoned> {
        match &frame.document.declarations[at].what {
            What::Component { name, span } => self.make_component(frame, at, &scope, key, (name, *span)),
            What::Resource(type_name) | What::Lookup(type_name) | What::Object(type_name) => {
                let key = key.as_deref();
                Ok(self.make_resource(New { frame, at, scope, key, type_name, rendered: None }))
            }
            What::Rendered => self.make_rendered(frame, at, &scope, key.as_deref()),
        }
    }

    fn make_component(
        &self,
        frame: &Rc<Frame>,
        at: usize,
        scope: &Rc<Scope>,
        key: Option<String>,
        (name, span): (&Arc<str>, Span),
    ) -> Result<Val, Poisoned> {
        let declaration = &frame.document.declarations[at];
        let document = self.document(name, span).ok_or(Poisoned)?;
        if frame.depth == DEEPEST {
            let message =
                format!("components lie more than {DEEPEST} deep in each other; does `{name}` use itself?");
            self.around.findings.add(Finding::new("reference_cycle", span, message));
            return Err(Poisoned);
        }
        let key = key.map(|key| format!("[{key}]")).unwrap_or_default();
        let path = format!("{}{}{key}.", frame.path, declaration.id);
        let mut child = Frame::new(frame.place.clone(), path, document);
        let given = mapping_of(&declaration.node, "with", self.around.findings);
        child.arguments = given.iter().map(|entry| (entry.key.clone(), entry.value.clone())).collect();
        child.caller = Some(scope.clone());
        child.depth = frame.depth + 1;
        let child = self.frame(child);
        self.check_arguments(declaration, &child);
        let outputs =
            child.document.outputs.iter().map(|(name, _)| (name.clone(), Cell::default())).collect();
        let instance =
            Arc::new(ComponentInstance { id: declaration.id.clone(), frame: child.index, outputs });
        let instance = child.instance.get_or_init(|| instance).clone();
        self.open(&child);
        frame.resources.borrow_mut().extend(child.resources.borrow().iter().cloned());
        Ok(Val::Component(instance))
    }

    /// Declares a resource: takes it into the compiler's table.
    pub(super) fn make_resource(&self, new: New<'_>) -> Val {
        let New { frame, at, scope, key, type_name, rendered } = new;
        let declaration = &frame.document.declarations[at];
        let (written, schema) = match declaration.what {
            What::Lookup(_) => ("lookup", self.schema(type_name)),
            What::Object(_) | What::Rendered => ("manifest", self.object_schema(type_name)),
            _ => ("properties", self.schema(type_name)),
        };
        let properties = match &rendered {
            Some(rendered) => rendered.node.entries().unwrap_or_default(),
            None => mapping_of(&declaration.node, written, self.around.findings),
        };
        let index = self.declared.borrow().len();
        let instance = Arc::new(Instance {
            address: Address::new(frame.place.word(), &format!("{}{}", frame.path, declaration.id), key),
            resource_type: ResourceType::new(&type_name.name),
            schema,
            owned: !matches!(declaration.what, What::Lookup(_)),
            index,
            properties: properties.iter().map(|entry| (entry.key.clone(), Cell::default())).collect(),
        });
        let declared = Declared { instance: instance.clone(), scope, declaration: at, rendered };
        self.declared.borrow_mut().push(Rc::new(declared));
        frame.resources.borrow_mut().push(instance.clone());
        Val::Resource(instance)
    }

    /// An output of a component, computed once.
    pub(super) fn output(&self, component: &Arc<ComponentInstance>, name: &str) -> Result<Val, Poisoned> {
        let (at, cell) = component.output(name).ok_or(Poisoned)?;
        if let Some(known) = cell.get() {
            return known;
        }
        let frame = self.frames.borrow()[component.frame].clone();
        let (_, node) = &frame.document.outputs[at];
        let node = output_value(node);
        let step = Step::Output { frame: component.frame, at };
        let value = self.once(step, node.span, || self.value(&Scope::of(&frame), node));
        cell.set(value.clone());
        value
    }
}

/// An output is a value, or a mapping with `value` and `description`.
pub fn output_value(node: &Node) -> &Node {
    let described = node.entries().is_some_and(|entries| {
        entries.iter().any(|entry| &*entry.key == "value")
            && entries.iter().all(|entry| matches!(&*entry.key, "value" | "description"))
    });
    node.get("value").filter(|_| described).unwrap_or(node)
}

/// A scalar as a key.
fn key_text(value: &Val) -> Option<String> {
    match value {
        Val::String(text) => Some(text.to_string()),
        Val::Int(number) => Some(number.to_string()),
        Val::Bool(flag) => Some(flag.to_string()),
        _ => None,
    }
}

impl Round {
    fn and(&self, name: &Arc<str>, at: usize, key: &str, item: Val) -> Self {
        let mut variables = self.variables.clone();
        variables.push((name.clone(), item));
        variables.push((Arc::from(format!("{name}Index")), Val::Int(i64::try_from(at).unwrap_or(i64::MAX))));
        variables.push((Arc::from(format!("{name}Key")), Val::string(key)));
        let key = match &self.key {
            Some(before) => format!("{before}-{key}"),
            None => key.to_owned(),
        };
        Self { variables, key: Some(key) }
    }
}

/// A zone's key in its own region is its letter: the address names the region already.
fn within(place: &Place, key: String) -> String {
    match key.strip_prefix(place.word()) {
        Some(zone) if zone.len() == 1 => zone.to_owned(),
        _ => key,
    }
}
