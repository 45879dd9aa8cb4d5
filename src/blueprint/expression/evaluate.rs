//! Computes an expression as far as it can be known.

use std::cell::RefCell;
use std::cmp::Ordering;
use std::collections::BTreeSet;
use std::sync::Arc;

use super::functions::{Depth, Function};
use super::parse::{Expr, ExprNode, MacroKind, Program};
use super::template::{Part, Template};
use super::thunk::{Body, Thunk};
use super::value::{ComponentInstance, Instance, Poisoned, Unknown, Val, ValMap};
use crate::blueprint::diagnostics::suggestion;
use crate::model::{Address, Reference};

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

/// An expression that has no value.
#[derive(Clone, Debug)]
pub enum Fault {
    /// It needs something whose own mistake has been reported.
    Poisoned,
    /// Its own mistake.
    Problem(Box<Problem>),
}

/// A mistake in an expression.
#[derive(Clone, Debug)]
pub struct Problem {
    /// The finding's code.
    pub code: &'static str,
    /// Bytes of the template's text, or of the program's while it is evaluated.
    pub at: (u32, u32),
    /// In words.
    pub message: String,
    /// How to mend it.
    pub help: Option<String>,
}

impl Fault {
    /// A mistake whose place is filled in by the evaluator.
    pub fn new(code: &'static str, message: impl Into<String>, help: Option<String>) -> Self {
        Self::Problem(Box::new(Problem { code, at: (0, 0), message: message.into(), help }))
    }

    fn placed(mut self, at: (u32, u32)) -> Self {
        if let Self::Problem(problem) = &mut self
            && problem.at == (0, 0)
        {
            problem.at = at;
        }
        self
    }
}

