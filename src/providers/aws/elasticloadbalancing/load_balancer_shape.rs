//! A load balancer in CloudFormation's shape.

use aws_sdk_elasticloadbalancingv2::types::{
    AvailabilityZone, EnablePrefixForIpv6SourceNatEnum, IpAddressType, IpamPools, LoadBalancer,
    LoadBalancerAddress, LoadBalancerSchemeEnum, LoadBalancerStateEnum, LoadBalancerTypeEnum, SubnetMapping,
};

use super::super::tags::{self, Tags};
use super::super::{Shape, Writer};
use super::arn;
use crate::model::{Identifier, Json, Live, Scope, StackName, Status};

/// The type.
pub const TYPE: &str = "AWS::ElasticLoadBalancingV2::LoadBalancer";

/// What the describe call leaves out.
#[derive(Default)]
pub struct Extras {
    /// The attributes to show, as keys and values.
    pub attributes: Vec<Json>,
    /// The reserved capacity in load balancer capacity units.
    pub capacity: Option<i32>,
}

/// A load balancer as it is reported.
pub fn read(scope: &Scope, stack: &StackName, found: &LoadBalancer, tags: Tags, extras: &Extras) -> Live {
    let arn = found.load_balancer_arn().unwrap_or_default();
    let name = found.load_balancer_name();
    let mut groups = found.security_groups().to_vec();
    groups.sort_unstable();
    let private_link = found.enforce_security_group_inbound_rules_on_private_link_traffic();
    let prefix = found.enable_prefix_for_ipv6_source_nat().map(EnablePrefixForIpv6SourceNatEnum::as_str);
    Live {
        resource_type: TYPE.into(),
        scope: scope.clone(),
        identifier: Identifier::new(arn),
        properties: Writer::new()
            .set("LoadBalancerArn", arn)
            .put("Name", name)
            .put("LoadBalancerName", name)
            .put("LoadBalancerFullName", arn::balancer_full_name(arn))
            .put("DNSName", found.dns_name())
            .put("CanonicalHostedZoneID", found.canonical_hosted_zone_id())
            .put("Type", found.r#type().map(LoadBalancerTypeEnum::as_str))
            .put("Scheme", found.scheme().map(LoadBalancerSchemeEnum::as_str))
            .put("IpAddressType", found.ip_address_type().map(IpAddressType::as_str))
            .list("SecurityGroups", groups)
            .list("Subnets", subnets(found.availability_zones()))
            .list("SubnetMappings", mappings(found.availability_zones()))
            .put("EnforceSecurityGroupInboundRulesOnPrivateLinkTraffic", private_link)
            .put("EnablePrefixForIpv6SourceNat", prefix)
            .put("Ipv4IpamPoolId", found.ipam_pools().and_then(IpamPools::ipv4_ipam_pool_id))
            .list("LoadBalancerAttributes", extras.attributes.clone())
            .nest("MinimumLoadBalancerCapacity", Writer::new().put("CapacityUnits", extras.capacity))
            .build(),
        ownership: tags::ownership(&tags, stack),
        tags,
        status: status(found),
    }
}

fn status(found: &LoadBalancer) -> Status {
    let state = found.state();
    match state.and_then(|state| state.code()) {
        Some(LoadBalancerStateEnum::Provisioning) => Status::Pending("provisioning".to_owned()),
        Some(LoadBalancerStateEnum::Failed) => {
            Status::Failed(state.and_then(|state| state.reason()).unwrap_or("failed").to_owned())
        }
        // `active_impaired` serves, with fewer resources than it wants.
        _ => Status::Ready,
    }
}

fn subnets(zones: &[AvailabilityZone]) -> Vec<&str> {
    let mut subnets: Vec<_> = zones.iter().filter_map(AvailabilityZone::subnet_id).collect();
    subnets.sort_unstable();
    subnets
}

fn mappings(zones: &[AvailabilityZone]) -> Vec<Writer> {
    let mut zones: Vec<_> = zones.iter().collect();
    zones.sort_by_key(|zone| zone.subnet_id());
    let mapping = |zone: &AvailabilityZone| {
        let address = zone.load_balancer_addresses().first();
        Writer::new()
            .put("SubnetId", zone.subnet_id())
            .put("AllocationId", address.and_then(LoadBalancerAddress::allocation_id))
            .put("PrivateIPv4Address", address.and_then(LoadBalancerAddress::private_ipv4_address))
            .put("IPv6Address", address.and_then(LoadBalancerAddress::ipv6_address))
            .put("SourceNatIpv6Prefix", zone.source_nat_ipv6_prefixes().first().map(String::as_str))
    };
    zones.into_iter().map(mapping).collect()
}

/// Subnet mappings for a create or a change.
pub fn write_mappings(wanted: Shape<'_>) -> Vec<SubnetMapping> {
    let mapping = |mapping: &Shape<'_>| {
        SubnetMapping::builder()
            .set_subnet_id(mapping.text("SubnetId"))
            .set_allocation_id(mapping.text("AllocationId"))
            .set_private_ipv4_address(mapping.text("PrivateIPv4Address"))
            .set_ipv6_address(mapping.text("IPv6Address"))
            .set_source_nat_ipv6_prefix(mapping.text("SourceNatIpv6Prefix"))
            .build()
    };
    wanted.objects("SubnetMappings").iter().map(mapping).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use aws_sdk_elasticloadbalancingv2::types::LoadBalancerState;
    use serde_json::json;

    fn balancer(code: LoadBalancerStateEnum) -> LoadBalancer {
        let zone = |id: &str| AvailabilityZone::builder().subnet_id(id).build();
        LoadBalancer::builder()
            .load_balancer_arn("arn:aws:elasticloadbalancing:us-east-1:1:loadbalancer/app/web/50dc")
            .load_balancer_name("web")
            .dns_name("web-1.us-east-1.elb.amazonaws.com")
            .canonical_hosted_zone_id("Z35SXDOTRQ7X7K")
            .r#type(LoadBalancerTypeEnum::Application)
            .scheme(LoadBalancerSchemeEnum::InternetFacing)
            .availability_zones(zone("subnet-b"))
            .availability_zones(zone("subnet-a"))
            .state(LoadBalancerState::builder().code(code).reason("no addresses").build())
            .build()
    }

    fn live(code: LoadBalancerStateEnum) -> Live {
        let region = Scope::Region(crate::model::Region::new("us-east-1"));
        read(&region, &StackName::new("shop"), &balancer(code), Tags::new(), &Extras::default())
    }

    #[test]
    fn a_load_balancer_has_the_schemas_names() {
        assert_eq!(
            Json::Object(live(LoadBalancerStateEnum::Active).properties),
            json!({
                "LoadBalancerArn": "arn:aws:elasticloadbalancing:us-east-1:1:loadbalancer/app/web/50dc",
                "Name": "web",
                "LoadBalancerName": "web",
                "LoadBalancerFullName": "app/web/50dc",
                "DNSName": "web-1.us-east-1.elb.amazonaws.com",
                "CanonicalHostedZoneID": "Z35SXDOTRQ7X7K",
                "Type": "application",
                "Scheme": "internet-facing",
                "Subnets": ["subnet-a", "subnet-b"],
                "SubnetMappings": [{"SubnetId": "subnet-a"}, {"SubnetId": "subnet-b"}],
            })
        );
    }

    #[test]
    fn states_are_told_in_the_services_words() {
        assert_eq!(live(LoadBalancerStateEnum::Active).status, Status::Ready);
        assert_eq!(live(LoadBalancerStateEnum::ActiveImpaired).status, Status::Ready);
        assert_eq!(
            live(LoadBalancerStateEnum::Provisioning).status,
            Status::Pending("provisioning".to_owned())
        );
        assert_eq!(live(LoadBalancerStateEnum::Failed).status, Status::Failed("no addresses".to_owned()));
    }
}
