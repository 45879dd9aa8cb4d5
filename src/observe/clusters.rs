//! Which Kubernetes clusters are read, and what is in them when several regions use one or a kind has several versions.

use std::collections::{BTreeSet, HashMap, HashSet};
use std::sync::Arc;

use crate::identity::object_identity;
use crate::model::{Address, Cluster, Desired, Identifier, Live, Region, ResourceType, Scope, Status};

/// The type of the clusters that the stack makes.
const CLUSTER: &str = "AWS::EKS::Cluster";

/// The clusters that are there: those of `stackctl.yaml`, and those of the stack that are live, in the blueprint or
/// not. What a cluster that is not made yet will hold is not there either.
pub(super) fn reachable(wanted: BTreeSet<Scope>, live: &[Arc<Live>]) -> BTreeSet<Scope> {
    let of_stack: BTreeSet<Scope> = live
        .iter()
        .filter(|live| serves(live))
        .filter_map(|live| live.address())
        .map(|address| Scope::Cluster(Cluster::of_stack(address)))
        .collect();
    let made_by_stack = |scope: &Scope| scope.cluster().and_then(Cluster::address).is_some();
    wanted.into_iter().filter(|scope| !made_by_stack(scope)).chain(of_stack).collect()
}

/// An object that was read in several ways, because regions share a cluster, it is named twice, or its kind is desired in
/// several versions, is told once: where and as the blueprint has its address, else as what the blueprint has under its
/// name, else in a cluster that the blueprint uses, else in its address's region.
pub(super) fn tell_once(desired: &[Arc<Desired>], live: &mut Vec<Arc<Live>>) {
    let homes = Homes::of(desired);
    let mut told: HashMap<String, Arc<Live>> = HashMap::new();
    for (one, uid) in live.iter().filter_map(|one| Some((one, uid(one)?))) {
        let best = told.entry(uid).or_insert_with(|| one.clone());
        if homes.rank(one) > homes.rank(best) {
            *best = one.clone();
        }
    }
    live.retain(|one| uid(one).and_then(|uid| told.get(&uid)).is_none_or(|best| Arc::ptr_eq(best, one)));
}

fn uid(live: &Live) -> Option<String> {
    live.scope.cluster()?;
    Some(live.properties.get("metadata")?.get("uid")?.as_str()?.to_owned())
}

/// Where the blueprint has what.
struct Homes<'a> {
    of_address: HashMap<&'a Address, &'a Desired>,
    of_name: HashSet<(&'a Scope, &'a ResourceType, Identifier)>,
    used: HashSet<&'a Scope>,
}

impl<'a> Homes<'a> {
    fn of(desired: &'a [Arc<Desired>]) -> Self {
        let named = desired.iter().filter(|one| one.scope.cluster().is_some());
        let named =
            named.filter_map(|one| Some((&one.scope, &one.resource_type, object_identity(&one.properties)?)));
        Self {
            of_address: desired.iter().map(|one| (&one.address, &**one)).collect(),
            of_name: named.collect(),
            used: desired.iter().map(|one| &one.scope).collect(),
        }
    }

    /// The greater it is, the better a read tells the object.
    fn rank(&self, live: &Live) -> impl Ord + use<> {
        let (address, scope) = (live.address(), &live.scope);
        let home = address.and_then(|address| self.of_address.get(address));
        let is_there = home.is_some_and(|home| home.scope == *scope);
        let is_version = is_there && home.is_some_and(|home| home.resource_type == live.resource_type);
        let has_name = self.of_name.contains(&(scope, &live.resource_type, live.identifier.clone()));
        let place = scope.region().map(Region::as_str);
        let is_made = scope.cluster().is_some_and(|cluster| cluster.address().is_some());
        let is_near = address.map(Address::place) == place;
        (is_there, is_version, has_name, self.used.contains(scope), is_near, is_made)
    }
}

