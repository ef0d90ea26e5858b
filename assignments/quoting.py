"""Passages of a paper: finding the one that was quoted, and showing a paper with its comments marked.

Positions are characters of the text as it was handed in; pages never show the text as anything but lines of it.
"""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import islice, pairwise, takewhile

# Characters around a passage by which it is told from others of the same words, and how many others are looked at.
AROUND = 60
MOST_PLACES = 200
LINE_END = re.compile(r"\r\n|\r|\n")
# What keyboards, phones and word processors make of the same sign.
LOOK_ALIKES = ("'’‘ʼ", '"“”„«»', "-‐‑–—")


@dataclass(frozen=True)
class Segment:
    """A run of text that the same comments speak of: their numbers on the page."""

    text: str
    remarks: tuple[int, ...] = ()
    # The comment that ends here, or 0: where its number stands.
    ends: int = 0


@dataclass(frozen=True)
class Line:
    """A line with its place in the text, so that what is selected on the page can be found in it."""

    starts_at: int
    segments: tuple[Segment, ...]


def find_passage(text: str, quote: str, near: int = 0) -> tuple[int, int] | None:
    """Where the quoted passage stands, end exclusive: exactly, else whatever the blanks and quotation marks.

    Of several the first at or after `near`, else the first at all. None when it does not stand there.
    """
    quote = quote.strip()
    if not quote:
        return None
    pattern = re.compile(r"\s+".join(_loosely(word) for word in quote.split()), re.IGNORECASE)
    for found in (text.find(quote, near), text.find(quote)):
        if found >= 0:
            return found, found + len(quote)
    match = pattern.search(text, near) or pattern.search(text)
    return (match.start(), match.end()) if match else None


def find_again(older: str, newer: str, starts_at: int, ends_at: int) -> tuple[int, int] | None:
    """Where a passage of an older text stands in a newer one, end exclusive; None when it does not stand there.

    Of several places the one whose neighbourhood is most like the old one, else the nearest.
    """
    quote = older[starts_at:ends_at].strip()
    if not quote:
        return None
    found = [(match.start(), match.end()) for match in islice(re.finditer(re.escape(quote), newer), MOST_PLACES)]
    if not found:
        return find_passage(newer, quote, starts_at)
    before, after = older[max(0, starts_at - AROUND) : starts_at], older[ends_at : ends_at + AROUND]

    def unlike(place: tuple[int, int]) -> tuple[int, int]:
        here_before, here_after = newer[max(0, place[0] - AROUND) : place[0]], newer[place[1] : place[1] + AROUND]
        alike = _alike(before[::-1], here_before[::-1]) + _alike(after, here_after)
        return -alike, abs(place[0] - starts_at)

    return min(found, key=unlike)


def _alike(one: str, other: str) -> int:
    """How many characters at the beginning are the same."""
    return sum(1 for _ in takewhile(lambda pair: pair[0] == pair[1], zip(one, other, strict=False)))


def _loosely(word: str) -> str:
    def one(sign: str) -> str:
        alike = next((signs for signs in LOOK_ALIKES if sign in signs), "")
        return f"[{re.escape(alike)}]" if alike else re.escape(sign)

    return "".join(one(sign) for sign in word)


def paragraphs(text: str, spans: Sequence[tuple[int, int]] = (), first: int = 1) -> list[list[Line]]:
    """The text as paragraphs of lines, with the passages of the comments marked, numbered from `first` on."""
    blocks: list[list[Line]] = [[]]
    for starts_at, ends_at in _lines(text):
        if text[starts_at:ends_at].strip():
            blocks[-1].append(Line(starts_at, tuple(_segments(text, starts_at, ends_at, spans, first))))
        elif blocks[-1]:
            blocks.append([])
    return [block for block in blocks if block]


def _lines(text: str) -> Iterator[tuple[int, int]]:
    starts_at = 0
    for end in LINE_END.finditer(text):
        yield starts_at, end.start()
        starts_at = end.end()
    yield starts_at, len(text)


def _segments(
    text: str, starts_at: int, ends_at: int, spans: Sequence[tuple[int, int]], first: int
) -> Iterator[Segment]:
    cuts = {starts_at, ends_at}
    cuts.update(cut for span in spans for cut in span if starts_at < cut < ends_at)
    for begin, end in pairwise(sorted(cuts)):
        numbered = [(n, span) for n, span in enumerate(spans, first) if span[0] < end and span[1] > begin]
        ended = [n for n, span in numbered if begin < span[1] <= end]
        yield Segment(text[begin:end], tuple(n for n, _ in numbered), ended[-1] if ended else 0)
