//! Ranges of networks against each other: a subnet lies in its VPC, and no two overlap.

use std::collections::HashMap;

use ipnet::Ipv4Net;

use super::super::diagnostics::{Finding, Span};
use super::Compiler;
use super::needs::Made;
use super::twice::stand_in;
use crate::model::{Address, Json, Value};

/// The prefixes that AWS gives a VPC and a subnet.
const PREFIXES: std::ops::RangeInclusive<u8> = 16..=28;

/// The subnets of one VPC, and its own ranges.
#[derive(Default)]
struct Network<'m> {
    subnets: Vec<(&'m Made, Ipv4Net)>,
    /// None where one of them is not known.
    ranges: Option<Vec<Ipv4Net>>,
}

impl Compiler<'_> {
    /// Reports ranges that AWS refuses, as far as both sides are known.
    pub(super) fn check_networks(&self, made: &[Made]) {
        let mut networks: HashMap<String, Network<'_>> = HashMap::new();
        let of_type = |name: &'static str| {
            made.iter().filter(move |(declared, _)| declared.instance.resource_type.as_str() == name)
        };
        for one in of_type("AWS::EC2::VPC") {
            self.check_prefix(one);
            let ranges = range(one).map(|range| vec![range]);
            networks.entry(own_id(&one.1.address)).or_default().ranges = ranges;
        }
        for one in of_type("AWS::EC2::VPCCidrBlock") {
            if let Some(network) = vpc(one).and_then(|vpc| networks.get_mut(&vpc)) {
                let ranges = network.ranges.take();
                network.ranges = ranges.zip(range(one)).map(|(ranges, more)| [ranges, vec![more]].concat());
            }
        }
        for one in of_type("AWS::EC2::Subnet") {
            self.check_prefix(one);
            if let (Some(vpc), Some(range)) = (vpc(one), range(one)) {
                networks.entry(vpc).or_default().subnets.push((one, range));
            }
        }
        networks.values().for_each(|network| self.check_network(network));
    }

    fn check_network(&self, network: &Network<'_>) {
        for (at, (one, range)) in network.subnets.iter().enumerate() {
            if let Some(ranges) =
                network.ranges.as_ref().filter(|all| !all.iter().any(|all| all.contains(range)))
            {
                let ranges: Vec<String> = ranges.iter().map(|range| format!("`{range}`")).collect();
                let message =
                    format!("`{range}` does not lie in the range of its VPC, {}", ranges.join(", "));
                self.bad_range(one, message, None);
            }
            let overlaps = |other: &Ipv4Net| other.contains(range) || range.contains(other);
            if let Some(((_, other), taken)) = network.subnets[..at].iter().find(|(_, other)| overlaps(other))
            {
                let message = format!("`{range}` overlaps `{taken}` of {}", other.address);
                let help = "`${cidrSubnet(range, bits, number)}` gives each subnet a part of its own";
                self.bad_range(one, message, Some(help));
            }
        }
    }

    fn check_prefix(&self, one: &Made) {
        if let Some(range) = range(one).filter(|range| !PREFIXES.contains(&range.prefix_len())) {
            let message =
                format!("`{range}`: AWS takes prefixes from /{} to /{}", PREFIXES.start(), PREFIXES.end());
            self.bad_range(one, message, None);
        }
    }

    fn bad_range(&self, (declared, _): &Made, message: String, help: Option<&str>) {
        let span: Span = declared.property("CidrBlock").map_or(declared.span(), |node| node.span);
        let finding = Finding::new("bad_cidr", span, message).maybe_help(help.map(str::to_owned));
        self.around.findings.add(finding);
    }
}

/// The range of a VPC, of a subnet, or of what a VPC has beside its first.
fn range((_, desired): &Made) -> Option<Ipv4Net> {
    desired.properties.get("CidrBlock").and_then(Value::as_str)?.parse().ok()
}

/// Which VPC it belongs to, as [`own_id`] writes it.
fn vpc((_, desired): &Made) -> Option<String> {
    match stand_in(desired.properties.get("VpcId")?)? {
        Json::String(text) => Some(text),
        _ => None,
    }
}

/// A VPC's id before it is known.
fn own_id(address: &Address) -> String {
    format!("${{{address}.VpcId}}")
}
