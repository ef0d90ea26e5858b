"""`make bench`: what the pages and the mails cost, beside a bare Django page measured in the same run.

An own cluster, database, web server and mail server under `var/bench`, reached over loopback only and ended at the end.
"""
# ruff: noqa: E402 - the environment is set first

import json
import os
import secrets
import shutil
import subprocess
import sys
from contextlib import contextmanager
from datetime import timedelta
from time import process_time

from engines.ports import free_port

CHECKOUT = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
os.environ["VAR_DIR"] = os.path.join(CHECKOUT, "var", "bench")

from engines import addresses, postgres, valkey
from engines.demo import static_state
from engines.ports import is_taken

WEB_ADDRESS = "http://localhost"
MAIL_PORT = free_port()
MAIL_DIR = addresses.VAR_DIR / "mail"
LOG = addresses.VAR_DIR / "web.log"
MOST_MEMORY = 150
MOST_SECONDS = 5
# A sender looks every two seconds.
LOOKS_EVERY = 2
LEAST_MAILS = 500
# Times the floor.
LIMITS = {"This week": 1.0, "Module": 1.0, "Assignment": 1.0, "Queue of 25": 1.5, "Paper": None}


def database_url(name):
    return addresses.database_url().rsplit("/", 1)[0] + f"/{name}"


os.environ |= {
    "DJANGO_SETTINGS_MODULE": "config.settings",
    "ENVIRONMENT": "production",
    "SECRET_KEY": secrets.token_urlsafe(60),
    "SITE_URL": WEB_ADDRESS,
    "SECURE_SSL_REDIRECT": "off",
    "TRUSTED_PROXY_COUNT": "0",
    "STAFF_MUST_HAVE_MFA": "off",
    "DATABASE_URL": database_url("bench"),
    "FLOOR_DATABASE_URL": database_url("floor"),
    "REDIS_URL": addresses.broker_url(),
    "EMAIL_URL": f"smtp://localhost:{MAIL_PORT}",
    "DEFAULT_FROM_EMAIL": "office@example.org",
    "LOG_LEVEL": "WARNING",
}


def main():
    """Print the figures; exit 1 when one misses its target."""
    addresses.VAR_DIR.mkdir(parents=True, exist_ok=True)
    postgres.ensure_running()
    valkey.ensure_running()
    try:
        make_databases()
        collect_static()
        missed = run()
    finally:
        valkey.stop()
        postgres.stop()
    for miss in missed:
        print(f"MISSED: {miss}")
    return 1 if missed else 0


def make_databases():
    """Two empty ones."""
    connection = postgres._connect(postgres.Purpose.MAIN, "postgres")
    connection.autocommit = True
    with connection.cursor() as cursor:
        for name in ("bench", "floor"):
            cursor.execute(f"DROP DATABASE IF EXISTS {name}")
            cursor.execute(f"CREATE DATABASE {name}")
    connection.close()


def collect_static():
    """Production names its static files by their contents; unless the last run left them, gather them."""
    stamp = addresses.CHECKOUT / "staticfiles" / ".state"
    if stamp.is_file() and stamp.read_text() == static_state():
        return
    manage = [sys.executable, "manage.py", "collectstatic", "--noinput", "--verbosity", "0"]
    subprocess.run(manage, cwd=addresses.CHECKOUT, check=True)
    stamp.write_text(static_state())


def run():
    """What missed its target."""
    floor = prepare_floor()
    import django

    django.setup()
    from django.core.management import call_command
    from django.db import connection

    from core import clock
    from tests.bench import crowd, pages, seeding, serving, walking

    call_command("migrate", verbosity=0)
    print("seeding 500 participants", flush=True)
    seeded = seeding.seed(clock.now())
    with connection.cursor() as cursor:
        # As the database does by itself within a minute or so.
        cursor.execute("ANALYZE")
    measured = pages.all_of(seeded)
    with (
        LOG.open("wb") as log,
        serving.serve("config.settings", {"LOG_LEVEL": "INFO"}, log) as port,
        serving.serve("tests.bench.floor.settings", {}, log) as floor_port,
    ):
        floor = serving.Page("Bare page of 60 rows", **floor, port=floor_port)
        for page in measured:
            page.port = port
        serving.measure([floor, *measured])
        memory = serving.used(port)["memory"] / 2**20
        walked = walking.tell(seeded, port)
    missed = pages.tell(floor, measured, LIMITS)
    print(f"\nA web worker takes {memory:.0f} MB (at most {MOST_MEMORY}).")
    if memory > MOST_MEMORY:
        missed.append(f"the web worker takes {memory:.0f} MB")
    return missed + walked + tell_sending(seeded.nine) + crowd.tell()


def prepare_floor():
    done = subprocess.run(
        [sys.executable, "-m", "tests.bench.floor"],
        cwd=addresses.CHECKOUT,
        stdout=subprocess.PIPE,
        check=True,
        text=True,
    )

    return json.loads(done.stdout)


def tell_sending(nine):
    from notifications import planner
    from notifications.measuring import measure_sending

    planner.plan(now=nine - timedelta(minutes=5))
    with mail_server():
        began = process_time()
        measured = measure_sending(send_at=nine)
        used = process_time() - began
    kept = len(list(MAIL_DIR.glob("*.eml")))
    seconds = measured.seconds + LOOKS_EVERY
    print(
        f"{measured.notices} reminders, planned ahead: the mail server had the last of {kept} mails after "
        f"{measured.seconds:.2f} s ({used:.2f} s of processor)."
    )
    print(
        f"A sender looks every {LOOKS_EVERY} s, so at most {seconds:.2f} s after their time (at most {MOST_SECONDS})."
    )
    if kept != measured.mails or kept < LEAST_MAILS:
        return [f"the mail server has {kept} of {measured.mails} mails"]
    return [f"the reminders took {seconds:.2f} s"] if seconds > MOST_SECONDS else []


@contextmanager
def mail_server():
    shutil.rmtree(MAIL_DIR, ignore_errors=True)
    server = subprocess.Popen([sys.executable, "-m", "engines.mail_sink", str(MAIL_PORT), str(MAIL_DIR)])
    try:
        while not is_taken(MAIL_PORT):
            if server.poll() is not None:
                sys.exit("The mail server did not start.")
        yield
    finally:
        server.terminate()
        server.wait()


if __name__ == "__main__":
    sys.exit(main())
