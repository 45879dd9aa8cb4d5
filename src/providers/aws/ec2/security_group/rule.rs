//! What a security group's rule is, between CloudFormation's shape and the API's.

use aws_sdk_ec2::types::{
    IpPermission, IpRange, Ipv6Range, PrefixListId, SecurityGroupRule as Found, SecurityGroupRuleRequest,
    UserIdGroupPair,
};

use super::super::super::{Shape, Writer};
use super::super::route_destination::canonical;
use crate::model::JsonMap;
use crate::providers::{ErrorKind, ProviderError, Result};

/// Into the group or out of it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Direction {
    /// What may come in.
    Ingress,
    /// What may go out.
    Egress,
}

impl Direction {
    /// Both.
    pub const ALL: [Self; 2] = [Self::Ingress, Self::Egress];

    /// The group's inline property.
    pub fn property(self) -> &'static str {
        match self {
            Self::Ingress => "SecurityGroupIngress",
            Self::Egress => "SecurityGroupEgress",
        }
    }

    /// The type of a rule that stands alone.
    pub fn resource_type(self) -> &'static str {
        match self {
            Self::Ingress => "AWS::EC2::SecurityGroupIngress",
            Self::Egress => "AWS::EC2::SecurityGroupEgress",
        }
    }

    /// The property that names the group at the other end.
    pub fn group(self) -> &'static str {
        match self {
            Self::Ingress => "SourceSecurityGroupId",
            Self::Egress => "DestinationSecurityGroupId",
        }
    }

    /// The property that names the prefix list at the other end.
    pub fn prefix_list(self) -> &'static str {
        match self {
            Self::Ingress => "SourcePrefixListId",
            Self::Egress => "DestinationPrefixListId",
        }
    }

    /// The direction of a rule as the API has it.
    pub fn of(found: &Found) -> Self {
        if found.is_egress() == Some(true) { Self::Egress } else { Self::Ingress }
    }
}

/// The other end of a rule.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Peer {
    /// `CidrIp`.
    Ipv4(String),
    /// `CidrIpv6`.
    Ipv6(String),
    /// A security group's id, with the account that owns it where that is said.
    Group(String),
    /// A prefix list's id.
    PrefixList(String),
}

impl Peer {
    fn text(&self) -> &str {
        let (Self::Ipv4(text) | Self::Ipv6(text) | Self::Group(text) | Self::PrefixList(text)) = self;
        text
    }
}

/// What makes a rule the same rule: everything but its description. In EC2's own words, whatever the blueprint's are:
/// protocols by name, no ports where they do not count, networks without bits behind the mask.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Rule {
    protocol: String,
    /// First and last port, or ICMP type and code; none where the protocol has neither.
    ports: Option<(i32, i32)>,
    peer: Peer,
}

impl Rule {
    /// The rule in a blueprint's words.
    pub fn of(direction: Direction, words: Shape<'_>) -> Result<Self> {
        let invalid =
            |kind, message: &str| Err(ProviderError::new(kind, "ec2:AuthorizeSecurityGroup", message));
        if words.get("SourceSecurityGroupName").is_some() {
            return invalid(
                ErrorKind::Unsupported,
                "SourceSecurityGroupName works in no VPC but the default one: use SourceSecurityGroupId",
            );
        }
        let peer = (words.text("CidrIp").map(|cidr| Peer::Ipv4(canonical(&cidr))))
            .or_else(|| words.text("CidrIpv6").map(|cidr| Peer::Ipv6(canonical(&cidr))))
            .or_else(|| words.text(direction.group()).map(Peer::Group))
            .or_else(|| words.text(direction.prefix_list()).map(Peer::PrefixList));
        let Some(peer) = peer else {
            return invalid(
                ErrorKind::Invalid,
                "a rule names its other end: CidrIp, CidrIpv6, a security group or a prefix list",
            );
        };
        let protocol = protocol(&words.text("IpProtocol").unwrap_or_default());
        let ports = ports(&protocol, words.i32("FromPort"), words.i32("ToPort"));
        Ok(Self { protocol, ports, peer })
    }

