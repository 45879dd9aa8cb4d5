//! What there is to say of a type as a whole, a line each.

use super::text::duration;
use crate::catalog::{Catalog, TypeSchema};
use crate::model::ResourceType;

/// The facts that fit a line each.
pub(super) fn headlines(catalog: &Catalog, schema: &TypeSchema, native: bool) -> Vec<(&'static str, String)> {
    let facts = schema.facts();
    if let Some(namespaced) = schema.namespaced() {
        return object_headlines(catalog, schema, namespaced);
    }
    let handler = match (native, schema.has_handler("create")) {
        (true, _) => "native".to_owned(),
        (false, true) => "Cloud Control".to_owned(),
        (false, false) => "none: AWS's Cloud Control API does not know the type".to_owned(),
    };
    let mut lines = vec![
        ("scope", if facts.global { "global" } else { "one region" }.to_owned()),
        ("handler", handler),
        ("create", format!("about {}", duration(facts.create_seconds))),
        ("identifier", schema.primary_identifier().join(" | ")),
        (
            "replacement",
            if facts.create_first { "the new one first" } else { "the old one goes first" }.to_owned(),
        ),
    ];
    if let Some(rule) = facts.name {
        let case = if rule.lower { ", lower case" } else { "" };
        let suffix =
            rule.suffix.map(|(flag, end)| format!(", ends in {end} with {flag}")).unwrap_or_default();
        lines.push((
            "name",
            format!(
                "{}, made up where not written: up to {} characters{case}{suffix}",
                rule.property, rule.max
            ),
        ));
    }
    let tags = match (schema.is_taggable(), schema.tag_property()) {
        (true, Some(property)) => property.to_owned(),
        (true, None) => "yes, but not as a property".to_owned(),
        (false, _) => "none".to_owned(),
    };
    lines.push(("tags", tags));
    if facts.holds_data {
        lines.push(("data", "deleting it destroys what it holds: needs --allow-destroy".to_owned()));
    }
    if let Some((status, date)) = schema.end_of_life() {
        lines.push(("end of life", format!("{status} {}", date.unwrap_or_default()).trim().to_owned()));
    }
    let lacking = catalog.regions().iter().filter(|r| catalog.is_in_region(schema.name(), r) == Some(false));
    let lacking: Vec<&str> = lacking.map(String::as_str).collect();
    if !lacking.is_empty() {
        lines.push(("not in", lacking.join(" ")));
    }
    lines
}

/// What there is to say of a kind of Kubernetes objects.
fn object_headlines(catalog: &Catalog, schema: &TypeSchema, namespaced: bool) -> Vec<(&'static str, String)> {
    let facts = schema.facts();
    let mut lines = vec![
        ("scope", if namespaced { "a namespace of a cluster" } else { "a cluster" }.to_owned()),
        ("handler", "server-side apply".to_owned()),
        ("create", format!("about {}", duration(facts.create_seconds))),
        ("identifier", schema.primary_identifier().join(" | ")),
        ("replacement", "the old one goes first; of another name, the new one first".to_owned()),
    ];
    let name = ResourceType::new(schema.name());
    let kind = name.object().map_or("", |object| object.kind);
    let others: Vec<&str> =
        catalog.kinds_named(kind).into_iter().filter(|other| **other != **schema.name()).collect();
    if !others.is_empty() {
        lines.push(("see also", others.join(" ")));
    }
    if facts.holds_data {
        lines.push(("data", "deleting it destroys what it holds: needs --allow-destroy".to_owned()));
    }
    lines
}
