"""Sound and video: that they are what they are called and have wholly arrived. They are never decoded here."""

import struct
from collections.abc import Iterator
from typing import IO

from files.admission.refusals import Unfit

OTHER = "is called a recording of that kind but is something else: save it as an MP3 or MP4 and add that."
CUT_OFF = "is cut off: save it once more, or send it to this device again, and add that."
MOST_PARTS = 10_000
SOUGHT = 64 * 1024
NO_VIDEO = {b"heic", b"heix", b"mif1", b"msf1", b"avif", b"avis", b"crx "}
OF_QUICKTIME = {b"moov", b"mdat", b"wide", b"free", b"skip"}


def check_mp3(file: IO[bytes]) -> None:
    """A frame, behind its tag if it has one. Raises Unfit."""
    file.seek(0)
    header = file.read(10)
    starts_at = 0
    if header.startswith(b"ID3") and len(header) == 10 and all(part < 0x80 for part in header[6:]):
        starts_at = 10 + sum(part << shift for part, shift in zip(header[6:], (21, 14, 7, 0), strict=True))
    file.seek(starts_at)
    sought = file.read(SOUGHT).lstrip(b"\0")
    if not sought and starts_at:
        raise Unfit(CUT_OFF)
    if len(sought) < 4 or sought[0] != 0xFF or not _is_frame(sought[1], sought[2]):
        raise Unfit(OTHER)


def _is_frame(second: int, third: int) -> bool:
    """Synchronized, of a version, layer III, of a bit rate and a sampling rate that exist."""
    return second & 0xE0 == 0xE0 and second & 0x18 != 0x08 and second & 0x06 == 0x02 and third >> 4 not in (0, 15)


def check_wav(file: IO[bytes]) -> None:
    """A format and its sound. Raises Unfit."""
    size = file.seek(0, 2)
    file.seek(0)
    header = file.read(12)
    if header[:4] != b"RIFF" or header[8:] != b"WAVE":
        raise Unfit(OTHER)
    has_format = False
    for _ in range(MOST_PARTS):
        part = file.read(8)
        if len(part) < 8:
            break
        name, length = part[:4], struct.unpack("<I", part[4:])[0]
        has_format = has_format or name == b"fmt "
        if name == b"data":
            # A recorder that was stopped by force leaves the length open.
            is_open = length in (0, 0xFFFFFFFF)
            if has_format and (is_open or file.tell() + length <= size):
                return
            break
        file.seek(length + length % 2, 1)
    raise Unfit(CUT_OFF)


def check_mp4(file: IO[bytes]) -> None:
    """Whole boxes with a list of tracks, of a brand that is sound or video. Raises Unfit."""
    file.seek(4)
    brand = file.read(8)
    if brand[:4] != b"ftyp" or brand[4:] in NO_VIDEO:
        raise Unfit(OTHER)
    if b"moov" not in set(_boxes(file)):
        raise Unfit(CUT_OFF)


def check_mov(file: IO[bytes]) -> None:
    """As above; older ones have no brand. Raises Unfit."""
    file.seek(4)
    first = file.read(4)
    if first == b"ftyp":
        check_mp4(file)
    elif first not in OF_QUICKTIME:
        raise Unfit(OTHER)
    elif b"moov" not in set(_boxes(file)):
        raise Unfit(CUT_OFF)


def check_webm(file: IO[bytes]) -> None:
    """By its head, which names the format. Raises Unfit."""
    file.seek(0)
    head = file.read(128)
    if not head.startswith(b"\x1a\x45\xdf\xa3") or b"\x42\x82" not in head or b"webm" not in head:
        raise Unfit(OTHER)
    if file.seek(0, 2) <= 128:
        raise Unfit(CUT_OFF)


def _boxes(file: IO[bytes]) -> Iterator[bytes]:
    """The kinds of the outermost boxes, which together are the file. Raises Unfit."""
    size, at = file.seek(0, 2), 0
    for _ in range(MOST_PARTS):
        if at == size:
            return
        file.seek(at)
        header = file.read(16)
        if len(header) < 8:
            raise Unfit(CUT_OFF)
        length, least = struct.unpack(">I", header[:4])[0], 8
        if length == 1 and len(header) == 16:
            length, least = struct.unpack(">Q", header[8:])[0], 16
        elif length == 0:
            length = size - at
        if length < least or at + length > size:
            raise Unfit(CUT_OFF)
        yield header[4:8]
        at += length
    raise Unfit(OTHER)
