//! Bulk reads: filters in, live resources out, the same way for every type.
//!
//! Everything is found by filter and never by an `...Ids` parameter: one unknown id there fails the whole call.

use std::collections::BTreeSet;
use std::future::Future;

use aws_sdk_ec2::Client;
use aws_sdk_ec2::types::{Filter, Tag};
use futures::future::try_join_all;

use super::super::{Aws, Writer, tags};
use super::tagging;
use crate::model::{Address, Identifier, Live, Ownership, Scope, StackName, Status};
use crate::providers::{Pending, Query, Readiness, Result, Wanted, readiness};

/// A bulk read of one type: the client, and what all that it finds has in common.
pub struct Reader<'a> {
    /// The region's client.
    pub client: Client,
    resource_type: &'static str,
    scope: &'a Scope,
    stack: Option<&'a StackName>,
}

impl<'a> Reader<'a> {
    /// A read on behalf of a stack.
    pub fn new(aws: &Aws, resource_type: &'static str, scope: &'a Scope, stack: &'a StackName) -> Self {
        Self { client: aws.client(scope, Client::new), resource_type, scope, stack: Some(stack) }
    }

    /// A read of what nobody here owns.
    pub fn foreign(aws: &Aws, resource_type: &'static str, scope: &'a Scope) -> Self {
        Self { client: aws.client(scope, Client::new), resource_type, scope, stack: None }
    }

    /// Whose something with these tags is.
    pub fn owner(&self, found: &[Tag]) -> Ownership {
        self.stack.map_or(Ownership::Foreign, |stack| tags::ownership(&tagging::read(found), stack))
    }

    /// A live resource that carries tags.
    pub fn live(&self, id: &str, found: &[Tag], properties: Writer, status: Status) -> Live {
        Live { tags: tagging::read(found), ownership: self.owner(found), ..self.bare(id, properties, status) }
    }

    /// A live resource without tags, under what an owned or foreign parent is.
    pub fn child(
        &self,
        id: &str,
        parent: Option<Address>,
        name: String,
        properties: Writer,
        status: Status,
    ) -> Live {
        Live { ownership: Ownership::Child { parent, name }, ..self.bare(id, properties, status) }
    }

    fn bare(&self, id: &str, properties: Writer, status: Status) -> Live {
        Live {
            resource_type: self.resource_type.into(),
            scope: self.scope.clone(),
            identifier: Identifier::new(id),
            properties: properties.build(),
            tags: tags::Tags::new(),
            ownership: Ownership::Foreign,
            status,
        }
    }
}

/// All that the stack owns and all that is to be adopted. `id_filter` is the API's name for the physical id (`vpc-id`).
pub async fn owned<F>(query: &Query<'_>, id_filter: &str, describe: impl Fn(Filter) -> F) -> Result<Vec<Live>>
where
    F: Future<Output = Result<Vec<Live>>>,
{
    let adopted = query.wanted.iter().filter_map(|wanted| wanted.adopt.as_ref());
    let mut filters = tagging::by_values(id_filter, adopted.map(Identifier::to_string));
    filters.push(tagging::owned(query.stack));
    let mut found = all(filters, describe).await?;
    found.retain(|live| live.ownership != Ownership::Foreign || adopter(query, live).is_some());
    Ok(found)
}

/// The wanted resource that adopts a live one.
pub fn adopter<'a>(query: &Query<'a>, live: &Live) -> Option<&'a Wanted> {
    query.wanted.iter().find(|wanted| wanted.adopt.as_ref() == Some(&live.identifier))
}

/// How far those are that wait, by their physical ids.
pub async fn pending<F>(
    request: &Pending<'_>,
    id_filter: &str,
    describe: impl Fn(Filter) -> F,
) -> Result<Vec<Readiness>>
where
    F: Future<Output = Result<Vec<Live>>>,
{
    let ids = request.items.iter().map(|item| item.identifier.to_string());
    let found = all(tagging::by_values(id_filter, ids), describe).await?;
    Ok(readiness(request.items, found))
}

/// What any of the filters finds, each resource once, the calls side by side.
pub async fn all<F>(filters: Vec<Filter>, describe: impl Fn(Filter) -> F) -> Result<Vec<Live>>
where
    F: Future<Output = Result<Vec<Live>>>,
{
    let found = try_join_all(filters.into_iter().map(describe)).await?.concat();
    Ok(once(found))
}

/// Each resource once, the first of each.
pub fn once(mut found: Vec<Live>) -> Vec<Live> {
    let mut seen = BTreeSet::new();
    found.retain(|live| seen.insert(live.identifier.clone()));
    found
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::{JsonMap, Region, TAG_ADDRESS, TAG_STACK};

    fn live(id: &str, ownership: Ownership) -> Live {
        Live {
            resource_type: "AWS::EC2::VPC".into(),
            scope: Scope::Region(Region::new("us-east-1")),
            identifier: Identifier::new(id),
            properties: JsonMap::new(),
            tags: tags::Tags::new(),
            ownership,
            status: Status::Ready,
        }
    }

    #[tokio::test]
    async fn what_is_owned_and_adopted_is_found_once_and_nothing_else() {
        let address = Address::new("us-east-1", "network.vpc", None);
        let wanted = [Wanted {
            address: address.clone(),
            properties: JsonMap::new(),
            unknown: Vec::new(),
            adopt: Some(Identifier::new("vpc-1")),
        }];
        let scope = Scope::Region(Region::new("us-east-1"));
        let stack = StackName::new("shop");
        let query = Query { scope: &scope, stack: &stack, wanted: &wanted, parents: &[], tagged: &[] };
        // A server that ignores the filter must not hand us what others own.
        let describe = |_: Filter| async {
            Ok(vec![
                live("vpc-1", Ownership::Foreign),
                live("vpc-2", Ownership::Tagged(address.clone())),
                live("vpc-3", Ownership::Foreign),
            ])
        };
        let found = owned(&query, "vpc-id", describe).await.unwrap();
        let ids: Vec<_> = found.iter().map(|live| live.identifier.as_str()).collect();
        assert_eq!(ids, ["vpc-1", "vpc-2"]);
    }

    #[test]
    fn ownership_is_read_from_the_tags() {
        let stack = StackName::new("shop");
        let tags = tags::Tags::from([
            (TAG_STACK.to_owned(), "shop".to_owned()),
            (TAG_ADDRESS.to_owned(), "us-east-1/network.vpc".to_owned()),
        ]);
        assert_eq!(
            tags::ownership(&tags, &stack),
            Ownership::Tagged(Address::new("us-east-1", "network.vpc", None))
        );
    }
}
