"""Starts and stops Kubernetes control planes: etcd, kube-apiserver, kube-controller-manager and simulated nodes each.

    clusters.py serve [--audit] [--nodes N] NAMES     keep them up until standard input closes (for tests)

NAMES is a number (`3`: cluster-1 to cluster-3) or names with commas (`us-east-1,eu-west-1`). `serve` prints one JSON
object in one line when all are ready:

    {"kubeconfig": PATH, "kubectl": PATH or null, "version": "1.20.2", "clusters": [
        {"name": .., "context": .., "server": URL, "kubeconfig": PATH, "outsider": PATH, "audit": PATH or null}, ..]}

`kubeconfig` at the top holds one context a cluster, named as the cluster; each cluster's own holds that one alone.
`outsider` is of a user who may do nothing. The audit log has a line for each request of these two users.

Everything is real but the nodes (see nodes.py). Exit code 69 means that the programs can't be had on this machine
(see kubernetes.py), with the reason on standard error.
"""

import argparse
import base64
import json
import os
import pathlib
import secrets
import shutil
import ssl
import sys
import tempfile

import kubernetes
from servers import Server, answers, main, say, until_stdin_closes

HERE = pathlib.Path(__file__).resolve().parent
# Nobody here keeps nodes' leases alive, and nothing attaches volumes.
CONTROLLERS = "*,-nodelifecycle,-attachdetach"
# With the pid of whoever made it, and something random.
FOLDER = "stackctl-clusters-"
# Memory-backed where there is one: an etcd before 3.5 can't be told to do without fsync.
FAST_FOLDER = "/dev/shm"
FAST_FOLDER_BYTES = 2 * 10**9


