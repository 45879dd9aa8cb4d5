//! Computes an expression as far as it can be known.

mod compare;
mod fault;
mod logic;
mod macros;
mod select;
mod text;

use std::cell::RefCell;
use std::collections::BTreeSet;
use std::sync::Arc;

use super::functions::{Depth, Function};
use super::part::ObjectPart;
use super::template::{Part, Template};
use super::thunk::{Body, Thunk};
use super::tree::{Expr, ExprNode, Program};
use super::value::{ComponentInstance, Instance, Poisoned, Unknown, Val, ValMap};
use crate::blueprint::diagnostics::suggestion;
use crate::model::{Address, Reference};

pub(super) use compare::compare;
pub use fault::Fault;
use fault::shifted;
pub(super) use text::{as_text, no_value};

/// What an expression can ask of its surroundings.
pub trait World {
    /// The value of a name, or `None` if there is no such name.
    fn name(&self, name: &str) -> Option<Result<Val, Poisoned>>;

    /// Tells this evaluation from others: what came out of it as unknown is not resolved in it again.
    fn generation(&self) -> u64 {
        0
    }

    /// All names there are, for suggestions.
    fn known_names(&self) -> Vec<Arc<str>> {
        Vec::new()
    }

    /// A property or attribute of a resource.
    ///
    /// # Errors
    /// When the type has no such attribute.
    fn attribute(&self, resource: &Arc<Instance>, name: &str) -> Result<Val, Fault>;

    /// What stands at a place of a Kubernetes object that the blueprint does not write.
    ///
    /// # Errors
    /// When objects of its kind have no such place.
    fn inside(&self, part: &ObjectPart) -> Result<Val, Fault>;

    /// Whether there can be something at a generalised path (`Endpoint.Address`, `DnsEntries.*`) below an attribute.
    ///
    /// # Errors
    /// When resources of the type have nothing there.
    fn has_part(&self, _: &Instance, _: &str) -> Result<(), Fault> {
        Ok(())
    }

    /// An output of a component.
    ///
    /// # Errors
    /// When it has no such output.
    fn output(&self, component: &Arc<ComponentInstance>, name: &str) -> Result<Val, Fault>;

    /// What an unknown value is by now; `None` if nothing more is known.
    ///
    /// # Errors
    /// When its expression fails on what is now known.
    fn resolve(&self, unknown: &Unknown) -> Result<Option<Val>, Fault>;

    /// The text of a file beside the blueprint.
    ///
    /// # Errors
    /// Why it can't be read.
    fn file(&self, path: &str) -> Result<String, String>;
}

/// The variables of macros, innermost first.
#[derive(Clone, Copy, Default)]
pub struct Locals<'a>(Option<&'a Local<'a>>);

struct Local<'a> {
    name: &'a Arc<str>,
    value: Val,
    outer: Locals<'a>,
}

impl Locals<'_> {
    fn get(&self, name: &str) -> Option<&Val> {
        let mut next = self.0;
        while let Some(local) = next {
            if &**local.name == name {
                return Some(&local.value);
            }
            next = local.outer.0;
        }
        None
    }
}

type References = BTreeSet<Reference>;
type Result<T, E = Fault> = std::result::Result<T, E>;

/// An operand: known, or waiting for attributes.
enum Operand {
    Known(Val),
    Waiting(References),
}

/// Computes expressions of one text.
pub struct Evaluator<'w> {
    world: &'w dyn World,
    /// As written, for messages about what is left to compute.
    source: Arc<str>,
    /// Where known operands came from, since the last value was handed out.
    trace: RefCell<BTreeSet<Address>>,
}
impl<'w> Evaluator<'w> {
    /// For the expressions of a text.
    pub fn new(world: &'w dyn World, source: &Arc<str>) -> Self {
        Self { world, source: source.clone(), trace: RefCell::default() }
    }

