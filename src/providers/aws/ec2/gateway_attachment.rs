//! `AWS::EC2::VPCGatewayAttachment`: an internet or VPN gateway on a VPC.
//!
//! It has no tags and no id of its own; it is read out of the gateways. Its identifier is CloudFormation's
//! `<AttachmentType>|<VpcId>`, such as `IGW|vpc-0a1b`, for a VPC has at most one gateway of each kind.

use std::sync::Arc;

use async_trait::async_trait;
use aws_sdk_ec2::Client;
use aws_sdk_ec2::types::{Filter, InternetGateway, Tag, VpnGateway};

use super::super::error::gone_is_fine;
use super::super::supported::only;
use super::super::{Aws, Shape, Writer, failed};
use super::bulk::{self, Reader};
use super::{SERVICE, internet_gateway, tagging};
use crate::model::{Identifier, Live, Ownership, ResourceType, Status};
use crate::providers::{
    Create, Delete, ErrorKind, Handler, Pending, ProviderError, Query, Readiness, Result, Tagged, Update,
    readiness,
};

const TYPE: &str = "AWS::EC2::VPCGatewayAttachment";

/// The handler of `AWS::EC2::VPCGatewayAttachment`.
pub struct VpcGatewayAttachment {
    aws: Arc<Aws>,
}

impl VpcGatewayAttachment {
    /// A handler on a session.
    pub fn new(aws: &Arc<Aws>) -> Self {
        Self { aws: aws.clone() }
    }
}

/// The two kinds of gateway.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Kind {
    Internet,
    Vpn,
}

impl Kind {
    const ALL: [Self; 2] = [Self::Internet, Self::Vpn];

    /// CloudFormation's `AttachmentType`.
    fn attachment_type(self) -> &'static str {
        match self {
            Self::Internet => "IGW",
            Self::Vpn => "VGW",
        }
    }

    fn property(self) -> &'static str {
        match self {
            Self::Internet => "InternetGatewayId",
            Self::Vpn => "VpnGatewayId",
        }
    }

    fn id_filter(self) -> &'static str {
        match self {
            Self::Internet => "internet-gateway-id",
            Self::Vpn => "vpn-gateway-id",
        }
    }

    /// The gateway in a blueprint's or live properties, with its kind.
    fn gateway(properties: Shape<'_>) -> Result<(Self, &str)> {
        let given = |kind: Self| properties.str(kind.property()).map(|id| (kind, id));
        match (given(Self::Internet), given(Self::Vpn)) {
            (Some(gateway), None) | (None, Some(gateway)) => Ok(gateway),
            _ => Err(ProviderError::new(
                ErrorKind::Invalid,
                "ec2:AttachInternetGateway",
                "exactly one of InternetGatewayId and VpnGatewayId says what is attached",
            )),
        }
    }

    async fn attach(self, client: &Client, gateway: &str, vpc: &str) -> Result<()> {
        match self {
            Self::Internet => client
                .attach_internet_gateway()
                .internet_gateway_id(gateway)
                .vpc_id(vpc)
                .send()
                .await
                .map(drop)
                .map_err(failed("ec2:AttachInternetGateway")),
            Self::Vpn => client
                .attach_vpn_gateway()
                .vpn_gateway_id(gateway)
                .vpc_id(vpc)
                .send()
                .await
                .map(drop)
                .map_err(failed("ec2:AttachVpnGateway")),
        }
        .map_err(ProviderError::referring)
    }

    async fn detach(self, client: &Client, gateway: &str, vpc: &str) -> Result<()> {
        let detached = match self {
            Self::Internet => client
                .detach_internet_gateway()
                .internet_gateway_id(gateway)
                .vpc_id(vpc)
                .send()
                .await
                .map(drop)
                .map_err(failed("ec2:DetachInternetGateway")),
            Self::Vpn => client
                .detach_vpn_gateway()
                .vpn_gateway_id(gateway)
                .vpc_id(vpc)
                .send()
                .await
                .map(drop)
                .map_err(failed("ec2:DetachVpnGateway")),
        };
        match detached {
            Err(error) if error.code == "Gateway.NotAttached" => Ok(()),
            other => gone_is_fine(other),
        }
    }
}

/// One attachment as the gateways' answers show it.
struct Attachment<'a> {
    kind: Kind,
    gateway: &'a str,
    tags: &'a [Tag],
    vpc: &'a str,
    state: &'a str,
}

impl Attachment<'_> {
    fn id(&self) -> String {
        format!("{}|{}", self.kind.attachment_type(), self.vpc)
    }

    /// `None` for one that is gone but still shown. An internet gateway's word for attached is `available`.
    fn status(&self) -> Option<Status> {
        match self.state {
            "detached" => None,
            "detaching" => Some(Status::Deleting),
            "attaching" => Some(Status::Pending("attaching".to_owned())),
            _ => Some(Status::Ready),
        }
    }

    fn live(&self, reader: &Reader<'_>) -> Option<Live> {
        let properties = Writer::new()
            .set("AttachmentType", self.kind.attachment_type())
            .set(self.kind.property(), self.gateway)
            .set("VpcId", self.vpc);
        let parent = match reader.owner(self.tags) {
            Ownership::Tagged(address) => Some(address),
            _ => None,
        };
        Some(reader.child(&self.id(), parent, self.vpc.to_owned(), properties, self.status()?))
    }
}

