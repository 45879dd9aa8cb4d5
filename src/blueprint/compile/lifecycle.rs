//! The lifecycle keys of a resource.

use std::rc::Rc;
use std::sync::Arc;

use super::super::diagnostics::{Finding, Span, nearest, suggestion};
use super::super::document::{list_of, text};
use super::super::expression::{Exact, Val};
use super::super::yaml::Node;
use super::Compiler;
use super::frame::Declared;
use crate::catalog::{Property, TypeSchema, Types};
use crate::model::{Address, Identifier, Lifecycle, PropertyPath, ReplacePolicy, Value};

impl Compiler<'_> {
    pub(super) fn lifecycle(&self, declared: &Rc<Declared>) -> Lifecycle {
        let node = &declared.declaration().node;
        Lifecycle {
            protect: self.flag(declared, "protect").unwrap_or(false),
            adopt: self.adopted(declared),
            tags_only: false,
            unrecorded: Vec::new(),
            moved_from: node.get("movedFrom").and_then(|node| self.moved_from(declared, node)),
            ignore: self.ignored(declared, node),
            replace: node.get("replace").map(|node| self.replace(declared, node)).unwrap_or_default(),
            shared_children: self.flag(declared, "exclusive").is_some_and(|exclusive| !exclusive),
            force: self.flag(declared, "force").unwrap_or(false),
            update_policy: node.get("updatePolicy").and_then(|node| self.update_policy(declared, node)),
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
        match whole.parse::<Address>() {
            Ok(address) => {
                self.check_place(&address, node);
                Some(address)
            }
            Err(error) => {
                self.around.findings.add(Finding::new("bad_address", node.span, error.to_string()));
                None
            }
        }
    }

    /// An address begins with `global` or a region; nothing has ever been anywhere else.
    fn check_place(&self, address: &Address, node: &Node) {
        let regions = self.catalog.regions().iter().map(String::as_str);
        let mut places = std::iter::once("global").chain(regions);
        let place = address.place();
        if !places.clone().any(|known| known == place) {
            let help = nearest(place, &mut places).map(|near| format!("did you mean `{near}`?"));
            let message = format!("an address begins with `global` or a region; `{place}` is neither");
            self.around.findings.add(Finding::new("bad_address", node.span, message).maybe_help(help));
        }
    }

    /// Paths of the type's properties: `Rules`, `Rules.*.Status`, `Rules[0].Status`, `Tags.Team`.
    fn ignored(&self, declared: &Declared, node: &Node) -> Vec<PropertyPath> {
        let mut paths = Vec::new();
        for item in list_of(node, "ignore", self.around.findings) {
            let Some(path) = text(item).map(|path| PropertyPath::from(&*path)) else { continue };
            // A Kubernetes object has names of anybody's making, annotations for one.
            let schema = declared.instance.schema.as_deref();
            let schema = schema.filter(|_| !declared.instance.resource_type.is_kubernetes());
            if let Some((name, help)) = schema.and_then(|schema| unknown_part(schema, &path)) {
                let resource_type = &declared.instance.resource_type;
                let message = format!("`ignore`: {resource_type} has no property `{name}`");
                let finding = Finding::new("unknown_property", item.span, message);
                self.around.findings.add(finding.maybe_help(help));
            }
            paths.push(path);
        }
        paths
    }

    /// The catalog knows which ways of rolling out a type has, and their options.
    fn update_policy(&self, declared: &Declared, node: &Node) -> Option<Value> {
        let schema = declared.instance.schema.as_deref();
        let ways = schema.map_or(&[][..], |schema| schema.facts().update_policies);
        if ways.is_empty() {
            let message = format!("{} takes no `updatePolicy`", declared.instance.resource_type);
            self.around.findings.add(Finding::new("unknown_key", node.span, message));
            return None;
        }
        for entry in node.entries().unwrap_or_default() {
            match ways.iter().find(|(way, _)| **way == *entry.key) {
                None => self.unknown_option(
                    "updatePolicy",
                    &entry.key,
                    entry.key_span,
                    ways.iter().map(|way| way.0),
                ),
                Some((way, options)) => {
                    let inner = entry.value.entries().unwrap_or_default();
                    for option in inner.iter().filter(|option| !options.contains(&&*option.key)) {
                        let known = options.iter().copied();
                        self.unknown_option(
                            &format!("updatePolicy.{way}"),
                            &option.key,
                            option.key_span,
                            known,
                        );
                    }
                }
            }
        }
        self.plain(declared, node)
    }

    fn unknown_option<'k>(&self, place: &str, key: &str, span: Span, known: impl Iterator<Item = &'k str>) {
        let known: Vec<&str> = known.collect();
        let help = suggestion(key, known.iter().copied())
            .unwrap_or_else(|| format!("there are {}", known.join(", ")));
        let message = format!("`{place}` has no `{key}`");
        self.around.findings.add(Finding::new("unknown_key", span, message).help(help));
    }

    fn replace(&self, declared: &Declared, node: &Node) -> ReplacePolicy {
        let schema = declared.instance.schema.as_deref();
        match text(node).as_deref() {
            Some("createFirst") if schema.is_some_and(|schema| !schema.facts().create_first) => {
                let message = format!(
                    "no two {} of one identity can be there at once: the old one goes first",
                    declared.instance.resource_type
                );
                let finding = Finding::new("not_allowed", node.span, message);
                self.around.findings.add(finding.help("leave `replace` out"));
                ReplacePolicy::Auto
            }
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

    /// Reports what can't become true: it would be waited for in full.
    fn check_condition(&self, value: &Val, node: &Node) {
        let found = match value.untraced() {
            Val::Bool(_) => return,
            Val::Unknown(unknown) => match unknown.exact.as_ref().and_then(exact_type) {
                Some(types) if !types.is_empty() && !types.intersects(Types::BOOLEAN) => {
                    "an attribute that is none"
                }
                _ => return,
            },
            other => other.describe(),
        };
        let message = format!("`readyWhen` has conditions, which are true or false; this is {found}");
        let help = "compare it: `${self.Status == 'ACTIVE'}`";
        self.around.findings.add(Finding::new("wrong_type", node.span, message).help(help));
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
                self.check_condition(&value, node);
                self.lowered(&scope, &value, node.span)
            })
            .collect()
    }
}

/// The types that an attribute, or a part of one, may have.
fn exact_type((instance, path): &Exact) -> Option<Types> {
    let schema = instance.schema.as_ref()?;
    Some(schema.described(path).fold(Types::default(), |all, property| all.union(property.types)))
}

/// The first part of a path that a type does not have, as far as it goes, and the name that may be meant.
fn unknown_part(schema: &TypeSchema, path: &PropertyPath) -> Option<(String, Option<String>)> {
    if path.top() == "Tags" || schema.tag_property() == Some(path.top()) {
        return None;
    }
    let mut known = String::new();
    for name in path.generalised().split('.') {
        let below = if known.is_empty() { name.to_owned() } else { format!("{known}.{name}") };
        if schema.property(&below).is_none() {
            // The content of a document or a map is anybody's.
            let is_map =
                |around: &Property| around.properties.is_empty() && around.types.intersects(Types::OBJECT);
            let is_open = !known.is_empty()
                && (schema.is_document(&known) || schema.property(&known).is_some_and(is_map));
            let names = schema.property_names(&known).into_iter().map(|name| &**name);
            return (!is_open).then(|| (below, suggestion(name, names)));
        }
        known = below;
    }
    None
}
