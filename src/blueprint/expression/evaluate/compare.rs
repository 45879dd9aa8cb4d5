//! Equality, membership and order.

use std::cmp::Ordering;

use super::super::value::Val;
use super::{Evaluator, Fault, Here, Operand, References, Result};
use crate::blueprint::expression::functions::Depth;

impl Evaluator<'_> {
    pub(super) fn equality(&self, here: &Here<'_>, negated: bool, left: Val, right: Val) -> Result<Val> {
        let mut waiting = References::new();
        match self.equal(left.clone(), right.clone(), &mut waiting)? {
            Some(equal) => Ok(Val::Bool(equal != negated)),
            None => {
                [left, right].iter().for_each(|side| self.collect(side, &mut waiting));
                self.unknown(here, waiting)
            }
        }
    }

    /// Whether two values are equal; `None` while that hangs on something unknown.
    pub(super) fn equal(&self, left: Val, right: Val, waiting: &mut References) -> Result<Option<bool>> {
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

    pub(super) fn all_equal(
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

    pub(super) fn membership(&self, here: &Here<'_>, element: &Val, collection: Val) -> Result<Val> {
        let collection = match self.operand(collection, Depth::Shallow)? {
            Operand::Known(collection) => collection,
            Operand::Waiting(mut waiting) => {
                self.collect(element, &mut waiting);
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
        if !unknown {
            return Ok(Val::Bool(false));
        }
        self.collect(element, &mut waiting);
        self.collect(&collection, &mut waiting);
        self.unknown(here, waiting)
    }
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
pub fn compare(left: &Val, right: &Val) -> Option<Ordering> {
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
