"""The text of an RTF document."""

import re
from collections.abc import Iterator
from typing import IO

from files.workshop.paragraphs import write_paragraphs

# Words and symbols of control, groups, and characters by number.
RTF = re.compile(
    rb"\\u(-?\d{1,6}) ?(?:\\'[0-9a-fA-F]{2}|\?)?|\\'([0-9a-fA-F]{2})|\\([a-zA-Z]{1,32})(?:-?\d{1,10})? ?"
    rb"|\\(.)|([{}])|([^\\{}\r\n]+)|[\r\n]+",
    re.DOTALL,
)
RTF_SIGNS = {
    b"par": "\n\n", b"line": "\n", b"tab": "\t", b"emdash": "—", b"endash": "–", b"lquote": "‘", b"rquote": "’",
    b"ldblquote": "“", b"rdblquote": "”", b"bullet": "•", b"cell": "\t", b"row": "\n", b"page": "\n\n", b"sect": "\n\n",
}  # fmt: skip
# Groups that say how it looks, or hold pictures.
RTF_ASIDE = {
    b"fonttbl", b"colortbl", b"stylesheet", b"info", b"pict", b"header", b"footer", b"generator", b"themedata",
    b"listtable", b"listoverridetable", b"rsidtbl", b"xmlnstbl", b"fldinst", b"datastore", b"latentstyles",
}  # fmt: skip


SYMBOLS = {b"~": " ", b"_": "-", b"\n": "\n\n", b"\r": "\n\n", b"\\": "\\", b"{": "{", b"}": "}"}


def read_rtf(file: IO[bytes], made: IO[bytes]) -> None:
    """Without the look."""
    write_paragraphs(made, "".join(_rtf_pieces(file.read())).split("\n\n"))


def _rtf_pieces(content: bytes) -> Iterator[str]:
    aside = [False]
    for match in RTF.finditer(content):
        number, byte, word, sign, brace, plain = match.groups()
        if brace == b"{":
            aside.append(aside[-1])
        elif brace == b"}":
            aside = aside[:-1] or [False]
        elif word in RTF_ASIDE or sign == b"*":
            aside[-1] = True
        elif aside[-1]:
            continue
        elif number:
            yield chr(int(number) % 0x10000)
        elif byte:
            yield bytes([int(byte, 16)]).decode("cp1252", errors="ignore")
        elif word:
            yield RTF_SIGNS.get(word, "")
        elif sign:
            yield SYMBOLS.get(sign, "")
        elif plain:
            yield plain.decode("cp1252", errors="ignore")
