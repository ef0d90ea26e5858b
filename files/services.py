import contextlib
import errno
import hashlib
import os
import re
import uuid
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import IO, BinaryIO

from django.db import connection, models, transaction

from files.models import StoredFile
from files.places import arrivals_dir, folder_of, make_folder, place_of, sync_folder

PIECE = 1024 * 1024
UNKNOWN_TYPE = "application/octet-stream"
# What a full disk, a spent quota and a file beyond the permitted size say.
FULL = {errno.ENOSPC, errno.EDQUOT, errno.EFBIG}


class NoRoom(Exception):
    """The disk is full. Nothing was kept and nothing is half-written."""

    def __init__(self, name: str) -> None:
        named = f"“{name}”" if name else "This file"
        super().__init__(
            f"{named} could not be kept: there is no room left on the server. Nothing of it was saved. "
            "Please keep your copy and tell the office."
        )


class BytesMissing(Exception):
    """The row is there and its bytes are not: `manage.py check_files` lists such rows."""

    def __init__(self, stored: StoredFile) -> None:
        super().__init__("This file cannot be found on the server. Please tell the office.")
        self.stored = stored


@dataclass(frozen=True)
class _Arrival:
    """Bytes that are wholly on the disk, under a name of no meaning."""

    path: Path
    sha256: str
    size: int


def store_file(*, content: bytes | IO[bytes], content_type: str, name: str = "", now: datetime) -> StoredFile:
    """Keep these bytes and return their row; the same bytes twice are one row. Raises NoRoom.

    The bytes and their name in the folder are on the disk before the row is written. A row made here stands or falls
    with the caller's transaction; bytes whose row fell are found by `files.inspection`. `name` is what the file is
    called in an error; the name that people see belongs to the row that owns the file, as does the access to it.
    """
    with _arrived(content, name) as arrival, transaction.atomic():
        lock_bytes(arrival.sha256)
        _move_in(arrival, name)
        stored, _ = StoredFile.objects.get_or_create(
            sha256=arrival.sha256,
            defaults={"size": arrival.size, "content_type": _clean_type(content_type), "stored_at": now},
        )
    return stored


@transaction.atomic
def forget_file(stored: StoredFile) -> bool:
    """Remove a file that nothing points to any more; False where something does, or somebody is just bringing it anew.

    Its bytes go when the transaction is committed; where the process ends between the two, `check_files` finds them.
    """
    if not lock_bytes(stored.sha256, alone=True):
        return False
    try:
        with transaction.atomic():
            StoredFile.objects.filter(pk=stored.pk).delete()
    except models.ProtectedError:
        return False
    transaction.on_commit(lambda: remove_bytes(stored.sha256))
    return True


@transaction.atomic
def remove_bytes(sha256: str) -> bool:
    """Remove bytes that have no row. Safe while others store the same ones."""
    # Whoever is bringing these bytes holds the lock from before they come in until their row is committed.
    if not lock_bytes(sha256, alone=True) or StoredFile.objects.filter(sha256=sha256).exists():
        return False
    place_of(sha256).unlink(missing_ok=True)
    return True


def open_file(stored: StoredFile) -> BinaryIO:
    """The bytes, to be read and closed by the caller, who has checked the access. Raises BytesMissing."""
    try:
        return place_of(stored.sha256).open("rb")
    except FileNotFoundError:
        raise BytesMissing(stored) from None


def lock_bytes(sha256: str, *, alone: bool = False) -> bool:
    """Until the end of the transaction, keep the bytes of this hash from being cleaned away while they come in.

    Those who bring the bytes share the lock; whoever cleans wants it `alone`, and gets it at once or not at all.
    """
    function = "pg_try_advisory_xact_lock" if alone else "pg_advisory_xact_lock_shared"
    key = int.from_bytes(bytes.fromhex(sha256[:16]), signed=True)
    with connection.cursor() as cursor:
        cursor.execute(f"SELECT {function}(%s)", [key])  # one of the two names above
        return cursor.fetchone()[0] is not False


@contextlib.contextmanager
def _arrived(content: bytes | IO[bytes], name: str) -> Iterator[_Arrival]:
    """Write the bytes beside the others, hash them on the way, and see them to the disk; gone again afterwards."""
    with keep_room(name):
        path = make_folder(arrivals_dir()) / uuid.uuid4().hex
        digest, size = hashlib.sha256(), 0
        try:
            with path.open("xb") as file:
                for piece in _pieces(content):
                    file.write(piece)
                    digest.update(piece)
                    size += len(piece)
                file.flush()
                os.fsync(file.fileno())
        except BaseException:
            path.unlink(missing_ok=True)
            raise
    try:
        yield _Arrival(path, digest.hexdigest(), size)
    finally:
        path.unlink(missing_ok=True)


def _move_in(arrival: _Arrival, name: str) -> None:
    with keep_room(name):
        folder = make_folder(folder_of(arrival.sha256))
        arrival.path.replace(place_of(arrival.sha256))
        sync_folder(folder)


@contextlib.contextmanager
def keep_room(name: str) -> Iterator[None]:
    """Say NoRoom of this file where the disk says that it is full."""
    try:
        yield
    except OSError as failure:
        if failure.errno in FULL:
            raise NoRoom(name) from failure
        raise


def _pieces(content: bytes | IO[bytes]) -> Iterator[bytes]:
    if isinstance(content, bytes):
        yield content
        return
    if content.seekable():
        content.seek(0)
    while piece := content.read(PIECE):
        yield piece


def _clean_type(content_type: str) -> str:
    """The type without parameters, or the type that says nothing: it becomes a header of an answer."""
    essence = content_type.partition(";")[0].strip().lower()
    return essence if re.fullmatch(r"[a-z0-9.+-]{1,50}/[a-z0-9.+-]{1,49}", essence) else UNKNOWN_TYPE
