//! Objects out of files, kustomizations and charts.

use std::path::PathBuf;

use insta::assert_snapshot;
use serde_json::json;

use super::{HEAD, compiled, mistakes};
use crate::blueprint::Compiled;
use crate::model::{Address, Attributes, Desired, Json, Reference, Value};

const CONFIG: (&str, &str) = ("stackctl.yaml", "stack: shop\nclusters: {onsite: {}}\n");

const ADDONS: &str = "# two documents\napiVersion: v1\nkind: Namespace\nmetadata: {name: addons}\n---\n\
                      apiVersion: v1\nkind: ConfigMap\nmetadata: {name: settings, namespace: addons, creationTimestamp: null}\n\
                      data: {script: 'echo ${HOME}'}\nstatus: {}\n---\n---\n";
const LIST: &str = r#"{"apiVersion": "v1", "kind": "List", "items": [
  {"apiVersion": "rbac.authorization.k8s.io/v1", "kind": "ClusterRole", "metadata": {"name": "reader", "namespace": "x"}, "rules": []},
  {"apiVersion": "example.com/v1", "kind": "Ring", "metadata": {"name": "one"}}
]}"#;
const DEFINITION: &str = "apiVersion: apiextensions.k8s.io/v1\nkind: CustomResourceDefinition\nmetadata: {name: rings.example.com}\n\
                          spec: {group: example.com, names: {kind: Ring, plural: rings}, scope: Namespaced, versions: [{name: v1, served: true, storage: true}]}\n";
const VOLUME: &str = "apiVersion: v1\nkind: Pod\nmetadata: {name: tool}\nspec:\n  containers: [{name: tool, image: tool}]\n  \
                      volumes: [{name: keys, secret: {secretName: keys, defaultMode: 0400}}]\n";

fn stage<'f>(body: &'f str, files: &[(&'f str, &'f str)]) -> Vec<(&'f str, &'f str)> {
    [CONFIG, ("stage-1-mvp.yaml", body)].into_iter().chain(files.iter().copied()).collect()
}

fn of(resource: &str, files: &[(&str, &str)]) -> Compiled {
    let body = format!("{HEAD}resources:\n{resource}");
    compiled(&stage(&body, files), None, &[])
}

fn said(resource: &str, files: &[(&str, &str)]) -> String {
    let body = format!("{HEAD}resources:\n{resource}");
    mistakes(&stage(&body, files))
}

fn addresses(compiled: &Compiled) -> Vec<&str> {
    compiled.desired.iter().map(|desired| desired.address.as_str()).collect()
}

fn at<'c>(compiled: &'c Compiled, address: &str) -> &'c Desired {
    let found = compiled.desired.iter().find(|desired| desired.address.as_str() == address);
    found.unwrap_or_else(|| panic!("no {address} in {:?}", addresses(compiled)))
}

fn needs(desired: &Desired) -> Vec<&str> {
    desired.depends_on.iter().map(Address::as_str).collect()
}

/// Whether the PATH has one of these; a test without its tool says so.
fn has(tools: &[&str]) -> bool {
    let path = std::env::var_os("PATH").unwrap_or_default();
    let folders: Vec<PathBuf> = std::env::split_paths(&path).collect();
    let found = tools.iter().any(|tool| folders.iter().any(|folder| folder.join(tool).is_file()));
    if !found {
        eprintln!("SKIPPED: none of {tools:?} is on the PATH");
    }
    found
}

