"""A web server with one worker, and how much of it a page takes."""

import http.client
import json
import os
import subprocess
import sys
import time
from contextlib import contextmanager
from dataclasses import dataclass, field

from engines.addresses import CHECKOUT
from engines.ports import free_port

# Answered by tests/bench/wsgi.py.
USED = "/.used"
START_SECONDS = 60
REQUESTS, ROUNDS = 30, 6


@dataclass
class Page:
    """One address as one person sees it, and what was measured."""

    name: str
    path: str
    cookie: str
    queries: int
    port: int = 0
    cpu: list = field(default_factory=list)
    took: list = field(default_factory=list)
    size: int = 0


@contextmanager
def serve(settings, environment, log):
    """Gunicorn as in production, with one worker; gives its port."""
    port = free_port()
    command = [sys.executable, "-m", "gunicorn", "tests.bench.wsgi", "--config", "config/gunicorn.py"]
    server = subprocess.Popen(
        [*command, "--no-control-socket", "--bind", f"127.0.0.1:{port}"],
        cwd=CHECKOUT,
        env=os.environ | environment | {"DJANGO_SETTINGS_MODULE": settings, "WEB_CONCURRENCY": "1"},
        stdout=log,
        stderr=log,
    )
    try:
        wait_until_up(server, port)
        yield port
    finally:
        server.terminate()
        server.wait()


def wait_until_up(server, port):
    give_up_at = time.monotonic() + START_SECONDS
    while time.monotonic() < give_up_at:
        if server.poll() is not None:
            sys.exit("The web server did not start; see the log named above.")
        try:
            used(port)
        except OSError:
            time.sleep(0.1)
        else:
            return
    sys.exit("The web server did not answer in time; see the log named above.")


def used(port):
    """Seconds of processor and bytes of memory of the worker."""
    connection = http.client.HTTPConnection("localhost", port, timeout=30)
    connection.request("GET", USED)
    answer = json.load(connection.getresponse())
    connection.close()
    return answer


def measure(pages):
    """Ask for the pages in turn, several times round, so that whatever else the machine does meets all of them."""
    for page in pages:
        ask(page, 5, note=False)
    for _ in range(ROUNDS):
        for page in pages:
            before = used(page.port)["cpu"]
            ask(page, REQUESTS)
            page.cpu.append((used(page.port)["cpu"] - before) / REQUESTS)


def ask(page, times, *, note=True):
    """Get the page over one connection, as a browser would."""
    connection = http.client.HTTPConnection("localhost", page.port, timeout=30)
    for _ in range(times):
        began = time.perf_counter()
        connection.request("GET", page.path, headers={"Cookie": f"sessionid={page.cookie}"})
        answer = connection.getresponse()
        body = answer.read()
        if answer.status != 200:
            sys.exit(f"{page.name} at {page.path} answered {answer.status} {answer.getheader('Location') or ''}")
        if note:
            page.took.append(time.perf_counter() - began)
        page.size = len(body)
    connection.close()
