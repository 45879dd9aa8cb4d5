//! Amazon EC2's network and launch templates: one file a resource type.
//!
//! All read alike ([`bulk`]): one paged `Describe*` call a type and region, filtered by the stack's tag; what carries no
//! tags (routes, associations, attachments) is read out of the answer about what it hangs under.

mod bulk;
mod eip;
mod gateway_attachment;
mod internet_gateway;
mod launch_template;
pub mod lookup;
mod nat_addresses;
mod nat_gateway;
mod route;
mod route_destination;
mod route_table;
mod route_table_association;
mod security_group;
mod subnet;
mod tagging;
mod vpc;
mod vpc_encryption;
mod vpc_endpoint;

pub use eip::Eip;
pub use gateway_attachment::VpcGatewayAttachment;
pub use internet_gateway::InternetGateway;
pub use launch_template::LaunchTemplate;
pub use nat_gateway::NatGateway;
pub use route::Route;
pub use route_table::RouteTable;
pub use route_table_association::SubnetRouteTableAssociation;
pub use security_group::{SecurityGroup, SecurityGroupRule};
pub use subnet::Subnet;
pub use vpc::Vpc;
pub use vpc_endpoint::VpcEndpoint;

/// The word that calls are signed for.
const SERVICE: &str = "ec2";

/// The longest page that most `Describe*` calls give.
const PAGE: i32 = 1000;
