//! Where a route leads to: the half of it that, with its table, tells it from all others.

use aws_sdk_ec2::types::Route;

use super::super::Shape;

/// A route's destination.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Destination {
    /// `DestinationCidrBlock`.
    Ipv4(String),
    /// `DestinationIpv6CidrBlock`.
    Ipv6(String),
    /// `DestinationPrefixListId`.
    PrefixList(String),
}

impl Destination {
    /// The destination in a blueprint's or live properties.
    pub fn of(properties: Shape<'_>) -> Option<Self> {
        let text = |name| properties.text(name);
        (text("DestinationCidrBlock").map(Self::Ipv4))
            .or_else(|| text("DestinationIpv6CidrBlock").map(Self::Ipv6))
            .or_else(|| text("DestinationPrefixListId").map(Self::PrefixList))
    }

    /// The destination of a route as the API has it.
    pub fn read(route: &Route) -> Option<Self> {
        let text = |text: Option<&str>| text.filter(|text| !text.is_empty()).map(str::to_owned);
        text(route.destination_cidr_block())
            .map(Self::Ipv4)
            .or_else(|| text(route.destination_ipv6_cidr_block()).map(Self::Ipv6))
            .or_else(|| text(route.destination_prefix_list_id()).map(Self::PrefixList))
    }

    /// The property that holds it.
    pub fn property(&self) -> &'static str {
        match self {
            Self::Ipv4(_) => "DestinationCidrBlock",
            Self::Ipv6(_) => "DestinationIpv6CidrBlock",
            Self::PrefixList(_) => "DestinationPrefixListId",
        }
    }

    /// As written.
    pub fn text(&self) -> &str {
        let (Self::Ipv4(text) | Self::Ipv6(text) | Self::PrefixList(text)) = self;
        text
    }

    /// Whether both mean the same network: EC2 clears the bits behind the mask and shortens IPv6.
    pub fn is(&self, other: &Self) -> bool {
        canonical(self.text()) == canonical(other.text())
    }
}

/// A network as EC2 writes it; anything else as it stands.
pub fn canonical(cidr: &str) -> String {
    cidr.parse::<ipnet::IpNet>().map_or_else(|_| cidr.to_owned(), |net| net.trunc().to_string())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_same_network_in_other_words_is_the_same_destination() {
        let v4 = |text: &str| Destination::Ipv4(text.to_owned());
        let v6 = |text: &str| Destination::Ipv6(text.to_owned());
        assert!(v4("10.1.2.3/16").is(&v4("10.1.0.0/16")));
        assert!(v6("2001:DB8:0:0::/32").is(&v6("2001:db8::/32")));
        assert!(!v4("10.1.0.0/16").is(&v4("10.1.0.0/17")));
    }

    #[test]
    fn an_empty_destination_is_none() {
        let route = Route::builder().destination_cidr_block("").build();
        assert_eq!(Destination::read(&route), None);
    }
}
