"""Installs, starts and stops the AWS emulators.

    emulators.py run [--moto] [--faults RULES] [--clusters NAMES] COMMAND...   run a command against them
    emulators.py serve [--moto] [--faults RULES]   keep them up until standard input closes (for tests)
    emulators.py python                            print the Python that has them and boto3

`serve` prints one JSON object in one line when everything is up: {"env": {...}, "python": "...", "direct": URL, "faults": URL}.
A process that dies, however it dies, closes its end of the pipe; so nothing outlives the tests that started it.
Exit code 69 means that the emulators can't be had on this machine, with the reason on standard error.

Needs Python 3.10 or newer with its standard library alone; everything else is installed on first use, once, into
${STACKCTL_CACHE:-~/.cache/stackctl}/python/<hash of requirements.txt>.
"""

import argparse
import contextlib
import fcntl
import hashlib
import json
import os
import pathlib
import shutil
import signal
import subprocess
import sys
import tempfile

import clusters
import kubernetes
from servers import Server, Unavailable, answers, cache, main, say, until_stdin_closes

HERE = pathlib.Path(__file__).resolve().parent
REQUIREMENTS = HERE / "requirements.txt"

# What ministack does not answer by the service's own API. The suffix is that of AWS_ENDPOINT_URL_<SERVICE>.
MOTO_SERVICES = ("APPLICATION_AUTO_SCALING", "FIS", "KAFKA", "REDSHIFT", "SAGEMAKER", "SHIELD")


# --- install -----------------------------------------------------------------------------------------------------


def environment():
    """The virtual environment for exactly these requirements and this Python."""
    digest = hashlib.sha256(REQUIREMENTS.read_bytes() + sys.version.encode()).hexdigest()
    return cache() / "python" / digest[:16]


def install():
    """Makes the environment if it is missing and returns it. Two at once: the second waits for the first."""
    if sys.version_info < (3, 10):
        raise Unavailable(f"Python 3.10 or newer is needed, {sys.executable} is {sys.version.split()[0]}")
    home = environment()
    done = home / "complete"
    if done.exists():
        return home
    home.parent.mkdir(parents=True, exist_ok=True)
    with open(home.parent / f"{home.name}.lock", "w", encoding="ascii") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if not done.exists():
            say(f"installing {', '.join(pinned())} into {home} (first use, about a minute)")
            shutil.rmtree(home, ignore_errors=True)
            make_environment(home)
            done.touch()
    return home


def pinned():
    lines = REQUIREMENTS.read_text(encoding="utf-8").splitlines()
    return [line for line in lines if line and not line.startswith("#")]


def make_environment(home):
    # Debian's python3 has neither ensurepip nor, without python3-pip, pip itself: try what there is, then say
    # so.
    pip = [str(home / "bin" / "python"), "-m", "pip"]
    if not attempt([sys.executable, "-m", "venv", str(home)]):
        if not attempt([sys.executable, "-m", "venv", "--without-pip", "--clear", str(home)]):
            raise Unavailable("Python's venv module is missing; on Debian: apt-get install python3-venv")
        if not attempt([sys.executable, "-m", "pip", "--version"]):
            raise Unavailable("pip is missing; on Debian: apt-get install python3-venv")
        pip = [sys.executable, "-m", "pip", "--python", str(home / "bin" / "python")]
    options = ["--quiet", "--disable-pip-version-check", "--no-input"]
    result = subprocess.run([*pip, "install", *options, "-r", str(REQUIREMENTS)], capture_output=True, text=True)
    if result.returncode != 0:
        reason = (result.stderr.strip().splitlines() or ["no message"])[-1]
        raise Unavailable(f"pip could not install the emulators: {reason}")


def attempt(command):
    return subprocess.run(command, capture_output=True).returncode == 0


# --- start and stop ----------------------------------------------------------------------------------------------


