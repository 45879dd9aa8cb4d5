//! What stands in a blueprint's or component's file: its declarations, still unevaluated.

use std::collections::HashMap;
use std::sync::Arc;

use super::diagnostics::{Finding, Findings, Span, suggestion};
use super::expression::{is_identifier, is_reserved};
use super::manifest;
use super::yaml::{Entry, Kind, Node};

/// Keys of a resource.
pub(super) const RESOURCE_KEYS: [&str; 24] = [
    "id",
    "type",
    "properties",
    "lookup",
    "cluster",
    "manifest",
    "path",
    "helm",
    "forEach",
    "key",
    "includeWhen",
    "dependsOn",
    "per",
    "region",
    "protect",
    "adopt",
    "movedFrom",
    "ignore",
    "replace",
    "exclusive",
    "force",
    "updatePolicy",
    "readyWhen",
    "description",
];
/// Keys of a resource that mean nothing for one that is looked up: it is read, and never changed.
const OWNED_KEYS: [&str; 11] = [
    "properties",
    "protect",
    "adopt",
    "movedFrom",
    "ignore",
    "replace",
    "exclusive",
    "updatePolicy",
    "readyWhen",
    "cluster",
    "manifest",
];
/// Keys of a use of a component.
pub(super) const COMPONENT_KEYS: [&str; 9] =
    ["id", "use", "with", "forEach", "key", "includeWhen", "dependsOn", "per", "description"];
/// Keys of a stage's file.
pub(super) const STAGE_KEYS: [&str; 11] = [
    "stage",
    "name",
    "description",
    "audience",
    "objectives",
    "budget",
    "regions",
    "components",
    "resources",
    "outputs",
    "external",
];
/// Keys of a component's file.
pub(super) const DOCUMENT_KEYS: [&str; 6] =
    ["description", "per", "parameters", "components", "resources", "outputs"];
/// Keys of a component's parameter.
pub(super) const PARAMETER_KEYS: [&str; 13] = [
    "type",
    "default",
    "description",
    "enum",
    "minimum",
    "maximum",
    "pattern",
    "format",
    "items",
    "minItems",
    "maxItems",
    "minLength",
    "maxLength",
];
/// What a parameter takes.
pub(super) const PARAMETER_TYPES: [&str; 10] =
    ["string", "integer", "number", "boolean", "list", "array", "map", "object", "component", "resource"];
/// The kinds of texts that are checked.
pub(super) const PARAMETER_FORMATS: [&str; 4] = ["ipv4", "ipv4-network", "ipv6-network", "hostname"];

/// Names that every expression can use.
pub(super) const BUILT_IN: [&str; 8] =
    ["region", "regions", "stack", "stage", "account", "partition", "variables", "var"];

/// Where something is made: once in every region, or once.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Per {
    /// In every region of the stage.
    Region,
    /// Once in the stack.
    Stack,
}

/// A file's declarations.
#[derive(Debug)]
pub struct Document {
    /// What `per:` says of a component, if its file says so.
    pub per: Option<Per>,
    /// What a component takes.
    pub parameters: Vec<Parameter>,
    /// Components, then resources, in the order of the file.
    pub declarations: Vec<Declaration>,
    /// Outputs by name.
    pub outputs: Vec<(Arc<str>, Node)>,
    index: HashMap<Arc<str>, usize>,
}

/// What a component takes.
#[derive(Debug)]
pub struct Parameter {
    /// Its name.
    pub name: Arc<str>,
    /// Where the name stands.
    pub span: Span,
    /// Its description: type, default, limits.
    pub node: Node,
}

/// A component or resource as it is written.
#[derive(Debug)]
pub struct Declaration {
    /// Its name among its neighbours.
    pub id: Arc<str>,
    /// Where the name stands.
    pub span: Span,
    /// Everything under it.
    pub node: Node,
    /// Where it is made, if it says so itself.
    pub per: Option<Per>,
    /// What it is.
    pub what: What,
}

/// What a declaration is.
#[derive(Debug)]
pub enum What {
    /// `use:` a component.
    Component {
        /// Its name or path.
        name: Arc<str>,
        /// Where that stands.
        span: Span,
    },
    /// A resource that the stack owns.
    Resource(TypeName),
    /// A resource that is read and never changed.
    Lookup(TypeName),
    /// A Kubernetes object.
    Object(TypeName),
    /// The Kubernetes objects of files or of a chart.
    Rendered,
}

