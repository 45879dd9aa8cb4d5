//! What a pod's specification names, wherever it stands: in a Pod, a workload's template, a custom resource's.
//!
//! What it names in the form of a reference (`secretKeyRef`, `configMapRef`) is found by `references.rs`.

use super::needs::{Needs, pull_secrets};
use super::node::Node;

/// Collects from what looks like a pod's specification: it has containers.
pub(super) fn collect(spec: Node<'_>, needs: &mut Needs) {
    if spec.get("containers").items().next().is_none() {
        return;
    }
    let account = spec.get("serviceAccountName").text().or_else(|| spec.get("serviceAccount").text());
    needs.nearby("", "ServiceAccount", account);
    needs.everywhere("scheduling.k8s.io", "PriorityClass", spec.get("priorityClassName").text());
    needs.everywhere("node.k8s.io", "RuntimeClass", spec.get("runtimeClassName").text());
    pull_secrets(spec, needs);
    spec.get("volumes").items().for_each(|volume| of_volume(volume, needs));
}

fn of_volume(volume: Node<'_>, needs: &mut Needs) {
    needs.nearby("", "ConfigMap", volume.at("configMap.name").text());
    needs.nearby("", "Secret", volume.at("secret.secretName").text());
    needs.nearby("", "PersistentVolumeClaim", volume.at("persistentVolumeClaim.claimName").text());
    needs.claim(volume.at("ephemeral.volumeClaimTemplate.spec"));
    for source in volume.at("projected.sources").items() {
        needs.nearby("", "ConfigMap", source.at("configMap.name").text());
        needs.nearby("", "Secret", source.at("secret.name").text());
    }
    // How AWS's secrets get into pods: the provider class of the secrets store driver.
    let class = volume.at("csi.volumeAttributes.secretProviderClass").text();
    needs.nearby("secrets-store.csi.x-k8s.io", "SecretProviderClass", class);
}
