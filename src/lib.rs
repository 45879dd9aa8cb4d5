//! stackctl takes a company's infrastructure from one growth stage to the next, with no state file.
//!
//! ```text
//! blueprint files -> desired resources -> (live resources) -> changes -> ordered plan -> events -> report
//!     blueprint/        catalog/           providers/ observe   diff       plan/          apply/    report/
//! ```
//!
//! Dependencies point one way: [`cli`] calls the [`pipeline`], which calls ([`blueprint`], [`observe`], [`diff`], [`plan`], [`apply`],
//! [`report`]), which rest on ([`catalog`], [`kubernetes`], [`model`]). [`providers`] implement traits and are known to no pure
//! module; [`diff`] and [`plan`] do no I/O and are not async.

pub mod apply;
pub mod blueprint;
pub mod catalog;
pub mod cli;
pub mod diff;
pub mod identity;
pub mod kubernetes;
pub mod ledger;
pub mod model;
pub mod observe;
pub mod pipeline;
pub mod plan;
pub mod providers;
pub mod report;
