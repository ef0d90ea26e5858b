"""The embedded engines, each started in a process of its own with data of its own: as root in a private home, and as
an ordinary user."""

import os
import pwd
import shutil
import stat
import subprocess
import sys
import tempfile
from pathlib import Path

import pytest

from engines import addresses, folders, postgres, valkey

ROOT = Path(__file__).resolve().parents[2]
START = """
from engines import addresses, postgres, valkey
print(postgres.ensure_running())
valkey.ensure_running()
print(addresses.postgres_root())
"""
STOP = "from engines.__main__ import stop; stop()"
NOBODY = pwd.getpwnam("nobody")

only_root = pytest.mark.skipif(os.geteuid() != 0, reason="root's own way is only open to root")


class Machine:
    """A place for data, and a user."""

    def __init__(self, var_dir, *, prefix=(), python=sys.executable, **environment):
        self.var_dir = Path(var_dir)
        self.prefix = list(prefix)
        self.python = python
        self.environment = {"PATH": os.environ["PATH"], "VAR_DIR": str(var_dir), **environment}

    def command(self, program):
        return [*self.prefix, self.python, "-c", program]

    def run(self, program):
        return subprocess.run(
            self.command(program), cwd=ROOT, env=self.environment, capture_output=True, text=True, timeout=120
        )

    def start(self):
        """The address of the database, and PostgreSQL's folder."""
        started = self.run(START)
        assert started.returncode == 0, started.stderr
        database_url, root = started.stdout.split()
        return database_url, Path(root)

    def stop(self):
        """Leave nothing behind."""
        self.run(STOP)
        where = "print(a.postgres_root(), a.postgres_socket_dir(), a.broker_socket().parent)"
        for folder in self.run(f"from engines import addresses as a; {where}").stdout.split():
            shutil.rmtree(folder, ignore_errors=True)


@pytest.fixture
def machine():
    made = []

    def make(*args, **kwargs):
        made.append(Machine(*args, **kwargs))
        return made[-1]

    yield make
    for each in made:
        each.stop()


@pytest.fixture
def nobodys_folder():
    """A folder that an ordinary user owns and can reach."""
    folder = Path(tempfile.mkdtemp(dir="/var/tmp"))  # pytest's own folders are closed to others
    os.chown(folder, NOBODY.pw_uid, NOBODY.pw_gid)
    yield folder
    shutil.rmtree(folder, ignore_errors=True)


def python_for_nobody():
    """One that user can run, with our packages; None where there is none."""
    for python in (sys.executable, "/usr/bin/python3.11"):
        as_nobody = ["runuser", "-u", "nobody", "--", "env", f"PYTHONPATH={packages()}", python]
        if (
            subprocess.run([*as_nobody, "-c", "import engines, psycopg2"], capture_output=True, cwd=ROOT).returncode
            == 0
        ):
            return python
    return None


def packages():
    return next(path for path in sys.path if path.endswith("site-packages"))


def owners_of_servers(root):
    listed = subprocess.check_output(["ps", "-ww", "-eo", "user=,args="], text=True)
    return {line.split()[0] for line in listed.splitlines() if f"-D {root}" in line}


def modes_above(path):
    return {folder: stat.S_IMODE(folder.stat().st_mode) for folder in Path(path).parents}


def keeps_what_it_is_given(machine, database_url):
    """Whether the database answers and syncs, and whether the broker does."""
    asked = machine.run(
        "import psycopg2\n"
        "from engines import valkey\n"
        f"cursor = psycopg2.connect({database_url!r}).cursor()\n"
        "cursor.execute(\"SELECT current_setting('fsync'), current_setting('synchronous_commit')\")\n"
        "print(*cursor.fetchone(), valkey.answers())\n"
    )
    return asked.stdout == "on on True\n" and (machine.var_dir / "valkey" / "main" / "appendonlydir").is_dir()


@only_root
def test_root_in_a_private_home_gets_engines_and_no_mode_is_changed_on_the_way(machine, tmp_path):
    home = tmp_path / "home"
    home.mkdir(mode=0o700)
    var_dir = home / "checkout" / "var"
    var_dir.mkdir(parents=True)
    before = modes_above(var_dir)
    one = machine(var_dir)
    database_url, root = one.start()
    assert modes_above(var_dir) == before
    assert stat.S_IMODE(root.parent.stat().st_mode) == 0o1777
    assert home not in root.parents
    assert owners_of_servers(root) == {"nobody"}
    assert stat.S_IMODE((root / "main" / "data").stat().st_mode) == 0o700
    assert not stat.S_IMODE((root / "main").stat().st_mode) & 0o007
    assert keeps_what_it_is_given(one, database_url)


