//! Reading on the simulated cloud: what is asked where, what is repeated, what fails alone.

use std::collections::BTreeMap;
use std::sync::Arc;

use serde_json::json;

use super::{Observed, Request, observe};
use crate::catalog::Catalog;
use crate::diff::tests::support::{desired, stack};
use crate::model::{Desired, Lookup, Origin, Ownership, Region, Scope, Value};
use crate::providers::simulated::{Behaviour, Cloud, Failure, Fault, Faults, Operation};
use crate::providers::{ErrorKind, Provider};

fn region(code: &str) -> Scope {
    Scope::Region(Region::new(code))
}

async fn read(cloud: &Cloud, desired: &[Arc<Desired>], lookups: &[Lookup], scopes: &[Scope]) -> Observed {
    let request = Request { catalog: Catalog::embedded(), stack: &stack(), desired, lookups, scopes };
    observe(cloud, &request).await
}
