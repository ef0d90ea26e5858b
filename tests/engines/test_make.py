"""The first words a newcomer reads, when something is missing."""

import shutil
import socket
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
INSTALL = ["engines/install.py", ".venv", "requirements/dev.txt"]


def run(*command, **environment):
    return subprocess.run(
        command, cwd=ROOT, capture_output=True, text=True, timeout=120, env=environment or None, check=False
    )


def old_python():
    """An older Python of this machine, if it has one, the oldest first."""
    names = [f"python3.{minor}" for minor in range(6, 11)]
    elsewhere = sorted((Path.home() / ".pyenv" / "versions").glob("3.*/bin/python3.*"))
    candidates = [*filter(None, map(shutil.which, names)), *(str(path) for path in elsewhere if path.name in names)]
    return next((python for python in candidates if run(python, "-c", "pass").returncode == 0), None)


def test_an_old_python_is_told_that_it_is_old():
    python = old_python()
    if python is None:
        pytest.skip("this machine has no Python older than 3.11")
    refused = run(python, *INSTALL)
    assert refused.returncode == 1
    assert refused.stderr.startswith("Lyceum needs Python 3.11 or newer, and ")
    assert len(refused.stderr.strip().splitlines()) == 1


def test_a_python_without_venv_says_what_brings_it():
    program = (
        "import runpy, sys\n"
        "sys.modules['ensurepip'] = None\n"
        "sys.argv = sys.argv[1:]\n"
        "runpy.run_path(sys.argv[0], run_name='__main__')\n"
    )
    refused = run(sys.executable, "-c", program, INSTALL[0], "/nowhere/at/all", INSTALL[2])
    assert refused.returncode == 1
    assert refused.stderr.strip().endswith("-venv` brings it.")


def test_what_is_installed_already_is_not_installed_again(tmp_path):
    environment = tmp_path / "venv"
    (environment / "bin").mkdir(parents=True)
    (environment / "bin" / "python").symlink_to(sys.executable)
    shutil.copy(ROOT / "requirements" / "checks.txt", tmp_path / "dev.txt")
    (tmp_path / "dev.txt").write_text("# nothing is needed\n")
    done = run(sys.executable, INSTALL[0], str(environment), str(tmp_path / "dev.txt"))
    assert (done.returncode, done.stdout, done.stderr) == (0, "", "")
    assert (environment / "installed-dev").is_file()


@pytest.mark.parametrize("target", ["demo", "demo-fresh", "run"])
def test_a_port_that_is_taken_is_told_in_one_sentence_before_anything_long(target):
    with socket.socket() as holder:
        holder.bind(("127.0.0.1", 0))
        holder.listen()
        port = holder.getsockname()[1]
        refused = run("make", "--no-print-directory", target, f"PORT={port}", f"PYTHON={sys.executable}")
    assert refused.returncode != 0
    said = [line for line in refused.stderr.splitlines() if not line.startswith("make")]
    assert said == [f"Port {port} is taken by another program: stop it, or take another, as in `PORT=9000 make demo`."]


def test_a_port_that_is_none_is_refused():
    refused = run("make", "--no-print-directory", "demo", "PORT=eighty", f"PYTHON={sys.executable}")
    assert "PORT is “eighty”; it must be a number from 1 to 65535" in refused.stderr


def test_make_alone_says_what_there_is():
    said = run("make", "--no-print-directory").stdout
    targets = {line.split()[1] for line in said.splitlines()}
    assert {"demo", "demo-fresh", "test", "test-browser", "test-faults", "bench", "lint", "types", "lock"} <= targets
