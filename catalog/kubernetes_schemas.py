"""Kubernetes' built-in kinds as resource schemas, out of the official Python client (PyPI `kubernetes`, Apache-2.0).

The client's models are generated from Kubernetes' OpenAPI document: which properties there are, of which types, and
which are required. Its API classes say which kinds are served under which path, and whether they lie in a namespace.
What the document says in prose alone stands in the tables below.
"""

import datetime
import importlib
import inspect
import pkgutil
import re
import types
import typing

VERSION = "37.0.2"

# Set by the server; CloudFormation's word for it is read-only.
SERVER_METADATA = [
    "creationTimestamp", "deletionGracePeriodSeconds", "deletionTimestamp", "generation", "managedFields",
    "resourceVersion", "selfLink", "uid",
]
# Amounts (`100m`, `1Gi`) may be written as numbers; the models have them as texts. By model or, where a model has them
# all over, by property alone.
QUANTITIES = {
    ("V1ResourceRequirements", "limits"), ("V1ResourceRequirements", "requests"),
    ("V1VolumeResourceRequirements", "limits"), ("V1VolumeResourceRequirements", "requests"),
    ("V1PodSpec", "overhead"), ("V1Overhead", "podFixed"), ("V1EmptyDirVolumeSource", "sizeLimit"),
    ("V1ResourceFieldSelector", "divisor"), ("V1ResourceQuotaSpec", "hard"), ("V1PersistentVolumeSpec", "capacity"),
    ("V1LimitRangeItem", "default"), ("V1LimitRangeItem", "defaultRequest"), ("V1LimitRangeItem", "max"),
    ("V1LimitRangeItem", "min"), ("V1LimitRangeItem", "maxLimitRequestRatio"),
    ("V2MetricTarget", "averageValue"), ("V2MetricTarget", "value"), ("V2HPAScalingRules", "tolerance"),
    ("V1CSIStorageCapacity", "capacity"), ("V1CSIStorageCapacity", "maximumVolumeSize"),
}
QUANTITY_MODELS = re.compile(r"(DeviceCapacity|Counter|CapacityRequirements|CapacityRequestPolicy|CapacityRequestPolicyRange)$")
PROTOCOLS = ["SCTP", "TCP", "UDP"]
# Values that the API takes, from the reference of each field; the models have none.
ENUMS = {
    ("V1Container", "imagePullPolicy"): ["Always", "IfNotPresent", "Never"],
    ("V1Container", "terminationMessagePolicy"): ["FallbackToLogsOnError", "File"],
    ("V1ContainerPort", "protocol"): PROTOCOLS,
    ("V1CronJobSpec", "concurrencyPolicy"): ["Allow", "Forbid", "Replace"],
    ("V1DaemonSetUpdateStrategy", "type"): ["OnDelete", "RollingUpdate"],
    ("V1DeploymentStrategy", "type"): ["Recreate", "RollingUpdate"],
    ("V1EmptyDirVolumeSource", "medium"): ["", "HugePages", "HugePages-1Gi", "HugePages-2Mi", "Memory"],
    ("V1HTTPGetAction", "scheme"): ["HTTP", "HTTPS"],
    ("V1HTTPIngressPath", "pathType"): ["Exact", "ImplementationSpecific", "Prefix"],
    ("V1JobSpec", "completionMode"): ["Indexed", "NonIndexed"],
    ("V1JobSpec", "podReplacementPolicy"): ["Failed", "TerminatingOrFailed"],
    ("V1LabelSelectorRequirement", "operator"): ["DoesNotExist", "Exists", "In", "NotIn"],
    ("V1NetworkPolicyPort", "protocol"): PROTOCOLS,
    ("V1NodeSelectorRequirement", "operator"): ["DoesNotExist", "Exists", "Gt", "In", "Lt", "NotIn"],
    ("V1PersistentVolumeClaimSpec", "volumeMode"): ["Block", "Filesystem"],
    ("V1PersistentVolumeSpec", "persistentVolumeReclaimPolicy"): ["Delete", "Recycle", "Retain"],
    ("V1PersistentVolumeSpec", "volumeMode"): ["Block", "Filesystem"],
    ("V1PodDisruptionBudgetSpec", "unhealthyPodEvictionPolicy"): ["AlwaysAllow", "IfHealthyBudget"],
    ("V1PodSpec", "dnsPolicy"): ["ClusterFirst", "ClusterFirstWithHostNet", "Default", "None"],
    ("V1PodSpec", "preemptionPolicy"): ["Never", "PreemptLowerPriority"],
    ("V1PodSpec", "restartPolicy"): ["Always", "Never", "OnFailure"],
    ("V1PriorityClass", "preemptionPolicy"): ["Never", "PreemptLowerPriority"],
    ("V1SeccompProfile", "type"): ["Localhost", "RuntimeDefault", "Unconfined"],
    ("V1ServicePort", "protocol"): PROTOCOLS,
    ("V1ServiceSpec", "externalTrafficPolicy"): ["Cluster", "Local"],
    ("V1ServiceSpec", "internalTrafficPolicy"): ["Cluster", "Local"],
    ("V1ServiceSpec", "ipFamilyPolicy"): ["PreferDualStack", "RequireDualStack", "SingleStack"],
    ("V1ServiceSpec", "sessionAffinity"): ["ClientIP", "None"],
    ("V1ServiceSpec", "type"): ["ClusterIP", "ExternalName", "LoadBalancer", "NodePort"],
    ("V1StatefulSetSpec", "podManagementPolicy"): ["OrderedReady", "Parallel"],
    ("V1StatefulSetUpdateStrategy", "type"): ["OnDelete", "RollingUpdate"],
    ("V1StorageClass", "reclaimPolicy"): ["Delete", "Retain"],
    ("V1StorageClass", "volumeBindingMode"): ["Immediate", "WaitForFirstConsumer"],
    ("V1Taint", "effect"): ["NoExecute", "NoSchedule", "PreferNoSchedule"],
    ("V1Toleration", "effect"): ["", "NoExecute", "NoSchedule", "PreferNoSchedule"],
    ("V1TopologySpreadConstraint", "whenUnsatisfiable"): ["DoNotSchedule", "ScheduleAnyway"],
    ("V1TopologySpreadConstraint", "nodeAffinityPolicy"): ["Honor", "Ignore"],
    ("V1TopologySpreadConstraint", "nodeTaintsPolicy"): ["Honor", "Ignore"],
    ("V1CustomResourceDefinitionSpec", "scope"): ["Cluster", "Namespaced"],
    ("V2MetricSpec", "type"): ["ContainerResource", "External", "Object", "Pods", "Resource"],
    ("V2MetricTarget", "type"): ["AverageValue", "Utilization", "Value"],
    ("V2HPAScalingRules", "selectPolicy"): ["Disabled", "Max", "Min"],
    ("V2HPAScalingPolicy", "type"): ["Percent", "Pods"],
    ("RbacV1Subject", "kind"): ["Group", "ServiceAccount", "User"],
}
ENUM_ITEMS = {
    ("V1NetworkPolicySpec", "policyTypes"): ["Egress", "Ingress"],
    ("V1PersistentVolumeClaimSpec", "accessModes"): ["ReadOnlyMany", "ReadWriteMany", "ReadWriteOnce", "ReadWriteOncePod"],
    ("V1PersistentVolumeSpec", "accessModes"): ["ReadOnlyMany", "ReadWriteMany", "ReadWriteOnce", "ReadWriteOncePod"],
}
RANGES = {
    ("V1ContainerPort", "containerPort"): (1, 65535), ("V1ServicePort", "port"): (1, 65535),
    ("V1DeploymentSpec", "replicas"): (0, None), ("V1StatefulSetSpec", "replicas"): (0, None),
    ("V2HorizontalPodAutoscalerSpec", "maxReplicas"): (1, None),
    # Written as 0644, a mode is 644 in YAML 1.2 and in JSON: beyond 0o777.
    ("V1ConfigMapVolumeSource", "defaultMode"): (0, 511), ("V1SecretVolumeSource", "defaultMode"): (0, 511),
    ("V1KeyToPath", "mode"): (0, 511),
}
# What the API refuses to change, by kind; every kind's name and namespace too.
IMMUTABLE = {
    "ClusterRoleBinding": ["roleRef"], "RoleBinding": ["roleRef"],
    "DaemonSet": ["spec/selector"], "Deployment": ["spec/selector"], "ReplicaSet": ["spec/selector"],
    "StatefulSet": ["spec/selector", "spec/serviceName", "spec/podManagementPolicy", "spec/volumeClaimTemplates"],
    "IngressClass": ["spec/controller"],
    "Job": ["spec/completionMode", "spec/selector", "spec/template"],
    "PersistentVolumeClaim": ["spec/accessModes", "spec/dataSource", "spec/selector", "spec/storageClassName",
                              "spec/volumeMode", "spec/volumeName"],
    "PriorityClass": ["preemptionPolicy", "value"],
    "RuntimeClass": ["handler"],
    "Secret": ["type"],
    "StorageClass": ["parameters", "provisioner", "reclaimPolicy", "volumeBindingMode"],
    "CustomResourceDefinition": ["spec/group", "spec/names/kind", "spec/names/plural", "spec/scope"],
}
LABEL = r"[a-z0-9]([-a-z0-9]*[a-z0-9])?"
SUBDOMAIN = {"pattern": rf"^{LABEL}(\.{LABEL})*$", "maxLength": 253}
# Names that have no dots, or (those of access control) may have almost anything.
NAMES = {
    "Namespace": {"pattern": f"^{LABEL}$", "maxLength": 63},
    "Service": {"pattern": r"^[a-z]([-a-z0-9]*[a-z0-9])?$", "maxLength": 63},
    "ClusterRole": {}, "ClusterRoleBinding": {}, "Role": {}, "RoleBinding": {},
}
LABEL_VALUES = {
    "type": "object",
    "additionalProperties": {"type": "string", "pattern": r"^(([A-Za-z0-9][-A-Za-z0-9_.]*)?[A-Za-z0-9])?$", "maxLength": 63},
}


