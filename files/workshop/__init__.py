"""Opens what others have made (decodes pictures, reads documents) in a process of its own with little time and memory,
so that a file made to harm harms nothing but its own opening.
"""

import os
import signal
import subprocess
import sys
import tempfile
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import IO

from files.workshop.limits import LOCKED, MOST_SECONDS, MOST_TEXT, UNREADABLE

ROOT = Path(__file__).resolve().parent.parent.parent
# Each takes up to a gigabyte of addresses for a moment.
AT_ONCE = threading.BoundedSemaphore(2)
PIECE = 1024 * 1024


class Trouble(Exception):
    """It could not be opened: it is locked, it asks for too much, or it is no such file."""

    def __init__(self, *, is_locked: bool = False, is_too_much: bool = False) -> None:
        self.is_locked, self.is_too_much = is_locked, is_too_much
        super().__init__("locked" if is_locked else "too much" if is_too_much else "unreadable")


def copy_picture(file: IO[bytes]) -> bytes:
    """A JPEG that shows what the picture shows, upright, at most 2400 points wide or high. Raises Trouble."""
    code, copy = _run("picture", file)
    _raise_for(code)
    return copy


def read_text(file: IO[bytes], key: str) -> str:
    """What can be read of a document in bounded time, perhaps only its beginning. Raises Trouble."""
    code, text = _run(key, file)
    if code < 0 and text:  # stopped on its way
        code = 0
    _raise_for(code)
    return text.decode(errors="ignore").replace("\0", "")[:MOST_TEXT]


def _raise_for(code: int) -> None:
    if code:
        raise Trouble(is_locked=code == LOCKED, is_too_much=code not in (LOCKED, UNREADABLE))


def _run(task: str, file: IO[bytes]) -> tuple[int, bytes]:
    """What came of it, and what the child wrote."""
    with _on_disk(file) as path, tempfile.TemporaryFile() as made, AT_ONCE:
        command = [sys.executable, "-m", "files.workshop.child", task, str(path)]
        # Nothing of our own settings: no address of the database, no key.
        environment = {"PYTHONDONTWRITEBYTECODE": "1", "MALLOC_ARENA_MAX": "1", "LANG": "C.UTF-8"}
        try:
            code = subprocess.run(  # noqa: S603 - our own program and a path that we made
                command,
                cwd=ROOT,
                env=environment,
                stdin=subprocess.DEVNULL,
                stdout=made,
                stderr=subprocess.DEVNULL,
                timeout=MOST_SECONDS,
                check=False,
            ).returncode
        except subprocess.TimeoutExpired:
            code = -signal.SIGKILL
        made.seek(0)
        return code, made.read()


@contextmanager
def _on_disk(file: IO[bytes]) -> Iterator[Path]:
    """A path by which the child can open it."""
    path = getattr(file, "temporary_file_path", None)
    if path is not None:
        yield Path(path())
        return
    with tempfile.NamedTemporaryFile() as copy:
        file.seek(0)
        while piece := file.read(PIECE):
            copy.write(piece)
        copy.flush()
        os.chmod(copy.name, 0o600)
        yield Path(copy.name)
