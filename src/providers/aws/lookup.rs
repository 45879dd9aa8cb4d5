//! `lookup:` reads one resource that the stack does not own.

use aws_sdk_ssm::Client;

use super::{Aws, Writer, failed};
use crate::model::{Identifier, Json, JsonMap, Live, Lookup, Ownership, Status};
use crate::providers::{ErrorKind, ProviderError, Result};

/// The one resource that fits, or an error that says what was found.
pub fn only(lookup: &Lookup, by: &JsonMap, found: Vec<Live>) -> Result<Live> {
    let mut fitting: Vec<Live> = found.into_iter().filter(|live| fits(&live.properties, by)).collect();
    let ids = fitting.iter().map(|live| live.identifier.to_string()).collect::<Vec<_>>().join(", ");
    match (fitting.pop(), fitting.len()) {
        (Some(live), 0) => Ok(live),
        (None, _) => Err(error(
            lookup,
            ErrorKind::NotFound,
            format!("no {} in {} has {}", lookup.resource_type, lookup.scope, Json::Object(by.clone())),
        )),
        (Some(_), others) => Err(error(
            lookup,
            ErrorKind::Invalid,
            format!(
                "{} resources of type {} in {} have {}: {ids}; add a property that only one of them has",
                others + 1,
                lookup.resource_type,
                lookup.scope,
                Json::Object(by.clone())
            ),
        )),
    }
}

fn error(lookup: &Lookup, kind: ErrorKind, message: String) -> ProviderError {
    ProviderError::new(kind, format!("lookup {}", lookup.address), message)
}

/// Whether the properties hold all that `by` names; nested objects by their parts.
fn fits(properties: &JsonMap, by: &JsonMap) -> bool {
    by.iter().all(|(name, wanted)| match (properties.get(name), wanted) {
        (Some(Json::Object(inner)), Json::Object(wanted)) => fits(inner, wanted),
        (Some(value), wanted) => value == wanted || is_same_text(value, wanted),
        (None, _) => false,
    })
}

/// `"true"` and `true`, `"80"` and `80`.
fn is_same_text(a: &Json, b: &Json) -> bool {
    let text = |value: &Json| value.as_str().map_or_else(|| value.to_string(), str::to_owned);
    text(a) == text(b)
}

/// An SSM parameter with its value, those that AWS publishes (`/aws/service/...`) included.
pub async fn parameter(aws: &Aws, lookup: &Lookup, by: &JsonMap) -> Result<Live> {
    let Some(name) = by.get("Name").and_then(Json::as_str) else {
        return Err(error(lookup, ErrorKind::Invalid, "a parameter is looked up by its `Name`".to_owned()));
    };
    let answer = aws
        .client(&lookup.scope, Client::new)
        .get_parameter()
        .name(name)
        .send()
        .await
        .map_err(failed("ssm:GetParameter"));
    let found = match answer {
        Err(error) if error.kind == ErrorKind::NotFound => return only(lookup, by, Vec::new()),
        answer => answer?.parameter.unwrap_or_else(|| aws_sdk_ssm::types::Parameter::builder().build()),
    };
    let kind = found.r#type().map(aws_sdk_ssm::types::ParameterType::as_str);
    if kind == Some("SecureString") {
        let message = format!("`{name}` is a SecureString; use a `secret://` reference for secrets");
        return Err(error(lookup, ErrorKind::Invalid, message));
    }
    Ok(Live {
        resource_type: lookup.resource_type.clone(),
        scope: lookup.scope.clone(),
        identifier: Identifier::new(name),
        properties: Writer::new()
            .set("Name", name)
            .put("Type", kind)
            .put("Value", found.value())
            .put("DataType", found.data_type())
            .build(),
        tags: super::tags::Tags::new(),
        ownership: Ownership::Foreign,
        status: Status::Ready,
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::{Address, Map, Origin, Scope};
    use serde_json::json;

    fn lookup() -> Lookup {
        Lookup {
            address: Address::new("global", "zone", None),
            resource_type: "AWS::Route53::HostedZone".into(),
            scope: Scope::Global,
            by: Map::new(),
            origin: Origin::default(),
        }
    }

    fn live(id: &str, properties: Json) -> Live {
        let Json::Object(properties) = properties else { panic!("an object") };
        Live {
            resource_type: "AWS::Route53::HostedZone".into(),
            scope: Scope::Global,
            identifier: Identifier::new(id),
            properties,
            tags: super::super::tags::Tags::new(),
            ownership: Ownership::Foreign,
            status: Status::Ready,
        }
    }

    #[test]
    fn exactly_one_must_fit() {
        let by = json!({"Name": "a.com", "Config": {"Private": false}}).as_object().cloned().unwrap();
        let fits = |id| live(id, json!({"Name": "a.com", "Config": {"Private": "false", "X": 1}}));
        let other = live("Z9", json!({"Name": "b.com", "Config": {"Private": false}}));
        assert_eq!(only(&lookup(), &by, vec![fits("Z1"), other.clone()]).unwrap().identifier.as_str(), "Z1");
        insta::assert_snapshot!(only(&lookup(), &by, vec![other]).unwrap_err(), @r#"lookup global/zone: NotFound: no AWS::Route53::HostedZone in global has {"Name":"a.com","Config":{"Private":false}}"#);
        insta::assert_snapshot!(only(&lookup(), &by, vec![fits("Z1"), fits("Z2")]).unwrap_err(), @r#"lookup global/zone: InvalidRequest: 2 resources of type AWS::Route53::HostedZone in global have {"Name":"a.com","Config":{"Private":false}}: Z1, Z2; add a property that only one of them has"#);
    }
}
