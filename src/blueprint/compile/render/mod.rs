//! `path:` and `helm:`: objects that stand in files, or come out of a tool that renders them.

mod blanks;
mod files;
mod helm;
mod tool;

use std::collections::{BTreeSet, HashMap};
use std::rc::Rc;
use std::sync::Arc;

use super::super::diagnostics::{FileId, Finding, SourceFile, Span};
use super::super::document::{TypeName, text};
use super::super::expression::{Group, Poisoned, Val};
use super::super::manifest;
use super::super::yaml::{self, Kind, Node};
use super::Compiler;
use super::expand::New;
use super::frame::{Frame, Scope};
use super::object::DEFAULT_NAMESPACE;
use crate::model::{Address, ResourceType};

use blanks::Blanks;

/// What all objects of one rendering have in common.
pub struct Chart {
    /// Values that were not known when it was rendered.
    blanks: Blanks,
    /// Where objects lie that name no namespace.
    namespace: Arc<str>,
    /// What the values came from: all objects need it.
    pub needs: BTreeSet<Address>,
    /// Whether it is a Helm chart.
    helm: bool,
}

/// An object out of a file or a chart.
pub struct Rendered {
    /// The whole object.
    pub node: Node,
    /// Where it comes from.
    pub chart: Rc<Chart>,
    /// When it is made among the objects of its chart.
    pub moment: Moment,
    /// What tells it from the others, in its address.
    pub key: String,
}

/// When an object is made among the objects of its chart: Helm's hooks come before or after all others, those of less
/// weight first.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Moment {
    /// A hook of `pre-install` or `pre-upgrade`.
    Before(i64),
    /// No hook.
    Along,
    /// A hook of `post-install` or `post-upgrade`.
    After(i64),
}

/// An object that was found, not yet declared.
struct Found {
    node: Node,
    type_name: TypeName,
    /// Namespace, if it lies in one, and name.
    name: String,
}

impl Rendered {
    /// The value of a part of it, what was not known put back.
    pub fn value(&self, node: &Node) -> Val {
        self.chart.blanks.fill(node)
    }

    /// Where it lies if it names no namespace.
    pub fn namespace(&self) -> &str {
        &self.chart.namespace
    }

    /// The namespace of a custom resource whose definition is not in the blueprint, out of a chart that leaves it to
    /// `helm install`. Those that are cluster-wide say so in their names, by convention.
    pub fn assumed_namespace(&self, kind: &str) -> Option<&str> {
        let cluster_wide = kind.starts_with("Cluster") || kind.ends_with("Class");
        (self.chart.helm && !cluster_wide).then_some(&*self.chart.namespace)
    }
}

