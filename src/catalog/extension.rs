//! cfn-lint's own rules about a type, beside AWS's schema.

use std::collections::HashMap;
use std::sync::Arc;

use super::archive::Bits;
use super::property::PropertyId;

/// One of cfn-lint's own rules: a further schema for the object or value at a path.
#[derive(Debug)]
pub struct Extension {
    /// Generalised path; empty for the whole resource.
    pub at: Arc<str>,
    /// What holds there.
    pub rule: ExtensionRule,
}

/// The two shapes of cfn-lint's own rules.
#[derive(Debug)]
pub enum ExtensionRule {
    /// A schema.
    Schema(PropertyId),
    /// Values that differ by region (instance types).
    Regional(RegionalValues),
}

/// Values that not every region has.
#[derive(Debug, Default)]
pub struct RegionalValues {
    pub(super) values: Vec<Arc<str>>,
    pub(super) regions: HashMap<Arc<str>, Bits>,
}

impl RegionalValues {
    /// The values of a region; `None` where the region is not known.
    pub fn of(&self, region: &str) -> Option<impl Iterator<Item = &Arc<str>>> {
        let bits = self.regions.get(region)?;
        Some(
            self.values.iter().enumerate().filter(|(index, _)| bits.contains(*index)).map(|(_, value)| value),
        )
    }

    /// The values of all regions together.
    pub fn all(&self) -> &[Arc<str>] {
        &self.values
    }
}
