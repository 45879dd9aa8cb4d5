//! What a plan was computed from, so that a saved one is not carried out on something else.

use std::collections::BTreeMap;
use std::sync::Arc;

use serde::{Deserialize, Serialize};
use serde_json::json;

use crate::catalog::Catalog;
use crate::identity::{Rules, written_by_people};
use crate::model::{Digest, Json, JsonMap, Live, ResourceType};

/// Digests of everything that went into a plan.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Fingerprint {
    /// Of all files, variables and the environment.
    pub blueprint: Digest,
    /// The version of stackctl.
    pub version: String,
    /// The AWS account.
    pub account: String,
    /// Of each live resource that was read, by `<type> <scope> <identifier>`.
    pub live: BTreeMap<String, Digest>,
}

impl Fingerprint {
    /// Of a blueprint in an account with what was read there.
    ///
    /// Read-only attributes are left out: those that matter show in the changes, which a saved plan compares too;
    /// the others (a request count, a time of last use) move by themselves.
    pub fn new(catalog: &Catalog, blueprint: Digest, account: &str, live: &[Arc<Live>]) -> Self {
        let mut rules: BTreeMap<&ResourceType, Rules> = BTreeMap::new();
        let mut digests = BTreeMap::new();
        for live in live {
            let rules =
                rules.entry(&live.resource_type).or_insert_with(|| Rules::of(catalog, &live.resource_type));
            digests.insert(key(live), digest(rules, live));
        }
        Self {
            blueprint,
            version: env!("CARGO_PKG_VERSION").to_owned(),
            account: account.to_owned(),
            live: digests,
        }
    }
}

fn key(live: &Live) -> String {
    format!("{} {} {}", live.resource_type, live.scope, live.identifier)
}

fn digest(rules: &Rules, live: &Live) -> Digest {
    if rules.is_kubernetes() {
        return Digest::of_json(&Json::Object(written_by_people(&live.properties)));
    }
    let settable: JsonMap = live
        .properties
        .iter()
        .filter(|(name, _)| !rules.is_attribute(name))
        .map(|(name, value)| (name.clone(), value.clone()))
        .collect();
    Digest::of_json(&json!([Json::Object(settable), live.tags]))
}
