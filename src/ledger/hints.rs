//! Hints of what was made without tags: once it leaves the blueprint nothing else says that it was the stack's.
//!
//! A hint is never believed: the resource is read, and what is gone is forgotten. What the blueprint has is found without.

use std::collections::BTreeSet;

use object_store::PutMode;

use super::{Ledger, Result};
use crate::model::Hint;

const OBJECT: &str = "hints.json";

impl Ledger {
    /// The hints that earlier applies left; none where they are damaged.
    pub async fn hints(&self) -> Result<BTreeSet<Hint>> {
        Ok(self.read_json(OBJECT).await?.unwrap_or_default())
    }

    /// Leaves hints for the next apply, in place of all earlier ones.
    pub async fn leave_hints(&self, hints: &BTreeSet<Hint>) -> Result<()> {
        self.write_json(OBJECT, hints, PutMode::Overwrite).await
    }
}
