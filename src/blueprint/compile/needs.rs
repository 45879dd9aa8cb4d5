//! What Kubernetes objects need of each other though no expression says so: the namespace that one lies in, the
//! definition of its kind, and what its manifest names. And that no two of them are the same object.

use std::collections::HashMap;
use std::rc::Rc;
use std::sync::Arc;

use super::super::diagnostics::Finding;
use super::frame::Declared;
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

/// The objects of a blueprint by what others need them for.
struct Objects<'m> {
    by_identity: HashMap<Identity, &'m Made>,
    definitions: HashMap<Kind, &'m Address>,
}

impl Compiler<'_> {
    /// Adds what each object needs, and reports those that are in the blueprint twice.
    pub(super) fn infer_needs(&self, made: &mut [Made]) {
        let objects = self.objects(made);
        let needs: Vec<Vec<Address>> = made.iter().map(|(_, desired)| objects.needs(desired)).collect();
        for ((_, desired), needs) in made.iter_mut().zip(needs) {
            desired.depends_on.extend(needs.into_iter().filter(|needed| *needed != desired.address));
        }
        hints::follow(made);
    }

    fn objects<'m>(&self, made: &'m [Made]) -> Objects<'m> {
        let mut objects = Objects { by_identity: HashMap::new(), definitions: HashMap::new() };
        for one in made {
            let Some(identity) = Identity::of(&one.1) else { continue };
            if let Some(kind) = defined(&one.1, &identity) {
                objects.definitions.insert(kind, &one.1.address);
            }
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
            "the other one stands at {}:{}:{}; leave one out, or give it another name",
            first.origin.file, first.origin.line, first.origin.column
        );
        let span = declared.property("metadata").map_or(declared.span(), |node| node.span);
        self.around.findings.add(Finding::new("duplicate_object", span, message).help(help));
    }
}

impl Objects<'_> {
    fn needs(&self, desired: &Desired) -> Vec<Address> {
        let Some(identity) = Identity::of(desired) else { return Vec::new() };
        let kind = (identity.cluster.clone(), identity.group.clone(), identity.kind.clone());
        let definition = self.definitions.get(&kind).map(|address| (*address).clone());
        let namespace = identity.in_namespace().and_then(|namespace| self.by_identity.get(&namespace));
        definition.into_iter().chain(namespace.map(|(_, desired)| desired.address.clone())).collect()
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

    /// The namespace that the object lies in, as an object.
    fn in_namespace(&self) -> Option<Self> {
        let name = self.namespace.clone()?;
        let (group, kind) = (Arc::from(""), Arc::from("Namespace"));
        Some(Self { cluster: self.cluster.clone(), group, kind, namespace: None, name })
    }
}

/// The kind that a custom resource definition defines.
fn defined(desired: &Desired, identity: &Identity) -> Option<Kind> {
    if (&*identity.group, &*identity.kind) != ("apiextensions.k8s.io", "CustomResourceDefinition") {
        return None;
    }
    let Some(Value::Map(spec)) = desired.properties.get("spec") else { return None };
    let kind = text(within(spec, "names")?.get("kind")?)?;
    Some((identity.cluster.clone(), text(spec.get("group")?)?, kind))
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
