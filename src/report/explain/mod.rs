//! `stackctl explain <TYPE[.path]>`: what the catalog knows of a type or of one of its properties, offline.

mod headlines;
mod page;
mod text;

use std::sync::Arc;

use thiserror::Error;

use crate::catalog::check::attribute_kind;
use crate::catalog::{Catalog, Property, TypeSchema, nearest};
use crate::model::ResourceType;

use headlines::headlines;
use page::{page, slug};
use text::{Columns, Sheet};

/// A type or path that does not exist.
#[derive(Clone, Debug, Error, PartialEq, Eq)]
pub enum ExplainError {
    /// No such type.
    #[error("{of} `{name}`{}", suggestion(nearest.as_deref()))]
    UnknownType {
        /// Who has none: `AWS has no resource type`.
        of: &'static str,
        /// As written.
        name: String,
        /// The type that is most likely meant.
        nearest: Option<String>,
    },
    /// No such property.
    #[error("`{parent}` has no property `{name}`{}", suggestion(nearest.as_deref()))]
    UnknownPath {
        /// The type, with the path as far as it exists.
        parent: String,
        /// The first part that does not exist.
        name: String,
        /// The one that is most likely meant.
        nearest: Option<String>,
    },
}

fn suggestion(nearest: Option<&str>) -> String {
    nearest.map(|name| format!(", did you mean `{name}`?")).unwrap_or_default()
}

/// Explains `AWS::EC2::Subnet` or `AWS::EC2::Subnet.CidrBlock`; list positions in a path may be left out.
///
/// `is_native` tells whether stackctl has a handler of its own for a type; all others go through Cloud Control.
///
/// # Errors
/// When there is no such type or path, with the nearest name.
pub fn explain(
    catalog: &Catalog,
    subject: &str,
    is_native: &dyn Fn(&str) -> bool,
) -> Result<String, ExplainError> {
    let (name, path) = parts(subject);
    let Some(schema) = find(catalog, name) else {
        return Err(unknown(catalog, name));
    };
    if path.is_empty() {
        return Ok(of_type(catalog, &schema, is_native(name)));
    }
    let path = resolve(&schema, path)?;
    Ok(of_path(&schema, &path))
}

/// The type and the path in it: a group's name has dots before its slash.
fn parts(subject: &str) -> (&str, &str) {
    let group = subject.rfind('/').map_or(0, |slash| slash + 1);
    match subject[group..].find('.') {
        Some(dot) => (&subject[..group + dot], &subject[group + dot + 1..]),
        None => (subject, ""),
    }
}

/// A type by its name, or a kind of Kubernetes by that alone: `Deployment`.
fn find(catalog: &Catalog, name: &str) -> Option<Arc<TypeSchema>> {
    let by_kind = || catalog.get(catalog.kinds_named(name).first()?);
    catalog.get(name).or_else(by_kind)
}

fn unknown(catalog: &Catalog, name: &str) -> ExplainError {
    let by_kind = || {
        let kinds = catalog.kinds().filter_map(|name| name.rsplit('/').next());
        nearest(name, kinds).map(str::to_owned)
    };
    let kubernetes = catalog.unknown_kind(&ResourceType::new(name)).and_then(|unknown| unknown.nearest);
    let nearest = kubernetes.or_else(|| catalog.nearest(name)).or_else(by_kind);
    let of = if name.contains('/') { "Kubernetes has no built-in kind" } else { "AWS has no resource type" };
    ExplainError::UnknownType { of, name: name.to_owned(), nearest }
}

/// The path in the schema's form: `Rules[0].Status` and `Rules.Status` are `Rules.*.Status`.
fn resolve(schema: &TypeSchema, path: &str) -> Result<String, ExplainError> {
    let mut known = String::new();
    let segments = path.split(['.', '[', ']']).filter(|segment| !segment.is_empty());
    for segment in segments {
        let is_position = segment == "*" || segment.bytes().all(|byte| byte.is_ascii_digit());
        let plain = join(&known, if is_position { "*" } else { segment });
        let in_list = join(&join(&known, "*"), segment);
        if schema.property(&plain).is_some() {
            known = plain;
        } else if schema.property(&in_list).is_some() {
            known = in_list;
        } else {
            let names = members(schema, &known);
            return Err(ExplainError::UnknownPath {
                parent: join(schema.name(), &known),
                name: segment.to_owned(),
                nearest: nearest(segment, names.iter().map(String::as_str)).map(str::to_owned),
            });
        }
    }
    Ok(known)
}

