//! From a resource's ARN to the identifier by which Cloud Control knows it.
//!
//! AWS publishes no rule. For most types the identifier is the ARN itself or a part of it; the few that are
//! put together otherwise stand in a table.

use crate::catalog::TypeSchema;
use crate::model::{Identifier, JsonMap};
use crate::providers::at;

use super::super::arn::Arn;

/// Identifiers that an ARN may stand for, the likeliest first; reading one tells whether it is right.
pub fn candidates(
    resource_type: &str,
    parts: &[&str],
    text: &str,
    known: Option<&JsonMap>,
) -> Vec<Identifier> {
    let Some(arn) = Arn::parse(text) else { return vec![Identifier::new(text)] };
    let mut found: Vec<String> = Vec::new();
    found.extend(special(resource_type, arn));
    match parts {
        [part] if is_arn(part) => found.push(text.to_owned()),
        [_] => found.extend([arn.name().to_owned(), arn.last().to_owned(), text.to_owned()]),
        _ => found.extend(joined(parts, arn, text, known)),
    }
    let mut unique: Vec<Identifier> = Vec::new();
    for identifier in found.into_iter().map(Identifier::new) {
        if !unique.contains(&identifier) {
            unique.push(identifier);
        }
    }
    unique
}

fn is_arn(part: &str) -> bool {
    part.to_ascii_lowercase().ends_with("arn")
}

/// Types whose identifier is put together in a way of its own.
fn special(resource_type: &str, arn: Arn<'_>) -> Option<String> {
    match resource_type {
        "AWS::SQS::Queue" => {
            let suffix = if arn.partition == "aws-cn" { "amazonaws.com.cn" } else { "amazonaws.com" };
            Some(format!("https://sqs.{}.{suffix}/{}/{}", arn.region, arn.account, arn.resource))
        }
        // arn:aws:logs:<region>:<account>:log-group:<name>, with `:*` from some APIs.
        "AWS::Logs::LogGroup" => Some(arn.name().trim_end_matches(":*").to_owned()),
        // Parameters below the root keep their first slash in the name but lose it in the ARN.
        "AWS::SSM::Parameter" if arn.name().contains('/') => Some(format!("/{}", arn.name())),
        "AWS::WAFv2::WebACL"
        | "AWS::WAFv2::IPSet"
        | "AWS::WAFv2::RuleGroup"
        | "AWS::WAFv2::RegexPatternSet" => match arn.parts()[..] {
            [scope, _, name, id] => {
                let scope = if scope == "global" { "CLOUDFRONT" } else { "REGIONAL" };
                Some(format!("{name}|{id}|{scope}"))
            }
            _ => None,
        },
        "AWS::ECS::Service" => match arn.parts()[..] {
            [_, cluster, _] => Some(format!(
                "arn:{0}:ecs:{1}:{2}:{3}|{cluster}",
                arn.partition, arn.region, arn.account, arn.resource
            )),
            _ => None,
        },
        _ => None,
    }
}

/// An identifier of several parts: what the blueprint knows, the ARN for a part of that name, the rest from
/// the ARN's own parts in order (`/restapis/a1/stages/live` is `a1|live`).
fn joined(parts: &[&str], arn: Arn<'_>, text: &str, known: Option<&JsonMap>) -> Option<String> {
    let values: Vec<&str> = arn.parts().into_iter().filter(|part| !part.is_empty()).collect();
    // Kinds and values alternate; what ends the ARN is a value.
    let mut from_arn = values.iter().rev().step_by(2).take(parts.len()).rev();
    let mut out = Vec::with_capacity(parts.len());
    for part in parts {
        let in_arn = from_arn.next().copied();
        let written = known.and_then(|properties| at(properties, part)).and_then(|value| value.as_str());
        out.push(written.or_else(|| is_arn(part).then_some(text)).or(in_arn)?);
    }
    Some(out.join("|"))
}

/// Writes the parts of the identifier where the properties lack them: a resource always knows its own
/// identifier.
pub fn complete(schema: &TypeSchema, identifier: &Identifier, properties: &mut JsonMap) {
    fill(&schema.primary_identifier(), identifier, properties);
}

fn fill(parts: &[&str], identifier: &Identifier, properties: &mut JsonMap) {
    let values: Vec<&str> =
        if parts.len() == 1 { vec![identifier.as_str()] } else { identifier.as_str().split('|').collect() };
    if values.len() != parts.len() {
        return;
    }
    for (part, value) in parts.iter().zip(values) {
        if !part.contains('.') && !properties.contains_key(*part) {
            properties.insert((*part).to_owned(), value.into());
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn first(resource_type: &str, parts: &[&str], arn: &str) -> String {
        candidates(resource_type, parts, arn, None)[0].to_string()
    }

    #[test]
    fn an_arn_becomes_the_identifier_of_its_type() {
        let account = "eu-west-1:123456789012";
        for (resource_type, parts, arn, identifier) in [
            (
                "AWS::SNS::Topic",
                &["TopicArn"][..],
                format!("arn:aws:sns:{account}:events"),
                format!("arn:aws:sns:{account}:events"),
            ),
            (
                "AWS::DynamoDB::Table",
                &["TableName"],
                format!("arn:aws:dynamodb:{account}:table/orders"),
                "orders".into(),
            ),
            (
                "AWS::Lambda::Function",
                &["FunctionName"],
                format!("arn:aws:lambda:{account}:function:resize"),
                "resize".into(),
            ),
            ("AWS::KMS::Key", &["KeyId"], format!("arn:aws:kms:{account}:key/1a-2b"), "1a-2b".into()),
            (
                "AWS::Logs::LogGroup",
                &["LogGroupName"],
                format!("arn:aws:logs:{account}:log-group:/web/access:*"),
                "/web/access".into(),
            ),
            (
                "AWS::SQS::Queue",
                &["QueueUrl"],
                format!("arn:aws:sqs:{account}:jobs"),
                "https://sqs.eu-west-1.amazonaws.com/123456789012/jobs".into(),
            ),
            (
                "AWS::WAFv2::WebACL",
                &["Name", "Id", "Scope"],
                format!("arn:aws:wafv2:{account}:regional/webacl/web/a1"),
                "web|a1|REGIONAL".into(),
            ),
            (
                "AWS::ApiGateway::Stage",
                &["RestApiId", "StageName"],
                "arn:aws:apigateway:eu-west-1::/restapis/a1/stages/live".into(),
                "a1|live".into(),
            ),
        ] {
            assert_eq!(first(resource_type, parts, &arn), identifier);
        }
    }

    #[test]
    fn what_the_blueprint_knows_goes_before_what_the_arn_says() {
        let known = json!({"Cluster": "web"});
        let found = candidates(
            "AWS::X::Y",
            &["Cluster", "ServiceArn"],
            "arn:aws:x:eu-west-1:1:y/z",
            known.as_object(),
        );
        assert_eq!(found, [Identifier::new("web|arn:aws:x:eu-west-1:1:y/z")]);
    }

    #[test]
    fn a_resource_knows_its_own_identifier() {
        let mut properties = json!({"Scope": "REGIONAL"}).as_object().cloned().unwrap();
        fill(&["Name", "Id", "Scope"], &Identifier::new("web|a1|REGIONAL"), &mut properties);
        assert_eq!(json!(properties), json!({"Scope": "REGIONAL", "Name": "web", "Id": "a1"}));
    }
}
