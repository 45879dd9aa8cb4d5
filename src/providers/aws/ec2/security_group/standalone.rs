//! `AWS::EC2::SecurityGroupIngress` and `AWS::EC2::SecurityGroupEgress`: one rule as a resource of its own.
//!
//! CloudFormation knows no tags for them, EC2 does: a rule that carries this stack's is owned by them, any other of an
//! owned group is its child. Its identifier is the rule's id, `sgr-...`.

use std::collections::BTreeSet;
use std::sync::Arc;

use async_trait::async_trait;
use aws_sdk_ec2::Client;
use aws_sdk_ec2::types::{ResourceType as TaggedKind, SecurityGroupRule as Found};
use futures::future::try_join_all;

use super::super::super::identity::owning;
use super::super::super::supported::only;
use super::super::super::{Aws, Shape, Writer, missing, tags};
use super::super::bulk::{self, Reader};
use super::super::{SERVICE, tagging};
use super::rule::{Described, Direction, Rule, in_the_words_of};
use super::{calls, group};
use crate::model::{Address, Identifier, JsonMap, Live, Ownership, ResourceType, Status};
use crate::providers::{
    Create, Delete, Delta, ErrorKind, Handler, Pending, ProviderError, Query, Readiness, Result, Update,
    Wanted, readiness,
};

const ID_FILTER: &str = "security-group-rule-id";

/// The handler of rules of one direction.
pub struct SecurityGroupRule {
    aws: Arc<Aws>,
    direction: Direction,
}

impl SecurityGroupRule {
    /// The handler of `AWS::EC2::SecurityGroupIngress`.
    pub fn ingress(aws: &Arc<Aws>) -> Self {
        Self { aws: aws.clone(), direction: Direction::Ingress }
    }

    /// The handler of `AWS::EC2::SecurityGroupEgress`.
    pub fn egress(aws: &Arc<Aws>) -> Self {
        Self { aws: aws.clone(), direction: Direction::Egress }
    }

    fn supported(&self) -> Vec<&'static str> {
        let common = ["CidrIp", "CidrIpv6", "Description", "FromPort", "GroupId", "IpProtocol", "ToPort"];
        let owner = (self.direction == Direction::Ingress).then_some("SourceSecurityGroupOwnerId");
        common
            .into_iter()
            .chain([self.direction.group(), self.direction.prefix_list()])
            .chain(owner)
            .collect()
    }

    /// What is wanted of a rule, if it is: the same rule of the same group.
    fn wanted<'a>(&self, wanted: &'a [Wanted], found: &Found) -> Option<&'a Wanted> {
        let rule = Rule::read(found)?;
        wanted.iter().find(|wanted| {
            let words = Shape(&wanted.properties);
            words.str("GroupId") == found.group_id()
                && Rule::of(self.direction, words).is_ok_and(|other| other == rule)
        })
    }

    /// One rule as a live resource; `words` are the blueprint's for it. `None` where the answer leaves out its other end.
    fn live(
        &self,
        reader: &Reader<'_>,
        found: &Found,
        words: Option<&JsonMap>,
        group: Option<&Address>,
    ) -> Option<Live> {
        let id = found.security_group_rule_id()?;
        let rule = Rule::read(found)?;
        let mut live = reader.live(id, found.tags(), Writer::new(), Status::Ready);
        live.properties = in_the_words_of(words, rule.write(self.direction, found.description()).build());
        live.properties.insert("Id".to_owned(), id.into());
        live.properties.insert("GroupId".to_owned(), found.group_id()?.into());
        if live.ownership == Ownership::Foreign && (group.is_some() || words.is_some()) {
            live.ownership = Ownership::Child { parent: group.cloned(), name: rule.name() };
        }
        Some(live)
    }

    /// The rules that a query is about: all of owned groups, those of other groups that are wanted or carry our tags.
    async fn read(&self, reader: &Reader<'_>, query: &Query<'_>) -> Result<Vec<Found>> {
        let owned = query.parents.iter().map(|group| group.identifier.to_string());
        let named = query.wanted.iter().filter_map(|wanted| Shape(&wanted.properties).text("GroupId"));
        let adopted = query.wanted.iter().filter_map(|wanted| Some(wanted.adopt.as_ref()?.to_string()));
        let mut filters = tagging::by_values(ID_FILTER, adopted);
        filters.push(tagging::owned(query.stack));
        let others = try_join_all(filters.into_iter().map(|filter| calls::find(&reader.client, filter)));
        let of_groups = calls::of_groups(&reader.client, owned.chain(named));
        let (mut found, others) = futures::try_join!(of_groups, others)?;
        found.extend(others.concat());
        found.retain(|rule| Direction::of(rule) == self.direction);
        Ok(found)
    }

    /// The rule that is there already, where it is this one: made by an earlier attempt of this create, or by EC2 in a
    /// new group of the stack's.
    async fn made_before(
        &self,
        client: &Client,
        request: &Create<'_>,
        described: &Described,
    ) -> Result<Option<String>> {
        let group = Shape(request.properties).text("GroupId").unwrap_or_default();
        let found = calls::of_groups(client, [group.clone()]).await?;
        let is_it = |found: &&Found| {
            Direction::of(found) == self.direction && Rule::read(found).as_ref() == Some(&described.rule)
        };
        let Some(found) = found.iter().find(is_it) else { return Ok(None) };
        let Some(id) = found.security_group_rule_id() else { return Ok(None) };
        if !tagging::is_ours(found.tags(), request.stack, request.address) {
            let is_default = self.direction == Direction::Egress && described.rule.is_everything();
            let is_free = tags::address(&tagging::read(found.tags())).is_none();
            if !is_default || !is_free || !group::is_owned(client, &group, request.stack).await? {
                return Ok(None);
            }
            let tags_set = owning(request.tags, request.stack, request.address);
            let delta = Delta { tags_set, ..Delta::default() };
            tagging::update(client, id, &delta).await?;
        }
        if found.description().filter(|text| !text.is_empty()) != described.description.as_deref() {
            let anew = (id.to_owned(), &described.rule, described.description.as_deref());
            calls::describe_anew(client, &group, [anew]).await?;
        }
        Ok(Some(id.to_owned()))
    }
}