#[test]
fn a_folder_of_manifests() {
    let files = [
        ("manifests/b.yaml", ADDONS),
        ("manifests/a.json", LIST),
        ("manifests/c.yml", DEFINITION),
        ("manifests/d.yaml", VOLUME),
        ("manifests/notes.txt", "no manifest"),
    ];
    let compiled =
        of("  - {id: addons, cluster: onsite, path: ./manifests, force: true, protect: true}\n", &files);
    assert_eq!(
        addresses(&compiled),
        [
            "us-east-1/addons[ClusterRole/reader]",
            "us-east-1/addons[Ring/one]",
            "us-east-1/addons[Namespace/addons]",
            "us-east-1/addons[ConfigMap/addons/settings]",
            "us-east-1/addons[CustomResourceDefinition/rings.example.com]",
            "us-east-1/addons[Pod/default/tool]",
        ]
    );
    let settings = at(&compiled, "us-east-1/addons[ConfigMap/addons/settings]");
    assert!(settings.lifecycle.force && settings.lifecycle.protect);
    assert_eq!(needs(settings), ["us-east-1/addons[Namespace/addons]"]);
    assert_eq!((settings.origin.line, settings.origin.file.ends_with("manifests/b.yaml")), (6, true));
    // Taken as it stands, without what only the cluster sets.
    assert_eq!(settings.properties["data"].to_json(), Some(json!({"script": "echo ${HOME}"})));
    assert!(!settings.properties.contains_key("status"));
    let ring = at(&compiled, "us-east-1/addons[Ring/one]");
    assert_eq!(needs(ring), ["us-east-1/addons[CustomResourceDefinition/rings.example.com]"]);
    assert_eq!(ring.properties["metadata"].to_json().unwrap()["namespace"], "default");
    let role = at(&compiled, "us-east-1/addons[ClusterRole/reader]");
    assert_eq!(role.properties["metadata"].to_json(), Some(json!({"name": "reader"})));
    let pod = at(&compiled, "us-east-1/addons[Pod/default/tool]").properties["spec"].to_json().unwrap();
    assert_eq!(pod["volumes"][0]["secret"]["defaultMode"], 0o400);
}

#[test]
fn a_job_that_removes_itself_stays() {
    let job = "apiVersion: batch/v1\nkind: Job\nmetadata: {name: migrate}\nspec:\n  ttlSecondsAfterFinished: 5\n  \
               template: {spec: {restartPolicy: Never, containers: [{name: a, image: a}]}}\n";
    let compiled = of("  - {id: a, cluster: onsite, path: job.yaml}\n", &[("job.yaml", job)]);
    let spec = at(&compiled, "us-east-1/a[Job/default/migrate]").properties["spec"].to_json().unwrap();
    assert_eq!(
        spec.as_object().unwrap().keys().collect::<Vec<_>>(),
        ["template"],
        "or each apply would run it"
    );
}

#[test]
fn one_file_for_each_of_several() {
    let resource = "  - id: addons\n    cluster: onsite\n    forEach: {name: [one, two]}\n    path: '${name}.yaml'\n    \
                    movedFrom: old\n  - id: topic\n    type: AWS::SNS::Topic\n    \
                    properties: {DisplayName: '${addons.map(group, group[0].metadata.name)[1]}'}\n";
    let object = |name: &str| format!("apiVersion: v1\nkind: Namespace\nmetadata: {{name: {name}}}\n");
    let compiled = of(resource, &[("one.yaml", &object("a")), ("two.yaml", &object("b"))]);
    let two = at(&compiled, "us-east-1/addons[two/Namespace/b]");
    assert_eq!(two.lifecycle.moved_from.as_ref().map(Address::as_str), Some("us-east-1/old[Namespace/b]"));
    assert_eq!(at(&compiled, "us-east-1/topic").properties["DisplayName"].as_str(), Some("b"));
}

#[test]
fn files_count_in_the_digest() {
    let digest = |text: &str| of("  - {id: a, cluster: onsite, path: a.yaml}\n", &[("a.yaml", text)]).digest;
    // The folder of each compilation has another name.
    let compiled = |text: &str| {
        let folder = super::folder(&[CONFIG, ("a.yaml", text), ("stage-1-mvp.yaml", HEAD)]);
        drop(folder);
        digest(text)
    };
    assert_ne!(compiled(ADDONS), compiled(DEFINITION));
}

