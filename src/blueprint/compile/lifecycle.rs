//! The lifecycle keys of a resource.

use std::rc::Rc;
use std::sync::Arc;

use super::super::diagnostics::{Finding, suggestion};
use super::super::document::{list_of, text};
use super::super::expression::Val;
use super::super::yaml::Node;
use super::Compiler;
use super::frame::Declared;
use crate::model::{Address, Identifier, Lifecycle, PropertyPath, ReplacePolicy, Value};

impl Compiler<'_> {
    pub(super) fn lifecycle(&self, declared: &Rc<Declared>) -> Lifecycle {
        let node = &declared.declaration().node;
        Lifecycle {
            protect: self.flag(declared, "protect").unwrap_or(false),
            adopt: self.adopted(declared),
            moved_from: node.get("movedFrom").and_then(|node| self.moved_from(declared, node)),
            ignore: self.ignored(node),
            replace: node.get("replace").map(|node| self.replace(node)).unwrap_or_default(),
            shared_children: self.flag(declared, "exclusive").is_some_and(|exclusive| !exclusive),
            force: self.flag(declared, "force").unwrap_or(false),
            update_policy: node.get("updatePolicy").and_then(|node| self.plain(declared, node)),
            ready_when: self.ready_when(declared),
        }
    }

    fn plain(&self, declared: &Declared, node: &Node) -> Option<Value> {
        let value = self.value(&declared.scope, node).ok()?;
        self.lowered(&declared.scope, &value, node.span)
    }

    /// What is adopted is one resource.
    fn adopted(&self, declared: &Declared) -> Option<Identifier> {
        let node = declared.declaration().node.get("adopt")?;
        if declared.rendered.is_some() {
            let message = "`adopt` is for one object, this is all objects of files or of a chart";
            let help = "declare the one that is there with `manifest`, or give it away to stackctl by hand";
            self.around.findings.add(Finding::new("not_allowed", node.span, message).help(help));
            return None;
        }
        self.known_text(declared, "adopt").map(Identifier::new)
    }

    fn flag(&self, declared: &Declared, key: &str) -> Option<bool> {
        let node = declared.declaration().node.get(key)?;
        match self.value(&declared.scope, node).ok()?.untraced() {
            Val::Bool(flag) => Some(*flag),
            other => {
                let message = format!("`{key}` is true or false, this is {}", other.describe());
                self.around.findings.add(Finding::new("wrong_type", node.span, message));
                None
            }
        }
    }

    fn known_text(&self, declared: &Declared, key: &str) -> Option<Arc<str>> {
        let node = declared.declaration().node.get(key)?;
        match self.value(&declared.scope, node).ok()?.untraced() {
            Val::String(text) => Some(text.clone()),
            other => {
                let message = format!("`{key}` is a text that is known, this is {}", other.describe());
                self.around.findings.add(Finding::new("wrong_type", node.span, message));
                None
            }
        }
    }

    /// A whole address, or a path in the same place.
    fn moved_from(&self, declared: &Declared, node: &Node) -> Option<Address> {
        let written = self.known_text(declared, "movedFrom")?;
        // Of a chart that has moved, each object has.
        let key =
            declared.rendered.as_ref().map(|rendered| format!("[{}]", rendered.key)).unwrap_or_default();
        let whole = if written.contains('/') {
            format!("{written}{key}")
        } else {
            format!("{}/{written}{key}", declared.instance.address.place())
        };
        match whole.parse() {
            Ok(address) => Some(address),
            Err(error) => {
                self.around.findings.add(Finding::new("bad_address", node.span, error.to_string()));
                None
            }
        }
    }

    fn ignored(&self, node: &Node) -> Vec<PropertyPath> {
        let paths = list_of(node, "ignore", self.around.findings).iter();
        paths.filter_map(text).map(|path| PropertyPath::from(&*path)).collect()
    }

    fn replace(&self, node: &Node) -> ReplacePolicy {
        match text(node).as_deref() {
            Some("createFirst") => ReplacePolicy::CreateFirst,
            Some("deleteFirst") => ReplacePolicy::DeleteFirst,
            other => {
                let message = "`replace` is `createFirst` or `deleteFirst`";
                let help = suggestion(other.unwrap_or_default(), ["createFirst", "deleteFirst"]);
                self.around.findings.add(Finding::new("bad_enum", node.span, message).maybe_help(help));
                ReplacePolicy::Auto
            }
        }
    }

    /// Conditions see the resource itself under its id and as `self`.
    fn ready_when(&self, declared: &Rc<Declared>) -> Vec<Value> {
        let itself = Val::Resource(declared.instance.clone());
        let names = [(declared.declaration().id.clone(), itself.clone()), (Arc::from("self"), itself)];
        let scope = declared.scope.with(names);
        let nodes = list_of(&declared.declaration().node, "readyWhen", self.around.findings);
        nodes
            .iter()
            .filter_map(|node| {
                let value = self.value(&scope, node).ok()?;
                self.lowered(&scope, &value, node.span)
            })
            .collect()
    }
}