    /// The value of a text with expressions.
    ///
    /// # Errors
    /// When an expression fails; places count from the beginning of the template.
    pub fn template(&self, template: &Arc<Template>) -> Result<Val> {
        self.traced(|| match template.parts.as_slice() {
            [Part::Expression { program, start }] if template.whole => self.program(program, *start),
            parts => self.joined(template, parts),
        })
    }

    fn program(&self, program: &Arc<Program>, start: u32) -> Result<Val> {
        self.eval(&program.root, &program.text, Locals::default()).map_err(|fault| shifted(fault, start))
    }

    fn joined(&self, template: &Arc<Template>, parts: &[Part]) -> Result<Val> {
        let (mut text, mut waiting) = (String::new(), References::new());
        for part in parts {
            match part {
                Part::Text(literal) => text.push_str(literal),
                Part::Expression { program, start } => {
                    let value = self.program(program, *start)?;
                    match self.operand(value, Depth::Shallow)? {
                        Operand::Waiting(more) => waiting.extend(more),
                        Operand::Known(value) => text.push_str(&as_text(&value).map_err(|message| {
                            let at =
                                (*start, start + crate::blueprint::diagnostics::offset(program.text.len()));
                            Fault::new("evaluation", message, None).placed(at)
                        })?),
                    }
                }
            }
        }
        if waiting.is_empty() {
            return Ok(Val::string(text));
        }
        let thunk = Thunk::of_template(template, &self.source, |name| self.world.name(name))?;
        Ok(thunk.into_unknown(waiting, self.world.generation()))
    }

    /// The value of a part of an expression, as it is left to compute.
    pub(super) fn thunk(&self, body: &Body) -> Result<Val> {
        match body {
            Body::Template(template) => self.template(template),
            Body::Expression { expr, text } => self.traced(|| self.eval(expr, text, Locals::default())),
        }
    }

    /// Runs `compute` and marks its value with the resources that it looked into.
    fn traced(&self, compute: impl FnOnce() -> Result<Val>) -> Result<Val> {
        let outer = self.trace.take();
        let value = compute();
        let from = self.trace.replace(outer);
        Ok(value?.traced(from))
    }

    fn eval(&self, expr: &Arc<Expr>, text: &Arc<str>, locals: Locals<'_>) -> Result<Val> {
        self.node(expr, text, locals).map_err(|fault| fault.placed(expr.at))
    }

    fn node(&self, expr: &Arc<Expr>, text: &Arc<str>, locals: Locals<'_>) -> Result<Val> {
        let eval = |part: &Arc<Expr>| self.eval(part, text, locals);
        let here = Here { expr, text, locals };
        match &expr.node {
            ExprNode::Literal(value) => Ok(value.clone()),
            ExprNode::Name(name) => self.name(name, locals),
            ExprNode::Select { operand, field, test } => {
                let value = eval(operand)?;
                self.select(&here, value, operand, field, *test)
            }
            ExprNode::Index { operand, key } => {
                let (operand, key) = (eval(operand)?, eval(key)?);
                self.index(&here, operand, key)
            }
            ExprNode::Call { function, arguments } => {
                let values = arguments.iter().map(eval).collect::<Result<Vec<_>>>()?;
                self.call(&here, function, &values)
            }
            ExprNode::Equal { negated, sides: [left, right] } => {
                let (left, right) = (eval(left)?, eval(right)?);
                self.equality(&here, *negated, left, right)
            }
            ExprNode::In([element, collection]) => {
                let (element, collection) = (eval(element)?, eval(collection)?);
                self.membership(&here, &element, collection)
            }
            ExprNode::And(sides) => self.logic(&here, sides, false),
            ExprNode::Or(sides) => self.logic(&here, sides, true),
            ExprNode::Conditional(parts) => self.conditional(&here, parts),
            ExprNode::List(items) => {
                let items = items.iter().map(|item| self.traced(|| eval(item))).collect::<Result<_>>()?;
                Ok(Val::list(items))
            }
            ExprNode::Map(entries) => self.map(&here, entries),
            ExprNode::Macro { kind, range, .. } => {
                let range = eval(range)?;
                self.comprehension(&here, *kind, range)
            }
            ExprNode::File(path) => {
                let path = eval(path)?;
                self.file(path)
            }
        }
    }