/// One live resource for each rule. Where tags and words disagree, as after two rules changed places in the blueprint,
/// an address whose own rule is there loses its claim on any other.
fn settle(found: Vec<(Live, Option<&Address>)>) -> Vec<Live> {
    let placed: BTreeSet<Address> = found.iter().filter_map(|(_, wanted)| wanted.cloned()).collect();
    let settled = found.into_iter().map(|(mut live, wanted)| {
        match (wanted, live.address()) {
            (Some(wanted), Some(_)) => live.ownership = Ownership::Tagged(wanted.clone()),
            (None, Some(address)) if placed.contains(address) => {
                let name = live.str("Id").unwrap_or_default().to_owned();
                live.ownership = Ownership::Child { parent: None, name };
            }
            _ => {}
        }
        live
    });
    bulk::once(settled.collect())
}

#[async_trait]
impl Handler for SecurityGroupRule {
    fn resource_type(&self) -> ResourceType {
        self.direction.resource_type().into()
    }

    fn service(&self) -> &'static str {
        SERVICE
    }

    fn parents(&self) -> &'static [&'static str] {
        &[group::TYPE]
    }

    async fn list(&self, query: &Query<'_>) -> Result<Vec<Live>> {
        let reader = Reader::new(&self.aws, self.direction.resource_type(), query.scope, query.stack);
        let found = self.read(&reader, query).await?;
        let group = |rule: &Found| {
            let id = rule.group_id()?;
            query.parents.iter().find(|group| group.identifier.as_str() == id)?.address()
        };
        let live = |rule: &Found| {
            let wanted = self.wanted(query.wanted, rule);
            let words = wanted.map(|wanted| &wanted.properties);
            Some((self.live(&reader, rule, words, group(rule))?, wanted.map(|wanted| &wanted.address)))
        };
        let mut settled = settle(found.iter().filter_map(live).collect());
        settled.retain(|live| live.ownership != Ownership::Foreign || bulk::adopter(query, live).is_some());
        Ok(settled)
    }

    async fn create(&self, request: &Create<'_>) -> Result<Identifier> {
        const CALL: &str = "ec2:AuthorizeSecurityGroup";
        only(request.properties, &self.supported(), CALL)?;
        let wanted = Shape(request.properties);
        let described = Described::of(self.direction, wanted)?;
        let group = wanted.text("GroupId").unwrap_or_default();
        let client = self.aws.client(request.scope, Client::new);
        let tags = owning(request.tags, request.stack, request.address);
        let tags = tagging::specification(TaggedKind::SecurityGroupRule, &tags);
        let permissions = vec![described.permission()];
        match calls::authorize(&client, self.direction, &group, permissions, Some(tags)).await {
            Err(error) if calls::is_there(&error) => {
                let there = self.made_before(&client, request, &described).await?;
                there.map(Identifier::new).ok_or(ProviderError { kind: ErrorKind::AlreadyExists, ..error })
            }
            made => {
                let made = made?;
                let id = made.first().and_then(Found::security_group_rule_id);
                id.map(Identifier::new).ok_or_else(|| missing(CALL, "SecurityGroupRuleId"))
            }
        }
    }

    async fn update(&self, request: &Update<'_>) -> Result<()> {
        only(request.properties, &self.supported(), "ec2:ModifySecurityGroupRules")?;
        let client = self.aws.client(request.scope, Client::new);
        let id = request.live.identifier.as_str();
        if request.delta.touches("Description") {
            let group = request.live.str("GroupId").unwrap_or_default();
            let described = Described::of(self.direction, Shape(request.properties))?;
            let anew = (id.to_owned(), &described.rule, described.description.as_deref());
            calls::describe_anew(&client, group, [anew]).await?;
        }
        tagging::update(&client, id, request.delta).await
    }

    async fn delete(&self, request: &Delete<'_>) -> Result<()> {
        let client = self.aws.client(request.scope, Client::new);
        let group = request.live.str("GroupId").unwrap_or_default();
        calls::revoke(&client, self.direction, group, vec![request.live.identifier.to_string()]).await
    }

    async fn ready(&self, request: &Pending<'_>) -> Result<Vec<Readiness>> {
        let reader = Reader::new(&self.aws, self.direction.resource_type(), request.scope, request.stack);
        let ids = request.items.iter().map(|item| item.identifier.to_string());
        let filters = tagging::by_values(ID_FILTER, ids);
        let found =
            try_join_all(filters.into_iter().map(|by| calls::find(&reader.client, by))).await?.concat();
        let live = |rule: &Found| {
            let id = rule.security_group_rule_id()?;
            let item = request.items.iter().find(|item| item.identifier.as_str() == id)?;
            self.live(&reader, rule, Some(&item.properties), None)
        };
        Ok(readiness(request.items, found.iter().filter_map(live).collect()))
    }
}