    /// The rule as the API has it; `None` for one whose other end the answer leaves out.
    pub fn read(found: &Found) -> Option<Self> {
        let group = found.referenced_group_info().and_then(|group| group.group_id());
        let peer = (found.cidr_ipv4().map(|cidr| Peer::Ipv4(canonical(cidr))))
            .or_else(|| found.cidr_ipv6().map(|cidr| Peer::Ipv6(canonical(cidr))))
            .or_else(|| group.map(|id| Peer::Group(id.to_owned())))
            .or_else(|| found.prefix_list_id().map(|id| Peer::PrefixList(id.to_owned())))?;
        let protocol = protocol(found.ip_protocol().unwrap_or_default());
        let ports = ports(&protocol, found.from_port(), found.to_port());
        Some(Self { protocol, ports, peer })
    }

    /// The group at the other end.
    pub fn group(&self) -> Option<&str> {
        match &self.peer {
            Peer::Group(id) => Some(id),
            _ => None,
        }
    }

    /// Whether its other end is a range of IPv6.
    pub fn is_ipv6(&self) -> bool {
        matches!(self.peer, Peer::Ipv6(_))
    }

    /// Whether it lets everything pass, from or to everywhere.
    pub fn is_everything(&self) -> bool {
        self.protocol == "-1" && matches!(self.peer.text(), "0.0.0.0/0" | "::/0")
    }

    /// CloudFormation's words, the same inline and standing alone.
    pub fn write(&self, direction: Direction, description: Option<&str>) -> Writer {
        let peer = match self.peer {
            Peer::Ipv4(_) => "CidrIp",
            Peer::Ipv6(_) => "CidrIpv6",
            Peer::Group(_) => direction.group(),
            Peer::PrefixList(_) => direction.prefix_list(),
        };
        Writer::new()
            .set("IpProtocol", self.protocol.as_str())
            .put("FromPort", self.ports.map(|(from, _)| from))
            .put("ToPort", self.ports.map(|(_, to)| to))
            .set(peer, self.peer.text())
            .put("Description", description.filter(|text| !text.is_empty()))
    }

    /// What tells it from its siblings, for people: `tcp/22/0.0.0.0/0`.
    pub fn name(&self) -> String {
        let peer = self.peer.text();
        match self.ports {
            None if self.protocol == "-1" => format!("all/{peer}"),
            None => format!("{}/{peer}", self.protocol),
            Some((from, to)) if from == to => format!("{}/{from}/{peer}", self.protocol),
            Some((from, to)) => format!("{}/{from}-{to}/{peer}", self.protocol),
        }
    }

    /// For `Authorize...` and `Revoke...`; one rule each, for a shared entry shares its description and tags.
    pub fn permission(&self, description: Option<&str>, owner: Option<&str>) -> IpPermission {
        let text = description.filter(|text| !text.is_empty()).map(str::to_owned);
        let id = self.peer.text();
        let permission = IpPermission::builder()
            .ip_protocol(&self.protocol)
            .set_from_port(self.ports.map(|(from, _)| from))
            .set_to_port(self.ports.map(|(_, to)| to));
        match self.peer {
            Peer::Ipv4(_) => {
                permission.ip_ranges(IpRange::builder().cidr_ip(id).set_description(text).build())
            }
            Peer::Ipv6(_) => {
                permission.ipv6_ranges(Ipv6Range::builder().cidr_ipv6(id).set_description(text).build())
            }
            Peer::Group(_) => permission.user_id_group_pairs(
                UserIdGroupPair::builder()
                    .group_id(id)
                    .set_user_id(owner.map(str::to_owned))
                    .set_description(text)
                    .build(),
            ),
            Peer::PrefixList(_) => permission
                .prefix_list_ids(PrefixListId::builder().prefix_list_id(id).set_description(text).build()),
        }
        .build()
    }