fn of_internet_gateway(gateway: &InternetGateway) -> impl Iterator<Item = Attachment<'_>> {
    gateway.attachments().iter().filter_map(|attachment| {
        Some(Attachment {
            kind: Kind::Internet,
            gateway: gateway.internet_gateway_id()?,
            tags: gateway.tags(),
            vpc: attachment.vpc_id()?,
            state: attachment.state().map_or("", |state| state.as_str()),
        })
    })
}

fn of_vpn_gateway(gateway: &VpnGateway) -> impl Iterator<Item = Attachment<'_>> {
    gateway.vpc_attachments().iter().filter_map(|attachment| {
        Some(Attachment {
            kind: Kind::Vpn,
            gateway: gateway.vpn_gateway_id()?,
            tags: gateway.tags(),
            vpc: attachment.vpc_id()?,
            state: attachment.state().map_or("", |state| state.as_str()),
        })
    })
}

/// The attachments of the gateways of one kind that a filter finds.
async fn describe(reader: &Reader<'_>, kind: Kind, filter: Filter) -> Result<Vec<Live>> {
    if kind == Kind::Internet {
        let found = internet_gateway::find(&reader.client, vec![filter]).await?;
        return Ok(found.iter().flat_map(of_internet_gateway).filter_map(|one| one.live(reader)).collect());
    }
    let found = reader
        .client
        .describe_vpn_gateways()
        .filters(filter)
        .send()
        .await
        .map_err(failed("ec2:DescribeVpnGateways"))?;
    let attachments = found.vpn_gateways().iter().flat_map(of_vpn_gateway);
    Ok(attachments.filter_map(|one| one.live(reader)).collect())
}

/// The gateways that a list of properties names, as filters by kind.
fn named<'a>(of: &(impl Iterator<Item = Shape<'a>> + Clone)) -> Vec<(Kind, Filter)> {
    let by_kind = |kind: Kind| {
        let ids = of.clone().filter_map(move |properties| properties.text(kind.property()));
        tagging::by_values(kind.id_filter(), ids).into_iter().map(move |filter| (kind, filter))
    };
    Kind::ALL.into_iter().flat_map(by_kind).collect()
}

/// The id of a VPN gateway that the tag search shows, by ARN or, for one made lately, by its id alone. The type is none
/// of those that are always read, so it can't be a parent.
fn vpn_gateway(hit: &Tagged) -> Option<String> {
    let id = hit.arn.rsplit_once('/').map_or(hit.arn.as_str(), |(_, id)| id);
    id.starts_with("vgw-").then(|| id.to_owned())
}

/// The VPCs that identifiers name, as filters by kind.
fn attached_to<'a>(identifiers: &(impl Iterator<Item = &'a Identifier> + Clone)) -> Vec<(Kind, Filter)> {
    let by_kind = |kind: Kind| {
        let vpcs = identifiers.clone().filter_map(move |id| {
            let (word, vpc) = id.as_str().split_once('|')?;
            (word == kind.attachment_type()).then(|| vpc.to_owned())
        });
        tagging::by_values("attachment.vpc-id", vpcs).into_iter().map(move |filter| (kind, filter))
    };
    Kind::ALL.into_iter().flat_map(by_kind).collect()
}

async fn all(reader: &Reader<'_>, filters: Vec<(Kind, Filter)>) -> Result<Vec<Live>> {
    let calls = filters.into_iter().map(|(kind, filter)| describe(reader, kind, filter));
    Ok(bulk::once(futures::future::try_join_all(calls).await?.concat()))
}

#[async_trait]
impl Handler for VpcGatewayAttachment {
    fn resource_type(&self) -> ResourceType {
        TYPE.into()
    }