class Emulators:
    """All that a command needs, as a context manager."""

    def __init__(self, home, moto=False, faults=None):
        self.home, self.with_moto, self.rules = home, moto, faults
        self.servers = []

    def __enter__(self):
        self.folder = tempfile.TemporaryDirectory(prefix="stackctl-emulators-")
        self.logs = pathlib.Path(self.folder.name)
        try:
            self.ministack = self._start("ministack", self._ministack_command, "/_ministack/health", ministack_env)
            self.moto = self.with_moto and self._start("moto", self._moto_command, "/moto-api/")
            self.faults = self.rules and self._start("microburst", self._microburst_command, "/_microburst/rules")
        except BaseException:
            self.__exit__()
            raise
        return self

    def __exit__(self, *_):
        for server in reversed(self.servers):
            server.stop()
        self.folder.cleanup()

    def _start(self, name, command, health, env=None):
        server = Server(name, command, answers(health), self.logs, env)
        self.servers.append(server)
        return server.wait()

    def _ministack_command(self, _port):
        return [str(self.home / "bin" / "ministack")]

    def _moto_command(self, port):
        return [str(self.home / "bin" / "moto_server"), "-H", "127.0.0.1", "-p", str(port)]

    def _microburst_command(self, port):
        upstream = ["--upstream", self.ministack.url]
        rules = ["--config", str(pathlib.Path(self.rules).resolve())]
        return [str(self.home / "bin" / "microburst"), *upstream, *rules, "--port", str(port)]

    def variables(self):
        """What points an AWS client here, and away from anything real."""
        variables = {
            "AWS_ENDPOINT_URL": (self.faults or self.ministack).url,
            "AWS_ACCESS_KEY_ID": "test",
            "AWS_SECRET_ACCESS_KEY": "test",
            "AWS_REGION": "us-east-1",
            "AWS_DEFAULT_REGION": "us-east-1",
            "AWS_EC2_METADATA_DISABLED": "true",
            "AWS_CONFIG_FILE": os.devnull,
            "AWS_SHARED_CREDENTIALS_FILE": os.devnull,
            "AWS_ALLOW_HTTP": "true",  # a ledger in S3 refuses plain HTTP otherwise
        }
        if self.moto:
            variables |= {f"AWS_ENDPOINT_URL_{service}": self.moto.url for service in MOTO_SERVICES}
        return variables


def ministack_env(port):
    return {
        "GATEWAY_PORT": str(port),
        "BIND_HOST": "127.0.0.1",
        # Listeners on fixed ports would keep a second instance from starting.
        "SFTP_ENABLED": "0",
        "IOT_MTLS_ENABLED": "0",
        # Where Docker runs, it would start a real Redis for each cache; the API is all that is wanted.
        "DOCKER_HOST": "unix:///nonexistent/docker.sock",
    }


# --- commands ----------------------------------------------------------------------------------------------------


def run(arguments):
    """Runs the command and returns its exit code, 128 + n after signal n as shells do."""
    with contextlib.ExitStack() as stack:
        variables = {name: value for name, value in os.environ.items() if not name.startswith("AWS_")}
        if arguments.clusters:
            variables |= stack.enter_context(control_planes(arguments)).variables()
        variables |= stack.enter_context(Emulators(install(), arguments.moto, arguments.faults)).variables()
        say(f"running: {' '.join(arguments.command)}")
        try:
            child = subprocess.Popen(arguments.command, env=variables)
        except OSError as error:
            say(f"cannot run {arguments.command[0]}: {error.strerror}")
            return 127
        # The terminal sends Ctrl-C to the command too; it decides what that means, and is waited for.
        signal.signal(signal.SIGINT, signal.SIG_IGN)
        signal.signal(signal.SIGTERM, lambda *_: child.terminate())
        code = child.wait()
        return code if code >= 0 else 128 - code


def control_planes(arguments):
    """The clusters that were asked for; their programs are built on first use."""
    return clusters.Clusters(arguments.clusters, kubernetes.ensure())


def serve(arguments):
    """Announces the emulators in one line and keeps them until the starter closes the pipe or dies."""
    home = install()
    with Emulators(home, arguments.moto, arguments.faults) as emulators:
        announcement = {
            "env": emulators.variables(),
            "python": str(home / "bin" / "python"),
            "direct": emulators.ministack.url,
            "faults": emulators.faults.url if emulators.faults else None,
        }
        print(json.dumps(announcement), flush=True)
        until_stdin_closes()
    return 0


def python(_arguments):
    print(install() / "bin" / "python")
    return 0


def parse():
    parser = argparse.ArgumentParser(prog="localstack", description=__doc__.splitlines()[0])
    commands = parser.add_subparsers(dest="name", required=True)
    for function in (run, serve, python):
        command = commands.add_parser(function.__name__, help=(function.__doc__ or "").split("\n")[0])
        command.set_defaults(function=function)
        if function is python:
            continue
        command.add_argument("--moto", action="store_true", help="moto too, for what ministack lacks")
        command.add_argument("--faults", metavar="RULES", help="a proxy with these microburst rules in front")
        if function is run:
            how = "Kubernetes control planes too: a number, or names with commas between; KUBECONFIG has a context each"
            command.add_argument("--clusters", type=clusters.names, metavar="NAMES", help=how)
            command.add_argument("command", nargs=argparse.REMAINDER, metavar="COMMAND")
    arguments = parser.parse_args()
    if arguments.function is run and arguments.command[:1] == ["--"]:
        del arguments.command[0]
    if arguments.function is run and not arguments.command:
        parser.error("run needs a command, such as: localstack/run cargo run --release -- plan stage-3")
    return arguments


if __name__ == "__main__":
    sys.exit(main(parse()))
