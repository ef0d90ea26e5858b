"""What of a paper can be read and commented on: its text, and of each file the text that could be read of it."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from assignments.models import Submission, SubmissionFile
from assignments.quoting import find_again, find_passage, find_shown
from assignments.source import Page, plain_page_of, words_of

Place = tuple[int, int]


@dataclass(frozen=True)
class Source:
    """A text of a paper: the position of its file, 0 for what was written itself."""

    file: int
    name: str
    text: str

    def shown(self, starts_at: int, ends_at: int) -> str:
        """A passage of it as it reads."""
        return self.text[starts_at:ends_at].strip() if self.file else words_of(self.text).between(starts_at, ends_at)


@dataclass(frozen=True)
class ReadFile:
    """A file as a page shows it: its text as paragraphs with the passages of the comments marked."""

    row: SubmissionFile
    blocks: Page
    is_remarked: bool


def sources_of(paper: Submission, files: Iterable[SubmissionFile]) -> list[Source]:
    """The paper's own text first."""
    return [Source(0, "", paper.text), *(Source(file.position, file.name, file.text) for file in files if file.text)]


def read_files(files: Iterable[SubmissionFile], spans: Sequence[tuple[int, int, int]] = ()) -> list[ReadFile]:
    """Each with the passages marked that speak of it: file, beginning and end of all comments, in their order."""
    shown = []
    for file in files:
        mine = [(number, place) for number, (of, *place) in enumerate(spans, 1) if of == file.position]
        blocks = plain_page_of(file.text, [(begins, ends) for _, (begins, ends) in mine], mine[0][0] if mine else 1)
        shown.append(ReadFile(file, blocks, bool(mine)))
    return shown


def find_quoted(sources: Iterable[Source], quote: str, file: int = 0, near: int = 0) -> tuple[int, int, int] | None:
    """File, beginning and end of a quoted passage: there near that place, else wherever it stands."""
    for source in sorted(sources, key=lambda one: one.file != file):
        # Only what was written here has marks; the text of a file is shown as it is.
        find = find_passage if source.file else find_shown
        found = find(source.text, quote, near if source.file == file else 0)
        if found:
            return source.file, *found
    return None


def counterpart(older: Source, newer: Sequence[Source]) -> Source | None:
    """What stands in its place in a newer attempt: the file of the same name, else at the same position."""
    if not older.file:
        return next((one for one in newer if not one.file), None)
    files = [one for one in newer if one.file]
    named = next((one for one in files if one.name == older.name), None)
    return named or next((one for one in files if one.file == older.file), None)


def find_anew(older: Source, newer: Sequence[Source], place: Place) -> tuple[Source, Place] | None:
    """Where a passage of an older attempt stands in a newer one: in its counterpart, else in any text of it."""
    first = counterpart(older, newer)
    for source in sorted(newer, key=lambda one: one is not first):
        found = find_again(older.text, source.text, *place)
        if found:
            return source, found
    return None
