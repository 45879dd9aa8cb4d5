"""Finds the programs of a Kubernetes control plane, or builds them from Debian's source package.

    kubernetes.py where      print as JSON which programs are used
    kubernetes.py install    build them first if there are none (some minutes, once)

Each is looked for in $KUBEBUILDER_ASSETS, then on the PATH, then in
${STACKCTL_CACHE:-~/.cache/stackctl}/kubernetes/<version>-<revision>, which `install` makes: kube-apiserver and
kube-controller-manager compiled from Debian's `kubernetes` source, etcd and kubectl from its packages. All of it is
fetched by apt-get with settings and lists of its own: nothing is installed, no root is needed, and the machine's own
sources stay as they are.

An API server and a controller manager of different versions go together as far as the latter leaves alone what the
former doesn't serve; one of 1.20 runs no PodDisruptionBudgets and CronJobs on a server of 1.25 or newer.

Exit code 69 means that they can't be had on this machine, with the reason on standard error.
"""

import argparse
import fcntl
import json
import os
import pathlib
import re
import shutil
import subprocess
import sys
import tempfile

from servers import Unavailable, cache, main, say

VERSION = "1.20.2"
SUITE = "bookworm"
KEYRING = "/usr/share/keyrings/debian-archive-keyring.gpg"
COMPILED = ("kube-apiserver", "kube-controller-manager")
REQUIRED = (*COMPILED, "etcd")
PROGRAMS = (*REQUIRED, "kubectl")
# Compilers and programs, unpacked and never installed.
PACKAGES = ("golang-1.19-go", "golang-1.19-src", "etcd-server", "kubernetes-client")
BUILD_GIGABYTES = 4
# Counts what is changed below: a build without it is not taken for whole.
REVISION = 2
# Kubernetes 1.20 has reflect2 1.0.1, which Go 1.18 and later break: the runtime writes a whole map iterator where reflect2
# keeps its first two fields, and an API server dies at the first custom resource. This is reflect2 1.0.2's mending.
REFLECT2 = "vendor/github.com/modern-go/reflect2"
REFLECT2_CHANGES = {
    "unsafe_link.go": [
        (
            "func mapiterinit(rtype unsafe.Pointer, m unsafe.Pointer) *hiter",
            "func mapiterinit(rtype unsafe.Pointer, m unsafe.Pointer, it *hiter)",
        ),
        (
            "\t// rest fields are ignored\n",
            "\tt, h, buckets, bptr, overflow, oldoverflow unsafe.Pointer\n"
            "\tstartBucket uintptr\n\toffset uint8\n\twrapped bool\n\tB, i uint8\n\tbucket, checkBucket uintptr\n",
        ),
    ],
    "unsafe_map.go": [
        (
            "\treturn &UnsafeMapIterator{\n\t\thiter:      mapiterinit(type2.rtype, *(*unsafe.Pointer)(obj)),\n",
            "\tvar it hiter\n\tmapiterinit(type2.rtype, *(*unsafe.Pointer)(obj), &it)\n"
            "\treturn &UnsafeMapIterator{\n\t\thiter:      &it,\n",
        ),
    ],
}


# --- find --------------------------------------------------------------------------------------------------------


def find():
    """The programs by name, each from the first place that has it; `kubectl` is None where there is none."""
    places = [assets(), on_path(), built()]
    programs = {name: next((place[name] for place in places if name in place), None) for name in PROGRAMS}
    missing = [name for name in REQUIRED if not programs[name]]
    if missing:
        raise Unavailable(
            f"no {' nor '.join(missing)} in $KUBEBUILDER_ASSETS, on the PATH, or in {home().parent}; "
            "python3 localstack/kubernetes.py install builds them"
        )
    return programs


def assets():
    """What envtest users have, which is all but a controller manager."""
    folder = os.environ.get("KUBEBUILDER_ASSETS")
    return in_folder(pathlib.Path(folder)) if folder else {}


def on_path():
    return {name: path for name in PROGRAMS if (path := shutil.which(name))}


