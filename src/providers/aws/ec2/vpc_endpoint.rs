//! `AWS::EC2::VPCEndpoint`: gateway, interface and the other kinds.

use std::sync::Arc;

use async_trait::async_trait;
use aws_sdk_ec2::Client;
use aws_sdk_ec2::types::{
    DnsOptions, DnsOptionsSpecification, DnsRecordIpType, Filter, IpAddressType, ResourceType as TaggedKind,
    VpcEndpoint as Found, VpcEndpointType,
};
use aws_smithy_types::date_time::Format;

use super::super::change::Membership;
use super::super::error::{gone_is_fine, refused};
use super::super::supported::{only, refuse_removal};
use super::super::{Aws, Shape, Writer, failed, missing};
use super::bulk::{self, Reader};
use super::{PAGE, SERVICE, tagging};
use crate::model::{Identifier, Json, JsonMap, Live, ResourceType, Status};
use crate::providers::{Create, Delete, Handler, Pending, Query, Readiness, Result, Update, readiness};

pub(super) const TYPE: &str = "AWS::EC2::VPCEndpoint";
const ID_FILTER: &str = "vpc-endpoint-id";
const CREATE: &str = "ec2:CreateVpcEndpoint";
const SUPPORTED: &[&str] = &[
    "DnsOptions",
    "IpAddressType",
    "PolicyDocument",
    "PrivateDnsEnabled",
    "ResourceConfigurationArn",
    "RouteTableIds",
    "SecurityGroupIds",
    "ServiceName",
    "ServiceNetworkArn",
    "ServiceRegion",
    "SubnetIds",
    "VpcEndpointType",
    "VpcId",
];
/// What can't be taken back: the groups would all go and none come, the rest has no default that an update could name.
const STICKY: [&str; 3] =
    ["SecurityGroupIds", "DnsOptions.PrivateDnsPreference", "DnsOptions.PrivateDnsSpecifiedDomains"];
/// `PrivateDnsOnlyForInboundResolverEndpoint` as CloudFormation writes the API's flag.
const INBOUND_ONLY: (&str, &str) = ("OnlyInboundResolver", "AllResolvers");

/// The handler of `AWS::EC2::VPCEndpoint`.
pub struct VpcEndpoint {
    aws: Arc<Aws>,
}

impl VpcEndpoint {
    /// A handler on a session.
    pub fn new(aws: &Arc<Aws>) -> Self {
        Self { aws: aws.clone() }
    }
}

pub(super) async fn describe(reader: &Reader<'_>, filters: Vec<Filter>) -> Result<Vec<Live>> {
    let found: Vec<Found> = reader
        .client
        .describe_vpc_endpoints()
        .set_filters(Some(filters))
        .max_results(PAGE)
        .into_paginator()
        .items()
        .send()
        .try_collect()
        .await
        .map_err(failed("ec2:DescribeVpcEndpoints"))?;
    let live = |endpoint: &Found| {
        let id = endpoint.vpc_endpoint_id()?;
        Some(reader.live(id, endpoint.tags(), properties(id, endpoint), status(endpoint)?))
    };
    Ok(found.iter().filter_map(live).collect())
}

fn properties(id: &str, endpoint: &Found) -> Writer {
    let texts = |texts: &[String]| texts.to_vec();
    // `<hosted zone>:<name>`, as CloudFormation writes them.
    let entries = endpoint.dns_entries().iter().filter_map(|entry| {
        Some(format!("{}:{}", entry.hosted_zone_id().unwrap_or_default(), entry.dns_name()?))
    });
    let created = endpoint.creation_timestamp().and_then(|time| time.fmt(Format::DateTime).ok());
    let writer = Writer::new()
        .set("Id", id)
        .put("VpcId", endpoint.vpc_id())
        .put("VpcEndpointType", endpoint.vpc_endpoint_type().map(VpcEndpointType::as_str))
        .put("ServiceName", endpoint.service_name())
        .put("ServiceNetworkArn", endpoint.service_network_arn())
        .put("ServiceRegion", endpoint.service_region())
        .put("ResourceConfigurationArn", endpoint.resource_configuration_arn())
        .put("PolicyDocument", endpoint.policy_document())
        .set("PrivateDnsEnabled", endpoint.private_dns_enabled().map_or(Json::Null, Json::from))
        .put("IpAddressType", endpoint.ip_address_type().map(IpAddressType::as_str))
        .list("RouteTableIds", texts(endpoint.route_table_ids()))
        .list("SubnetIds", texts(endpoint.subnet_ids()))
        .put("SecurityGroupIds", groups(endpoint))
        .list("NetworkInterfaceIds", texts(endpoint.network_interface_ids()))
        .list("DnsEntries", entries)
        .put("CreationTimestamp", created);
    match endpoint.dns_options() {
        Some(options) => writer.nest("DnsOptions", read_dns(options)),
        None => writer,
    }
}

