"""Starts and stops one server process on a free port; what emulators and clusters have in common."""

import ctypes
import os
import pathlib
import signal
import socket
import subprocess
import sys
import time
import urllib.request

UNAVAILABLE, SOFTWARE = 69, 70  # EX_UNAVAILABLE and EX_SOFTWARE of sysexits.h
BOOT_SECONDS = 60


class Unavailable(Exception):
    """The servers can't be had here; the text says why and what helps."""


class NotUp(Exception):
    """A server that can be had here didn't start; the text has its last words."""


def say(text):
    print(f"localstack: {text}", file=sys.stderr, flush=True)


def cache():
    """What is installed or built once, outside of the checkout."""
    return pathlib.Path(os.environ.get("STACKCTL_CACHE") or pathlib.Path.home() / ".cache" / "stackctl")


class Server:
    """A process, its port, and how to see that it is up.

    `command` and `env` are told the port, which is None where `scheme` is: such a process serves nothing. `up` is asked,
    with the port, until it says yes. The process is started at once and waited for by `wait`, so that several can
    start side by side.
    """

    def __init__(self, name, command, up, logs, env=None, scheme="http"):
        self.name, self.scheme = name, scheme
        self.log = logs / f"{name}.log"
        self._command, self._up, self._folder, self._env = command, up, logs, env or (lambda _port: {})
        self._spawn()

    @property
    def url(self):
        return f"{self.scheme}://127.0.0.1:{self.port}"

    def _spawn(self):
        self.port = free_port() if self.scheme else None
        with open(self.log, "ab") as log:
            # A session of its own: Ctrl-C goes to the command first, which may still need its server.
            self.process = subprocess.Popen(
                self._command(self.port),
                cwd=self._folder,
                env={**os.environ, **self._env(self.port)},
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                start_new_session=True,
                preexec_fn=die_with_parent,
            )

    def wait(self):
        """Returns when the server is up. One that ended is started again: its port may have been taken meanwhile."""
        for attempt in range(3):
            if attempt:
                self._spawn()
            deadline = time.monotonic() + BOOT_SECONDS
            while time.monotonic() < deadline and self.process.poll() is None:
                if self._up(self.port):
                    say(f"{self.name}{f' on {self.url}' if self.port else ''} (pid {self.process.pid})")
                    return self
                time.sleep(0.1)
            self.stop(quiet=True)
        raise NotUp(f"{self.name} did not come up: {tail(self.log)}")

    def stop(self, quiet=False, grace=5):
        """Asks the process to end and, `grace` seconds later, ends it."""
        if self.process.poll() is None:
            self.process.terminate()
            try:
                self.process.wait(timeout=grace)
            except subprocess.TimeoutExpired:
                self.process.kill()
                self.process.wait()
        if not quiet:
            say(f"stopped {self.name} (pid {self.process.pid})")


def answers(path, scheme="http", context=None, headers=None):
    """A check for `Server`: this path answers with success."""

    def up(port):
        request = urllib.request.Request(f"{scheme}://127.0.0.1:{port}{path}", headers=headers or {})
        try:
            with urllib.request.urlopen(request, timeout=2, context=context() if context else None):
                return True
        except OSError:
            return False

    return up


def die_with_parent():
    """On Linux the kernel ends a server whose starter was killed before it could; elsewhere nothing can."""
    if sys.platform == "linux":
        pr_set_pdeathsig = 1
        ctypes.CDLL(None).prctl(pr_set_pdeathsig, signal.SIGKILL)


def free_port():
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


def tail(log):
    lines = log.read_text(encoding="utf-8", errors="replace").strip().splitlines()
    return " | ".join(lines[-3:]) or "no output"


def until_stdin_closes():
    """Returns when whoever holds the other end of standard input closes it or dies, however it dies."""
    sys.stdin.buffer.read()


def main(arguments):
    """Runs a parsed command: exit code 69 where the servers can't be had, 70 where they don't start, 130 after a signal."""

    def interrupted(*_):
        raise KeyboardInterrupt

    signal.signal(signal.SIGTERM, interrupted)
    try:
        return arguments.function(arguments)
    except Unavailable as error:
        say(str(error))
        return UNAVAILABLE
    except NotUp as error:
        say(str(error))
        return SOFTWARE
    except KeyboardInterrupt:
        return 130