def built():
    """The newest build in the cache that is not older than this one; each is whole, since it appears by a rename."""
    folders = [folder for folder in home().parent.glob("[0-9]*") if version_key(folder) >= version_key(home())]
    folders.sort(key=version_key)
    return in_folder(folders[-1]) if folders else {}


def in_folder(folder):
    return {name: str(folder / name) for name in PROGRAMS if os.access(folder / name, os.X_OK)}


def home():
    return cache() / "kubernetes" / f"{VERSION}-{REVISION}"


def version_key(folder):
    return [int(number) for number in re.findall(r"\d+", folder.name)]


def version(program):
    """(1, 20, 2) for `Kubernetes v1.20.2`, (3, 4, 23) for `etcd Version: 3.4.23`."""
    text = subprocess.run([program, "--version"], capture_output=True, text=True).stdout
    found = re.search(r"(\d+)\.(\d+)\.(\d+)", text)
    if not found:
        raise Unavailable(f"{program} --version says: {text.strip() or 'nothing'}")
    return tuple(int(number) for number in found.groups())


# --- build -------------------------------------------------------------------------------------------------------


def ensure():
    """Finds the programs, building them if there are none. Two at once: the second waits for the first."""
    home().parent.mkdir(parents=True, exist_ok=True)
    with open(home().parent / "lock", "w", encoding="ascii") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        try:
            return find()
        except Unavailable:
            build()
        return find()


def build():
    """Fetches, compiles, keeps four programs, deletes the rest."""
    check_machine()
    say(f"building Kubernetes {VERSION} into {home()} (first use; about five minutes on two cores)")
    with tempfile.TemporaryDirectory(prefix="build-", dir=home().parent) as folder:
        folder = pathlib.Path(folder)
        source, root = fetch(folder)
        mend(source / REFLECT2)
        compile_source(source, root, folder)
        result = folder / home().name
        result.mkdir()
        programs = [source / "_output/local/go/bin" / name for name in COMPILED]
        programs += [root / "usr/bin/etcd", root / "usr/bin/kubectl"]
        for program in programs:
            shutil.copy2(program, result / program.name)
        shutil.rmtree(home(), ignore_errors=True)  # not whole, or there would be nothing to build
        result.rename(home())
    say(f"built {', '.join(sorted(in_folder(home())))} in {home()}")


def check_machine():
    """Says what is missing before minutes are spent."""
    needed = {"apt-get": "it is Debian's", "dpkg-deb": "it is Debian's", "tar": "tar", "make": "apt-get install make"}
    for program, help_ in needed.items():
        if not shutil.which(program):
            raise Unavailable(f"Kubernetes can't be built here: {program} is missing ({help_})")
    free = shutil.disk_usage(home().parent).free // 10**9
    if free < BUILD_GIGABYTES:
        raise Unavailable(f"Kubernetes can't be built here: {free} GB free below {cache()}, {BUILD_GIGABYTES} needed")


def fetch(folder):
    """The source's folder, and a root folder in which Debian's packages are unpacked. apt checks the signatures."""
    settings = apt_settings(folder)
    command(["apt-get", "-qq", "update"], folder, settings)
    command(["apt-get", "-qq", "source", "--download-only", "kubernetes"], folder, settings)
    command(["apt-get", "-qq", "download", *PACKAGES], folder, settings)
    root, source = folder / "root", folder / "go/src/k8s.io/kubernetes"
    for package in folder.glob("*.deb"):
        command(["dpkg-deb", "--extract", str(package), str(root)], folder)
        package.unlink()
    # Debian's patches touch kubectl alone, which comes from the package.
    (archive,) = folder.glob("kubernetes_*.orig.tar.*")
    source.mkdir(parents=True)
    command(["tar", "-xf", str(archive), "--strip-components=1", "-C", str(source)], folder)
    return source, root


