//! Identities, accounts, keys and secrets.

use super::super::{Facts, Mutual, NameRule};
use super::{GLOBAL, NEW, store, takes};

/// The managed policies of a role, user or group, which the policies' own list (`Roles`) names by `name`.
const fn policies_of(list: &'static str, name: &'static str) -> Mutual {
    Mutual {
        property: "ManagedPolicyArns",
        other: "AWS::IAM::ManagedPolicy",
        names: "PolicyArn",
        others_property: list,
        named_by: name,
    }
}

/// The inline policies of a role, user or group that stand alone as resources of type `other`.
const fn inline(other: &'static str, name: &'static str) -> Mutual {
    Mutual { property: "Policies", other, names: "PolicyName", others_property: name, named_by: name }
}

/// Whom a managed policy is attached to: `list` of holders of one type, by `name`.
const fn holders(list: &'static str, other: &'static str, name: &'static str) -> Mutual {
    Mutual { property: list, other, names: name, others_property: "ManagedPolicyArns", named_by: "PolicyArn" }
}

/// Sorted by service; within one, what others need comes first.
pub(super) const TYPES: &[(&str, Facts)] = &[
    (
        "AWS::IAM::Role",
        Facts {
            name: Some(NameRule::any("RoleName", 64)),
            create_seconds: 10,
            sets: &["ManagedPolicyArns", "Policies"],
            mutual: &[policies_of("Roles", "RoleName"), inline("AWS::IAM::RolePolicy", "RoleName")],
            ..GLOBAL
        },
    ),
    (
        "AWS::IAM::InstanceProfile",
        Facts {
            name: Some(NameRule::any("InstanceProfileName", 128)),
            create_seconds: 10,
            // CreateInstanceProfile takes tags.
            taggable: true,
            ..GLOBAL
        },
    ),
    (
        "AWS::IAM::ManagedPolicy",
        Facts {
            name: Some(NameRule::any("ManagedPolicyName", 128)),
            volatile: &["DefaultVersionId", "UpdateDate", "AttachmentCount", "PermissionsBoundaryUsageCount"],
            // CreatePolicy takes tags.
            taggable: true,
            sets: &["Roles", "Users", "Groups"],
            mutual: &[
                holders("Roles", "AWS::IAM::Role", "RoleName"),
                holders("Users", "AWS::IAM::User", "UserName"),
                holders("Groups", "AWS::IAM::Group", "GroupName"),
            ],
            ..GLOBAL
        },
    ),
    ("AWS::IAM::Policy", Facts { sets: &["Roles", "Users", "Groups"], ..GLOBAL }),
    ("AWS::IAM::RolePolicy", GLOBAL),
    (
        "AWS::IAM::User",
        Facts {
            name: Some(NameRule::any("UserName", 64)),
            sets: &["ManagedPolicyArns", "Groups", "Policies"],
            mutual: &[policies_of("Users", "UserName"), inline("AWS::IAM::UserPolicy", "UserName")],
            ..GLOBAL
        },
    ),
    ("AWS::IAM::UserPolicy", GLOBAL),
    (
        "AWS::IAM::Group",
        Facts {
            name: Some(NameRule::any("GroupName", 128)),
            sets: &["ManagedPolicyArns", "Policies"],
            mutual: &[policies_of("Groups", "GroupName"), inline("AWS::IAM::GroupPolicy", "GroupName")],
            ..GLOBAL
        },
    ),
    ("AWS::IAM::GroupPolicy", GLOBAL),
    (
        "AWS::IAM::OIDCProvider",
        Facts {
            // An account has one for each issuer.
            natural_key: true,
            exclusive: &["Url"],
            sets: &["ClientIdList", "ThumbprintList"],
            ..GLOBAL
        },
    ),
    ("AWS::IAM::SAMLProvider", GLOBAL),
    (
        "AWS::IAM::ServerCertificate",
        Facts { name: Some(NameRule::any("ServerCertificateName", 128)), ..GLOBAL },
    ),
    ("AWS::IAM::ServiceLinkedRole", Facts { create_first: false, ..GLOBAL }),
    ("AWS::IAM::VirtualMFADevice", GLOBAL),
    ("AWS::Organizations::Account", Facts { create_seconds: 60, holds_data: true, ..GLOBAL }),
    ("AWS::Organizations::Organization", Facts { create_first: false, ..GLOBAL }),
    ("AWS::Organizations::OrganizationalUnit", GLOBAL),
    ("AWS::Organizations::Policy", GLOBAL),
    ("AWS::Budgets::Budget", Facts { name: Some(NameRule::any("Budget.BudgetName", 100)), ..GLOBAL }),
    ("AWS::CE::AnomalyMonitor", GLOBAL),
    ("AWS::CE::AnomalySubscription", GLOBAL),
    // The key is scheduled for deletion, and with it everything it encrypts.
    ("AWS::KMS::Key", Facts { holds_data: true, ..takes(10) }),
    ("AWS::KMS::Alias", NEW),
    ("AWS::SecretsManager::Secret", store(NameRule::any("Name", 512), 5)),
    ("AWS::SSM::Parameter", store(NameRule::any("Name", 1011), 5)),
    ("AWS::Cognito::UserPool", Facts { holds_data: true, ..NEW }),
];
