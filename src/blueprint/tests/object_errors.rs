//! Mistakes about Kubernetes objects, as a person reads them.

use insta::assert_snapshot;

use super::{HEAD, mistakes};

/// What is said about a stage with these resources and a cluster `onsite`.
fn said(body: &str) -> String {
    let stage = format!("{HEAD}{body}");
    mistakes(&[
        ("stackctl.yaml", "stack: shop\nclusters: {onsite: {kubeconfig: kube/config}}\n"),
        ("stage-1-mvp.yaml", &stage),
    ])
}

#[test]
fn how_an_object_is_declared() {
    assert_snapshot!(said(
        r"resources:
  - id: nowhere
    manifest: {apiVersion: v1, kind: Namespace, metadata: {name: a}}
  - id: nothing
    cluster: onsite
  - id: both
    cluster: onsite
    path: manifests
    helm: {chart: ./chart}
  - id: typed
    cluster: onsite
    type: v1/Namespace
    properties: {}
    manifest: {apiVersion: v1, kind: Namespace, metadata: {name: b}}
  - id: kindless
    cluster: onsite
    manifest: {apiVersion: v1, metadata: {name: c}}
  - id: computed
    cluster: onsite
    manifest: {apiVersion: v1, kind: '${region}', metadata: {name: d}}
  - id: queue
    type: AWS::SQS::Queue
    force: true
"
    ));
}

#[test]
fn unknown_cluster() {
    assert_snapshot!(said(
        r"resources:
  - {id: media, type: AWS::S3::Bucket}
  - id: misspelt
    cluster: onsit
    manifest: {apiVersion: v1, kind: Namespace, metadata: {name: a}}
  - id: bucket
    cluster: ${media}
    manifest: {apiVersion: v1, kind: Namespace, metadata: {name: b}}
  - id: attribute
    cluster: ${media.Arn}
    manifest: {apiVersion: v1, kind: Namespace, metadata: {name: c}}
"
    ));
}

#[test]
fn an_object_has_a_name() {
    assert_snapshot!(said(
        r"resources:
  - id: bare
    cluster: onsite
    manifest: {apiVersion: example.com/v1, kind: Ring}
  - id: generated
    cluster: onsite
    manifest: {apiVersion: example.com/v1, kind: Ring, metadata: {generateName: ring-}}
  - id: number
    cluster: onsite
    manifest: {apiVersion: example.com/v1, kind: Ring, metadata: {name: 7}}
"
    ));
}

#[test]
fn the_same_object_twice() {
    assert_snapshot!(said(
        r"resources:
  - id: one
    cluster: onsite
    manifest: {apiVersion: autoscaling/v2, kind: HorizontalPodAutoscaler, metadata: {name: api, namespace: x}, spec: {maxReplicas: 2, scaleTargetRef: {kind: Deployment, name: api}}}
  - id: two
    cluster: onsite
    manifest: {apiVersion: autoscaling/v1, kind: HorizontalPodAutoscaler, metadata: {name: api, namespace: x}, spec: {maxReplicas: 2, scaleTargetRef: {kind: Deployment, name: api}}}
  - id: elsewhere
    cluster: onsite
    manifest: {apiVersion: autoscaling/v1, kind: HorizontalPodAutoscaler, metadata: {name: api, namespace: y}, spec: {maxReplicas: 2, scaleTargetRef: {kind: Deployment, name: api}}}
"
    ));
}

#[test]
fn a_cluster_of_stackctl_yaml() {
    let config = "stack: shop\nclusters:\n  a b: {}\n  onsite: {kubconfig: x, context: [y]}\n";
    assert_snapshot!(mistakes(&[("stackctl.yaml", config)]));
}

/// What is said about one object of these lines, in a stage.
fn about(manifest: &str) -> String {
    let indented: Vec<String> = manifest.lines().map(|line| format!("      {line}\n")).collect();
    said(&format!("resources:\n  - id: api\n    cluster: onsite\n    manifest:\n{}", indented.concat()))
}