impl Compiler<'_> {
    /// The objects of files or of a chart: a group by kind and name.
    pub(super) fn make_rendered(
        &self,
        frame: &Rc<Frame>,
        at: usize,
        scope: &Rc<Scope>,
        key: Option<&str>,
    ) -> Result<Val, Poisoned> {
        let declaration = &frame.document.declarations[at];
        let address = Address::new(frame.place.word(), &format!("{}{}", frame.path, declaration.id), key);
        let (nodes, chart) = match (declaration.node.get("path"), declaration.node.get("helm")) {
            (Some(path), _) => (self.read_path(scope, path, &address)?, Chart::of_files()),
            (_, Some(helm)) => self.render_chart(scope, declaration, helm, &address)?,
            _ => return Err(Poisoned),
        };
        let chart = Rc::new(chart);
        let (found, complete) = self.found(nodes, &chart);
        let mut group = Group { id: declaration.id.clone(), items: Vec::new(), keys: HashMap::new() };
        for (own, moment, found) in keyed(found) {
            let whole = key.map_or_else(|| own.clone(), |key| format!("{key}/{own}"));
            let rendered = Rendered { node: found.node, chart: chart.clone(), moment, key: own.clone() };
            group.keys.insert(Arc::from(own), group.items.len());
            group.items.push(self.make_resource(New {
                frame,
                at,
                scope: scope.clone(),
                key: Some(&whole),
                type_name: &found.type_name,
                rendered: Some(Rc::new(rendered)),
            }));
        }
        // What is wrong with the others is reported all the same.
        complete.map(|()| Val::Group(Arc::new(group)))
    }

    /// The objects of all documents, those of lists too, and whether that are all of them.
    fn found(&self, documents: Vec<Node>, chart: &Chart) -> (Vec<Found>, Result<(), Poisoned>) {
        let mut found = Vec::new();
        let mut outcome = Ok(());
        for node in documents.into_iter().flat_map(flattened) {
            let Some(type_name) = manifest::kind(&node, self.around.findings) else {
                outcome = Err(Poisoned);
                continue;
            };
            match self.name(&node, &type_name, chart) {
                Some(name) => found.push(Found { node, type_name, name }),
                None => outcome = Err(Poisoned),
            }
        }
        (found, outcome)
    }

    /// Namespace and name, which make the address and so have to be known.
    fn name(&self, node: &Node, type_name: &TypeName, chart: &Chart) -> Option<String> {
        let metadata = node.get("metadata");
        let part = |key: &str| {
            let inner = metadata.and_then(|metadata| metadata.get(key)).filter(|node| !node.is_null());
            inner.map(|node| match chart.blanks.fill(node) {
                Val::String(text) if !text.is_empty() => Ok(text),
                Val::Unknown(_) | Val::Secret(_) => Err(Finding::new(
                    "not_known",
                    node.span,
                    format!("`metadata.{key}` has to be known before anything is made"),
                )),
                _ => Err(Finding::new(
                    "wrong_type",
                    node.span,
                    format!("`metadata.{key}` is a text that is not empty"),
                )),
            })
        };
        let missing = || {
            let at = metadata.map_or(node.span, |metadata| metadata.span);
            Finding::new("missing_required", at, format!("{}: `metadata.name` is missing", type_name.name))
        };
        let names = part("namespace").transpose().and_then(|namespace| {
            let name = part("name").unwrap_or_else(|| Err(missing()))?;
            Ok((namespace, name))
        });
        match names {
            Ok((namespace, name)) => {
                let schema = self.catalog.get(&type_name.name);
                let namespace = match schema.and_then(|schema| schema.namespaced()) {
                    Some(true) => Some(namespace.unwrap_or_else(|| chart.namespace.clone())),
                    Some(false) => None,
                    None => namespace,
                };
                Some(namespace.map_or_else(|| name.to_string(), |namespace| format!("{namespace}/{name}")))
            }
            Err(finding) => {
                self.around.findings.add(finding);
                None
            }
        }
    }

    /// The documents of a text, which counts as a file that was read.
    fn documents(&self, name: &str, text: &str) -> Result<Vec<Node>, Poisoned> {
        let file = self.source(name, text);
        yaml::parse_all(file, text).map_err(|findings| {
            findings.into_iter().for_each(|finding| self.around.findings.add(finding));
            Poisoned
        })
    }

    fn source(&self, name: &str, text: &str) -> FileId {
        let same = |file: &Arc<SourceFile>| *file.name == *name && *file.text == *text;
        match self.around.sources.all().iter().position(same) {
            Some(at) => FileId(u32::try_from(at).unwrap_or(u32::MAX)),
            None => self.around.sources.add(SourceFile::new(name, text)),
        }
    }

    fn refuse(&self, code: &'static str, span: Span, message: impl Into<String>) -> Poisoned {
        self.around.findings.add(Finding::new(code, span, message));
        Poisoned
    }
}

impl Chart {
    fn of_files() -> Self {
        let namespace = Arc::from(DEFAULT_NAMESPACE);
        Self { blanks: Blanks::default(), namespace, needs: BTreeSet::new(), helm: false }
    }
}

/// The objects of a document: a list holds some, an empty document none.
fn flattened(node: Node) -> Vec<Node> {
    if node.is_null() {
        return Vec::new();
    }
    let is_list = |kind: &str| kind.ends_with("List");
    let items =
        node.get("items").filter(|_| node.get("kind").and_then(text).is_some_and(|kind| is_list(&kind)));
    match items.map(|items| &items.kind) {
        Some(Kind::List(items)) => items.iter().cloned().flat_map(flattened).collect(),
        _ => vec![node],
    }
}

/// Each object with its key, `Kind/namespace/name`, with its group in front where two would be the same; hooks for
/// moments that never come are left out.
fn keyed(found: Vec<Found>) -> Vec<(String, Moment, Found)> {
    let kind = |found: &Found| ResourceType::new(&found.type_name.name).short().to_owned();
    let mut count: HashMap<String, usize> = HashMap::new();
    for one in &found {
        *count.entry(format!("{}/{}", kind(one), one.name)).or_default() += 1;
    }
    let with_key = |one: Found| {
        let moment = helm::moment(&one.node)?;
        let own = format!("{}/{}", kind(&one), one.name);
        let of = ResourceType::new(&one.type_name.name);
        let own = if count[&own] > 1 { format!("{}/{own}", of.service()) } else { own };
        Some((own, moment, one))
    };
    found.into_iter().filter_map(with_key).collect()
}
