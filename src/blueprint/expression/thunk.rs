//! What is left to compute of an expression: the part that waits, with the values of the names it uses.

use std::cell::RefCell;
use std::collections::{BTreeSet, HashMap};
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use super::evaluate::{Evaluator, Fault, World, no_value};
use super::part::ObjectPart;
use super::template::{Part, Template};
use super::tree::Expr;
use super::value::{ComponentInstance, Instance, Poisoned, Unknown, Val};
use crate::model::{Attributes, Deferred, Evaluate, EvaluateError, Map, Reference, Value};

/// The part that waits.
pub(super) enum Body {
    /// A whole text with expressions.
    Template(Arc<Template>),
    /// A node of an expression.
    Expression {
        /// The node.
        expr: Arc<Expr>,
        /// The text that its places count in.
        text: Arc<str>,
    },
}

/// The part that waits and the names it uses.
pub(super) struct Thunk {
    body: Body,
    source: Arc<str>,
    names: Vec<(Arc<str>, Val)>,
}

type Captured = Option<Result<Val, Poisoned>>;

impl Thunk {
    /// Of a text.
    pub(super) fn of_template(
        template: &Arc<Template>,
        source: &Arc<str>,
        lookup: impl Fn(&str) -> Captured,
    ) -> Result<Self, Poisoned> {
        let mut names = Vec::new();
        for part in &template.parts {
            if let Part::Expression { program, .. } = part {
                capture(&program.root, &lookup, &mut names)?;
            }
        }
        Ok(Self { body: Body::Template(template.clone()), source: source.clone(), names })
    }

    /// Of a node.
    pub(super) fn of_expression(
        expr: &Arc<Expr>,
        text: &Arc<str>,
        source: &Arc<str>,
        lookup: impl Fn(&str) -> Captured,
    ) -> Result<Self, Poisoned> {
        let mut names = Vec::new();
        capture(expr, &lookup, &mut names)?;
        let body = Body::Expression { expr: expr.clone(), text: text.clone() };
        Ok(Self { body, source: source.clone(), names })
    }

    /// As a value that waits.
    pub(super) fn into_unknown(self, references: BTreeSet<Reference>, born: u64) -> Val {
        let source = self.source.clone();
        let deferred = Arc::new(Deferred { source, references, expression: Arc::new(self) });
        Val::Unknown(Arc::new(Unknown { deferred, exact: None, part: None, born }))
    }
}

fn capture(
    expr: &Arc<Expr>,
    lookup: &impl Fn(&str) -> Captured,
    names: &mut Vec<(Arc<str>, Val)>,
) -> Result<(), Poisoned> {
    let mut outcome = Ok(());
    expr.free_names(&mut Vec::new(), &mut |name, _| {
        if names.iter().any(|(known, _)| known == name) {
            return;
        }
        match lookup(name) {
            Some(Ok(value)) => names.push((name.clone(), value)),
            Some(Err(poisoned)) => outcome = Err(poisoned),
            None => {}
        }
    });
    outcome
}

impl Evaluate for Thunk {
    fn evaluate(&self, attributes: &dyn Attributes) -> Result<Value, EvaluateError> {
        let world = Resolving::new(attributes, &self.names);
        let failed = |fault| failure(&self.source, fault);
        let value = Evaluator::new(&world, &self.source).thunk(&self.body).map_err(failed)?;
        lower(&value, &world).map_err(failed)
    }
}

/// Exactly one attribute of one resource.
struct Exact {
    instance: Arc<Instance>,
    attribute: Arc<str>,
    source: Arc<str>,
}

impl Evaluate for Exact {
    fn evaluate(&self, attributes: &dyn Attributes) -> Result<Value, EvaluateError> {
        let world = Resolving::new(attributes, &[]);
        let failed = |fault| failure(&self.source, fault);
        let value = world.attribute(&self.instance, &self.attribute).map_err(failed)?;
        lower(&value, &world).map_err(failed)
    }
}