    fn name(&self, name: &Arc<str>, locals: Locals<'_>) -> Result<Val> {
        if let Some(value) = locals.get(name) {
            return Ok(value.clone());
        }
        match self.world.name(name) {
            Some(value) => Ok(value?),
            None => {
                let known = self.world.known_names();
                let help = suggestion(name, known.iter().map(|known| &**known));
                Err(Fault::new("unknown_reference", format!("there is nothing called `{name}` here"), help))
            }
        }
    }

    /// The value without its trace, which is noted; resolved if that is possible by now.
    fn force(&self, value: Val) -> Result<Val> {
        let mut value = value;
        loop {
            value = match value {
                Val::Traced(traced) => {
                    self.trace.borrow_mut().extend(traced.from.iter().cloned());
                    traced.value.clone()
                }
                Val::Unknown(unknown) => match self.world.resolve(&unknown)? {
                    Some(Val::Unknown(still)) => return Ok(Val::Unknown(still)),
                    Some(known) => known,
                    None => return Ok(Val::Unknown(unknown)),
                },
                known => return Ok(known),
            };
        }
    }

    fn operand(&self, value: Val, depth: Depth) -> Result<Operand> {
        let value = self.force(value)?;
        if let Val::Unknown(unknown) = &value {
            return Ok(Operand::Waiting(unknown.deferred.references.clone()));
        }
        if depth == Depth::Shallow {
            return Ok(Operand::Known(value));
        }
        let mut waiting = References::new();
        let value = self.deep(value, &mut waiting)?;
        Ok(if waiting.is_empty() { Operand::Known(value) } else { Operand::Waiting(waiting) })
    }

    /// The value with nothing unknown or traced inside; what is unknown goes to `waiting`.
    fn deep(&self, value: Val, waiting: &mut References) -> Result<Val> {
        Ok(match self.force(value)? {
            Val::Unknown(unknown) => {
                waiting.extend(unknown.deferred.references.iter().cloned());
                Val::Null
            }
            Val::List(items) if items.iter().all(is_leaf) => Val::List(items),
            Val::List(items) => {
                Val::list(items.iter().map(|item| self.deep(item.clone(), waiting)).collect::<Result<_>>()?)
            }
            Val::Map(map) if map.values().all(is_leaf) => Val::Map(map),
            Val::Map(map) => Val::Map(Arc::new(
                map.iter()
                    .map(|(key, item)| Ok((key.clone(), self.deep(item.clone(), waiting)?)))
                    .collect::<Result<ValMap>>()?,
            )),
            Val::Component(component) => {
                let outputs = self.outputs(&component)?;
                self.deep(outputs, waiting)?
            }
            other => other,
        })
    }

    /// A component as a map of its outputs.
    pub fn outputs(&self, component: &Arc<ComponentInstance>) -> Result<Val> {
        let entries = component
            .outputs
            .iter()
            .map(|(name, _)| Ok((name.clone(), self.world.output(component, name)?)))
            .collect::<Result<ValMap>>()?;
        Ok(Val::Map(Arc::new(entries)))
    }

    /// Everything that the value, known or not, would have an expression over it wait for.
    ///
    /// Which attribute of a resource will be asked for shows only later, so the resource counts as a whole, by the
    /// trace. Values in branches come here that may never be taken: a mistake in one of them is none yet.
    fn collect(&self, value: &Val, waiting: &mut References) {
        match self.force(value.clone()) {
            Ok(Val::Unknown(unknown)) => waiting.extend(unknown.deferred.references.iter().cloned()),
            Ok(Val::List(items)) => items.iter().for_each(|item| self.collect(item, waiting)),
            Ok(Val::Map(map)) => map.values().for_each(|item| self.collect(item, waiting)),
            Ok(Val::Resource(resource)) => {
                self.trace.borrow_mut().insert(resource.address.clone());
            }
            Ok(Val::Group(group)) => group.items.iter().for_each(|item| self.collect(item, waiting)),
            Ok(Val::Component(component)) => {
                if let Ok(outputs) = self.outputs(&component) {
                    self.collect(&outputs, waiting);
                }
            }
            _ => {}
        }
    }

