//! What Kubernetes objects need of each other though no expression says so: the namespace that one lies in, the
//! definition of its kind, and what its manifest names. And that no two of them are the same object.

use std::collections::HashMap;
use std::rc::Rc;
use std::sync::Arc;

use super::super::diagnostics::Finding;
use super::frame::Declared;
use super::object::DEFAULT_NAMESPACE;
use super::render::Rendered;
use super::{Compiler, hints};
use crate::model::{Address, Desired, Map, Value};

pub(super) type Made = (Rc<Declared>, Desired);

/// What no two objects have in common.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub(super) struct Identity {
    pub(super) cluster: Arc<str>,
    pub(super) group: Arc<str>,
    pub(super) kind: Arc<str>,
    pub(super) namespace: Option<Arc<str>>,
    pub(super) name: Arc<str>,
}

/// A kind in a cluster: cluster, group, kind.
type Kind = (Arc<str>, Arc<str>, Arc<str>);

/// A custom resource definition.
struct Definition {
    address: Address,
    /// Whether objects of its kind lie in a namespace.
    namespaced: bool,
}

/// The objects of a blueprint by what others need them for.
struct Objects<'m> {
    by_identity: HashMap<Identity, &'m Made>,
    definitions: &'m HashMap<Kind, Definition>,
}

impl Compiler<'_> {
    /// Adds what each object needs, and reports those that are in the blueprint twice.
    pub(super) fn infer_needs(&self, made: &mut [Made]) {
        let definitions: HashMap<Kind, Definition> =
            made.iter().filter_map(|(_, desired)| definition(desired)).collect();
        for (declared, desired) in made.iter_mut() {
            place(declared, desired, &definitions);
        }
        let objects = self.objects(made, &definitions);
        let needs: Vec<Vec<Address>> = made.iter().map(|(_, desired)| objects.needs(desired)).collect();
        for ((_, desired), needs) in made.iter_mut().zip(needs) {
            desired.depends_on.extend(needs.into_iter().filter(|needed| *needed != desired.address));
        }
        hints::follow(made);
    }

    fn objects<'m>(&self, made: &'m [Made], definitions: &'m HashMap<Kind, Definition>) -> Objects<'m> {
        let mut objects = Objects { by_identity: HashMap::new(), definitions };
        for one in made {
            let Some(identity) = Identity::of(&one.1) else { continue };
            if let Some(other) = objects.by_identity.insert(identity.clone(), one) {
                self.report_twice(&identity, other, one);
            }
        }
        objects
    }

    fn report_twice(&self, identity: &Identity, (_, first): &Made, (declared, second): &Made) {
        let namespace = identity.namespace.as_ref().map(|name| format!("{name}/")).unwrap_or_default();
        let message = format!(
            "{} and {} are the same object: {} `{namespace}{}` in {}",
            first.address, second.address, identity.kind, identity.name, identity.cluster
        );
        let help = format!(
            "the other one stands at {}:{}:{}",
            first.origin.file, first.origin.line, first.origin.column
        );
        let span = declared.property("metadata").map_or(declared.span(), |node| node.span);
        self.around.findings.add(Finding::new("duplicate_object", span, message).help(help));
    }
}

impl Objects<'_> {
    fn needs(&self, desired: &Desired) -> Vec<Address> {
        let Some(identity) = Identity::of(desired) else { return Vec::new() };
        let definition = self.definitions.get(&identity.kind()).map(|definition| &definition.address);
        let namespace = identity.in_namespace().and_then(|namespace| self.by_identity.get(&namespace));
        definition.into_iter().chain(namespace.map(|(_, desired)| &desired.address)).cloned().collect()
    }
}

impl Identity {
    /// Of an object whose name is known.
    pub(super) fn of(desired: &Desired) -> Option<Self> {
        let cluster = desired.scope.cluster()?.name.clone();
        let parts = desired.resource_type.object()?;
        let Some(Value::Map(metadata)) = desired.properties.get("metadata") else { return None };
        let namespace = match metadata.get("namespace") {
            None | Some(Value::Null) => None,
            Some(value) => Some(text(value)?),
        };
        let (group, kind) = (Arc::from(parts.group), Arc::from(parts.kind));
        Some(Self { cluster, group, kind, namespace, name: text(metadata.get("name")?)? })
    }

    fn kind(&self) -> Kind {
        (self.cluster.clone(), self.group.clone(), self.kind.clone())
    }

    /// The namespace that the object lies in, as an object.
    fn in_namespace(&self) -> Option<Self> {
        let name = self.namespace.clone()?;
        let (group, kind) = (Arc::from(""), Arc::from("Namespace"));
        Some(Self { cluster: self.cluster.clone(), group, kind, namespace: None, name })
    }
}

/// The kind that a custom resource definition defines.
fn definition(desired: &Desired) -> Option<(Kind, Definition)> {
    let cluster = desired.scope.cluster()?.name.clone();
    let parts = desired.resource_type.object()?;
    if (parts.group, parts.kind) != ("apiextensions.k8s.io", "CustomResourceDefinition") {
        return None;
    }
    let Some(Value::Map(spec)) = desired.properties.get("spec") else { return None };
    let kind = text(within(spec, "names")?.get("kind")?)?;
    let namespaced = text(spec.get("scope")?)?.as_ref() == "Namespaced";
    let definition = Definition { address: desired.address.clone(), namespaced };
    Some(((cluster, text(spec.get("group")?)?, kind), definition))
}

/// A custom resource lies in a namespace, or in none, as its definition says.
fn place(declared: &Declared, desired: &mut Desired, definitions: &HashMap<Kind, Definition>) {
    if declared.instance.schema.is_some() {
        return;
    }
    let Some(kind) = Identity::of(desired).map(|identity| identity.kind()) else { return };
    let Some(Value::Map(metadata)) = desired.properties.get_mut("metadata") else { return };
    let rendered = declared.rendered.as_deref();
    let namespace = match definitions.get(&kind) {
        Some(definition) if !definition.namespaced => {
            metadata.shift_remove("namespace");
            None
        }
        Some(_) => Some(rendered.map_or(DEFAULT_NAMESPACE, Rendered::namespace)),
        None => rendered.and_then(|rendered| rendered.assumed_namespace(&kind.2)),
    };
    let is_placed = !matches!(metadata.get("namespace"), None | Some(Value::Null));
    if let Some(namespace) = namespace.filter(|_| !is_placed) {
        metadata.insert(Arc::from("namespace"), Value::string(namespace));
    }
}

fn within<'v>(map: &'v Map, name: &str) -> Option<&'v Map> {
    match map.get(name) {
        Some(Value::Map(inner)) => Some(inner),
        _ => None,
    }
}

fn text(value: &Value) -> Option<Arc<str>> {
    match value {
        Value::String(text) => Some(text.clone()),
        _ => None,
    }
}
