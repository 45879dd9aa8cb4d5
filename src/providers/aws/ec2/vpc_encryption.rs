//! A VPC's `VpcEncryptionControl`: whether traffic in it must be encrypted, and what is exempt.

use aws_sdk_ec2::types::{
    VpcEncryptionControl, VpcEncryptionControlConfiguration, VpcEncryptionControlExclusion,
    VpcEncryptionControlExclusionState, VpcEncryptionControlExclusionStateInput as Input,
    VpcEncryptionControlMode, VpcEncryptionControlState,
};

use super::super::{Shape, Writer};

/// For `CreateVpc`.
pub fn write(wanted: Shape<'_>) -> VpcEncryptionControlConfiguration {
    let exclusion = |name| wanted.str(name).map(Input::from);
    VpcEncryptionControlConfiguration::builder()
        .set_mode(wanted.str("Mode").map(VpcEncryptionControlMode::from))
        .set_internet_gateway_exclusion(exclusion("InternetGatewayExclusion"))
        .set_egress_only_internet_gateway_exclusion(exclusion("EgressOnlyInternetGatewayExclusion"))
        .set_nat_gateway_exclusion(exclusion("NatGatewayExclusion"))
        .set_virtual_private_gateway_exclusion(exclusion("VirtualPrivateGatewayExclusion"))
        .set_vpc_peering_exclusion(exclusion("VpcPeeringExclusion"))
        .set_lambda_exclusion(exclusion("LambdaExclusion"))
        .set_vpc_lattice_exclusion(exclusion("VpcLatticeExclusion"))
        .set_elastic_file_system_exclusion(exclusion("ElasticFileSystemExclusion"))
        .build()
}

/// As `DescribeVpcs` shows it.
pub fn read(found: &VpcEncryptionControl) -> Writer {
    let of = found.resource_exclusions();
    let exclusion = |one: Option<&VpcEncryptionControlExclusion>| {
        Writer::new()
            .put("State", one.and_then(|one| one.state()).map(VpcEncryptionControlExclusionState::as_str))
            .put("StateMessage", one.and_then(VpcEncryptionControlExclusion::state_message))
    };
    let exclusions = Writer::new()
        .nest("InternetGateway", exclusion(of.and_then(|all| all.internet_gateway())))
        .nest("EgressOnlyInternetGateway", exclusion(of.and_then(|all| all.egress_only_internet_gateway())))
        .nest("NatGateway", exclusion(of.and_then(|all| all.nat_gateway())))
        .nest("VirtualPrivateGateway", exclusion(of.and_then(|all| all.virtual_private_gateway())))
        .nest("VpcPeering", exclusion(of.and_then(|all| all.vpc_peering())))
        .nest("Lambda", exclusion(of.and_then(|all| all.lambda())))
        .nest("VpcLattice", exclusion(of.and_then(|all| all.vpc_lattice())))
        .nest("ElasticFileSystem", exclusion(of.and_then(|all| all.elastic_file_system())));
    Writer::new()
        .put("VpcId", found.vpc_id())
        .put("VpcEncryptionControlId", found.vpc_encryption_control_id())
        .put("Mode", found.mode().map(VpcEncryptionControlMode::as_str))
        .put("State", found.state().map(VpcEncryptionControlState::as_str))
        .put("StateMessage", found.state_message())
        .nest("ResourceExclusions", exclusions)
}
