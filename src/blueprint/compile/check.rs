//! The catalog's verdict on a resource's properties, tied to places in the file.

use super::super::diagnostics::{Finding, Span};
use super::super::document::What;
use super::Compiler;
use super::frame::Declared;
use super::resource::Targets;
use crate::catalog::TypeSchema;
use crate::catalog::check::{self, Problem, ProblemKind};
use crate::model::{Map, PropertyPath};

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
        for problem in check::check(schema, properties, &context) {
            let missing = matches!(
                problem.kind,
                ProblemKind::MissingRequired { .. } | ProblemKind::MissingOneOf { .. }
            );
            if problem.kind.is_certain() && (complete || !missing) {
                self.around.findings.add(self.finding(declared, &problem));
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

    fn finding(&self, declared: &Declared, problem: &Problem) -> Finding {
        let (code, help) = words(&problem.kind);
        let address = &declared.instance.address;
        let path =
            if problem.path.as_str().is_empty() { String::new() } else { format!(".{}", problem.path) };
        let message = format!("{}{path}: {}", address.path(), problem.kind);
        let finding = Finding::new(code, self.place(declared, problem), message).maybe_help(help);
        finding.label(format!("{}", declared.instance.resource_type))
    }

    /// The key for what is wrong with a name, the value for everything else.
    fn place(&self, declared: &Declared, problem: &Problem) -> Span {
        let whole = declared.declaration().span;
        let about_name = matches!(
            problem.kind,
            ProblemKind::UnknownProperty { .. } | ProblemKind::ReadOnlySet | ProblemKind::NotAllowedHere
        );
        let path = problem.path.as_str();
        if about_name {
            let (parent, name) = path.rsplit_once('.').unwrap_or(("", path));
            let node = self.node_at(declared, &PropertyPath::from(parent));
            let entry = node.and_then(|node| node.entries()?.iter().find(|entry| &*entry.key == name));
            if let Some(entry) = entry {
                return entry.key_span;
            }
        }
        if path.is_empty() {
            return whole;
        }
        self.node_at(declared, &problem.path).map_or(whole, |node| node.span)
    }
}

/// The finding's code, and the way to mend it where the message does not say.
fn words(kind: &ProblemKind) -> (&'static str, Option<String>) {
    let meant = |name: &str| Some(format!("did you mean `{name}`?"));
    match kind {
        ProblemKind::UnknownProperty { nearest, .. } => {
            ("unknown_property", nearest.as_deref().and_then(meant))
        }
        ProblemKind::BadName { .. } => ("bad_name", None),
        ProblemKind::WrongType { .. } => ("wrong_type", None),
        ProblemKind::BadEnum { nearest, .. } => ("bad_enum", nearest.as_deref().and_then(meant)),
        ProblemKind::NotInRegion { instead, .. } => {
            ("not_in_region", Some(format!("there are: {}", instead.join(", "))))
        }
        ProblemKind::MissingRequired { .. } | ProblemKind::MissingOneOf { .. } => ("missing_required", None),
        ProblemKind::Exclusive { .. } => ("exclusive", Some("keep one of them".to_owned())),
        ProblemKind::Dependent { .. } => ("dependent", None),
        ProblemKind::ReadOnlySet => {
            ("read_only", Some("take it out; others may refer to it as an attribute".to_owned()))
        }
        ProblemKind::NotAllowedHere => ("not_allowed", None),
        ProblemKind::Pattern { .. } => ("pattern", None),
        ProblemKind::Format { nearest, .. } => ("format", nearest.as_deref().and_then(meant)),
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
