//! What ties resources together (a firewall's association) and has neither tags nor a name: between each two of the
//! stack's, whether or not the blueprint still has it.
//!
//! Where types of this kind can't be listed, each is asked for: the identifier is made of the ends.

use std::collections::HashMap;

use aws_sdk_cloudcontrol::types::ResourceDescription;

use super::CloudControl;
use crate::catalog::Ties;
use crate::model::{Identifier, JsonMap, Live, Ownership};
use crate::providers::{ErrorKind, ProviderError, Query, Result};

impl CloudControl {
    /// Adds what exists between the parents of `query`, as their children.
    pub(super) async fn read_ties(
        &self,
        query: &Query<'_>,
        ties: Ties,
        found: &mut HashMap<Identifier, Live>,
    ) -> Result<()> {
        let ties = combinations(ties, query.parents);
        if ties.is_empty() {
            return Ok(());
        }
        let listed = match self.list_all(query.scope, None).await {
            Err(error) if is_beside_the_point(&error) => Vec::new(),
            listed => listed?,
        };
        for tie in ties {
            let known = listed.iter().find_map(|one| tie.identifier(one));
            let Some(identifier) = known.or_else(|| self.schema.identifier(&tie.properties)) else {
                continue;
            };
            if !found.contains_key(&identifier)
                && let Some(live) = self.read_tie(query, &identifier).await?
            {
                found.insert(identifier.clone(), live);
            }
            if let Some(live) = found.get_mut(&identifier) {
                live.ownership = tie.ownership;
            }
        }
        Ok(())
    }

    async fn read_tie(&self, query: &Query<'_>, identifier: &Identifier) -> Result<Option<Live>> {
        match self.glance(query.scope, query.stack, identifier).await {
            Err(error) if is_beside_the_point(&error) => Ok(None),
            read => read,
        }
    }
}

/// Not a type to be listed, or two that can never be tied: a firewall of CloudFront and a load balancer.
fn is_beside_the_point(error: &ProviderError) -> bool {
    matches!(error.kind, ErrorKind::Invalid | ErrorKind::Unsupported)
}

/// What may exist between some resources.
struct Tie {
    properties: JsonMap,
    ownership: Ownership,
}

impl Tie {
    /// The identifier of what was listed, if it is this.
    fn identifier(&self, listed: &ResourceDescription) -> Option<Identifier> {
        let properties: JsonMap = serde_json::from_str(listed.properties()?).ok()?;
        let is_this = self.properties.iter().all(|(name, value)| properties.get(name) == Some(value));
        is_this.then(|| listed.identifier().map(Identifier::new))?
    }
}

/// One resource of each type, in all ways.
fn combinations(ties: Ties, parents: &[Live]) -> Vec<Tie> {
    let mut all: Vec<Vec<&Live>> = vec![Vec::new()];
    for of in ties.types {
        let mut longer = Vec::new();
        for end in parents.iter().filter(|live| live.resource_type.as_str() == *of) {
            longer.extend(all.iter().map(|before| [before.as_slice(), &[end]].concat()));
        }
        all = longer;
    }
    all.iter().filter_map(|ends| tie(ties, ends)).collect()
}

fn tie(ties: Ties, ends: &[&Live]) -> Option<Tie> {
    let held = |((property, attribute), live): (&(&str, &str), &&Live)| {
        Some(((*property).to_owned(), live.properties.get(*attribute)?.clone()))
    };
    let properties = ties.ends.iter().zip(ends).map(held).collect::<Option<JsonMap>>()?;
    let (first, others) = ends.split_first()?;
    let name: Vec<String> = others.iter().filter_map(|live| Some(live.address()?.to_string())).collect();
    Some(Tie {
        properties,
        ownership: Ownership::Child { parent: first.address().cloned(), name: name.join(", ") },
    })
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;
    use crate::catalog::Facts;
    use crate::model::{Json, Region, ResourceType, Scope, Status};

    fn end(of: &str, attribute: &str, name: &str) -> Live {
        let address = format!("eu-west-1/{name}").parse().unwrap();
        Live {
            resource_type: ResourceType::new(of),
            scope: Scope::Region(Region::new("eu-west-1")),
            identifier: Identifier::new(name),
            properties: json!({attribute: format!("arn:{name}")}).as_object().unwrap().clone(),
            tags: std::collections::BTreeMap::new(),
            ownership: Ownership::Tagged(address),
            status: Status::Ready,
        }
    }

    #[test]
    fn each_two_ends_may_be_tied() {
        let ties = Facts::of("AWS::WAFv2::WebACLAssociation").ties.unwrap();
        let balancer = |name| end("AWS::ElasticLoadBalancingV2::LoadBalancer", "LoadBalancerArn", name);
        let acl = end("AWS::WAFv2::WebACL", "Arn", "acl");
        let found = combinations(ties, &[balancer("web"), acl.clone(), balancer("admin")]);
        let found: Vec<_> =
            found.into_iter().map(|tie| (Json::Object(tie.properties), tie.ownership)).collect();
        let child = |of: &str| Ownership::Child {
            parent: Some(format!("eu-west-1/{of}").parse().unwrap()),
            name: "eu-west-1/acl".to_owned(),
        };
        assert_eq!(
            found,
            [
                (json!({"ResourceArn": "arn:web", "WebACLArn": "arn:acl"}), child("web")),
                (json!({"ResourceArn": "arn:admin", "WebACLArn": "arn:acl"}), child("admin")),
            ]
        );
        assert!(combinations(ties, &[acl]).is_empty(), "an end alone is not tied");
    }
}
