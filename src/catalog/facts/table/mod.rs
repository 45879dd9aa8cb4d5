//! The table, one entry a type, by family of services.
//!
//! Sources: limits of names and what tags an API takes, the API reference of each service; create times, AWS's own
//! statements where there are any (EKS "several minutes", CloudFront "typically within 5 minutes"), otherwise what
//! CloudFormation stacks usually show; volatile attributes, the API's response shapes. Times order the plan by its
//! longest path and set expectations; nothing fails when one is off.

mod containers;
mod data;
mod edge;
mod identity;
mod network;
mod operations;

use super::{Facts, NameRule};

const NEW: Facts = Facts::DEFAULT;
const GLOBAL: Facts = Facts { global: true, ..NEW };

/// A type that is made in so many seconds.
const fn takes(create_seconds: u32) -> Facts {
    Facts { create_seconds, ..NEW }
}

/// A type that gets a generated name.
const fn named(name: NameRule) -> Facts {
    Facts { name: Some(name), ..NEW }
}

/// A type that gets a generated name and holds data.
const fn store(name: NameRule, create_seconds: u32) -> Facts {
    Facts { name: Some(name), create_seconds, holds_data: true, ..NEW }
}

/// The tables of all families.
pub(super) const TABLES: [&[(&str, Facts)]; 6] =
    [network::TYPES, edge::TYPES, identity::TYPES, data::TYPES, containers::TYPES, operations::TYPES];
