//! From a declared Kubernetes object to a [`Desired`]: its cluster, its manifest, its name.

use std::collections::BTreeSet;
use std::rc::Rc;
use std::sync::Arc;

use super::super::diagnostics::{Finding, Span, suggestion};
use super::super::document::TypeName;
use super::super::expression::{Instance, Val};
use super::super::yaml::Node;
use super::Compiler;
use super::frame::Declared;
use super::resource::{Gathered, collect};
use crate::catalog::TypeSchema;
use crate::model::{Address, Cluster, Desired, Map, ResourceType, Scope as CloudScope, Value};

/// Where objects lie that name no namespace.
pub(super) const DEFAULT_NAMESPACE: &str = "default";
/// When a Job that is done is removed.
const AFTER: &str = "ttlSecondsAfterFinished";
/// The type of clusters that a stack makes.
const EKS_CLUSTER: &str = "AWS::EKS::Cluster";

impl Compiler<'_> {
    /// The schema of a built-in kind; none for a custom resource. A kind that Kubernetes does not have is reported.
    pub(super) fn object_schema(&self, type_name: &TypeName) -> Option<Arc<TypeSchema>> {
        if let Some(unknown) = self.catalog.unknown_kind(&ResourceType::new(&type_name.name)) {
            let help = unknown.nearest.map(|near| format!("did you mean `{near}`?"));
            let finding = Finding::new("unknown_type", type_name.span, unknown.message);
            self.around.findings.add(finding.maybe_help(help));
        }
        self.catalog.get(&type_name.name)
    }

    /// An object as the engine takes it; none where it has a mistake.
    pub(super) fn object(&self, declared: &Rc<Declared>) -> Option<Desired> {
        let instance = &declared.instance;
        let mut gathered = self.gather(declared, None);
        let lifecycle = self.lifecycle(declared);
        self.depends_on(declared, &mut gathered.needs);
        let cluster = self.cluster(declared, &mut gathered.needs);
        gathered.needs.remove(&instance.address);
        if let Some(rendered) = &declared.rendered {
            tidy(instance, &mut gathered.properties);
            gathered.needs.extend(rendered.chart.needs.iter().cloned());
        }
        self.keep_finished(declared, &mut gathered.properties);
        self.check_object(declared, &gathered);
        Some(Desired {
            address: instance.address.clone(),
            resource_type: instance.resource_type.clone(),
            scope: CloudScope::Cluster(cluster?),
            properties: gathered.properties,
            tags: gathered.tags,
            depends_on: gathered.needs,
            lifecycle,
            origin: self.origin(declared),
        })
    }

    /// The cluster that `cluster:` names; the object needs it where the stack makes it.
    fn cluster(&self, declared: &Declared, needs: &mut BTreeSet<Address>) -> Option<Cluster> {
        let node = declared.declaration().node.get("cluster")?;
        let value = self.value(&declared.scope, node).ok()?;
        collect(&value, needs);
        match value.untraced() {
            Val::Resource(cluster) if cluster.resource_type.as_str() == EKS_CLUSTER && cluster.owned => {
                needs.insert(cluster.address.clone());
                let region = self.region_of(&self.declared.borrow()[cluster.index].clone());
                Some(Cluster { name: Arc::from(cluster.address.as_str()), region })
            }
            Val::String(name) if self.around.config.clusters.contains_key(&**name) => {
                Some(Cluster::named(name, self.region_of(declared)))
            }
            other => {
                self.around.findings.add(self.no_cluster(other, node.span));
                None
            }
        }
    }

    /// Why a value is no cluster.
    fn no_cluster(&self, value: &Val, span: Span) -> Finding {
        let names = self.around.config.clusters.keys().map(String::as_str);
        let resource = "refer to the cluster itself, as `${platform.cluster}`, not to one of its attributes";
        let (message, help) = match value {
            Val::String(name) => {
                let help = suggestion(name, names).unwrap_or_else(|| resource.to_owned());
                (format!("stackctl.yaml has no cluster `{name}` under `clusters:`"), help)
            }
            Val::Resource(other) if other.resource_type.as_str() == EKS_CLUSTER => (
                format!("the stack does not make `{}`, it looks it up", other.address.path()),
                "name it under `clusters:` in stackctl.yaml, and write that name here".to_owned(),
            ),
            Val::Resource(other) => (
                format!(
                    "`cluster` is an {EKS_CLUSTER}, `{}` is {}",
                    other.address.path(),
                    other.resource_type
                ),
                resource.to_owned(),
            ),
            Val::Map(_) => (
                "`cluster` is one cluster, this is a map: what there is once sees one in each region"
                    .to_owned(),
                "take one by its region, or leave out `per: stack`".to_owned(),
            ),
            other => {
                let message =
                    format!("`cluster` is an {EKS_CLUSTER} or a name, this is {}", other.describe());
                (message, resource.to_owned())
            }
        };
        Finding::new("bad_cluster", span, message).help(help)
    }

    /// A Job that is removed when it is done would be made, and run, again by every apply. One of a chart stays there.
    fn keep_finished(&self, declared: &Declared, manifest: &mut Map) {
        let of = declared.instance.resource_type.object();
        let Some(Value::Map(spec)) = manifest.get_mut("spec") else { return };
        if of.is_none_or(|of| (of.group, of.kind) != ("batch", "Job")) || spec.shift_remove(AFTER).is_none() {
            return;
        }
        if declared.rendered.is_some() {
            tracing::warn!("{}: `spec.{AFTER}` is left out", declared.instance.address);
            return;
        }
        let entries = declared.property("spec").and_then(Node::entries).unwrap_or_default();
        let key = entries.iter().find(|entry| &*entry.key == AFTER);
        let at = key.map_or(declared.span(), |entry| entry.key_span);
        let message = format!(
            "{}: `spec.{AFTER}` can't be set: what is gone is made, and run, again by the next apply",
            declared.instance.address.path()
        );
        let help = "leave it out: a changed Job is replaced, and one that left the blueprint is deleted";
        self.around.findings.add(Finding::new("not_allowed", at, message).help(help));
    }

    fn check_object(&self, declared: &Declared, gathered: &Gathered) {
        let manifest = &gathered.properties;
        match &declared.instance.schema {
            Some(schema) => self.check(declared, schema, manifest, &gathered.targets),
            None => self.check_name(declared, manifest),
        }
        let Some(Value::Map(metadata)) = manifest.get("metadata") else { return };
        let refused = |name: &str| match name {
            "generateName" => Some("an object is found again by its name, which can't be made up"),
            "namespace" if is_cluster_wide(&declared.instance) => {
                Some("objects of this kind lie in no namespace")
            }
            _ => None,
        };
        for (name, why) in metadata.keys().filter_map(|name| Some((name, refused(name)?))) {
            let entries = declared.property("metadata").and_then(Node::entries).unwrap_or_default();
            let key = entries.iter().find(|entry| entry.key == *name);
            let at = key.map_or(declared.span(), |entry| entry.key_span);
            let message =
                format!("{}: `metadata.{name}` can't be set: {why}", declared.instance.address.path());
            self.around.findings.add(Finding::new("not_allowed", at, message).help("leave it out"));
        }
    }

    /// The name of a custom resource; those of built-in kinds are checked by their schemas.
    fn check_name(&self, declared: &Declared, manifest: &Map) {
        let node = declared.property("metadata");
        let metadata = match manifest.get("metadata") {
            Some(Value::Map(metadata)) => metadata.get("name"),
            Some(Value::Deferred(_)) => return,
            // What has a mistake of its own is missing here, and would be reported as missing too.
            None if node.is_some_and(|node| node.entries().is_some()) => return,
            _ => None,
        };
        let (message, at) = match metadata {
            Some(Value::Deferred(_)) => return,
            Some(Value::String(name)) if !name.is_empty() => return,
            Some(Value::Null) | None => ("`metadata.name` is missing", node),
            Some(_) => {
                ("`metadata.name` is a text that is not empty", node.and_then(|node| node.get("name")))
            }
        };
        let at = at.map_or(declared.span(), |node| node.span);
        let message = format!("{}: {message}", declared.instance.address.path());
        self.around.findings.add(Finding::new("missing_required", at, message));
    }
}