    fn unknown(&self, here: &Here<'_>, waiting: References) -> Result<Val> {
        let lookup = |name: &str| match here.locals.get(name) {
            Some(value) => Some(Ok(value.clone())),
            None => self.world.name(name),
        };
        let thunk = Thunk::of_expression(here.expr, here.text, &self.source, lookup)?;
        Ok(thunk.into_unknown(waiting, self.world.generation()))
    }

    fn call(&self, here: &Here<'_>, function: &'static Function, values: &[Val]) -> Result<Val> {
        let mut arguments = Vec::with_capacity(values.len());
        let mut waiting = References::new();
        for value in values {
            match self.operand(value.clone(), function.depth)? {
                Operand::Known(value) => arguments.push(value),
                Operand::Waiting(more) => waiting.extend(more),
            }
        }
        if !waiting.is_empty() {
            // What one argument holds back will be in the result, unknown elements of the others too.
            values.iter().for_each(|value| self.collect(value, &mut waiting));
            return self.unknown(here, waiting);
        }
        if let Some(Val::Absent(absent)) = arguments.iter().find(|value| matches!(value, Val::Absent(_))) {
            return Err(Fault::new("unknown_reference", absent.0.clone(), None));
        }
        (function.call)(&arguments).map_err(|message| Fault::new(function.code, message, None))
    }

    fn map(&self, here: &Here<'_>, entries: &[(Arc<Expr>, Arc<Expr>)]) -> Result<Val> {
        let mut map = ValMap::with_capacity(entries.len());
        let mut waiting = References::new();
        for (key, value) in entries {
            let name = self.eval(key, here.text, here.locals)?;
            let value = self.traced(|| self.eval(value, here.text, here.locals))?;
            match self.operand(name, Depth::Shallow)? {
                Operand::Known(Val::String(name)) => {
                    if map.insert(name.clone(), value).is_some() {
                        let message = format!("the key `{name}` is written twice");
                        return Err(Fault::new("evaluation", message, None).placed(key.at));
                    }
                }
                Operand::Known(other) => {
                    let message = format!("a key is a text, this is {}", other.describe());
                    return Err(Fault::new("evaluation", message, None).placed(key.at));
                }
                Operand::Waiting(more) => {
                    waiting.extend(more);
                    self.collect(&value, &mut waiting);
                }
            }
        }
        if waiting.is_empty() {
            return Ok(Val::Map(Arc::new(map)));
        }
        map.values().for_each(|value| self.collect(value, &mut waiting));
        self.unknown(here, waiting)
    }

    fn file(&self, path: Val) -> Result<Val> {
        match self.operand(path, Depth::Shallow)? {
            Operand::Known(Val::String(path)) => match self.world.file(&path) {
                Ok(text) => Ok(Val::string(text)),
                Err(message) => Err(Fault::new("evaluation", message, None)),
            },
            Operand::Known(other) => {
                let message = format!("`file` takes a path, this is {}", other.describe());
                Err(Fault::new("evaluation", message, None))
            }
            Operand::Waiting(_) => Err(Fault::new(
                "not_known",
                "the path of a file has to be known before anything is made",
                None,
            )),
        }
    }
}

/// The node at hand and what surrounds it.
struct Here<'h> {
    expr: &'h Arc<Expr>,
    text: &'h Arc<str>,
    locals: Locals<'h>,
}

fn is_leaf(value: &Val) -> bool {
    matches!(
        value,
        Val::Null | Val::Bool(_) | Val::Int(_) | Val::Float(_) | Val::String(_) | Val::Resource(_)
    )
}
