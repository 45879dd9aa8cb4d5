//! Checks a resource's properties against its type, with no network: every problem at once, as data.
//!
//! [`check`] walks the blueprint's [`Map`] beside the schema. What waits for an attribute ([`Value::Deferred`]) has no
//! value to check, so rules that would need it stay silent: nothing is reported that might be right. But where the
//! caller can tell to whose attribute an expression refers ([`Context::targets`]), the *kind of id* is checked.

mod format;
mod pattern;
mod policy;
mod problem;
mod regional;
mod rules;
mod scalar;
#[cfg(test)]
mod tests;
mod value;

use std::sync::Arc;

use super::extension::ExtensionRule;
use super::{Catalog, TypeSchema, kinds};
use crate::model::{Map, PropertyPath, ResourceType, Value};

pub use problem::{Problem, ProblemKind};

/// Whose attribute a value is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Target {
    /// The type of the resource that is referred to.
    pub resource_type: ResourceType,
    /// Its attribute or property, a top-level name.
    pub attribute: Arc<str>,
    /// Whether it is a list of them, one of each of several resources.
    pub many: bool,
}

/// Tells whose attribute the value at a path is: `Some` only if the value is *exactly* that attribute, with nothing
/// added. Asked for deferred values and for known texts (a reference to a property that the blueprint itself sets is
/// resolved when it is compiled).
pub type Targets<'a> = dyn Fn(&PropertyPath, &Value) -> Option<Target> + 'a;

/// What a check knows beside the properties.
#[derive(Clone, Copy)]
pub struct Context<'a> {
    /// Where the schemas of targets are looked up.
    pub catalog: &'a Catalog,
    /// The region the resource is made in: some values are not offered everywhere.
    pub region: Option<&'a str>,
    /// Whose attributes the values are; `&|_, _| None` where that is not known.
    pub targets: &'a Targets<'a>,
}

/// Checks all properties of a resource. The order of the problems is that of the properties; none is listed twice.
pub fn check(schema: &TypeSchema, properties: &Map, context: &Context<'_>) -> Vec<Problem> {
    let whole = Value::Map(properties.clone());
    let checker = value::Checker { schema, context: *context };
    let mut found = value::Findings::default();
    checker.value(schema.tree().root(), &whole, &PropertyPath::root(), &mut found);
    let mut problems = found.problems;
    extensions(&checker, &whole, &mut problems);
    patterns(schema, &whole, &mut problems);
    if !schema.is_kubernetes() {
        policy::check(&whole, &PropertyPath::root(), &mut problems);
    }
    if let Some(region) = context.region.filter(|_| !schema.is_kubernetes()) {
        regional::zones(region, context.catalog.regions(), &whole, &PropertyPath::root(), &mut problems);
    }
    // What can't be set at all need not be set right.
    problems
        .retain(|problem| !is_made_up(schema, problem) && !schema.is_read_only(&problem.path.generalised()));
    read_only(schema, &whole, &PropertyPath::root(), &mut problems);
    let mut once: Vec<Problem> = Vec::with_capacity(problems.len());
    for problem in problems {
        if !once.contains(&problem) {
            once.push(problem);
        }
    }
    once
}

/// The kind of a type's attribute or property (`AWS::EC2::VPC.Id`), if it is an id, an ARN or a name.
pub fn attribute_kind(schema: &TypeSchema, attribute: &str) -> Option<Arc<str>> {
    kinds::of_attribute(schema, attribute)
}

/// The kinds of ids that a property accepts, by its generalised path; empty where it takes any text.
pub fn property_kinds(schema: &TypeSchema, path: &str) -> Vec<Arc<str>> {
    kinds::of_property(schema, path, &schema.tree().at(path))
}

/// A required name that stackctl makes up where the blueprint gives none, and tags, which are added later.
fn is_made_up(schema: &TypeSchema, problem: &Problem) -> bool {
    let ProblemKind::MissingRequired { name } = &problem.kind else { return false };
    let path = problem.path.property(name).generalised();
    schema.facts().name.is_some_and(|rule| rule.property == path) || schema.tag_property() == Some(&path)
}

/// Properties that AWS sets.
fn read_only(schema: &TypeSchema, value: &Value, path: &PropertyPath, problems: &mut Vec<Problem>) {
    if !path.as_str().is_empty() && schema.is_read_only(&path.generalised()) {
        problems.push(Problem { path: path.clone(), kind: ProblemKind::ReadOnlySet });
        return;
    }
    for (path, inner) in inside(value, path) {
        read_only(schema, inner, &path, problems);
    }
}

/// The members of an object or the elements of a list that are written.
fn inside<'v>(value: &'v Value, path: &PropertyPath) -> Vec<(PropertyPath, &'v Value)> {
    let is_written = |(_, value): &(PropertyPath, &Value)| !matches!(value, Value::Null);
    match value {
        Value::Map(map) => map.iter().map(|(name, v)| (path.property(name), v)).filter(is_written).collect(),
        Value::List(items) => {
            items.iter().enumerate().map(|(at, v)| (path.index(at), v)).filter(is_written).collect()
        }
        _ => Vec::new(),
    }
}

/// cfn-lint's own rules.
fn extensions(checker: &value::Checker<'_>, whole: &Value, problems: &mut Vec<Problem>) {
    for extension in checker.schema.tree().extensions() {
        for (path, value) in at(whole, &extension.at) {
            match &extension.rule {
                ExtensionRule::Schema(id) => {
                    let mut found = value::Findings::default();
                    checker.value(*id, value, &path, &mut found);
                    problems.append(&mut found.problems);
                }
                ExtensionRule::Regional(values) => {
                    let kind = regional::check(values, checker.context.region, value);
                    problems.extend(kind.map(|kind| Problem { path, kind }));
                }
            }
        }
    }
}

/// Patterns that neither AWS's schemas nor cfn-lint's have.
fn patterns(schema: &TypeSchema, whole: &Value, problems: &mut Vec<Problem>) {
    for (place, pattern) in schema.facts().patterns {
        let pattern = Arc::from(*pattern);
        for (path, value) in at(whole, place) {
            problems.extend(pattern::check(&pattern, value).map(|kind| Problem { path, kind }));
        }
    }
}

/// All values at a generalised path.
fn at<'v>(whole: &'v Value, path: &str) -> Vec<(PropertyPath, &'v Value)> {
    let mut here = vec![(PropertyPath::root(), whole)];
    for segment in path.split('.').filter(|segment| !segment.is_empty()) {
        let mut next = Vec::new();
        for (path, value) in here {
            let children = inside(value, &path).into_iter();
            match value {
                Value::Map(map) if segment != "*" => {
                    next.extend(map.get(segment).map(|value| (path.property(segment), value)));
                }
                _ if segment == "*" => next.extend(children),
                _ => {}
            }
        }
        here = next;
    }
    here.retain(|(_, value)| !matches!(value, Value::Null));
    here
}
