//! What a plan was computed from, so that a saved one is not carried out on something else.

use std::collections::BTreeMap;
use std::sync::Arc;

use serde::{Deserialize, Serialize};
use serde_json::json;

use crate::catalog::Catalog;
use crate::identity::{Rules, is_scaler, steady};
use crate::model::{Digest, Json, JsonMap, Live, Ownership, ResourceType};

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
    /// the others (a request count, a time of last use) move by themselves. So do the autoscalers of others, which are
    /// read for what they scale.
    pub fn new(catalog: &Catalog, blueprint: Digest, account: &str, live: &[Arc<Live>]) -> Self {
        let mut rules: BTreeMap<&ResourceType, Rules> = BTreeMap::new();
        let mut digests = BTreeMap::new();
        for live in live.iter().filter(|live| !is_others_scaler(live)) {
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

fn is_others_scaler(live: &Live) -> bool {
    live.ownership == Ownership::Foreign
        && live.resource_type.is_kubernetes()
        && is_scaler(live.resource_type.short())
}

fn key(live: &Live) -> String {
    format!("{} {} {}", live.resource_type, live.scope, live.identifier)
}

fn digest(rules: &Rules, live: &Live) -> Digest {
    if rules.is_kubernetes() {
        return Digest::of_json(&steady(&live.properties));
    }
    let settable: JsonMap = live
        .properties
        .iter()
        .filter(|(name, _)| !rules.is_attribute(name))
        .map(|(name, value)| (name.clone(), value.clone()))
        .collect();
    Digest::of_json(&json!([Json::Object(settable), live.tags]))
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use super::*;
    use crate::model::{Identifier, Scope, Status};

    fn live(resource_type: &str, ownership: Ownership, properties: Json) -> Arc<Live> {
        let Json::Object(properties) = properties else { unreachable!("an object") };
        Arc::new(Live {
            resource_type: resource_type.into(),
            scope: Scope::Global,
            identifier: Identifier::new("shop|api"),
            properties,
            tags: BTreeMap::new(),
            ownership,
            status: Status::Ready,
        })
    }

    fn of(live: Arc<Live>) -> BTreeMap<String, Digest> {
        Fingerprint::new(Catalog::embedded(), Digest::default(), "123456789012", &[live]).live
    }

    #[test]
    fn what_controllers_move_is_no_change() {
        let deployment = |image: &str, replicas: u32, revision: &str| {
            let fields = json!({"f:spec": {"f:replicas": {}, "f:image": {}}});
            let entry = json!({"manager": "stackctl", "operation": "Apply", "fieldsV1": fields});
            of(live(
                "apps/v1/Deployment",
                Ownership::Tagged("eu-west-1/api".parse().unwrap()),
                json!({
                    "metadata": {"managedFields": [entry], "annotations": {"deployment.kubernetes.io/revision": revision}},
                    "spec": {"replicas": replicas, "image": image},
                }),
            ))
        };
        assert_eq!(deployment("1", 2, "1"), deployment("1", 40, "2"));
        assert_ne!(deployment("1", 2, "1"), deployment("2", 2, "1"));
    }

    #[test]
    fn autoscalers_of_others_are_none_of_it() {
        let scaler =
            |ownership| of(live("autoscaling/v2/HorizontalPodAutoscaler", ownership, json!({}))).len();
        assert_eq!(scaler(Ownership::Foreign), 0);
        assert_eq!(scaler(Ownership::Tagged("eu-west-1/scaler".parse().unwrap())), 1);
    }
}