/// The metadata of an object with the namespace that it lies in: where none is written, in `default`, as everywhere in
/// Kubernetes.
pub(super) fn placed(declared: &Declared, metadata: Val) -> Val {
    let namespaced = declared.instance.schema.as_ref().and_then(|schema| schema.namespaced());
    let Val::Map(map) = metadata.untraced() else { return metadata };
    let written = map.get("namespace").is_some_and(|value| !matches!(value.untraced(), Val::Null));
    if namespaced != Some(true) || written {
        return metadata;
    }
    let from = match &metadata {
        Val::Traced(traced) => traced.from.clone(),
        _ => BTreeSet::new(),
    };
    let namespace = declared.rendered.as_ref().map_or(DEFAULT_NAMESPACE, |rendered| rendered.namespace());
    let mut map = (**map).clone();
    map.insert(Arc::from("namespace"), Val::string(namespace));
    Val::Map(Arc::new(map)).traced(from)
}

/// Takes out what files of others often have and no one can set.
fn tidy(instance: &Instance, manifest: &mut Map) {
    manifest.shift_remove("status");
    if let Some(Value::Map(metadata)) = manifest.get_mut("metadata")
        && is_cluster_wide(instance)
    {
        metadata.shift_remove("namespace");
    }
}

fn is_cluster_wide(instance: &Instance) -> bool {
    instance.schema.as_ref().and_then(|schema| schema.namespaced()) == Some(false)
}
