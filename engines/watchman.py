"""Ends the demo's processes when their supervisor is gone without having ended them: killed, or out of memory.

It reads lines from the supervisor, `+PID SIGNAL` and `-PID`; the end of the input is the supervisor's death, however
it came. This works the same on Linux and macOS, which has no signal for a parent's death.
"""

import contextlib
import os
import signal
import sys
import time
from collections.abc import Iterable

GRACE_SECONDS = 8


def watch(lines: Iterable[str]) -> dict[int, signal.Signals]:
    """Read until the end: which processes are left, and how each wishes to be told to end."""
    left: dict[int, signal.Signals] = {}
    for line in lines:
        pid, *rest = line[1:].split()
        if line.startswith("+"):
            left[int(pid)] = signal.Signals(int(rest[0]))
        else:
            left.pop(int(pid), None)
    return left


def end(left: dict[int, signal.Signals]) -> None:
    """Ask each politely, then end their whole groups. The last started are the first to go."""
    for pid, wish in reversed(left.items()):
        _send(pid, wish)
    give_up_at = time.monotonic() + GRACE_SECONDS
    while any(_lives(pid) for pid in left) and time.monotonic() < give_up_at:
        time.sleep(0.05)
    for pid in left:
        with contextlib.suppress(ProcessLookupError, PermissionError):
            os.killpg(pid, signal.SIGKILL)


def _send(pid: int, wish: signal.Signals) -> None:
    with contextlib.suppress(ProcessLookupError, PermissionError):
        os.kill(pid, wish)


def _lives(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except (ProcessLookupError, PermissionError):
        return False
    return True


if __name__ == "__main__":
    for ignored in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        signal.signal(ignored, signal.SIG_IGN)
    end(watch(sys.stdin))