/// An interface has a security group, the default one at least; an answer without any does not tell.
fn groups(endpoint: &Found) -> Option<Json> {
    let groups: Vec<&str> = endpoint.groups().iter().filter_map(|group| group.group_id()).collect();
    let is_interface = endpoint.vpc_endpoint_type() == Some(&VpcEndpointType::Interface);
    if groups.is_empty() { is_interface.then_some(Json::Null) } else { Some(Json::from(groups)) }
}

fn read_dns(options: &DnsOptions) -> Writer {
    let inbound = options
        .private_dns_only_for_inbound_resolver_endpoint()
        .map(|only| if only { INBOUND_ONLY.0 } else { INBOUND_ONLY.1 });
    Writer::new()
        .put("DnsRecordIpType", options.dns_record_ip_type().map(DnsRecordIpType::as_str))
        .put("PrivateDnsOnlyForInboundResolverEndpoint", inbound)
        .put("PrivateDnsPreference", options.private_dns_preference())
        .list("PrivateDnsSpecifiedDomains", options.private_dns_specified_domains().to_vec())
}

/// `not-specified` and `NotSpecified` are CloudFormation's words for leaving it to AWS.
fn write_dns(wanted: Shape<'_>) -> DnsOptionsSpecification {
    let record = wanted.str("DnsRecordIpType").filter(|word| *word != "not-specified");
    let inbound = match wanted.str("PrivateDnsOnlyForInboundResolverEndpoint") {
        Some(word) if word == INBOUND_ONLY.0 => Some(true),
        Some(word) if word == INBOUND_ONLY.1 => Some(false),
        _ => None,
    };
    DnsOptionsSpecification::builder()
        .set_dns_record_ip_type(record.map(DnsRecordIpType::from))
        .set_private_dns_only_for_inbound_resolver_endpoint(inbound)
        .set_private_dns_preference(wanted.text("PrivateDnsPreference"))
        .set_private_dns_specified_domains(wanted.strings_if_set("PrivateDnsSpecifiedDomains"))
        .build()
}

fn address_type(wanted: Shape<'_>) -> Option<IpAddressType> {
    wanted.str("IpAddressType").filter(|word| *word != "not-specified").map(IpAddressType::from)
}

/// `None` for one that is gone and still shown. The API's words come in either case.
fn status(endpoint: &Found) -> Option<Status> {
    let state = endpoint.state().map(|state| state.as_str().to_ascii_lowercase()).unwrap_or_default();
    Some(match state.as_str() {
        "deleted" => return None,
        "pending" => Status::Pending("pending".to_owned()),
        "deleting" => Status::Deleting,
        "failed" | "rejected" | "expired" => Status::Failed(failure(&state, endpoint)),
        // `pendingAcceptance` waits for the service's owner, perhaps for days.
        _ => Status::Ready,
    })
}

fn failure(state: &str, endpoint: &Found) -> String {
    let error = endpoint.last_error();
    let parts = [error.and_then(|error| error.code()), error.and_then(|error| error.message())];
    let words: Vec<&str> =
        std::iter::once(state).chain(parts.into_iter().flatten()).chain(endpoint.failure_reason()).collect();
    words.join(": ")
}

#[async_trait]
impl Handler for VpcEndpoint {
    fn resource_type(&self) -> ResourceType {
        TYPE.into()
    }

