"""`make demo`: the database, the broker, the mail sink, web, worker and beat under one supervisor."""

import fcntl
import hashlib
import http.client
import os
import secrets
import shutil
import signal
import sys
from typing import IO

from engines import addresses, postgres, read_env_file, valkey
from engines.addresses import Purpose
from engines.folders import EngineError, postgres_account
from engines.ports import free_port, is_taken, refuse_taken
from engines.supervisor import Interrupted, Program, Supervisor, say

MAIL_FOLDER = addresses.VAR_DIR / "mail"


def run(*, fresh: bool = False, empty: bool = False) -> int:
    """Run the demo until it is told to stop. Returns the exit code."""
    read_env_file()
    port = refuse_taken(os.environ.get("PORT") or "8000")
    held = hold_demo_lock(port)
    if held is None:
        return 1
    mail_port = free_port()
    supervisor = Supervisor(demo_environment(port, mail_port))
    for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        signal.signal(number, supervisor.request_stop)
    try:
        accounts = bring_up(supervisor, port=port, mail_port=mail_port, fresh=fresh, empty=empty)
        print(welcome(port, accounts), flush=True)
        supervisor.keep_running()
    except Interrupted:
        pass
    except EngineError as refusal:
        print(refusal, file=sys.stderr)
        return 1
    finally:
        supervisor.stop_all()
        held.close()
    return 0


def bring_up(supervisor: Supervisor, *, port: int, mail_port: int, fresh: bool, empty: bool) -> list[str]:
    """Start everything in order. Returns what `prepare_demo` said of the accounts; nothing if it is to be empty."""
    accounts: list[str] = []
    if not os.environ.get("DATABASE_URL"):
        postgres.stop()  # one that a command of this checkout left running is taken over
        supervisor.start(database())
        if fresh:
            postgres.drop_database(Purpose.MAIN)
        postgres.create_database(Purpose.MAIN)
    if not os.environ.get("REDIS_URL"):
        valkey.stop()
        supervisor.start(broker())
    if fresh:
        shutil.rmtree(MAIL_FOLDER, ignore_errors=True)
    supervisor.start(mail_sink(mail_port))
    say("lyceum", "preparing the database")
    supervisor.run_step("migrate", manage("migrate", "--verbosity", "0"))
    if not empty:
        say("lyceum", "loading the programs and the demo class")
        supervisor.run_step("prepare", manage("prepare_demo", *(["--fresh"] if fresh else [])), keep=accounts)
    collect_static(supervisor)
    supervisor.start(worker("worker", "celery", 3))
    supervisor.start(worker("jobs", "jobs", 1))
    supervisor.start(beat())
    supervisor.start(web(port))
    return accounts


def collect_static(supervisor: Supervisor) -> None:
    """Gather and compress the static files, which takes ten seconds, unless none of them has changed."""
    folder = addresses.CHECKOUT / "staticfiles"
    folder.mkdir(exist_ok=True)
    stamp, state = folder / ".state", static_state()
    with (folder / ".lock").open("w") as turn:
        # Demos with data of their own share this folder, and what one writes another would just be compressing.
        fcntl.flock(turn, fcntl.LOCK_EX)
        if stamp.is_file() and stamp.read_text() == state:
            return
        say("lyceum", "gathering the static files")
        supervisor.run_step("static", manage("collectstatic", "--noinput", "--verbosity", "0"))
        stamp.write_text(state)


def static_state() -> str:
    """Changes whenever a static file of ours, or of a library, may have changed."""
    digest = hashlib.sha256((addresses.CHECKOUT / "requirements" / "base.txt").read_bytes())
    digest.update((addresses.CHECKOUT / "config" / "settings.py").read_bytes())
    for folder in [addresses.CHECKOUT / "static", *addresses.CHECKOUT.glob("*/static")]:
        for path in sorted(folder.rglob("*")):
            if path.is_file():
                digest.update(f"{path} {path.stat().st_size} {path.stat().st_mtime_ns}".encode())
    return digest.hexdigest()


def welcome(port: int, accounts: list[str]) -> str:
    """The last lines before the demo is left to itself."""
    rule = "─" * 72
    said = "\n".join(accounts).strip()
    return f"\n{rule}\n  The demo runs: http://localhost:{port}\n  Ctrl-C stops it.\n\n{said}\n{rule}\n"


