//! What does not compute all of its parts: `&&`, `||` and `?:`.

use std::sync::Arc;

use super::super::tree::Expr;
use super::super::value::Val;
use super::{Evaluator, Fault, Here, Operand, References, Result};
use crate::blueprint::expression::functions::Depth;

impl Evaluator<'_> {
    /// `&&` and `||` in either order: what decides wins over mistakes, mistakes lose to what is unknown.
    pub(super) fn logic(&self, here: &Here<'_>, sides: &[Arc<Expr>; 2], decisive: bool) -> Result<Val> {
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

    pub(super) fn conditional(&self, here: &Here<'_>, parts: &[Arc<Expr>; 3]) -> Result<Val> {
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
}
