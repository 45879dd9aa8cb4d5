//! `${...}`: CEL, parsed by the `cel` crate and evaluated partially, because what is not made yet has no value.
//!
//! The parser's tree is lowered to [`Expr`]; [`Evaluator`] computes it as far as it can. What depends on an attribute
//! that nobody knows yet becomes a [`Val::Unknown`] that holds the part of the expression left to compute and the
//! exact attributes it waits for; everything around it is known.

mod evaluate;
mod functions;
#[cfg(test)]
mod laws;
mod lower;
mod parse;
mod part;
mod template;
mod thunk;
mod tree;
mod value;

pub use evaluate::{Evaluator, Fault, World};
pub use parse::{Parser, is_identifier, is_reserved};
pub use part::ObjectPart;
pub use template::{Template, parse_template};
pub use thunk::{exact_unknown, lower, part_unknown};
pub use tree::Use;
pub use value::{Absent, Cell, ComponentInstance, Exact, Group, Instance, Poisoned, Unknown, Val, ValMap};