#[test]
fn mistakes_in_files() {
    let bad = "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: a}\ndata: {port: 80}\n---\n\
               apiVersion: apps/v1\nkind: Deploymant\nmetadata: {name: b}\n---\nkind: Service\n---\n\
               apiVersion: v1\nkind: Service\nmetadata: {}\n";
    let resource = "  - {id: bad, cluster: onsite, path: bad.yaml}\n  - {id: none, cluster: onsite, path: nothing}\n  \
                    - {id: empty, cluster: onsite, path: empty}\n  - {id: outside, cluster: onsite, path: ../x}\n  \
                    - {id: adopted, cluster: onsite, path: fine.yaml, adopt: x}\n  - {id: syntax, cluster: onsite, path: syntax.yaml}\n";
    let files = [
        ("bad.yaml", bad),
        ("empty/readme.md", "nothing"),
        ("fine.yaml", "apiVersion: v1\nkind: Namespace\nmetadata: {name: fine}\n"),
        ("syntax.yaml", "a: [1\n---\nb: 2\n"),
    ];
    assert_snapshot!(said(resource, &files));
}

#[test]
fn a_kustomization() {
    if !has(&["kubectl", "kustomize"]) {
        return;
    }
    let files = [
        ("k/kustomization.yaml", "namespace: addons\nresources: [a.yaml]\n"),
        ("k/a.yaml", "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: a}\n"),
    ];
    let compiled = of("  - {id: addons, cluster: onsite, path: k}\n", &files);
    assert_eq!(addresses(&compiled), ["us-east-1/addons[ConfigMap/addons/a]"]);
    let broken = [("k/kustomization.yaml", "resources: [nothing.yaml]\n")];
    let said = said("  - {id: addons, cluster: onsite, path: k}\n", &broken);
    assert!(said.contains("kustomize` fails: ") || said.contains("build` fails: "), "{said}");
}

const CHART: &str = "apiVersion: v2\nname: web\nversion: 0.1.0\n";
const TEMPLATE: &str = r#"apiVersion: v1
kind: ServiceAccount
metadata:
  name: {{ .Release.Name }}
  annotations: {eks.amazonaws.com/role-arn: {{ .Values.role | quote }}, both: "x-{{ .Values.role }}-y"}
---
apiVersion: example.com/v1
kind: Ring
metadata: {name: ring}
spec: {size: {{ .Values.size }}, kube: {{ .Capabilities.KubeVersion.Minor | quote }}}
---
apiVersion: batch/v1
kind: Job
metadata: {name: before, annotations: {helm.sh/hook: "pre-install,pre-upgrade"}}
spec: {template: {spec: {containers: [{name: a, image: a}], restartPolicy: Never}}}
---
apiVersion: batch/v1
kind: Job
metadata: {name: after, annotations: {helm.sh/hook: post-install}}
spec: {template: {spec: {containers: [{name: a, image: a}], restartPolicy: Never}}}
---
apiVersion: batch/v1
kind: Job
metadata: {name: cleanup, annotations: {helm.sh/hook: pre-delete}}
spec: {template: {spec: {containers: [{name: a, image: a}], restartPolicy: Never}}}
---
apiVersion: v1
kind: Pod
metadata: {name: test, annotations: {helm.sh/hook: test}}
spec: {containers: [{name: a, image: a}]}
"#;
const USE: &str = r"  - id: role
    type: AWS::IAM::Role
    properties: {AssumeRolePolicyDocument: {Version: '2012-10-17', Statement: []}}
  - id: web
    cluster: onsite
    helm: {chart: ./charts/web, release: front, namespace: shop, values: {role: '${role.Arn}', size: 3}}
";

struct Arn;

impl Attributes for Arn {
    fn attribute(&self, reference: &Reference) -> Option<Json> {
        (&*reference.attribute == "Arn").then(|| json!("arn:aws:iam::1:role/x"))
    }
}