/// An attribute that nobody knows yet.
pub fn exact_unknown(instance: &Arc<Instance>, attribute: &str, born: u64) -> Val {
    let attribute: Arc<str> = Arc::from(attribute);
    let reference = Reference { address: instance.address.clone(), attribute: attribute.clone() };
    let source: Arc<str> = Arc::from(format!("${{{}.{attribute}}}", instance.address.path()));
    let expression =
        Arc::new(Exact { instance: instance.clone(), attribute: attribute.clone(), source: source.clone() });
    let deferred = Arc::new(Deferred { source, references: BTreeSet::from([reference]), expression });
    Val::Unknown(Arc::new(Unknown { deferred, exact: Some((instance.clone(), attribute)), part: None, born }))
}

/// Exactly one place in a Kubernetes object.
struct ExactPart {
    part: ObjectPart,
    source: Arc<str>,
}

impl Evaluate for ExactPart {
    fn evaluate(&self, attributes: &dyn Attributes) -> Result<Value, EvaluateError> {
        let world = Resolving::new(attributes, &[]);
        let failed = |fault| failure(&self.source, fault);
        let value = world.inside(&self.part).map_err(failed)?;
        lower(&value, &world).map_err(failed)
    }
}

/// A place in a Kubernetes object that the cluster fills in. It waits for the top-level attribute that it lies in.
pub fn part_unknown(part: &ObjectPart, born: u64) -> Val {
    let address = part.of.address.clone();
    let source: Arc<str> = Arc::from(format!("${{{}.{}}}", address.path(), part.property_path()));
    let reference = Reference { address, attribute: Arc::from(part.attribute()) };
    let expression = Arc::new(ExactPart { part: part.clone(), source: source.clone() });
    let deferred = Arc::new(Deferred { source, references: BTreeSet::from([reference]), expression });
    Val::Unknown(Arc::new(Unknown { deferred, exact: None, part: Some(part.clone()), born }))
}

fn failure(source: &str, fault: Fault) -> EvaluateError {
    let message = match fault {
        Fault::Problem(problem) => problem.message,
        Fault::Poisoned => "a value it needs has a mistake of its own".to_owned(),
    };
    EvaluateError { source_text: source.to_owned(), message }
}

/// A value as properties have it: components become maps, traces go; what is unknown by now stays so.
pub fn lower(value: &Val, world: &dyn World) -> Result<Value, Fault> {
    Ok(match value {
        Val::Null => Value::Null,
        Val::Bool(flag) => Value::Bool(*flag),
        Val::Int(number) => Value::Int(*number),
        Val::Float(number) => Value::Float(*number),
        Val::String(text) => Value::String(text.clone()),
        Val::Secret(secret) => Value::Secret(secret.clone()),
        Val::List(items) => {
            Value::List(items.iter().map(|item| lower(item, world)).collect::<Result<_, Fault>>()?)
        }
        Val::Map(map) => Value::Map(
            map.iter()
                .map(|(key, item)| Ok((key.clone(), lower(item, world)?)))
                .collect::<Result<Map, Fault>>()?,
        ),
        Val::Traced(traced) => lower(&traced.value, world)?,
        Val::Unknown(unknown) => match world.resolve(unknown)? {
            Some(Val::Unknown(still)) => Value::Deferred(still.deferred.clone()),
            Some(known) => lower(&known, world)?,
            None => Value::Deferred(unknown.deferred.clone()),
        },
        Val::Component(component) => {
            let outputs = Evaluator::new(world, &component.id).outputs(component)?;
            lower(&outputs, world)?
        }
        Val::Resource(resource) => return Err(Fault::new("wrong_type", no_value(resource), None)),
        Val::Group(group) => {
            let id = &group.id;
            return Err(Fault::new(
                "wrong_type",
                format!("`{id}` is a list of resources and no value"),
                Some(format!("say which attribute: `{id}.map(x, x.Arn)`")),
            ));
        }
        Val::Absent(absent) => return Err(Fault::new("unknown_reference", absent.0.clone(), None)),
    })
}

