//! Between a resource's properties plus tags, as the engine has them, and Cloud Control's one document.

use serde_json::json;

use super::super::tags::{self, Tags};
use super::identity;
use crate::catalog::TypeSchema;
use crate::model::{Identifier, Json, JsonMap, ResourceType, TAG_TYPE};
use crate::providers::{Delta, ErrorKind, ProviderError, Result};

/// The document that a create sends.
pub fn document(
    schema: &TypeSchema,
    resource_type: &ResourceType,
    properties: &JsonMap,
    tags: &Tags,
) -> JsonMap {
    let mut document = properties.clone();
    if let Some(property) = tag_property(schema) {
        document.insert(property.to_owned(), tag_value(schema, &with_type(tags.clone(), resource_type)));
    }
    document
}

/// The tags that a resource has after an update: those of others stay.
pub fn tags_after(live: &Tags, delta: &Delta, resource_type: &ResourceType) -> Tags {
    let mut tags = live.clone();
    tags.retain(|key, _| !delta.tags_removed.contains(key));
    tags.extend(delta.tags_set.clone());
    with_type(tags, resource_type)
}

fn with_type(mut tags: Tags, resource_type: &ResourceType) -> Tags {
    tags.insert(TAG_TYPE.to_owned(), resource_type.to_string());
    tags
}

/// The property that holds the tags, where the type has any.
pub fn tag_property(schema: &TypeSchema) -> Option<&str> {
    schema.tag_property().filter(|_| schema.is_taggable())
}

/// Tags in the form that the type's schema wants.
pub fn tag_value(schema: &TypeSchema, tags: &Tags) -> Json {
    written(tags, schema.tags_are_map())
}

fn written(tags: &Tags, map: bool) -> Json {
    if map {
        json!(tags)
    } else {
        tags.iter().map(|(key, value)| json!({"Key": key, "Value": value})).collect()
    }
}

/// Takes Cloud Control's document apart.
pub fn parse(schema: &TypeSchema, identifier: &Identifier, text: &str) -> Result<(JsonMap, Tags)> {
    let mut properties: JsonMap = serde_json::from_str(text).map_err(|error| {
        ProviderError::new(
            ErrorKind::Transient,
            "cloudcontrol:GetResource",
            format!("the properties of {identifier} are no JSON object: {error}"),
        )
    })?;
    let tags = tag_property(schema).and_then(|property| properties.remove(property));
    properties.retain(|_, value| !value.is_null());
    identity::complete(schema, identifier, &mut properties);
    Ok((properties, tags.as_ref().map(read).unwrap_or_default()))
}

/// Reads tags in any of the forms that AWS's types have.
fn read(tags: &Json) -> Tags {
    match tags {
        Json::Object(map) => {
            tags::collect(map.iter().map(|(key, value)| (Some(key.as_str()), value.as_str())))
        }
        Json::Array(items) => tags::collect(items.iter().map(|item| {
            let text =
                |names: [&str; 3]| names.iter().find_map(|name| item.get(*name)).and_then(Json::as_str);
            (text(["Key", "key", "TagKey"]), text(["Value", "value", "TagValue"]))
        })),
        _ => Tags::new(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn tags_survive_both_forms() {
        let tags = Tags::from([("team".to_owned(), "web".to_owned()), ("tier".to_owned(), "a".to_owned())]);
        for map in [true, false] {
            assert_eq!(read(&written(&tags, map)), tags);
        }
    }

    #[test]
    fn the_type_is_written_and_the_tags_of_others_stay() {
        let live = Tags::from([("theirs".to_owned(), "1".to_owned()), ("old".to_owned(), "1".to_owned())]);
        let delta = Delta { tags_removed: vec!["old".to_owned()], ..Delta::default() };
        let after = tags_after(&live, &delta, &"AWS::SQS::Queue".into());
        assert_eq!(after.keys().map(String::as_str).collect::<Vec<_>>(), [TAG_TYPE, "theirs"]);
    }
}
