//! From a declared Kubernetes object to a [`Desired`]: its cluster, its manifest, its name.

use std::collections::BTreeSet;
use std::rc::Rc;
use std::sync::Arc;

use super::super::diagnostics::{Finding, Span, suggestion};
use super::super::document::TypeName;
use super::super::expression::Val;
use super::Compiler;
use super::frame::Declared;
use super::resource::collect;
use crate::catalog::TypeSchema;
use crate::model::{Address, Cluster, Desired, Map, Scope as CloudScope, Value};

/// The type of clusters that a stack makes.
const EKS_CLUSTER: &str = "AWS::EKS::Cluster";

impl Compiler<'_> {
    /// The schema of a built-in kind; none for a custom resource.
    pub(super) fn object_schema(&self, type_name: &TypeName) -> Option<Arc<TypeSchema>> {
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
        self.check_name(declared, &gathered.properties);
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

    /// An object is known by its name: it has one, and no other way to get one.
    fn check_name(&self, declared: &Declared, manifest: &Map) {
        let metadata = match manifest.get("metadata") {
            Some(Value::Map(metadata)) => Some(metadata),
            // Unknown as a whole, or of another type, which is reported by the schema.
            Some(Value::Deferred(_)) => return,
            _ => None,
        };
        let node = declared.property("metadata");
        // What has a mistake of its own is missing here, and would be reported as missing too.
        if metadata.is_none() && node.is_some_and(|node| node.entries().is_some()) {
            return;
        }
        let at = node.map_or(declared.span(), |node| node.span);
        let path = declared.instance.address.path();
        match metadata.and_then(|metadata| metadata.get("name")) {
            Some(Value::Deferred(_)) => {}
            Some(Value::String(name)) if !name.is_empty() => {}
            Some(Value::Null) | None => {
                let mut finding =
                    Finding::new("missing_required", at, format!("{path}: `metadata.name` is missing"));
                if metadata.is_some_and(|metadata| metadata.contains_key("generateName")) {
                    finding =
                        finding.help("an object is found again by its name; one that is made up can't be");
                }
                self.around.findings.add(finding);
            }
            Some(_) => {
                let at = node.and_then(|node| node.get("name")).map_or(at, |node| node.span);
                let message = format!("{path}: `metadata.name` is a text that is not empty");
                self.around.findings.add(Finding::new("wrong_type", at, message));
            }
        }
    }
}