/// The surroundings of an expression after its blueprint was compiled.
struct Resolving<'a> {
    attributes: &'a dyn Attributes,
    names: &'a [(Arc<str>, Val)],
    generation: u64,
    /// What was resolved already, so that a name used twice is not computed twice, nor four times one level deeper.
    /// By address; the value beside it keeps the address taken.
    resolved: RefCell<HashMap<*const Deferred, (Arc<Deferred>, Val)>>,
}

impl<'a> Resolving<'a> {
    fn new(attributes: &'a dyn Attributes, names: &'a [(Arc<str>, Val)]) -> Self {
        static NEXT: AtomicU64 = AtomicU64::new(1);
        let generation = NEXT.fetch_add(1, Ordering::Relaxed);
        Self { attributes, names, generation, resolved: RefCell::default() }
    }
}

impl World for Resolving<'_> {
    fn name(&self, name: &str) -> Captured {
        self.names.iter().find(|(known, _)| &**known == name).map(|(_, value)| Ok(value.clone()))
    }

    fn attribute(&self, resource: &Arc<Instance>, name: &str) -> Result<Val, Fault> {
        if let Some(value) = resource.property(name).and_then(super::Cell::get) {
            let value = value?;
            if !matches!(value.untraced(), Val::Null) {
                return Ok(value.in_object(ObjectPart::top(resource, name)));
            }
        }
        if let Some(part) = ObjectPart::top(resource, name) {
            return self.inside(&part);
        }
        let reference = Reference { address: resource.address.clone(), attribute: Arc::from(name) };
        Ok(match self.attributes.attribute(&reference) {
            Some(json) => Val::from(&json),
            None => exact_unknown(resource, name, self.generation),
        })
    }

    fn inside(&self, part: &ObjectPart) -> Result<Val, Fault> {
        let reference =
            Reference { address: part.of.address.clone(), attribute: Arc::from(part.attribute()) };
        let attribute = self.attributes.attribute(&reference);
        Ok(match attribute.as_ref().and_then(|attribute| part.look_up(attribute)) {
            Some(json) => Val::from(json).in_object(Some(part.clone())),
            // What the cluster has not filled in yet (the address of a load balancer) stays unknown.
            None => part_unknown(part, self.generation),
        })
    }

    fn output(&self, component: &Arc<ComponentInstance>, name: &str) -> Result<Val, Fault> {
        match component.output(name).and_then(|(_, cell)| cell.get()) {
            Some(value) => Ok(value?),
            None => Err(Fault::new("unknown_reference", format!("`{}` has no `{name}`", component.id), None)),
        }
    }

    fn generation(&self) -> u64 {
        self.generation
    }

    fn resolve(&self, unknown: &Unknown) -> Result<Option<Val>, Fault> {
        if unknown.born == self.generation {
            return Ok(None);
        }
        let key = Arc::as_ptr(&unknown.deferred);
        if let Some((_, known)) = self.resolved.borrow().get(&key) {
            return Ok(Some(known.clone()));
        }
        let evaluated = unknown.deferred.expression.evaluate(self.attributes);
        let value = evaluated.map_err(|error| Fault::new("evaluation", error.message, None))?;
        let value = match Val::from(value) {
            // The same reference again: it keeps saying which one it is.
            Val::Unknown(still) => Val::Unknown(Arc::new(Unknown {
                deferred: still.deferred.clone(),
                exact: unknown.exact.clone(),
                part: unknown.part.clone(),
                born: self.generation,
            })),
            value => value,
        };
        self.resolved.borrow_mut().insert(key, (unknown.deferred.clone(), value.clone()));
        Ok(Some(value))
    }

    fn file(&self, _: &str) -> Result<String, String> {
        Err("the path of a file has to be known before anything is made".to_owned())
    }
}
