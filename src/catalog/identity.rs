//! The primary identifier computed from properties: how a resource without tags is found again.

use crate::model::{Identifier, Json, JsonMap};

/// The parts of `primary` joined by `|`, the form of the Cloud Control API; `None` while one is missing.
///
/// Some types identify themselves by what a blueprint says in other words: see [`derived`].
pub(super) fn identifier<'a>(
    resource_type: &str,
    primary: impl Iterator<Item = &'a str>,
    properties: &JsonMap,
) -> Option<Identifier> {
    let mut parts = Vec::new();
    for path in primary {
        match derived(resource_type, path, properties).or_else(|| text(properties, path)) {
            Some(part) => parts.push(part),
            None if is_optional(resource_type, path) => {}
            None => return None,
        }
    }
    (!parts.is_empty()).then(|| Identifier::new(parts.join("|")))
}

/// Read-only parts of an identifier that follow from what a blueprint sets, the same on both sides.
fn derived(resource_type: &str, path: &str, properties: &JsonMap) -> Option<String> {
    match (resource_type, path) {
        // The route's destination, of whatever kind.
        ("AWS::EC2::Route", "CidrBlock") => {
            ["DestinationCidrBlock", "DestinationIpv6CidrBlock", "DestinationPrefixListId"]
                .iter()
                .find_map(|name| text(properties, name))
        }
        // The kind of gateway, in CloudFormation's words.
        ("AWS::EC2::VPCGatewayAttachment", "AttachmentType") => {
            [("InternetGatewayId", "IGW"), ("VpnGatewayId", "VGW")]
                .iter()
                .find_map(|(name, kind)| properties.contains_key(*name).then(|| (*kind).to_owned()))
        }
        // The ARN holds a number that AWS makes up; a name is unique in its group.
        ("AWS::AutoScaling::ScalingPolicy", "Arn") => {
            Some(format!("{}|{}", text(properties, "AutoScalingGroupName")?, text(properties, "PolicyName")?))
        }
        _ => None,
    }
}

/// Parts that only some resources of the type have: the set identifier of a weighted or latency record.
fn is_optional(resource_type: &str, path: &str) -> bool {
    matches!((resource_type, path), ("AWS::Route53::RecordSet", "SetIdentifier"))
}

fn text(properties: &JsonMap, path: &str) -> Option<String> {
    let mut names = path.split('.');
    let first = properties.get(names.next()?)?;
    match names.try_fold(first, |value, name| value.get(name))? {
        Json::String(text) if !text.is_empty() => Some(text.clone()),
        Json::Number(number) => Some(number.to_string()),
        _ => None,
    }
}
