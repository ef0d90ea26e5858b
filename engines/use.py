"""Who still uses the engines of a purpose, so that the last one out turns off the light."""

import fcntl
from typing import IO

from engines import addresses
from engines.addresses import Purpose

_held: dict[Purpose, IO[str]] = {}


def join(purpose: Purpose) -> None:
    """Say that this process uses the engines, until `leave` or its end."""
    if purpose not in _held:
        addresses.VAR_DIR.mkdir(parents=True, exist_ok=True)
        handle = (addresses.VAR_DIR / f"users-{purpose}.lock").open("w")
        fcntl.flock(handle, fcntl.LOCK_SH)
        _held[purpose] = handle


def leave(purpose: Purpose) -> bool:
    """Say that this process is done. Returns whether it was a user, and the last one."""
    handle = _held.pop(purpose, None)
    if handle is None:
        return False
    try:
        fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    finally:
        handle.close()
    return True