class Models:
    """The definitions that one kind refers to."""

    # Entries of the tables that were found in a model: what is in none is misspelt or gone.
    used = set()

    def __init__(self):
        self.definitions = {}

    def reference(self, model):
        name = model.__name__
        if name not in self.definitions:
            self.definitions[name] = None  # taken, for those that refer to themselves
            self.definitions[name] = self.definition(model)
        return {"$ref": f"#/definitions/{name}"}

    def definition(self, model):
        properties, required = {}, []
        for field, info in model.model_fields.items():
            name = info.serialization_alias or info.alias or field
            properties[name] = self.property(model.__name__, name, info.annotation)
            if info.is_required():
                required.append(name)
        if not properties:
            return {"type": "object"}
        schema = {"type": "object", "properties": properties, "additionalProperties": False}
        if required:
            schema["required"] = sorted(required)
        return schema

    def property(self, model, name, annotation):
        schema = self.schema(annotation)
        key = (model, name)
        self.used.add(key)
        if key in QUANTITIES or QUANTITY_MODELS.search(model):
            schema = amount(schema)
        if key in ENUMS:
            schema["enum"] = ENUMS[key]
        if key in ENUM_ITEMS:
            schema["items"]["enum"] = ENUM_ITEMS[key]
        if key in RANGES:
            low, high = RANGES[key]
            schema["minimum"] = low
            if high is not None:
                schema["maximum"] = high
        if key == ("V1ObjectMeta", "labels"):
            schema = LABEL_VALUES
        return schema

    def schema(self, annotation):
        import pydantic

        origin, arguments = typing.get_origin(annotation), typing.get_args(annotation)
        if origin is typing.Annotated:
            return self.schema(arguments[0])
        if origin in (typing.Union, types.UnionType):
            choices = [self.schema(one) for one in arguments if one is not type(None)]
            if len(choices) == 1:
                return choices[0]
            if any(set(one) != {"type"} for one in choices):
                return {}
            named = sorted({one["type"] for one in choices})
            return {"type": named if len(named) > 1 else named[0]}
        if origin is list:
            return {"type": "array", "items": self.schema(arguments[0])}
        if origin is dict:
            inner = self.schema(arguments[1])
            return {"type": "object", "additionalProperties": inner} if inner else {"type": "object"}
        if inspect.isclass(annotation) and issubclass(annotation, pydantic.BaseModel):
            return self.reference(annotation)
        plain = {str: "string", int: "integer", float: "number", bool: "boolean", bytes: "string",
                 datetime.datetime: "string", datetime.date: "string", object: None, typing.Any: None}
        if annotation not in plain:
            raise ValueError(f"a type that this script does not know: {annotation!r}")
        return {"type": plain[annotation]} if plain[annotation] else {}


