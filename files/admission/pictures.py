"""PNG, JPEG and HEIC: that they are what they are called, and how large, before anything is decoded."""

import struct
from typing import IO

from files.admission.refusals import Unfit
from files.workshop.limits import MOST_PIXELS, MOST_SIDE

OTHER = "is called a picture of that kind but is something else: save it as a PNG or JPEG picture and add that."
DAMAGED = "is damaged: save the picture once more as a JPEG and add that."
PNG = b"\x89PNG\r\n\x1a\n"
# Start of a frame, of whichever process; C4, C8 and CC are tables.
FRAMES = frozenset(range(0xC0, 0xD0)) - {0xC4, 0xC8, 0xCC}
# Markers without a length; D0 to D7 stand in the picture's own bytes, before which the frame has come.
BARE = frozenset({0x01, 0xD8})
MOST_MARKERS = 2000
HEIC_BRANDS = {b"heic", b"heix", b"heim", b"heis", b"hevc", b"hevx", b"mif1", b"msf1"}


def check_png(file: IO[bytes]) -> None:
    """By its signature and first chunk. Raises Unfit."""
    file.seek(0)
    header = file.read(24)
    if not header.startswith(PNG):
        raise Unfit(OTHER)
    if len(header) < 24 or header[12:16] != b"IHDR":
        raise Unfit(DAMAGED)
    check_measures(*struct.unpack(">2I", header[16:24]))


def check_jpg(file: IO[bytes]) -> None:
    """By its markers up to the one that gives its measures. Raises Unfit."""
    file.seek(0)
    if file.read(3) != b"\xff\xd8\xff":
        raise Unfit(OTHER)
    file.seek(2)
    for _ in range(MOST_MARKERS):
        marker = _next_marker(file)
        if marker in BARE:
            continue
        length = struct.unpack(">H", _exactly(file, 2))[0]
        if marker in FRAMES:
            _, height, width = struct.unpack(">B2H", _exactly(file, 5))
            return check_measures(width, height)
        if length < 2:
            break
        file.seek(length - 2, 1)
    raise Unfit(DAMAGED)


def check_heic(file: IO[bytes]) -> None:
    """By its brand; its measures the workshop reads. Raises Unfit."""
    file.seek(0)
    header = file.read(12)
    if header[4:8] != b"ftyp" or header[8:12] not in HEIC_BRANDS:
        raise Unfit(OTHER)


def check_measures(width: int, height: int) -> None:
    """Raises Unfit for what no camera makes."""
    if not width or not height:
        raise Unfit(DAMAGED)
    if max(width, height) > MOST_SIDE or width * height > MOST_PIXELS:
        raise Unfit(
            f"measures {width:,} × {height:,} points, and {MOST_PIXELS // 10**6} million are taken: make it "
            "smaller and add that."
        )


def _next_marker(file: IO[bytes]) -> int:
    if _exactly(file, 1) != b"\xff":
        raise Unfit(DAMAGED)
    for _ in range(100):
        marker = _exactly(file, 1)[0]
        if marker != 0xFF:
            return marker
    raise Unfit(DAMAGED)


def _exactly(file: IO[bytes], count: int) -> bytes:
    read = file.read(count)
    if len(read) < count:
        raise Unfit(DAMAGED)
    return read
