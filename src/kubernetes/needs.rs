//! Which other objects a manifest names: what has to be there before it can work.

use std::collections::BTreeSet;
use std::sync::Arc;

use super::node::Node;
use super::{pod, references};
use crate::model::Map;

const GATEWAY: &str = "gateway.networking.k8s.io";
const SNAPSHOT: &str = "snapshot.storage.k8s.io";

/// An object as another one names it: by kind and name, whatever the version.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct ObjectRef {
    /// The API group; empty for the core group.
    pub group: Arc<str>,
    /// `ConfigMap`.
    pub kind: Arc<str>,
    /// Where it is, if objects of its kind are in namespaces: a manifest that names a custom resource does not say.
    /// `None` for kinds that are known to be cluster-wide, and where neither manifest nor caller names a namespace.
    pub namespace: Option<Arc<str>>,
    /// Its name.
    pub name: Arc<str>,
}

/// The other objects that a manifest names, each once, sorted; `namespace` is where the object goes if its manifest does
/// not say. What is deferred is not known and left out, as is what every cluster has (the service account `default`).
///
/// They are hints for the order: most controllers try again until what they need is there, so an object that is not in
/// the blueprint may exist all the same, and two that name each other can be made in either order. Objects that are named
/// by labels alone (the pods of a Service) are not among them.
pub fn needs(manifest: &Map, namespace: Option<&str>) -> Vec<ObjectRef> {
    let object = Node::Map(manifest);
    let own = object.at("metadata.namespace").text().cloned().or_else(|| namespace.map(Arc::from));
    let mut needs = Needs { namespace: own, found: BTreeSet::new() };
    if let Some(namespace) = needs.namespace.clone() {
        needs.everywhere("", "Namespace", Some(&namespace));
    }
    let (group, kind) = group_and_kind(object);
    // A definition holds the schema of references, not references.
    if kind != "CustomResourceDefinition" {
        references::collect(object, group, &mut needs);
    }
    for path in ["spec", "template.spec", "spec.template.spec", "spec.jobTemplate.spec.template.spec"] {
        pod::collect(object.at(path), &mut needs);
    }
    of_kind(group, kind, object, &mut needs);
    needs.found.into_iter().collect()
}

fn group_and_kind(object: Node<'_>) -> (&str, &str) {
    let api_version = object.get("apiVersion").text().map_or("", |text| &**text);
    let group = api_version.split_once('/').map_or("", |(group, _)| group);
    (group, object.get("kind").text().map_or("", |text| &**text))
}

/// What only objects of this kind name, and not in the form of a reference.
fn of_kind(group: &str, kind: &str, object: Node<'_>, needs: &mut Needs) {
    let spec = object.get("spec");
    match (group, kind) {
        ("apps", "StatefulSet") => {
            needs.nearby("", "Service", spec.get("serviceName").text());
            spec.get("volumeClaimTemplates").items().for_each(|claim| needs.claim(claim.get("spec")));
        }
        ("", "PersistentVolumeClaim") => needs.claim(spec),
        ("", "PersistentVolume") => {
            needs.everywhere("storage.k8s.io", "StorageClass", spec.get("storageClassName").text());
        }
        ("", "ServiceAccount") => pull_secrets(object, needs),
        ("", "Secret") => {
            let annotations = object.at("metadata.annotations");
            needs.nearby("", "ServiceAccount", annotations.get("kubernetes.io/service-account.name").text());
        }
        ("networking.k8s.io" | "extensions", "Ingress") => ingress(spec, needs),
        ("networking.k8s.io", "IngressClass") => needs.named(spec.get("parameters")),
        ("rbac.authorization.k8s.io", "RoleBinding" | "ClusterRoleBinding") => {
            let accounts = object.get("subjects").items().filter(|s| s.get("kind").is("ServiceAccount"));
            accounts.for_each(|account| needs.addressed("", "ServiceAccount", account));
        }
        ("admissionregistration.k8s.io", _) => admission(group, object, needs),
        ("apiextensions.k8s.io", "CustomResourceDefinition") => {
            needs.addressed("", "Service", spec.at("conversion.webhook.clientConfig.service"));
        }
        ("apiregistration.k8s.io", "APIService") => needs.addressed("", "Service", spec.get("service")),
        (GATEWAY, "Gateway") => {
            needs.everywhere(GATEWAY, "GatewayClass", spec.get("gatewayClassName").text());
        }
        (SNAPSHOT, "VolumeSnapshot") => {
            needs.everywhere(SNAPSHOT, "VolumeSnapshotClass", spec.get("volumeSnapshotClassName").text());
            let claim = spec.at("source.persistentVolumeClaimName").text();
            needs.nearby("", "PersistentVolumeClaim", claim);
        }
        _ => {}
    }
}

