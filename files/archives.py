"""ZIP archives that are made piece by piece, so that a long one survives whatever ends its maker.

A piece is an archive of its own. Joining copies the pieces one after another and writes one directory for all of them,
without unpacking: no more than a megabyte of it is in memory at a time, and of each entry its name.
"""

import io
import shutil
import tempfile
import zipfile
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from typing import IO

from files.models import StoredFile
from files.places import arrivals_dir, make_folder
from files.services import PIECE, keep_room, open_file

# A text shrinks to a third; what people hand in as files is packed already.
PACKED = zipfile.ZIP_DEFLATED
AS_IT_IS = zipfile.ZIP_STORED
FIRST_YEAR = 1980


@dataclass(frozen=True)
class Entry:
    """One file of an archive: its path, its bytes (or where they are kept), when it is from."""

    path: str
    content: bytes | StoredFile
    at: datetime


@contextmanager
def piece_of(entries: Iterable[Entry]) -> Iterator[IO[bytes]]:
    """These files as an archive, on the disk and nameless: gone when it is closed, and after a crash too.

    Raises `files.services.NoRoom`, BytesMissing.
    """
    with keep_room(""), tempfile.TemporaryFile(dir=make_folder(arrivals_dir())) as piece:
        with zipfile.ZipFile(piece, "w", PACKED) as archive:
            for entry in entries:
                _add(archive, entry)
        yield piece


def _add(archive: zipfile.ZipFile, entry: Entry) -> None:
    at = entry.at.timetuple()[:6] if entry.at.year >= FIRST_YEAR else (FIRST_YEAR, 1, 1, 0, 0, 0)
    head = zipfile.ZipInfo(entry.path, at)
    head.external_attr = 0o600 << 16
    if isinstance(entry.content, bytes):
        head.compress_type = PACKED
        archive.writestr(head, entry.content)
        return
    head.compress_type = AS_IT_IS
    head.file_size = entry.content.size
    with open_file(entry.content) as source, archive.open(head, "w") as target:
        shutil.copyfileobj(source, target, PIECE)


def joined(pieces: Sequence[StoredFile]) -> IO[bytes]:
    """One archive of everything in these, to be read once from front to back. Raises BytesMissing while it is read."""
    return io.BufferedReader(_Flowing(_run_through(pieces)), PIECE)


def _run_through(pieces: Sequence[StoredFile]) -> Iterator[bytes]:
    entries: list[zipfile.ZipInfo] = []
    length = 0
    for stored in pieces:
        with open_file(stored) as source:
            with zipfile.ZipFile(source) as piece:
                rest = piece.start_dir
                for entry in piece.filelist:
                    entry.header_offset += length
                    entries.append(entry)
            length += rest
            source.seek(0)
            while rest:
                read = source.read(min(PIECE, rest))
                rest -= len(read)
                yield read
    yield _directory_of(entries, length)


def _directory_of(entries: list[zipfile.ZipInfo], length: int) -> bytes:
    end = _End(length)
    directory = zipfile.ZipFile(end, "w")
    directory.filelist = entries
    directory.start_dir = length
    directory._didModify = True  # type: ignore[attr-defined] # else it would write nothing
    directory.close()
    return end.getvalue()


class _End(io.BytesIO):
    """What follows after so many bytes: it says where it is in the whole."""

    def __init__(self, after: int) -> None:
        super().__init__()
        self.after = after

    def tell(self) -> int:
        return super().tell() + self.after

    def seek(self, place: int, whence: int = io.SEEK_SET) -> int:
        return super().seek(place - self.after if whence == io.SEEK_SET else place, whence) + self.after


class _Flowing(io.RawIOBase):
    """Pieces of bytes as a file that is read once."""

    def __init__(self, pieces: Iterator[bytes]) -> None:
        self.pieces, self.rest = pieces, b""

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: "memoryview | bytearray") -> int:  # type: ignore[override]
        if not self.rest:
            self.rest = next(self.pieces, b"")
        taken = self.rest[: len(buffer)]
        buffer[: len(taken)] = taken
        self.rest = self.rest[len(taken) :]
        return len(taken)