fn join(parent: &str, name: &str) -> String {
    if parent.is_empty() || name.is_empty() { format!("{parent}{name}") } else { format!("{parent}.{name}") }
}

/// The names below a path, or below the elements of the list there.
fn members(schema: &TypeSchema, path: &str) -> Vec<String> {
    let direct = schema.property_names(path);
    let names = if direct.is_empty() { schema.property_names(&join(path, "*")) } else { direct };
    names.into_iter().map(ToString::to_string).collect()
}

fn of_type(catalog: &Catalog, schema: &TypeSchema, native: bool) -> String {
    let mut sheet = Sheet::new(schema.name());
    for (label, value) in headlines(catalog, schema, native) {
        sheet.line(label, &value);
    }
    let attributes = schema.attributes();
    let names = members(schema, "");
    let settable: Vec<&String> = names.iter().filter(|name| !schema.is_read_only(name)).collect();
    sheet.section("Properties", &properties(schema, "", &settable));
    sheet.section("Attributes", &attributes_of(schema, &attributes));
    sheet.list("Rules", &rules(schema, ""));
    sheet.section("IAM actions", &actions(schema));
    sheet.footer(&page(schema.name()));
    sheet.finish()
}

fn of_path(schema: &TypeSchema, path: &str) -> String {
    let mut sheet = Sheet::new(&join(schema.name(), path));
    for (label, value) in details(schema, path) {
        sheet.line(label, &value);
    }
    let names = members(schema, path);
    let inner = if schema.property_names(path).is_empty() { join(path, "*") } else { path.to_owned() };
    sheet.section("Properties", &properties(schema, &inner, &names.iter().collect::<Vec<_>>()));
    sheet.list("Rules", &rules(schema, &inner));
    let anchor = path.split('.').next().unwrap_or(path);
    let page = page(schema.name());
    let place = format!("#cfn-{}-{}", slug(schema.name()), anchor.to_lowercase());
    sheet.footer(&if schema.is_kubernetes() { page } else { page + &place });
    sheet.finish()
}

/// All that is known of one property.
fn details(schema: &TypeSchema, path: &str) -> Vec<(&'static str, String)> {
    let mut lines = vec![("type", text::type_of(schema, path))];
    if schema.is_read_only(path) {
        let who = if schema.is_kubernetes() { "the cluster" } else { "AWS" };
        lines.push(("read-only", format!("{who} sets it; expressions may ask for it")));
    } else {
        lines.push(("required", if schema.is_required(path) { "yes" } else { "no" }.to_owned()));
        lines.push(("a change", text::update_of(schema, path).to_owned()));
    }
    let flags = [
        (schema.is_write_only(path), "read back", "never: AWS does not return it"),
        (schema.is_set(path), "order", "means nothing"),
        (schema.is_document(path), "content", "a JSON document, compared by meaning"),
        (schema.is_deprecated(path), "deprecated", "yes"),
    ];
    lines.extend(
        flags.into_iter().filter(|(is, _, _)| *is).map(|(_, label, value)| (label, value.to_owned())),
    );
    let kinds = text::kinds_of(schema, path);
    if !kinds.is_empty() {
        lines.push(("kind of id", kinds));
    }
    if let Some(default) = schema.default(path) {
        lines.push(("default", default.to_string()));
    }
    let described: Vec<&Property> = schema.described(path).collect();
    let formats = described.iter().filter_map(|property| property.format.as_deref());
    lines.extend(
        formats.filter(|format| !format.starts_with("AWS::")).map(|format| ("format", format.to_owned())),
    );
    let allowed = text::allowed(&described);
    if let Some(count) = text::regional_values(schema, path) {
        lines.push(("values", format!("{count}, not all of them in every region")));
    } else if !allowed.is_empty() {
        lines.push(("values", allowed.join(", ")));
    }
    lines.extend(
        described.iter().filter_map(|p| p.pattern.as_ref()).map(|pattern| ("pattern", pattern.to_string())),
    );
    lines.extend(described.iter().filter_map(|p| p.bounds.as_deref()).flat_map(text::limits));
    if schema.property_transform(path).is_some() {
        lines.push(("normalised", "AWS rewrites it to one form".to_owned()));
    }
    lines
}

/// One line a property: name, type, whether it is required, what a change does, and what it may be.
fn properties(schema: &TypeSchema, parent: &str, names: &[&String]) -> Columns {
    let mut columns = Columns::default();
    for name in names {
        let path = join(parent, name);
        let required = if schema.is_required(&path) { "required" } else { "" };
        let change = if schema.is_read_only(&path) { "read-only" } else { text::update_of(schema, &path) };
        columns.row([name, &text::type_of(schema, &path), required, change, &text::hint(schema, &path)]);
    }
    columns
}

