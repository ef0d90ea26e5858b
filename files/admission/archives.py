"""What office documents are packed in, read as strictly as their programs write it: one list of entries at the end,
each entry once and apart from the others, nothing before, between or behind that belongs to another format.
"""

import struct
import zlib
from collections.abc import Iterator
from dataclasses import dataclass
from typing import IO

from files.admission.refusals import Unfit

MOST_ENTRIES = 3000
MOST_LIST = 1024 * 1024
MOST_UNPACKED = 150 * 1024 * 1024
# Text packs to a tenth, seldom to a fiftieth; only from a size on that it could do harm.
MOST_RATIO = 200
HARMLESS = 5 * 1024 * 1024
PIECE = 256 * 1024

END = struct.Struct("<4s4H2IH")
LISTED = struct.Struct("<4s6H3I5H2I")
LOCAL = struct.Struct("<4s5H3I2H")
STORED, DEFLATED = 0, 8
ENCRYPTED, UTF8 = 0x1, 0x800
LINK, KIND_OF_FILE = 0o120000, 0o170000
DAMAGED = "is damaged, or not what its ending says: open it in the program it was made with and save it again as a PDF."
TOO_MUCH = "unpacks to far more than a document holds: save it as a PDF and add that."


@dataclass(frozen=True)
class Packed:
    """An entry as the list at the end has it; `starts_at` is where its packed bytes begin."""

    name: str
    method: int
    crc: int
    packed_size: int
    size: int
    starts_at: int


def read_archive(file: IO[bytes]) -> dict[str, Packed]:
    """The entries by name. Raises Unfit."""
    packed_size = file.seek(0, 2)
    listed_at, listing, count = _find_list(file, packed_size)
    entries: dict[str, Packed] = {}
    spans: list[tuple[int, int]] = []
    unpacked = 0
    for entry, header_at in _listed(listing, count):
        if entry.name in entries:
            raise Unfit(DAMAGED)
        placed = _placed(file, entry, header_at)
        entries[entry.name] = placed
        spans.append((header_at, placed.starts_at + placed.packed_size))
        unpacked += placed.size
    if unpacked > MOST_UNPACKED or (unpacked > HARMLESS and unpacked > MOST_RATIO * packed_size):
        raise Unfit(TOO_MUCH)
    _check_apart(spans, listed_at)
    return entries


def _find_list(file: IO[bytes], size: int) -> tuple[int, bytes, int]:
    if size < END.size:
        raise Unfit(DAMAGED)
    file.seek(size - END.size)
    mark, disk, first_disk, here, count, length, listed_at, comment = END.unpack(file.read(END.size))
    if mark != b"PK\5\6" or disk or first_disk or comment or here != count or listed_at + length != size - END.size:
        raise Unfit(DAMAGED)
    if count > MOST_ENTRIES or length > MOST_LIST:
        raise Unfit(TOO_MUCH)
    if not count:
        raise Unfit(DAMAGED)
    file.seek(listed_at)
    return listed_at, file.read(length), count


def _listed(listing: bytes, count: int) -> Iterator[tuple[Packed, int]]:
    at = 0
    for _ in range(count):
        if at + LISTED.size > len(listing):
            raise Unfit(DAMAGED)
        (
            mark, _, _, flags, method, _, _, crc, packed_size, size,
            name_length, extra, comment, _, _, outer, header_at,
        ) = LISTED.unpack_from(listing, at)  # fmt: skip
        name = listing[at + LISTED.size : at + LISTED.size + name_length]
        at += LISTED.size + name_length + extra + comment
        if mark != b"PK\1\2" or at > len(listing) or method not in (STORED, DEFLATED):
            raise Unfit(DAMAGED)
        if flags & ENCRYPTED:
            raise Unfit("is locked with a password: save it without a password and add that.")
        if (outer >> 16) & KIND_OF_FILE == LINK:
            raise Unfit(DAMAGED)
        yield Packed(_read_name(name, flags), method, crc, packed_size, size, 0), header_at
    if at != len(listing):
        raise Unfit(DAMAGED)


def _read_name(name: bytes, flags: int) -> str:
    try:
        read = name.decode("utf-8" if flags & UTF8 else "cp437")
    except UnicodeDecodeError:
        raise Unfit(DAMAGED) from None
    parts = read.removesuffix("/").split("/")
    if any(part in ("", ".", "..") for part in parts) or any(sign in read for sign in ("\\", "\0", ":")):
        raise Unfit(DAMAGED)
    return read


def _placed(file: IO[bytes], entry: Packed, header_at: int) -> Packed:
    """The entry with the place of its bytes; what stands there must say the same name."""
    file.seek(header_at)
    header = file.read(LOCAL.size)
    if len(header) < LOCAL.size:
        raise Unfit(DAMAGED)
    mark, _, flags, method, _, _, _, _, _, name_length, extra = LOCAL.unpack(header)
    if mark != b"PK\3\4" or method != entry.method or _read_name(file.read(name_length), flags) != entry.name:
        raise Unfit(DAMAGED)
    starts_at = header_at + LOCAL.size + name_length + extra
    return Packed(entry.name, method, entry.crc, entry.packed_size, entry.size, starts_at)


def _check_apart(spans: list[tuple[int, int]], listed_at: int) -> None:
    """Begins with the first byte, ends before the list, and no two share bytes."""
    reached = 0
    for number, (starts_at, ends_at) in enumerate(sorted(spans)):
        if starts_at < reached or (number == 0 and starts_at != 0):
            raise Unfit(DAMAGED)
        reached = ends_at
    if reached > listed_at:
        raise Unfit(DAMAGED)


def unpack(file: IO[bytes], entry: Packed, most: int) -> bytes:
    """One entry in full. Raises Unfit where it is larger than that, or not what the list says."""
    if entry.size > most:
        raise Unfit(DAMAGED)
    return b"".join(_unpacked(file, entry))


def check_whole(file: IO[bytes], entries: dict[str, Packed]) -> None:
    """Go once through all bytes: each entry unpacks to what the list says, so nothing swells when somebody opens it."""
    for entry in entries.values():
        for _ in _unpacked(file, entry):
            pass


def _unpacked(file: IO[bytes], entry: Packed) -> Iterator[bytes]:
    file.seek(entry.starts_at)
    left, size, crc = entry.packed_size, 0, 0
    inflate = zlib.decompressobj(-zlib.MAX_WBITS) if entry.method == DEFLATED else None
    try:
        while left > 0:
            piece = file.read(min(PIECE, left))
            if not piece:
                raise Unfit(DAMAGED)
            left -= len(piece)
            while piece:
                # No more than one byte too many is ever unpacked.
                plain = inflate.decompress(piece, min(PIECE, entry.size - size + 1)) if inflate else piece
                piece = inflate.unconsumed_tail if inflate else b""
                size += len(plain)
                crc = zlib.crc32(plain, crc)
                if size > entry.size:
                    raise Unfit(DAMAGED)
                yield plain
    except zlib.error:
        raise Unfit(DAMAGED) from None
    if size != entry.size or crc != entry.crc or (inflate is not None and not inflate.eof):
        raise Unfit(DAMAGED)