    fn service(&self) -> &'static str {
        SERVICE
    }

    async fn list(&self, query: &Query<'_>) -> Result<Vec<Live>> {
        let reader = Reader::new(&self.aws, TYPE, query.scope, query.stack);
        bulk::owned(query, ID_FILTER, |filter| describe(&reader, vec![filter])).await
    }

    async fn create(&self, request: &Create<'_>) -> Result<Identifier> {
        only(request.properties, SUPPORTED, CREATE)?;
        let wanted = Shape(request.properties);
        let made = self
            .aws
            .client(request.scope, Client::new)
            .create_vpc_endpoint()
            .set_vpc_id(wanted.text("VpcId"))
            .set_service_name(wanted.text("ServiceName"))
            .set_service_network_arn(wanted.text("ServiceNetworkArn"))
            .set_service_region(wanted.text("ServiceRegion"))
            .set_resource_configuration_arn(wanted.text("ResourceConfigurationArn"))
            .set_vpc_endpoint_type(wanted.str("VpcEndpointType").map(VpcEndpointType::from))
            .set_policy_document(wanted.document("PolicyDocument"))
            .set_route_table_ids(wanted.strings_if_set("RouteTableIds"))
            .set_subnet_ids(wanted.strings_if_set("SubnetIds"))
            .set_security_group_ids(wanted.strings_if_set("SecurityGroupIds"))
            .set_private_dns_enabled(wanted.bool("PrivateDnsEnabled"))
            .set_ip_address_type(address_type(wanted))
            .set_dns_options(wanted.object("DnsOptions").map(write_dns))
            .client_token(request.token.as_str())
            .tag_specifications(tagging::specification(TaggedKind::VpcEndpoint, request.tags))
            .send()
            .await
            .map_err(|error| failed(CREATE)(error).referring())?;
        let id = made.vpc_endpoint().and_then(Found::vpc_endpoint_id);
        id.map(Identifier::new).ok_or_else(|| missing(CREATE, "VpcEndpointId"))
    }

    async fn update(&self, request: &Update<'_>) -> Result<()> {
        const CALL: &str = "ec2:ModifyVpcEndpoint";
        only(request.properties, SUPPORTED, CALL)?;
        refuse_removal(request, &STICKY, CALL)?;
        let client = self.aws.client(request.scope, Client::new);
        let id = request.live.identifier.as_str();
        if request.delta.touches_properties() {
            modification(&client, request)
                .vpc_endpoint_id(id)
                .send()
                .await
                .map_err(|error| failed(CALL)(error).referring())?;
        }
        tagging::update(&client, id, request.delta).await
    }

    async fn delete(&self, request: &Delete<'_>) -> Result<()> {
        const CALL: &str = "ec2:DeleteVpcEndpoints";
        let client = self.aws.client(request.scope, Client::new);
        let id = request.live.identifier.as_str();
        let answer = client.delete_vpc_endpoints().vpc_endpoint_ids(id).send().await.map_err(failed(CALL))?;
        match answer.unsuccessful().iter().find_map(|item| item.error()) {
            Some(error) => gone_is_fine(Err::<(), _>(refused(CALL, error.code(), error.message()))),
            None => Ok(()),
        }
    }

    /// An endpoint that waits is the stack's, so the question is the same as that of a bulk read.
    async fn ready(&self, request: &Pending<'_>) -> Result<Vec<Readiness>> {
        let reader = Reader::new(&self.aws, TYPE, request.scope, request.stack);
        Ok(readiness(request.items, describe(&reader, vec![tagging::owned(request.stack)]).await?))
    }
}

/// One call for all that differs: members join and leave, everything else is set.
fn modification(
    client: &Client,
    request: &Update<'_>,
) -> aws_sdk_ec2::operation::modify_vpc_endpoint::builders::ModifyVpcEndpointFluentBuilder {
    let wanted = Shape(request.properties);
    let touches = |name| request.delta.touches(name);
    let listed = |members: Vec<String>| (!members.is_empty()).then_some(members);
    let change = |name| {
        let nothing = Membership { added: Vec::new(), removed: Vec::new() };
        let change = if touches(name) { Membership::of(request, name) } else { nothing };
        (listed(change.added), listed(change.removed))
    };
    let (tables, old_tables) = change("RouteTableIds");
    let (subnets, old_subnets) = change("SubnetIds");
    let (groups, old_groups) = change("SecurityGroupIds");
    let policy = wanted.document("PolicyDocument").filter(|_| touches("PolicyDocument"));
    let reset = (touches("PolicyDocument") && policy.is_none()).then_some(true);
    let private_dns = wanted.bool("PrivateDnsEnabled").unwrap_or(false);
    client
        .modify_vpc_endpoint()
        .set_add_route_table_ids(tables)
        .set_remove_route_table_ids(old_tables)
        .set_add_subnet_ids(subnets)
        .set_remove_subnet_ids(old_subnets)
        .set_add_security_group_ids(groups)
        .set_remove_security_group_ids(old_groups)
        .set_policy_document(policy)
        .set_reset_policy(reset)
        .set_private_dns_enabled(touches("PrivateDnsEnabled").then_some(private_dns))
        .set_ip_address_type(
            address_type(wanted).or_else(|| default_type(wanted)).filter(|_| touches("IpAddressType")),
        )
        .set_dns_options(touches("DnsOptions").then(|| write_dns(Shape(&dns_after(request)))))
}

/// The addresses of an endpoint whose blueprint has no word of them.
fn default_type(wanted: Shape<'_>) -> Option<IpAddressType> {
    wanted.get("IpAddressType").is_none().then_some(IpAddressType::Ipv4)
}

