//! CEL's macros over lists and maps: `map`, `filter`, `all`, `exists`, `exists_one`.

use std::sync::Arc;

use super::super::tree::{Expr, ExprNode, MacroKind};
use super::super::value::Val;
use super::{Evaluator, Fault, Here, Local, Locals, Operand, References, Result};
use crate::blueprint::expression::functions::Depth;

impl Evaluator<'_> {
    pub(super) fn comprehension(&self, here: &Here<'_>, kind: MacroKind, range: Val) -> Result<Val> {
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
                for part in bodies(here) {
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

    /// `part` with the macro's variable bound to an element.
    pub(super) fn with(&self, here: &Here<'_>, element: Val, part: &Arc<Expr>) -> Result<Val> {
        let ExprNode::Macro { variable, .. } = &here.expr.node else { return Ok(Val::Null) };
        let local = Local { name: variable, value: element, outer: here.locals };
        self.eval(part, here.text, Locals(Some(&local)))
    }

    pub(super) fn condition(&self, here: &Here<'_>, element: &Val) -> Result<Operand> {
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

    pub(super) fn collected(&self, here: &Here<'_>, items: &[Val]) -> Result<Val> {
        let ExprNode::Macro { body, .. } = &here.expr.node else { return Ok(Val::Null) };
        let (mut out, mut waiting, mut unknown) = (Vec::with_capacity(items.len()), References::new(), false);
        let element = |item: &Val| match body {
            Some(body) => self.traced(|| self.with(here, item.clone(), body)),
            None => Ok(item.clone()),
        };
        for item in items {
            match self.condition(here, item)? {
                Operand::Known(Val::Bool(false)) => {}
                Operand::Known(_) => out.push(element(item)?),
                Operand::Waiting(more) => {
                    unknown = true;
                    waiting.extend(more);
                    // A mistake in an element that may be left out is none yet.
                    out.extend(element(item));
                }
            }
        }
        if !unknown {
            return Ok(Val::list(out));
        }
        out.iter().for_each(|value| self.collect(value, &mut waiting));
        self.unknown(here, waiting)
    }

    pub(super) fn quantified(&self, here: &Here<'_>, items: &[Val], decisive: bool) -> Result<Val> {
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

    pub(super) fn exists_one(&self, here: &Here<'_>, items: &[Val]) -> Result<Val> {
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

/// The parts of a macro that are computed for each element.
fn bodies<'h>(here: &Here<'h>) -> impl Iterator<Item = &'h Arc<Expr>> + use<'h> {
    let parts = match &here.expr.node {
        ExprNode::Macro { condition, body, .. } => [condition.as_ref(), body.as_ref()],
        _ => [None, None],
    };
    parts.into_iter().flatten()
}