    /// For `ModifySecurityGroupRules`, which takes the whole rule to change its description.
    pub fn modification(&self, description: Option<&str>) -> SecurityGroupRuleRequest {
        let id = self.peer.text();
        let request = SecurityGroupRuleRequest::builder()
            .ip_protocol(&self.protocol)
            // Where ports do not count, the API's word is -1.
            .from_port(self.ports.map_or(-1, |(from, _)| from))
            .to_port(self.ports.map_or(-1, |(_, to)| to))
            .set_description(description.map(str::to_owned));
        match self.peer {
            Peer::Ipv4(_) => request.cidr_ipv4(id),
            Peer::Ipv6(_) => request.cidr_ipv6(id),
            Peer::Group(_) => request.referenced_group_id(id),
            Peer::PrefixList(_) => request.prefix_list_id(id),
        }
        .build()
    }
}

/// A rule with what the blueprint or EC2 says besides.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Described {
    /// The rule.
    pub rule: Rule,
    /// Its description; an empty one is none.
    pub description: Option<String>,
    /// The account of the group at the other end, where the blueprint says so.
    pub owner: Option<String>,
}

impl Described {
    /// From a blueprint's words.
    pub fn of(direction: Direction, words: Shape<'_>) -> Result<Self> {
        Ok(Self {
            rule: Rule::of(direction, words)?,
            description: words.text("Description").filter(|text| !text.is_empty()),
            owner: words.text("SourceSecurityGroupOwnerId"),
        })
    }

    /// All of a group's inline rules in one direction.
    pub fn all(direction: Direction, group: &JsonMap) -> Result<Vec<Self>> {
        let mut rules: Vec<Self> = Vec::new();
        for words in Shape(group).objects(direction.property()) {
            let one = Self::of(direction, words)?;
            // The API refuses a call that has the same rule twice.
            if !rules.iter().any(|other| other.rule == one.rule) {
                rules.push(one);
            }
        }
        Ok(rules)
    }

    /// For `Authorize...` and `Revoke...`.
    pub fn permission(&self) -> IpPermission {
        self.rule.permission(self.description.as_deref(), self.owner.as_deref())
    }
}

/// What a live rule says, in the words of the one that is wanted where both mean the same: `6` stays `6` where EC2 says
/// `tcp`.
pub fn in_the_words_of(wanted: Option<&JsonMap>, canonical: JsonMap) -> JsonMap {
    let Some(wanted) = wanted else { return canonical };
    let mut words = canonical;
    for (name, value) in wanted {
        if name != "Description" && !value.is_null() {
            words.insert(name.clone(), value.clone());
        }
    }
    words
}

/// Protocols by name, as EC2 has them for the four that have one.
fn protocol(text: &str) -> String {
    match text.to_ascii_lowercase().as_str() {
        "6" => "tcp",
        "17" => "udp",
        "1" => "icmp",
        "58" => "icmpv6",
        "all" => "-1",
        other => return other.to_owned(),
    }
    .to_owned()
}

