//! The rules of all types in one diff, each asked for once.

use std::collections::HashMap;
use std::rc::Rc;

use crate::catalog::Catalog;
use crate::identity::Rules;
use crate::model::ResourceType;

/// Rules by type, read from the catalog on first use.
pub(super) struct RulesByType<'a> {
    catalog: &'a Catalog,
    by_type: HashMap<ResourceType, Rc<Rules>>,
}

impl<'a> RulesByType<'a> {
    /// None yet.
    pub fn new(catalog: &'a Catalog) -> Self {
        Self { catalog, by_type: HashMap::new() }
    }

    /// The rules of a type.
    pub fn of(&mut self, resource_type: &ResourceType) -> Rc<Rules> {
        if let Some(rules) = self.by_type.get(resource_type) {
            return rules.clone();
        }
        let rules = Rc::new(Rules::of(self.catalog, resource_type));
        self.by_type.insert(resource_type.clone(), rules.clone());
        rules
    }
}
