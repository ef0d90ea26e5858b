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