/// Ports count for four protocols; what is left out there is -1, all.
fn ports(protocol: &str, from: Option<i32>, to: Option<i32>) -> Option<(i32, i32)> {
    matches!(protocol, "tcp" | "udp" | "icmp" | "icmpv6").then(|| (from.unwrap_or(-1), to.unwrap_or(-1)))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::Json;
    use aws_sdk_ec2::types::ReferencedSecurityGroup;
    use serde_json::json;

    fn rule(direction: Direction, words: &Json) -> Rule {
        Rule::of(direction, Shape(words.as_object().unwrap())).unwrap()
    }

    #[test]
    fn the_same_rule_in_other_words_is_the_same() {
        let plain = rule(
            Direction::Ingress,
            &json!({"IpProtocol": "tcp", "FromPort": 22, "ToPort": 22, "CidrIp": "10.0.0.0/8"}),
        );
        let other = rule(
            Direction::Ingress,
            &json!({"IpProtocol": 6, "FromPort": "22", "ToPort": "22", "CidrIp": "10.1.2.3/8", "Description": "ssh"}),
        );
        assert_eq!(plain, other);
        let all = rule(Direction::Egress, &json!({"IpProtocol": "-1", "CidrIp": "0.0.0.0/0"}));
        let spelled = json!({"IpProtocol": -1, "FromPort": -1, "ToPort": -1, "CidrIp": "0.0.0.0/0"});
        assert_eq!(all, rule(Direction::Egress, &spelled));
    }

    #[test]
    fn what_the_api_says_is_written_as_cloudformation_does() {
        let found = Found::builder()
            .is_egress(false)
            .ip_protocol("tcp")
            .from_port(80)
            .to_port(81)
            .referenced_group_info(ReferencedSecurityGroup::builder().group_id("sg-2").build())
            .build();
        let read = Rule::read(&found).unwrap();
        assert_eq!(
            Json::from(read.write(Direction::of(&found), Some("web"))),
            json!({
                "IpProtocol": "tcp",
                "FromPort": 80,
                "ToPort": 81,
                "SourceSecurityGroupId": "sg-2",
                "Description": "web",
            })
        );
        assert_eq!(read.name(), "tcp/80-81/sg-2");
    }

    #[test]
    fn ports_do_not_show_where_they_do_not_count() {
        let found = Found::builder()
            .is_egress(true)
            .ip_protocol("-1")
            .from_port(-1)
            .to_port(-1)
            .cidr_ipv4("0.0.0.0/0")
            .build();
        let read = Rule::read(&found).unwrap();
        assert_eq!(
            Json::from(read.write(Direction::Egress, None)),
            json!({"IpProtocol": "-1", "CidrIp": "0.0.0.0/0"})
        );
        assert_eq!(read.name(), "all/0.0.0.0/0");
    }

    #[test]
    fn a_permission_holds_one_rule() {
        let words = json!({"IpProtocol": "udp", "FromPort": 53, "ToPort": 53, "CidrIpv6": "::/0", "Description": "dns"});
        let described = Described::of(Direction::Egress, Shape(words.as_object().unwrap())).unwrap();
        let permission = described.permission();
        assert_eq!((permission.from_port(), permission.to_port()), (Some(53), Some(53)));
        assert_eq!(permission.ipv6_ranges()[0].cidr_ipv6(), Some("::/0"));
        assert_eq!(permission.ipv6_ranges()[0].description(), Some("dns"));
        assert!(permission.ip_ranges().is_empty());
    }

    #[test]
    fn the_blueprints_words_win_where_both_mean_the_same() {
        let wanted = json!({"IpProtocol": "6", "Description": "new", "CidrIp": "10.1.2.3/8"});
        let live = json!({"IpProtocol": "tcp", "Description": "old", "CidrIp": "10.0.0.0/8"});
        let words = in_the_words_of(wanted.as_object(), live.as_object().cloned().unwrap());
        assert_eq!(
            Json::Object(words),
            json!({"IpProtocol": "6", "Description": "old", "CidrIp": "10.1.2.3/8"})
        );
    }

    #[test]
    fn a_rule_without_its_other_end_is_refused() {
        let words = json!({"IpProtocol": "tcp", "FromPort": 1, "ToPort": 1});
        assert!(Rule::of(Direction::Ingress, Shape(words.as_object().unwrap())).is_err());
        let named = json!({"IpProtocol": "tcp", "SourceSecurityGroupName": "web"});
        let error = Rule::of(Direction::Ingress, Shape(named.as_object().unwrap())).unwrap_err();
        assert_eq!(error.kind, ErrorKind::Unsupported);
    }
}
