//! A shipped stage as it compiles, with a made-up value for everything that only a cloud knows.

use std::collections::BTreeSet;
use std::path::Path;

use serde_json::{Value as Json, json};
use stackctl::blueprint::{Compiled, Project};
use stackctl::model::{Address, Attributes, Desired, Reference, Value};

/// The regions of stage 4.
pub const REGIONS: [&str; 3] = ["us-east-1", "eu-west-1", "ap-south-1"];

/// One stage.
pub struct Stage(Compiled);

/// An attribute is a text that says whose it is; a load balancer's and a cache's host name is the address itself.
struct MadeUp;

impl Attributes for MadeUp {
    fn attribute(&self, reference: &Reference) -> Option<Json> {
        let Reference { address, attribute } = reference;
        Some(match &**attribute {
            "status" => json!({"loadBalancer": {"ingress": [{"hostname": address.as_str()}]}}),
            "PrimaryEndPoint" => json!({"Address": address.as_str(), "Port": "6379"}),
            _ => Json::from(format!("{address} {attribute}")),
        })
    }
}

impl Stage {
    /// As shipped, but for these variables (`domainDelegated=true`).
    pub fn with(stage: &str, variables: &[&str]) -> Self {
        let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("blueprints");
        let variables: Vec<String> = variables.iter().map(|variable| (*variable).to_owned()).collect();
        let compiled =
            Project::open(Some(&folder), None).and_then(|project| project.compile(Some(stage), &variables));
        Self(compiled.unwrap_or_else(|found| panic!("{}", found.render(false))))
    }

    /// As shipped.
    pub fn shipped(stage: &str) -> Self {
        Self::with(stage, &[])
    }

    /// Its resources of a type.
    pub fn of_type<'a>(&'a self, resource_type: &'a str) -> impl Iterator<Item = &'a Desired> {
        self.0.desired.iter().filter(move |desired| desired.resource_type.as_str() == resource_type)
    }

    /// All addresses.
    pub fn addresses(&self) -> BTreeSet<&str> {
        self.0.desired.iter().map(|desired| desired.address.as_str()).collect()
    }

    /// The resource at an address.
    #[track_caller]
    pub fn at(&self, address: &str) -> &Desired {
        let found = self.0.desired.iter().find(|desired| desired.address.as_str() == address);
        found.unwrap_or_else(|| panic!("no {address} in stage {}", self.0.stage.number))
    }

    /// The properties of the resource at an address.
    #[track_caller]
    pub fn properties(&self, address: &str) -> Json {
        properties(self.at(address))
    }

    /// Everything that has to be ready before the resource at an address.
    #[track_caller]
    pub fn before(&self, address: &str) -> BTreeSet<&str> {
        let mut before = BTreeSet::new();
        let mut open = vec![self.at(address)];
        while let Some(desired) = open.pop() {
            for need in desired.depends_on.iter().map(Address::as_str) {
                if before.insert(need) {
                    // Others are lookups, which need nothing.
                    open.extend(self.0.desired.iter().find(|other| other.address.as_str() == need));
                }
            }
        }
        before
    }
}

/// A resource's properties.
pub fn properties(desired: &Desired) -> Json {
    let resolved = Value::Map(desired.properties.clone()).resolve(&MadeUp);
    let json = resolved.unwrap_or_else(|error| panic!("{}: {error}", desired.address)).to_json();
    json.unwrap_or_else(|| panic!("{} holds a secret", desired.address))
}
