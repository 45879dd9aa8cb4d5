"""Simulated nodes for a real control plane: scheduler, kubelets, volumes and load balancers in one small process.

    nodes.py KUBECONFIG [--nodes N] [--zones-of REGION] [--missing|--crash|--slow|--unready PATTERN] [--start-seconds S]

It registers Ready nodes, gives Pods a node and what a kubelet would say of them (see pods.py, which also says how to
make one fail), ends Pods that are deleted, provisions volumes for claims, and gives Services of type LoadBalancer and
Ingresses a host name. It weighs neither labels, taints nor affinity; a Pod that asks for more CPU or memory than a
node has stays unscheduled, as does one for another scheduler. No container ever runs.
"""

import argparse
import hashlib
import heapq
import http.client
import itertools
import queue
import re
import sys
import threading
import time

from api import Api, Refused
from pods import DEFAULT_PATTERNS, compiled, condition, now, outcome

CPUS, MEMORY_BYTES, PODS = 64, 256 * 2**30, 250
AGENT = "stackctl-nodes/1"
UNITS = {"m": 1e-3, "": 1, "k": 1e3, "M": 1e6, "G": 1e9, "T": 1e12, "Ki": 2**10, "Mi": 2**20, "Gi": 2**30, "Ti": 2**40}
QUANTITY = re.compile(r"([0-9.]+(?:[eE][+-]?[0-9]+)?)([A-Za-z]*)")


def watch(kubeconfig, path, handle, changes):
    """Puts every change of a kind into the queue with what handles it, from a thread of its own."""

    def follow():
        for event, item in Api(kubeconfig, AGENT).follow(path):
            changes.put((handle, event, item))

    threading.Thread(target=follow, daemon=True).start()


