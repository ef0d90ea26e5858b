"""Where the embedded engines of this checkout live: pure functions, nothing is started here."""

import hashlib
import os
import tempfile
from pathlib import Path
from urllib.parse import quote

CHECKOUT = Path(__file__).resolve().parent.parent
VAR_DIR = CHECKOUT / "var"
DATABASE_NAME = "lyceum"
DATABASE_USER = "lyceum"
# sun_path holds 108 bytes with its closing zero, and PostgreSQL adds ".s.PGSQL.5432" to the folder's name.
LONGEST_SOCKET_PATH = 107


def checkout_mark() -> str:
    """Eight characters that tell this checkout from another on the same machine."""
    return hashlib.sha256(str(CHECKOUT).encode()).hexdigest()[:8]


def postgres_home() -> Path:
    """The folder of data, socket and log.

    PostgreSQL refuses to run as root, so for root the folder lies outside private homes, where an unprivileged
    user can reach it without any mode being changed on the way.
    """
    if os.geteuid() == 0:
        return Path("/var/tmp") / f"lyceum-{checkout_mark()}"  # noqa: S108 - a folder of our own, mode 700
    return VAR_DIR / "postgres"


def postgres_socket_dir() -> Path:
    """The folder with the server's socket: a short one when the checkout's path is too long for a socket."""
    wanted = postgres_home() / "socket"
    if len(str(wanted / ".s.PGSQL.5432")) > LONGEST_SOCKET_PATH:
        return Path(tempfile.gettempdir()) / f"lyceum-pg-{checkout_mark()}"
    return wanted


def broker_socket() -> Path:
    """The broker's socket, under `var/` unless that path is too long."""
    wanted = VAR_DIR / "valkey" / "valkey.sock"
    if len(str(wanted)) > LONGEST_SOCKET_PATH:
        return Path(tempfile.gettempdir()) / f"lyceum-vk-{checkout_mark()}" / "valkey.sock"
    return wanted


def database_url() -> str:
    """The embedded database, over its socket."""
    return f"postgres://{DATABASE_USER}@{quote(str(postgres_socket_dir()), safe='')}:5432/{DATABASE_NAME}"


def broker_url() -> str:
    """The embedded broker, over its socket."""
    return f"redis+socket://{broker_socket()}"
