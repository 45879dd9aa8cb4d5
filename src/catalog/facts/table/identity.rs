//! Identities, accounts, keys and secrets.

use super::super::{Facts, NameRule};
use super::{GLOBAL, NEW, store, takes};

/// Sorted by service; within one, what others need comes first.
pub(super) const TYPES: &[(&str, Facts)] = &[
    (
        "AWS::IAM::Role",
        Facts {
            name: Some(NameRule::any("RoleName", 64)),
            create_seconds: 10,
            sets: &["ManagedPolicyArns", "Policies"],
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
            ..GLOBAL
        },
    ),
    ("AWS::IAM::UserPolicy", GLOBAL),
    (
        "AWS::IAM::Group",
        Facts {
            name: Some(NameRule::any("GroupName", 128)),
            sets: &["ManagedPolicyArns", "Policies"],
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