class Nodes:
    """The one thread that writes. Nothing but timers is kept: what to do follows from the objects."""

    def __init__(self, options):
        self.options = options
        self.api = Api(options.kubeconfig, AGENT)
        self.patterns = compiled({fate: getattr(options, fate) for fate in DEFAULT_PATTERNS})
        self.names = [f"node-{number}" for number in range(1, options.nodes + 1)]
        self.turn = itertools.cycle(self.names)
        self.addresses = itertools.count(2)
        self.changes = queue.Queue()
        self.due, self.order = [], itertools.count()  # a heap of (when, tie-breaker, pod, step)
        self.begun = set()  # uids of Pods that have had their first step

    def run(self):
        for number, name in enumerate(self.names):
            self.register(name, number)
        watch(self.options.kubeconfig, "/api/v1/pods", self.pod, self.changes)
        watch(self.options.kubeconfig, "/api/v1/services", self.service, self.changes)
        watch(self.options.kubeconfig, "/apis/networking.k8s.io/v1/ingresses", self.ingress, self.changes)
        watch(self.options.kubeconfig, "/api/v1/persistentvolumeclaims", self.claim, self.changes)
        watch(self.options.kubeconfig, "/api/v1/persistentvolumes", self.volume, self.changes)
        while True:
            self.turn_of_events()

    def turn_of_events(self):
        """One change, or one timer that is due."""
        wait = max(0, self.due[0][0] - time.monotonic()) if self.due else None
        try:
            work, *arguments = self.changes.get(timeout=wait)
        except queue.Empty:
            _, _, *arguments = heapq.heappop(self.due)
            work = self.step
        try:
            work(*arguments)
        except Refused as refused:
            # Gone or changed meanwhile: the watch brings what there is to know.
            if refused.code not in (404, 409):
                print(f"nodes: {refused}", file=sys.stderr, flush=True)
        except (OSError, http.client.HTTPException) as error:
            print(f"nodes: {error}", file=sys.stderr, flush=True)

    # --- nodes and Pods -------------------------------------------------------------------------------------------

    def register(self, name, number):
        zone = f"{self.options.zones_of}{'abcdef'[number % 6]}"
        labels = {
            "kubernetes.io/hostname": name,
            "kubernetes.io/os": "linux",
            "kubernetes.io/arch": "amd64",
            "topology.kubernetes.io/region": self.options.zones_of,
            "topology.kubernetes.io/zone": zone,
        }
        room = {"cpu": str(CPUS), "memory": str(MEMORY_BYTES), "pods": str(PODS)}
        status = {
            "capacity": room,
            "allocatable": room,
            "conditions": [condition("Ready", True, reason="KubeletReady", lastHeartbeatTime=now())],
            "addresses": [{"type": "InternalIP", "address": "10.0.0.1"}, {"type": "Hostname", "address": name}],
        }
        try:
            node = {"apiVersion": "v1", "kind": "Node", "metadata": {"name": name, "labels": labels}}
            self.api.create("/api/v1/nodes", node)
        except Refused as refused:
            if refused.code != 409:
                raise
        self.api.merge(f"/api/v1/nodes/{name}/status", {"status": status})
        # New nodes are tainted as not ready, and the controller that lifts it would want a kubelet's heartbeats.
        self.api.merge(f"/api/v1/nodes/{name}", {"spec": {"taints": None}})

    def pod(self, event, pod):
        if event == "DELETED":
            self.begun.discard(pod["metadata"]["uid"])
        elif "deletionTimestamp" in pod["metadata"]:
            self.end(pod)
        elif not pod["spec"].get("nodeName"):
            self.schedule(pod)
        elif pod["metadata"]["uid"] not in self.begun:
            self.begun.add(pod["metadata"]["uid"])
            if not pod["status"].get("containerStatuses"):
                self.later(self.options.start_seconds, pod, 0)

    def end(self, pod):
        if pod["metadata"].get("deletionGracePeriodSeconds") != 0:
            now_ = {"gracePeriodSeconds": 0, "preconditions": {"uid": pod["metadata"]["uid"]}}
            self.api.delete(path_of(pod, "pods"), now_)

    def schedule(self, pod):
        spec = pod["spec"]
        if spec.get("schedulerName", "default-scheduler") != "default-scheduler" or spec.get("schedulingGates"):
            return
        lacking = [
            resource
            for resource, room in (("cpu", CPUS), ("memory", MEMORY_BYTES))
            if requested(pod, resource) > room
        ]
        if lacking:
            self.refuse(pod, f"0/{len(self.names)} nodes are available: {len(self.names)} Insufficient {lacking[0]}.")
            return
        node = wanted_node(pod) or next(self.turn)
        target = {"apiVersion": "v1", "kind": "Node", "name": node}
        binding = {"apiVersion": "v1", "kind": "Binding", "metadata": {"name": pod["metadata"]["name"]}, "target": target}
        self.api.create(path_of(pod, "pods") + "/binding", binding)

    def refuse(self, pod, text):
        if pod["status"].get("conditions"):
            return  # has been told
        refusal = condition("PodScheduled", False, reason="Unschedulable", message=text)
        self.api.merge(path_of(pod, "pods") + "/status", {"status": {"conditions": [refusal]}})
        self.tell(pod, None, "FailedScheduling", text, "default-scheduler")

    def later(self, seconds, pod, step):
        if seconds:
            heapq.heappush(self.due, (time.monotonic() + seconds, next(self.order), pod, step))
        else:
            self.step(pod, step)

    def step(self, pod, step):
        if pod["metadata"]["uid"] not in self.begun:
            return  # deleted since
        address = pod["status"].get("podIP") or self.address()
        result = outcome(pod, step, address, self.patterns)
        changed = self.api.merge(path_of(pod, "pods") + "/status", {"status": result.status})
        for container, reason, text in result.events:
            self.tell(pod, container, reason, text, "kubelet")
        if result.next_step is not None:
            self.later(result.next_step, changed, step + 1)

    def address(self):
        number = next(self.addresses)
        return f"10.244.{number // 256 % 256}.{number % 256}"

    def tell(self, pod, container, reason, text, component):
        """A warning event; the same once more counts up, as the kubelet's do."""
        about = {"kind": "Pod", "apiVersion": "v1", "resourceVersion": pod["metadata"]["resourceVersion"]}
        about |= {key: pod["metadata"][key] for key in ("name", "namespace", "uid")}
        if container:
            about["fieldPath"] = f"spec.containers{{{container['name']}}}"
        mark = hashlib.sha256(f"{about['uid']}{about.get('fieldPath')}{reason}{text}".encode()).hexdigest()[:16]
        metadata = {"name": f"{about['name']}.{mark}", "namespace": about["namespace"]}
        where = f"/api/v1/namespaces/{about['namespace']}/events"
        event = {"apiVersion": "v1", "kind": "Event", "metadata": metadata, "involvedObject": about}
        event |= {"type": "Warning", "reason": reason, "message": text, "count": 1}
        event |= {"firstTimestamp": now(), "lastTimestamp": now()}
        event["source"] = {"component": component, **host(pod)}
        try:
            self.api.create(where, event)
        except Refused as refused:
            if refused.code != 409:
                raise
            count = self.api.get(f"{where}/{metadata['name']}").get("count", 1) + 1
            self.api.merge(f"{where}/{metadata['name']}", {"count": count, "lastTimestamp": now()})

    # --- what a cloud's controllers do ------------------------------------------------------------------------------

    def service(self, event, service):
        if event != "DELETED" and service["spec"].get("type") == "LoadBalancer":
            self.balance(service, path_of(service, "services"))

    def ingress(self, event, ingress):
        if event != "DELETED":
            self.balance(ingress, path_of(ingress, "ingresses", "/apis/networking.k8s.io/v1"))

    def balance(self, item, path):
        if not item.get("status", {}).get("loadBalancer", {}).get("ingress"):
            name = f"k8s-{item['metadata']['name'][:16]}-{item['metadata']['uid'][:8]}.{self.options.zones_of}.elb.internal"
            self.api.merge(path + "/status", {"status": {"loadBalancer": {"ingress": [{"hostname": name}]}}})

    def claim(self, event, claim):
        """A volume for a claim that has none; the controller manager binds the two."""
        if event == "DELETED" or claim["spec"].get("volumeName") or "deletionTimestamp" in claim["metadata"]:
            return
        metadata, spec = claim["metadata"], claim["spec"]
        reference = {"apiVersion": "v1", "kind": "PersistentVolumeClaim"}
        reference |= {key: metadata[key] for key in ("name", "namespace", "uid")}
        volume = {
            "apiVersion": "v1",
            "kind": "PersistentVolume",
            "metadata": {
                "name": f"pvc-{metadata['uid']}",
                # Tells the controller manager that the volume's end is somebody else's work.
                "annotations": {"pv.kubernetes.io/provisioned-by": AGENT},
            },
            "spec": {
                "accessModes": spec["accessModes"],
                "capacity": spec["resources"]["requests"],
                "claimRef": reference,
                "storageClassName": spec.get("storageClassName") or "",
                "persistentVolumeReclaimPolicy": "Delete",
                "volumeMode": spec.get("volumeMode", "Filesystem"),
                "csi": {"driver": "ebs.csi.aws.com", "volumeHandle": f"vol-{metadata['uid']}"},
            },
        }
        self.api.create("/api/v1/persistentvolumes", volume)

    def volume(self, event, volume):
        ours = volume["metadata"].get("annotations", {}).get("pv.kubernetes.io/provisioned-by") == AGENT
        if ours and event != "DELETED" and volume["status"].get("phase") == "Released":
            self.api.delete(f"/api/v1/persistentvolumes/{volume['metadata']['name']}")


