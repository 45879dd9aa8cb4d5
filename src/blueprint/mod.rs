//! Reads blueprint files: YAML with source positions, expressions, components; out come desired resources.

mod cloudformation;
mod compile;
mod config;
mod diagnostics;
mod document;
mod expression;
mod head;
mod manifest;
mod misread;
mod project;
mod secret;
mod suggestion;
#[cfg(test)]
mod tests;
mod yaml;

use crate::model::{Desired, Digest, Lookup, Region, StackName, Value};

pub use diagnostics::{Diagnostic, Diagnostics, nearest, suggestion};
pub use project::Project;

/// A stage's blueprint, read, checked and expanded.
#[derive(Clone, Debug)]
pub struct Compiled {
    /// Whose.
    pub stack: StackName,
    /// The account that `stackctl.yaml` binds the stack to.
    pub account: Option<String>,
    /// The head of the file.
    pub stage: StageHead,
    /// The resources in the order of the files.
    pub desired: Vec<Desired>,
    /// What is read and never changed.
    pub lookups: Vec<Lookup>,
    /// What applications need.
    pub outputs: Vec<Output>,
    /// What the company buys elsewhere.
    pub external: Vec<External>,
    /// What may be a mistake, as far as the catalog knows.
    pub warnings: Diagnostics,
    /// Of everything that was read: files, variables, environment.
    pub digest: Digest,
}

/// The head of a stage's file.
#[derive(Clone, Debug)]
pub struct StageHead {
    /// 1 to 6.
    pub number: u32,
    /// `growth`.
    pub name: String,
    /// The file's path.
    pub file: String,
    /// How many users it is made for.
    pub users: Option<u64>,
    /// How many at the same time.
    pub concurrent: Option<u64>,
    /// `{p95: 100ms, availability: 99.9%}`, as written.
    pub objectives: Vec<(String, String)>,
    /// US dollars a month.
    pub monthly_budget: Option<f64>,
    /// Where it runs.
    pub regions: Vec<Region>,
}

/// An output of the stage.
#[derive(Clone, Debug)]
pub struct Output {
    /// Its name.
    pub name: String,
    /// Its value; may wait for attributes.
    pub value: Value,
    /// What it is for.
    pub description: Option<String>,
}

/// A service bought elsewhere: shown, never provisioned.
#[derive(Clone, Debug)]
pub struct External {
    /// `MongoDB Atlas`.
    pub name: String,
    /// `M30, three-node replica set`.
    pub plan: String,
    /// US dollars a month.
    pub monthly: f64,
    /// What it does for the product.
    pub purpose: Option<String>,
}
