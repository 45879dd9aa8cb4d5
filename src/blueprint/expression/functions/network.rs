//! CIDR arithmetic for IPv4 and IPv6, after Terraform's `cidrsubnet` and `cidrhost`.

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

use ipnet::IpNet;

use super::super::value::Val;
use super::{Depth, Function, Outcome, integer, text};

pub(super) static FUNCTIONS: &[Function] = &[
    network("cidrSubnet", "cidrSubnet(network, newBits, index)", 3, subnet),
    network("cidrHost", "cidrHost(network, index)", 2, host),
    network("cidrNetmask", "cidrNetmask(network)", 1, |a| {
        Ok(Val::string(parse(&a[0])?.netmask().to_string()))
    }),
    network("cidrContains", "cidrContains(network, networkOrAddress)", 2, contains),
    network("cidrOverlaps", "cidrOverlaps(network, network)", 2, overlaps),
    network("cidrPrefix", "cidrPrefix(network)", 1, |a| Ok(Val::Int(i64::from(parse(&a[0])?.prefix_len())))),
];

const fn network(
    name: &'static str,
    usage: &'static str,
    arguments: usize,
    call: fn(&[Val]) -> Outcome,
) -> Function {
    Function { name, usage, arity: arguments..=arguments, depth: Depth::Shallow, code: "bad_cidr", call }
}

fn parse(value: &Val) -> Result<IpNet, String> {
    let text = text("a CIDR function", value)?;
    network_of(text)
}

/// A network without host bits.
pub fn network_of(text: &str) -> Result<IpNet, String> {
    let network: IpNet =
        text.parse().map_err(|_| format!("`{text}` is no network; one looks like `10.0.0.0/16`"))?;
    let exact = network.trunc();
    if exact == network {
        Ok(network)
    } else {
        Err(format!("`{text}` has bits beyond its mask, did you mean `{exact}`?"))
    }
}

/// The address as a number and the bits of its family.
fn number(network: &IpNet) -> (u128, u8) {
    match network.addr() {
        IpAddr::V4(address) => (u128::from(u32::from(address)), 32),
        IpAddr::V6(address) => (u128::from(address), 128),
    }
}

fn address(number: u128, bits: u8) -> IpAddr {
    match u32::try_from(number) {
        Ok(small) if bits == 32 => IpAddr::V4(Ipv4Addr::from(small)),
        _ => IpAddr::V6(Ipv6Addr::from(number)),
    }
}

fn subnet(arguments: &[Val]) -> Outcome {
    let network = parse(&arguments[0])?;
    let (more, index) = (integer("cidrSubnet", &arguments[1])?, integer("cidrSubnet", &arguments[2])?);
    let (base, bits) = number(&network);
    let prefix = i64::from(network.prefix_len()).saturating_add(more);
    let prefix = match u8::try_from(prefix) {
        Ok(prefix) if more >= 0 && prefix <= bits => prefix,
        _ => {
            return Err(format!(
                "{network} has no room for {more} more bits: the prefix would be /{prefix} of {bits}"
            ));
        }
    };
    let available = 1_u128.checked_shl(u32::from(prefix - network.prefix_len())).unwrap_or(u128::MAX);
    let Some(index) = u128::try_from(index).ok().filter(|index| *index < available) else {
        return Err(format!("{network} has {available} subnets of /{prefix}, there is no number {index}"));
    };
    // A shift by the whole width (a prefix of 0) only ever moves index 0.
    let offset = index.checked_shl(u32::from(bits - prefix)).unwrap_or_default();
    Ok(Val::string(format!("{}/{prefix}", address(base | offset, bits))))
}

fn host(arguments: &[Val]) -> Outcome {
    let network = parse(&arguments[0])?;
    let index = integer("cidrHost", &arguments[1])?;
    let (base, bits) = number(&network);
    let size = 1_u128.checked_shl(u32::from(bits - network.prefix_len())).unwrap_or(u128::MAX);
    let distance = u128::from(index.unsigned_abs());
    let offset = if index < 0 { size.checked_sub(distance) } else { Some(distance) };
    match offset {
        Some(offset) if offset < size => Ok(Val::string(address(base | offset, bits).to_string())),
        _ => Err(format!("{network} has {size} addresses, there is no number {index}")),
    }
}

