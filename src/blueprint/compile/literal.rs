//! What stands in resources, and in what components are given, and is not what it looks like: scalars that are
//! [`misread`](super::super::misread), and CloudFormation's functions.

use super::super::cloudformation;
use super::super::diagnostics::Finding;
use super::super::document::{Declaration, Parameter, What, text};
use super::super::misread::{self, Place};
use super::super::yaml::{Kind, Node};
use super::Compiler;
use super::frame::Declared;
use crate::catalog::{TypeSchema, Types};
use crate::model::PropertyPath;

impl Compiler<'_> {
    /// Among a resource's properties, or in what it is looked up by. What a file or a chart says is Kubernetes' YAML.
    pub(super) fn check_literals(&self, declared: &Declared, schema: &TypeSchema) {
        let entries = declared.body().and_then(Node::entries).unwrap_or_default();
        for entry in entries.iter().filter(|_| declared.rendered.is_none()) {
            let path = PropertyPath::root().property(&entry.key);
            let place = |path: &PropertyPath| place(schema, &path.generalised());
            misread::check(&entry.value, &path, &place, self.around.findings);
            self.functions(&entry.value);
        }
    }

    /// CloudFormation's functions, which are mappings like any other here.
    fn functions(&self, node: &Node) {
        if let Some((name, argument)) = cloudformation::function(node) {
            let written = if name == "Ref" { name.to_owned() } else { format!("Fn::{name}") };
            let message = format!("`{written}` is CloudFormation's; here it would be a mapping");
            let help = cloudformation::instead_of(name, argument);
            self.around.findings.add(Finding::new("cloudformation", node.span, message).help(help));
            return;
        }
        match &node.kind {
            Kind::List(items) => items.iter().for_each(|item| self.functions(item)),
            Kind::Map(entries) => entries.iter().for_each(|entry| self.functions(&entry.value)),
            Kind::Scalar(_) => {}
        }
    }

    /// Among a component's arguments and the values of a `forEach`.
    pub(super) fn check_given_literals(&self, declaration: &Declaration) {
        let component = match &declaration.what {
            What::Component { name, span } => self.document(name, *span),
            _ => None,
        };
        let parameters = component.as_ref().map_or(&[][..], |component| &component.parameters);
        let entries = |key: &str| declaration.node.get(key).and_then(Node::entries).unwrap_or_default();
        for entry in entries("with") {
            let place = parameters.iter().find(|one| one.name == entry.key).map_or(Place::Any, takes);
            misread::check_value(&entry.value, place, self.around.findings);
            self.functions(&entry.value);
        }
        for entry in entries("forEach") {
            misread::check_value(&entry.value, Place::Any, self.around.findings);
        }
    }

    /// In a parameter's default.
    pub(super) fn check_default_literal(&self, parameter: &Parameter) {
        if let Some(default) = parameter.node.get("default") {
            misread::check_value(default, takes(parameter), self.around.findings);
        }
    }
}

/// What belongs at a path of a type. Tags are texts in each of their forms.
fn place(schema: &TypeSchema, path: &str) -> Place {
    let in_tags = |tags: &str| path.strip_prefix(tags).is_some_and(|rest| rest.starts_with('.'));
    if schema.tag_property().is_some_and(in_tags) && !path.ends_with(".PropagateAtLaunch") {
        return Place::Text;
    }
    let types = schema.described(path).fold(Types::default(), |all, property| all.union(property.types));
    let other = Types::INTEGER.union(Types::NUMBER).union(Types::BOOLEAN);
    if types.intersects(other) {
        Place::Other
    } else if types.intersects(Types::STRING) {
        Place::Text
    } else {
        Place::Any
    }
}

/// What a parameter takes; one of a stated type is checked against it.
fn takes(parameter: &Parameter) -> Place {
    match parameter.node.get("type").and_then(text).as_deref() {
        Some("string" | "integer" | "number" | "boolean") => Place::Other,
        _ => Place::Any,
    }
}
