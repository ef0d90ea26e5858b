"""Folders and locks of the engines, and the user they run as."""

import fcntl
import os
import pwd
import stat
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from engines import addresses


class EngineError(Exception):
    """An engine cannot run; the message says what to do."""


@dataclass(frozen=True)
class Account:
    """The system user that owns and runs an engine."""

    uid: int
    gid: int

    def popen_arguments(self) -> dict[str, object]:
        """What `subprocess` needs to run a program as this user; nothing when we are that user already."""
        if self.uid == os.geteuid():
            return {}
        return {"user": self.uid, "group": self.gid, "extra_groups": []}


def postgres_account() -> Account:
    """Ourselves; or, for root, whom PostgreSQL refuses to serve, `nobody`."""
    if os.geteuid() != 0:
        return Account(os.geteuid(), os.getegid())
    try:
        nobody = pwd.getpwnam("nobody")
    except KeyError as missing:
        raise EngineError(
            "PostgreSQL does not run as root and this machine has no user “nobody”: "
            "run as an ordinary user, or set DATABASE_URL to a server that you have."
        ) from missing
    return Account(nobody.pw_uid, nobody.pw_gid)


def make_own_folder(path: Path, *, mode: int = 0o700, owner: Account | None = None) -> None:
    """Make a folder that nobody else could have prepared for us; an existing one must be ours already.

    Parents are made when missing and otherwise left as they are.
    """
    path.parent.mkdir(parents=True, exist_ok=True)
    try:
        path.mkdir(mode=0o700)
    except FileExistsError:
        found = path.lstat()
        wanted_uid = owner.uid if owner else os.geteuid()
        if not stat.S_ISDIR(found.st_mode) or found.st_uid not in {wanted_uid, os.geteuid()}:
            raise EngineError(f"{path} exists and is not ours: remove it, or set DATABASE_URL and REDIS_URL.") from None
    if owner and os.geteuid() == 0:
        os.chown(path, owner.uid, owner.gid)
    if stat.S_IMODE(path.stat().st_mode) != mode:
        path.chmod(mode)


@contextmanager
def locked(name: str) -> Iterator[None]:
    """Only one process at a time, on this machine and for this data folder."""
    addresses.VAR_DIR.mkdir(parents=True, exist_ok=True)
    with (addresses.VAR_DIR / f"{name}.lock").open("w") as handle:
        fcntl.flock(handle, fcntl.LOCK_EX)
        yield


def last_lines(log: Path, count: int = 5) -> str:
    """The end of a log, for an error message."""
    try:
        return "\n".join(log.read_text(errors="replace").splitlines()[-count:])
    except OSError:
        return "(no log)"