def amount(schema):
    """A quantity, or a map of them."""
    if schema.get("type") == "object":
        return {**schema, "additionalProperties": amount(schema["additionalProperties"])}
    return {"type": ["number", "string"]} if schema.get("type") == "string" else schema


def served():
    """Group, version, whether in a namespace, and model of each kind that can be created and listed."""
    import kubernetes.client.api as package

    found = {}
    for module in pkgutil.iter_modules(package.__path__):
        source = inspect.getsource(importlib.import_module(f"{package.__name__}.{module.name}"))
        operations = re.findall(
            r"'201': \"(\w+)\".*?method='(\w+)',\s*resource_path='([^']+)'", source, re.DOTALL
        )
        listed = set(re.findall(r"method='GET',\s*resource_path='([^']+)'", source))
        for model, method, path in operations:
            place = re.fullmatch(
                r"/(?:api|apis/(?P<group>[^/{]+))/(?P<version>v\w+)(?P<namespaced>/namespaces/\{namespace\})?/(?P<plural>[a-z]+)",
                path,
            )
            if method == "POST" and place and path in listed:
                group, version = place["group"] or "", place["version"]
                kind = re.fullmatch(r"(?:[A-Z][a-z]+)?V\d+(?:(?:alpha|beta)\d+)?([A-Z]\w*)", model)[1]
                api_version = f"{group}/{version}" if group else version
                found[f"{api_version}/{kind}"] = (kind, bool(place["namespaced"]), model)
    return found


