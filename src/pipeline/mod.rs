//! The steps of the engine in their order, as the commands call them: compile, observe, compare, order, carry out.
//!
//! A [`World`] is a cloud and the ledger beside it. [`plan`] goes as far as the ordered plan; [`carry_out`] applies
//! one under the ledger's lock.

mod carry_out;
mod compare;
mod error;
mod hints;
mod plan;
mod recording;
mod selection;
mod unsearched;
mod world;

#[cfg(test)]
mod tests;

pub use carry_out::{CarryOut, carry_out};
pub use compare::compare;
pub use error::PipelineError;
pub use hints::LeftHints;
pub use plan::{Goal, PlanRequest, Planned, plan};
pub use selection::{known, meant};
pub use world::{Simulation, World, ledger};