def path_of(item, plural, api="/api/v1"):
    return f"{api}/namespaces/{item['metadata']['namespace']}/{plural}/{item['metadata']['name']}"


def host(pod):
    return {"host": pod["spec"]["nodeName"]} if pod["spec"].get("nodeName") else {}


def requested(pod, resource):
    """What a Pod's containers ask for together, in cores or bytes."""
    asked = [each.get("resources", {}).get("requests", {}).get(resource, "0") for each in pod["spec"]["containers"]]
    return sum(quantity(text) for text in asked)


def quantity(text):
    number, unit = QUANTITY.fullmatch(str(text)).groups()
    return float(number) * UNITS[unit]


def wanted_node(pod):
    """The node that a DaemonSet's Pod is for."""
    affinity = pod["spec"].get("affinity", {}).get("nodeAffinity", {})
    required = affinity.get("requiredDuringSchedulingIgnoredDuringExecution", {})
    fields = [each for term in required.get("nodeSelectorTerms", []) for each in term.get("matchFields", [])]
    return next((each["values"][0] for each in fields if each["key"] == "metadata.name"), None)


def parse():
    parser = argparse.ArgumentParser(prog="nodes.py", description=__doc__.splitlines()[0])
    parser.add_argument("kubeconfig")
    parser.add_argument("--nodes", type=int, default=3, metavar="N", help="how many (3)")
    parser.add_argument("--zones-of", default="us-east-1", metavar="REGION", help="for the nodes' labels")
    for fate, pattern in DEFAULT_PATTERNS.items():
        parser.add_argument(f"--{fate}", default=pattern, metavar="PATTERN", help=f"images that are so ({pattern})")
    parser.add_argument("--start-seconds", type=float, default=0, metavar="S", help="how long a Pod takes to start (0)")
    return parser.parse_args()


if __name__ == "__main__":
    try:
        Nodes(parse()).run()
    except KeyboardInterrupt:
        sys.exit(130)
