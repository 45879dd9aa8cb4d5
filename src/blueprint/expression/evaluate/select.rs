//! Looking into a value: `operand.field` and `operand[key]`.

use std::sync::Arc;

use super::super::part::Segment;
use super::super::tree::Expr;
use super::super::value::{Exact, Unknown, Val, ValMap};
use super::{Evaluator, Fault, Here, Operand, References, Result};
use crate::blueprint::diagnostics::suggestion;
use crate::blueprint::expression::functions::Depth;
use crate::catalog::Catalog;

impl Evaluator<'_> {
    pub(super) fn select(
        &self,
        here: &Here<'_>,
        value: Val,
        operand: &Arc<Expr>,
        field: &Arc<str>,
        test: bool,
    ) -> Result<Val> {
        let written = &here.text[operand.at.0 as usize..operand.at.1 as usize];
        let part = value.part().map(|part| part.then(Segment::Name(field.clone())));
        let value = self.force(value)?;
        match (&value, test, part) {
            (Val::Unknown(_), false, Some(part)) => return self.world.inside(&part),
            (Val::Map(map), false, Some(part)) => {
                return map.get(field).map_or_else(
                    || self.world.inside(&part),
                    |item| Ok(item.clone().in_object(Some(part.clone()))),
                );
            }
            _ => {}
        }
        match (&value, test) {
            (Val::Unknown(unknown), true) => self.unknown(here, unknown.deferred.references.clone()),
            (Val::Unknown(unknown), false) => {
                let exact = self.below(unknown, field)?;
                Ok(self.unknown(here, unknown.deferred.references.clone())?.exactly(exact))
            }
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

    pub(super) fn index(&self, here: &Here<'_>, operand: Val, key: Val) -> Result<Val> {
        if let Some(found) = self.index_part(&operand, &key)? {
            return Ok(found);
        }
        let both =
            (self.operand(operand.clone(), Depth::Shallow)?, self.operand(key.clone(), Depth::Shallow)?);
        let (Operand::Known(operand), Operand::Known(key)) = both else {
            let exact = self.element_below(&operand, &key)?;
            let mut waiting = References::new();
            [operand, key].iter().for_each(|part| self.collect(part, &mut waiting));
            return Ok(self.unknown(here, waiting)?.exactly(exact));
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

    /// What a member of something unknown is exactly, if that is known of the whole; it may be that there is none.
    fn below(&self, unknown: &Unknown, name: &str) -> Result<Option<Exact>> {
        let Some((instance, attribute)) = &unknown.exact else { return Ok(None) };
        if name.contains('.') {
            return Ok(None);
        }
        let path: Arc<str> = Arc::from(format!("{attribute}.{name}"));
        self.world.has_part(instance, &path)?;
        Ok(Some((instance.clone(), path)))
    }

    /// The same for an element, by its place or its key.
    fn element_below(&self, operand: &Val, key: &Val) -> Result<Option<Exact>> {
        let Val::Unknown(unknown) = self.force(operand.clone())? else { return Ok(None) };
        match self.operand(key.clone(), Depth::Shallow)? {
            Operand::Known(Val::String(name)) => self.below(&unknown, &name),
            Operand::Known(Val::Int(_) | Val::Float(_)) => self.below(&unknown, "*"),
            _ => Ok(None),
        }
    }

    /// An element of a part of a Kubernetes object. What the blueprint writes is all there is of a list; what the
    /// cluster sets may come yet.
    fn index_part(&self, operand: &Val, key: &Val) -> Result<Option<Val>> {
        let Some(part) = operand.part().cloned() else { return Ok(None) };
        let key = match self.operand(key.clone(), Depth::Shallow)? {
            Operand::Known(Val::String(name)) => Segment::Name(name),
            Operand::Known(Val::Int(at)) => match usize::try_from(at) {
                Ok(at) => Segment::At(at),
                Err(_) => return Ok(None),
            },
            _ => return Ok(None),
        };
        let written = part.of.property(part.attribute()).is_some();
        let part = part.then(key.clone());
        let inner = match (self.force(operand.clone())?, key) {
            (Val::Map(map), Segment::Name(name)) => map.get(&name).cloned(),
            (Val::List(items), Segment::At(at)) => match items.get(at) {
                None if written => return Ok(None),
                item => item.cloned(),
            },
            (Val::Unknown(_), _) => None,
            _ => return Ok(None),
        };
        match inner {
            Some(item) => Ok(Some(item.in_object(Some(part)))),
            None => self.world.inside(&part).map(Some),
        }
    }
}

fn no_key(written: &str, field: &str, map: &ValMap) -> Fault {
    let message = format!("`{written}` has no `{field}`");
    let regions = Catalog::embedded().regions();
    let is_region = |key: &Arc<str>| regions.iter().any(|region| **region == **key);
    if let Some((first, _)) = map.first().filter(|_| map.keys().all(is_region)) {
        let help = format!("it is a map by region: `{written}['{first}'].{field}`");
        return Fault::new("unknown_reference", message, Some(help));
    }
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
    reason = "a list is never as long as a number that a double rounds"
)]
fn element(list: &Val, key: &Val) -> Result<Val> {
    let items = list.elements().unwrap_or_default();
    let at = match key {
        Val::Int(at) => *at,
        Val::Float(at) if at.fract() == 0.0 => *at as i64,
        _ => return Err(Fault::new("evaluation", "an index is a whole number", None)),
    };
    usize::try_from(at).ok().and_then(|at| items.get(at)).cloned().ok_or_else(|| {
        let message = format!("there is no element {at} in a list of {}", items.len());
        Fault::new("evaluation", message, None)
    })
}
