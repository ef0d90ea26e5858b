"""The text of a PDF."""

from typing import IO

from pypdf import PdfReader

from files.workshop.limits import MOST_PAGES
from files.workshop.paragraphs import write_paragraphs
from files.workshop.refusals import Locked


def read_pdf(file: IO[bytes], made: IO[bytes]) -> None:
    """Page by page; one that cannot be read is left out."""
    reader = PdfReader(file)
    if reader.is_encrypted and not reader.decrypt(""):
        raise Locked
    if not len(reader.pages):
        raise ValueError("no pages")
    write_paragraphs(made, (_page_text(reader, number) for number in range(min(len(reader.pages), MOST_PAGES))))


def _page_text(reader: PdfReader, number: int) -> str:
    try:
        return reader.pages[number].extract_text()
    except MemoryError:
        raise
    except Exception:  # one page that no library reads does not hide the others; the file itself is downloaded whole
        return ""