def mirror():
    """Where this machine has Debian's packages from."""
    words = ["apt-get", "indextargets", "--format", "$(REPO_URI)", "Created-By: Packages"]
    for uri in subprocess.run(words, capture_output=True, text=True).stdout.splitlines():
        if uri.rstrip("/").endswith("/debian"):
            return uri
    raise Unavailable("Kubernetes can't be built here: apt-get knows no mirror of Debian")


def apt_settings(folder):
    """Points apt at one suite and at lists of its own."""
    # Without the keyring, the keys that apt trusts for everything have to do.
    signed_by = f"Signed-By: {KEYRING}\n" if os.path.exists(KEYRING) else ""
    apt = folder / "apt"
    for name in ("lists/partial", "cache/archives/partial"):
        (apt / name).mkdir(parents=True)
    sources = apt / "kubernetes.sources"
    sources.write_text(
        f"Types: deb deb-src\nURIs: {mirror()}\nSuites: {SUITE}\nComponents: main\n{signed_by}",
        encoding="ascii",
    )
    configuration = apt / "apt.conf"
    configuration.write_text(
        f'Dir::Etc::sourcelist "{sources}";\n'
        'Dir::Etc::sourceparts "-";\n'
        f'Dir::State::lists "{apt}/lists";\n'
        f'Dir::Cache "{apt}/cache";\n'
        # As root, apt drops to its own user for downloads, who can't write here.
        'APT::Sandbox::User "";\n',
        encoding="ascii",
    )
    return {"APT_CONFIG": str(configuration)}


def mend(reflect2):
    """Makes the vendored reflect2 fit the compiler."""
    for name, changes in REFLECT2_CHANGES.items():
        text = (reflect2 / name).read_text(encoding="utf-8")
        for before, after in changes:
            if before not in text:
                raise Unavailable(f"Kubernetes can't be built here: {reflect2 / name} is not the one that is known")
            text = text.replace(before, after)
        (reflect2 / name).write_text(text, encoding="utf-8")


def compile_source(source, root, folder):
    """`make`, as Kubernetes wants it: generated code first, then the programs, stripped."""
    goroot = root / "usr/lib/go-1.19"
    tools = folder / "tools"
    tools.mkdir()
    # The build calls `rsync -pc FROM TO` for its last step, and nothing else of rsync.
    rsync = tools / "rsync"
    rsync.write_text('#!/bin/sh\nexec cp -p "$2" "$3"\n', encoding="ascii")
    rsync.chmod(0o755)
    environment = {
        "PATH": f"{tools}:{goroot}/bin:{os.environ['PATH']}",
        "GOROOT": str(goroot),
        "GOCACHE": str(folder / "gocache"),
        "HOME": str(folder),
        "CGO_ENABLED": "0",
        "GOLDFLAGS": "-s -w",
        "GOFLAGS": "",
        "GOPROXY": "off",
    }
    what = " ".join(f"cmd/{name}" for name in COMPILED)
    command(["nice", "make", f"WHAT={what}"], source, environment)


def command(words, folder, environment=None):
    """Runs a command; where it fails, its last lines are the reason."""
    result = subprocess.run(
        words, cwd=folder, env={**os.environ, **(environment or {})}, stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT, text=True, errors="replace",
    )  # fmt: skip
    if result.returncode != 0:
        reason = " | ".join(result.stdout.strip().splitlines()[-3:])
        raise Unavailable(f"Kubernetes can't be built here: {' '.join(words[:3])} failed: {reason}")


# --- commands ----------------------------------------------------------------------------------------------------


def where(_arguments):
    """print as JSON which programs are used"""
    print(json.dumps(find(), indent=2))
    return 0


def install(_arguments):
    """build them first if there are none"""
    print(json.dumps(ensure(), indent=2))
    return 0


def parse():
    parser = argparse.ArgumentParser(prog="kubernetes.py", description=__doc__.splitlines()[0])
    commands = parser.add_subparsers(dest="name", required=True)
    for function in (where, install):
        commands.add_parser(function.__name__, help=function.__doc__).set_defaults(function=function)
    return parser.parse_args()


if __name__ == "__main__":
    sys.exit(main(parse()))
