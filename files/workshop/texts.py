"""The text of documents of Word and LibreOffice."""

import re
from collections.abc import Iterator
from typing import IO
from xml.etree.ElementTree import Element

from defusedxml.ElementTree import fromstring

from files.admission.archives import read_archive, unpack
from files.workshop.paragraphs import write_paragraphs
from files.workshop.refusals import TooMuch

MOST_XML = 30 * 1024 * 1024
WORD = "{http://schemas.openxmlformats.org/wordprocessingml/2006/main}"
ODF = "{urn:oasis:names:tc:opendocument:xmlns:text:1.0}"
NOTES = {"word/footnotes.xml", "word/endnotes.xml"}
# What stands in the text of a document without being a part of it: what was deleted, and the fields' own language.
UNSEEN = {f"{WORD}del", f"{WORD}instrText", f"{WORD}delText", f"{ODF}tracked-changes", f"{ODF}note-citation"}


def read_docx(file: IO[bytes], made: IO[bytes]) -> None:
    """The text, then its notes."""
    entries = read_archive(file)
    main = [name for name in entries if re.fullmatch(r"word/document\d*\.xml", name)]
    parts = [*main[:1], *sorted(NOTES & entries.keys())]
    if not main:
        raise ValueError("no text")
    for part in parts:
        if entries[part].size > MOST_XML:
            raise TooMuch
        root = fromstring(unpack(file, entries[part], MOST_XML), forbid_dtd=True)
        write_paragraphs(made, (_words_of(paragraph) for paragraph in root.iter(f"{WORD}p")))


def read_odt(file: IO[bytes], made: IO[bytes]) -> None:
    """Headings and paragraphs."""
    entry = read_archive(file)["content.xml"]
    if entry.size > MOST_XML:
        raise TooMuch
    root = fromstring(unpack(file, entry, MOST_XML), forbid_dtd=True)
    write_paragraphs(made, (_words_of(one) for one in root.iter() if one.tag in (f"{ODF}p", f"{ODF}h")))


BREAKS = {
    f"{WORD}br": "\n",
    f"{WORD}cr": "\n",
    f"{WORD}tab": "\t",
    f"{ODF}line-break": "\n",
    f"{ODF}tab": "\t",
    f"{ODF}s": " ",
}
PARAGRAPHS = {f"{WORD}p", f"{ODF}p", f"{ODF}h"}


def _words_of(paragraph: Element) -> str:
    return "".join(_runs(paragraph))


def _runs(paragraph: Element) -> Iterator[str]:
    """What stands in it, without the paragraphs inside (of a text box, a note), which come by themselves."""
    is_odf = paragraph.tag.startswith(ODF)
    if is_odf:
        yield paragraph.text or ""
    waiting = [iter(paragraph)]
    ends: list[str] = []
    while waiting:
        inner = next(waiting[-1], None)
        if inner is None:
            waiting.pop()
            if ends:
                yield ends.pop()
            continue
        tail = (inner.tail or "") if is_odf else ""
        if inner.tag in UNSEEN or inner.tag in PARAGRAPHS:
            yield tail
            continue
        if inner.tag in BREAKS:
            yield BREAKS[inner.tag]
        elif is_odf or inner.tag == f"{WORD}t":
            yield inner.text or ""
        waiting.append(iter(inner))
        ends.append(tail)
