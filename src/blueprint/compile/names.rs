//! Every name that an expression mentions exists, also in a branch that is not taken and in what `includeWhen`
//! leaves out: a mistake there would show only on the day when somebody turns it on.
//!
//! Evaluation reports what it meets; this looks at the files as they are written. A mistake that both find is said
//! once.

use std::collections::HashSet;
use std::rc::Rc;
use std::sync::Arc;

use super::super::diagnostics::{Finding, suggestion};
use super::super::document::{BUILT_IN, Declaration, Document, Per, What};
use super::super::expression::Use;
use super::super::yaml::{Kind, Node};
use super::Compiler;
use super::expand::output_value;
use super::view::{no_attribute, no_output};

/// Keys of a declaration that hold no expressions over its surroundings.
const PLAIN: [&str; 6] = ["id", "type", "use", "dependsOn", "description", "per"];

/// The names among which an expression is written.
struct Surrounding<'d> {
    document: &'d Document,
    /// A `forEach`'s variables, and `self` in conditions.
    variables: Vec<Arc<str>>,
    /// Once in the stack or in each region: that decides what a name of the stage means.
    per: Per,
    /// Whether it is a stage's file.
    stage: bool,
}

impl Compiler<'_> {
    /// Checks the stage and every component that it, or one of its components, names.
    pub(super) fn check_names(&self) {
        let Some(stage) = self.roots.borrow().first().map(|root| root.document.clone()) else { return };
        let mut seen: HashSet<Arc<str>> = HashSet::new();
        let mut open: Vec<(Rc<Document>, bool)> = vec![(stage, true)];
        while let Some((document, is_stage)) = open.pop() {
            self.check_document(&document, is_stage);
            for declaration in &document.declarations {
                if let What::Component { name, span } = &declaration.what
                    && seen.insert(name.clone())
                {
                    open.extend(self.document(name, *span).map(|component| (component, false)));
                }
            }
        }
    }

    fn check_document(&self, document: &Document, stage: bool) {
        for declaration in &document.declarations {
            self.check_given_literals(declaration);
            let Kind::Map(entries) = &declaration.node.kind else { continue };
            let mut surrounding = Surrounding {
                document,
                variables: variables(declaration),
                per: self.per(declaration),
                stage,
            };
            for entry in entries.iter().filter(|entry| !PLAIN.contains(&&*entry.key)) {
                let is_condition = &*entry.key == "readyWhen";
                surrounding.variables.extend(is_condition.then(|| Arc::from("self")));
                self.check_node(&surrounding, &entry.value);
                if is_condition {
                    surrounding.variables.pop();
                }
            }
        }
        // Outputs stand in the region where there is one alone, as they are evaluated.
        let per = if self.around.regions.len() == 1 { Per::Region } else { Per::Stack };
        let surrounding = Surrounding { document, variables: Vec::new(), per, stage };
        for (_, node) in &document.outputs {
            self.check_node(&surrounding, output_value(node));
        }
        document.parameters.iter().for_each(|parameter| self.check_default_literal(parameter));
        for default in document.parameters.iter().filter_map(|parameter| parameter.node.get("default")) {
            self.check_node(&surrounding, default);
        }
    }

    fn check_node(&self, surrounding: &Surrounding<'_>, node: &Node) {
        match &node.kind {
            Kind::List(items) => items.iter().for_each(|item| self.check_node(surrounding, item)),
            Kind::Map(entries) => entries.iter().for_each(|entry| self.check_node(surrounding, &entry.value)),
            Kind::Scalar(scalar) => {
                // What can't be parsed is reported by this.
                let Ok(Some(template)) = self.template(node, scalar) else { return };
                template.uses(&mut |found, at| {
                    let problem = match found {
                        Use::Name(name) => surrounding.name(name),
                        Use::Field(name, field) => self.field(surrounding, name, field),
                    };
                    if let Some((message, help)) = problem {
                        let span = self.within(node.span, &template.source, at);
                        self.around
                            .findings
                            .add(Finding::new("unknown_reference", span, message).maybe_help(help));
                    }
                });
            }
        }
    }

    /// What is wrong with `name.field`, where the declaration alone tells.
    fn field(
        &self,
        surrounding: &Surrounding<'_>,
        name: &str,
        field: &str,
    ) -> Option<(String, Option<String>)> {
        if surrounding.variables.iter().any(|variable| &**variable == name) {
            return None;
        }
        let declared = surrounding.document.declaration(name)?;
        // A group is a list, and what is made per region a map where the stack as a whole is meant.
        let is_map = surrounding.stage && surrounding.per == Per::Stack && self.per(declared) == Per::Region;
        if is_map || declared.node.get("forEach").is_some() {
            return None;
        }
        match &declared.what {
            What::Resource(type_name) | What::Lookup(type_name) => {
                let schema = self.catalog.get(&type_name.name)?;
                let written = ["properties", "lookup"].iter().any(|key| {
                    declared.node.get(key).is_some_and(|properties| properties.get(field).is_some())
                });
                let known = written || schema.property(field).is_some();
                (!known).then(|| no_attribute(name, &type_name.name, &schema, field))
            }
            What::Component { name: file, span } => {
                let outputs = &self.document(file, *span)?.outputs;
                let known = outputs.iter().any(|(output, _)| **output == *field);
                (!known).then(|| no_output(name, outputs.iter().map(|(output, _)| &**output), field))
            }
            // The cluster knows what a Kubernetes object has; evaluation asks the catalogued kinds.
            What::Object(_) | What::Rendered => None,
        }
    }
}

impl Surrounding<'_> {
    /// What is wrong with a name.
    fn name(&self, name: &str) -> Option<(String, Option<String>)> {
        // The language's own helpers begin with a character that no name has.
        let is_declared = name.starts_with('@') || self.document.declaration(name).is_some();
        if is_declared || self.others().any(|known| known == name) {
            return None;
        }
        let declared = self.document.declarations.iter().map(|declared| &*declared.id);
        Some((
            format!("there is nothing called `{name}` here"),
            suggestion(name, declared.chain(self.others())),
        ))
    }

    /// All names but those of declarations.
    fn others(&self) -> impl Iterator<Item = &str> {
        let parameters = self.document.parameters.iter().map(|parameter| &parameter.name);
        self.variables.iter().chain(parameters).map(|name| &**name).chain(BUILT_IN)
    }
}

/// The names that a `forEach` gives: each variable, its place and its key.
pub(super) fn variables(declaration: &Declaration) -> Vec<Arc<str>> {
    let mut names = Vec::new();
    let entries = declaration.node.get("forEach").and_then(Node::entries).unwrap_or_default();
    for entry in entries {
        let derived = ["Index", "Key"].map(|suffix| Arc::from(format!("{}{suffix}", entry.key)));
        names.push(entry.key.clone());
        names.extend(derived);
    }
    names
}