/// Whether its API server answers: one that is being changed does, one that is being made has no endpoint yet.
fn serves(live: &Live) -> bool {
    live.resource_type.as_str() == CLUSTER
        && match live.status {
            Status::Ready => true,
            Status::Pending(_) => live.str("Endpoint").is_some_and(|endpoint| !endpoint.is_empty()),
            _ => false,
        }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use serde_json::json;

    use super::*;
    use crate::diff::tests::support::desired;
    use crate::model::{Identifier, Ownership};

    fn object(uid: &str, owner: Option<&str>, scope: &Scope) -> Arc<Live> {
        let properties = json!({"metadata": {"uid": uid}});
        Arc::new(Live {
            resource_type: "v1/ConfigMap".into(),
            scope: scope.clone(),
            identifier: Identifier::new(uid),
            properties: properties.as_object().expect("an object").clone(),
            tags: BTreeMap::new(),
            ownership: owner.map_or(Ownership::Foreign, |address| {
                Ownership::Tagged(address.parse::<Address>().expect("an address"))
            }),
            status: Status::Ready,
        })
    }

    fn onsite(region: &str) -> Scope {
        Scope::Cluster(Cluster::named("onsite", Region::new(region)))
    }

    fn wanted(
        address: &str,
        resource_type: &str,
        scope: &Scope,
        properties: &serde_json::Value,
    ) -> Arc<Desired> {
        Arc::new(Desired { scope: scope.clone(), ..desired(address, resource_type, properties) })
    }

    #[test]
    fn what_lies_in_a_cluster_of_two_regions_is_told_once() {
        let owned = [("a", "us-east-1/a"), ("b", "eu-west-1/b"), ("c", "us-east-1/c")];
        let mut live: Vec<Arc<Live>> = ["eu-west-1", "us-east-1"]
            .iter()
            .flat_map(|region| owned.map(|(name, address)| object(name, Some(address), &onsite(region))))
            .chain([object("theirs", None, &onsite("us-east-1"))])
            .collect();
        // An address that says another region than the cluster's use.
        let there = [wanted("us-east-1/c", "v1/ConfigMap", &onsite("eu-west-1"), &json!({}))];
        tell_once(&there, &mut live);
        let mut told: Vec<String> =
            live.iter().map(|one| format!("{} {}", one.scope, one.identifier)).collect();
        told.sort();
        let expected =
            ["eu-west-1/onsite a", "eu-west-1/onsite b", "eu-west-1/onsite c", "us-east-1/onsite theirs"];
        assert_eq!(told, expected, "where the blueprint has it, then where it has anything");
        let mut live = vec![
            object("a", Some("us-east-1/a"), &onsite("eu-west-1")),
            object("a", Some("us-east-1/a"), &onsite("us-east-1")),
        ];
        tell_once(&[], &mut live);
        assert_eq!(live.iter().map(|one| one.scope.to_string()).collect::<Vec<_>>(), ["us-east-1/onsite"]);
    }

    #[test]
    fn a_kind_in_two_versions_is_told_once() {
        let scope = onsite("us-east-1");
        let versions = ["autoscaling/v1/HorizontalPodAutoscaler", "autoscaling/v2/HorizontalPodAutoscaler"];
        let read = |name: &str, owner: Option<&str>| {
            versions.map(|version| {
                Arc::new(Live { resource_type: version.into(), ..Live::clone(&object(name, owner, &scope)) })
            })
        };
        let named = |name: &str| json!({"metadata": {"name": name}});
        let desired = [
            wanted("us-east-1/a", versions[0], &scope, &named("a")),
            wanted("us-east-1/b", versions[1], &scope, &named("b")),
            wanted("us-east-1/renamed", versions[1], &scope, &named("c")),
            wanted("us-east-1/theirs", versions[1], &scope, &named("theirs")),
        ];
        let owned = |name: &str| read(name, Some(&format!("us-east-1/{name}")));
        let mut live: Vec<Arc<Live>> =
            [owned("a"), owned("b"), owned("c"), owned("gone"), read("theirs", None)].concat();
        tell_once(&desired, &mut live);
        let told: Vec<String> =
            live.iter().map(|one| format!("{} {}", one.identifier, one.resource_type)).collect();
        let [v1, v2] = versions;
        let expected = [("a", v1), ("b", v2), ("c", v2), ("gone", v1), ("theirs", v2)];
        assert_eq!(told, expected.map(|(name, version)| format!("{name} {version}")));
    }
}
