"""Where the embedded engines of this checkout live: pure functions, nothing is started here.

`VAR_DIR` in the environment moves all data elsewhere, and with it the engines: a second, separate stack.
"""

import hashlib
import os
import tempfile
from enum import StrEnum
from pathlib import Path
from urllib.parse import quote

CHECKOUT = Path(__file__).resolve().parent.parent
VAR_DIR = Path(os.environ.get("VAR_DIR") or CHECKOUT / "var").resolve()
DATABASE_NAME = "lyceum"
DATABASE_USER = "lyceum"
# sun_path holds 108 bytes with its closing zero, and PostgreSQL adds ".s.PGSQL.5432" to the folder's name.
LONGEST_SOCKET_PATH = 107


class Purpose(StrEnum):
    """Each purpose has engines of its own, so that a test never meets the data of the demo."""

    MAIN = "main"
    TEST = "test"


def checkout_mark() -> str:
    """Eight characters that tell this checkout from another on the same machine."""
    return hashlib.sha256(str(VAR_DIR).encode()).hexdigest()[:8]


def postgres_root() -> Path:
    """The folder of everything that PostgreSQL needs.

    PostgreSQL refuses to run as root, so for root the folder lies outside private homes, where an unprivileged
    user can reach it without any mode being changed on the way.
    """
    if os.geteuid() == 0:
        return Path("/var/tmp") / f"lyceum-{checkout_mark()}"  # noqa: S108 - made by us and refused unless ours
    return VAR_DIR / "postgres"


def postgres_home(purpose: Purpose = Purpose.MAIN) -> Path:
    """The folder of one cluster: its data and its log."""
    return postgres_root() / purpose


def postgres_socket_dir(purpose: Purpose = Purpose.MAIN) -> Path:
    """The folder with the server's socket: a short one when the checkout's path is too long for a socket."""
    wanted = postgres_home(purpose) / "socket"
    if len(str(wanted / ".s.PGSQL.5432")) > LONGEST_SOCKET_PATH:
        return Path(tempfile.gettempdir()) / f"lyceum-pg-{checkout_mark()}-{purpose}"
    return wanted


def broker_home(purpose: Purpose = Purpose.MAIN) -> Path:
    """The folder of one broker's data and log."""
    return VAR_DIR / "valkey" / purpose


def broker_socket(purpose: Purpose = Purpose.MAIN) -> Path:
    """The broker's socket, under `var/` unless that path is too long."""
    wanted = broker_home(purpose) / "valkey.sock"
    if len(str(wanted)) > LONGEST_SOCKET_PATH:
        return Path(tempfile.gettempdir()) / f"lyceum-vk-{checkout_mark()}-{purpose}" / "valkey.sock"
    return wanted


def database_url(purpose: Purpose = Purpose.MAIN) -> str:
    """The embedded database, over its socket."""
    host = quote(str(postgres_socket_dir(purpose)), safe="")
    return f"postgres://{DATABASE_USER}@{host}:5432/{DATABASE_NAME}"


def broker_url(purpose: Purpose = Purpose.MAIN) -> str:
    """The embedded broker, over its socket."""
    return f"redis+socket://{broker_socket(purpose)}"