fn contains(arguments: &[Val]) -> Outcome {
    let network = parse(&arguments[0])?;
    let inner = text("cidrContains", &arguments[1])?;
    if let Ok(address) = inner.parse::<IpAddr>() {
        return Ok(Val::Bool(network.contains(&address)));
    }
    Ok(Val::Bool(network.contains(&network_of(inner)?)))
}

fn overlaps(arguments: &[Val]) -> Outcome {
    let (left, right) = (parse(&arguments[0])?, parse(&arguments[1])?);
    Ok(Val::Bool(left.contains(&right) || right.contains(&left)))
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn subnet_of(network: &str, bits: i64, index: i64) -> Result<String, String> {
        let outcome = subnet(&[Val::string(network), Val::Int(bits), Val::Int(index)])?;
        match outcome {
            Val::String(text) => Ok(text.to_string()),
            other => panic!("{other:?}"),
        }
    }

    /// With the bits behind the prefixes cleared: a range written with them is a mistake here.
    #[test]
    fn the_examples_of_terraforms_documentation() {
        assert_eq!(subnet_of("172.16.0.0/12", 4, 2).unwrap(), "172.18.0.0/16");
        assert_eq!(subnet_of("10.1.2.0/24", 4, 15).unwrap(), "10.1.2.240/28");
        assert_eq!(subnet_of("fd00:fd12:3456:7800::/56", 16, 162).unwrap(), "fd00:fd12:3456:7800:a200::/72");
        let host_of = |network: &str, index| match host(&[Val::string(network), Val::Int(index)]) {
            Ok(Val::String(text)) => text.to_string(),
            other => panic!("{other:?}"),
        };
        assert_eq!(host_of("10.12.112.0/20", 16), "10.12.112.16");
        assert_eq!(host_of("10.12.112.0/20", 268), "10.12.113.12");
        assert_eq!(host_of("10.12.112.0/20", -1), "10.12.127.255");
        assert_eq!(host_of("fd00:fd12:3456:7890::/72", 34), "fd00:fd12:3456:7890::22");
    }

    #[test]
    fn what_does_not_fit_is_refused() {
        assert!(subnet_of("10.0.0.0/16", 8, 256).unwrap_err().contains("256 subnets"));
        assert!(subnet_of("10.0.0.0/16", 17, 0).is_err());
        assert!(subnet_of("10.0.0.0/16", -1, 0).is_err());
        assert!(subnet_of("10.0.0.0/16", 8, -1).is_err());
        assert!(subnet_of("10.0.1.0/16", 8, 0).unwrap_err().contains("10.0.0.0/16"));
        assert_eq!(subnet_of("0.0.0.0/0", 0, 0).unwrap(), "0.0.0.0/0");
        assert_eq!(subnet_of("::/0", 128, 5).unwrap(), "::5/128");
    }

    proptest! {
        #[test]
        fn subnets_lie_inside_and_apart(address: u32, prefix in 0_u8..=24, bits in 0_u8..=8, a: u8, b: u8) {
            let network = IpNet::new(IpAddr::V4(Ipv4Addr::from(address)), prefix).unwrap().trunc();
            let limit = 1_i64 << bits;
            let (a, b) = (i64::from(a) % limit, i64::from(b) % limit);
            let first: IpNet = subnet_of(&network.to_string(), i64::from(bits), a).unwrap().parse().unwrap();
            let second: IpNet = subnet_of(&network.to_string(), i64::from(bits), b).unwrap().parse().unwrap();
            prop_assert_eq!(first.prefix_len(), prefix + bits);
            prop_assert!(network.contains(&first));
            prop_assert_eq!(first.trunc(), first);
            prop_assert_eq!(first == second, a == b);
            prop_assert!(first == second || !(first.contains(&second) || second.contains(&first)));
        }

        #[test]
        fn subnets_are_those_of_ipnet(address: u128, prefix in 0_u8..=120, bits in 0_u8..=8, index: u8) {
            let network = IpNet::new(IpAddr::V6(Ipv6Addr::from(address)), prefix).unwrap().trunc();
            let index = usize::from(index) % (1 << bits);
            let ours = subnet_of(&network.to_string(), i64::from(bits), i64::try_from(index).unwrap()).unwrap();
            let theirs = network.subnets(prefix + bits).unwrap().nth(index).unwrap();
            prop_assert_eq!(ours, theirs.to_string());
        }
    }
}