def demo_environment(port: int, mail_port: int) -> dict[str, str]:
    """What the demo's processes are told; whatever the caller has set goes before it."""
    return {
        "SITE_URL": f"http://localhost:{port}",
        "SECRET_KEY": secret_key(),
        "EMAIL_URL": f"smtp://localhost:{mail_port}",
        "WEB_CONCURRENCY": "2",
        **os.environ,
        "ENVIRONMENT": "demo",
        "DATABASE_URL": os.environ.get("DATABASE_URL") or addresses.database_url(),
        "REDIS_URL": os.environ.get("REDIS_URL") or addresses.broker_url(),
        "PYTHONUNBUFFERED": "1",
        # Celery's warning to root, a paragraph long, four times over.
        "PYTHONWARNINGS": "ignore:You're running the worker",
    }


def secret_key() -> str:
    """One for each checkout, kept, so that people stay signed in when the demo starts again."""
    path = addresses.VAR_DIR / "demo-secret-key"
    if not path.exists():
        with open(os.open(path, os.O_CREAT | os.O_WRONLY | os.O_EXCL, 0o600), "w") as file:
            file.write(secrets.token_urlsafe(60))
    return path.read_text()


def hold_demo_lock(port: int) -> IO[str] | None:
    """Two demos in one checkout would share one database; the second is told where the first one is."""
    addresses.VAR_DIR.mkdir(parents=True, exist_ok=True)
    handle = (addresses.VAR_DIR / "demo.lock").open("a+")
    try:
        fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        handle.seek(0)
        print(f"The demo of this checkout already runs, at {handle.read().strip()}.", file=sys.stderr)
        handle.close()
        return None
    handle.truncate(0)
    handle.write(f"http://localhost:{port}")
    handle.flush()
    return handle


def manage(*arguments: str) -> list[str]:
    return [sys.executable, "manage.py", *arguments]


def database() -> Program:
    return Program(
        "database",
        postgres.command(Purpose.MAIN),
        account=postgres_account(),
        stop_signal=signal.SIGINT,  # PostgreSQL's fast shutdown
        stop_seconds=30,
        before_start=lambda: postgres.prepare(Purpose.MAIN),
        is_ready=lambda: postgres.accepts_connections(Purpose.MAIN),
        is_engine=True,
        unsaid=("the database system is starting up",),
    )


def broker() -> Program:
    return Program(
        "broker",
        valkey.command(Purpose.MAIN),
        before_start=lambda: valkey.prepare(Purpose.MAIN),
        is_ready=lambda: valkey.answers(Purpose.MAIN),
        is_engine=True,
        unsaid=("Memory overcommit must be enabled",),
    )


def mail_sink(port: int) -> Program:
    command = [sys.executable, "-m", "engines.mail_sink", str(port), str(MAIL_FOLDER)]
    return Program("mail", command, is_ready=lambda: is_taken(port), is_engine=True)


def worker(name: str, queue: str, concurrency: int) -> Program:
    options = ["--queues", queue, "--concurrency", str(concurrency), "--hostname", f"{name}@%h"]
    quiet = ["--without-gossip", "--without-mingle"]
    command = [sys.executable, "-m", "celery", "--quiet", "-A", "config", "worker", *options, *quiet]
    return Program(name, command, stop_seconds=40)


def beat() -> Program:
    return Program("beat", [sys.executable, "-m", "celery", "--quiet", "-A", "config", "beat", "--pidfile", ""])


def web(port: int) -> Program:
    options = ["--config", "config/gunicorn.py", "--no-control-socket", "--bind", f"127.0.0.1:{port}"]
    return Program(
        "web",
        [sys.executable, "-m", "gunicorn", "config.wsgi", *options],
        stop_seconds=40,
        is_ready=lambda: answers(port),
    )


def answers(port: int) -> bool:
    """Whether the web server is there."""
    asking = http.client.HTTPConnection("127.0.0.1", port, timeout=2)
    try:
        asking.request("GET", "/healthz")
        return asking.getresponse().status == 200
    except (OSError, http.client.HTTPException):
        return False
    finally:
        asking.close()
