//! The diff by its promises, on real resource types.

mod children;
mod identity;
mod laws;
mod mutual;
mod objects;
pub(crate) mod support;
mod values;