impl From<Poisoned> for Fault {
    fn from(_: Poisoned) -> Self {
        Self::Poisoned
    }
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
                self.call(&here, function, values)
            }
            ExprNode::Equal { negated, sides: [left, right] } => {
                let (left, right) = (eval(left)?, eval(right)?);
                self.equality(&here, *negated, left, right)
            }
            ExprNode::In([element, collection]) => {
                let (element, collection) = (eval(element)?, eval(collection)?);
                self.membership(&here, element, collection)
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

    /// What the value, known or not, would have an expression over it wait for; traces are noted.
    fn collect(&self, value: &Val, waiting: &mut References) {
        match value {
            Val::Unknown(unknown) => waiting.extend(unknown.deferred.references.iter().cloned()),
            Val::Traced(traced) => {
                self.trace.borrow_mut().extend(traced.from.iter().cloned());
                self.collect(&traced.value, waiting);
            }
            Val::List(items) => items.iter().for_each(|item| self.collect(item, waiting)),
            Val::Map(map) => map.values().for_each(|item| self.collect(item, waiting)),
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

    fn select(
        &self,
        here: &Here<'_>,
        value: Val,
        operand: &Arc<Expr>,
        field: &Arc<str>,
        test: bool,
    ) -> Result<Val> {
        let written = &here.text[operand.at.0 as usize..operand.at.1 as usize];
        let value = self.force(value)?;
        match (&value, test) {
            (Val::Unknown(unknown), _) => self.unknown(here, unknown.deferred.references.clone()),
            (Val::Resource(resource), false) => self.world.attribute(resource, field),
            (Val::Component(component), false) => self.world.output(component, field),
            (Val::Map(map), false) => match map.get(field) {
                Some(item) => Ok(item.clone()),
                None => Err(no_key(written, field, map)),
            },
            (Val::Map(map), true) => Ok(Val::Bool(map.contains_key(field))),
            (Val::Component(component), true) => Ok(Val::Bool(component.output(field).is_some())),
            (Val::Resource(resource), true) => Ok(Val::Bool(self.world.attribute(resource, field).is_ok())),
            (Val::Absent(_) | Val::Null, true) => Ok(Val::Bool(false)),
            (other, _) => Err(no_fields(written, field, other)),
        }
    }

    fn index(&self, here: &Here<'_>, operand: Val, key: Val) -> Result<Val> {
        let (operand, key) = (self.operand(operand, Depth::Shallow)?, self.operand(key, Depth::Shallow)?);
        let (operand, key) = match (operand, key) {
            (Operand::Known(operand), Operand::Known(key)) => (operand, key),
            (left, right) => return self.unknown(here, union([left, right])),
        };
        match (&operand, &key) {
            (Val::Map(map), Val::String(name)) => {
                map.get(name).cloned().ok_or_else(|| no_key("the map", name, map))
            }
            (Val::Group(group), Val::String(name)) => match group.keys.get(name) {
                Some(at) => Ok(group.items[*at].clone()),
                None => Err(Fault::new(
                    "unknown_reference",
                    format!("`{}` has no element `{name}`", group.id),
                    suggestion(name, group.keys.keys().map(|key| &**key)),
                )),
            },
            (Val::Resource(resource), Val::String(name)) => self.world.attribute(resource, name),
            (Val::Component(component), Val::String(name)) => self.world.output(component, name),
            (_, Val::Int(_) | Val::Float(_)) if operand.elements().is_some() => element(&operand, &key),
            _ => {
                let message = format!("{} can't be indexed by {}", operand.describe(), key.describe());
                Err(Fault::new("evaluation", message, None))
            }
        }
    }

    fn call(&self, here: &Here<'_>, function: &'static Function, values: Vec<Val>) -> Result<Val> {
        let mut arguments = Vec::with_capacity(values.len());
        let mut waiting = References::new();
        for value in values {
            match self.operand(value, function.depth)? {
                Operand::Known(value) => arguments.push(value),
                Operand::Waiting(more) => waiting.extend(more),
            }
        }
        if !waiting.is_empty() {
            return self.unknown(here, waiting);
        }
        if let Some(Val::Absent(absent)) = arguments.iter().find(|value| matches!(value, Val::Absent(_))) {
            return Err(Fault::new("unknown_reference", absent.0.clone(), None));
        }
        (function.call)(&arguments).map_err(|message| Fault::new(function.code, message, None))
    }

    fn equality(&self, here: &Here<'_>, negated: bool, left: Val, right: Val) -> Result<Val> {
        let mut waiting = References::new();
        match self.equal(left, right, &mut waiting)? {
            Some(equal) => Ok(Val::Bool(equal != negated)),
            None => self.unknown(here, waiting),
        }
    }

    /// Whether two values are equal; `None` while that hangs on something unknown.
    fn equal(&self, left: Val, right: Val, waiting: &mut References) -> Result<Option<bool>> {
        let (left, right) = (self.force(left)?, self.force(right)?);
        for side in [&left, &right] {
            if let Val::Unknown(unknown) = side {
                waiting.extend(unknown.deferred.references.iter().cloned());
            }
        }
        Ok(match (&left, &right) {
            (Val::Unknown(_), _) | (_, Val::Unknown(_)) => None,
            (Val::List(_) | Val::Group(_), Val::List(_) | Val::Group(_)) => {
                let (left, right) =
                    (left.elements().unwrap_or_default(), right.elements().unwrap_or_default());
                let pairs = left.iter().cloned().zip(right.iter().cloned());
                if left.len() == right.len() { self.all_equal(pairs, waiting)? } else { Some(false) }
            }
            (Val::Map(left), Val::Map(right)) => {
                if left.len() != right.len() || left.keys().any(|key| !right.contains_key(key)) {
                    return Ok(Some(false));
                }
                let pairs = left.iter().map(|(key, item)| (item.clone(), right[key].clone()));
                self.all_equal(pairs, waiting)?
            }
            (left, right) => Some(same(left, right)),
        })
    }

    fn all_equal(
        &self,
        pairs: impl Iterator<Item = (Val, Val)>,
        waiting: &mut References,
    ) -> Result<Option<bool>> {
        let mut equal = Some(true);
        for (left, right) in pairs {
            match self.equal(left, right, waiting)? {
                Some(false) => return Ok(Some(false)),
                None => equal = None,
                Some(true) => {}
            }
        }
        Ok(equal)
    }

    fn membership(&self, here: &Here<'_>, element: Val, collection: Val) -> Result<Val> {
        let collection = match self.operand(collection, Depth::Shallow)? {
            Operand::Known(collection) => collection,
            Operand::Waiting(mut waiting) => {
                self.collect(&element, &mut waiting);
                return self.unknown(here, waiting);
            }
        };
        if let Val::Map(_) | Val::Group(_) = &collection {
            let key = match self.operand(element.clone(), Depth::Shallow)? {
                Operand::Known(key) => key,
                Operand::Waiting(waiting) => return self.unknown(here, waiting),
            };
            match (&collection, &key) {
                (Val::Map(map), Val::String(key)) => return Ok(Val::Bool(map.contains_key(key))),
                (Val::Map(_), _) => return Ok(Val::Bool(false)),
                (Val::Group(group), Val::String(key)) => return Ok(Val::Bool(group.keys.contains_key(key))),
                _ => {}
            }
        }
        let Some(items) = collection.elements() else {
            let message = format!("`in` looks into a list or a map, this is {}", collection.describe());
            return Err(Fault::new("evaluation", message, None));
        };
        let mut waiting = References::new();
        let mut unknown = false;
        for item in items {
            match self.equal(element.clone(), item.clone(), &mut waiting)? {
                Some(true) => return Ok(Val::Bool(true)),
                None => unknown = true,
                Some(false) => {}
            }
        }
        if unknown { self.unknown(here, waiting) } else { Ok(Val::Bool(false)) }
    }

    /// `&&` and `||` in either order: what decides wins over mistakes, mistakes lose to what is unknown.
    fn logic(&self, here: &Here<'_>, sides: &[Arc<Expr>; 2], decisive: bool) -> Result<Val> {
        let mut waiting = References::new();
        let mut unknown = false;
        let mut fault = None;
        for side in sides {
            match self
                .eval(side, here.text, here.locals)
                .and_then(|value| self.operand(value, Depth::Shallow))
            {
                Ok(Operand::Known(Val::Bool(value))) if value == decisive => return Ok(Val::Bool(decisive)),
                Ok(Operand::Known(Val::Bool(_))) => {}
                Ok(Operand::Known(other)) => {
                    let message = format!("a condition is true or false, this is {}", other.describe());
                    fault = fault.or(Some(Fault::new("evaluation", message, None).placed(side.at)));
                }
                Ok(Operand::Waiting(more)) => {
                    unknown = true;
                    waiting.extend(more);
                }
                Err(error) => fault = fault.or(Some(error)),
            }
        }
        match (unknown, fault) {
            (true, _) => self.unknown(here, waiting),
            (false, Some(fault)) => Err(fault),
            (false, None) => Ok(Val::Bool(!decisive)),
        }
    }

    fn conditional(&self, here: &Here<'_>, parts: &[Arc<Expr>; 3]) -> Result<Val> {
        let [condition, then, otherwise] = parts;
        let value = self.eval(condition, here.text, here.locals)?;
        match self.operand(value, Depth::Shallow)? {
            Operand::Known(Val::Bool(true)) => self.eval(then, here.text, here.locals),
            Operand::Known(Val::Bool(false)) => self.eval(otherwise, here.text, here.locals),
            Operand::Known(other) => {
                let message = format!("a condition is true or false, this is {}", other.describe());
                Err(Fault::new("evaluation", message, None).placed(condition.at))
            }
            Operand::Waiting(mut waiting) => {
                // A mistake in a branch is one only if the branch is taken.
                for branch in [then, otherwise] {
                    if let Ok(value) = self.eval(branch, here.text, here.locals) {
                        self.collect(&value, &mut waiting);
                    }
                }
                self.unknown(here, waiting)
            }
        }
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

    fn comprehension(&self, here: &Here<'_>, kind: MacroKind, range: Val) -> Result<Val> {
        let range = self.force(range)?;
        let keys: Vec<Val>;
        let items = match &range {
            Val::Map(map) => {
                keys = map.keys().map(|key| Val::String(key.clone())).collect();
                keys.as_slice()
            }
            Val::Unknown(unknown) => {
                // What the body waits for is found with an element that is unknown itself.
                let mut waiting = unknown.deferred.references.clone();
                for part in self.bodies(here) {
                    if let Ok(value) = self.with(here, range.clone(), part) {
                        self.collect(&value, &mut waiting);
                    }
                }
                return self.unknown(here, waiting);
            }
            other => match other.elements() {
                Some(items) => items,
                None => {
                    let message = format!("this goes over lists and maps, not over {}", other.describe());
                    return Err(Fault::new("evaluation", message, None));
                }
            },
        };
        match kind {
            MacroKind::Map | MacroKind::Filter => self.collected(here, items),
            MacroKind::All => self.quantified(here, items, false),
            MacroKind::Exists => self.quantified(here, items, true),
            MacroKind::ExistsOne => self.exists_one(here, items),
        }
    }

    fn bodies<'h>(&self, here: &Here<'h>) -> impl Iterator<Item = &'h Arc<Expr>> + use<'h> {
        let parts = match &here.expr.node {
            ExprNode::Macro { condition, body, .. } => [condition.as_ref(), body.as_ref()],
            _ => [None, None],
        };
        parts.into_iter().flatten()
    }

    /// `part` with the macro's variable bound to an element.
    fn with(&self, here: &Here<'_>, element: Val, part: &Arc<Expr>) -> Result<Val> {
        let ExprNode::Macro { variable, .. } = &here.expr.node else { return Ok(Val::Null) };
        let local = Local { name: variable, value: element, outer: here.locals };
        self.eval(part, here.text, Locals(Some(&local)))
    }

    fn condition(&self, here: &Here<'_>, element: &Val) -> Result<Operand> {
        let ExprNode::Macro { condition: Some(condition), .. } = &here.expr.node else {
            return Ok(Operand::Known(Val::Bool(true)));
        };
        let value = self.with(here, element.clone(), condition)?;
        match self.operand(value, Depth::Shallow)? {
            Operand::Known(value) if !matches!(value, Val::Bool(_)) => {
                let message = format!("a condition is true or false, this is {}", value.describe());
                Err(Fault::new("evaluation", message, None).placed(condition.at))
            }
            operand => Ok(operand),
        }
    }

    fn collected(&self, here: &Here<'_>, items: &[Val]) -> Result<Val> {
        let ExprNode::Macro { body, .. } = &here.expr.node else { return Ok(Val::Null) };
        let (mut out, mut waiting, mut unknown) = (Vec::with_capacity(items.len()), References::new(), false);
        for item in items {
            match self.condition(here, item)? {
                Operand::Known(Val::Bool(false)) => continue,
                Operand::Known(_) => {}
                Operand::Waiting(more) => {
                    unknown = true;
                    waiting.extend(more);
                }
            }
            out.push(match body {
                Some(body) => self.traced(|| self.with(here, item.clone(), body))?,
                None => item.clone(),
            });
        }
        if !unknown {
            return Ok(Val::list(out));
        }
        out.iter().for_each(|value| self.collect(value, &mut waiting));
        self.unknown(here, waiting)
    }

    fn quantified(&self, here: &Here<'_>, items: &[Val], decisive: bool) -> Result<Val> {
        let (mut waiting, mut unknown, mut fault) = (References::new(), false, None);
        for item in items {
            match self.condition(here, item) {
                Ok(Operand::Known(Val::Bool(value))) if value == decisive => return Ok(Val::Bool(decisive)),
                Ok(Operand::Known(_)) => {}
                Ok(Operand::Waiting(more)) => {
                    unknown = true;
                    waiting.extend(more);
                }
                Err(error) => fault = fault.or(Some(error)),
            }
        }
        match (unknown, fault) {
            (true, _) => self.unknown(here, waiting),
            (false, Some(fault)) => Err(fault),
            (false, None) => Ok(Val::Bool(!decisive)),
        }
    }

    fn exists_one(&self, here: &Here<'_>, items: &[Val]) -> Result<Val> {
        let (mut count, mut waiting, mut unknown) = (0, References::new(), false);
        for item in items {
            match self.condition(here, item)? {
                Operand::Known(value) => count += usize::from(matches!(value, Val::Bool(true))),
                Operand::Waiting(more) => {
                    unknown = true;
                    waiting.extend(more);
                }
            }
        }
        if unknown && count < 2 { self.unknown(here, waiting) } else { Ok(Val::Bool(!unknown && count == 1)) }
    }
}

/// The node at hand and what surrounds it.
struct Here<'h> {
    expr: &'h Arc<Expr>,
    text: &'h Arc<str>,
    locals: Locals<'h>,
}

fn shifted(mut fault: Fault, start: u32) -> Fault {
    if let Fault::Problem(problem) = &mut fault {
        problem.at = (problem.at.0 + start, problem.at.1 + start);
    }
    fault
}

fn union<const N: usize>(operands: [Operand; N]) -> References {
    operands
        .into_iter()
        .filter_map(|operand| match operand {
            Operand::Waiting(references) => Some(references),
            Operand::Known(_) => None,
        })
        .flatten()
        .collect()
}

fn is_leaf(value: &Val) -> bool {
    matches!(
        value,
        Val::Null | Val::Bool(_) | Val::Int(_) | Val::Float(_) | Val::String(_) | Val::Resource(_)
    )
}

/// Equality of what holds no other values; numbers are compared across their kinds.
#[expect(clippy::cast_precision_loss, clippy::float_cmp, reason = "CEL compares an int with a double so")]
fn same(left: &Val, right: &Val) -> bool {
    match (left, right) {
        (Val::Null, Val::Null) => true,
        (Val::Bool(left), Val::Bool(right)) => left == right,
        (Val::Int(left), Val::Int(right)) => left == right,
        (Val::Float(left), Val::Float(right)) => left == right,
        (Val::Int(int), Val::Float(float)) | (Val::Float(float), Val::Int(int)) => *int as f64 == *float,
        (Val::String(left), Val::String(right)) => left == right,
        (Val::Secret(left), Val::Secret(right)) => left == right,
        (Val::Resource(left), Val::Resource(right)) => left.address == right.address,
        _ => false,
    }
}

/// The order of two values, if they have one.
#[expect(clippy::cast_precision_loss, reason = "CEL compares an int with a double so")]
pub(super) fn compare(left: &Val, right: &Val) -> Option<Ordering> {
    match (left, right) {
        (Val::Bool(left), Val::Bool(right)) => Some(left.cmp(right)),
        (Val::Int(left), Val::Int(right)) => Some(left.cmp(right)),
        (Val::Float(left), Val::Float(right)) => left.partial_cmp(right),
        (Val::Int(left), Val::Float(right)) => (*left as f64).partial_cmp(right),
        (Val::Float(left), Val::Int(right)) => left.partial_cmp(&(*right as f64)),
        (Val::String(left), Val::String(right)) => Some(left.cmp(right)),
        _ => None,
    }
}

/// A value as a part of a text.
pub(super) fn as_text(value: &Val) -> Result<String, String> {
    Ok(match value {
        Val::String(text) => text.to_string(),
        Val::Bool(flag) => flag.to_string(),
        Val::Int(number) => number.to_string(),
        Val::Float(number) => number.to_string(),
        Val::Absent(absent) => return Err(absent.0.clone()),
        Val::Secret(_) => {
            return Err("a secret can't be a part of a text: it has to be the whole value".to_owned());
        }
        Val::Resource(resource) => return Err(no_value(resource)),
        Val::List(_) | Val::Map(_) | Val::Group(_) | Val::Component(_) => {
            return Err(format!(
                "{} can't be a part of a text: use `toJson(...)` or `.join(',')`",
                value.describe()
            ));
        }
        other => return Err(format!("{} can't be a part of a text", other.describe())),
    })
}

/// A resource stands where a value should.
pub(super) fn no_value(resource: &Instance) -> String {
    let id = resource.address.resource();
    format!("`{id}` is a resource and no value: say which attribute of it, such as `{id}.Arn`")
}

fn no_key(written: &str, field: &str, map: &ValMap) -> Fault {
    let message = format!("`{written}` has no `{field}`");
    Fault::new("unknown_reference", message, suggestion(field, map.keys().map(|key| &**key)))
}

fn no_fields(written: &str, field: &str, value: &Val) -> Fault {
    let (message, help) = match value {
        Val::Absent(absent) => (
            absent.0.clone(),
            Some(format!("ask first: `has({written}.{field}) ? {written}.{field} : null`")),
        ),
        Val::Group(_) => (
            format!("`{written}` is a list, made by `forEach`"),
            Some(format!("take one by `{written}[0].{field}` or all by `{written}.map(x, x.{field})`")),
        ),
        other => (format!("`{written}` is {}, it has no `{field}`", other.describe()), None),
    };
    Fault::new("unknown_reference", message, help)
}

#[expect(
    clippy::cast_possible_truncation,
    clippy::cast_precision_loss,
    reason = "an index that is whole is small"
)]
fn element(list: &Val, key: &Val) -> Result<Val> {
    let items = list.elements().unwrap_or_default();
    let at = match key {
        Val::Int(at) => *at,
        Val::Float(at) if *at == (*at as i64) as f64 => *at as i64,
        _ => return Err(Fault::new("evaluation", "an index is a whole number", None)),
    };
    usize::try_from(at).ok().and_then(|at| items.get(at)).cloned().ok_or_else(|| {
        let message = format!("there is no element {at} in a list of {}", items.len());
        Fault::new("evaluation", message, None)
    })
}