def kind_schema(kind, namespaced, model):
    """One kind as a resource schema."""
    models = Models()
    schema = models.definition(model)
    name = {"type": "string", "minLength": 1, **NAMES.get(kind, SUBDOMAIN)}
    schema["properties"]["metadata"] = {
        **schema["properties"]["metadata"], "required": ["name"], "properties": {"name": name},
    }
    schema["required"] = sorted({*schema.get("required", []), "apiVersion", "kind", "metadata"})
    identity = ["/properties/metadata/namespace"] if namespaced else []
    identity.append("/properties/metadata/name")
    read_only = [f"/properties/metadata/{name}" for name in SERVER_METADATA]
    if "status" in schema["properties"]:
        read_only.append("/properties/status")
    fixed = [f"/properties/{path}" for path in IMMUTABLE.get(kind, [])]
    schema.update({
        "definitions": dict(sorted(models.definitions.items())),
        "namespaced": namespaced,
        "createOnlyProperties": sorted([*identity, *fixed]),
        "primaryIdentifier": identity,
        "readOnlyProperties": sorted(read_only),
        "tagging": {"taggable": False},
    })
    return schema


def read():
    """All kinds' schemas by name, and where they come from."""
    import kubernetes.client

    schemas = {}
    for name, (kind, namespaced, model) in served().items():
        schemas[name] = kind_schema(kind, namespaced, getattr(kubernetes.client, model))
    stale = {*QUANTITIES, *ENUMS, *ENUM_ITEMS, *RANGES} - Models.used
    if stale:
        raise ValueError(f"no model has {sorted(stale)}")
    source = inspect.getsource(importlib.import_module("kubernetes.client.api.core_v1_api"))
    release = re.search(r"version of the OpenAPI document: release-([\d.]+)", source)[1]
    return schemas, f"Kubernetes {release} OpenAPI, kubernetes {VERSION} (PyPI, Apache-2.0)"