#[test]
fn a_chart_with_values_that_are_not_known() {
    if !has(&["helm"]) {
        return;
    }
    let compiled = of(USE, &[("charts/web/Chart.yaml", CHART), ("charts/web/templates/all.yaml", TEMPLATE)]);
    let mut found = addresses(&compiled);
    found.sort_unstable();
    assert_eq!(
        found,
        [
            "us-east-1/role",
            "us-east-1/web[Job/shop/after]",
            "us-east-1/web[Job/shop/before]",
            "us-east-1/web[Ring/ring]",
            "us-east-1/web[ServiceAccount/shop/front]",
        ]
    );
    let account = at(&compiled, "us-east-1/web[ServiceAccount/shop/front]");
    assert_eq!(needs(account), ["us-east-1/role", "us-east-1/web[Job/shop/before]"]);
    assert!(needs(at(&compiled, "us-east-1/web[Job/shop/after]")).contains(&"us-east-1/web[Ring/ring]"));
    let metadata = &account.properties["metadata"];
    assert!(!metadata.is_known());
    let resolved = metadata.resolve(&Arn).unwrap().to_json().unwrap();
    assert_eq!(resolved["namespace"], "shop");
    assert_eq!(resolved["annotations"]["eks.amazonaws.com/role-arn"], "arn:aws:iam::1:role/x");
    assert_eq!(resolved["annotations"]["both"], "x-arn:aws:iam::1:role/x-y");
    let ring = at(&compiled, "us-east-1/web[Ring/ring]");
    assert_eq!(ring.properties["metadata"].to_json().unwrap()["namespace"], "shop");
    assert_eq!(ring.properties["spec"].to_json().unwrap()["size"], 3);
}

#[test]
fn a_chart_that_changes_what_is_not_known() {
    if !has(&["helm"]) {
        return;
    }
    let template =
        "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: a}\ndata: {role: {{ .Values.role | b64enc }}}\n";
    let files = [("charts/web/Chart.yaml", CHART), ("charts/web/templates/all.yaml", template)];
    assert_snapshot!(said(USE, &files));
}

#[test]
fn secrets_pass_through_a_chart_whole() {
    if !has(&["helm"]) {
        return;
    }
    let resource = "  - id: web\n    cluster: onsite\n    helm: {chart: charts/web, values: {password: 'secret://env/PASSWORD'}}\n";
    let secret = |data: &str| {
        format!("apiVersion: v1\nkind: Secret\nmetadata: {{name: a}}\nstringData: {{p: {data}}}\n")
    };
    let chart = |template: &str| {
        vec![
            ("charts/web/Chart.yaml", CHART.to_owned()),
            ("charts/web/templates/a.yaml", template.to_owned()),
        ]
    };
    let files = chart(&secret("{{ .Values.password }}"));
    let files: Vec<(&str, &str)> = files.iter().map(|(name, text)| (*name, text.as_str())).collect();
    let compiled = of(resource, &files);
    let Value::Map(data) = &compiled.desired[0].properties["stringData"] else { panic!("no map") };
    assert!(matches!(&data["p"], Value::Secret(secret) if &*secret.0 == "secret://env/PASSWORD"), "{data:?}");
    let files = chart(&secret("'user:{{ .Values.password }}'"));
    let files: Vec<(&str, &str)> = files.iter().map(|(name, text)| (*name, text.as_str())).collect();
    assert!(said(resource, &files).contains("the chart makes a secret a part of a text"));
}

#[test]
fn how_a_chart_is_declared() {
    if !has(&["helm"]) {
        return;
    }
    let resource = "  - {id: none, cluster: onsite, helm: {values: {}}}\n  - {id: local, cluster: onsite, helm: {chart: charts/web}}\n  \
                    - {id: remote, cluster: onsite, helm: {chart: web, repository: 'https://charts.example.com'}}\n  \
                    - {id: misspelt, cluster: onsite, helm: {chart: charts/a, value: {}}}\n  \
                    - {id: list, cluster: onsite, helm: {chart: charts/a, values: [1]}}\n";
    assert_snapshot!(said(resource, &[("charts/a/Chart.yaml", CHART)]));
}
