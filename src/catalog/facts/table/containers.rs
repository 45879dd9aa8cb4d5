//! Containers and functions.

use super::super::{Facts, NameRule};
use super::{NEW, named, takes};

/// Sorted by service; within one, what others need comes first.
pub(super) const TYPES: &[(&str, Facts)] = &[
    (
        "AWS::EKS::Cluster",
        Facts {
            name: Some(NameRule::any("Name", 100)),
            create_seconds: 600,
            // A minor version; most settings take less.
            update_seconds: 900,
            // The objects in it, and what they hold, go with it.
            holds_data: true,
            sets: &[
                "ResourcesVpcConfig.SubnetIds",
                "ResourcesVpcConfig.SecurityGroupIds",
                "ResourcesVpcConfig.PublicAccessCidrs",
            ],
            ..NEW
        },
    ),
    (
        "AWS::EKS::Nodegroup",
        Facts {
            name: Some(NameRule::any("NodegroupName", 63)),
            create_seconds: 180,
            // The nodes of three zones, one after the other; a pod may take 15 minutes to leave its own.
            update_seconds: 1200,
            // Another version of the template can be rolled out, another template can't (`LaunchTemplateSpecification`).
            create_only: &["LaunchTemplate.Id", "LaunchTemplate.Name"],
            sets: &["Subnets", "Taints"],
            ..NEW
        },
    ),
    (
        "AWS::EKS::FargateProfile",
        Facts {
            name: Some(NameRule::any("FargateProfileName", 63)),
            sets: &["Selectors", "Selectors.*.Labels", "Subnets"],
            ..takes(120)
        },
    ),
    ("AWS::EKS::Addon", Facts { create_first: false, exclusive: &["ClusterName", "AddonName"], ..takes(90) }),
    // One entry a principal and cluster, and its Type can't be changed in place.
    (
        "AWS::EKS::AccessEntry",
        Facts { create_first: false, exclusive: &["ClusterName", "PrincipalArn"], ..NEW },
    ),
    (
        "AWS::EKS::PodIdentityAssociation",
        Facts { natural_key: true, exclusive: &["ClusterName", "Namespace", "ServiceAccount"], ..NEW },
    ),
    ("AWS::EKS::IdentityProviderConfig", Facts { create_first: false, ..takes(600) }),
    ("AWS::ECS::Cluster", Facts { name: Some(NameRule::any("ClusterName", 255)), ..takes(10) }),
    ("AWS::ECS::Service", Facts { name: Some(NameRule::any("ServiceName", 255)), ..takes(120) }),
    ("AWS::ECS::TaskDefinition", named(NameRule::any("Family", 255))),
    (
        "AWS::Lambda::Function",
        Facts {
            name: Some(NameRule::any("FunctionName", 64)),
            sets: &["VpcConfig.SubnetIds", "VpcConfig.SecurityGroupIds"],
            ..takes(10)
        },
    ),
    ("AWS::Lambda::Version", Facts { create_seconds: 10, ..NEW }),
    ("AWS::Lambda::Alias", NEW),
    ("AWS::Lambda::Permission", NEW),
    ("AWS::Lambda::EventSourceMapping", takes(20)),
    (
        "AWS::StepFunctions::StateMachine",
        Facts { volatile: &["StateMachineRevisionId"], ..named(NameRule::any("StateMachineName", 80)) },
    ),
    (
        "AWS::Batch::ComputeEnvironment",
        Facts { name: Some(NameRule::any("ComputeEnvironmentName", 128)), ..takes(60) },
    ),
];
