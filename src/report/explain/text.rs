//! The words and columns of an explanation.

use std::fmt::Write as _;

use crate::catalog::check::property_kinds;
use crate::catalog::extension::ExtensionRule;
use crate::catalog::property::{Bounds, Rules};
use crate::catalog::{Property, TypeSchema, Types};
use crate::model::Json;

/// How many allowed values stand in a table's line.
const SHOWN_VALUES: usize = 6;

/// The text as it grows.
pub(super) struct Sheet(String);

impl Sheet {
    pub fn new(title: &str) -> Self {
        Self(format!("{title}\n\n"))
    }

    /// A fact with its label.
    pub fn line(&mut self, label: &str, value: &str) {
        let _ = writeln!(self.0, "  {label:<12} {value}");
    }

    /// A table under a heading, left out where it is empty.
    pub fn section(&mut self, heading: &str, columns: &Columns) {
        if !columns.rows.is_empty() {
            let _ = write!(self.0, "\n{heading}\n{}", columns.aligned());
        }
    }

    /// Sentences under a heading.
    pub fn list(&mut self, heading: &str, lines: &[String]) {
        if !lines.is_empty() {
            let _ = writeln!(self.0, "\n{heading}\n  {}", lines.join("\n  "));
        }
    }

    pub fn footer(&mut self, address: &str) {
        let _ = writeln!(self.0, "\n{address}");
    }

    pub fn finish(self) -> String {
        self.0
    }
}

/// Rows whose cells stand under each other.
#[derive(Default)]
pub(super) struct Columns {
    rows: Vec<Vec<String>>,
}

impl Columns {
    pub fn row<const N: usize>(&mut self, cells: [&str; N]) {
        self.rows.push(cells.iter().map(ToString::to_string).collect());
    }

    /// Each column as wide as its widest cell; the last one is not filled up.
    fn aligned(&self) -> String {
        let count = self.rows.iter().map(Vec::len).max().unwrap_or(0);
        let width = |column: usize| {
            self.rows
                .iter()
                .filter_map(|row| row.get(column))
                .map(|cell| cell.chars().count())
                .max()
                .unwrap_or(0)
        };
        let widths: Vec<usize> = (0..count).map(width).collect();
        let mut out = String::new();
        for row in &self.rows {
            let mut line = String::new();
            for (cell, width) in row.iter().zip(&widths).filter(|(_, width)| **width > 0) {
                let _ = write!(line, "  {cell:<width$}");
            }
            let _ = writeln!(out, "{}", line.trim_end());
        }
        out
    }
}

/// `45 s`, `12 min`.
pub(super) fn duration(seconds: u32) -> String {
    if seconds < 120 { format!("{seconds} s") } else { format!("{} min", seconds.div_ceil(60)) }
}

/// A property's type in words: `string`, `list of object`, `map of string`.
pub(super) fn type_of(schema: &TypeSchema, path: &str) -> String {
    let described: Vec<&Property> = schema.described(path).collect();
    let types = described.iter().fold(Types::default(), |all, property| all.union(property.types));
    let named = described.iter().any(|property| !property.properties.is_empty());
    let patterns = described.iter().any(|property| !property.pattern_properties.is_empty());
    if types == Types::ARRAY {
        let items = format!("{path}.*");
        return if path.ends_with(".*.*.*") {
            "list".to_owned()
        } else {
            format!("list of {}", type_of(schema, &items))
        };
    }
    if types == Types::OBJECT && patterns && !named {
        return "map".to_owned();
    }
    if types.is_empty() {
        return if named { "object" } else { "any" }.to_owned();
    }
    types.names().collect::<Vec<_>>().join(" or ")
}

/// What a change of the property does to the resource.
pub(super) fn update_of(schema: &TypeSchema, path: &str) -> &'static str {
    if schema.is_create_only(path) {
        "replaces"
    } else if schema.is_conditional_create_only(path) {
        "may replace"
    } else if schema.has_create_only_below(path) {
        "parts replace"
    } else {
        "in place"
    }
}

