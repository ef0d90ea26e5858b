"""The very commands of docker-compose.yml and the Dockerfile, run without containers.

Seen failing with: a jobs worker that listens to another queue (it was never heard), and logs written for people.
"""

import json
import os
import re
import shutil
import signal
import subprocess
import sys
import urllib.request
from pathlib import Path

import pytest
from ruamel.yaml import YAML

from engines.ports import free_port
from tests.faults.conftest import ROOT, wait_for

SERVICES = YAML(typ="safe").load(ROOT / "docker-compose.yml")["services"]
WEB = json.loads(re.search(r"^CMD (\[\"gunicorn.*\])$", (ROOT / "Dockerfile").read_text(), re.MULTILINE).group(1))
ENGINES = """
from engines import addresses, postgres, valkey
print(postgres.ensure_running(), valkey.ensure_running(), addresses.postgres_root())
"""


@pytest.fixture(scope="module")
def servers(tmp_path_factory):
    """A database and a broker that the processes know only by their addresses."""
    var_dir = tmp_path_factory.mktemp("servers")
    environment = {"PATH": os.environ["PATH"], "VAR_DIR": str(var_dir)}
    run = {"cwd": ROOT, "env": environment, "text": True, "check": True}
    started = subprocess.run([sys.executable, "-c", ENGINES], stdout=subprocess.PIPE, **run)
    database_url, broker_url, root = started.stdout.split()
    yield {"DATABASE_URL": database_url, "REDIS_URL": broker_url}
    subprocess.run([sys.executable, "-m", "engines", "stop"], **run)
    shutil.rmtree(root, ignore_errors=True)


@pytest.fixture(scope="module")
def environment(servers, tmp_path_factory):
    folder = tmp_path_factory.mktemp("production")
    return servers | {
        "PATH": f"{Path(sys.executable).parent}:{os.environ['PATH']}",
        "ENVIRONMENT": "production",
        "SECRET_KEY": "run-natively-0123456789-abcdefghijklmnopqrstuvwxyz-0123456789",
        "SITE_URL": "https://learn.example.org",
        "EMAIL_URL": "smtp://127.0.0.1:1",
        "DEFAULT_FROM_EMAIL": "office@example.org",
        "STORED_FILES_DIR": str(folder / "files"),
        "VAR_DIR": str(folder),
        "BIND": f"127.0.0.1:{free_port()}",
        "PYTHONWARNINGS": "ignore:You're running the worker",
    }


@pytest.fixture(scope="module")
def processes(environment, tmp_path_factory):
    """All that compose starts, in its order, with what each of them wrote."""
    folder = tmp_path_factory.mktemp("logs")
    subprocess.run(SERVICES["migrate"]["command"], cwd=ROOT, env=environment, check=True, stdout=subprocess.DEVNULL)
    commands = {"web": WEB} | {name: SERVICES[name]["command"] for name in ("worker", "jobs", "beat")}
    running = {}
    for name, command in commands.items():
        with (folder / name).open("wb") as output:
            running[name] = subprocess.Popen(command, cwd=ROOT, env=environment, stdout=output, stderr=output)
    yield running, folder
    for process in running.values():
        process.kill()
        process.wait()


def readiness(environment):
    try:
        with urllib.request.urlopen(f"http://{environment['BIND']}/readyz", timeout=5) as answer:
            return json.load(answer)
    except OSError:
        return {}


def test_all_of_them_run_log_in_json_and_end_when_told_to(processes, environment):
    running, folder = processes

    def everybody_was_heard():
        ages = readiness(environment).get("heartbeat_age_seconds", {})
        return ages and None not in ages.values()

    wait_for(everybody_was_heard)
    for name in ("worker", "jobs", "beat"):
        _, *check = SERVICES[name]["healthcheck"]["test"]
        assert subprocess.run(check, cwd=ROOT, env=environment).returncode == 0, name
    for process in running.values():
        process.send_signal(signal.SIGTERM)
    assert {name: process.wait(timeout=45) for name, process in running.items()} == dict.fromkeys(running, 0)
    lines = [json.loads(line) for line in (folder / "web").read_text().splitlines()]
    assert {line["logger"] for line in lines} == {"gunicorn.error"}
