"""A paper without its marks, as it is read and compared, and the way back to the source."""

from bisect import bisect_left, bisect_right
from collections.abc import Iterator
from dataclasses import dataclass

from assignments.source.blocks import Block, Kind, read
from assignments.source.remembered import remembered
from assignments.source.runs import Run


@dataclass(frozen=True)
class Words:
    """What is shown of a text, and for each character its place in the source; gaps have that of what they follow."""

    text: str
    places: tuple[int, ...]

    def index_of(self, place: int) -> int:
        """The first shown character at or behind this place of the source."""
        return bisect_left(self.places, place)

    def between(self, starts_at: int, ends_at: int) -> str:
        """What is shown of a passage of the source."""
        return self.text[bisect_left(self.places, starts_at) : bisect_right(self.places, ends_at - 1)].strip()

    def source_of(self, first: int, last: int) -> tuple[int, int]:
        """The passage of the source that shows these characters, ends exclusive."""
        return self.places[first], self.places[last - 1] + 1


@remembered
def words_of(text: str) -> Words:
    """The words of a source, paragraph by paragraph."""
    signs: list[str] = []
    places: list[int] = []
    for runs in _texts(read(text)):
        if signs:
            signs.append("\n\n")
            places += [places[-1]] * 2
        for run in runs:
            signs.append(run.text)
            places += range(run.at, run.ends_at)
    return Words("".join(signs), tuple(places))


def _texts(blocks: tuple[Block, ...]) -> Iterator[tuple[Run, ...]]:
    for block in blocks:
        if block.runs:
            yield block.runs
        yield from _texts(block.blocks)
        for item in block.items:
            yield from _texts(item)


@remembered
def outline_of(text: str) -> str:
    """The words with plain signs for what is a list, a quotation or a note: two texts are compared by it."""
    return "\n\n".join(_outlined(read(text)))


def _outlined(blocks: tuple[Block, ...]) -> Iterator[str]:
    for block in blocks:
        if block.kind is Kind.RULE:
            yield "⁂"
        elif block.kind is Kind.QUOTE:
            yield "\n\n".join(f"> {part}" for part in _outlined(block.blocks))
        elif block.kind is Kind.LIST:
            for number, item in enumerate(block.items, block.start or 0):
                sign = "•" if block.start is None else f"{number}."
                yield f"{sign} " + "\n\n".join(_outlined(item))
        else:
            words = "".join(f"[{run.text}]" if run.is_note else run.text for run in block.runs)
            yield f"[{block.label}] {words}" if block.kind is Kind.FOOTNOTE else words
