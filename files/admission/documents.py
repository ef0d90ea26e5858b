"""PDF, RTF and plain text."""

import re
from typing import IO

from files.admission.refusals import OTHER, Unfit

END_OF_PDF = 2048
CUT_OFF = "is cut off: save it once more, or send it to this device again, and add that."
OBJECTS_IN_RTF = re.compile(rb"\\obj(?:data|class|emb|ocx|link|autlink|update)\b")
# A page or a drawing with scripts under another name: as a text it shows nobody what was written.
MARKUP = re.compile(r"\s*<(?:!doctype\s+html|html|head|body|script|svg|iframe|\?xml|\?php)", re.IGNORECASE)
CONTROL = re.compile(r"[\x00-\x08\x0e-\x1f]")
MARKS_OF_ORDER = ((b"\xef\xbb\xbf", "utf-8-sig"), (b"\xff\xfe", "utf-16"), (b"\xfe\xff", "utf-16"))


def check_pdf(file: IO[bytes]) -> None:
    """From its first byte to its end a PDF; whether it can be opened the workshop finds out. Raises Unfit."""
    size = file.seek(0, 2)
    file.seek(0)
    if not re.match(rb"%PDF-[12]\.\d", file.read(8)):
        raise Unfit(OTHER.format("a PDF"))
    file.seek(max(0, size - END_OF_PDF))
    if b"%%EOF" not in file.read():
        raise Unfit(CUT_OFF)


def check_rtf(file: IO[bytes]) -> None:
    """Whole, and without objects of other programs in it. Raises Unfit."""
    file.seek(0)
    content = file.read()
    if not content.startswith(b"{\\rtf1"):
        raise Unfit(OTHER.format("an RTF document"))
    if not content.rstrip(b"\0\r\n \t").endswith(b"}"):
        raise Unfit(CUT_OFF)
    if OBJECTS_IN_RTF.search(content):
        raise Unfit("holds parts of other programs, which are not taken: save it as a PDF and add that.")


def check_txt(file: IO[bytes]) -> None:
    """Something to read. Raises Unfit."""
    file.seek(0)
    text = decoded(file.read())
    if CONTROL.search(text):
        raise Unfit("is called a text but is something else: save it as a PDF and add that.")
    if MARKUP.match(text.lstrip("\ufeff")):
        raise Unfit("is a web page or a drawing, not a text: open it, print it to a PDF and add that.")


def plain_text(file: IO[bytes], most: int) -> str:
    """Its characters, with the line ends of one kind. Raises Unfit."""
    file.seek(0)
    return decoded(file.read()).replace("\r\n", "\n").replace("\r", "\n")[:most]


def decoded(content: bytes) -> str:
    """The characters, whichever of the usual ways they were written in. Raises Unfit."""
    for mark, encoding in (*MARKS_OF_ORDER, (b"", "utf-8"), (b"", "cp1252")):
        if content.startswith(mark):
            try:
                return content.decode(encoding)
            except UnicodeDecodeError:
                continue
    raise Unfit("is called a text but is something else: save it as a PDF and add that.")