#[cfg(test)]
mod tests {
    use super::super::super::super::fake::{self, Answer};
    use super::*;
    use crate::model::{Region, Scope};
    use serde_json::json;

    fn live(id: &str, address: Option<&str>) -> Live {
        Live {
            resource_type: "AWS::EC2::SecurityGroupIngress".into(),
            scope: Scope::Region(Region::new("us-east-1")),
            identifier: Identifier::new(id),
            properties: JsonMap::from_iter([("Id".to_owned(), id.into())]),
            tags: std::collections::BTreeMap::new(),
            ownership: match address {
                Some(address) => Ownership::Tagged(address.parse().unwrap()),
                None => Ownership::Child { parent: None, name: id.to_owned() },
            },
            status: Status::Ready,
        }
    }

    #[test]
    fn rules_that_changed_places_keep_one_address_each() {
        let (a, b): (Address, Address) =
            ("us-east-1/web.a".parse().unwrap(), "us-east-1/web.b".parse().unwrap());
        let settled = settle(vec![
            (live("sgr-1", Some("us-east-1/web.a")), Some(&b)),
            (live("sgr-2", Some("us-east-1/web.b")), Some(&a)),
            (live("sgr-3", Some("us-east-1/web.a")), None),
            (live("sgr-4", Some("us-east-1/web.gone")), None),
            (live("sgr-5", None), Some(&a)),
        ]);
        let ownership: Vec<_> = settled.into_iter().map(|live| live.ownership).collect();
        assert_eq!(
            ownership,
            [
                Ownership::Tagged(b),
                Ownership::Tagged(a),
                Ownership::Child { parent: None, name: "sgr-3".to_owned() },
                Ownership::Tagged("us-east-1/web.gone".parse().unwrap()),
                Ownership::Child { parent: None, name: "sgr-5".to_owned() },
            ]
        );
    }

    /// Makes the rule that lets everything out, where it is there already, in a group of this stack or of nobody.
    async fn everything_out(stack: &str) -> (Result<Identifier>, Vec<String>) {
        let (there, group) = (
            "<securityGroupRuleSet><item><securityGroupRuleId>sgr-1</securityGroupRuleId><groupId>sg-1</groupId>\
             <isEgress>true</isEgress><ipProtocol>-1</ipProtocol><cidrIpv4>0.0.0.0/0</cidrIpv4></item>\
             </securityGroupRuleSet>",
            format!(
                "<securityGroupInfo><item><groupId>sg-1</groupId><tagSet>\
                 <item><key>stackctl:stack</key><value>{stack}</value></item>\
                 <item><key>stackctl:address</key><value>eu-west-1/web</value></item></tagSet></item>\
                 </securityGroupInfo>"
            ),
        );
        let (aws, calls) = fake::session(move |call| match call.action() {
            "AuthorizeSecurityGroupEgress" => Answer::ec2_error("InvalidPermission.Duplicate"),
            "DescribeSecurityGroupRules" => Answer::query(there),
            "DescribeSecurityGroups" => Answer::query(&group),
            _ => Answer::query(""),
        });
        let rule = json!({"GroupId": "sg-1", "IpProtocol": "-1", "CidrIp": "0.0.0.0/0"});
        (fake::create(&SecurityGroupRule::egress(&aws), &rule).await, fake::actions(&calls))
    }

    #[tokio::test]
    async fn what_ec2_gives_a_new_group_is_taken_over() {
        let (made, calls) = everything_out("shop").await;
        assert_eq!(made.unwrap(), Identifier::new("sgr-1"));
        assert!(calls.contains(&"CreateTags".to_owned()), "{calls:?}");
        let (refused, calls) = everything_out("other").await;
        assert_eq!(refused.unwrap_err().kind, ErrorKind::AlreadyExists);
        assert!(!calls.contains(&"CreateTags".to_owned()), "{calls:?}");
    }
}