class Cluster:
    """One control plane. Each `start_` returns a server that isn't up yet, to be waited for."""

    def __init__(self, name, programs, folder, audit, nodes):
        self.name, self.programs, self.nodes = name, programs, nodes
        self.folder = folder / name
        self.certificates = self.folder / "certificates"
        self.certificates.mkdir(parents=True)
        self.audit = self.folder / "audit.log" if audit else None
        groups = {"admin": "system:masters", "manager": "system:masters", "nodes": "system:masters", "outsider": ""}
        self.tokens = {user: secrets.token_hex(16) for user in groups}
        lines = [f'{self.tokens[user]},{user},{user},"{group}"\n' for user, group in groups.items()]
        (self.folder / "tokens.csv").write_text("".join(lines), encoding="ascii")

    def kubeconfig(self, user="admin"):
        return self.folder / f"{user}.kubeconfig"

    def start_etcd(self):
        def command(port):
            client, data = f"http://127.0.0.1:{port}", self.folder / "etcd"
            words = [self.programs["etcd"], f"--data-dir={data}", "--listen-peer-urls=http://127.0.0.1:0"]
            words += [f"--listen-client-urls={client}", f"--advertise-client-urls={client}", "--log-level=error"]
            return words + (["--unsafe-no-fsync"] if kubernetes.version(self.programs["etcd"]) >= (3, 5) else [])

        self.etcd = Server(f"{self.name}-etcd", command, answers("/health"), self.folder)
        return self.etcd

    def start_apiserver(self):
        # The server makes its own certificate; its key signs the service accounts' tokens too.
        key = self.certificates / "apiserver.key"
        options = [
            f"--etcd-servers={self.etcd.url}",
            f"--cert-dir={self.certificates}",
            "--bind-address=127.0.0.1",
            # 127.0.0.1 may not be an endpoint of the service `kubernetes`, and nobody goes through it.
            "--endpoint-reconciler-type=none",
            "--service-cluster-ip-range=10.96.0.0/16",
            "--service-account-issuer=https://kubernetes.default.svc",
            f"--service-account-signing-key-file={key}",
            f"--service-account-key-file={key}",
            "--authorization-mode=RBAC",
            f"--token-auth-file={self.folder / 'tokens.csv'}",
            "--allow-privileged=true",
            "--profiling=false",
        ]
        if self.audit:
            policy = self.folder / "audit-policy.json"
            policy.write_text(json.dumps(audit_policy()), encoding="ascii")
            options += [f"--audit-policy-file={policy}", f"--audit-log-path={self.audit}"]

        def command(port):
            return [self.programs["kube-apiserver"], f"--secure-port={port}", *options]

        self.apiserver = Server(f"{self.name}-apiserver", command, self._answers("/readyz"), self.folder, scheme="https")
        return self.apiserver

    def _answers(self, path):
        """A check of the API server as the nodes' user, whom no audit log counts."""

        def trust():  # anew each time: the certificate appears while the server starts
            return ssl.create_default_context(cafile=self.certificates / "apiserver.crt")

        check = answers(path, "https", trust, {"Authorization": f"Bearer {self.tokens['nodes']}"})
        return lambda port: check(port or self.apiserver.port)

    def write_kubeconfigs(self):
        for user in self.tokens:
            self.kubeconfig(user).write_text(json.dumps(self._config(user), indent=2), encoding="ascii")

    def _config(self, user):
        authority = base64.b64encode((self.certificates / "apiserver.crt").read_bytes()).decode("ascii")
        name, login = self.name, f"{self.name}-{user}"
        return {
            "apiVersion": "v1",
            "kind": "Config",
            "current-context": name,
            "clusters": [
                {"name": name, "cluster": {"server": self.apiserver.url, "certificate-authority-data": authority}}
            ],
            "users": [{"name": login, "user": {"token": self.tokens[user]}}],
            "contexts": [{"name": name, "context": {"cluster": name, "user": login}}],
        }

    def start_manager(self):
        program = self.programs["kube-controller-manager"]
        options = [
            f"--kubeconfig={self.kubeconfig('manager')}",
            f"--controllers={CONTROLLERS}",
            f"--service-account-private-key-file={self.certificates / 'apiserver.key'}",
            f"--root-ca-file={self.certificates / 'apiserver.crt'}",
            "--leader-elect=false",
            "--secure-port=0",
            "--kube-api-qps=500",
            "--kube-api-burst=1000",
            "--horizontal-pod-autoscaler-sync-period=3s",
        ]
        if kubernetes.version(program) < (1, 24):
            options.append("--port=0")  # the plain HTTP port that was given up then
        # The first thing it does for a user: every namespace gets an account to run Pods with.
        up = self._answers("/api/v1/namespaces/default/serviceaccounts/default")
        name = f"{self.name}-controller-manager"
        return Server(name, lambda _port: [program, *options], up, self.folder, scheme=None)

    def start_nodes(self):
        command = [sys.executable, str(HERE / "nodes.py"), str(self.kubeconfig("nodes"))]
        command += ["--zones-of", self.name, "--nodes", str(self.nodes)]
        up = self._answers(f"/api/v1/nodes/node-{self.nodes}")
        return Server(f"{self.name}-nodes", lambda _port: command, up, self.folder, scheme=None)

    def announcement(self):
        return {
            "name": self.name,
            "context": self.name,
            "server": self.apiserver.url,
            "kubeconfig": str(self.kubeconfig()),
            "outsider": str(self.kubeconfig("outsider")),
            "audit": str(self.audit) if self.audit else None,
        }


def audit_policy():
    """One line for each request of a user, none for those of the cluster's own parts."""
    return {
        "apiVersion": "audit.k8s.io/v1",
        "kind": "Policy",
        "omitStages": ["RequestReceived", "ResponseStarted"],
        "rules": [{"level": "Metadata", "users": ["admin", "outsider"]}, {"level": "None"}],
    }