#[test]
fn unknown_kind() {
    assert_snapshot!(said(
        r"resources:
  - id: api
    cluster: onsite
    manifest: {apiVersion: apps/v1, kind: Deploymant, metadata: {name: a}}
  - id: group
    cluster: onsite
    manifest: {apiVersion: v1, kind: Ingress, metadata: {name: b}}
  - id: misspelt
    cluster: onsite
    manifest: {apiVersion: autoscalin/v2, kind: HorizontalPodAutoscaler, metadata: {name: c}}
  - id: custom
    cluster: onsite
    manifest: {apiVersion: cert-manager.io/v1, kind: Certificat, metadata: {name: d}}
  - id: dropped
    cluster: onsite
    manifest: {apiVersion: autoscaling/v2beta2, kind: HorizontalPodAutoscaler, metadata: {name: e}}
"
    ));
}

#[test]
fn a_manifest_against_its_schema() {
    assert_snapshot!(about(
        r"apiVersion: apps/v1
kind: Deployment
metadata: {name: Api, labels: {app: my app, tier: 1}}
spec:
  replica: 3
  replicas: '3'
  strategy: {type: Rolling, rollingUpdate: {maxSurge: 25%, maxUnavailable: 1}}
  template:
    metadata: {labels: {app: api}}
    spec:
      containers:
        - name: api
          image: api:1
          ports: [{containerPort: 80000}, {protocol: TCP}]
          env: [{name: PORT, value: 8080}, {name: DEBUG, value: true}]
          resources: {limits: {cpu: 2, memory: 1Gi}, requests: {cpu: [1]}}
          readinessProbe: {httpGet: {path: /, port: http}}
          livenessProbe: {httpGet: {path: /}}
status: {replicas: 3}"
    ));
}

#[test]
fn metadata_of_an_object() {
    assert_snapshot!(said(
        r"resources:
  - id: nameless
    cluster: onsite
    manifest: {apiVersion: v1, kind: ConfigMap, metadata: {namespace: a}}
  - id: bare
    cluster: onsite
    manifest: {apiVersion: v1, kind: ConfigMap, data: {}}
  - id: generated
    cluster: onsite
    manifest: {apiVersion: v1, kind: ConfigMap, metadata: {generateName: a-}}
  - id: placed
    cluster: onsite
    manifest: {apiVersion: v1, kind: Namespace, metadata: {name: a, namespace: b}}
  - id: copied
    cluster: onsite
    manifest: {apiVersion: v1, kind: ConfigMap, metadata: {name: a, uid: b, resourceVersion: '7', creationTimestamp: null}}
"
    ));
}

#[test]
fn a_reference_into_an_object() {
    assert_snapshot!(said(
        r"resources:
  - id: web
    cluster: onsite
    manifest:
      apiVersion: v1
      kind: Service
      metadata: {name: web}
      spec: {ports: [{port: 80}]}
  - id: one
    type: AWS::SNS::Topic
    properties: {DisplayName: '${web.stats.loadBalancer}'}
  - id: two
    type: AWS::SNS::Topic
    properties: {DisplayName: '${web.status.loadBalancr.ingress[0].hostname}'}
  - id: three
    type: AWS::SNS::Topic
    properties: {DisplayName: '${web.spec.clusterIp}'}
  - id: four
    type: AWS::SNS::Topic
    properties: {DisplayName: '${string(web.spec.ports[1].port)}'}
  - id: five
    type: AWS::SNS::Topic
    properties: {DisplayName: '${web.status.loadBalancer.ingress}'}
"
    ));
}

#[test]
fn a_job_that_removes_itself() {
    assert_snapshot!(said(
        r"resources:
  - id: migrate
    cluster: onsite
    manifest:
      apiVersion: batch/v1
      kind: Job
      metadata: {name: migrate}
      spec:
        ttlSecondsAfterFinished: 100
        template: {spec: {restartPolicy: Never, containers: [{name: a, image: a}]}}
"
    ));
}
