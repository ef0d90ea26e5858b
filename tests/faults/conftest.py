import json
import os
import shutil
import signal
import subprocess
import sys
import urllib.error
import urllib.request

import pytest

from engines.ports import free_port
from tests.children import ROOT
from tests.faults.stack import Stack
from tests.faults.waiting import PATIENCE, wait_for
from tests.lab.mail_server import FaultyMailServer

# How a process of the demo is known among the supervisor's children.
MARKS = {
    "database": "postgres -D",
    "broker": "valkey-server",
    "mail": "engines.mail_sink",
    "web": "gunicorn",
    "worker": "--queues celery",
    "jobs": "--queues jobs",
    "beat": "config beat",
    "watchman": "engines.watchman",
}
# The first start gathers the static files.
START_PATIENCE = 240


def pytest_collection_modifyitems(items):
    for item in items:
        if "tests/faults/" in item.nodeid:
            item.add_marker(pytest.mark.faults)


class RunningDemo:
    """The demo as a newcomer starts it, with data and engines of its own; fsync is on."""

    def __init__(self, var_dir):
        self.var_dir = var_dir
        self.log = var_dir / "demo.log"
        self.port = free_port()
        kept = {name: os.environ[name] for name in ("PATH", "HOME", "LANG") if name in os.environ}
        self.environment = kept | {"VAR_DIR": str(var_dir), "PORT": str(self.port), "ENVIRONMENT": "demo"}
        self.supervisor = None

    def start(self):
        before = self.times_up()
        with self.log.open("ab") as output:
            self.supervisor = subprocess.Popen(
                [sys.executable, "-m", "engines", "demo", "--empty"],
                cwd=ROOT,
                env=self.environment,
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=output,
            )
        wait_for(self.is_up, seconds=START_PATIENCE)
        # It answers before the supervisor has seen that it does: who kills it in between has kept it from starting.
        wait_for(lambda: self.times_up() > before)
        return self

    def times_up(self):
        """How often the supervisor has said that all of it runs."""
        return self.log.read_text().count("The demo runs:") if self.log.exists() else 0

    def is_up(self):
        assert self.supervisor.poll() is None, self.log.read_text()
        return self.status("/healthz") == 200

    def status(self, path):
        try:
            with urllib.request.urlopen(f"http://localhost:{self.port}{path}", timeout=5) as answer:
                return answer.status
        except urllib.error.HTTPError as refusal:
            return refusal.code
        except OSError:
            return None

    def readiness(self):
        try:
            with urllib.request.urlopen(f"http://localhost:{self.port}/readyz", timeout=5) as answer:
                return json.load(answer)
        except OSError:
            return {}

    def pids(self):
        """The running children of the supervisor, by name."""
        listed = subprocess.check_output(["ps", "-ww", "-eo", "pid=,ppid=,stat=,args="], text=True)
        found = {}
        for line in listed.splitlines():
            pid, parent, state, arguments = line.split(None, 3)
            if int(parent) == self.supervisor.pid and not state.startswith("Z"):
                found |= {name: int(pid) for name, mark in MARKS.items() if mark in arguments}
        return found

    def kill(self, name):
        """Kill -9, and wait until the supervisor has put another in its place."""
        before = self.pids()[name]
        os.kill(before, signal.SIGKILL)
        wait_for(lambda: self.pids().get(name, before) != before)

    def begin(self, *arguments):
        """Begin to do something with the demo's data, in a process of its own: see tests/faults/acts.py."""
        secret = {"SECRET_KEY": (self.var_dir / "demo-secret-key").read_text()}
        return subprocess.Popen(
            [sys.executable, "-m", "tests.faults.acts", *map(str, arguments)],
            cwd=ROOT,
            env=self.environment | secret,
            stdout=subprocess.PIPE,
            text=True,
        )

    def act(self, *arguments):
        """Do it to the end; returns what it printed."""
        acting = self.begin(*arguments)
        said = acting.communicate(timeout=PATIENCE)[0]
        assert acting.returncode == 0, said
        return said.strip()

    def mails(self):
        return [path.read_bytes() for path in sorted((self.var_dir / "mail").glob("*.eml"))]

    def stop(self, *, by=signal.SIGINT):
        if self.supervisor.poll() is None:
            self.supervisor.send_signal(by)
        return self.supervisor.wait(timeout=PATIENCE)


@pytest.fixture(scope="session")
def make_demo(tmp_path_factory):
    made = []

    def make():
        demo = RunningDemo(tmp_path_factory.mktemp("var"))
        made.append(demo)
        return demo

    yield make
    for demo in made:
        demo.stop()
        where = "from engines import addresses; print(addresses.postgres_root())"
        told = subprocess.run(
            [sys.executable, "-c", where], cwd=ROOT, env=demo.environment, capture_output=True, text=True, check=True
        )
        shutil.rmtree(told.stdout.strip(), ignore_errors=True)


@pytest.fixture(scope="module")
def demo(make_demo):
    return make_demo().start()


@pytest.fixture(scope="module")
def slow_mail_server():
    """In a thread of the test's own; its yes comes a while after it has kept a mail."""
    server = FaultyMailServer(slow_for=0.1)
    server.start()
    yield server
    server.stop()


@pytest.fixture(scope="module")
def engines(slow_mail_server, tmp_path_factory):
    """A stack of which only database and broker run."""
    stack = Stack(tmp_path_factory.mktemp("stack"), slow_mail_server.port, KEEPS_MAIL_HOURS="on")
    try:
        yield stack.prepare()
    finally:
        stack.end()