/// The wanted options; what is set and not wanted any more goes back to its default.
fn dns_after(request: &Update<'_>) -> JsonMap {
    let live = Shape(&request.live.properties).object("DnsOptions");
    let is_set = |name: &str| live.is_some_and(|live| live.get(name).is_some());
    let record = match request.live.str("VpcEndpointType") {
        Some("Gateway") | None => "service-defined",
        _ => "ipv4",
    };
    let mut wanted =
        Shape(request.properties).object("DnsOptions").map_or_else(JsonMap::new, |dns| dns.0.clone());
    for (name, default) in
        [("DnsRecordIpType", record), ("PrivateDnsOnlyForInboundResolverEndpoint", INBOUND_ONLY.1)]
    {
        if is_set(name) {
            wanted.entry(name).or_insert_with(|| default.into());
        }
    }
    wanted
}

#[cfg(test)]
mod tests {
    use super::super::super::fake::{self, Answer, delta};
    use super::*;
    use aws_sdk_ec2::types::{DnsEntry, LastError, State};
    use serde_json::json;

    #[test]
    fn an_interface_endpoint_is_read_in_cloudformations_words() {
        let endpoint = Found::builder()
            .vpc_endpoint_type(VpcEndpointType::Interface)
            .subnet_ids("subnet-1")
            .private_dns_enabled(true)
            .dns_entries(DnsEntry::builder().hosted_zone_id("Z1").dns_name("a.vpce.amazonaws.com").build())
            .dns_options(
                DnsOptions::builder()
                    .dns_record_ip_type(DnsRecordIpType::Ipv4)
                    .private_dns_only_for_inbound_resolver_endpoint(true)
                    .build(),
            )
            .build();
        assert_eq!(
            Json::Object(properties("vpce-1", &endpoint).build()),
            json!({
                "Id": "vpce-1",
                "VpcEndpointType": "Interface",
                "PrivateDnsEnabled": true,
                "SubnetIds": ["subnet-1"],
                "SecurityGroupIds": null,
                "DnsEntries": ["Z1:a.vpce.amazonaws.com"],
                "DnsOptions": {
                    "DnsRecordIpType": "ipv4",
                    "PrivateDnsOnlyForInboundResolverEndpoint": "OnlyInboundResolver",
                },
            })
        );
    }

    #[test]
    fn dns_options_survive_the_way_there_and_back() {
        let words = json!({
            "DnsRecordIpType": "dualstack",
            "PrivateDnsOnlyForInboundResolverEndpoint": "AllResolvers",
        });
        let spec = write_dns(Shape(words.as_object().unwrap()));
        assert_eq!(spec.dns_record_ip_type(), Some(&DnsRecordIpType::Dualstack));
        assert_eq!(spec.private_dns_only_for_inbound_resolver_endpoint(), Some(false));
        let left_out = json!({"DnsRecordIpType": "not-specified"});
        assert_eq!(write_dns(Shape(left_out.as_object().unwrap())).dns_record_ip_type(), None);
    }

    #[test]
    fn states_come_in_either_case() {
        let endpoint = |state: &str| Found::builder().state(State::from(state)).build();
        assert_eq!(status(&endpoint("available")), Some(Status::Ready));
        assert_eq!(status(&endpoint("Available")), Some(Status::Ready));
        assert_eq!(status(&endpoint("pendingAcceptance")), Some(Status::Ready));
        assert_eq!(status(&endpoint("deleted")), None);
        let failed = Found::builder()
            .state(State::Failed)
            .last_error(LastError::builder().code("InvalidParameter").message("no such service").build())
            .build();
        assert_eq!(
            status(&failed),
            Some(Status::Failed("failed: InvalidParameter: no such service".to_owned()))
        );
    }

    #[tokio::test]
    async fn what_leaves_the_blueprint_goes_back_to_its_default() {
        let (aws, calls) = fake::session(|_| Answer::query(""));
        let endpoint = VpcEndpoint::new(&aws);
        let live = json!({"VpcEndpointType": "Interface", "IpAddressType": "dualstack", "SecurityGroupIds": ["sg-1"],
            "DnsOptions": {"DnsRecordIpType": "dualstack"}});
        let live = fake::live(TYPE, "vpce-1", &live);
        let nothing = JsonMap::new();
        let removed = delta(&[], &["IpAddressType", "DnsOptions.DnsRecordIpType"]);
        fake::update(&endpoint, &live, &nothing, &removed).await.unwrap();
        let call = calls.lock().unwrap()[0].clone();
        assert_eq!(call.parameter("IpAddressType"), Some("ipv4"));
        assert_eq!(call.parameter("DnsOptions.DnsRecordIpType"), Some("ipv4"));
        let groups = fake::update(&endpoint, &live, &nothing, &delta(&[], &["SecurityGroupIds"])).await;
        assert!(groups.unwrap_err().message.starts_with("SecurityGroupIds can't be taken back"));
    }
}