/// The secrets of a pod or service account by which images are pulled.
pub(super) fn pull_secrets(object: Node<'_>, needs: &mut Needs) {
    for secret in object.get("imagePullSecrets").items() {
        needs.nearby("", "Secret", secret.get("name").text());
    }
}

fn ingress(spec: Node<'_>, needs: &mut Needs) {
    needs.everywhere("networking.k8s.io", "IngressClass", spec.get("ingressClassName").text());
    for tls in spec.get("tls").items() {
        needs.nearby("", "Secret", tls.get("secretName").text());
    }
    let rules = spec.get("rules").items();
    let of_rules = rules.flat_map(|rule| rule.at("http.paths").items()).map(|path| path.get("backend"));
    for backend in [spec.get("defaultBackend"), spec.get("backend")].into_iter().chain(of_rules) {
        // `serviceName` is of the versions before v1.
        let service = backend.at("service.name").text().or_else(|| backend.get("serviceName").text());
        needs.nearby("", "Service", service);
        needs.named(backend.get("resource"));
    }
}

/// The services behind webhooks, and the policy of a binding.
fn admission(group: &str, object: Node<'_>, needs: &mut Needs) {
    for webhook in object.get("webhooks").items() {
        needs.addressed("", "Service", webhook.at("clientConfig.service"));
    }
    let policy = match object.get("kind") {
        kind if kind.is("ValidatingAdmissionPolicyBinding") => "ValidatingAdmissionPolicy",
        kind if kind.is("MutatingAdmissionPolicyBinding") => "MutatingAdmissionPolicy",
        _ => return,
    };
    needs.everywhere(group, policy, object.at("spec.policyName").text());
}

/// What was found so far.
pub(super) struct Needs {
    /// Where the object itself is.
    namespace: Option<Arc<str>>,
    found: BTreeSet<ObjectRef>,
}

impl Needs {
    /// An object of the same namespace.
    pub(super) fn nearby(&mut self, group: &str, kind: &str, name: Option<&Arc<str>>) {
        self.add(group, kind, self.namespace.clone(), name);
    }

    /// An object of a kind without namespaces.
    pub(super) fn everywhere(&mut self, group: &str, kind: &str, name: Option<&Arc<str>>) {
        self.add(group, kind, None, name);
    }

    /// An object by `{name, namespace}`.
    pub(super) fn addressed(&mut self, group: &str, kind: &str, reference: Node<'_>) {
        let namespace = reference.get("namespace").text().cloned().or_else(|| self.namespace.clone());
        self.add(group, kind, namespace, reference.get("name").text());
    }

    /// An object by `{apiGroup, kind, name}`.
    fn named(&mut self, reference: Node<'_>) {
        let group = reference.get("apiGroup").text().map_or("", |group| &**group);
        if let Some(kind) = reference.get("kind").text() {
            self.addressed(group, kind, reference);
        }
    }

    /// What a claim names besides its references: the class and the volume.
    pub(super) fn claim(&mut self, spec: Node<'_>) {
        self.everywhere("storage.k8s.io", "StorageClass", spec.get("storageClassName").text());
        self.everywhere("", "PersistentVolume", spec.get("volumeName").text());
    }

    fn add(&mut self, group: &str, kind: &str, namespace: Option<Arc<str>>, name: Option<&Arc<str>>) {
        let Some(name) = name.cloned() else { return };
        if kind == "ServiceAccount" && &*name == "default" {
            return;
        }
        self.found.insert(ObjectRef { group: Arc::from(group), kind: Arc::from(kind), namespace, name });
    }
}
