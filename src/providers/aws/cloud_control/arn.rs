//! ARNs that follow from a resource's name: not every handler behind Cloud Control reports them.
//!
//! The forms are those of the "Resource types" tables in AWS's Service Authorization Reference.

use crate::model::{Json, Live, Region};
use crate::providers::at;

/// Type, attribute, and what stands after `arn:aws:`; `{Name}` is a property, `{region}` and `{account}` where it is.
const FORMS: [(&str, &str, &str); 12] = [
    ("AWS::DynamoDB::Table", "Arn", "dynamodb:{region}:{account}:table/{TableName}"),
    ("AWS::ECR::Repository", "Arn", "ecr:{region}:{account}:repository/{RepositoryName}"),
    ("AWS::Events::EventBus", "Arn", "events:{region}:{account}:event-bus/{Name}"),
    ("AWS::KMS::Key", "Arn", "kms:{region}:{account}:key/{KeyId}"),
    ("AWS::Kinesis::Stream", "Arn", "kinesis:{region}:{account}:stream/{Name}"),
    (
        "AWS::KinesisFirehose::DeliveryStream",
        "Arn",
        "firehose:{region}:{account}:deliverystream/{DeliveryStreamName}",
    ),
    ("AWS::Lambda::Function", "Arn", "lambda:{region}:{account}:function:{FunctionName}"),
    ("AWS::Logs::LogGroup", "Arn", "logs:{region}:{account}:log-group:{LogGroupName}:*"),
    ("AWS::MediaConvert::Queue", "Arn", "mediaconvert:{region}:{account}:queues/{Name}"),
    ("AWS::OpenSearchService::Domain", "Arn", "es:{region}:{account}:domain/{DomainName}"),
    ("AWS::SQS::Queue", "Arn", "sqs:{region}:{account}:{QueueName}"),
    ("AWS::WAFv2::WebACL", "Arn", "wafv2:{region}:{account}:{level}/webacl/{Name}/{Id}"),
];

/// Fills in the ARN of a resource whose handler left it out.
pub(super) fn complete(live: &mut Live, account: Option<&str>) {
    let form = FORMS.iter().find(|(of, ..)| *of == live.resource_type.as_str());
    let Some((_, attribute, form)) = form else { return };
    if live.properties.get(*attribute).is_some_and(|known| !known.is_null()) {
        return;
    }
    if let Some(arn) = account.and_then(|account| arn(form, live, account)) {
        live.properties.insert((*attribute).to_owned(), Json::from(arn));
    }
}

fn arn(form: &str, live: &Live, account: &str) -> Option<String> {
    let Live { scope, properties, identifier, .. } = live;
    // A handler that leaves a part out means the identifier, if that has one part alone.
    let whole = Some(identifier.as_str()).filter(|identifier| !identifier.contains('|'));
    let part = |name| at(properties, name).and_then(Json::as_str);
    let region = scope.region().map_or("us-east-1", Region::as_str);
    let mut text = format!("arn:{}:", partition(region));
    let mut rest = form;
    while let Some((before, after)) = rest.split_once('{') {
        let (name, after) = after.split_once('}')?;
        text.push_str(before);
        text.push_str(match name {
            "region" => region,
            "account" => account,
            "level" if part("Scope")? == "CLOUDFRONT" => "global",
            "level" => "regional",
            property => part(property).or(whole)?,
        });
        rest = after;
    }
    text.push_str(rest);
    Some(text)
}

fn partition(region: &str) -> &'static str {
    match region.split('-').next() {
        Some("cn") => "aws-cn",
        _ if region.starts_with("us-gov-") => "aws-us-gov",
        _ => "aws",
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;
    use crate::model::{Identifier, Ownership, Scope, Status};

    fn completed(resource_type: &str, region: &str, identifier: &str, properties: &Json) -> Option<String> {
        let mut live = Live {
            resource_type: resource_type.into(),
            scope: Scope::Region(Region::new(region)),
            identifier: Identifier::new(identifier),
            properties: properties.as_object().unwrap().clone(),
            tags: std::collections::BTreeMap::new(),
            ownership: Ownership::Foreign,
            status: Status::Ready,
        };
        complete(&mut live, Some("111122223333"));
        Some(live.properties.get("Arn")?.as_str()?.to_owned())
    }

    #[test]
    fn an_arn_follows_from_the_name() {
        let key = completed("AWS::KMS::Key", "eu-west-1", "1a", &json!({"KeyId": "1a"}));
        assert_eq!(key.as_deref(), Some("arn:aws:kms:eu-west-1:111122223333:key/1a"));
        let list = json!({"Name": "edge", "Id": "9", "Scope": "CLOUDFRONT"});
        let list = completed("AWS::WAFv2::WebACL", "us-east-1", "edge|9|CLOUDFRONT", &list);
        assert_eq!(list.as_deref(), Some("arn:aws:wafv2:us-east-1:111122223333:global/webacl/edge/9"));
        let group = completed("AWS::Logs::LogGroup", "cn-north-1", "/a", &json!({}));
        assert_eq!(group.as_deref(), Some("arn:aws-cn:logs:cn-north-1:111122223333:log-group:/a:*"));
    }

    #[test]
    fn what_is_reported_or_can_not_be_told_stays() {
        assert_eq!(completed("AWS::KMS::Key", "eu-west-1", "1a", &json!({"Arn": "x"})).as_deref(), Some("x"));
        let list = json!({"Name": "edge", "Scope": "REGIONAL"});
        assert_eq!(completed("AWS::WAFv2::WebACL", "eu-west-1", "edge||REGIONAL", &list), None);
        assert_eq!(completed("AWS::SNS::Topic", "eu-west-1", "a", &json!({})), None);
    }
}