/// The kinds of ids that may stand there: `AWS::EC2::VPC.Id`.
pub(super) fn kinds_of(schema: &TypeSchema, path: &str) -> String {
    property_kinds(schema, path).join(" or ")
}

/// The values that may stand there, of a list's elements too.
pub(super) fn allowed(described: &[&Property]) -> Vec<String> {
    let mut values: Vec<String> =
        described.iter().flat_map(|property| &*property.allowed).map(plain).collect();
    values.sort_unstable();
    values.dedup();
    values
}

fn plain(json: &Json) -> String {
    json.as_str().map_or_else(|| json.to_string(), str::to_owned)
}

/// How many values there are where they differ by region (instance types).
pub(super) fn regional_values(schema: &TypeSchema, path: &str) -> Option<usize> {
    let mut here = schema.tree().extensions().iter().filter(|extension| &*extension.at == path);
    here.find_map(|extension| match &extension.rule {
        ExtensionRule::Regional(values) => Some(values.all().len()),
        ExtensionRule::Schema(_) => None,
    })
}

/// The last column of a table: kind of id, allowed values, default.
pub(super) fn hint(schema: &TypeSchema, path: &str) -> String {
    let mut parts = Vec::new();
    let kinds = kinds_of(schema, path);
    if !kinds.is_empty() {
        parts.push(kinds);
    }
    let described: Vec<&Property> = schema.described(path).collect();
    let allowed = allowed(&described);
    if allowed.len() > SHOWN_VALUES {
        parts.push(format!("{} | ... {} values", allowed[..SHOWN_VALUES].join(" | "), allowed.len()));
    } else if !allowed.is_empty() {
        parts.push(allowed.join(" | "));
    }
    if let Some(default) = schema.default(path) {
        parts.push(format!("default {default}"));
    }
    if schema.is_write_only(path) {
        parts.push("not read back".to_owned());
    }
    parts.join(", ")
}

/// Limits, each with its label.
pub(super) fn limits(bounds: &Bounds) -> Vec<(&'static str, String)> {
    let span = |least: Option<String>, most: Option<String>| match (least, most) {
        (Some(least), Some(most)) => Some(format!("{least} to {most}")),
        (Some(least), None) => Some(format!("{least} or more")),
        (None, most) => most.map(|most| format!("up to {most}")),
    };
    let count = |least: Option<u64>, most: Option<u64>| {
        span(least.map(|n| n.to_string()), most.map(|n| n.to_string()))
    };
    let all = [
        ("characters", count(bounds.min_length, bounds.max_length)),
        ("elements", count(bounds.min_items, bounds.max_items)),
        ("entries", count(bounds.min_properties, bounds.max_properties)),
        ("range", span(bounds.minimum.map(|n| n.to_string()), bounds.maximum.map(|n| n.to_string()))),
    ];
    all.into_iter().filter_map(|(label, limits)| Some((label, limits?))).collect()
}

/// Properties that need or exclude each other.
pub(super) fn rules(rules: &Rules) -> Vec<String> {
    let mut lines = Vec::new();
    for (name, needed) in &rules.dependent_required {
        lines.push(format!("{name} needs {}", needed.join(" and ")));
    }
    for (name, excluded) in &rules.dependent_excluded {
        // Both sides of a pair are listed; one line says it.
        lines.extend(excluded.iter().map(|other| {
            let (first, second) = if name < other { (name, other) } else { (other, name) };
            format!("{first} excludes {second}")
        }));
    }
    if !rules.required_or.is_empty() {
        lines.push(format!("at least one of {} is required", rules.required_or.join(", ")));
    }
    if !rules.required_xor.is_empty() {
        lines.push(format!("exactly one of {} is required", rules.required_xor.join(", ")));
    }
    lines
}
