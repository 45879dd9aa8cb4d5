//! What is known of resources' attributes, at plan time and while a plan is carried out.

use std::collections::HashMap;
use std::sync::Arc;

use crate::model::{Address, Attributes, Json, JsonMap, Live, Reference};

/// Attributes by address. A resource that is not in it, or is in it as unknown, answers nothing.
#[derive(Clone, Debug, Default)]
pub struct KnownAttributes {
    by_address: HashMap<Address, Known>,
}

#[derive(Clone, Debug, Default)]
struct Known {
    live: Option<Arc<Live>>,
    hidden: &'static [&'static str],
    ahead: JsonMap,
}

impl KnownAttributes {
    /// All attributes of a resource, as it was read.
    pub fn learn(&mut self, address: Address, live: Arc<Live>) {
        self.by_address.insert(address, Known { live: Some(live), ..Known::default() });
    }

    /// All attributes of a resource that is about to change, except those that the change moves.
    pub fn learn_except(&mut self, address: Address, live: Arc<Live>, hidden: &'static [&'static str]) {
        self.by_address.insert(address, Known { live: Some(live), hidden, ahead: JsonMap::new() });
    }

    /// The few attributes that are certain before a resource is made: its generated name.
    pub fn learn_ahead(&mut self, address: Address, ahead: JsonMap) {
        self.by_address.insert(address, Known { ahead, ..Known::default() });
    }

    /// Forgets a resource: its attributes are unknown again.
    pub fn forget(&mut self, address: &Address) {
        self.by_address.remove(address);
    }

    /// The resource as it was read, if it was.
    pub fn live(&self, address: &Address) -> Option<&Arc<Live>> {
        self.by_address.get(address)?.live.as_ref()
    }
}

impl Attributes for KnownAttributes {
    fn attribute(&self, reference: &Reference) -> Option<Json> {
        let known = self.by_address.get(&reference.address)?;
        let name = &*reference.attribute;
        if let Some(value) = known.ahead.get(name) {
            return Some(value.clone());
        }
        if known.hidden.contains(&name) {
            return None;
        }
        known.live.as_ref()?.properties.get(name).cloned()
    }
}