    fn service(&self) -> &'static str {
        SERVICE
    }

    fn parents(&self) -> &'static [&'static str] {
        &["AWS::EC2::InternetGateway"]
    }

    fn deduplicates(&self) -> bool {
        true
    }

    async fn list(&self, query: &Query<'_>) -> Result<Vec<Live>> {
        let reader = Reader::new(&self.aws, TYPE, query.scope, query.stack);
        let owned = query.parents.iter().map(|gateway| Shape(&gateway.properties));
        let wanted = query.wanted.iter().map(|wanted| Shape(&wanted.properties));
        let vpn = query.tagged.iter().filter_map(vpn_gateway);
        let mut filters = named(&owned.chain(wanted));
        filters
            .extend(tagging::by_values(Kind::Vpn.id_filter(), vpn).into_iter().map(|one| (Kind::Vpn, one)));
        all(&reader, filters).await
    }

    async fn create(&self, request: &Create<'_>) -> Result<Identifier> {
        only(
            request.properties,
            &["InternetGatewayId", "VpnGatewayId", "VpcId"],
            "ec2:AttachInternetGateway",
        )?;
        let wanted = Shape(request.properties);
        let (kind, gateway) = Kind::gateway(wanted)?;
        let vpc = wanted.str("VpcId").unwrap_or_default();
        let id = Identifier::new(format!("{}|{vpc}", kind.attachment_type()));
        let reader = Reader::new(&self.aws, TYPE, request.scope, request.stack);
        match kind.attach(&reader.client, gateway, vpc).await {
            Err(error) if error.code == "Resource.AlreadyAssociated" => {
                let attached = all(&reader, attached_to(&std::iter::once(&id))).await?;
                let ours = attached.iter().any(|live| live.str(kind.property()) == Some(gateway));
                if ours { Ok(id) } else { Err(ProviderError { kind: ErrorKind::AlreadyExists, ..error }) }
            }
            other => other.map(|()| id),
        }
    }

    /// The gateway can change, the VPC can't. A VPC holds one gateway of a kind, so the old one goes first.
    async fn update(&self, request: &Update<'_>) -> Result<()> {
        let vpc = request.live.str("VpcId").unwrap_or_default();
        let (old_kind, old) = Kind::gateway(Shape(&request.live.properties))?;
        let (kind, gateway) = Kind::gateway(Shape(request.properties))?;
        if (old_kind, old) == (kind, gateway) {
            return Ok(());
        }
        let client = self.aws.client(request.scope, Client::new);
        old_kind.detach(&client, old, vpc).await?;
        kind.attach(&client, gateway, vpc).await
    }

    async fn delete(&self, request: &Delete<'_>) -> Result<()> {
        let (kind, gateway) = Kind::gateway(Shape(&request.live.properties))?;
        let vpc = request.live.str("VpcId").unwrap_or_default();
        kind.detach(&self.aws.client(request.scope, Client::new), gateway, vpc).await
    }

    async fn ready(&self, request: &Pending<'_>) -> Result<Vec<Readiness>> {
        let reader = Reader::new(&self.aws, TYPE, request.scope, request.stack);
        let waiting = request.items.iter().map(|item| &item.identifier);
        Ok(readiness(request.items, all(&reader, attached_to(&waiting)).await?))
    }
}

#[cfg(test)]
mod tests {
    use super::super::super::fake::{self, Answer};
    use super::*;
    use aws_sdk_ec2::types::{AttachmentStatus, InternetGatewayAttachment};
    use serde_json::json;

    fn gateway(state: &str) -> InternetGateway {
        InternetGateway::builder()
            .internet_gateway_id("igw-1")
            .attachments(
                InternetGatewayAttachment::builder()
                    .vpc_id("vpc-1")
                    .state(AttachmentStatus::from(state))
                    .build(),
            )
            .build()
    }

    #[test]
    fn an_attachment_is_identified_as_cloudformation_does() {
        let gateway = gateway("available");
        let one = of_internet_gateway(&gateway).next().unwrap();
        assert_eq!(one.id(), "IGW|vpc-1");
        assert_eq!(one.status(), Some(Status::Ready));
    }

    #[test]
    fn one_that_is_detached_is_gone() {
        let gateway = gateway("detached");
        assert_eq!(of_internet_gateway(&gateway).next().unwrap().status(), None);
    }

    #[test]
    fn both_gateways_at_once_are_refused() {
        let both = json!({"InternetGatewayId": "igw-1", "VpnGatewayId": "vgw-1", "VpcId": "vpc-1"});
        assert!(Kind::gateway(Shape(both.as_object().unwrap())).is_err());
        let one = json!({"VpnGatewayId": "vgw-1", "VpcId": "vpc-1"});
        let (kind, id) = Kind::gateway(Shape(one.as_object().unwrap())).unwrap();
        assert_eq!((kind.attachment_type(), id), ("VGW", "vgw-1"));
    }

    #[tokio::test]
    async fn an_attachment_of_a_vpn_gateway_is_found_by_its_gateways_tags() {
        const SET: &str = "<vpnGatewaySet><item><vpnGatewayId>vgw-1</vpnGatewayId><attachments><item>\
            <vpcId>vpc-1</vpcId><state>attached</state></item></attachments><tagSet>\
            <item><key>stackctl:stack</key><value>shop</value></item>\
            <item><key>stackctl:address</key><value>eu-west-1/vpn</value></item></tagSet></item></vpnGatewaySet>";
        let (aws, _) = fake::session(|_| Answer::query(SET));
        let hit = "arn:aws:ec2:eu-west-1:111122223333:vpn-gateway/vgw-1";
        let found = fake::list(&VpcGatewayAttachment::new(&aws), &[hit]).await.unwrap();
        assert_eq!(found[0].identifier.as_str(), "VGW|vpc-1");
        assert!(matches!(&found[0].ownership, Ownership::Child { parent: Some(_), .. }));
        assert!(fake::list(&VpcGatewayAttachment::new(&aws), &[]).await.unwrap().is_empty());
    }
}
