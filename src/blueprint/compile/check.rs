//! The catalog's verdict on a resource's properties, tied to places in the file.

use super::super::diagnostics::{Finding, Span};
use super::super::document::{What, text};
use super::Compiler;
use super::frame::Declared;
use super::resource::{Targets, node_at};
use crate::catalog::TypeSchema;
use crate::catalog::check::{self, Problem, ProblemKind};
use crate::model::{Map, PropertyPath};

/// Why a value that AWS does not have by the catalog is no error.
const MAY_BE_BEHIND: &str = "AWS may have begun to offer it since this catalog was made";

impl Compiler<'_> {
    /// Reports everything that the catalog knows to be wrong.
    pub(super) fn check(
        &self,
        declared: &Declared,
        schema: &TypeSchema,
        properties: &Map,
        targets: &Targets,
    ) {
        let region = self.region_of(declared);
        let find = |path: &PropertyPath, _: &crate::model::Value| targets.get(path).cloned();
        let context = check::Context {
            catalog: self.catalog,
            region: (!schema.facts().global).then_some(region.as_str()),
            targets: &find,
        };
        // What has a mistake of its own is missing from the properties, and would be reported as missing too.
        let complete = declared.instance.properties.iter().all(|(_, cell)| matches!(cell.get(), Some(Ok(_))));
        let problems = check::check(schema, properties, &context);
        for problem in &problems {
            let missing = matches!(
                problem.kind,
                ProblemKind::MissingRequired { .. } | ProblemKind::MissingOneOf { .. }
            );
            if missing && (!complete || is_misspelt(problem, &problems)) {
                continue;
            }
            let finding = finding(declared, problem);
            if problem.kind.is_certain() {
                self.around.findings.add(finding);
            } else {
                self.around.findings.warn(finding.maybe_help(Some(MAY_BE_BEHIND.to_owned())));
            }
        }
        self.check_region(declared, region.as_str(), schema);
    }

    fn check_region(&self, declared: &Declared, region: &str, schema: &TypeSchema) {
        let name = declared.instance.resource_type.as_str();
        if !schema.facts().global && self.catalog.is_in_region(name, region) == Some(false) {
            let What::Resource(type_name) = &declared.declaration().what else { return };
            let message = format!("{name} does not exist in {region}");
            self.around.findings.add(Finding::new("not_in_region", type_name.span, message));
        }
    }
}

/// Whether what is missing stands there under a name that is nearly right, which is reported already.
fn is_misspelt(missing: &Problem, all: &[Problem]) -> bool {
    let wanted = |name: &str| match &missing.kind {
        ProblemKind::MissingRequired { name: required } => **required == *name,
        ProblemKind::MissingOneOf { groups } => groups.iter().flatten().any(|required| **required == *name),
        _ => false,
    };
    all.iter().any(|other| match &other.kind {
        ProblemKind::UnknownProperty { nearest: Some(nearest), .. } => {
            parent(other.path.as_str()).0 == missing.path.as_str() && wanted(nearest)
        }
        _ => false,
    })
}

fn finding(declared: &Declared, problem: &Problem) -> Finding {
    let (code, help) = words(&problem.kind);
    let address = &declared.instance.address;
    let path = if problem.path.as_str().is_empty() { String::new() } else { format!(".{}", problem.path) };
    let message = match problem.kind {
        ProblemKind::ReadOnlySet if declared.instance.resource_type.is_kubernetes() => {
            format!("{}{path}: only the cluster sets this (take it out)", address.path())
        }
        _ => format!("{}{path}: {}", address.path(), problem.kind),
    };
    let help = help.or_else(|| says_flag(declared, problem));
    let finding = Finding::new(code, place(declared, problem), message).maybe_help(help);
    finding.label(format!("{}", declared.instance.resource_type))
}

/// That `yes` is a text in today's YAML.
fn says_flag(declared: &Declared, problem: &Problem) -> Option<String> {
    let ProblemKind::WrongType { expected, found: "a string" } = &problem.kind else { return None };
    let written = text(node_at(declared, &problem.path)?)?.to_lowercase();
    let meant = ["yes", "on", "y"].contains(&&*written);
    let is_flag = meant || ["no", "off", "n"].contains(&&*written);
    (is_flag && expected.contains(&"boolean"))
        .then(|| format!("write `{meant}`: YAML 1.2 has `true` and `false` alone"))
}

/// The key for what is wrong with a name, the value for everything else.
fn place(declared: &Declared, problem: &Problem) -> Span {
    let whole = declared.span();
    let path = problem.path.as_str();
    let (around, name) = match &problem.kind {
        ProblemKind::UnknownProperty { .. }
        | ProblemKind::BadName { .. }
        | ProblemKind::ReadOnlySet
        | ProblemKind::NotAllowedHere => parent(path),
        ProblemKind::Exclusive { names } => (path, names.last().map_or("", |name| &**name)),
        ProblemKind::Dependent { name, .. } => (path, &**name),
        _ => ("", ""),
    };
    let node = node_at(declared, &PropertyPath::from(around));
    let entry = node.and_then(|node| node.entries()?.iter().find(|entry| &*entry.key == name));
    match (entry, path) {
        (Some(entry), _) => entry.key_span,
        (None, "") => whole,
        (None, _) => node_at(declared, &problem.path).map_or(whole, |node| node.span),
    }
}

/// A path's parent and its last name.
fn parent(path: &str) -> (&str, &str) {
    path.rsplit_once('.').unwrap_or(("", path))
}

/// The finding's code, and the way to mend it where the message does not say.
fn words(kind: &ProblemKind) -> (&'static str, Option<String>) {
    match kind {
        ProblemKind::UnknownProperty { .. } => ("unknown_property", None),
        ProblemKind::BadName { .. } => ("bad_name", None),
        ProblemKind::WrongType { expected, found } => {
            let quotes = expected == &["string"] && ["an integer", "a number", "a boolean"].contains(found);
            ("wrong_type", quotes.then(|| "write it in quotes".to_owned()))
        }
        ProblemKind::BadEnum { .. } => ("bad_enum", None),
        ProblemKind::NotInRegion { .. } => ("not_in_region", None),
        ProblemKind::OtherRegion { .. } => {
            ("other_region", Some("write `\"${region}a\"`, or take it from `zoneNames(...)`".to_owned()))
        }
        ProblemKind::MissingRequired { .. } | ProblemKind::MissingOneOf { .. } => ("missing_required", None),
        ProblemKind::Exclusive { .. } => ("exclusive", None),
        ProblemKind::Dependent { .. } => ("dependent", None),
        ProblemKind::ReadOnlySet => {
            ("read_only", Some("others refer to it as an attribute, in an expression".to_owned()))
        }
        ProblemKind::NotAllowedHere => ("not_allowed", None),
        ProblemKind::Pattern { .. } => ("pattern", None),
        ProblemKind::Format { .. } => ("format", None),
        ProblemKind::Range { .. } => ("range", None),
        ProblemKind::Length { .. } => ("length", None),
        ProblemKind::Duplicate { .. } => ("duplicate", None),
        ProblemKind::IdKind { expected, .. } => {
            let kinds: Vec<String> = expected.iter().map(|kind| format!("`{kind}`")).collect();
            ("id_kind", Some(format!("refer to {}", kinds.join(" or "))))
        }
        ProblemKind::NoForm { .. } => ("no_form", None),
        ProblemKind::Combination => ("combination", None),
    }
}
