"""Documents of Word, PowerPoint, Excel and LibreOffice: packed XML, of which the list of contents says what it is."""

from typing import IO
from xml.etree.ElementTree import ParseError

from defusedxml import DefusedXmlException
from defusedxml.ElementTree import fromstring

from files.admission.archives import DAMAGED, Packed, check_whole, read_archive, unpack
from files.admission.refusals import OTHER, Unfit

MOST_CONTENTS = 512 * 1024
CONTENTS = "[Content_Types].xml"
OPEN_XML = "application/vnd.openxmlformats-officedocument."
ODT = b"application/vnd.oasis.opendocument.text"
# An encrypted or an old document of Microsoft's lies in a container of another kind.
OLD_CONTAINER = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"
MACROS = "holds macros, which are not taken: save it as a PDF, or once more without macros, and add that."


def check_docx(file: IO[bytes]) -> None:
    """A Word document without macros. Raises Unfit."""
    _check_open_xml(file, "wordprocessingml.document.main+xml", "a Word document")


def check_pptx(file: IO[bytes]) -> None:
    """A PowerPoint presentation without macros. Raises Unfit."""
    _check_open_xml(file, "presentationml.presentation.main+xml", "a PowerPoint presentation")


def check_xlsx(file: IO[bytes]) -> None:
    """An Excel workbook without macros. Raises Unfit."""
    _check_open_xml(file, "spreadsheetml.sheet.main+xml", "an Excel workbook")


def check_odt(file: IO[bytes]) -> None:
    """A LibreOffice text without macros. Raises Unfit."""
    entries = _entries(file, "a LibreOffice text")
    kind = entries.get("mimetype")
    if kind is None or unpack(file, kind, 200) != ODT or "content.xml" not in entries:
        raise Unfit(OTHER.format("a LibreOffice text"))
    if any(name.startswith(("Basic/", "Scripts/")) and not name.endswith("/") for name in entries):
        raise Unfit(MACROS)
    check_whole(file, entries)


def _check_open_xml(file: IO[bytes], main: str, called: str) -> None:
    entries = _entries(file, called)
    if CONTENTS not in entries:
        raise Unfit(OTHER.format(called))
    types = _content_types(unpack(file, entries[CONTENTS], MOST_CONTENTS))
    has_macros = any("vbaproject" in name.lower() for name in (*entries, *types.values()))
    if has_macros or any("macroenabled" in kind.lower() for kind in types.values()):
        raise Unfit(MACROS)
    parts = [part for part, kind in types.items() if kind == OPEN_XML + main]
    if not any(part.removeprefix("/") in entries for part in parts):
        raise Unfit(OTHER.format(called))
    check_whole(file, entries)


def _entries(file: IO[bytes], called: str) -> dict[str, Packed]:
    file.seek(0)
    first = file.read(8)
    if first == OLD_CONTAINER:
        raise Unfit("is locked with a password or in an old format: save it as a PDF without a password and add that.")
    if not first.startswith(b"PK"):
        raise Unfit(OTHER.format(called))
    return read_archive(file)


def _content_types(contents: bytes) -> dict[str, str]:
    """Which part is of which type; those of an ending stand under the ending."""
    try:
        root = fromstring(contents, forbid_dtd=True)
    except (ParseError, DefusedXmlException, ValueError):
        raise Unfit(DAMAGED) from None
    return {one.get("PartName") or one.get("Extension") or "": one.get("ContentType") or "" for one in root}
