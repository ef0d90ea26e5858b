"""Names of files that came from somewhere else."""

import re
import unicodedata

LONGEST_NAME = 150
# Control characters, what separates folders or lines, halves of characters, and the marks that turn the direction of
# writing (and so disguise an end).
UNSAFE_IN_NAMES = re.compile(r"[\x00-\x1f\x7f-\x9f/\\\u061c\u200e\u200f\u2028-\u202e\u2066-\u2069\ufeff\ud800-\udfff]+")
# Names of devices, which Windows opens whatever the ending.
DEVICES = re.compile(r"(?:con|prn|aux|nul|com[0-9¹²³]|lpt[0-9¹²³])(?=\.|$)", re.IGNORECASE)


def safe_name(name: str) -> str:
    """A name that a folder on any computer takes; "file" when nothing is left of it."""
    cleaned = UNSAFE_IN_NAMES.sub("_", unicodedata.normalize("NFC", name)).strip(" ._")
    if DEVICES.match(cleaned):
        cleaned = f"file {cleaned}"
    stem, dot, ending = cleaned.rpartition(".")
    if len(cleaned) > LONGEST_NAME and dot and len(ending) <= 10:
        return f"{stem[: LONGEST_NAME - len(ending) - 1]}.{ending}"
    return cleaned[:LONGEST_NAME] or "file"


# What Windows takes in no name, beside what separates folders.
UNSAFE_IN_FOLDERS = re.compile(r'[<>:"|?*]+')
# What the file systems of Linux and macOS take in one name.
MOST_BYTES = 240


def unpackable_name(name: str, longest: int) -> str:
    """A name for a part of a path in an archive, of so many characters at most: unpacked on any computer it stays
    where it belongs and what it was."""
    stem, dot, ending = safe_name(UNSAFE_IN_FOLDERS.sub("_", name)).rpartition(".")
    tail = f"{dot}{ending}" if dot and stem and len(ending) <= 10 else ""
    head = stem if tail else f"{stem}{dot}{ending}"
    room = MOST_BYTES - len(tail.encode())
    cut = head[: longest - len(tail)].encode()[:room].decode(errors="ignore").rstrip(" .")
    return f"{cut}{tail}" if cut else "file"