@only_root
def test_an_ordinary_user_gets_engines_under_var(nobodys_folder, machine):
    python = python_for_nobody()
    if python is None:
        pytest.skip("no Python here that an ordinary user can run")
    one = machine(nobodys_folder, prefix=["runuser", "-u", "nobody", "--"], python=python, PYTHONPATH=packages())
    database_url, root = one.start()
    assert root == nobodys_folder / "postgres"
    assert {path.owner() for path in nobodys_folder.rglob("*")} == {"nobody"}
    assert keeps_what_it_is_given(one, database_url)


@only_root
def test_a_checkout_with_a_very_long_path_gets_short_sockets(nobodys_folder, machine):
    python = python_for_nobody()
    if python is None:
        pytest.skip("no Python here that an ordinary user can run")
    long = nobodys_folder / ("a-folder-with-a-long-name-" * 3) / ("and-another-" * 3)
    one = machine(long, prefix=["runuser", "-u", "nobody", "--"], python=python, PYTHONPATH=packages())
    database_url, _ = one.start()
    assert keeps_what_it_is_given(one, database_url)


def test_many_processes_that_start_the_engines_at_once_get_the_same_ones(machine, tmp_path):
    one = machine(tmp_path / "var")
    racing = [
        subprocess.Popen(one.command(START), cwd=ROOT, env=one.environment, stdout=subprocess.PIPE, text=True)
        for _ in range(4)
    ]
    said = {racer.communicate(timeout=120)[0] for racer in racing}
    assert len(said) == 1
    assert [racer.returncode for racer in racing] == [0, 0, 0, 0]


def test_what_was_written_is_there_after_a_stop_and_a_start(machine, tmp_path):
    one = machine(tmp_path / "var")
    database_url, _ = one.start()
    write = "import psycopg2; c = psycopg2.connect({0!r}); c.autocommit = True; c.cursor().execute({1!r})"
    assert one.run(write.format(database_url, "CREATE TABLE kept (id int)")).returncode == 0
    one.run(STOP)
    assert one.run(write.format(database_url, "SELECT 1")).returncode != 0
    one.start()
    assert one.run(write.format(database_url, "TABLE kept")).returncode == 0


def test_a_lock_file_whose_number_went_to_another_process_does_not_stand_in_the_way(machine, tmp_path):
    one = machine(tmp_path / "var")
    _, root = one.start()
    one.run(STOP)
    (root / "main" / "data" / "postmaster.pid").write_text(f"{os.getpid()}\n{root}/main/data\n1\n5432\n")
    one.start()


@only_root
def test_a_folder_that_somebody_else_laid_out_for_us_is_refused(machine, tmp_path):
    one = machine(tmp_path / "var")
    root = Path(one.run("from engines import addresses; print(addresses.postgres_root())").stdout.strip())
    root.mkdir()
    os.chown(root, NOBODY.pw_uid, NOBODY.pw_gid)
    refused = one.run("import engines; engines.start_missing()")
    assert refused.returncode == 1
    assert refused.stderr.strip() == f"{root} exists and is not ours: remove it, or set DATABASE_URL and REDIS_URL."


def test_data_of_another_version_is_refused_with_what_to_do(tmp_path):
    (tmp_path / "PG_VERSION").write_text("9.6\n")
    with pytest.raises(folders.EngineError, match=r"was made by PostgreSQL 9\.6, but version \d+ is installed"):
        postgres._refuse_other_version(tmp_path)


@pytest.fixture
def no_wheels(monkeypatch):
    monkeypatch.setattr("importlib.util.find_spec", lambda name: None)


@pytest.fixture
def path_with(monkeypatch, tmp_path):
    def set_path(*names):
        for name in names:
            (tmp_path / name).touch(mode=0o755)
        monkeypatch.setenv("PATH", str(tmp_path))
        return tmp_path

    return set_path


def test_without_the_wheels_the_machines_own_servers_are_taken(no_wheels, path_with, monkeypatch):
    monkeypatch.delenv("POSTGRES_BIN", raising=False)
    folder = path_with("pg_ctl", "redis-server")
    assert postgres.binary("initdb") == str(folder / "initdb")
    assert valkey.binary() == str(folder / "redis-server")


def test_with_nothing_at_all_it_is_said_what_to_do(no_wheels, path_with, monkeypatch):
    monkeypatch.delenv("POSTGRES_BIN", raising=False)
    path_with()
    with pytest.raises(folders.EngineError, match="put pg_ctl on the PATH, or set DATABASE_URL"):
        postgres.binary("postgres")
    with pytest.raises(folders.EngineError, match="or set REDIS_URL"):
        valkey.binary()


def test_another_data_folder_is_another_stack(monkeypatch):
    before = addresses.checkout_mark()
    monkeypatch.setattr(addresses, "VAR_DIR", Path("/elsewhere"))
    assert addresses.checkout_mark() != before
