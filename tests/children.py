"""Other processes on the tests' own database: some things are true only if they outlive a killed process."""

import os
import subprocess
import sys
from pathlib import Path
from urllib.parse import quote

from django.conf import settings
from django.db import connection

ROOT = Path(__file__).resolve().parent.parent


def database_url():
    """The address of the database that this test runs on."""
    at = connection.settings_dict
    secret = f":{quote(at['PASSWORD'], safe='')}" if at["PASSWORD"] else ""
    place = f"{quote(at['HOST'], safe='')}:{at['PORT']}" if at["PORT"] else quote(at["HOST"], safe="")
    return f"postgres://{quote(at['USER'], safe='')}{secret}@{place}/{at['NAME']}"


def start_child(program, *arguments, before=()):
    """Run a Python program, with Django set up, on the tests' database and files; the caller waits or kills."""
    setting_up = "import django; django.setup()\n"
    environment = {
        **os.environ,
        "PYTHONPATH": str(ROOT),
        "PYTHONWARNINGS": "default",
        "DJANGO_SETTINGS_MODULE": "config.settings",
        "DATABASE_URL": database_url(),
        "REDIS_URL": "redis+socket:///nowhere/valkey.sock",
        "STORED_FILES_DIR": str(settings.STORED_FILES_DIR),
    }
    return subprocess.Popen(
        [*before, sys.executable, "-c", setting_up + program, *map(str, arguments)],
        cwd=ROOT,
        env=environment,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )


def run_child(program, *arguments, before=(), patience=60):
    """Wait for the child; returns its exit code, what it said and what it complained of."""
    child = start_child(program, *arguments, before=before)
    said, complained = child.communicate(timeout=patience)
    return child.returncode, said, complained