/// The name of a resource type and its place.
#[derive(Clone, Debug)]
pub struct TypeName {
    /// The name.
    pub name: Arc<str>,
    /// Where it stands.
    pub span: Span,
}

/// The kind of a file.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum FileKind {
    /// A stage's blueprint.
    Stage,
    /// A component.
    Component,
}

impl Document {
    /// What is declared under an id.
    pub fn declaration(&self, id: &str) -> Option<&Declaration> {
        self.index.get(id).map(|at| &self.declarations[*at])
    }

    /// Reads a file's declarations; what is wrong goes to `findings`.
    pub fn read(root: &Node, kind: FileKind, findings: &Findings) -> Self {
        let keys: &[&str] = if kind == FileKind::Stage { &STAGE_KEYS } else { &DOCUMENT_KEYS };
        check_keys(root, keys, "a blueprint", findings);
        let mut declarations = Vec::new();
        for (list, of) in [("components", COMPONENT_KEYS.as_slice()), ("resources", RESOURCE_KEYS.as_slice())]
        {
            for node in list_of(root, list, findings) {
                declarations.extend(declaration(node, list == "components", of, findings));
            }
        }
        let index = index(&declarations, findings);
        let entries = |name: &str| mapping_of(root, name, findings);
        let parameters = entries("parameters").iter().map(|entry| parameter(entry, findings)).collect();
        let outputs =
            entries("outputs").iter().map(|entry| (entry.key.clone(), entry.value.clone())).collect();
        let per = root.get("per").and_then(|node| per(node, findings));
        Self { per, parameters, declarations, outputs, index }
    }
}

fn parameter(entry: &Entry, findings: &Findings) -> Parameter {
    check_keys(&entry.value, &PARAMETER_KEYS, "a parameter", findings);
    check_word(&entry.value, "type", &PARAMETER_TYPES, findings);
    check_word(&entry.value, "format", &PARAMETER_FORMATS, findings);
    if !is_identifier(&entry.key) {
        let message =
            format!("`{}` can't name a parameter: letters, digits and `_`, a letter first", entry.key);
        findings.add(Finding::new("bad_id", entry.key_span, message));
    }
    Parameter { name: entry.key.clone(), span: entry.key_span, node: entry.value.clone() }
}

/// Reports a word under a key that is none of those it can be.
fn check_word(node: &Node, key: &str, known: &[&str], findings: &Findings) {
    let Some(node) = node.get(key) else { return };
    let word = text(node).unwrap_or_default();
    if !known.contains(&word.as_ref()) {
        let message = format!("`{key}` can't be `{word}`");
        let help = suggestion(&word, known.iter().copied());
        findings.add(Finding::new("bad_enum", node.span, message).maybe_help(help));
    }
}

fn declaration(node: &Node, component: bool, keys: &[&str], findings: &Findings) -> Option<Declaration> {
    check_keys(node, keys, if component { "a component" } else { "a resource" }, findings);
    let (id, span) = text_at(node, "id", findings)?;
    if !is_identifier(&id) {
        let message = if is_reserved(&id) {
            format!("`{id}` can't be an id: the expression language keeps this word for itself")
        } else {
            format!("`{id}` can't be an id: letters, digits and `_`, a letter first")
        };
        findings.add(Finding::new("bad_id", span, message));
        return None;
    }
    if BUILT_IN.contains(&&*id) {
        let message =
            format!("`{id}` can't be an id: in expressions it would hide what is called so everywhere");
        findings.add(Finding::new("bad_id", span, message).help("give it a longer one"));
    }
    let what = what(node, component, findings)?;
    let per = node.get("per").and_then(|node| per(node, findings));
    Some(Declaration { id, span, node: node.clone(), per, what })
}

fn what(node: &Node, component: bool, findings: &Findings) -> Option<What> {
    if component {
        let (name, span) = text_at(node, "use", findings)?;
        return Some(What::Component { name, span });
    }
    if manifest::is_object(node) {
        return manifest::what(node, findings);
    }
    if let Some(entry) = node.entries()?.iter().find(|entry| &*entry.key == "force") {
        let message = "`force` is for Kubernetes objects";
        let help = "AWS resources have no other managers; `adopt` takes one over that exists";
        findings.add(Finding::new("unknown_key", entry.key_span, message).help(help));
    }
    let (name, span) = text_at(node, "type", findings)?;
    let type_name = TypeName { name, span };
    let Some(by) = node.get("lookup") else { return Some(What::Resource(type_name)) };
    check_lookup(node, by, findings);
    Some(What::Lookup(type_name))
}