class Clusters:
    """All that a command needs, as a context manager. They start side by side, program after program."""

    def __init__(self, names, programs, audit=False, nodes=3):
        self.names, self.programs, self.audit, self.nodes = names, programs, audit, nodes
        self.servers = []

    def __enter__(self):
        self.folder = tempfile.TemporaryDirectory(prefix=f"{FOLDER}{os.getpid()}-", dir=fast_folder())
        folder = pathlib.Path(self.folder.name)
        try:
            self.all = [Cluster(name, self.programs, folder, self.audit, self.nodes) for name in self.names]
            self._start(cluster.start_etcd for cluster in self.all)
            self._start(cluster.start_apiserver for cluster in self.all)
            for cluster in self.all:
                cluster.write_kubeconfigs()
            self.kubeconfig = folder / "kubeconfig"
            self.kubeconfig.write_text(json.dumps(merged(self.all), indent=2), encoding="ascii")
            self._start(start for cluster in self.all for start in (cluster.start_manager, cluster.start_nodes))
        except BaseException:
            self.__exit__()
            raise
        return self

    def _start(self, starts):
        servers = []
        for start in starts:
            servers.append(start())
            self.servers.append(servers[-1])
        for server in servers:
            server.wait()

    def __exit__(self, *_):
        # Nothing is kept, so nobody needs time for an orderly end; an API server would wait for its watches.
        for server in reversed(self.servers):
            server.stop(quiet=True, grace=0)
        if self.servers:
            say(f"stopped {', '.join(self.names)} (pids {', '.join(str(s.process.pid) for s in self.servers)})")
        self.folder.cleanup()

    def variables(self):
        return {"KUBECONFIG": str(self.kubeconfig)}

    def announcement(self):
        return {
            "kubeconfig": str(self.kubeconfig),
            "kubectl": self.programs["kubectl"],
            "version": ".".join(map(str, kubernetes.version(self.programs["kube-apiserver"]))),
            "clusters": [cluster.announcement() for cluster in self.all],
        }


def merged(clusters):
    """One kubeconfig with a context a cluster; the first is the current one."""
    configs = [json.loads(cluster.kubeconfig().read_text(encoding="ascii")) for cluster in clusters]
    lists = {kind: [entry for config in configs for entry in config[kind]] for kind in ("clusters", "users", "contexts")}
    return {**configs[0], **lists}


def fast_folder():
    """Where the data lie; None is the usual place for what is temporary."""
    try:
        sweep(FAST_FOLDER)
        return FAST_FOLDER if shutil.disk_usage(FAST_FOLDER).free > FAST_FOLDER_BYTES else None
    except OSError:
        return None


def sweep(folder):
    """Removes what a supervisor that was killed could not."""
    for stale in pathlib.Path(folder).glob(f"{FOLDER}[0-9]*-*"):
        if not pathlib.Path("/proc", stale.name.removeprefix(FOLDER).split("-")[0]).exists():
            shutil.rmtree(stale, ignore_errors=True)


def names(text):
    """`3` or `a,b,c`."""
    if text.isdecimal():
        found = [f"cluster-{number}" for number in range(1, int(text) + 1)]
    else:
        found = text.split(",")
    valid = all(name and all(c.isalnum() or c in "-." for c in name) for name in found)
    if not found or not valid or len(set(found)) < len(found):
        raise argparse.ArgumentTypeError(f"{text!r} is neither a number of clusters nor names with commas between")
    return found


def serve(arguments):
    """keep clusters up until standard input closes"""
    with Clusters(arguments.names, kubernetes.find(), arguments.audit, arguments.nodes) as clusters:
        print(json.dumps(clusters.announcement()), flush=True)
        until_stdin_closes()
    return 0


def parse():
    parser = argparse.ArgumentParser(prog="clusters.py", description=__doc__.splitlines()[0])
    commands = parser.add_subparsers(dest="name", required=True)
    command = commands.add_parser("serve", help=serve.__doc__)
    command.add_argument("names", type=names, metavar="NAMES", help="a number, or names with commas between")
    command.add_argument("--audit", action="store_true", help="an audit log for each")
    command.add_argument("--nodes", type=int, default=3, metavar="N", help="nodes of each (3)")
    command.set_defaults(function=serve)
    return parser.parse_args()


if __name__ == "__main__":
    sys.exit(main(parse()))