fn attributes_of(schema: &TypeSchema, names: &[&str]) -> Columns {
    let mut columns = Columns::default();
    for name in names {
        let volatile = if schema.facts().volatile.contains(name) { "an update may change it" } else { "" };
        let kind = attribute_kind(schema, name);
        columns.row([name, &text::type_of(schema, name), kind.as_deref().unwrap_or_default(), volatile]);
    }
    columns
}

/// Properties that need or exclude each other, in words.
fn rules(schema: &TypeSchema, path: &str) -> Vec<String> {
    let mut lines: Vec<String> = schema
        .described(path)
        .filter_map(|property| property.rules.as_deref())
        .flat_map(text::rules)
        .collect();
    lines.sort_unstable();
    lines.dedup();
    lines
}

fn actions(schema: &TypeSchema) -> Columns {
    let mut columns = Columns::default();
    for handler in ["create", "read", "update", "delete", "list"] {
        let actions = schema.permissions(handler);
        if !actions.is_empty() {
            columns.row([handler, &actions.iter().map(AsRef::as_ref).collect::<Vec<_>>().join(" ")]);
        }
    }
    columns
}

#[cfg(test)]
mod tests {
    use super::*;

    fn explained(subject: &str) -> String {
        let native = |name: &str| name.starts_with("AWS::EC2::");
        explain(Catalog::embedded(), subject, &native).unwrap_or_else(|error| error.to_string())
    }

    #[test]
    fn a_type() {
        insta::assert_snapshot!(explained("AWS::EC2::Subnet"));
    }

    #[test]
    fn a_type_with_a_name_and_data() {
        insta::assert_snapshot!(explained("AWS::SQS::Queue"));
    }

    #[test]
    fn a_property() {
        insta::assert_snapshot!(explained("AWS::EC2::Subnet.CidrBlock"));
    }

    #[test]
    fn a_property_whose_values_differ_by_region() {
        insta::assert_snapshot!(explained("AWS::EC2::Instance.InstanceType"));
    }

    #[test]
    fn a_nested_property_with_list_positions_left_out() {
        let text = explained("AWS::S3::Bucket.LifecycleConfiguration.Rules.Transitions");
        assert_eq!(text, explained("AWS::S3::Bucket.LifecycleConfiguration.Rules[0].Transitions"));
        insta::assert_snapshot!(text);
    }

    #[test]
    fn what_does_not_exist_has_a_nearest_name() {
        assert_eq!(
            explained("AWS::EC2::Subnett"),
            "AWS has no resource type `AWS::EC2::Subnett`, did you mean `AWS::EC2::Subnet`?"
        );
        assert_eq!(
            explained("AWS::S3::Bucket.LifecycleConfiguration.Rules.Statos"),
            "`AWS::S3::Bucket.LifecycleConfiguration.Rules` has no property `Statos`, did you mean `Status`?"
        );
    }

    #[test]
    fn a_kind() {
        let text = explained("apps/v1/Deployment");
        assert_eq!(text, explained("Deployment"));
        insta::assert_snapshot!(text);
    }

    #[test]
    fn a_property_of_a_kind() {
        let text = explained("apps/v1/Deployment.spec.strategy");
        assert_eq!(text, explained("deployment.spec.strategy"));
        insta::assert_snapshot!(text);
        assert!(explained("rbac.authorization.k8s.io/v1/Role.rules").contains("verbs"));
        assert!(explained("apps/v1/Deployment.status").contains("the cluster sets it"));
    }

    #[test]
    fn kinds_that_do_not_exist_have_a_nearest_name() {
        assert_eq!(
            explained("apps/v1/Deploymant"),
            "Kubernetes has no built-in kind `apps/v1/Deploymant`, did you mean `apps/v1/Deployment`?"
        );
        assert_eq!(
            explained("Deploymant"),
            "AWS has no resource type `Deploymant`, did you mean `Deployment`?"
        );
        assert_eq!(
            explained("Deployment.spec.replica"),
            "`apps/v1/Deployment.spec` has no property `replica`, did you mean `replicas`?"
        );
    }

    #[test]
    fn every_type_can_be_explained() {
        let catalog = Catalog::embedded();
        for name in catalog.names().chain(catalog.kinds()) {
            let text = explained(name);
            assert!(text.starts_with(name) && text.contains(&page(name)), "{name}");
        }
    }
}
