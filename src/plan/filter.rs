//! What a plan is limited to: `--region`, `--target`, `--exclude`.

use std::collections::BTreeSet;

use serde::{Deserialize, Serialize};
use thiserror::Error;

use crate::model::{Action, Address, Region};

/// Only changes that pass are planned; an empty filter lets all pass.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Filter {
    /// Only what has its address in one of these regions.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub regions: Vec<Region>,
    /// Only what one of these globs covers.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub targets: Vec<String>,
    /// Nothing that one of these globs covers.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub excludes: Vec<String>,
}

/// A selected change that needs one that is not.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Error)]
#[error("{address} ({}) needs {needs} ({})", verb(*.action), verb(*.needed))]
pub struct Missing {
    /// The selected one.
    pub address: Address,
    /// What is done to it.
    pub action: Action,
    /// What it needs.
    pub needs: Address,
    /// What would be done to that.
    pub needed: Action,
}

impl Filter {
    /// In words, such as `only us-east-1, without *.queue`; none where all passes.
    pub fn told(&self) -> Option<String> {
        let regions = self.regions.iter().map(Region::as_str);
        let only: Vec<&str> = regions.chain(self.targets.iter().map(String::as_str)).collect();
        let only = (!only.is_empty()).then(|| format!("only {}", only.join(", ")));
        let without = (!self.excludes.is_empty()).then(|| format!("without {}", self.excludes.join(", ")));
        let parts: Vec<String> = only.into_iter().chain(without).collect();
        (!parts.is_empty()).then(|| parts.join(", "))
    }

    /// Whether it lets everything pass.
    pub fn is_empty(&self) -> bool {
        self.regions.is_empty() && self.targets.is_empty() && self.excludes.is_empty()
    }

    /// What is named and not there, with its flag: a region that is none of these, a glob that covers no address.
    pub fn unmatched(
        &self,
        regions: &BTreeSet<Region>,
        addresses: &BTreeSet<&Address>,
    ) -> Vec<(&'static str, &str)> {
        let has_place = |region: &Region| {
            regions.contains(region) || addresses.iter().any(|address| address.place() == region.as_str())
        };
        let is_empty = |glob: &&String| !addresses.iter().any(|address| address.matches(glob));
        let regions = self.regions.iter().filter(|region| !has_place(region));
        let regions = regions.map(|region| ("--region", region.as_str()));
        let targets = self.targets.iter().filter(is_empty).map(|glob| ("--target", glob.as_str()));
        let excludes = self.excludes.iter().filter(is_empty).map(|glob| ("--exclude", glob.as_str()));
        regions.chain(targets).chain(excludes).collect()
    }

    /// Whether a change of this address is planned.
    pub fn selects(&self, address: &Address) -> bool {
        let in_region =
            self.regions.is_empty() || self.regions.iter().any(|region| region.as_str() == address.place());
        let targeted = self.targets.is_empty() || self.targets.iter().any(|glob| address.matches(glob));
        in_region && targeted && !self.excludes.iter().any(|glob| address.matches(glob))
    }
}

fn verb(action: Action) -> &'static str {
    match action {
        Action::Create => "create",
        Action::Update => "update",
        Action::Replace => "replace",
        Action::Delete => "delete",
        Action::Adopt => "adopt",
        Action::None => "no change",
    }
}
