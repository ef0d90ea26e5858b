"""How the text of a document is handed over, to be read beside a rubric: plain characters and nothing else."""

from collections.abc import Iterable
from typing import IO

from files.workshop.limits import MOST_TEXT


def write_paragraphs(made: IO[bytes], paragraphs: Iterable[str]) -> None:
    written = 0
    for paragraph in paragraphs:
        text = paragraph.strip()
        if text:
            made.write(f"{text}\n\n".encode(errors="ignore"))
            # What was read so far is not lost when the time is up.
            made.flush()
            written += len(text)
        if written > MOST_TEXT:
            return