/// Reports keys that a lookup has no use for, and one that does not say by what.
fn check_lookup(node: &Node, by: &Node, findings: &Findings) {
    let entries = node.entries().unwrap_or_default().iter();
    for entry in entries.filter(|entry| OWNED_KEYS.contains(&&*entry.key)) {
        let message = format!("`{}` means nothing for what is looked up", entry.key);
        let help = "what is looked up is read and never changed; it is found by what `lookup` says of it";
        findings.add(Finding::new("unknown_key", entry.key_span, message).help(help));
    }
    if by.is_null() || by.entries().is_some_and(<[Entry]>::is_empty) {
        let message = "`lookup` says of which properties the resource is found: a name, tags";
        findings.add(Finding::new("missing_required", by.span, message));
    }
}

fn per(node: &Node, findings: &Findings) -> Option<Per> {
    match text(node).as_deref() {
        Some("region") => Some(Per::Region),
        Some("stack") => Some(Per::Stack),
        _ => {
            findings.add(Finding::new("wrong_type", node.span, "`per` is `region` or `stack`"));
            None
        }
    }
}

/// Where each id is declared; one that is used twice is reported.
fn index(declarations: &[Declaration], findings: &Findings) -> HashMap<Arc<str>, usize> {
    let mut index = HashMap::with_capacity(declarations.len());
    for (at, one) in declarations.iter().enumerate() {
        if index.insert(one.id.clone(), at).is_some() {
            let message = format!("the id `{}` is used twice", one.id);
            findings.add(Finding::new("duplicate_id", one.span, message).help("give one of them another id"));
        }
    }
    index
}

/// A scalar's text.
pub fn text(node: &Node) -> Option<Arc<str>> {
    match &node.kind {
        Kind::Scalar(scalar) => Some(scalar.text.clone()),
        _ => None,
    }
}

/// The text under a key that must be there.
pub fn text_at(node: &Node, key: &str, findings: &Findings) -> Option<(Arc<str>, Span)> {
    match node.get(key).map(|value| (text(value), value.span)) {
        Some((Some(text), span)) => Some((text, span)),
        Some((None, span)) => {
            findings.add(Finding::new("wrong_type", span, format!("`{key}` is a text")));
            None
        }
        None => {
            findings.add(Finding::new("missing_required", node.span, format!("`{key}` is missing here")));
            None
        }
    }
}

/// The elements under a key; none where it is absent.
pub fn list_of<'n>(node: &'n Node, key: &str, findings: &Findings) -> &'n [Node] {
    match node.get(key) {
        Some(Node { kind: Kind::List(items), .. }) => items,
        Some(other) if !other.is_null() => {
            findings.add(Finding::new(
                "wrong_type",
                other.span,
                format!("`{key}` is a list, this is {}", other.describe()),
            ));
            &[]
        }
        _ => &[],
    }
}

/// The entries under a key; none where it is absent.
pub fn mapping_of<'n>(node: &'n Node, key: &str, findings: &Findings) -> &'n [Entry] {
    match node.get(key) {
        Some(Node { kind: Kind::Map(entries), .. }) => entries,
        Some(other) if !other.is_null() => {
            let message = format!("`{key}` is a mapping, this is {}", other.describe());
            findings.add(Finding::new("wrong_type", other.span, message));
            &[]
        }
        _ => &[],
    }
}

/// Reports keys that mean nothing here.
pub fn check_keys(node: &Node, known: &[&str], what: &str, findings: &Findings) {
    let Some(entries) = node.entries() else {
        findings.add(Finding::new(
            "wrong_type",
            node.span,
            format!("{what} is a mapping, this is {}", node.describe()),
        ));
        return;
    };
    for entry in entries.iter().filter(|entry| !known.contains(&entry.key.as_ref())) {
        let message = format!("{what} has no `{}`", entry.key);
        let help = suggestion(&entry.key, known.iter().copied());
        findings.add(Finding::new("unknown_key", entry.key_span, message).maybe_help(help));
    }
}
